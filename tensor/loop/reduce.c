/* reduce.c: see reduce.h.  Every case comes down to x as [outer, R, inner], reduced over R, or several such parts: as it
 * lies when the reduced dimensions are neighbours in memory, also apart, or two groups of them, else after one copy that
 * moves them last. */
#include "reduce.h"

#include "kernel.h"
#include "mem.h"
#include "parallel.h"
#include "pointwise.h"

#include <math.h>
#include <string.h>

enum {
  ROW_BLOCK = 65536,
  COLUMN_BLOCK = 2048,
  COLUMN_TILE = 256
}; /* elements of a long row, rows of a tall column, columns beside each other: one task each */

typedef struct Reduction {
  enum ReduceKind kind;
  const Kernels *k;
  ReduceLayout at;
  int64_t blocks, cuts, tiles; /* of one result; of one part's R; of inner      */
  unsigned char *y;            /* column results: partial [outer, blocks, inner] in real   */
  double *row;                 /* row results of several blocks: [outer, blocks]           */
  Tensor *to;                  /* row results of one block                                 */
  bool add;
} Reduction;

static void put(Tensor *y, int64_t i, double v, bool add) {
  tensor_set_real(y, i, add ? tensor_real(y, i) + v : v);
}

/* Task t, in the order of memory: where it reads, and at which [outer, blocks] its result goes. */
typedef struct Task {
  int64_t o, p, cut, to;
} Task;
static Task task_of(const Reduction *j, int64_t t) {
  if (j->blocks == 1) return (Task){.o = t, .to = t};
  Task k = {.cut = t % j->cuts};
  t /= j->cuts;
  const int64_t run = j->at.run, parts = j->at.parts;
  k.p = t / run % parts;
  k.o = t / run / parts * run + t % run;
  k.to = k.o * j->blocks + k.p * j->cuts + k.cut;
  return k;
}

/* Neighbours of one run at once. */
static void row_tasks(void *context, int64_t begin, int64_t end) {
  enum { MANY = 64 };
  const Reduction *j = context;
  double v[MANY];
  for (int64_t t = begin, m; t < end; t += m) {
    const Task k = task_of(j, t);
    const int64_t at = k.cut * ROW_BLOCK, n = j->at.R - at < ROW_BLOCK ? j->at.R - at : ROW_BLOCK;
    m = j->cuts > 1 ? 1 : j->at.run - t % j->at.run;
    if (m > MANY) m = MANY;
    if (m > end - t) m = end - t;
    j->k->reduce->rows[j->kind](m, n, j->at.srun, j->at.sR, v, reduce_at(&j->at, k.o, k.p, at, 0));
    if (!j->row && !j->add) elements_copy(m, j->to->data + k.to * j->at.size, j->to->dtype, 1, v, F64, 1);
    for (int64_t i = 0; i < m && (j->row || j->add); i++)
      if (j->row) j->row[k.to + i * j->blocks] = v[i];
      else put(j->to, k.to + i, v[i], true);
  }
}

static void short_tasks(void *context, int64_t begin, int64_t end) {
  const Reduction *j = context;
  ShortRows x;
  for (int64_t o = begin, m; o < end; o += m) {
    m = reduce_short_rows(&j->at, o, end, &x);
    j->k->reduce->column[j->kind](j->at.R, m, m, (unsigned char *)j->to->data + o * j->at.size, x.bytes);
  }
}

static void column_tasks(void *context, int64_t begin, int64_t end) {
  const Reduction *j = context;
  const int64_t tile = COLUMN_TILE / j->at.apart;
  double buffer[COLUMN_TILE]; /* of either dtype */
  for (int64_t t = begin; t < end; t++) {
    const int64_t c = t % j->tiles * tile;
    const Task k = task_of(j, t / j->tiles);
    const int64_t at = k.cut * COLUMN_BLOCK;
    const int64_t n = j->at.R - at < COLUMN_BLOCK ? j->at.R - at : COLUMN_BLOCK;
    const int64_t wide = j->at.inner - c < tile ? j->at.inner - c : tile, span = (wide - 1) * j->at.apart + 1;
    unsigned char *y = j->y + (k.to * j->at.inner + c) * j->at.size;
    const bool near = j->at.apart == 1;
    j->k->reduce->column[j->kind](n, span, j->at.sR, near ? (void *)y : buffer,
                                  reduce_at(&j->at, k.o, k.p, at, c));
    if (!near) elements_copy(wide, y, j->to->dtype, 1, buffer, j->to->dtype, j->at.apart);
  }
}

static double log_added(double a, double b) {
  const double most = a > b ? a : b;
  if (a != a || b != b || isinf(most)) return a != a ? a : most;
  return most + log(exp(a - most) + exp(b - most));
}

static double join(enum ReduceKind kind, double a, double b) {
  switch (kind) {
  case R_PROD: return a * b;
  case R_MAX: return a > b || a != a ? a : b;
  case R_MIN: return a < b || a != a ? a : b;
  case R_LOGSUMEXP: return log_added(a, b);
  default: return a + b;
  }
}

/* Extremes are the same either way; a row's logsumexp is that of columns however many stand beside it. */
static bool goes_short(const Reduction *j) {
  if (j->add) return false;
  if (j->kind == R_LOGSUMEXP) return reduce_is_short(&j->at);
  return (j->kind == R_MAX || j->kind == R_MIN) && reduce_pays_short(&j->at);
}

static bool reduce_rows(Reduction *j, Err *e) {
  double few[16];
  if (goes_short(j)) {
    parallel_for(j->at.outer, 1 + GRAIN / j->at.R, short_tasks, j);
    return true;
  }
  j->cuts = j->at.R > ROW_BLOCK ? (j->at.R + ROW_BLOCK - 1) / ROW_BLOCK : 1;
  j->blocks = j->cuts * j->at.parts;
  int64_t n = j->at.outer * j->blocks;
  size_t bytes = (size_t)n * sizeof *j->row;
  if (j->blocks > 1 && !(j->row = n <= 16 ? few : mem_alloc(bytes)))
    return err_set(e, "out of memory for a reduction");
  parallel_for(n, 1 + GRAIN / (j->at.R + 1), row_tasks, j);
  for (int64_t o = 0; j->row && o < j->at.outer; o++) {
    double v = j->row[o * j->blocks];
    for (int64_t b = 1; b < j->blocks; b++) v = join(j->kind, v, j->row[o * j->blocks + b]);
    put(j->to, o, v, j->add);
  }
  if (j->row && j->row != few) mem_free(j->row, bytes);
  return true;
}

static bool reduce_columns(Reduction *j, Tensor *y, bool add, Err *e) {
  j->cuts = j->at.R > COLUMN_BLOCK ? (j->at.R + COLUMN_BLOCK - 1) / COLUMN_BLOCK : 1;
  j->blocks = j->cuts * j->at.parts;
  bool direct = j->blocks == 1 && !add;
  size_t bytes = (size_t)(j->at.outer * j->blocks * j->at.inner * j->at.size);
  j->y = direct ? y->data : mem_alloc(bytes);
  if (!j->y) return err_set(e, "out of memory for a reduction");
  const int64_t tile = COLUMN_TILE / j->at.apart;
  j->tiles = (j->at.inner + tile - 1) / tile;
  const int64_t rows = j->at.R < COLUMN_BLOCK ? j->at.R : COLUMN_BLOCK,
                wide = j->at.inner < tile ? j->at.inner : tile;
  parallel_for(j->at.outer * j->blocks * j->tiles, 1 + GRAIN / (rows * wide * j->at.apart + 1), column_tasks,
               j);
  if (direct) return true;
  const Tensor part = {.dtype = y->dtype, .data = j->y};
  for (int64_t o = 0; o < j->at.outer; o++)
    for (int64_t i = 0; i < j->at.inner; i++) {
      const int64_t first = o * j->blocks * j->at.inner + i;
      double v = tensor_real(&part, first);
      for (int64_t b = 1; b < j->blocks; b++)
        v = join(j->kind, v, tensor_real(&part, first + b * j->at.inner));
      put(y, o * j->at.inner + i, v, add);
    }
  mem_free(j->y, bytes);
  return true;
}

Tensor *reduce_gathered(const Tensor *x, const bool over[DIMS], int64_t *outer, int64_t *inner, Err *e) {
  int64_t shape[DIMS], stride[DIMS];
  int k = 0;
  *outer = *inner = 1;
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < x->nd; i++)
      if (over[i] == (pass == 1)) {
        shape[k] = x->shape[i];
        stride[k++] = x->stride[i];
        *(pass ? inner : outer) *= x->shape[i];
      }
  Tensor *v = tensor_view(x, x->nd, shape, stride, 0, e), *c = v ? tensor_contiguous(v, e) : NULL;
  tensor_release(v);
  return c;
}

/* Dimensions by their strides, greatest first, sizes of 1 left out; -1: one has none, or one below 0. */
static int by_stride(const Tensor *x, int order[DIMS]) {
  int n = 0;
  for (int i = 0; i < x->nd; i++) {
    if (x->shape[i] == 1) continue;
    if (x->stride[i] <= 0) return -1;
    int to = n++;
    for (; to > 0 && x->stride[order[to - 1]] < x->stride[i]; to--) order[to] = order[to - 1];
    order[to] = i;
  }
  return n;
}

/* Neighbours in memory, of one kind, that one stride walks. */
typedef struct Group {
  bool over;
  int64_t size, stride;
} Group;

static int groups_of(const Tensor *x, const bool over[DIMS], bool ordered, Group g[DIMS]) {
  int order[DIMS], last[2] = {-1, -1}, n = by_stride(x, order), k = 0;
  for (int p = 0; p < n; p++) {
    const int i = order[p];
    const bool r = over[i];
    if (i < last[r] && (ordered || !r)) return -1;
    last[r] = i;
    if (k && g[k - 1].over == r && g[k - 1].stride == x->stride[i] * x->shape[i])
      g[k - 1] = (Group){r, g[k - 1].size * x->shape[i], x->stride[i]};
    else g[k++] = (Group){r, x->shape[i], x->stride[i]};
  }
  return n < 0 ? -1 : k;
}

/* Rows shorter than this are copied to be one, rather than taken in parts, or gathered; so are fewer columns apart. */
enum { SHORTEST_PART = 8, SHORTEST_GATHERED = 64, LEAST_APART = 16 };

static bool lies_ready(const Tensor *x, const bool over[DIMS], bool ordered, bool gathers, ReduceLayout *l) {
  Group g[DIMS];
  const int n = groups_of(x, over, ordered, g);
  int k = 0;
  *l = (ReduceLayout){.outer = 1,
                      .run = 1,
                      .parts = 1,
                      .R = 1,
                      .inner = 1,
                      .sR = 1,
                      .apart = 1,
                      .size = (int64_t)dtype_size[x->dtype],
                      .x = x->data};
  if (n < 0 || x->n == 0) return false;
  if (k < n && !g[k].over) {
    l->outer = l->run = g[k].size;
    l->so = l->srun = g[k++].stride;
  }
  if (k + 2 < n && !ordered && g[k].over && !g[k + 1].over && g[k + 2].over) { /* parts of rows */
    l->parts = g[k].size;
    l->sp = g[k].stride;
    l->run = g[k + 1].size;
    l->srun = g[k + 1].stride;
    l->outer *= l->run;
    k += 2;
  }
  if (k < n && g[k].over) {
    l->R = g[k].size;
    l->sR = g[k++].stride;
  }
  if (k < n && !g[k].over &&
      (g[k].stride == 1 || (g[k].stride <= REDUCE_APART && g[k].size >= LEAST_APART))) {
    l->inner = g[k].size;
    l->apart = g[k++].stride;
  }
  const bool near = l->inner > 1 || l->sR == 1 || (gathers && l->R >= SHORTEST_GATHERED);
  return k == n && near && (l->parts == 1 || l->R >= SHORTEST_PART);
}

bool reduce_layout(const Tensor *x, const bool over[DIMS], bool ordered, bool gathers, ReduceLayout *l,
                   Err *e) {
  if (lies_ready(x, over, ordered, gathers, l)) return true;
  *l = (ReduceLayout){.parts = 1, .inner = 1, .sR = 1, .apart = 1, .size = (int64_t)dtype_size[x->dtype]};
  l->moved = reduce_gathered(x, over, &l->outer, &l->R, e);
  l->run = l->outer;
  l->srun = l->R;
  l->x = l->moved ? l->moved->data : NULL;
  return l->moved != NULL;
}

Tensor reduce_shaped(const Tensor *y, const Tensor *x) {
  Tensor shaped = *y;
  shaped.nd = x->nd;
  memcpy(shaped.shape, x->shape, sizeof shaped.shape);
  shape_strides(shaped.nd, shaped.shape, shaped.stride);
  return shaped;
}

/* Over dimensions of 1: of one number each; 0 is added where sums begin with it, which makes -0 of 0. */
static void reduce_single(enum ReduceKind kind, const Tensor *y, const Tensor *x, bool add) {
  Tensor shaped = reduce_shaped(y, x);
  double none = 0;
  const Tensor zero = {.dtype = F64, .n = 1, .data = (unsigned char *)&none};
  const Tensor *sum[2] = {x, &zero}, *square[2] = {x, x};
  switch (kind) {
  case R_SUM:
  case R_LOGSUMEXP: pointwise_map(M_add, &shaped, sum, 2, NULL, add); break;
  case R_SUMSQ: pointwise_map(M_mul, &shaped, square, 2, NULL, add); break;
  case R_SUMABS: pointwise_map(M_abs, &shaped, &x, 1, NULL, add); break;
  default: pointwise_map(M_copy, &shaped, &x, 1, NULL, add);
  }
}

bool reduce_run(enum ReduceKind kind, Tensor *y, const Tensor *x, const bool over[DIMS], bool add, Err *e) {
  if (y->n == 0) return true;
  if (x->n == y->n) {
    reduce_single(kind, y, x, add);
    return true;
  }
  Reduction j = {.kind = kind, .k = kernels(x->dtype), .to = y, .add = add};
  const bool gathers = kind != R_PROD && kind != R_LOGSUMEXP; /* whose kernels do not */
  if (!reduce_layout(x, over, false, gathers, &j.at, e)) return false;
  bool ok = j.at.inner == 1 ? reduce_rows(&j, e) : reduce_columns(&j, y, add, e);
  tensor_release(j.at.moved);
  return ok;
}

/* Of a loose tensor row by row, as if it had been laid already: sums round, and nobody may tell. */
static bool sum_rows_to(Tensor *to, const Tensor *from, bool add, Err *e) {
  Tensor *rows = tensor_clone(from, e);
  const bool ok = rows && reduce_sum_to(to, rows, add, e);
  tensor_release(rows);
  return ok;
}

bool reduce_sum_to(Tensor *to, const Tensor *from, bool add, Err *e) {
  if (from->loose && !tensor_same_shape(to, from)) return sum_rows_to(to, from, add, e);
  bool over[DIMS] = {false}, any = false;
  int shift = from->nd - to->nd;
  for (int i = 0; i < from->nd; i++) {
    over[i] = i < shift || (to->shape[i - shift] == 1 && from->shape[i] != 1);
    any |= over[i];
  }
  if (!any) {
    Tensor shaped = reduce_shaped(to, from); /* leading sizes of 1 may differ */
    pointwise_map(M_copy, &shaped, &from, 1, NULL, add);
    return true;
  }
  if (from->dtype == to->dtype) return reduce_run(R_SUM, to, from, over, add, e);
  Tensor *cast = tensor_cast((Tensor *)(uintptr_t)from, to->dtype, e);
  bool ok = cast && reduce_run(R_SUM, to, cast, over, add, e);
  tensor_release(cast);
  return ok;
}

bool reduce_grad_to(int map, int i, Tensor *dx, const Tensor *const *x, int nx, const double *p, bool add,
                    Err *e) {
  if (tensor_same_shape(dx, x[0])) {
    pointwise_grad(map, i, dx, x, nx, p, add);
    return true;
  }
  if (map_rows[map].reads[i] == READ_PASS) return reduce_sum_to(dx, x[0], add, e);
  Tensor *full = tensor_new(dx->dtype, x[0]->nd, x[0]->shape, e);
  if (!full) return false;
  pointwise_grad(map, i, full, x, nx, p, false);
  bool ok = reduce_sum_to(dx, full, add, e);
  tensor_release(full);
  return ok;
}
