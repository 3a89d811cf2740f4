/* bind_draw.c: draw.canvas(h, w) for Lua: methods from the canvas' table; each returns the canvas, to be
 * chained. */
#include "bind.h"

#include "canvas.h"

#include <string.h>

static const char *const CANVAS = "lunette.canvas";

static Canvas *check_canvas(lua_State *L) {
  Canvas **box = luaL_testudata(L, 1, CANVAS);
  if (!box || !*box)
    vm_error(L, "draw: a canvas expected (use c:fill(), not c.fill()), got %s", vm_typename(L, 1));
  return *box;
}

static int chain(lua_State *L, Canvas *c) {
  const char *trouble = canvas_trouble(c);
  if (trouble) return vm_error(L, "draw: %s", trouble);
  lua_settop(L, 1);
  return 1;
}

static double number_at(lua_State *L, int i, const CanvasOp *op) {
  if (lua_isboolean(L, i)) return lua_toboolean(L, i);
  if (lua_type(L, i) == LUA_TNUMBER) return lua_tonumber(L, i);
  Tensor *t = vm_test(L, i);
  if (!t || t->n != 1)
    vm_error(L, "%s: numbers expected: (%s), argument %d is %s", op->name, op->args, i - 1,
             vm_typename(L, i));
  return tensor_get(t, 0);
}

/* A row of canvas_ops; upvalue 1: the row. */
static int call_op(lua_State *L) {
  const CanvasOp *op = lua_touserdata(L, lua_upvalueindex(1));
  Canvas *c = check_canvas(L);
  double x[CANVAS_ARGS];
  bool optional = false;
  int n = 0;
  for (const char *s = op->args; *s; s++) {
    if (*s == '[') optional = true;
    bool starts = *s != ' ' && *s != '[' && (s == op->args || s[-1] == ' ' || s[-1] == '[');
    if (!starts) continue;
    int at = n + 2;
    x[n] = optional && lua_isnoneornil(L, at) ? op->otherwise[n] : number_at(L, at, op);
    n++;
  }
  if (lua_gettop(L) > n + 1)
    return vm_error(L, "%s: takes (%s), got %d arguments", op->name, op->args, lua_gettop(L) - 1);
  op->run(c, x);
  return chain(L, c);
}

/* Rows {position, r, g, b, [a]} at stack index i as an array on the stack. */
static const double *check_stops(lua_State *L, int i, int *n) {
  luaL_checktype(L, i, LUA_TTABLE);
  *n = (int)lua_rawlen(L, i);
  double *stops = lua_newuserdatauv(L, (size_t)(*n + 1) * 5 * sizeof *stops, 0);
  for (int k = 0; k < *n; k++) {
    if (lua_rawgeti(L, i, k + 1) != LUA_TTABLE) vm_error(L, "draw: stops are rows {position, r, g, b, a}");
    for (int j = 0; j < 5; j++) {
      lua_rawgeti(L, -1, j + 1);
      stops[5 * k + j] = j == 4 ? luaL_optnumber(L, -1, 1) : luaL_checknumber(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return stops;
}

/* c:linear(x0, y0, x1, y1, {{0, r, g, b}, {1, r, g, b}}) and c:radial(x, y, radius, stops): the colour from
 * now on. */
static int linear(lua_State *L) {
  Canvas *c = check_canvas(L);
  int n;
  const double *stops = check_stops(L, 6, &n);
  canvas_linear(c, luaL_checknumber(L, 2), luaL_checknumber(L, 3), luaL_checknumber(L, 4),
                luaL_checknumber(L, 5), n, stops);
  return chain(L, c);
}
static int radial(lua_State *L) {
  Canvas *c = check_canvas(L);
  int n;
  const double *stops = check_stops(L, 5, &n);
  canvas_radial(c, luaL_checknumber(L, 2), luaL_checknumber(L, 3), luaL_checknumber(L, 4), n, stops);
  return chain(L, c);
}

/* c:polygon{x1, y1, x2, y2, ...} */
static int polygon(lua_State *L) {
  enum { BLOCK = 64 };
  double few[2 * BLOCK], *xy = few;
  Canvas *c = check_canvas(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, 2);
  if (n % 2 || n > INT_MAX)
    return vm_error(L, "polygon: pairs x, y expected, got %llu numbers", (unsigned long long)n);
  if (n > 2 * BLOCK) xy = lua_newuserdatauv(L, n * sizeof *xy, 0);
  for (lua_Unsigned i = 0; i < n; i++) {
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
      return vm_error(L, "polygon: numbers expected, element %llu is %s", (unsigned long long)i + 1,
                      vm_typename(L, -1));
    xy[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  canvas_polygon(c, (int)(n / 2), xy);
  return chain(L, c);
}

/* c:font(size, bold, family) */
static int font(lua_State *L) {
  Canvas *c = check_canvas(L);
  canvas_font(c, luaL_optstring(L, 4, "DejaVu Sans"), luaL_checknumber(L, 2), lua_toboolean(L, 3));
  return chain(L, c);
}
static int text(lua_State *L) {
  Canvas *c = check_canvas(L);
  canvas_text(c, luaL_checknumber(L, 2), luaL_checknumber(L, 3), luaL_checkstring(L, 4));
  return chain(L, c);
}
static int text_width(lua_State *L) {
  lua_pushnumber(L, canvas_text_width(check_canvas(L), luaL_checkstring(L, 2)));
  return 1;
}

/* c:image(x, y, u8 H x W x 1 or 3, [width, height]) */
static int image(lua_State *L) {
  VizErr e;
  Canvas *c = check_canvas(L);
  Tensor *t = vm_check(L, 4, "image");
  bool fits = t->dtype == U8 && t->nd == 3 && (t->shape[2] == 1 || t->shape[2] == 3) &&
              tensor_is_contiguous(t) && !tensor_is_meta(t) && t->shape[0] <= CANVAS_MOST &&
              t->shape[1] <= CANVAS_MOST;
  if (!fits) return vm_error(L, "image: contiguous u8 H x W x 1 or 3 expected, got %s", vm_typename(L, 4));
  if (!canvas_image(c, luaL_checknumber(L, 2), luaL_checknumber(L, 3),
                    luaL_optnumber(L, 5, (double)t->shape[1]), luaL_optnumber(L, 6, (double)t->shape[0]),
                    (int)t->shape[0], (int)t->shape[1], (int)t->shape[2], t->data, &e))
    return vm_error(L, "%s", e.message);
  return chain(L, c);
}

/* c:tensor([channels]) -> u8 H x W x 3 (or 1) */
static int read_out(lua_State *L) {
  Err e;
  Canvas *c = check_canvas(L);
  int64_t channels = luaL_optinteger(L, 2, 3);
  if (channels != 1 && channels != 3)
    return vm_error(L, "tensor: 1 or 3 channels, not %lld", (long long)channels);
  int64_t shape[3] = {canvas_height(c), canvas_width(c), channels};
  Tensor **box = vm_box(L);
  if (!(*box = tensor_new(U8, 3, shape, &e))) return vm_fail(L, &e);
  canvas_read(c, (int)channels, (*box)->data);
  return 1;
}

static int collect(lua_State *L) {
  Canvas **box = luaL_checkudata(L, 1, CANVAS);
  canvas_free(*box);
  *box = NULL;
  return 0;
}

static int new_canvas(lua_State *L) {
  VizErr e;
  int64_t h = vm_check_int(L, 1, "draw.canvas: height"), w = vm_check_int(L, 2, "draw.canvas: width");
  if (h < 1 || w < 1 || h > CANVAS_MOST || w > CANVAS_MOST)
    return vm_error(L, "draw.canvas: %lld x %lld is no size (1 to %d each)", (long long)h, (long long)w,
                    CANVAS_MOST);
  Canvas **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, CANVAS);
  *box = canvas_new((int)h, (int)w, &e);
  return *box ? 1 : vm_error(L, "%s", e.message);
}

void vm_open_draw(lua_State *L) {
  static const luaL_Reg methods[] = {{"linear", linear}, {"radial", radial},   {"polygon", polygon},
                                     {"font", font},     {"text", text},       {"text_width", text_width},
                                     {"image", image},   {"tensor", read_out}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"canvas", new_canvas}, {NULL, NULL}};
  luaL_newmetatable(L, CANVAS);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  for (const CanvasOp *op = canvas_ops; op->name; op++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)op);
    lua_pushcclosure(L, call_op, 1);
    lua_setfield(L, -2, op->name);
  }
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
  vm_add(L, "draw", functions);
}
