/* convert.c: elements of any dtype and stride to contiguous reals and back. */
#include "table.h"

void K(load)(int64_t n, void *yv, const void *x, Dtype from, int64_t s) {
  real *y = yv;
  switch (from) {
  case F32:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const float *)x)[i * s];
    break;
  case F64:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const double *)x)[i * s];
    break;
  case I64:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const int64_t *)x)[i * s];
    break;
  case I32:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const int32_t *)x)[i * s];
    break;
  default:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const uint8_t *)x)[i * s];
  }
}

/* Out of range would be undefined in C: saturate to 64 bits, then cut as an integer does; NaN becomes 0. */
INLINE int64_t whole(real v) {
  if (v != v) return 0;
  if (v >= (real)9223372036854775807.0) return INT64_MAX;
  return v <= (real)-9223372036854775808.0 ? INT64_MIN : (int64_t)v;
}

void K(store)(int64_t n, void *y, Dtype to, int64_t s, const void *xv) {
  const real *x = xv;
  switch (to) {
  case F32:
    for (int64_t i = 0; i < n; i++) ((float *)y)[i * s] = (float)x[i];
    break;
  case F64:
    for (int64_t i = 0; i < n; i++) ((double *)y)[i * s] = (double)x[i];
    break;
  case I64:
    for (int64_t i = 0; i < n; i++) ((int64_t *)y)[i * s] = whole(x[i]);
    break;
  case I32:
    for (int64_t i = 0; i < n; i++) ((int32_t *)y)[i * s] = (int32_t)whole(x[i]);
    break;
  case U8:
    for (int64_t i = 0; i < n; i++) ((uint8_t *)y)[i * s] = (uint8_t)whole(x[i]);
    break;
  default:
    for (int64_t i = 0; i < n; i++) ((uint8_t *)y)[i * s] = x[i] != 0;
  }
}
