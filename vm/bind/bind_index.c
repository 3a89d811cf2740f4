/* bind_index.c: x[...] and x[...] = value.
 *
 *   x[i]  x[{i, {a,b}, {a,b,step}, {}, "..."}]  x["i, a:b, a:b:step, :, ..., -1, new"]  x[mask]  x[ids]
 *
 * 1-based, inclusive, negative from the end.  All integers give a Lua number, anything else a view; masks and
 * index tensors gather a copy.  A string shaped like an identifier is a field or a method. */
#include "bind.h"

#include "index.h"
#include "op_move.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Item {
  enum { AT, RANGE, ELLIPSIS, NEW } kind;
  bool has_a, has_b;
  int64_t a, b, step;
} Item;

enum { ITEMS = 2 * DIMS };

typedef struct View { /* what an index means for one tensor */
  int nd, dropped;    /* dimensions left; picked by an integer */
  int64_t shape[DIMS], stride[DIMS], offset;
  int64_t start[DIMS], count[DIMS], step[DIMS]; /* per dimension of the source, 0-based */
  bool drop[DIMS];
} View;

/* --- reading an index ----------------------------------------------------------------------------------- */

static const char *skip(const char *s) {
  while (isspace((unsigned char)*s)) s++;
  return s;
}

static bool number(const char **s, int64_t *v) {
  char *end;
  const char *at = skip(*s);
  if (!isdigit((unsigned char)*at) && !(*at == '-' && isdigit((unsigned char)at[1]))) return false;
  *v = strtoll(at, &end, 10);
  *s = skip(end);
  return true;
}

/* One comma-separated part of a slice string. */
static bool parse_item(const char **s, Item *it) {
  *it = (Item){.kind = RANGE, .step = 1};
  *s = skip(*s);
  if (strncmp(*s, "...", 3) == 0) {
    it->kind = ELLIPSIS;
    *s = skip(*s + 3);
    return true;
  }
  if (strncmp(*s, "new", 3) == 0) {
    it->kind = NEW;
    *s = skip(*s + 3);
    return true;
  }
  it->has_a = number(s, &it->a);
  if (**s != ':') {
    it->kind = AT;
    return it->has_a;
  }
  (*s)++;
  it->has_b = number(s, &it->b);
  if (**s != ':') return true;
  (*s)++;
  return number(s, &it->step);
}

static int parse_string(lua_State *L, const char *text, Item *items) {
  int n = 0;
  for (const char *s = text;;) {
    if (n == ITEMS) vm_error(L, "index \"%s\": too many parts", text);
    if (!parse_item(&s, &items[n++]) || (*s && *s != ','))
      vm_error(L, "index \"%s\": part %d is not one of i, a:b, a:b:step, :, ..., new%s", text, n,
               strpbrk(text, "[];{}") ? "; several rows are x[tensor{1, 3, dtype=\"i64\"}]" : "");
    if (!*s++) return n;
  }
}

/* The next part of a table of n, its value on the top: which, from 0; -1 behind the last.  x[{dim = 2}] would be all of
 * x, were the key not seen. */
static int next_part(lua_State *L, int table, int n) {
  if (!lua_next(L, table)) return -1;
  const lua_Integer k = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
  if (k < 1 || k > n)
    vm_error(L, "index: %s is no part; they stand in order, x[{i, {a,b}, {}}]", luaL_tolstring(L, -2, NULL));
  return (int)k - 1;
}

/* A part that is nil stands in no traversal. */
static void all_parts(lua_State *L, int found, int n, const char *what) {
  if (found < n) vm_error(L, "%s: whole number expected, got nil", what);
}

/* {}: all; {a, b}; {a, b, step}; nil ends stay open: {a}. */
static void range_of_table(lua_State *L, int i, Item *it) {
  *it = (Item){.kind = RANGE, .step = 1};
  const int n = (int)lua_rawlen(L, i);
  if (n > 3) vm_error(L, "index: a range is {first, last, step}, got %d numbers", n);
  int64_t v[3] = {0, 0, 1};
  int found = 0;
  lua_pushnil(L);
  for (int k; (k = next_part(L, i, n)) >= 0; found++, lua_pop(L, 1))
    v[k] = vm_check_int(L, -1, "index range");
  all_parts(L, found, n, "index range");
  it->has_a = n > 0;
  it->has_b = n > 1;
  it->a = v[0];
  it->b = v[1];
  it->step = v[2];
}

static int parse_table(lua_State *L, int table, Item *items) {
  int n = (int)lua_rawlen(L, table);
  if (n > ITEMS) vm_error(L, "index: too many parts");
  int found = 0;
  lua_pushnil(L);
  for (int k; (k = next_part(L, table, n)) >= 0; found++) {
    int top = lua_gettop(L), ok = 1;
    if (lua_istable(L, top)) range_of_table(L, top, &items[k]);
    else if (lua_type(L, top) == LUA_TSTRING) {
      const char *s = lua_tostring(L, top);
      ok = parse_item(&s, &items[k]) && !*s;
    } else {
      items[k] = (Item){.kind = AT, .has_a = true, .a = vm_check_int(L, top, "index")};
    }
    if (!ok)
      vm_error(L, "index: part %d, \"%s\", is not one of i, {a,b}, {a,b,step}, {}, \"...\", \"new\"", k + 1,
               lua_tostring(L, top));
    lua_settop(L, top - 1);
  }
  all_parts(L, found, n, "index");
  return n;
}

/* --- applying it --------------------------------------------------------------------------------------- */

static int64_t from_end(int64_t i, int64_t size) { return i < 0 ? i + size : i - 1; }

static void apply_at(lua_State *L, const Tensor *t, int dim, int64_t i, View *v) {
  char text[TEXT];
  int64_t at = from_end(i, t->shape[dim]);
  if (i == 0) vm_error(L, "index 0 of %s: indices count from 1", tensor_text(text, t));
  if (at < 0 || at >= t->shape[dim])
    vm_error(L, "index %lld outside 1..%lld (dim %d of %s)", (long long)i, (long long)t->shape[dim], dim + 1,
             tensor_text(text, t));
  v->start[dim] = at;
  v->count[dim] = v->step[dim] = 1;
  v->offset += at * t->stride[dim];
  v->drop[dim] = true;
  v->dropped++;
}

static void apply_range(lua_State *L, const Tensor *t, int dim, const Item *it, View *v) {
  char text[TEXT];
  int64_t size = t->shape[dim], step = it->step;
  if (step == 0) vm_error(L, "index: step 0 (dim %d of %s)", dim + 1, tensor_text(text, t));
  if ((it->has_a && it->a == 0) || (it->has_b && it->b == 0))
    vm_error(L, "index range %lld:%lld of %s: indices count from 1", (long long)it->a, (long long)it->b,
             tensor_text(text, t));
  int64_t a = it->has_a ? from_end(it->a, size) : step > 0 ? 0 : size - 1;
  int64_t b = it->has_b ? from_end(it->b, size) : step > 0 ? size - 1 : 0;
  bool none = step > 0 ? b < a : a < b;
  if (!none && (a < 0 || a >= size || b < 0 || b >= size))
    vm_error(L, "index range %lld:%lld outside 1..%lld (dim %d of %s)", (long long)(it->has_a ? it->a : 1),
             (long long)(it->has_b ? it->b : size), (long long)size, dim + 1, tensor_text(text, t));
  int64_t n = none ? 0 : (b - a) / step + 1;
  if (n <= 1) step = 1; /* whatever it was, it is not taken; a huge one would overflow the stride */
  v->start[dim] = n ? a : 0;
  v->count[dim] = n;
  v->step[dim] = step;
  if (v->nd == DIMS) vm_error(L, "index: more than %d dimensions", DIMS);
  v->shape[v->nd] = n;
  v->stride[v->nd++] = t->stride[dim] * step;
  v->offset += v->start[dim] * t->stride[dim];
}

static void apply(lua_State *L, const Tensor *t, const Item *items, int n, View *v) {
  static const Item whole = {.kind = RANGE, .step = 1};
  *v = (View){0};
  int takes = 0, dots = 0, dim = 0;
  for (int i = 0; i < n; i++) {
    takes += items[i].kind == AT || items[i].kind == RANGE;
    dots += items[i].kind == ELLIPSIS;
  }
  char text[TEXT];
  if (dots > 1) vm_error(L, "index: '...' may stand once");
  if (takes > t->nd)
    vm_error(L, "index has %d parts, %s has %d dimensions", takes, tensor_text(text, t), t->nd);
  for (int i = 0; i < n; i++) {
    if (items[i].kind == NEW) {
      if (v->nd == DIMS) vm_error(L, "index: more than %d dimensions", DIMS);
      v->shape[v->nd] = 1;
      v->stride[v->nd++] = 0;
    } else if (items[i].kind == ELLIPSIS) {
      for (int k = t->nd - takes; k > 0; k--) apply_range(L, t, dim++, &whole, v);
    } else if (items[i].kind == AT) {
      apply_at(L, t, dim++, items[i].a, v);
    } else {
      apply_range(L, t, dim++, &items[i], v);
    }
  }
  while (dim < t->nd) apply_range(L, t, dim++, &whole, v);
}

/* While gradients are recorded, or what is computed is noted, the view is made by ops, else at once. */
static void push_view(lua_State *L, Tensor *t, const View *v) {
  Err e;
  if (!vm_of(L)->trace && (!t->requires_grad || !tape_recording(vm_of(L)->tape))) {
    Tensor **box = vm_box(L);
    if (!(*box = tensor_view(t, v->nd, v->shape, v->stride, v->offset, &e))) vm_fail(L, &e);
    return;
  }
  struct slice_params part = {{.n = t->nd}, {.n = t->nd}, {.n = t->nd}, {.n = v->dropped ? t->nd : 0}};
  for (int i = 0; i < t->nd; i++) {
    part.start.v[i] = v->start[i];
    part.count.v[i] = v->count[i];
    part.step.v[i] = v->step[i];
    part.drop.v[i] = v->drop[i];
  }
  vm_apply(L, &op_slice, &t, 1, &part);
  if (v->nd == t->nd - v->dropped) return; /* no dimension is new */
  Tensor *sliced = vm_test(L, -1);
  struct view_params whole = {{.n = v->nd}};
  for (int i = 0; i < v->nd; i++) whole.shape.v[i] = v->shape[i];
  vm_apply(L, &op_view, &sliced, 1, &whole);
  lua_remove(L, -2);
}

/* The view that key (string or table at stack index i) names; true when all parts are integers. */
static bool resolve(lua_State *L, const Tensor *t, int i, View *v) {
  Item items[ITEMS];
  int n = lua_istable(L, i) ? parse_table(L, i, items) : parse_string(L, lua_tostring(L, i), items);
  apply(L, t, items, n, v);
  return v->nd == 0 && t->nd > 0;
}

static void resolve_int(lua_State *L, const Tensor *t, int64_t i, View *v) {
  Item it = {.kind = AT, .has_a = true, .a = i};
  apply(L, t, &it, 1, v);
}

/* --- a tensor among the parts ------------------------------------------------------------------------------ */

/* Which part of the table at stack index i is a tensor; 0: none. */
static int tensor_part(lua_State *L, int i) {
  int found = 0;
  for (int k = 1, n = (int)lua_rawlen(L, i); k <= n; k++) {
    Tensor *ids = lua_rawgeti(L, i, k) == LUA_TUSERDATA ? vm_test(L, -1) : NULL;
    lua_pop(L, 1);
    if (!ids) continue;
    if (found) vm_error(L, "index: two parts are tensors; one after the other: x[{ids, {}}][{{}, ids}]");
    if (ids->dtype == BOOL) vm_error(L, "index: a mask stands alone, x[mask]; part %d is one", k);
    found = k;
  }
  return found;
}

/* The view that the other parts name, of the whole dimension where the tensor stands; pushes it and the tensor.  Returns
 * that dimension of the view. */
static int push_mixed(lua_State *L, Tensor *t, int table, int part) {
  Item items[ITEMS];
  View v;
  int n = (int)lua_rawlen(L, table), dim = 0, takes = 0;
  lua_createtable(L, n, 0);
  for (int k = 1; k <= n; k++) {
    if (k == part) lua_newtable(L); /* {}: all */
    else lua_rawgeti(L, table, k);
    lua_rawseti(L, -2, k);
  }
  n = parse_table(L, lua_gettop(L), items);
  apply(L, t, items, n, &v);
  for (int k = 0; k < n; k++) takes += items[k].kind == AT || items[k].kind == RANGE;
  for (int k = 0; k < part - 1; k++) dim += items[k].kind == ELLIPSIS ? t->nd - takes : items[k].kind != AT;
  push_view(L, t, &v);
  lua_remove(L, -2);
  lua_rawgeti(L, table, part);
  return dim;
}

/* x[{1, ids}]: slices of the view by number.  Upvalue 1: the methods. */
static int index_mixed(lua_State *L, Tensor *t, int part) {
  lua_getfield(L, lua_upvalueindex(1), "index_select");
  int dim = push_mixed(L, t, 2, part);
  lua_pushinteger(L, dim + 1);
  lua_call(L, 3, 1);
  return 1;
}

/* --- fields -------------------------------------------------------------------------------------------- */

static bool identifier(const char *s) {
  if (!isalpha((unsigned char)*s) && *s != '_') return false;
  while (isalnum((unsigned char)*s) || *s == '_') s++;
  return *s == 0;
}

static int push_field(lua_State *L, Tensor *t, const char *name) {
  if (strcmp(name, "grad") == 0) {
    if (t->grad) vm_push(L, tensor_retain(t->grad));
    else lua_pushnil(L);
  } else if (strcmp(name, "shape") == 0) {
    vm_push_shape(L, t);
  } else if (strcmp(name, "dtype") == 0) {
    lua_pushstring(L, dtype_name[t->dtype]);
  } else if (strcmp(name, "ndim") == 0) {
    lua_pushinteger(L, t->nd);
  } else if (strcmp(name, "needs_grad") == 0) {
    lua_pushboolean(L, t->requires_grad);
  } else if (strcmp(name, "is_leaf") == 0) {
    lua_pushboolean(L, !t->fn);
  } else if (strcmp(name, "is_meta") == 0) { /* a shape without elements */
    lua_pushboolean(L, tensor_is_meta(t));
  } else if (strcmp(name, "version") == 0) { /* grows with every change in place */
    lua_pushinteger(L, t->store ? t->store->version : 0);
  } else {
    return 0;
  }
  return 1;
}

static int no_such_field(lua_State *L, Tensor *t, const char *name) {
  const char *names[512] = {"grad", "shape", "dtype", "ndim", "needs_grad", "is_leaf", "is_meta", "version"};
  int n = 8;
  lua_pushnil(L);
  while (lua_next(L, lua_upvalueindex(1))) {
    if (n < 510) names[n++] = lua_tostring(L, -2);
    lua_pop(L, 1);
  }
  char text[TEXT];
  const char *near = vm_nearest(name, names);
  if (near)
    return vm_error(L, "%s has no field or method '%s'. Did you mean '%s'?", tensor_text(text, t), name,
                    near);
  return vm_error(L, "%s has no field or method '%s'", tensor_text(text, t), name);
}

static int index_by_tensor(lua_State *L, Tensor *ids) {
  if (ids->dtype == BOOL) vm_want_data(L, ids, "x[mask]"); /* the result's shape depends on it */
  Tensor *x[2] = {vm_test(L, 1), ids};
  vm_apply(L, op_find(ids->dtype == BOOL ? "masked_select" : "index"), x, 2, NULL);
  return 1;
}

/* __index(x, key); upvalue 1: the methods. */
static int tensor_index(lua_State *L) {
  int type = lua_type(L, 2);
  if (type == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
  }
  Tensor *t = vm_peek(L, 1);
  if (!t) return vm_error(L, "this tensor was closed");
  if (type == LUA_TSTRING && identifier(lua_tostring(L, 2)) && strcmp(lua_tostring(L, 2), "new") != 0)
    return push_field(L, t, lua_tostring(L, 2)) ? 1 : no_such_field(L, t, lua_tostring(L, 2));
  vm_test(L, 1);
  Tensor *ids = vm_test(L, 2);
  if (ids) return index_by_tensor(L, ids);
  int part = type == LUA_TTABLE ? tensor_part(L, 2) : 0;
  if (part) return index_mixed(L, t, part);
  View v;
  bool element;
  if (type == LUA_TNUMBER) {
    if (t->nd == 0)
      return vm_error(L, "index: %s has no dimension; x:item() is its value", vm_typename(L, 1));
    resolve_int(L, t, vm_check_int(L, 2, "index"), &v);
    element = t->nd == 1;
  } else if (type == LUA_TSTRING || type == LUA_TTABLE) {
    element = resolve(L, t, 2, &v);
  } else {
    return vm_error(L, "index: a number, string, table or tensor expected, got %s", vm_typename(L, 2));
  }
  if (!element) {
    push_view(L, t, &v);
    return 1;
  }
  Tensor one = *t;
  one.nd = 0;
  one.n = 1;
  one.data += v.offset * (int64_t)dtype_size[t->dtype];
  vm_push_element(L, &one, 0);
  return 1;
}

/* x:at(i, j): the element as a 0-d tensor that gradients pass through. */
static int tensor_at(lua_State *L) {
  Tensor *t = vm_check(L, 1, "at");
  Item items[ITEMS];
  int n = lua_gettop(L) - 1;
  if (n != t->nd) return vm_error(L, "at: %d indices for %s", n, vm_typename(L, 1));
  for (int i = 0; i < n; i++) items[i] = (Item){.kind = AT, .has_a = true, .a = vm_check_int(L, i + 2, "at")};
  View v;
  apply(L, t, items, n, &v);
  push_view(L, t, &v);
  return 1;
}

/* --- assignment ---------------------------------------------------------------------------------------- */

/* The value at stack index i as a tensor: itself, or made from a number or table (pushed to keep it). */
static Tensor *value_tensor(lua_State *L, Tensor *like, int i, const char *what) {
  Tensor *t = vm_test(L, i);
  if (t) return t;
  int type = lua_type(L, i);
  if (type != LUA_TNUMBER && type != LUA_TBOOLEAN && type != LUA_TTABLE)
    vm_error(L, "%s: a number, tensor or table expected, got %s", what, vm_typename(L, i));
  vm_tensor_from_value(L, i, like->dtype, what);
  return vm_test(L, -1);
}

/* A change in place carries no gradient: a value that wants one is refused, in every form of assignment. */
static void refuse_gradient(lua_State *L, const Tensor *value, const char *what) {
  char text[TEXT];
  if (tape_recording(vm_of(L)->tape) && value->requires_grad)
    vm_error(L,
             "%s: the value %s requires grad, which a change in place cannot carry; use tensor.where, cat, "
             "index_add or detach",
             what, tensor_text(text, value));
}

void vm_assign(lua_State *L, Tensor *to, int i, const char *what) {
  Err e;
  if (vm_of(L)->trace) vm_note_change(vm_of(L), to, what);
  vm_want_data(L, to, what);
  if (!tape_may_change(vm_of(L)->tape, to, what, &e)) vm_fail(L, &e);
  Tensor *value = value_tensor(L, to, i, what);
  vm_want_data(L, value, what);
  char left[TEXT], right[TEXT];
  refuse_gradient(L, value, what);
  if (!shape_expands_to(value, to->nd, to->shape))
    vm_error(L, "%s: %s does not broadcast to %s", what, tensor_text(right, value), tensor_text(left, to));
  vm_want_all_held(L, to->dtype, value, what);
  vm_touch(L, to);
  if (tensor_overlaps(to, value)) {
    Tensor **box = vm_box(L);
    if (!(*box = tensor_clone(value, &e))) vm_fail(L, &e);
    value = *box;
  }
  tensor_copy(to, value);
}

static void assign_by_tensor(lua_State *L, Tensor *t, Tensor *ids) {
  Err e;
  if (!tape_may_change(vm_of(L)->tape, t, "x[index] = value", &e)) vm_fail(L, &e);
  Tensor *value = value_tensor(L, t, 3, "x[index] = value");
  vm_want_data(L, t, "x[index] = value");
  vm_want_data(L, ids, "x[index] = value");
  vm_want_data(L, value, "x[index] = value");
  refuse_gradient(L, value, "x[index] = value");
  vm_want_all_held(L, t->dtype, value, "x[index] = value");
  vm_touch(L, t);
  bool ok = ids->dtype == BOOL ? tensor_put_mask(t, ids, value, &e) : tensor_put_rows(t, ids, value, &e);
  if (!ok) vm_fail(L, &e);
}

static int no_field_to_set(lua_State *L, const char *name) {
  const char *hint = "";
  if (strcmp(name, "requires_grad") == 0) hint = "; x:requires_grad() asks for gradients";
  if (strcmp(name, "data") == 0) hint = "; x:copy_(y) changes the numbers";
  if (strcmp(name, "dtype") == 0) hint = "; x:to\"f64\" converts";
  if (strcmp(name, "shape") == 0) hint = "; x:reshape(...) gives another shape";
  return vm_error(L, "%s: field '%s' cannot be set%s", vm_typename(L, 1), name, hint);
}

static int tensor_newindex(lua_State *L) {
  Tensor *t = vm_check(L, 1, "x[...] = value"), *ids = vm_test(L, 2);
  Err e;
  if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "grad") == 0) {
    Tensor *g = vm_test(L, 3);
    if (g && !tensor_same_shape(g, t))
      return vm_error(L, "grad: %s for %s: shapes differ", vm_typename(L, 3), vm_typename(L, 1));
    if (g && !tensor_is_meta(t)) vm_want_data(L, g, "grad");
    if (!g && !lua_isnil(L, 3))
      return vm_error(L, "grad: a tensor or nil expected, got %s", vm_typename(L, 3));
    tensor_release(t->grad);
    t->grad = g ? tensor_retain(g) : NULL;
    return 0;
  }
  if (lua_type(L, 2) == LUA_TSTRING && identifier(lua_tostring(L, 2)))
    return no_field_to_set(L, lua_tostring(L, 2));
  int part = lua_istable(L, 2) ? tensor_part(L, 2) : 0;
  if (part) {
    if (push_mixed(L, t, 2, part) > 0)
      return vm_error(
          L, "x[{..., ids}] = value: the tensor must be the first dimension that is left, as in x[{1, ids}]");
    t = vm_test(L, -2);
    ids = vm_test(L, -1);
  }
  if (ids) {
    assign_by_tensor(L, t, ids);
    return 0;
  }
  if (!tape_may_change(vm_of(L)->tape, t, "x[...] = value", &e)) return vm_fail(L, &e);
  View v;
  int type = lua_type(L, 2);
  if (type == LUA_TNUMBER) resolve_int(L, t, vm_check_int(L, 2, "index"), &v);
  else if (type == LUA_TSTRING || type == LUA_TTABLE) resolve(L, t, 2, &v);
  else return vm_error(L, "index: a number, string, table or tensor expected, got %s", vm_typename(L, 2));
  Tensor **box = vm_box(L);
  if (!(*box = tensor_view(t, v.nd, v.shape, v.stride, v.offset, &e))) return vm_fail(L, &e);
  vm_assign(L, *box, 3, "x[...] = value");
  return 0;
}

void vm_open_index(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_at);
  lua_getfield(L, -1, "methods");
  lua_pushcfunction(L, tensor_at);
  lua_setfield(L, -2, "at");
  lua_pushcclosure(L, tensor_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, tensor_newindex);
  lua_setfield(L, -2, "__newindex");
  lua_pop(L, 1);
}
