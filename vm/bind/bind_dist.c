/* bind_dist.c: many processes for Lua: dist.*, on one tensor each; vm/lua/dist.lua adds lists. */
#include "bind.h"

#include "collective.h"
#include "world.h"

#include <string.h>

static Tensor *check(lua_State *L, int i, const char *what) {
  Tensor *t = vm_check(L, i, what);
  vm_want_data(L, t, what);
  return t;
}

/* A tensor that is to change in place. */
static Tensor *check_change(lua_State *L, const char *what) {
  Tensor *t = check(L, 1, what);
  Err e;
  if (!tape_may_change(vm_of(L)->tape, t, what, &e)) vm_fail(L, &e);
  vm_touch(L, t);
  return t;
}

static Reduction check_reduction(lua_State *L, int i, const char *what) {
  if (lua_isnoneornil(L, i)) return REDUCE_SUM;
  const char *name = lua_type(L, i) == LUA_TSTRING ? lua_tostring(L, i) : vm_typename(L, i);
  for (int k = 0; k < REDUCTIONS; k++)
    if (strcmp(name, reduction_name[k]) == 0) return (Reduction)k;
  return (Reduction)vm_error(L, "%s: \"sum\", \"mean\", \"min\" or \"max\" expected, got %s", what, name);
}

static int check_rank(lua_State *L, int i, const char *what) {
  int64_t rank = vm_check_int(L, i, what);
  if (rank < 0 || rank > INT32_MAX) vm_error(L, "%s: no process %lld", what, (long long)rank);
  return (int)rank;
}

static void start(lua_State *L) {
  Err e;
  if (!world_start(&e)) vm_fail(L, &e);
}

static int rank(lua_State *L) {
  start(L);
  lua_pushinteger(L, world_rank());
  return 1;
}
static int size(lua_State *L) {
  start(L);
  lua_pushinteger(L, world_size());
  return 1;
}

static int changed(lua_State *L, bool ok, const Err *e) {
  if (!ok) return vm_fail(L, e);
  lua_settop(L, 1);
  return 1;
}

static int all_reduce(lua_State *L) {
  Reduction how = check_reduction(L, 2, "all_reduce");
  Tensor *t = check_change(L, "all_reduce");
  Err e;
  return changed(L, dist_all_reduce(t, how, &e), &e);
}

static int broadcast(lua_State *L) {
  int from = lua_isnoneornil(L, 2) ? 0 : check_rank(L, 2, "broadcast");
  Tensor *t = check_change(L, "broadcast");
  Err e;
  return changed(L, dist_broadcast(t, from, &e), &e);
}

static int all_gather(lua_State *L) {
  Tensor *t = check(L, 1, "all_gather"), **box = vm_box(L);
  Err e;
  return (*box = dist_all_gather(t, &e)) ? 1 : vm_fail(L, &e);
}

static int reduce_scatter(lua_State *L) {
  Reduction how = check_reduction(L, 2, "reduce_scatter");
  Tensor *t = check(L, 1, "reduce_scatter"), **box = vm_box(L);
  Err e;
  return (*box = dist_reduce_scatter(t, how, &e)) ? 1 : vm_fail(L, &e);
}

static int barrier(lua_State *L) {
  Err e;
  return dist_barrier(&e) ? 0 : vm_fail(L, &e);
}

static int send(lua_State *L) {
  Tensor *t = check(L, 1, "send");
  Err e;
  return dist_send(t, check_rank(L, 2, "send"), &e) ? 0 : vm_fail(L, &e);
}

static int recv(lua_State *L) {
  int from = check_rank(L, 2, "recv");
  Tensor *t = check_change(L, "recv");
  Err e;
  return changed(L, dist_recv(t, from, &e), &e);
}

/* lunette.is_first(): is this the process that prints, draws and saves? */
static int is_first(lua_State *L) {
  lua_pushboolean(L, world_is_first());
  return 1;
}

/* lunette.failing(): what comes before the message of an error that ends the script; nil: another process has said it. */
static int failing(lua_State *L) {
  if (!world_may_say(vm_of(L)->interrupted)) return 0;
  lua_pushstring(L, world_name());
  return 1;
}

void vm_open_dist(lua_State *L) {
  static const luaL_Reg functions[] = {{"rank", rank},
                                       {"size", size},
                                       {"all_reduce", all_reduce},
                                       {"broadcast", broadcast},
                                       {"all_gather", all_gather},
                                       {"reduce_scatter", reduce_scatter},
                                       {"barrier", barrier},
                                       {"send", send},
                                       {"recv", recv},
                                       {NULL, NULL}};
  static const luaL_Reg inside[] = {{"is_first", is_first}, {"failing", failing}, {NULL, NULL}};
  vm_add(L, "dist", functions);
  vm_add(L, "lunette", inside);
}
