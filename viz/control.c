/* control.c: modes, pausing, opening and closing: the words that both threads share. */
#include "scene.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool viz_set_mode(Viz *v, const char *name, VizErr *e) {
  static const char *const names[] = {"window", "files", "term", "off"};
  for (int i = 0; i < 4; i++) {
    if (strcmp(name, names[i]) != 0) continue;
    pthread_mutex_lock(&v->queue_lock);
    v->mode = (VizMode)i;
    pthread_mutex_unlock(&v->queue_lock);
    return true;
  }
  return viz_fail(e, "viz: unknown mode '%s' (window, files, term, off)", name);
}

VizMode viz_mode(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  VizMode mode = v->mode;
  pthread_mutex_unlock(&v->queue_lock);
  return mode;
}

void viz_on_notice(Viz *v, void (*notice)(const char *line)) {
  pthread_mutex_lock(&v->queue_lock);
  v->notice = notice;
  pthread_mutex_unlock(&v->queue_lock);
}

static void touch_all(Viz *v) {
  for (int i = 0; i < v->panel_count; i++) scene_touch(v, v->panel[i]);
  v->version++;
}

static void set_words(Viz *v, char *to, size_t size, const char *words) {
  pthread_mutex_lock(&v->lock);
  if (strncmp(to, words, size - 1) != 0) {
    snprintf(to, size, "%s", words);
    v->version++;
  }
  pthread_mutex_unlock(&v->lock);
}
void viz_set_title(Viz *v, const char *title) { set_words(v, v->title, sizeof v->title, title); }
void viz_set_caption(Viz *v, const char *caption) { set_words(v, v->caption, sizeof v->caption, caption); }

void viz_mark_failed(Viz *v) {
  pthread_mutex_lock(&v->lock);
  size_t n = strlen(v->title);
  snprintf(v->title + n, sizeof v->title - n, " (ended with an error)");
  v->version++;
  pthread_mutex_unlock(&v->lock);
}

void viz_set_folder(Viz *v, const char *folder) {
  pthread_mutex_lock(&v->lock);
  snprintf(v->folder, sizeof v->folder, "%s", folder);
  pthread_mutex_unlock(&v->lock);
}

void viz_set_dark(Viz *v, bool dark) {
  pthread_mutex_lock(&v->lock);
  v->dark = dark;
  touch_all(v);
  pthread_mutex_unlock(&v->lock);
}

void viz_set_size(Viz *v, int width, int height) {
  pthread_mutex_lock(&v->lock);
  v->width = width < 200 ? 200 : width > 8000 ? 8000 : width;
  v->height = height < 150 ? 150 : height > 8000 ? 8000 : height;
  pthread_mutex_unlock(&v->lock);
}

/* --- pausing -------------------------------------------------------------------------------------------- */

/* Waits until something was said on `wake`, at most 20 ms.  queue_lock is held. */
static void nap(Viz *v) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += 20 * 1000 * 1000;
  if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
  pthread_cond_timedwait(&v->wake, &v->queue_lock, &t);
}

/* A call stands unless the optimiser has stepped since the last one. */
static bool call_stands(VizTurn *t) {
  const bool stands = t->steps == t->steps_at_call;
  t->steps_at_call = t->steps;
  return stands;
}

/* Does the loop stand before this post?  Once it has passed another gate it stands there, however often it
 * posts between, but for very long. */
static bool post_stands(VizTurn *t, const char *post) {
  enum { LONG = 64 };
  if (!*t->first) snprintf(t->first, sizeof t->first, "%s", post);
  else if (strncmp(t->first, post, sizeof t->first - 1) == 0) return !t->gated || ++t->posts > LONG;
  return false;
}

static bool stands(VizTurn *t, VizGate at, const char *post) {
  if (at == VIZ_AT_POST) return post_stands(t, post);
  t->gated = true;
  t->posts = 0;
  t->steps += at == VIZ_AT_STEP;
  return at == VIZ_AT_STEP || call_stands(t);
}

static bool stand(Viz *v, bool (*stop)(void)) {
  bool go = true;
  pthread_mutex_lock(&v->queue_lock);
  while (go && atomic_load(&v->paused) && v->steps == 0 && !v->quit) {
    nap(v);
    if (stop) {
      pthread_mutex_unlock(&v->queue_lock);
      go = !stop();
      pthread_mutex_lock(&v->queue_lock);
    }
  }
  if (v->steps > 0) v->steps--;
  pthread_mutex_unlock(&v->queue_lock);
  return go;
}

bool viz_gate(Viz *v, VizGate at, const char *post, bool (*stop)(void)) {
  if (atomic_load_explicit(&v->paused, memory_order_relaxed))
    return !stands(&v->turn, at, post) || stand(v, stop);
  v->turn.steps += at == VIZ_AT_STEP;
  v->turn.gated = false;
  *v->turn.first = 0;
  return true;
}

void viz_pause(Viz *v, bool on) {
  pthread_mutex_lock(&v->queue_lock);
  atomic_store(&v->paused, on);
  v->steps = 0;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
}

bool viz_paused(Viz *v) { return atomic_load(&v->paused); }

void viz_step(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  if (atomic_load(&v->paused)) v->steps++;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
}

/* --- the window's life ---------------------------------------------------------------------------------- */

void viz_show(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  if (v->mode == VIZ_WINDOW) v->want_window = v->shown_once = true;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
}

void viz_close(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  v->want_window = false;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
}

bool viz_is_open(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  bool open = v->open || v->want_window;
  pthread_mutex_unlock(&v->queue_lock);
  return open;
}

bool viz_wait(Viz *v, bool (*stop)(void)) {
  bool waited = false, go = true;
  pthread_mutex_lock(&v->queue_lock);
  while (go && (v->open || v->want_window) && !v->quit) {
    waited = true;
    nap(v);
    pthread_mutex_unlock(&v->queue_lock);
    go = !stop || !stop();
    pthread_mutex_lock(&v->queue_lock);
  }
  pthread_mutex_unlock(&v->queue_lock);
  return waited && go;
}

void viz_quit(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  v->quit = true;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
}

/* --- arrangement ---------------------------------------------------------------------------------------- */

bool viz_layout(Viz *v, int n, const char *const *name, const int *row, VizErr *e) {
  bool ok = true;
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) v->panel[i]->row = -1;
  for (int i = 0; ok && i < n; i++) {
    Panel *p = scene_find_or_make(v, name[i]); /* one that is still to come keeps its place */
    if (p) p->row = row[i];
    else ok = viz_fail(e, "viz.layout: out of memory");
  }
  v->laid_out = ok && n > 0;
  v->rearranged = true;
  touch_all(v);
  scene_unlock(v);
  return ok;
}
