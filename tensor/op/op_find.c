/* op_find.c: what is where, and how often: nonzero, diag, bincount, unique. */
#include "index.h"
#include "kernel.h"
#include "mem.h"
#include "op.h"
#include "order.h"
#include "parallel.h"
#include "places.h"
#include "pointwise.h"
#include "reduce.h"

#include <string.h>

PARAMS(diag, (INT, k, 0, "which diagonal; above 0 is right of the main one"))
PARAMS(bincount, (INT, minlength, 0, "least size of the result"))

static bool need_data(const OpCall *c, Err *e) {
  if (!tensor_is_meta(c->x[0])) return true;
  return err_set(e, "%s: x has a shape only, and the result's size depends on its elements", c->op->name);
}

/* --- nonzero: a row of indices for each element that is not 0 ------------------------------------------- */

enum { RUN = 1024, RANGE_PART = GRAIN };

enum { X, STARTS };        /* save: x, contiguous; before which result each block's begin */
enum { BLOCK = 32 * RUN }; /* elements: one task */

typedef struct Nonzero {
  const Tensor *x, *shape; /* x's elements, and its shape */
  int64_t *starts, *to;
} Nonzero;

static void count_blocks(void *context, int64_t begin, int64_t end) {
  const Nonzero *j = context;
  for (int64_t b = begin; b < end; b++) {
    const int64_t at = b * BLOCK, n = j->x->n - at < BLOCK ? j->x->n - at : BLOCK;
    j->starts[b + 1] =
        element_kernels(j->x->dtype)->row[E_COUNT](n, j->x->data + at * (int64_t)dtype_size[j->x->dtype]);
  }
}

/* Which of n elements are not 0, behind place `first`. */
static int64_t places(int64_t *to, int64_t first, const void *x, Dtype d, int64_t n) {
  int64_t m = 0;
#define PLACES(T)                                                                                            \
  for (int64_t i = 0; i < n; i++) {                                                                          \
    to[m] = first + i; /* no branch: what follows overwrites it */                                           \
    m += ((const T *)x)[i] != 0;                                                                             \
  }                                                                                                          \
  return m;
  switch (d) {
  case F32: PLACES(float)
  case F64: PLACES(double)
  case I64: PLACES(int64_t)
  case I32: PLACES(int32_t)
  default: PLACES(unsigned char)
  }
#undef PLACES
}

/* A row's coordinates, from 1, and the place behind its end. */
typedef struct Line {
  int64_t at[DIMS], end;
} Line;

static Line line_of(const Tensor *shape, int64_t place) {
  const int last = shape->nd - 1;
  Line l = {.end = place - place % shape->shape[last] + shape->shape[last]};
  place /= shape->shape[last];
  for (int d = last - 1; d >= 0; place /= shape->shape[d--]) l.at[d] = place % shape->shape[d] + 1;
  return l;
}
static void next_line(Line *l, const Tensor *shape) {
  int d = shape->nd - 2;
  l->end += shape->shape[d + 1];
  for (; d >= 0 && l->at[d] == shape->shape[d]; d--) l->at[d] = 1;
  if (d >= 0) l->at[d]++;
}

/* m rows of indices: a line's own, and of its column each.  The width is known to the compiler where it is small. */
static inline void put_wide(int64_t *restrict to, int64_t m, const Line *l, int last, const int64_t *column) {
  for (int64_t k = 0; k < m; k++) {
    for (int d = 0; d < last; d++) to[k * (last + 1) + d] = l->at[d];
    to[k * (last + 1) + last] = column[k];
  }
}
static void put_rows(int64_t *to, int64_t m, const Line *l, int last, const int64_t *column) {
  if (last == 0) put_wide(to, m, l, 0, column);
  else if (last == 1) put_wide(to, m, l, 1, column);
  else if (last == 2) put_wide(to, m, l, 2, column);
  else if (last == 3) put_wide(to, m, l, 3, column);
  else put_wide(to, m, l, last, column);
}

/* Lines are cut where the places of a run have no room. */
static void write_blocks(void *context, int64_t begin, int64_t end) {
  const Nonzero *j = context;
  const Tensor *x = j->x;
  const int last = j->shape->nd - 1;
  const int64_t behind = end * BLOCK < x->n ? end * BLOCK : x->n,
                columns = last < 0 ? 1 : j->shape->shape[last];
  int64_t column[RUN], *to = j->to + j->starts[begin] * (last + 1);
  Line l = line_of(j->shape, begin * BLOCK);
  for (int64_t at = begin * BLOCK, n; at < behind; at += n) {
    if (at == l.end) next_line(&l, j->shape);
    const int64_t most = (l.end < behind ? l.end : behind) - at;
    n = most < RUN ? most : RUN;
    const int64_t m =
        places(column, at - (l.end - columns) + 1, x->data + at * (int64_t)dtype_size[x->dtype], x->dtype, n);
    put_rows(to, m, &l, last, column);
    to += m * (last + 1);
  }
}

static bool nonzero_shape(OpCall *c, Err *e) {
  if (!need_data(c, e)) return false;
  Tensor *x = c->save[X] = tensor_contiguous(c->x[0], e);
  const int64_t blocks = (c->x[0]->n + BLOCK - 1) / BLOCK, size = blocks + 1;
  Tensor *starts = x ? c->save[STARTS] = tensor_new(I64, 1, &size, e) : NULL;
  if (!starts) return false;
  tensor_fill(starts, 0);
  Nonzero j = {x, x, (int64_t *)(void *)starts->data, NULL};
  parallel_for(blocks, 1, count_blocks, &j);
  for (int64_t b = 0; b < blocks; b++) j.starts[b + 1] += j.starts[b];
  int64_t shape[] = {j.starts[blocks], x->nd};
  return op_output(c, 0, I64, 2, shape, e) != NULL;
}
static bool nonzero_forward(OpCall *c, Err *e) {
  (void)e;
  const Tensor *x = c->save[X];
  Nonzero j = {x, c->x[0], (int64_t *)(void *)c->save[STARTS]->data, (int64_t *)(void *)c->y[0]->data};
  if (c->y[0]->n) parallel_for((x->n + BLOCK - 1) / BLOCK, 1, write_blocks, &j);
  return true;
}

/* --- diag: a vector's matrix, or a matrix's diagonal ---------------------------------------------------- */

/* Diagonal k of a matrix, as a view. */
static Tensor diagonal_of(const Tensor *m, int64_t k) {
  int64_t row = k < 0 ? -k : 0, column = k > 0 ? k : 0;
  int64_t rows = m->shape[0] - row, columns = m->shape[1] - column;
  Tensor v = *m;
  v.nd = 1;
  v.n = v.shape[0] = rows < 0 || columns < 0 ? 0 : rows < columns ? rows : columns;
  v.stride[0] = m->stride[0] + m->stride[1];
  if (v.n) v.data += (row * m->stride[0] + column * m->stride[1]) * (int64_t)dtype_size[m->dtype];
  return v;
}

static bool diag_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  int64_t k = PARAM(diag, c)->k, out = k < 0 ? -k : k;
  if (x->nd == 1) {
    int64_t shape[] = {x->n + out, x->n + out};
    return op_output(c, 0, x->dtype, 2, shape, e) != NULL;
  }
  if (x->nd != 2) return err_set(e, "diag: %s is neither a vector nor a matrix", tensor_text(text, x));
  if (out > (k < 0 ? x->shape[0] : x->shape[1]))
    return err_set(e, "diag: %s has no diagonal %lld", tensor_text(text, x), (long long)k);
  Tensor v = diagonal_of(x, k);
  return op_output(c, 0, x->dtype, 1, v.shape, e) != NULL;
}
static bool diag_forward(OpCall *c, Err *e) {
  (void)e;
  bool build = c->x[0]->nd == 1;
  Tensor v = diagonal_of(build ? c->y[0] : c->x[0], PARAM(diag, c)->k);
  if (build) tensor_fill(c->y[0], 0);
  if (v.n) tensor_copy(build ? &v : c->y[0], build ? c->x[0] : &v);
  return true;
}
static bool diag_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  bool build = dx[0]->nd == 1;
  Tensor v = diagonal_of(build ? dy[0] : dx[0], PARAM(diag, c)->k);
  const Tensor *in = build ? &v : dy[0];
  if (!build && !(add & 1)) tensor_fill(dx[0], 0);
  if (v.n) pointwise_map(M_copy, build ? dx[0] : &v, &in, 1, NULL, !build || add & 1);
  return true;
}

/* --- bincount ------------------------------------------------------------------------------------------- */

/* The least and the greatest of each part, which the second cache holds, so that memory is read once. */
typedef struct RangeJob {
  const Tensor *x;
  int64_t *ends;
} RangeJob;
static void range_parts(void *context, int64_t begin, int64_t end) {
  const RangeJob *j = context;
  const Dtype d = j->x->dtype;
  for (int64_t part = begin; part < end; part++) {
    const int64_t at = part * RANGE_PART, n = j->x->n - at < RANGE_PART ? j->x->n - at : RANGE_PART;
    const unsigned char *x = j->x->data + (size_t)at * dtype_size[d];
    for (int k = 0; k < 2; k++) {
      const int64_t place = element_kernels(d)->row[k ? E_MOST : E_LEAST](n, x);
      elements_copy(1, &j->ends[2 * part + k], I64, 1, x + (size_t)place * dtype_size[d], d, 1);
    }
  }
}
static bool range_of_parts(const Tensor *x, int64_t *least, int64_t *greatest, Err *e) {
  const int64_t parts = (x->n + RANGE_PART - 1) / RANGE_PART, ends = 2 * parts;
  const size_t bytes = (size_t)ends * sizeof(int64_t);
  RangeJob j = {x, mem_alloc(bytes)};
  if (!j.ends) return err_set(e, "out of memory for a range");
  elements_copy(ends, j.ends, I64, 1, x->data, x->dtype, 0); /* ^C may leave parts out */
  parallel_for(parts, 1, range_parts, &j);
  for (int64_t i = 0; i < ends; i += 2) {
    *least = i && *least < j.ends[i] ? *least : j.ends[i];
    *greatest = i && *greatest > j.ends[i + 1] ? *greatest : j.ends[i + 1];
  }
  mem_free(j.ends, bytes);
  return true;
}

/* The least and the greatest of integers; x is not empty. */
static bool range_of(const Tensor *x, int64_t *least, int64_t *greatest, Err *e) {
  if (x->n > RANGE_PART && tensor_is_contiguous(x)) return range_of_parts(x, least, greatest, e);
  bool all[DIMS];
  memset(all, true, sizeof all);
  int64_t at, low = 0, high = 0;
  if (!reduce_elements(E_LEAST, &at, &low, x, all, e) || !reduce_elements(E_MOST, &at, &high, x, all, e))
    return false;
  elements_copy(1, least, I64, 1, &low, x->dtype, 1);
  elements_copy(1, greatest, I64, 1, &high, x->dtype, 1);
  return true;
}

/* count[v - least] gains one for each v of x, integers, contiguous. */
static void tally(const Tensor *x, int64_t least, int64_t *count) {
  int64_t room[RUN];
  for (int64_t at = 0; at < x->n && !interrupt_pending(); at += RUN) {
    const int64_t n = x->n - at < RUN ? x->n - at : RUN, *v = index_ids(x, at, n, room);
    for (int64_t i = 0; i < n; i++) count[v[i] - least]++;
  }
}

static bool bincount_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *w = c->nx > 1 ? c->x[1] : NULL;
  char a[TEXT], b[TEXT];
  if (!op_want_ints(c, 0, e) || (w && !op_want_float(c, 1, e))) return false;
  if (w && !tensor_same_shape(x, w))
    return err_set(e, "bincount: x %s, weights %s; the shapes must be equal", tensor_text(a, x),
                   tensor_text(b, w));
  int64_t most = PARAM(bincount, c)->minlength;
  if (most < 0) return err_set(e, "bincount: minlength must not be negative");
  if (!need_data(c, e)) return false;
  int64_t least, greatest;
  if (x->n && !range_of(x, &least, &greatest, e)) return false;
  if (x->n && least < 1)
    return err_set(e, "bincount: %lld in %s; numbers count from 1", (long long)least, tensor_text(a, x));
  if (x->n && greatest > most) most = greatest;
  return op_output(c, 0, w ? w->dtype : I64, 1, &most, e) != NULL;
}
static bool bincount_forward(OpCall *c, Err *e) {
  Tensor *y = c->y[0], *weights = c->nx > 1 ? c->x[1] : NULL,
         *w = weights ? tensor_contiguous(weights, e) : NULL, *flat = tensor_contiguous(c->x[0], e);
  const bool ok = flat && (w || !weights);
  if (ok) tensor_fill(y, 0);
  if (ok && !w) tally(flat, 1, y->data);
  int64_t room[RUN];
  for (int64_t at = 0; ok && w && at < flat->n && !interrupt_pending(); at += RUN) {
    const int64_t n = flat->n - at < RUN ? flat->n - at : RUN;
    const PlaceBlock b = {.n = n, .places = y->n, .jump = 1, .from = 1, .id = index_ids(flat, at, n, room)};
    places_join(y->dtype, JOIN_SUM, &b, y->data, w->data + (size_t)at * dtype_size[y->dtype]);
  }
  tensor_release(w);
  tensor_release(flat);
  return ok;
}

/* --- unique: values in order, which of them each element is, how often each is -------------------------- */

enum {
  SORTED = 0,
  COUNTS = 1
}; /* save: x's elements as entries in order; or how often each number of its range is there, then the least */

static bool unique_outputs(OpCall *c, int64_t distinct, Err *e) {
  const Tensor *x = c->x[0];
  return op_output(c, 0, x->dtype, 1, &distinct, e) && op_output(c, 1, I64, x->nd, x->shape, e) &&
         op_output(c, 2, I64, 1, &distinct, e);
}

/* Integers of a range not much wider than they are many are counted, not sorted. */
static bool counted(OpCall *c, int64_t *distinct, Err *e) {
  enum { NARROW = 1024, WIDER = 2 };
  const Tensor *x = c->x[0];
  int64_t least, greatest;
  if (x->n == 0 || dtype_is_float(x->dtype) || !range_of(x, &least, &greatest, e)) return false;
  const uint64_t span = (uint64_t)greatest - (uint64_t)least;
  if (span > (uint64_t)(NARROW + x->n / WIDER)) return false;
  const int64_t n = (int64_t)span + 1, entries = n + 1;
  Tensor *flat = tensor_contiguous(c->x[0], e), *counts = flat ? tensor_new(I64, 1, &entries, e) : NULL;
  if (counts) {
    tensor_fill(counts, 0);
    int64_t *count = counts->data;
    tally(flat, least, count);
    *distinct = 0;
    for (int64_t i = 0; i < n; i++) *distinct += count[i] > 0;
    count[n] = least;
  }
  tensor_release(flat);
  c->save[COUNTS] = counts;
  return counts != NULL;
}

static bool unique_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  if (!need_data(c, e)) return false;
  int64_t bytes = x->n * (int64_t)sizeof(Entry), distinct = 0;
  if (counted(c, &distinct, e)) return unique_outputs(c, distinct, e);
  Tensor *flat = tensor_contiguous(c->x[0], e);
  Tensor *rows = c->save[SORTED] = flat ? tensor_new(U8, 1, &bytes, e) : NULL;
  Tensor *scratch = rows ? tensor_new(U8, 1, &bytes, e) : NULL;
  if (scratch) {
    Entry *row = (Entry *)(void *)rows->data;
    order_entries(row, flat->data, x->dtype, x->n, false);
    order_sort(row, (Entry *)(void *)scratch->data, x->dtype, x->n);
    for (int64_t i = 0; i < x->n && !interrupt_pending(); i++)
      distinct += i == 0 || row[i].key != row[i - 1].key;
  }
  tensor_release(flat);
  tensor_release(scratch);
  return scratch && unique_outputs(c, distinct, e);
}

typedef struct Numbering {
  Tensor *x; /* contiguous */
  int64_t least, *number, *to;
} Numbering;

static void number_all(void *context, int64_t begin, int64_t end) {
  const Numbering *j = context;
  int64_t room[RUN];
  for (int64_t at = begin; at < end; at += RUN) {
    const int64_t m = end - at < RUN ? end - at : RUN, *v = index_ids(j->x, at, m, room);
    for (int64_t i = 0; i < m; i++) j->to[at + i] = j->number[v[i] - j->least];
  }
}

/* From the counts: which number each is among those that are there; the counts become these numbers. */
static void from_counts(OpCall *c, Tensor *x) {
  int64_t *count = c->save[COUNTS]->data, n = c->save[COUNTS]->n - 1, least = count[n], k = 0;
  for (int64_t i = 0; i < n; i++) {
    if (count[i] == 0) continue;
    tensor_set_int(c->y[0], k, least + i);
    ((int64_t *)c->y[2]->data)[k] = count[i];
    count[i] = ++k;
  }
  Numbering j = {x, least, count, c->y[1]->data};
  parallel_for(x->n, GRAIN, number_all, &j);
}

static bool unique_forward(OpCall *c, Err *e) {
  Tensor *x = tensor_contiguous(c->x[0], e);
  if (!x) return false;
  if (c->save[COUNTS]) {
    from_counts(c, x);
    tensor_release(x);
    return true;
  }
  const Entry *row = (const Entry *)(const void *)c->save[SORTED]->data;
  size_t size = dtype_size[x->dtype];
  int64_t *which = c->y[1]->data, *count = c->y[2]->data, k = -1;
  for (int64_t i = 0; i < x->n && !interrupt_pending(); i++) {
    if (i == 0 || row[i].key != row[i - 1].key) {
      count[++k] = 0;
      memcpy(c->y[0]->data + (size_t)k * size, x->data + (size_t)row[i].at * size, size);
    }
    count[k]++;
    which[row[i].at] = k + 1;
  }
  tensor_release(x);
  return true;
}

/* clang-format off */
const Op op_nonzero = {
    .name = "nonzero", .where = "tm", .eq = "y = the indices of every x[i, j, ...] that is not 0, a row each",
    .doc = "where x is not 0 (or is true): i64 [found, dimensions of x], from 1", .in = {"x"},
    .flags = OP_NO_GRAD,
    .shape = nonzero_shape, .forward = nonzero_forward,
    .example = "print(tensor{{0, 3}, {4, 0}}:nonzero())",
    .see = "masked_select, where"};
const Op op_diag = {
    .name = "diag", .where = "tm", .eq = "y[i, i + k] = x[i], or y[i] = x[i, i + k]",
    .doc = "a vector's diagonal matrix, or a matrix's diagonal", .in = {"x"},
    .param = TAKES(diag),
    .shape = diag_shape, .forward = diag_forward, .backward = diag_backward,
    .check = {{1, {{1, {3}}}}, {1, {{1, {3}}}, .args = "k=-2"}, {1, {{2, {3, 4}}}, .args = "k=1"},
              {1, {{2, {4, 3}}}}},
    .example = "print(tensor{1, 2}:diag())",
    .see = "tril, triu"};
const Op op_bincount = {
    .name = "bincount", .where = "tm", .eq = "y[k] = how often k is in x, or the sum of their weights",
    .doc = "counts of the whole numbers 1, 2, ... in x", .in = {"x#", "weights?"},
    .param = TAKES(bincount),
    .flags = OP_NO_GRAD,
    .shape = bincount_shape, .forward = bincount_forward,
    .example = "print(tensor({1, 3, 3}, {dtype=\"i64\"}):bincount{minlength=4})",
    .see = "unique, one_hot"};
const Op op_unique = {
    .name = "unique", .where = "tm",
    .eq = "y, i, n: y the different elements of x in order, x = y[i], n how often",
    .doc = "the different elements in order, which of them each of x is, and how often each is there; NaN "
           "equals NaN",
    .in = {"x"},
    .flags = OP_NO_GRAD,
    .shape = unique_shape, .forward = unique_forward,
    .example = "print(tensor{3, 1, 3}:unique())",
    .see = "bincount, sort"};
