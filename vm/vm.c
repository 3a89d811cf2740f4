/* vm.c: tensors as values in the Lua state, and its end. */
#include "vm.h"

#include "lay.h"
#include "mem.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* A tensor as a value.  It is known by its mark, which is quicker than asking for its metatable; what is left of a box
 * that is garbage has none. */
typedef struct Box {
  Tensor *t;
  const void *mark;
} Box;

static const char mark;

Tensor **vm_box(lua_State *L) {
  Vm *v = vm_of(L);
  collect_if_due(L, &v->collector);
  Box *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (Box){NULL, &mark};
  collect_made(&v->collector, box);
  lua_rawgeti(L, LUA_REGISTRYINDEX, v->tensor_at);
  lua_setmetatable(L, -2);
  return &box->t;
}

static Box *box_at(lua_State *L, int i) {
  Box *box = lua_touserdata(L, i);
  return box && lua_rawlen(L, i) == sizeof *box && box->mark == &mark ? box : NULL;
}

int vm_unbox(lua_State *L) {
  Box *box = box_at(L, 1);
  if (!box) return 0;
  collect_gone(&vm_of(L)->collector, box);
  tensor_release(box->t);
  *box = (Box){NULL, NULL};
  return 0;
}

void vm_push(lua_State *L, Tensor *t) {
  Vm *v = vm_of(L);
  v->spare[0] = t; /* owned by the vm should the box fail */
  Tensor **box = vm_box(L);
  *box = t;
  v->spare[0] = NULL;
}

Tensor *vm_peek(lua_State *L, int i) {
  const Box *box = box_at(L, i);
  return box ? box->t : NULL;
}

Tensor *vm_test(lua_State *L, int i) {
  Err e;
  Tensor *t = vm_peek(L, i);
  if (t && !lay_dense(t, &e)) vm_fail(L, &e);
  if (t) tensor_settle(t);
  return t;
}

bool vm_may_write(const Tensor *t, Err *e) {
  char text[TEXT];
  for (int i = 0; i < t->nd; i++)
    if (t->stride[i] == 0 && t->shape[i] > 1)
      return err_set(e, "%s is expanded: several of its elements are one in memory; x:clone() can be changed",
                     tensor_text(text, t));
  return true;
}

void vm_touch(lua_State *L, Tensor *t) {
  Err e;
  if (!vm_may_write(t, &e)) vm_fail(L, &e);
  if (t->store && t->store->readers) lua_gc(L, LUA_GCSTEP, 0);
  tensor_touch(t);
}

const char *vm_typename(lua_State *L, int i) {
  Tensor *t = vm_peek(L, i);
  if (!t) return lua_isnone(L, i) ? "nothing" : luaL_typename(L, i);
  char text[TEXT];
  return lua_pushstring(L, tensor_text(text, t));
}

bool vm_with_colon(lua_State *L) {
  lua_Debug ar;
  return lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) && strcmp(ar.namewhat, "method") == 0;
}

static bool is_method(lua_State *L, const char *name) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_at);
  lua_getfield(L, -1, "methods");
  bool is = lua_getfield(L, -1, name) != LUA_TNIL;
  lua_pop(L, 3);
  return is;
}

Tensor *vm_check(lua_State *L, int i, const char *what) {
  Tensor *t = vm_test(L, i);
  if (!t && i == 1 && is_method(L, what)) /* loss.backward(), x.fill_(1) */
    vm_error(L, "%s: tensor expected, got %s (a method takes a colon: x:%s(%s))", what, vm_typename(L, i),
             what, lua_gettop(L) == 0 ? "" : "...");
  if (!t) vm_error(L, "%s: tensor expected, got %s", what, vm_typename(L, i));
  return t;
}

int64_t vm_check_int(lua_State *L, int i, const char *what) {
  int ok;
  lua_Integer v = lua_tointegerx(L, i, &ok);
  if (!ok && lua_type(L, i) == LUA_TNUMBER)
    vm_error(L, "%s: whole number expected, got %s", what, luaL_tolstring(L, i, NULL));
  if (!ok) vm_error(L, "%s: whole number expected, got %s", what, vm_typename(L, i));
  return v;
}

double vm_field(lua_State *L, int i, const char *name) {
  luaL_checktype(L, i, LUA_TTABLE);
  if (lua_getfield(L, i, name) != LUA_TNUMBER)
    vm_error(L, "%s: number expected, got %s", name, vm_typename(L, -1));
  const double v = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return v;
}

int64_t vm_field_int(lua_State *L, int i, const char *name) {
  luaL_checktype(L, i, LUA_TTABLE);
  lua_getfield(L, i, name);
  const int64_t v = vm_check_int(L, -1, name);
  lua_pop(L, 1);
  return v;
}

bool vm_too_many(Err *e, const char *what, int more) {
  return err_set(e, "%s: %d argument%s too many (?%s explains)", what, more, more == 1 ? "" : "s", what);
}

void vm_at_most(lua_State *L, int n, const char *what) {
  Err e;
  int more = lua_gettop(L) - n;
  while (more > 0 && lua_isnil(L, n + more)) more--;
  if (more > 0 && !vm_too_many(&e, what, more)) vm_fail(L, &e);
}

const char *vm_field_text(lua_State *L, int i, const char *name) {
  luaL_checktype(L, i, LUA_TTABLE);
  const int type = lua_getfield(L, i, name);
  if (type != LUA_TNIL && type != LUA_TSTRING)
    vm_error(L, "%s: text expected, got %s", name, vm_typename(L, -1));
  const char *text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

bool vm_field_flag(lua_State *L, int i, const char *name) {
  luaL_checktype(L, i, LUA_TTABLE);
  lua_getfield(L, i, name);
  const bool on = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return on;
}

bool vm_option_dtype(lua_State *L, int i, Dtype *d, const char *what) {
  if (!lua_istable(L, i)) return false;
  lua_getfield(L, i, "dtype");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  const char *name = lua_tostring(L, -1);
  if (!name || !dtype_find(name, d))
    vm_error(L, "%s: unknown dtype '%s' (f32 f64 i64 i32 u8 bool)", what, name ? name : luaL_typename(L, -1));
  lua_pop(L, 1);
  return true;
}

void vm_free(Vm *v) {
  if (!v) return;
  if (v->L) lua_close(v->L);
  pool_free(v->pool);
  tensor_release(v->spare[0]);
  tensor_release(v->spare[1]);
  tape_free(v->tape);
  free(v);
  mem_trim();
}
