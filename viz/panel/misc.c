/* misc.c: text, bars, histograms over time, network graphs, controls. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- text: wrapped, each byte's background shaded by its probability
 * ---------------------------------------- */

static size_t glyph_bytes(const char *s) {
  size_t n = 1;
  while ((s[n] & 0xC0) == 0x80) n++;
  return n;
}

void draw_text_panel(Draw *d, Panel *p, Rect body) {
  const Content *c = p->slot[SLOT_MAIN];
  cairo_select_font_face(d->cr, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(d->cr, 13 * d->s);
  double cell = draw_text_width(d, "m"), row = 19 * d->s, x = 0, y = -p->scroll * row;
  const char *text = c->texts ? c->text[0] : "";
  draw_clip(d, body);
  for (size_t i = 0, n; text[i] && y < body.h; i += n) {
    char glyph[8] = {0};
    n = glyph_bytes(text + i);
    if (text[i] == '\n' || x + cell > body.w) {
      x = 0;
      y += row;
      if (text[i] == '\n') continue;
    }
    memcpy(glyph, text + i, n < 7 ? n : 7);
    Rgb ink = d->t->text;
    if (y >= -row && y <= body.h) {
      if (c->g) { /* sure is green-blue, unsure orange */
        double t = (double)c->g[i];
        Rgb ground = theme_mix(d->t->card, theme_diverging(1 - t), 0.75 * fabs(2 * t - 1) + 0.1);
        draw_color(d, ground, 1);
        cairo_rectangle(d->cr, body.x + x, body.y + y + 1, cell + 0.5, row - 2);
        cairo_fill(d->cr);
        ink = theme_ink(ground);
      }
      draw_color(d, ink, 1);
      cairo_move_to(d->cr, body.x + x, body.y + y + 14 * d->s);
      cairo_show_text(d->cr, text[i] == '\t' ? " " : glyph);
    }
    x += cell;
  }
  cairo_restore(d->cr);
}

/* --- bars
 * ----------------------------------------------------------------------------------------------------- */

static double widest(Draw *d, char *const *t, int n) {
  double most = 0;
  for (int i = 0; i < n; i++) most = fmax(most, draw_text_width(d, t[i]));
  return most;
}

/* Position 0..1 of a value along the bars. */
static double bar_at(const Content *c, bool log_axis, double x) {
  double hi = fmax(c->hi, isfinite(c->threshold) ? c->threshold : c->hi);
  if (!log_axis) {
    double lo = fmin(c->lo, 0);
    return hi > lo ? (x - lo) / (fmax(hi, 0) - lo) : 0;
  }
  double least = INFINITY;
  for (int i = 0; i < c->n; i++)
    if (c->f[i] > 0) least = fmin(least, (double)c->f[i]);
  if (c->threshold > 0) least = fmin(least, c->threshold);
  if (!isfinite(least) || x <= 0) return 0;
  double lo = floor(log10(least)) - 0.3, top = fmax(log10(hi), lo + 1);
  return (log10(x) - lo) / (top - lo);
}

void draw_bars(Draw *d, Panel *p, Rect body) {
  const Content *c = p->slot[SLOT_MAIN];
  bool log_axis = p->log_y;
  draw_font(d, 12, false);
  double left = fmin(widest(d, c->names, c->name_count) + 10 * d->s, body.w * 0.4), right = 64 * d->s;
  Rect plot = {body.x + left, body.y + 4 * d->s, body.w - left - right, body.h - 8 * d->s};
  double row = fmin(plot.h / c->n, 40 * d->s), zero = bar_at(c, log_axis, log_axis ? 0 : 0) * plot.w;
  plot.y += (plot.h - row * c->n) / 2;
  plot.h = row * c->n;
  for (int i = 0; i < c->n; i++) {
    double v = (double)c->f[i], x = fmin(fmax(bar_at(c, log_axis, v), 0), 1) * plot.w, y = plot.y + row * i;
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
    if (i >= c->name_count) continue;
    double w = fmin(draw_text_width(d, c->names[i]), left - 8 * d->s);
    draw_text_fit(d, plot.x - 7 * d->s - w, middle + 4 * d->s, left - 7 * d->s, c->names[i]);
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

/* --- histograms over time: the newest in front, the past behind it
 * ----------------------------------------------- */

void draw_hist(Draw *d, Panel *p, Rect body) {
  int n = p->history_count;
  double lo = INFINITY, hi = -INFINITY;
  for (int i = 0; i < n; i++) lo = fmin(lo, p->history[i]->x0), hi = fmax(hi, p->history[i]->x1);
  if (n == 0) return;
  double back = n > 1 ? body.h * 0.55 : 0, base = body.y + body.h - 24 * d->s;
  Axes a = {
      .plot = {body.x + 6 * d->s, body.y, body.w - 12 * d->s, base - body.y}, .x0 = lo, .x1 = hi, .y1 = 1};
  Ticks t;
  ticks_linear(lo, hi, (int)(body.w / (90 * d->s)), &t);
  draw_font(d, 12, false);
  for (int i = 0; i < t.n; i++) {
    double x = axes_px(&a, t.at[i]);
    draw_color(d, d->t->grid, 1);
    cairo_set_line_width(d->cr, 1);
    draw_line(d, x, body.y, x, base);
    draw_color(d, d->t->dim, 1);
    draw_text_middle(d, fmin(fmax(x, body.x + 14 * d->s), body.x + body.w - 14 * d->s), base + 17 * d->s,
                     t.label[i]);
  }
  double height = fmax(base - body.y - back - 6 * d->s, 10);
  for (int i = 0; i < n; i++) {
    const Content *c = p->history[i];
    double age = n > 1 ? 1 - (double)i / (n - 1) : 0, y = base - back * age;
    double unit = height / fmax(c->hi, 1), bin = (c->x1 - c->x0) / c->n;
    cairo_move_to(d->cr, axes_px(&a, c->x0), y);
    for (int k = 0; k < c->n; k++)
      cairo_line_to(d->cr, axes_px(&a, c->x0 + (k + 0.5) * bin), y - (double)c->f[k] * unit);
    cairo_line_to(d->cr, axes_px(&a, c->x1), y);
    cairo_close_path(d->cr);
    draw_color(d, theme_mix(theme_series(d->t, 0), d->t->card, 0.75 * age + (n > 1 ? 0.1 : 0.2)), 0.92);
    cairo_fill_preserve(d->cr);
    draw_color(d, theme_mix(theme_series(d->t, 0), d->t->text, 0.4), 0.8);
    cairo_set_line_width(d->cr, d->s);
    cairo_stroke(d->cr);
  }
}

/* --- network graph: a row a layer
 * ----------------------------------------------------------------------------------- */

void draw_graph(Draw *d, Panel *p, Rect body) {
  const Content *c = p->slot[SLOT_MAIN];
  double row = fmin(30 * d->s, body.h / c->n), most = 0;
  for (int i = 0; i < c->n; i++) most = fmax(most, isfinite(c->f[c->n + i]) ? (double)c->f[c->n + i] : 0);
  bool small = row < 15 * d->s; /* too many to label each: scroll */
  if (small) row = 18 * d->s;
  draw_clip(d, body);
  for (int i = 0; i < c->n; i++) {
    double y = body.y + row * (i - (small ? p->scroll : 0)), share = (double)c->f[c->n + i];
    if (y < body.y - row || y > body.y + body.h) continue;
    Rect r = {body.x, y + 1.5, body.w, row - 3};
    draw_rounded(d, r, 4 * d->s);
    draw_color(d, d->t->grid, 0.7);
    cairo_fill(d->cr);
    if (isfinite(share) && most > 0) {
      draw_rounded(d, (Rect){r.x, r.y, fmax(r.w * share, 8 * d->s), r.h}, 4 * d->s);
      draw_color(d, theme_series(d->t, 5), 0.35);
      cairo_fill(d->cr);
    }
    double base = y + row / 2 + 4.5 * d->s;
    char text[60], number[24];
    draw_font(d, 12, true);
    draw_color(d, d->t->text, 1);
    draw_text_fit(d, r.x + 8 * d->s, base, r.w * 0.36, c->names[i]);
    draw_font(d, 12, false);
    number_text((double)c->f[i], number);
    double right = r.x + r.w - 50 * d->s, count_w = c->f[i] > 0 ? draw_text_width(d, number) + 8 * d->s : 0;
    draw_text_fit(d, r.x + r.w * 0.40, base, fmax(right - count_w - r.x - r.w * 0.40, 0), c->ynames[i]);
    if (c->f[i] > 0) draw_text_right(d, right, base, number);
    if (isfinite(share)) {
      snprintf(text, sizeof text, "%.0f %%", share * 100);
      draw_text_right(d, r.x + r.w - 8 * d->s, base, text);
    }
  }
  cairo_restore(d->cr);
}

/* --- controls
 * ----------------------------------------------------------------------------------------------------------
 */

Rect control_track(Rect r, double s) {
  double left = fmax(r.w * 0.3, fmin(r.w * 0.42, 120 * s)); /* the name */
  return (Rect){r.x + left, r.y + r.h / 2 - 3 * s, r.w - left - 84 * s, 6 * s};
}

void draw_control(Draw *d, Panel *p, Rect r) {
  draw_font(d, 13, true);
  if (p->kind == KIND_BUTTON) {
    Rect b = rect_inset(r, 7 * d->s);
    draw_rounded(d, b, 5 * d->s);
    draw_color(d, d->t->accent, 1);
    cairo_fill(d->cr);
    draw_color(d, theme_ink(d->t->accent), 1);
    draw_text_middle(d, b.x + b.w / 2, b.y + b.h / 2 + 5 * d->s, p->name);
    return;
  }
  Rect t = control_track(r, d->s);
  double at = p->log_y ? log(p->value / p->lo) / log(p->hi / p->lo) : (p->value - p->lo) / (p->hi - p->lo);
  at = fmin(fmax(at, 0), 1);
  char text[24];
  draw_color(d, d->t->text, 1);
  draw_text_fit(d, r.x + 12 * d->s, r.y + r.h / 2 + 5 * d->s, t.x - r.x - 20 * d->s, p->name);
  draw_rounded(d, t, 3 * d->s);
  draw_color(d, d->t->grid, 1);
  cairo_fill(d->cr);
  draw_rounded(d, (Rect){t.x, t.y, fmax(t.w * at, 6 * d->s), t.h}, 3 * d->s);
  draw_color(d, d->t->accent, 1);
  cairo_fill(d->cr);
  cairo_arc(d->cr, t.x + t.w * at, t.y + t.h / 2, 8 * d->s, 0, 2 * M_PI);
  cairo_fill(d->cr);
  draw_font(d, 12, false);
  draw_color(d, d->t->text, 1);
  number_text(p->value, text);
  draw_text(d, t.x + t.w + 16 * d->s, r.y + r.h / 2 + 5 * d->s, text);
}
