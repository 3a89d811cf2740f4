/* depth.c: depthwise convolution: each channel has a kernel of its own, so there is nothing to share
 * between channels and the work is one pass over rows (kernel/depthwise.c). */
#include "nn_kernel.h"
#include "parallel.h"
#include "ways.h"

#include <string.h>

enum { MOST_TAPS = 64, CHUNKS = 16 }; /* rows of a kernel; parts of dw, whatever the number of threads */

typedef struct Depth {
  const Conv *c;
  const ConvKernels *k;
  int64_t size;
  const unsigned char *x, *w, *dy;
  unsigned char *y, *dx, *dw;
  const ConvFinish *finish;
  int64_t chunks, rows; /* of dw */
  bool add;
} Depth;

DepthRow depth_row(const Conv *c, const void *w, const ConvFinish *f, const void *const *x) {
  return (DepthRow){.x = x,
                    .w = w,
                    .C = c->O,
                    .channels = c->O,
                    .inputs = c->C / c->groups,
                    .pitch = c->C,
                    .W = c->W,
                    .OW = c->OW,
                    .kh = c->kh,
                    .kw = c->kw,
                    .sw = c->sw,
                    .dw = c->dw,
                    .left = c->left,
                    .finish = f && (f->bias || f->residual || f->act) ? f : NULL};
}

/* The kh rows of x under row r of y. */
static void look(const Depth *d, int64_t r, const void **x) {
  const Conv *c = d->c;
  int64_t n = r / c->OH, oy = r % c->OH;
  for (int64_t ky = 0; ky < c->kh; ky++) {
    int64_t iy = oy * c->sh + ky * c->dh - c->top;
    x[ky] = iy >= 0 && iy < c->H ? d->x + (n * c->H + iy) * c->W * c->C * d->size : NULL;
  }
}

static void forward_rows(void *context, int64_t begin, int64_t end) {
  const Depth *d = context;
  const Conv *c = d->c;
  const void *x[MOST_TAPS];
  const DepthRow row = depth_row(c, d->w, d->finish, x);
  for (int64_t r = begin; r < end; r++) {
    unsigned char *y = d->y + r * c->OW * c->C * d->size;
    look(d, r, x);
    d->k->depth(&row, y);
  }
}

static bool small_kernel(const Conv *c, Err *e) {
  if (c->kh <= MOST_TAPS) return true;
  return err_set(e, "convolution: a depthwise kernel has at most %d rows, got %lld", MOST_TAPS,
                 (long long)c->kh);
}

static int64_t rows_at_once(int64_t W, int64_t C) { return 1 + GRAIN / (W * C + 1); }

bool depth_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e) {
  if (!small_kernel(c, e)) return false;
  Depth d = {.c = c,
             .k = conv_kernels(x->dtype),
             .size = (int64_t)dtype_size[x->dtype],
             .x = x->data,
             .w = w->data,
             .y = y->data,
             .finish = f};
  parallel_for(c->N * c->OH, rows_at_once(c->OW, c->C), forward_rows, &d);
  return true;
}

static void dx_rows(void *context, int64_t begin, int64_t end) {
  const Depth *d = context;
  const Conv *c = d->c;
  const void *dy[MOST_TAPS];
  const DepthRow row = depth_row(c, d->w, NULL, dy);
  for (int64_t r = begin; r < end; r++) {
    int64_t n = r / c->H, iy = r % c->H;
    for (int64_t ky = 0; ky < c->kh; ky++) {
      int64_t t = iy + c->top - ky * c->dh;
      bool there = t >= 0 && t % c->sh == 0 && t / c->sh < c->OH;
      dy[ky] = there ? d->dy + (n * c->OH + t / c->sh) * c->OW * c->C * d->size : NULL;
    }
    d->k->depth_dx(&row, d->dx + r * c->W * c->C * d->size, d->add);
  }
}

/* Stride 1: dx is the convolution of dy with the kernel turned by 180 degrees. */
static bool turned(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, Err *e) {
  const Conv t = conv_turned(c);
  int64_t taps = c->kh * c->kw, row = c->C * (int64_t)dtype_size[w->dtype];
  Scratch s;
  if (!scratch_take(&s, taps * row, false, e)) return false;
  for (int64_t i = 0; i < taps; i++) memcpy(s.at + i * row, w->data + (taps - 1 - i) * row, (size_t)row);
  Depth d = {.c = &t,
             .k = conv_kernels(w->dtype),
             .size = (int64_t)dtype_size[w->dtype],
             .x = dy->data,
             .w = s.at,
             .y = dx->data};
  parallel_for(t.N * t.OH, rows_at_once(t.OW, t.C), forward_rows, &d);
  scratch_give(&s);
  return true;
}

bool depth_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  if (!small_kernel(c, e)) return false;
  if (c->sh == 1 && c->sw == 1 && !add && (c->kh - 1) * c->dh >= c->top && (c->kw - 1) * c->dw >= c->left)
    return turned(c, dy, w, dx, e);
  Depth d = {.c = c,
             .k = conv_kernels(dx->dtype),
             .size = (int64_t)dtype_size[dx->dtype],
             .dy = dy->data,
             .w = w->data,
             .dx = dx->data,
             .add = add};
  parallel_for(c->N * c->H, rows_at_once(c->W, c->C), dx_rows, &d);
  return true;
}

static void dw_chunks(void *context, int64_t begin, int64_t end) {
  const Depth *d = context;
  const Conv *c = d->c;
  const void *x[MOST_TAPS];
  const DepthRow row = depth_row(c, d->w, NULL, x);
  int64_t R = c->N * c->OH;
  for (int64_t k = begin; k < end; k++)
    for (int64_t r = k * d->rows; r < (k + 1) * d->rows && r < R; r++) {
      look(d, r, x);
      d->k->depth_dw(&row, d->dy + r * c->OW * c->C * d->size, d->dw + k * c->kh * c->kw * c->C * d->size);
    }
}

bool depth_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  if (!small_kernel(c, e)) return false;
  Depth d = {.c = c,
             .k = conv_kernels(x->dtype),
             .size = (int64_t)dtype_size[x->dtype],
             .x = x->data,
             .dy = dy->data};
  int64_t R = c->N * c->OH;
  d.rows = (R + CHUNKS - 1) / CHUNKS;
  d.chunks = (R + d.rows - 1) / d.rows;
  Scratch s;
  if (!scratch_take(&s, d.chunks * dw->n * d.size, true, e)) return false;
  d.dw = s.at;
  parallel_for(d.chunks, 1, dw_chunks, &d);
  if (!add) tensor_fill(dw, 0);
  for (int64_t k = 0; k < d.chunks; k++)
    nn_kernels(x->dtype)->row_add(dw->n, dw->data, s.at + k * dw->n * d.size);
  scratch_give(&s);
  return true;
}
