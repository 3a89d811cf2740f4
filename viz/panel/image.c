/* image.c: pictures with boxes and masks over them. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double pixel_of(const Content *c, size_t i) {
  return c->u ? (double)c->u[i] / 255 : ((double)c->f[i] - c->lo) / (c->hi > c->lo ? c->hi - c->lo : 1);
}

static void convert(const Content *c, int k, uint32_t *out) {
  size_t count = (size_t)c->h * (size_t)c->w, at = (size_t)k * count * (size_t)c->c;
  for (size_t i = 0; i < count; i++, at += (size_t)c->c) {
    Rgb rgb;
    rgb.r = pixel_of(c, at);
    rgb.g = c->c == 3 ? pixel_of(c, at + 1) : rgb.r;
    rgb.b = c->c == 3 ? pixel_of(c, at + 2) : rgb.r;
    out[i] = theme_argb(rgb, 1);
  }
}

/* Where picture k of the grid lies. */
static Rect cell_rect(const Axes *a, const Content *c, int k) {
  int columns, rows;
  image_grid(c, &columns, &rows);
  double x = (double)(k % columns) * (c->w + 1), y = (double)(k / columns) * (c->h + 1);
  double left = axes_px(a, x), top = axes_py(a, y);
  return (Rect){left, top, axes_px(a, x + c->w) - left, axes_py(a, y + c->h) - top};
}

static void draw_caption(Draw *d, Rect cell, const char *text) {
  draw_font(d, 12, false);
  double w = fmin(draw_text_width(d, text) + 8 * d->s, cell.w);
  if (cell.w < 24 * d->s || cell.h < 30 * d->s) return;
  draw_color(d, (Rgb){0, 0, 0}, 0.6);
  cairo_rectangle(d->cr, cell.x, cell.y + cell.h - 17 * d->s, w, 17 * d->s);
  cairo_fill(d->cr);
  draw_color(d, (Rgb){1, 1, 1}, 1);
  draw_text_fit(d, cell.x + 4 * d->s, cell.y + cell.h - 4 * d->s, cell.w - 8 * d->s, text);
}

static void draw_pictures(Draw *d, const Axes *a, const Content *c) {
  uint32_t *argb = malloc((size_t)c->h * (size_t)c->w * sizeof *argb);
  for (int k = 0; argb && k < c->n; k++) {
    Rect cell = cell_rect(a, c, k);
    if (cell.x > a->plot.x + a->plot.w || cell.y > a->plot.y + a->plot.h || cell.x + cell.w < a->plot.x ||
        cell.y + cell.h < a->plot.y)
      continue;
    convert(c, k, argb);
    draw_pixels(d, argb, c->w, c->h, cell, false);
    if (k < c->texts && c->text[k][0]) draw_caption(d, cell, c->text[k]);
  }
  free(argb);
}

/* The second picture right of the line, which has a grip. */
static void draw_wipe(Draw *d, const Axes *a, const Content *c, const Content *other, double share) {
  Rect cell = cell_rect(a, c, 0);
  double x = cell.x + share * cell.w, grip = 7 * d->s, y = cell.y + cell.h / 2;
  draw_clip(d, (Rect){x, cell.y, cell.x + cell.w - x, cell.h});
  draw_pictures(d, a, other);
  cairo_restore(d->cr);
  for (int pass = 0; pass < 2; pass++) { /* a dark rim, so that the line is seen on any picture */
    draw_color(d, pass ? (Rgb){1, 1, 1} : (Rgb){0, 0, 0}, pass ? 1 : 0.5);
    cairo_set_line_width(d->cr, (pass ? 1.6 : 3.6) * d->s);
    draw_line(d, x, cell.y, x, cell.y + cell.h);
    cairo_new_sub_path(d->cr);
    cairo_arc(d->cr, x, y, pass ? grip : grip + 1.5 * d->s, 0, 2 * M_PI);
    cairo_fill(d->cr);
  }
  if (c->texts) draw_caption(d, (Rect){cell.x, cell.y, x - cell.x, cell.h}, c->text[0]);
  if (other->texts) draw_caption(d, (Rect){x, cell.y, cell.x + cell.w - x, cell.h}, other->text[0]);
}

static void draw_mask(Draw *d, const Axes *a, const Content *m) {
  uint32_t *argb = malloc((size_t)m->h * (size_t)m->w * sizeof *argb);
  if (!argb) return;
  for (size_t i = 0; i < (size_t)m->h * (size_t)m->w; i++)
    argb[i] = m->id[i] < 0 ? 0 : theme_argb(theme_class(m->id[i]), m->threshold);
  double left = axes_px(a, 0), top = axes_py(a, 0);
  draw_pixels(d, argb, m->w, m->h, (Rect){left, top, axes_px(a, m->w) - left, axes_py(a, m->h) - top}, false);
  free(argb);
}

/* Truth dashed, prediction solid; the label on a patch of the class's colour. */
static void draw_boxes(Draw *d, const Axes *a, const Content *b, bool truth) {
  double dash[2] = {5 * d->s, 4 * d->s};
  for (int i = 0; i < b->n; i++) {
    const float *f = b->f + 4 * i;
    double x1 = axes_px(a, (double)f[0]), y1 = axes_py(a, (double)f[1]);
    double x2 = axes_px(a, (double)f[2]), y2 = axes_py(a, (double)f[3]);
    unsigned hash = 0;
    for (const char *s = i < b->texts ? b->text[i] : ""; *s; s++) hash = hash * 31 + (unsigned char)*s;
    Rgb color = truth ? (Rgb){1, 1, 1} : theme_class((int)(hash % 7));
    cairo_rectangle(d->cr, x1, y1, x2 - x1, y2 - y1);
    cairo_set_dash(d->cr, NULL, 0, 0);
    draw_color(d, (Rgb){0, 0, 0}, 0.55); /* a dark rim, so that the line is seen on any picture */
    cairo_set_line_width(d->cr, 3.6 * d->s);
    cairo_stroke_preserve(d->cr);
    if (truth) cairo_set_dash(d->cr, dash, 2, 0);
    draw_color(d, color, 1);
    cairo_set_line_width(d->cr, 2 * d->s);
    cairo_stroke(d->cr);
    cairo_set_dash(d->cr, NULL, 0, 0);
    char text[96] = "";
    if (i < b->texts)
      snprintf(text, sizeof text, b->g ? "%.60s %.2f" : "%.60s", b->text[i], b->g ? (double)b->g[i] : 0);
    else if (b->g) snprintf(text, sizeof text, "%.2f", (double)b->g[i]);
    if (!*text || truth) continue;
    draw_font(d, 12, false);
    double w = draw_text_width(d, text) + 8 * d->s, y = fmax(y1 - 16 * d->s, a->plot.y);
    draw_color(d, color, 0.95);
    cairo_rectangle(d->cr, x1, y, w, 16 * d->s);
    cairo_fill(d->cr);
    draw_color(d, theme_ink(color), 1);
    draw_text(d, x1 + 4 * d->s, y + 12 * d->s, text);
  }
}

static void draw_pixel_readout(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Content *c = p->slot[SLOT_MAIN], *m = p->slot[SLOT_MASK];
  double x = axes_x(a, d->px), y = axes_y(a, d->py);
  char text[3][120];
  const char *line[3] = {text[0], text[1], text[2]};
  int n = 0;
  for (int k = 0; c && k < c->n; k++) {
    Rect cell = cell_rect(a, c, k);
    if (!rect_has(cell, d->px, d->py)) continue;
    int column = (int)((d->px - cell.x) / cell.w * c->w), row = (int)((d->py - cell.y) / cell.h * c->h);
    size_t at = (((size_t)k * (size_t)c->h + (size_t)row) * (size_t)c->w + (size_t)column) * (size_t)c->c;
    snprintf(text[n++], 120, "row %d  column %d", row + 1, column + 1);
    if (c->u && c->c == 3) snprintf(text[n++], 120, "%d %d %d", c->u[at], c->u[at + 1], c->u[at + 2]);
    else if (c->u) snprintf(text[n++], 120, "%d", c->u[at]);
    else if (c->c == 3)
      snprintf(text[n++], 120, "%.4g %.4g %.4g", (double)c->f[at], (double)c->f[at + 1],
               (double)c->f[at + 2]);
    else snprintf(text[n++], 120, "%.5g", (double)c->f[at]);
    break;
  }
  if (m && x >= 0 && y >= 0 && x < m->w && y < m->h) {
    int id = m->id[(size_t)y * (size_t)m->w + (size_t)x];
    if (id >= 0 && id < m->name_count) snprintf(text[n++], 120, "%.100s", m->names[id]);
  }
  if (n) draw_tip(d, rect_inset(r, 4), line, NULL, n);
}

void draw_image(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Content *c = p->slot[SLOT_MAIN], *m = p->slot[SLOT_MASK];
  draw_clip(d, a->plot);
  if (c) draw_pictures(d, a, c);
  if (c && p->slot[SLOT_OTHER]) {
    Rect cell = cell_rect(a, c, 0);
    if (d->pointer && rect_has(a->plot, d->px, d->py)) p->value = fmin(fmax((d->px - cell.x) / cell.w, 0), 1);
    draw_wipe(d, a, c, p->slot[SLOT_OTHER], p->value);
  }
  if (m) draw_mask(d, a, m);
  if (p->slot[SLOT_TRUTH]) draw_boxes(d, a, p->slot[SLOT_TRUTH], true);
  if (p->slot[SLOT_BOXES]) draw_boxes(d, a, p->slot[SLOT_BOXES], false);
  cairo_restore(d->cr);
  if (m && m->name_count)
    draw_legend(d, (Rect){r.x + 12 * d->s, r.y + r.h - 24 * d->s, r.w - 24 * d->s, 20 * d->s}, m->names,
                m->name_count, theme_class);
  if (d->pointer && rect_has(a->plot, d->px, d->py)) draw_pixel_readout(d, p, r, a);
}
