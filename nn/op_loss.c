/* op_loss.c: losses made element by element, y = reduce(w f(x, t)); kernels in kernel/loss.c.
 *
 * x and t must have one shape: a silent broadcast of [N] against [N,1] is the classic bug of training
 * scripts. Nothing is saved but the inputs.  Sums are made tile by tile and added in order: the same at every
 * thread count. */
#include "op.h"

#include "lay.h"
#include "mem.h"
#include "nn_kernel.h"
#include "parallel.h"
#include "reduce.h"
#include "reduction.h"

#include <string.h>

enum { PREDICTION, TARGET, WEIGHT, POSITIVE }; /* inputs */

CHOICES(KL, mean, sum, none, batchmean)
_Static_assert((int)KL_mean == REDUCTION_mean && (int)KL_sum == REDUCTION_sum &&
                   (int)KL_none == REDUCTION_none,
               "one more than the others'");
#define loss_ROWS (CHOICE, reduction, REDUCTION_mean, "what to do with the elements", REDUCTION_words)
PARAMS(loss, loss_ROWS)
PARAMS_ON(loss, smooth_l1, (NUMBER, beta, 1, "where the square ends"))
PARAMS_ON(loss, huber, (NUMBER, delta, 1, "where the square ends"))
PARAMS_ON(loss, hinge, (NUMBER, margin, 1, "the score that is enough"))
PARAMS(kl_div, (CHOICE, reduction, KL_mean, "what to do with the elements", KL_words),
       (BOOL, log_target, false, "t holds log probabilities too"))
PARAMS_ON(loss, focal, (NUMBER, alpha, 0.25, "weight of the positive class; negative: none"),
          (NUMBER, gamma, 2, "how fast easy examples fade"))

static int reduction(const OpCall *c) {
  return c->op->flavour == L_KL ? PARAM(kl_div, c)->reduction : PARAM(loss, c)->reduction;
}

/* The numbers that the kernel reads. */
static LossNumbers numbers(const OpCall *c) {
  switch (c->op->flavour) {
  case L_SMOOTH_L1: return (LossNumbers){.beta = PARAM(smooth_l1, c)->beta};
  case L_HUBER: return (LossNumbers){.delta = PARAM(huber, c)->delta};
  case L_HINGE: return (LossNumbers){.margin = PARAM(hinge, c)->margin};
  case L_FOCAL: return (LossNumbers){.alpha = PARAM(focal, c)->alpha, .gamma = PARAM(focal, c)->gamma};
  default: return (LossNumbers){0};
  }
}

/* kl_div has one function for each form of its target. */
static int kernel_of(const OpCall *c) {
  return c->op->flavour == L_KL && PARAM(kl_div, c)->log_target ? L_KL_LOG : c->op->flavour;
}

static double divisor(const OpCall *c, const Tensor *x) {
  if (reduction(c) == REDUCTION_mean) return (double)x->n;
  return reduction(c) == KL_batchmean && x->nd > 0 ? (double)x->shape[0] : 1;
}

static bool loss_shape(OpCall *c, Err *e) {
  char left[TEXT], right[TEXT];
  const Tensor *x = c->x[PREDICTION], *t = c->x[TARGET];
  if (!tensor_same_shape(x, t))
    return err_set(e, "%s: shapes differ: %s and %s (a loss does not broadcast)", c->op->name,
                   tensor_text(left, x), tensor_text(right, t));
  for (int i = 0; i < c->nx; i++) {
    if (!c->x[i]) continue;
    if (!op_want_float(c, i, e)) return false;
    if (c->x[i]->dtype != x->dtype)
      return err_set(e, "%s: dtypes differ: %s and %s", c->op->name, tensor_text(left, x),
                     tensor_text(right, c->x[i]));
    if (i >= WEIGHT && !shape_expands_to(c->x[i], x->nd, x->shape))
      return err_set(e, "%s: %s %s does not broadcast to %s", c->op->name,
                     i == WEIGHT ? "weight" : "pos_weight", tensor_text(right, c->x[i]),
                     tensor_text(left, x));
  }
  if (c->op->flavour == L_HUBER && !(PARAM(huber, c)->delta > 0))
    return err_set(e, "huber: delta is %g; it must be positive", PARAM(huber, c)->delta);
  if (c->op->flavour == L_SMOOTH_L1 && !(PARAM(smooth_l1, c)->beta >= 0))
    return err_set(e, "smooth_l1: beta is %g; it must be 0 or more", PARAM(smooth_l1, c)->beta);
  bool whole = reduction(c) == REDUCTION_none;
  return op_output(c, 0, x->dtype, whole ? x->nd : 0, x->shape, e) != NULL;
}

/* The inputs, contiguous and of x's shape, or turned alike where only their sum counts; references are ours. */
typedef struct Inputs {
  Tensor *t[4];
} Inputs;

static void inputs_free(Inputs *in) {
  for (int i = 0; i < 4; i++) tensor_release(in->t[i]);
}

static Tensor *expanded(Tensor *w, const Tensor *like, Err *e) {
  if (tensor_same_shape(w, like)) return tensor_contiguous(w, e);
  Tensor *full = tensor_new(w->dtype, like->nd, like->shape, e);
  if (full) tensor_copy(full, w);
  return full;
}

/* Are all dense, of one shape and in one order? */
static bool turned_alike(const OpCall *c) {
  const Tensor *x = c->x[PREDICTION];
  Tensor order = *x;
  if (!lay_alike((const Tensor *const *)c->x, c->nx, x->nd, x->shape, order.stride)) return false;
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && !(tensor_same_shape(c->x[i], x) && lay_same(c->x[i], &order))) return false;
  return true;
}

static bool inputs_make(Inputs *in, const OpCall *c, bool sums, Err *e) {
  const bool as_they_lie = sums && turned_alike(c);
  *in = (Inputs){{NULL}};
  for (int i = 0; i < c->nx; i++)
    if (as_they_lie && c->x[i]) in->t[i] = tensor_retain(c->x[i]);
    else if (c->x[i] && !(in->t[i] = expanded(c->x[i], c->x[PREDICTION], e))) {
      inputs_free(in);
      return false;
    }
  return true;
}

typedef struct Loss {
  LossFn sum;
  LossGradFn grad;
  LossNumbers p;
  const Inputs *in;
  unsigned char *y; /* values, or the gradient; NULL: the sum only */
  const Tensor *dy; /* NULL: ones                                  */
  double scale, *part;
  bool add;
  int64_t size; /* of an element */
} Loss;

static const void *at(const Loss *j, int i, int64_t k) {
  return j->in->t[i] ? j->in->t[i]->data + k * j->size : NULL;
}
static LossData data_at(const Loss *j, int64_t k) {
  return (LossData){at(j, PREDICTION, k), at(j, TARGET, k), at(j, WEIGHT, k), at(j, POSITIVE, k)};
}

static void sum_tile(void *context, int64_t begin, int64_t end) {
  const Loss *j = context;
  LossData d = data_at(j, begin);
  j->part[begin / GRAIN_HEAVY] = j->sum(end - begin, j->y ? j->y + begin * j->size : NULL, &d, &j->p);
}

static void grad_tile(void *context, int64_t begin, int64_t end) {
  const Loss *j = context;
  LossData d = data_at(j, begin);
  const void *dy = j->dy ? j->dy->data + begin * j->size : NULL;
  j->grad(end - begin, j->y + begin * j->size, &d, dy, j->scale, &j->p, j->add);
}

/* bce's x are probabilities (NaN stays one); what is beyond has no logarithm. */
static bool probabilities(const Inputs *in, Err *e) {
  const Tensor *x = in->t[PREDICTION];
  for (int64_t i = 0; i < x->n; i++) {
    const double v = tensor_real(x, i);
    if (v < 0 || v > 1)
      return err_set(e, "bce: x holds %.9g; probabilities lie in 0..1 (nn.bce_logits takes scores)", v);
  }
  return true;
}

static bool loss_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[PREDICTION];
  double few[16] = {0};
  int64_t tiles = (x->n + GRAIN_HEAVY - 1) / GRAIN_HEAVY;
  size_t bytes = (size_t)tiles * sizeof(double);
  double *part = tiles <= 16 ? few : mem_alloc(bytes);
  if (!part) return err_set(e, "%s: out of memory", c->op->name);
  Inputs in;
  const bool whole = reduction(c) == REDUCTION_none, made = inputs_make(&in, c, !whole, e);
  const bool ok = made && (c->op->flavour != L_BCE || probabilities(&in, e));
  if (ok) {
    Loss j = {.sum = nn_kernels(x->dtype)->loss[kernel_of(c)],
              .p = numbers(c),
              .in = &in,
              .part = part,
              .y = whole ? c->y[0]->data : NULL,
              .size = (int64_t)dtype_size[x->dtype]};
    parallel_for(x->n, GRAIN_HEAVY, sum_tile, &j);
    double total = 0;
    for (int64_t i = 0; i < tiles; i++) total += part[i];
    if (!whole) tensor_set(c->y[0], 0, total / divisor(c, x));
  }
  if (made) inputs_free(&in);
  if (part != few) mem_free(part, bytes);
  return ok;
}

/* The gradient in a weight: dy f(x, t), summed to its shape. */
static bool weight_grad(const OpCall *c, Loss *j, Tensor *dw, bool add, Err *e) {
  const Tensor *x = c->x[PREDICTION];
  Tensor *full = tensor_new(x->dtype, x->nd, x->shape, e);
  if (!full) return false;
  Inputs in = *j->in;
  in.t[WEIGHT] = (Tensor *)j->dy; /* f times dy: dy plays the weight */
  LossData d;
  for (int64_t b = 0; b < x->n; b += GRAIN_HEAVY) {
    Loss values = {.in = &in, .size = j->size};
    d = data_at(&values, b);
    int64_t n = x->n - b < GRAIN_HEAVY ? x->n - b : GRAIN_HEAVY;
    j->sum(n, full->data + b * j->size, &d, &j->p);
    nn_kernels(x->dtype)->scale(n, full->data + b * j->size, j->scale);
  }
  bool ok = reduce_sum_to(dw, full, add, e);
  tensor_release(full);
  return ok;
}

static bool loss_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const Tensor *x = c->x[PREDICTION];
  Inputs in;
  if (c->nx > POSITIVE && dx[POSITIVE])
    return err_set(e, "%s: pos_weight is a constant; pass pos_weight:detach()", c->op->name);
  if (!inputs_make(&in, c, false, e)) return false;
  Tensor *each = reduction(c) == REDUCTION_none ? tensor_contiguous(dy[0], e) : NULL;
  bool ok = each || reduction(c) != REDUCTION_none;
  const NnKernels *k = nn_kernels(x->dtype);
  Loss j = {.sum = k->loss[kernel_of(c)],
            .p = numbers(c),
            .in = &in,
            .dy = each,
            .size = (int64_t)dtype_size[x->dtype]};
  j.scale = each ? 1 : tensor_get(dy[0], 0) / divisor(c, x);
  for (int i = PREDICTION; ok && i <= TARGET; i++) {
    if (!dx[i]) continue;
    j.grad = (i == TARGET ? k->loss_grad_t : k->loss_grad_x)[kernel_of(c)];
    j.y = dx[i]->data;
    j.add = add >> i & 1;
    parallel_for(x->n, GRAIN_HEAVY, grad_tile, &j);
  }
  if (ok && c->nx > WEIGHT && dx[WEIGHT]) ok = weight_grad(c, &j, dx[WEIGHT], add >> WEIGHT & 1, e);
  tensor_release(each);
  inputs_free(&in);
  return ok;
}

static double loss_flops(const OpCall *c) { return 4 * (double)c->x[0]->n; }

/* clang-format off */
#define LOSS_OP(kind) \
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1 | SAVE_X2 | SAVE_X3, .flavour = kind, \
    .shape = loss_shape, .forward = loss_forward, .backward = loss_backward, .flops = loss_flops
const Op op_mse = {
    .name = "mse", .where = "n", .eq = "y = mean (x - t)^2",
    .doc = "mean squared error", .in = {"x", "t"},
    .param = TAKES(loss), LOSS_OP(L_MSE),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"none\""},
              {2, {{2, {5, 7}}, {2, {5, 7}}}, .args = "reduction=\"sum\""}},
    .example = "print(nn.mse(tensor{1, 2, 3}, tensor{1, 2, 5}))",
    .see = "l1, huber"};
const Op op_l1 = {
    .name = "l1", .where = "n", .eq = "y = mean |x - t|",
    .doc = "mean absolute error", .in = {"x", "t"},
    .param = TAKES(loss), LOSS_OP(L_L1),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"none\""}},
    .example = "print(nn.l1(tensor{1, 2, 3}, tensor{1, 2, 5}))",
    .see = "mse, smooth_l1"};
const Op op_smooth_l1 = {
    .name = "smooth_l1", .where = "n",
    .eq = "y = mean (d < beta ? d^2 / (2 beta) : d - beta/2), d = |x - t|",
    .doc = "square near 0, absolute value beyond beta (Girshick 2015, arXiv:1504.08083)", .in = {"x", "t"},
    .param = TAKES(smooth_l1), LOSS_OP(L_SMOOTH_L1),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}},
              {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"none\", beta=0.3"}},
    .example = "print(nn.smooth_l1(tensor{1, 2, 3}, tensor{1, 2, 5}))",
    .see = "huber, l1"};
const Op op_huber = {
    .name = "huber", .where = "n", .eq = "y = mean (d < delta ? d^2 / 2 : delta (d - delta/2)), d = |x - t|",
    .doc = "square near 0, straight beyond delta (Huber 1964)", .in = {"x", "t"},
    .param = TAKES(huber), LOSS_OP(L_HUBER),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}},
              {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"none\", delta=0.3"}},
    .example = "print(nn.huber(tensor{1, 2, 3}, tensor{1, 2, 5}))",
    .see = "smooth_l1, mse"};
const Op op_hinge = {
    .name = "hinge", .where = "n", .eq = "y = mean max(0, margin - t x)",
    .doc = "margin loss of scores x against labels t of -1 or 1 (Cortes and Vapnik 1995)", .in = {"x", "t"},
    .param = TAKES(hinge), LOSS_OP(L_HINGE),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "margin=0.2"},
              {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"none\""}},
    .example = "print(nn.hinge(tensor{0.5, -2}, tensor{1, -1}))",
    .see = "bce_logits"};
const Op op_bce = {
    .name = "bce", .where = "n", .eq = "y = mean w (-t log x - (1 - t) log(1 - x))",
    .doc = "binary cross entropy of probabilities x (logs bounded at -100); bce_logits is more exact",
    .in = {"x", "t", "weight?"},
    .param = TAKES(loss), LOSS_OP(L_BCE),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.1, .hi = 0.9},
              {3, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}}, .args = "reduction=\"none\"", .lo = 0.1, .hi = 0.9}},
    .example = "print(nn.bce(tensor{0.9, 0.2}, tensor{1, 0}))",
    .see = "bce_logits"};
const Op op_bce_logits = {
    .name = "bce_logits", .where = "n",
    .eq = "y = mean w (-q t log s(x) - (1 - t) log(1 - s(x))), s = sigmoid, q = pos_weight",
    .doc = "binary cross entropy of logits x, exact at both ends; pos_weight weighs the positive class",
    .in = {"x", "t", "weight?", "pos_weight?"},
    .param = TAKES(loss), LOSS_OP(L_BCE_LOGITS),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}},
              {3, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}}, .args = "reduction=\"none\""},
              {3, {{2, {3, 4}}, {2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"sum\""}},
    .example = "print(nn.bce_logits(tensor{2, -3}, tensor{1, 0}))",
    .see = "bce, focal, cross_entropy"};
const Op op_kl_div = {
    .name = "kl_div", .where = "n", .eq = "y = mean t (log t - x)",
    .doc = "Kullback-Leibler divergence of log probabilities x from t; \"batchmean\" is the mathematical one",
    .in = {"x", "t"},
    .param = TAKES(kl_div), LOSS_OP(L_KL),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.1, .hi = 0.9},
              {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "reduction=\"batchmean\", log_target=true"}},
    .example = "print(nn.kl_div(tensor{0.5, 0.5}:log(), tensor{0.4, 0.6}))",
    .see = "cross_entropy"};
const Op op_focal = {
    .name = "focal", .where = "n",
    .eq = "y = mean a (1 - p)^gamma bce_logits(x, t), p the probability given to the truth, a = alpha t + "
          "(1 - alpha)(1 - t)",
    .doc = "binary cross entropy of logits that forgets easy examples (Lin et al. 2017, arXiv:1708.02002)",
    .in = {"x", "t"},
    .param = TAKES(focal), LOSS_OP(L_FOCAL),
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.1, .hi = 0.9},
              {2, {{2, {3, 4}}, {2, {3, 4}}}, .args = "alpha=-1, gamma=1.5, reduction=\"none\"", .lo = 0.1,
               .hi = 0.9}},
    .example = "print(nn.focal(tensor{2, -3}, tensor{1, 0}))",
    .see = "bce_logits"};
