/* cli.c: command-line arguments. */
#include "repl.h"

#include "embedded.h"
#include "interrupt.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: lunette [options] [script.lua [arguments]]\n"
    "  -e CODE           run CODE; -i FILE: run FILE, then the prompt; -: run standard input\n"
    "  --norc            without ~/.config/lunette/init.lua\n"
    "  --version         the version; --help this\n"
    "  lunette list      the projects\n"
    "  lunette run NAME [--option value ...] [--quick] [--data PATH] [--out DIR] "
    "[--viz=window|files|term|off] [--strict]\n"
    "  lunette demo      projects one after another in one window; also: demo panels, demo video PATH\n"
    "  lunette runs [NAME]                 earlier runs, kept in runs/; of NAME compared, with their curves\n"
    "  lunette bench [--list] [NAME ...]   the benchmark\n"
    "  lunette help NAME | --all           what a function, command or option does; everything;\n"
    "                                      --man, --completion: the manual page, completion for bash\n"
    "  lunette stubs DIR                   annotation files for editors\n";

static int give_usage(lua_State *L) { /* lunette.usage(): what --help prints */
  lua_pushstring(L, usage);
  return 1;
}

static int handler(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) luaL_tolstring(L, 1, NULL);
  vm_inside(L, "lunette"); /* lunette.explain(message): with what was meant */
  lua_getfield(L, -1, "explain");
  lua_pushvalue(L, -3);
  if (lua_isfunction(L, -2)) lua_call(L, 1, 1);
  return 1;
}

static int report(lua_State *L, int status) {
  if (status == LUA_OK) return 0;
  if (world_may_say(vm_of(L)->interrupted)) fprintf(stderr, "%s%s\n", world_name(), lua_tostring(L, -1));
  return 1;
}

/* A chunk (or the message of its syntax error) on the top; it gets the script's arguments as `...`. */
static int run_chunk(lua_State *L, int status) {
  lua_pushcfunction(L, handler);
  lua_insert(L, -2);
  if (status) return report(L, status);
  int base = lua_gettop(L) - 1, n = 0;
  if (lua_getglobal(L, "arg") == LUA_TTABLE) {
    int list = lua_gettop(L);
    n = (int)lua_rawlen(L, list);
    luaL_checkstack(L, n + 4, "arguments");
    for (int i = 1; i <= n; i++) lua_rawgeti(L, list, i);
    lua_remove(L, list);
  } else {
    lua_pop(L, 1);
  }
  return report(L, lua_pcall(L, n, 0, base));
}

/* lunette NAME arguments: require("vm.<module>").<function>(arguments...) -> status */
static int command(lua_State *L, const char *module, const char *function, int argc, char **argv) {
  lua_pushcfunction(L, handler);
  int base = lua_gettop(L);
  vm_inside(L, "require");
  lua_pushstring(L, module);
  int status = lua_pcall(L, 1, 1, base);
  if (status) return report(L, status);
  lua_getfield(L, -1, function);
  for (int i = 0; i < argc; i++) lua_pushstring(L, argv[i]);
  status = lua_pcall(L, argc, 1, base);
  return status ? report(L, status) : (int)lua_tointeger(L, -1);
}

/* ~/.config/lunette/init.lua; what goes wrong in it is said, and start-up goes on. */
static void run_rc(lua_State *L) {
  const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  char path[4096];
  if (config && *config) snprintf(path, sizeof path, "%s/lunette/init.lua", config);
  else snprintf(path, sizeof path, "%s/.config/lunette/init.lua", home ? home : "");
  if (access(path, R_OK) == 0) run_chunk(L, luaL_loadfilex(L, path, "t"));
}

static void set_arguments(lua_State *L, int argc, char **argv, int script) {
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

/* An interrupt ends a script with the status that shells give it. */
static int script_status(Vm *v, int status) { return v->interrupted ? 130 : status; }

/* Standard input for a NULL path; with a path, options of the script's own: vm/lua/run.lua. */
static int run_file(Vm *v, const char *path, int argc, char **argv) {
  lua_State *L = v->L;
  interrupts_on(v, true);
  if (!path) return script_status(v, run_chunk(L, luaL_loadfilex(L, NULL, "t")));
  return script_status(v, command(L, "vm.run", "file", argc, argv));
}

static int run_code(Vm *v, const char *code) {
  interrupts_on(v, true);
  return script_status(v,
                       run_chunk(v->L, luaL_loadbufferx(v->L, code, strlen(code), "=(command line)", "t")));
}

/* All processes of a run have the same words: the first says what is wrong with them. */
static int misused(const char *what, const char *more) {
  if (world_is_first()) fprintf(stderr, "lunette: %s %s\n%s", what, more, usage);
  return 1;
}

int cli_run(Vm *v, int argc, char **argv) {
  static const char *const commands[][3] = {{"list", "vm.run", "list"},    {"run", "vm.run", "main"},
                                            {"bench", "vm.bench", "main"}, {"demo", "vm.demo", "main"},
                                            {"runs", "vm.runs", "main"},   {"help", "vm.help", "main"},
                                            {"stubs", "vm.stubs", "main"}};
  static const luaL_Reg functions[] = {{"usage", give_usage}, {NULL, NULL}};
  lua_State *L = v->L;
  int at = 1;
  bool rc = true;
  vm_add(L, "lunette", functions);
  for (; at < argc && strcmp(argv[at], "--norc") == 0; at++) rc = false;
  const char *first = at < argc ? argv[at] : NULL;
  if (first && strcmp(first, "--version") == 0) return printf("lunette %s\n", LUNETTE_VERSION) < 0;
  if (first && strcmp(first, "--help") == 0) return fputs(usage, stdout) < 0;
  for (size_t i = 0; first && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(first, commands[i][0]) == 0) {
      interrupts_on(v, true);
      return script_status(v, command(L, commands[i][1], commands[i][2], argc - at - 1, argv + at + 1));
    }
  bool code = first && strcmp(first, "-e") == 0, stay = first && strcmp(first, "-i") == 0;
  if ((code || stay) && at + 1 >= argc) return misused(first, code ? "needs code" : "needs a file");
  if (first && *first == '-' && first[1] && !code && !stay) return misused("unknown option", first);
  set_arguments(L, argc, argv, code || stay ? at + 1 : first ? at : 0);
  if (code) return run_code(v, argv[at + 1]);
  if (first && !stay) return run_file(v, strcmp(first, "-") == 0 ? NULL : first, argc - at, argv + at);
  if (!first && !isatty(STDIN_FILENO)) return run_file(v, NULL, 0, NULL);
  if (rc) run_rc(L);
  if (stay) run_file(v, argv[at + 1], argc - at - 1, argv + at + 1);
  return repl_run(v);
}
