/* scatter.c: points of classes, with labels, and pictures under the pointer. */
#include "panel.h"
#include "points.h"

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
  return scene_post_content(v, name, &scatter_kind, 0, &c->head, e);
}

static const Scatter *scatter_of(const Panel *p) { return (const Scatter *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  *a = scatter_of(p)->all;
  return true;
}
static void margins(const Panel *p, Rect card, double scale, Margins *m) {
  points_margins(&scatter_of(p)->points, card, scale, m);
}

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  const Points *points = &scatter_of(p)->points;
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  draw_points(d, a, points, card);
  cairo_restore(d->cr);
  draw_class_names(d, points, card);
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Scatter *c = scatter_of(p);
  points_terminal(&c->points, &c->all, t, how);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %d", scatter_of(p)->points.n); }

const PanelKind scatter_kind = {.name = "points",
                                .keeps = true,
                                .accept = scene_take,
                                .extent = extent,
                                .margins = margins,
                                .draw = draw,
                                .describe = describe,
                                .terminal = terminal};
