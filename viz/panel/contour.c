/* contour.c: heights with level lines, and paths down them. */
#include "grid.h"
#include "panel.h"
#include "series.h"
#include "surface.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATHS = 1 }; /* the part that holds them */

typedef struct Contour {
  Content head;
  Surface surface;
} Contour;

typedef struct Paths {
  Content head;
  int n, *length; /* points of each */
  float *xy;      /* one path after another */
  char **names;   /* n, or NULL */
  int *color;     /* theme_series */
} Paths;

bool viz_contour(Viz *v, const char *name, const VizGrid *g, VizErr *e) {
  if (!surface_check("viz.contour", g, e)) return false;
  Contour *c = content_new(sizeof *c);
  if (c) surface_copy(&c->head, &c->surface, g);
  return scene_post_content(v, name, &contour_kind, 0, &c->head, e);
}

bool viz_paths(Viz *v, const char *name, int count, const int *length, const float *xy,
               const char *const *names, VizErr *e) {
  size_t total = 0;
  for (int i = 0; i < count; i++) total += (size_t)length[i];
  Paths *c = content_new(sizeof *c);
  if (c) {
    c->n = count;
    c->length = content_copy(&c->head, length, (size_t)count * sizeof *length);
    c->xy = content_copy(&c->head, xy, 2 * total * sizeof *xy);
    c->names = content_texts(&c->head, names, count);
    c->color = content_copy(&c->head, length, (size_t)count * sizeof *length); /* filled when it is taken */
  }
  return scene_post_content(v, name, &contour_kind, PATHS, &c->head, e);
}

static const Contour *contour_of(const Panel *p) { return (const Contour *)p->part[0]; }
static const Paths *paths_of(const Panel *p) { return (const Paths *)p->part[PATHS]; }

static Hue path_at(const void *of, int i) {
  const Paths *c = of;
  return (Hue){c->names[i], c->color[i]};
}

/* A path of a curve's name has the curve's colour. */
static void accept(Panel *p, Post *post) {
  Paths *c = post->part == PATHS ? (Paths *)post->content : NULL;
  bool twin;
  for (int i = 0; c && i < c->n; i++)
    c->color[i] = c->names ? series_hue(p->scene, series_family(c->names[i], &twin), path_at, c, i) : i;
  scene_take(p, post);
}

static bool extent(const Panel *p, Axes *a) {
  if (!contour_of(p)) return false;
  surface_extent(&contour_of(p)->surface, a);
  return true;
}
static int path_lines(const Panel *p, Rect card, double scale) {
  const Paths *c = paths_of(p);
  return legend_lines(c->names, c->n, legend_area(card, 1, scale).w, card, scale);
}
static void margins(const Panel *p, Rect card, double scale, Margins *m) {
  if (paths_of(p) && paths_of(p)->names) m->top = sizes.legend * scale * path_lines(p, card, scale);
  if (!card_small(card, scale)) m->right = sizes.key.beside_contour * scale;
}

/* Heights spread over decades (loss surfaces) are shown by their logarithm. */
static bool wide_range(const Range *r) { return r->lo > 0 && r->hi / r->lo > 50; }
static double height_share(const Range *r, double x) { /* 0..1; NaN: no number */
  if (!isfinite(x)) return NAN;
  return wide_range(r) ? log(x / r->lo) / log(r->hi / r->lo) : range_share(*r, x, 0);
}
static double height_level(const Range *r, double t) {
  return wide_range(r) ? r->lo * pow(r->hi / r->lo, t) : r->lo + (r->hi - r->lo) * t;
}

static Rgb key_color(const void *unused, double share) {
  (void)unused;
  return theme_viridis(share);
}
static void draw_descent(Draw *d, const Axes *a, const float *xy, int n, Rgb color) {
  for (int pass = 0; pass < 2; pass++) { /* a light rim under the line: the ground is dark where paths end */
    for (int i = 0; i < n; i++)
      cairo_line_to(d->cr, axes_px(a, (double)xy[2 * i]), axes_py(a, (double)xy[2 * i + 1]));
    draw_color(d, pass ? color : (Rgb){1, 1, 1}, pass ? 1 : 0.8);
    cairo_set_line_width(d->cr, (pass ? sizes.stroke.path : sizes.stroke.path_rim) * d->s);
    cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(d->cr);
  }
  if (n == 0) return;
  double x = axes_px(a, (double)xy[2 * n - 2]), y = axes_py(a, (double)xy[2 * n - 1]);
  cairo_arc(d->cr, x, y, sizes.dot.path_end * d->s, 0, 2 * M_PI);
  draw_color(d, color, 1);
  cairo_fill_preserve(d->cr);
  draw_color(d, (Rgb){1, 1, 1}, 0.8);
  cairo_set_line_width(d->cr, sizes.stroke.path_end * d->s);
  cairo_stroke(d->cr);
}

/* With level lines; where no pixels are known they are strokes, which stay sharp. */
static void draw_surface(Draw *d, const Surface *s, Rect to, Rect seen, Scaled **kept) {
  enum { LEVELS = 12 };
  const size_t n = (size_t)s->h * (size_t)s->w;
  float *height = malloc(n * sizeof *height);
  Field f = {
      .h = s->h, .w = s->w, .height = height, .line = theme_argb((Rgb){1, 1, 1}, 1), .line_share = 0.28};
  for (size_t i = 0; height && i < n; i++) height[i] = (float)height_share(&s->range, (double)s->value[i]);
  for (int i = 0; i < 256; i++) f.color[i] = theme_argb(theme_viridis(i / 255.0), 1);
  f.line_width = sizes.stroke.level * d->s;
  f.levels = d->pixels ? LEVELS : 0;
  if (height) draw_field(d, &f, to, seen, kept);
  free(height);
  draw_color(d, (Rgb){1, 1, 1}, f.line_share);
  cairo_set_line_width(d->cr, f.line_width);
  for (int k = 1; k < LEVELS && !d->pixels; k++)
    level_line(d, s->h, s->w, s->value, to, height_level(&s->range, (double)k / LEVELS));
}

static Rgb path_color(const void *of, const Theme *t, int i) {
  return theme_series(t, ((const Paths *)of)->color[i]);
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Surface *s = &contour_of(p)->surface;
  const Paths *paths = paths_of(p);
  Rect to = axes_rect(a, s->x0, s->x1, s->y1, s->y0);
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  draw_surface(d, s, to, a->plot, &p->part[0]->kept);
  const float *xy = paths ? paths->xy : NULL;
  for (int i = 0; paths && i < paths->n; xy += 2 * paths->length[i++])
    draw_descent(d, a, xy, paths->length[i], theme_series(d->t, paths->color[i]));
  cairo_restore(d->cr);
  if (!card_small(r, d->s)) draw_scale(d, a, key_color, NULL, s->range, !wide_range(&s->range));
  const int lines = paths && paths->names ? path_lines(p, r, d->s) : 0;
  if (lines) draw_legend(d, legend_area(r, lines, d->s), paths->names, paths->n, path_color, paths);
  if (d->pointer && rect_has(a->plot, d->px, d->py)) {
    char text[100];
    const char *line = text;
    int x, y;
    if (!grid_cell(d, s->h, s->w, to, &y, &x)) return;
    snprintf(text, sizeof text, "%.4g, %.4g: %.5g", axes_x(a, d->px), axes_y(a, d->py),
             (double)s->value[(size_t)y * (size_t)s->w + (size_t)x]);
    draw_tip(d, r, &line, NULL, 1);
  }
}

static Rgb height_at(const void *of, int y, int x) {
  const Surface *s = of;
  return theme_viridis(
      range_share(s->range, (double)s->value[(size_t)(s->h - 1 - y) * (size_t)s->w + (size_t)x], 0));
}
static void terminal(const Panel *p, Text *t, const Terminal *how) {
  if (!contour_of(p)) return; /* paths alone */
  const Surface *s = &contour_of(p)->surface;
  text_raster(t, how, s->h, s->w, height_at, s);
}

static void describe(const Panel *p, Text *t) {
  const Contour *c = contour_of(p);
  if (c)
    text_add(t, ", %d x %d, %.4g to %.4g", c->surface.h, c->surface.w, c->surface.range.lo,
             c->surface.range.hi);
  if (paths_of(p)) text_add(t, ", %d paths", paths_of(p)->n);
}

const PanelKind contour_kind = {.name = "contour",
                                .accept = accept,
                                .extent = extent,
                                .margins = margins,
                                .draw = draw,
                                .describe = describe,
                                .terminal = terminal};
