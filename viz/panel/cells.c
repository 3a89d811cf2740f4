/* cells.c: see cells.h. */
#include "cells.h"

#include "layout.h"
#include "raster.h"

#include <math.h>
#include <stdlib.h>

void cell_pictures_copy(Content *owner, CellPictures *to, const VizMatrix *m) {
  const size_t n = (size_t)m->pictures;
  if (m->pictures < 1 || !m->thumb) return;
  *to = (CellPictures){.n = m->pictures, .h = m->thumb_h, .w = m->thumb_w, .c = m->thumb_c};
  to->row = content_copy(owner, m->row, n * sizeof *m->row);
  to->column = content_copy(owner, m->column, n * sizeof *m->column);
  to->pixel = content_copy(owner, m->thumb, n * (size_t)m->thumb_h * (size_t)m->thumb_w * (size_t)m->thumb_c);
}

static bool lies_in(const CellPictures *p, int i, OpenCell at) {
  return p->row[i] == at.row && p->column[i] == at.column;
}

int cell_pictures_count(const CellPictures *p, OpenCell at) {
  int n = 0;
  for (int i = 0; p->pixel && i < p->n; i++) n += lies_in(p, i, at);
  return n;
}

typedef struct One { /* picture of them */
  const CellPictures *all;
  int k;
} One;
static void one_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  const One *o = of;
  const CellPictures *p = o->all;
  const size_t start = ((size_t)o->k * (size_t)p->h + (size_t)y) * (size_t)p->w;
  for (int i = 0; i < n; i++) {
    const unsigned char *u = p->pixel + (start + (size_t)x[i]) * (size_t)p->c;
    out[i] = argb_opaque(u[0], u[p->c / 2], u[p->c - 1]);
  }
}

static void draw_one(Draw *d, const CellPictures *p, int k, Rect cell, Rect seen) {
  const One one = {p, k};
  const Raster r = {p->w, p->h, &one, one_row};
  const double scale = fmin(cell.w / p->w, cell.h / p->h), w = p->w * scale, h = p->h * scale;
  Scaled *scaled = NULL;
  draw_raster(d, &r, (Rect){cell.x + (cell.w - w) / 2, cell.y + (cell.h - h) / 2, w, h}, seen, &scaled);
  free(scaled);
}

void draw_cell_pictures(Draw *d, const CellPictures *p, Rect card, OpenCell at, const char *title) {
  const double pad = sizes.pad * d->s, head = sizes.head * d->s, least = sizes.cells.least * d->s;
  const Rect body = {card.x + pad, card.y + 2 * head, card.w - 2 * pad, card.h - 2 * head - pad};
  if (body.w < least || body.h < least) return;
  const int room = (int)(body.w / least) * (int)(body.h / least), all = cell_pictures_count(p, at);
  const int n = all < room ? all : room;
  draw_color(d, d->t->card, 0.97);
  cairo_rectangle(d->cr, card.x + 1, card.y + head, card.w - 2, card.h - head - 1);
  cairo_fill(d->cr);
  draw_font(d, sizes.name, false);
  draw_color(d, d->t->text, 1);
  draw_text_fit(d, body.x, card.y + head + sizes.cells.title * d->s, body.w, title);
  if (n == 0) return;
  const int columns = layout_columns(body, n, p->w, p->h, 0, 0), rows = (n + columns - 1) / columns;
  const double w = body.w / columns, h = body.h / rows;
  for (int i = 0, k = 0; i < p->n && k < n; i++)
    if (lies_in(p, i, at)) {
      const Rect cell = {body.x + k % columns * w, body.y + k / columns * h, w, h};
      draw_one(d, p, i, rect_inset(cell, sizes.device.cell), body);
      k++;
    }
}
