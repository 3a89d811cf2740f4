/* bind_onnx.c: tensor/files/onnx.h for nn/lua/onnx: lunette.io.onnx_read; and the random numbers of files that name a seed.  A message becomes a table by the
 * names of onnx.proto, a repeated field a list, a TensorProto has its numbers as `value`; those of a large kernel
 * may be a view with other strides (onnx_tensor). */
#include "bind.h"

#include "io.h"
#include "mersenne.h"
#include "onnx.h"
#include <string.h>

#define MERSENNE "lunette.mersenne"
#define MAP      "lunette.map"

static int map_free(lua_State *L) {
  file_unmap(luaL_checkudata(L, 1, MAP));
  return 0;
}

static OnnxSpan *map_new(lua_State *L) {
  OnnxSpan *map = lua_newuserdatauv(L, sizeof *map, 0);
  *map = (OnnxSpan){0};
  vm_methods(L, MAP, (const luaL_Reg[]){{"__gc", map_free}, {NULL, NULL}});
  lua_setmetatable(L, -2);
  return map;
}

typedef struct Building {
  lua_State *L;
  const char *path;
  bool initializer; /* the TensorProto that is open: a graph's constants hold its kernels */
} Building;

/* The value on the top into the table below it. */
static void put(lua_State *L, const OnnxEvent *event) {
  if (!event->list) {
    lua_setfield(L, -2, event->field);
    return;
  }
  if (lua_getfield(L, -2, event->field) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, event->field);
  }
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

static bool see(void *context, const OnnxEvent *event, Err *e) {
  Building *b = context;
  lua_State *L = b->L;
  switch (event->kind) {
  case ONNX_OPEN:
    luaL_checkstack(L, 4, "nested too deeply");
    b->initializer = strcmp(event->field, "initializer") == 0;
    lua_newtable(L);
    return true;
  case ONNX_CLOSE: break;
  case ONNX_INTEGER: lua_pushinteger(L, event->whole); break;
  case ONNX_REAL: lua_pushnumber(L, event->real); break;
  case ONNX_STRING: lua_pushlstring(L, (const char *)event->text.at, event->text.n); break;
  case ONNX_TENSOR: {
    Tensor **box = vm_box(L);
    if (!(*box = onnx_tensor(b->path, event->text, b->initializer, e))) return false;
    break;
  }
  }
  put(L, event);
  return true;
}

/* (path, message): a table; or nil and why */
static int read_onnx(lua_State *L) {
  const char *path = vm_check_path(L, "nn.onnx"), *message = luaL_checkstring(L, 2);
  lua_settop(L, 2);
  OnnxSpan *map = map_new(L);
  Err e;
  if (!file_map(path, map, &e)) return vm_soft(L, &e);
  lua_newtable(L);
  Building b = {L, path, false};
  bool ok = onnx_read(path, *map, message, see, &b, &e);
  file_unmap(map);
  if (!ok) return vm_soft(L, &e);
  lua_settop(L, 4);
  return 1;
}

static bool write_piece(lua_State *L, SafeFile *s, int i, Err *e) {
  Tensor *t = vm_test(L, i);
  size_t n;
  if (!t) {
    const char *text = lua_tolstring(L, i, &n);
    return safe_write(s, text, n, e);
  }
  Tensor *dense = tensor_contiguous(t, e);
  if (!dense) return false;
  bool ok = safe_write(s, dense->data, (size_t)dense->n * dtype_size[dense->dtype], e);
  tensor_release(dense);
  return ok;
}

/* (path, {string or tensor, ...}): one after another, a tensor as its numbers; true, or nil and why */
static int write_pieces(lua_State *L) {
  const char *path = vm_check_path(L, "export");
  lua_Integer n = luaL_len(L, 2);
  lua_settop(L, 2);
  for (lua_Integer i = 1; i <= n; i++) { /* nothing may be raised once the file is open */
    if (lua_rawgeti(L, 2, i) != LUA_TSTRING) vm_want_data(L, vm_check(L, -1, "export"), "export");
    lua_pop(L, 1);
  }
  Err e;
  SafeFile s;
  if (!safe_open(&s, path, &e)) return vm_soft(L, &e);
  bool ok = true;
  for (lua_Integer i = 1; ok && i <= n; i++) {
    lua_rawgeti(L, 2, i);
    ok = write_piece(L, &s, -1, &e);
    lua_pop(L, 1);
  }
  if (!safe_commit(&s, ok, &e)) return vm_soft(L, &e);
  lua_pushboolean(L, true);
  return 1;
}

/* (t): goes up with every change of its storage in place */
static int tensor_version(lua_State *L) {
  Tensor *t = vm_check(L, 1, "tensor_version");
  lua_pushinteger(L, t->store ? (lua_Integer)t->store->version : 0);
  return 1;
}

/* (seed, from 0 to 2^32 - 1): a generator */
static int mersenne_new(lua_State *L) {
  const lua_Integer seed = luaL_checkinteger(L, 1);
  luaL_argcheck(L, seed >= 0 && seed <= UINT32_MAX, 1, "a seed from 0 to 2^32 - 1 expected");
  mersenne_seed(lua_newuserdatauv(L, sizeof(Mersenne), 0), (uint32_t)seed);
  luaL_setmetatable(L, MERSENNE);
  return 1;
}

/* (generator, t, normal): t, f64 and contiguous, filled in place; returns t */
static int mersenne_draw(lua_State *L) {
  Mersenne *m = luaL_checkudata(L, 1, MERSENNE);
  Tensor *t = vm_check(L, 2, "mersenne_draw");
  vm_want_data(L, t, "mersenne_draw");
  luaL_argcheck(L, t->dtype == F64 && tensor_is_contiguous(t), 2, "a contiguous f64 expected");
  (lua_toboolean(L, 3) ? mersenne_normal : mersenne_uniform)(m, t);
  lua_settop(L, 2);
  return 1;
}

void vm_open_onnx(lua_State *L) {
  static const luaL_Reg functions[] = {{"onnx_read", read_onnx},           {"write_pieces", write_pieces},
                                       {"tensor_version", tensor_version}, {"mersenne", mersenne_new},
                                       {"mersenne_draw", mersenne_draw},   {NULL, NULL}};
  luaL_newmetatable(L, MERSENNE);
  lua_pop(L, 1);
  vm_add_io(L, functions);
}
