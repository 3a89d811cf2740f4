/* op_pool.c: pooling of x [N,H,W,C] over windows: of a fixed size and step, or (adaptive) as many as wanted:
 * window i of n over a side of H is floor(i H / n) to ceil((i + 1) H / n) - 1. */
#include "nn_kernel.h"
#include "op.h"
#include "parallel.h"
#include "pool_kernel.h"

enum { MAX = 0, AVG = 1, ADAPTIVE = 2 }; /* Op.flavour: AVG or not, ADAPTIVE or not */

#define WINDOW                                                                                               \
  (INTS, kernel, OP_REQUIRED, "window, one number or {y, x}"),                                               \
      (INTS, stride, OP_NONE, "step; the window's size"), (INTS, padding, OP_NONE, "border; 0"),             \
      (BOOL, ceil_mode, false, "a last window may reach over the edge")
PARAMS(max_pool2d, WINDOW)
PARAMS(avg_pool2d, WINDOW, (BOOL, count_include_pad, true, "zeros of the border count in the mean"))
PARAMS(adaptive_pool2d, (INTS, size, OP_REQUIRED, "size of the result, one number or {y, x}"))

typedef struct Pool {
  int64_t N, H, W, C, OH, OW, kh, kw, sh, sw, ph, pw;
  bool count_pad, adaptive;
} Pool;

static bool is_max(const OpCall *c) { return !(c->op->flavour & AVG); }

static bool pair(const OpCall *c, const char *name, const IntList *list, int64_t least, int64_t defy,
                 int64_t defx, int64_t *a, int64_t *b, Err *e) {
  *a = list->n > 0 ? list->v[0] : defy;
  *b = list->n > 1 ? list->v[1] : list->n > 0 ? *a : defx;
  if (*a >= least && *b >= least && list->n <= 2) return true;
  return err_set(e, "%s: %s must be one or two whole numbers from %lld on", c->op->name, name,
                 (long long)least);
}

static int64_t out_size(int64_t in, int64_t k, int64_t s, int64_t p, bool ceil_mode) {
  int64_t span = in + 2 * p - k;
  if (span < 0) return 0;
  int64_t n = (ceil_mode ? span + s - 1 : span) / s + 1;
  return ceil_mode && (n - 1) * s >= in + p ? n - 1 : n; /* the last window begins inside */
}

static bool want_image(const OpCall *c, Err *e) {
  char text[TEXT];
  const Tensor *x = c->x[0];
  if (!dtype_is_float(x->dtype) || x->nd != 4)
    return err_set(e, "%s: x must be a float [N,H,W,C], got %s", c->op->name, tensor_text(text, x));
  return true;
}

static bool geometry(const OpCall *c, Pool *g, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (!want_image(c, e)) return false;
  *g = (Pool){.N = x->shape[0], .H = x->shape[1], .W = x->shape[2], .C = x->shape[3]};
  g->adaptive = c->op->flavour & ADAPTIVE;
  if (g->adaptive) {
    g->kh = g->kw = 1; /* for the grain only */
    if (!pair(c, "size", &PARAM(adaptive_pool2d, c)->size, 1, 1, 1, &g->OH, &g->OW, e)) return false;
    if (g->H < 1 || g->W < 1)
      return err_set(e, "%s: nothing to pool in %s", c->op->name, tensor_text(text, x));
    g->kh += g->H / g->OH;
    g->kw += g->W / g->OW;
    return true;
  }
  const struct max_pool2d_params *p = PARAM(max_pool2d, c); /* avg_pool2d's are these and one more */
  if (!pair(c, "kernel", &p->kernel, 1, 1, 1, &g->kh, &g->kw, e) ||
      !pair(c, "stride", &p->stride, 1, g->kh, g->kw, &g->sh, &g->sw, e) ||
      !pair(c, "padding", &p->padding, 0, 0, 0, &g->ph, &g->pw, e))
    return false;
  if (2 * g->ph > g->kh || 2 * g->pw > g->kw)
    return err_set(e, "%s: padding must be at most half the kernel", c->op->name);
  g->OH = out_size(g->H, g->kh, g->sh, g->ph, p->ceil_mode);
  g->OW = out_size(g->W, g->kw, g->sw, g->pw, p->ceil_mode);
  g->count_pad = !is_max(c) && PARAM(avg_pool2d, c)->count_include_pad;
  if (g->OH < 1 || g->OW < 1)
    return err_set(e, "%s: kernel %lldx%lld is larger than x %s", c->op->name, (long long)g->kh,
                   (long long)g->kw, tensor_text(text, x));
  return true;
}

static bool pool_shape(OpCall *c, Err *e) {
  Pool g;
  if (!geometry(c, &g, e)) return false;
  int64_t shape[] = {g.N, g.OH, g.OW, g.C};
  if (!op_output(c, 0, c->x[0]->dtype, 4, shape, e)) return false;
  if (is_max(c) && !c->no_record && !tensor_is_meta(c->x[0]) && !(c->save[0] = tensor_new(I32, 4, shape, e)))
    return false;
  return true;
}

typedef struct Pooling {
  Pool g;
  const Tensor *x, *y; /* contiguous */
  Tensor *dx;
  bool max;
  int32_t *index; /* max: the winning pixel iy * W + ix; NULL: nobody asks */
} Pooling;

typedef struct Window {
  int64_t y0, y1, x0, x1, area;
} Window;

static Window window_of(const Pool *g, int64_t oy, int64_t ox) {
  if (g->adaptive) {
    Window a = {oy * g->H / g->OH, ((oy + 1) * g->H + g->OH - 1) / g->OH, ox * g->W / g->OW,
                ((ox + 1) * g->W + g->OW - 1) / g->OW, 0};
    a.area = (a.y1 - a.y0) * (a.x1 - a.x0);
    return a;
  }
  int64_t y = oy * g->sh - g->ph, x = ox * g->sw - g->pw;
  Window w = {y < 0 ? 0 : y, y + g->kh > g->H ? g->H : y + g->kh, x < 0 ? 0 : x,
              x + g->kw > g->W ? g->W : x + g->kw, 0};
  int64_t ye = y + g->kh > g->H + g->ph ? g->H + g->ph : y + g->kh,
          xe = x + g->kw > g->W + g->pw ? g->W + g->pw : x + g->kw;
  w.area = g->count_pad ? (ye - y) * (xe - x) : (w.y1 - w.y0) * (w.x1 - w.x0);
  return w;
}

static PoolWindow pixels_of(const Pool *g, const Window *w) {
  return (PoolWindow){g->C, g->W, w->y1 - w->y0, w->x1 - w->x0, (int32_t)(w->y0 * g->W + w->x0)};
}
static const PoolKernels *kernels_of(const Tensor *x) { return nn_kernels(x->dtype)->pool; }

static void forward_rows(void *context, int64_t begin, int64_t end) {
  const Pooling *j = context;
  const Pool *g = &j->g;
  const PoolKernels *k = kernels_of(j->x);
  const int64_t pixel = g->C * (int64_t)dtype_size[j->x->dtype];
  for (int64_t row = begin; row < end; row++)
    for (int64_t ox = 0; ox < g->OW; ox++) {
      Window w = window_of(g, row % g->OH, ox);
      PoolWindow p = pixels_of(g, &w);
      const unsigned char *x = j->x->data + (row / g->OH * g->H * g->W + p.first) * pixel;
      int64_t o = row * g->OW + ox;
      if (j->max) k->max(&p, x, j->y->data + o * pixel, j->index ? j->index + o * g->C : NULL);
      else k->sum(&p, x, j->y->data + o * pixel, 1.0 / (double)w.area);
    }
}

static void backward_images(void *context, int64_t begin, int64_t end) {
  const Pooling *j = context;
  const Pool *g = &j->g;
  const PoolKernels *k = kernels_of(j->dx);
  const int64_t pixel = g->C * (int64_t)dtype_size[j->dx->dtype], P = g->OH * g->OW;
  for (int64_t i = begin * P; i < end * P; i++) {
    Window w = window_of(g, i % P / g->OW, i % g->OW);
    PoolWindow p = pixels_of(g, &w);
    unsigned char *dx = j->dx->data + (i / P * g->H * g->W + p.first) * pixel;
    if (j->index) k->max_grad(&p, dx, j->y->data + i * pixel, j->index + i * g->C);
    else k->sum_grad(&p, dx, j->y->data + i * pixel, 1.0 / (double)w.area);
  }
}

static bool pool_forward(OpCall *c, Err *e) {
  Pooling j = {.x = tensor_contiguous(c->x[0], e), .y = c->y[0], .max = is_max(c)};
  if (!j.x) return false;
  bool ok = geometry(c, &j.g, e);
  if (c->save[0]) j.index = c->save[0]->data;
  if (ok && c->y[0]->n)
    parallel_for(j.g.N * j.g.OH, 1 + GRAIN / (j.g.OW * j.g.C * j.g.kh * j.g.kw + 1), forward_rows, &j);
  tensor_release((Tensor *)(uintptr_t)j.x);
  return ok;
}

static bool pool_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Pooling j = {.y = tensor_contiguous(dy[0], e), .dx = dx[0]};
  if (!j.y) return false;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  bool ok = geometry(c, &j.g, e);
  if (is_max(c)) j.index = c->save[0]->data;
  if (ok) parallel_for(j.g.N, 1, backward_images, &j);
  tensor_release((Tensor *)(uintptr_t)j.y);
  return ok;
}

/* clang-format off */
const Op op_max_pool2d = {
    .name = "max_pool2d", .where = "n", .eq = "y = the greatest of each window",
    .doc = "max pooling of x [N,H,W,C]", .in = {"x"},
    .param = TAKES(max_pool2d),
    .saves = 0, .flavour = MAX,
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward,
    .check = {{1, {{4, {2, 4, 6, 3}}}, .args = "kernel=2"},
              {1, {{4, {1, 5, 5, 2}}}, .args = "kernel=3, stride=2, padding=1"},
              {1, {{4, {1, 5, 4, 2}}}, .args = "kernel={2,3}, stride=2, ceil_mode=true"}},
    .example = "print(nn.max_pool2d{tensor.randn(1, 4, 4, 2), kernel=2})",
    .see = "avg_pool2d"};
const Op op_avg_pool2d = {
    .name = "avg_pool2d", .where = "n", .eq = "y = the mean of each window",
    .doc = "average pooling of x [N,H,W,C]", .in = {"x"},
    .param = TAKES(avg_pool2d),
    .saves = 0, .flavour = AVG,
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward,
    .check = {{1, {{4, {2, 4, 6, 3}}}, .args = "kernel=2"},
              {1, {{4, {1, 5, 5, 2}}}, .args = "kernel=3, stride=2, padding=1"},
              {1, {{4, {1, 5, 4, 2}}},
               .args = "kernel=3, stride=2, padding=1, count_include_pad=false, ceil_mode=true"}},
    .example = "print(nn.avg_pool2d{tensor.randn(1, 4, 4, 2), kernel=2})",
    .see = "max_pool2d"};
const Op op_adaptive_avg_pool2d = {
    .name = "adaptive_avg_pool2d", .where = "n", .eq = "y = the mean of each of size windows that cover x",
    .doc = "average pooling of x [N,H,W,C] to a given size", .in = {"x"},
    .param = TAKES(adaptive_pool2d),
    .saves = 0, .flavour = AVG | ADAPTIVE,
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward,
    .check = {{1, {{4, {2, 5, 7, 3}}}, .args = "size={2,3}"}, {1, {{4, {1, 3, 2, 2}}}, .args = "size=4"},
              {1, {{4, {2, 4, 6, 1}}}, .args = "size=1"}},
    .example = "print(nn.adaptive_avg_pool2d{tensor.randn(1, 5, 5, 2), size=2})",
    .see = "avg_pool2d, adaptive_max_pool2d"};
const Op op_adaptive_max_pool2d = {
    .name = "adaptive_max_pool2d", .where = "n",
    .eq = "y = the greatest of each of size windows that cover x",
    .doc = "max pooling of x [N,H,W,C] to a given size", .in = {"x"},
    .param = TAKES(adaptive_pool2d),
    .saves = 0, .flavour = MAX | ADAPTIVE,
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward,
    .check = {{1, {{4, {2, 5, 7, 3}}}, .args = "size={2,3}"}, {1, {{4, {1, 3, 2, 2}}}, .args = "size=4"}},
    .example = "print(nn.adaptive_max_pool2d{tensor.randn(1, 5, 5, 2), size=2})",
    .see = "max_pool2d, adaptive_avg_pool2d"};
