/* op_resize.c: upsample: images x [N,H,W,C] enlarged or reduced to [N,OH,OW,C].
 *
 *   nearest:  y[oy, ox] = x[floor(oy r), floor(ox r)], r = H / OH (or 1 / scale)
 *   bilinear: a weighted mean of the four pixels round the place (oy + 1/2) r - 1/2, not below 0;
 *             align_corners: round oy (H - 1) / (OH - 1), so that corners fall on corners
 * As PyTorch's interpolate, which reads outside no image: beyond an edge the edge counts. */
#include "mem.h"
#include "nn_kernel.h"
#include "op.h"
#include "parallel.h"
#include "sizes.h"

#include <math.h>
#include <string.h>

CHOICES(UPSAMPLE, nearest, bilinear)
PARAMS(upsample, (NUMBER, scale, OP_NONE, "factor of both sides"),
       (INTS, size, OP_NONE, "size of the result, one number or {y, x}"),
       (CHOICE, mode, UPSAMPLE_nearest, "pixel, or mean of four", UPSAMPLE_words),
       (BOOL, align_corners, false, "bilinear: corners fall on corners"))

static bool is_nearest(const OpCall *c) { return PARAM(upsample, c)->mode == UPSAMPLE_nearest; }

/* One output position along a side: weight 1 - w on pixel a, w on pixel b; nearest: all of it on a. */
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

static Tap tap_of(const OpCall *c, int64_t in, int64_t out, int64_t o) {
  const struct upsample_params *p = PARAM(upsample, c);
  double r = op_given(p->scale) ? 1 / p->scale : (double)in / (double)out;
  const bool align = p->align_corners, nearest = is_nearest(c);
  if (align) r = out > 1 ? (double)(in - 1) / (double)(out - 1) : 0;
  double at = nearest || align ? (double)o * r : ((double)o + 0.5) * r - 0.5;
  if (at < 0) at = 0;
  const int64_t a = least((int64_t)at, in - 1);
  return (Tap){a, least(a + 1, in - 1), at - (double)a};
}

/* --- both directions are products with a matrix of few entries for each side --------------------------------------- */

/* The matrix [out, in] of a side, or for gradients its transpose. */
typedef struct Side {
  int64_t *start, *place;
  unsigned char *weight;
  RowMixture rows;
} Side;

static size_t side_bytes(int64_t in, int64_t out) {
  return (size_t)(most(in, out) + 2 + 2 * out) * sizeof(int64_t) + (size_t)(2 * out) * sizeof(double);
}

static void entry(Side *s, Dtype d, int64_t row, int64_t place, double weight) {
  const int64_t k = s->start[row + 1]++;
  s->place[k] = place;
  if (d == F32) ((float *)(void *)s->weight)[k] = (float)weight;
  else ((double *)(void *)s->weight)[k] = weight;
}

/* In two passes: how many entries each row has, then which; start[row + 1] moves on while they are put in. */
static void side_fill(Side *s, const OpCall *c, int64_t in, int64_t out, bool back, Dtype d, void *at) {
  const int64_t rows = back ? in : out;
  const bool nearest = is_nearest(c);
  *s = (Side){.start = at};
  s->place = s->start + most(in, out) + 2;
  s->weight = (unsigned char *)(s->place + 2 * out);
  s->rows = (RowMixture){s->start, s->place, s->weight};
  memset(s->start, 0, (size_t)(rows + 2) * sizeof *s->start);
  for (int64_t o = 0; o < out; o++) {
    const Tap t = tap_of(c, in, out, o);
    s->start[(back ? t.a : o) + 2]++;
    if (!nearest) s->start[(back ? t.b : o) + 2]++;
  }
  for (int64_t i = 2; i < rows + 2; i++) s->start[i] += s->start[i - 1];
  for (int64_t o = 0; o < out; o++) {
    const Tap t = tap_of(c, in, out, o);
    entry(s, d, back ? t.a : o, back ? o : t.a, nearest ? 1 : 1 - t.w);
    if (!nearest) entry(s, d, back ? t.b : o, back ? o : t.b, t.w);
  }
}

typedef struct Resize {
  const NnKernels *k;
  int64_t size, H, W, OH, OW, C; /* H, W of `from`; OH, OW of `to` */
  Side y, x;
  const unsigned char *from;
  unsigned char *to, *mixed; /* a row of `from` for each thread */
  bool copies, add;          /* copies: an output row is one row of x where it is made of one */
} Resize;

/* A row of the result: rows of `from` are combined to one, and its pixels to those of the result. */
static void resize_rows(void *context, int64_t begin, int64_t end) {
  const Resize *j = context;
  const int64_t row = j->W * j->C;
  unsigned char *mixed = j->mixed + parallel_thread() * row * j->size;
  for (int64_t r = begin; r < end; r++) {
    const int64_t oy = r % j->OH, *start = j->y.start + oy;
    const RowMixture rows = {start, j->y.place, j->y.weight};
    const unsigned char *image = j->from + r / j->OH * j->H * row * j->size, *in = mixed;
    if (j->copies && start[1] - start[0] == 1) in = image + j->y.place[*start] * row * j->size;
    else j->k->row_combine(1, &rows, row, image, row, mixed, false);
    j->k->row_combine(j->OW, &j->x.rows, j->C, in, j->C, j->to + r * j->OW * j->C * j->size, j->add);
  }
}

static bool resize(const OpCall *c, const Tensor *from, Tensor *to, bool back, bool add, Err *e) {
  const Tensor *small = back ? to : from, *large = back ? from : to;
  const int64_t *in = small->shape, *out = large->shape;
  Resize j = {.k = nn_kernels(to->dtype),
              .size = (int64_t)dtype_size[to->dtype],
              .H = from->shape[1],
              .W = from->shape[2],
              .OH = to->shape[1],
              .OW = to->shape[2],
              .C = to->shape[3],
              .from = from->data,
              .to = to->data,
              .copies = is_nearest(c),
              .add = add};
  const size_t high = side_bytes(in[1], out[1]), wide = side_bytes(in[2], out[2]),
               bytes = high + wide + (size_t)(parallel_threads() * j.W * j.C * j.size);
  unsigned char *room = mem_alloc(bytes);
  if (!room) return err_set(e, "upsample: out of memory");
  side_fill(&j.y, c, in[1], out[1], back, to->dtype, room);
  side_fill(&j.x, c, in[2], out[2], back, to->dtype, room + high);
  j.mixed = room + high + wide;
  parallel_for(to->shape[0] * j.OH, 1 + GRAIN / (j.OW * j.C + 1), resize_rows, &j);
  mem_free(room, bytes);
  return true;
}

static bool upsample_forward(OpCall *c, Err *e) {
  Tensor *x = tensor_contiguous(c->x[0], e);
  bool ok = x && resize(c, x, c->y[0], false, false, e);
  tensor_release(x);
  return ok;
}

static bool upsample_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *dy = tensor_contiguous(dys[0], e);
  bool ok = dy && resize(c, dy, dx[0], true, add & 1, e);
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
