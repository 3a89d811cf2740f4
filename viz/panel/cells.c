/* cells.c: see cells.h. */
#include "cells.h"

#include "thumbs.h"

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

void draw_cell_pictures(Draw *d, const CellPictures *p, Rect card, OpenCell at, const char *title) {
  const Thumbs thumbs = {p->h, p->w, p->c, p->pixel};
  int n = 0, *which = malloc(((size_t)p->n + 1) * sizeof *which);
  for (int i = 0; which && p->pixel && i < p->n; i++)
    if (lies_in(p, i, at)) which[n++] = i;
  draw_thumbs(d, &thumbs, which, n, NULL, card, title);
  free(which);
}
