/* inverted.c: the three convolutions of an inverted residual (MobileNetV2; Sandler et al. 2018,
 * arXiv:1801.04381), strip by strip.
 *
 * The wide tensors between them are six times as large as what goes in and out; one after another, each
 * writes and reads them through memory.  Here a strip of output rows goes through all three while its wide
 * rows stay in the second cache.  Neighbouring strips share a few wide rows, which both compute. */
#include "inverted.h"

#include "pack.h"
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

enum { CACHE = 640 << 10, MOST_TAPS = 16 };

typedef struct Strips {
  const Inverted *v;
  const ConvKernels *k;
  int64_t size, rows, a_image; /* of output a strip; strips an image */
  int64_t room;                /* scratch of a thread: wide rows, then depth rows */
  unsigned char *scratch;
  PixelRun widen, narrow;
} Strips;

/* Input rows under `rows` rows of output. */
static int64_t rows_under(const Conv *c, int64_t rows) {
  return (rows - 1) * c->sh + (c->kh - 1) * c->dh + 1;
}

static int64_t wide_bytes(const Inverted *v, int64_t rows) {
  const Conv *c = &v->depth;
  const int64_t wide = v->widen_w ? least(c->H, rows_under(c, rows)) * c->W : 0;
  return (wide + rows * c->OW) * c->C * (int64_t)dtype_size[v->x->dtype];
}

/* As many rows as the cache holds, so cut that the strips of an image are about equal. */
static int64_t strip_rows(const Inverted *v) {
  int64_t rows = v->depth.OH;
  while (rows > 1 && wide_bytes(v, rows) > CACHE) rows--;
  const int64_t strips = (v->depth.OH + rows - 1) / rows;
  return (v->depth.OH + strips - 1) / strips;
}

/* Worth it: few rows computed twice, pixels enough for weights that pass by once a strip, and strips for all
 * threads. */
bool inverted_fits(const Inverted *v) {
  enum { PIXELS = 64, SHARE = 5 };
  const Conv *c = &v->depth;
  if (c->kh > MOST_TAPS || c->N * c->OH * c->OW * c->C == 0) return false;
  const int64_t rows = strip_rows(v), strips = (c->OH + rows - 1) / rows;
  const int64_t twice = strips > 1 ? rows_under(c, rows) - rows * c->sh : 0;
  return rows * c->OW >= PIXELS && wide_bytes(v, rows) <= 2 * CACHE && twice * SHARE <= rows * c->sh &&
         c->N * strips >= 2 * parallel_threads();
}

/* Rows [from, to) of image n through the first convolution; gives where row `from` lies. */
static const unsigned char *widen(const Strips *s, int64_t n, int64_t from, int64_t to, unsigned char *wide) {
  const Conv *c = &s->v->widen;
  const unsigned char *x = s->v->x->data + (n * c->H + from) * c->W * c->C * s->size;
  if (!s->v->widen_w) return x;
  direct_pixels(&s->widen, (to - from) * c->W, x, wide);
  return wide;
}

static void strip(const Strips *s, int64_t unit) {
  const Inverted *v = s->v;
  const Conv *c = &v->depth;
  const int64_t n = unit / s->a_image, first = unit % s->a_image * s->rows,
                end = least(c->OH, first + s->rows);
  const int64_t top = first * c->sh - c->top, from = most(0, top),
                to = most(from, least(c->H, top + rows_under(c, end - first)));
  unsigned char *wide = s->scratch + parallel_thread() * s->room, *deep = wide;
  const int64_t in_row = c->W * c->C * s->size, out_row = c->OW * c->C * s->size;
  if (v->widen_w) deep += (to - from) * in_row;
  const unsigned char *in = widen(s, n, from, to, wide);
  const void *x[MOST_TAPS];
  const DepthRow row = depth_row(c, v->depth_w->data, &v->depth_f, x);
  for (int64_t y = first; y < end; y++) {
    for (int64_t ky = 0; ky < c->kh; ky++) {
      const int64_t iy = y * c->sh + ky * c->dh - c->top;
      x[ky] = iy >= 0 && iy < c->H ? in + (iy - from) * in_row : NULL;
    }
    s->k->depth(&row, deep + (y - first) * out_row);
  }
  direct_pixels(&s->narrow, (end - first) * c->OW, deep,
                v->y->data + (n * c->OH + first) * c->OW * v->narrow.O * s->size);
}

static void strips(void *context, int64_t begin, int64_t end) {
  for (int64_t u = begin; u < end; u++) strip(context, u);
}

bool inverted_forward(const Inverted *v, Err *e) {
  Strips s = {.v = v, .k = conv_kernels(v->x->dtype), .size = (int64_t)dtype_size[v->x->dtype]};
  s.rows = strip_rows(v);
  s.a_image = (v->depth.OH + s.rows - 1) / s.rows;
  s.room = (wide_bytes(v, s.rows) + CONV_LINE - 1) / CONV_LINE * CONV_LINE;
  Pack wide = {0}, narrow = {0};
  Scratch scratch = {0};
  bool ok = (!v->widen_w || direct_pack(&v->widen, v->widen_w, &wide, e)) &&
            direct_pack(&v->narrow, v->narrow_w, &narrow, e) &&
            scratch_take(&scratch, s.room * parallel_threads(), false, e);
  if (ok) {
    s.scratch = scratch.at;
    s.widen = (PixelRun){v->x->dtype, v->widen.C, v->widen.O, wide.block, &v->widen_f};
    s.narrow = (PixelRun){v->x->dtype, v->narrow.C, v->narrow.O, narrow.block, &v->narrow_f};
    parallel_for(v->depth.N * s.a_image, 1, strips, &s);
  }
  if (scratch.at) scratch_give(&scratch);
  if (wide.block) pack_end(&wide);
  if (narrow.block) pack_end(&narrow);
  return ok;
}
