/* bind_file.c: tensor.load and tensor.save, by the file's ending.  The world's failures give nil and a
 * message; a wrong kind of value is an error. */
#include "bind.h"

#include "embedded.h"
#include "formats.h"

#include <stdlib.h>
#include <string.h>

static const char LIST[] = "lunette.named_list";

static int list_free(lua_State *L) {
  named_free(luaL_checkudata(L, 1, LIST));
  return 0;
}

/* A list that the collector frees, whatever happens. */
static NamedList *list_new(lua_State *L) {
  NamedList *list = lua_newuserdatauv(L, sizeof *list, 0);
  *list = (NamedList){0};
  vm_methods(L, LIST, (const luaL_Reg[]){{"__gc", list_free}, {NULL, NULL}});
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

static void leave_out(lua_State *L, int left, const char *name, const char *why) {
  lua_pushstring(L, why);
  lua_setfield(L, left, name);
}

/* By name; a second of one name is left out.  The table `left` says what else was. */
static void push_by_name(lua_State *L, const NamedList *list) {
  lua_createtable(L, 0, list->n);
  lua_newtable(L);
  int all = lua_gettop(L) - 1, left = all + 1;
  for (int i = 0; i < list->n_left; i++) leave_out(L, left, list->left[i].name, list->left[i].why);
  for (int i = 0; i < list->n; i++) {
    const NamedTensor *item = &list->item[i];
    if (lua_getfield(L, all, item->name) != LUA_TNIL) {
      leave_out(L, left, item->name, "is there a second time");
    } else {
      if (item->tensor) vm_push(L, tensor_retain(item->tensor));
      else push_strings(L, item);
      lua_setfield(L, all, item->name);
    }
    lua_settop(L, left);
  }
}

/* Of a file with one array without a name that array, and a sound's rate; else a table by name, and where parts could
 * not be read nil and why, by name. */
static int push_list(lua_State *L, NamedList *list) {
  int rate = list->rate, results = rate ? 2 : 1;
  if (list->n == 1 && list->n_left == 0 && list->item[0].name[0] == 0) {
    if (list->item[0].tensor) vm_push(L, tensor_retain(list->item[0].tensor));
    else push_strings(L, &list->item[0]);
    if (rate) lua_pushinteger(L, rate);
  } else {
    push_by_name(L, list);
    lua_pushnil(L);
    lua_pushnil(L);
    bool some = lua_next(L, -3);
    if (some) lua_pop(L, 2);
    lua_insert(L, -2); /* values, nil, left out */
    results = some ? 3 : 1;
    if (!some) lua_pop(L, 2);
  }
  named_free(list);
  return results;
}

/* Calls the Lua function of a dotted name with what is on the stack. */
static int hand_on(lua_State *L, const char *name) {
  const int n = lua_gettop(L);
  size_t k = strcspn(name, ".");
  lua_pushlstring(L, name, k);
  vm_inside(L, lua_tostring(L, -1));
  for (const char *at = name + k; *at; at += k) {
    k = strcspn(++at, ".");
    lua_pushlstring(L, at, k);
    lua_gettable(L, -2);
  }
  lua_insert(L, 1);
  lua_settop(L, n + 1);
  lua_call(L, n, LUA_MULTRET);
  return lua_gettop(L);
}

static int file_load(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "tensor.load: a path expected, got %s", vm_typename(L, 1));
  const char *path = lua_tostring(L, 1);
  Err e;
  const Format *f = format_find(path, false, &e);
  if (f && f->lua_load) return hand_on(L, f->lua_load);
  vm_at_most(L, 1, "tensor.load");
  NamedList *list = list_new(L);
  return format_load(path, list, &e) ? push_list(L, list) : vm_soft(L, &e);
}

/* --- saving ------------------------------------------------------------------------------------------------ */

typedef struct Names { /* of a table's parts on their way into the list */
  NamedList *list;
  const char *between; /* the names of a table and of its parts: '.' in .safetensors, else '/' */
  int depth;
} Names;

/* A string that C may have: without zero bytes. */
static const char *plain(lua_State *L, int at, const char *what, const char *name) {
  size_t n;
  const char *s = lua_tolstring(L, at, &n);
  if (strlen(s) != n) vm_error(L, "tensor.save: a zero byte in %s%s", what, name);
  return s;
}

static bool is_list_of_strings(lua_State *L, int table) {
  lua_Integer n = (lua_Integer)lua_rawlen(L, table), count = 0;
  bool strings = true;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), count++) strings &= lua_type(L, -1) == LUA_TSTRING;
  return strings && count == n;
}

/* A list of strings at the top of the stack, copied. */
static void add_strings(lua_State *L, const char *name, NamedList *list) {
  Err e;
  lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= n; i++, lua_pop(L, 1)) {
    lua_rawgeti(L, -1, i);
    plain(L, -1, "a string of ", name);
  }
  char **text = calloc((size_t)n + 1, sizeof *text);
  bool ok = text != NULL;
  for (lua_Integer i = 1; ok && i <= n; i++) {
    lua_rawgeti(L, -1, i);
    ok = (text[i - 1] = strdup(lua_tostring(L, -1))) != NULL;
    lua_pop(L, 1);
  }
  if (ok) {
    if (!named_add_text(list, name, text, n, &e)) vm_fail(L, &e);
    return;
  }
  for (lua_Integer i = 0; text && i < n; i++) free(text[i]);
  free(text);
  vm_error(L, "tensor.save: out of memory for the strings of '%s'", name);
}

static void read_table(lua_State *L, int table, const char *prefix, Names *to);

/* The value at the top of the stack under its full name below it. */
static void read_value(lua_State *L, Names *to) {
  Err e;
  const char *name = lua_tostring(L, -2);
  const Tensor *t = vm_test(L, -1);
  if (!t && !lua_istable(L, -1))
    vm_error(L, "tensor.save: '%s' is %s, not a tensor", name, vm_typename(L, -1));
  if (t && tensor_is_meta(t)) vm_error(L, "tensor.save: '%s' has a shape only, no elements", name);
  if (t && !named_add(to->list, name, tensor_retain((Tensor *)(uintptr_t)t), &e)) vm_fail(L, &e);
  if (t) return;
  if (is_list_of_strings(L, lua_gettop(L))) add_strings(L, name, to->list);
  else read_table(L, lua_gettop(L), name, to);
}

static void read_table(lua_State *L, int table, const char *prefix, Names *to) {
  enum { DEPTH_MOST = 64 };
  if (++to->depth > DEPTH_MOST) vm_error(L, "tensor.save: '%s' is nested too deep, or holds itself", prefix);
  luaL_checkstack(L, LUA_MINSTACK, "tensor.save");
  for (lua_pushnil(L); lua_next(L, table);) {
    int value = lua_gettop(L);
    if (lua_type(L, value - 1) != LUA_TSTRING && !(*prefix && lua_isinteger(L, value - 1)))
      vm_error(L, "tensor.save: names must be strings, got %s", luaL_typename(L, value - 1));
    lua_pushvalue(L, value - 1);
    const char *key = plain(L, -1, "a name", "");
    if (*prefix) lua_pushfstring(L, "%s%s%s", prefix, to->between, key);
    lua_pushvalue(L, value);
    read_value(L, to);
    lua_settop(L, value - 1);
  }
  to->depth--;
}

static int compare_names(const void *a, const void *b) {
  return strcmp(((const NamedTensor *)a)->name, ((const NamedTensor *)b)->name);
}

/* In order of their full names, each of which stands for one thing. */
static void check_names(lua_State *L, NamedList *list) {
  if (list->n) qsort(list->item, (size_t)list->n, sizeof *list->item, compare_names);
  for (int i = 0; i + 1 < list->n; i++)
    if (strcmp(list->item[i].name, list->item[i + 1].name) == 0)
      vm_error(L, "tensor.save: two tensors would have the name '%s'", list->item[i].name);
}

static int file_save(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "tensor.save: a path expected first, got %s", vm_typename(L, 1));
  const char *path = lua_tostring(L, 1);
  Err e;
  const Format *f = format_find(path, true, &e);
  if (f && f->lua_save) return hand_on(L, f->lua_save);
  vm_at_most(L, 2, "tensor.save");
  Tensor *single = vm_test(L, 2);
  if (!single && !lua_istable(L, 2))
    return vm_error(L, "tensor.save: a tensor or a table of tensors by name expected, got %s",
                    vm_typename(L, 2));
  if (single && tensor_is_meta(single)) return vm_error(L, "tensor.save: a tensor without elements' bytes");
  if (!f) return vm_error(L, "tensor.save: %s", e.message);
  if (!format_takes_names(f) && !single) {
    char several[TEXT];
    format_several_endings(several);
    return vm_error(L, "tensor.save: %s: a %s file holds one tensor, got a table (%s hold several)", path,
                    f->row.name, several);
  }
  NamedList *list = list_new(L);
  if (!single) {
    Names to = {list, strcmp(f->row.name, "safetensors") == 0 ? "." : "/", 0};
    read_table(L, 2, "", &to);
    check_names(L, list);
  } else if (!named_add(list, "", tensor_retain(single), &e)) return vm_fail(L, &e);
  bool ok = format_save(path, list, &e);
  named_free(list);
  if (!ok) return vm_soft(L, &e);
  lua_pushboolean(L, true);
  return 1;
}

/* lunette.io.format(path): by its ending its format's name or nil, whether that keeps several tensors by name, and the
 * endings of all that do. */
static int file_format(lua_State *L) {
  const Format *f = format_named(luaL_checkstring(L, 1));
  char several[TEXT];
  format_several_endings(several);
  lua_pushstring(L, f ? f->row.name : NULL);
  lua_pushboolean(L, f && format_keeps_several(f));
  lua_pushstring(L, several);
  return 3;
}

/* lunette.io.formats(): the table's rows: endings; loads, saves: "tensor", "table", or the Lua function that does it. */
static int file_formats(lua_State *L) {
  lua_newtable(L);
  const Format *f;
  for (int i = 0; (f = format_at(i)); i++) {
    const char *value = f->holds < HOLDS_TENSOR ? "table" : "tensor";
    lua_newtable(L);
    lua_pushstring(L, f->row.endings);
    lua_setfield(L, -2, "endings");
    lua_pushstring(L, f->lua_load ? f->lua_load : value);
    lua_setfield(L, -2, "loads");
    lua_pushstring(L, f->lua_save ? f->lua_save : format_writes(f) ? value : NULL);
    lua_setfield(L, -2, "saves");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

void vm_open_file(lua_State *L) {
  static const luaL_Reg functions[] = {{"load", file_load}, {"save", file_save}, {NULL, NULL}};
  static const luaL_Reg inside[] = {{"format", file_format}, {"formats", file_formats}, {NULL, NULL}};
  vm_add(L, "tensor", functions);
  vm_add_io(L, inside);
}
