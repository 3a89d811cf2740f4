/* bind_check.c: lunette.ops() and lunette.op(name): the op table as Lua values, for the tests that hold for
 * every op (each has its equation, its line of doc, an example that runs and gradient-check cases) and for
 * whoever wants to list ops. */
#include "bind.h"

#include <math.h>
#include <string.h>

static void set_text(lua_State *L, const char *key, const char *text) { /* nothing when there is none */
  if (!text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}
static void set_flag(lua_State *L, const char *key, bool on) {
  lua_pushboolean(L, on);
  lua_setfield(L, -2, key);
}
static void set_number(lua_State *L, const char *key, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, key);
}

/* {"x", "b?", "ids#"} */
static void push_inputs(lua_State *L, const Op *op) {
  lua_newtable(L);
  for (int i = 0; i < OP_INPUTS && op->in[i]; i++) {
    lua_pushstring(L, op->in[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

/* {{name=, kind=, doc=, choices=, default=, required=}, ...}; default only for scalar kinds that have one */
static void push_params(lua_State *L, const Op *op) {
  static const char *const kinds[] = {
      [P_NUMBER] = "number", [P_INT] = "int",     [P_BOOL] = "bool",   [P_DIM] = "dim",
      [P_CHOICE] = "choice", [P_DTYPE] = "dtype", [P_DRAW] = "number", [P_DIMS] = "dims",
      [P_SHAPE] = "shape",   [P_INTS] = "ints"};
  lua_newtable(L);
  for (int i = 0; i < op->params; i++) {
    const Param *p = &op->param[i];
    lua_newtable(L);
    set_text(L, "name", p->name);
    set_text(L, "kind", kinds[p->kind]);
    set_text(L, "doc", p->doc);
    set_text(L, "choices", p->choices);
    set_flag(L, "required", p->def == OP_REQUIRED);
    if (p->def == p->def && p->def != OP_REQUIRED && p->kind < P_DIMS) set_number(L, "default", p->def);
    lua_rawseti(L, -2, i + 1);
  }
}

/* {{shapes={{2,3},{3}}, args="dim=1", lo=-1, hi=1}, ...} */
static void push_checks(lua_State *L, const Op *op) {
  lua_newtable(L);
  for (int k = 0; k < OP_CHECKS && op->check[k].nx; k++) {
    const OpCheck *check = &op->check[k];
    lua_newtable(L);
    lua_newtable(L);
    for (int i = 0; i < check->nx && i < OP_INPUTS; i++) {
      lua_createtable(L, check->x[i].nd, 0);
      for (int d = 0; d < check->x[i].nd; d++) {
        lua_pushinteger(L, check->x[i].d[d]);
        lua_rawseti(L, -2, d + 1);
      }
      lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "shapes");
    set_text(L, "args", check->args ? check->args : "");
    bool given = check->lo != 0 || check->hi != 0;
    set_number(L, "lo", given ? check->lo : -1);
    set_number(L, "hi", given ? check->hi : 1);
    lua_rawseti(L, -2, k + 1);
  }
}

/* lunette.ops(): a list of all ops, as their Op declarations have them. */
static int list_ops(lua_State *L) {
  lua_newtable(L);
  const Op *op;
  for (int i = 0; (op = op_at(i)); i++) {
    lua_newtable(L);
    set_text(L, "name", op->name);
    set_text(L, "where", op->where);
    set_text(L, "eq", op->eq);
    set_text(L, "doc", op->doc);
    set_text(L, "example", op->example);
    set_text(L, "see", op->see);
    set_flag(L, "has_backward", op->backward || op->pass);
    set_flag(L, "input_list", op->flags & OP_INPUT_LIST);
    set_flag(L, "in_place", op->flags & OP_IN_PLACE);
    set_flag(L, "no_grad", op->flags & OP_NO_GRAD);
    set_flag(L, "random", op->flags & OP_RANDOM);
    set_flag(L, "view", op->flags & OP_VIEW);
    push_inputs(L, op);
    lua_setfield(L, -2, "inputs");
    push_params(L, op);
    lua_setfield(L, -2, "params");
    push_checks(L, op);
    lua_setfield(L, -2, "checks");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* The default of a parameter; nil: it has none. */
static void push_default(lua_State *L, const Param *p) {
  const bool some = p->def == p->def && p->def != OP_REQUIRED;
  if (!some) lua_pushnil(L);
  else if (p->kind == P_BOOL) lua_pushboolean(L, p->def != 0);
  else if (p->def == floor(p->def) && fabs(p->def) < 0x1p53) lua_pushinteger(L, (lua_Integer)p->def);
  else lua_pushnumber(L, p->def);
}

/* Pushes {"mean", "sum"} of "mean|sum", or nil. */
static void push_words(lua_State *L, const char *words) {
  if (!words) {
    lua_pushnil(L);
    return;
  }
  lua_newtable(L);
  for (int i = 1; *words; i++) {
    const size_t n = strcspn(words, "|");
    lua_pushlstring(L, words, n);
    lua_rawseti(L, -2, i);
    words += n + (words[n] == '|');
  }
}

/* lunette.param(op, name): the default of an op's parameter, of a choice its word; and the words of a choice, or nil. */
static int find_param(lua_State *L) {
  const char *op_name = luaL_checkstring(L, 1), *name = luaL_checkstring(L, 2);
  const Op *op = op_find(op_name);
  int i = 0;
  while (op && i < op->params && strcmp(op->param[i].name, name) != 0) i++;
  if (!op || i == op->params)
    return vm_error(L, "lunette.param: no parameter '%s' of an op '%s'", name, op_name);
  const Param *p = &op->param[i];
  push_default(L, p);
  push_words(L, p->choices);
  if (p->choices && !lua_isnil(L, -2)) {
    lua_rawgeti(L, -1, (lua_Integer)p->def + 1);
    lua_replace(L, -3);
  }
  return 2;
}

static int call(lua_State *L) { return vm_call_op(L, lua_touserdata(L, lua_upvalueindex(1))); }

/* lunette.op(name): the function of an op, of those too that no module offers under their name; nil: no such
 * op. */
static int find_op(lua_State *L) {
  const Op *op = op_find(luaL_checkstring(L, 1));
  if (!op) return 0;
  lua_pushlightuserdata(L, (void *)(uintptr_t)op);
  lua_pushcclosure(L, call, 1);
  return 1;
}

void vm_open_check(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"ops", list_ops}, {"op", find_op}, {"param", find_param}, {NULL, NULL}};
  vm_add(L, "lunette", functions);
}
