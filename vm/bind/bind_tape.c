/* bind_tape.c: gradients from Lua: requires_grad, backward, grad, no_grad. */
#include "bind.h"

#include "interrupt.h"

#include <string.h>

static int requires_grad(lua_State *L) {
  Tensor *t = vm_check(L, 1, "requires_grad");
  bool on = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  if (on && !dtype_is_float(t->dtype))
    return vm_error(L, "requires_grad: %s is not f32 or f64; gradients need a float (x:to\"f32\")",
                    vm_typename(L, 1));
  if (t->fn && !on)
    return vm_error(L, "requires_grad: %s is the result of an op; use x:detach()", vm_typename(L, 1));
  t->requires_grad = on;
  lua_settop(L, 1);
  return 1;
}

/* Of several processes' losses, each a mean over its part of an uneven batch, the greater part counts more. */
static Tensor *push_share(lua_State *L, const Tensor *loss) {
  Tensor **box = vm_box(L);
  Err e;
  if (!(*box = tensor_new(loss->dtype, loss->nd, loss->shape, &e))) vm_fail(L, &e);
  tensor_fill(*box, vm_of(L)->loss_counts);
  return *box;
}

/* loss:backward(), loss:backward{retain=true}, y:backward(dy) */
static int backward(lua_State *L) {
  Tensor *loss = vm_peek(L, 1), *seed = vm_peek(L, 2);
  if (!loss) loss = vm_check(L, 1, "backward");
  if (seed) tensor_settle(seed);
  bool keep = false;
  int table = lua_istable(L, 2) ? 2 : lua_istable(L, 3) ? 3 : 0;
  if (table) {
    lua_pushnil(L);
    while (lua_next(L, table)) {
      const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
      if (strcmp(key, "retain") != 0)
        return vm_error(L, "backward: unknown option '%s'. Options: retain", key);
      keep = lua_toboolean(L, -1);
      lua_pop(L, 1);
    }
  } else if (!seed && !lua_isnoneornil(L, 2)) {
    return vm_error(L, "backward: a tensor or {retain=true} expected, got %s", vm_typename(L, 2));
  }
  if (seed && !tensor_is_meta(loss)) vm_want_data(L, seed, "backward");
  if (vm_of(L)->loss_counts != 1 && !seed && loss->n == 1) seed = push_share(L, loss);
  Err e;
  collect_amid_step(L, &vm_of(L)->collector);
  if (!tape_backward(vm_of(L)->tape, loss, seed, keep, &e)) return vm_fail(L, &e);
  collect_amid_step(L, &vm_of(L)->collector);
  return 0;
}

static int is_recording(lua_State *L) {
  lua_pushboolean(L, tape_recording(vm_of(L)->tape));
  return 1;
}

/* --- recording or not ----------------------------------------------------------------------------------- */

typedef struct Block { /* from its making to its closing recording is on, or off */
  signed char before, own;
  bool closed;
  lua_State *in;
} Block;

static const char BLOCK[] = "lunette.block";

static int block_close(lua_State *L) {
  Block *b = luaL_checkudata(L, 1, BLOCK);
  if (!b->closed) vm_record(vm_of(L), b->before);
  b->closed = true;
  return 0;
}

/* Held by a local variable that does not close it: recording is as before when it is garbage. */
static int block_gc(lua_State *L) {
  Block *b = luaL_checkudata(L, 1, BLOCK);
  if (!b->closed && b->in == L && vm_of(L)->recording.own == b->own) vm_record(vm_of(L), b->before);
  b->closed = true;
  return 0;
}

/* lunette.block(on): switches, until `<close>` or the like closes what it gives. */
static int block(lua_State *L) {
  Vm *v = vm_of(L);
  Block *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (Block){.before = v->recording.own, .own = (signed char)lua_toboolean(L, 1), .in = L};
  if (luaL_newmetatable(L, BLOCK)) {
    lua_pushcfunction(L, block_close);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, block_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  vm_record(v, b->own);
  return 1;
}

/* `tensor.no_grad()` as a statement would leave recording off for good: nobody closes it.  Two instructions
 * after the call the value is in a local variable, as in `local _ <close> = tensor.no_grad()`, or the call
 * stood alone; a return may come before that.  A hook looks; it keeps that of a debugger, and of ^C. */
typedef struct Sought { /* one in each Lua state, and the hook that stood in the place of this look */
  Block *block;
  lua_State *in;
  lua_Hook hook;
  int mask, count;
} Sought;

static const char SOUGHT[] = "lunette.sought";

static Sought *sought_in(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, SOUGHT);
  Sought *s = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return s;
}

static bool is_held(lua_State *L, lua_Debug *ar, const Block *b) {
  const char *name;
  bool held = false;
  for (int i = 1; !held && (name = lua_getlocal(L, ar, i)); i++) {
    held = *name != '(' && lua_touserdata(L, -1) == b;
    lua_pop(L, 1);
  }
  return held;
}

static void look(lua_State *L, lua_Debug *ar) {
  Sought *s = sought_in(L);
  Block *b = s->block;
  if (s->in == L && ar->event == LUA_HOOKRET && lua_getinfo(L, "S", ar) &&
      (*ar->what == 'C' || strncmp(ar->source, "@lunette:", 9) == 0))
    return; /* held_block itself, and tensor.no_grad */
  lua_sethook(L, s->in == L ? s->hook : NULL, s->in == L ? s->mask : 0, s->count);
  interrupt_again(L);
  if (s->in != L || !b) return; /* a coroutine made meanwhile got the hook too */
  s->block = NULL;
  if (b->closed || is_held(L, ar, b)) return;
  const char *name = b->own ? "enable_grad" : "no_grad";
  vm_record(vm_of(L), b->before);
  b->closed = true;
  vm_error(L,
           "%s: alone it would hold for ever. tensor.%s(function() ... end), or local _ <close> = "
           "tensor.%s() up to "
           "the end of the block",
           name, name, name);
}

/* lunette.held_block(on): the same, for a local variable of whoever called. */
static int held_block(lua_State *L) {
  Sought *s = sought_in(L);
  block(L);
  if (lua_gethook(L) != look) {
    s->hook = lua_gethook(L);
    s->mask = lua_gethookmask(L);
    s->count = lua_gethookcount(L);
  }
  s->block = lua_touserdata(L, -1);
  s->in = L;
  lua_sethook(L, look, LUA_MASKCOUNT | LUA_MASKRET, 2);
  interrupt_again(L);
  return 1;
}

/* tensor.set_recording(on): from now on; returns what it was. */
static int set_recording(lua_State *L) {
  Vm *v = vm_of(L);
  lua_pushboolean(L, tape_recording(v->tape));
  vm_record(v, (signed char)lua_toboolean(L, 1));
  return 1;
}

static int anomaly(lua_State *L) {
  tape_set_anomaly(vm_of(L)->tape, lua_isnone(L, 1) || lua_toboolean(L, 1));
  return 0;
}

static int live(lua_State *L) {
  lua_pushinteger(L, tensor_live());
  lua_pushinteger(L, tape_length(vm_of(L)->tape));
  return 2;
}

static int zero_grad(lua_State *L) {
  Tensor *t = vm_check(L, 1, "zero_grad");
  tensor_release(t->grad);
  t->grad = NULL;
  return 0;
}

void vm_open_tape(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"requires_grad", requires_grad}, {"backward", backward}, {"zero_grad", zero_grad}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"is_recording", is_recording},
                                       {"set_recording", set_recording},
                                       {"anomaly", anomaly},
                                       {"live", live},
                                       {NULL, NULL}};
  static const luaL_Reg inside[] = {{"block", block}, {"held_block", held_block}, {NULL, NULL}};
  vm_add(L, "tensor", functions);
  vm_add(L, "lunette", inside);
  *(Sought *)lua_newuserdatauv(L, sizeof(Sought), 0) = (Sought){0};
  lua_setfield(L, LUA_REGISTRYINDEX, SOUGHT);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_at);
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}
