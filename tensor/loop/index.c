/* index.c: see index.h */
#include "index.h"

#include "pointwise.h"

int64_t index_at(const Tensor *ids, int64_t flat, int64_t size) {
  const uint64_t place = index_place(tensor_get_int(ids, flat), size);
  return place < (uint64_t)size ? (int64_t)place : -1;
}

enum { RUN = 512 };

const int64_t *index_ids(const Tensor *ids, int64_t first, int64_t n, int64_t *room) {
  if (ids->dtype == I64 && tensor_is_contiguous(ids)) return (const int64_t *)ids->data + first;
  tensor_read(ids, first, n, room, I64);
  return room;
}

bool index_check(const Tensor *ids, int64_t size, const char *op, Err *e) {
  int64_t v[RUN];
  if (tensor_is_meta(ids)) return true;
  for (int64_t at = 0; at < ids->n; at += RUN) {
    int64_t n = ids->n - at < RUN ? ids->n - at : RUN;
    const int64_t *id = index_ids(ids, at, n, v);
    bool bad = false;
    for (int64_t i = 0; i < n; i++) bad |= index_place(id[i], size) >= (uint64_t)size;
    for (int64_t i = 0; bad && i < n; i++)
      if (index_place(id[i], size) >= (uint64_t)size)
        return err_set(e, "%s: index %lld outside 1..%lld", op, (long long)id[i], (long long)size);
  }
  return true;
}

Tensor *index_positions(const Tensor *ids, int64_t size, const char *op, Err *e) {
  Tensor *t = tensor_new(I64, 1, &ids->n, e);
  int64_t *v = t ? (int64_t *)t->data : NULL;
  bool bad = false;
  for (int64_t at = 0; t && at < ids->n; at += RUN) {
    int64_t n = ids->n - at < RUN ? ids->n - at : RUN;
    tensor_read(ids, at, n, v + at, I64);
    for (int64_t i = at; i < at + n; i++) {
      v[i] = (int64_t)index_place(v[i], size);
      bad |= (uint64_t)v[i] >= (uint64_t)size;
    }
  }
  if (!bad) return t;
  tensor_release(t);
  index_check(ids, size, op, e);
  return NULL;
}

Tensor *index_rows(Tensor *ids, Err *e) {
  Tensor *wide = tensor_cast(ids, I64, e), *rows = wide ? tensor_contiguous(wide, e) : NULL;
  tensor_release(wide);
  return rows;
}

/* x with its first `lead` dimensions picked at flat position `at`: a view over the rest. */
static Tensor row_at(const Tensor *x, int lead, int64_t at) {
  Tensor row = *x;
  for (int i = lead - 1; i >= 0; i--) {
    row.data += at % x->shape[i] * x->stride[i] * (int64_t)dtype_size[x->dtype];
    at /= x->shape[i];
  }
  row.nd = x->nd - lead;
  row.n = 1;
  for (int i = 0; i < row.nd; i++) {
    row.shape[i] = x->shape[lead + i];
    row.stride[i] = x->stride[lead + i];
    row.n *= row.shape[i];
  }
  return row;
}

/* value expanded to [count..., rest of x]; a view of value. */
static Tensor *expanded(const Tensor *value, int nd, const int64_t *shape, const char *what, Err *e) {
  char from[TEXT], to[TEXT];
  int64_t stride[DIMS];
  if (nd > DIMS || !shape_expands_to(value, nd, shape)) {
    err_set(e, "%s: %s does not broadcast to %s", what, tensor_text(from, value),
            shape_text(to, nd < DIMS ? nd : DIMS, shape));
    return NULL;
  }
  shape_expand_strides(value, nd, shape, stride);
  return tensor_view(value, nd, shape, stride, 0, e);
}

/* A value that shares x's storage would change while it is read. */
static Tensor *stable(const Tensor *value, const Tensor *x, Err *e) {
  return tensor_overlaps(value, x) ? tensor_clone(value, e) : tensor_alias(value, e);
}

bool tensor_put_mask(Tensor *x, const Tensor *mask, const Tensor *value, Err *e) {
  char left[TEXT], right[TEXT];
  bool fits = mask->nd <= x->nd;
  for (int i = 0; fits && i < mask->nd; i++) fits = mask->shape[i] == x->shape[i];
  if (!fits)
    return err_set(e, "x[mask] = value: mask %s for x %s", tensor_text(left, mask), tensor_text(right, x));
  int64_t count = 0, shape[DIMS];
  for (int64_t i = 0; i < mask->n; i++) count += tensor_get_int(mask, i) != 0;
  int nd = 0;
  shape[nd++] = count;
  for (int i = mask->nd; i < x->nd; i++) shape[nd++] = x->shape[i];
  Tensor *own = stable(value, x, e), *rows = own ? expanded(own, nd, shape, "x[mask] = value", e) : NULL;
  if (rows) {
    int64_t k = 0;
    for (int64_t i = 0; i < mask->n; i++) {
      if (tensor_get_int(mask, i) == 0) continue;
      Tensor to = row_at(x, mask->nd, i), from = row_at(rows, 1, k++);
      tensor_copy(&to, &from);
    }
  }
  bool ok = rows != NULL;
  tensor_release(rows);
  tensor_release(own);
  return ok;
}

bool tensor_put_rows(Tensor *x, const Tensor *ids, const Tensor *value, Err *e) {
  char text[TEXT];
  if (x->nd == 0 || dtype_is_float(ids->dtype) || ids->dtype == BOOL)
    return err_set(e, "x[ids] = value: ids must hold integers, got %s", tensor_text(text, ids));
  if (!index_check(ids, x->shape[0], "x[ids] = value", e)) return false;
  int64_t shape[2 * DIMS];
  int nd = 0;
  for (int i = 0; i < ids->nd; i++) shape[nd++] = ids->shape[i];
  for (int i = 1; i < x->nd; i++) shape[nd++] = x->shape[i];
  Tensor *own = stable(value, x, e), *rows = own ? expanded(own, nd, shape, "x[ids] = value", e) : NULL;
  for (int64_t k = 0; rows && k < ids->n; k++) {
    Tensor to = row_at(x, 1, index_at(ids, k, x->shape[0])), from = row_at(rows, ids->nd, k);
    tensor_copy(&to, &from);
  }
  bool ok = rows != NULL;
  tensor_release(rows);
  tensor_release(own);
  return ok;
}
