/* bind_video.c: moving pictures in files (formats/video.h): frames to Lua for nn/lua/data/video.lua, and
 * panels to files for viz.record. */
#include "bind.h"

#include "clock.h"
#include "notice.h"
#include "parallel.h"
#include "video.h"
#include "viz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading -------------------------------------------------------------------------------------------- */

static const char VIDEO[] = "lunette.video", WRITER[] = "lunette.video_writer",
                  RECORDER[] = "lunette.recorder";

static Video **check_video(lua_State *L) { return luaL_checkudata(L, 1, VIDEO); }

/* (path, {height=, width=, fps=, live=, raw=}), 0: as it is -> video, height, width, fps, seconds; or nil and why */
static int open_video(lua_State *L) {
  const char *path = vm_check_path(L, "data.video");
  VideoOptions o = {.height = (int)vm_field_int(L, 2, "height"),
                    .width = (int)vm_field_int(L, 2, "width"),
                    .fps = vm_field(L, 2, "fps"),
                    .live = vm_field_flag(L, 2, "live"),
                    .raw = vm_field_flag(L, 2, "raw")};
  Video **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, VIDEO);
  Err e;
  int h, w;
  double fps, seconds;
  if (!(*box = video_open(path, &o, &e))) return vm_soft(L, &e);
  video_info(*box, &h, &w, &fps, &seconds);
  lua_pushinteger(L, h);
  lua_pushinteger(L, w);
  lua_pushnumber(L, fps);
  lua_pushnumber(L, seconds);
  return 5;
}

/* (video) -> u8[h,w,3], seconds; or nothing at the end */
static int next_frame(lua_State *L) {
  Video **v = check_video(L);
  Tensor *frame;
  double at;
  Err e;
  if (!*v) return 0;
  if (!video_next(*v, &frame, &at, &e)) {
    video_close(*v);
    *v = NULL;
    return e.interrupted ? vm_fail(L, &e) : vm_error(L, "data.video: %s", e.message);
  }
  if (!frame) return 0;
  vm_push(L, frame);
  lua_pushnumber(L, at);
  return 2;
}

static int close_video(lua_State *L) {
  Video **v = check_video(L);
  video_close(*v);
  *v = NULL;
  return 0;
}

/* --- writing -------------------------------------------------------------------------------------------- */

typedef struct Writer {
  VideoWriter *writer; /* NULL: finished */
  int64_t bytes;
} Writer;

static Writer *check_writer(lua_State *L) { return luaL_checkudata(L, 1, WRITER); }

/* (path, height, width, fps) -> writer; or nil and why */
static int create_video(lua_State *L) {
  const char *path = vm_check_path(L, "data.video.save");
  int h = (int)luaL_checkinteger(L, 2), w = (int)luaL_checkinteger(L, 3);
  Writer *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (Writer){.bytes = (int64_t)h * w * 3};
  luaL_setmetatable(L, WRITER);
  Err e;
  box->writer = video_create(path, h, w, luaL_checknumber(L, 4), &e);
  return box->writer ? 1 : vm_soft(L, &e);
}

/* (writer, u8[h,w,3] contiguous) */
static int put_frame(lua_State *L) {
  Writer *box = check_writer(L);
  Tensor *t = vm_check(L, 2, "data.video.save");
  Err e;
  if (!box->writer || t->dtype != U8 || t->n != box->bytes || !tensor_is_contiguous(t))
    return vm_error(L, "data.video.save: a frame of another form: %s", vm_typename(L, 2));
  return video_put(box->writer, t->data, &e) ? 0 : vm_error(L, "data.video.save: %s", e.message);
}

/* (writer) -> true; or nil and why */
static int finish_video(lua_State *L) {
  Writer *box = check_writer(L);
  VideoWriter *writer = box->writer;
  Err e;
  box->writer = NULL;
  if (writer && !video_finish(writer, &e)) return vm_soft(L, &e);
  lua_pushboolean(L, 1);
  return 1;
}

/* --- recording ------------------------------------------------------------------------------------------ */

enum { LONGEST_PAUSE = 2 };

typedef struct Recorder {
  struct Recorder *next; /* of those that run: Vm.recorders */
  VideoWriter *writer;   /* NULL: stopped */
  char *panel;           /* NULL: all */
  int width, height;
  double fps, started; /* in real time: a frame whenever one is due; */
  long every, gates;   /* or one for every so many gates             */
  long frames;
  unsigned char *rgb;
} Recorder;

static void drop(Recorder *r) {
  free(r->rgb);
  free(r->panel);
  r->rgb = NULL;
  r->panel = NULL;
}

static bool stop(Vm *v, Recorder *r, Err *e) {
  if (!r->writer) return true;
  Recorder **at = &v->recorders;
  while (*at && *at != r) at = &(*at)->next;
  if (*at) *at = r->next;
  bool ok = video_finish(r->writer, e);
  r->writer = NULL;
  drop(r);
  return ok;
}

/* How many frames are due: in real time as many as the clock says, so that slow steps take their time in the
 * file too, but a pause is no longer than two seconds. */
static long due(Recorder *r) {
  r->gates++;
  if (r->every > 0) return r->gates % r->every == 0;
  double clock = clock_seconds(), most = r->fps * LONGEST_PAUSE;
  if (r->frames == 0) {
    r->started = clock;
    return 1;
  }
  double n = floor((clock - r->started) * r->fps) + 1 - (double)r->frames;
  if (n > most) {
    r->started += (n - most) / r->fps;
    n = most;
  }
  return n > 0 ? (long)n : 0;
}

static bool record(Recorder *r, long times, Err *e) {
  VizErr why;
  if (times == 0) return true;
  if (!viz_render(viz_shared(), r->panel, r->width, r->height, r->rgb, &why)) {
    return err_set(e, "%s", why.message);
  }
  for (long i = 0; i < times; i++) {
    if (!video_put(r->writer, r->rgb, e)) return false;
    r->frames++;
  }
  return true;
}

/* A recording that cannot go on is over; the work that it shows is not. */
void vm_record_gate(Vm *v) {
  Err e, end;
  for (Recorder *r = v->recorders, *next; r; r = next) {
    next = r->next;
    if (record(r, due(r), &e)) continue;
    bool told = !stop(v, r, &end);
    char line[sizeof e.message + 32];
    snprintf(line, sizeof line, "viz: the recording has ended: %s", told ? end.message : e.message);
    notice(line);
  }
}

static Recorder *check_recorder(lua_State *L) { return luaL_checkudata(L, 1, RECORDER); }

/* (path, panel or nil, {height=, width=, fps=, every=}) -> recorder; or nil and why.  every 0: in real time.  The registry keeps it until it is
 * stopped. */
static int start_recording(lua_State *L) {
  const char *path = vm_check_path(L, "viz.record"), *panel = luaL_optstring(L, 2, "");
  Recorder *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (Recorder){.height = (int)vm_field_int(L, 3, "height"),
                  .width = (int)vm_field_int(L, 3, "width"),
                  .fps = vm_field(L, 3, "fps"),
                  .every = (long)vm_field_int(L, 3, "every")};
  luaL_setmetatable(L, RECORDER);
  Err e;
  r->rgb = malloc((size_t)r->height * (size_t)r->width * 3);
  if (*panel) r->panel = strdup(panel);
  if (!r->rgb || (*panel && !r->panel)) {
    drop(r);
    return vm_error(L, "viz.record: out of memory");
  }
  if (!(r->writer = video_create(path, r->height, r->width, r->fps, &e))) {
    drop(r);
    return vm_soft(L, &e);
  }
  r->next = vm_of(L)->recorders;
  vm_of(L)->recorders = r;
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, r);
  return 1;
}

static int stop_result(lua_State *L, Recorder *r) {
  Err e;
  bool ok = stop(vm_of(L), r, &e);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, r);
  if (!ok) return vm_soft(L, &e);
  lua_pushinteger(L, r->frames);
  return 1;
}
/* recorder:stop() -> frames written; or nil and why */
static int stop_recording(lua_State *L) { return stop_result(L, check_recorder(L)); }
static int frame_now(lua_State *L) {
  Recorder *r = check_recorder(L);
  Err e;
  if (!r->writer) return vm_error(L, "viz.record: this recording is over");
  if (!record(r, 1, &e)) return vm_error(L, "viz.record: %s", e.message);
  lua_settop(L, 1);
  return 1;
}
static int stop_all(lua_State *L) {
  while (vm_of(L)->recorders) lua_pop(L, stop_result(L, vm_of(L)->recorders));
  return 0;
}

void vm_open_video(lua_State *L) {
  static const luaL_Reg reader[] = {
      {"next", next_frame}, {"close", close_video}, {"__gc", close_video}, {NULL, NULL}};
  static const luaL_Reg writer[] = {
      {"put", put_frame}, {"finish", finish_video}, {"__gc", finish_video}, {NULL, NULL}};
  static const luaL_Reg recorder[] = {{"stop", stop_recording},
                                      {"frame", frame_now},
                                      {"__gc", stop_recording},
                                      {"__close", stop_recording},
                                      {NULL, NULL}};
  static const luaL_Reg functions[] = {{"video", open_video},
                                       {"video_create", create_video},
                                       {"record", start_recording},
                                       {"record_stop", stop_all},
                                       {NULL, NULL}};
  vm_methods(L, VIDEO, reader);
  vm_methods(L, WRITER, writer);
  vm_methods(L, RECORDER, recorder);
  lua_pop(L, 3);
  vm_add_io(L, functions);
}
