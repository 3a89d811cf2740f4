/* overlap.c: the gradient of x for few channels of x, many of y and mostly a stride (a decoder's last layer, turned
 * round): each pixel of dy times all taps at once, a 1 x 1 convolution whose vectors are full, then sums of what falls
 * together. */
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

#include <string.h>

typedef struct Overlap {
  const Conv *c;
  Dtype d;
  bool add;
  const void *z; /* of an image [OH,OW,kh kw C] */
  void *dx;
} Overlap;

/* Outputs [*from, *to) whose tap kx lies in the row. */
static void columns(const Conv *c, int64_t kx, int64_t *from, int64_t *to) {
  const int64_t shift = kx * c->dw - c->left, last = c->W - 1 - shift;
  *from = shift < 0 ? ceil_div(-shift, c->sw) : 0;
  *to = last < 0 ? 0 : least(c->OW, last / c->sw + 1);
}

#define ADD_ROW(name, real)                                                                                  \
  static void name(const Overlap *o, int64_t y) {                                                            \
    const Conv *c = o->c;                                                                                    \
    const int64_t C = c->C, M = c->kh * c->kw * C;                                                           \
    real *row = (real *)o->dx + y * c->W * C;                                                                \
    if (!o->add) memset(row, 0, (size_t)(c->W * C) * sizeof *row);                                           \
    for (int64_t ky = 0; ky < c->kh; ky++) {                                                                 \
      const int64_t at = y + c->top - ky * c->dh;                                                            \
      if (at < 0 || at % c->sh || at / c->sh >= c->OH) continue;                                             \
      for (int64_t kx = 0, from, to; kx < c->kw; kx++) {                                                     \
        columns(c, kx, &from, &to);                                                                          \
        const real *z = (const real *)o->z + (at / c->sh * c->OW + from) * M + (ky * c->kw + kx) * C;        \
        real *x = row + (from * c->sw + kx * c->dw - c->left) * C;                                           \
        for (int64_t i = from; i < to; i++, z += M, x += c->sw * C)                                          \
          for (int64_t k = 0; k < C; k++) x[k] += z[k];                                                      \
      }                                                                                                      \
    }                                                                                                        \
  }
ADD_ROW(add_row_f32, float)
ADD_ROW(add_row_f64, double)

static void rows(void *context, int64_t begin, int64_t end) {
  const Overlap *o = context;
  for (int64_t y = begin; y < end; y++) (o->d == F32 ? add_row_f32 : add_row_f64)(o, y);
}

/* [1,1,O,kh kw C] of w [kh kw,C,O] */
static Tensor *all_taps(const Conv *c, const Tensor *w, Err *e) {
  const int64_t M = c->kh * c->kw * c->C, shape[] = {1, 1, c->O, M};
  Tensor *t = tensor_new(w->dtype, 4, shape, e);
  if (t) elements_turn(dtype_size[w->dtype], c->O, M, t->data, M, w->data, c->O);
  return t;
}

/* Without a stride all taps meet each pixel, and vectors of pixels (planes.c) have no lanes for nothing either: one
 * channel of many outputs is worth it, of more where vectors are short. */
bool overlap_serves(const Conv *c, Dtype d) {
  enum { LEAST_OUTPUTS = 16, MOST_WIDE = 256, LEAST_WORK = 256 };
  if (c->groups > 1 || c->C > CONV_FEW || c->O < LEAST_OUTPUTS || c->kh * c->kw * c->C > MOST_WIDE)
    return false;
  return c->sh * c->sw > 1 ||
         (c->C == 1 && c->kh * c->kw > 1 && c->O * conv_kernels(d)->nr / 2 >= LEAST_WORK);
}

bool overlap_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  const int64_t M = c->kh * c->kw * c->C, shape[] = {c->OH, c->OW, M};
  const Conv one = {.N = 1,
                    .H = c->OH,
                    .W = c->OW,
                    .C = c->O,
                    .O = M,
                    .kh = 1,
                    .kw = 1,
                    .OH = c->OH,
                    .OW = c->OW,
                    .groups = 1,
                    .sh = 1,
                    .sw = 1,
                    .dh = 1,
                    .dw = 1};
  const ConvFinish nothing = {.act = ACT_none};
  Tensor *taps = all_taps(c, w, e), *z = taps ? tensor_new(dx->dtype, 3, shape, e) : NULL;
  bool ok = z != NULL;
  for (int64_t n = 0; ok && n < c->N && !interrupt_pending(); n++) {
    Tensor image = *dy;
    const size_t size = dtype_size[dx->dtype];
    image.data = (char *)dy->data + (size_t)(n * c->OH * c->OW * c->O) * size;
    ok = direct_forward(&one, &image, taps, &nothing, z, e);
    Overlap o = {c, dx->dtype, add, z->data, (char *)dx->data + (size_t)(n * c->H * c->W * c->C) * size};
    if (ok) parallel_for(c->H, 1 + GRAIN / (c->W * M), rows, &o);
  }
  tensor_release(z);
  tensor_release(taps);
  return ok;
}
