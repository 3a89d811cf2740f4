/* values.c: what is in a tensor as Lua values: elements, shapes, numbers as text. */
#include "bind.h"

#include <math.h>
#include <stdio.h>

void vm_want_data(lua_State *L, const Tensor *t, const char *what) {
  char text[TEXT];
  if (tensor_is_meta(t)) vm_error(L, "%s: %s has a shape only, no elements", what, tensor_text(text, t));
}

/* A NaN has no sign here: C would print that of 0/0 as "-nan". */
void vm_push_number(lua_State *L, double v) { lua_pushnumber(L, v != v ? (double)NAN : v); }

void vm_push_element(lua_State *L, const Tensor *t, int64_t flat) {
  vm_want_data(L, t, "reading an element");
  if (t->dtype == BOOL) lua_pushboolean(L, tensor_get_int(t, flat) != 0);
  else if (dtype_is_float(t->dtype)) vm_push_number(L, tensor_get(t, flat));
  else lua_pushinteger(L, tensor_get_int(t, flat));
}

void vm_push_shape(lua_State *L, const Tensor *t) {
  lua_createtable(L, t->nd, 0);
  luaL_setmetatable(L, "lunette.shape");
  for (int i = 0; i < t->nd; i++) {
    lua_pushinteger(L, t->shape[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

void vm_push_number_text(lua_State *L, const Tensor *t) {
  char text[64];
  vm_want_data(L, t, "text");
  if (t->dtype == BOOL) snprintf(text, sizeof text, "%s", tensor_get_int(t, 0) ? "true" : "false");
  else if (dtype_is_float(t->dtype) && tensor_get(t, 0) != tensor_get(t, 0))
    snprintf(text, sizeof text, "nan");
  else if (dtype_is_float(t->dtype))
    snprintf(text, sizeof text, t->dtype == F64 ? "%.10g" : "%.6g", tensor_get(t, 0));
  else snprintf(text, sizeof text, "%lld", (long long)tensor_get_int(t, 0));
  lua_pushstring(L, text);
}
