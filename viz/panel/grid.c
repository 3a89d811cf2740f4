/* grid.c: functions on a rectangle: heat maps, spectrograms, decision regions, contours.
 *
 * Contour lines by marching squares (Lorensen and Cline 1987, in two dimensions), a segment a cell and level.
 */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- colours of a grid -------------------------------------------------------------------------------------
 */

static Rgb scale_color(const Content *c, double x) {
  if (!isfinite(x)) return (Rgb){0.8, 0.1, 0.1};
  if (c->lo < 0 && c->hi > 0) { /* both signs: diverging around zero */
    double most = fmax(-c->lo, c->hi);
    return theme_diverging(0.5 + 0.5 * x / most);
  }
  return theme_viridis(c->hi > c->lo ? (x - c->lo) / (c->hi - c->lo) : 0.5);
}

/* Row 0 of values at the bottom when `up`. */
static uint32_t *grid_pixels(const Content *c, bool up, Rgb (*color)(const Content *, double)) {
  uint32_t *argb = malloc((size_t)c->h * (size_t)c->w * sizeof *argb);
  for (int y = 0; argb && y < c->h; y++)
    for (int x = 0; x < c->w; x++)
      argb[(size_t)(up ? c->h - 1 - y : y) * (size_t)c->w + (size_t)x] =
          theme_argb(color(c, (double)c->f[(size_t)y * (size_t)c->w + (size_t)x]), 1);
  return argb;
}

/* The data rectangle on the screen: larger than the plot when zoomed in. */
static Rect data_rect(const Axes *a, const Content *c) {
  double left = axes_px(a, c->x0), top = axes_py(a, c->y1);
  return (Rect){left, top, axes_px(a, c->x1) - left, axes_py(a, c->y0) - top};
}

/* --- marching squares
 * --------------------------------------------------------------------------------------- */

static double cut(double a, double b, double level) { return (level - a) / (b - a); }

/* Grid points are pixel centres of the picture drawn under them. */
static void level_line(Draw *d, const Content *c, Rect to, double level) {
  double sx = to.w / c->w, sy = to.h / c->h;
  for (int y = 0; y + 1 < c->h; y++)
    for (int x = 0; x + 1 < c->w; x++) {
      const float *f = c->f + (size_t)y * (size_t)c->w + (size_t)x;
      double v[4] = {(double)f[0], (double)f[1], (double)f[c->w + 1], (double)f[c->w]}; /* around the cell */
      double px[4], py[4];
      int n = 0;
      for (int k = 0; k < 4; k++) {
        int next = (k + 1) % 4;
        if ((v[k] < level) == (v[next] < level)) continue;
        static const double cx[4] = {0, 1, 1, 0}, cy[4] = {0, 0, 1, 1};
        double t = cut(v[k], v[next], level);
        px[n] = to.x + (x + 0.5 + cx[k] + (cx[next] - cx[k]) * t) * sx;
        py[n++] = to.y + to.h - (y + 0.5 + cy[k] + (cy[next] - cy[k]) * t) * sy;
      }
      for (int k = 0; k + 1 < n; k += 2) {
        cairo_move_to(d->cr, px[k], py[k]);
        cairo_line_to(d->cr, px[k + 1], py[k + 1]);
      }
    }
  cairo_stroke(d->cr);
}

/* --- decision regions
 * ---------------------------------------------------------------------------------------- */

static Rgb region_color(const Content *c, double x) {
  double low = floor(x), part = x - low;
  if (!isfinite(x)) return (Rgb){0.8, 0.1, 0.1};
  (void)c;
  Rgb rgb = theme_mix(theme_class((int)low), theme_class((int)low + 1), part);
  return theme_mix(rgb, (Rgb){1, 1, 1}, 0.55 + 0.25 * (1 - fabs(2 * part - 1))); /* pale where undecided */
}

void draw_boundary(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Content *c = p->slot[SLOT_MAIN];
  uint32_t *argb = grid_pixels(c, true, region_color);
  Rect to = data_rect(a, c);
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  if (argb) draw_pixels(d, argb, c->w, c->h, to, true);
  free(argb);
  draw_color(d, (Rgb){0.15, 0.17, 0.2}, 0.75);
  cairo_set_line_width(d->cr, 1.4 * d->s);
  for (int k = 0; k + 1 < c->classes && c->classes <= 2; k++) level_line(d, c, to, k + 0.5);
  if (c->g) draw_points(d, a, c, c->g, r);
  cairo_restore(d->cr);
  if (c->name_count)
    draw_legend(d, (Rect){a->plot.x, r.y + 28 * d->s, a->plot.w, 20 * d->s}, c->names, c->name_count,
                theme_class);
}

/* --- contours
 * --------------------------------------------------------------------------------------------------- */

/* Heights spread over decades (loss surfaces) are shown by their logarithm. */
static bool wide_range(const Content *c) { return c->lo > 0 && c->hi / c->lo > 50; }
static Rgb height_color(const Content *c, double x) {
  if (!isfinite(x)) return (Rgb){0.8, 0.1, 0.1};
  double t =
      wide_range(c) ? log(x / c->lo) / log(c->hi / c->lo) : (x - c->lo) / (c->hi > c->lo ? c->hi - c->lo : 1);
  return theme_viridis(t);
}
static double height_level(const Content *c, double t) {
  return wide_range(c) ? c->lo * pow(c->hi / c->lo, t) : c->lo + (c->hi - c->lo) * t;
}

static Rgb path_color(int i) {
  static const Rgb color[] = {{1, 1, 1}, {0.95, 0.45, 0.1}, {1, 0.6, 0.85}, {0.4, 0.85, 1}, {1, 0.9, 0.3}};
  return color[i % 5];
}

static void draw_descent(Draw *d, const Axes *a, const float *xy, int n, Rgb color) {
  for (int pass = 0; pass < 2; pass++) { /* a dark rim under the line */
    for (int i = 0; i < n; i++)
      cairo_line_to(d->cr, axes_px(a, (double)xy[2 * i]), axes_py(a, (double)xy[2 * i + 1]));
    draw_color(d, pass ? color : (Rgb){0, 0, 0}, pass ? 1 : 0.6);
    cairo_set_line_width(d->cr, (pass ? 2 : 3.6) * d->s);
    cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(d->cr);
  }
  if (n == 0) return;
  double x = axes_px(a, (double)xy[2 * n - 2]), y = axes_py(a, (double)xy[2 * n - 1]);
  cairo_arc(d->cr, x, y, 4.5 * d->s, 0, 2 * M_PI);
  draw_color(d, color, 1);
  cairo_fill_preserve(d->cr);
  draw_color(d, (Rgb){0, 0, 0}, 0.8);
  cairo_set_line_width(d->cr, 1.2 * d->s);
  cairo_stroke(d->cr);
}

void draw_contour(Draw *d, Panel *p, Rect r, const Axes *a) {
  enum { LEVELS = 12 };
  const Content *c = p->slot[SLOT_MAIN], *paths = p->slot[SLOT_PATHS];
  uint32_t *argb = grid_pixels(c, true, height_color);
  Rect to = data_rect(a, c);
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  if (argb) draw_pixels(d, argb, c->w, c->h, to, true);
  free(argb);
  draw_color(d, (Rgb){1, 1, 1}, 0.28);
  cairo_set_line_width(d->cr, 1 * d->s);
  for (int k = 1; k < LEVELS; k++) level_line(d, c, to, height_level(c, (double)k / LEVELS));
  const float *xy = paths ? paths->f : NULL;
  for (int i = 0; paths && i < paths->n; xy += 2 * paths->id[i++])
    draw_descent(d, a, xy, paths->id[i], path_color(i));
  cairo_restore(d->cr);
  if (paths && paths->name_count) {
    draw_color(d, theme_viridis(0.25), 1); /* the light colours need a dark ground */
    draw_rounded(d, (Rect){a->plot.x, r.y + 30 * d->s, a->plot.w, 19 * d->s}, 4 * d->s);
    cairo_fill(d->cr);
    Draw on = *d;
    Theme theme = *theme_get(true);
    theme.text = (Rgb){1, 1, 1};
    on.t = &theme;
    draw_legend(&on, (Rect){a->plot.x + 8 * d->s, r.y + 29 * d->s, a->plot.w - 8 * d->s, 20 * d->s},
                paths->names, paths->name_count, path_color);
  }
  if (d->pointer && rect_has(a->plot, d->px, d->py)) {
    char text[100];
    const char *line = text;
    int x = (int)((d->px - to.x) / to.w * c->w), y = (int)((to.y + to.h - d->py) / to.h * c->h);
    if (x < 0 || y < 0 || x >= c->w || y >= c->h) return;
    snprintf(text, sizeof text, "%.4g, %.4g: %.5g", axes_x(a, d->px), axes_y(a, d->py),
             (double)c->f[(size_t)y * (size_t)c->w + (size_t)x]);
    draw_tip(d, rect_inset(r, 4), &line, NULL, 1);
  }
}

/* --- matrices
 * ------------------------------------------------------------------------------------------------------ */

static void draw_scale(Draw *d, const Content *c, Rect bar) {
  enum { STEPS = 64 };
  double lo, hi;
  scale_ends(c, &lo, &hi);
  for (int i = 0; i < STEPS; i++) {
    draw_color(d, scale_color(c, lo + (hi - lo) * i / (STEPS - 1)), 1);
    cairo_rectangle(d->cr, bar.x, bar.y + bar.h * (STEPS - 1 - i) / STEPS, bar.w, bar.h / STEPS + 1);
    cairo_fill(d->cr);
  }
  char text[24];
  draw_font(d, 12, false);
  draw_color(d, d->t->dim, 1);
  scale_text(hi, lo, text);
  draw_text(d, bar.x + bar.w + 4 * d->s, bar.y + 10 * d->s, text);
  scale_text(lo, hi, text);
  draw_text(d, bar.x + bar.w + 4 * d->s, bar.y + bar.h, text);
}

static void draw_cell_labels(Draw *d, const Content *c, const Axes *a) {
  double cw = axes_px(a, 1) - axes_px(a, 0), ch = axes_py(a, 1) - axes_py(a, 0);
  draw_font(d, 12, false);
  draw_color(d, d->t->text, 1);
  int every = (int)ceil(14 * d->s / fmax(ch, 1e-9));
  for (int i = 0; i < c->yname_count; i += every) {
    double y = axes_py(a, i + 0.5) + 4 * d->s;
    if (y < a->plot.y || y > a->plot.y + a->plot.h) continue;
    double w = fmin(draw_text_width(d, c->ynames[i]), a->plot.x * 1.0);
    draw_text(d, a->plot.x - 6 * d->s - w, y, c->ynames[i]);
  }
  every = (int)ceil(14 * d->s / fmax(cw, 1e-9));
  for (int i = 0; i < c->name_count; i += every) {
    double x = axes_px(a, i + 0.5), y = a->plot.y + a->plot.h;
    if (x < a->plot.x || x > a->plot.x + a->plot.w) continue;
    if (draw_text_width(d, c->names[i]) < cw * 0.95) {
      draw_text_middle(d, x, y + 15 * d->s, c->names[i]);
      continue;
    }
    cairo_save(d->cr); /* too long for its column: turned */
    cairo_translate(d->cr, x + 4 * d->s, y + 6 * d->s);
    cairo_rotate(d->cr, -M_PI / 3);
    draw_text_right(d, 0, 4 * d->s, c->names[i]);
    cairo_restore(d->cr);
  }
}

static void draw_cell_numbers(Draw *d, const Content *c, const Axes *a) {
  double cw = axes_px(a, 1) - axes_px(a, 0), ch = axes_py(a, 1) - axes_py(a, 0);
  draw_font(d, 12, false);
  if (ch < 13 * d->s) return;
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      double v = (double)c->f[(size_t)y * (size_t)c->w + (size_t)x];
      char text[24];
      snprintf(text, sizeof text, v == floor(v) ? "%.0f" : "%.2f", v);
      if (draw_text_width(d, text) > cw) continue;
      draw_color(d, theme_ink(scale_color(c, v)), 1);
      draw_text_middle(d, axes_px(a, x + 0.5), axes_py(a, y + 0.5) + 4 * d->s, text);
    }
}

void draw_heatmap(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Content *c = p->slot[SLOT_MAIN];
  uint32_t *argb = grid_pixels(c, false, scale_color);
  double left = axes_px(a, 0), top = axes_py(a, 0);
  draw_clip(d, a->plot);
  if (argb)
    draw_pixels(d, argb, c->w, c->h, (Rect){left, top, axes_px(a, c->w) - left, axes_py(a, c->h) - top},
                false);
  free(argb);
  if (c->numbers) draw_cell_numbers(d, c, a);
  cairo_restore(d->cr);
  draw_cell_labels(d, c, a);
  draw_font(d, 12, false);
  draw_color(d, d->t->dim, 1);
  if (c->texts > 0 && *c->text[0])
    draw_text_middle(d, a->plot.x + a->plot.w / 2, r.y + r.h - 8 * d->s, c->text[0]);
  if (c->texts > 1 && *c->text[1]) {
    cairo_save(d->cr);
    cairo_translate(d->cr, r.x + 16 * d->s, a->plot.y + a->plot.h / 2);
    cairo_rotate(d->cr, -M_PI / 2);
    draw_text_middle(d, 0, 0, c->text[1]);
    cairo_restore(d->cr);
  }
  draw_scale(d, c, (Rect){a->plot.x + a->plot.w + 8 * d->s, a->plot.y, 12 * d->s, a->plot.h});
  if (d->pointer && rect_has(a->plot, d->px, d->py)) {
    int x = (int)axes_x(a, d->px), y = (int)axes_y(a, d->py);
    if (x < 0 || y < 0 || x >= c->w || y >= c->h) return;
    char text[2][160];
    const char *line[2] = {text[0], text[1]};
    snprintf(text[0], 160, "row %d %.60s  column %d %.60s", y + 1, y < c->yname_count ? c->ynames[y] : "",
             x + 1, x < c->name_count ? c->names[x] : "");
    snprintf(text[1], 160, "%.5g", (double)c->f[(size_t)y * (size_t)c->w + (size_t)x]);
    draw_tip(d, rect_inset(r, 4), line, NULL, 2);
  }
}

/* --- spectrogram: frames x bins, low bins at the bottom, the probability under it
 * ----------------------------------- */

void draw_spectrogram(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Content *c = p->slot[SLOT_MAIN];
  uint32_t *argb = malloc((size_t)c->h * (size_t)c->w * sizeof *argb);
  for (int y = 0; argb && y < c->h; y++)
    for (int x = 0; x < c->w; x++)
      argb[(size_t)(c->h - 1 - y) * (size_t)c->w + (size_t)x] =
          theme_argb(theme_viridis(((double)c->f[(size_t)x * (size_t)c->h + (size_t)y] - c->lo) /
                                   fmax(c->hi - c->lo, 1e-30)),
                     1);
  double left = axes_px(a, 0), top = axes_py(a, c->h);
  Axes under = *a;
  under.plot.y = a->plot.y + a->plot.h + 10 * d->s;
  under.plot.h = r.y + r.h - 26 * d->s - under.plot.y;
  under.y0 = 0, under.y1 = 1;
  Axes above = *a;
  if (!c->g) draw_axes(d, &above, NULL);
  draw_clip(d, a->plot);
  if (argb)
    draw_pixels(d, argb, c->w, c->h, (Rect){left, top, axes_px(a, c->w) - left, axes_py(a, 0) - top}, false);
  free(argb);
  cairo_restore(d->cr);
  if (!c->g || under.plot.h < 8) return;
  draw_axes(d, &under, NULL);
  draw_clip(d, under.plot);
  if (isfinite(c->threshold)) {
    draw_color(d, d->t->alarm, 0.9);
    draw_line(d, under.plot.x, axes_py(&under, c->threshold), under.plot.x + under.plot.w,
              axes_py(&under, c->threshold));
  }
  for (int x = 0; x < c->w; x++)
    cairo_line_to(d->cr, axes_px(&under, x + 0.5), axes_py(&under, (double)c->g[x]));
  draw_color(d, theme_series(d->t, 0), 1);
  cairo_set_line_width(d->cr, 1.7 * d->s);
  cairo_stroke(d->cr);
  cairo_restore(d->cr);
}
