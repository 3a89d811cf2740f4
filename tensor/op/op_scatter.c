/* op_scatter.c: placing through indices: index_add, scatter_add, scatter, scatter_reduce.  In the order of the
 * indices, so that repeated ones are deterministic. */
#include "index.h"
#include "op.h"
#include "parallel.h"
#include "places.h"
#include "pointwise.h"
#include "slices.h"

#include <math.h>
#include <string.h>

enum { ADDS, PUTS }; /* Op.flavour: what becomes of an element */
#define scatter_ROWS (DIM, dim, 1, "dimension")
PARAMS(scatter, scatter_ROWS)
CHOICES(HOW, sum, prod, mean, amax, amin)
PARAMS_ON(scatter, scatter_reduce, (CHOICE, reduce, HOW_sum, "how they are joined", HOW_words),
          (BOOL, include_self, true, "x's own element is joined too"))

static int dim_of(const OpCall *c) { return PARAM(scatter, c)->dim; }

/* Indices are looked at while they are used. */
static bool checked_in_use(const OpCall *c) {
  bool now = true;
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

/* --- scatter_add: places for single elements ------------------------------------------------------ */

typedef struct Placing {
  const Tensor *ids, *x; /* the part of x is copied to that of y before it changes */
  Tensor *y;
  bool puts, bad;
} Placing;
static void place_block(void *context, const PlaceBlock *b, void *indexed, void *plain) {
  Placing *j = context;
  const Dtype d = j->y->dtype;
  const bool bad =
      j->puts ? places_put(dtype_size[d], b, indexed, plain) : places_join(d, JOIN_SUM, b, indexed, plain);
  if (bad) __atomic_store_n(&j->bad, true, __ATOMIC_RELAXED);
}

/* Part begin..end of x along axis, in which indices are; the last one takes what is behind them. */
static Tensor part_of(const Tensor *x, const Tensor *ids, int axis, int64_t begin, int64_t end) {
  Tensor part = *x;
  const int64_t behind = end == ids->shape[axis] ? x->shape[axis] : end;
  part.data += begin * x->stride[axis] * (int64_t)dtype_size[x->dtype];
  part.shape[axis] = behind - begin;
  part.n = x->shape[axis] ? x->n / x->shape[axis] * (behind - begin) : 0;
  return part;
}

static void copy_part(Tensor *y, const Tensor *x, const Tensor *ids, int axis, int64_t begin, int64_t end) {
  Tensor to = part_of(y, ids, axis, begin, end);
  const Tensor from = part_of(x, ids, axis, begin, end);
  tensor_copy(&to, &from);
}
static void place_tile(void *context, const PlaceSides *part, int axis, int64_t begin, int64_t end) {
  const Placing *j = context;
  copy_part(j->y, j->x, j->ids, axis, begin, end);
  places_each(part, place_block, context);
}

static bool place_all(OpCall *c, const Tensor *src, Err *e) {
  const int dim = dim_of(c);
  Tensor *x = c->x[0], *y = c->y[0], *ids = index_rows(c->x[1], e);
  if (!ids) return false;
  Placing j = {ids, x, y, c->op->flavour == PUTS, false};
  const PlaceSides s = {*ids, *y, *src, dim};
  places_share(&s, true, place_tile, &j);
  tensor_release(ids);
  return !j.bad || index_check(c->x[1], x->shape[dim], c->op->name, e);
}

static bool add_forward(OpCall *c, Err *e) { return place_all(c, c->x[2], e); }

/* dsrc has what is picked from g in its first elements along each dimension. */
static bool add_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const Tensor *g = dy[0];
  if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  if (!dx[2]) return true;
  Tensor *ids = index_rows(c->x[1], e), *picked = NULL, first = *dx[2];
  if (ids) picked = add & 4 ? tensor_new(g->dtype, ids->nd, ids->shape, e) : tensor_retain(dx[2]);
  if (picked) {
    memcpy(first.shape, ids->shape, sizeof first.shape);
    first.n = ids->n;
    if (!(add & 4) && first.n < dx[2]->n) tensor_fill(dx[2], 0);
    const PlaceSides s = {*ids, *g, add & 4 ? *picked : first, dim_of(c)};
    places_take(&s);
    const Tensor *p = picked;
    if (add & 4) pointwise_map(M_copy, &first, &p, 1, NULL, true);
  }
  tensor_release(picked);
  tensor_release(ids);
  return picked != NULL;
}

/* --- index_add ------------------------------------------------------------------------------------------------ */

static bool slices_forward(OpCall *c, Err *e) {
  if (c->x[0]->nd == 1) return add_forward(c, e); /* slices are elements */
  Tensor *pos = index_positions(c->x[1], c->x[0]->shape[dim_of(c)], c->op->name, e);
  if (pos) tensor_copy(c->y[0], c->x[0]);
  const bool ok = pos && slices_add(c->y[0], c->x[2], dim_of(c), pos->data, pos->n, e);
  tensor_release(pos);
  return ok;
}

static bool slices_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const Tensor *g = dy[0];
  Tensor *d = dx[2];
  if (g->nd == 1) return add_backward(c, dy, dx, add, e);
  if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  if (!d) return true;
  Tensor *pos = index_positions(c->x[1], g->shape[dim_of(c)], c->op->name, e),
         *picked = !pos      ? NULL
                   : add & 4 ? tensor_new(d->dtype, d->nd, d->shape, e)
                             : tensor_retain(d);
  const bool ok = picked && slices_pick(picked, g, dim_of(c), pos->data, pos->n, e);
  const Tensor *p = picked;
  if (ok && add & 4) pointwise_map(M_copy, d, &p, 1, NULL, true);
  tensor_release(picked);
  tensor_release(pos);
  return ok;
}

/* --- scatter --------------------------------------------------------------------------------------------------- */

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

static bool place_forward(OpCall *c, Err *e) {
  const Tensor src = element_of_all(c);
  return place_all(c, &src, e);
}

/* --- scatter_reduce ------------------------------------------------------------------------------------------ */

static bool reduce_at_shape(OpCall *c, Err *e) {
  const bool counts = !c->no_record || PARAM(scatter_reduce, c)->reduce == HOW_mean;
  if (!scatter_shape(c, e)) return false;
  if (c->x[0]->dtype == BOOL) return err_set(e, "scatter_reduce: x must be numbers, got bool");
  return !counts || tensor_is_meta(c->y[0]) || (c->save[0] = tensor_new(I64, c->y[0]->nd, c->y[0]->shape, e));
}

typedef struct Joining {
  const Tensor *ids, *x;
  Tensor *y, *count; /* of src's elements at each place of y, or NULL */
  int how;
  bool self, bad;
} Joining;

static void join_block(void *context, const PlaceBlock *b, void *indexed, void *plain) {
  static const enum PlaceJoin join[] = {[HOW_sum] = JOIN_SUM,
                                        [HOW_mean] = JOIN_SUM,
                                        [HOW_prod] = JOIN_PROD,
                                        [HOW_amax] = JOIN_MOST,
                                        [HOW_amin] = JOIN_LEAST};
  Joining *j = context;
  if (places_join(j->y->dtype, join[j->how], b, indexed, plain))
    __atomic_store_n(&j->bad, true, __ATOMIC_RELAXED);
}
static void count_block(void *context, const PlaceBlock *b, void *indexed, void *plain) {
  (void)context;
  places_join(I64, JOIN_SUM, b, indexed, plain);
}
static void begin_block(void *context, const PlaceBlock *b, void *indexed, void *plain) {
  const Joining *j = context;
  places_put(dtype_size[j->y->dtype], b, indexed, plain);
}

/* What joined with v gives v. */
static void neutral(int how, Dtype d, void *to) {
#define NEUTRAL(T, least, most, zero)                                                                        \
  *(T *)to = how == HOW_amax ? least : how == HOW_amin ? most : how == HOW_prod ? 1 : zero;                  \
  break
  switch (d) {
  case F32: NEUTRAL(float, -INFINITY, INFINITY, -0.0f);
  case F64: NEUTRAL(double, -INFINITY, INFINITY, -0.0);
  case I64: NEUTRAL(int64_t, INT64_MIN, INT64_MAX, 0);
  case I32: NEUTRAL(int32_t, INT32_MIN, INT32_MAX, 0);
  default: NEUTRAL(uint8_t, 0, UINT8_MAX, 0);
  }
#undef NEUTRAL
}

/* The same for one number at all places. */
static void each_with(const PlaceSides *part, const Tensor *indexed, void *number, PlaceFn block,
                      void *context) {
  PlaceSides s = *part;
  s.indexed = s.plain = *indexed;
  s.plain.data = number;
  memset(s.plain.stride, 0, sizeof s.plain.stride);
  places_each(&s, block, context);
}

static void join_tile(void *context, const PlaceSides *part, int axis, int64_t begin, int64_t end) {
  Joining *j = context;
  copy_part(j->y, j->x, j->ids, axis, begin, end);
  if (!j->self) {
    int64_t v;
    neutral(j->how, j->y->dtype, &v);
    each_with(part, &part->indexed, &v, begin_block, j);
  }
  places_each(part, join_block, j);
  if (j->count) {
    int64_t one = 1;
    Tensor count = part_of(j->count, j->ids, axis, begin, end);
    tensor_fill_int(&count, 0);
    each_with(part, &count, &one, count_block, j);
  }
}

static int64_t floor_of(int64_t a, int64_t by) { return a / by - (a % by != 0 && a < 0); }

/* Sums become means; of whole numbers rounded down, as PyTorch's. */
static void divide(void *context, int64_t begin, int64_t end) {
  const Joining *j = context;
  const int64_t *count = j->count->data, self = j->self;
#define DIVIDE(T, quotient)                                                                                  \
  for (int64_t i = begin; i < end; i++) {                                                                    \
    T *y = (T *)j->y->data + i;                                                                              \
    const int64_t n = count[i] ? count[i] + self : 1;                                                        \
    *y = (T)(quotient);                                                                                      \
  }                                                                                                          \
  break
  switch (j->y->dtype) {
  case F32: DIVIDE(float, (double)*y / (double)n);
  case F64: DIVIDE(double, *y / (double)n);
  case I64: DIVIDE(int64_t, n == 1 ? *y : floor_of(*y, n));
  case I32: DIVIDE(int32_t, n == 1 ? *y : floor_of(*y, n));
  default: DIVIDE(uint8_t, (uint64_t)*y / (uint64_t)n);
  }
#undef DIVIDE
}

static bool reduce_at_forward(OpCall *c, Err *e) {
  const struct scatter_reduce_params *p = PARAM(scatter_reduce, c);
  const int dim = dim_of(c);
  Tensor *y = c->y[0], *ids = index_rows(c->x[1], e);
  if (!ids) return false;
  Joining j = {ids, c->x[0], y, c->save[0], p->reduce, p->include_self, false};
  const PlaceSides s = {*ids, *y, *c->x[2], dim};
  places_share(&s, true, join_tile, &j);
  if (j.how == HOW_mean) parallel_for(y->n, GRAIN, divide, &j);
  tensor_release(ids);
  return !j.bad || index_check(c->x[1], y->shape[dim], c->op->name, e);
}

/* --- the way back of scatter and scatter_reduce: one element after another --------------------------------- */

/* Calls visit with every element of ids in order: its place in a tensor like `indexed`, and in one like `plain`. */
typedef void (*Visit)(void *context, int64_t to, int64_t from);
typedef struct Visiting {
  const PlaceSides *sides;
  Visit visit;
  void *context;
} Visiting;
static void visit_block(void *context, const PlaceBlock *b, void *indexed, void *plain) {
  const Visiting *v = context;
  const Tensor *to = &v->sides->indexed, *from = &v->sides->plain;
  const int64_t first =
                    ((unsigned char *)indexed - (unsigned char *)to->data) / (int64_t)dtype_size[to->dtype],
                start =
                    ((unsigned char *)plain - (unsigned char *)from->data) / (int64_t)dtype_size[from->dtype];
  for (int64_t k = 0; k < b->n; k++)
    v->visit(v->context,
             first + (b->steps ? b->steps[k] : k * b->step) +
                 (int64_t)index_place(b->id[k], b->places) * b->jump,
             start + (b->froms ? b->froms[k] : k * b->from));
}
static void visit_all(const Tensor *ids, int dim, const Tensor *indexed, const Tensor *plain, Visit visit,
                      void *context) {
  const PlaceSides s = {*ids, *indexed, *plain, dim};
  Visiting v = {&s, visit, context};
  places_each(&s, visit_block, &v);
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
  Tensor *t[3] = {NULL}, *ids = index_rows(c->x[1], e);
  bool ok = ids && back_make(&b, c, dy, t, e);
  if (ok) {
    /* the places of src's elements as dsrc has them, one for all where it has no dimensions */
    Tensor like = dx[2] ? *dx[2] : *t[0];
    const bool single = dx[2] && dx[2]->nd == 0;
    if (single || !dx[2]) like = *ids;
    shape_strides(like.nd, like.shape, like.stride);
    tensor_fill_int(t[2], -1);
    visit_all(ids, dim_of(c), t[0], &like, own_one, &b);
    if (dx[2] && !(add & 4)) tensor_fill(dx[2], 0);
    b.dsrc = dx[2];
    if (dx[2] && !single) visit_all(ids, dim_of(c), t[0], &like, take_owned, &b);
    for (int64_t i = 0; i < t[0]->n; i++) {
      if (b.owner[i] < 0) continue;
      if (single) tensor_add_real(dx[2], 0, b.g[i]);
      b.g[i] = 0;
    }
    const Tensor *g = t[0];
    if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  }
  for (int i = 0; i < 3; i++) tensor_release(t[i]);
  tensor_release(ids);
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
  Tensor *t[3] = {NULL}, *ids = index_rows(c->x[1], e), *src = ids ? tensor_contiguous(c->x[2], e) : NULL;
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
    if (counts) visit_all(ids, dim_of(c), t[0], src, count_one, &b);
    if (dx[2] && !(add & 4)) tensor_fill(dx[2], 0);
    if (dx[2]) visit_all(ids, dim_of(c), t[0], src, share_one, &b);
    own_shares(&b, c->x[0], count, self);
    const Tensor *g = t[0];
    if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  }
  tensor_release(src);
  for (int i = 0; i < 3; i++) tensor_release(t[i]);
  tensor_release(ids);
  return ok;
}

/* clang-format off */
const Op op_index_add = {
    .name = "index_add", .where = "tm", .eq = "y = x; y[ids[k]] += src[k] along dim",
    .doc = "adds slices of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = TAKES(scatter),
    .saves = SAVE_X1,
    .shape = index_add_shape, .forward = slices_forward, .backward = slices_backward,
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
    .saves = SAVE_X0 | SAVE_X1 | SAVE_X2 | SAVE_Y0,
    .shape = reduce_at_shape, .forward = reduce_at_forward, .backward = reduce_at_backward,
    .check = {{3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "dim=1, reduce='prod'"},
              {3, {{2, {2, 4}}, {2, {2, 3}}, {2, {2, 3}}}, .args = "dim=2, reduce='mean'"},
              {3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "reduce='amax', include_self=false"},
              {3, {{1, {4}}, {1, {3}}, {1, {3}}}, .args = "reduce='amin'"}},
    .example = "print(tensor.zeros(3):scatter_reduce(1, tensor({1, 1}, {dtype=\"i64\"}), tensor{2, 3}, "
               "{reduce=\"amax\"}))",
    .see = "scatter_add, scatter"};
