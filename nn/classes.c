/* classes.c: see classes.h */
#include "classes.h"

#include "reduction.h"

int64_t classes_rows(const Tensor *x) {
  int64_t rows = 1;
  for (int i = 0; i + 1 < x->nd; i++) rows *= x->shape[i];
  return rows;
}

#define WITHIN(type)                                                                                         \
  static bool within_##type(int64_t n, const type *id, int64_t classes) {                                    \
    bool outside = false;                                                                                    \
    for (int64_t i = 0; i < n; i++) outside |= (uint64_t)id[i] - 1 >= (uint64_t)classes;                     \
    return !outside;                                                                                         \
  }
WITHIN(int32_t)
WITHIN(int64_t)
#undef WITHIN

bool classes_all_within(const Tensor *ids, int64_t classes) {
  if (!tensor_is_contiguous(ids)) return false;
  const void *id = ids->data;
  return (ids->dtype == I64 && within_int64_t(ids->n, id, classes)) ||
         (ids->dtype == I32 && within_int32_t(ids->n, id, classes));
}

bool classes_check_ids(const OpCall *c, int i, int64_t classes, double ignore, Err *e) {
  const Tensor *ids = c->x[i];
  if (classes_all_within(ids, classes)) return true; /* most are */
  for (int64_t k = 0; k < ids->n; k++) {
    const int64_t id = tensor_get_int(ids, k);
    if (id >= 1 && id <= classes) continue;
    if (op_given(ignore) && (double)id == ignore) continue;
    return err_set(e, "%s: target %lld outside 1..%lld (labels are 1-based; data.labels{base=0} converts)",
                   c->op->name, (long long)id, (long long)classes);
  }
  return true;
}

bool classes_check_weight(const OpCall *c, int i, Err *e) {
  char text[TEXT], other[TEXT];
  const Tensor *x = c->x[0], *w = c->nx > i ? c->x[i] : NULL;
  const int64_t classes = x->shape[x->nd - 1];
  if (!w || (w->nd == 1 && w->shape[0] == classes && w->dtype == x->dtype)) return true;
  return err_set(e, "%s: weight must be %s[%lld] for %s, got %s", c->op->name, dtype_name[x->dtype],
                 (long long)classes, tensor_text(text, x), tensor_text(other, w));
}

#define LOSS(i, from) (double)ids[i] == ignore ? 0 : (from) - (double)x[(i)*classes + ids[i] - 1]
#define LOSSES(real)                                                                                         \
  static void losses_##real(const Tensor *t, const int64_t *ids, double ignore, const Tensor *base,          \
                            int64_t begin, int64_t end, double *y) {                                         \
    const real *x = (const real *)t->data, *from = base ? (const real *)base->data : NULL;                   \
    const int64_t classes = t->shape[t->nd - 1];                                                             \
    if (from)                                                                                                \
      for (int64_t i = begin; i < end; i++) y[i] = LOSS(i, (double)from[i]);                                 \
    else                                                                                                     \
      for (int64_t i = begin; i < end; i++) y[i] = LOSS(i, -0.0); /* so -x, of 0 too */                      \
  }
LOSSES(float)
LOSSES(double)
#undef LOSSES
#undef LOSS

void classes_losses(const Tensor *x, const int64_t *ids, double ignore, const Tensor *base, int64_t begin,
                    int64_t end, double *y) {
  (x->dtype == F32 ? losses_float : losses_double)(x, ids, ignore, base, begin, end, y);
}

bool classes_counted(const OpCall *c, int weight, int reduction, double ignore) {
  return reduction == REDUCTION_mean && ((c->nx > weight && c->x[weight]) || op_given(ignore));
}
