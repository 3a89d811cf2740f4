/* op_rank.c: what stands at a place in order, and at which place a value would: median, kthvalue,
 * searchsorted. */
#include "op_extreme.h"
#include "order.h"
#include "parallel.h"
#include "places.h"
#include "reduce.h"

#include <string.h>

PARAMS(median, (DIM, dim, OP_NONE, "dimension; all elements without one"),
       (BOOL, keepdim, false, "the dimension stays as 1"))
PARAMS(kthvalue, (INT, k, OP_REQUIRED, "which, counted from the least"), (DIM, dim, -1, "dimension"),
       (BOOL, keepdim, false, "the dimension stays as 1"))
PARAMS(searchsorted, (BOOL, right, false, "behind equal numbers, else before them"))

/* --- median: the lower one of the middle two, as PyTorch; kthvalue -------------------------------------- */

enum { MEDIAN, KTH };
static bool is_kth(const OpCall *c) { return c->op->flavour == KTH; }
static int median_dim(const OpCall *c) { return is_kth(c) ? PARAM(kthvalue, c)->dim : PARAM(median, c)->dim; }
/* Which of n in order, from 0. */
static int64_t rank_of(const OpCall *c, int64_t n) {
  return is_kth(c) ? PARAM(kthvalue, c)->k - 1 : (n - 1) / 2;
}

static bool median_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  int *dim = is_kth(c) ? &PARAM(kthvalue, c)->dim : &PARAM(median, c)->dim;
  const bool keepdim = is_kth(c) ? PARAM(kthvalue, c)->keepdim : PARAM(median, c)->keepdim;
  bool all = !op_given(*dim);
  if (!all && !op_dim(c, dim, x->nd, e)) return false;
  int64_t shape[DIMS] = {0};
  int nd = 0;
  for (int i = 0; i < x->nd && !all; i++)
    if (i != *dim) shape[nd++] = x->shape[i];
    else if (keepdim) shape[nd++] = 1;
  const int64_t n = all || x->nd == 0 ? x->n : x->shape[*dim];
  if (n == 0) return err_set(e, "%s: %s has no element to choose from", c->op->name, tensor_text(text, x));
  if (is_kth(c) && (PARAM(kthvalue, c)->k < 1 || PARAM(kthvalue, c)->k > n))
    return err_set(e, "kthvalue: k %lld outside 1..%lld (dim %d of %s)", (long long)PARAM(kthvalue, c)->k,
                   (long long)n, *dim + 1, tensor_text(text, x));
  if (!op_output(c, 0, x->dtype, nd, shape, e)) return false;
  return all || op_output(c, 1, I64, nd, shape, e);
}

typedef struct Ranks {
  const Tensor *x; /* [outer, n], contiguous */
  unsigned char *value;
  int64_t *index; /* or NULL */
  uint64_t *scratch;
  int64_t n, rank, words; /* words for each thread */
  bool nan;               /* wins, where there is one */
} Ranks;

/* The place of the key that stands at place `rank` in order. */
static int64_t place_of_rank(const Ranks *j, const uint64_t *key, uint64_t *work) {
  const Dtype d = j->x->dtype;
  const uint64_t none = d == F32 ? UINT32_MAX : UINT64_MAX; /* NaN's key */
  uint64_t chosen = order_select(key, work, j->n, j->rank);
  for (int64_t i = 0; j->nan && dtype_is_float(d) && i < j->n; i++) chosen = key[i] == none ? none : chosen;
  int64_t at = 0;
  while (at < j->n - 1 && key[at] != chosen) at++;
  return at;
}

enum { BATCH = 1024 }; /* keys of short rows, made at once */

static void rank_rows(void *context, int64_t begin, int64_t end) {
  const Ranks *j = context;
  const int64_t size = (int64_t)dtype_size[j->x->dtype], n = j->n, most = n < BATCH ? BATCH / n : 1;
  uint64_t *key = j->scratch + parallel_thread() * j->words, *work = key + most * n;
  for (int64_t o = begin, m; o < end; o += m) {
    m = end - o < most ? end - o : most;
    const unsigned char *data = (const unsigned char *)j->x->data + o * n * size;
    order_keys(key, data, j->x->dtype, m * n, false);
    for (int64_t r = 0; r < m; r++) {
      if (interrupt_pending()) return;
      const int64_t at = place_of_rank(j, key + r * n, work);
      memcpy(j->value + (o + r) * size, data + (r * n + at) * size, (size_t)size);
      if (j->index) j->index[o + r] = at + 1;
    }
  }
}

static bool median_forward(OpCall *c, Err *e) {
  const int dim = median_dim(c);
  bool over[DIMS] = {false};
  for (int i = 0; i < c->x[0]->nd; i++) over[i] = !op_given(dim) || i == dim;
  if (c->x[0]->n == c->y[0]->n) return reduce_extremes(true, c->y[1], c->y[0], c->x[0], over, e);
  int64_t outer, n;
  Tensor *x = reduce_gathered(c->x[0], over, &outer, &n, e);
  const int64_t grain = 1 + GRAIN / 8 / (n + 1), words = n + (n < BATCH ? BATCH : n),
                all = words * (outer > grain ? parallel_threads() : 1);
  Tensor *scratch = x ? tensor_new(I64, 1, &all, e) : NULL;
  if (scratch) {
    Ranks j = {x,     c->y[0]->data, c->y[1] ? c->y[1]->data : NULL, scratch->data, n, rank_of(c, n),
               words, !is_kth(c)};
    parallel_for(outer, grain, rank_rows, &j);
  }
  const bool ok = scratch != NULL;
  tensor_release(x);
  tensor_release(scratch);
  return ok;
}

/* t, which has no dimension dim, or one of 1, as what has one of 1. */
static Tensor with_dim(const Tensor *t, int dim, int nd) {
  Tensor v = *t;
  if (t->nd == nd) return v;
  for (int i = nd - 1; i > dim; i--) {
    v.shape[i] = t->shape[i - 1];
    v.stride[i] = t->stride[i - 1];
  }
  v.shape[dim] = v.stride[dim] = 1;
  v.nd = nd;
  return v;
}

static bool median_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *d = dx[0];
  const int dim = median_dim(c);
  if (!op_given(dim)) return extreme_spread(d, c->x[0], c->y[0], dy[0], add & 1, e);
  if (!(add & 1)) tensor_fill(d, 0);
  const PlaceSides s = {with_dim(c->y[1], dim, d->nd), *d, with_dim(dy[0], dim, d->nd), dim};
  places_add(&s);
  return true;
}

/* --- searchsorted: where a value would stand in a row in order ------------------------------------------- */

static bool searchsorted_shape(OpCall *c, Err *e) {
  const Tensor *row = c->x[0], *v = c->x[1];
  char a[TEXT], b[TEXT];
  bool fits = row->nd == 1 || (row->nd > 1 && v->nd == row->nd);
  for (int i = 0; fits && row->nd > 1 && i < row->nd - 1; i++) fits = row->shape[i] == v->shape[i];
  if (!fits)
    return err_set(e, "searchsorted: sorted %s for values %s; one row, or [..., n] for [..., k]",
                   tensor_text(a, row), tensor_text(b, v));
  return op_output(c, 0, I64, v->nd, v->shape, e) != NULL;
}

typedef struct Search {
  const Tensor *row, *value;    /* the elements of rows lie `step` apart, rows one behind the other */
  int64_t rows, n, k, step, *y; /* rows 1: one row for all */
  bool right;
} Search;

/* As sort puts them (order.h): NaN after all.  Places of `m` values at once, as none waits for the others, and without
 * branches, which nobody could foresee. */
enum { AT_ONCE = 8 };
#define SEARCH(T)                                                                                            \
  static int64_t nan_place_##T(bool right, const T *row, int64_t step, int64_t n) {                          \
    int64_t low = right ? n : 0;                                                                             \
    while (low < n) {                                                                                        \
      const int64_t middle = low + (n - low) / 2;                                                            \
      if (row[middle * step] == row[middle * step]) low = middle + 1;                                        \
      else n = middle;                                                                                       \
    }                                                                                                        \
    return low;                                                                                              \
  }                                                                                                          \
  static inline __attribute__((always_inline)) void places_##T(                                              \
      const int m, const bool right, const T *row, int64_t step, int64_t n, const T *v, int64_t *y) {        \
    int64_t low[AT_ONCE] = {0};                                                                              \
    for (int64_t rest = n; rest > 0;) {                                                                      \
      const int64_t half = rest > 1 ? rest / 2 : 1;                                                          \
      for (int l = 0; l < m; l++) {                                                                          \
        const T a = row[(low[l] + half - 1) * step];                                                         \
        low[l] += half & -(int64_t)(right ? a <= v[l] : a < v[l]);                                           \
      }                                                                                                      \
      rest -= half;                                                                                          \
    }                                                                                                        \
    for (int l = 0; l < m; l++) y[l] = 1 + (v[l] == v[l] ? low[l] : nan_place_##T(right, row, step, n));     \
  }                                                                                                          \
  static inline __attribute__((always_inline)) void search_row_##T(                                          \
      const Search *s, const bool right, const T *row, int64_t begin, int64_t end) {                         \
    const T *v = (const T *)s->value->data;                                                                  \
    int64_t i = begin;                                                                                       \
    for (; i + AT_ONCE <= end; i += AT_ONCE)                                                                 \
      places_##T(AT_ONCE, right, row, s->step, s->n, v + i, s->y + i);                                       \
    for (; i < end; i++) places_##T(1, right, row, s->step, s->n, v + i, s->y + i);                          \
  }                                                                                                          \
  static void search_##T(const Search *s, int64_t begin, int64_t end) {                                      \
    for (int64_t i = begin, next; i < end && !interrupt_pending(); i = next) {                               \
      const int64_t at = s->rows > 1 ? i / s->k : 0;                                                         \
      const T *row = (const T *)s->row->data + at * s->n;                                                    \
      next = s->rows > 1 && (at + 1) * s->k < end ? (at + 1) * s->k : end;                                   \
      if (s->right) search_row_##T(s, true, row, i, next);                                                   \
      else search_row_##T(s, false, row, i, next);                                                           \
    }                                                                                                        \
  }
SEARCH(float)
SEARCH(double)
SEARCH(int64_t)
SEARCH(int32_t)
SEARCH(uint8_t)

static void search_values(void *context, int64_t begin, int64_t end) {
  const Search *s = context;
  switch (s->row->dtype) {
  case F32: search_float(s, begin, end); break;
  case F64: search_double(s, begin, end); break;
  case I64: search_int64_t(s, begin, end); break;
  case I32: search_int32_t(s, begin, end); break;
  default: search_uint8_t(s, begin, end);
  }
}

/* Of one row few elements are looked at: it stays where it lies. */
static bool searchsorted_forward(OpCall *c, Err *e) {
  Tensor *row = c->x[0]->nd == 1 ? tensor_retain(c->x[0]) : tensor_contiguous(c->x[0], e),
         *v = row ? tensor_contiguous(c->x[1], e) : NULL;
  if (v) {
    const int64_t n = row->shape[row->nd - 1];
    Search s = {.row = row,
                .value = v,
                .rows = n ? row->n / n : 1,
                .n = n,
                .k = v->nd ? v->shape[v->nd - 1] : 1,
                .step = row->nd == 1 ? row->stride[0] : 1,
                .y = c->y[0]->data,
                .right = PARAM(searchsorted, c)->right};
    parallel_for(v->n, GRAIN / 8, search_values, &s);
  }
  tensor_release(row);
  tensor_release(v);
  return v != NULL;
}

/* clang-format off */
const Op op_median = {
    .name = "median", .where = "tm", .eq = "y, i = the middle of x along dim in order, and where",
    .doc = "middle element, the lower of two; with dim also its index (from 1); NaN wins", .in = {"x"},
    .param = TAKES(median),
    .saves = SAVE_X0 | SAVE_Y0 | SAVE_Y1,
    .shape = median_shape, .forward = median_forward, .backward = median_backward,
    .check = {{1, {{2, {3, 4}}}}, {1, {{3, {2, 3, 4}}}, .args = "dim=2"},
              {1, {{2, {3, 5}}}, .args = "dim=-1, keepdim=true"}},
    .example = "print(tensor{3, 1, 2}:median())",
    .see = "mean, sort"};
const Op op_kthvalue = {
    .name = "kthvalue", .where = "tm", .eq = "y = the element that stands at place k in order",
    .doc = "k-th least along dim, and its index; NaN is greatest", .in = {"x"},
    .param = TAKES(kthvalue),
    .saves = SAVE_Y1, .flavour = KTH,
    .shape = median_shape, .forward = median_forward, .backward = median_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "k=2"}, {1, {{3, {2, 5, 2}}}, .args = "k=5, dim=2, keepdim=true"}},
    .example = "print(tensor{3, 1, 2}:kthvalue(2))",
    .see = "median, topk, sort"};
const Op op_searchsorted = {
    .name = "searchsorted", .where = "tm",
    .eq = "y = 1 + number of sorted elements below v (right: at most v)",
    .doc = "the place before which each of v would be put into a row in rising order, or into each of "
           "the rows [..., n]; i64; whether they rise is not looked at",
    .in = {"sorted", "v"},
    .param = TAKES(searchsorted),
    .flags = OP_NO_GRAD | OP_PROMOTE,
    .shape = searchsorted_shape, .forward = searchsorted_forward,
    .example = "print(tensor{1, 3, 5}:searchsorted(tensor{3, 9}))",
    .see = "sort, unique"};
