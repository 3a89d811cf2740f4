/* op_resize.c: upsample: images x [N,H,W,C] enlarged or reduced to [N,OH,OW,C].
 *
 *   nearest:  y[oy, ox] = x[floor(oy r), floor(ox r)], r = H / OH (or 1 / scale)
 *   bilinear: a weighted mean of the four pixels round the place (oy + 1/2) r - 1/2, not below 0;
 *             align_corners: round oy (H - 1) / (OH - 1), so that corners fall on corners
 * As PyTorch's interpolate, which reads outside no image: beyond an edge the edge counts. */
#include "mem.h"
#include "op.h"
#include "parallel.h"

#include <math.h>
#include <string.h>

CHOICES(UPSAMPLE, nearest, bilinear)
PARAMS(upsample, (NUMBER, scale, OP_NONE, "factor of both sides"),
       (INTS, size, OP_NONE, "size of the result, one number or {y, x}"),
       (CHOICE, mode, UPSAMPLE_nearest, "pixel, or mean of four", UPSAMPLE_words),
       (BOOL, align_corners, false, "bilinear: corners fall on corners"))

static bool is_nearest(const OpCall *c) { return PARAM(upsample, c)->mode == UPSAMPLE_nearest; }

/* One output position along a side: weight 1 - w on pixel a, w on pixel b. */
typedef struct Tap {
  int64_t a, b;
  double w;
} Tap;

static bool upsample_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (!dtype_is_float(x->dtype) || x->nd != 4)
    return err_set(e, "upsample: x must be a float [N,H,W,C], got %s", tensor_text(text, x));
  int64_t shape[4];
  memcpy(shape, x->shape, sizeof shape);
  const struct upsample_params *p = PARAM(upsample, c);
  const int n = p->size.n;
  if (op_given(p->scale) == (n >= 0)) return err_set(e, "upsample: give either scale or size");
  if (n == 0 || n > 2) return err_set(e, "upsample: size must be one or two whole numbers from 1 on");
  for (int i = 0; i < 2; i++) {
    double size = n > 0 ? (double)p->size.v[n > 1 ? i : 0] : floor((double)x->shape[1 + i] * p->scale);
    if (!(size >= 1 && size < 1e9) || x->shape[1 + i] < 1)
      return err_set(e, "upsample: no size of %g for dim %d of %s", size, i + 2, tensor_text(text, x));
    shape[1 + i] = (int64_t)size;
  }
  if (is_nearest(c) && p->align_corners)
    return err_set(e, "upsample: align_corners is for mode=\"bilinear\"");
  return op_output(c, 0, x->dtype, 4, shape, e) != NULL;
}

static void fill_taps(const OpCall *c, Tap *tap, int64_t in, int64_t out) {
  const struct upsample_params *p = PARAM(upsample, c);
  double r = op_given(p->scale) ? 1 / p->scale : (double)in / (double)out;
  const bool align = p->align_corners, nearest = is_nearest(c);
  if (align) r = out > 1 ? (double)(in - 1) / (double)(out - 1) : 0;
  for (int64_t o = 0; o < out; o++) {
    double at = nearest || align ? (double)o * r : ((double)o + 0.5) * r - 0.5;
    if (at < 0) at = 0;
    int64_t a = (int64_t)at;
    if (a > in - 1) a = in - 1;
    tap[o] = (Tap){a, a + 1 < in ? a + 1 : a, nearest ? 0 : at - (double)a};
  }
}

typedef struct Resize {
  int64_t H, W, OH, OW, C;
  const Tap *y, *x;
  const unsigned char *from;
  unsigned char *to;
  bool nearest;
} Resize;

/* Output rows; and images, where the pixels' gradients come back to the four that made them. */
#define RESIZE_ROWS(real)                                                                                    \
  static void mix_row_##real(const Resize *j, int64_t row) {                                                 \
    int64_t C = j->C, n = row / j->OH;                                                                       \
    Tap v = j->y[row % j->OH];                                                                               \
    const real *image = (const real *)(const void *)j->from + n * j->H * j->W * C;                           \
    const real *top = image + v.a * j->W * C, *low = image + v.b * j->W * C;                                 \
    real *y = (real *)(void *)j->to + row * j->OW * C, wv = (real)v.w;                                       \
    for (int64_t ox = 0; ox < j->OW; ox++, y += C) {                                                         \
      Tap h = j->x[ox];                                                                                      \
      const real *p = top + h.a * C, *q = top + h.b * C, *r = low + h.a * C, *s = low + h.b * C;             \
      real wh = (real)h.w;                                                                                   \
      if (j->nearest) memcpy(y, p, (size_t)C * sizeof *y);                                                   \
      else                                                                                                   \
        for (int64_t c = 0; c < C; c++)                                                                      \
          y[c] = (1 - wv) * ((1 - wh) * p[c] + wh * q[c]) + wv * ((1 - wh) * r[c] + wh * s[c]);              \
    }                                                                                                        \
  }                                                                                                          \
  static void spread_row_##real(const Resize *j, int64_t n, int64_t oy) {                                    \
    int64_t C = j->C;                                                                                        \
    Tap v = j->y[oy];                                                                                        \
    real *image = (real *)(void *)j->to + n * j->H * j->W * C;                                               \
    real *top = image + v.a * j->W * C, *low = image + v.b * j->W * C, wv = (real)v.w;                       \
    const real *g = (const real *)(const void *)j->from + (n * j->OH + oy) * j->OW * C;                      \
    for (int64_t ox = 0; ox < j->OW; ox++, g += C) {                                                         \
      Tap h = j->x[ox];                                                                                      \
      real wh = (real)h.w;                                                                                   \
      for (int64_t c = 0; c < C; c++) top[h.a * C + c] += (1 - wv) * (1 - wh) * g[c];                        \
      if (j->nearest) continue;                                                                              \
      for (int64_t c = 0; c < C; c++) top[h.b * C + c] += (1 - wv) * wh * g[c];                              \
      for (int64_t c = 0; c < C; c++) low[h.a * C + c] += wv * (1 - wh) * g[c];                              \
      for (int64_t c = 0; c < C; c++) low[h.b * C + c] += wv * wh * g[c];                                    \
    }                                                                                                        \
  }
RESIZE_ROWS(float)
RESIZE_ROWS(double)

static void mix_rows_float(void *context, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) mix_row_float(context, row);
}
static void mix_rows_double(void *context, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; row++) mix_row_double(context, row);
}
static void spread_float(void *context, int64_t begin, int64_t end) {
  const Resize *j = context;
  for (int64_t n = begin; n < end; n++)
    for (int64_t oy = 0; oy < j->OH && !interrupt_pending(); oy++) spread_row_float(j, n, oy);
}
static void spread_double(void *context, int64_t begin, int64_t end) {
  const Resize *j = context;
  for (int64_t n = begin; n < end; n++)
    for (int64_t oy = 0; oy < j->OH && !interrupt_pending(); oy++) spread_row_double(j, n, oy);
}

/* from is y's gradient (back) or x; `small` has x's shape, `large` y's. */
static bool resize(const OpCall *c, const Tensor *small, const Tensor *large, const Tensor *from, Tensor *to,
                   bool back, Err *e) {
  Resize j = {.H = small->shape[1],
              .W = small->shape[2],
              .OH = large->shape[1],
              .OW = large->shape[2],
              .C = small->shape[3],
              .from = from->data,
              .to = to->data,
              .nearest = is_nearest(c)};
  size_t bytes = (size_t)(j.OH + j.OW) * sizeof(Tap);
  Tap *tap = mem_alloc(bytes);
  if (!tap) return err_set(e, "upsample: out of memory");
  fill_taps(c, tap, j.H, j.OH);
  fill_taps(c, tap + j.OH, j.W, j.OW);
  j.y = tap;
  j.x = tap + j.OH;
  bool wide = to->dtype == F64;
  if (back) parallel_for(small->shape[0], 1, wide ? spread_double : spread_float, &j);
  else
    parallel_for(small->shape[0] * j.OH, 1 + GRAIN / (j.OW * j.C + 1),
                 wide ? mix_rows_double : mix_rows_float, &j);
  mem_free(tap, bytes);
  return true;
}

static bool upsample_forward(OpCall *c, Err *e) {
  Tensor *x = tensor_contiguous(c->x[0], e);
  bool ok = x && resize(c, x, c->y[0], x, c->y[0], false, e);
  tensor_release(x);
  return ok;
}

static bool upsample_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *dy = tensor_contiguous(dys[0], e);
  if (dy && !(add & 1)) tensor_fill(dx[0], 0);
  bool ok = dy && resize(c, dx[0], dy, dy, dx[0], true, e);
  tensor_release(dy);
  return ok;
}

static double upsample_flops(const OpCall *c) { return is_nearest(c) ? 0 : 7 * (double)c->y[0]->n; }

/* clang-format off */
const Op op_upsample = {
    .name = "upsample", .where = "n", .eq = "y = x at the places of a finer (or coarser) grid",
    .doc = "resizes images x [N,H,W,C] by scale or to size, as PyTorch's interpolate", .in = {"x"},
    .param = TAKES(upsample),
    .shape = upsample_shape, .forward = upsample_forward, .backward = upsample_backward,
    .flops = upsample_flops,
    .check = {{1, {{4, {2, 2, 3, 2}}}, .args = "scale=2"},
              {1, {{4, {1, 3, 2, 2}}}, .args = "scale=2.5, mode=\"bilinear\""},
              {1, {{4, {1, 3, 4, 2}}}, .args = "size={7,2}, mode=\"bilinear\", align_corners=true"},
              {1, {{4, {2, 5, 4, 1}}}, .args = "size={3,6}"}},
    .example = "print(nn.upsample{tensor.ones(1, 2, 2, 1), scale=2})",
    .see = "conv_transpose2d, adaptive_avg_pool2d"};
