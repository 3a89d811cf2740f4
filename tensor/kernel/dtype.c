/* dtype.c: see dtype.h */
#include "dtype.h"

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
