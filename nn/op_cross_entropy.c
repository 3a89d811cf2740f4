/* op_cross_entropy.c: softmax, logarithm and negative likelihood in one; kernels in kernel/cross_entropy.c.
 *
 *   y = sum_i sum_j B_ij (lse_i - x_ij) / D,  lse_i = log sum_j exp x_ij,  dx_ij = (A_i softmax_ij - B_ij) / D
 *   B_ij = w_j ((1 - s) t_ij + s / C),  A_i = sum_j B_ij,  t_ij = 1 at the target class (or the given probability)
 *
 * s = smoothing (Szegedy et al. 2016, arXiv:1512.00567).  mean: D = sum of w at the targets for class ids, = rows
 * for probabilities (as PyTorch).  Saved: the logits and one number a row; backward makes the exponentials again,
 * which costs less than storing and reading a gradient of the logits' size. */
#include "op.h"

#include "classes.h"
#include "nn_kernel.h"
#include "reduction.h"

#include <string.h>

enum { LOGITS, TARGET, WEIGHT };
PARAMS(cross_entropy, (CHOICE, reduction, REDUCTION_mean, "what to do with the rows", REDUCTION_words),
       (NUMBER, smoothing, 0, "share of the target spread over all classes, 0..1"),
       (NUMBER, ignore, OP_NONE, "label whose rows do not count"))

static bool has_ids(const OpCall *c) { return !dtype_is_float(c->x[TARGET]->dtype); }
static bool cross_entropy_shape(OpCall *c, Err *e) {
  char left[TEXT], right[TEXT], want[TEXT];
  const Tensor *x = c->x[LOGITS], *t = c->x[TARGET];
  if (!op_want_float(c, LOGITS, e)) return false;
  if (x->nd < 1)
    return err_set(e, "%s: logits need a dimension of classes, got %s", c->op->name, tensor_text(left, x));
  if (t->dtype == BOOL) return op_want_ints(c, TARGET, e);
  int64_t classes = x->shape[x->nd - 1];
  Tensor rows = *x;
  rows.nd = x->nd - 1;
  if (!has_ids(c) && tensor_same_shape(t, &rows)) return op_want_ints(c, TARGET, e);
  if (!tensor_same_shape(t, has_ids(c) ? &rows : x))
    return err_set(e, "%s: logits %s need class ids of shape %s or probabilities of their own shape, got %s",
                   c->op->name, tensor_text(left, x), shape_text(want, rows.nd, rows.shape),
                   tensor_text(right, t));
  if (!has_ids(c) && t->dtype != x->dtype)
    return err_set(e, "%s: dtypes differ: %s and %s", c->op->name, tensor_text(left, x),
                   tensor_text(right, t));
  const struct cross_entropy_params *p = PARAM(cross_entropy, c);
  if (!has_ids(c) && op_given(p->ignore))
    return err_set(e, "%s: ignore = %g is a label, and the targets are probabilities", c->op->name,
                   p->ignore);
  if (p->smoothing < 0 || p->smoothing > 1)
    return err_set(e, "%s: smoothing %g outside 0..1", c->op->name, p->smoothing);
  if (!classes_check_weight(c, WEIGHT, e)) return false;
  if (has_ids(c) && !tensor_is_meta(t) && !classes_check_ids(c, TARGET, classes, p->ignore, e)) return false;
  if (!op_output(c, 0, x->dtype, p->reduction == REDUCTION_none ? rows.nd : 0, x->shape, e)) return false;
  if (tensor_is_meta(c->y[0])) return true;
  int64_t n = classes_rows(x), one = 1;
  const bool counted = has_ids(c) && classes_counted(c, WEIGHT, p->reduction, p->ignore);
  if (counted && !(c->save[1] = tensor_new(F64, 1, &one, e))) return false;
  return (c->save[0] = tensor_new(x->dtype, 1, &n, e)) != NULL;
}

/* The inputs as the loops want them; references are ours. */
typedef struct Rows {
  Tensor *x, *t, *w, *lse; /* t: i64 ids, or probabilities */
  bool ids;
  int64_t rows, C, size;
  double smoothing, ignore;
  int reduction;
  const NnKernels *k;
  /* forward */
  double *value; /* of each row: loss */
  /* backward */
  double scale;
  const Tensor *each; /* dy for each row, or NULL */
  unsigned char *dx;
  bool add;
} Rows;

static void rows_free(Rows *r) {
  tensor_release(r->x);
  tensor_release(r->t);
  tensor_release(r->w);
}

static bool rows_make(Rows *r, const OpCall *c, Err *e) {
  const Tensor *x = c->x[LOGITS];
  const struct cross_entropy_params *p = PARAM(cross_entropy, c);
  Tensor *w = c->nx > WEIGHT ? c->x[WEIGHT] : NULL;
  *r = (Rows){.ids = has_ids(c),
              .rows = classes_rows(x),
              .C = x->shape[x->nd - 1],
              .lse = c->save[0],
              .size = (int64_t)dtype_size[x->dtype],
              .smoothing = p->smoothing,
              .ignore = p->ignore,
              .reduction = p->reduction,
              .k = nn_kernels(x->dtype)};
  r->x = tensor_contiguous(c->x[LOGITS], e);
  Tensor *t = !r->x ? NULL : r->ids ? tensor_cast(c->x[TARGET], I64, e) : tensor_retain(c->x[TARGET]);
  r->t = t ? tensor_contiguous(t, e) : NULL;
  tensor_release(t);
  r->w = w && r->t ? tensor_contiguous(w, e) : NULL;
  if (r->t && (!w || r->w)) return true;
  rows_free(r);
  return false;
}

static double weight_at(const Rows *r, int64_t class) { return r->w ? tensor_real(r->w, class) : 1; }
/* 0-based class of a row, -1 where ignored */
static int64_t class_of(const Rows *r, int64_t row) {
  int64_t id = ((const int64_t *)r->t->data)[row];
  return (double)id == r->ignore ? -1 : id - 1;
}

/* B of the classes that a kernel has to visit; for ids the target class itself is added by the caller. */
static ClassWeights class_weights(const Rows *r, int64_t row) {
  ClassWeights b = {.w = r->w ? r->w->data : NULL, .v = r->smoothing / (double)r->C};
  if (!r->ids) {
    b.t = r->t->data + row * r->C * r->size;
    b.u = 1 - r->smoothing;
  }
  return b;
}

static double row_loss(const Rows *r, int64_t row) {
  const unsigned char *x = r->x->data + row * r->C * r->size;
  double lse = tensor_real(r->lse, row), total, value = 0;
  if (r->ids) {
    int64_t class = class_of(r, row);
    if (class < 0) return 0;
    value = (1 - r->smoothing) * weight_at(r, class) * (lse - tensor_real(r->x, row * r->C + class));
    if (r->smoothing == 0) return value;
  }
  ClassWeights b = class_weights(r, row);
  return value + r->k->xent(r->C, x, lse, &b, &total);
}

static void forward_tile(void *context, int64_t begin, int64_t end) {
  const Rows *r = context;
  r->k->logsumexp(end - begin, r->C, r->x->data + begin * r->C * r->size, r->lse->data + begin * r->size);
  if (r->ids && r->smoothing == 0 && !r->w) {
    classes_losses(r->x, (const int64_t *)r->t->data, r->ignore, r->lse, begin, end, r->value);
    return;
  }
  for (int64_t row = begin; row < end; row++) r->value[row] = row_loss(r, row);
}

static void backward_tile(void *context, int64_t begin, int64_t end) {
  const Rows *r = context;
  for (int64_t row = begin; row < end; row++) {
    int64_t first = row * r->C, class = r->ids ? class_of(r, row) : 0;
    double g = r->scale * (r->each ? tensor_real(r->each, row) : 1), lse = tensor_real(r->lse, row), a = 0,
           hit = 0;
    unsigned char *dx = r->dx + first * r->size;
    const unsigned char *x = r->x->data + first * r->size;
    ClassWeights b = class_weights(r, row);
    if (class < 0) { /* ignored */
      if (!r->add) memset(dx, 0, (size_t)(r->C * r->size));
      continue;
    }
    if (!r->ids || r->smoothing != 0) r->k->xent(r->C, x, lse, &b, &a);
    if (r->ids) hit = (1 - r->smoothing) * weight_at(r, class);
    b.u *= g;
    b.v *= g;
    r->k->xent_grad(r->C, dx, x, lse, (a + hit) * g, &b, r->add);
    if (!r->ids) continue;
    if (r->size == 4) ((float *)dx)[class] -= (float)(hit * g);
    else ((double *)dx)[class] -= hit * g;
  }
}

static void target_tile(void *context, int64_t begin, int64_t end) {
  const Rows *r = context;
  for (int64_t row = begin; row < end; row++) {
    double g = r->scale * (r->each ? tensor_real(r->each, row) : 1) * (1 - r->smoothing);
    int64_t first = row * r->C * r->size;
    r->k->xent_grad_t(r->C, r->dx + first, r->x->data + first, tensor_real(r->lse, row),
                      r->w ? r->w->data : NULL, g, r->add);
  }
}

static int64_t grain(const Rows *r) { return r->C >= GRAIN_HEAVY ? 1 : GRAIN_HEAVY / (r->C ? r->C : 1); }

/* The weights of the classes that the rows have. */
static double weight_sum(const Rows *r) {
  double sum = 0;
  for (int64_t row = 0; row < r->rows; row++) {
    int64_t class = class_of(r, row);
    if (class >= 0) sum += weight_at(r, class);
  }
  return sum;
}

static bool cross_entropy_forward(OpCall *c, Err *e) {
  Rows r;
  if (!rows_make(&r, c, e)) return false;
  const RowValues values = {r.rows, grain(&r), forward_tile, &r, &r.value};
  const bool ok = (!c->save[1] || reduction_keep_divisor(c->op->name, weight_sum(&r), c->save[1], e)) &&
                  reduce_rows(c, r.reduction, &values, reduction_divisor(c->save[1], r.reduction, r.rows), e);
  rows_free(&r);
  return ok;
}

static bool cross_entropy_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Rows r;
  if (c->nx > WEIGHT && dx[WEIGHT])
    return err_set(e, "%s: weight is a constant; pass weight:detach()", c->op->name);
  if (!rows_make(&r, c, e)) return false;
  Tensor *each = r.reduction == REDUCTION_none ? tensor_contiguous(dy[0], e) : NULL;
  bool ok = each || r.reduction != REDUCTION_none;
  r.each = each;
  r.scale = each || !ok ? 1 : tensor_get(dy[0], 0) / reduction_divisor(c->save[1], r.reduction, r.rows);
  for (int i = LOGITS; ok && i <= TARGET; i++) {
    if (!dx[i]) continue;
    r.dx = dx[i]->data;
    r.add = add >> i & 1;
    parallel_for(r.rows, grain(&r), i == LOGITS ? backward_tile : target_tile, &r);
  }
  tensor_release(each);
  rows_free(&r);
  return ok;
}

static double cross_entropy_flops(const OpCall *c) { return 5 * (double)c->x[LOGITS]->n; }

const Op op_cross_entropy = {
    .name = "cross_entropy",
    .where = "n",
    .eq = "y = mean_i w_t (log sum_j exp x_ij - x_it), t = target_i",
    .doc = "cross entropy of logits [..., C] and class ids 1..C [...], or probabilities [..., C]",
    .in = {"x", "target#", "weight?"},
    .param = TAKES(cross_entropy),
    .saves = SAVE_X0 | SAVE_X1 | SAVE_X2,
    .shape = cross_entropy_shape,
    .forward = cross_entropy_forward,
    .backward = cross_entropy_backward,
    .flops = cross_entropy_flops,
    .check = {{2, {{2, {4, 5}}, {1, {4}}}},
              {2, {{3, {2, 3, 4}}, {2, {2, 3}}}, .args = "reduction=\"none\", smoothing=0.1"},
              {2, {{2, {4, 3}}, {1, {4}}}, .args = "reduction=\"sum\", ignore=1"}},
    .example = "print(nn.cross_entropy(tensor{{2, 1, 0}, {0, 3, 0}}, tensor{1, 2}:to\"i64\"))",
    .see = "nll, bce_logits, focal"};
