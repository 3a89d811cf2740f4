/* bars.c: values with labels as horizontal bars, on a plain or a logarithmic scale, and a threshold. */
#include "panel.h"

#include <math.h>

typedef struct Bars {
  Content head;
  int n;
  float *value;
  char **label; /* n, or NULL */
  Range range;
  double threshold; /* NAN: none */
  bool log;
} Bars;

bool viz_bars(Viz *v, const char *name, int n, const float *value, const char *const *label, double threshold,
              bool log, VizErr *e) {
  if (n < 1) return viz_fail(e, "viz.bars: no values");
  Bars *c = content_new(sizeof *c);
  if (c) {
    c->n = n, c->threshold = threshold, c->log = log;
    c->value = content_copy(&c->head, value, (size_t)n * sizeof *value);
    c->label = content_texts(&c->head, label, n);
    if (c->value) c->range = range_of(c->value, (size_t)n);
  }
  return scene_post_content(v, name, &bars_kind, 0, &c->head, e);
}

static const Bars *bars_of(const Panel *p) { return (const Bars *)p->part[0]; }

static void accept(Panel *p, Post *post) {
  if (!p->part[0]) p->log_y = ((const Bars *)post->content)->log; /* later the user's key decides */
  scene_take(p, post);
}

static double widest(Draw *d, char *const *t, int n) {
  double most = 0;
  for (int i = 0; i < n; i++) most = fmax(most, draw_text_width(d, t[i]));
  return most;
}

/* Position 0..1 of a value along the bars. */
static double bar_at(const Bars *c, bool log_axis, double x) {
  double hi = fmax(c->range.hi, isfinite(c->threshold) ? c->threshold : c->range.hi);
  if (!log_axis) {
    double lo = fmin(c->range.lo, 0);
    return hi > lo ? (x - lo) / (fmax(hi, 0) - lo) : 0;
  }
  double least = INFINITY;
  for (int i = 0; i < c->n; i++)
    if (c->value[i] > 0) least = fmin(least, (double)c->value[i]);
  if (c->threshold > 0) least = fmin(least, c->threshold);
  if (!isfinite(least) || x <= 0) return 0;
  double lo = floor(log10(least)) - 0.3, top = fmax(log10(hi), lo + 1);
  return (log10(x) - lo) / (top - lo);
}

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  const Bars *c = bars_of(p);
  (void)a;
  bool log_axis = p->log_y;
  draw_font(d, sizes.label, false);
  double left = fmin(widest(d, c->label, c->label ? c->n : 0) + 10 * d->s, body.w * 0.4), right = 64 * d->s;
  Rect plot = {body.x + left, body.y + 4 * d->s, body.w - left - right, body.h - 8 * d->s};
  double row = fmin(plot.h / c->n, 40 * d->s), zero = bar_at(c, log_axis, 0) * plot.w;
  plot.y += (plot.h - row * c->n) / 2;
  plot.h = row * c->n;
  for (int i = 0; i < c->n; i++) {
    double v = (double)c->value[i], x = fmin(fmax(bar_at(c, log_axis, v), 0), 1) * plot.w,
           y = plot.y + row * i;
    double thick = fmax(row * 0.68, 1), middle = y + row / 2;
    bool over = isfinite(c->threshold) && v > c->threshold;
    draw_color(d, theme_series(d->t, over ? 1 : 0), 1);
    cairo_rectangle(d->cr, plot.x + fmin(x, zero), middle - thick / 2, fmax(fabs(x - zero), 1), thick);
    cairo_fill(d->cr);
    if (row < 12 * d->s) continue;
    char text[24];
    number_text(v, text);
    draw_color(d, d->t->text, 1);
    draw_text(d, plot.x + fmax(x, zero) + 5 * d->s, middle + 4 * d->s, text);
    if (!c->label) continue;
    double w = fmin(draw_text_width(d, c->label[i]), left - 8 * d->s);
    draw_text_fit(d, plot.x - 7 * d->s - w, middle + 4 * d->s, left - 7 * d->s, c->label[i]);
  }
  draw_color(d, d->t->dim, 0.6);
  cairo_set_line_width(d->cr, 1);
  draw_line(d, plot.x + zero, plot.y, plot.x + zero, plot.y + plot.h);
  if (!isfinite(c->threshold)) return;
  double dash[2] = {5 * d->s, 4 * d->s}, x = plot.x + bar_at(c, log_axis, c->threshold) * plot.w;
  cairo_set_dash(d->cr, dash, 2, 0);
  draw_color(d, d->t->alarm, 1);
  draw_line(d, x, plot.y - 3 * d->s, x, plot.y + plot.h + 3 * d->s);
  cairo_set_dash(d->cr, NULL, 0, 0);
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  enum { NUMBER = 8 };
  const Bars *c = bars_of(p);
  const int label = how->columns / 3, room = how->columns - label - NUMBER - 2;
  for (int i = 0; i < c->n && i < how->rows; i++) {
    const double share = fmin(fmax(bar_at(c, p->log_y, (double)c->value[i]), 0), 1); /* NaN is 0 */
    char number[24];
    number_text((double)c->value[i], number);
    text_field(t, c->label ? c->label[i] : "", label);
    text_add(t, " ");
    text_ink(t, how, theme_series(theme_get(true), 0));
    for (int k = 0; k < (int)(share * room + 0.5); k++) text_glyph(t, 0x2588);
    text_plain(t, how);
    text_add(t, " %s\n", number);
  }
  if (c->n > how->rows) text_add(t, "%d more\n", c->n - how->rows);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %d", bars_of(p)->n); }

const PanelKind bars_kind = {.name = "bars",
                             .log_key = "values",
                             .accept = accept,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
