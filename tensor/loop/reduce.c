/* reduce.c: see reduce.h.  Every case comes down to x as [outer, R, inner], contiguous, reduced over R: as it
 * lies when the reduced dimensions are neighbours, else after one copy that moves them last. */
#include "reduce.h"

#include "kernel.h"
#include "mem.h"
#include "parallel.h"
#include "pointwise.h"

#include <math.h>
#include <string.h>

enum {
  ROW_BLOCK = 65536,
  COLUMN_BLOCK = 2048
}; /* elements of a long row, rows of a tall column: one task each */

typedef struct Reduction {
  enum ReduceKind kind;
  const Kernels *k;
  int64_t outer, R, inner, size, blocks;
  const unsigned char *x;
  unsigned char *y; /* column results: partial [outer, blocks, inner] in real   */
  double *row;      /* row results: [outer, blocks]                             */
} Reduction;

static void row_tasks(void *context, int64_t begin, int64_t end) {
  const Reduction *j = context;
  for (int64_t t = begin; t < end; t++) {
    int64_t o = t / j->blocks, b = t % j->blocks, at = b * ROW_BLOCK;
    int64_t n = j->R - at < ROW_BLOCK ? j->R - at : ROW_BLOCK;
    j->k->reduce->row[j->kind](n, &j->row[t], j->x + (o * j->R + at) * j->size);
  }
}

static void column_tasks(void *context, int64_t begin, int64_t end) {
  const Reduction *j = context;
  for (int64_t t = begin; t < end; t++) {
    int64_t o = t / j->blocks, b = t % j->blocks, at = b * COLUMN_BLOCK;
    int64_t n = j->R - at < COLUMN_BLOCK ? j->R - at : COLUMN_BLOCK;
    j->k->reduce->column[j->kind](n, j->inner, j->inner, j->y + t * j->inner * j->size,
                                  j->x + (o * j->R + at) * j->inner * j->size);
  }
}

static double join(enum ReduceKind kind, double a, double b) {
  switch (kind) {
  case R_PROD: return a * b;
  case R_MAX: return a > b || a != a ? a : b;
  case R_MIN: return a < b || a != a ? a : b;
  default: return a + b;
  }
}

static void put(Tensor *y, int64_t i, double v, bool add) {
  if (y->dtype == F32) {
    float *p = (float *)y->data + i;
    *p = (float)(add ? (double)*p + v : v);
  } else {
    double *p = (double *)y->data + i;
    *p = add ? *p + v : v;
  }
}

static bool reduce_rows(Reduction *j, Tensor *y, bool add, Err *e) {
  double few[16];
  j->blocks = (j->R + ROW_BLOCK - 1) / ROW_BLOCK;
  if (j->blocks < 1) j->blocks = 1;
  int64_t n = j->outer * j->blocks;
  size_t bytes = (size_t)n * sizeof *j->row;
  j->row = n <= 16 ? few : mem_alloc(bytes);
  if (!j->row) return err_set(e, "out of memory for a reduction");
  parallel_for(n, 1 + GRAIN / (j->R + 1), row_tasks, j);
  for (int64_t o = 0; o < j->outer; o++) {
    double v = j->row[o * j->blocks];
    for (int64_t b = 1; b < j->blocks; b++) v = join(j->kind, v, j->row[o * j->blocks + b]);
    put(y, o, v, add);
  }
  if (j->row != few) mem_free(j->row, bytes);
  return true;
}

static bool reduce_columns(Reduction *j, Tensor *y, bool add, Err *e) {
  j->blocks = (j->R + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
  if (j->blocks < 1) j->blocks = 1;
  bool direct = j->blocks == 1 && !add;
  size_t bytes = (size_t)(j->outer * j->blocks * j->inner * j->size);
  j->y = direct ? y->data : mem_alloc(bytes);
  if (!j->y) return err_set(e, "out of memory for a reduction");
  parallel_for(j->outer * j->blocks, 1 + GRAIN / (j->R * j->inner + 1), column_tasks, j);
  if (direct) return true;
  Tensor part = {.dtype = y->dtype, .n = 1, .data = j->y};
  for (int64_t o = 0; o < j->outer; o++)
    for (int64_t i = 0; i < j->inner; i++) {
      double v = 0;
      for (int64_t b = 0; b < j->blocks; b++) {
        part.data = j->y + ((o * j->blocks + b) * j->inner + i) * j->size;
        v = b ? join(j->kind, v, tensor_get(&part, 0)) : tensor_get(&part, 0);
      }
      put(y, o * j->inner + i, v, add);
    }
  mem_free(j->y, bytes);
  return true;
}

/* Are the reduced dimensions neighbours (sizes of 1 do not count)? */
static bool neighbours(const Tensor *x, const bool over[DIMS], int64_t *outer, int64_t *R, int64_t *inner) {
  int state = 0;
  *outer = *R = *inner = 1;
  for (int i = 0; i < x->nd; i++) {
    if (x->shape[i] == 1) continue;
    if (over[i]) {
      if (state == 2) return false;
      state = 1;
      *R *= x->shape[i];
    } else {
      if (state == 1) state = 2;
      *(state == 0 ? outer : inner) *= x->shape[i];
    }
  }
  return true;
}

/* x with its dimensions in the order of memory, and `over` with them; false where it has gaps or repeats, or where
 * the kept dimensions would change places. */
static bool in_memory_order(const Tensor *x, const bool over[DIMS], Tensor *v, bool v_over[DIMS]) {
  int order[DIMS], kept = -1;
  for (int i = 0; i < x->nd; i++) {
    int k = i;
    for (; k > 0 && x->stride[order[k - 1]] < x->stride[i]; k--) order[k] = order[k - 1];
    order[k] = i;
  }
  *v = *x;
  for (int i = 0; i < x->nd; i++) {
    const int from = order[i];
    v->shape[i] = x->shape[from];
    v->stride[i] = x->stride[from];
    v_over[i] = over[from];
    if (over[from] || x->shape[from] == 1) continue;
    if (from < kept) return false;
    kept = from;
  }
  return tensor_is_contiguous(v);
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

bool reduce_run(enum ReduceKind kind, Tensor *y, const Tensor *x, const bool over[DIMS], bool add, Err *e) {
  if (y->n == 0) return true;
  Reduction j = {.kind = kind, .k = kernels(x->dtype), .size = (int64_t)dtype_size[x->dtype]};
  Tensor *moved = NULL, v;
  bool v_over[DIMS];
  j.inner = 1;
  if (!in_memory_order(x, over, &v, v_over) || !neighbours(&v, v_over, &j.outer, &j.R, &j.inner)) {
    if (!(moved = reduce_gathered(x, over, &j.outer, &j.R, e))) return false;
    j.inner = 1;
  }
  j.x = moved ? moved->data : x->data;
  bool ok = j.inner == 1 ? reduce_rows(&j, y, add, e) : reduce_columns(&j, y, add, e);
  tensor_release(moved);
  return ok;
}

bool reduce_sum_to(Tensor *to, const Tensor *from, bool add, Err *e) {
  bool over[DIMS] = {false}, any = false;
  int shift = from->nd - to->nd;
  for (int i = 0; i < from->nd; i++) {
    over[i] = i < shift || (to->shape[i - shift] == 1 && from->shape[i] != 1);
    any |= over[i];
  }
  if (!any) {
    Tensor shaped = *to; /* leading sizes of 1 may differ */
    shaped.nd = from->nd;
    memcpy(shaped.shape, from->shape, sizeof shaped.shape);
    shape_strides(shaped.nd, shaped.shape, shaped.stride);
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
