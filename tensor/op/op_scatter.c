/* op_scatter.c: placing through indices: index_add, scatter_add, scatter, scatter_reduce.  In the order of the
 * indices, so that repeated ones are deterministic. */
#include "index.h"
#include "op.h"
#include "parallel.h"
#include "pointwise.h"

#include <string.h>

enum {
  PUTS = 1,
  JOINS = 2,
  SLICES = 4
}; /* Op.flavour: what becomes of an element, if it is not added; an index for a slice */
#define scatter_ROWS (DIM, dim, 1, "dimension")
PARAMS(scatter, scatter_ROWS)
CHOICES(HOW, sum, prod, mean, amax, amin)
PARAMS_ON(scatter, scatter_reduce, (CHOICE, reduce, HOW_sum, "how they are joined", HOW_words),
          (BOOL, include_self, true, "x's own element is joined too"))

static int dim_of(const OpCall *c) { return PARAM(scatter, c)->dim; }

static bool whole(const OpCall *c) { return c->op->flavour & SLICES; }

/* scatter and scatter_add read each index once, so they look at them then. */
static bool checked_in_use(const OpCall *c) {
  bool now = !(c->op->flavour & (JOINS | SLICES)) && c->x[0]->shape[dim_of(c)] > 0;
  for (int i = 0; i < 3; i++) now &= !tensor_is_meta(c->x[i]);
  return now;
}

static bool ready(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *src = c->x[2];
  char left[TEXT], right[TEXT];
  if (!op_want_ints(c, 1, e) || !op_dim(c, &PARAM(scatter, c)->dim, x->nd, e)) return false;
  int dim = dim_of(c);
  if (x->nd == 0) return err_set(e, "%s: x has no dimension", c->op->name);
  if (src->dtype != x->dtype)
    return err_set(e, "%s: dtypes differ: x %s, src %s", c->op->name, tensor_text(left, x),
                   tensor_text(right, src));
  return checked_in_use(c) || index_check(c->x[1], x->shape[dim], c->op->name, e);
}

static bool index_add_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1], *src = c->x[2];
  char a[TEXT], b[TEXT], d[TEXT];
  if (!ready(c, e)) return false;
  bool fits = src->nd == x->nd && ids->nd == 1;
  for (int i = 0; fits && i < x->nd; i++) fits = src->shape[i] == (i == dim_of(c) ? ids->n : x->shape[i]);
  if (!fits)
    return err_set(e, "index_add: x %s, ids %s, src %s do not fit along dim %d", tensor_text(a, x),
                   tensor_text(b, ids), tensor_text(d, src), dim_of(c) + 1);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

static bool scatter_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1], *src = c->x[2];
  char a[TEXT], b[TEXT], d[TEXT];
  if (!ready(c, e)) return false;
  bool fits = src->nd == x->nd && ids->nd == x->nd;
  for (int i = 0; fits && i < x->nd; i++)
    fits = ids->shape[i] <= src->shape[i] && (i == dim_of(c) || ids->shape[i] <= x->shape[i]);
  if (!fits)
    return err_set(e, "%s: x %s, ids %s, src %s do not fit along dim %d", c->op->name, tensor_text(a, x),
                   tensor_text(b, ids), tensor_text(d, src), dim_of(c) + 1);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

typedef struct Adding {
  IndexWalk walk;
  Tensor *y;
  const Tensor *src, *ids;
  int64_t rows, n, tile;
  bool put, bad;
  const unsigned char *copied; /* x, whose rows are copied one by one before they are added to, or NULL */
} Adding;

/* Elements col.. of a row: with one index for all of them, or one for each. */
static bool add_part(const Adding *j, int64_t row, int64_t col, int64_t n) {
  enum { RUN = 512 };
  const int64_t size = (int64_t)dtype_size[j->y->dtype], places = j->y->shape[j->walk.dim];
  const IndexRun to = index_run(&j->walk, row, j->y), from = index_plain_run(&j->walk, row, j->src);
  const bool each = !j->walk.whole || j->walk.dim == j->walk.over->nd - 1;
  int64_t room[RUN];
  bool bad = false;
  for (int64_t at = col; at < col + n;) {
    const int64_t m = each && col + n - at > RUN ? RUN : col + n - at;
    const int64_t first = j->walk.whole ? at : row * j->n + at,
                  *id = each ? index_ids(j->ids, first, m, room) : NULL;
    unsigned char *y = j->y->data + (to.base + at * to.step) * size;
    const unsigned char *x = j->src->data + (from.base + at * from.step) * size;
    bad |= j->put ? index_put((size_t)size, m, y, to.step, to.jump, x, from.step, id, places)
                  : index_join(j->y->dtype, m, y, to.step, to.jump, x, from.step, id, places);
    at += m;
  }
  return bad;
}

static void add_rows(void *context, int64_t begin, int64_t end) {
  Adding *j = context;
  bool bad = false;
  const int64_t bytes = j->y->shape[j->walk.dim] * (int64_t)dtype_size[j->y->dtype];
  for (int64_t row = begin; row < end; row++) {
    if (j->copied) memcpy(j->y->data + row * bytes, j->copied + row * bytes, (size_t)bytes);
    bad |= add_part(j, row, 0, j->n);
  }
  if (bad) __atomic_store_n(&j->bad, true, __ATOMIC_RELAXED);
}
static void add_tiles(void *context, int64_t begin, int64_t end) {
  Adding *j = context;
  bool bad = false;
  const int64_t col = begin * j->tile, n = (end * j->tile < j->n ? end * j->tile : j->n) - col;
  for (int64_t row = 0; row < j->rows && !interrupt_pending(); row++) bad |= add_part(j, row, col, n);
  if (bad) __atomic_store_n(&j->bad, true, __ATOMIC_RELAXED);
}

/* Every row of x has indices, and all lie in order. */
static bool row_by_row(const OpCall *c) {
  const Tensor *x = c->x[0], *ids = c->x[1];
  const int last = x->nd - 1;
  bool same = !whole(c) && dim_of(c) == last && ids->n > 0 && tensor_is_contiguous(x);
  for (int i = 0; same && i < last; i++) same = ids->shape[i] == x->shape[i];
  return same;
}

/* Elements meet only along dim: threads share the rows where that is the last dimension, else the columns; at each place
 * the order stays that of the indices. */
static bool add_from(OpCall *c, const Tensor *src, Err *e) {
  enum { TILE = 64 };
  const int dim = dim_of(c);
  Tensor *pos = whole(c) ? index_positions(c->x[1], c->x[0]->shape[dim], e) : tensor_retain(c->x[1]);
  if (!pos) return false;
  Adding j = {.walk = {c->x[whole(c) ? 2 : 1], dim, whole(c), pos->data},
              .y = c->y[0],
              .src = src,
              .ids = c->x[1],
              .tile = TILE,
              .put = c->op->flavour & PUTS};
  if (row_by_row(c)) j.copied = c->x[0]->data;
  else tensor_copy(c->y[0], c->x[0]);
  j.rows = index_rows(&j.walk, &j.n);
  if (dim == j.walk.over->nd - 1) parallel_for(j.rows, 1 + GRAIN / (j.n + 1), add_rows, &j);
  else if (j.rows) parallel_for((j.n + TILE - 1) / TILE, 1 + GRAIN / (TILE * j.rows), add_tiles, &j);
  tensor_release(pos);
  return !j.bad || index_check(c->x[1], c->x[0]->shape[dim], c->op->name, e);
}

static bool add_forward(OpCall *c, Err *e) { return add_from(c, c->x[2], e); }

/* d += g over a row of the walk: d lies plainly, g is indexed. */
static void take_row(const IndexWalk *w, int64_t row, int64_t n, const Tensor *ids, Tensor *d,
                     const Tensor *g) {
  enum { RUN = 512 };
  const int64_t size = (int64_t)dtype_size[g->dtype];
  const IndexRun from = index_run(w, row, g), to = index_plain_run(w, row, d);
  const bool each = !w->whole || w->dim == w->over->nd - 1;
  int64_t room[RUN];
  double picked[RUN];
  for (int64_t at = 0, m; at < n; at += m) {
    m = each && n - at > RUN ? RUN : n - at;
    const void *x = g->data + (from.base + at * from.step) * size;
    if (each)
      index_pick((size_t)size, m, picked, x, from.step, from.jump,
                 index_ids(ids, w->whole ? at : row * n + at, m, room), g->shape[w->dim]);
    index_join(d->dtype, m, d->data + (to.base + at * to.step) * size, to.step, 0, each ? picked : x,
               each ? 1 : from.step, NULL, 0);
  }
}

static bool add_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const Tensor *g = dy[0];
  if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  if (!dx[2]) return true;
  Tensor *pos = index_positions(c->x[1], g->shape[dim_of(c)], e);
  if (!pos) return false;
  if (!(add & 4)) tensor_fill(dx[2], 0);
  IndexWalk w = {whole(c) ? dx[2] : c->x[1], dim_of(c), whole(c), (const int64_t *)pos->data};
  int64_t n, rows = index_rows(&w, &n);
  for (int64_t row = 0; row < rows && !interrupt_pending(); row++) take_row(&w, row, n, c->x[1], dx[2], g);
  tensor_release(pos);
  return true;
}

/* --- scatter, scatter_reduce: one element after another -------------------------------------------------- */

/* A src without dimensions is one element for all. */
static Tensor element_of_all(const OpCall *c) {
  Tensor v = *c->x[2];
  if (v.nd > 0) return v;
  v.nd = c->x[1]->nd;
  for (int i = 0; i < v.nd; i++) {
    v.shape[i] = c->x[1]->shape[i];
    v.stride[i] = 0;
  }
  return v;
}

static bool place_shape(OpCall *c, Err *e) {
  if (c->x[2]->nd > 0) return scatter_shape(c, e);
  Tensor *src = c->x[2], one = element_of_all(c);
  if (c->x[1]->nd != c->x[0]->nd) return scatter_shape(c, e); /* which says so */
  c->x[2] = &one;
  bool ok = scatter_shape(c, e);
  c->x[2] = src;
  return ok;
}

/* Calls visit with every element of ids in order: its place in a tensor like `indexed`, and in one like `plain`. */
typedef void (*Visit)(void *context, int64_t to, int64_t from);
static void visit_all(const Tensor *ids, int dim, const Tensor *pos, const Tensor *indexed,
                      const Tensor *plain, Visit visit, void *context) {
  IndexWalk w = {ids, dim, false, (const int64_t *)pos->data};
  int64_t n, rows = index_rows(&w, &n);
  for (int64_t row = 0; row < rows && !interrupt_pending(); row++) {
    IndexRun to = index_run(&w, row, indexed), from = index_plain_run(&w, row, plain);
    for (int64_t k = 0; k < n; k++)
      visit(context, to.base + k * to.step + to.p[k] * to.jump, from.base + k * from.step);
  }
}

typedef struct Place {
  Tensor *y;
  const Tensor *src;
  int how;
  bool self;
  int64_t *count; /* of src's elements at each place of y  */
} Place;

/* y = y joined with v; of the first one at a place without itself, v. */
#define JOIN(type)                                                                                           \
  static void join_##type(const Place *p, type *y, type v, bool first) {                                     \
    if (first) *y = v;                                                                                       \
    else if (p->how == HOW_prod) *y = (type)(*y * v);                                                        \
    else if (p->how == HOW_amax) *y = v > *y || v != v ? v : *y;                                             \
    else if (p->how == HOW_amin) *y = v < *y || v != v ? v : *y;                                             \
    else *y = (type)(*y + v);                                                                                \
  }
JOIN(float)
JOIN(double)
JOIN(int64_t)
JOIN(int32_t)
JOIN(uint8_t)

static void join_one(void *context, int64_t to, int64_t from) {
  const Place *p = context;
  const bool first = !p->self && p->count[to] == 0;
  const void *src = p->src->data;
  void *y = p->y->data;
  p->count[to]++;
  switch (p->y->dtype) {
  case F32: join_float(p, (float *)y + to, ((const float *)src)[from], first); break;
  case F64: join_double(p, (double *)y + to, ((const double *)src)[from], first); break;
  case I64: join_int64_t(p, (int64_t *)y + to, ((const int64_t *)src)[from], first); break;
  case I32: join_int32_t(p, (int32_t *)y + to, ((const int32_t *)src)[from], first); break;
  default: join_uint8_t(p, (uint8_t *)y + to, ((const uint8_t *)src)[from], first);
  }
}

static int64_t floor_of(int64_t a, int64_t by) { return a / by - (a % by != 0 && a < 0); }

/* Sums become means; of whole numbers rounded down, as PyTorch's. */
static void divide(const Place *p) {
  for (int64_t i = 0; i < p->y->n; i++) {
    const int64_t n = p->count[i] + p->self;
    if (p->count[i] == 0 || n == 1) continue;
    if (dtype_is_float(p->y->dtype)) tensor_set(p->y, i, tensor_get(p->y, i) / (double)n);
    else tensor_set_int(p->y, i, floor_of(tensor_get_int(p->y, i), n));
  }
}

static bool place_forward(OpCall *c, Err *e) {
  const Tensor src = element_of_all(c);
  return add_from(c, &src, e);
}

static bool reduce_at_shape(OpCall *c, Err *e) {
  if (!scatter_shape(c, e)) return false;
  if (c->x[0]->dtype == BOOL) return err_set(e, "scatter_reduce: x must be numbers, got bool");
  return tensor_is_meta(c->y[0]) || (c->save[0] = tensor_new(I64, c->y[0]->nd, c->y[0]->shape, e));
}

static bool reduce_at_forward(OpCall *c, Err *e) {
  Tensor *y = c->y[0], *pos = index_positions(c->x[1], c->x[0]->shape[dim_of(c)], e);
  if (!pos) return false;
  tensor_copy(y, c->x[0]);
  tensor_fill(c->save[0], 0);
  Place p = {y, c->x[2], PARAM(scatter_reduce, c)->reduce, PARAM(scatter_reduce, c)->include_self,
             c->save[0]->data};
  visit_all(c->x[1], dim_of(c), pos, y, c->x[2], join_one, &p);
  if (p.how == HOW_mean) divide(&p);
  tensor_release(pos);
  return true;
}

/* The way back.  g: dy by place, in f64; share: what every element at a place has of it. */
typedef struct Back {
  const Tensor *src, *y; /* src lies as dsrc does */
  Tensor *dsrc;
  int how;
  double *g, *left; /* prod: the product of what is not 0 there; amax, amin: how many are the extreme */
  int64_t *owner;   /* scatter: whose element stands there, else -1; prod: how many are 0            */
} Back;

static void own_one(void *context, int64_t to, int64_t from) { ((const Back *)context)->owner[to] = from; }
static void take_owned(void *context, int64_t to, int64_t from) {
  const Back *b = context;
  if (b->owner[to] == from) tensor_add_real(b->dsrc, from, b->g[to]);
}

static void count_value(const Back *b, int64_t place, double v) {
  if (b->how == HOW_prod) {
    if (v == 0) b->owner[place]++;
    else b->left[place] *= v;
  } else b->left[place] += v == tensor_real(b->y, place) ? 1 : 0;
}
static double share_of(const Back *b, int64_t place, double v) {
  if (b->how == HOW_prod) {
    const int64_t zeros = b->owner[place];
    return v == 0 ? (zeros == 1 ? b->g[place] * b->left[place] : 0)
                  : (zeros == 0 ? b->g[place] * b->left[place] / v : 0);
  }
  if (b->how == HOW_amax || b->how == HOW_amin)
    return v == tensor_real(b->y, place) ? b->g[place] / b->left[place] : 0;
  return b->g[place];
}
static void count_one(void *context, int64_t to, int64_t from) {
  const Back *b = context;
  count_value(b, to, tensor_real(b->src, from));
}
static void share_one(void *context, int64_t to, int64_t from) {
  const Back *b = context;
  tensor_add_real(b->dsrc, from, share_of(b, to, tensor_real(b->src, from)));
}

/* Places are those of y's order. */
static bool back_make(Back *b, const OpCall *c, Tensor *const *dy, Tensor *t[3], Err *e) {
  const Tensor *y = dy[0];
  t[0] = tensor_new(F64, y->nd, y->shape, e);
  t[1] = t[0] ? tensor_new(F64, y->nd, y->shape, e) : NULL;
  t[2] = t[1] ? tensor_new(I64, y->nd, y->shape, e) : NULL;
  if (!t[2]) return false;
  tensor_copy(t[0], y);
  *b = (Back){.y = c->y[0], .g = t[0]->data, .left = t[1]->data, .owner = t[2]->data};
  return true;
}

static bool place_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Back b;
  Tensor *t[3] = {NULL}, *pos = index_positions(c->x[1], dy[0]->shape[dim_of(c)], e);
  bool ok = pos && back_make(&b, c, dy, t, e);
  if (ok) {
    /* the places of src's elements as dsrc has them, one for all where it has no dimensions */
    Tensor like = dx[2] ? *dx[2] : *t[0];
    const bool single = dx[2] && dx[2]->nd == 0;
    if (single || !dx[2]) like = *c->x[1];
    shape_strides(like.nd, like.shape, like.stride);
    tensor_fill_int(t[2], -1);
    visit_all(c->x[1], dim_of(c), pos, t[0], &like, own_one, &b);
    if (dx[2] && !(add & 4)) tensor_fill(dx[2], 0);
    b.dsrc = dx[2];
    if (dx[2] && !single) visit_all(c->x[1], dim_of(c), pos, t[0], &like, take_owned, &b);
    for (int64_t i = 0; i < t[0]->n; i++) {
      if (b.owner[i] < 0) continue;
      if (single) tensor_add_real(dx[2], 0, b.g[i]);
      b.g[i] = 0;
    }
    const Tensor *g = t[0];
    if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  }
  for (int i = 0; i < 3; i++) tensor_release(t[i]);
  tensor_release(pos);
  return ok;
}

/* What x's own elements have of g, in g. */
static void own_shares(const Back *b, const Tensor *x, const int64_t *count, bool self) {
  for (int64_t i = 0; i < b->y->n; i++) {
    if (count[i] == 0) continue; /* x alone: all of it */
    b->g[i] = self ? share_of(b, i, tensor_get(x, i)) : 0;
  }
}

static bool reduce_at_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Back b;
  const bool self = PARAM(scatter_reduce, c)->include_self;
  const int64_t *count = c->save[0]->data;
  Tensor *t[3] = {NULL}, *pos = index_positions(c->x[1], dy[0]->shape[dim_of(c)], e),
         *src = pos ? tensor_contiguous(c->x[2], e) : NULL;
  bool ok = src && back_make(&b, c, dy, t, e);
  if (ok) {
    b.src = src;
    b.dsrc = dx[2];
    b.how = PARAM(scatter_reduce, c)->reduce;
    const bool counts = b.how == HOW_prod || b.how == HOW_amax || b.how == HOW_amin;
    tensor_fill(t[1], b.how == HOW_prod ? 1 : 0);
    tensor_fill_int(t[2], 0);
    for (int64_t i = 0; i < t[0]->n; i++) {
      if (b.how == HOW_mean && count[i]) b.g[i] /= (double)(count[i] + self);
      if (counts && self) count_value(&b, i, tensor_get(c->x[0], i));
    }
    if (counts) visit_all(c->x[1], dim_of(c), pos, t[0], src, count_one, &b);
    if (dx[2] && !(add & 4)) tensor_fill(dx[2], 0);
    if (dx[2]) visit_all(c->x[1], dim_of(c), pos, t[0], src, share_one, &b);
    own_shares(&b, c->x[0], count, self);
    const Tensor *g = t[0];
    if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  }
  tensor_release(src);
  for (int i = 0; i < 3; i++) tensor_release(t[i]);
  tensor_release(pos);
  return ok;
}

/* clang-format off */
const Op op_index_add = {
    .name = "index_add", .where = "tm", .eq = "y = x; y[ids[k]] += src[k] along dim",
    .doc = "adds slices of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = TAKES(scatter),
    .saves = SAVE_X1, .flavour = SLICES,
    .shape = index_add_shape, .forward = add_forward, .backward = add_backward,
    .check = {{3, {{2, {4, 3}}, {1, {5}}, {2, {5, 3}}}, .args = "dim=1"}},
    .example = "print(tensor.zeros(3):index_add(1, tensor({1, 1}, {dtype=\"i64\"}), tensor{2, 3}))",
    .see = "scatter_add"};
const Op op_scatter_add = {
    .name = "scatter_add", .where = "tm", .eq = "y = x; y[ids[i,j], j] += src[i,j] along dim",
    .doc = "adds single elements of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = TAKES(scatter),
    .saves = SAVE_X1,
    .shape = scatter_shape, .forward = add_forward, .backward = add_backward,
    .check = {{3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "dim=1"}},
    .example = "print(tensor.zeros(3):scatter_add(1, tensor({1, 3}, {dtype=\"i64\"}), tensor{2, 3}))",
    .see = "index_add, gather"};
const Op op_scatter = {
    .name = "scatter", .where = "tm", .eq = "y = x; y[ids[i,j], j] = src[i,j] along dim",
    .doc = "puts single elements of src (or one number) at the places of ids; the last one stays where some "
           "are equal, and alone has a gradient",
    .in = {"x", "ids#", "src"},
    .param = TAKES(scatter),
    .saves = SAVE_X1, .flavour = PUTS,
    .shape = place_shape, .forward = place_forward, .backward = place_backward,
    .check = {{3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "dim=1"},
              {3, {{2, {2, 4}}, {2, {2, 3}}, {2, {2, 3}}}, .args = "dim=2"}},
    .example = "print(tensor.zeros(3):scatter(1, tensor({1, 3}, {dtype=\"i64\"}), tensor{2, 3}))",
    .see = "scatter_add, scatter_reduce, gather"};
const Op op_scatter_reduce = {
    .name = "scatter_reduce", .where = "tm", .eq = "y = x; y[ids[i,j], j] = reduce(y[ids[i,j], j], src[i,j])",
    .doc = "joins single elements of src with those of x at the places of ids: their sum, product, mean, "
           "greatest or least; equal extremes share the gradient",
    .in = {"x", "ids#", "src"},
    .param = TAKES(scatter_reduce),
    .saves = SAVE_X0 | SAVE_X1 | SAVE_X2 | SAVE_Y0, .flavour = JOINS,
    .shape = reduce_at_shape, .forward = reduce_at_forward, .backward = reduce_at_backward,
    .check = {{3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "dim=1, reduce='prod'"},
              {3, {{2, {2, 4}}, {2, {2, 3}}, {2, {2, 3}}}, .args = "dim=2, reduce='mean'"},
              {3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "reduce='amax', include_self=false"},
              {3, {{1, {4}}, {1, {3}}, {1, {3}}}, .args = "reduce='amin'"}},
    .example = "print(tensor.zeros(3):scatter_reduce(1, tensor({1, 1}, {dtype=\"i64\"}), tensor{2, 3}, "
               "{reduce=\"amax\"}))",
    .see = "scatter_add, scatter"};
