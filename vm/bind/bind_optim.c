/* bind_optim.c: an optimiser's rule over a list of parameters, as one Lua object, so that a step is one call.
 *
 * optim.rule(kind, params, options): kind "sgd" "adam" "rmsprop" "adagrad" "lamb"; state is made at the first
 * update. nn/lua/optim.lua gives it its face. */
#include "bind.h"

#include "mem.h"
#include "optim.h"

#include <math.h>
#include <string.h>

enum { SLOTS = 3, SGD = 0, ADAM, RMSPROP, ADAGRAD, LAMB };
static const char *const kinds[] = {"sgd", "adam", "rmsprop", "adagrad", "lamb", NULL};

typedef struct Item { /* one parameter and its state */
  Tensor *p, *s[SLOTS];
  int64_t step;
} Item;

typedef struct Rule {
  int kind, n;
  bool decoupled, nesterov, centered;
  double lr, momentum, dampening, weight_decay, beta1, beta2, eps, alpha, lr_decay;
  Item *items;
} Rule;

static Rule *check_rule(lua_State *L) { return luaL_checkudata(L, 1, "lunette.rule"); }

static int rule_free(lua_State *L) {
  Rule *r = check_rule(L);
  for (int i = 0; r->items && i < r->n; i++) {
    tensor_release(r->items[i].p);
    for (int k = 0; k < SLOTS; k++) tensor_release(r->items[i].s[k]);
  }
  mem_free(r->items, (size_t)r->n * sizeof *r->items);
  r->items = NULL;
  r->n = 0;
  return 0;
}

/* The numbers of a rule by name. */
static double *number_at(Rule *r, const char *name) {
  const struct {
    const char *name;
    double *at;
  } all[] = {{"lr", &r->lr},
             {"momentum", &r->momentum},
             {"dampening", &r->dampening},
             {"weight_decay", &r->weight_decay},
             {"beta1", &r->beta1},
             {"beta2", &r->beta2},
             {"eps", &r->eps},
             {"alpha", &r->alpha},
             {"lr_decay", &r->lr_decay}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(name, all[i].name) == 0) return all[i].at;
  return NULL;
}

static void read_option(lua_State *L, Rule *r) {
  const char *name = luaL_checkstring(L, -2);
  double *number = number_at(r, name);
  if (number) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      vm_error(L, "optim: %s must be a number, got %s", name, vm_typename(L, -1));
    *number = lua_tonumber(L, -1);
  } else if (strcmp(name, "nesterov") == 0) {
    r->nesterov = lua_toboolean(L, -1);
  } else if (strcmp(name, "decoupled") == 0) {
    r->decoupled = lua_toboolean(L, -1);
  } else if (strcmp(name, "centered") == 0) {
    r->centered = lua_toboolean(L, -1);
  } else {
    vm_error(L, "optim: unknown option '%s'", name);
  }
}

static int rule_new(lua_State *L) {
  int kind = luaL_checkoption(L, 1, NULL, kinds);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  int n = (int)lua_rawlen(L, 2);
  Rule *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (Rule){.kind = kind, .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .alpha = 0.99};
  luaL_setmetatable(L, "lunette.rule");
  if (n && !(r->items = mem_alloc((size_t)n * sizeof *r->items))) return vm_error(L, "optim: out of memory");
  if (n) memset(r->items, 0, (size_t)n * sizeof *r->items);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    Tensor *p = vm_check(L, -1, "optim");
    if (p->fn || !p->requires_grad)
      return vm_error(L, "optim: parameter %d, %s, is not a leaf that requires grad", i + 1,
                      vm_typename(L, -1));
    r->items[i].p = tensor_retain(p);
    r->n = i + 1;
    lua_pop(L, 1);
  }
  int rule = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, 3)) {
    read_option(L, r);
    lua_pop(L, 1);
  }
  lua_settop(L, rule);
  return 1;
}

/* How many state tensors the rule keeps for a parameter, and which. */
static unsigned slots_wanted(const Rule *r) {
  switch (r->kind) {
  case SGD: return r->momentum != 0 ? 1u : 0u;
  case ADAM:
  case LAMB: return 3u;
  case RMSPROP: return 1u | (r->momentum != 0 ? 2u : 0u) | (r->centered ? 4u : 0u);
  default: return 1u;
  }
}

static bool make_state(const Rule *r, Item *it, Err *e) {
  unsigned want = slots_wanted(r);
  for (int k = 0; k < SLOTS; k++)
    if (want >> k & 1 && !it->s[k] && !(it->s[k] = tensor_zeros(it->p->dtype, it->p->nd, it->p->shape, e)))
      return false;
  return true;
}

static bool update_one(const Rule *r, Item *it, Err *e) {
  Tensor *p = it->p, *g = p->grad;
  if (!make_state(r, it, e)) return false;
  it->step++;
  tensor_touch(p);
  switch (r->kind) {
  case SGD: {
    OptimSgd o = {r->lr, r->momentum, r->dampening, r->weight_decay, r->nesterov};
    return optim_sgd(p, g, it->s[0], &o, it->step, e);
  }
  case ADAM: {
    OptimAdam o = {r->lr, r->beta1, r->beta2, r->eps, r->weight_decay, r->decoupled};
    return optim_adam(p, g, it->s[0], it->s[1], &o, it->step, e);
  }
  case LAMB: {
    OptimAdam o = {r->lr, r->beta1, r->beta2, r->eps, r->weight_decay, false};
    return optim_lamb(p, g, it->s[0], it->s[1], &o, it->step, e);
  }
  case RMSPROP: {
    OptimRmsprop o = {r->lr, r->alpha, r->eps, r->weight_decay, r->momentum};
    return optim_rmsprop(p, g, it->s[0], it->s[1], it->s[2], &o, e);
  }
  default: {
    OptimAdagrad o = {r->lr, r->lr_decay, r->eps, r->weight_decay};
    return optim_adagrad(p, g, it->s[0], &o, it->step, e);
  }
  }
}

/* rule:update(lr): one step with the gradients at hand; parameters without one stay. */
static int rule_update(lua_State *L) {
  Rule *r = check_rule(L);
  Err e;
  if (!lua_isnoneornil(L, 2)) r->lr = luaL_checknumber(L, 2);
  for (int i = 0; i < r->n; i++)
    if (r->items[i].p->grad && !update_one(r, &r->items[i], &e)) return vm_fail(L, &e);
  return 0;
}

static int rule_zero(lua_State *L) {
  Rule *r = check_rule(L);
  for (int i = 0; i < r->n; i++) {
    tensor_release(r->items[i].p->grad);
    r->items[i].p->grad = NULL;
  }
  return 0;
}

/* Collects the gradients that exist; -1: no memory. */
static int gradients(Rule *r, Tensor ***list) {
  *list = mem_alloc((size_t)(r->n + 1) * sizeof **list);
  if (!*list) return -1;
  for (int i = 0; i < r->n; i++) (*list)[i] = r->items[i].p->grad;
  return r->n;
}

/* rule:clip(most, by_value): by norm gives the norm before. */
static int rule_clip(lua_State *L) {
  Rule *r = check_rule(L);
  double most = luaL_optnumber(L, 2, INFINITY), norm = 0;
  Tensor **g;
  int n = gradients(r, &g);
  if (n < 0) return vm_error(L, "clip: out of memory");
  if (lua_toboolean(L, 3)) optim_clip_value(g, n, most);
  else norm = isfinite(most) ? optim_clip_norm(g, n, most) : optim_grad_norm(g, n);
  mem_free(g, (size_t)(r->n + 1) * sizeof *g);
  lua_pushnumber(L, norm);
  return 1;
}

static int rule_set(lua_State *L) {
  Rule *r = check_rule(L);
  lua_settop(L, 3);
  read_option(L, r);
  return 0;
}

static int rule_get(lua_State *L) {
  double *at = number_at(check_rule(L), luaL_checkstring(L, 2));
  if (at) lua_pushnumber(L, *at);
  else lua_pushnil(L);
  return 1;
}

/* rule:state() -> list of {step, s1, s2, s3} (tensors shared); rule:load_state(list) takes it back. */
static int rule_state(lua_State *L) {
  Rule *r = check_rule(L);
  lua_createtable(L, r->n, 0);
  for (int i = 0; i < r->n; i++) {
    lua_createtable(L, 4, 0);
    lua_pushinteger(L, r->items[i].step);
    lua_rawseti(L, -2, 1);
    for (int k = 0; k < SLOTS; k++)
      if (r->items[i].s[k]) {
        vm_push(L, tensor_retain(r->items[i].s[k]));
        lua_rawseti(L, -2, k + 2);
      }
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int rule_load_state(lua_State *L) {
  Rule *r = check_rule(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  Err e;
  for (int i = 0; i < r->n; i++) {
    Item *it = &r->items[i];
    if (lua_rawgeti(L, 2, i + 1) != LUA_TTABLE)
      return vm_error(L, "optim: state of parameter %d is missing", i + 1);
    lua_rawgeti(L, -1, 1);
    it->step = lua_tointeger(L, -1);
    for (int k = 0; k < SLOTS; k++) {
      lua_rawgeti(L, -2 - k, k + 2);
      Tensor *s = vm_test(L, -1);
      if (!s) continue;
      if (!tensor_same_shape(s, it->p) || s->dtype != it->p->dtype)
        return vm_error(L, "optim: state of parameter %d is %s", i + 1, vm_typename(L, -1));
      Tensor *copy = tensor_clone(s, &e);
      if (!copy) return vm_fail(L, &e);
      tensor_release(it->s[k]);
      it->s[k] = copy;
    }
    lua_settop(L, 2);
  }
  return 0;
}

/* optim.ema(avg, x, decay): avg = decay avg + (1 - decay) x, in place. */
static int ema(lua_State *L) {
  Tensor *avg = vm_check(L, 1, "ema"), *x = vm_check(L, 2, "ema");
  Err e;
  vm_touch(L, avg);
  return optim_ema(avg, x, luaL_checknumber(L, 3), &e) ? 0 : vm_fail(L, &e);
}

void vm_open_optim(lua_State *L) {
  static const luaL_Reg methods[] = {{"update", rule_update},
                                     {"zero", rule_zero},
                                     {"clip", rule_clip},
                                     {"set", rule_set},
                                     {"get", rule_get},
                                     {"state", rule_state},
                                     {"load_state", rule_load_state},
                                     {"__gc", rule_free},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"rule", rule_new}, {"ema", ema}, {NULL, NULL}};
  luaL_newmetatable(L, "lunette.rule");
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  vm_add(L, "optim", functions);
}
