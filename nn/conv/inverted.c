/* inverted.c: the three convolutions of an inverted residual (MobileNetV2; Sandler et al. 2018,
 * arXiv:1801.04381), strip by strip.
 *
 * The wide tensors between them are six times as large as what goes in and out; one after another, each
 * writes and reads them through memory.  Here a strip of output rows goes through the first two one panel of
 * channels after another, some rows at a time, so that they stay in the second cache, and so do all channels of
 * the strip until the third convolution takes them.  Neighbouring strips share a few widened rows, which both
 * compute. */
#include "inverted.h"

#include "parallel.h"
#include "sizes.h"
#include "ways.h"

#include <string.h>

enum {
  DEEP = 512 << 10,
  WIDE = 128 << 10,
  MOST_TAPS = 16
}; /* bytes of a strip between, and of widened rows */

typedef struct Strips {
  const Inverted *v;
  const ConvKernels *k;
  int64_t size, rows, a_image; /* of output a strip; strips an image */
  int64_t band, slice;         /* rows and channels of the middle at once */
  int64_t room;                /* scratch of a thread: widened rows, then the middle's of a strip */
  unsigned char *scratch;
  PixelRun widen, narrow;
} Strips;

/* Input rows under `rows` rows of output. */
static int64_t rows_under(const Conv *c, int64_t rows) {
  return (rows - 1) * c->sh + (c->kh - 1) * c->dh + 1;
}

static int64_t deep_row(const Inverted *v) {
  return v->depth.OW * v->depth.C * (int64_t)dtype_size[v->x->dtype];
}

/* As many rows as the cache holds, and few enough for two strips a thread; those of an image are about equal. */
static int64_t strip_rows(const Inverted *v) {
  const Conv *c = &v->depth;
  const int64_t threads = parallel_threads(),
                strips = most(ceil_div(c->OH, most(1, DEEP / deep_row(v))), ceil_div(2 * threads, c->N));
  return ceil_div(c->OH, strips);
}

/* Worth it: few rows computed twice, pixels enough for weights that pass by once a strip, and strips for all
 * threads; not to so few outputs that thin.c sums them. */
bool inverted_fits(const Inverted *v) {
  enum { PIXELS = 64, SHARE = 5 };
  const Conv *c = &v->depth;
  const Dtype d = v->x->dtype;
  if (c->kh > MOST_TAPS || c->N * c->OH * c->OW * c->C == 0) return false;
  if (thin_serves(&v->narrow, d) || (v->widen_w && thin_serves(&v->widen, d))) return false;
  const int64_t rows = strip_rows(v), strips = ceil_div(c->OH, rows);
  const int64_t twice = strips > 1 ? rows_under(c, rows) - rows * c->sh : 0;
  return rows * c->OW >= PIXELS && rows * deep_row(v) <= 2 * DEEP && twice * SHARE <= rows * c->sh &&
         c->N * strips >= 2 * parallel_threads();
}

/* Rows of the middle's input under [y0, y1) of its output. */
static void under(const Conv *c, int64_t y0, int64_t y1, int64_t *from, int64_t *to) {
  const int64_t top = y0 * c->sh - c->top;
  *from = most(0, least(c->H, top));
  *to = most(*from, least(c->H, top + rows_under(c, y1 - y0)));
}

/* Some rows of an image in a row of memory, of all channels or a slice. */
typedef struct Rows {
  unsigned char *at;
  int64_t from, to, bytes; /* of a row */
} Rows;

/* Widens a panel's channels of rows [from, to), of which w may hold some already. */
static void widen(const Strips *s, const unsigned char *image, int64_t panel, int64_t from, int64_t to,
                  Rows *w) {
  const Conv *c = &s->v->widen;
  const int64_t kept = most(0, w->to - from), have = from + kept;
  if (kept > 0) memmove(w->at, w->at + (from - w->from) * w->bytes, (size_t)(kept * w->bytes));
  if (have < to)
    pixel_panel(&s->widen, panel, (to - have) * c->W, image + have * c->W * c->C * s->size,
                w->at + kept * w->bytes, s->widen.nr);
  w->from = from;
  w->to = most(have, to);
}

/* Rows [y0, y1) of the middle from `in`, to deep. */
static void deepen(const Strips *s, DepthRow *row, const void **x, const Rows *in, int64_t y0, int64_t y1,
                   unsigned char *deep) {
  const Conv *c = &s->v->depth;
  for (int64_t y = y0; y < y1; y++, deep += c->OW * c->C * s->size) {
    for (int64_t ky = 0; ky < c->kh; ky++) {
      const int64_t iy = y * c->sh + ky * c->dh - c->top;
      x[ky] = iy >= 0 && iy < c->H ? in->at + (iy - in->from) * in->bytes : NULL;
    }
    s->k->depth(row, deep);
  }
}

/* Rows [first, end) of the middle of an image that begins at `image`. */
static void middle(const Strips *s, const unsigned char *image, int64_t first, int64_t end,
                   unsigned char *wide, unsigned char *deep) {
  const Inverted *v = s->v;
  const Conv *c = &v->depth;
  const void *x[MOST_TAPS] = {NULL};
  DepthRow row = depth_row(c, v->depth_w->data, &v->depth_f, x);
  if (!v->widen_w) {
    const Rows all = {(unsigned char *)image, 0, c->H, c->W * c->C * s->size};
    deepen(s, &row, x, &all, first, end, deep);
    return;
  }
  row.pitch = s->slice;
  for (int64_t q = 0; q * s->slice < c->C; q++) {
    Rows w = {wide, 0, 0, c->W * s->slice * s->size};
    row.first = q * s->slice;
    row.channels = least(s->slice, c->C - row.first);
    for (int64_t y0 = first, y1, from, to; y0 < end; y0 = y1) {
      y1 = least(end, y0 + s->band);
      under(c, y0, y1, &from, &to);
      widen(s, image, q, from, to, &w);
      deepen(s, &row, x, &w, y0, y1, deep + ((y0 - first) * c->OW * c->C + row.first) * s->size);
    }
  }
}

static void strips(void *context, int64_t begin, int64_t end) {
  const Strips *s = context;
  const Inverted *v = s->v;
  const Conv *c = &v->depth;
  for (int64_t u = begin; u < end; u++) {
    const int64_t n = u / s->a_image, first = u % s->a_image * s->rows, last = least(c->OH, first + s->rows);
    unsigned char *deep = s->scratch + (parallel_thread() + 1) * s->room - s->rows * deep_row(v);
    middle(s, v->x->data + n * c->H * c->W * v->widen.C * s->size, first, last,
           s->scratch + parallel_thread() * s->room, deep);
    pixel_panels(&s->narrow, (last - first) * c->OW, deep,
                 v->y->data + (n * c->OH + first) * c->OW * v->narrow.O * s->size);
  }
}

/* How much of the middle at once: a panel of channels, and as many rows as WIDE holds. */
static void plan(Strips *s) {
  const Conv *c = &s->v->depth;
  s->rows = strip_rows(s->v);
  s->a_image = ceil_div(c->OH, s->rows);
  s->band = s->rows;
  s->slice = s->widen.nr;
  const int64_t row = s->v->widen_w ? c->W * s->slice * s->size : 0;
  while (s->band > 1 && least(c->H, rows_under(c, s->band)) * row > WIDE) s->band--;
  s->band = ceil_div(s->rows, ceil_div(s->rows, s->band));
  s->room =
      ceil_div(least(c->H, rows_under(c, s->band)) * row + s->rows * deep_row(s->v), CONV_LINE) * CONV_LINE;
}

bool inverted_forward(const Inverted *v, Err *e) {
  Strips s = {.v = v, .k = conv_kernels(v->x->dtype), .size = (int64_t)dtype_size[v->x->dtype]};
  Scratch scratch = {0};
  bool ok = (!v->widen_w || direct_pack(&v->widen, v->widen_w, &v->widen_f, &s.widen, e)) &&
            direct_pack(&v->narrow, v->narrow_w, &v->narrow_f, &s.narrow, e);
  if (ok) plan(&s);
  ok = ok && scratch_take(&scratch, s.room * parallel_threads(), false, e);
  if (ok) {
    s.scratch = scratch.at;
    parallel_for(v->depth.N * s.a_image, 1, strips, &s);
  }
  if (scratch.at) scratch_give(&scratch);
  if (s.widen.pack.block) pack_end(&s.widen.pack);
  if (s.narrow.pack.block) pack_end(&s.narrow.pack);
  return ok;
}
