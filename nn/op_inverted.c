/* op_inverted.c: the inverted residual of MobileNetV2 as one op, for inference: three convolutions whose
 * norms are folded into their weights. */
#include "conv.h"
#include "inverted.h"
#include "op.h"

enum { X, WIDEN, WIDEN_B, DEPTH, DEPTH_B, NARROW, NARROW_B, INPUTS };

CHOICES(INVERTED, none, relu, relu6)
_Static_assert((int)INVERTED_none == ACT_none && (int)INVERTED_relu == ACT_relu &&
                   (int)INVERTED_relu6 == ACT_relu6,
               "the first of a convolution's");
PARAMS(inverted_residual, (INT, stride, 1, "step of the depthwise convolution, padded by k // 2"),
       (CHOICE, act, INVERTED_relu6, "what follows the first two", INVERTED_words),
       (BOOL, skip, false, "adds x"), (CHOICE, last, INVERTED_none, "what follows the sum", INVERTED_words))

static bool want(const OpCall *c, int i, int nd, Err *e) {
  char text[TEXT];
  const Tensor *t = c->x[i];
  if (!t || t->nd == nd) return true;
  return err_set(e, "%s: %.*s must have %d dimensions, got %s", c->op->name, op_input_length(c->op->in[i]),
                 c->op->in[i], nd, tensor_text(text, t));
}

/* w [kh,kw,C/groups,O] on `channels` channels, b [O]. */
static bool weights(const OpCall *c, int i, int64_t channels, bool depthwise, Err *e) {
  char text[TEXT];
  const Tensor *w = c->x[i], *b = c->x[i + 1];
  const int64_t *k = w->shape;
  const bool fits = depthwise ? k[2] == 1 && k[3] == channels && k[0] > 0 && k[1] > 0
                              : k[0] == 1 && k[1] == 1 && k[2] == channels;
  if (!fits)
    return err_set(e, "%s: %.*s must be %s for %lld channels, got %s", c->op->name,
                   op_input_length(c->op->in[i]), c->op->in[i], depthwise ? "[k,k,1,C]" : "[1,1,C,O]",
                   (long long)channels, tensor_text(text, w));
  if (b && b->shape[0] != k[3])
    return err_set(e, "%s: %.*s must be [%lld], got %s", c->op->name, op_input_length(c->op->in[i + 1]),
                   c->op->in[i + 1], (long long)k[3], tensor_text(text, b));
  return true;
}

/* The three convolutions; sizes only. */
static bool geometry(const OpCall *c, Inverted *v, Err *e) {
  for (int i = 0; i < INPUTS; i++)
    if (!want(c, i, i == X || i == WIDEN || i == DEPTH || i == NARROW ? 4 : 1, e)) return false;
  const int64_t *s = c->x[X]->shape, *k = c->x[DEPTH]->shape;
  if (c->x[WIDEN] && !weights(c, WIDEN, s[3], false, e)) return false;
  const int64_t wide = c->x[WIDEN] ? c->x[WIDEN]->shape[3] : s[3];
  if (!weights(c, DEPTH, wide, true, e) || !weights(c, NARROW, wide, false, e)) return false;
  const int64_t step = PARAM(inverted_residual, c)->stride;
  if (step < 1) return err_set(e, "%s: stride must be 1 or more, got %lld", c->op->name, (long long)step);
  const Conv one = {
      .N = s[0], .H = s[1], .W = s[2], .kh = 1, .kw = 1, .groups = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1};
  v->widen = v->depth = one;
  v->widen.C = s[3];
  v->widen.O = v->depth.C = v->depth.O = v->depth.groups = wide;
  v->depth.kh = k[0];
  v->depth.kw = k[1];
  v->depth.sh = v->depth.sw = step;
  v->depth.top = v->depth.bottom = k[0] / 2;
  v->depth.left = v->depth.right = k[1] / 2;
  if (!conv_sizes(&v->widen, false, c->op->name, e) || !conv_sizes(&v->depth, false, c->op->name, e))
    return false;
  v->narrow = one;
  v->narrow.H = v->narrow.OH = v->depth.OH;
  v->narrow.W = v->narrow.OW = v->depth.OW;
  v->narrow.C = wide;
  v->narrow.O = c->x[NARROW]->shape[3];
  return true;
}

static bool inverted_shape(OpCall *c, Err *e) {
  Inverted v;
  if (!op_want_float(c, X, e) || !geometry(c, &v, e)) return false;
  const int64_t shape[] = {v.depth.N, v.depth.OH, v.depth.OW, v.narrow.O};
  if (!op_output(c, 0, c->x[X]->dtype, 4, shape, e)) return false;
  char xs[TEXT], ys[TEXT];
  if (!PARAM(inverted_residual, c)->skip || tensor_same_shape(c->x[X], c->y[0])) return true;
  return err_set(e, "%s: skip adds x %s to %s: shapes differ", c->op->name, tensor_text(xs, c->x[X]),
                 tensor_text(ys, c->y[0]));
}

/* One after another. */
static bool apart(const Inverted *v, Err *e) {
  const Conv *w = &v->widen, *d = &v->depth;
  const int64_t wide[] = {w->N, w->OH, w->OW, w->O}, deep[] = {d->N, d->OH, d->OW, d->O};
  Tensor *a = NULL, *b = NULL;
  bool ok = true;
  if (v->widen_w)
    ok = (a = tensor_new(v->x->dtype, 4, wide, e)) && conv_forward(w, v->x, v->widen_w, &v->widen_f, a, e);
  ok = ok && (b = tensor_new(v->x->dtype, 4, deep, e)) &&
       conv_forward(d, a ? a : v->x, v->depth_w, &v->depth_f, b, e) &&
       conv_forward(&v->narrow, b, v->narrow_w, &v->narrow_f, v->y, e);
  tensor_release(a);
  tensor_release(b);
  return ok;
}

static bool inverted_op_forward(OpCall *c, Err *e) {
  Tensor *in[INPUTS] = {NULL};
  Inverted v;
  bool ok = geometry(c, &v, e);
  for (int i = 0; ok && i < INPUTS; i++)
    if (c->x[i]) ok = (in[i] = tensor_contiguous(c->x[i], e)) != NULL;
  if (ok) {
    const ConvAct act = (ConvAct)PARAM(inverted_residual, c)->act;
    v.x = in[X];
    v.widen_w = in[WIDEN];
    v.depth_w = in[DEPTH];
    v.narrow_w = in[NARROW];
    v.y = c->y[0];
    v.widen_f = (ConvFinish){.bias = in[WIDEN_B] ? in[WIDEN_B]->data : NULL, .act = act};
    v.depth_f = (ConvFinish){.bias = in[DEPTH_B] ? in[DEPTH_B]->data : NULL, .act = act};
    v.narrow_f = (ConvFinish){.bias = in[NARROW_B] ? in[NARROW_B]->data : NULL,
                              .act = (ConvAct)PARAM(inverted_residual, c)->last,
                              .y = c->y[0]->data,
                              .residual = PARAM(inverted_residual, c)->skip ? in[X]->data : NULL};
    ok = inverted_fits(&v) ? inverted_forward(&v, e) : apart(&v, e);
  }
  for (int i = 0; i < INPUTS; i++) tensor_release(in[i]);
  return ok;
}

static double inverted_flops(const OpCall *c) {
  Inverted v;
  Err e;
  if (!geometry(c, &v, &e)) return 0;
  const double wide = (double)(v.widen.N * v.widen.H * v.widen.W),
               deep = (double)(v.depth.N * v.depth.OH * v.depth.OW);
  return 2 * ((c->x[WIDEN] ? wide * (double)c->x[WIDEN]->n : 0) +
              deep * (double)(c->x[DEPTH]->n + c->x[NARROW]->n));
}

/* clang-format off */
const Op op_inverted_residual = {
    .name = "inverted_residual", .where = "n", .eq = "y = last(narrow * act(depth * act(widen * x)) + x)",
    .doc = "1 x 1, depthwise and 1 x 1 convolution of x [N,H,W,C] in one pass, without gradients; Sandler "
           "et al. 2018, arXiv:1801.04381",
    .in = {"x", "widen?", "widen_b?", "depth", "depth_b?", "narrow", "narrow_b?"},
    .param = TAKES(inverted_residual),
    .flags = OP_PROMOTE | OP_FLOAT | OP_INFERENCE,
    .shape = inverted_shape, .forward = inverted_op_forward, .flops = inverted_flops,
    .example = "w, d, n = tensor.randn(1, 1, 2, 4), tensor.randn(3, 3, 1, 4), tensor.randn(1, 1, 4, 2)\n"
               "print(nn.inverted_residual{tensor.randn(1, 5, 5, 2), widen=w, depth=d, narrow=n, skip=true})",
    .see = "nn.InvertedResidual, conv2d"};
