/* bind_media.c: pictures and sound in files (tensor/files/image.h, tensor/files/audio.h).
 *
 * They go into lunette.io, where nn/lua/data/image.lua and audio.lua find them and give them their face.
 * The world's failures give nil and a message. */
#include "bind.h"

#include "audio.h"
#include "embedded.h"
#include "formats.h"
#include "image.h"

#include <string.h>

const char *vm_check_path(lua_State *L, const char *what) {
  if (lua_type(L, 1) != LUA_TSTRING)
    vm_error(L, "%s: a path expected first, got %s", what, vm_typename(L, 1));
  size_t n;
  const char *path = lua_tolstring(L, 1, &n);
  if (strlen(path) != n) vm_error(L, "%s: the path '%s' goes on after a zero byte", what, path);
  return path;
}

int vm_soft(lua_State *L, const Err *e) {
  if (e->interrupted) return vm_fail(L, e);
  lua_pushnil(L);
  lua_pushstring(L, e->message);
  return 2;
}

void vm_add_io(lua_State *L, const luaL_Reg *functions) {
  vm_inside(L, "lunette");
  if (lua_getfield(L, -1, "io") != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "io");
  }
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 2);
}

/* (path, channels): u8[h,w,c] */
static int load_image(lua_State *L) {
  const char *path = vm_check_path(L, "data.image.load");
  int channels = (int)luaL_optinteger(L, 2, 0);
  Tensor **box = vm_box(L);
  Err e;
  *box = image_load(path, channels, &e);
  return *box ? 1 : vm_soft(L, &e);
}

/* (path): i32[h,w,c] */
static int load_image16(lua_State *L) {
  const char *path = vm_check_path(L, "data.image.load");
  Tensor **box = vm_box(L);
  Err e;
  *box = image_load16(path, &e);
  return *box ? 1 : vm_soft(L, &e);
}

/* (path, t, quality) */
static int save_image(lua_State *L) {
  const char *path = vm_check_path(L, "data.image.save");
  Tensor *t = vm_check(L, 2, "data.image.save");
  int quality = (int)luaL_optinteger(L, 3, 90);
  vm_want_data(L, t, "data.image.save");
  Err e;
  const Format *f = format_find(path, true, &e);
  if (!f || f->holds != HOLDS_PICTURE)
    return vm_error(L, "data.image.save: '%s' ends in none of .png .jpg .jpeg", path);
  const bool jpeg = strcmp(f->row.name, "JPEG") == 0;
  if (!(jpeg ? jpeg_save(path, t, quality, &e) : png_save(path, t, &e))) return vm_soft(L, &e);
  lua_pushboolean(L, true);
  return 1;
}

/* (path): f32[frames, channels], rate */
static int load_audio(lua_State *L) {
  const char *path = vm_check_path(L, "audio.load");
  Tensor **box = vm_box(L);
  int rate = 0;
  Err e;
  *box = audio_load(path, &rate, &e);
  if (!*box) return vm_soft(L, &e);
  lua_pushinteger(L, rate);
  return 2;
}

/* (path, t, rate, bits) */
static int save_audio(lua_State *L) {
  const char *path = vm_check_path(L, "audio.save");
  Tensor *t = vm_check(L, 2, "audio.save");
  vm_want_data(L, t, "audio.save");
  Err e;
  if (!audio_save(path, t, (int)luaL_checkinteger(L, 3), (int)luaL_checkinteger(L, 4), &e))
    return vm_soft(L, &e);
  lua_pushboolean(L, true);
  return 1;
}

void vm_open_media(lua_State *L) {
  static const luaL_Reg functions[] = {{"image_load", load_image}, {"image_load16", load_image16},
                                       {"image_save", save_image}, {"audio_load", load_audio},
                                       {"audio_save", save_audio}, {NULL, NULL}};
  vm_add_io(L, functions);
}
