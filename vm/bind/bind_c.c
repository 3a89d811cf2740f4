/* bind_c.c: the functions of lunette.h. */
#include "bind.h"
#include "lunette.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int lunette_tensor(lua_State *L, int i, int changes, LunetteTensor *out) {
  Tensor *t = vm_test(L, i);
  if (!t) return 0;
  vm_want_data(L, t, "lunette_tensor");
  if (changes) vm_touch(L, t);
  *out = (LunetteTensor){t->data, dtype_name[t->dtype], t->nd, t->shape, t->stride};
  return 1;
}

EXPORT void *lunette_tensor_new(lua_State *L, const char *dtype, int nd, const int64_t *shape) {
  Dtype d;
  if (!dtype_find(dtype, &d))
    vm_error(L, "lunette_tensor_new: unknown dtype '%s' (f32 f64 i64 i32 u8 bool)", dtype);
  if (nd < 0 || nd > DIMS) vm_error(L, "lunette_tensor_new: %d dimensions are not within 0..%d", nd, DIMS);
  for (int k = 0; k < nd; k++)
    if (shape[k] < 0) vm_error(L, "lunette_tensor_new: size %lld is negative", (long long)shape[k]);
  Err e;
  Tensor **box = vm_box(L);
  if (!(*box = tensor_zeros(d, nd, shape, &e))) vm_fail(L, &e);
  return (*box)->data;
}
