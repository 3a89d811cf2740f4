/* bind_viz.c: panels of the window room for Lua; bind_window.c has the window.
 *
 * Here are the calls that must be quick (plot, gate) and, with a leading underscore, calls that take arrays
 * as they must lie in memory: contiguous, f32, i32 or u8.  vm/lua/viz.lua brings what users give into that
 * form and takes the underscored names away.  */
#include "bind.h"
#include "bind_window.h"

#include "parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading arguments --------------------------------------------------------------------------------- */

static Tensor *check_array(lua_State *L, int i, Dtype d, const char *what) {
  Tensor *t = vm_check(L, i, what);
  if (t->dtype != d || !tensor_is_contiguous(t) || tensor_is_meta(t))
    vm_error(L, "%s: contiguous %s expected, got %s", what, dtype_name[d], vm_typename(L, i));
  return t;
}
static const void *opt_array(lua_State *L, int i, Dtype d, int64_t n, const char *what) {
  if (lua_isnoneornil(L, i)) return NULL;
  Tensor *t = check_array(L, i, d, what);
  if (t->n != n)
    vm_error(L, "%s: %lld %s expected, got %s", what, (long long)n, d == I32 ? "classes" : "numbers",
             vm_typename(L, i));
  return t->data;
}
static const float *opt_floats(lua_State *L, int i, int64_t n, const char *what) {
  return opt_array(L, i, F32, n, what);
}
static const int *opt_ints(lua_State *L, int i, int64_t n, const char *what) {
  return opt_array(L, i, I32, n, what);
}

/* A list of strings as a C array; it lives in a userdata that stays on the stack. */
static const char *const *opt_texts(lua_State *L, int i, int *n, const char *what) {
  if (lua_isnoneornil(L, i)) return NULL;
  luaL_checktype(L, i, LUA_TTABLE);
  lua_Integer count = (lua_Integer)lua_rawlen(L, i);
  if (*n >= 0 && count < *n) vm_error(L, "%s: %d labels expected, got %lld", what, *n, (long long)count);
  if (*n < 0) *n = (int)count;
  const char **texts = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *texts, 0);
  for (lua_Integer k = 1; k <= count; k++) {
    if (lua_rawgeti(L, i, k) != LUA_TSTRING) vm_error(L, "%s: label %lld is no string", what, (long long)k);
    texts[k - 1] = lua_tostring(L, -1); /* owned by the table */
    lua_pop(L, 1);
  }
  return texts;
}

static int size_of(lua_State *L, const Tensor *t, int dim, const char *what) {
  if (dim >= t->nd || t->shape[dim] > 1 << 28) vm_error(L, "%s: unexpected shape", what);
  return (int)t->shape[dim];
}

static int done(lua_State *L, bool ok, const VizErr *e) { return ok ? 0 : vm_error(L, "%s", e->message); }

/* --- plot ----------------------------------------------------------------------------------------------- */

static const char PLOT_CHECKS = 0; /* its address is a key of the registry */

/* _plot_checks(f): f(options) raises for options that viz.plot has not: its record (vm/lua/window.lua) knows them. */
static int plot_checks(lua_State *L) {
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &PLOT_CHECKS);
  return 0;
}
static void refuse_options(lua_State *L, int i) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &PLOT_CHECKS);
  lua_pushvalue(L, i);
  lua_call(L, 1, 0);
  vm_error(L, "viz.plot: options go by name, {step=, ...}");
}

static void plot_options(lua_State *L, int i, VizPlot *how) {
  lua_pushnil(L);
  while (lua_next(L, i)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    if (strcmp(key, "step") == 0) how->step = vm_viz_number(L, lua_gettop(L), "viz.plot: step");
    else if (strcmp(key, "smooth") == 0) how->smooth = vm_viz_number(L, lua_gettop(L), "viz.plot: smooth");
    else if (strcmp(key, "log") == 0) how->log = lua_toboolean(L, -1);
    else refuse_options(L, i);
    lua_pop(L, 1);
  }
}

/* Before a post: where a loop without an optimiser stands while the user has paused. */
static void pass_post(Viz *v, const char *call, const char *panel) {
  char post[120];
  *post = 0; /* unpaused: asked for at every point */
  if (viz_paused(v)) snprintf(post, sizeof post, "%s/%s", call, panel);
  viz_gate(v, VIZ_AT_POST, post, interrupt_pending);
}
static int pass(lua_State *L) { /* _pass(call, panel) */
  pass_post(vm_viz(L), luaL_checkstring(L, 1), luaL_checkstring(L, 2));
  return 0;
}
static int step_begins(lua_State *L) {
  viz_gate(vm_viz(L), VIZ_AT_STEP, NULL, interrupt_pending);
  return 0;
}

/* viz.plot("loss/train", l, {step=, log=, smooth=}): does not wait, unless the user has paused. */
static int plot(lua_State *L) {
  VizPlot how = {NAN, -1, -1};
  if (lua_type(L, 1) != LUA_TSTRING)
    return vm_error(L, "viz.plot: a name expected, got %s", vm_typename(L, 1));
  const char *name = lua_tostring(L, 1);
  Tensor *curve = vm_test(L, 2); /* a point for each element of a vector */
  if (curve && (curve->nd != 1 || tensor_is_meta(curve))) curve = NULL;
  const double y = curve ? 0 : vm_viz_number(L, 2, "viz.plot");
  if (lua_istable(L, 3)) plot_options(L, 3, &how);
  else if (!lua_isnoneornil(L, 3))
    vm_error(L, "viz.plot: options must be a table, got %s", vm_typename(L, 3));
  Viz *v = vm_viz(L);
  pass_post(v, "viz.plot", name);
  if (!curve) viz_plot(v, name, y, &how);
  for (int64_t i = 0; curve && i < curve->n; i++) {
    vm_heed(L, i, "viz.plot");
    viz_plot(v, name, tensor_get(curve, i), &how);
    how.step += 1; /* none stays none */
  }
  vm_record_gate(vm_of(L));
  return 0;
}

static int gate(lua_State *L) {
  lua_pushboolean(L, viz_gate(vm_viz(L), VIZ_AT_CALL, NULL, interrupt_pending));
  vm_record_gate(vm_of(L));
  return 1;
}

/* --- panels --------------------------------------------------------------------------------------------- */

/* n x h x w x c at stack index i, labels at index l. */
static VizImage check_image(lua_State *L, int i, int l, const char *what) {
  Tensor *t = vm_check(L, i, what);
  check_array(L, i, t->dtype == U8 ? U8 : F32, what);
  VizImage im = {.n = size_of(L, t, 0, what),
                 .h = size_of(L, t, 1, what),
                 .w = size_of(L, t, 2, what),
                 .c = size_of(L, t, 3, what)};
  if (t->dtype == U8) im.u8 = t->data;
  else im.f32 = t->data;
  im.label = opt_texts(L, l, &im.n, what);
  return im;
}

/* _image(name, n x h x w x c, labels) */
static int image(lua_State *L) {
  VizErr e;
  VizImage im = check_image(L, 2, 3, "viz.image");
  return done(L, viz_image(vm_viz(L), luaL_checkstring(L, 1), &im, &e), &e);
}

/* _wipe(name, 1 x h x w x c, 1 x h x w x c, labels of the first, labels of the second) */
static int wipe(lua_State *L) {
  VizErr e;
  VizImage a = check_image(L, 2, 4, "viz.wipe"), b = check_image(L, 3, 5, "viz.wipe");
  return done(L, viz_wipe(vm_viz(L), luaL_checkstring(L, 1), &a, &b, &e), &e);
}

/* _boxes(name, n x 4, labels, scores, truth, classes i32 from 0) */
static int boxes(lua_State *L) {
  lua_settop(L, 6); /* labels are put behind */
  VizErr e;
  Tensor *t = check_array(L, 2, F32, "viz.boxes");
  int n = size_of(L, t, 0, "viz.boxes");
  const float *scores = opt_floats(L, 4, n, "viz.boxes: scores");
  const int *ids = opt_ints(L, 6, n, "viz.boxes: class");
  const char *const *labels = opt_texts(L, 3, &n, "viz.boxes");
  return done(L,
              viz_boxes(vm_viz(L), luaL_checkstring(L, 1), n, (const float *)t->data, labels, scores, ids,
                        lua_toboolean(L, 5), &e),
              &e);
}

/* _mask(name, h x w i32, names, alpha) */
static int mask(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 2, I32, "viz.mask");
  int h = size_of(L, t, 0, "viz.mask"), w = size_of(L, t, 1, "viz.mask"), classes = -1;
  const char *const *names = opt_texts(L, 3, &classes, "viz.mask");
  return done(L,
              viz_mask(vm_viz(L), luaL_checkstring(L, 1), h, w, (const int *)t->data,
                       classes < 0 ? 0 : classes, names, luaL_checknumber(L, 4), &e),
              &e);
}

/* Points at stack index i: xy n x 2, i+1 ids, i+2 labels, i+3 names of the classes. */
static VizPoints check_points(lua_State *L, int i, const char *what) {
  VizPoints p = {0};
  if (lua_isnoneornil(L, i)) return p;
  Tensor *t = check_array(L, i, F32, what);
  p.n = size_of(L, t, 0, what);
  if (size_of(L, t, 1, what) != 2) vm_error(L, "%s: points must be N x 2, got %s", what, vm_typename(L, i));
  p.xy = t->data;
  p.id = opt_ints(L, i + 1, p.n, what);
  p.label = opt_texts(L, i + 2, &p.n, what);
  p.classes = -1;
  p.names = opt_texts(L, i + 3, &p.classes, what);
  if (p.classes < 0) p.classes = 0;
  return p;
}

/* _scatter(name, xy, ids, labels, names, thumbs, equal) */
static int scatter(lua_State *L) {
  lua_settop(L, 7); /* labels are put behind */
  VizErr e;
  VizPoints p = check_points(L, 2, "viz.scatter");
  if (!lua_isnoneornil(L, 6)) {
    Tensor *t = check_array(L, 6, U8, "viz.scatter: thumb");
    if (size_of(L, t, 0, "viz.scatter: thumb") != p.n)
      return vm_error(L, "viz.scatter: thumb: a picture for each of %d points expected, got %s", p.n,
                      vm_typename(L, 6));
    p.thumb = t->data;
    p.thumb_h = size_of(L, t, 1, "viz.scatter: thumb");
    p.thumb_w = size_of(L, t, 2, "viz.scatter: thumb");
    p.thumb_c = size_of(L, t, 3, "viz.scatter: thumb");
  }
  p.equal = lua_toboolean(L, 7);
  return done(L, viz_scatter(vm_viz(L), luaL_checkstring(L, 1), &p, &e), &e);
}

/* Grid at 2: h x w; at 3 where it lies, {x0=, x1=, y0=, y1=}. */
static VizGrid check_grid(lua_State *L, const char *what) {
  Tensor *t = check_array(L, 2, F32, what);
  return (VizGrid){.h = size_of(L, t, 0, what),
                   .w = size_of(L, t, 1, what),
                   .value = (const float *)t->data,
                   .x0 = vm_field(L, 3, "x0"),
                   .x1 = vm_field(L, 3, "x1"),
                   .y0 = vm_field(L, 3, "y0"),
                   .y1 = vm_field(L, 3, "y1")};
}

/* _boundary(name, grid, range, classes, xy, ids, labels, names, equal) */
static int boundary(lua_State *L) {
  lua_settop(L, 9); /* labels are put behind */
  VizErr e;
  VizGrid g = check_grid(L, "viz.boundary");
  VizPoints p = check_points(L, 5, "viz.boundary");
  g.equal = lua_toboolean(L, 9);
  return done(
      L,
      viz_boundary(vm_viz(L), luaL_checkstring(L, 1), &g, (int)luaL_checkinteger(L, 4), p.n ? &p : NULL, &e),
      &e);
}

static int contour(lua_State *L) {
  VizErr e;
  VizGrid g = check_grid(L, "viz.contour");
  return done(L, viz_contour(vm_viz(L), luaL_checkstring(L, 1), &g, &e), &e);
}

/* _paths(name, lengths i32, xy, names) */
static int paths(lua_State *L) {
  VizErr e;
  Tensor *lengths = check_array(L, 2, I32, "viz.contour: paths");
  int n = (int)lengths->n;
  int64_t total = 0;
  for (int i = 0; i < n; i++) total += ((const int *)lengths->data)[i];
  const float *xy = opt_floats(L, 3, 2 * total, "viz.contour: paths");
  const char *const *names = opt_texts(L, 4, &n, "viz.contour: paths");
  return done(L, viz_paths(vm_viz(L), luaL_checkstring(L, 1), n, (const int *)lengths->data, xy, names, &e),
              &e);
}

static int text(lua_State *L) {
  VizErr e;
  size_t n;
  const char *s = luaL_checklstring(L, 2, &n);
  n = strlen(s); /* a zero byte ends what can be shown */
  const float *shade = opt_floats(L, 3, (int64_t)n, "viz.text: shade");
  return done(L, viz_text(vm_viz(L), luaL_checkstring(L, 1), s, shade, &e), &e);
}

/* The pictures of a matrix's cells at index i: u8 n x h x w x c, then rows and columns from 0, i32. */
static void cell_pictures(lua_State *L, int i, VizMatrix *m) {
  if (lua_isnoneornil(L, i)) return;
  Tensor *t = check_array(L, i, U8, "viz.confusion: pictures");
  m->pictures = size_of(L, t, 0, "viz.confusion: pictures");
  m->thumb_h = size_of(L, t, 1, "viz.confusion: pictures");
  m->thumb_w = size_of(L, t, 2, "viz.confusion: pictures");
  m->thumb_c = size_of(L, t, 3, "viz.confusion: pictures");
  m->thumb = t->data;
  m->row = opt_ints(L, i + 1, m->pictures, "viz.confusion: truth");
  m->column = opt_ints(L, i + 2, m->pictures, "viz.confusion: predicted");
  if (!m->row || !m->column) vm_error(L, "viz.confusion: pictures need truth and predicted, a label each");
}

/* _heatmap(name, m, xlabels, ylabels, xname, yname, numbers, pictures, rows, columns) */
static int heatmap(lua_State *L) {
  lua_settop(L, 10); /* labels are put behind */
  VizErr e;
  Tensor *t = check_array(L, 2, F32, "viz.heatmap");
  VizMatrix m = {.h = size_of(L, t, 0, "viz.heatmap"),
                 .w = size_of(L, t, 1, "viz.heatmap"),
                 .value = t->data,
                 .xname = luaL_optstring(L, 5, NULL),
                 .yname = luaL_optstring(L, 6, NULL),
                 .numbers = lua_toboolean(L, 7)};
  m.x = opt_texts(L, 3, &m.w, "viz.heatmap: x");
  m.y = opt_texts(L, 4, &m.h, "viz.heatmap: y");
  cell_pictures(L, 8, &m);
  return done(L, viz_heatmap(vm_viz(L), luaL_checkstring(L, 1), &m, &e), &e);
}

/* _spectrogram(name, frames x bins, prob, threshold) */
static int spectrogram(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 2, F32, "viz.spectrogram");
  int frames = size_of(L, t, 0, "viz.spectrogram"), bins = size_of(L, t, 1, "viz.spectrogram");
  const float *prob = opt_floats(L, 3, frames, "viz.spectrogram: prob");
  return done(L,
              viz_spectrogram(vm_viz(L), luaL_checkstring(L, 1), frames, bins, (const float *)t->data, prob,
                              luaL_optnumber(L, 4, NAN), &e),
              &e);
}

/* _bars(name, values, labels, threshold, log) */
static int bars(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 2, F32, "viz.bars");
  int n = size_of(L, t, 0, "viz.bars");
  const char *const *labels = opt_texts(L, 3, &n, "viz.bars");
  return done(L,
              viz_bars(vm_viz(L), luaL_checkstring(L, 1), n, (const float *)t->data, labels,
                       luaL_optnumber(L, 4, NAN), lua_toboolean(L, 5), &e),
              &e);
}

static int hist(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 2, F32, "viz.hist");
  return done(L,
              viz_hist(vm_viz(L), luaL_checkstring(L, 1), (size_t)t->n, (const float *)t->data,
                       luaL_optnumber(L, 3, NAN), &e),
              &e);
}

/* _roll(name, n x 4, playhead) */
static int roll(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 2, F32, "viz.roll");
  int n = size_of(L, t, 0, "viz.roll");
  if (size_of(L, t, 1, "viz.roll") != 4)
    return vm_error(L, "viz.roll: notes must be N x 4, got %s", vm_typename(L, 2));
  return done(L,
              viz_roll(vm_viz(L), luaL_checkstring(L, 1), n, (const VizNote *)(const void *)t->data,
                       luaL_optnumber(L, 3, NAN), &e),
              &e);
}

/* _graph(name, names, shapes, parameters, shares, numbers of sources i32, sources from 0 i32): without the last two each
 * takes from the one before it */
static int graph(lua_State *L) {
  VizErr e;
  lua_settop(L, 7); /* texts are put behind */
  int n = -1;
  const char *const *names = opt_texts(L, 2, &n, "viz.graph"), *const *shapes =
                                                                   opt_texts(L, 3, &n, "viz.graph");
  const float *count = opt_floats(L, 4, n, "viz.graph"), *share = opt_floats(L, 5, n, "viz.graph");
  if (!names || !shapes || !count) return vm_error(L, "viz.graph: layers expected");
  const int *sources = opt_ints(L, 6, n, "viz.graph");
  int64_t edges = 0;
  for (int i = 0; sources && i < n; i++) edges += sources[i];
  const int *from = sources ? opt_ints(L, 7, edges, "viz.graph") : NULL;
  VizLayer *layer = lua_newuserdatauv(L, (size_t)(n > 0 ? n : 1) * sizeof *layer, 0);
  for (int i = 0; i < n; i++)
    layer[i] = (VizLayer){names[i], shapes[i], (double)count[i], share ? (double)share[i] : NAN, NULL, 0};
  for (int i = 0; from && i < n; from += sources[i++]) layer[i].from = from, layer[i].sources = sources[i];
  return done(L, viz_graph(vm_viz(L), luaL_checkstring(L, 1), n, layer, &e), &e);
}

/* _slider(name, value, lo, hi, log) */
static int slider(lua_State *L) {
  VizErr e;
  return done(L,
              viz_slider(vm_viz(L), luaL_checkstring(L, 1), luaL_checknumber(L, 2), luaL_checknumber(L, 3),
                         luaL_checknumber(L, 4), lua_toboolean(L, 5), &e),
              &e);
}
static int slider_value(lua_State *L) {
  lua_pushnumber(L, viz_slider_value(vm_viz(L), luaL_checkstring(L, 1), luaL_optnumber(L, 2, 0)));
  return 1;
}
static int button(lua_State *L) {
  VizErr e;
  return done(L, viz_button(vm_viz(L), luaL_checkstring(L, 1), &e), &e);
}
static int button_presses(lua_State *L) {
  lua_pushinteger(L, viz_button_presses(vm_viz(L), luaL_checkstring(L, 1)));
  return 1;
}

/* _menu(name, u8 n x h x w x 3, names, lines); _menu_choice(name) -> 1..n or 0 */
static int menu(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 2, U8, "viz.menu");
  int n = size_of(L, t, 0, "viz.menu"), lines = n;
  VizMenu m = {.n = n, .h = size_of(L, t, 1, "viz.menu"), .w = size_of(L, t, 2, "viz.menu"), .rgb = t->data};
  m.name = opt_texts(L, 3, &n, "viz.menu");
  m.line = opt_texts(L, 4, &lines, "viz.menu");
  if (!m.name || n != m.n || (m.line && lines != n))
    return vm_error(L, "viz.menu: %d pictures, %d names, %d lines", m.n, m.name ? n : 0, m.line ? lines : 0);
  return done(L, viz_menu(vm_viz(L), luaL_checkstring(L, 1), &m, &e), &e);
}
static int menu_choice(lua_State *L) {
  lua_pushinteger(L, viz_menu_choice(vm_viz(L), luaL_checkstring(L, 1)));
  return 1;
}

/* --- what lies about the panels ---------------------------------------------------------------------------- */

/* _ghost(run, panel, series, f64 n x 2) */
static int ghost(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 4, F64, "viz.ghost");
  return done(L,
              viz_ghost(vm_viz(L), luaL_checkstring(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3),
                        size_of(L, t, 0, "viz.ghost"), t->data, &e),
              &e);
}

/* _kept(f64 n x 2 of step and moment): the states that a training can go back to */
static int kept(lua_State *L) {
  VizErr e;
  Tensor *t = check_array(L, 1, F64, "viz: kept states");
  return done(L, viz_kept(vm_viz(L), size_of(L, t, 0, "viz: kept states"), t->data, &e), &e);
}
/* _marked() -> the step of the state that the user has marked, or nil; _fork(moment); _moment() -> now */
static int marked(lua_State *L) {
  const double step = viz_marked(vm_viz(L));
  if (isnan(step)) lua_pushnil(L);
  else lua_pushnumber(L, step);
  return 1;
}
static int fork_curves(lua_State *L) { return viz_fork(vm_viz(L), luaL_checknumber(L, 1)), 0; }
static int moment(lua_State *L) { return lua_pushnumber(L, viz_moment(vm_viz(L))), 1; }

/* _layout(names, rows i32) */
static int layout(lua_State *L) {
  int n = -1;
  const char *const *names = opt_texts(L, 1, &n, "viz.layout");
  const int *rows = opt_ints(L, 2, n, "viz.layout");
  viz_layout(vm_viz(L), names ? n : 0, names, rows, names && viz_has_display());
  return 0;
}

void vm_open_viz(lua_State *L) {
  static const luaL_Reg functions[] = {{"plot", plot},
                                       {"gate", gate},
                                       {"_menu", menu},
                                       {"_menu_choice", menu_choice},
                                       {"_plot_checks", plot_checks},
                                       {"_image", image},
                                       {"_wipe", wipe},
                                       {"_boxes", boxes},
                                       {"_mask", mask},
                                       {"_scatter", scatter},
                                       {"_boundary", boundary},
                                       {"_contour", contour},
                                       {"_paths", paths},
                                       {"_text", text},
                                       {"_heatmap", heatmap},
                                       {"_spectrogram", spectrogram},
                                       {"_bars", bars},
                                       {"_hist", hist},
                                       {"_roll", roll},
                                       {"_graph", graph},
                                       {"_slider", slider},
                                       {"_slider_value", slider_value},
                                       {"_button", button},
                                       {"_button_presses", button_presses},
                                       {"_layout", layout},
                                       {"_ghost", ghost},
                                       {"_kept", kept},
                                       {"_marked", marked},
                                       {"_fork", fork_curves},
                                       {"_moment", moment},
                                       {"_pass", pass},
                                       {"_step_begins", step_begins},
                                       {NULL, NULL}};
  vm_add(L, "viz", functions);
  vm_open_window(L);
  vm_open_draw(L);
}
