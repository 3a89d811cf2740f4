/* shape.c: shapes and strides; touches no data.  Broadcasting aligns from the right (NumPy's rules). */
#include "tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t shape_numel(int nd, const int64_t *shape) {
  int64_t n = 1;
  bool zero = false;
  for (int i = 0; i < nd; i++) {
    if (shape[i] < 0) return -1;
    if (shape[i] == 0) zero = true;
    else if (__builtin_mul_overflow(n, shape[i], &n) || n > (int64_t)1 << 48) return -1;
  }
  return zero ? 0 : n;
}

void shape_strides(int nd, const int64_t *shape, int64_t *stride) {
  int64_t s = 1;
  for (int i = nd - 1; i >= 0; i--) {
    stride[i] = s;
    s *= shape[i] ? shape[i] : 1;
  }
}

static int64_t abs_of(int64_t v) { return v < 0 ? -v : v; }

void shape_order(int nd, const int64_t *stride, int *order) {
  for (int i = 0; i < nd; i++) {
    int at = i;
    for (; at > 0 && abs_of(stride[order[at - 1]]) < abs_of(stride[i]); at--) order[at] = order[at - 1];
    order[at] = i;
  }
}

bool shape_broadcast(const Tensor *a, const Tensor *b, Shape *out) {
  const Tensor *wide = a->nd >= b->nd ? a : b, *slim = wide == a ? b : a;
  int shift = wide->nd - slim->nd;
  out->nd = wide->nd;
  for (int i = 0; i < wide->nd; i++) {
    int64_t w = wide->shape[i], s = i >= shift ? slim->shape[i - shift] : 1;
    if (w != s && w != 1 && s != 1) return false;
    out->d[i] = w == 1 ? s : w;
  }
  return true;
}

bool shape_expands_to(const Tensor *t, int nd, const int64_t *shape) {
  if (t->nd > nd) return false;
  for (int i = 0, shift = nd - t->nd; i < t->nd; i++)
    if (t->shape[i] != shape[i + shift] && t->shape[i] != 1) return false;
  return true;
}

void shape_expand_strides(const Tensor *t, int nd, const int64_t *shape, int64_t *stride) {
  int shift = nd - t->nd;
  for (int i = 0; i < nd; i++) {
    bool repeats = i < shift || (t->shape[i - shift] == 1 && shape[i] != 1);
    stride[i] = repeats ? 0 : t->stride[i - shift];
  }
}

char *shape_text(char text[TEXT], int nd, const int64_t *shape) {
  size_t at = 0;
  text[at++] = '[';
  for (int i = 0; i < nd; i++)
    at += (size_t)snprintf(text + at, TEXT - at, i ? ",%" PRId64 : "%" PRId64, shape[i]);
  snprintf(text + at, TEXT - at, "]");
  return text;
}

char *tensor_text(char text[TEXT], const Tensor *t) {
  char dims[TEXT];
  snprintf(text, TEXT, "%s%.150s", dtype_name[t->dtype], shape_text(dims, t->nd, t->shape));
  return text;
}

bool tensor_same_shape(const Tensor *a, const Tensor *b) {
  return a->nd == b->nd && memcmp(a->shape, b->shape, (size_t)a->nd * sizeof *a->shape) == 0;
}

bool tensor_is_contiguous(const Tensor *t) {
  int64_t want = 1;
  for (int i = t->nd - 1; i >= 0; i--) {
    if (t->shape[i] != 1 && t->stride[i] != want) return t->n == 0;
    want *= t->shape[i];
  }
  return true;
}

static void byte_range(const Tensor *t, const unsigned char **lo, const unsigned char **hi) {
  int64_t low = 0, high = 0;
  for (int i = 0; i < t->nd; i++) {
    int64_t far = (t->shape[i] - 1) * t->stride[i];
    if (far < 0) low += far;
    else high += far;
  }
  int64_t size = (int64_t)dtype_size[t->dtype];
  *lo = t->data + low * size;
  *hi = t->data + (high + 1) * size;
}

bool tensor_overlaps(const Tensor *a, const Tensor *b) {
  if (!a->store || a->store != b->store || !a->n || !b->n) return false;
  const unsigned char *alo, *ahi, *blo, *bhi;
  byte_range(a, &alo, &ahi);
  byte_range(b, &blo, &bhi);
  return alo < bhi && blo < ahi;
}
