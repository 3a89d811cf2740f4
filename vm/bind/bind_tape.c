/* bind_tape.c: gradients from Lua: requires_grad, backward, grad, no_grad. */
#include "bind.h"

#include "mem.h"

#include <string.h>

static int requires_grad(lua_State *L) {
  Tensor *t = vm_check(L, 1, "requires_grad");
  bool on = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  if (on && !dtype_is_float(t->dtype))
    return vm_error(L, "requires_grad: %s is not f32 or f64; gradients need a float (x:to\"f32\")",
                    vm_typename(L, 1));
  if (t->fn && !on)
    return vm_error(L, "requires_grad: %s is the result of an op; use x:detach()", vm_typename(L, 1));
  t->requires_grad = on;
  lua_settop(L, 1);
  return 1;
}

/* The forward pass's temporaries are garbage: large ones go before backward, so that it can free activations
 * as it passes them, and after it, before the next step needs as much. */
static void collect_large(lua_State *L) {
  static const size_t WORTH = (size_t)16 << 20;
  Vm *v = vm_of(L);
  if (mem_stats()->live > v->live_after + WORTH) vm_collect(v);
}

/* loss:backward(), loss:backward{retain=true}, y:backward(dy) */
static int backward(lua_State *L) {
  Tensor *loss = vm_check(L, 1, "backward"), *seed = vm_test(L, 2);
  bool keep = false;
  int table = lua_istable(L, 2) ? 2 : lua_istable(L, 3) ? 3 : 0;
  if (table) {
    lua_pushnil(L);
    while (lua_next(L, table)) {
      const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
      if (strcmp(key, "retain") != 0)
        return vm_error(L, "backward: unknown option '%s'. Options: retain", key);
      keep = lua_toboolean(L, -1);
      lua_pop(L, 1);
    }
  } else if (!seed && !lua_isnoneornil(L, 2)) {
    return vm_error(L, "backward: a tensor or {retain=true} expected, got %s", vm_typename(L, 2));
  }
  Err e;
  collect_large(L);
  if (!tape_backward(vm_of(L)->tape, loss, seed, keep, &e)) return vm_fail(L, &e);
  collect_large(L);
  return 0;
}

static int is_recording(lua_State *L) {
  lua_pushboolean(L, tape_recording(vm_of(L)->tape));
  return 1;
}

/* tensor.set_recording(on): returns what it was.  no_grad and enable_grad (vm/lua/grad.lua) stand on it. */
static int set_recording(lua_State *L) {
  Tape *t = vm_of(L)->tape;
  bool was = tape_recording(t);
  tape_set_recording(t, lua_toboolean(L, 1));
  lua_pushboolean(L, was);
  return 1;
}

static int anomaly(lua_State *L) {
  tape_set_anomaly(vm_of(L)->tape, lua_isnone(L, 1) || lua_toboolean(L, 1));
  return 0;
}

static int live(lua_State *L) {
  lua_pushinteger(L, tensor_live());
  lua_pushinteger(L, tape_length(vm_of(L)->tape));
  return 2;
}

static int zero_grad(lua_State *L) {
  Tensor *t = vm_check(L, 1, "zero_grad");
  tensor_release(t->grad);
  t->grad = NULL;
  return 0;
}

void vm_open_tape(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"requires_grad", requires_grad}, {"backward", backward}, {"zero_grad", zero_grad}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"is_recording", is_recording},
                                       {"set_recording", set_recording},
                                       {"anomaly", anomaly},
                                       {"live", live},
                                       {NULL, NULL}};
  vm_add(L, "tensor", functions);
  lua_rawgetp(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_mt);
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}
