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
  bool equal;
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
    c->equal = g->equal;
    c->classes = p && p->classes > classes ? p->classes : classes;
  }
  return scene_post_content(v, name, &boundary_kind, 0, &c->head, e);
}

static const Boundary *boundary_of(const Panel *p) { return (const Boundary *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  surface_extent(&boundary_of(p)->surface, a);
  a->square = boundary_of(p)->equal;
  return true;
}
static void margins(const Panel *p, Rect card, double scale, Margins *m) {
  points_margins(&boundary_of(p)->points, card, scale, m);
}

static Rgb region_color(double x) {
  double low = floor(x), part = x - low;
  if (!isfinite(x)) return not_a_number();
  Rgb rgb = theme_mix(theme_class((int)low), theme_class((int)low + 1), part);
  return theme_mix(rgb, (Rgb){1, 1, 1}, 0.55 + 0.25 * (1 - fabs(2 * part - 1))); /* pale where undecided */
}

/* Of two classes with their border. */
static void draw_regions(Draw *d, const Surface *s, bool border, Rect to, Rect seen, Scaled **kept) {
  static const Rgb ink = {0.15, 0.17, 0.2};
  const size_t n = (size_t)s->h * (size_t)s->w;
  uint32_t *node = malloc(n * sizeof *node);
  for (size_t i = 0; node && i < n; i++) node[i] = theme_argb(region_color((double)s->value[i]), 1);
  Field f = {
      .h = s->h, .w = s->w, .height = s->value, .node = node, .line = theme_argb(ink, 1), .line_share = 0.75};
  f.line_width = sizes.stroke.border * d->s;
  f.levels = border && d->pixels ? 2 : 0; /* the line at a half */
  if (node) draw_field(d, &f, to, seen, kept);
  free(node);
  if (!border || d->pixels) return;
  draw_color(d, ink, f.line_share);
  cairo_set_line_width(d->cr, f.line_width);
  level_line(d, s->h, s->w, s->value, to, 0.5);
}

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  const Boundary *c = boundary_of(p);
  const Surface *s = &c->surface;
  Rect to = axes_rect(a, s->x0, s->x1, s->y1, s->y0);
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  draw_regions(d, s, c->classes <= 2, to, a->plot, &p->part[0]->kept);
  if (c->points.xy) draw_points(d, a, &c->points, card);
  cairo_restore(d->cr);
  draw_class_names(d, &c->points, card);
}

static Rgb region_at(const void *of, int y, int x) {
  const Surface *s = of;
  return region_color((double)s->value[(size_t)(s->h - 1 - y) * (size_t)s->w + (size_t)x]);
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
                                 .keeps = true,
                                 .accept = scene_take,
                                 .extent = extent,
                                 .margins = margins,
                                 .draw = draw,
                                 .describe = describe,
                                 .terminal = terminal};
