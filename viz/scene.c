/* scene.c: the queue between the working thread and the window, and the panels it fills. */
#include "scene.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The poster applies the queue itself beyond these, so that a window that draws slowly bounds the memory. */
enum { QUEUE_MOST = 1 << 14 };
static const size_t QUEUE_BYTES_MOST = (size_t)64 << 20;

double viz_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool viz_fail(VizErr *e, const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (e) vsnprintf(e->message, sizeof e->message, format, args);
  va_end(args);
  return false;
}

void scene_notice(Viz *v, const char *format, ...) {
  char line[600];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  pthread_mutex_lock(&v->queue_lock);
  void (*notice)(const char *) = v->notice;
  pthread_mutex_unlock(&v->queue_lock);
  if (notice) notice(line);
}

Viz *viz_new(void) {
  Viz *v = calloc(1, sizeof *v);
  if (!v) return NULL;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&v->lock, NULL);
  pthread_mutex_init(&v->queue_lock, NULL);
  pthread_cond_init(&v->wake, &attr);
  pthread_condattr_destroy(&attr);
  v->started = viz_clock();
  v->width = 1280;
  v->height = 800;
  v->scale = 1;
  v->full = -1;
  snprintf(v->title, sizeof v->title, "lunette");
  return v;
}

static void panel_free(Panel *p) {
  if (!p) return;
  for (int i = 0; i < p->series_count; i++) {
    curve_free(p->series[i]);
    free(p->series[i]);
  }
  for (int i = 0; i < SLOTS; i++) content_free(p->slot[i]);
  for (int i = 0; i < p->history_count; i++) content_free(p->history[i]);
  free(p);
}

void viz_remove(Viz *v, const char *panel) {
  scene_lock(v);
  int kept = 0;
  for (int i = 0; i < v->panel_count; i++) {
    if (!panel || strcmp(v->panel[i]->name, panel) == 0) panel_free(v->panel[i]);
    else v->panel[kept++] = v->panel[i];
  }
  if (kept != v->panel_count) v->rearranged = true;
  v->panel_count = kept;
  v->full = -1;
  v->focus = 0;
  v->version++;
  scene_unlock(v);
}

void viz_free(Viz *v) {
  if (!v) return;
  for (int i = 0; i < v->panel_count; i++) panel_free(v->panel[i]);
  for (size_t i = 0; i < v->queue_n; i++) content_free(v->queue[i].content);
  free(v->queue);
  free(v->taken);
  pthread_mutex_destroy(&v->lock);
  pthread_mutex_destroy(&v->queue_lock);
  pthread_cond_destroy(&v->wake);
  free(v);
}

static Viz *shared;
static void make_shared(void) { shared = viz_new(); }
Viz *viz_shared(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_shared);
  return shared;
}

/* --- content ------------------------------------------------------------------------------------------- */

Content *content_new(Kind kind) {
  Content *c = calloc(1, sizeof *c);
  if (c) *c = (Content){.kind = kind, .bytes = sizeof *c, .threshold = NAN, .step = NAN};
  return c;
}

static void free_texts(char **t, int n) {
  for (int i = 0; t && i < n; i++) free(t[i]);
  free(t);
}

void content_free(Content *c) {
  if (!c) return;
  free(c->f);
  free(c->g);
  free(c->u);
  free(c->id);
  free_texts(c->text, c->texts);
  free_texts(c->names, c->name_count);
  free_texts(c->ynames, c->yname_count);
  free(c);
}

static void *copy_of(Content *c, const void *from, size_t bytes) {
  void *to = malloc(bytes ? bytes : 1);
  if (to && bytes) memcpy(to, from, bytes);
  c->bytes += bytes;
  return to;
}

bool content_floats(Content *c, float **to, const float *from, size_t n) {
  return !from || (*to = copy_of(c, from, n * sizeof *from)) != NULL;
}
bool content_ints(Content *c, int **to, const int *from, size_t n) {
  return !from || (*to = copy_of(c, from, n * sizeof *from)) != NULL;
}
bool content_bytes(Content *c, unsigned char **to, const void *from, size_t n) {
  return !from || (*to = copy_of(c, from, n)) != NULL;
}

bool content_texts(Content *c, char ***to, const char *const *from, int n) {
  if (!from || n <= 0) return true;
  char **t = calloc((size_t)n, sizeof *t);
  *to = t;
  if (!t) return false;
  int *count = to == &c->text ? &c->texts : to == &c->names ? &c->name_count : &c->yname_count;
  for (*count = 0; *count < n; (*count)++)
    if (!(t[*count] = strdup(from[*count] ? from[*count] : ""))) return false;
  return true;
}

void content_range(Content *c, size_t n) {
  c->lo = INFINITY;
  c->hi = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    double x = (double)c->f[i];
    if (!isfinite(x)) continue;
    if (x < c->lo) c->lo = x;
    if (x > c->hi) c->hi = x;
  }
  if (c->lo > c->hi) c->lo = 0, c->hi = 1;
}

/* --- queue --------------------------------------------------------------------------------------------- */

void split_name(const char *name, char panel[NAME], char series[NAME]) {
  const char *slash = strchr(name, '/');
  int n = slash ? (int)(slash - name) : (int)strlen(name);
  snprintf(panel, NAME, "%.*s", n > NAME - 1 ? NAME - 1 : n, name);
  snprintf(series, NAME, "%s", slash ? slash + 1 : "");
}

/* A picture that nobody has seen yet makes room for its successor, and so do the overlays upon it; an overlay
 * only for one of its kind upon the same picture. */
static void overtake(Viz *v, const Post *p) {
  enum { LOOK_BACK = 64 };
  for (size_t i = v->queue_n; i-- > 0 && i + LOOK_BACK > v->queue_n;) {
    Post *old = &v->queue[i];
    if (old->what != POST_CONTENT || strcmp(old->panel, p->panel) != 0) continue;
    if (p->slot == SLOT_MAIN || old->slot == p->slot) {
      v->queue_bytes -= old->content->bytes;
      content_free(old->content);
      old->content = NULL;
      old->what = POST_OVERTAKEN; /* it still makes its panel: they stand in the order of their first post */
    } else if (old->slot == SLOT_MAIN) {
      return;
    }
  }
}

static bool queue_put(Viz *v, const Post *p) {
  if (v->queue_n == v->queue_room) {
    size_t room = v->queue_room ? v->queue_room * 2 : 256;
    Post *q = realloc(v->queue, room * sizeof *q);
    if (!q) return false;
    v->queue = q;
    v->queue_room = room;
  }
  if (p->content && p->content->kind != KIND_HIST) overtake(v, p);
  v->queue[v->queue_n++] = *p;
  if (p->content) v->queue_bytes += p->content->bytes;
  return true;
}

void scene_post(Viz *v, Post *p) {
  p->seconds = viz_clock() - v->started;
  pthread_mutex_lock(&v->queue_lock);
  if (v->mode == VIZ_OFF || !queue_put(v, p)) content_free(p->content);
  bool much = v->queue_n >= QUEUE_MOST || v->queue_bytes >= QUEUE_BYTES_MOST;
  bool want = v->mode == VIZ_WINDOW && !v->shown_once;
  if (want) {
    v->want_window = v->shown_once = true;
    pthread_cond_broadcast(&v->wake);
  }
  bool files = v->mode == VIZ_FILES;
  pthread_mutex_unlock(&v->queue_lock);
  if (much) {
    scene_lock(v);
    scene_unlock(v);
  }
  if (files) files_now_and_then(v);
}

void scene_touch(Viz *v, Panel *p) {
  p->version++;
  v->version++;
}

Panel *scene_find(Viz *v, const char *name) {
  for (int i = 0; i < v->panel_count; i++)
    if (strcmp(v->panel[i]->name, name) == 0) return v->panel[i];
  return NULL;
}

static Panel *find_or_make(Viz *v, const char *name) {
  Panel *p = scene_find(v, name);
  if (p || v->panel_count == PANELS || !(p = calloc(1, sizeof *p))) return p;
  snprintf(p->name, sizeof p->name, "%s", name);
  p->row = -1;
  v->panel[v->panel_count++] = p;
  v->rearranged = true;
  return p;
}

static Curve *find_series(Panel *p, const char *name) {
  for (int i = 0; i < p->series_count; i++)
    if (strcmp(p->series[i]->name, name) == 0) return p->series[i];
  if (p->series_count == SERIES) return NULL;
  Curve *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  snprintf(c->name, sizeof c->name, "%s", name);
  curve_smooth(c, p->beta);
  return p->series[p->series_count++] = c;
}

static void apply_point(Panel *p, const Post *post) {
  p->kind = KIND_CURVE;
  if (post->log >= 0) p->log_y = post->log;
  if (post->smooth >= 0 && post->smooth != p->beta) {
    p->beta = post->smooth;
    for (int i = 0; i < p->series_count; i++) curve_smooth(p->series[i], p->beta);
  }
  Curve *c = find_series(p, post->series);
  if (c) curve_add(c, post->x, post->y, post->seconds);
}

static void apply_content(Panel *p, Post *post) {
  Content *c = post->content;
  post->content = NULL;
  if (post->slot == SLOT_MAIN && p->kind != c->kind) {
    p->zoomed = false;
    p->log_y = c->log;
    p->kind = c->kind;
  }
  if (p->kind == KIND_NONE) p->kind = c->kind;
  if (c->kind == KIND_HIST) { /* keep the newest and thin out the past */
    if (p->history_count == HISTORY) {
      int kept = 0;
      for (int i = 0; i < HISTORY; i++)
        if (i % 2) p->history[kept++] = p->history[i];
        else content_free(p->history[i]);
      p->history_count = kept;
    }
    p->history[p->history_count++] = c;
    return;
  }
  if (post->slot == SLOT_MAIN && c->kind == KIND_IMAGE) { /* overlays belong to the picture they came after */
    for (int s = SLOT_OTHER; s <= SLOT_MASK; s++) {
      content_free(p->slot[s]);
      p->slot[s] = NULL;
    }
  }
  if (post->slot == SLOT_OTHER && p->value <= 0) p->value = 0.5;
  content_free(p->slot[post->slot]);
  p->slot[post->slot] = c;
}

static void apply(Viz *v, Post *post) {
  Panel *p = find_or_make(v, post->panel);
  if (post->what == POST_OVERTAKEN) return;
  if (p && post->what == POST_POINT) apply_point(p, post);
  else if (p && post->what == POST_CONTENT) apply_content(p, post);
  else if (p && post->what == POST_SLIDER && p->kind != KIND_SLIDER) {
    p->kind = KIND_SLIDER;
    p->value = post->y;
    p->lo = post->lo;
    p->hi = post->hi;
    p->log_y = post->log == 1;
  } else if (p && post->what == POST_BUTTON) p->kind = KIND_BUTTON;
  if (p) scene_touch(v, p);
  content_free(post->content);
}

void scene_drain(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  Post *work = v->queue;
  size_t n = v->queue_n, room = v->queue_room;
  v->queue = v->taken;
  v->queue_room = v->taken_room;
  v->queue_n = 0;
  v->queue_bytes = 0;
  v->taken = work;
  v->taken_room = room;
  pthread_mutex_unlock(&v->queue_lock);
  for (size_t i = 0; i < n; i++) apply(v, &work[i]);
}

void scene_lock(Viz *v) {
  pthread_mutex_lock(&v->lock);
  scene_drain(v);
}
void scene_unlock(Viz *v) { pthread_mutex_unlock(&v->lock); }
