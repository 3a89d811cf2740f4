/* bind_bucket.c: gradients of many processes for Lua: buckets over a list of parameters, and what a loss counts.
 *
 * lunette.buckets(params, name) -> b.  b:watched(f) reduces gradients while the backward in f runs, b:reduce() those at
 * hand.  nn/lua/many.lua gives them to the optimisers. */
#include "bind.h"

#include "bucket.h"
#include "collective.h"
#include "together.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

static const char BUCKETS[] = "lunette.buckets";
static const size_t BYTES = (size_t)4
                            << 20; /* of a bucket: large enough for the link, small enough to start early */

static bool start_sum(void *context, Tensor *flat, void **request, Err *e) {
  (void)context;
  return dist_start_sum(flat, request, e);
}
static bool look(void *context, void **request, bool *done, Err *e) {
  (void)context;
  return world_look(request, done, "sum of gradients", e);
}
static bool wait_sum(void *context, void **request, Err *e) {
  (void)context;
  return world_wait(request, "sum of gradients", e);
}

/* What ops do with the other processes. */
static Together together = {.counts = true, .gather = dist_gather_numbers};

typedef struct Box {
  Buckets *b;
  char name[80]; /* of a pass over them, for world_agree */
} Box;

static Box *check_box(lua_State *L) { return luaL_checkudata(L, 1, BUCKETS); }
static Buckets *check_buckets(lua_State *L) { return check_box(L)->b; }

static int free_buckets(lua_State *L) {
  Box *box = check_box(L);
  buckets_free(box->b);
  box->b = NULL;
  return 0;
}

/* lunette.buckets({parameters...}, name) */
static int new_buckets(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const int n = (int)lua_rawlen(L, 1);
  const char *name = luaL_checkstring(L, 2);
  Box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->b = NULL;
  luaL_setmetatable(L, BUCKETS);
  Tensor **leaves = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *leaves, 0);
  int64_t numbers = 0;
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    leaves[i] = vm_check(L, -1, "gradients");
    numbers += leaves[i]->n;
    lua_pop(L, 1);
  }
  snprintf(box->name, sizeof box->name, "%s of %d parameters, %lld numbers", name, n, (long long)numbers);
  const Reducer r = {NULL, world_size(), start_sum, look, wait_sum};
  Err e;
  if (!(box->b = buckets_new(leaves, n, BYTES, &r, &e))) return vm_fail(L, &e);
  lua_pop(L, 1);
  return 1;
}

/* The order of rank 0 is everyone's. */
static bool agree_on_order(Buckets *b, Err *e) {
  const int64_t shape[] = {buckets_leaves(b)};
  Tensor *t = tensor_new(I32, 1, shape, e);
  if (!t) return false;
  memcpy(t->data, buckets_order(b), (size_t)t->n * sizeof(int));
  bool ok = dist_broadcast(t, 0, e) && buckets_plan(b, t->data, e);
  tensor_release(t);
  return ok;
}

/* Was this process, by mpirun or by ^C, asked to stop?  Then all stop, after the same step. */
static bool asked(lua_State *L) {
  const bool stop = world_stop_asked() || vm_of(L)->stop_asked;
  vm_of(L)->stop_asked = 0;
  return stop;
}

static bool finish(lua_State *L, Buckets *b, Err *e) {
  if (!buckets_planned(b) && !agree_on_order(b, e)) return false;
  bool stop = false;
  if (!buckets_finish(b, &stop, e)) return false;
  if (!stop) return true;
  vm_of(L)->stop_asked = 1;
  world_stop_answered();
  return true;
}

/* b:reduce(): the gradients at hand of all parameters. */
static int reduce(lua_State *L) {
  Buckets *b = check_buckets(L);
  Err e;
  if (!world_agree(check_box(L)->name, &e)) return vm_fail(L, &e);
  buckets_begin(b, asked(L));
  return finish(L, b, &e) ? 0 : vm_fail(L, &e);
}

/* b:watched(f): f(), which calls backward, with gradients on their way as they get ready. */
static int watched(lua_State *L) {
  Buckets *b = check_buckets(L);
  Tape *t = vm_of(L)->tape;
  Err e;
  if (!world_agree(check_box(L)->name, &e)) return vm_fail(L, &e);
  buckets_begin(b, asked(L));
  tape_watch(t, buckets_watch(b));
  lua_pushvalue(L, 2);
  const int status = lua_pcall(L, 0, 0, 0);
  tape_watch(t, NULL);
  if (status != LUA_OK) return lua_error(L);
  return finish(L, b, &e) ? 0 : vm_fail(L, &e);
}

/* b:times() -> list of {bytes, started, done} of the last pass in seconds from its start, and when backward had ended. */
static int times(lua_State *L) {
  const Buckets *b = check_buckets(L);
  lua_newtable(L);
  for (int i = 0; i < buckets_count(b); i++) {
    const BucketTimes t = buckets_times(b, i);
    lua_createtable(L, 3, 0);
    const double values[] = {(double)t.bytes, t.started, t.done};
    for (int k = 0; k < 3; k++) {
      lua_pushnumber(L, values[k]);
      lua_rawseti(L, -2, k + 1);
    }
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushnumber(L, buckets_waited_from(b));
  return 2;
}

/* lunette.is_many(): is this one of several processes?  From then on ops work together. */
static int is_many(lua_State *L) {
  Err e;
  if (!world_start(&e)) return vm_fail(L, &e);
  if (world_is_many() && !nn_together) {
    together.size = world_size();
    nn_together = &together;
  }
  lua_pushboolean(L, world_is_many());
  return 1;
}

/* lunette.backwards(): how often backward has begun. */
static int backwards(lua_State *L) {
  lua_pushinteger(L, tape_backwards(vm_of(L)->tape));
  return 1;
}

/* lunette.loss_counts([w [, sharing]]): gradients of a loss are times w from now on: its share of the global batch, of
 * which each process has its rows when `sharing`.  What holds. */
static int loss_counts(lua_State *L) {
  if (!lua_isnone(L, 1)) {
    vm_of(L)->loss_counts = luaL_checknumber(L, 1);
    together.sharing = lua_toboolean(L, 2);
  }
  together.share = vm_of(L)->loss_counts;
  together.counts = together.share > 0;
  lua_pushnumber(L, together.share);
  lua_pushboolean(L, together.sharing);
  return 2;
}

/* lunette.steps_done(n): for the message of a process that ends early. */
static int steps_done(lua_State *L) {
  world_step(luaL_checkinteger(L, 1));
  return 0;
}

void vm_open_bucket(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"reduce", reduce}, {"watched", watched}, {"times", times}, {"__gc", free_buckets}, {NULL, NULL}};
  static const luaL_Reg inside[] = {{"is_many", is_many},       {"buckets", new_buckets},
                                    {"backwards", backwards},   {"loss_counts", loss_counts},
                                    {"steps_done", steps_done}, {NULL, NULL}};
  vm_methods(L, BUCKETS, methods);
  lua_pop(L, 1);
  vm_add(L, "lunette", inside);
}
