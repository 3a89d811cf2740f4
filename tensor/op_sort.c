/* op_sort.c: sort, argsort, topk, cumsum, cumprod: ops over the rows along one dimension. */
#include "op.h"
#include "pointwise.h"
#include "reduce.h"

#include <stdlib.h>
#include <string.h>

enum { DIM = 0, DESCENDING = 1 };         /* sort, argsort */
enum { K = 0, TOP_DIM = 1, LARGEST = 2 }; /* topk          */
enum Kind { SORT, ARGSORT, TOPK };

static int dim_slot(const OpCall *c) { return c->op->kernel == TOPK ? TOP_DIM : DIM; }

static bool sort_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (x->nd == 0 || !op_dim(c, dim_slot(c), x->nd, e))
    return x->nd == 0 ? err_set(e, "%s: x has no dimension", c->op->name) : false;
  int64_t shape[DIMS];
  memcpy(shape, x->shape, sizeof shape);
  int dim = op_int(c, dim_slot(c));
  if (c->op->kernel == TOPK) {
    if (c->p[K] < 0 || c->p[K] > (double)x->shape[dim])
      return err_set(e, "topk: k %g outside 0..%lld (dim %d of %s)", c->p[K], (long long)x->shape[dim],
                     dim + 1, tensor_text(text, x));
    shape[dim] = (int64_t)c->p[K];
  }
  if (c->op->kernel == ARGSORT) return op_output(c, 0, I64, x->nd, shape, e) != NULL;
  return op_output(c, 0, x->dtype, x->nd, shape, e) && op_output(c, 1, I64, x->nd, shape, e);
}

typedef struct Entry {
  double value;
  int64_t at;
} Entry;

/* NaN is greater than all; equal values keep their order. */
static int ascending(const void *p, const void *q) {
  const Entry *a = p, *b = q;
  if (a->value != b->value) {
    bool an = a->value != a->value, bn = b->value != b->value;
    if (an != bn) return an ? 1 : -1;
    if (!an) return a->value < b->value ? -1 : 1;
  }
  return a->at < b->at ? -1 : 1;
}
static int descending(const void *p, const void *q) {
  const Entry *a = p, *b = q;
  if (a->value != b->value) {
    bool an = a->value != a->value, bn = b->value != b->value;
    if (an != bn) return an ? -1 : 1;
    if (!an) return a->value > b->value ? -1 : 1;
  }
  return a->at < b->at ? -1 : 1;
}

/* The k first of n entries in order, at the front: a bounded heap would do; selecting by halves is enough. */
static void order_front(Entry *row, int64_t n, int64_t k, int (*before)(const void *, const void *)) {
  int64_t lo = 0, hi = n;
  while (hi - lo > 64 && k > 0 && k < hi) { /* quickselect: everything of the first k moves to the front */
    Entry pivot = row[lo + (hi - lo) / 2];
    int64_t i = lo, j = hi - 1;
    while (i <= j) {
      while (before(&row[i], &pivot) < 0) i++;
      while (before(&pivot, &row[j]) < 0) j--;
      if (i <= j) {
        Entry t = row[i];
        row[i++] = row[j];
        row[j--] = t;
      }
    }
    if (k <= j + 1 && j + 1 < hi) hi = j + 1;
    else if (k > i && i > lo) lo = i;
    else break;
  }
  qsort(row, (size_t)(k > hi ? k : hi), sizeof *row, before);
}

/* The same for few of many: one pass that keeps the k best so far in order. */
static void scan_front(Entry *best, const Tensor *x, int64_t first, int64_t n, int64_t k, bool down) {
  enum { CHUNK = 1024 };
  int (*before)(const void *, const void *) = down ? descending : ascending;
  double v[CHUNK];
  int64_t have = 0;
  for (int64_t at = 0; at < n; at += CHUNK) {
    int64_t m = n - at < CHUNK ? n - at : CHUNK;
    elements_copy(m, v, F64, 1, x->data + (first + at) * (int64_t)dtype_size[x->dtype], x->dtype, 1);
    for (int64_t i = 0; i < m; i++) {
      if (have == k && (down ? v[i] <= best[k - 1].value : v[i] >= best[k - 1].value)) continue;
      Entry e = {v[i], at + i};
      if (have == k && before(&best[k - 1], &e) < 0) continue;
      int64_t to = have < k ? have++ : k - 1;
      for (; to > 0 && before(&e, &best[to - 1]) < 0; to--) best[to] = best[to - 1];
      best[to] = e;
    }
  }
}

static Tensor *dim_last(const Tensor *t, int dim, Err *e) {
  int64_t shape[DIMS], stride[DIMS];
  int k = 0;
  for (int i = 0; i < t->nd; i++)
    if (i != dim) {
      shape[k] = t->shape[i];
      stride[k++] = t->stride[i];
    }
  shape[k] = t->shape[dim];
  stride[k] = t->stride[dim];
  return tensor_view(t, t->nd, shape, stride, 0, e);
}

static bool sort_forward(OpCall *c, Err *e) {
  int dim = op_int(c, dim_slot(c));
  bool down = c->op->kernel == TOPK ? c->p[LARGEST] != 0 : c->p[DESCENDING] != 0;
  bool over[DIMS] = {false};
  over[dim] = true;
  int64_t outer, n;
  Tensor *x = reduce_gathered(c->x[0], over, &outer, &n, e);
  Tensor *index = c->op->kernel == ARGSORT ? c->y[0] : c->y[1], *iv = x ? dim_last(index, dim, e) : NULL;
  Tensor *vv = iv && c->op->kernel != ARGSORT ? dim_last(c->y[0], dim, e) : NULL;
  int64_t bytes = n * (int64_t)sizeof(Entry), one = bytes > 0 ? bytes : 1;
  Tensor *scratch = iv ? tensor_new(U8, 1, &one, e) : NULL;
  bool ok = scratch && (vv || c->op->kernel == ARGSORT);
  int64_t k = c->op->kernel == TOPK ? (int64_t)c->p[K] : n;
  for (int64_t o = 0; ok && o < outer; o++) {
    Entry *row = (Entry *)(void *)scratch->data;
    if (k > 0 && k <= 64 && k * 8 < n) {
      scan_front(row, x, o * n, n, k, down);
    } else {
      for (int64_t i = 0; i < n; i++) row[i] = (Entry){tensor_get(x, o * n + i), i};
      order_front(row, n, k, down ? descending : ascending);
    }
    for (int64_t i = 0; i < k; i++) {
      tensor_set_int(iv, o * k + i, row[i].at + 1);
      if (vv && dtype_is_float(x->dtype)) tensor_set(vv, o * k + i, row[i].value);
      else if (vv) tensor_set_int(vv, o * k + i, tensor_get_int(x, o * n + row[i].at));
    }
  }
  tensor_release(x);
  tensor_release(iv);
  tensor_release(vv);
  tensor_release(scratch);
  return ok;
}

static bool sort_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  int dim = op_int(c, dim_slot(c));
  Tensor *d = dim_last(dx[0], dim, e), *g = d ? dim_last(dys[0], dim, e) : NULL,
         *at = g ? dim_last(c->y[1], dim, e) : NULL;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  int64_t k = at ? at->shape[at->nd - 1] : 0, n = d ? d->shape[d->nd - 1] : 0;
  for (int64_t i = 0; at && i < at->n; i++) {
    int64_t to = i / k * n + tensor_get_int(at, i) - 1;
    tensor_set(d, to, tensor_get(d, to) + tensor_get(g, i));
  }
  bool ok = at != NULL;
  tensor_release(d);
  tensor_release(g);
  tensor_release(at);
  return ok;
}

/* --- running sums and products ------------------------------------------------------------------------- */

static bool scan_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  if (x->nd == 0) return err_set(e, "%s: x has no dimension", c->op->name);
  if (!op_dim(c, 0, x->nd, e)) return false;
  return op_output(c, 0, dtype_is_float(x->dtype) ? x->dtype : I64, x->nd, x->shape, e) != NULL;
}

static bool scan_forward(OpCall *c, Err *e) {
  Tensor *x = dim_last(c->x[0], op_int(c, 0), e), *y = x ? dim_last(c->y[0], op_int(c, 0), e) : NULL;
  int64_t n = x ? x->shape[x->nd - 1] : 0;
  bool product = c->op->kernel == 1;
  for (int64_t o = 0; y && n && o < x->n / n; o++) {
    double v = product;
    uint64_t w = product;
    for (int64_t i = o * n; i < (o + 1) * n; i++) {
      if (dtype_is_float(x->dtype)) {
        v = product ? v * tensor_get(x, i) : v + tensor_get(x, i);
        tensor_set(y, i, v);
      } else {
        w = product ? w * (uint64_t)tensor_get_int(x, i) : w + (uint64_t)tensor_get_int(x, i);
        tensor_set_int(y, i, (int64_t)w);
      }
    }
  }
  bool ok = y != NULL;
  tensor_release(x);
  tensor_release(y);
  return ok;
}

/* cumsum: dx[i] = sum of dy from i on.  cumprod: dx[i] = sum over k >= i of dy[k] * product of the others up
 * to k. */
static bool scan_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  int dim = op_int(c, 0);
  Tensor *g = dim_last(dys[0], dim, e), *d = g ? dim_last(dx[0], dim, e) : NULL;
  Tensor *x = d && c->op->kernel == 1 ? dim_last(c->x[0], dim, e) : NULL;
  bool ok = d && (x || c->op->kernel == 0);
  int64_t n = ok ? d->shape[d->nd - 1] : 0;
  for (int64_t o = 0; ok && n && o < d->n / n; o++) {
    double run = 0;
    for (int64_t i = (o + 1) * n - 1; i >= o * n; i--) {
      double v;
      if (c->op->kernel == 0) {
        v = run += tensor_get(g, i);
      } else {
        double product = 1;
        v = 0;
        for (int64_t k = o * n; k < i; k++) product *= tensor_get(x, k);
        for (int64_t k = i; k < (o + 1) * n; k++) {
          if (k > i) product *= tensor_get(x, k);
          v += tensor_get(g, k) * product;
        }
      }
      tensor_set(d, i, (add & 1 ? tensor_get(d, i) : 0) + v);
    }
  }
  tensor_release(g);
  tensor_release(d);
  tensor_release(x);
  return ok;
}

/* clang-format off */
const Op op_sort = {
    .name = "sort", .where = "tm", .eq = "y, i = x in order along dim", .doc = "sorts, equal values keep their order; also the old indices", .in = {"x"},
    .param = {{"dim", P_DIM, -1, "dimension", NULL}, {"descending", P_BOOL, 0, "greatest first", NULL}}, .saves = SAVE_Y1, .kernel = SORT,
    .shape = sort_shape, .forward = sort_forward, .backward = sort_backward, .check = {{1, {{2, {3, 4}}}}, {1, {{2, {3, 4}}}, .args = "dim=1, descending=true"}},
    .example = "print(tensor{3, 1, 2}:sort())", .see = "argsort, topk"};
const Op op_argsort = {
    .name = "argsort", .where = "tm", .eq = "i = the order of x along dim", .doc = "indices (from 1) that sort x", .in = {"x"},
    .param = {{"dim", P_DIM, -1, "dimension", NULL}, {"descending", P_BOOL, 0, "greatest first", NULL}}, .flags = OP_NO_GRAD, .kernel = ARGSORT,
    .shape = sort_shape, .forward = sort_forward, .example = "print(tensor{3, 1, 2}:argsort())", .see = "sort"};
const Op op_topk = {
    .name = "topk", .where = "tm", .eq = "y, i = the k greatest of x along dim, in order", .doc = "the k greatest (or least) elements and their indices", .in = {"x"},
    .param = {{"k", P_INT, OP_REQUIRED, "how many", NULL}, {"dim", P_DIM, -1, "dimension", NULL}, {"largest", P_BOOL, 1, "greatest, else least", NULL}},
    .saves = SAVE_Y1, .kernel = TOPK, .shape = sort_shape, .forward = sort_forward, .backward = sort_backward, .check = {{1, {{2, {3, 4}}}, .args = "k=2"}},
    .example = "print(tensor{3, 1, 2}:topk(2))", .see = "sort, max"};
const Op op_cumsum = {
    .name = "cumsum", .where = "tm", .eq = "y[i] = x[1] + ... + x[i] along dim", .doc = "running sum; integers exactly in i64", .in = {"x"},
    .param = {{"dim", P_DIM, 1, "dimension", NULL}}, .kernel = 0, .shape = scan_shape, .forward = scan_forward, .backward = scan_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "dim=2"}}, .example = "print(tensor{1, 2, 3}:cumsum(1))", .see = "sum, cumprod"};
const Op op_cumprod = {
    .name = "cumprod", .where = "tm", .eq = "y[i] = x[1] ... x[i] along dim", .doc = "running product; integers exactly in i64", .in = {"x"},
    .param = {{"dim", P_DIM, 1, "dimension", NULL}}, .saves = SAVE_X0, .kernel = 1, .shape = scan_shape, .forward = scan_forward, .backward = scan_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "dim=2"}}, .example = "print(tensor{1, 2, 3}:cumprod(1))", .see = "prod, cumsum"};
