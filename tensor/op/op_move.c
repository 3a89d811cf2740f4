/* op_move.c: other views of the same elements: view, reshape, permute, expand, slice ...  All but reshape and
 * `to` share storage; their gradient is dy seen the same way backwards. */
#include "op_move.h"

#include "lay.h"
#include "op.h"
#include "pointwise.h"
#include "reduce.h"

#include <string.h>

/* Families of ops that share functions. */
enum { PERMUTE, TRANSPOSE, MATRIX };
enum { SLICE, NARROW, SELECT };
enum { TO, CLONE, CONTIGUOUS };

PARAMS(flatten, (DIM, first, 1, "first dimension"), (DIM, last, -1, "last dimension"))
PARAMS(squeeze, (DIM, dim, OP_NONE, "only this one"))
PARAMS(unsqueeze, (DIM, dim, OP_REQUIRED, "where it will stand"))
PARAMS(permute, (DIMS, dims, OP_REQUIRED, "the old dimensions in their new order"))
PARAMS(transpose, (DIM, dim1, OP_REQUIRED, "one"), (DIM, dim2, OP_REQUIRED, "the other"))
PARAMS(expand, (SHAPE, shape, OP_REQUIRED, "sizes"))
PARAMS(narrow, (DIM, dim, OP_REQUIRED, "dimension"), (INT, start, OP_REQUIRED, "first index"),
       (INT, length, OP_REQUIRED, "how many"))
PARAMS(select, (DIM, dim, OP_REQUIRED, "dimension"), (INT, index, OP_REQUIRED, "index"))

static bool nothing(OpCall *c, Err *e) {
  (void)c;
  (void)e;
  return true;
}

static bool share(OpCall *c, int nd, const int64_t *shape, const int64_t *stride, int64_t offset, Err *e) {
  return (c->y[0] = tensor_view(c->x[0], nd, shape, stride, offset, e)) != NULL;
}

Tensor *move_dim_last(const Tensor *t, int dim, Err *e) {
  int64_t shape[DIMS], stride[DIMS];
  int k = 0;
  for (int i = 0; i < t->nd; i++) {
    if (i == dim) continue;
    shape[k] = t->shape[i];
    stride[k++] = t->stride[i];
  }
  shape[k] = t->shape[dim];
  stride[k] = t->stride[dim];
  return tensor_view(t, t->nd, shape, stride, 0, e);
}

/* dx (+)= dy, where `v` is dx seen with dy's shape.  Releases v. */
static bool give(Tensor *v, const Tensor *dy, bool add) {
  if (!v) return false;
  pointwise_map(M_copy, v, &dy, 1, NULL, add);
  tensor_release(v);
  return true;
}

/* --- view and reshape ----------------------------------------------------------------------------------- */

/* The wanted shape, its one -1 filled in. */
static bool wanted_shape(const OpCall *c, int *nd, int64_t *shape, Err *e) {
  const Tensor *x = c->x[0];
  char from[TEXT], to[TEXT];
  int open = -1;
  int64_t n = 1;
  const IntList *want = &PARAM(view, c)->shape;
  *nd = want->n;
  memcpy(shape, want->v, sizeof want->v);
  for (int i = 0; i < *nd; i++) {
    if (shape[i] == -1 && open < 0) open = i;
    else if (shape[i] < 0)
      return err_set(e, "%s: impossible shape %s", c->op->name, shape_text(to, *nd, shape));
    else if (__builtin_mul_overflow(n, shape[i], &n)) return err_set(e, "%s: impossible shape", c->op->name);
  }
  if (open >= 0 && n > 0 && x->n % n == 0) {
    shape[open] = x->n / n;
    n = x->n;
  }
  if (n == x->n && (open < 0 || shape[open] >= 0)) return true;
  if (open >= 0)
    return err_set(e, "%s: %s has %lld elements, which %s cannot hold", c->op->name, tensor_text(from, x),
                   (long long)x->n, shape_text(to, *nd, shape));
  return err_set(e, "%s: %s has %lld elements, %s needs %lld", c->op->name, tensor_text(from, x),
                 (long long)x->n, shape_text(to, *nd, shape), (long long)n);
}

/* Strides that show x's elements in order in a new shape; false when only a copy can. */
static bool view_strides(const Tensor *x, int nd, const int64_t *shape, int64_t *stride) {
  if (x->n == 0) {
    shape_strides(nd, shape, stride);
    return true;
  }
  int64_t old[DIMS], step[DIMS];
  int k = 0, at = 0; /* x without sizes of 1 */
  for (int i = 0; i < x->nd; i++)
    if (x->shape[i] != 1) {
      old[k] = x->shape[i];
      step[k++] = x->stride[i];
    }
  for (int i = 0; i < nd;) {
    if (shape[i] == 1) {
      stride[i++] = 0;
      continue;
    }
    int64_t have = old[at], want = shape[i];
    int from = i;
    while (have != want) { /* grow the smaller group */
      if (have < want) {
        if (step[at] != step[at + 1] * old[at + 1]) return false;
        have *= old[++at];
      } else {
        want *= shape[++i];
      }
    }
    int64_t s = step[at];
    for (int d = i; d >= from; d--) {
      stride[d] = s;
      s *= shape[d];
    }
    at++;
    i++;
  }
  return true;
}

static bool view_shape(OpCall *c, Err *e) {
  int nd;
  int64_t shape[DIMS], stride[DIMS];
  char text[TEXT], to[TEXT];
  if (!wanted_shape(c, &nd, shape, e)) return false;
  if (!view_strides(c->x[0], nd, shape, stride))
    return err_set(e, "view: %s is not contiguous and cannot be seen as %s without a copy; use reshape",
                   tensor_text(text, c->x[0]), shape_text(to, nd, shape));
  return share(c, nd, shape, stride, 0, e);
}

static bool reshape_shape(OpCall *c, Err *e) {
  int nd;
  int64_t shape[DIMS], stride[DIMS];
  if (!wanted_shape(c, &nd, shape, e)) return false;
  if (view_strides(c->x[0], nd, shape, stride)) return share(c, nd, shape, stride, 0, e);
  return op_output(c, 0, c->x[0]->dtype, nd, shape, e) != NULL;
}

static bool reshape_forward(OpCall *c, Err *e) {
  Tensor *x = c->x[0], *y = c->y[0];
  if (y->store == x->store) return true;
  Tensor *same = tensor_view(y, x->nd, x->shape, y->stride, 0, e);
  if (!same) return false;
  shape_strides(same->nd, same->shape, same->stride);
  tensor_copy(same, x);
  tensor_release(same);
  return true;
}

static bool reshape_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)c;
  int64_t stride[DIMS];
  shape_strides(dy[0]->nd, dy[0]->shape, stride);
  return give(tensor_view(dx[0], dy[0]->nd, dy[0]->shape, stride, 0, e), dy[0], add & 1);
}

static Tensor *reshape_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  (void)i;
  const Tensor *x = c->x[0];
  int64_t stride[DIMS];
  return view_strides(dy, x->nd, x->shape, stride) ? tensor_view(dy, x->nd, x->shape, stride, 0, e) : NULL;
}

/* flatten, squeeze, unsqueeze: reshapes that compute their shape */
static bool flatten_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  if (x->nd == 0) {
    int64_t one = 1, zero = 0;
    return share(c, 1, &one, &zero, 0, e);
  }
  struct flatten_params *p = PARAM(flatten, c);
  if (!op_dim(c, &p->first, x->nd, e) || !op_dim(c, &p->last, x->nd, e)) return false;
  if (p->first > p->last)
    return err_set(e, "flatten: first dim %d is after last dim %d", p->first + 1, p->last + 1);
  int nd = 0;
  int64_t shape[DIMS], stride[DIMS];
  for (int i = 0; i < x->nd; i++) {
    if (i > p->first && i <= p->last) shape[nd - 1] *= x->shape[i];
    else shape[nd++] = x->shape[i];
  }
  if (view_strides(x, nd, shape, stride)) return share(c, nd, shape, stride, 0, e);
  return op_output(c, 0, x->dtype, nd, shape, e) != NULL;
}

static bool squeeze_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  int *dim = &PARAM(squeeze, c)->dim;
  if (op_given(*dim) && !op_dim(c, dim, x->nd, e)) return false;
  int64_t shape[DIMS], stride[DIMS];
  int nd = 0;
  for (int i = 0; i < x->nd; i++) {
    if (x->shape[i] == 1 && (!op_given(*dim) || *dim == i)) continue;
    shape[nd] = x->shape[i];
    stride[nd++] = x->stride[i];
  }
  return share(c, nd, shape, stride, 0, e);
}

static bool unsqueeze_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (x->nd == DIMS) return err_set(e, "unsqueeze: %s has %d dimensions already", tensor_text(text, x), DIMS);
  int *dim = &PARAM(unsqueeze, c)->dim;
  if (!op_dim_insert(c, dim, x->nd, e)) return false;
  int64_t shape[DIMS], stride[DIMS];
  for (int i = 0, k = 0; i <= x->nd; i++) {
    bool new_one = i == *dim;
    shape[i] = new_one ? 1 : x->shape[k];
    stride[i] = new_one ? 0 : x->stride[k];
    k += !new_one;
  }
  return share(c, x->nd + 1, shape, stride, 0, e);
}

/* --- permute, transpose, t ------------------------------------------------------------------------------ */

static bool permuted(OpCall *c, const int *order, Err *e) {
  const Tensor *x = c->x[0];
  int64_t shape[DIMS], stride[DIMS];
  for (int i = 0; i < x->nd; i++) {
    shape[i] = x->shape[order[i]];
    stride[i] = x->stride[order[i]];
  }
  return share(c, x->nd, shape, stride, 0, e);
}

/* The order of dimensions that a call means. */
static void order_of(const OpCall *c, int *order) {
  const int nd = c->x[0]->nd;
  for (int i = 0; i < nd; i++) order[i] = c->op->flavour == PERMUTE ? (int)PARAM(permute, c)->dims.v[i] : i;
  if (c->op->flavour == PERMUTE || nd < 2) return;
  const struct transpose_params matrix = {0, nd - 1},
                                *p = c->op->flavour == TRANSPOSE ? PARAM(transpose, c) : &matrix;
  order[p->dim1] = p->dim2;
  order[p->dim2] = p->dim1;
}

static bool permute_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  IntList *dims = &PARAM(permute, c)->dims;
  if (dims->n != x->nd) return err_set(e, "permute: %d dims for %s", dims->n, tensor_text(text, x));
  if (!op_dims(c, dims, x->nd, e)) return false;
  int order[DIMS];
  order_of(c, order);
  return permuted(c, order, e);
}
static bool transpose_shape(OpCall *c, Err *e) {
  struct transpose_params *p = PARAM(transpose, c);
  if (!op_dim(c, &p->dim1, c->x[0]->nd, e) || !op_dim(c, &p->dim2, c->x[0]->nd, e)) return false;
  int order[DIMS];
  order_of(c, order);
  return permuted(c, order, e);
}
static bool t_shape(OpCall *c, Err *e) {
  char text[TEXT];
  if (c->x[0]->nd > 2)
    return err_set(e, "t: %s has more than 2 dimensions; use transpose or permute",
                   tensor_text(text, c->x[0]));
  int order[DIMS];
  order_of(c, order);
  return permuted(c, order, e);
}

static Tensor *unpermuted(const OpCall *c, const Tensor *dy, Err *e) { /* dy in x's order */
  int order[DIMS];
  order_of(c, order);
  int64_t shape[DIMS], stride[DIMS];
  for (int i = 0; i < dy->nd; i++) {
    shape[order[i]] = dy->shape[i];
    stride[order[i]] = dy->stride[i];
  }
  return tensor_view(dy, dy->nd, shape, stride, 0, e);
}
static Tensor *permute_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  (void)i;
  return unpermuted(c, dy, e);
}
static bool permute_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *v = unpermuted(c, dy[0], e);
  if (!v) return false;
  const Tensor *in = v;
  pointwise_map(M_copy, dx[0], &in, 1, NULL, add & 1);
  tensor_release(v);
  return true;
}

/* --- expand --------------------------------------------------------------------------------------------- */

static bool expand_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  const IntList *want = &PARAM(expand, c)->shape;
  int nd = want->n, shift = nd - x->nd;
  int64_t shape[DIMS], stride[DIMS];
  char from[TEXT], to[TEXT];
  for (int i = 0; i < nd; i++) {
    shape[i] = want->v[i];
    if (shape[i] == -1 && i >= shift) shape[i] = x->shape[i - shift];
  }
  if (shape_numel(nd, shape) < 0 || !shape_expands_to(x, nd, shape))
    return err_set(e, "expand: %s does not expand to %s", tensor_text(from, x), shape_text(to, nd, shape));
  shape_expand_strides(x, nd, shape, stride);
  return share(c, nd, shape, stride, 0, e);
}
static bool expand_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)c;
  return reduce_sum_to(dx[0], dy[0], add & 1, e);
}

/* --- slice, narrow, select ------------------------------------------------------------------------------ */

typedef struct Range { /* of one dimension */
  int64_t first, count, step;
  bool drop;
} Range;

static Range range_of(const OpCall *c, const Tensor *t, int i) {
  if (c->op->flavour == SLICE) {
    const struct slice_params *s = PARAM(slice, c);
    return (Range){s->start.v[i], s->count.v[i], s->step.v[i], i < s->drop.n && s->drop.v[i]};
  }
  if (c->op->flavour == NARROW) {
    const struct narrow_params *n = PARAM(narrow, c);
    if (i == n->dim) return (Range){n->start, n->length, 1, false};
  } else {
    const struct select_params *at = PARAM(select, c);
    if (i == at->dim) return (Range){at->index, 1, 1, true};
  }
  return (Range){0, t->shape[i], 1, false};
}

/* The part of t that the call names: per dimension first index from 0, count, step; then a dimension may be
 * dropped. */
static Tensor *part_of(const OpCall *c, const Tensor *t, Err *e) {
  int64_t shape[DIMS], stride[DIMS], offset = 0;
  int nd = 0;
  for (int i = 0; i < t->nd; i++) {
    const Range r = range_of(c, t, i);
    offset += r.first * t->stride[i];
    if (r.drop) continue;
    shape[nd] = r.count;
    stride[nd++] = t->stride[i] * r.step;
  }
  return tensor_view(t, nd, shape, stride, offset, e);
}

static bool part_shape(OpCall *c, Err *e) { return (c->y[0] = part_of(c, c->x[0], e)) != NULL; }

/* A dimension and an index as the user counts to 0-based ones; `empty`: the index may be the one past the end. */
static bool resolve_index(const OpCall *c, int *dim, int64_t *index, bool empty, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (!op_dim(c, dim, x->nd, e)) return false;
  int64_t size = x->shape[*dim], at = *index < 0 ? *index + size : *index - 1;
  if (*index == 0 || at < 0 || (at >= size && !(empty && at == size)))
    return err_set(e, "%s: index %lld outside 1..%lld (dim %d of %s)", c->op->name, (long long)*index,
                   (long long)size, *dim + 1, tensor_text(text, x));
  *index = at;
  return true;
}
static bool narrow_shape(OpCall *c, Err *e) {
  char text[TEXT];
  struct narrow_params *p = PARAM(narrow, c);
  if (!resolve_index(c, &p->dim, &p->start, p->length == 0, e)) return false;
  int64_t size = c->x[0]->shape[p->dim];
  if (p->length < 0 || p->start + p->length > size)
    return err_set(e, "narrow: %lld elements from %lld on, dim %d of %s has %lld", (long long)p->length,
                   (long long)p->start + 1, p->dim + 1, tensor_text(text, c->x[0]), (long long)size);
  return part_shape(c, e);
}
static bool select_shape(OpCall *c, Err *e) {
  struct select_params *p = PARAM(select, c);
  return resolve_index(c, &p->dim, &p->index, false, e) && part_shape(c, e);
}

static bool part_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  if (!(add & 1)) tensor_fill(dx[0], 0);
  return give(part_of(c, dx[0], e), dy[0], true);
}

/* --- copies: to, clone, contiguous ---------------------------------------------------------------------- */

static bool to_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  Dtype d = c->op->flavour == TO ? PARAM(to, c)->dtype : x->dtype;
  const bool same =
      c->op->flavour == TO ? x->dtype == d : c->op->flavour == CONTIGUOUS && tensor_is_contiguous(x);
  if (same) return lay_dense(c->x[0], e) && (c->y[0] = tensor_alias(x, e)) != NULL;
  return (c->op->flavour == TO ? op_output_alike : op_output)(c, 0, d, x->nd, x->shape, e) != NULL;
}
static bool to_forward(OpCall *c, Err *e) {
  (void)e;
  if (c->y[0]->store != c->x[0]->store) tensor_copy(c->y[0], c->x[0]);
  return true;
}
static bool to_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)c;
  (void)e;
  const Tensor *in = dy[0];
  pointwise_map(M_copy, dx[0], &in, 1, NULL, add & 1);
  return true;
}
static Tensor *to_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  (void)i;
  (void)e;
  return dy->dtype == c->x[0]->dtype ? tensor_retain(dy) : NULL;
}

/* clang-format off */
const Op op_view = {
    .name = "view", .where = "tm", .eq = "y = x in another shape, shared",
    .doc = "the same elements in another shape, without a copy", .in = {"x"},
    .param = TAKES(view),
    .flags = OP_VIEW,
    .shape = view_shape, .forward = nothing, .backward = reshape_backward, .pass = reshape_pass,
    .check = {{1, {{2, {3, 4}}}, .args = "shape={2,-1}"}},
    .example = "print(tensor.arange(6):view(2, 3))",
    .see = "reshape, flatten"};
const Op op_reshape = {
    .name = "reshape", .where = "tm", .eq = "y = x in another shape",
    .doc = "the same elements in another shape; a copy only where strides demand it", .in = {"x"},
    .param = TAKES(view),
    .flags = OP_VIEW,
    .shape = reshape_shape, .forward = reshape_forward, .backward = reshape_backward, .pass = reshape_pass,
    .check = {{1, {{2, {3, 4}}}, .args = "shape={2,6}"}},
    .example = "print(tensor.arange(6):reshape(3, -1))",
    .see = "view, flatten"};
const Op op_flatten = {
    .name = "flatten", .where = "tm", .eq = "y = dims first..last of x as one",
    .doc = "joins neighbouring dimensions", .in = {"x"},
    .param = TAKES(flatten),
    .flags = OP_VIEW,
    .shape = flatten_shape, .forward = reshape_forward, .backward = reshape_backward, .pass = reshape_pass,
    .check = {{1, {{3, {2, 3, 4}}}, .args = "first=2"}},
    .example = "print(tensor.zeros(2, 3, 4):flatten(2))",
    .see = "reshape"};
const Op op_squeeze = {
    .name = "squeeze", .where = "tm", .eq = "y = x without dims of size 1",
    .doc = "drops dimensions of size 1", .in = {"x"},
    .param = TAKES(squeeze),
    .flags = OP_VIEW,
    .shape = squeeze_shape, .forward = nothing, .backward = reshape_backward, .pass = reshape_pass,
    .check = {{1, {{3, {2, 1, 4}}}}},
    .example = "print(tensor.zeros(2, 1):squeeze())",
    .see = "unsqueeze"};
const Op op_unsqueeze = {
    .name = "unsqueeze", .where = "tm", .eq = "y = x with a new dim of size 1",
    .doc = "adds a dimension of size 1", .in = {"x"},
    .param = TAKES(unsqueeze),
    .flags = OP_VIEW,
    .shape = unsqueeze_shape, .forward = nothing, .backward = reshape_backward, .pass = reshape_pass,
    .check = {{1, {{2, {2, 4}}}, .args = "dim=2"}},
    .example = "print(tensor.zeros(2):unsqueeze(1))",
    .see = "squeeze"};
const Op op_permute = {
    .name = "permute", .where = "tm", .eq = "y[i,j,...] = x in another order of dims",
    .doc = "dimensions in another order, shared", .in = {"x"},
    .param = TAKES(permute),
    .flags = OP_VIEW, .flavour = PERMUTE,
    .shape = permute_shape, .forward = nothing, .backward = permute_backward, .pass = permute_pass,
    .check = {{1, {{3, {2, 3, 4}}}, .args = "dims={3,1,2}"}},
    .example = "print(tensor.zeros(2, 3, 4):permute(3, 1, 2))",
    .see = "transpose, t"};
const Op op_transpose = {
    .name = "transpose", .where = "tm", .eq = "y = x with two dims exchanged",
    .doc = "exchanges two dimensions, shared", .in = {"x"},
    .param = TAKES(transpose),
    .flags = OP_VIEW, .flavour = TRANSPOSE,
    .shape = transpose_shape, .forward = nothing, .backward = permute_backward, .pass = permute_pass,
    .check = {{1, {{3, {2, 3, 4}}}, .args = "dim1=1, dim2=3"}},
    .example = "print(tensor.zeros(2, 3, 4):transpose(1, 3))",
    .see = "permute, t"};
const Op op_t = {
    .name = "t", .where = "tm", .eq = "y[j,i] = x[i,j]",
    .doc = "transposed matrix, shared", .in = {"x"},
    .flags = OP_VIEW, .flavour = MATRIX,
    .shape = t_shape, .forward = nothing, .backward = permute_backward, .pass = permute_pass,
    .check = {{1, {{2, {3, 4}}}}},
    .example = "print(tensor{{1, 2}, {3, 4}}:t())",
    .see = "transpose"};
const Op op_expand = {
    .name = "expand", .where = "tm", .eq = "y = x repeated along dims of size 1",
    .doc = "repeats without a copy; -1 keeps a size", .in = {"x"},
    .param = TAKES(expand),
    .flags = OP_VIEW,
    .shape = expand_shape, .forward = nothing, .backward = expand_backward,
    .check = {{1, {{2, {3, 1}}}, .args = "shape={2,3,4}"}},
    .example = "print(tensor{{1}, {2}}:expand(2, 3))",
    .see = "view"};
const Op op_slice = {
    .name = "slice", .where = "", .eq = "y = x[start : count : step]",
    .doc = "ranges of every dimension; x[...] is written with it", .in = {"x"},
    .param = TAKES(slice),
    .flags = OP_VIEW, .flavour = SLICE,
    .shape = part_shape, .forward = nothing, .backward = part_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "start={0,3}, count={2,2}, step={2,-2}"},
              {1, {{2, {3, 4}}}, .args = "start={1,0}, count={1,4}, step={1,1}, drop={1,0}"}},
    .example = "print(tensor.arange(6)[{{1, 6, 2}}])",
    .see = "narrow, select"};
const Op op_narrow = {
    .name = "narrow", .where = "tm", .eq = "y = x[start .. start+length-1] along dim",
    .doc = "a range along one dimension, shared", .in = {"x"},
    .param = TAKES(narrow),
    .flags = OP_VIEW, .flavour = NARROW,
    .shape = narrow_shape, .forward = nothing, .backward = part_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "dim=2, start=2, length=2"}},
    .example = "print(tensor.arange(5):narrow(1, 2, 3))",
    .see = "select, split"};
const Op op_select = {
    .name = "select", .where = "tm", .eq = "y = x[index] along dim",
    .doc = "one index of a dimension, which goes away; shared", .in = {"x"},
    .param = TAKES(select),
    .flags = OP_VIEW, .flavour = SELECT,
    .shape = select_shape, .forward = nothing, .backward = part_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "dim=2, index=-1"}},
    .example = "print(tensor{{1, 2}, {3, 4}}:select(2, 1))",
    .see = "narrow"};
const Op op_to = {
    .name = "to", .where = "tm", .eq = "y = x in another dtype",
    .doc = "converts to f32, f64, i64, i32, u8 or bool; shared where it is that already", .in = {"x"},
    .param = TAKES(to),
    .flags = OP_STRIDES, .flavour = TO,
    .shape = to_shape, .forward = to_forward, .backward = to_backward, .pass = to_pass,
    .check = {{1, {{2, {3, 4}}}, .args = "dtype='f64'"}},
    .example = "print(tensor{1.7, 2}:to\"i64\")",
    .see = "clone"};
const Op op_clone = {
    .name = "clone", .where = "tm", .eq = "y = a copy of x",
    .doc = "a contiguous copy", .in = {"x"},
    .flags = OP_STRIDES, .flavour = CLONE,
    .shape = to_shape, .forward = to_forward, .backward = to_backward, .pass = to_pass,
    .check = {{1, {{2, {3, 4}}}}},
    .example = "print(tensor{1, 2}:clone())",
    .see = "contiguous, detach"};
const Op op_contiguous = {
    .name = "contiguous", .where = "tm", .eq = "y = x in row-major order",
    .doc = "x itself where it is contiguous, else a copy", .in = {"x"},
    .flavour = CONTIGUOUS,
    .shape = to_shape, .forward = to_forward, .backward = to_backward, .pass = to_pass,
    .check = {{1, {{2, {3, 4}}}}},
    .example = "print(tensor.zeros(2, 3):t():contiguous())",
    .see = "clone"};
