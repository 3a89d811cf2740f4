/* bind_op.c: every op as a Lua function, method and operator, from the op table alone; args.c reads what they
 * are called with. */
#include "args.h"

#include "embedded.h"
#include "lay.h"
#include "pointwise.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

static void seed_random(Rng *g, OpCall *c) {
  const Param *p = c->op->param + args_count(c->op); /* seed and first counter */
  /* Dropout differs between processes, what else is drawn does not: scripts make the same data in all. */
  const uint64_t own = c->op->backward ? (uint64_t)world_rank() * 0x9E3779B97F4A7C15u : 0;
  *(P_DRAW_TYPE *)(void *)(c->param + p[0].at) = g->seed ^ own;
  *(P_DRAW_TYPE *)(void *)(c->param + p[1].at) = rng_take(g, c->op->draws ? c->op->draws(c) : c->x[0]->n);
}

/* Result 0 into the box on the top, further ones into boxes of their own. */
static int deliver(lua_State *L, OpCall *c, Tensor **box) {
  Vm *v = vm_of(L);
  int n = 0;
  for (int i = 0; i < OP_OUTPUTS; i++) {
    tensor_release(c->save[i]);
    if (!c->y[i]) continue;
    n++;
    if (i > 0) v->spare[i - 1] = c->y[i];
  }
  *box = c->y[0];
  v->collector.waits = c->y[0]->store && c->y[0]->store->pending;
  for (int i = 1; i < OP_OUTPUTS; i++)
    if (v->spare[i - 1]) {
      Tensor **more = vm_box(L);
      *more = v->spare[i - 1];
      v->spare[i - 1] = NULL;
    }
  return n;
}

static void count_flops(Vm *v, const OpCall *c) {
  if (c->op->flops) v->flops += c->op->flops(c);
}

int vm_call_op(lua_State *L, const Op *op) {
  Vm *v = vm_of(L);
  Err e;
  OpCall c;
  Reader r;
  args_begin(&r, L, op, &c, &e);
  Tensor **box = vm_box(L); /* above the arguments */
  bool ok = args_read(&r);
  c.nx = r.nx;
  if (ok && op->flags & OP_RANDOM) seed_random(r.rng ? r.rng : &v->rng, &c);
  ok = ok && tape_run(v->tape, &c, &e);
  if (ok && v->count_flops) count_flops(v, &c);
  if (ok && v->trace) vm_note(v, &c);
  args_end(&r);
  lua_settop(L, r.top + 1);
  return ok ? deliver(L, &c, box) : vm_fail(L, &e);
}

/* x:pow_(-1) of integers: not whole, which the exponent's shape alone does not tell. */
static bool negative_power(const Reader *r) {
  if (strcmp(r->op->name, "pow") != 0 || r->x[1]->n != 1 || dtype_is_float(r->x[1]->dtype)) return false;
  tensor_settle(r->x[1]);
  return tensor_get_int(r->x[1], 0) < 0;
}

/* Can x hold, by kind, what the op gives for its inputs: no fraction in integers, no count in booleans; and
 * every number given?  As PyTorch has it. */
static bool holds_result(const Reader *r, const char *name) {
  Tensor *x = r->x[0], *shape_only[OP_INPUTS] = {NULL};
  char text[TEXT];
  for (int i = 1; i < r->nx; i++)
    if (r->temp[i] && r->x[i]->dtype == I64 && !dtype_holds_int(x->dtype, tensor_get_int(r->x[i], 0)))
      return err_set(r->e, "%s: %s cannot hold %lld", name, tensor_text(text, x),
                     (long long)tensor_get_int(r->x[i], 0));
  OpCall c = *r->c;
  c.x = shape_only;
  c.nx = r->nx;
  bool ok = true;
  for (int i = 0; ok && i < r->nx; i++) {
    const Tensor *t = r->x[i];
    ok = !t || (shape_only[i] = tensor_meta(t->dtype, t->nd, t->shape, r->e));
  }
  ok = ok && r->op->shape(&c, r->e);
  const Dtype got = !ok ? x->dtype : negative_power(r) ? F32 : c.y[0]->dtype;
  op_drop_outputs(&c);
  for (int i = 0; i < r->nx; i++) tensor_release(shape_only[i]);
  if (ok && (dtype_is_float(got) || (x->dtype == BOOL && got != BOOL)))
    ok = err_set(r->e, "%s: the result is %s, which %s cannot hold; x = x:%s(...) makes a new tensor", name,
                 dtype_name[got], tensor_text(text, x), r->op->name);
  return ok;
}

/* Loose inputs are laid where they are not all turned alike. */
static bool lay_unlike(const Reader *r) {
  int64_t stride[DIMS];
  const Tensor *x = r->x[0];
  if (lay_alike((const Tensor *const *)r->x, r->nx, x->nd, x->shape, stride)) return true;
  for (int i = 0; i < r->nx; i++)
    if (r->x[i] && !lay_dense(r->x[i], r->e)) return false;
  return true;
}

/* x:name_(...): the op's forward writes into x itself. */
static bool run_in_place(Vm *v, Reader *r) {
  Tensor *x = r->x[0];
  char name[40], text[TEXT], other[TEXT];
  snprintf(name, sizeof name, "%s_", r->op->name);
  if (!tape_may_change(v->tape, x, name, r->e) || !vm_may_write(x, r->e)) return false;
  for (int i = 0; i < r->nx; i++)
    if (r->x[i] && tensor_is_meta(r->x[i]))
      return err_set(r->e, "%s: %s has a shape only, no elements", name, tensor_text(text, r->x[i]));
  if (!dtype_is_float(x->dtype) && !holds_result(r, name)) return false;
  for (int i = 1; i < r->nx; i++) {
    Tensor *b = r->x[i];
    if (!b) continue;
    tensor_settle(b);
    if (!shape_expands_to(b, x->nd, x->shape))
      return err_set(r->e, "%s: %s does not broadcast to %s", name, tensor_text(other, b),
                     tensor_text(text, x));
    if (tape_recording(v->tape) && b->requires_grad)
      return err_set(r->e, "%s: %s requires grad; work inside tensor.no_grad, or make a new tensor", name,
                     tensor_text(other, b));
    bool same_view = b->data == x->data && tensor_same_shape(b, x) &&
                     memcmp(b->stride, x->stride, sizeof b->stride[0] * (size_t)b->nd) == 0;
    if (!same_view && tensor_overlaps(b, x)) { /* it would be overwritten while it is read */
      Tensor *copy = tensor_clone(b, r->e);
      if (!copy) return false;
      if (r->temp[i]) tensor_release(b);
      r->x[i] = copy;
      r->temp[i] = true;
    }
  }
  r->c->nx = r->nx;
  r->c->y[0] = x;
  if (!lay_unlike(r)) return false;
  if (v->trace) vm_note_change(v, x, name);
  vm_touch(r->L, x);
  return r->op->forward(r->c, r->e);
}

static int call_in_place(lua_State *L) {
  Err e;
  OpCall c;
  Reader r;
  args_begin(&r, L, lua_touserdata(L, lua_upvalueindex(1)), &c, &e);
  bool ok = args_read(&r);
  if (ok && r.temp[0]) ok = err_set(&e, "%s_: a tensor is needed on the left", r.op->name);
  ok = ok && run_in_place(vm_of(L), &r);
  args_end(&r);
  if (!ok) return vm_fail(L, &e);
  lua_settop(L, 1);
  return 1;
}

static int call_op(lua_State *L) { return vm_call_op(L, lua_touserdata(L, lua_upvalueindex(1))); }

void vm_apply(lua_State *L, const Op *op, Tensor **x, int nx, const void *params) {
  Err e;
  OpCall c;
  op_init(&c, op, x, nx);
  if (params) memcpy(c.param, params, op->param_bytes);
  Tensor **box = vm_box(L);
  if (!tape_run(vm_of(L)->tape, &c, &e)) vm_fail(L, &e);
  if (vm_of(L)->count_flops) count_flops(vm_of(L), &c);
  if (vm_of(L)->trace) vm_note(vm_of(L), &c);
  for (int i = 0; i < OP_OUTPUTS; i++) {
    tensor_release(c.save[i]);
    if (i > 0) tensor_release(c.y[i]);
  }
  *box = c.y[0];
}

static void set_closure(lua_State *L, int table, const Op *op, lua_CFunction f, const char *name) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)op);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, table, name);
}

static const Op *own_op(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }

/* & | ~ work on truth, but on the bits where an operand is of integers, as in PyTorch and in Lua itself. */
static const Op *of_operands(lua_State *L, const Op *op) {
  bool whole = false;
  for (int i = 1; i <= lua_gettop(L); i++) {
    const Tensor *t = vm_peek(L, i);
    if (t ? dtype_is_float(t->dtype) : lua_type(L, i) == LUA_TNUMBER && !lua_isinteger(L, i)) return op;
    whole |= t && t->dtype != BOOL;
  }
  char name[40];
  snprintf(name, sizeof name, "bitwise_%s", op->name + strlen("logical_"));
  return whole ? op_find(name) : op;
}

static void check_operands(lua_State *L) {
  for (int i = 1; i <= 2; i++) {
    const int type = lua_type(L, i);
    if (type == LUA_TNUMBER || type == LUA_TBOOLEAN || vm_peek(L, i)) continue;
    vm_error(L, "%s: %s is %s; a tensor or a number is wanted%s", own_op(L)->name, i == 1 ? "left" : "right",
             type == LUA_TNIL ? "nil" : vm_typename(L, i),
             type == LUA_TTABLE ? " (tensor{...} makes one)" : "");
  }
}

static int call_binary(lua_State *L) {
  check_operands(L);
  return vm_call_op(L, own_op(L));
}
static int call_logical(lua_State *L) {
  check_operands(L);
  return vm_call_op(L, of_operands(L, own_op(L)));
}

/* Lua hands a unary operator its operand twice. */
static int call_unary(lua_State *L) {
  lua_settop(L, 1);
  return vm_call_op(L, own_op(L));
}
static int call_not(lua_State *L) {
  lua_settop(L, 1);
  return vm_call_op(L, of_operands(L, own_op(L)));
}

/* Lua's operators and the ops they mean. */
static const struct Operator {
  const char *event, *op;
  lua_CFunction call;
} operators[] = {{"__add", "add", call_binary},           {"__sub", "sub", call_binary},
                 {"__mul", "mul", call_binary},           {"__div", "div", call_binary},
                 {"__idiv", "floordiv", call_binary},     {"__mod", "remainder", call_binary},
                 {"__pow", "pow", call_binary},           {"__unm", "neg", call_unary},
                 {"__band", "logical_and", call_logical}, {"__bor", "logical_or", call_logical},
                 {"__bxor", "logical_xor", call_logical}, {"__bnot", "logical_not", call_not}};

void vm_open_ops(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  vm_add(L, "tensor", none);
  vm_add(L, "nn", none);
  vm_inside(L, "tensor");
  vm_inside(L, "nn");
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_at);
  int mt = lua_gettop(L), nn = mt - 1, module = mt - 2;
  lua_getfield(L, mt, "methods");
  int methods = mt + 1;
  const Op *op;
  for (int i = 0; (op = op_at(i)); i++) {
    if (strchr(op->where, 't')) set_closure(L, module, op, call_op, op->name);
    if (strchr(op->where, 'm')) set_closure(L, methods, op, call_op, op->name);
    if (strchr(op->where, 'n')) set_closure(L, nn, op, call_op, op->name);
    if (op->flags & OP_IN_PLACE) {
      char name[40];
      snprintf(name, sizeof name, "%s_", op->name);
      set_closure(L, methods, op, call_in_place, name);
    }
  }
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    set_closure(L, mt, op_find(operators[i].op), operators[i].call, operators[i].event);
  lua_settop(L, module - 1);
}
