/* args.c: what an op is called with: positional (inputs, then parameters in the table's order) or one table of
 * both, with parameters by name: nn.conv2d{x, w, stride=2}, x:sum(2), x:sum{dim=2, keepdim=true}. */
#include "args.h"

#include "mem.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t ROOM_OF_ONE = sizeof(Tensor *) + sizeof(Number) + sizeof(bool);

static int input_count(const Op *op) {
  int n = 0;
  while (op->in[n]) n++;
  return n;
}
static bool input_optional(const char *in) { return strchr(in, '?') != NULL; }
/* " (a method takes a colon: x:narrow(dim, start, length))", or "" where there was one or the op is no
 * method: what is said when something is missing, or is where x should be. */
static const char *colon(Reader *r, char text[static 200]) {
  const Op *op = r->op;
  text[0] = 0;
  if (!strchr(op->where, 'm') || op->flags & OP_INPUT_LIST || vm_with_colon(r->L)) return text;
  int n = snprintf(text, 200, " (a method takes a colon: %.*s:%s(", op_input_length(op->in[0]), op->in[0],
                   op->name);
  const char *between = "";
  for (int i = 1; i < r->inputs && n < 160; i++)
    if (!input_optional(op->in[i])) {
      n += snprintf(text + n, 200 - (size_t)n, "%s%.*s", between, op_input_length(op->in[i]), op->in[i]);
      between = ", ";
    }
  for (int i = 0; i < op->params && n < 160; i++)
    if (op->param[i].def == OP_REQUIRED) {
      n += snprintf(text + n, 200 - (size_t)n, "%s%s", between, op->param[i].name);
      between = ", ";
    }
  snprintf(text + n, 200 - (size_t)n, "))");
  return text;
}

static bool bad_input(Reader *r, int i, int at) {
  char text[200];
  const char *in = r->op->in[i < r->inputs ? i : r->inputs - 1];
  return err_set(r->e, "%s: %.*s must be a tensor, got %s%s", r->op->name, op_input_length(in), in,
                 at ? vm_typename(r->L, at) : "nothing", i == 0 || !at ? colon(r, text) : "");
}

/* x.mean(2), x.exp(1): a plain number is no x. */
static bool has_tensor(const Reader *r) {
  for (int i = 1; i <= r->top; i++)
    if (lua_istable(r->L, i) || vm_peek(r->L, i)) return true;
  return false;
}

/* Inputs: tensors; a number waits (NAN slot) until the tensors' dtypes are known. */
static bool read_input(Reader *r, int i, int at, Number *number) {
  r->x[i] = vm_peek(r->L, at);
  r->temp[i] = false;
  if (r->x[i]) return true;
  int type = lua_type(r->L, at);
  if (type == LUA_TNUMBER || type == LUA_TBOOLEAN) {
    r->temp[i] = true;
    number->whole = type == LUA_TBOOLEAN || lua_isinteger(r->L, at);
    number->i = type == LUA_TBOOLEAN ? lua_toboolean(r->L, at) : lua_tointeger(r->L, at);
    number->v = number->whole ? (double)number->i : lua_tonumber(r->L, at);
    return true;
  }
  if (type <= LUA_TNIL && i < r->inputs && input_optional(r->op->in[i])) return true;
  return bad_input(r, i, at);
}

/* Lua numbers are weak: they take the tensors' dtype, but a fraction makes integers f32, and a whole number
 * that they cannot hold makes them i64. */
static Dtype scalar_dtype(Dtype d, const Number *n) {
  if (dtype_is_float(d)) return d;
  if (!n->whole) return F32;
  return d == BOOL || !dtype_holds_int(d, n->i) ? I64 : d;
}

/* The number that integers of dtype d are compared with: whole ones as they are, fractions in f64, beside which integers
 * that it rounds are still on the same side; beyond i64 all are on one side of it. */
static Tensor *comparable(Dtype d, const Number *n, Err *e) {
  const bool fits = d == BOOL ? n->i == 0 || n->i == 1 : dtype_holds_int(d, n->i);
  if (n->whole) return tensor_scalar_int(fits ? d : I64, n->i, e);
  if (dtype_holds(I64, n->v)) return tensor_scalar_int(I64, (int64_t)n->v, e);
  const bool beyond = fabs(n->v) >= 0x1p63;
  return tensor_scalar(F64, beyond ? copysign(INFINITY, n->v) : n->v, e);
}

static Tensor *make_scalar(const Reader *r, Dtype d, const Number *n) {
  if (r->op->flags & OP_COMPARES && !dtype_is_float(d)) return comparable(d, n, r->e);
  const Dtype s = scalar_dtype(d, n);
  return n->whole ? tensor_scalar_int(s, n->i, r->e) : tensor_scalar(s, n->v, r->e);
}

static bool is_index(const Reader *r, int i) { return i < r->inputs && strchr(r->op->in[i], '#'); }

/* Numbers take the dtype of the tensors beside them; that of indices does not count where there are others. */
static bool make_scalars(Reader *r, const Number *number) {
  Dtype d = BOOL;
  bool any = false, indices = true;
  for (int i = 0; i < r->nx; i++) {
    if (!r->x[i] || r->temp[i]) continue;
    const bool index = is_index(r, i);
    if (!any || (indices && !index)) d = r->x[i]->dtype;
    else if (index == indices) d = dtype_promote(d, r->x[i]->dtype);
    indices = indices && index;
    any = true;
  }
  if (!any && r->nx > 0 && !(r->op->flags & OP_INPUT_LIST)) return bad_input(r, 0, 1);
  for (int i = 0; i < r->nx; i++) {
    if (!r->temp[i]) continue;
    if (!(r->x[i] = make_scalar(r, any ? d : F32, &number[i]))) return false;
  }
  return true;
}

static bool bad_param(Reader *r, const Param *p, const char *want, int at) {
  return err_set(r->e, "%s: %s must be %s, got %s", r->op->name, p->name, want, vm_typename(r->L, at));
}

static bool read_choice(Reader *r, const Param *p, int *to, int at) {
  const char *word = lua_type(r->L, at) == LUA_TSTRING ? lua_tostring(r->L, at) : NULL;
  if (!word) return bad_param(r, p, p->choices, at);
  int k = 0;
  for (const char *c = p->choices; *c; k++) {
    size_t n = strcspn(c, "|");
    if (strlen(word) == n && strncmp(c, word, n) == 0) {
      *to = k;
      return true;
    }
    c += n + (c[n] == '|');
  }
  return err_set(r->e, "%s: %s is '%s'; it must be one of %s", r->op->name, p->name, word, p->choices);
}

/* Whole numbers reach as far as doubles hold them, so that sums of a few do not overflow. */
static bool too_great(Reader *r, const Param *p, int at) {
  if (lua_isinteger(r->L, at))
    return err_set(r->e, "%s: %s = %lld is beyond 2^53, where it would not be exact", r->op->name, p->name,
                   (long long)lua_tointeger(r->L, at));
  return err_set(r->e, "%s: %s = %g is beyond 2^53, where it would not be exact", r->op->name, p->name,
                 lua_tonumber(r->L, at));
}
static bool is_whole(double v) { return v == floor(v) && fabs(v) <= 0x1p53; }

static bool read_whole(Reader *r, const Param *p, int64_t *to, int at) {
  const double v = lua_tonumber(r->L, at);
  if (v != floor(v)) return bad_param(r, p, "whole numbers", at);
  if (!is_whole(v) || (lua_isinteger(r->L, at) && lua_tointeger(r->L, at) != (int64_t)v))
    return too_great(r, p, at);
  *to = (int64_t)v;
  return true;
}

static bool read_list(Reader *r, const Param *p, IntList *to, int at) {
  lua_State *L = r->L;
  if (lua_type(L, at) == LUA_TNUMBER) {
    to->n = 1;
    return read_whole(r, p, to->v, at);
  }
  if (lua_type(L, at) != LUA_TTABLE) return bad_param(r, p, "a number or a list", at);
  size_t n = lua_rawlen(L, at);
  if (n > DIMS) return err_set(r->e, "%s: %s has %zu numbers, at most %d", r->op->name, p->name, n, DIMS);
  to->n = (int)n;
  for (size_t i = 0; i < n; i++) {
    const int type = lua_rawgeti(L, at, (lua_Integer)i + 1);
    const double v = lua_tonumber(L, -1);
    const bool ok = type != LUA_TNUMBER || v != floor(v)
                        ? err_set(r->e, "%s: %s must hold whole numbers", r->op->name, p->name)
                        : read_whole(r, p, &to->v[i], lua_gettop(L));
    lua_pop(L, 1);
    if (!ok) return false;
  }
  return true;
}

/* A number, or a tensor of one element; never one that says "absent" (NaN), nor one that a double cuts. */
static bool read_number(Reader *r, const Param *p, double *to, int at) {
  lua_State *L = r->L;
  Tensor *t = vm_test(L, at);
  char text[TEXT];
  if (t && tensor_is_meta(t))
    return err_set(r->e, "%s: %s is %s, which has a shape only, no elements", r->op->name, p->name,
                   tensor_text(text, t));
  if (t && t->n == 1) *to = tensor_get(t, 0);
  else if (lua_type(L, at) == LUA_TNUMBER) *to = lua_tonumber(L, at);
  else return bad_param(r, p, "a number", at);
  if (p->kind != P_NUMBER && *to != floor(*to)) return bad_param(r, p, "a whole number", at);
  if (*to != *to && p->def != p->def)
    return err_set(r->e, "%s: %s must be a number, got nan", r->op->name, p->name);
  const bool whole = t ? !dtype_is_float(t->dtype) : lua_isinteger(L, at);
  const int64_t exact = !whole ? 0 : t ? tensor_get_int(t, 0) : lua_tointeger(L, at);
  if (whole && (*to >= 0x1p63 || (int64_t)*to != exact))
    return err_set(r->e, "%s: %s = %lld is beyond 2^53, where it would not be exact", r->op->name, p->name,
                   (long long)exact);
  if (p->kind != P_NUMBER && !is_whole(*to))
    return err_set(r->e, "%s: %s = %g is beyond 2^53, where it would not be exact", r->op->name, p->name,
                   *to);
  return true;
}

static bool read_dtype(Reader *r, const Param *p, Dtype *to, int at) {
  const char *name = lua_type(r->L, at) == LUA_TSTRING ? lua_tostring(r->L, at) : "";
  if (!*name) return bad_param(r, p, "one of f32 f64 i64 i32 u8 bool", at);
  return dtype_find(name, to) ||
         err_set(r->e, "%s: unknown dtype '%s' (f32 f64 i64 i32 u8 bool)", r->op->name, name);
}

static bool read_param(Reader *r, int i, int at) {
  lua_State *L = r->L;
  const Param *p = &r->op->param[i];
  void *to = r->c->param + p->at;
  double number;
  if (lua_type(L, at) <= LUA_TNIL) return true;
  r->given |= 1u << i;
  switch (p->kind) {
  case P_BOOL:
    if (!lua_isboolean(L, at)) return bad_param(r, p, "true or false", at);
    *(P_BOOL_TYPE *)to = lua_toboolean(L, at);
    return true;
  case P_CHOICE: return read_choice(r, p, to, at);
  case P_DTYPE: return read_dtype(r, p, to, at);
  case P_DIMS:
  case P_SHAPE:
  case P_INTS: return read_list(r, p, to, at);
  case P_DIM:
    if (!read_number(r, p, &number, at)) return false;
    *(P_DIM_TYPE *)to = number > INT_MAX ? INT_MAX : number < -INT_MAX ? -INT_MAX : (int)number;
    return true;
  case P_INT:
    if (!read_number(r, p, &number, at)) return false;
    *(P_INT_TYPE *)to = (int64_t)number;
    return true;
  default: return read_number(r, p, to, at);
  }
}

int args_count(const Op *op) {
  int n = 0;
  while (n < op->params && op->param[n].kind != P_DRAW) n++;
  return n;
}

static bool unknown_option(Reader *r, const char *key) {
  const char *names[OP_INPUTS + OP_PARAMS + 1];
  char inputs[OP_INPUTS][24], all[400] = "";
  int n = 0;
  for (int i = 0; i < r->inputs && !(r->op->flags & OP_INPUT_LIST); i++) {
    snprintf(inputs[i], sizeof inputs[i], "%.*s", op_input_length(r->op->in[i]), r->op->in[i]);
    names[n++] = inputs[i];
  }
  int first = n;
  for (int i = 0; i < args_count(r->op); i++) names[n++] = r->op->param[i].name;
  names[n] = NULL;
  const char *near = vm_nearest(key, names);
  if (near) return err_set(r->e, "%s: unknown option '%s'. Did you mean '%s'?", r->op->name, key, near);
  for (int i = first; i < n; i++) snprintf(all + strlen(all), sizeof all - strlen(all), " %s", names[i]);
  return err_set(r->e, "%s: unknown option '%s'. Options:%s", r->op->name, key, n > first ? all : " none");
}

static bool twice(Reader *r, const char *key) {
  return err_set(r->e, "%s: %s is given twice, by its place and by its name", r->op->name, key);
}

/* One named entry: a parameter, an input by its name, or the generator of an op that draws numbers. */
static bool read_named(Reader *r, const char *key, int at, Number *number) {
  if (r->op->flags & OP_RANDOM && strcmp(key, "rng") == 0) {
    r->rng = luaL_testudata(r->L, at, "lunette.rng");
    return r->rng || err_set(r->e, "%s: rng must come from tensor.rng(seed), got %s", r->op->name,
                             vm_typename(r->L, at));
  }
  for (int i = 0; i < args_count(r->op); i++)
    if (strcmp(key, r->op->param[i].name) == 0)
      return r->given >> i & 1 ? twice(r, key) : read_param(r, i, at);
  for (int i = 0; i < r->inputs && !(r->op->flags & OP_INPUT_LIST); i++)
    if (strlen(key) == (size_t)op_input_length(r->op->in[i]) &&
        strncmp(key, r->op->in[i], strlen(key)) == 0) {
      if (i < r->nx && (r->x[i] || r->temp[i])) return twice(r, key);
      for (; r->nx < i + 1; r->nx++) { /* inputs between are absent until they are named */
        r->x[r->nx] = NULL;
        r->temp[r->nx] = false;
      }
      return read_input(r, i, at, &number[i]);
    }
  return unknown_option(r, key);
}

static bool read_names(Reader *r, int table, Number *number) {
  lua_State *L = r->L;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    bool ok = true;
    if (lua_type(L, -2) == LUA_TSTRING) ok = read_named(r, lua_tostring(L, -2), lua_gettop(L), number);
    else if (!lua_isinteger(L, -2)) ok = err_set(r->e, "%s: option names must be strings", r->op->name);
    if (!ok) {
      lua_pop(L, 2);
      return false;
    }
    lua_pop(L, 1);
  }
  return true;
}

static ParamKind first_kind(const Op *op) { return op->params ? op->param[0].kind : P_NUMBER; }

/* An op's only list takes all numbers in a row, x:reshape(2, 3); of kernel, stride, padding each takes one.
 */
static bool takes_row(const Op *op, int i) {
  if (op->param[i].kind < P_DIMS) return false;
  int lists = 0;
  for (int k = 0; k < args_count(op); k++) lists += op->param[k].kind >= P_DIMS;
  return lists == 1;
}

/* Positional parameters `first`..`last` of the stack. */
static bool read_positional(Reader *r, int first, int last) {
  int n = args_count(r->op);
  for (int i = 0, at = first; at <= last; i++) {
    if (i >= n) return vm_too_many(r->e, r->op->name, last - at + 1);
    const Param *p = &r->op->param[i];
    if (takes_row(r->op, i) && lua_type(r->L, at) == LUA_TNUMBER) {
      IntList *list = (IntList *)(void *)(r->c->param + p->at);
      for (list->n = 0; at <= last && lua_type(r->L, at) == LUA_TNUMBER; at++) {
        if (list->n == DIMS)
          return err_set(r->e, "%s: %s takes at most %d numbers", r->op->name, p->name, DIMS);
        if (!read_whole(r, p, &list->v[list->n++], at)) return false;
      }
      r->given |= 1u << i;
    } else {
      if (!read_param(r, i, at)) return false;
      at++;
    }
  }
  return true;
}

/* Spreads the array part of a table from `skip`+1 on over the stack and reads it as parameters. */
static bool read_array(Reader *r, int table, int skip) {
  lua_State *L = r->L;
  int first = lua_gettop(L) + 1;
  lua_Integer n = (lua_Integer)lua_rawlen(L, table);
  if (n - skip > 16) return err_set(r->e, "%s: too many arguments", r->op->name);
  for (lua_Integer i = skip + 1; i <= n; i++) lua_rawgeti(L, table, i);
  bool ok = read_positional(r, first, lua_gettop(L));
  lua_settop(L, first - 1);
  return ok;
}

/* A table holds everything: {x, w, stride = 2}, or for a list op {a, b, dim = 1} or {{a, b}, dim = 1}. */
static bool read_table(Reader *r, int table, Number *number) {
  lua_State *L = r->L;
  int n = (int)lua_rawlen(L, table), most = r->op->flags & OP_INPUT_LIST ? n : r->inputs;
  int used = 0;
  for (; used < n && used < most; used++) {
    lua_rawgeti(L, table, used + 1);
    bool param = used > 0 && lua_type(L, -1) == LUA_TNUMBER && r->op->flags & OP_INPUT_LIST;
    bool ok = param || read_input(r, used, lua_gettop(L), &number[used]);
    lua_pop(L, 1);
    if (!ok) return false;
    if (param) break;
  }
  r->nx = used;
  return read_array(r, table, used) && read_names(r, table, number);
}

/* Positional parameters from `first` on, then perhaps a table of named ones: x:sum(2, {keepdim = true}). */
static bool read_rest(Reader *r, int first, Number *number) {
  bool names = r->top >= first && lua_istable(r->L, r->top) && lua_rawlen(r->L, r->top) == 0;
  if (!read_positional(r, first, names ? r->top - 1 : r->top)) return false;
  return !names || read_names(r, r->top, number);
}

/* A number where an index tensor is due, and the tensor behind it: the dimension comes first. */
static bool dim_before_ids(Reader *r, int used, int top) {
  return used > 0 && is_index(r, used) && first_kind(r->op) == P_DIM && used + 2 <= top &&
         lua_type(r->L, used + 1) == LUA_TNUMBER && vm_peek(r->L, used + 2);
}

/* {} where the first parameter is a list that must be given: x:reshape{} is the shape of one number. */
static bool empty_for_list(Reader *r, int table) {
  if (first_kind(r->op) < P_DIMS || r->op->param[0].def != OP_REQUIRED) return false;
  lua_pushnil(r->L);
  if (!lua_next(r->L, table)) return true;
  lua_pop(r->L, 2);
  return false;
}

/* A list where a tensor is due, nn.cross_entropy(x, {1, 2}): its numbers would be taken for parameters. */
static bool list_for_input(Reader *r, int used, int at) {
  char name[24];
  if (r->op->flags & OP_INPUT_LIST || used >= r->inputs || input_optional(r->op->in[used]) ||
      !lua_istable(r->L, at) || lua_rawlen(r->L, at) == 0)
    return false;
  snprintf(name, sizeof name, "%.*s", op_input_length(r->op->in[used]), r->op->in[used]);
  bool named = lua_getfield(r->L, at, name) != LUA_TNIL;
  lua_pop(r->L, 1);
  return !named;
}

static bool read_all(Reader *r) {
  lua_State *L = r->L;
  Number *number = r->number;
  if (!r->x) return err_set(r->e, "%s: out of memory for %d tensors", r->op->name, r->room);
  int top = r->top, used = 0;
  if (r->inputs > 0 && top > 0 && !has_tensor(r)) return bad_input(r, 0, 1);
  if (r->op->flags & OP_INPUT_LIST ? lua_istable(L, 1) : top == 1 && lua_istable(L, 1)) {
    if (!read_table(r, 1, number) || !read_rest(r, 2, number)) return false;
  } else {
    int inputs = r->op->flags & OP_INPUT_LIST ? r->room : r->inputs;
    for (; used < top && used < inputs; used++) {
      bool list_ends = r->op->flags & OP_INPUT_LIST && !vm_peek(L, used + 1);
      bool options = lua_istable(L, used + 1) && used > 0;
      if (options && list_for_input(r, used, used + 1)) return bad_input(r, used, used + 1);
      if (list_ends || options) break;
      if (dim_before_ids(r, used, top)) { /* x:gather(2, ids), as PyTorch has it */
        if (!read_param(r, 0, used + 1)) return false;
        lua_remove(L, used + 1);
        top = --r->top;
      }
      if (used < r->inputs && used > 0 && input_optional(r->op->in[used]) && !vm_peek(L, used + 1) &&
          !lua_isnil(L, used + 1))
        break;
      if (!read_input(r, used, used + 1, &number[used])) return false;
    }
    r->nx = used;
    bool options = top > used && lua_istable(L, top) && top == used + 1;
    bool plain_list = options && first_kind(r->op) >= P_DIMS && lua_rawlen(L, top) > 0;
    if (plain_list) { /* x:pad{{1, 1}, mode="reflect"} has its list in the list */
      plain_list = lua_rawgeti(L, top, 1) != LUA_TTABLE;
      lua_pop(L, 1);
    }
    if (options && empty_for_list(r, top)) plain_list = true;
    if (plain_list) { /* x:sum{1, 2} is a list of dims; x:sum{2, keepdim=true} too */
      if (!read_param(r, 0, top) || !read_names(r, top, number)) return false;
    } else if (options) {
      if (!read_array(r, top, 0) || !read_names(r, top, number)) return false;
    } else {
      if (!read_rest(r, used + 1, number)) return false;
    }
  }
  if (!(r->op->flags & OP_INPUT_LIST)) {
    for (int i = r->nx; i < r->inputs; i++) {
      r->x[i] = NULL;
      r->temp[i] = false;
    }
    for (int i = 0; i < r->inputs; i++)
      if (!r->x[i] && !r->temp[i] && !input_optional(r->op->in[i]))
        return bad_input(r, i, i > 0 && i < top ? i + 1 : 0); /* x + {}: the table was no option */
    r->nx = r->inputs;
  }
  return make_scalars(r, number);
}

static bool required_given(Reader *r) {
  char text[200];
  for (int i = 0; i < args_count(r->op); i++) {
    const Param *p = &r->op->param[i];
    if (p->def == OP_REQUIRED && !(r->given >> i & 1))
      return err_set(r->e, "%s: %s is missing%s", r->op->name, p->name, colon(r, text));
  }
  return true;
}

/* A tensor for each input and nothing else: what most calls are. */
static bool read_tensors(Reader *r) {
  if (r->top != r->inputs || r->op->flags & OP_INPUT_LIST) return false;
  for (int i = 0; i < r->inputs; i++)
    if (!(r->x[i] = vm_peek(r->L, i + 1))) return false;
  r->nx = r->inputs;
  return true;
}

bool args_read(Reader *r) { return (read_tensors(r) || read_all(r)) && required_given(r); }

void args_end(Reader *r) {
  for (int i = 0; i < r->nx; i++)
    if (r->temp[i]) tensor_release(r->x[i]);
  if (r->number && r->room > FEW) mem_free(r->number, (size_t)r->room * ROOM_OF_ONE);
}

/* Places for every input there can be: in a list, as many as it has. */
static void reader_room(Reader *r) {
  int64_t n = lua_istable(r->L, 1) ? (int64_t)lua_rawlen(r->L, 1) : r->top;
  r->room = !(r->op->flags & OP_INPUT_LIST) || n <= FEW ? FEW : n < INT_MAX / 2 ? (int)n : INT_MAX / 2;
  r->x = r->few_x;
  r->number = r->few_number;
  r->temp = r->few_temp;
  if (r->room > FEW) {
    r->number = mem_alloc((size_t)r->room * ROOM_OF_ONE);
    r->x = r->number ? (Tensor **)(void *)(r->number + r->room) : NULL;
    r->temp = r->number ? (bool *)(r->x + r->room) : NULL;
  }
  if (r->temp) memset(r->temp, 0, (size_t)r->room * sizeof *r->temp);
}

void args_begin(Reader *r, lua_State *L, const Op *op, OpCall *c, Err *e) {
  r->L = L;
  r->op = op;
  r->c = c;
  r->e = e;
  r->inputs = input_count(op);
  r->nx = 0;
  r->rng = NULL;
  r->given = 0;
  r->top = lua_gettop(L);
  reader_room(r);
  op_init(c, op, r->x, 0);
}
