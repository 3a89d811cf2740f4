/* open.c: makes the Lua state and opens everything in it, from the ground up. */
#include "open.h"

#include "bind.h"
#include "conv.h"
#include "embedded.h"
#include "fuse.h"
#include "interrupt.h"
#include "lay.h"
#include "nn.h"
#include "parallel.h"
#include "pool.h"

#include <stdlib.h>

static int open_all(lua_State *L) {
  luaL_openlibs(L);
  vm_open_base(L); /* first: it takes the place of functions of Lua's */
  vm_open_inside(L);
  vm_open_tensor(L); /* first of the rooms: it makes the metatable */
  vm_open_make(L);
  vm_open_index(L);
  vm_open_ops(L);
  vm_open_tape(L);
  vm_open_optim(L);
  vm_open_file(L);
  vm_open_system(L);
  vm_open_fast(L);
  vm_open_media(L);
  vm_open_video(L);
  vm_open_midi(L);
  vm_open_speech(L);
  vm_open_sound(L);
  vm_open_weights(L);
  vm_open_onnx(L);
  vm_open_trace(L);
  vm_open_text(L);
  vm_open_loader(L);
  vm_open_training(L);
  vm_open_viz(L);
  vm_open_dist(L);
  vm_open_bucket(L);
  vm_open_check(L);
  if (vm_load(L, "vm/lua/boot.lua") != LUA_OK) return lua_error(L);
  lua_call(L, 0, 0);
  vm_open_shared(L);
  return 0;
}

/* What the process has once, for all kernels: it begins anew with a new Vm, which must not find what one that was left
 * behind (vm/prompt/repl.c) had set. */
static void engine_reset(void) {
  parallel_set_threads(0);
  fuse_set(FUSE_FROM, false);
  lay_set(LAY_FROM, false);
  conv_set_winograd(true);
  tensor_set_most(INT64_MAX);
}

Vm *vm_new(Err *e) {
  nn_register();
  engine_reset();
  Vm *v = calloc(1, sizeof *v);
  if (!v || !(v->tape = tape_new(e)) || !(v->L = luaL_newstate())) {
    err_set(e, "out of memory at start");
    vm_free(v);
    return NULL;
  }
  v->pool = pool_of(v->L);
  lua_gc(v->L, LUA_GCGEN, 0, 0); /* temporaries die young: twice the speed on tiny tensors */
  *(Vm **)lua_getextraspace(v->L) = v;
  v->running = v->L;
  v->loss_counts = 1;
  v->digits = 4;
  v->recording = (Recording){.own = -1, .base = true};
  tape_set_place(v->tape, vm_place, v);
  lua_pushcfunction(v->L, open_all);
  if (lua_pcall(v->L, 0, 0, 0) != LUA_OK) {
    err_set(e, "%s", lua_tostring(v->L, -1));
    vm_free(v);
    return NULL;
  }
  return v;
}
