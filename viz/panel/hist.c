/* hist.c: histograms over time: the newest in front, the past behind it. */
#include "panel.h"
#include "spans.h"

#include <math.h>
#include <stdio.h>

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

static const double BACK = 0.55; /* how much of the height the past takes */

/* x: the values; y: shares of the height, 0 under the newest, BACK under the oldest. */
static bool extent(const Panel *p, Axes *a) {
  a->x0 = INFINITY, a->x1 = -INFINITY, a->y0 = 0, a->y1 = 1;
  for (int i = 0; i < p->past_count; i++) {
    a->x0 = fmin(a->x0, hist_of(p, i)->lo);
    a->x1 = fmax(a->x1, hist_of(p, i)->hi);
  }
  return p->past_count > 0;
}

static double base_of(int i, int n) { return n > 1 ? BACK * (1 - (double)i / (n - 1)) : 0; }
static double unit_of(const Hist *c, int n) { return (n > 1 ? 0.97 - BACK : 0.97) / fmax(c->most, 1); }

static void draw_ridge(Draw *d, const Axes *a, const Hist *c, int i, int n) {
  const double base = base_of(i, n), unit = unit_of(c, n), bin = (c->hi - c->lo) / BINS;
  const double age = n > 1 ? 1 - (double)i / (n - 1) : 0;
  double xy[2 * (BINS + 2)];
  xy[0] = c->lo, xy[1] = base, xy[2 * BINS + 2] = c->hi, xy[2 * BINS + 3] = base;
  for (int k = 0; k < BINS; k++)
    xy[2 * k + 2] = c->lo + (k + 0.5) * bin, xy[2 * k + 3] = base + c->count[k] * unit;
  const Stroke under = {.color =
                            theme_mix(theme_series(d->t, 0), d->t->card, 0.75 * age + (n > 1 ? 0.1 : 0.2)),
                        .alpha = 1,
                        .area = true,
                        .foot = axes_py(a, base)};
  spans_line(d, a, xy, BINS + 2, &under);
  const Stroke line = {.color = theme_mix(theme_series(d->t, 0), d->t->text, 0.4),
                       .alpha = 0.8,
                       .width = sizes.stroke.ridge * d->s};
  spans_line(d, a, xy, BINS + 2, &line);
}

/* How many there are, where no other histogram lies behind this one. */
static void draw_counts(Draw *d, const Hist *c, const Axes *a) {
  const double unit = unit_of(c, 1);
  Axes counts = *a;
  Ticks t;
  counts.y0 /= unit, counts.y1 /= unit;
  ticks_linear(counts.y0, counts.y1, (int)(a->plot.h / (sizes.apart_y * d->s)), true, &t);
  draw_y_ticks(d, &counts, &t);
}

/* The steps, where they are known, left of the ridges. */
static void draw_steps(Draw *d, const Panel *p, const Axes *a) {
  double free = INFINITY;
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->dim, 1);
  for (int i = 0; i < p->past_count; i++) { /* from the newest, which is the lowest, upwards */
    const int k = p->past_count - 1 - i;
    const double y = axes_py(a, base_of(k, p->past_count));
    char text[24];
    if (isnan(hist_of(p, k)->step) || y > free || y > a->plot.y + a->plot.h + 1 || y < a->plot.y) continue;
    number_text(hist_of(p, k)->step, text);
    draw_text_right(d, a->plot.x - sizes.beside * d->s, y + sizes.base.label * d->s, text);
    free = y - sizes.apart_line * d->s;
  }
}

/* The bin that x is in; -1: none. */
static int bin_at(const Hist *c, double x) {
  const double share = (x - c->lo) / (c->hi - c->lo);
  return share >= 0 && share < 1 ? (int)(share * BINS) : -1;
}

/* The foremost ridge under the pointer. */
static int ridge_at(const Panel *p, double x, double y) {
  for (int i = p->past_count - 1; i >= 0; i--) {
    const Hist *c = hist_of(p, i);
    const int k = bin_at(c, x);
    const double base = base_of(i, p->past_count);
    if (k >= 0 && y >= base && y <= base + c->count[k] * unit_of(c, p->past_count)) return i;
  }
  return p->past_count - 1;
}

static void draw_readout(Draw *d, const Panel *p, Rect card, const Axes *a) {
  const double x = axes_x(a, d->px);
  const Hist *c = hist_of(p, ridge_at(p, x, axes_y(a, d->py)));
  const int k = bin_at(c, x);
  char text[3][80], lo[24], hi[24];
  const char *line[3] = {text[0], text[1], text[2]};
  int n = 0;
  double all = 0;
  for (int i = 0; i < BINS; i++) all += c->count[i];
  if (!isnan(c->step)) snprintf(text[n++], sizeof *text, "step %.10g", c->step);
  number_text(c->lo + k * (c->hi - c->lo) / BINS, lo);
  number_text(c->lo + (k + 1) * (c->hi - c->lo) / BINS, hi);
  if (k >= 0) snprintf(text[n++], sizeof *text, "%s to %s: %.0f of %.0f", lo, hi, c->count[k], all);
  if (n) draw_tip(d, card, line, NULL, n);
}

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  Ticks t;
  ticks_linear(a->x0, a->x1, (int)(a->plot.w / (sizes.apart_x * d->s)), false, &t);
  draw_font(d, sizes.label, false);
  draw_hair(d);
  draw_x_ticks(d, a, &t, *t.offset ? draw_text_width(d, t.offset) + sizes.tick.name * d->s : 0);
  draw_text_right(d, a->plot.x + a->plot.w, a->plot.y + a->plot.h + sizes.under * d->s, t.offset);
  if (p->past_count == 1) draw_counts(d, hist_of(p, 0), a);
  draw_clip(d, a->plot);
  for (int i = 0; i < p->past_count; i++) draw_ridge(d, a, hist_of(p, i), i, p->past_count);
  cairo_restore(d->cr);
  if (p->past_count > 1) draw_steps(d, p, a);
  if (d->pointer && rect_has(a->plot, d->px, d->py)) draw_readout(d, p, card, a);
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
                             .extent = extent,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
