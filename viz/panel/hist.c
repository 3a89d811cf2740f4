/* hist.c: histograms over time: the newest in front, the past behind it. */
#include "panel.h"

#include <math.h>

enum { BINS = 40 };

typedef struct Hist {
  Content head;
  double lo, hi; /* of the values */
  double count[BINS], most;
  double step; /* NAN: none given */
} Hist;

static void count(Hist *c, size_t n, const float *value) {
  c->lo = INFINITY, c->hi = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    double x = (double)value[i];
    if (!isfinite(x)) continue;
    c->lo = fmin(c->lo, x);
    c->hi = fmax(c->hi, x);
  }
  if (c->lo > c->hi) c->lo = 0, c->hi = 1;
  if (c->hi - c->lo < 1e-12 * (fabs(c->lo) + 1e-12)) { /* one value */
    const double around = fmax(0.5, 1e-6 * fabs(c->lo));
    c->lo -= around, c->hi += around;
  }
  for (size_t i = 0; i < n; i++) {
    double x = (double)value[i];
    if (!isfinite(x)) continue;
    int bin = (int)((x - c->lo) / (c->hi - c->lo) * BINS);
    c->count[bin >= BINS ? BINS - 1 : bin]++;
  }
  for (int k = 0; k < BINS; k++) c->most = fmax(c->most, c->count[k]);
}

bool viz_hist(Viz *v, const char *name, size_t n, const float *value, double step, VizErr *e) {
  Hist *c = content_new(sizeof *c);
  if (c) {
    c->step = step;
    count(c, n, value);
  }
  return scene_post_content(v, name, &hist_kind, 0, &c->head, e);
}

static const Hist *hist_of(const Panel *p, int k) { return (const Hist *)p->past[k]; }

static void draw(Draw *d, Panel *p, Rect body, const Axes *unused) {
  int n = p->past_count;
  (void)unused;
  double lo = INFINITY, hi = -INFINITY;
  for (int i = 0; i < n; i++) lo = fmin(lo, hist_of(p, i)->lo), hi = fmax(hi, hist_of(p, i)->hi);
  if (n == 0) return;
  double back = n > 1 ? body.h * 0.55 : 0, base = body.y + body.h - 24 * d->s;
  Axes a = {
      .plot = {body.x + 6 * d->s, body.y, body.w - 12 * d->s, base - body.y}, .x0 = lo, .x1 = hi, .y1 = 1};
  Ticks t;
  ticks_linear(lo, hi, (int)(body.w / (90 * d->s)), false, &t);
  draw_font(d, sizes.label, false);
  for (int i = 0; i < t.n; i++) {
    double x = axes_px(&a, t.at[i]);
    draw_color(d, d->t->grid, 1);
    cairo_set_line_width(d->cr, 1);
    draw_line(d, x, body.y, x, base);
    draw_color(d, d->t->dim, 1);
    draw_text_middle(d, fmin(fmax(x, body.x + 14 * d->s), body.x + body.w - 14 * d->s),
                     base + sizes.under * d->s, t.label[i]);
  }
  double height = fmax(base - body.y - back - 6 * d->s, 10);
  for (int i = 0; i < n; i++) {
    const Hist *c = hist_of(p, i);
    double age = n > 1 ? 1 - (double)i / (n - 1) : 0, y = base - back * age;
    double unit = height / fmax(c->most, 1), bin = (c->hi - c->lo) / BINS;
    cairo_move_to(d->cr, axes_px(&a, c->lo), y);
    for (int k = 0; k < BINS; k++)
      cairo_line_to(d->cr, axes_px(&a, c->lo + (k + 0.5) * bin), y - c->count[k] * unit);
    cairo_line_to(d->cr, axes_px(&a, c->hi), y);
    cairo_close_path(d->cr);
    draw_color(d, theme_mix(theme_series(d->t, 0), d->t->card, 0.75 * age + (n > 1 ? 0.1 : 0.2)), 1);
    cairo_fill_preserve(d->cr);
    draw_color(d, theme_mix(theme_series(d->t, 0), d->t->text, 0.4), 0.8);
    cairo_set_line_width(d->cr, d->s);
    cairo_stroke(d->cr);
  }
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  if (p->past_count == 0) return;
  const Hist *c = hist_of(p, p->past_count - 1);
  char lo[24], hi[24];
  number_text(c->lo, lo);
  number_text(c->hi, hi);
  text_add(t, "%s ", lo);
  text_ink(t, how, theme_series(theme_get(true), 0));
  for (int k = 0; k < BINS; k++) text_glyph(t, 0x2581u + (unsigned)(7 * c->count[k] / fmax(c->most, 1)));
  text_plain(t, how);
  text_add(t, " %s\n", hi);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %d of them", p->past_count); }

const PanelKind hist_kind = {.name = "histogram",
                             .remembers = true,
                             .accept = scene_take,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
