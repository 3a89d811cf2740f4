/* dtype.c: see dtype.h */
#include "dtype.h"

#include <math.h>
#include <string.h>

const size_t dtype_size[DTYPES] = {4, 8, 8, 4, 1, 1};
const char *const dtype_name[DTYPES] = {"f32", "f64", "i64", "i32", "u8", "bool"};

bool dtype_find(const char *name, Dtype *out) {
  for (int d = 0; d < DTYPES; d++)
    if (strcmp(name, dtype_name[d]) == 0) {
      *out = (Dtype)d;
      return true;
    }
  return false;
}

Dtype dtype_promote(Dtype a, Dtype b) {
  if (a == F64 || b == F64) return F64;
  return a < b ? a : b; /* otherwise the enum's order is the rule */
}

bool dtype_holds_int(Dtype d, int64_t v) {
  if (d == U8) return v >= 0 && v <= UINT8_MAX;
  return d != I32 || (v >= INT32_MIN && v <= INT32_MAX);
}

bool dtype_holds(Dtype d, double v) {
  if (dtype_is_float(d) || d == BOOL) return true;
  return v == floor(v) && v >= -0x1p63 && v < 0x1p63 && dtype_holds_int(d, (int64_t)v);
}
