/* op_pool.c: pooling of x [N,T,C], [N,H,W,C] or [N,D,H,W,C] over windows: of a fixed size and step, or (adaptive)
 * as many as wanted: window i of n over a side of H is floor(i H / n) to ceil((i + 1) H / n) - 1.
 *
 * A window that lies in the border alone has no greatest element: -inf, without a gradient. */
#include "mem.h"
#include "nn_kernel.h"
#include "op.h"
#include "parallel.h"
#include "pool_kernel.h"
#include "sizes.h"

#include <math.h>

/* Op.flavour: AVG or not, ADAPTIVE or not, sequences, volumes, or pictures */
enum { MAX = 0, AVG = 1, ADAPTIVE = 2, SEQUENCES = 4, VOLUMES = 8 };

#define pool_ROWS                                                                                            \
  (INTS, kernel, OP_REQUIRED, "window, one number or one for each dimension"),                               \
      (INTS, stride, OP_NONE, "step; the window's size"),                                                    \
      (INTS, padding, OP_NONE, "border, or both ends of each dimension; 0"),                                 \
      (BOOL, ceil_mode, false, "a last window may reach over the edge")
#define DILATION (INTS, dilation, OP_NONE, "distance of a window's elements; 1")
COMMON(pool)
PARAMS_ON(pool, max_pool, DILATION, (BOOL, indices, false, "gives the places too, counted over the picture"))
PARAMS_ON(pool, avg_pool, (BOOL, count_include_pad, true, "zeros of the border count in the mean"),
          (INT, divisor, OP_NONE, "divides the sum, instead of the count"), DILATION)
PARAMS(adaptive_pool2d, (INTS, size, OP_REQUIRED, "size of the result, one number or {y, x}"))

typedef struct Axis {
  int64_t in, out, k, stride, dilation, before, after;
} Axis;

typedef struct Pool {
  int64_t N, C, divisor; /* divisor 0: the count */
  Axis a[3];             /* depth, height, width */
  bool count_pad, adaptive;
} Pool;

static bool is_max(const OpCall *c) { return !(c->op->flavour & AVG); }
static int dims_of(const OpCall *c) {
  return c->op->flavour & SEQUENCES ? 1 : c->op->flavour & VOLUMES ? 3 : 2;
}
static bool wants_places(const OpCall *c) {
  return is_max(c) && !(c->op->flavour & ADAPTIVE) && PARAM(max_pool, c)->indices;
}

static bool border(const OpCall *c, const IntList *list, int i, int n, Axis *a, Err *e) {
  const bool both = list->n == 2 * n;
  if (!both && !op_number(c, "padding", list, i, n, 0, 0, &a->before, e)) return false;
  a->after = a->before;
  if (both) {
    a->before = list->v[2 * i];
    a->after = list->v[2 * i + 1];
    const int64_t extent = (a->k - 1) * a->dilation + 1;
    if (a->before < 0 || a->after < 0 || a->before >= extent || a->after >= extent)
      return err_set(e, "%s: padding must be from 0 on and less than the window's %lld", c->op->name,
                     (long long)extent);
  } else if (2 * a->before > a->k)
    return err_set(e, "%s: padding must be at most half the kernel", c->op->name);
  return true;
}

static void out_size(Axis *a, bool ceil_mode) {
  const int64_t span = a->in + a->before + a->after - ((a->k - 1) * a->dilation + 1);
  const int64_t last =
      ceil_mode ? span + a->stride - 1 : span; /* a kernel larger than the side may reach over it */
  a->out = last < 0 ? 0 : last / a->stride + 1;
  if (ceil_mode && (a->out - 1) * a->stride >= a->in + a->before)
    a->out--; /* the last window begins inside */
}

static bool want_image(const OpCall *c, Err *e) {
  char text[TEXT];
  static const char *const layout[] = {"", "[N,T,C]", "[N,H,W,C]", "[N,D,H,W,C]"};
  const Tensor *x = c->x[0];
  if (!dtype_is_float(x->dtype) || x->nd != dims_of(c) + 2)
    return err_set(e, "%s: x must be a float %s, got %s", c->op->name, layout[dims_of(c)],
                   tensor_text(text, x));
  return true;
}

static bool adaptive_axis(const OpCall *c, int i, Axis *a, Err *e) {
  char text[TEXT];
  if (!op_number(c, "size", &PARAM(adaptive_pool2d, c)->size, i, 2, 1, 1, &a->out, e)) return false;
  if (a->in < 1) return err_set(e, "%s: nothing to pool in %s", c->op->name, tensor_text(text, c->x[0]));
  a->k += a->in / a->out; /* for the grain only */
  return true;
}

static bool axis_of(const OpCall *c, int i, Axis *a, Err *e) {
  const struct pool_params *p = PARAM(pool, c);
  const IntList *dilation = is_max(c) ? &PARAM(max_pool, c)->dilation : &PARAM(avg_pool, c)->dilation;
  const int n = dims_of(c);
  char text[TEXT];
  if (!op_number(c, "kernel", &p->kernel, i, n, 1, 1, &a->k, e) ||
      !op_number(c, "stride", &p->stride, i, n, 1, a->k, &a->stride, e) ||
      !op_number(c, "dilation", dilation, i, n, 1, 1, &a->dilation, e) || !border(c, &p->padding, i, n, a, e))
    return false;
  out_size(a, p->ceil_mode);
  if (a->out < 1)
    return err_set(e, "%s: kernel %lld%s is larger than x %s", c->op->name, (long long)a->k,
                   a->dilation > 1 ? " (dilated)" : "", tensor_text(text, c->x[0]));
  return true;
}

static bool geometry(const OpCall *c, Pool *g, Err *e) {
  const Tensor *x = c->x[0];
  if (!want_image(c, e)) return false;
  const int n = dims_of(c);
  *g = (Pool){.N = x->shape[0], .C = x->shape[n + 1], .adaptive = c->op->flavour & ADAPTIVE};
  for (int i = 0; i < 3; i++) g->a[i] = (Axis){1, 1, 1, 1, 1, 0, 0};
  for (int i = 0; i < n; i++) {
    Axis *a = &g->a[3 - n + i];
    a->in = x->shape[i + 1];
    if (!(g->adaptive ? adaptive_axis(c, i, a, e) : axis_of(c, i, a, e))) return false;
  }
  if (is_max(c) || g->adaptive) return true;
  const struct avg_pool_params *p = PARAM(avg_pool, c);
  g->count_pad = p->count_include_pad;
  g->divisor = op_given(p->divisor) ? p->divisor : 0;
  if (op_given(p->divisor) && p->divisor == 0) return err_set(e, "%s: divisor must not be 0", c->op->name);
  return true;
}

static bool pool_shape(OpCall *c, Err *e) {
  Pool g;
  if (!geometry(c, &g, e)) return false;
  const int n = dims_of(c);
  int64_t shape[5] = {g.N};
  for (int i = 0; i < n; i++) shape[i + 1] = g.a[3 - n + i].out;
  shape[n + 1] = g.C;
  if (!op_output(c, 0, c->x[0]->dtype, n + 2, shape, e)) return false;
  if (wants_places(c) && !op_output(c, 1, I64, n + 2, shape, e)) return false;
  if (is_max(c) && (!c->no_record || wants_places(c)) && !tensor_is_meta(c->x[0]) &&
      !(c->save[0] = tensor_new(I32, n + 2, shape, e)))
    return false;
  return true;
}

typedef struct Pooling {
  Pool g;
  const Tensor *x, *y; /* contiguous */
  Tensor *dx;
  bool max;
  int32_t *index;  /* max: the number of the winning pixel, -1 for none; NULL: nobody asks */
  struct Run *run; /* of every row */
  int64_t runs;
} Pooling;

/* The elements of window o along an axis that are inside: from `first`, n of them; area: those that count. */
typedef struct Side {
  int64_t first, n, area;
} Side;

static int64_t up(int64_t a, int64_t by) { return a <= 0 ? 0 : by == 1 ? a : (a + by - 1) / by; }
static Side side_of(const Pool *g, const Axis *a, int64_t o) {
  if (g->adaptive) {
    const int64_t from = o * a->in / a->out, n = ((o + 1) * a->in + a->out - 1) / a->out - from;
    return (Side){from, n, n};
  }
  const int64_t start = o * a->stride - a->before, t = up(-start, a->dilation);
  const int64_t end = least(a->k, up(a->in - start, a->dilation)), n = end > t ? end - t : 0;
  return (Side){start + t * a->dilation, n,
                g->count_pad ? least(a->k, up(a->in + a->after - start, a->dilation)) : n};
}

/* What the windows of row number `row` of an image have in common; `area` of them counts but for the width. */
static PoolWindow row_of(const Pool *g, int64_t row, int64_t *area) {
  const Axis *z = &g->a[0], *y = &g->a[1], *x = &g->a[2];
  const Side deep = side_of(g, z, row / y->out), high = side_of(g, y, row % y->out);
  *area = deep.area * high.area;
  return (PoolWindow){.C = g->C,
                      .n = {deep.n, high.n, 0},
                      .step = {x->in * y->in * z->dilation, x->in * y->dilation, x->dilation},
                      .first = (deep.first * y->in + high.first) * x->in};
}
/* The windows of a row that are alike: from number o on. */
typedef struct Run {
  int64_t o, windows, apart;
  Side side; /* the first one's */
} Run;

static bool joins(const Run *r, const Side *s) {
  return s->n == r->side.n && s->area == r->side.area &&
         (r->windows == 1 || s->first == r->side.first + r->windows * r->apart);
}
static int64_t runs_of(const Pool *g, Run *run) {
  int64_t n = 0;
  for (int64_t o = 0; o < g->a[2].out; o++) {
    const Side s = side_of(g, &g->a[2], o);
    Run *last = n ? &run[n - 1] : NULL;
    if (last && joins(last, &s)) last->apart = (s.first - last->side.first) / last->windows++;
    else run[n++] = (Run){o, 1, 0, s};
  }
  return n;
}

static PoolWindow windows_of(const Pool *g, const PoolWindow *row, const Run *r, int64_t *area) {
  PoolWindow w = *row;
  w.n[2] = r->side.n;
  w.first += r->side.first;
  w.windows = r->windows;
  w.apart = r->apart;
  *area = g->divisor ? g->divisor : *area * r->side.area;
  return w;
}

static bool is_empty(const PoolWindow *w) { return w->n[0] == 0 || w->n[1] == 0 || w->n[2] == 0; }
static int64_t pixels(const Pool *g) { return g->a[0].in * g->a[1].in * g->a[2].in; }
static int64_t rows(const Pool *g) { return g->a[0].out * g->a[1].out; }
static const PoolKernels *kernels_of(const Tensor *x) { return nn_kernels(x->dtype)->pool; }

static void nothing(const Pooling *j, int64_t o, int64_t windows) { /* of empty ones */
  for (int64_t i = o * j->g.C; i < (o + windows) * j->g.C; i++) {
    tensor_set((Tensor *)(uintptr_t)j->y, i, j->max ? -INFINITY : 0);
    if (j->index) j->index[i] = -1;
  }
}

static void forward_rows(void *context, int64_t begin, int64_t end) {
  const Pooling *j = context;
  const Pool *g = &j->g;
  const PoolKernels *k = kernels_of(j->x);
  const int64_t pixel = g->C * (int64_t)dtype_size[j->x->dtype], W = g->a[2].out;
  for (int64_t row = begin; row < end; row++) {
    int64_t part;
    const PoolWindow r = row_of(g, row % rows(g), &part);
    for (const Run *run = j->run; run < j->run + j->runs; run++) {
      int64_t area = part;
      const PoolWindow w = windows_of(g, &r, run, &area);
      const int64_t o = row * W + run->o;
      const unsigned char *x = j->x->data + (row / rows(g) * pixels(g) + w.first) * pixel;
      if (is_empty(&w)) nothing(j, o, w.windows);
      else if (j->max) k->max(&w, x, j->y->data + o * pixel, j->index ? j->index + o * g->C : NULL);
      else k->sum(&w, x, j->y->data + o * pixel, 1.0 / (double)area);
    }
  }
}

static void backward_images(void *context, int64_t begin, int64_t end) {
  const Pooling *j = context;
  const Pool *g = &j->g;
  const PoolKernels *k = kernels_of(j->dx);
  const int64_t pixel = g->C * (int64_t)dtype_size[j->dx->dtype], W = g->a[2].out;
  for (int64_t row = begin * rows(g); row < end * rows(g); row++) {
    int64_t part;
    const PoolWindow r = row_of(g, row % rows(g), &part);
    for (const Run *run = j->run; run < j->run + j->runs; run++) {
      int64_t area = part;
      const PoolWindow w = windows_of(g, &r, run, &area);
      const int64_t o = row * W + run->o;
      unsigned char *dx = j->dx->data + (row / rows(g) * pixels(g) + w.first) * pixel;
      if (is_empty(&w)) continue;
      if (j->index) k->max_grad(&w, dx, j->y->data + o * pixel, j->index + o * g->C);
      else k->sum_grad(&w, dx, j->y->data + o * pixel, 1.0 / (double)area);
    }
  }
}

static bool prepare(Pooling *j, const OpCall *c, Err *e) {
  if (!geometry(c, &j->g, e)) return false;
  j->run = mem_alloc((size_t)(j->g.a[2].out + 1) * sizeof *j->run);
  if (!j->run) return err_set(e, "%s: out of memory", c->op->name);
  j->runs = runs_of(&j->g, j->run);
  return true;
}
static void release(Pooling *j, const Tensor *ours) {
  tensor_release((Tensor *)(uintptr_t)ours);
  if (j->run) mem_free(j->run, (size_t)(j->g.a[2].out + 1) * sizeof *j->run);
}

static bool pool_forward(OpCall *c, Err *e) {
  Pooling j = {.x = tensor_contiguous(c->x[0], e), .y = c->y[0], .max = is_max(c)};
  if (!j.x) return false;
  const bool ok = prepare(&j, c, e);
  if (c->save[0]) j.index = c->save[0]->data;
  const int64_t work = j.g.a[2].out * j.g.C * j.g.a[0].k * j.g.a[1].k * j.g.a[2].k;
  if (ok && c->y[0]->n) parallel_for(j.g.N * rows(&j.g), 1 + GRAIN / (work + 1), forward_rows, &j);
  for (int64_t i = 0; ok && wants_places(c) && i < c->y[1]->n; i++)
    ((int64_t *)c->y[1]->data)[i] = (int64_t)j.index[i] + 1;
  release(&j, j.x);
  return ok;
}

static bool pool_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Pooling j = {.y = tensor_contiguous(dy[0], e), .dx = dx[0]};
  if (!j.y) return false;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  const bool ok = prepare(&j, c, e);
  if (is_max(c)) j.index = c->save[0]->data;
  if (ok) parallel_for(j.g.N, 1, backward_images, &j);
  release(&j, j.y);
  return ok;
}

/* clang-format off */
const Op op_max_pool2d = {
    .name = "max_pool2d", .where = "n", .eq = "y = the greatest of each window",
    .doc = "max pooling of x [N,H,W,C]", .in = {"x"},
    .param = TAKES(max_pool),
    .saves = 0, .flavour = MAX,
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward,
    .check = {{1, {{4, {2, 4, 6, 3}}}, .args = "kernel=2"},
              {1, {{4, {1, 5, 5, 2}}}, .args = "kernel=3, stride=2, padding=1"},
              {1, {{4, {1, 5, 4, 2}}}, .args = "kernel={2,3}, stride=2, ceil_mode=true"},
              {1, {{4, {1, 7, 6, 2}}}, .args = "kernel=3, stride=1, padding={1,0,2,1}, dilation=2"}},
    .example = "print(nn.max_pool2d{tensor.randn(1, 4, 4, 2), kernel=2})",
    .see = "avg_pool2d"};
const Op op_avg_pool2d = {
    .name = "avg_pool2d", .where = "n", .eq = "y = the mean of each window",
    .doc = "average pooling of x [N,H,W,C]", .in = {"x"},
    .param = TAKES(avg_pool),
    .saves = 0, .flavour = AVG,
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward,
    .check = {{1, {{4, {2, 4, 6, 3}}}, .args = "kernel=2"},
              {1, {{4, {1, 5, 5, 2}}}, .args = "kernel=3, stride=2, padding=1"},
              {1, {{4, {1, 5, 4, 2}}},
               .args = "kernel=3, stride=2, padding=1, count_include_pad=false, ceil_mode=true"},
              {1, {{4, {1, 6, 7, 2}}}, .args = "kernel=2, stride=1, dilation=3, divisor=3"}},
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
#define POOL_OP(kind, extra) \
    .in = {"x"}, .param = TAKES(kind##_pool), .flavour = extra, \
    .shape = pool_shape, .forward = pool_forward, .backward = pool_backward
const Op op_max_pool1d = {
    .name = "max_pool1d", .where = "n", .eq = "y = the greatest of each window",
    .doc = "max pooling of x [N,T,C]", POOL_OP(max, MAX | SEQUENCES),
    .check = {{1, {{3, {2, 7, 3}}}, .args = "kernel=2"},
              {1, {{3, {1, 8, 2}}}, .args = "kernel=3, stride=2, padding={2,0}, dilation=2"}},
    .example = "print(nn.max_pool1d{tensor.randn(1, 6, 2), kernel=2})",
    .see = "avg_pool1d, max_pool2d"};
const Op op_avg_pool1d = {
    .name = "avg_pool1d", .where = "n", .eq = "y = the mean of each window",
    .doc = "average pooling of x [N,T,C]", POOL_OP(avg, AVG | SEQUENCES),
    .check = {{1, {{3, {2, 7, 3}}}, .args = "kernel=2"},
              {1, {{3, {1, 6, 2}}}, .args = "kernel=3, stride=2, padding=1, ceil_mode=true"}},
    .example = "print(nn.avg_pool1d{tensor.randn(1, 6, 2), kernel=2})",
    .see = "max_pool1d, avg_pool2d"};
const Op op_max_pool3d = {
    .name = "max_pool3d", .where = "n", .eq = "y = the greatest of each window",
    .doc = "max pooling of x [N,D,H,W,C]", POOL_OP(max, MAX | VOLUMES),
    .check = {{1, {{5, {2, 4, 4, 3, 2}}}, .args = "kernel=2, stride=1"},
              {1, {{5, {1, 5, 4, 5, 1}}},
               .args = "kernel={3,2,2}, stride=2, padding={1,1,0}, dilation={2,1,1}"}},
    .example = "print(nn.max_pool3d{tensor.randn(1, 4, 4, 4, 2), kernel=2})",
    .see = "avg_pool3d, max_pool2d, conv3d"};
const Op op_avg_pool3d = {
    .name = "avg_pool3d", .where = "n", .eq = "y = the mean of each window",
    .doc = "average pooling of x [N,D,H,W,C]", POOL_OP(avg, AVG | VOLUMES),
    .check = {{1, {{5, {2, 4, 4, 3, 2}}}, .args = "kernel=2, stride=1"},
              {1, {{5, {1, 5, 4, 3, 1}}}, .args = "kernel=3, stride=2, padding=1, count_include_pad=false"}},
    .example = "print(nn.avg_pool3d{tensor.randn(1, 4, 4, 4, 2), kernel=2})",
    .see = "max_pool3d, avg_pool2d"};
