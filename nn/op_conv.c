/* op_conv.c: convolution and transposed convolution, channels last (conv.c has the arithmetic). */
#include "conv.h"
#include "op.h"
#include "parallel.h"
#include "reduce.h"

enum { CONV2D, CONV1D, TRANSPOSED, TRANSPOSED1D = CONV1D | TRANSPOSED }; /* flavours; bits */

enum { X, WEIGHT, BIAS, RESIDUAL }; /* inputs */

#define steps_ROWS                                                                                           \
  (INTS, stride, OP_NONE, "step (where it enlarges: how much), one number or {y, x}; 1"),                    \
      (INTS, padding, OP_NONE,                                                                               \
       "zeros around (where it enlarges: cut off): p, {y, x} or {top, bottom, left, right}; 0"),             \
      (INTS, dilation, OP_NONE, "distance of the kernel's taps; 1")
COMMON(steps)
PARAMS_ON(steps, conv, (INT, groups, 1, "channels in independent groups"),
          (BOOL, same, false, "pad so that the output is ceil(input / stride)"), ACT_ROWS)
PARAMS_ON(steps, conv_transpose2d, (INTS, output_padding, OP_NONE, "rows and columns added at the end; 0"),
          (INT, groups, 1, "channels in independent groups"),
          (BOOL, same, false, "cut (or add) so that the output is the input times the stride"))

static bool is_one(const OpCall *c) { return c->op->flavour & CONV1D; }
static bool is_transposed(const OpCall *c) { return c->op->flavour & TRANSPOSED; }

/* One or two numbers; `def` where there is none. */
static bool pair(const OpCall *c, const char *name, const IntList *list, int64_t least, int64_t def,
                 int64_t *a, int64_t *b, Err *e) {
  return op_number(c, name, list, 0, 2, least, def, a, e) && op_number(c, name, list, 1, 2, least, def, b, e);
}

static bool padding(const OpCall *c, const IntList *list, Conv *g, Err *e) {
  const int n = list->n;
  const int64_t *v = list->v;
  for (int i = 0; i < n; i++)
    if (v[i] < 0) return err_set(e, "%s: padding must not be negative", c->op->name);
  if (n == 3 || n > 4)
    return err_set(e, "%s: padding is p, {py, px} or {top, bottom, left, right}", c->op->name);
  g->top = n > 0 ? v[0] : 0;
  g->bottom = n == 4 ? v[1] : g->top;
  g->left = n == 4 ? v[2] : n == 2 ? v[1] : g->top;
  g->right = n == 4 ? v[3] : g->left;
  return true;
}

static bool steps(const OpCall *c, Conv *g, Err *e) {
  const struct steps_params *p = PARAM(steps, c);
  if (!pair(c, "stride", &p->stride, 1, 1, &g->sh, &g->sw, e) ||
      !pair(c, "dilation", &p->dilation, 1, 1, &g->dh, &g->dw, e) || !padding(c, &p->padding, g, e))
    return false;
  if (!is_one(c)) return true;
  g->sh = g->dh = 1;
  g->top = g->bottom = 0;
  g->left = p->padding.n > 0 ? p->padding.v[0] : 0;
  g->right = p->padding.n > 1 ? p->padding.v[1] : g->left;
  return true;
}

static bool same(const OpCall *c) {
  return is_transposed(c) ? PARAM(conv_transpose2d, c)->same : PARAM(conv, c)->same;
}

/* Geometry of a call; 1-d shapes get a height of 1. */
static bool geometry(const OpCall *c, Conv *g, Err *e) {
  const Tensor *x = c->x[0], *w = c->x[1];
  char xs[TEXT], ws[TEXT];
  bool one = is_one(c), transposed = is_transposed(c);
  int nd = one ? 3 : 4;
  if (x->nd != nd || w->nd != nd)
    return err_set(e, "%s: x must be %s and w %s, got %s and %s", c->op->name, one ? "[N,T,C]" : "[N,H,W,C]",
                   one && transposed ? "[k,C,O/groups]"
                   : one             ? "[k,C/groups,O]"
                   : transposed      ? "[kh,kw,C,O/groups]"
                                     : "[kh,kw,C/groups,O]",
                   tensor_text(xs, x), tensor_text(ws, w));
  const int64_t *s = x->shape, *k = w->shape;
  *g = (Conv){.N = s[0],
              .H = one ? 1 : s[1],
              .W = s[nd - 2],
              .C = s[nd - 1],
              .kh = one ? 1 : k[0],
              .kw = k[nd - 3],
              .O = k[nd - 1]};
  g->groups = transposed ? PARAM(conv_transpose2d, c)->groups : PARAM(conv, c)->groups;
  const int64_t takes = transposed ? k[nd - 2] : k[nd - 2] * g->groups;
  if (transposed) g->O *= g->groups;
  if (!steps(c, g, e)) return false;
  if (g->kh < 1 || g->kw < 1)
    return err_set(e, "%s: the kernel of w %s is empty", c->op->name, tensor_text(ws, w));
  if (g->groups < 1 || g->C % g->groups || g->O % g->groups || takes != g->C)
    return err_set(e, "%s: channels differ: x %s has %lld, w %s takes %lld in %lld groups", c->op->name,
                   tensor_text(xs, x), (long long)g->C, tensor_text(ws, w), (long long)takes,
                   (long long)g->groups);
  const Tensor *b = c->nx > BIAS ? c->x[BIAS] : NULL;
  if (b && (b->nd != 1 || b->shape[0] != g->O))
    return err_set(e, "%s: b must be [%lld], got %s", c->op->name, (long long)g->O, tensor_text(xs, b));
  return true;
}

static bool conv_shape(OpCall *c, Err *e) {
  Conv g;
  if (!op_want_float(c, 0, e) || !geometry(c, &g, e) || !conv_sizes(&g, same(c), c->op->name, e))
    return false;
  int64_t two[] = {g.N, g.OH, g.OW, g.O}, one[] = {g.N, g.OW, g.O};
  bool flat = is_one(c);
  if (!op_output(c, 0, c->x[0]->dtype, flat ? 3 : 4, flat ? one : two, e)) return false;
  const Tensor *r = c->nx > RESIDUAL ? c->x[RESIDUAL] : NULL, *y = c->y[0];
  char rs[TEXT], ys[TEXT];
  if (r && (!tensor_same_shape(r, y) || r->dtype != y->dtype))
    return err_set(e, "%s: residual must be %s as the output, got %s", c->op->name, tensor_text(ys, y),
                   tensor_text(rs, r));
  if (PARAM(conv, c)->act == ACT_none || tensor_is_meta(y)) return true;
  return (c->save[0] = tensor_alias(y, e)) != NULL; /* its signs are those of the sum */
}

/* Inputs in the order of memory; released by the caller. */
static bool dense(Tensor *const *in, int n, Tensor **out, Err *e) {
  for (int i = 0; i < n; i++) out[i] = NULL;
  for (int i = 0; i < n; i++)
    if (in[i] && !(out[i] = tensor_is_meta(in[i]) ? tensor_retain(in[i]) : tensor_contiguous(in[i], e))) {
      for (int k = 0; k < i; k++) tensor_release(out[k]);
      return false;
    }
  return true;
}
static void drop(Tensor **t, int n) {
  for (int i = 0; i < n; i++) tensor_release(t[i]);
}

static bool conv_op_forward(OpCall *c, Err *e) {
  Conv g;
  Tensor *in[4] = {NULL},
         *given[4] = {c->x[X], c->x[WEIGHT], c->x[BIAS], c->nx > RESIDUAL ? c->x[RESIDUAL] : NULL};
  if (!geometry(c, &g, e) || !conv_sizes(&g, same(c), c->op->name, e) || !dense(given, 4, in, e))
    return false;
  ConvFinish f = {.bias = in[BIAS] ? in[BIAS]->data : NULL,
                  .y = c->y[0]->data,
                  .residual = in[RESIDUAL] ? in[RESIDUAL]->data : NULL,
                  .act = (ConvAct)PARAM(conv, c)->act,
                  .slope = PARAM(conv, c)->slope};
  bool ok = conv_forward(&g, in[X], in[WEIGHT], &f, c->y[0], e);
  drop(in, 4);
  return ok;
}

typedef struct Undo { /* of the activation */
  const ConvKernels *k;
  const unsigned char *dy, *y;
  unsigned char *g;
  int64_t size;
  ConvAct act;
  double slope;
} Undo;
static void undo_part(void *context, int64_t begin, int64_t end) {
  const Undo *u = context;
  int64_t at = begin * u->size;
  u->k->act_grad(end - begin, u->g + at, u->dy + at, u->y + at, u->act, u->slope);
}

/* The gradient before the activation: dy itself where there is none, and in its place where nobody else has it. */
static Tensor *before_act(const OpCall *c, Tensor *dy, Err *e) {
  const bool ours = !tensor_is_contiguous(dy) || (dy->refs == 1 && dy->store->refs == 1);
  Tensor *d = tensor_contiguous(dy, e), *g;
  if (!d || PARAM(conv, c)->act == ACT_none) return d;
  if ((g = ours ? tensor_retain(d) : tensor_new(d->dtype, d->nd, d->shape, e))) {
    Undo u = {conv_kernels(d->dtype),
              d->data,
              c->save[0]->data,
              g->data,
              (int64_t)dtype_size[d->dtype],
              (ConvAct)PARAM(conv, c)->act,
              PARAM(conv, c)->slope};
    parallel_for(d->n, GRAIN, undo_part, &u);
  }
  tensor_release(d);
  return g;
}

static bool conv_op_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Conv g;
  Tensor *given[3] = {c->x[X], c->x[WEIGHT], before_act(c, dys[0], e)}, *in[3];
  bool ok =
      given[2] && geometry(c, &g, e) && conv_sizes(&g, same(c), c->op->name, e) && dense(given, 3, in, e);
  tensor_release(given[2]);
  if (!ok) return false;
  ok = (!dx[X] || conv_backward_x(&g, in[2], in[1], dx[X], add & 1, e)) &&
       (!dx[WEIGHT] || conv_backward_w(&g, in[0], in[2], dx[WEIGHT], add & 2, e)) &&
       (!dx[BIAS] || reduce_sum_to(dx[BIAS], in[2], add & 4, e)) &&
       (c->nx <= RESIDUAL || !dx[RESIDUAL] || reduce_sum_to(dx[RESIDUAL], in[2], add & 8, e));
  drop(in, 3);
  return ok;
}

static double conv_flops(const OpCall *c) {
  const Tensor *w = c->x[1], *y = is_transposed(c) ? c->x[0] : c->y[0];
  const int64_t channels = w->shape[w->nd - (is_transposed(c) ? 2 : 1)];
  return y && channels ? 2.0 * (double)y->n * (double)w->n / (double)channels : 0;
}

/* --- transposed: the gradient of a convolution with respect to its input, used as a layer ----------------- */

/* w [kh,kw,C,O/groups] maps C channels of x to O of y; the convolution it reverses maps O to C with w^T.
 * `same` is TensorFlow's: of what the kernel exceeds the stride by, the odd row is cut off at the end. */

static void cut_same(int64_t exceeds, int64_t *before, int64_t *after, int64_t *more) {
  conv_part(exceeds, before, after);
  *more = exceeds < 0 ? -exceeds : 0;
}

static bool transposed_geometry(const OpCall *c, Conv *g, Err *e) {
  Conv in;
  int64_t py, px;
  const IntList *out = &PARAM(conv_transpose2d, c)->output_padding;
  if (!geometry(c, &in, e) || !pair(c, "output_padding", out, 0, 0, &py, &px, e)) return false;
  if (is_one(c)) py = 0;
  const int64_t tall = (in.kh - 1) * in.dh + 1, wide = (in.kw - 1) * in.dw + 1;
  if (py >= in.sh * in.dh + (in.sh == 1) || px >= in.sw * in.dw + (in.sw == 1))
    return err_set(e, "%s: output_padding must be less than the stride", c->op->name);
  if (same(c)) {
    cut_same(tall - in.sh, &in.top, &in.bottom, &py);
    cut_same(wide - in.sw, &in.left, &in.right, &px);
  }
  *g = in;
  g->OH = in.H;
  g->OW = in.W;
  g->H = (in.H - 1) * in.sh + tall - in.top - in.bottom + py;
  g->W = (in.W - 1) * in.sw + wide - in.left - in.right + px;
  g->C = in.O;
  g->O = in.C;
  if (g->H < 1 || g->W < 1) return err_set(e, "%s: the padding leaves nothing of the output", c->op->name);
  return true;
}

static bool transposed_shape(OpCall *c, Err *e) {
  Conv g;
  if (!op_want_float(c, 0, e) || !transposed_geometry(c, &g, e)) return false;
  int64_t two[] = {g.N, g.H, g.W, g.C}, one[] = {g.N, g.W, g.C};
  return op_output(c, 0, c->x[0]->dtype, is_one(c) ? 3 : 4, is_one(c) ? one : two, e) != NULL;
}

/* [kh,kw,C,O] (or [k,C,O]) with its last two dimensions swapped; contiguous. */
static Tensor *swapped(const Tensor *w, Err *e) {
  const Tensor v = tensor_turned(w);
  return tensor_clone(&v, e);
}

static bool transposed_forward(OpCall *c, Err *e) {
  Conv g;
  Tensor *x = NULL, *w = NULL;
  bool ok = transposed_geometry(c, &g, e) && (x = tensor_contiguous(c->x[0], e)) && (w = swapped(c->x[1], e));
  if (ok && c->x[2]) tensor_copy(c->y[0], c->x[2]);
  ok = ok && conv_backward_x(&g, x, w, c->y[0], c->x[2] != NULL, e);
  tensor_release(x);
  tensor_release(w);
  return ok;
}

static bool transposed_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Conv g;
  Tensor *given[2] = {c->x[0], dys[0]}, *in[2], *w = NULL, *t = NULL;
  if (!transposed_geometry(c, &g, e) || !dense(given, 2, in, e)) return false;
  bool ok = true;
  if (dx[0]) {
    t = add & 1 ? tensor_new(dx[0]->dtype, dx[0]->nd, dx[0]->shape, e) : tensor_retain(dx[0]);
    const ConvFinish nothing = {.act = ACT_none};
    ok = t && (w = swapped(c->x[1], e)) && conv_forward(&g, in[1], w, &nothing, t, e);
    if (ok && add & 1) ok = reduce_sum_to(dx[0], t, true, e);
    tensor_release(t);
    tensor_release(w);
  }
  if (ok && dx[1]) { /* dw of the reversed convolution, [kh,kw,O,C], turned back */
    const Tensor like = tensor_turned(dx[1]);
    Tensor *dw = tensor_new(like.dtype, like.nd, like.shape, e);
    ok = dw && conv_backward_w(&g, in[1], in[0], dw, false, e);
    if (ok) {
      const Tensor back = tensor_turned(dw);
      ok = reduce_sum_to(dx[1], &back, add & 2, e);
    }
    tensor_release(dw);
  }
  if (ok && dx[2]) ok = reduce_sum_to(dx[2], in[1], add & 4, e);
  drop(in, 2);
  return ok;
}

/* clang-format off */
const Op op_conv2d = {
    .name = "conv2d", .where = "n",
    .eq = "y[n,i,j,o] = act(b[o] + residual + sum over u,v,c of x[n, i s + u - p, j s + v - p, c] "
          "w[u,v,c,o])",
    .doc = "2-d convolution (cross-correlation) of x [N,H,W,C] with w [kh,kw,C/groups,O]",
    .in = {"x", "w", "b?", "residual?"},
    .param = TAKES(conv),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1,
    .shape = conv_shape, .forward = conv_op_forward, .backward = conv_op_backward, .flops = conv_flops,
    .check = {{3, {{4, {2, 5, 4, 3}}, {4, {3, 3, 3, 4}}, {1, {4}}}, .args = "stride=2, padding=1"},
              {3, {{4, {1, 6, 5, 4}}, {4, {3, 2, 2, 6}}, {1, {6}}},
               .args = "padding={1,2,0,1}, dilation=2, groups=2"},
              {3, {{4, {1, 5, 5, 2}}, {4, {4, 4, 2, 3}}, {1, {3}}}, .args = "same=true, stride=2"},
              {4, {{4, {2, 3, 3, 4}}, {4, {1, 1, 4, 2}}, {1, {2}}, {4, {2, 3, 3, 2}}},
               .args = "act='leaky'"}},
    .example = "print(nn.conv2d{tensor.randn(1, 8, 8, 3), tensor.randn(3, 3, 3, 4), padding=1})",
    .see = "conv1d, conv_transpose2d, max_pool2d"};
const Op op_conv1d = {
    .name = "conv1d", .where = "n",
    .eq = "y[n,t,o] = act(b[o] + residual + sum over u,c of x[n, t s + u - p, c] w[u,c,o])",
    .doc = "1-d convolution (cross-correlation) of x [N,T,C] with w [k,C/groups,O]",
    .in = {"x", "w", "b?", "residual?"},
    .param = TAKES(conv),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .flavour = CONV1D,
    .shape = conv_shape, .forward = conv_op_forward, .backward = conv_op_backward, .flops = conv_flops,
    .check = {{3, {{3, {2, 7, 3}}, {3, {3, 3, 4}}, {1, {4}}}, .args = "stride=2, padding=1"},
              {2, {{3, {1, 8, 4}}, {3, {2, 2, 2}}}, .args = "dilation=2, groups=2"}},
    .example = "print(nn.conv1d{tensor.randn(1, 20, 3), tensor.randn(5, 3, 4), stride=2})",
    .see = "conv2d"};
const Op op_conv_transpose2d = {
    .name = "conv_transpose2d", .where = "n",
    .eq = "y[n, i s + u - p, j s + v - p, o] += x[n,i,j,c] w[u,v,c,o]",
    .doc = "transposed 2-d convolution of x [N,H,W,C] with w [kh,kw,C,O/groups]: enlarges by the stride",
    .in = {"x", "w", "b?"},
    .param = TAKES(conv_transpose2d),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .flavour = TRANSPOSED,
    .shape = transposed_shape, .forward = transposed_forward, .backward = transposed_backward,
    .flops = conv_flops,
    .check = {{3, {{4, {1, 3, 4, 2}}, {4, {3, 3, 2, 3}}, {1, {3}}},
               .args = "stride=2, padding=1, output_padding=1"},
              {2, {{4, {2, 3, 3, 2}}, {4, {2, 2, 2, 2}}}, .args = "stride=2"},
              {3, {{4, {1, 3, 2, 4}}, {4, {3, 2, 4, 3}}, {1, {6}}}, .args = "groups=2, padding={1,0,0,1}"},
              {2, {{4, {1, 3, 2, 2}}, {4, {4, 1, 2, 1}}}, .args = "groups=2, same=true, stride=2"}},
    .example = "print(nn.conv_transpose2d{tensor.randn(1, 4, 4, 2), tensor.randn(3, 3, 2, 3), stride=2, "
               "padding=1, output_padding=1})",
    .see = "conv2d"};
const Op op_conv_transpose1d = {
    .name = "conv_transpose1d", .where = "n", .eq = "y[n, t s + u - p, o] += x[n,t,c] w[u,c,o]",
    .doc = "transposed 1-d convolution of x [N,T,C] with w [k,C,O/groups]: enlarges by the stride",
    .in = {"x", "w", "b?"},
    .param = TAKES(conv_transpose2d),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .flavour = TRANSPOSED1D,
    .shape = transposed_shape, .forward = transposed_forward, .backward = transposed_backward,
    .flops = conv_flops,
    .check = {{3, {{3, {2, 4, 2}}, {3, {3, 2, 3}}, {1, {3}}},
               .args = "stride=2, padding={1,0}, output_padding=1"},
              {2, {{3, {1, 4, 4}}, {3, {2, 4, 1}}}, .args = "dilation=2, groups=2"},
              {2, {{3, {1, 4, 2}}, {3, {2, 2, 2}}}, .args = "stride=3, same=true"}},
    .example = "print(nn.conv_transpose1d{tensor.randn(1, 4, 2), tensor.randn(4, 2, 3), stride=2, "
               "same=true})",
    .see = "conv1d, conv_transpose2d"};
