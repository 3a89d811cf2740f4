/* bind_loader.c: nn/data/augment.h and nn/data/loader.h for nn/lua/data/: lunette.io.augment, .augment_size,
 * .augment_values, .image_info and .loader.  A list of changes comes as {{kind from 0, numbers...}, ...} in the order
 * of augment.def, checked by data/augment.lua. */
#include "bind.h"

#include "image.h"
#include "io.h"
#include "loader.h"
#include "parallel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void read_list(lua_State *L, int at, AugmentList *list) {
  *list = (AugmentList){0};
  luaL_checktype(L, at, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, at);
  if (n > AUGMENT_MOST) vm_error(L, "augment: at most %d changes, got %d", AUGMENT_MOST, (int)n);
  for (list->n = 0; list->n < n; list->n++) {
    Augment *a = &list->item[list->n];
    lua_rawgeti(L, at, list->n + 1);
    lua_rawgeti(L, -1, 1);
    a->kind = (AugmentKind)lua_tointeger(L, -1);
    if ((int)a->kind < 0 || a->kind >= AUGMENTS) vm_error(L, "augment: unknown change");
    for (int k = 0; k < AUGMENT_NUMBERS; k++) {
      lua_rawgeti(L, -2 - k, k + 2);
      a->number[k] = lua_tonumber(L, -1);
    }
    lua_pop(L, 2 + AUGMENT_NUMBERS);
  }
}

/* (): the rows of augment.def as {name =, doc =, type =, by_name =, default =, least =, most =}; doc: of a change */
static int augment_values(lua_State *L) {
  static const char *const types[] = {"number", "whole", "truth", "around 0", "around 1"};
  lua_newtable(L);
  for (const AugmentRow *r = augment_rows; r->name; r++) {
    const char *const text[][2] = {{"name", r->name}, {"doc", r->doc}, {"type", types[r->type]}};
    const struct {
      const char *name;
      double value;
    } number[] = {{"default", r->fallback}, {"least", r->least}, {"most", r->most}};
    lua_newtable(L);
    for (int k = 0; k < 3; k++) {
      lua_pushstring(L, text[k][1]); /* NULL: nil */
      lua_setfield(L, -2, text[k][0]);
      lua_pushnumber(L, number[k].value);
      lua_setfield(L, -2, number[k].name);
    }
    lua_pushboolean(L, r->by_name);
    lua_setfield(L, -2, "by_name");
    lua_rawseti(L, 1, (lua_Integer)(r - augment_rows) + 1);
  }
  return 1;
}

/* (list, h, w): h, w afterwards; nil, message */
static int augmented_size(lua_State *L) {
  AugmentList list;
  read_list(L, 1, &list);
  int64_t h = (int64_t)luaL_checkinteger(L, 2), w = (int64_t)luaL_checkinteger(L, 3);
  Err e;
  if (!augment_size(&list, &h, &w, &e)) return vm_soft(L, &e);
  lua_pushinteger(L, (lua_Integer)h);
  lua_pushinteger(L, (lua_Integer)w);
  return 2;
}

/* (path): h, w, c, format */
static int image_info(lua_State *L) {
  const char *path = vm_check_path(L, "data.image.info");
  size_t size;
  Err e;
  ImageInfo info;
  unsigned char *data = file_read(path, (size_t)1 << 32, &size, &e);
  bool ok = data && image_probe(path, data, size, &info, &e);
  free(data);
  if (!ok) return vm_soft(L, &e);
  lua_pushinteger(L, (lua_Integer)(info.turn >= 5 ? info.w : info.h));
  lua_pushinteger(L, (lua_Integer)(info.turn >= 5 ? info.h : info.w));
  lua_pushinteger(L, info.c);
  lua_pushstring(L, info.format);
  return 4;
}

/* --- pictures in tensors -------------------------------------------------------------------------------- */

typedef struct Each {
  const Tensor *x;
  Tensor *y;
  int64_t h, w, c;
  const AugmentList *list;
  Draw draw; /* of the first */
  pthread_mutex_t lock;
  bool failed;
  Err err;
} Each;

static void augment_each(void *context, int64_t begin, int64_t end) {
  Each *each = context;
  size_t in = (size_t)(each->h * each->w * each->c) * dtype_size[each->x->dtype];
  Bench bench = {0};
  for (int64_t i = begin; i < end; i++) {
    Picture p;
    Err e;
    Draw draw = each->draw;
    draw.sample += i;
    bool ok = augment_begin(&bench, &p, each->h, each->w, each->c, each->x->dtype,
                            each->x->data + (size_t)i * in, &e) &&
              augment_run(&bench, &p, each->list, draw, NULL, &e);
    if (ok) {
      augment_store(&p, each->y->dtype,
                    each->y->data + (size_t)(i * p.h * p.w * p.c) * dtype_size[each->y->dtype]);
      continue;
    }
    pthread_mutex_lock(&each->lock);
    if (!each->failed) each->err = e;
    each->failed = true;
    pthread_mutex_unlock(&each->lock);
  }
  augment_free(&bench);
}

static bool augment_tensor(const char *what, Tensor *x, const AugmentList *list, Draw draw, Tensor **y,
                           Err *e) {
  char text[TEXT];
  int batch = x->nd == 4;
  int64_t shape[4], n = batch ? x->shape[0] : 1;
  if (x->nd < 2 || x->nd > 4 || !(x->dtype == U8 || x->dtype == F32))
    return err_set(e, "%s: u8 or f32 [h,w], [h,w,c] or [n,h,w,c] expected, got %s", what,
                   tensor_text(text, x));
  memcpy(shape, x->shape, (size_t)x->nd * sizeof *shape);
  int64_t *h = shape + batch, *w = h + 1, c = x->nd > 2 ? x->shape[x->nd - 1] : 1;
  if (*h == 0 || *w == 0 || c < 1 || c > 64)
    return err_set(e, "%s: pictures of 1 to 64 channels expected, got %s", what, tensor_text(text, x));
  Each each = {.h = *h, .w = *w, .c = c, .list = list, .draw = draw};
  Err why;
  if (!augment_size(list, h, w, &why)) return err_set(e, "%s: %.900s", what, why.message);
  Tensor *dense = tensor_contiguous(x, e);
  each.x = dense;
  each.y = dense ? tensor_new(x->dtype, x->nd, shape, e) : NULL;
  bool ok = each.y != NULL;
  if (ok) {
    pthread_mutex_init(&each.lock, NULL);
    parallel_for(n, 1, augment_each, &each);
    pthread_mutex_destroy(&each.lock);
    if (each.failed || interrupt_pending()) {
      ok = interrupt_pending() ? err_interrupted(e, "interrupted") : err_set(e, "%s", each.err.message);
      tensor_release(each.y);
    }
  }
  tensor_release(dense);
  if (ok) *y = each.y;
  return ok;
}

/* (what, x, list, {seed=, epoch=, first=}): a new tensor; first: x[1] is this sample, from 1 */
static int augment(lua_State *L) {
  const char *what = luaL_checkstring(L, 1);
  Tensor *x = vm_check(L, 2, what);
  vm_want_data(L, x, what);
  AugmentList list;
  read_list(L, 3, &list);
  const Draw draw = {.seed = (uint64_t)vm_field_int(L, 4, "seed"),
                     .epoch = vm_field_int(L, 4, "epoch"),
                     .sample = vm_field_int(L, 4, "first")};
  Tensor **box = vm_box(L);
  Err e;
  return augment_tensor(what, x, &list, draw, box, &e) ? 1 : vm_fail(L, &e);
}

/* --- the loader ----------------------------------------------------------------------------------------- */

static Loader **check_loader(lua_State *L) { return luaL_checkudata(L, 1, "lunette.loader"); }
static Loader *open_loader(lua_State *L) {
  Loader *l = *check_loader(L);
  if (!l) vm_error(L, "data.loader: closed");
  return l;
}

static int close_loader(lua_State *L) {
  Loader **l = check_loader(L);
  Loader *old = *l;
  *l = NULL;
  loader_free(old);
  return 0;
}

/* (self, samples i64, epoch, out) */
static int send_batch(lua_State *L) {
  Loader *l = open_loader(L);
  Tensor *ids = vm_check(L, 2, "data.loader"), *out = vm_check(L, 4, "data.loader");
  int64_t epoch = (int64_t)luaL_checkinteger(L, 3);
  Err e;
  if (ids->dtype != I64 || !tensor_is_contiguous(ids))
    return vm_error(L, "data.loader: i64 samples expected");
  if (!loader_send(l, (const int64_t *)ids->data, ids->n, epoch, out, &e)) return vm_fail(L, &e);
  return 0;
}

static int take_batch(lua_State *L) {
  Err e;
  if (!loader_take(open_loader(L), &e)) return vm_fail(L, &e);
  return 0;
}

static int drop_batches(lua_State *L) {
  loader_drop(open_loader(L));
  return 0;
}

/* The paths of list `at` in a block that the collector frees. */
static const char **read_paths(lua_State *L, int at, int64_t *n) {
  *n = (int64_t)lua_rawlen(L, at);
  const char **path = lua_newuserdatauv(L, ((size_t)*n + 1) * sizeof *path, 0);
  for (int64_t i = 0; i < *n; i++) {
    lua_rawgeti(L, at, (lua_Integer)i + 1);
    if (lua_type(L, -1) != LUA_TSTRING) vm_error(L, "data.loader: path %d is no string", (int)i + 1);
    path[i] = lua_tostring(L, -1); /* the list keeps it */
    lua_pop(L, 1);
  }
  return path;
}

static void loader_methods(lua_State *L) {
  static const luaL_Reg methods[] = {{"send", send_batch},
                                     {"take", take_batch},
                                     {"drop", drop_batches},
                                     {"close", close_loader},
                                     {"__gc", close_loader},
                                     {"__close", close_loader},
                                     {NULL, NULL}};
  vm_methods(L, "lunette.loader", methods);
}

/* (paths or tensor, list, {channels=, seed=, workers=}) */
static int new_loader(lua_State *L) {
  LoaderPlan plan = {.channels = (int)vm_field_int(L, 3, "channels"),
                     .seed = (uint64_t)vm_field_int(L, 3, "seed"),
                     .workers = (int)vm_field_int(L, 3, "workers")};
  read_list(L, 2, &plan.list);
  lua_settop(L, 3);
  Loader **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  loader_methods(L);
  lua_setmetatable(L, 4);
  plan.x = vm_test(L, 1);
  if (plan.x) plan.n = plan.x->shape[0];
  else plan.path = read_paths(L, 1, &plan.n);
  Err e;
  if (!(*box = loader_new(&plan, &e))) return vm_fail(L, &e);
  lua_settop(L, 4);
  return 1;
}

void vm_open_loader(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"augment", augment},       {"augment_size", augmented_size}, {"augment_values", augment_values},
      {"image_info", image_info}, {"loader", new_loader},           {NULL, NULL}};
  vm_add_io(L, functions);
}
