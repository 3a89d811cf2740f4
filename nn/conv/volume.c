/* volume.c: see volume.h */
#include "volume.h"

#include "parallel.h"
#include "reduce.h"

#include <string.h>

/* The 2-d convolution of all slices. */
static Conv slices_of(const Volume *v) {
  Conv c = v->flat;
  c.N *= v->OD;
  c.C *= v->kd;
  return c;
}

static bool as_it_lies(const Volume *v) { return v->kd == 1 && v->sd == 1 && v->OD == v->D && v->front == 0; }

/* [N,D,H,W,C] seen as [N D,H,W,C]; owns nothing. */
static Tensor flattened(const Tensor *t) {
  Tensor v = *t;
  v.nd = 4;
  v.shape[0] = t->shape[0] * t->shape[1];
  for (int i = 1; i < 4; i++) v.shape[i] = t->shape[i + 1];
  shape_strides(v.nd, v.shape, v.stride);
  return v;
}

typedef struct Lay {
  const Volume *v;
  int64_t size, pixels, part; /* bytes of an element; of a slice; bytes of a group's channels */
  const unsigned char *from;
  unsigned char *to;
  Dtype d;
  bool add;
} Lay;

/* Output slices begin..end: their kd slices as channels, group by group. */
static void gather_slices(void *context, int64_t begin, int64_t end) {
  const Lay *j = context;
  const Volume *v = j->v;
  const int64_t pixel = j->part * v->flat.groups;
  for (int64_t s = begin; s < end; s++)
    for (int64_t q = 0; q < v->kd; q++) {
      const int64_t at = s % v->OD * v->sd + q * v->dd - v->front;
      const bool inside = at >= 0 && at < v->D;
      const unsigned char *from = j->from + ((s / v->OD * v->D + at) * j->pixels) * pixel;
      unsigned char *to = j->to + s * j->pixels * pixel * v->kd + q * j->part;
      for (int64_t i = 0; i < j->pixels * v->flat.groups; i++, to += v->kd * j->part) {
        if (inside) memcpy(to, from + i * j->part, (size_t)j->part);
        else memset(to, 0, (size_t)j->part);
      }
    }
}

static void add_part(const Lay *j, unsigned char *to, const unsigned char *from) {
  const int64_t n = j->part / j->size;
  if (j->d == F32)
    for (int64_t k = 0; k < n; k++) ((float *)(void *)to)[k] += ((const float *)(const void *)from)[k];
  else
    for (int64_t k = 0; k < n; k++) ((double *)(void *)to)[k] += ((const double *)(const void *)from)[k];
}

/* Input slices begin..end: the sum of what was laid out of them, in the order of the taps. */
static void add_slices(void *context, int64_t begin, int64_t end) {
  const Lay *j = context;
  const Volume *v = j->v;
  const int64_t pixel = j->part * v->flat.groups;
  for (int64_t s = begin; s < end; s++) {
    unsigned char *to = j->to + s * j->pixels * pixel;
    if (!j->add) memset(to, 0, (size_t)(j->pixels * pixel));
    for (int64_t q = 0; q < v->kd; q++) {
      const int64_t span = s % v->D + v->front - q * v->dd, out = span / v->sd;
      if (span < 0 || span % v->sd || out >= v->OD) continue;
      const unsigned char *from =
          j->from + (s / v->D * v->OD + out) * j->pixels * pixel * v->kd + q * j->part;
      for (int64_t i = 0; i < j->pixels * v->flat.groups; i++, from += v->kd * j->part)
        add_part(j, to + i * j->part, from);
    }
  }
}

static Lay lay_of(const Volume *v, Dtype d) {
  const int64_t size = (int64_t)dtype_size[d];
  return (Lay){.v = v,
               .size = size,
               .d = d,
               .pixels = v->flat.H * v->flat.W,
               .part = v->flat.C / v->flat.groups * size};
}

static Tensor *laid_shape(const Volume *v, Dtype d, Err *e) {
  int64_t shape[] = {v->flat.N * v->OD, v->flat.H, v->flat.W, v->flat.C * v->kd};
  return tensor_new(d, 4, shape, e);
}

/* x laid out; one reference. */
static Tensor *laid(const Volume *v, const Tensor *x, Err *e) {
  if (as_it_lies(v)) {
    int64_t stride[4];
    Tensor f = flattened(x);
    shape_strides(4, f.shape, stride);
    return tensor_view(x, 4, f.shape, stride, 0, e);
  }
  Tensor *t = laid_shape(v, x->dtype, e);
  if (!t || !t->n) return t;
  Lay j = lay_of(v, x->dtype);
  j.from = x->data;
  j.to = t->data;
  parallel_for(v->flat.N * v->OD, 1 + GRAIN / (j.pixels * v->flat.C * v->kd + 1), gather_slices, &j);
  return t;
}

/* [kd,kh,kw,C/groups,O] as [kh,kw,kd C/groups,O], or back. */
static void turn_weights(const Volume *v, const Tensor *from, Tensor *to, bool back) {
  const int64_t taps = v->flat.kh * v->flat.kw;
  const size_t block = (size_t)(v->flat.C / v->flat.groups * v->flat.O) * dtype_size[to->dtype];
  for (int64_t q = 0; q < v->kd; q++)
    for (int64_t k = 0; k < taps; k++) {
      const size_t apart = (size_t)(q * taps + k) * block, together = (size_t)(k * v->kd + q) * block;
      memcpy((char *)to->data + (back ? apart : together),
             (const char *)from->data + (back ? together : apart), block);
    }
}

static Tensor *weights_shape(const Volume *v, Dtype d, Err *e) {
  int64_t shape[] = {v->flat.kh, v->flat.kw, v->kd * (v->flat.C / v->flat.groups), v->flat.O};
  return tensor_new(d, 4, shape, e);
}

static Tensor *flat_weights(const Volume *v, const Tensor *w, Err *e) {
  Tensor *t = weights_shape(v, w->dtype, e);
  if (t) turn_weights(v, w, t, false);
  return t;
}

bool volume_forward(const Volume *v, const Tensor *x, const Tensor *w, const Tensor *bias, Tensor *y,
                    Err *e) {
  const Conv c = slices_of(v);
  Tensor *in = laid(v, x, e), *k = in ? flat_weights(v, w, e) : NULL, out = flattened(y);
  const ConvFinish f = {.bias = bias ? bias->data : NULL, .y = y->data, .act = ACT_none};
  bool ok = k && conv_forward(&c, in, k, &f, &out, e);
  tensor_release(in);
  tensor_release(k);
  return ok;
}

bool volume_backward_x(const Volume *v, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  const Conv c = slices_of(v);
  Tensor g = flattened(dy), *k = flat_weights(v, w, e);
  bool ok = k != NULL;
  if (ok && as_it_lies(v)) {
    Tensor to = flattened(dx);
    ok = conv_backward_x(&c, &g, k, &to, add, e);
  } else if (ok) {
    Tensor *t = laid_shape(v, dx->dtype, e);
    ok = t && conv_backward_x(&c, &g, k, t, false, e);
    Lay j = lay_of(v, dx->dtype);
    j.to = dx->data;
    j.add = add;
    j.from = t ? t->data : NULL;
    if (ok && dx->n)
      parallel_for(v->flat.N * v->D, 1 + GRAIN / (j.pixels * v->flat.C * v->kd + 1), add_slices, &j);
    tensor_release(t);
  }
  tensor_release(k);
  return ok;
}

bool volume_backward_w(const Volume *v, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  const Conv c = slices_of(v);
  Tensor g = flattened(dy), *in = laid(v, x, e), *k = in ? weights_shape(v, dw->dtype, e) : NULL,
         *t = k ? tensor_new(dw->dtype, dw->nd, dw->shape, e) : NULL;
  bool ok = t && conv_backward_w(&c, in, &g, k, false, e);
  if (ok) {
    turn_weights(v, k, t, true);
    ok = reduce_sum_to(dw, t, add, e);
  }
  tensor_release(in);
  tensor_release(k);
  tensor_release(t);
  return ok;
}
