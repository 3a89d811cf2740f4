/* scene.c: the queue between the working thread and the window, and the panels it fills. */
#include "scene.h"

#include "history.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The poster applies the queue itself beyond these, so that a window that draws slowly bounds the memory; while
 * somebody draws it lets the queue grow to a multiple before it waits. */
enum { QUEUE_MOST = 1 << 14, PATIENCE = 8 };
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

Viz *scene_new(void (*posted)(Viz *v)) {
  Viz *v = calloc(1, sizeof *v);
  if (!v) return NULL;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&v->lock, NULL);
  pthread_mutex_init(&v->queue_lock, NULL);
  pthread_cond_init(&v->wake, &attr);
  pthread_condattr_destroy(&attr);
  v->posted = posted;
  v->started = viz_clock();
  v->width = 1280;
  v->height = 800;
  v->scale = v->dots = 1;
  v->pages = 1;
  v->at = v->cursor = v->mark = NAN;
  atomic_store(&v->marked, NAN);
  v->full = -1;
  snprintf(v->title, sizeof v->title, "lunette");
  return v;
}

/* Back to a panel that nothing has come to. */
static void empty(Panel *p) {
  if (p->kind && p->kind->forget) p->kind->forget(p);
  else free(p->own);
  for (int i = 0; i < PARTS; i++) content_free(p->part[i]);
  for (int i = 0; i < p->past_count; i++) content_free(p->past[i]);
  memset(p->part, 0, sizeof p->part);
  p->past_count = 0;
  history_free(p);
  p->own = NULL;
  p->kind = NULL;
  p->zoomed = p->log_y = false;
  p->scroll = 0;
}

static void panel_free(Panel *p) {
  empty(p);
  free(p->name);
  free(p);
}

static void post_free(Post *p) {
  if (p->what == POST_CONTENT) content_free(p->content);
  if (p->what == POST_ORDER) content_free(p->order.content);
  free(p->panel);
}

/* a: all, else the one named by the order's text */
static void remove_panels(Viz *v, Post *p) {
  int kept = 0;
  for (int i = 0; i < v->panel_count; i++) {
    if (p->order.a || strcmp(v->panel[i]->name, p->panel) == 0) panel_free(v->panel[i]);
    else v->panel[kept++] = v->panel[i];
  }
  if (kept != v->panel_count) v->rearranged = true;
  if (p->order.a) v->laid_out = false;
  v->cursor = NAN;
  v->cursor_of = v->spot_of = NULL;
  v->panel_count = kept;
  v->full = -1;
  v->focus = 0;
  v->version++;
}

void viz_remove(Viz *v, const char *panel) {
  pthread_mutex_lock(&v->queue_lock);
  for (Control *c = v->controls; c; c = c->next) c->gone = c->gone || !panel || strcmp(c->name, panel) == 0;
  pthread_mutex_unlock(&v->queue_lock);
  Post p = {.what = POST_ORDER, .order = {.run = remove_panels, .a = panel == NULL}};
  scene_post(v, panel ? panel : "", false, &p);
}

/* --- controls ------------------------------------------------------------------------------------------ */

static Control *find_control(Viz *v, const PanelKind *kind, const char *name) {
  for (Control *c = v->controls; c; c = c->next)
    if (c->kind == kind && strcmp(c->name, name) == 0) return c;
  return NULL;
}

Control *scene_find_control(Viz *v, const PanelKind *kind, const char *name) {
  pthread_mutex_lock(&v->queue_lock);
  Control *c = find_control(v, kind, name);
  if (c && c->gone) c = NULL;
  pthread_mutex_unlock(&v->queue_lock);
  return c;
}

Control *scene_control(Viz *v, const PanelKind *kind, const char *name, double value) {
  pthread_mutex_lock(&v->queue_lock);
  Control *c = find_control(v, kind, name);
  const bool begins = !c || c->gone;
  if (!c && (c = calloc(1, sizeof *c)) && (c->name = strdup(name))) {
    c->kind = kind;
    c->next = v->controls;
    v->controls = c;
  } else if (c && !c->name) {
    free(c);
    c = NULL;
  }
  if (c && begins) {
    c->gone = false;
    atomic_store(&c->value, value);
    atomic_store(&c->count, 0);
  }
  pthread_mutex_unlock(&v->queue_lock);
  return c;
}

void viz_free(Viz *v) {
  if (!v) return;
  for (int i = 0; i < v->panel_count; i++) panel_free(v->panel[i]);
  for (size_t i = 0; i < v->queue_n; i++) post_free(&v->queue[i]);
  for (Control *c = v->controls, *next; c; c = next) {
    next = c->next;
    free(c->name);
    free(c);
  }
  for (Ghost *g = v->ghosts, *next; g; g = next) {
    next = g->next;
    content_free(&g->head);
  }
  content_free((Content *)v->kept);
  for (int i = 0; i < v->hue_count; i++) free(v->hues[i].name);
  free(v->hues);
  for (int i = 0; i < v->label_count; i++) free(v->labels[i]);
  free(v->labels);
  free(v->panel);
  free(v->queue);
  free(v->taken);
  pthread_mutex_destroy(&v->lock);
  pthread_mutex_destroy(&v->queue_lock);
  pthread_cond_destroy(&v->wake);
  free(v);
}

/* --- queue --------------------------------------------------------------------------------------------- */

/* "panel/series" in one block, cut at the slash; a name that is not split is all panel. */
static bool name_post(Post *p, const char *name, bool split) {
  size_t n = strlen(name);
  const char *slash = split ? strchr(name, '/') : NULL;
  if (!(p->panel = malloc(n + 2))) return false;
  memcpy(p->panel, name, n + 1);
  p->panel[n + 1] = 0;
  if (slash) p->panel[slash - name] = 0;
  p->series = slash ? p->panel + (slash - name) + 1 : p->panel + n;
  return true;
}

/* A picture that nobody has seen yet makes room for its successor, and so do the overlays upon it; an overlay
 * only for one of its kind upon the same picture. */
static void overtake(Viz *v, const Post *p) {
  enum { LOOK_BACK = 64 };
  for (size_t i = v->queue_n; i-- > 0 && i + LOOK_BACK > v->queue_n;) {
    Post *old = &v->queue[i];
    if (old->what != POST_CONTENT || strcmp(old->panel, p->panel) != 0) continue;
    if (p->part == 0 || old->part == p->part) {
      v->queue_bytes -= old->content->bytes;
      content_free(old->content);
      old->what = POST_OVERTAKEN; /* it still makes its panel: they stand in the order of their first post */
    } else if (old->part == 0) {
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
  const bool content = p->what == POST_CONTENT;
  if (content && !p->kind->remembers) overtake(v, p);
  v->queue[v->queue_n++] = *p;
  if (content) v->queue_bytes += p->content->bytes;
  if (content && p->kind->film) atomic_store(&v->film, true);
  return true;
}

static bool queue_beyond(const Viz *v, size_t times) {
  return v->queue_n >= times * QUEUE_MOST || v->queue_bytes >= times * QUEUE_BYTES_MOST;
}

static void drain_much(Viz *v, bool too_much) {
  if (too_much) pthread_mutex_lock(&v->lock);
  else if (pthread_mutex_trylock(&v->lock) != 0) return;
  scene_drain(v);
  scene_unlock(v);
}

void scene_post(Viz *v, const char *name, bool split, Post *p) {
  const bool named = name_post(p, name, split), order = p->what == POST_ORDER;
  if (p->what == POST_POINT) p->point.seconds = viz_clock() - v->started;
  if (p->what == POST_CONTENT) p->content->seconds = viz_clock() - v->started;
  pthread_mutex_lock(&v->queue_lock);
  if (!named || (v->mode == VIZ_OFF && !order) || !queue_put(v, p)) post_free(p);
  const bool much = queue_beyond(v, 1), too_much = queue_beyond(v, PATIENCE);
  const bool want = v->mode == VIZ_WINDOW && !v->shown_once && (!order || p->order.shows);
  if (want) {
    v->want_window = v->shown_once = true;
    pthread_cond_broadcast(&v->wake);
  }
  const bool tell = (v->mode == VIZ_FILES || v->mode == VIZ_TERM) && !order;
  pthread_mutex_unlock(&v->queue_lock);
  if (much) drain_much(v, too_much);
  if (tell && v->posted) v->posted(v);
}

bool scene_post_content(Viz *v, const char *name, const PanelKind *kind, int part, Content *c, VizErr *e) {
  if (!c || c->failed) {
    content_free(c);
    return viz_fail(e, "viz: out of memory for %s", name);
  }
  Post p = {.what = POST_CONTENT, .kind = kind, .part = part, .content = c};
  scene_post(v, name, false, &p);
  return true;
}

bool scene_key(Panel *p, int key) {
  for (const PanelKey *k = p->kind ? p->kind->keys : NULL; k && k->key; k++)
    if (k->key == key) return k->press(p, key);
  return false;
}

void scene_touch(Viz *v, Panel *p) {
  p->version++;
  v->version++;
}

bool scene_bare(const Viz *v) {
  for (int i = 0; i < v->panel_count; i++)
    if (v->panel[i]->kind && !v->panel[i]->kind->control) return false;
  return true;
}

void scene_touch_all(Viz *v) {
  for (int i = 0; i < v->panel_count; i++) scene_touch(v, v->panel[i]);
  v->version++;
}

int scene_index(const Viz *v, const char *name) {
  for (int i = 0; i < v->panel_count; i++)
    if (strcmp(v->panel[i]->name, name) == 0) return i;
  return -1;
}

Panel *scene_find(Viz *v, const char *name) {
  const int k = scene_index(v, name);
  return k < 0 ? NULL : v->panel[k];
}

Panel *scene_find_or_make(Viz *v, const char *name) {
  Panel *p = scene_find(v, name);
  if (p) return p;
  if (v->panel_count == v->panel_room) {
    int room = v->panel_room ? 2 * v->panel_room : 16;
    Panel **more = realloc(v->panel, (size_t)room * sizeof(Panel *));
    if (!more) return NULL;
    v->panel = more;
    v->panel_room = room;
  }
  if (!(p = calloc(1, sizeof *p)) || !(p->name = strdup(name))) {
    free(p);
    return NULL;
  }
  p->row = -1;
  p->scene = v;
  v->panel[v->panel_count++] = p;
  v->rearranged = true;
  return p;
}

/* Keeps the newest and thins out the past. */
static void remember(Panel *p, Content *c) {
  if (p->past_count == PAST) {
    int kept = 0;
    for (int i = 0; i < PAST; i++)
      if (i % 2) p->past[kept++] = p->past[i];
      else content_free(p->past[i]);
    p->past_count = kept;
  }
  p->past[p->past_count++] = c;
}

void scene_take(Panel *p, Post *post) {
  Content *c = post->content;
  post->content = NULL;
  if (p->kind->remembers) {
    remember(p, c);
    return;
  }
  content_free(p->part[post->part]);
  p->part[post->part] = c;
}

/* An overlay of another kind than its panel is left out; what is no overlay makes it a panel of its kind. */
static bool becomes(Panel *p, const Post *post) {
  if (p->kind == post->kind) return true;
  if (p->kind && post->what == POST_CONTENT && post->part != 0) return false;
  empty(p);
  p->kind = post->kind;
  return true;
}

static void apply(Viz *v, Post *post) {
  if (post->what == POST_ORDER) {
    post->order.run(v, post);
    post_free(post);
    return;
  }
  Panel *p = scene_find_or_make(v, post->panel);
  if (p && post->what != POST_OVERTAKEN && becomes(p, post)) {
    if (post->what == POST_CONTENT && post->part == 0 && p->kind->keeps) history_push(p);
    p->kind->accept(p, post);
    scene_touch(v, p);
  }
  post_free(post);
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
