/* fail.c: turns a failure into a Lua error that a user can act on:
 *
 *   mm: inner sizes differ: left f32[32,100], right f32[784,128]   (100 must equal 784)
 *    in net > Sequential[1] > Linear(784,128)      input of net was f32[32,100]
 *    at train.lua:17
 *
 * The module path is read off the Lua stack at the moment of failing, so calling a module costs nothing
 * extra: frames of the function registered as "lunette.module_call" have the module as their first local. */
#define _GNU_SOURCE /* vasprintf */
#include "vm.h"

#include "parallel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Pushes "\n in fit: epoch 2, step 17" when the op runs in a training step of fit, or "". */
static void push_step(lua_State *L) {
  lua_Debug ar;
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.fit_epoch");
  const int wanted = lua_gettop(L);
  bool found = false;
  for (int level = 0; !found && lua_isfunction(L, wanted) && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    found = lua_rawequal(L, -1, wanted);
    lua_pop(L, 1);
  }
  lua_pushliteral(L, "");
  if (found && lua_getlocal(L, &ar, 2) && lua_getfield(L, -1, "at") == LUA_TTABLE) { /* self, state */
    lua_getfield(L, -2, "epoch");
    lua_getfield(L, -2, "step");
    lua_pushfstring(L, "\n in fit: epoch %d, step %d", (int)lua_tointeger(L, -2),
                    (int)lua_tointeger(L, -1) + 1);
    lua_replace(L, wanted + 1);
  }
  lua_settop(L, wanted + 1);
  lua_remove(L, wanted);
}

/* Pushes "\n at file:line" of the innermost frame that is the user's own, or "". */
static void push_where(lua_State *L) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (is_ours(&ar) || ar.currentline <= 0) continue;
    if (vm_of(L)->interactive && strcmp(ar.source, "=stdin") == 0) { /* typed at the prompt */
      if (ar.currentline == 1) break;                                /* the user sees the line */
      lua_pushfstring(L, "\n at line %d of what was typed", ar.currentline);
      return;
    }
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
  push_step(L);
  push_where(L);
  lua_concat(L, 4);
  raise(L);
}

void vm_place(void *context, char *text, size_t size) {
  lua_State *L = ((const Vm *)context)->running;
  *text = 0;
  if (!L || !lua_checkstack(L, 20)) return;
  const int top = lua_gettop(L);
  push_path(L);
  push_where(L);
  lua_concat(L, 2);
  const char *said = lua_tostring(L, -1);
  while (*said == '\n') said++;
  snprintf(text, size, "%s", said);
  for (char *c = text; *c; c++)
    if (*c == '\n') *c = ',';
  lua_settop(L, top);
}

/* Lua calls no hooks in a finalizer and keeps its errors to itself: an interrupt must strike again after it.
 */
static bool in_finalizer(lua_State *L) {
  lua_Debug at;
  for (int level = 0; lua_getstack(L, level, &at); level++)
    if (lua_getinfo(L, "n", &at) && at.name && strcmp(at.name, "__gc") == 0) return true;
  return false;
}

void vm_interrupted(lua_State *L) {
  vm_of(L)->interrupted = true;
  lua_sethook(L, NULL, 0, 0); /* it would strike again in a message handler and word it anew */
}

int vm_fail(lua_State *L, const Err *e) {
  if (e->interrupted) {
    if (!in_finalizer(L)) vm_interrupted(L);
    lua_pushstring(L, e->message); /* an interrupt says no place */
    raise(L);
  }
  fail_with(L, e->message);
}

void vm_heed(lua_State *L, int64_t i, const char *what) {
  enum { SELDOM = 0xffff };
  Err e;
  if ((i & SELDOM) || !interrupt_pending()) return;
  err_interrupted(&e, "%s: interrupted", what);
  vm_fail(L, &e);
}

int vm_error(lua_State *L, const char *format, ...) {
  Err e;
  char *all;
  va_list args;
  va_start(args, format);
  const int n = vasprintf(&all, format, args);
  va_end(args);
  err_set(&e, "%s", n < 0 ? "out of memory" : all);
  if (n >= 0) free(all);
  fail_with(L, e.message);
}
