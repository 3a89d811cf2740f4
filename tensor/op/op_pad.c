/* op_pad.c: borders and windows: pad, unfold.
 *
 * pad: each padded dimension of size n becomes before + n + after; position i of y holds x at source(i -
 * before): constant: outside 0..n-1 the value;  reflect: -i or 2(n-1) - i (the edge once);  replicate: the
 * edge. Negative sizes cut (constant only), as in PyTorch. */
#include "kernel.h"
#include "op.h"
#include "parallel.h"
#include "pointwise.h"
#include "slices.h"

#include <string.h>

CHOICES(PAD, constant, reflect, replicate)
PARAMS(pad, (INTS, pads, OP_REQUIRED, "before and after, for each padded dimension"),
       (CHOICE, mode, PAD_constant, "what the border holds", PAD_words),
       (NUMBER, value, 0, "of a constant border"),
       (DIMS, dims, OP_NONE, "the padded dimensions; the last ones"))
PARAMS(unfold, (DIM, dim, OP_REQUIRED, "dimension that is cut"),
       (INT, size, OP_REQUIRED, "elements of a window"), (INT, step, 1, "from one window to the next"))

typedef struct Border {
  int64_t before[DIMS], after[DIMS];
} Border;

static bool border_of(const OpCall *c, Border *b, Err *e) {
  const Tensor *x = c->x[0];
  const struct pad_params *p = PARAM(pad, c);
  char text[TEXT];
  const int n = p->pads.n;
  *b = (Border){{0}, {0}};
  if (n % 2 != 0 || n / 2 > x->nd)
    return err_set(e, "pad: %d sizes for %s; two for each padded dimension (before, after)", n,
                   tensor_text(text, x));
  if (op_given(p->dims) && p->dims.n != n / 2)
    return err_set(e, "pad: %d sizes for %d dims; two for each (before, after)", n, p->dims.n);
  for (int i = 0; i < n / 2; i++) { /* without dims: the last ones, in their order */
    const int64_t d = op_given(p->dims) ? p->dims.v[i] : x->nd - n / 2 + i;
    b->before[d] = p->pads.v[2 * i];
    b->after[d] = p->pads.v[2 * i + 1];
  }
  return true;
}

/* Sizes below 0 cut x first: what a border is wide, and how much of dimension d is left between both. */
static int64_t width(int64_t size) { return size > 0 ? size : 0; }
static int64_t kept_size(const Border *b, const Tensor *x, int d) {
  int64_t n = x->shape[d] - width(-b->before[d]) - width(-b->after[d]);
  return n > 0 ? n : 0;
}

static bool pad_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  Border b;
  struct pad_params *p = PARAM(pad, c);
  if (op_given(p->dims) && !op_dims(c, &p->dims, x->nd, e)) return false;
  if (!border_of(c, &b, e) || !op_holds(c, 0, p->value, e)) return false;
  int64_t shape[DIMS];
  for (int i = 0; i < x->nd; i++) {
    int64_t n = x->shape[i], kept = kept_size(&b, x, i),
            most = b.before[i] > b.after[i] ? b.before[i] : b.after[i];
    shape[i] = n + b.before[i] + b.after[i];
    bool bad = shape[i] < 0 || -b.before[i] > n || -b.after[i] > n;
    if (p->mode != PAD_constant) bad = bad || (most > 0 && kept == 0);
    if (p->mode == PAD_reflect) bad = bad || (most > 0 && most >= kept);
    if (bad)
      return err_set(e, "pad: %lld before and %lld after do not fit dim %d of %s", (long long)b.before[i],
                     (long long)b.after[i], i + 1, tensor_text(text, x));
  }
  return op_output(c, 0, x->dtype, x->nd, shape, e) != NULL;
}

/* The part of `whole` (shaped as y) that holds x's elements, and that part of x: all but what is cut off. */
static void centre(const Border *b, const Tensor *whole, const Tensor *x, Tensor *inside, Tensor *kept) {
  *inside = *whole;
  *kept = *x;
  inside->n = 1;
  for (int i = 0; i < x->nd; i++) {
    int64_t n = kept_size(b, x, i);
    inside->data += width(b->before[i]) * whole->stride[i] * (int64_t)dtype_size[whole->dtype];
    kept->data += width(-b->before[i]) * x->stride[i] * (int64_t)dtype_size[x->dtype];
    inside->shape[i] = kept->shape[i] = n;
    inside->n *= n;
  }
  kept->n = inside->n;
}

/* Where border position i (outside 0..n-1) of a dimension of n takes its element. */
static int64_t source(int mode, int64_t i, int64_t n) {
  if (mode == PAD_replicate) return i < 0 ? 0 : n - 1;
  return i < 0 ? -i : 2 * (n - 1) - i;
}

/* t narrowed to the centre in dimensions from d + 1 on: the border of dimension d is not yet wider than that. */
static Tensor narrowed(const Border *b, const Tensor *t, const Tensor *x, int d) {
  Tensor s = *t;
  for (int i = d + 1; i < t->nd; i++) {
    int64_t n = kept_size(b, x, i);
    s.data += width(b->before[i]) * t->stride[i] * (int64_t)dtype_size[t->dtype];
    s.n = s.shape[i] ? s.n / s.shape[i] * n : 0;
    s.shape[i] = n;
  }
  return s;
}

/* The borders of dimension d, slice by slice: copied from their sources, or (back) added to them. */
static void fill_border(const OpCall *c, const Border *b, const Tensor *whole, int d, bool back) {
  const Tensor *x = c->x[0];
  Tensor t = narrowed(b, whole, x, d);
  int64_t n = kept_size(b, x, d), before = width(b->before[d]), end = n + width(b->after[d]);
  for (int64_t i = -before; i < end; i++) {
    if (i == 0) i = n; /* the centre */
    if (i >= end || interrupt_pending()) return;
    Tensor edge = slice_at(&t, d, i + before);
    Tensor from = slice_at(&t, d, source(PARAM(pad, c)->mode, i, n) + before);
    const Tensor *in = &edge;
    if (back) pointwise_map(M_copy, &from, &in, 1, NULL, true);
    else tensor_copy(&edge, &from);
  }
}

/* Constant borders, none cut, of a contiguous x: y row by row, each written once. */
typedef struct Rows {
  const Tensor *x, *y;
  const Border *b;
  int last;               /* the last padded dimension; a row is all from there on */
  int64_t unit, size;     /* elements behind it; bytes of one                      */
  unsigned char line[64]; /* the border's element, again and again */
  bool past;              /* y is so large that it is streamed past the caches */
} Rows;

static void put_cells(const Rows *j, unsigned char *to, int64_t n) {
  if (n > 0) kernels(F32)->fill((size_t)(n * j->size), to, j->line);
}

static void pad_rows(void *context, int64_t begin, int64_t end) {
  const Rows *j = context;
  const int64_t inner = j->x->shape[j->last] * j->unit, before = j->b->before[j->last] * j->unit,
                after = j->b->after[j->last] * j->unit, row = before + inner + after;
  for (int64_t r = begin; r < end; r++) {
    unsigned char *to = (unsigned char *)j->y->data + r * row * j->size;
    int64_t rest = r, from = 0, step = 1;
    bool inside = true;
    for (int i = j->last - 1; i >= 0; i--) {
      const int64_t at = rest % j->y->shape[i] - j->b->before[i];
      rest /= j->y->shape[i];
      inside &= at >= 0 && at < j->x->shape[i];
      from += at * step;
      step *= j->x->shape[i];
    }
    put_cells(j, to, inside ? before : row);
    if (!inside) continue;
    bytes_put(j->past, (size_t)(inner * j->size), to + before * j->size,
              (const unsigned char *)j->x->data + from * inner * j->size);
    put_cells(j, to + (before + inner) * j->size, after);
  }
  if (j->past) kernels(F32)->streamed();
}

/* Shorter ones are many at once, on a filled y. */
static bool pad_whole_rows(const OpCall *c, const Border *b) {
  enum { LEAST = 128 }; /* bytes */
  const Tensor *x = c->x[0], *y = c->y[0];
  Rows j = {.x = x, .y = y, .b = b, .last = -1, .unit = 1, .size = (int64_t)dtype_size[x->dtype]};
  j.past = tensor_streams(y, x->n * j.size);
  if (!tensor_is_contiguous(x) || x->n == 0) return false;
  for (int i = 0; i < x->nd; i++) {
    if (b->before[i] < 0 || b->after[i] < 0) return false;
    if (b->before[i] || b->after[i]) j.last = i;
  }
  if (j.last < 0) return false;
  for (int i = j.last + 1; i < x->nd; i++) j.unit *= x->shape[i];
  if (x->shape[j.last] * j.unit * j.size < LEAST) return false;
  Tensor line = {
      .dtype = y->dtype, .nd = 1, .n = (int64_t)sizeof j.line / j.size, .stride = {1}, .data = j.line};
  for (int64_t i = 0; i < line.n; i++) tensor_set(&line, i, PARAM(pad, c)->value);
  const int64_t row = y->shape[j.last] * j.unit;
  parallel_for(y->n / row, 1 + GRAIN / row, pad_rows, &j);
  return true;
}

/* All of y where its rows are short, else what is not its centre. */
static void fill_constant(const OpCall *c, const Border *b) {
  enum { SHORT = 1024 }; /* bytes */
  const Tensor *x = c->x[0];
  Tensor *y = c->y[0];
  const double value = PARAM(pad, c)->value;
  if (y->shape[y->nd - 1] * (int64_t)dtype_size[y->dtype] < SHORT) {
    tensor_fill(y, value);
    return;
  }
  for (int d = 0; d < y->nd; d++)
    for (int side = 0; side < 2; side++) {
      const int64_t n = width(side ? b->after[d] : b->before[d]);
      Tensor t = narrowed(b, y, x, d), slab = slice_at(&t, d, side ? y->shape[d] - n : 0);
      slab.shape[d] = n;
      slab.n *= n;
      tensor_fill(&slab, value);
    }
}

static bool pad_forward(OpCall *c, Err *e) {
  Border b;
  if (!border_of(c, &b, e)) return false;
  Tensor *y = c->y[0], inside, kept;
  if (y->n == 0) return true;
  bool constant = PARAM(pad, c)->mode == PAD_constant;
  if (constant && pad_whole_rows(c, &b)) return true;
  centre(&b, y, c->x[0], &inside, &kept);
  if (constant && inside.n != y->n) fill_constant(c, &b);
  if (inside.n) tensor_copy(&inside, &kept);
  for (int d = 0; !constant && d < c->x[0]->nd; d++) fill_border(c, &b, y, d, false);
  return true;
}

/* The border's gradients go the way back, dimension by dimension, in a copy of dy; its centre is dx. */
static bool pad_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Border b;
  if (!border_of(c, &b, e)) return false;
  bool constant = PARAM(pad, c)->mode == PAD_constant;
  Tensor *g = constant ? tensor_retain(dy[0]) : tensor_clone(dy[0], e), inside, kept;
  if (!g) return false;
  for (int d = c->x[0]->nd; !constant && d-- > 0;) fill_border(c, &b, g, d, true);
  if (!(add & 1)) tensor_fill(dx[0], 0);
  centre(&b, g, dx[0], &inside, &kept);
  const Tensor *in = &inside;
  if (inside.n) pointwise_map(M_copy, &kept, &in, 1, NULL, true);
  tensor_release(g);
  return true;
}

/* --- unfold: y[..., i, ..., k] = x[..., (i - 1) step + k, ...], a view ---------------------------------- */

static bool unfold_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (x->nd == 0 || x->nd == DIMS)
    return err_set(e, "unfold: %s has no dimension to cut, or none to spare", tensor_text(text, x));
  struct unfold_params *p = PARAM(unfold, c);
  if (!op_dim(c, &p->dim, x->nd, e)) return false;
  const int d = p->dim;
  if (p->size < 1 || p->step < 1 || p->size > x->shape[d])
    return err_set(e, "unfold: size %lld, step %lld do not fit dim %d of %s", (long long)p->size,
                   (long long)p->step, d + 1, tensor_text(text, x));
  int64_t shape[DIMS], stride[DIMS];
  memcpy(shape, x->shape, sizeof shape);
  memcpy(stride, x->stride, sizeof stride);
  shape[d] = (x->shape[d] - p->size) / p->step + 1;
  stride[d] = x->stride[d] * p->step;
  shape[x->nd] = p->size;
  stride[x->nd] = x->stride[d];
  return (c->y[0] = tensor_view(x, x->nd + 1, shape, stride, 0, e)) != NULL;
}

static bool view_forward(OpCall *c, Err *e) {
  (void)c, (void)e;
  return true;
}

/* Element k of every window, one k at a time: within one the places differ. */
static bool unfold_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  const struct unfold_params *p = PARAM(unfold, c);
  const int d = p->dim;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  for (int64_t k = 0; k < p->size && dx[0]->n && !interrupt_pending(); k++) {
    Tensor from = slice_at(dy[0], dx[0]->nd, k), to = *dx[0];
    from.nd = to.nd;
    to.data += k * to.stride[d] * (int64_t)dtype_size[to.dtype];
    to.stride[d] *= p->step;
    to.n = to.n / to.shape[d] * from.shape[d];
    to.shape[d] = from.shape[d];
    const Tensor *in = &from;
    pointwise_map(M_copy, &to, &in, 1, NULL, true);
  }
  return true;
}

/* clang-format off */
const Op op_pad = {
    .name = "pad", .where = "tm", .eq = "y[before + i] = x[i]; the border by mode",
    .doc = "a border round x: sizes before and after for each of dims, or for the last ones, in their order "
           "(PyTorch: backwards); negative sizes cut first",
    .in = {"x"},
    .param = TAKES(pad),
    .shape = pad_shape, .forward = pad_forward, .backward = pad_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "pads={1,2,0,-1}, value=3"},
              {1, {{3, {2, 4, 3}}}, .args = "pads={3,2,1,2}, dims={2,3}, mode=\"reflect\""},
              {1, {{3, {2, 3, 2}}}, .args = "pads={-1,2,2,3}, mode=\"replicate\""},
              {1, {{2, {0, 3}}}, .args = "pads={1,1,1,0}"}},
    .example = "print(tensor{1, 2, 3}:pad({2, 1}, \"reflect\"))",
    .see = "roll, tile"};
const Op op_unfold = {
    .name = "unfold", .where = "tm", .eq = "y[..., i, ..., k] = x[..., (i - 1) step + k, ...]",
    .doc = "windows along one dimension as a view; their elements become the last dimension", .in = {"x"},
    .param = TAKES(unfold),
    .flags = OP_VIEW,
    .shape = unfold_shape, .forward = view_forward, .backward = unfold_backward,
    .check = {{1, {{1, {7}}}, .args = "dim=1, size=3, step=2"},
              {1, {{3, {2, 5, 3}}}, .args = "dim=2, size=2"},
              {1, {{2, {3, 4}}}, .args = "dim=-1, size=4, step=9"}},
    .example = "print(tensor.arange(5):unfold(1, 3))",
    .see = "pad, narrow"};
