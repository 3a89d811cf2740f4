/* ghost.c: see ghost.h. */
#include "ghost.h"

#include "spans.h"

#include <math.h>
#include <string.h>

static void take(Viz *v, Post *p) {
  Ghost *g = (Ghost *)p->order.content;
  g->next = v->ghosts;
  v->ghosts = g;
  p->order.content = NULL; /* ours now */
  scene_touch_all(v);
}

bool viz_ghost(Viz *v, const char *run, const char *panel, const char *series, int n, const double *xy,
               VizErr *e) {
  for (int i = 0; i < n; i++)
    if (!isfinite(xy[2 * i]) || (i && xy[2 * i] < xy[2 * i - 2]))
      return viz_fail(e, "viz.ghost: steps must not go back; step %d is %g", i + 1, xy[2 * i]);
  Ghost *g = content_new(sizeof *g);
  if (g) {
    g->n = n;
    g->name = content_texts(&g->head, (const char *const[]){panel, series, run}, 3);
    g->xy = content_copy(&g->head, xy, 2 * (size_t)n * sizeof *xy);
  }
  if (!g || g->head.failed) {
    content_free((Content *)g);
    return viz_fail(e, "viz.ghost: out of memory");
  }
  Post p = {.what = POST_ORDER, .order = {.run = take, .content = &g->head}};
  scene_post(v, panel, false, &p);
  return true;
}

static bool under(const Ghost *g, const Panel *p) { return strcmp(g->name[0], p->name) == 0; }

int ghosts_of(const Panel *p) {
  int n = 0;
  for (const Ghost *g = p->scene->ghosts; g; g = g->next) n += under(g, p);
  return n;
}

int ghost_runs(const Panel *p, const Ghost *run[RUNS_MOST]) {
  int n = 0;
  for (const Ghost *g = p->scene->ghosts; g; g = g->next) {
    bool known = !under(g, p) || !*g->name[2];
    for (int i = 0; i < n; i++) known = known || strcmp(run[i]->name[2], g->name[2]) == 0;
    if (!known && n < RUNS_MOST) run[n++] = g;
  }
  return n;
}

void ghost_toggle(Viz *v, const Ghost *run) {
  const bool hidden = !run->hidden;
  for (Ghost *g = v->ghosts; g; g = g->next)
    if (strcmp(g->name[2], run->name[2]) == 0) g->hidden = hidden;
  scene_touch_all(v);
}

void ghosts_extent(const Panel *p, Axes *a) {
  for (const Ghost *g = p->scene->ghosts; g; g = g->next)
    for (int i = 0; i < (under(g, p) && !g->hidden ? g->n : 0); i++) {
      const double x = g->xy[2 * i], y = g->xy[2 * i + 1];
      if (!isfinite(y) || (p->log_y && y <= 0)) continue;
      a->x0 = fmin(a->x0, x), a->x1 = fmax(a->x1, x);
      a->y0 = fmin(a->y0, y), a->y1 = fmax(a->y1, y);
    }
}

void ghosts_draw(Draw *d, const Panel *p, const Axes *a, Curve *const *series, int n) {
  for (const Ghost *g = p->scene->ghosts; g; g = g->next) {
    if (!under(g, p) || g->hidden) continue;
    Stroke how = {.color = d->t->dim, .alpha = 0.3, .width = sizes.stroke.ghost * d->s};
    bool hidden = false;
    for (int i = 0; i < n; i++)
      if (strcmp(series[i]->name, g->name[1]) == 0)
        how.color = theme_series(d->t, series[i]->color), hidden = series[i]->hidden;
    if (!hidden) spans_line(d, a, g->xy, g->n, &how);
  }
}
