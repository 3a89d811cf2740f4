/* scatter.c: points of classes, with labels, and pictures under the pointer. */
#include "panel.h"
#include "points.h"
#include "thumbs.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Scatter {
  Content head;
  Points points;
  Axes all;
} Scatter;

bool viz_scatter(Viz *v, const char *name, const VizPoints *p, VizErr *e) {
  if (p->n < 0) return viz_fail(e, "viz.scatter: %d points", p->n);
  Scatter *c = content_new(sizeof *c);
  if (c) points_copy(&c->head, &c->points, p);
  if (c && !c->head.failed) points_extent(&c->points, &c->all);
  if (c) c->all.square = p->equal;
  return scene_post_content(v, name, &scatter_kind, 0, &c->head, e);
}

/* The points that were brushed, in p->own; NULL: none. */
typedef struct Brushed {
  int n, of; /* so many of all */
  int which[];
} Brushed;

static const Scatter *scatter_of(const Panel *p) { return (const Scatter *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  *a = scatter_of(p)->all;
  return true;
}
static void margins(const Panel *p, Rect card, double scale, Margins *m) {
  points_margins(&scatter_of(p)->points, card, scale, m);
}

/* Points go on to be brushed while they move, as long as they are as many. */
static void accept(Panel *p, Post *post) {
  const Brushed *b = p->own;
  scene_take(p, post);
  if (!b || scatter_of(p)->points.n == b->of) return;
  free(p->own);
  p->own = NULL;
}

static bool brush(Panel *p, const Axes *a, Rect box) {
  const Points *c = &scatter_of(p)->points;
  if (!c->thumb && !c->label) return false;
  Brushed *b = malloc(sizeof *b + (size_t)c->n * sizeof *b->which);
  if (!b) return false;
  b->n = 0, b->of = c->n;
  for (int i = 0; i < c->n; i++)
    if (rect_has(box, axes_px(a, (double)c->xy[2 * i]), axes_py(a, (double)c->xy[2 * i + 1])))
      b->which[b->n++] = i;
  free(p->own);
  p->own = b->n ? b : NULL;
  if (!b->n) free(b);
  return true;
}

/* Any click closes them. */
static bool press(Panel *p, double scale, double x, double y) {
  (void)scale, (void)x, (void)y;
  if (!p->own) return false;
  free(p->own);
  p->own = NULL;
  return true;
}

static void draw_brushed(Draw *d, const Points *c, const Brushed *b, Rect card) {
  const Thumbs thumbs = {c->thumb_h, c->thumb_w, c->thumb_c, c->thumb};
  char title[80];
  snprintf(title, sizeof title, b->n == 1 ? "1 point" : "%d points", b->n);
  draw_thumbs(d, &thumbs, b->which, b->n, c->label, card, title);
}

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  const Points *points = &scatter_of(p)->points;
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  draw_points(d, a, points, card);
  cairo_restore(d->cr);
  draw_class_names(d, points, card);
  const Brushed *b = p->own;
  if (b && points->n == b->of) draw_brushed(d, points, b, card);
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Scatter *c = scatter_of(p);
  points_terminal(&c->points, &c->all, t, how);
}

static void describe(const Panel *p, Text *t) {
  text_add(t, ", %d", scatter_of(p)->points.n);
  if (p->own) text_add(t, ", %d brushed", ((const Brushed *)p->own)->n);
}

const PanelKind scatter_kind = {.name = "points",
                                .keeps = true,
                                .accept = accept,
                                .extent = extent,
                                .margins = margins,
                                .draw = draw,
                                .press = press,
                                .brush = brush,
                                .describe = describe,
                                .terminal = terminal};
