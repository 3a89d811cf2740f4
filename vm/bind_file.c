/* bind_file.c: tensor.load and tensor.save, by the file's ending.  The world's failures give nil and a
 * message; a wrong kind of value is an error. */
#include "bind.h"

#include "io.h"

#include <string.h>
#include <strings.h>

static bool ends_with(const char *path, const char *ending) {
  size_t n = strlen(path), k = strlen(ending);
  return n >= k && strcasecmp(path + n - k, ending) == 0;
}

static int fail_soft(lua_State *L, const Err *e) {
  lua_pushnil(L);
  lua_pushstring(L, e->message);
  return 2;
}

static int list_free(lua_State *L) {
  named_free(lua_touserdata(L, 1));
  return 0;
}

/* A list that the collector frees, whatever happens. */
static NamedList *list_new(lua_State *L) {
  NamedList *list = lua_newuserdatauv(L, sizeof *list, 0);
  *list = (NamedList){0};
  if (luaL_newmetatable(L, "lunette.named_list")) {
    lua_pushcfunction(L, list_free);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return list;
}

static int push_list(lua_State *L, NamedList *list) {
  lua_createtable(L, 0, list->n);
  for (int i = 0; i < list->n; i++) {
    vm_push(L, tensor_retain(list->item[i].tensor));
    lua_setfield(L, -2, list->item[i].name);
  }
  named_free(list);
  return 1;
}

static int unknown_ending(lua_State *L, const char *what, const char *path) {
  return vm_error(L, "%s: '%s' has no known ending (.safetensors .png .jpg .webp .wav .flac .ogg)", what,
                  path);
}

static int file_load(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "tensor.load: a path expected, got %s", vm_typename(L, 1));
  const char *path = lua_tostring(L, 1);
  Err e;
  int results = vm_load_media(L, path);
  if (results > 0) return results;
  if (!ends_with(path, ".safetensors")) return unknown_ending(L, "tensor.load", path);
  NamedList *list = list_new(L);
  return safetensors_load(path, list, &e) ? push_list(L, list) : fail_soft(L, &e);
}

/* Names in order, so that the same table gives the same bytes. */
static void read_table(lua_State *L, int table, NamedList *list) {
  Err e;
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_newtable(L);
  int names = lua_gettop(L);
  lua_Integer n = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      vm_error(L, "tensor.save: names must be strings, got %s", luaL_typename(L, -2));
    if (!vm_test(L, -1))
      vm_error(L, "tensor.save: '%s' is %s, not a tensor", lua_tostring(L, -2), vm_typename(L, -1));
    if (tensor_is_meta(vm_test(L, -1)))
      vm_error(L, "tensor.save: '%s' has a shape only, no elements", lua_tostring(L, -2));
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, names, ++n);
  }
  lua_pushvalue(L, names - 1);
  lua_pushvalue(L, names);
  lua_call(L, 1, 0);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, names, i);
    const char *name = lua_tostring(L, -1);
    lua_pushvalue(L, -1);
    lua_rawget(L, table);
    if (!named_add(list, name, tensor_retain(vm_test(L, -1)), &e)) vm_fail(L, &e);
    lua_pop(L, 2);
  }
}

static int file_save(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "tensor.save: a path expected first, got %s", vm_typename(L, 1));
  const char *path = lua_tostring(L, 1);
  Err e;
  int results = vm_save_media(L, path);
  if (results > 0) return results;
  if (!lua_istable(L, 2))
    return vm_error(L, "tensor.save: a table of tensors by name expected, got %s", vm_typename(L, 2));
  if (!ends_with(path, ".safetensors")) return unknown_ending(L, "tensor.save", path);
  NamedList *list = list_new(L);
  read_table(L, 2, list);
  bool ok = safetensors_save(path, list, &e);
  named_free(list);
  if (!ok) return fail_soft(L, &e);
  lua_pushboolean(L, true);
  return 1;
}

void vm_open_file(lua_State *L) {
  static const luaL_Reg functions[] = {{"load", file_load}, {"save", file_save}, {NULL, NULL}};
  vm_add(L, "tensor", functions);
}
