/* lay.c: see lay.h */
#include "lay.h"

static int64_t from = LAY_FROM;
static bool odd;

int64_t lay_from(void) { return from; }
void lay_set(int64_t elements, bool turn_all) {
  from = elements;
  odd = turn_all;
}

/* Has t all elements of a result, each in a place of its own? */
static bool decides(const Tensor *t, int nd, const int64_t *shape) {
  if (!t || t->nd != nd || tensor_is_meta(t)) return false;
  for (int i = 0; i < nd; i++)
    if (t->shape[i] != shape[i] || (t->shape[i] > 1 && t->stride[i] == 0)) return false;
  return true;
}

/* The dimensions with more than one element from the widest steps to the narrowest. */
static int order_of(const Tensor *t, int order[DIMS]) {
  int all[DIMS], k = 0;
  shape_order(t->nd, t->stride, all);
  for (int i = 0; i < t->nd; i++)
    if (t->shape[all[i]] > 1) order[k++] = all[i];
  return k;
}

/* Is the last dimension not the one with the narrowest steps?  Turns of others cost less than what follows them. */
static bool turned(const int *order, int k) {
  for (int i = 0; i + 1 < k; i++)
    if (order[i] > order[k - 1]) return true;
  return false;
}

static void strides_in_order(int nd, const int64_t *shape, const int *order, int k, int64_t *stride) {
  shape_strides(nd, shape, stride); /* where there is but one element any will do */
  for (int64_t s = 1; k-- > 0; s *= shape[order[k]]) stride[order[k]] = s;
}

bool lay_alike(const Tensor *const *x, int nx, int nd, const int64_t *shape, int64_t *stride) {
  const int64_t n = from < 0 || nd < 2 ? -1 : shape_numel(nd, shape);
  if (n < from || n <= 1) return false;
  int order[DIMS], next[DIMS], k = 0;
  for (int i = nd - 1; odd && i >= 0; i--)
    if (shape[i] > 1) order[k++] = i;
  for (int i = 0; !odd && i < nx; i++) {
    if (!decides(x[i], nd, shape)) continue;
    const bool first = k == 0;
    const int found = order_of(x[i], first ? order : next);
    if (first && !turned(order, found)) return false;
    for (int a = 0; !first && a < k; a++)
      if (order[a] != next[a]) return false;
    k = found;
  }
  if (k < 2) return false;
  strides_in_order(nd, shape, order, k, stride);
  return true;
}

bool lay_same(const Tensor *a, const Tensor *b) {
  for (int i = 0; i < a->nd; i++)
    if (a->shape[i] > 1 && a->stride[i] != b->stride[i]) return false;
  return true;
}

Tensor *lay_new(Dtype d, int nd, const int64_t *shape, const int64_t *stride, Err *e) {
  Tensor *t = tensor_new(d, nd, shape, e);
  for (int i = 0; t && i < nd; i++) t->stride[i] = stride[i];
  if (t) t->loose = true;
  return t;
}

static bool in_rows(Tensor *t) {
  shape_strides(t->nd, t->shape, t->stride);
  t->loose = false;
  return true;
}

/* What waits will be computed row by row.  Who saved the old bytes by an alias finds them as they were. */
bool lay_rows(Tensor *t, Err *e) {
  if (t->store->pending) return in_rows(t);
  if (t->store->readers)
    tensor_waiting->settle_readers(t->store); /* they count on it being where they found it */
  Tensor *rows = tensor_clone(t, e);
  if (!rows) return false;
  Storage *was = t->store;
  rows->store->version = was->version;
  t->store = rows->store;
  rows->store = was;
  t->data = rows->data;
  tensor_release(rows);
  return in_rows(t);
}
