/* bind_tensor.c: the tensor metatable: fields, comparison, text, reading out as Lua values. */
#include "bind.h"

#include "op_move.h"
#include "pointwise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int tensor_item(lua_State *L) {
  Tensor *t = vm_check(L, 1, "item");
  vm_at_most(L, 1, "item");
  if (t->n != 1) return vm_error(L, "item: %s has %lld elements, not 1", vm_typename(L, 1), (long long)t->n);
  vm_push_element(L, t, 0);
  return 1;
}

static void push_table(lua_State *L, const Tensor *t, int dim, int64_t *flat) {
  luaL_checkstack(L, 4, "table");
  lua_createtable(L, (int)t->shape[dim], 0);
  for (int64_t i = 0; i < t->shape[dim]; i++) {
    vm_heed(L, i, "totable");
    if (dim + 1 == t->nd) vm_push_element(L, t, (*flat)++);
    else push_table(L, t, dim + 1, flat);
    lua_rawseti(L, -2, i + 1);
  }
}

static int tensor_totable(lua_State *L) {
  Tensor *t = vm_check(L, 1, "totable");
  vm_at_most(L, 1, "totable");
  int64_t flat = 0;
  if (t->nd == 0) vm_push_element(L, t, 0);
  else push_table(L, t, 0, &flat);
  return 1;
}

/* A tensor of which only the description is wanted. */
static Tensor *check_header(lua_State *L, const char *what) {
  Tensor *t = vm_peek(L, 1);
  return t ? t : vm_check(L, 1, what);
}

static int tensor_size(lua_State *L) {
  Tensor *t = check_header(L, "size");
  vm_at_most(L, 2, "size");
  if (lua_isnoneornil(L, 2)) {
    vm_push_shape(L, t);
    return 1;
  }
  int64_t d = vm_check_int(L, 2, "size: dim"), at = d < 0 ? d + t->nd : d - 1;
  if (d == 0 || at < 0 || at >= t->nd)
    return vm_error(L, "size: dim %lld outside 1..%d for %s", (long long)d, t->nd, vm_typename(L, 1));
  lua_pushinteger(L, t->shape[at]);
  return 1;
}

/* --- shapes: plain lists of sizes that print as [2,3], compare by value, and count from either end ------ */

static int shape_tostring(lua_State *L) {
  luaL_Buffer b;
  const int n = (int)lua_rawlen(L, 1);
  luaL_buffinit(L, &b);
  for (int i = 1; i <= n; i++) {
    luaL_addchar(&b, i == 1 ? '[' : ',');
    lua_rawgeti(L, 1, i);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&b);
  }
  luaL_addstring(&b, n ? "]" : "[]");
  luaL_pushresult(&b);
  return 1;
}

static int shape_concat(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

static int shape_equal(lua_State *L) {
  const lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
  bool same = n == (lua_Integer)lua_rawlen(L, 2);
  for (lua_Integer i = 1; same && i <= n; i++) {
    lua_rawgeti(L, 1, i);
    lua_rawgeti(L, 2, i);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  lua_pushboolean(L, same);
  return 1;
}

static int shape_index(lua_State *L) {
  if (!lua_isinteger(L, 2)) return 0;
  const lua_Integer k = lua_tointeger(L, 2), n = (lua_Integer)lua_rawlen(L, 1);
  if (k == 0) return vm_error(L, "shape[0]: dimensions count from 1 (shape[-1] is the last)");
  if (k > 0 || -k > n) return 0;
  lua_rawgeti(L, 1, n + 1 + k);
  return 1;
}

static void make_shape_meta(lua_State *L) {
  static const luaL_Reg methods[] = {{"__tostring", shape_tostring},
                                     {"__concat", shape_concat},
                                     {"__eq", shape_equal},
                                     {"__index", shape_index},
                                     {NULL, NULL}};
  luaL_newmetatable(L, "lunette.shape");
  luaL_setfuncs(L, methods, 0);
  lua_pushnil(L); /* it shows as the list that it is */
  lua_setfield(L, -2, "__name");
  lua_pop(L, 1);
}

/* x:what() of no arguments. */
static const Tensor *check_alone(lua_State *L, const char *what) {
  const Tensor *t = check_header(L, what);
  vm_at_most(L, 1, what);
  return t;
}
static int tensor_numel(lua_State *L) {
  lua_pushinteger(L, check_alone(L, "numel")->n);
  return 1;
}
static int tensor_dim(lua_State *L) {
  lua_pushinteger(L, check_alone(L, "dim")->nd);
  return 1;
}
static int tensor_is_contig(lua_State *L) {
  const Tensor *t = check_alone(L, "is_contiguous");
  lua_pushboolean(L, t->loose || tensor_is_contiguous(t)); /* loose: it will lie so where it matters */
  return 1;
}
static int tensor_length(lua_State *L) {
  Tensor *t = check_header(L, "#");
  if (t->nd == 0) return vm_error(L, "#: %s has no dimension", vm_typename(L, 1));
  lua_pushinteger(L, t->shape[0]);
  return 1;
}

/* a == b on two tensors: same shape and all elements equal. */
static int tensor_equal(lua_State *L) {
  Tensor *a = vm_test(L, 1), *b = vm_test(L, 2);
  bool same = a && b && tensor_same_shape(a, b);
  same = same && !tensor_is_meta(a) && !tensor_is_meta(b);
  for (int64_t i = 0; same && i < a->n; i++)
    same = dtype_is_float(a->dtype) || dtype_is_float(b->dtype)
               ? tensor_get(a, i) == tensor_get(b, i)
               : tensor_get_int(a, i) == tensor_get_int(b, i);
  lua_pushboolean(L, same);
  return 1;
}

/* < and <= become a plain boolean in Lua, so they serve single elements only.  Pushes the element at stack
 * index i, or the number there, so that Lua compares: exact for integers too. */
static void push_single(lua_State *L, int i, const char *sign, const char *method) {
  Tensor *t = vm_test(L, i);
  if (!t) {
    if (lua_type(L, i) != LUA_TNUMBER)
      vm_error(L, "%s: cannot compare %s with a tensor", sign, luaL_typename(L, i));
    lua_pushvalue(L, i);
    return;
  }
  if (t->n != 1 && i == 2) /* Lua turns y > x into x < y */
    vm_error(L, "%s or %s gives one boolean, and %s has %lld elements; elementwise: x:%s(y)", sign,
             sign[1] ? ">=" : ">", vm_typename(L, i), (long long)t->n, method[1] == 't' ? "gt" : "ge");
  if (t->n != 1)
    vm_error(L, "%s gives one boolean, and %s has %lld elements; elementwise: x:%s(y)", sign,
             vm_typename(L, i), (long long)t->n, method);
  vm_want_data(L, t, sign);
  if (t->dtype == BOOL) lua_pushinteger(L, tensor_get_int(t, 0));
  else vm_push_element(L, t, 0);
}
static int compare(lua_State *L, int how, const char *sign, const char *method) {
  push_single(L, 1, sign, method);
  push_single(L, 2, sign, method);
  lua_pushboolean(L, lua_compare(L, -2, -1, how));
  return 1;
}
static int tensor_less(lua_State *L) { return compare(L, LUA_OPLT, "<", "lt"); }
static int tensor_less_equal(lua_State *L) { return compare(L, LUA_OPLE, "<=", "le"); }

/* "loss " .. loss */
static int tensor_concat(lua_State *L) {
  Tensor *a = vm_test(L, 1), *b = vm_test(L, 2);
  if (a && b)
    return vm_error(L, "..: both sides are tensors (%s, %s); join them with tensor.cat{a, b, dim=1}",
                    vm_typename(L, 1), vm_typename(L, 2));
  for (int i = 1; i <= 2; i++) {
    Tensor *t = i == 1 ? a : b;
    if (t && t->n == 1) vm_push_number_text(L, t);
    else luaL_tolstring(L, i, NULL);
  }
  lua_concat(L, 2);
  return 1;
}

static int tensor_detach(lua_State *L) {
  Tensor *t = vm_check(L, 1, "detach");
  vm_at_most(L, 1, "detach");
  Err e;
  if (vm_of(L)->trace) { /* what is computed is noted, with or without gradients */
    struct view_params same = {{.n = t->nd}};
    memcpy(same.shape.v, t->shape, (size_t)t->nd * sizeof *t->shape);
    vm_apply(L, &op_view, &t, 1, &same);
    vm_test(L, -1)->requires_grad = false;
    return 1;
  }
  Tensor **box = vm_box(L);
  if (!(*box = tensor_alias(t, &e))) return vm_fail(L, &e);
  return 1;
}

/* The whole of x takes y's values: x:copy_(y). */
static int tensor_copy_from(lua_State *L) {
  Tensor *t = vm_check(L, 1, "copy_");
  vm_at_most(L, 2, "copy_");
  if (lua_isnone(L, 2))
    return vm_error(L, "copy_: what to copy is missing (a method takes a colon: x:copy_(y))");
  vm_assign(L, t, 2, "copy_");
  lua_settop(L, 1);
  return 1;
}
static int tensor_fill_with(lua_State *L) {
  Tensor *t = vm_check(L, 1, "fill_");
  vm_at_most(L, 2, "fill_");
  if (lua_isnone(L, 2)) return vm_error(L, "fill_: a number is missing (a method takes a colon: x:fill_(v))");
  if (!lua_isnumber(L, 2) && !lua_isboolean(L, 2))
    return vm_error(L, "fill_: number expected, got %s", vm_typename(L, 2));
  vm_assign(L, t, 2, "fill_");
  lua_settop(L, 1);
  return 1;
}
static int tensor_zero(lua_State *L) {
  Tensor *t = vm_check(L, 1, "zero_");
  vm_at_most(L, 1, "zero_");
  lua_settop(L, 1);
  lua_pushinteger(L, 0);
  vm_assign(L, t, 2, "zero_");
  lua_settop(L, 1);
  return 1;
}
static int tensor_sum_bytes(lua_State *L) {
  const Tensor *t = check_alone(L, "nbytes");
  lua_pushinteger(L, t->n * (lua_Integer)dtype_size[t->dtype]);
  return 1;
}

static const luaL_Reg methods[] = {{"item", tensor_item},
                                   {"totable", tensor_totable},
                                   {"size", tensor_size},
                                   {"numel", tensor_numel},
                                   {"dim", tensor_dim},
                                   {"nbytes", tensor_sum_bytes},
                                   {"is_contiguous", tensor_is_contig},
                                   {"detach", tensor_detach},
                                   {"copy_", tensor_copy_from},
                                   {"fill_", tensor_fill_with},
                                   {"zero_", tensor_zero},
                                   {NULL, NULL}};

static const luaL_Reg meta[] = {{"__gc", vm_unbox},
                                {"__close", vm_unbox},
                                {"__len", tensor_length},
                                {"__eq", tensor_equal},
                                {"__lt", tensor_less},
                                {"__le", tensor_less_equal},
                                {"__concat", tensor_concat},
                                {"__tostring", vm_tensor_tostring},
                                {NULL, NULL}};

void vm_open_tensor(lua_State *L) {
  make_shape_meta(L);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  vm_of(L)->tensor_at = luaL_ref(L, LUA_REGISTRYINDEX);
  luaL_setfuncs(L, meta, 0);
  lua_pushliteral(L, "tensor");
  lua_setfield(L, -2, "__name");
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "methods");
  lua_pop(L, 1);
}
