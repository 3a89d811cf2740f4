/* op_row_loss.c: losses with one value a row or a sample; kernels in kernel/rows.c.
 *
 *   nll:              y_i = -w_t x_it, t = target_i; mean divides by the sum of w_t, as PyTorch
 *   cosine_embedding: y_i = label > 0 ? 1 - cos : max(0, cos - margin)
 *   triplet:          y_i = max(0, |a - p|^2 - |a - n|^2 + margin)  (FaceNet, Schroff et al. 2015, arXiv:1503.03832)
 *                     euclidean: |a - p + eps| - |a - n + eps|, eps 1e-6, as PyTorch's triplet_margin_loss
 *   dice:             y_i = 1 - (2 sum x t + smooth) / (sum x + sum t + smooth)     (Sudre et al. 2017, 1707.03237)
 *
 * Nothing is saved but the inputs. */
#include "op.h"

#include "classes.h"
#include "nn_kernel.h"
#include "reduction.h"

#include <math.h>
#include <string.h>

enum { NLL, COSINE, TRIPLET, DICE }; /* Op.flavour */
enum { NLL_WEIGHT = 2, LABEL = 2 };  /* inputs    */

#define row_loss_ROWS (CHOICE, reduction, REDUCTION_mean, "what to do with the rows", REDUCTION_words)
COMMON(row_loss)
PARAMS_ON(row_loss, nll, (NUMBER, ignore, OP_NONE, "label whose rows do not count"))
PARAMS_ON(row_loss, cosine_embedding, (NUMBER, margin, 0, "cosine that is far enough"))
CHOICES(DISTANCE, squared, euclidean)
PARAMS_ON(row_loss, triplet, (NUMBER, margin, 0.2, "how much nearer"),
          (CHOICE, distance, DISTANCE_squared, "of the vectors", DISTANCE_words))
static const double APART = 1e-6; /* added to each difference, so that distances have gradients */
PARAMS_ON(row_loss, dice, (NUMBER, smooth, 1, "added above and below"))

static int reduction_of(const OpCall *c) { return PARAM(row_loss, c)->reduction; }
static double number_of(const OpCall *c) {
  switch (c->op->flavour) {
  case NLL: return PARAM(nll, c)->ignore;
  case COSINE: return PARAM(cosine_embedding, c)->margin;
  case TRIPLET: return PARAM(triplet, c)->margin;
  default: return PARAM(dice, c)->smooth;
  }
}

typedef struct Rows {
  const NnKernels *k;
  Tensor *x[3]; /* contiguous, ours                              */
  int kernel, reduction;
  int64_t rows, n, size; /* rows of n elements of size bytes           */
  double number, scale;
  double *value;    /* of each row                                   */
  const Tensor *dy; /* of each row, or NULL                          */
  int wanted;       /* which input's gradient                        */
  bool euclidean;   /* triplet */
  unsigned char *dx;
  bool add;
} Rows;

static bool by_sample(const OpCall *c) { return c->op->flavour == DICE; }

static int64_t row_count(const OpCall *c) {
  const Tensor *x = c->x[0];
  if (by_sample(c)) return x->nd ? x->shape[0] : 1;
  return classes_rows(x);
}

static bool same_shape(OpCall *c, int i, Err *e) {
  char left[TEXT], right[TEXT];
  const Tensor *a = c->x[0], *b = c->x[i];
  if (tensor_same_shape(a, b) && a->dtype == b->dtype) return true;
  return err_set(e, "%s: shapes or dtypes differ: %s and %s (a loss does not broadcast)", c->op->name,
                 tensor_text(left, a), tensor_text(right, b));
}

/* One label a row. */
static bool label_shape(OpCall *c, int i, Err *e) {
  char left[TEXT], right[TEXT], want[TEXT];
  const Tensor *x = c->x[0], *t = c->x[i];
  Tensor rows = *x;
  rows.nd = x->nd - 1;
  if (tensor_same_shape(t, &rows)) return true;
  return err_set(e, "%s: %s needs labels of shape %s, got %s", c->op->name, tensor_text(left, x),
                 shape_text(want, rows.nd, rows.shape), tensor_text(right, t));
}

static bool nll_check(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  if (!op_want_ints(c, 1, e) || !label_shape(c, 1, e) || !classes_check_weight(c, NLL_WEIGHT, e))
    return false;
  return tensor_is_meta(c->x[1]) || classes_check_ids(c, 1, x->shape[x->nd - 1], PARAM(nll, c)->ignore, e);
}

/* Then save[0] has what the mean divides by. */
static bool is_counted(const OpCall *c) {
  return c->op->flavour == NLL && classes_counted(c, NLL_WEIGHT, reduction_of(c), PARAM(nll, c)->ignore);
}

static bool row_loss_shape(OpCall *c, Err *e) {
  char text[TEXT];
  const Tensor *x = c->x[0];
  if (!op_want_float(c, 0, e)) return false;
  if (x->nd < 1) return err_set(e, "%s: needs rows, got %s", c->op->name, tensor_text(text, x));
  if (c->op->flavour == NLL) {
    if (!nll_check(c, e)) return false;
  } else if (!same_shape(c, 1, e)) {
    return false;
  }
  if (c->op->flavour == TRIPLET && !same_shape(c, 2, e)) return false;
  if (c->op->flavour == COSINE && !label_shape(c, LABEL, e)) return false;
  int nd = reduction_of(c) != REDUCTION_none ? 0 : by_sample(c) ? 1 : x->nd - 1;
  int64_t one = 1;
  if (is_counted(c) && !tensor_is_meta(x) && !(c->save[0] = tensor_new(F64, 1, &one, e))) return false;
  return op_output(c, 0, x->dtype, nd, x->shape, e) != NULL;
}

static void rows_free(Rows *r) {
  for (int i = 0; i < 3; i++) tensor_release(r->x[i]);
}

static bool rows_make(Rows *r, const OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  *r = (Rows){.k = nn_kernels(x->dtype),
              .kernel = c->op->flavour,
              .reduction = reduction_of(c),
              .rows = row_count(c),
              .size = (int64_t)dtype_size[x->dtype],
              .number = number_of(c),
              .euclidean = c->op->flavour == TRIPLET && PARAM(triplet, c)->distance == DISTANCE_euclidean,
              .scale = 1};
  r->n = r->rows ? x->n / r->rows : 0;
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && !(r->x[i] = tensor_contiguous(c->x[i], e))) {
      rows_free(r);
      return false;
    }
  return true;
}

static const void *row_of(const Rows *r, int i, int64_t row) { return r->x[i]->data + row * r->n * r->size; }

/* --- nll -------------------------------------------------------------------------------------------------- */

static double nll_weight(const Rows *r, int64_t id) {
  if ((double)id == r->number) return 0;
  return r->x[NLL_WEIGHT] ? tensor_get(r->x[NLL_WEIGHT], id - 1) : 1;
}
static int64_t nll_id(const Rows *r, int64_t row) {
  return r->x[1]->dtype == I64 ? ((const int64_t *)r->x[1]->data)[row] : tensor_get_int(r->x[1], row);
}
static double nll_value(const Rows *r, int64_t row) {
  const int64_t id = nll_id(r, row), at = row * r->n + id - 1;
  const void *x = r->x[0]->data;
  if ((double)id == r->number) return 0;
  return -nll_weight(r, id) * (r->size == 4 ? (double)((const float *)x)[at] : ((const double *)x)[at]);
}
#define NLL_GRADS(real)                                                                                      \
  static void nll_grads_##real(const Rows *r, int64_t begin, int64_t end) {                                  \
    real *dx = (real *)r->dx;                                                                                \
    if (!r->add) memset(dx + begin * r->n, 0, (size_t)((end - begin) * r->n) * sizeof *dx);                  \
    for (int64_t row = begin; row < end; row++) {                                                            \
      const int64_t id = nll_id(r, row);                                                                     \
      const double g = r->scale * (r->dy ? tensor_get(r->dy, row) : 1);                                      \
      if ((double)id != r->number) dx[row * r->n + id - 1] -= (real)(g * nll_weight(r, id));                 \
    }                                                                                                        \
  }
NLL_GRADS(float)
NLL_GRADS(double)
#undef NLL_GRADS

/* --- cosine ----------------------------------------------------------------------------------------------- */

typedef struct Cosine {
  double aa, bb, cos, sign; /* d loss / d cos */
} Cosine;

static Cosine cosine(const Rows *r, int64_t row) {
  const void *a = row_of(r, 0, row), *b = row_of(r, 1, row);
  Cosine c = {.aa = r->k->row_dot(r->n, a, a) + 1e-12, .bb = r->k->row_dot(r->n, b, b) + 1e-12};
  c.cos = r->k->row_dot(r->n, a, b) / sqrt(c.aa * c.bb);
  c.sign = tensor_get(r->x[LABEL], row) > 0 ? -1 : c.cos - r->number <= 0 ? 0 : 1;
  return c;
}
static double cosine_value(const Rows *r, int64_t row) {
  Cosine c = cosine(r, row);
  if (c.sign < 0) return 1 - c.cos;
  return c.sign == 0 ? 0 : c.cos - r->number;
}
static void cosine_grad(const Rows *r, int64_t row, double g, unsigned char *dx) {
  Cosine c = cosine(r, row);
  double own = r->wanted ? c.bb : c.aa;
  r->k->row_mix(r->n, dx, row_of(r, !r->wanted, row), g * c.sign / sqrt(c.aa * c.bb),
                row_of(r, r->wanted, row), -g * c.sign * c.cos / own, 0, r->add);
}

/* --- triplet ---------------------------------------------------------------------------------------------- */

/* |a - x[i] + eps| */
static double apart(const Rows *r, int i, int64_t row) {
  const void *a = row_of(r, 0, row), *b = row_of(r, i, row);
  const double d2 = r->k->row_distance2(r->n, a, b) + APART * APART * (double)r->n +
                    2 * APART * (r->k->row_sum(r->n, a) - r->k->row_sum(r->n, b));
  return d2 > 0 ? sqrt(d2) : d2 == d2 ? 0 : d2;
}
/* dx (+)= k (a - x[i] + eps) */
static void add_difference(const Rows *r, int i, int64_t row, double k, unsigned char *dx, bool add) {
  r->k->row_mix(r->n, dx, row_of(r, 0, row), k, row_of(r, i, row), -k, k * APART, add);
}

static double triplet_gap(const Rows *r, int64_t row) {
  const void *a = row_of(r, 0, row);
  if (r->euclidean) return apart(r, 1, row) - apart(r, 2, row) + r->number;
  return r->k->row_distance2(r->n, a, row_of(r, 1, row)) - r->k->row_distance2(r->n, a, row_of(r, 2, row)) +
         r->number;
}
static double triplet_value(const Rows *r, int64_t row) {
  double gap = triplet_gap(r, row);
  return gap <= 0 ? 0 : gap; /* NaN stays */
}
/* d|u| / du = u / |u|, 0 where |u| is 0. */
static void distance_grad(const Rows *r, int64_t row, double g, unsigned char *dx) {
  const double gap = triplet_gap(r, row), k = gap <= 0 ? 0 : g, p = apart(r, 1, row), n = apart(r, 2, row);
  const double kp = p > 0 ? k / p : 0, kn = n > 0 ? k / n : 0;
  if (r->wanted == 2) add_difference(r, 2, row, kn, dx, r->add);
  else add_difference(r, 1, row, r->wanted == 0 ? kp : -kp, dx, r->add);
  if (r->wanted == 0) add_difference(r, 2, row, -kn, dx, true);
}

static void triplet_grad(const Rows *r, int64_t row, double g, unsigned char *dx) {
  static const int plus[3] = {2, 1, 0},
                   minus[3] = {1, 0, 2}; /* da = 2 (n - p), dp = 2 (p - a), dn = 2 (a - n) */
  if (r->euclidean) {
    distance_grad(r, row, g, dx);
    return;
  }
  double gap = triplet_gap(r, row), k = gap <= 0 ? 0 : 2 * g;
  r->k->row_mix(r->n, dx, row_of(r, plus[r->wanted], row), k, row_of(r, minus[r->wanted], row), -k, 0,
                r->add);
}

/* --- dice -------------------------------------------------------------------------------------------------- */

static void dice_parts(const Rows *r, int64_t row, double *over, double *under) {
  const void *x = row_of(r, 0, row), *t = row_of(r, 1, row);
  *over = 2 * r->k->row_dot(r->n, x, t) + r->number;
  *under = r->k->row_sum(r->n, x) + r->k->row_sum(r->n, t) + r->number;
}
static double dice_value(const Rows *r, int64_t row) {
  double over, under;
  dice_parts(r, row, &over, &under);
  return 1 - over / under;
}
static void dice_grad(const Rows *r, int64_t row, double g, unsigned char *dx) {
  double over, under;
  const void *other = row_of(r, !r->wanted, row);
  dice_parts(r, row, &over, &under);
  r->k->row_mix(r->n, dx, other, -2 * g / under, other, 0, g * over / (under * under), r->add);
}

/* ------------------------------------------------------------------------------------------------------------ */

static void value_tile(void *context, int64_t begin, int64_t end) {
  static double (*const value[])(const Rows *, int64_t) = {nll_value, cosine_value, triplet_value,
                                                           dice_value};
  const Rows *r = context;
  if (r->kernel == NLL && r->x[1]->dtype == I64 && !r->x[NLL_WEIGHT]) { /* which most calls are */
    classes_losses(r->x[0], (const int64_t *)r->x[1]->data, r->number, NULL, begin, end, r->value);
    return;
  }
  for (int64_t row = begin; row < end; row++) r->value[row] = value[r->kernel](r, row);
}

static void grad_tile(void *context, int64_t begin, int64_t end) {
  static void (*const grad[])(const Rows *, int64_t, double, unsigned char *) = {NULL, cosine_grad,
                                                                                 triplet_grad, dice_grad};
  const Rows *r = context;
  if (r->kernel == NLL) {
    (r->size == 4 ? nll_grads_float : nll_grads_double)(r, begin, end);
    return;
  }
  for (int64_t row = begin; row < end; row++)
    grad[r->kernel](r, row, r->scale * (r->dy ? tensor_get(r->dy, row) : 1), r->dx + row * r->n * r->size);
}

static int64_t grain(const Rows *r) { return r->n >= GRAIN ? 1 : GRAIN / (r->n ? r->n : 1); }

static double nll_weight_sum(const Rows *r) {
  double sum = 0;
  for (int64_t i = 0; i < r->rows; i++) sum += nll_weight(r, nll_id(r, i));
  return sum;
}

static bool row_loss_forward(OpCall *c, Err *e) {
  Rows r;
  if (!rows_make(&r, c, e)) return false;
  const RowValues values = {r.rows, grain(&r), value_tile, &r, &r.value};
  const bool ok = (!c->save[0] || reduction_keep_divisor(c->op->name, nll_weight_sum(&r), c->save[0], e)) &&
                  reduce_rows(c, r.reduction, &values, reduction_divisor(c->save[0], r.reduction, r.rows), e);
  rows_free(&r);
  return ok;
}

static bool row_loss_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Rows r;
  for (int i = c->op->flavour == TRIPLET ? 3 : c->op->flavour == NLL ? 1 : 2; i < c->nx; i++)
    if (dx[i])
      return err_set(e, "%s: %s is a constant here; pass it through :detach()", c->op->name, c->op->in[i]);
  if (!rows_make(&r, c, e)) return false;
  r.dy = r.reduction == REDUCTION_none ? dy[0] : NULL;
  if (!r.dy) r.scale = tensor_get(dy[0], 0) / reduction_divisor(c->save[0], r.reduction, r.rows);
  for (int i = 0; i < c->nx; i++) {
    if (!dx[i]) continue;
    r.wanted = i;
    r.dx = dx[i]->data;
    r.add = add >> i & 1;
    parallel_for(r.rows, grain(&r), grad_tile, &r);
  }
  rows_free(&r);
  return true;
}

static double row_loss_flops(const OpCall *c) { return 6 * (double)c->x[0]->n; }

/* clang-format off */
#define ROW_LOSS(kind) \
    .saves = SAVE_X0 | SAVE_X1 | SAVE_X2, .flavour = kind, \
    .shape = row_loss_shape, .forward = row_loss_forward, .backward = row_loss_backward, \
    .flops = row_loss_flops
const Op op_nll = {
    .name = "nll", .where = "n", .eq = "y = mean_i -w_t x_it, t = target_i",
    .doc = "negative log likelihood of log probabilities x [..., C] and class ids 1..C; cross_entropy takes "
           "logits", .in = {"x", "target#", "weight?"},
    .param = TAKES(nll), ROW_LOSS(NLL),
    .check = {{2, {{2, {4, 5}}, {1, {4}}}}, {2, {{3, {2, 3, 4}}, {2, {2, 3}}}, .args = "reduction=\"none\""}},
    .example = "print(nn.nll(tensor{{0.5, 0.5}}:log(), tensor{2}:to\"i64\"))",
    .see = "cross_entropy"};
const Op op_cosine_embedding = {
    .name = "cosine_embedding", .where = "n",
    .eq = "y = mean_i (label_i > 0 ? 1 - cos_i : max(0, cos_i - margin))",
    .doc = "pulls rows with label 1 to one direction, pushes rows with label -1 apart",
    .in = {"a", "b", "label#"},
    .param = TAKES(cosine_embedding), ROW_LOSS(COSINE),
    .check = {{3, {{2, {4, 5}}, {2, {4, 5}}, {1, {4}}}},
              {3, {{2, {3, 17}}, {2, {3, 17}}, {1, {3}}}, .args = "reduction=\"none\""}},
    .example = "print(nn.cosine_embedding(tensor{{1, 0}}, tensor{{1, 1}}, tensor{1}))",
    .see = "triplet"};
const Op op_triplet = {
    .name = "triplet", .where = "n", .eq = "y = mean_i max(0, |a_i - p_i|^2 - |a_i - n_i|^2 + margin)",
    .doc = "brings anchors a nearer to p than to n, in squared distance (Schroff et al. 2015, "
           "arXiv:1503.03832), or in the distance itself, as PyTorch's triplet_margin_loss",
    .in = {"anchor", "positive", "negative"},
    .param = TAKES(triplet), ROW_LOSS(TRIPLET),
    .check = {{3, {{2, {4, 5}}, {2, {4, 5}}, {2, {4, 5}}}, .args = "margin=20"},
              {3, {{2, {3, 17}}, {2, {3, 17}}, {2, {3, 17}}}, .args = "reduction=\"none\""},
              {3, {{2, {4, 5}}, {2, {4, 5}}, {2, {4, 5}}}, .args = "distance=\"euclidean\""}},
    .example = "print(nn.triplet(tensor{{0, 0}}, tensor{{1, 0}}, tensor{{0, 2}}, {margin = 4}))",
    .see = "cosine_embedding"};
const Op op_dice = {
    .name = "dice", .where = "n", .eq = "y = mean_i 1 - (2 sum x t + smooth) / (sum x + sum t + smooth)",
    .doc = "one minus the overlap of masks: x probabilities, t targets, for each sample (Sudre et al. 2017, "
           "arXiv:1707.03237)", .in = {"x", "t"},
    .param = TAKES(dice), ROW_LOSS(DICE),
    .check = {{2, {{3, {2, 3, 4}}, {3, {2, 3, 4}}}, .lo = 0.1, .hi = 0.9},
              {2, {{2, {3, 17}}, {2, {3, 17}}}, .args = "reduction=\"none\", smooth=0.1", .lo = 0.1,
               .hi = 0.9}},
    .example = "print(nn.dice(tensor{{0.9, 0.1}}, tensor{{1, 0}}))",
    .see = "bce, focal"};
