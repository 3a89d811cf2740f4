/* point.c: scatter plots, the points on decision regions, piano rolls. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colour and shape tell classes apart, for eyes that see few colours. */
static void marker(Draw *d, int id, double x, double y, double size) {
  cairo_t *cr = d->cr;
  switch (id % 4) {
  case 1: cairo_rectangle(cr, x - 0.88 * size, y - 0.88 * size, 1.76 * size, 1.76 * size); break;
  case 2:
    cairo_move_to(cr, x, y - 1.2 * size);
    cairo_line_to(cr, x + 1.1 * size, y + 0.8 * size);
    cairo_line_to(cr, x - 1.1 * size, y + 0.8 * size);
    cairo_close_path(cr);
    break;
  case 3:
    cairo_move_to(cr, x, y - 1.3 * size);
    cairo_line_to(cr, x + 1.3 * size, y);
    cairo_line_to(cr, x, y + 1.3 * size);
    cairo_line_to(cr, x - 1.3 * size, y);
    cairo_close_path(cr);
    break;
  default: cairo_new_sub_path(cr); cairo_arc(cr, x, y, size, 0, 2 * M_PI);
  }
}

/* The picture of a point, beside the pointer and within r. */
static void draw_thumb(Draw *d, const Content *c, int k, Rect r) {
  double h = fmin(96 * d->s, r.h / 2), w = h * c->w / c->h;
  double x = d->px + 16 * d->s, y = d->py - h - 12 * d->s;
  if (x + w > r.x + r.w) x = d->px - w - 16 * d->s;
  if (y < r.y) y = d->py + 34 * d->s;
  uint32_t *argb = malloc((size_t)c->h * (size_t)c->w * sizeof *argb);
  if (!argb) return;
  const unsigned char *u = c->u + (size_t)k * (size_t)c->h * (size_t)c->w * (size_t)c->c;
  for (size_t i = 0; i < (size_t)c->h * (size_t)c->w; i++, u += c->c)
    argb[i] = 0xff000000u | (uint32_t)u[0] << 16 | (uint32_t)u[c->c == 3 ? 1 : 0] << 8 | u[c->c == 3 ? 2 : 0];
  draw_color(d, d->t->card, 1);
  draw_rounded(d, (Rect){x - 3 * d->s, y - 3 * d->s, w + 6 * d->s, h + 6 * d->s}, 4 * d->s);
  cairo_fill(d->cr);
  draw_pixels(d, argb, c->w, c->h, (Rect){x, y, w, h}, false);
  free(argb);
}

void draw_points(Draw *d, const Axes *a, const Content *c, const float *xy, Rect r) {
  double size = (c->n > 5000 ? 1.6 : c->n > 800 ? 2.6 : 3.6) * d->s, nearest = 14 * d->s;
  int hit = -1;
  for (int i = 0; i < c->n; i++) {
    double x = axes_px(a, (double)xy[2 * i]), y = axes_py(a, (double)xy[2 * i + 1]);
    int id = c->id ? c->id[i] : 0;
    if (!isfinite(x) || !isfinite(y) || !rect_has(a->plot, x, y)) continue;
    marker(d, id < 0 ? 0 : id, x, y, size);
    draw_color(d, theme_class(id < 0 ? 0 : id), 0.92);
    if (c->n > 5000) {
      cairo_fill(d->cr);
    } else {
      cairo_fill_preserve(d->cr);
      draw_color(d, (Rgb){1, 1, 1}, 0.85);
      cairo_set_line_width(d->cr, 0.9 * d->s);
      cairo_stroke(d->cr);
    }
    double distance = hypot(x - d->px, y - d->py);
    if (d->pointer && distance < nearest) nearest = distance, hit = i;
  }
  draw_font(d, 12, false);
  for (int i = 0; i < c->n && i < c->texts && c->n <= 150; i++) {
    double x = axes_px(a, (double)xy[2 * i]), y = axes_py(a, (double)xy[2 * i + 1]);
    if (!isfinite(x) || !rect_has(a->plot, x, y)) continue;
    double w = draw_text_width(d, c->text[i]);
    draw_color(d, d->t->text, 0.9);
    draw_text(d, x + w + 7 * d->s > a->plot.x + a->plot.w ? x - w - 6 * d->s : x + 6 * d->s, y + 4 * d->s,
              c->text[i]);
  }
  if (hit < 0) return;
  char text[200];
  const char *line = text;
  int id = c->id ? c->id[hit] : -1;
  snprintf(text, sizeof text, "%.80s %.60s (%.4g, %.4g)", hit < c->texts ? c->text[hit] : "",
           id >= 0 && id < c->name_count ? c->names[id] : "", (double)xy[2 * hit], (double)xy[2 * hit + 1]);
  draw_tip(d, rect_inset(r, 4), &line, NULL, 1);
  if (c->kind == KIND_SCATTER && c->u) draw_thumb(d, c, hit, rect_inset(r, 4));
}

void draw_scatter(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Content *c = p->slot[SLOT_MAIN];
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  draw_points(d, a, c, c->f, r);
  cairo_restore(d->cr);
  if (c->name_count)
    draw_legend(d, (Rect){a->plot.x, r.y + 28 * d->s, a->plot.w, 20 * d->s}, c->names, c->name_count,
                theme_class);
}

void draw_roll(Draw *d, Panel *p, Rect r, const Axes *a) {
  static const char *const notes[] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
  const Content *c = p->slot[SLOT_MAIN];
  Ticks tx;
  (void)r;
  ticks_linear(a->x0, a->x1, (int)(a->plot.w / (70 * d->s)), &tx);
  draw_clip(d, a->plot);
  for (int k = (int)floor(a->y0); k <= (int)ceil(a->y1); k++) { /* black keys shade their row */
    if (!strchr(notes[((k % 12) + 12) % 12], '#')) continue;
    draw_color(d, d->t->grid, 0.7);
    cairo_rectangle(d->cr, a->plot.x, axes_py(a, k + 0.5), a->plot.w,
                    axes_py(a, k - 0.5) - axes_py(a, k + 0.5));
    cairo_fill(d->cr);
  }
  for (int i = 0; i < c->n; i++) {
    const float *n = c->f + 4 * i;
    double x0 = axes_px(a, (double)n[0]), x1 = axes_px(a, (double)(n[0] + n[1]));
    double y0 = axes_py(a, (double)n[2] + 0.42), y1 = axes_py(a, (double)n[2] - 0.42);
    draw_rounded(d, (Rect){x0, y0, fmax(x1 - x0 - 1, 2), y1 - y0}, fmin(3 * d->s, (y1 - y0) / 2));
    bool now = isfinite(c->threshold) && c->threshold >= (double)n[0] && c->threshold < (double)(n[0] + n[1]);
    draw_color(d, theme_series(d->t, now ? 1 : 0), 0.45 + 0.55 * (double)n[3]);
    cairo_fill(d->cr);
  }
  if (isfinite(c->threshold)) {
    draw_color(d, d->t->alarm, 1);
    cairo_set_line_width(d->cr, 1.5 * d->s);
    draw_line(d, axes_px(a, c->threshold), a->plot.y, axes_px(a, c->threshold), a->plot.y + a->plot.h);
  }
  cairo_restore(d->cr);
  draw_font(d, 12, false);
  draw_color(d, d->t->dim, 1);
  for (int i = 0; i < tx.n; i++)
    draw_text_middle(d, axes_px(a, tx.at[i]), a->plot.y + a->plot.h + 17 * d->s, tx.label[i]);
  double row = fabs(axes_py(a, 1) - axes_py(a, 0));
  int every = row > 13 * d->s ? 1 : 12;
  for (int k = (int)ceil(a->y0); k <= (int)a->y1; k++) {
    char text[16];
    if (every == 12 && k % 12 != 0) continue;
    snprintf(text, sizeof text, "%s%d", notes[((k % 12) + 12) % 12], k / 12 - 1);
    draw_text_right(d, a->plot.x - 6 * d->s, axes_py(a, k) + 4 * d->s, text);
  }
}
