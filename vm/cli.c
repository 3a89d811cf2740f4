/* cli.c: command-line arguments. */
#include "repl.h"

#include <stdio.h>
#include <string.h>

static int handler(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) luaL_tolstring(L, 1, NULL);
  return 1;
}

static int report(lua_State *L, int status) {
  if (status == LUA_OK) return 0;
  fprintf(stderr, "%s\n", lua_tostring(L, -1));
  return 1;
}

int cli_run(Vm *v, int argc, char **argv) {
  lua_State *L = v->L;
  lua_pushcfunction(L, handler);
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
  if (argc > 2 && strcmp(argv[1], "-e") == 0) {
    int status = luaL_loadbuffer(L, argv[2], strlen(argv[2]), "=(command line)");
    return report(L, status ? status : lua_pcall(L, 0, 0, 1));
  }
  if (argc > 1) {
    int status = luaL_loadfilex(L, argv[1], "t");
    return report(L, status ? status : lua_pcall(L, 0, 0, 1));
  }
  return 0;
}
