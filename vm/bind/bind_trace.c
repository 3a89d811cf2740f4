/* bind_trace.c: what a network computes, op by op: lunette.io.trace(f) for nn/lua/onnx/export.lua.
 *
 * While f runs every op that is called is noted with its inputs, parameters and outputs, which stay alive, so that an
 * address stands for one tensor.  A change in place of what was computed ends the trace: it would be lost. */
#include "bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Noted {
  const Op *op;
  int nx;
  Tensor **x; /* nx, then OP_OUTPUTS of y; NULL where absent */
  _Alignas(int64_t) unsigned char param[OP_PARAM_BYTES];
} Noted;

typedef struct OpTrace {
  Noted *call;
  int64_t n, room;
  char why[80]; /* it cannot be used, or "" */
} OpTrace;

static bool note(OpTrace *t, const OpCall *c) {
  if (t->n == t->room) {
    int64_t room = t->room ? t->room * 2 : 256;
    Noted *more = realloc(t->call, (size_t)room * sizeof *more);
    if (!more) return false;
    t->call = more;
    t->room = room;
  }
  Noted *at = &t->call[t->n];
  *at = (Noted){.op = c->op, .nx = c->nx, .x = calloc((size_t)c->nx + OP_OUTPUTS, sizeof(Tensor *))};
  if (!at->x) return false;
  memcpy(at->param, c->param, sizeof at->param);
  for (int i = 0; i < c->nx; i++) at->x[i] = c->x[i] ? tensor_retain(c->x[i]) : NULL;
  for (int i = 0; i < OP_OUTPUTS; i++) at->x[c->nx + i] = c->y[i] ? tensor_retain(c->y[i]) : NULL;
  t->n++;
  return true;
}

void vm_note(Vm *v, const OpCall *c) {
  if (!note(v->trace, c)) snprintf(v->trace->why, sizeof v->trace->why, "out of memory");
}

void vm_note_change(Vm *v, const Tensor *t, const char *what) {
  OpTrace *trace = v->trace;
  for (int64_t i = 0; i < trace->n; i++)
    for (int k = 0; k < OP_OUTPUTS; k++) {
      const Tensor *y = trace->call[i].x[trace->call[i].nx + k];
      if (y && (y == t || (y->store && y->store == t->store)))
        snprintf(trace->why, sizeof trace->why, "%s changes what was computed, in place", what);
    }
}

static const char TRACE[] = "lunette.trace";

static int trace_free(lua_State *L) {
  OpTrace *t = luaL_checkudata(L, 1, TRACE);
  for (int64_t i = 0; i < t->n; i++) {
    for (int k = 0; k < t->call[i].nx + OP_OUTPUTS; k++) tensor_release(t->call[i].x[k]);
    free(t->call[i].x);
  }
  free(t->call);
  *t = (OpTrace){0};
  return 0;
}

static void push_tensors(lua_State *L, const Noted *at, int from, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++)
    if (at->x[from + i]) {
      vm_push(L, tensor_retain(at->x[from + i]));
      lua_rawseti(L, -2, i + 1);
    }
}

static void push_list(lua_State *L, const IntList *list) {
  lua_createtable(L, list->n > 0 ? list->n : 0, 0);
  for (int i = 0; i < list->n; i++) {
    lua_pushinteger(L, list->v[i]);
    lua_rawseti(L, -2, i + 1);
  }
}

/* A parameter's value; nothing where it was not given.  Dimensions count from 0, as their op resolved them. */
static bool push_param(lua_State *L, const Param *p, const void *at) {
  switch (p->kind) {
  case P_NUMBER:
    if (!op_given(*(const P_NUMBER_TYPE *)at)) return false;
    lua_pushnumber(L, *(const P_NUMBER_TYPE *)at);
    return true;
  case P_INT:
    if (!op_given(*(const P_INT_TYPE *)at)) return false;
    lua_pushinteger(L, *(const P_INT_TYPE *)at);
    return true;
  case P_BOOL: lua_pushboolean(L, *(const P_BOOL_TYPE *)at); return true;
  case P_DIM:
    if (!op_given(*(const P_DIM_TYPE *)at)) return false;
    lua_pushinteger(L, *(const P_DIM_TYPE *)at);
    return true;
  case P_CHOICE: {
    const char *word = p->choices;
    for (int k = *(const P_CHOICE_TYPE *)at; k > 0 && (word = strchr(word, '|')); k--) word++;
    if (!word) return false;
    lua_pushlstring(L, word, strcspn(word, "|"));
    return true;
  }
  case P_DTYPE:
    if (*(const P_DTYPE_TYPE *)at >= DTYPES) return false;
    lua_pushstring(L, dtype_name[*(const P_DTYPE_TYPE *)at]);
    return true;
  case P_DRAW: return false;
  case P_DIMS:
  case P_SHAPE:
  case P_INTS:
    if (!op_given(*(const IntList *)at)) return false;
    push_list(L, at);
    return true;
  }
  return false;
}

static void push_call(lua_State *L, const Noted *at) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, at->op->name);
  lua_setfield(L, -2, "op");
  lua_pushinteger(L, at->nx);
  lua_setfield(L, -2, "n");
  push_tensors(L, at, 0, at->nx);
  lua_setfield(L, -2, "x");
  push_tensors(L, at, at->nx, OP_OUTPUTS);
  lua_setfield(L, -2, "y");
  lua_createtable(L, 0, at->op->params);
  for (int i = 0; i < at->op->params; i++)
    if (push_param(L, &at->op->param[i], at->param + at->op->param[i].at))
      lua_setfield(L, -2, at->op->param[i].name);
  lua_setfield(L, -2, "p");
}

/* (f): the list of calls; raises what f raises, and where a trace would not say all. */
static int trace(lua_State *L) {
  Vm *v = vm_of(L);
  lua_settop(L, 1);
  if (v->trace) return vm_error(L, "export: another trace is under way");
  OpTrace *t = lua_newuserdatauv(L, sizeof *t, 0);
  *t = (OpTrace){0};
  vm_methods(L, TRACE, (const luaL_Reg[]){{"__gc", trace_free}, {NULL, NULL}});
  lua_setmetatable(L, -2);
  v->trace = t;
  lua_pushvalue(L, 1);
  int status = lua_pcall(L, 0, 0, 0);
  v->trace = NULL;
  if (status != LUA_OK) return lua_error(L);
  if (t->why[0]) return vm_error(L, "export: %s", t->why);
  lua_createtable(L, (int)t->n, 0);
  for (int64_t i = 0; i < t->n; i++) {
    push_call(L, &t->call[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* (): how many calls the trace under way has noted, for who wants to know which are whose */
static int traced(lua_State *L) {
  const OpTrace *t = vm_of(L)->trace;
  lua_pushinteger(L, t ? t->n : 0);
  return 1;
}

/* (t): its address */
static int tensor_id(lua_State *L) {
  lua_pushlightuserdata(L, vm_check(L, 1, "tensor_id"));
  return 1;
}

void vm_open_trace(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"trace", trace}, {"traced", traced}, {"tensor_id", tensor_id}, {NULL, NULL}};
  vm_add_io(L, functions);
}
