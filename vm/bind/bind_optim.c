/* bind_optim.c: an optimiser's rule over a list of parameters, as one Lua object, so that a step is one call.
 *
 * optim.rule(name, params, options): a rule of the table in nn/optim_table.c; its state is made at the first
 * update.  nn/lua/optim.lua gives it its face. */
#include "bind.h"

#include "mem.h"
#include "optim_table.h"

#include <math.h>
#include <string.h>

typedef struct Item { /* one parameter and its state */
  Tensor *p, *s[OPTIM_STATES];
  int64_t step;
  bool parted; /* the rule works on `count` elements from `first` on only (rule:parts) */
  int64_t first, count;
} Item;

typedef struct Rule {
  const OptimRule *rule;
  OptimSettings settings;
  int n;
  Item *items;
} Rule;

static Rule *check_rule(lua_State *L) { return luaL_checkudata(L, 1, "lunette.rule"); }

static int rule_free(lua_State *L) {
  Rule *r = check_rule(L);
  for (int i = 0; r->items && i < r->n; i++) {
    tensor_release(r->items[i].p);
    for (int k = 0; k < OPTIM_STATES; k++) tensor_release(r->items[i].s[k]);
  }
  mem_free(r->items, (size_t)r->n * sizeof *r->items);
  r->items = NULL;
  r->n = 0;
  return 0;
}

/* --- options -------------------------------------------------------------------------------------------- */

/* Pushes an option's value as a user writes it: 0.1, {0.9, 0.999}, true. */
static void push_value(lua_State *L, const OptimOption *o, const double v[2]) {
  if (o->kind == OPTIM_FLAG) {
    lua_pushboolean(L, v[0] != 0);
  } else if (o->kind == OPTIM_NUMBER) {
    if (v[0] == 0) lua_pushinteger(L, 0); /* as one writes it */
    else lua_pushnumber(L, v[0]);
  } else {
    lua_createtable(L, 2, 0);
    for (int i = 0; i < 2; i++) {
      lua_pushnumber(L, v[i]);
      lua_rawseti(L, -2, i + 1);
    }
  }
}

/* The value on the stack's top, or an error that names the option. */
static void check_value(lua_State *L, const OptimRule *r, const OptimOption *o, double v[2]) {
  v[0] = v[1] = 0;
  if (o->kind == OPTIM_FLAG) {
    if (!lua_isboolean(L, -1))
      vm_error(L, "optim.%s: %s must be true or false, got %s", r->name, o->name, vm_typename(L, -1));
    v[0] = lua_toboolean(L, -1);
  } else if (o->kind == OPTIM_NUMBER) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      vm_error(L, "optim.%s: %s must be a number, got %s", r->name, o->name, vm_typename(L, -1));
    v[0] = lua_tonumber(L, -1);
  } else {
    bool pair = lua_istable(L, -1) && lua_rawlen(L, -1) == 2;
    for (int i = 0; pair && i < 2; i++) {
      pair = lua_rawgeti(L, -1, i + 1) == LUA_TNUMBER;
      v[i] = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
    if (!pair)
      vm_error(L, "optim.%s: %s must be two numbers, {%g, %g}", r->name, o->name, o->def[0], o->def[1]);
  }
}

/* Option by name at -2, value at -1. */
static void read_option(lua_State *L, Rule *r) {
  const char *name = luaL_checkstring(L, -2);
  const OptimOption *o = optim_option(r->rule, name);
  double v[2];
  Err e;
  if (!o) vm_error(L, "optim.%s: unknown option '%s'", r->rule->name, name);
  check_value(L, r->rule, o, v);
  if (!optim_set(r->rule, &r->settings, o, v, &e)) vm_fail(L, &e);
}

/* optim.rules() -> list of {name, doc, eq, more, options = {{name, default, doc}, ...}}: the table of
 * optimisers. */
static int rules(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; optim_rules[i].name; i++) {
    const OptimRule *r = &optim_rules[i];
    lua_newtable(L);
    const char *const texts[][2] = {{"name", r->name}, {"doc", r->doc}, {"eq", r->eq}, {"more", r->more}};
    for (int k = 0; k < 4; k++) {
      lua_pushstring(L, texts[k][1]); /* nil for none */
      lua_setfield(L, -2, texts[k][0]);
    }
    lua_newtable(L);
    for (int k = 0; k < OPTIM_OPTIONS && r->option[k].kind; k++) {
      const OptimOption *o = &r->option[k];
      lua_createtable(L, 3, 1);
      if (o->kind != OPTIM_FLAG) {
        lua_pushnumber(L, o->below);
        lua_setfield(L, -2, "below");
      }
      lua_pushstring(L, o->name);
      lua_rawseti(L, -2, 1);
      push_value(L, o, o->def);
      lua_rawseti(L, -2, 2);
      lua_pushstring(L, o->doc);
      lua_rawseti(L, -2, 3);
      lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "options");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int rule_new(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const OptimRule *kind = optim_rule(name);
  if (!kind) return vm_error(L, "optim.rule: no rule '%s'", name);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  int n = (int)lua_rawlen(L, 2);
  Rule *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (Rule){.rule = kind};
  optim_defaults(kind, &r->settings);
  luaL_setmetatable(L, "lunette.rule");
  if (n && !(r->items = mem_alloc((size_t)n * sizeof *r->items))) return vm_error(L, "optim: out of memory");
  if (n) memset(r->items, 0, (size_t)n * sizeof *r->items);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    Tensor *p = vm_check(L, -1, "optim");
    if (p->fn || !dtype_is_float(p->dtype)) /* one that is frozen now has no gradient, and stays */
      return vm_error(L, "optim: parameter %d, %s, is not a leaf of floating point", i + 1,
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
  Err e;
  if (!optim_agrees(kind, &r->settings, &e)) return vm_fail(L, &e);
  lua_settop(L, rule);
  return 1;
}

/* --- steps ---------------------------------------------------------------------------------------------- */

/* What the rule works on: t, the parameter or its gradient, or the item's part of it in one row. */
static Tensor *part_of(const Item *it, Tensor *t, Err *e) {
  if (!it->parted || it->count == it->p->n) return tensor_retain(t);
  Tensor *row = tensor_contiguous(t, e);
  const int64_t one = 1;
  Tensor *part = row ? tensor_view(row, 1, &it->count, &one, it->first, e) : NULL;
  tensor_release(row);
  return part;
}

static bool make_state(const Rule *r, Item *it, const Tensor *p, Err *e) {
  unsigned want = r->rule->states(&r->settings);
  for (int k = 0; k < OPTIM_STATES; k++) {
    if (!(want >> k & 1) || it->s[k]) continue;
    if (!(it->s[k] = tensor_zeros(p->dtype, p->nd, p->shape, e))) return false;
    if (r->rule->start) tensor_fill(it->s[k], r->rule->start(&r->settings));
  }
  return true;
}

static bool update_one(const Rule *r, Item *it, Err *e) {
  tensor_touch(it->p);
  if (it->parted && it->count == 0) return true;
  Tensor *p = part_of(it, it->p, e), *g = p ? part_of(it, it->p->grad, e) : NULL;
  bool ok = g && make_state(r, it, p, e);
  if (ok) ok = r->rule->update(p, g, it->s, &r->settings, ++it->step, e);
  tensor_release(p);
  tensor_release(g);
  return ok;
}

/* rule:update(lr): one step with the gradients at hand; parameters without one stay. */
static int rule_update(lua_State *L) {
  Rule *r = check_rule(L);
  Err e;
  if (!lua_isnoneornil(L, 2)) {
    lua_settop(L, 2);
    lua_pushliteral(L, "lr");
    lua_insert(L, 2);
    read_option(L, r);
  }
  for (int i = 0; i < r->n; i++)
    if (r->items[i].p->grad && !update_one(r, &r->items[i], &e)) return vm_fail(L, &e);
  return 0;
}

/* rule:parts{{first, count}, ...}: for each parameter the elements, from 0 on in a row, that the rule works on; its state
 * is of these. */
static int rule_parts(lua_State *L) {
  Rule *r = check_rule(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int i = 0; i < r->n; i++) {
    Item *it = &r->items[i];
    int64_t run[2];
    if (lua_rawgeti(L, 2, i + 1) != LUA_TTABLE)
      return vm_error(L, "optim: part of parameter %d is missing", i + 1);
    for (int k = 0; k < 2; k++) {
      lua_rawgeti(L, -1 - k, k + 1);
      run[k] = lua_tointeger(L, -1);
    }
    if (run[0] < 0 || run[1] < 0 || run[0] > it->p->n - run[1] ||
        (run[1] > 0 && run[1] < it->p->n && !tensor_is_contiguous(it->p)))
      return vm_error(L, "optim: parameter %d has no such part", i + 1);
    it->parted = true;
    it->first = run[0];
    it->count = run[1];
    lua_settop(L, 2);
  }
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

/* rule:clip(most, by_value, p): by the p-norm (2) gives the norm before. */
static int rule_clip(lua_State *L) {
  Rule *r = check_rule(L);
  double most = luaL_optnumber(L, 2, INFINITY), p = luaL_optnumber(L, 4, 2), norm = 0;
  Tensor **g;
  int n = gradients(r, &g);
  if (n < 0) return vm_error(L, "clip: out of memory");
  if (lua_toboolean(L, 3)) optim_clip_value(g, n, most);
  else norm = isfinite(most) ? optim_clip_norm_p(g, n, most, p) : optim_grad_norm_p(g, n, p);
  mem_free(g, (size_t)(r->n + 1) * sizeof *g);
  lua_pushnumber(L, norm);
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
    for (int k = 0; k < OPTIM_STATES; k++)
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
    for (int k = 0; k < OPTIM_STATES; k++) {
      lua_rawgeti(L, -2 - k, k + 2);
      Tensor *s = vm_test(L, -1);
      if (!s) { /* of before its first step */
        tensor_release(it->s[k]);
        it->s[k] = NULL;
        continue;
      }
      const bool row = it->parted && it->count < it->p->n;
      if (!(row ? s->nd == 1 && s->n == it->count : tensor_same_shape(s, it->p)) || s->dtype != it->p->dtype)
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
  static const luaL_Reg methods[] = {{"update", rule_update}, {"zero", rule_zero},
                                     {"clip", rule_clip},     {"parts", rule_parts},
                                     {"state", rule_state},   {"load_state", rule_load_state},
                                     {"__gc", rule_free},     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"rule", rule_new}, {"rules", rules}, {"ema", ema}, {NULL, NULL}};
  vm_methods(L, "lunette.rule", methods);
  lua_pop(L, 1);
  vm_add(L, "optim", functions);
}
