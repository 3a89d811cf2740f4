/* bind_sound.c: viz/window/sound.h for nn/lua/data/sound.lua: lunette.io.sound_*.  ^C ends every wait. */
#include "bind.h"

#include "parallel.h"
#include "sound.h"

static const char LISTENER[] = "lunette.listener";

static int soft(lua_State *L, const VizErr *e) {
  lua_pushnil(L);
  lua_pushstring(L, e->message);
  return 2;
}

static int interrupted(lua_State *L, const char *what) {
  Err e;
  err_interrupted(&e, "%s: interrupted", what);
  return vm_fail(L, &e);
}

/* (microphones) -> list of names; or nil and why */
static int devices(lua_State *L) {
  VizErr e = {""};
  bool microphones = lua_toboolean(L, 1);
  lua_newtable(L);
  for (int i = 0;; i++) {
    const char *name = sound_device(microphones, i, &e);
    if (!name) break;
    lua_pushstring(L, name);
    lua_rawseti(L, -2, i + 1);
  }
  return e.message[0] ? soft(L, &e) : 1;
}

/* (f32[frames, channels] contiguous, rate, device or nil, after what plays) -> true; or nil and why */
static int play(lua_State *L) {
  Tensor *t = vm_check(L, 1, "audio.play");
  vm_want_data(L, t, "audio.play");
  if (t->dtype != F32 || t->nd != 2 || !tensor_is_contiguous(t))
    return vm_error(L, "audio.play: sound of another form: %s", vm_typename(L, 1));
  VizErr e;
  const float *x = (const float *)t->data;
  int rate = (int)luaL_checkinteger(L, 2), channels = (int)t->shape[1];
  const char *device = luaL_optstring(L, 3, NULL);
  bool ok = lua_toboolean(L, 4) ? sound_more(x, t->shape[0], channels, rate, device, &e)
                                : sound_play(x, t->shape[0], channels, rate, device, &e);
  if (!ok) return soft(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

static int left(lua_State *L) {
  lua_pushnumber(L, sound_left());
  return 1;
}

/* -> true when all was heard; false: the speakers are gone */
static int wait_for_end(lua_State *L) {
  bool whole;
  if (!sound_wait(interrupt_pending, &whole)) {
    sound_stop();
    return interrupted(L, "audio.play");
  }
  lua_pushboolean(L, whole);
  return 1;
}

static int stop(lua_State *L) {
  (void)L;
  sound_stop();
  return 0;
}

/* (rate, device or nil) -> listener; or nil and why */
static int open_listener(lua_State *L) {
  Listener **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, LISTENER);
  VizErr e;
  *box = sound_listen(luaL_optstring(L, 2, NULL), (int)luaL_checkinteger(L, 1), &e);
  return *box ? 1 : soft(L, &e);
}

/* (listener, samples) -> f32[samples], samples lost before them; or nil and why; or nothing: it is closed */
static int hear(lua_State *L) {
  Listener **l = luaL_checkudata(L, 1, LISTENER);
  int64_t n = luaL_checkinteger(L, 2), lost;
  if (!*l) return 0;
  Tensor **box = vm_box(L);
  Err why;
  if (!(*box = tensor_new(F32, 1, &n, &why))) return vm_fail(L, &why);
  VizErr e;
  if (!sound_hear(*l, (float *)(*box)->data, n, &lost, interrupt_pending, &e))
    return e.message[0] ? soft(L, &e) : interrupted(L, "audio.listen");
  lua_pushinteger(L, lost);
  return 2;
}

static int close_listener(lua_State *L) {
  Listener **l = luaL_checkudata(L, 1, LISTENER);
  sound_close(*l);
  *l = NULL;
  return 0;
}

void vm_open_sound(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"hear", hear}, {"close", close_listener}, {"__gc", close_listener}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"sound_devices", devices},
                                       {"sound_play", play},
                                       {"sound_wait", wait_for_end},
                                       {"sound_stop", stop},
                                       {"sound_listen", open_listener},
                                       {"sound_left", left},
                                       {NULL, NULL}};
  vm_methods(L, LISTENER, methods);
  lua_pop(L, 1);
  vm_add_io(L, functions);
}
