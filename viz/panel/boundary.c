/* boundary.c: decision regions of a classifier, pale where it is undecided, and points on them. */
#include "grid.h"
#include "panel.h"
#include "points.h"
#include "surface.h"

#include <math.h>
#include <stdlib.h>

typedef struct Boundary {
  Content head;
  Surface surface; /* class ids; fractions shade the border */
  int classes;
  Points points; /* n 0: none */
} Boundary;

bool viz_boundary(Viz *v, const char *name, const VizGrid *g, int classes, const VizPoints *p, VizErr *e) {
  if (!surface_check("viz.boundary", g, e)) return false;
  Boundary *c = content_new(sizeof *c);
  if (c) {
    surface_copy(&c->head, &c->surface, g);
    VizPoints plain = p ? *p : (VizPoints){0};
    plain.thumb = NULL; /* the regions are what is looked at */
    if (p) points_copy(&c->head, &c->points, &plain);
    c->classes = p && p->classes > classes ? p->classes : classes;
  }
  return scene_post_content(v, name, &boundary_kind, 0, &c->head, e);
}

static const Boundary *boundary_of(const Panel *p) { return (const Boundary *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  surface_extent(&boundary_of(p)->surface, a);
  return true;
}
static void margins(const Panel *p, Rect card, double scale, Margins *m) {
  points_margins(&boundary_of(p)->points, card, scale, m);
}

static Rgb region_color(const Range *range, double x) {
  double low = floor(x), part = x - low;
  if (!isfinite(x)) return not_a_number();
  (void)range;
  Rgb rgb = theme_mix(theme_class((int)low), theme_class((int)low + 1), part);
  return theme_mix(rgb, (Rgb){1, 1, 1}, 0.55 + 0.25 * (1 - fabs(2 * part - 1))); /* pale where undecided */
}

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  const Boundary *c = boundary_of(p);
  const Surface *s = &c->surface;
  uint32_t *argb = grid_pixels(s->h, s->w, s->value, true, region_color, NULL);
  Rect to = axes_rect(a, s->x0, s->x1, s->y1, s->y0);
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  if (argb) draw_pixels(d, argb, s->w, s->h, to, true);
  free(argb);
  draw_color(d, (Rgb){0.15, 0.17, 0.2}, 0.75);
  cairo_set_line_width(d->cr, 1.4 * d->s);
  for (int k = 0; k + 1 < c->classes && c->classes <= 2; k++)
    level_line(d, s->h, s->w, s->value, to, k + 0.5);
  if (c->points.xy) draw_points(d, a, &c->points, card);
  cairo_restore(d->cr);
  draw_class_names(d, &c->points, card);
}

static Rgb region_at(const void *of, int y, int x) {
  const Surface *s = of;
  return region_color(NULL, (double)s->value[(size_t)(s->h - 1 - y) * (size_t)s->w + (size_t)x]);
}
static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Surface *s = &boundary_of(p)->surface;
  text_raster(t, how, s->h, s->w, region_at, s);
}

static void describe(const Panel *p, Text *t) {
  const Boundary *c = boundary_of(p);
  text_add(t, ", %d x %d, %.4g to %.4g, %d points of %d classes", c->surface.h, c->surface.w,
           c->surface.range.lo, c->surface.range.hi, c->points.n, c->classes);
}

const PanelKind boundary_kind = {.name = "regions",
                                 .accept = scene_take,
                                 .extent = extent,
                                 .margins = margins,
                                 .draw = draw,
                                 .describe = describe,
                                 .terminal = terminal};
