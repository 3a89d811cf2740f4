/* bind_file.c: tensor.load and tensor.save, by the file's ending.  The world's failures give nil and a
 * message; a wrong kind of value is an error. */
#include "bind.h"

#include "embedded.h"
#include "formats.h"

#include <stdlib.h>
#include <string.h>

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

static void push_strings(lua_State *L, const NamedTensor *item) {
  lua_createtable(L, (int)item->texts, 0);
  for (int64_t i = 0; i < item->texts; i++) {
    lua_pushstring(L, item->text[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

/* A table by name; a file with one array without a name gives that array, a sound its rate too. */
static int push_list(lua_State *L, NamedList *list) {
  bool single = list->n == 1 && list->item[0].name[0] == 0;
  if (!single) lua_createtable(L, 0, list->n);
  for (int i = 0; i < list->n; i++) {
    const NamedTensor *item = &list->item[i];
    if (item->tensor) vm_push(L, tensor_retain(item->tensor));
    else push_strings(L, item);
    if (!single) lua_setfield(L, -2, item->name);
  }
  int rate = list->rate;
  named_free(list);
  if (rate) lua_pushinteger(L, rate);
  return rate ? 2 : 1;
}

static int file_load(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "tensor.load: a path expected, got %s", vm_typename(L, 1));
  const char *path = lua_tostring(L, 1);
  Err e;
  NamedList *list = list_new(L);
  return format_load(path, list, &e) ? push_list(L, list) : vm_soft(L, &e);
}

/* A list of strings at the top of the stack, copied. */
static void add_strings(lua_State *L, const char *name, NamedList *list) {
  Err e;
  lua_Integer n = luaL_len(L, -1);
  char **text = calloc((size_t)n + 1, sizeof *text);
  bool ok = text != NULL;
  for (lua_Integer i = 1; ok && i <= n; i++) {
    ok = lua_rawgeti(L, -1, i) == LUA_TSTRING && (text[i - 1] = strdup(lua_tostring(L, -1))) != NULL;
    lua_pop(L, 1);
  }
  if (ok) {
    if (!named_add_text(list, name, text, n, &e)) vm_fail(L, &e);
    return;
  }
  for (lua_Integer i = 0; text && i < n; i++) free(text[i]);
  free(text);
  vm_error(L, "tensor.save: '%s' is neither a tensor nor a list of strings", name);
}

/* Names in order, so that the same table gives the same bytes. */
static void read_table(lua_State *L, int table, NamedList *list) {
  Err e;
  vm_inside(L, "table");
  lua_getfield(L, -1, "sort");
  lua_newtable(L);
  int names = lua_gettop(L);
  lua_Integer n = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      vm_error(L, "tensor.save: names must be strings, got %s", luaL_typename(L, -2));
    if (!vm_test(L, -1) && !lua_istable(L, -1))
      vm_error(L, "tensor.save: '%s' is %s, not a tensor", lua_tostring(L, -2), vm_typename(L, -1));
    if (vm_test(L, -1) && tensor_is_meta(vm_test(L, -1)))
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
    if (!vm_test(L, -1)) add_strings(L, name, list);
    else if (!named_add(list, name, tensor_retain(vm_test(L, -1)), &e)) vm_fail(L, &e);
    lua_pop(L, 2);
  }
}

static int file_save(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "tensor.save: a path expected first, got %s", vm_typename(L, 1));
  Tensor *single = vm_test(L, 2);
  if (!single && !lua_istable(L, 2))
    return vm_error(L, "tensor.save: a tensor or a table of tensors by name expected, got %s",
                    vm_typename(L, 2));
  if (single && tensor_is_meta(single)) return vm_error(L, "tensor.save: a tensor without elements' bytes");
  const char *path = lua_tostring(L, 1);
  Err e;
  const Format *f = format_find(path, true, &e);
  if (!f) return vm_error(L, "tensor.save: %s", e.message);
  if (f->holds != HOLDS_LIST) vm_check(L, 2, "tensor.save");
  NamedList *list = list_new(L);
  if (!single) read_table(L, 2, list);
  else if (!named_add(list, "", tensor_retain(single), &e)) return vm_fail(L, &e);
  bool ok = format_save(path, list, &e);
  named_free(list);
  if (!ok) return vm_soft(L, &e);
  lua_pushboolean(L, true);
  return 1;
}

void vm_open_file(lua_State *L) {
  static const luaL_Reg functions[] = {{"load", file_load}, {"save", file_save}, {NULL, NULL}};
  vm_add(L, "tensor", functions);
}
