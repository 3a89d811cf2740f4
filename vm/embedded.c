/* embedded.c: the Lua modules inside the binary: found by their path in the source tree, loaded, required. */
#include "embedded.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const Embedded *vm_embedded(const char *name) {
  for (const Embedded *m = embedded; m->name; m++)
    if (strcmp(m->name, name) == 0) return m;
  return NULL;
}

/* Text only: binary chunks could crash the machine, and data is not code. */
int vm_load(lua_State *L, const char *path) {
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
  bool ours = strncmp(path, "scripts/", 8) != 0 || strncmp(path, "scripts/lib/", 12) == 0;
  const char *name = lua_pushfstring(L, ours ? "@lunette:%s" : "@%s", path);
  int status = luaL_loadbufferx(L, (const char *)m->data, m->size, name, "t");
  lua_remove(L, -2);
  return status;
}

/* require "nn.module" looks for nn/lua/module.lua, vm/lua/..., scripts/lib/... ; `lib.draw` is
 * scripts/lib/draw. */
static int searcher(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  static const char *const places[] = {"nn/lua/%s.lua", "vm/lua/%s.lua", "scripts/%s.lua"};
  const char *tail = luaL_gsub(L, name, ".", "/");
  char path[256];
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *rest = tail;
    if (i == 0 && strncmp(rest, "nn/", 3) == 0) rest += 3;
    if (i == 1 && strncmp(rest, "vm/", 3) == 0) rest += 3;
    const char *percent = strstr(places[i], "%s");
    snprintf(path, sizeof path, "%.*s%s.lua", (int)(percent - places[i]), places[i], rest);
    int status = vm_load(L, path);
    if (status == LUA_OK) {
      lua_pushstring(L, path);
      return 2;
    }
    if (status != LUA_ERRFILE) return lua_error(L);
    lua_pop(L, 1);
  }
  lua_pushfstring(L, "no module '%s' in the program", name);
  return 1;
}

void embedded_search(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 2; i--) { /* second place: after preload */
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, searcher);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
}
