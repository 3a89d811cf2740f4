/* op_conv3d.c: 3-d convolution and transposed convolution, channels last (conv/volume.c has the arithmetic). */
#include "op.h"
#include "reduce.h"
#include "volume.h"

enum { X, WEIGHT, BIAS }; /* inputs */
enum { PLAIN, TRANSPOSED };

#define conv3d_ROWS                                                                                          \
  (INTS, stride, OP_NONE, "step, one number or {z, y, x}; 1"),                                               \
      (INTS, padding, OP_NONE,                                                                               \
       "zeros around (transposed: cut off): p, {z, y, x} or both ends of each, six numbers; 0"),             \
      (INTS, dilation, OP_NONE, "distance of the kernel's taps; 1"),                                         \
      (INT, groups, 1, "channels in independent groups"),                                                    \
      (BOOL, same, false, "pad so that the output is ceil(input / stride); transposed: input times stride")
PARAMS(conv3d, conv3d_ROWS)
PARAMS_ON(conv3d, conv_transpose3d,
          (INTS, output_padding, OP_NONE, "slices, rows and columns added at the end; 0"))

typedef struct Axis { /* z, y, x */
  int64_t in, out, k, stride, dilation, before, after, more;
} Axis;

static bool is_transposed(const OpCall *c) { return c->op->flavour == TRANSPOSED; }

/* One number or three; `def` where there is none. */
static bool triple(const OpCall *c, const char *name, const IntList *list, int64_t least, int64_t def,
                   int64_t v[3], Err *e) {
  for (int i = 0; i < 3; i++)
    if (!op_number(c, name, list, i, 3, least, def, &v[i], e)) return false;
  return true;
}

static bool paddings(const OpCall *c, const IntList *list, Axis a[3], Err *e) {
  int64_t v[3] = {0};
  const bool six = list->n == 6;
  if (!six && !triple(c, "padding", list, 0, 0, v, e)) return false;
  for (int i = 0; i < 3; i++) {
    a[i].before = six ? list->v[2 * i] : v[i];
    a[i].after = six ? list->v[2 * i + 1] : v[i];
    if (a[i].before < 0 || a[i].after < 0) return err_set(e, "%s: padding must not be negative", c->op->name);
  }
  return true;
}

static void same_padding(Axis *a, bool transposed) {
  const int64_t extent = (a->k - 1) * a->dilation + 1;
  const int64_t total = transposed ? extent - a->stride : conv_same(a->in, a->stride, extent);
  a->more = total < 0 && transposed ? -total : 0;
  conv_part(total, &a->before, &a->after);
}

static bool steps(const OpCall *c, Axis a[3], Err *e) {
  const struct conv3d_params *p = PARAM(conv3d, c);
  static const IntList none = {.n = -1};
  int64_t s[3], d[3], more[3];
  if (!triple(c, "stride", &p->stride, 1, 1, s, e) || !triple(c, "dilation", &p->dilation, 1, 1, d, e) ||
      !paddings(c, &p->padding, a, e) ||
      !triple(c, "output_padding", is_transposed(c) ? &PARAM(conv_transpose3d, c)->output_padding : &none, 0,
              0, more, e))
    return false;
  for (int i = 0; i < 3; i++) {
    a[i].stride = s[i];
    a[i].dilation = d[i];
    a[i].more = more[i];
    if (more[i] >= s[i] && more[i] >= d[i] && more[i] > 0)
      return err_set(e, "%s: output_padding must be less than the stride", c->op->name);
    if (p->same) same_padding(&a[i], is_transposed(c));
  }
  return true;
}

static bool output_sizes(const OpCall *c, Axis a[3], Err *e) {
  for (int i = 0; i < 3; i++) {
    const int64_t extent = (a[i].k - 1) * a[i].dilation + 1,
                  room = a[i].in + a[i].before + a[i].after - extent;
    if (is_transposed(c))
      a[i].out = (a[i].in - 1) * a[i].stride + extent - a[i].before - a[i].after + a[i].more;
    else a[i].out = room < 0 ? 0 : room / a[i].stride + 1;
    if (a[i].out < 1)
      return err_set(
          e, "%s: the kernel of %lld (dilated %lld) leaves nothing of %lld with padding %lld and %lld",
          c->op->name, (long long)a[i].k, (long long)extent, (long long)a[i].in, (long long)a[i].before,
          (long long)a[i].after);
  }
  return true;
}

/* The convolution, or the one that a transposed one turns round: from its output to its input. */
static Volume volume_of(const Axis a[3], int64_t n, int64_t C, int64_t O, int64_t groups, bool turned) {
  const Axis *z = a, *y = a + 1, *x = a + 2;
#define IN(axis)  (turned ? axis->out : axis->in)
#define OUT(axis) (turned ? axis->in : axis->out)
  return (Volume){.flat = {.N = n,
                           .H = IN(y),
                           .W = IN(x),
                           .C = turned ? O : C,
                           .O = turned ? C : O,
                           .kh = y->k,
                           .kw = x->k,
                           .OH = OUT(y),
                           .OW = OUT(x),
                           .groups = groups,
                           .sh = y->stride,
                           .sw = x->stride,
                           .dh = y->dilation,
                           .dw = x->dilation,
                           .top = y->before,
                           .bottom = y->after,
                           .left = x->before,
                           .right = x->after},
                  .D = IN(z),
                  .OD = OUT(z),
                  .kd = z->k,
                  .sd = z->stride,
                  .dd = z->dilation,
                  .front = z->before};
#undef IN
#undef OUT
}

static bool geometry(const OpCall *c, Volume *v, int64_t shape[5], Err *e) {
  const Tensor *x = c->x[X], *w = c->x[WEIGHT], *b = c->nx > BIAS ? c->x[BIAS] : NULL;
  const bool turned = is_transposed(c);
  char xs[TEXT], ws[TEXT];
  if (x->nd != 5 || w->nd != 5)
    return err_set(e, "%s: x must be [N,D,H,W,C] and w %s, got %s and %s", c->op->name,
                   turned ? "[kd,kh,kw,C,O/groups]" : "[kd,kh,kw,C/groups,O]", tensor_text(xs, x),
                   tensor_text(ws, w));
  const int64_t groups = PARAM(conv3d, c)->groups, C = x->shape[4], last = w->shape[4];
  Axis a[3];
  for (int i = 0; i < 3; i++) {
    a[i].in = x->shape[i + 1];
    a[i].k = w->shape[i];
    if (a[i].k < 1) return err_set(e, "%s: the kernel of w %s is empty", c->op->name, tensor_text(ws, w));
  }
  if (!steps(c, a, e)) return false;
  const int64_t takes = turned ? w->shape[3] : w->shape[3] * groups, O = turned ? last * groups : last;
  if (groups < 1 || C % groups || O % groups || takes != C)
    return err_set(e, "%s: channels differ: x %s has %lld, w %s takes %lld in %lld groups", c->op->name,
                   tensor_text(xs, x), (long long)C, tensor_text(ws, w), (long long)takes, (long long)groups);
  if (b && (b->nd != 1 || b->shape[0] != O))
    return err_set(e, "%s: b must be [%lld], got %s", c->op->name, (long long)O, tensor_text(xs, b));
  if (!output_sizes(c, a, e)) return false;
  *v = volume_of(a, x->shape[0], C, O, groups, turned);
  shape[0] = x->shape[0];
  for (int i = 0; i < 3; i++) shape[i + 1] = a[i].out;
  shape[4] = O;
  return true;
}

static bool conv3d_shape(OpCall *c, Err *e) {
  Volume v;
  int64_t shape[5];
  return op_want_float(c, 0, e) && geometry(c, &v, shape, e) &&
         op_output(c, 0, c->x[X]->dtype, 5, shape, e) != NULL;
}

/* [kd,kh,kw,C,O/groups] of a transposed one as [kd,kh,kw,O/groups,C]; in memory. */
static Tensor *weights(const OpCall *c, Tensor *w, Err *e) {
  if (!is_transposed(c)) return tensor_contiguous(w, e);
  const Tensor v = tensor_turned(w);
  return tensor_clone(&v, e);
}

static bool conv3d_forward(OpCall *c, Err *e) {
  Volume v;
  int64_t shape[5];
  Tensor *y = c->y[0], *bias = c->nx > BIAS && c->x[BIAS] ? tensor_contiguous(c->x[BIAS], e) : NULL;
  if (c->nx > BIAS && c->x[BIAS] && !bias) return false;
  Tensor *x = tensor_contiguous(c->x[X], e), *w = x ? weights(c, c->x[WEIGHT], e) : NULL;
  bool ok = w && geometry(c, &v, shape, e);
  if (ok && is_transposed(c)) {
    if (bias) tensor_copy(y, bias);
    ok = volume_backward_x(&v, x, w, y, bias != NULL, e);
  } else if (ok) ok = volume_forward(&v, x, w, bias, y, e);
  tensor_release(x);
  tensor_release(w);
  tensor_release(bias);
  return ok;
}

/* dx = or += what `volume` gives, which can only overwrite. */
static bool forward_into(const Volume *v, const Tensor *x, const Tensor *w, Tensor *dx, bool add, Err *e) {
  if (!add) return volume_forward(v, x, w, NULL, dx, e);
  Tensor *t = tensor_new(dx->dtype, dx->nd, dx->shape, e);
  bool ok = t && volume_forward(v, x, w, NULL, t, e) && reduce_sum_to(dx, t, true, e);
  tensor_release(t);
  return ok;
}

/* dw of a transposed one: that of the convolution it turns round, turned back. */
static bool turned_weights(const Volume *v, const Tensor *dy, const Tensor *x, Tensor *dw, bool add, Err *e) {
  const Tensor like = tensor_turned(dw);
  Tensor *t = tensor_new(like.dtype, like.nd, like.shape, e);
  bool ok = t && volume_backward_w(v, dy, x, t, false, e);
  if (ok) {
    const Tensor back = tensor_turned(t);
    ok = reduce_sum_to(dw, &back, add, e);
  }
  tensor_release(t);
  return ok;
}

static bool conv3d_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Volume v;
  int64_t shape[5];
  Tensor *dy = tensor_contiguous(dys[0], e), *x = NULL, *w = NULL;
  bool ok = dy && geometry(c, &v, shape, e);
  if (ok && dx[X]) {
    ok = (w = weights(c, c->x[WEIGHT], e)) != NULL;
    ok = ok && (is_transposed(c) ? forward_into(&v, dy, w, dx[X], add & 1, e)
                                 : volume_backward_x(&v, dy, w, dx[X], add & 1, e));
  }
  if (ok && dx[WEIGHT]) {
    ok = (x = tensor_contiguous(c->x[X], e)) != NULL;
    ok = ok && (is_transposed(c) ? turned_weights(&v, dy, x, dx[WEIGHT], add & 2, e)
                                 : volume_backward_w(&v, x, dy, dx[WEIGHT], add & 2, e));
  }
  if (ok && c->nx > BIAS && dx[BIAS]) ok = reduce_sum_to(dx[BIAS], dy, add & 4, e);
  tensor_release(dy);
  tensor_release(x);
  tensor_release(w);
  return ok;
}

static double conv3d_flops(const OpCall *c) {
  const Tensor *w = c->x[WEIGHT], *y = is_transposed(c) ? c->x[X] : c->y[0];
  const int64_t channels = w->shape[is_transposed(c) ? 3 : 4];
  return y && channels ? 2.0 * (double)y->n * (double)w->n / (double)channels : 0;
}

/* clang-format off */
const Op op_conv3d = {
    .name = "conv3d", .where = "n",
    .eq = "y[n,t,i,j,o] = b[o] + sum over q,u,v,c of x[n, t s + q - p, i s + u - p, j s + v - p, c] "
          "w[q,u,v,c,o]",
    .doc = "3-d convolution (cross-correlation) of x [N,D,H,W,C] with w [kd,kh,kw,C/groups,O]",
    .in = {"x", "w", "b?"},
    .param = TAKES(conv3d),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .flavour = PLAIN,
    .shape = conv3d_shape, .forward = conv3d_forward, .backward = conv3d_backward, .flops = conv3d_flops,
    .check = {{3, {{5, {2, 3, 4, 3, 2}}, {5, {2, 3, 2, 2, 3}}, {1, {3}}},
               .args = "stride={1,2,1}, padding=1"},
              {2, {{5, {1, 5, 4, 4, 4}}, {5, {2, 2, 1, 2, 2}}},
               .args = "dilation={2,1,1}, groups=2, padding={1,0,0,1,0,0}"},
              {3, {{5, {1, 3, 3, 2, 2}}, {5, {2, 2, 3, 2, 1}}, {1, {1}}}, .args = "same=true, stride=2"},
              {2, {{5, {1, 2, 2, 2, 2}}, {5, {1, 1, 1, 1, 2}}}, .args = "groups=2"}},
    .example = "print(nn.conv3d{tensor.randn(1, 4, 8, 8, 3), tensor.randn(3, 3, 3, 3, 4), padding=1})",
    .see = "conv2d, conv_transpose3d, max_pool3d"};
const Op op_conv_transpose3d = {
    .name = "conv_transpose3d", .where = "n",
    .eq = "y[n, t s + q - p, i s + u - p, j s + v - p, o] += x[n,t,i,j,c] w[q,u,v,c,o]",
    .doc = "transposed 3-d convolution of x [N,D,H,W,C] with w [kd,kh,kw,C,O/groups]: enlarges by the stride",
    .in = {"x", "w", "b?"},
    .param = TAKES(conv_transpose3d),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .flavour = TRANSPOSED,
    .shape = conv3d_shape, .forward = conv3d_forward, .backward = conv3d_backward, .flops = conv3d_flops,
    .check = {{3, {{5, {1, 2, 3, 2, 2}}, {5, {3, 2, 3, 2, 3}}, {1, {3}}},
               .args = "stride=2, padding={1,0,1}, output_padding=1"},
              {2, {{5, {2, 2, 2, 2, 4}}, {5, {2, 1, 2, 4, 1}}}, .args = "groups=2, dilation=2"},
              {2, {{5, {1, 2, 2, 2, 1}}, {5, {3, 1, 2, 1, 2}}}, .args = "same=true, stride=2"}},
    .example = "print(nn.conv_transpose3d{tensor.randn(1, 2, 4, 4, 2), tensor.randn(2, 2, 2, 2, 3), "
               "stride=2})",
    .see = "conv3d, conv_transpose2d"};
