/* fail.c: turns a failure into a Lua error that a user can act on:
 *
 *   mm: inner sizes differ: left f32[32,100], right f32[784,128]   (100 must equal 784)
 *    in net > Sequential[1] > Linear(784,128)      input of net was f32[32,100]
 *    at train.lua:17
 *
 * The module path is read off the Lua stack at the moment of failing, so calling a module costs nothing
 * extra: frames of the function registered as "lunette.module_call" have the module as their first local. */
#include "vm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_ours(const lua_Debug *ar) {
  return strncmp(ar->source, "@lunette:", 9) == 0 || *ar->what == 'C';
}

/* Collects the running modules, outermost first, in a table; its length. */
static int running_modules(lua_State *L) {
  lua_newtable(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.module_call");
  int list = lua_gettop(L) - 1, n = 0;
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    bool call = lua_rawequal(L, -1, list + 1);
    lua_pop(L, 1);
    for (int local = 1; call && local <= 2; local++) /* the module, its input */
      if (lua_getlocal(L, &ar, local)) lua_rawseti(L, list, ++n);
  }
  lua_pop(L, 1);
  return n;
}

/* Pushes " in net > Linear(784,128)   input ..." or "". */
static void push_path(lua_State *L) {
  int n = running_modules(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.module_path");
  lua_insert(L, -2);
  if (n == 0 || lua_isnil(L, -2) || lua_pcall(L, 1, 1, 0) != LUA_OK || !lua_isstring(L, -1)) {
    lua_settop(L, lua_gettop(L) - (n == 0 || lua_isnil(L, -2) ? 2 : 1));
    lua_pushliteral(L, "");
  }
}

/* Pushes "\n at file:line" of the innermost frame that is the user's own, or "". */
static void push_where(lua_State *L) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (is_ours(&ar) || ar.currentline <= 0) continue;
    if (strcmp(ar.source, "=stdin") == 0) break; /* typed at the prompt: the user sees the line */
    lua_pushfstring(L, "\n at %s:%d", ar.short_src, ar.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

__attribute__((noreturn)) static void raise(lua_State *L) { /* lua.h does not say that it never returns */
  lua_error(L);
  __builtin_unreachable();
}

__attribute__((noreturn)) static void fail_with(lua_State *L, const char *message) {
  luaL_checkstack(L, 20, "error");
  lua_pushstring(L, message);
  push_path(L);
  push_where(L);
  lua_concat(L, 3);
  raise(L);
}

int vm_fail(lua_State *L, const Err *e) {
  if (e->interrupted) {
    vm_of(L)->interrupted = true;
    lua_sethook(L, NULL, 0, 0);    /* it would strike again in a message handler and word it anew */
    lua_pushstring(L, e->message); /* an interrupt says no place */
    raise(L);
  }
  fail_with(L, e->message);
}

int vm_error(lua_State *L, const char *format, ...) {
  char message[1000];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  fail_with(L, message);
}

static int least(int a, int b) { return a < b ? a : b; }

/* Edit distance of short names, transposed neighbours counted as one step. */
int vm_distance(const char *a, const char *b) {
  enum { MOST = 40 };
  size_t na = strlen(a), nb = strlen(b);
  if (na > MOST || nb > MOST) return 8;
  int d[MOST + 1][MOST + 1];
  for (size_t i = 0; i <= na; i++) d[i][0] = (int)i;
  for (size_t j = 0; j <= nb; j++) d[0][j] = (int)j;
  for (size_t i = 1; i <= na; i++)
    for (size_t j = 1; j <= nb; j++) {
      d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
    }
  return least(d[na][nb], 8);
}

const char *vm_nearest(const char *word, const char *const *names) {
  const char *best = NULL;
  int limit = strlen(word) <= 3 ? 1 : strlen(word) <= 6 ? 2 : 3, best_at = limit + 1;
  for (; *names; names++) {
    int at = vm_distance(word, *names);
    if (at < best_at) {
      best_at = at;
      best = *names;
    }
  }
  return best;
}
