/* bars.c: values with labels as horizontal bars, on a plain or a logarithmic scale, and a threshold. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

typedef struct Scale {
  bool log;
  Range ends; /* as exponents when it is logarithmic */
} Scale;

static Scale scale_of(const Bars *c, bool log_axis) {
  const bool limit = isfinite(c->threshold);
  const double hi = fmax(c->range.hi, limit ? c->threshold : c->range.hi);
  if (!log_axis) {
    const double lo = fmin(fmin(c->range.lo, limit ? c->threshold : 0), 0);
    return (Scale){false, {lo, fmax(fmax(hi, 0), lo + 1e-300)}};
  }
  double least = INFINITY;
  for (int i = 0; i < c->n; i++)
    if (c->value[i] > 0) least = fmin(least, (double)c->value[i]);
  if (c->threshold > 0) least = fmin(least, c->threshold);
  if (!isfinite(least)) return (Scale){true, {0, 1}};
  const double lo = floor(log10(least)) - 0.3;
  return (Scale){true, {lo, fmax(log10(hi), lo + 1)}};
}

/* Where a value lies on the scale; what has no logarithm lies at its lower end. */
static double on_scale(const Scale *s, double x) {
  if (!s->log) return isfinite(x) ? x : 0;
  return x > 0 && isfinite(x) ? log10(x) : s->ends.lo;
}

/* x: the scale, with room for the numbers behind the bars; y: the bars, from above. */
static bool extent(const Panel *p, Axes *a) {
  const Bars *c = bars_of(p);
  const Range r = scale_of(c, p->log_y).ends;
  a->log_y = false; /* it is x that is logarithmic */
  a->x0 = r.lo, a->x1 = r.hi + 0.25 * (r.hi - r.lo), a->y0 = c->n, a->y1 = 0;
  if (r.lo < 0 && !p->log_y) a->x0 -= 0.25 * (r.hi - r.lo);
  return true;
}

static void margins(const Panel *p, Rect card, double s, Margins *m) {
  const Bars *c = bars_of(p);
  size_t most = 0;
  for (int i = 0; c->label && i < c->n; i++)
    if (strlen(c->label[i]) > most) most = strlen(c->label[i]);
  m->left = fmin((sizes.bar.left + sizes.bar.letter * (double)most) * s, card.w * 0.42);
  if (card_small(card, s)) m->bottom = sizes.bare * s;
}

static double row_height(const Axes *a) { return fabs(axes_py(a, 1) - axes_py(a, 0)); }

/* Behind the bar's end, or in the bar where there is no room.  The threshold's line, at x = `line`, goes behind it. */
static void draw_number(Draw *d, const Axes *a, double end, bool left, double y, Rgb bar, double line,
                        const char *text) {
  const double gap = sizes.bar.number * d->s, w = draw_text_width(d, text),
               side = a->plot.x + (left ? 0 : a->plot.w);
  const bool inside = left ? end - gap - w < side : end + gap + w > side;
  const double at = left ? fmax(end, side) : fmin(end, side), x = left == inside ? at + gap : at - gap - w;
  if (!inside && x - gap / 2 < line && line < x + w + gap / 2) {
    draw_color(d, d->t->card, 1);
    cairo_rectangle(d->cr, x - gap / 2, y - sizes.ascent * d->s, w + gap, sizes.label * d->s);
    cairo_fill(d->cr);
  }
  draw_color(d, inside ? theme_ink(bar) : d->t->text, 1);
  draw_text(d, x, y, text);
}

static Rgb color_of(const Draw *d, const Bars *c, int i) {
  return theme_series(d->t, isfinite(c->threshold) && (double)c->value[i] > c->threshold ? 1 : 0);
}

static void draw_bar(Draw *d, const Bars *c, const Scale *s, const Axes *a, int i) {
  const double x = axes_px(a, on_scale(s, (double)c->value[i])), zero = axes_px(a, on_scale(s, 0));
  const double thick = fmax(fmin(row_height(a) * 0.68, sizes.bar.thick * d->s), 1);
  draw_color(d, color_of(d, c, i), 1);
  cairo_rectangle(d->cr, fmin(x, zero), axes_py(a, i + 0.5) - thick / 2, fmax(fabs(x - zero), 1), thick);
  cairo_fill(d->cr);
}

static void draw_bar_number(Draw *d, const Bars *c, const Scale *s, const Axes *a, int i) {
  const double v = (double)c->value[i], x = axes_px(a, on_scale(s, v)), zero = axes_px(a, on_scale(s, 0));
  const double line = isfinite(c->threshold) ? axes_px(a, on_scale(s, c->threshold)) : NAN;
  const bool left = v < 0 && !s->log;
  char text[24];
  number_text(v, text);
  draw_number(d, a, left ? x : fmax(x, zero), left, axes_py(a, i + 0.5) + sizes.base.label * d->s,
              color_of(d, c, i), line, text);
}

/* Every so many that they do not touch. */
static void draw_names(Draw *d, const Bars *c, const Axes *a, double left) {
  const int every = (int)fmax(ceil(sizes.apart_tight * d->s / fmax(row_height(a), 1e-9)), 1);
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->text, 1);
  for (int i = 0; c->label && i < c->n; i += every) {
    const double y = axes_py(a, i + 0.5), room = a->plot.x - left - sizes.bar.name_free * d->s;
    if (y < a->plot.y || y > a->plot.y + a->plot.h) continue;
    const double w = fmin(draw_text_width(d, c->label[i]), room);
    draw_name_fit(d, a->plot.x - sizes.bar.name * d->s - w, y + sizes.base.label * d->s, room, c->label[i]);
  }
}

static void draw_readout(Draw *d, const Bars *c, Rect card, const Axes *a) {
  const int i = (int)floor(axes_y(a, d->py));
  char text[2][120], number[32];
  const char *line[2] = {text[0], text[1]};
  if (i < 0 || i >= c->n) return;
  number_exact((double)c->value[i], number);
  if (c->label) snprintf(text[0], sizeof *text, "%.110s", c->label[i]);
  else snprintf(text[0], sizeof *text, "%d", i + 1);
  snprintf(text[1], sizeof *text, "%s", number);
  draw_tip(d, card, line, NULL, 2);
}

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  const Bars *c = bars_of(p);
  const Rect r = a->plot;
  const Scale s = scale_of(c, p->log_y);
  const int want = (int)(r.w / (sizes.apart_x * d->s));
  Ticks t;
  if (s.log) ticks_log(a->x0, a->x1, want, &t);
  else ticks_linear(a->x0, a->x1, want, false, &t);
  draw_font(d, sizes.label, false);
  draw_hair(d);
  if (!card_small(card, d->s)) draw_x_ticks(d, a, &t, 0);
  draw_clip(d, r);
  const int first = (int)fmax(floor(a->y1), 0);
  for (int i = first; i < c->n && i < a->y0; i++) draw_bar(d, c, &s, a, i);
  const double zero = axes_px(a, on_scale(&s, 0));
  draw_color(d, d->t->dim, 0.6);
  draw_hair(d);
  draw_line(d, zero, r.y, zero, r.y + r.h);
  if (isfinite(c->threshold)) {
    const double dash[2] = {sizes.dash[0] * d->s, sizes.dash[1] * d->s},
                 x = axes_px(a, on_scale(&s, c->threshold));
    cairo_set_dash(d->cr, dash, 2, 0);
    draw_color(d, d->t->alarm, 1);
    draw_line(d, x, r.y, x, r.y + r.h);
    cairo_set_dash(d->cr, NULL, 0, 0);
  }
  const bool numbered = row_height(a) >= sizes.bar.numbered * d->s;
  for (int i = first; numbered && i < c->n && i < a->y0; i++) draw_bar_number(d, c, &s, a, i);
  cairo_restore(d->cr);
  draw_names(d, c, a, card.x);
  if (d->pointer && rect_has(r, d->px, d->py)) draw_readout(d, c, card, a);
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  enum { NUMBER = 8 };
  const Bars *c = bars_of(p);
  const Scale s = scale_of(c, p->log_y);
  const int label = how->columns / 3, room = how->columns - label - NUMBER - 2;
  for (int i = 0; i < c->n && i < how->rows; i++) {
    const double share = fmin(fmax(range_share(s.ends, on_scale(&s, (double)c->value[i]), 0), 0), 1);
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
                             .keeps = true,
                             .accept = accept,
                             .extent = extent,
                             .margins = margins,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
