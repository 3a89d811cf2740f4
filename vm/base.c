/* base.c: what stands in the place of functions of Lua's, and does what they do and one thing more: it is
 * known which coroutine runs, so that ^C finds it; pcall, xpcall and coroutines hand an interrupt on, so that
 * no script swallows it; a coroutine has recording of gradients on or off for itself; ipairs takes tensors.
 */
#include "interrupt.h"

#include <signal.h>
#include <string.h>

/* --- recording or not --------------------------------------------------------------------------------------
 *
 * A coroutine that switches recording off and yields leaves its caller alone, and finds it off when it goes
 * on: each has its own answer, or that of whoever resumed it. */

void vm_record(Vm *v, signed char own) {
  v->recording.own = own;
  tape_set_recording(v->tape, own >= 0 ? own == 1 : v->recording.base);
}

static const char ANSWERS;

/* The table of what suspended coroutines answered, by coroutine. */
static void push_answers(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ANSWERS) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ANSWERS);
}

static void enter(lua_State *co, Recording *before) {
  Vm *v = vm_of(co);
  *before = v->recording;
  v->recording.base = tape_recording(v->tape);
  v->recording.own = -1;
  if (!v->answers || !lua_checkstack(co, 4)) return;
  push_answers(co);
  lua_pushthread(co);
  if (lua_rawget(co, -2) == LUA_TBOOLEAN) vm_record(v, (signed char)lua_toboolean(co, -1));
  lua_pop(co, 2);
}

static void leave(lua_State *co, const Recording *before) {
  Vm *v = vm_of(co);
  const signed char own = v->recording.own;
  v->recording = *before;
  vm_record(v, before->own);
  if ((own < 0 && !v->answers) || !lua_checkstack(co, 5)) return;
  v->answers = true;
  push_answers(co);
  lua_pushthread(co);
  if (own >= 0) lua_pushboolean(co, own);
  else lua_pushnil(co);
  lua_rawset(co, -3);
  lua_pop(co, 1);
}

/* --- coroutines: as Lua's, but it is known which of them runs ------------------------------------------- */

/* co takes the place of L: returns who ran before. */
static lua_State *change_to(lua_State *co, Recording *before) {
  enter(co, before);
  return interrupts_in(co);
}
static void change_back(lua_State *was, lua_State *co, const Recording *before) {
  interrupts_in(was);
  leave(co, before);
}

/* Resumes co with the n values on L's top; how many results lie there, or -1: a message does. */
static int resume_here(lua_State *L, lua_State *co, int n) {
  Recording before;
  int results;
  if (!lua_checkstack(co, n)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, n);
  lua_State *was = change_to(co, &before);
  int status = lua_resume(co, L, n, &results);
  change_back(was, co, &before);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, results);
  return results;
}

static int resume(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  int n = resume_here(L, lua_tothread(L, 1), lua_gettop(L) - 1);
  if (n < 0 && vm_of(L)->interrupted) return lua_error(L);
  lua_pushboolean(L, n >= 0);
  lua_insert(L, n < 0 ? -2 : -n - 1);
  return n < 0 ? 2 : n + 1;
}

static int wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int n = resume_here(L, co, lua_gettop(L));
  if (n >= 0) return n;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) { /* it ended so: what it was to close is closed */
    Recording before;
    lua_State *was = change_to(co, &before);
    status = lua_resetthread(co);
    change_back(was, co, &before);
    lua_xmove(co, L, 1); /* closing may have failed in turn */
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING && !vm_of(L)->interrupted) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int close_coroutine(lua_State *L) { /* upvalue 1: Lua's own */
  luaL_checktype(L, 1, LUA_TTHREAD);
  Recording before;
  lua_State *co = lua_tothread(L, 1), *was = change_to(co, &before);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  change_back(was, co, &before);
  if (status != LUA_OK || (vm_of(L)->interrupted && !lua_toboolean(L, 1))) return lua_error(L);
  return lua_gettop(L);
}

static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

/* --- pcall and xpcall: as Lua's, but an interrupt goes through ------------------------------------------ */

static int pcall_results(lua_State *L, int status, lua_KContext extra) {
  if (status != LUA_OK && status != LUA_YIELD) {
    if (vm_of(L)->interrupted) return lua_error(L);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)extra;
}

static int safe_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  return pcall_results(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, pcall_results), 0);
}

/* A handler (upvalue 1) has no say in an interrupt: Lua would call it for the error that ends it too, for ever. */
static int handle(lua_State *L) {
  if (vm_of(L)->interrupted) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

static int safe_xpcall(lua_State *L) {
  int n = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, handle, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return pcall_results(L, lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, pcall_results), 2);
}

/* --- what stands before Lua's own: upvalue 1 ------------------------------------------------------------ */

static int through(lua_State *L) { /* as Lua's own does it */
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* ipairs(x) of a tensor gives its rows; Lua's own would go on to the index behind the last, which is an
 * error.
 */
static int next_row(lua_State *L) {
  Tensor *t = vm_check(L, 1, "ipairs");
  lua_Integer i = luaL_checkinteger(L, 2);
  if (t->nd == 0 || i >= t->shape[0]) return 0;
  lua_pushinteger(L, i + 1);
  lua_pushinteger(L, i + 1);
  lua_gettable(L, 1);
  return 2;
}

static int all_pairs(lua_State *L) {
  luaL_checkany(L, 1);
  if (!vm_peek(L, 1)) return through(L);
  lua_pushcfunction(L, next_row);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* --- other programs ----------------------------------------------------------------------------------------
 *
 * io.popen's files are closed as os.execute waits: a ^C at the terminal is the other program's meanwhile, a pager's for
 * instance.  One that dies of it hands it on; one that died before, of a ^C that was answered then, does not: it may be
 * closed much later, by the collector amid a training. */

static lua_CFunction close_pipe; /* Lua's own: one for all */
static volatile sig_atomic_t heard;

static void hear(int number) { heard = number; }

static int close_child(lua_State *L) {
  struct sigaction listen = {.sa_handler = hear, .sa_flags = SA_RESTART}, before;
  heard = 0;
  sigaction(SIGINT, &listen, &before);
  int n = close_pipe(L);
  sigaction(SIGINT, &before, NULL);
  if (heard && n == 3 && strcmp(lua_tostring(L, -2), "signal") == 0 && lua_tointeger(L, -1) == SIGINT)
    raise(SIGINT);
  return n;
}

static int popen_child(lua_State *L) {
  const int n = through(L);
  luaL_Stream *file = luaL_testudata(L, 1, LUA_FILEHANDLE);
  if (file && file->closef) {
    close_pipe = file->closef;
    file->closef = close_child;
  }
  return n;
}

/* --- long work of Lua's tables -------------------------------------------------------------------------------
 *
 * table.concat and table.move of plain tables go element by element, with a look for ^C; of fewer than LONG, by Lua's own.
 */

enum { LONG = 1 << 16 };

static bool is_plain_table(lua_State *L, int i) {
  if (!lua_istable(L, i)) return false;
  if (!lua_getmetatable(L, i)) return true;
  lua_pop(L, 1);
  return false;
}

/* Lua's own would not know the name that it is called by. */
static void want_table(lua_State *L, int i) {
  if (!lua_istable(L, i) && luaL_getmetafield(L, i, "__index") == LUA_TNIL &&
      luaL_getmetafield(L, i, "__newindex") == LUA_TNIL)
    luaL_checktype(L, i, LUA_TTABLE);
}

static int concat(lua_State *L) { /* (list, separator, i, j) */
  const int top = lua_gettop(L);
  want_table(L, 1);
  lua_settop(L, top);
  const bool plain = is_plain_table(L, 1);
  const lua_Integer i = luaL_optinteger(L, 3, 1),
                    j = luaL_optinteger(L, 4, plain ? (lua_Integer)lua_rawlen(L, 1) : 0);
  if (!plain || i < 1 || j > (lua_Integer)lua_rawlen(L, 1) || j - i < LONG) return through(L);
  size_t n;
  const char *separator = luaL_optlstring(L, 2, "", &n);
  luaL_Buffer all;
  luaL_buffinit(L, &all);
  for (lua_Integer k = i; k <= j; k++) {
    vm_heed(L, k, "table.concat");
    const int type = lua_rawgeti(L, 1, k);
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
      return luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)k);
    luaL_addvalue(&all);
    if (k < j) luaL_addlstring(&all, separator, n);
  }
  luaL_pushresult(&all);
  return 1;
}

static int move(lua_State *L) { /* (from, first, last, to, into) */
  const int into = lua_isnoneornil(L, 5) ? 1 : 5;
  const lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3),
                    to = luaL_checkinteger(L, 4);
  const int top = lua_gettop(L);
  want_table(L, 1);
  want_table(L, into);
  lua_settop(L, top);
  if (!is_plain_table(L, 1) || !is_plain_table(L, into) || first < 1 || last >= LUA_MAXINTEGER - LONG ||
      last - first < LONG || to > LUA_MAXINTEGER - (last - first) - LONG)
    return through(L);
  const bool back = into == 1 && to > first && to <= last; /* what is moved lies under where it goes */
  const lua_Integer n = last - first + 1;
  for (lua_Integer done = 0; done < n; done++) {
    const lua_Integer k = back ? n - 1 - done : done;
    vm_heed(L, done, "table.move");
    lua_rawgeti(L, 1, first + k);
    lua_rawseti(L, into, to + k);
  }
  lua_pushvalue(L, into);
  return 1;
}

/* t[name] becomes f, which has what stood there as its upvalue; t is on the top. */
static void stand_before(lua_State *L, const char *name, lua_CFunction f) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

void vm_open_base(lua_State *L) {
  static const luaL_Reg base[] = {{"pcall", safe_pcall}, {"xpcall", safe_xpcall}, {NULL, NULL}};
  static const luaL_Reg coroutines[] = {{"resume", resume}, {"wrap", wrap}, {NULL, NULL}};
  lua_pushglobaltable(L);
  luaL_setfuncs(L, base, 0);
  stand_before(L, "ipairs", all_pairs);
  lua_getfield(L, -1, "coroutine");
  luaL_setfuncs(L, coroutines, 0);
  stand_before(L, "close", close_coroutine);
  lua_pop(L, 1);
  lua_getfield(L, -1, "io");
  stand_before(L, "popen", popen_child);
  lua_pop(L, 1);
  lua_getfield(L, -1, "table");
  stand_before(L, "concat", concat);
  stand_before(L, "move", move);
  lua_pop(L, 2);
}
