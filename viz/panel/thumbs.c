/* thumbs.c: see thumbs.h. */
#include "thumbs.h"

#include "layout.h"
#include "raster.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct One { /* picture of them */
  const Thumbs *all;
  int k;
} One;
static const unsigned char *one_bytes(const void *of, int y) {
  const One *o = of;
  const Thumbs *t = o->all;
  return t->pixel + ((size_t)o->k * (size_t)t->h + (size_t)y) * (size_t)t->w * (size_t)t->c;
}

static void draw_one(Draw *d, const Thumbs *t, int k, Rect cell, Rect seen) {
  const One one = {t, k};
  const Raster r = {.w = t->w, .h = t->h, .of = &one, .bytes = one_bytes, .channels = t->c};
  const double scale = fmin(cell.w / t->w, cell.h / t->h), w = t->w * scale, h = t->h * scale;
  Scaled *scaled = NULL;
  draw_raster(d, &r, (Rect){cell.x + (cell.w - w) / 2, cell.y + (cell.h - h) / 2, w, h}, seen, &scaled);
  free(scaled);
}

/* Each in its cell, the name below it where the cells are wide enough for one. */
static void draw_pictures(Draw *d, const Thumbs *t, const int *which, int n, char *const *name, Rect body) {
  const double least = sizes.cells.least * d->s, line = name ? sizes.legend * d->s : 0;
  const int room = (int)(body.w / least) * (int)(body.h / least);
  if (n > room) n = room;
  int columns = layout_columns(body, n, t->w, t->h, 0, line);
  double w = body.w / columns, h = body.h / ((n + columns - 1) / columns);
  const bool named = name && w >= sizes.cells.named * d->s && h > line + least;
  if (!named) columns = layout_columns(body, n, t->w, t->h, 0, 0);
  w = body.w / columns, h = body.h / ((n + columns - 1) / columns);
  draw_font(d, sizes.label, false);
  for (int k = 0; k < n; k++) {
    Rect cell = {body.x + k % columns * w, body.y + k / columns * h, w, h};
    if (named) {
      cell.h -= line;
      draw_color(d, d->t->text, 1);
      draw_name_fit(d, cell.x + sizes.cells.free * d->s, cell.y + h - sizes.under_entry * d->s,
                    w - 2 * sizes.cells.free * d->s, name[which[k]]);
    }
    draw_one(d, t, which[k], rect_inset(cell, sizes.cells.free * d->s), body);
  }
}

/* In columns, from the top; the last one says how many more there are. */
static void draw_names(Draw *d, const int *which, int n, char *const *name, Rect body) {
  const double line = sizes.legend * d->s;
  const int columns = (int)fmax(floor(body.w / (sizes.cells.column * d->s)), 1);
  const int rows = (int)fmax(floor(body.h / line), 1), room = rows * columns;
  const double w = body.w / columns;
  draw_font(d, sizes.label, false);
  for (int k = 0; k < n && k < room; k++) {
    char more[24];
    const bool last = k + 1 == room && n > room;
    snprintf(more, sizeof more, "+%d", n - k);
    draw_color(d, last ? d->t->dim : d->t->text, 1);
    draw_name_fit(d, body.x + k / rows * w, body.y + k % rows * line + sizes.cells.title * d->s,
                  w - sizes.pad * d->s, last ? more : name[which[k]]);
  }
}

void draw_thumbs(Draw *d, const Thumbs *t, const int *which, int n, char *const *name, Rect card,
                 const char *title) {
  const double pad = sizes.pad * d->s, head = sizes.head * d->s, least = sizes.cells.least * d->s;
  const Rect body = {card.x + pad, card.y + 2 * head, card.w - 2 * pad, card.h - 2 * head - pad};
  if (body.w < least || body.h < least) return;
  draw_color(d, d->t->card, 0.97);
  cairo_rectangle(d->cr, card.x + 1, card.y + head, card.w - 2, card.h - head - 1);
  cairo_fill(d->cr);
  draw_font(d, sizes.name, false);
  draw_color(d, d->t->text, 1);
  draw_text_fit(d, body.x, card.y + head + sizes.cells.title * d->s, body.w, title);
  if (n == 0) return;
  if (t->pixel) draw_pictures(d, t, which, n, name, body);
  else if (name) draw_names(d, which, n, name, body);
}
