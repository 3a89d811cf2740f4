/* bind_window.c: the window itself for Lua: its mode and looks, pictures of it, waiting for it. */
#include "bind_window.h"

#include "bind.h"
#include "notice.h"
#include "parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Viz *vm_viz(lua_State *L) {
  Viz *v = viz_shared();
  if (!v) vm_error(L, "viz: out of memory");
  return v;
}

double vm_viz_number(lua_State *L, int i, const char *what) {
  if (lua_type(L, i) == LUA_TNUMBER) return lua_tonumber(L, i);
  Tensor *t = vm_check(L, i, what);
  if (t->n != 1 || tensor_is_meta(t)) vm_error(L, "%s: one number expected, got %s", what, vm_typename(L, i));
  return tensor_get(t, 0);
}

static void print_notice(const char *line) {
  char whole[640];
  snprintf(whole, sizeof whole, "viz: %s", line);
  notice(whole);
}

/* viz.mode([name]) -> the mode that holds now. */
static int mode(lua_State *L) {
  static const char *const names[] = {"window", "files", "term", "off"};
  VizErr e;
  Viz *v = vm_viz(L);
  const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";
  if (strcmp(name, "window") == 0 && viz_mode(v) != VIZ_WINDOW && !viz_has_display()) {
    print_notice(
        "there is no display for a window: viz.mode \"term\" draws here, viz.show() writes pictures");
    lua_settop(L, 0);
  }
  if (!lua_isnoneornil(L, 1) && !viz_set_mode(v, luaL_checkstring(L, 1), &e))
    return vm_error(L, "%s", e.message);
  lua_pushstring(L, names[viz_mode(v)]);
  return 1;
}

/* viz.save(path): true, or nil and why. */
static int save(lua_State *L) {
  VizErr e;
  const char *path = luaL_checkstring(L, 1);
  if (viz_save(vm_viz(L), path, &e)) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, e.message);
  return 2;
}

static int push_text(lua_State *L, char *s) {
  if (!s) return vm_error(L, "viz: out of memory");
  lua_pushstring(L, s); /* may raise for want of memory: then s is lost, as is the program */
  free(s);
  return 1;
}
static int describe(lua_State *L) { return push_text(L, viz_describe(vm_viz(L))); }
static int terminal(lua_State *L) {
  return push_text(L, viz_terminal(vm_viz(L), (int)luaL_optinteger(L, 1, 78)));
}

/* viz.picture([w, h]) -> the panels as u8 h x w x 3 */
static int picture(lua_State *L) {
  Err e;
  VizErr why;
  int64_t shape[3] = {luaL_optinteger(L, 2, 800), luaL_optinteger(L, 1, 1280), 3};
  if (shape[0] < 16 || shape[1] < 16 || shape[0] > 8000 || shape[1] > 8000)
    return vm_error(L, "viz.picture: %lld x %lld is no size", (long long)shape[1], (long long)shape[0]);
  Tensor **box = vm_box(L);
  if (!(*box = tensor_new(U8, 3, shape, &e))) return vm_fail(L, &e);
  return viz_render(vm_viz(L), NULL, (int)shape[1], (int)shape[0], (*box)->data, &why)
             ? 1
             : vm_error(L, "%s", why.message);
}

/* _frame(panel or nil, w, h) -> processor seconds of one frame */
static int frame(lua_State *L) {
  VizErr e;
  double seconds = 0;
  if (!viz_frame_seconds(vm_viz(L), luaL_optstring(L, 1, NULL), (int)luaL_checkinteger(L, 2),
                         (int)luaL_checkinteger(L, 3), &seconds, &e))
    return vm_error(L, "%s", e.message);
  lua_pushnumber(L, seconds);
  return 1;
}
static int host_seconds(lua_State *L) { return lua_pushnumber(L, viz_host_seconds(vm_viz(L))), 1; }

/* _curves(most) -> lines "panel TAB series TAB step value ..." */
static int curves(lua_State *L) { return push_text(L, viz_curves(vm_viz(L), (int)luaL_checkinteger(L, 1))); }
/* viz.at([step]): what the panels showed then; now */
static int at(lua_State *L) {
  viz_at(vm_viz(L), lua_isnoneornil(L, 1) ? NAN : vm_viz_number(L, 1, "viz.at"));
  return 0;
}

static int show(lua_State *L) { return viz_show(vm_viz(L)), 0; }
static int close_window(lua_State *L) { return viz_close(vm_viz(L)), 0; }
static int finish_viz(lua_State *L) { return viz_finish(vm_viz(L)), 0; }
static int step(lua_State *L) { return viz_step(vm_viz(L)), 0; }
static int wait_closed(lua_State *L) {
  lua_pushboolean(L, viz_wait(vm_viz(L), interrupt_pending));
  return 1;
}
static int is_open(lua_State *L) {
  lua_pushboolean(L, viz_is_open(vm_viz(L)));
  return 1;
}
/* viz.pause() pauses, viz.pause(false) goes on; -> was it paused? */
static int set_pause(lua_State *L) {
  Viz *v = vm_viz(L);
  bool was = viz_paused(v);
  viz_pause(v, lua_isnone(L, 1) || lua_toboolean(L, 1));
  lua_pushboolean(L, was);
  return 1;
}
static int caption(lua_State *L) { return viz_set_caption(vm_viz(L), luaL_checkstring(L, 1)), 0; }
static int preparing(lua_State *L) { return viz_set_preparing(vm_viz(L), luaL_checkstring(L, 1)), 0; }
/* What is called has its window, while data are still prepared; that there is no display is said with the first of them. */
static int title(lua_State *L) {
  viz_set_title(vm_viz(L), luaL_checkstring(L, 1), viz_has_display());
  return 0;
}
static int folder(lua_State *L) { return viz_set_folder(vm_viz(L), luaL_checkstring(L, 1)), 0; }
static int dark(lua_State *L) { return viz_set_dark(vm_viz(L), lua_isnone(L, 1) || lua_toboolean(L, 1)), 0; }
static int set_size(lua_State *L) {
  viz_set_size(vm_viz(L), (int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2));
  return 0;
}
static int clear(lua_State *L) { return viz_remove(vm_viz(L), luaL_optstring(L, 1, NULL)), 0; }

void vm_open_window(lua_State *L) {
  static const luaL_Reg functions[] = {{"mode", mode},
                                       {"save", save},
                                       {"at", at},
                                       {"describe", describe},
                                       {"terminal", terminal},
                                       {"picture", picture},
                                       {"show", show},
                                       {"close", close_window},
                                       {"finish", finish_viz},
                                       {"step", step},
                                       {"wait", wait_closed},
                                       {"is_open", is_open},
                                       {"pause", set_pause},
                                       {"title", title},
                                       {"caption", caption},
                                       {"preparing", preparing},
                                       {"folder", folder},
                                       {"dark", dark},
                                       {"size", set_size},
                                       {"clear", clear},
                                       {"_frame", frame},
                                       {"_curves", curves},
                                       {"_host_seconds", host_seconds},
                                       {NULL, NULL}};
  vm_add(L, "viz", functions);
  viz_on_notice(viz_shared(), print_notice);
}
