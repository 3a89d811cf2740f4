/* cli.c: command-line arguments. */
#include "repl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: lunette [options] [script.lua [arguments]]\n"
    "  -e CODE           run CODE; -i FILE: run FILE, then the prompt; -: run standard input\n"
    "  --norc            without ~/.config/lunette/init.lua; --version; --help\n"
    "  lunette list      the projects; run NAME [--option value ...] [--quick] "
    "[--viz=window|files|term|off]\n"
    "  lunette demo      a tour in one window; bench [--list] [NAME ...]: the benchmark\n";

static int handler(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) luaL_tolstring(L, 1, NULL);
  return 1;
}

static int report(lua_State *L, int status) {
  if (status == LUA_OK) return 0;
  fprintf(stderr, "%s\n", lua_tostring(L, -1));
  return 1;
}

static int run_chunk(lua_State *L, int status) {
  lua_pushcfunction(L, handler);
  lua_insert(L, -2);
  return report(L, status ? status : lua_pcall(L, 0, 0, lua_gettop(L) - 1));
}

/* lunette NAME arguments: require("vm.<module>").<function>(arguments...) -> status */
static int command(lua_State *L, const char *module, const char *function, int argc, char **argv) {
  lua_pushcfunction(L, handler);
  int base = lua_gettop(L);
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  int status = lua_pcall(L, 1, 1, base);
  if (status) return report(L, status);
  lua_getfield(L, -1, function);
  for (int i = 0; i < argc; i++) lua_pushstring(L, argv[i]);
  status = lua_pcall(L, argc, 1, base);
  return status ? report(L, status) : (int)lua_tointeger(L, -1);
}

int cli_run(Vm *v, int argc, char **argv) {
  static const char *const commands[][3] = {{"list", "vm.run", "list"},
                                            {"run", "vm.run", "main"},
                                            {"bench", "vm.bench", "main"},
                                            {"demo", "vm.demo", "main"}};
  lua_State *L = v->L;
  int script = 1;
  while (script < argc && strcmp(argv[script], "--norc") == 0) script++;
  const char *first = script < argc ? argv[script] : "-";
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
  if (strcmp(first, "--version") == 0) return printf("lunette %s\n", LUNETTE_VERSION) < 0;
  if (strcmp(first, "--help") == 0) return fputs(usage, stdout) < 0;
  if (strcmp(first, "-e") == 0 && script + 1 < argc)
    return run_chunk(L,
                     luaL_loadbufferx(L, argv[script + 1], strlen(argv[script + 1]), "=(command line)", "t"));
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp(first, commands[i][0]) == 0)
      return command(L, commands[i][1], commands[i][2], argc - script - 1, argv + script + 1);
  return run_chunk(L, luaL_loadfilex(L, strcmp(first, "-") == 0 ? NULL : first, "t"));
}
