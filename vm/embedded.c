/* embedded.c: the Lua files in the program, and the environments that they run in.
 *
 * A user names variables `type`, `table`, `data` or `nn` and means no harm.  Our own chunks therefore do not
 * run in the user's globals but in an environment of their own, `inside`: Lua's functions, copies of its
 * libraries, the modules, and all of `lunette`, of which scripts see the public part only.  No script reaches
 * it, but by debug.getregistry()["lunette.inside"], as the tests do.  _G in there are the user's globals.
 *
 * The projects of scripts/ and scripts/lib/ run in a third one, `shared`: what a script starts with, before
 * anybody names anything. */
#include "embedded.h"

#include "vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char INSIDE[] = "lunette.inside", SHARED[] = "lunette.shared";

const Embedded *vm_embedded(const char *name) {
  for (const Embedded *m = embedded; m->name; m++)
    if (strcmp(m->name, name) == 0) return m;
  return NULL;
}

int vm_inside(lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, INSIDE);
  int type = lua_getfield(L, -1, name);
  lua_remove(L, -2);
  return type;
}

void vm_add(lua_State *L, const char *module, const luaL_Reg *functions) {
  if (vm_inside(L, module) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, INSIDE);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, module);
    lua_remove(L, -2);
  }
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}

void vm_methods(lua_State *L, const char *name, const luaL_Reg *methods) {
  if (!luaL_newmetatable(L, name)) return;
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
}

/* --- loading -------------------------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* The chunk on the top gets the environment that its place in the tree asks for: a project one of its own, in
 * front of the shared one. */
static void give_environment(lua_State *L, const char *path) {
  const bool script = begins(path, "scripts/");
  lua_getfield(L, LUA_REGISTRYINDEX, script ? SHARED : INSIDE);
  if (script && !begins(path, "scripts/lib/")) {
    lua_newtable(L);
    lua_insert(L, -2);
    lua_createtable(L, 0, 1);
    lua_insert(L, -2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
  }
  lua_setupvalue(L, -2, 1);
}

/* Text only: binary chunks could crash the machine, and data is not code. */
static int load_text(lua_State *L, const char *path) {
  const char *over = getenv("LUNETTE_PATH");
  if (over && *over) {
    const char *file = lua_pushfstring(L, "%s/%s", over, path);
    FILE *f = fopen(file, "rb");
    if (f) {
      fclose(f);
      int status = luaL_loadfilex(L, file, "t");
      lua_remove(L, -2);
      return status;
    }
    lua_pop(L, 1);
  }
  const Embedded *m = vm_embedded(path);
  if (!m) {
    lua_pushfstring(L, "no file '%s' in the program", path);
    return LUA_ERRFILE;
  }
  bool ours = !begins(path, "scripts/") || begins(path, "scripts/lib/");
  const char *name = lua_pushfstring(L, ours ? "@lunette:%s" : "@%s", path);
  int status = luaL_loadbufferx(L, (const char *)m->data, m->size, name, "t");
  lua_remove(L, -2);
  return status;
}

int vm_load(lua_State *L, const char *path) {
  int status = load_text(L, path);
  if (status == LUA_OK) give_environment(L, path);
  return status;
}

/* "nn.data.audio" -> "nn/lua/data/audio.lua", "vm.help" -> "vm/lua/help.lua", "lib.points" ->
 * "scripts/lib/points.lua"; NULL: no such name.  Pushes the path. */
static const char *path_of(lua_State *L, const char *name) {
  static const char *const rooms[][2] = {{"nn.", "nn/lua/"}, {"vm.", "vm/lua/"}, {"lib.", "scripts/lib/"}};
  for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
    if (begins(name, rooms[i][0])) {
      const char *rest = luaL_gsub(L, name + strlen(rooms[i][0]), ".", "/");
      return lua_pushfstring(L, "%s%s.lua", rooms[i][1], rest);
    }
  return NULL;
}

/* The require of our own chunks: upvalue 1 has what is loaded. */
static int inside_require(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const char *path = path_of(L, name);
  if (!path) return luaL_error(L, "no module '%s' in the program", name);
  if (vm_load(L, path) != LUA_OK) return lua_error(L);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  if (lua_isnil(L, -1)) {
    lua_pushboolean(L, 1);
    lua_replace(L, -2);
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, lua_upvalueindex(1));
  return 1;
}

/* A script's require "lib.points": a file beside it comes first, then the program's. */
static int searcher(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *path = begins(name, "lib.") ? path_of(L, name) : NULL;
  int status = path ? vm_load(L, path) : LUA_ERRFILE;
  if (status == LUA_OK) {
    lua_pushstring(L, path);
    return 2;
  }
  if (status != LUA_ERRFILE) return lua_error(L);
  lua_pushfstring(L, "no module '%s' in the program", name);
  return 1;
}

static void add_searcher(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, searcher);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 2);
}

/* --- the environments ----------------------------------------------------------------------------------- */

/* Pushes a copy of the globals: functions as they are, libraries and modules copied in turn. */
static void push_copy(lua_State *L) {
  lua_newtable(L);
  lua_pushglobaltable(L);
  lua_pushnil(L);
  while (lua_next(L, -2)) { /* copy, globals, key, value */
    if (lua_istable(L, -1)) {
      lua_newtable(L);
      lua_pushnil(L);
      while (lua_next(L, -3)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
      }
      if (lua_getmetatable(L, -2)) lua_setmetatable(L, -2);
      lua_replace(L, -2);
    }
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "_G");
  lua_pop(L, 1);
}

void vm_open_inside(lua_State *L) {
  add_searcher(L);
  push_copy(L);
  lua_newtable(L);
  lua_pushcclosure(L, inside_require, 1);
  lua_setfield(L, -2, "require");
  lua_setfield(L, LUA_REGISTRYINDEX, INSIDE);
}

void vm_open_shared(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, INSIDE);
  push_copy(L);
  lua_getglobal(L, "package"); /* what require goes by is one for all */
  lua_setfield(L, -2, "package");
  lua_pushglobaltable(L); /* names that are not defined warn there too: vm/lua/strict.lua */
  lua_getmetatable(L, -1);
  lua_setmetatable(L, -3);
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "shared");
  lua_setfield(L, LUA_REGISTRYINDEX, SHARED);
  lua_pop(L, 1);
}
