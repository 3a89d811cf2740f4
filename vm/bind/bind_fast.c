/* bind_fast.c: switches of the fast ways, so that one can compare: chains of pointwise ops, Winograd's
 * convolution. */
#include "bind.h"

#include "conv.h"
#include "fuse.h"
#include "lay.h"

static bool check_switch(lua_State *L, const char *what) {
  if (!lua_isboolean(L, 1)) vm_error(L, "%s: true or false expected, got %s", what, vm_typename(L, 1));
  return lua_toboolean(L, 1);
}

/* tensor.fuse(on): chains of pointwise ops on large tensors in one pass, or each op at once; gives what it
 * was. */
static int fuse(lua_State *L) {
  const bool on = check_switch(L, "tensor.fuse");
  lua_pushboolean(L, fuse_from() >= 0);
  fuse_set(on ? FUSE_FROM : -1, false);
  return 1;
}

/* For tests: from how many elements on pointwise ops wait (negative: never), and whether what waits is NaN
 * until it is settled. */
static int set_from(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)fuse_from());
  lua_pushinteger(L, (lua_Integer)fuse_computed());
  fuse_set((int64_t)luaL_checkinteger(L, 1), lua_toboolean(L, 2));
  return 2;
}

/* For tests: from how many elements on pointwise results lie as their inputs do (negative: never), and whether all are
 * turned round. */
static int set_lay(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)lay_from());
  lay_set((int64_t)luaL_checkinteger(L, 1), lua_toboolean(L, 2));
  return 1;
}

/* x:realize(): x, its elements computed. */
static int realize(lua_State *L) {
  Tensor *t = vm_peek(L, 1);
  if (!t) vm_check(L, 1, "realize");
  else tensor_settle(t);
  lua_settop(L, 1);
  return 1;
}

/* nn.winograd(on): 3 x 3 convolutions with fewer multiplications, or always direct; gives what it was. */
static int winograd(lua_State *L) {
  const bool on = check_switch(L, "nn.winograd");
  lua_pushboolean(L, conv_winograd());
  conv_set_winograd(on);
  return 1;
}

void vm_open_fast(lua_State *L) {
  static const luaL_Reg of_tensor[] = {{"fuse", fuse}, {NULL, NULL}},
                        of_nn[] = {{"winograd", winograd}, {NULL, NULL}},
                        of_lunette[] = {{"fuse_from", set_from}, {"lay_from", set_lay}, {NULL, NULL}};
  vm_add(L, "tensor", of_tensor);
  vm_add(L, "nn", of_nn);
  vm_add(L, "lunette", of_lunette);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_at);
  lua_getfield(L, -1, "methods");
  lua_pushcfunction(L, realize);
  lua_setfield(L, -2, "realize");
  lua_pop(L, 2);
}
