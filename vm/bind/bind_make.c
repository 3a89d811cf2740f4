/* bind_make.c: making tensors: tensor{...}, zeros, ones, full, eye, arange, linspace, rand, randn, randint,
 * randperm, and the generators behind the random ones. */
#include "bind.h"

#include "embedded.h"
#include "rng.h"

#include <math.h>
#include <string.h>

/* --- from Lua values ----------------------------------------------------------------------------------- */

/* The shape that a nested table has along its first elements. */
static int table_shape(lua_State *L, int i, int64_t *shape, const char *what) {
  int nd = 0, top = lua_gettop(L);
  lua_pushvalue(L, i);
  while (lua_istable(L, -1)) {
    if (nd == DIMS) vm_error(L, "%s: nested deeper than %d", what, DIMS);
    luaL_checkstack(L, 2, what);
    shape[nd++] = (int64_t)lua_rawlen(L, -1);
    if (shape[nd - 1] == 0) break;
    lua_rawgeti(L, -1, 1);
  }
  Tensor *t = vm_test(L, -1);
  if (t && t->nd + nd > DIMS) vm_error(L, "%s: nested deeper than %d", what, DIMS);
  for (int k = 0; t && k < t->nd; k++) shape[nd++] = t->shape[k];
  lua_settop(L, top);
  return nd;
}

/* Are all leaves booleans?  A table may contain itself: no tensor is deeper than `depth` levels. */
static bool all_booleans(lua_State *L, int i, int depth) {
  if (!lua_istable(L, i)) return lua_isboolean(L, i);
  if (depth == 0) return false;
  luaL_checkstack(L, 2, "table");
  lua_Integer n = (lua_Integer)lua_rawlen(L, i);
  bool all = n > 0;
  for (lua_Integer k = 1; all && k <= n; k++) {
    vm_heed(L, k, "tensor");
    lua_rawgeti(L, i, k);
    all = all_booleans(L, lua_gettop(L), depth - 1);
    lua_pop(L, 1);
  }
  return all;
}

typedef struct Filler {
  lua_State *L;
  Tensor *t;
  int64_t at;
  const char *what;
} Filler;

void vm_want_held(lua_State *L, Dtype d, int i, const char *what) {
  if (lua_isinteger(L, i) ? dtype_holds_int(d, lua_tointeger(L, i)) : dtype_holds(d, lua_tonumber(L, i)))
    return;
  const double v = lua_tonumber(L, i);
  vm_error(L, "%s: %s cannot hold %s", what, dtype_name[d], v != v ? "nan" : luaL_tolstring(L, i, NULL));
}

void vm_want_all_held(lua_State *L, Dtype d, const Tensor *t, const char *what) {
  const int64_t at = tensor_first_unheld(t, d);
  if (at < 0) return;
  vm_push_element(L, t, at);
  vm_want_held(L, d, lua_gettop(L), what);
}

static void fill_level(Filler *f, int dim) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  Tensor *part = vm_test(L, top);
  if (part) {
    bool fits = part->nd == f->t->nd - dim;
    for (int k = 0; fits && k < part->nd; k++) fits = part->shape[k] == f->t->shape[dim + k];
    if (!fits) vm_error(f->L, "%s: a part is %s where its neighbours differ", f->what, vm_typename(L, top));
    vm_want_data(L, part, f->what);
    vm_want_all_held(L, f->t->dtype, part, f->what);
    Tensor to = *f->t;
    to.data += f->at * (int64_t)dtype_size[to.dtype];
    to.nd = part->nd;
    to.n = part->n;
    memcpy(to.shape, part->shape, sizeof to.shape);
    shape_strides(to.nd, to.shape, to.stride);
    tensor_copy(&to, part);
    f->at += part->n;
    return;
  }
  if (dim == f->t->nd) {
    if (lua_type(L, top) == LUA_TNUMBER) vm_want_held(L, f->t->dtype, top, f->what);
    if (lua_isinteger(L, top)) tensor_set_int(f->t, f->at++, lua_tointeger(L, top));
    else if (lua_type(L, top) == LUA_TNUMBER) tensor_set(f->t, f->at++, lua_tonumber(L, top));
    else if (lua_isboolean(L, top)) tensor_set_int(f->t, f->at++, lua_toboolean(L, top));
    else
      vm_error(L, "%s: element %lld is a %s, not a number", f->what, (long long)f->at + 1,
               luaL_typename(L, top));
    return;
  }
  int64_t n = f->t->shape[dim];
  if (!lua_istable(L, top))
    vm_error(L, "%s: ragged table: a table of %lld expected at depth %d, got a %s", f->what, (long long)n,
             dim + 1, luaL_typename(L, top));
  if ((int64_t)lua_rawlen(L, top) != n)
    vm_error(L, "%s: ragged table: a table at depth %d has %lld elements, the first there has %lld", f->what,
             dim + 1, (long long)lua_rawlen(L, top), (long long)n);
  for (int64_t k = 1; k <= n; k++) {
    vm_heed(L, k, f->what);
    lua_rawgeti(L, top, k);
    fill_level(f, dim + 1);
    lua_pop(L, 1);
  }
}

void vm_tensor_from_value(lua_State *L, int i, Dtype d, const char *what) {
  i = lua_absindex(L, i);
  int64_t shape[DIMS];
  int nd = table_shape(L, i, shape, what);
  if (d == DTYPES) d = all_booleans(L, i, DIMS) ? BOOL : F32;
  Err e;
  Tensor **box = vm_box(L);
  if (!(*box = tensor_new(d, nd, shape, &e))) vm_fail(L, &e);
  Filler f = {L, *box, 0, what};
  lua_pushvalue(L, i);
  fill_level(&f, 0);
  lua_pop(L, 1);
}

/* --- by shape ------------------------------------------------------------------------------------------ */

typedef struct Make {
  const char *what;
  Dtype dtype;
  int nd;
  int64_t shape[DIMS];
  Rng *rng;
  bool grad;
} Make;

static Rng *check_rng(lua_State *L, int i, const char *what) {
  Rng *g = luaL_testudata(L, i, "lunette.rng");
  if (!g) vm_error(L, "%s: rng must come from tensor.rng(seed), got %s", what, vm_typename(L, i));
  return g;
}

static void read_options(lua_State *L, int i, Make *m) {
  static const char *const known[] = {"dtype", "rng", "requires_grad", NULL};
  vm_option_dtype(L, i, &m->dtype, m->what);
  lua_pushnil(L);
  while (lua_next(L, i)) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      const char *key = lua_tostring(L, -2);
      if (strcmp(key, "rng") == 0) m->rng = check_rng(L, lua_gettop(L), m->what);
      else if (strcmp(key, "requires_grad") == 0) m->grad = lua_toboolean(L, -1);
      else if (strcmp(key, "dtype") != 0) {
        const char *near = vm_nearest(key, known);
        if (near) vm_error(L, "%s: unknown option '%s'. Did you mean '%s'?", m->what, key, near);
        vm_error(L, "%s: unknown option '%s'. Options: dtype rng requires_grad", m->what, key);
      }
    }
    lua_pop(L, 1);
  }
}

static void add_size(lua_State *L, int i, Make *m) {
  if (m->nd == DIMS) vm_error(L, "%s: more than %d dimensions", m->what, DIMS);
  m->shape[m->nd++] = vm_check_int(L, i, m->what);
}

/* Sizes from stack index `first` on, as numbers or one table; options in the last table.  dtype: the default. */
static void read_make_of(lua_State *L, int first, const char *what, Dtype dtype, Make *m) {
  *m = (Make){.what = what, .dtype = dtype, .rng = &vm_of(L)->rng};
  int top = lua_gettop(L);
  for (int i = first; i <= top; i++) {
    if (!lua_istable(L, i)) {
      add_size(L, i, m);
      continue;
    }
    lua_Integer n = (lua_Integer)lua_rawlen(L, i);
    for (lua_Integer k = 1; k <= n; k++) {
      lua_rawgeti(L, i, k);
      add_size(L, lua_gettop(L), m);
      lua_pop(L, 1);
    }
    read_options(L, i, m);
  }
}

static void read_make(lua_State *L, int first, const char *what, Make *m) {
  read_make_of(L, first, what, F32, m);
}

static void want_grad(lua_State *L, const Make *m, Tensor *t) {
  if (m->grad && !dtype_is_float(t->dtype))
    vm_error(L, "%s: requires_grad needs f32 or f64, not %s", m->what, dtype_name[t->dtype]);
  t->requires_grad = m->grad;
}

static Tensor *made(lua_State *L, Make *m) {
  Err e, why;
  Tensor **box = vm_box(L);
  if (!(*box = tensor_new(m->dtype, m->nd, m->shape, &e))) {
    err_set(&why, "%s: %.900s", m->what, e.message);
    vm_fail(L, &why);
  }
  want_grad(L, m, *box);
  return *box;
}

/* tensor({1, 2}, {dtype = "i64"}): what follows the value is options and nothing else. */
static void check_options(lua_State *L, int i) {
  if (lua_isnumber(L, i))
    vm_error(L,
             "tensor: one value expected, got %d numbers; a list is tensor{...}, a shape tensor.zeros(...)",
             lua_gettop(L) - 1);
  if (!lua_istable(L, i) || vm_test(L, i))
    vm_error(L, "tensor: options expected second, as tensor({1, 2}, {dtype = \"i64\"}), got %s",
             vm_typename(L, i));
  if (lua_rawlen(L, i) > 0)
    vm_error(L, "tensor: options expected second, got a list; rows are tensor{{1, 2}, {3, 4}}");
}

/* tensor{{1,2},{3,4}}, tensor{1, 2, dtype="i64"}, tensor({1, 2}, {dtype="i64"}), tensor(3) */
static int make_tensor(lua_State *L) {
  Make m = {.what = "tensor", .dtype = DTYPES};
  Tensor *t = vm_test(L, 2);
  vm_at_most(L, 3, "tensor");
  if (lua_type(L, 2) == LUA_TSTRING)
    return vm_error(
        L, "tensor: a table of numbers expected, got string '%.40s' (a list is {1, 2}, [[ ]] a string)",
        lua_tostring(L, 2));
  if (!t && !lua_istable(L, 2) && lua_type(L, 2) != LUA_TNUMBER && !lua_isboolean(L, 2))
    return vm_error(L, "tensor: a table of numbers expected, got %s", vm_typename(L, 2));
  if (lua_istable(L, 2)) read_options(L, 2, &m);
  if (!lua_isnoneornil(L, 3)) {
    check_options(L, 3);
    read_options(L, 3, &m);
  }
  if (t) {
    Err e;
    Tensor **box = vm_box(L);
    Tensor *cast = tensor_cast(t, m.dtype == DTYPES ? t->dtype : m.dtype, &e);
    *box = cast == t ? tensor_clone(t, &e) : cast;
    if (cast == t) tensor_release(cast);
    if (!*box) return vm_fail(L, &e);
  } else {
    vm_tensor_from_value(L, 2, m.dtype, "tensor");
  }
  want_grad(L, &m, vm_test(L, -1));
  return 1;
}

static int make_zeros(lua_State *L) {
  Make m;
  read_make(L, 1, "zeros", &m);
  tensor_fill(made(L, &m), 0);
  return 1;
}
static int make_ones(lua_State *L) {
  Make m;
  read_make(L, 1, "ones", &m);
  tensor_fill(made(L, &m), 1);
  return 1;
}
static int make_empty(lua_State *L) {
  Make m;
  read_make(L, 1, "empty", &m);
  made(L, &m);
  return 1;
}

/* meta(2, 3): a shape and a dtype without elements; ops on it only infer shapes. */
static int make_meta(lua_State *L) {
  Make m;
  Err e;
  read_make(L, 1, "meta", &m);
  Tensor **box = vm_box(L);
  if (!(*box = tensor_meta(m.dtype, m.nd, m.shape, &e))) return vm_fail(L, &e);
  return 1;
}

/* f{a, b, dtype = "f64"}: a, b and then the table, whose list nobody looks at again, for its options. */
static void spread(lua_State *L) {
  if (lua_gettop(L) != 1 || !lua_istable(L, 1) || lua_rawlen(L, 1) == 0) return;
  int n = (int)lua_rawlen(L, 1);
  luaL_checkstack(L, n + 2, "too many arguments");
  lua_newtable(L); /* the options alone */
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING) {
      lua_pushvalue(L, -2);
      lua_pushvalue(L, -2);
      lua_rawset(L, 2);
    }
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, 1, i);
    lua_insert(L, 1 + i);
  }
  lua_remove(L, 1);
}

/* full({2,3}, 7) or full(2, 3, 7): the last number is the value. */
static int make_full(lua_State *L) {
  Make m;
  spread(L);
  int last = lua_gettop(L);
  bool options = lua_istable(L, last) && last > 1 && lua_rawlen(L, last) == 0;
  int at = options ? last - 1 : last;
  if (!lua_isnumber(L, at)) return vm_error(L, "full: value expected last: tensor.full(2, 3, 7)");
  lua_pushvalue(L, at);
  lua_insert(L, 1);
  lua_remove(L, at + 1);
  read_make(L, 2, "full", &m);
  vm_want_held(L, m.dtype, 1, "full");
  Tensor *t = made(L, &m);
  if (lua_isinteger(L, 1)) tensor_fill_int(t, lua_tointeger(L, 1));
  else tensor_fill(t, lua_tonumber(L, 1));
  return 1;
}

static int make_eye(lua_State *L) {
  Make m;
  read_make(L, 1, "eye", &m);
  if (m.nd < 1 || m.nd > 2) return vm_error(L, "eye: one size or two");
  if (m.nd == 1) m.shape[1] = m.shape[0];
  m.nd = 2;
  Tensor *t = made(L, &m);
  tensor_fill(t, 0);
  for (int64_t i = 0; i < m.shape[0] && i < m.shape[1]; i++) tensor_set(t, i * m.shape[1] + i, 1);
  return 1;
}

/* Options in a last table; returns how many numbers precede it. */
static int numbers_before_options(lua_State *L, Make *m) {
  int top = lua_gettop(L);
  if (top && lua_istable(L, top)) {
    read_options(L, top, m);
    top--;
  }
  return top;
}
static double check_number(lua_State *L, int i, const char *what) {
  if (lua_type(L, i) != LUA_TNUMBER) vm_error(L, "%s: number expected, got %s", what, vm_typename(L, i));
  return lua_tonumber(L, i);
}

/* Whole arange: element i is a + i step, exact over all of i64. */
static int arange_whole(lua_State *L, Make *m, int64_t a, int64_t b, int64_t step) {
  if (step == 0) return vm_error(L, "arange: step must not be 0");
  const uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
  const bool none = step > 0 ? b < a : b > a;
  const uint64_t last =
      none ? 0 : (step > 0 ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b) / stride;
  if (last > (uint64_t)1 << 60) return vm_error(L, "arange: more elements than memory can hold");
  if (m->dtype == DTYPES) m->dtype = I64;
  m->shape[0] = none ? 0 : (int64_t)last + 1;
  const int64_t end = (int64_t)((uint64_t)a + last * (uint64_t)step);
  if (!none && (!dtype_holds_int(m->dtype, a) || !dtype_holds_int(m->dtype, end)))
    return vm_error(L, "arange: %s cannot hold %lld..%lld", dtype_name[m->dtype], (long long)a,
                    (long long)end);
  tensor_ramp_int(made(L, m), a, step);
  vm_heed(L, 0, "arange");
  return 1;
}

/* t[i] = from + by i / of; for integers each must be whole. */
static void ramp(lua_State *L, Tensor *t, double from, double by, double of, const char *what) {
  for (int64_t i = 0; i < t->n && !dtype_is_float(t->dtype); i++) {
    const double v = from + by * (double)i / of;
    vm_heed(L, i, what);
    if (dtype_holds(t->dtype, v)) continue;
    lua_pushnumber(L, v);
    vm_want_held(L, t->dtype, lua_gettop(L), what);
  }
  tensor_ramp(t, from, by, of);
  vm_heed(L, 0, what);
}

/* A Lua number that is an integer by value: 3, and 3.0. */
static bool whole_number(lua_State *L, int i, int64_t *v) {
  int ok;
  *v = lua_tointegerx(L, i, &ok);
  return ok;
}

/* arange(n) 1..n; arange(a, b) a..b, arange(a, b, step): inclusive, as all ranges here.  i64 for whole
 * numbers. */
static int make_arange(lua_State *L) {
  Make m = {.what = "arange", .dtype = DTYPES, .nd = 1, .rng = &vm_of(L)->rng};
  spread(L);
  int n = numbers_before_options(L, &m);
  vm_at_most(L, lua_istable(L, -1) ? 4 : 3, "arange");
  double a = n > 1 ? check_number(L, 1, "arange") : 1, b = check_number(L, n > 1 ? 2 : 1, "arange");
  double step = n > 2 ? check_number(L, 3, "arange") : 1;
  int64_t first = 1, last, stride = 1;
  if (whole_number(L, n > 1 ? 2 : 1, &last) && (n < 2 || whole_number(L, 1, &first)) &&
      (n < 3 || whole_number(L, 3, &stride)))
    return arange_whole(L, &m, first, last, stride);
  if (step == 0 || !isfinite(a) || !isfinite(b) || !isfinite(step))
    return vm_error(L, "arange: step must not be 0");
  if (m.dtype == DTYPES) m.dtype = F32;
  double count = floor((b - a) / step + 1e-9) + 1;
  m.shape[0] = count > 0 ? (int64_t)count : 0;
  ramp(L, made(L, &m), a, step, 1, "arange");
  return 1;
}

static int make_linspace(lua_State *L) {
  Make m = {.what = "linspace", .dtype = F32, .nd = 1, .rng = &vm_of(L)->rng};
  spread(L);
  numbers_before_options(L, &m);
  vm_at_most(L, lua_istable(L, -1) ? 4 : 3, "linspace");
  double a = check_number(L, 1, "linspace"), b = check_number(L, 2, "linspace");
  if (lua_isnoneornil(L, 3)) return vm_error(L, "linspace: how many is missing: tensor.linspace(0, 1, 100)");
  m.shape[0] = vm_check_int(L, 3, "linspace: count");
  Tensor *t = made(L, &m);
  ramp(L, t, a, t->n > 1 ? b - a : 0, t->n > 1 ? (double)(t->n - 1) : 1, "linspace");
  if (t->n > 1) tensor_set(t, t->n - 1, b); /* a + (b - a) may miss it */
  return 1;
}

/* --- random -------------------------------------------------------------------------------------------- */

static int make_rand(lua_State *L) {
  Make m;
  read_make(L, 1, "rand", &m);
  rng_uniform(made(L, &m), m.rng, 0, 1);
  return 1;
}
static int make_randn(lua_State *L) {
  Make m;
  read_make(L, 1, "randn", &m);
  rng_normal(made(L, &m), m.rng, 0, 1);
  return 1;
}

/* randint(lo, hi, sizes...): both ends included; i64. */
static int make_randint(lua_State *L) {
  Make m;
  spread(L);
  if (lua_isnumber(L, 1) && !lua_isnumber(L, 2))
    return vm_error(L, "randint: lo and hi are wanted, which may both come: tensor.randint(1, 6, 10)");
  int64_t lo = vm_check_int(L, 1, "randint: lo"), hi = vm_check_int(L, 2, "randint: hi");
  if (lo > hi) return vm_error(L, "randint: lo %lld is greater than hi %lld", (long long)lo, (long long)hi);
  read_make_of(L, 3, "randint", I64, &m);
  if (!dtype_holds_int(m.dtype, lo) || !dtype_holds_int(m.dtype, hi))
    return vm_error(L, "randint: %s cannot hold %lld..%lld", dtype_name[m.dtype], (long long)lo,
                    (long long)hi);
  rng_randint(made(L, &m), m.rng, lo, hi);
  vm_heed(L, 0, "randint");
  return 1;
}
static int make_randperm(lua_State *L) {
  Make m;
  read_make_of(L, 1, "randperm", I64, &m);
  if (m.nd != 1) return vm_error(L, "randperm: one number expected");
  if (m.dtype != I64) return vm_error(L, "randperm: indices are i64, not %s", dtype_name[m.dtype]);
  rng_randperm(made(L, &m), m.rng);
  vm_heed(L, 0, "randperm");
  return 1;
}

/* Lua's own generator, math.random's, which else starts elsewhere in every process. */
static void seed_lua(lua_State *L, lua_Integer s) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, LUA_MATHLIBNAME) != LUA_TTABLE) return;
  if (lua_getfield(L, -1, "randomseed") != LUA_TFUNCTION) return; /* the user's */
  lua_pushinteger(L, s);
  lua_call(L, 1, 0);
}

/* tensor.seed(42) restarts the default generator and Lua's own; returns nothing. */
static int seed(lua_State *L) {
  const int64_t s = vm_check_int(L, 1, "seed");
  vm_at_most(L, 1, "tensor.seed");
  vm_of(L)->rng = (Rng){.seed = (uint64_t)s, .offset = 0};
  seed_lua(L, s);
  return 0;
}
static int rng_make(lua_State *L) {
  int64_t s = vm_check_int(L, 1, "rng: seed");
  vm_at_most(L, 1, "tensor.rng");
  Rng *g = lua_newuserdatauv(L, sizeof *g, 0);
  *g = (Rng){.seed = (uint64_t)s, .offset = 0};
  luaL_setmetatable(L, "lunette.rng");
  return 1;
}
/* tensor.rng_state([generator,] [{seed, offset}]): where the default generator or that one stands, for checkpoints. */
static int rng_state(lua_State *L) {
  Rng *g = luaL_testudata(L, 1, "lunette.rng");
  if (g) lua_remove(L, 1);
  else g = &vm_of(L)->rng;
  vm_at_most(L, 1, "rng_state");
  if (lua_istable(L, 1)) {
    lua_rawgeti(L, 1, 1);
    lua_rawgeti(L, 1, 2);
    g->seed = (uint64_t)vm_check_int(L, -2, "rng_state");
    g->offset = (uint64_t)vm_check_int(L, -1, "rng_state");
  }
  lua_createtable(L, 2, 0);
  lua_pushinteger(L, (lua_Integer)g->seed);
  lua_rawseti(L, -2, 1);
  lua_pushinteger(L, (lua_Integer)g->offset);
  lua_rawseti(L, -2, 2);
  return 1;
}

static const luaL_Reg functions[] = {
    {"zeros", make_zeros}, {"ones", make_ones},       {"empty", make_empty},       {"full", make_full},
    {"eye", make_eye},     {"arange", make_arange},   {"linspace", make_linspace}, {"rand", make_rand},
    {"randn", make_randn}, {"randint", make_randint}, {"randperm", make_randperm}, {"seed", seed},
    {"rng", rng_make},     {"meta", make_meta},       {"rng_state", rng_state},    {NULL, NULL}};

void vm_open_make(lua_State *L) {
  const int top = lua_gettop(L);
  seed_lua(L, 0); /* where tensor's stands at first */
  lua_settop(L, top);
  luaL_newmetatable(L, "lunette.rng");
  lua_pop(L, 1);
  vm_add(L, "tensor", functions);
  vm_inside(L, "tensor");
  lua_newtable(L);
  lua_pushcfunction(L, make_tensor);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}
