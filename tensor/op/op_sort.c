/* op_sort.c: sort, argsort, topk, cumsum, cumprod: ops over the rows along one dimension. */
#include "kernel.h"
#include "op.h"
#include "order.h"
#include "parallel.h"
#include "places.h"
#include "pointwise.h"
#include "reduce.h"
#include "reduce_kernel.h"
#include "sizes.h"

#include <string.h>

enum Kind { SORT, ARGSORT, TOPK };
enum { SUM, PRODUCT }; /* of the running kind */
PARAMS(sort, (DIM, dim, -1, "dimension"), (BOOL, descending, false, "greatest first"))
PARAMS(topk, (INT, k, OP_REQUIRED, "how many"), (DIM, dim, -1, "dimension"),
       (BOOL, largest, true, "greatest, else least"))
PARAMS(cumsum, (DIM, dim, 1, "dimension"))

static int dim_of(const OpCall *c) {
  return c->op->flavour == TOPK ? PARAM(topk, c)->dim : PARAM(sort, c)->dim;
}

static bool sort_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (x->nd == 0) return err_set(e, "%s: x has no dimension", c->op->name);
  struct topk_params *top = c->op->flavour == TOPK ? PARAM(topk, c) : NULL;
  if (!op_dim(c, top ? &top->dim : &PARAM(sort, c)->dim, x->nd, e)) return false;
  int64_t shape[DIMS];
  memcpy(shape, x->shape, sizeof shape);
  if (top) {
    if (top->k < 0 || top->k > x->shape[top->dim])
      return err_set(e, "topk: k %lld outside 0..%lld (dim %d of %s)", (long long)top->k,
                     (long long)x->shape[top->dim], top->dim + 1, tensor_text(text, x));
    shape[top->dim] = top->k;
  }
  if (c->op->flavour == ARGSORT) return op_output(c, 0, I64, x->nd, shape, e) != NULL;
  return op_output(c, 0, x->dtype, x->nd, shape, e) && op_output(c, 1, I64, x->nd, shape, e);
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

/* The row of t that begins with element `flat`, as an address and a step in bytes. */
typedef struct Walk {
  unsigned char *at;
  int64_t step;
} Walk;

static Walk walk_from(const Tensor *t, int64_t flat) {
  int64_t size = (int64_t)dtype_size[t->dtype], at = 0;
  for (int i = t->nd - 1; i >= 0; i--) {
    int64_t n = t->shape[i] ? t->shape[i] : 1;
    at += flat % n * t->stride[i];
    flat /= n;
  }
  return (Walk){t->data + at * size, t->stride[t->nd - 1] * size};
}

enum { SHORT_ROW = 64, SHORT_KEYS = 1024 };

/* Does no element of x come before element `worst`, whose key this is?  May say no for want of a fast way to know. */
static bool none_before(const unsigned char *x, Dtype d, int64_t n, const void *worst, uint64_t worst_key,
                        bool down) {
  if (!dtype_is_float(d)) {
    uint64_t key;
    const int64_t first = element_kernels(d)->row[down ? E_MOST : E_LEAST](n, x);
    order_keys(&key, x + first * (int64_t)dtype_size[d], d, 1, down);
    return key >= worst_key;
  }
  double best, bound;
  kernels(d)->reduce->rows[down ? R_MAX : R_MIN](1, n, 0, 1, &best, x); /* NaN if there is one */
  elements_copy(1, &bound, F64, 1, worst, d, 1);
  return down ? best <= bound : best >= bound;
}

/* The same for few of many: one pass that keeps the k best so far in order. */
static void scan_front(Entry *best, const unsigned char *data, Dtype d, int64_t n, int64_t k, bool down) {
  enum { CHUNK = 256 };
  uint64_t key[CHUNK];
  int64_t have = 0;
  for (int64_t at = 0; at < n && !interrupt_pending(); at += CHUNK) {
    int64_t m = n - at < CHUNK ? n - at : CHUNK, size = (int64_t)dtype_size[d];
    if (have == k && none_before(data + at * size, d, m, data + best[k - 1].at * size, best[k - 1].key, down))
      continue;
    order_keys(key, data + at * size, d, m, down);
    for (int64_t i = 0; i < m; i++) {
      if (have == k && key[i] >= best[k - 1].key) continue;
      int64_t to = have < k ? have++ : k - 1;
      for (; to > 0 && best[to - 1].key > key[i]; to--) best[to] = best[to - 1];
      best[to] = (Entry){key[i], at + i};
    }
  }
}

/* The k first of each of some short rows of n that lie behind each other, k in `row` after k. */
static void scan_fronts(Entry *row, const unsigned char *data, Dtype d, int64_t rows, int64_t n, int64_t k,
                        bool down) {
  uint64_t key[SHORT_KEYS];
  order_keys(key, data, d, rows * n, down);
  for (int64_t r = 0; r < rows; r++, row += k) {
    const uint64_t *v = key + r * n;
    for (int64_t i = 0; i < n; i++) {
      if (i >= k && v[i] >= row[k - 1].key) continue;
      int64_t to = i < k ? i : k - 1;
      for (; to > 0 && row[to - 1].key > v[i]; to--) row[to] = row[to - 1];
      row[to] = (Entry){v[i], i};
    }
  }
}

static bool few(int64_t k, int64_t n) { return k > 0 && k <= 64 && k * 8 < n; }

typedef struct Rows {
  const Tensor *x; /* [outer, n], contiguous */
  int64_t *index;
  unsigned char *value; /* or NULL; both [outer / inner, k, inner] */
  Entry *scratch;       /* `entries` for each thread */
  int64_t n, k, inner, entries;
  bool down;
} Rows;

static bool short_fronts(const Rows *j) { return j->k > 0 && j->k <= 8 && j->k < j->n && j->n <= SHORT_ROW; }

static void put_front(const Rows *j, int64_t o, const Entry *row) {
  const int64_t size = (int64_t)dtype_size[j->x->dtype], step = j->inner,
                first = step == 1 ? o * j->k : o / step * step * j->k + o % step;
  const unsigned char *data = (const unsigned char *)j->x->data + o * j->n * size;
  unsigned char *value = j->value + first * size;
  for (int64_t i = 0; i < j->k; i++) j->index[first + i * step] = row[i].at + 1;
  if (!j->value) return;
  if (size == 4)
    for (int64_t i = 0; i < j->k; i++) memcpy(value + i * step * 4, data + row[i].at * 4, 4);
  else
    for (int64_t i = 0; i < j->k; i++) memcpy(value + i * step * size, data + row[i].at * size, (size_t)size);
}

static void short_rows(void *context, int64_t begin, int64_t end) {
  const Rows *j = context;
  Entry row[SHORT_KEYS];
  const int64_t size = (int64_t)dtype_size[j->x->dtype], most = SHORT_KEYS / j->n;
  for (int64_t o = begin, m; o < end && !interrupt_pending(); o += m) {
    m = end - o < most ? end - o : most;
    scan_fronts(row, (const unsigned char *)j->x->data + o * j->n * size, j->x->dtype, m, j->n, j->k,
                j->down);
    for (int64_t r = 0; r < m; r++) put_front(j, o + r, row + r * j->k);
  }
}

static void sort_rows(void *context, int64_t begin, int64_t end) {
  const Rows *j = context;
  Entry *row = j->scratch + parallel_thread() * j->entries;
  const int64_t size = (int64_t)dtype_size[j->x->dtype];
  for (int64_t o = begin; o < end && !interrupt_pending(); o++) {
    const unsigned char *data = (const unsigned char *)j->x->data + o * j->n * size;
    if (few(j->k, j->n)) scan_front(row, data, j->x->dtype, j->n, j->k, j->down);
    else order_first(row, row + j->n, data, j->x->dtype, j->n, j->k, j->down);
    if (interrupt_pending()) return; /* the entries are not in order */
    put_front(j, o, row);
  }
}

/* One of each row is its extreme; the least real number of a row with a NaN is not, which an extreme would be. */
static bool is_extreme(const OpCall *c) {
  const struct topk_params *p = c->op->flavour == TOPK ? PARAM(topk, c) : NULL;
  if (c->x[0]->shape[dim_of(c)] == 1) return !p || p->k == 1;
  return p && p->k == 1 && (p->largest || !dtype_is_float(c->x[0]->dtype));
}

static bool sort_forward(OpCall *c, Err *e) {
  const int dim = dim_of(c);
  bool over[DIMS] = {false};
  over[dim] = true;
  const bool top = c->op->flavour == TOPK, places = c->op->flavour == ARGSORT;
  if (is_extreme(c))
    return reduce_extremes(!top || PARAM(topk, c)->largest, c->y[places ? 0 : 1], places ? NULL : c->y[0],
                           c->x[0], over, e);
  Rows j = {.down = top ? PARAM(topk, c)->largest : PARAM(sort, c)->descending,
            .inner = op_behind(c->x[0], dim),
            .index = c->y[places ? 0 : 1]->data,
            .value = places ? NULL : c->y[0]->data};
  int64_t outer;
  Tensor *x = reduce_gathered(c->x[0], over, &outer, &j.n, e);
  j.x = x;
  j.k = top ? PARAM(topk, c)->k : j.n;
  j.entries = few(j.k, j.n) ? j.k : 2 * j.n;
  const int64_t grain = 1 + GRAIN / 8 / (j.n + 1), threads = outer > grain ? parallel_threads() : 1;
  int64_t bytes = threads * j.entries * (int64_t)sizeof(Entry), one = bytes > 0 ? bytes : 1;
  Tensor *scratch = x ? tensor_new(U8, 1, &one, e) : NULL;
  if (scratch) {
    j.scratch = (Entry *)(void *)scratch->data;
    if (short_fronts(&j)) parallel_for(outer, 1 + GRAIN / (j.n + 1), short_rows, &j);
    else parallel_for(outer, grain, sort_rows, &j);
  }
  const bool ok = scratch != NULL;
  tensor_release(x);
  tensor_release(scratch);
  return ok;
}

static bool sort_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  const PlaceSides s = {*c->y[1], *dx[0], *dy[0], dim_of(c)};
  if (!(add & 1)) tensor_fill(dx[0], 0);
  places_add(&s);
  return true;
}

/* --- running sums and products -------------------------------------------------------------------------- */

static bool scan_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  if (x->nd == 0) return err_set(e, "%s: x has no dimension", c->op->name);
  if (!op_dim(c, &PARAM(cumsum, c)->dim, x->nd, e)) return false;
  return op_output(c, 0, dtype_is_float(x->dtype) ? x->dtype : I64, x->nd, x->shape, e) != NULL;
}

/* Real rows are summed in f64; ^C, and what does not lie as it should, take them in runs. */
enum { RUN = 512, LONG_RUN = 1 << 16, LONG_ROW = 256 };

static void scan_real_row(Walk y, Walk x, int64_t n, Dtype d, bool add) {
  const int64_t size = (int64_t)dtype_size[d];
  const bool direct = x.step == size && y.step == size && !add;
  double room[RUN], there[RUN], r = 0;
  for (int64_t at = 0, m; at < n && !interrupt_pending(); at += m) {
    m = least(n - at, direct ? LONG_RUN : RUN);
    unsigned char *from = x.at + at * x.step, *to = y.at + at * y.step;
    if (direct) {
      r = kernels(d)->running(m, to, from, r);
      continue;
    }
    elements_copy(m, room, F64, 1, from, d, x.step / size);
    r = kernels(F64)->running(m, room, room, r);
    if (add) elements_copy(m, there, F64, 1, to, d, y.step / size);
    for (int64_t i = 0; add && i < m; i++) room[i] += there[i];
    elements_copy(m, to, d, y.step / size, room, F64, 1);
  }
}

typedef struct ScanRows {
  const Tensor *x, *y; /* the dimension last */
  int64_t n;
  bool product, back, add; /* back: from the last element on */
} ScanRows;

static Walk turned_back(Walk w, int64_t n) { return (Walk){w.at + (n - 1) * w.step, -w.step}; }

enum { LANES = 8, TILE = 64, WIDE_TILE = 512, NEAR = 128, MANY = 512 };

/* Rows side by side, which do not wait for each other: n elements, a step apart, of rows that are `apart`; in elements. */
typedef struct Lanes {
  int64_t n, x_step, y_step, x_apart, y_apart;
  bool product, add;
} Lanes;

/* Of numbers that are not converted memory is the limit, which is fastest in its own order. */
static bool goes_near(const Lanes *s, size_t size) {
  return s->x_step == 1 && s->y_step == 1 && s->y_apart != 1 && s->n <= NEAR && size == sizeof(double) &&
         !s->add;
}

/* Reals in f64, whole numbers modulo 2^64; y may be x.  Up to TILE rows that are neighbours, or LANES, or many of few,
 * or one. */
#define SIDE_BY_SIDE(T, WIDE, TO)                                                                            \
  static inline __attribute__((always_inline)) void side_##T(                                                \
      const int lanes, const bool product, const bool add, const Lanes s, const T *x, TO *y) {               \
    WIDE r[TILE];                                                                                            \
    for (int l = 0; l < lanes; l++) r[l] = product;                                                          \
    for (int64_t i = 0; i < s.n; i++, x += s.x_step, y += s.y_step)                                          \
      for (int l = 0; l < lanes; l++) {                                                                      \
        const WIDE v = (WIDE)x[l * s.x_apart];                                                               \
        r[l] = product ? r[l] * v : r[l] + v;                                                                \
        y[l * s.y_apart] = (TO)(add ? r[l] + (WIDE)y[l * s.y_apart] : r[l]);                                 \
      }                                                                                                      \
  }                                                                                                          \
  static inline                                                                                              \
      __attribute__((always_inline)) void any_##T(const int lanes, const Lanes s, const void *x, void *y) {  \
    if (s.add) side_##T(lanes, s.product, true, s, x, y);                                                    \
    else if (s.product) side_##T(lanes, true, false, s, x, y);                                               \
    else side_##T(lanes, false, false, s, x, y);                                                             \
  }                                                                                                          \
  /* Short rows one after another: the sums of the next do not wait for those of this one. */                \
  static inline __attribute__((always_inline)) void near_##T(int rows, const bool product, const Lanes s,    \
                                                             const T *x, TO *y) {                            \
    for (; rows > 0; rows--, x += s.x_apart, y += s.y_apart) {                                               \
      WIDE r = product;                                                                                      \
      for (int64_t i = 0; i < s.n; i++) {                                                                    \
        r = product ? r * (WIDE)x[i] : r + (WIDE)x[i];                                                       \
        y[i] = (TO)r;                                                                                        \
      }                                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  static void lanes_##T(int lanes, const Lanes *s, const void *x, void *y) {                                 \
    Lanes beside = *s;                                                                                       \
    beside.x_apart = beside.y_apart = 1;                                                                     \
    if (lanes == 1) any_##T(1, beside, x, y);                                                                \
    else if (s->x_apart == 1 && s->y_apart == 1) {                                                           \
      if (lanes == 2) any_##T(2, beside, x, y); /* of few, known ones the sums stay in registers */          \
      else if (lanes == 3) any_##T(3, beside, x, y);                                                         \
      else if (lanes == 4) any_##T(4, beside, x, y);                                                         \
      else any_##T(lanes, beside, x, y);                                                                     \
    } else if (goes_near(s, sizeof(T)) && s->product) near_##T(lanes, true, *s, x, y);                       \
    else if (goes_near(s, sizeof(T))) near_##T(lanes, false, *s, x, y);                                      \
    else any_##T(LANES, *s, x, y);                                                                           \
  }
SIDE_BY_SIDE(float, double, float)
SIDE_BY_SIDE(double, double, double)
SIDE_BY_SIDE(int64_t, uint64_t, uint64_t)
SIDE_BY_SIDE(int32_t, uint64_t, uint64_t)
SIDE_BY_SIDE(uint8_t, uint64_t, uint64_t)

static void lanes_run(Dtype d, int lanes, const Lanes *s, const void *x, void *y) {
  switch (d) {
  case F32: lanes_float(lanes, s, x, y); break;
  case F64: lanes_double(lanes, s, x, y); break;
  case I64: lanes_int64_t(lanes, s, x, y); break;
  case I32: lanes_int32_t(lanes, s, x, y); break;
  default: lanes_uint8_t(lanes, s, x, y);
  }
}

/* Rows that are neighbours in the dimension before the last. */
static void scan_lanes(void *context, int64_t begin, int64_t end) {
  const ScanRows *j = context;
  const int before = j->x->nd - 2;
  const int64_t length = before < 0 ? 1 : j->x->shape[before], size = (int64_t)dtype_size[j->x->dtype],
                to = (int64_t)dtype_size[j->y->dtype];
  Lanes s = {.n = j->n,
             .x_apart = before < 0 ? 0 : j->x->stride[before],
             .y_apart = before < 0 ? 0 : j->y->stride[before],
             .product = j->product,
             .add = j->add};
  for (int64_t o = begin, run; o < end && !interrupt_pending(); o += run) {
    Walk x = walk_from(j->x, o * j->n), y = walk_from(j->y, o * j->n);
    if (j->back) y = turned_back(y, j->n), x = turned_back(x, j->n);
    s.x_step = x.step / size;
    s.y_step = y.step / to;
    run = length - o % length < end - o ? length - o % length : end - o;
    for (int64_t k = 0, m; k < run; k += m) {
      m = run - k < LANES ? 1 : goes_near(&s, (size_t)size) ? least(run - k, MANY) : LANES;
      lanes_run(j->x->dtype, (int)m, &s, x.at + k * s.x_apart * size, y.at + k * s.y_apart * to);
    }
  }
}

/* A few rows of reals, which alone would wait for each sum. */
static void scan_rows(void *context, int64_t begin, int64_t end) {
  const ScanRows *j = context;
  for (int64_t o = begin; o < end && !interrupt_pending(); o++) {
    Walk y = walk_from(j->y, o * j->n), x = walk_from(j->x, o * j->n);
    if (j->back) y = turned_back(y, j->n), x = turned_back(x, j->n);
    scan_real_row(y, x, j->n, j->x->dtype, j->add);
  }
}

/* --- along other dimensions than the last: a row is added to the row before it, whole tiles of columns at a time */

typedef struct Scan {
  const Tensor *x, *y;
  int64_t inner, tile, tiles; /* both are [outer, n, inner], without gaps in inner; columns of a tile */
  bool plain, back, wide;     /* plain: both contiguous; back: as ScanRows */
  Lanes lanes;
} Scan;

/* Of contiguous ones without a division for each dimension. */
static unsigned char *element_at(const Scan *j, const Tensor *t, int64_t flat) {
  return j->plain ? t->data + flat * (int64_t)dtype_size[t->dtype] : walk_from(t, flat).at;
}

/* Of what is as wide as its sums a row comes from the one before it in whole vectors; x's elements may lie apart. */
static bool goes_wide(const Tensor *x, int64_t inner, bool add) {
  return dtype_size[x->dtype] == sizeof(double) && inner >= TILE && !add;
}
static void wide_tile(const Scan *j, int64_t m, const unsigned char *x, unsigned char *y) {
  const Lanes *s = &j->lanes;
  const Dtype d = j->x->dtype;
  const PointwiseFn fn = (d == F64 ? kernels(F64)->map : whole_kernels(I64))[s->product ? M_mul : M_add];
  const double real = s->product;
  const int64_t whole = s->product;
  const void *before = d == F64 ? (const void *)&real : &whole;
  double row[WIDE_TILE]; /* of either dtype */
  for (int64_t i = 0; i < s->n; i++, before = y, x += s->x_step * (int64_t)sizeof(double)) {
    if (i) y += s->y_step * (int64_t)sizeof(double);
    if (s->x_apart != 1) elements_copy(m, row, d, 1, x, d, s->x_apart);
    fn(m, y, (const void *[]){before, s->x_apart != 1 ? (const void *)row : x}, !i, NULL, false);
  }
}

static void scan_tiles(void *context, int64_t begin, int64_t end) {
  const Scan *j = context;
  for (int64_t t = begin; t < end && !interrupt_pending(); t++) {
    const int64_t c = t % j->tiles * j->tile, first = j->back ? j->lanes.n - 1 : 0,
                  at = (t / j->tiles * j->lanes.n + first) * j->inner + c, m = least(j->inner - c, j->tile);
    if (j->wide) wide_tile(j, m, element_at(j, j->x, at), element_at(j, j->y, at));
    else lanes_run(j->x->dtype, (int)m, &j->lanes, element_at(j, j->x, at), element_at(j, j->y, at));
  }
}

/* How far apart the elements behind dim lie, all alike; 0: not so, or all are one. */
static int64_t apart_behind(const Tensor *t, int dim) {
  int64_t apart = 0, want = 0;
  for (int i = t->nd - 1; i > dim; i--) {
    if (t->shape[i] == 1) continue;
    if (!want) apart = want = t->stride[i];
    if (t->stride[i] != want || want == 0) return 0;
    want *= t->shape[i];
  }
  return apart;
}

static bool scan_columns(const Tensor *x, Tensor *y, int dim, bool product, bool back, bool add) {
  const int64_t n = x->shape[dim], inner = op_behind(x, dim);
  if (inner < 2 || x->n == 0) return false;
  const bool wide = goes_wide(x, inner, add);
  const int64_t apart = apart_behind(x, dim), rows = x->n / n / inner;
  if (apart_behind(y, dim) != 1 || (apart != 1 && !(wide && apart > 0))) return false;
  int64_t tile = wide ? WIDE_TILE : TILE;
  while (tile > TILE && rows * ceil_div(inner, tile) < parallel_threads()) tile /= 2;
  const int64_t x_step = x->stride[dim], y_step = y->stride[dim];
  const Lanes lanes = {n, back ? -x_step : x_step, back ? -y_step : y_step, apart, 1, product, add};
  const bool plain = tensor_is_contiguous(x) && tensor_is_contiguous(y);
  Scan j = {x, y, inner, tile, ceil_div(inner, tile), plain, back, wide, lanes};
  parallel_for(rows * j.tiles, 1 + GRAIN / (n * least(inner, tile)), scan_tiles, &j);
  return true;
}

/* Does each element of t lie apart from all others, and are there rows of columns? */
static bool sparse(const Tensor *t, int dim) {
  for (int i = 0; i < t->nd; i++)
    if (t->shape[i] > 1 && t->stride[i] == 1) return false;
  return t->n > 1 && op_behind(t, dim) > 1;
}

/* Along a dimension of 1.  Sums begin with 0, which makes 0 of -0. */
static void scan_single(const Tensor *x, Tensor *y, bool product, bool add) {
  double none = 0;
  const Tensor zero = {.dtype = F64, .n = 1, .data = (unsigned char *)&none}, *in[2] = {x, &zero};
  if (!dtype_is_float(x->dtype)) tensor_copy(y, x);
  else pointwise_map(product ? M_copy : M_add, y, in, product ? 1 : 2, NULL, add);
}

static bool scan(Tensor *from, Tensor *to, int dim, bool product, bool back, bool add, Err *e) {
  if (from->shape[dim] == 1) {
    scan_single(from, to, product, add);
    return true;
  }
  if (scan_columns(from, to, dim, product, back, add)) return true;
  if (sparse(from, dim)) {
    Tensor *dense = tensor_clone(from, e);
    const bool ok = dense && scan(dense, to, dim, product, back, add, e);
    tensor_release(dense);
    return ok;
  }
  Tensor *x = dim_last(from, dim, e), *y = x ? dim_last(to, dim, e) : NULL;
  ScanRows j = {x, y, from->shape[dim], product, back, add};
  const int64_t rows = x && x->n ? x->n / j.n : 0;
  if (y && rows > 0 && (rows < LANES || j.n >= LONG_ROW) && dtype_is_float(from->dtype) && !product)
    parallel_for(rows, 1 + GRAIN / j.n, scan_rows, &j);
  else if (y && rows > 0) parallel_for(rows, (GRAIN / j.n / LANES + 1) * LANES, scan_lanes, &j);
  bool ok = y != NULL;
  tensor_release(x);
  tensor_release(y);
  return ok;
}

static bool scan_forward(OpCall *c, Err *e) {
  return scan(c->x[0], c->y[0], PARAM(cumsum, c)->dim, c->op->flavour == PRODUCT, false, false, e);
}

/* x, dy and dx: [outer, n, inner]; a tile is some columns beside each other. */
typedef struct ProductBack {
  const void *x, *dy;
  void *dx;
  int64_t n, inner, columns, tiles; /* columns of a tile, tiles of a row */
  double *before;                   /* n x columns a thread */
  bool add;
} ProductBack;

/* dx[i] = before[i] after[i]: the product of those before i, and dy[i] + x[i+1] after[i+1]; m columns. */
#define PRODUCT_BACK(T)                                                                                      \
  static inline __attribute__((always_inline)) void back_##T(                                                \
      const ProductBack *j, int64_t m, double *before, const T *x, const T *dy, T *dx) {                     \
    double run[TILE];                                                                                        \
    const int64_t n = j->n, inner = j->inner;                                                                \
    for (int64_t l = 0; l < m; l++) run[l] = 1;                                                              \
    for (int64_t i = 0; i < n; i++)                                                                          \
      for (int64_t l = 0; l < m; l++) {                                                                      \
        before[i * m + l] = run[l];                                                                          \
        run[l] *= (double)x[i * inner + l];                                                                  \
      }                                                                                                      \
    for (int64_t l = 0; l < m; l++) run[l] = 0;                                                              \
    for (int64_t i = n; i-- > 0;)                                                                            \
      for (int64_t l = 0; l < m; l++) {                                                                      \
        const double after = (double)dy[i * inner + l] + run[l], g = before[i * m + l] * after;              \
        run[l] = after * (double)x[i * inner + l];                                                           \
        dx[i * inner + l] = (T)(j->add ? g + (double)dx[i * inner + l] : g);                                 \
      }                                                                                                      \
  }                                                                                                          \
  static void product_back_##T(void *context, int64_t begin, int64_t end) {                                  \
    const ProductBack *j = context;                                                                          \
    double *before = j->before + parallel_thread() * j->n * j->columns;                                      \
    for (int64_t t = begin; t < end && !interrupt_pending(); t++) {                                          \
      const int64_t c = t % j->tiles * j->columns, at = t / j->tiles * j->n * j->inner + c;                  \
      const int64_t m = least(j->inner - c, j->columns);                                                     \
      const T *x = (const T *)j->x + at, *dy = (const T *)j->dy + at;                                        \
      if (m == 1) back_##T(j, 1, before, x, dy, (T *)j->dx + at);                                            \
      else back_##T(j, m, before, x, dy, (T *)j->dx + at);                                                   \
    }                                                                                                        \
  }
PRODUCT_BACK(float)
PRODUCT_BACK(double)

static bool product_back(Tensor *given, Tensor *given_dy, Tensor *dx, int dim, bool add, Err *e) {
  enum { ROOM = 1 << 15 }; /* numbers of a tile, as the second cache holds */
  Tensor *x = tensor_contiguous(given, e), *dy = x ? tensor_contiguous(given_dy, e) : NULL, *before = NULL;
  ProductBack j = {.n = dx->shape[dim], .inner = op_behind(dx, dim), .add = add};
  const int64_t fit = most(ROOM / most(j.n, 1), 1);
  j.columns = most(least(least(fit, TILE), j.inner), 1);
  j.tiles = ceil_div(j.inner, j.columns);
  const int64_t room = j.n * j.columns * parallel_threads();
  if (dy) before = tensor_new(F64, 1, &room, e);
  if (before && dx->n > 0) {
    j.x = x->data, j.dy = dy->data, j.dx = dx->data, j.before = before->data;
    parallel_for(dx->n / j.n / j.inner * j.tiles, 1 + GRAIN / (j.n * j.columns),
                 dx->dtype == F32 ? product_back_float : product_back_double, &j);
  }
  tensor_release(x);
  tensor_release(dy);
  tensor_release(before);
  return before != NULL;
}

/* cumsum: dx[i] = sum of dy from i on. */
static bool scan_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  const int dim = PARAM(cumsum, c)->dim;
  const bool product = c->op->flavour == PRODUCT;
  return !product || dx[0]->shape[dim] == 1 ? scan(dys[0], dx[0], dim, product, true, add & 1, e)
                                            : product_back(c->x[0], dys[0], dx[0], dim, add & 1, e);
}

/* clang-format off */
const Op op_sort = {
    .name = "sort", .where = "tm", .eq = "y, i = x in order along dim",
    .doc = "sorts, equal values keep their order; also the old indices", .in = {"x"},
    .param = TAKES(sort),
    .saves = SAVE_Y1, .flavour = SORT,
    .shape = sort_shape, .forward = sort_forward, .backward = sort_backward,
    .check = {{1, {{2, {3, 4}}}}, {1, {{2, {3, 4}}}, .args = "dim=1, descending=true"}},
    .example = "print(tensor{3, 1, 2}:sort())",
    .see = "argsort, topk"};
const Op op_argsort = {
    .name = "argsort", .where = "tm", .eq = "i = the order of x along dim",
    .doc = "indices (from 1) that sort x", .in = {"x"},
    .param = TAKES(sort),
    .flags = OP_NO_GRAD, .flavour = ARGSORT,
    .shape = sort_shape, .forward = sort_forward,
    .example = "print(tensor{3, 1, 2}:argsort())",
    .see = "sort"};
const Op op_topk = {
    .name = "topk", .where = "tm", .eq = "y, i = the k greatest of x along dim, in order",
    .doc = "the k greatest (or least) elements and their indices", .in = {"x"},
    .param = TAKES(topk),
    .saves = SAVE_Y1, .flavour = TOPK,
    .shape = sort_shape, .forward = sort_forward, .backward = sort_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "k=2"}},
    .example = "print(tensor{3, 1, 2}:topk(2))",
    .see = "sort, max"};
const Op op_cumsum = {
    .name = "cumsum", .where = "tm", .eq = "y[i] = x[1] + ... + x[i] along dim",
    .doc = "running sum; integers exactly in i64", .in = {"x"},
    .param = TAKES(cumsum),
    .flavour = SUM,
    .shape = scan_shape, .forward = scan_forward, .backward = scan_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "dim=2"}},
    .example = "print(tensor{1, 2, 3}:cumsum(1))",
    .see = "sum, cumprod"};
const Op op_cumprod = {
    .name = "cumprod", .where = "tm", .eq = "y[i] = x[1] ... x[i] along dim",
    .doc = "running product; integers exactly in i64", .in = {"x"},
    .param = TAKES(cumsum),
    .saves = SAVE_X0, .flavour = PRODUCT,
    .shape = scan_shape, .forward = scan_forward, .backward = scan_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "dim=2"}},
    .example = "print(tensor{1, 2, 3}:cumprod(1))",
    .see = "prod, cumsum"};
