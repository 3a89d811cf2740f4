/* ask.c: what the prompt's C asks of its Lua: the module of vm/lua/repl.lua is in the registry while a session lasts. */
#include "repl.h"

#include <string.h>

char *ask_repl(Vm *v, const char *name, const char *text) {
  lua_State *L = v->L;
  int top = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.repl");
  lua_getfield(L, -1, name);
  if (text) lua_pushstring(L, text);
  bool ok = lua_pcall(L, text ? 1 : 0, 1, 0) == LUA_OK && lua_isstring(L, -1);
  char *answer = ok ? strdup(lua_tostring(L, -1)) : NULL;
  lua_settop(L, top);
  return answer;
}
