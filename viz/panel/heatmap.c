/* heatmap.c: a matrix by colours, with names of rows and columns, a scale, and numbers in the cells. */
#include "cells.h"
#include "grid.h"
#include "layout.h"
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Heatmap {
  Content head;
  int h, w;
  float *value;
  Range range;
  char **x, **y; /* w and h names, or NULL */
  char **axis;   /* the axes' names, x and y; "" for none */
  bool numbers;
  CellPictures pictures;
} Heatmap;

bool viz_heatmap(Viz *v, const char *name, const VizMatrix *m, VizErr *e) {
  if (m->h < 1 || m->w < 1) return viz_fail(e, "viz.heatmap: %d x %d is empty", m->h, m->w);
  const size_t n = (size_t)m->h * (size_t)m->w;
  Heatmap *c = content_new(sizeof *c);
  if (c) {
    c->h = m->h, c->w = m->w, c->numbers = m->numbers;
    c->value = content_copy(&c->head, m->value, n * sizeof *m->value);
    c->x = content_texts(&c->head, m->x, m->w);
    c->y = content_texts(&c->head, m->y, m->h);
    c->axis = content_texts(&c->head, (const char *const[]){m->xname, m->yname}, 2);
    cell_pictures_copy(&c->head, &c->pictures, m);
    if (c->value) c->range = range_of(c->value, n);
  }
  return scene_post_content(v, name, &heatmap_kind, 0, &c->head, e);
}

static const Heatmap *heatmap_of(const Panel *p) { return (const Heatmap *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  const Heatmap *c = heatmap_of(p);
  a->x0 = 0, a->x1 = c->w, a->y0 = c->h, a->y1 = 0;
  a->square = c->numbers && c->h == c->w; /* a confusion matrix */
  return true;
}

static size_t longest(char *const *t, int n) {
  size_t most = 0;
  for (int i = 0; t && i < n; i++)
    if (strlen(t[i]) > most) most = strlen(t[i]);
  return most;
}

static void margins(const Panel *p, Rect r, double s, Margins *m) {
  const Heatmap *c = heatmap_of(p);
  const size_t yl = longest(c->y, c->h), xl = longest(c->x, c->w);
  m->left = fmin((yl ? sizes.matrix.left + sizes.matrix.letter * (double)yl : sizes.matrix.unnamed_left) * s,
                 r.w * 0.35) +
            (*c->axis[1] ? sizes.matrix.axis_left * s : 0);
  m->bottom =
      fmin((xl > 3 ? sizes.matrix.turned + sizes.matrix.turned_letter * (double)xl : sizes.matrix.bottom) * s,
           r.h * 0.3) +
      (*c->axis[0] ? sizes.matrix.axis_bottom * s : 0);
  if (card_small(r, s)) {
    m->left = fmin(m->left, r.w * 0.25), m->right = m->bottom = sizes.bare * s;
    return;
  }
  const Range ends = range_even(c->range); /* the colour scale: a bar and its ends */
  char text[2][24];
  scale_text(ends.lo, ends.hi, text[0]);
  scale_text(ends.hi, ends.lo, text[1]);
  m->right = fmax(sizes.key.beside_matrix,
                  sizes.key.gap + sizes.key.bar + sizes.key.text + sizes.key.end +
                      sizes.letter * fmax((double)strlen(text[0]), (double)strlen(text[1]))) *
             s;
}

static Rgb share_color(const void *of, double share) {
  const Heatmap *c = of;
  const Range ends = range_even(c->range);
  return scale_color(&c->range, ends.lo + (ends.hi - ends.lo) * share);
}

static void draw_cell_labels(Draw *d, const Heatmap *c, const Axes *a, Rect card) {
  double cw = axes_px(a, 1) - axes_px(a, 0), ch = axes_py(a, 1) - axes_py(a, 0);
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->text, 1);
  int every = (int)ceil(sizes.apart_line * d->s / fmax(ch, 1e-9));
  for (int i = 0; c->y && i < c->h; i += every) {
    double y = axes_py(a, i + 0.5) + sizes.base.label * d->s;
    if (y < a->plot.y || y > a->plot.y + a->plot.h) continue;
    double w = fmin(draw_text_width(d, c->y[i]), a->plot.x * 1.0);
    draw_text(d, a->plot.x - sizes.beside * d->s - w, y, c->y[i]);
  }
  if (card_small(card, d->s)) return;
  bool fit = true;
  for (int i = 0; c->x && i < c->w; i++) fit = fit && draw_text_width(d, c->x[i]) < cw * 0.95;
  every = (int)ceil(sizes.apart_line * d->s / fmax(cw, 1e-9));
  for (int i = 0; c->x && i < c->w; i += every) {
    double x = axes_px(a, i + 0.5), y = a->plot.y + a->plot.h;
    if (x < a->plot.x || x > a->plot.x + a->plot.w) continue;
    if (fit) {
      draw_text_middle(d, x, y + sizes.matrix.under * d->s, c->x[i]);
      continue;
    }
    cairo_save(d->cr); /* too long for its column: turned */
    cairo_translate(d->cr, x + sizes.base.label * d->s, y + sizes.matrix.turned_under * d->s);
    cairo_rotate(d->cr, -M_PI / 3);
    draw_text_right(d, 0, sizes.base.label * d->s, c->x[i]);
    cairo_restore(d->cr);
  }
}

static void draw_cell_numbers(Draw *d, const Heatmap *c, const Axes *a) {
  double cw = axes_px(a, 1) - axes_px(a, 0), ch = axes_py(a, 1) - axes_py(a, 0);
  draw_font(d, sizes.label, false);
  if (ch < sizes.apart_tight * d->s) return;
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      double v = (double)c->value[(size_t)y * (size_t)c->w + (size_t)x];
      char text[24];
      if (fabs(v) < 1e15) snprintf(text, sizeof text, v == floor(v) ? "%.0f" : "%.2f", v);
      else number_text(v, text);
      if (draw_text_width(d, text) > cw) continue;
      draw_color(d, theme_ink(scale_color(&c->range, v)), 1);
      draw_text_middle(d, axes_px(a, x + 0.5), axes_py(a, y + 0.5) + sizes.base.label * d->s, text);
    }
}

static void draw_open(Draw *d, const Heatmap *c, Rect card, OpenCell at) {
  char title[200];
  if (at.row >= c->h || at.column >= c->w) return;
  snprintf(title, sizeof title, "%.60s %.60s, %.60s %.60s: %d", *c->axis[1] ? c->axis[1] : "row",
           c->y ? c->y[at.row] : "", *c->axis[0] ? c->axis[0] : "column", c->x ? c->x[at.column] : "",
           cell_pictures_count(&c->pictures, at));
  draw_cell_pictures(d, &c->pictures, card, at, title);
}

static bool spot(const Panel *p, const Axes *a, double x, double y, Spot *out) {
  const Heatmap *c = heatmap_of(p);
  const int row = (int)floor(axes_y(a, y)), column = (int)floor(axes_x(a, x));
  if (!rect_has(a->plot, x, y) || row < 0 || column < 0 || row >= c->h || column >= c->w) return false;
  *out = (Spot){.row = row, .column = column, .rows = c->h, .columns = c->w};
  return true;
}

/* Where the pointer is in another matrix of as many rows and columns: a frame around that cell, its value beside it. */
static void draw_spot(Draw *d, const Panel *p, const Axes *a) {
  const Viz *v = p->scene;
  const Heatmap *c = heatmap_of(p);
  const Spot *s = &v->spot;
  if (!d->live || !v->spot_of || v->spot_of == p || s->rows != c->h || s->columns != c->w) return;
  const Rect cell = axes_rect(a, s->column, s->column + 1, s->row, s->row + 1);
  for (int pass = 0; pass < 2; pass++) { /* a dark rim, so that it is seen on any colour */
    draw_color(d, pass ? (Rgb){1, 1, 1} : (Rgb){0, 0, 0}, pass ? 1 : 0.7);
    cairo_set_line_width(d->cr, (pass ? sizes.stroke.level : sizes.stroke.rim) * d->s);
    cairo_rectangle(d->cr, cell.x, cell.y, cell.w, cell.h);
    cairo_stroke(d->cr);
  }
  char text[32];
  number_exact((double)c->value[(size_t)s->row * (size_t)c->w + (size_t)s->column], text);
  draw_font(d, sizes.label, false);
  const double pad = sizes.patch.pad * d->s, w = draw_text_width(d, text) + 2 * pad,
               h = sizes.patch.label * d->s;
  const double right = cell.x + cell.w + pad,
               x = right + w > a->plot.x + a->plot.w ? cell.x - pad - w : right;
  const double y = fmin(fmax(cell.y + cell.h / 2 - h / 2, a->plot.y), a->plot.y + a->plot.h - h);
  draw_rounded(d, (Rect){x, y, w, h}, sizes.tip.radius * d->s);
  draw_color(d, d->t->card, 0.94);
  cairo_fill(d->cr);
  draw_color(d, d->t->text, 1);
  draw_text(d, x + pad, y + h / 2 + sizes.base.label * d->s, text);
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Heatmap *c = heatmap_of(p);
  const Colored cells = grid_colored(c->value, 1, c->w, range_even(c->range), scale_color, &c->range);
  const Raster raster = {.w = c->w, .h = c->h, .of = &cells, .row = colored_row};
  draw_clip(d, a->plot);
  draw_raster(d, &raster, axes_rect(a, 0, c->w, 0, c->h), a->plot, &p->part[0]->kept);
  if (c->numbers) draw_cell_numbers(d, c, a);
  draw_spot(d, p, a);
  cairo_restore(d->cr);
  draw_cell_labels(d, c, a, r);
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->dim, 1);
  const bool small = card_small(r, d->s);
  if (*c->axis[0] && !small)
    draw_text_middle(d, a->plot.x + a->plot.w / 2, r.y + r.h - sizes.matrix.axis_under * d->s, c->axis[0]);
  if (*c->axis[1] && !small) {
    cairo_save(d->cr);
    cairo_translate(d->cr, r.x + sizes.matrix.axis_beside * d->s, a->plot.y + a->plot.h / 2);
    cairo_rotate(d->cr, -M_PI / 2);
    draw_text_middle(d, 0, 0, c->axis[1]);
    cairo_restore(d->cr);
  }
  if (!small) draw_scale(d, a, share_color, c, range_even(c->range), true);
  if (p->own && cell_pictures_count(&c->pictures, *(const OpenCell *)p->own)) {
    draw_open(d, c, r, *(const OpenCell *)p->own);
    return;
  }
  if (d->pointer && rect_has(a->plot, d->px, d->py)) {
    int x = (int)axes_x(a, d->px), y = (int)axes_y(a, d->py);
    if (x < 0 || y < 0 || x >= c->w || y >= c->h) return;
    char text[2][160];
    const char *line[2] = {text[0], text[1]};
    snprintf(text[0], 160, "row %d %.60s  column %d %.60s", y + 1, c->y ? c->y[y] : "", x + 1,
             c->x ? c->x[x] : "");
    snprintf(text[1], 160, "%.5g", (double)c->value[(size_t)y * (size_t)c->w + (size_t)x]);
    draw_tip(d, r, line, NULL, 2);
  }
}

/* A click on a cell opens its pictures, any click closes them. */
static bool press(Panel *p, double scale, double x, double y) {
  const Heatmap *c = heatmap_of(p);
  Axes a;
  if (p->own) {
    free(p->own);
    p->own = NULL;
    return true;
  }
  if (!panel_axes(p, scale, &a) || !rect_has(a.plot, x, y)) return false;
  const OpenCell at = {(int)floor(axes_y(&a, y)), (int)floor(axes_x(&a, x))};
  if (!cell_pictures_count(&c->pictures, at) || !(p->own = malloc(sizeof at))) return false;
  *(OpenCell *)p->own = at;
  return true;
}

static Rgb cell_at(const void *of, int y, int x) {
  const Heatmap *c = of;
  return scale_color(&c->range, (double)c->value[(size_t)y * (size_t)c->w + (size_t)x]);
}
static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Heatmap *c = heatmap_of(p);
  text_raster(t, how, c->h, c->w, cell_at, c);
}

static void describe(const Panel *p, Text *t) {
  const Heatmap *c = heatmap_of(p);
  text_add(t, ", %d x %d, %.4g to %.4g", c->h, c->w, c->range.lo, c->range.hi);
}

const PanelKind heatmap_kind = {.name = "matrix",
                                .keeps = true,
                                .accept = scene_take,
                                .extent = extent,
                                .margins = margins,
                                .draw = draw,
                                .press = press,
                                .spot = spot,
                                .describe = describe,
                                .terminal = terminal};
