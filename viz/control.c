/* control.c: modes, pausing, opening and closing: the words that both threads share. */
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* --- about the scene: orders in turn with the data, so that nobody waits for drawing ---------------------- */

static void give(Viz *v, void (*run)(Viz *, Post *), const char *text, int a, int b) {
  Post p = {.what = POST_ORDER, .order = {.run = run, .a = a, .b = b}};
  scene_post(v, text, false, &p);
}

static void set_words(Viz *v, char *to, size_t size, const char *words) {
  if (strncmp(to, words, size - 1) == 0) return;
  snprintf(to, size, "%s", words);
  v->version++;
}
static void set_title(Viz *v, Post *p) {
  set_words(v, v->title, sizeof v->title, p->panel);
  v->preparing[0] = 0; /* what the one before was at */
}
static void set_caption(Viz *v, Post *p) { set_words(v, v->caption, sizeof v->caption, p->panel); }
static void set_preparing(Viz *v, Post *p) {
  if (scene_bare(v)) set_words(v, v->preparing, sizeof v->preparing, p->panel);
  else snprintf(v->preparing, sizeof v->preparing, "%s", p->panel); /* panels hide it */
}
static void mark_failed(Viz *v, Post *p) {
  size_t n = strlen(v->title);
  (void)p;
  snprintf(v->title + n, sizeof v->title - n, " (ended with an error)");
  v->version++;
}
static void set_folder(Viz *v, Post *p) { snprintf(v->folder, sizeof v->folder, "%s", p->panel); }
static void set_dark(Viz *v, Post *p) {
  v->dark = p->order.a;
  scene_touch_all(v);
}
static void set_size(Viz *v, Post *p) {
  v->width = p->order.a < 200 ? 200 : p->order.a > 8000 ? 8000 : p->order.a;
  v->height = p->order.b < 150 ? 150 : p->order.b > 8000 ? 8000 : p->order.b;
  v->resized = true;
  v->version++;
}

void viz_set_title(Viz *v, const char *title, bool opens) {
  Post p = {.what = POST_ORDER, .order = {.run = set_title, .shows = opens}};
  scene_post(v, title, false, &p);
}
void viz_set_caption(Viz *v, const char *caption) { give(v, set_caption, caption, 0, 0); }
void viz_set_preparing(Viz *v, const char *what) { give(v, set_preparing, what, 0, 0); }
void viz_mark_failed(Viz *v) { give(v, mark_failed, "", 0, 0); }
void viz_set_folder(Viz *v, const char *folder) { give(v, set_folder, folder, 0, 0); }
void viz_set_dark(Viz *v, bool dark) { give(v, set_dark, "", dark, 0); }
void viz_set_size(Viz *v, int width, int height) { give(v, set_size, "", width, height); }

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

const char *scene_folder(Viz *v) {
  if (!v->folder[0]) {
    char stamp[40];
    time_t now = time(NULL);
    struct tm t;
    localtime_r(&now, &t);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &t);
    snprintf(v->folder, sizeof v->folder, "runs/%s", stamp);
    mkdir("runs", 0777);
    for (int k = 2; mkdir(v->folder, 0777) != 0 && errno == EEXIST && k < 100; k++)
      snprintf(v->folder, sizeof v->folder, "runs/%s-%d", stamp, k);
  } else {
    mkdir(v->folder, 0777);
  }
  return v->folder;
}

void scene_no_window(Viz *v, const char *why) {
  pthread_mutex_lock(&v->queue_lock);
  v->mode = VIZ_FILES;
  v->want_window = v->open = false;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
  atomic_store(&v->paused, false); /* nobody could press space any more */
  scene_lock(v);
  char folder[512];
  snprintf(folder, sizeof folder, "%s", scene_folder(v));
  scene_unlock(v);
  scene_notice(v, "%s: pictures go to %s; viz.show() writes them, viz.mode \"term\" draws here", why, folder);
}

/* Waits, at most so many seconds, as long as `of` is true.  queue_lock is held. */
static bool outlast(Viz *v, bool (*of)(const Viz *v), int seconds) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_sec += seconds;
  while (of(v))
    if (pthread_cond_timedwait(&v->wake, &v->queue_lock, &t) != 0) break;
  return !of(v);
}

static bool unsettled(const Viz *v) {
  return v->mode == VIZ_WINDOW && v->want_window && !v->open && !v->quit;
}

VizMode scene_settled_mode(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  const bool settled = outlast(v, unsettled, 10);
  pthread_mutex_unlock(&v->queue_lock);
  if (!settled) scene_no_window(v, "the display does not answer");
  return viz_mode(v);
}

void viz_open(Viz *v) {
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
  scene_settled_mode(v);
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

static bool host_works(const Viz *v) { return v->host_running; }

bool viz_quit(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  v->quit = true;
  pthread_cond_broadcast(&v->wake);
  const bool ended = outlast(v, host_works, 3);
  pthread_mutex_unlock(&v->queue_lock);
  return ended;
}

/* --- arrangement ---------------------------------------------------------------------------------------- */

static void begin_layout(Viz *v, Post *p) {
  for (int i = 0; i < v->panel_count; i++) v->panel[i]->row = -1;
  v->laid_out = p->order.a > 0;
  v->rearranged = true;
  scene_touch_all(v);
}
static void place_panel(Viz *v, Post *p) {
  Panel *panel = scene_find_or_make(v, p->panel); /* one that is still to come keeps its place */
  if (panel) panel->row = p->order.a;
}

void viz_layout(Viz *v, int n, const char *const *name, const int *row, bool opens) {
  Post begin = {.what = POST_ORDER, .order = {.run = begin_layout, .a = n, .shows = opens}};
  scene_post(v, "", false, &begin);
  for (int i = 0; i < n; i++) give(v, place_panel, name[i], row[i], 0);
}
