/* curves.c: curves with legend, read-out and NaN ticks.
 *
 * With more than two points a pixel column the curve becomes its envelope: a vertical span a column from the
 * band of the points in it, joined to its neighbour.  On an image the spans are written as pixels with the
 * coverage at both ends as alpha (measured: 0.2 ms for 1280 columns, against 33 ms of a Cairo path). */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 8192 };

typedef struct Span {
  double top, bottom; /* pixels; top > bottom: nothing */
} Span;

/* The envelope of pixel column `px` wide 1: the points in it and the value that leads into it. */
static Span column_span(const Axes *a, const Curve *c, const Pyramid *p, double px, bool by_time) {
  size_t from = curve_find(c, axes_x(a, px), by_time), to = curve_find(c, axes_x(a, px + 1), by_time);
  if (from >= to) return (Span){1, 0};
  Band b = pyramid_band(p, from ? from - 1 : 0, to);
  if (b.lo > b.hi) return (Span){1, 0};
  return (Span){axes_py(a, (double)b.hi), axes_py(a, (double)b.lo)};
}

static void blend(unsigned char *at, Rgb c, double alpha) {
  uint32_t old;
  memcpy(&old, at, 4);
  uint32_t add = theme_argb(c, alpha), keep = 255 - (add >> 24), out = 0;
  for (int shift = 0; shift < 32; shift += 8)
    out |= ((add >> shift & 255) + (((old >> shift & 255) * keep + 127) / 255)) << shift;
  memcpy(at, &out, 4);
}

/* Writes the span into the image column, rows partly covered with that part as alpha. */
static void put_span(Draw *d, Rect clip, int px, Span s, Rgb c, double alpha) {
  int stride = cairo_image_surface_get_stride(d->pixels), width = cairo_image_surface_get_width(d->pixels);
  int height = cairo_image_surface_get_height(d->pixels);
  unsigned char *data = cairo_image_surface_get_data(d->pixels);
  double top = fmax(s.top, clip.y), bottom = fmin(s.bottom, clip.y + clip.h);
  if (px < 0 || px >= width) return;
  for (int y = (int)floor(top); y < bottom && y < height; y++) {
    double cover = fmin(bottom, y + 1) - fmax(top, y);
    if (y >= 0 && cover > 0)
      blend(data + (size_t)y * (size_t)stride + (size_t)px * 4, c, alpha * fmin(cover, 1));
  }
}

static void draw_spans(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, Rgb color,
                       double alpha, double width) {
  int x0 = (int)floor(a->plot.x), n = (int)ceil(a->plot.w);
  if (n > COLUMNS) n = COLUMNS;
  if (d->pixels) {
    cairo_surface_flush(d->pixels);
    for (int i = 0; i < n; i++) {
      Span s = column_span(a, c, p, x0 + i, by_time);
      if (s.top > s.bottom) continue;
      s.top -= width / 2, s.bottom += width / 2;
      put_span(d, a->plot, x0 + i, s, color, alpha);
    }
    cairo_surface_mark_dirty_rectangle(d->pixels, x0, (int)a->plot.y, n + 1, (int)a->plot.h + 1);
    return;
  }
  draw_color(d, color, alpha);
  for (int i = 0; i < n; i++) {
    Span s = column_span(a, c, p, x0 + i, by_time);
    if (s.top > s.bottom) continue;
    cairo_rectangle(d->cr, x0 + i, s.top - width / 2, 1, s.bottom - s.top + width);
  }
  cairo_fill(d->cr);
}

/* Few points: a smooth path through each.  Values that are no numbers leave a gap. */
static void draw_path(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, size_t from,
                      size_t to, size_t step) {
  bool pen = false;
  for (size_t i = from; i < to; i += step) {
    double y = (double)p->v[i];
    if (!isfinite(y) || (a->log_y && y <= 0)) {
      pen = false;
      continue;
    }
    double px = axes_px(a, curve_x(c, i, by_time)), py = fmax(-1e5, fmin(1e5, axes_py(a, y)));
    if (pen) cairo_line_to(d->cr, px, py);
    else cairo_move_to(d->cr, px, py);
    pen = true;
  }
  cairo_stroke(d->cr);
}

static void draw_one(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, int index,
                     double alpha, double width) {
  Rgb color = theme_series(d->t, index);
  if (!c->sorted && !by_time) { /* went back in steps: no columns; at most 20 000 of its points */
    draw_color(d, color, alpha);
    cairo_set_line_width(d->cr, width);
    draw_path(d, a, c, p, by_time, 0, c->n, 1 + c->n / 20000);
    return;
  }
  size_t from = curve_find(c, a->x0, by_time), to = curve_find(c, a->x1, by_time);
  if (from > 0) from--;
  if (to < c->n) to++;
  if ((double)(to - from) > 2 * a->plot.w) {
    draw_spans(d, a, c, p, by_time, color, alpha, width);
    return;
  }
  double dash[4];
  int dashes = theme_dash(index, dash);
  for (int i = 0; i < dashes; i++) dash[i] *= d->s;
  cairo_set_dash(d->cr, dash, dashes, 0);
  cairo_set_line_width(d->cr, width);
  cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
  draw_color(d, color, alpha);
  draw_path(d, a, c, p, by_time, from, to, 1);
  cairo_set_dash(d->cr, NULL, 0, 0);
  if ((double)(to - from) < a->plot.w / (20 * d->s) && alpha > 0.5) /* so few that each is worth a dot */
    for (size_t i = from; i < to; i++) {
      if (!isfinite(p->v[i])) continue;
      cairo_arc(d->cr, axes_px(a, curve_x(c, i, by_time)), axes_py(a, (double)p->v[i]), 2.4 * d->s, 0,
                2 * M_PI);
      cairo_fill(d->cr);
    }
}

static void draw_nan_ticks(Draw *d, const Axes *a, const Curve *c) {
  size_t n = c->nans < CURVE_NAN_TICKS ? c->nans : CURVE_NAN_TICKS;
  draw_color(d, d->t->alarm, 1);
  cairo_set_line_width(d->cr, 1);
  for (size_t i = 0; i < n; i++) {
    double x = axes_px(a, c->nan_x[i]);
    if (x >= a->plot.x && x <= a->plot.x + a->plot.w)
      draw_line(d, x, a->plot.y + a->plot.h - 8 * d->s, x, a->plot.y + a->plot.h - 1);
  }
}

/* --- legend: one line over the plot; the same places serve the mouse --------------------------------------
 */

/* Room for seven letters of the value, and for ten when all entries fit into `width` so. */
static double entry_width(const Panel *p, int i, double s, double width) {
  static const double LETTER = 7.4;
  double all = 12 * s, more = 3 * LETTER * s, own = 0;
  for (int k = 0; k < p->series_count; k++) {
    const Curve *c = p->series[k];
    double w = s * (26 + LETTER * (double)(7 + strlen(c->name) + (c->nans ? 9 : 0)));
    all += w;
    if (k == i) own = w;
  }
  return all + more * p->series_count <= width ? own + more : own;
}

/* The panel's only series without a name needs no legend but its last value. */
static void entry_text(const Panel *p, int i, char *text, size_t size) {
  const Curve *c = p->series[i];
  char number[24] = "";
  if (c->n) number_text((double)c->y.v[c->n - 1], number);
  if (c->nans) snprintf(text, size, "%s %s  NaN %zu", c->name, number, c->nans);
  else snprintf(text, size, "%s %s", c->name, number);
}

int legend_at(const Panel *p, Rect r, double s, double x, double y) {
  double at = r.x + 12 * s;
  if (p->kind != KIND_CURVE || y < r.y + 28 * s || y > r.y + 50 * s) return -1;
  for (int i = 0; i < p->series_count; i++) {
    double w = entry_width(p, i, s, r.w);
    if (x >= at && x < at + w) return at + w <= r.x + r.w ? i : -1;
    at += w;
  }
  return -1;
}

static void draw_curve_legend(Draw *d, const Panel *p, Rect r) {
  double x = r.x + 12 * d->s, y = r.y + 43 * d->s, dash[4];
  for (int i = 0; i < p->series_count; i++) {
    char text[160];
    double w = entry_width(p, i, d->s, r.w), alpha = p->series[i]->hidden ? 0.35 : 1;
    draw_font(d, 12, false);
    if (x + w > r.x + r.w) {
      draw_color(d, d->t->dim, 1);
      snprintf(text, sizeof text, "+%d", p->series_count - i);
      draw_text_right(d, r.x + r.w - 8 * d->s, y, text);
      return;
    }
    entry_text(p, i, text, sizeof text);
    draw_color(d, theme_series(d->t, i), alpha);
    int dashes = theme_dash(i, dash);
    cairo_set_dash(d->cr, dash, dashes, 0);
    cairo_set_line_width(d->cr, 3 * d->s);
    cairo_move_to(d->cr, x, y - 4 * d->s);
    cairo_line_to(d->cr, x + 16 * d->s, y - 4 * d->s);
    cairo_stroke(d->cr);
    cairo_set_dash(d->cr, NULL, 0, 0);
    draw_color(d, p->series[i]->nans ? d->t->alarm : d->t->text, alpha);
    draw_text_fit(d, x + 21 * d->s, y, w - 24 * d->s, text);
    x += w;
  }
}

/* --- read-out ---------------------------------------------------------------------------------------------
 */

bool series_reading(const Panel *p, int series, double at, Reading *out) {
  const Curve *c = p->series[series];
  if (c->hidden || c->n == 0 || (!c->sorted && !p->by_time)) return false;
  size_t k = curve_find(c, at, p->by_time);
  if (k == c->n || (k && at - curve_x(c, k - 1, p->by_time) < curve_x(c, k, p->by_time) - at)) k--;
  *out = (Reading){curve_x(c, k, p->by_time), (double)c->y.v[k],
                   c->smooth.n > k ? (double)c->smooth.v[k] : (double)NAN};
  return true;
}

static void draw_readout(Draw *d, const Panel *p, Rect r, const Axes *a) {
  char text[SERIES + 1][160];
  const char *line[SERIES + 1];
  Rgb color[SERIES + 1];
  int n = 1;
  double at = axes_x(a, d->px), shown = at;
  for (int i = 0; i < p->series_count && n < 10; i++) {
    const Curve *c = p->series[i];
    Reading q;
    if (!series_reading(p, i, at, &q)) continue;
    shown = q.x;
    char number[24], smooth[24] = "";
    number_text(q.y, number);
    if (!isnan(q.smooth)) number_text(q.smooth, smooth);
    snprintf(text[n], sizeof text[n], "%s %s%s%s", *c->name ? c->name : p->name, number,
             *smooth ? "   smooth " : "", smooth);
    color[n] = theme_series(d->t, i);
    draw_color(d, color[n], 1);
    if (isfinite(q.y) && !(a->log_y && q.y <= 0)) {
      cairo_arc(d->cr, axes_px(a, q.x), axes_py(a, isnan(q.smooth) ? q.y : q.smooth), 3.5 * d->s, 0,
                2 * M_PI);
      cairo_fill(d->cr);
    }
    n++;
  }
  if (n == 1) return;
  draw_color(d, d->t->dim, 0.7);
  cairo_set_line_width(d->cr, 1);
  draw_line(d, axes_px(a, shown), a->plot.y, axes_px(a, shown), a->plot.y + a->plot.h);
  char number[24];
  number_text(shown, number);
  snprintf(text[0], sizeof text[0], p->by_time ? "%s s" : "step %s", number);
  for (int i = 0; i < n; i++) line[i] = text[i];
  draw_tip(d, rect_inset(r, 4), line, color, n);
}

void draw_curves(Draw *d, Panel *p, Rect r, const Axes *a) {
  draw_axes(d, a, p->by_time ? "seconds" : NULL);
  draw_curve_legend(d, p, r);
  draw_clip(d, a->plot);
  for (int i = 0; i < p->series_count; i++) {
    const Curve *c = p->series[i];
    if (c->hidden || c->n == 0) continue;
    bool smooth = c->smooth.n > 0;
    draw_one(d, a, c, &c->y, p->by_time, i, smooth ? 0.25 : 1, (smooth ? 1.2 : 1.7) * d->s);
    if (smooth) draw_one(d, a, c, &c->smooth, p->by_time, i, 1, 1.9 * d->s);
    if (c->nans && !p->by_time) draw_nan_ticks(d, a, c);
  }
  cairo_restore(d->cr);
  if (d->pointer && rect_has(a->plot, d->px, d->py)) draw_readout(d, p, r, a);
  if (p->beta > 0) {
    char text[40];
    snprintf(text, sizeof text, "smooth %.3g", p->beta);
    draw_font(d, 12, false);
    draw_color(d, d->t->dim, 1);
    draw_text_right(d, r.x + r.w - 12 * d->s, r.y + 20 * d->s, text);
  }
}
