/* bind_weights.c: files of weights that are read tensor by tensor (tensor/files/lazy.h), for
 * nn/lua/data/weights.lua: lunette.io.weights_open, .weights_read, .zip_member, .not_a_model. */
#include "bind.h"

#include "archive.h"
#include "darknet.h"

#include <stdlib.h>
#include <string.h>

static const char KIND[] = "lunette.weights";

static int weights_free(lua_State *L) {
  lazy_close(luaL_checkudata(L, 1, KIND));
  return 0;
}

static LazyList *weights_new(lua_State *L) {
  LazyList *l = lua_newuserdatauv(L, sizeof *l, 0);
  *l = (LazyList){.fd = -1};
  vm_methods(L, KIND, (const luaL_Reg[]){{"__gc", weights_free}, {NULL, NULL}});
  lua_setmetatable(L, -2);
  return l;
}

/* (path, "torch" or "safetensors"): the file; names, shapes, dtypes, each a list in the file's order; what was left
 * out, and why, by name */
static int weights_open(lua_State *L) {
  const char *path = vm_check_path(L, "data.weights");
  bool torch = strcmp(luaL_checkstring(L, 2), "torch") == 0;
  LazyList *l = weights_new(L);
  Err e;
  if (!(torch ? torch_open(path, l, &e) : safetensors_open(path, l, &e))) return vm_soft(L, &e);
  for (int k = 0; k < 3; k++) lua_createtable(L, l->entries, 0);
  for (int i = 0; i < l->entries; i++) {
    const Shape *s = &l->entry[i].shape;
    lua_pushstring(L, l->entry[i].name);
    lua_rawseti(L, -4, i + 1);
    lua_createtable(L, s->nd, 0);
    for (int d = 0; d < s->nd; d++) {
      lua_pushinteger(L, s->d[d]);
      lua_rawseti(L, -2, d + 1);
    }
    lua_rawseti(L, -3, i + 1);
    lua_pushstring(L, dtype_name[lazy_dtype(l, i)]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_newtable(L);
  for (int i = 0; i < l->left.n_left; i++) {
    lua_pushstring(L, l->left.left[i].why);
    lua_setfield(L, -2, l->left.left[i].name);
  }
  return 5;
}

/* (file, i): the i-th tensor */
static int weights_read(lua_State *L) {
  LazyList *l = luaL_checkudata(L, 1, KIND);
  lua_Integer i = luaL_checkinteger(L, 2);
  luaL_argcheck(L, i >= 1 && i <= l->entries, 2, "no such tensor");
  Tensor **box = vm_box(L);
  Err e, whole;
  bool part;
  *box = lazy_read(l, (int)i - 1, &part, &e);
  if (!*box && part) {
    err_set(&whole, "%s: '%.200s' %s", l->path, l->entry[i - 1].name, e.message);
    e = whole;
  }
  return *box ? 1 : vm_soft(L, &e);
}

/* (path, name): the bytes of a member of a zip file */
static int zip_member(lua_State *L) {
  const char *path = vm_check_path(L, "data.weights"), *name = luaL_checkstring(L, 2);
  LazyList *l = weights_new(L);
  Zip z = {0};
  Err e;
  if (!lazy_begin(l, path, &e)) return vm_soft(L, &e);
  bool ok = archive_open(l, &z, &e);
  const ZipMember *m = ok ? archive_find(&z, name) : NULL;
  if (ok && !m) err_set(&e, "%s: there is no '%s' in it", path, name);
  unsigned char *data = m ? archive_read(l, m, &e) : NULL;
  size_t size = data ? (size_t)m->size : 0;
  archive_close(&z);
  lazy_close(l);
  if (!data) return vm_soft(L, &e);
  luaL_Buffer
      b; /* its memory is the collector's, but data is ours: no jump while we hold it but for want of memory */
  char *to = luaL_buffinitsize(L, &b, size);
  memcpy(to, data, size);
  free(data);
  luaL_pushresultsize(&b, size);
  return 1;
}

/* (path): true, or nil and why it can be no model */
static int looks_right(lua_State *L) {
  LazyList *l = weights_new(L);
  Err e;
  if (!lazy_begin(l, vm_check_path(L, "data.weights"), &e)) return vm_soft(L, &e);
  lazy_close(l);
  lua_pushboolean(L, true);
  return 1;
}

static const char TEXT_KIND[] = "lunette.text";

static int text_free(lua_State *L) {
  char **text = luaL_checkudata(L, 1, TEXT_KIND);
  free(*text);
  *text = NULL;
  return 0;
}

/* (path): list of {line, section} and {line, key, value} of a .cfg */
static int darknet_lines(lua_State *L) {
  enum { MOST = 16 << 20 };
  const char *path = vm_check_path(L, "nn.darknet");
  char **text = lua_newuserdatauv(L, sizeof *text, 0); /* freed, whatever happens */
  *text = NULL;
  vm_methods(L, TEXT_KIND, (const luaL_Reg[]){{"__gc", text_free}, {NULL, NULL}});
  lua_setmetatable(L, -2);
  size_t size, at = 0;
  Err e;
  if (!(*text = (char *)file_read(path, MOST, &size, &e))) return vm_soft(L, &e);
  DarknetLine one;
  int64_t line = 0;
  lua_newtable(L);
  while (darknet_cfg(path, *text, size, &at, &line, &one, &e)) {
    lua_createtable(L, 3, 0);
    lua_pushinteger(L, one.line);
    lua_rawseti(L, -2, 1);
    lua_pushlstring(L, one.name.at, one.name.n);
    lua_rawseti(L, -2, 2);
    if (one.value.at) {
      lua_pushlstring(L, one.value.at, one.value.n);
      lua_rawseti(L, -2, 3);
    }
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
  return e.message[0] ? vm_soft(L, &e) : 1;
}

/* (path): f32[n], major, minor, seen, transposed */
static int read_darknet(lua_State *L) {
  const char *path = vm_check_path(L, "nn.darknet");
  Tensor **box = vm_box(L);
  DarknetWeights w;
  Err e;
  if (!darknet_weights(path, &w, &e)) return vm_soft(L, &e);
  *box = w.numbers;
  lua_pushinteger(L, w.major);
  lua_pushinteger(L, w.minor);
  lua_pushinteger(L, w.seen);
  lua_pushboolean(L, w.transposed);
  return 5;
}

void vm_open_weights(lua_State *L) {
  static const luaL_Reg functions[] = {{"weights_open", weights_open},
                                       {"weights_read", weights_read},
                                       {"zip_member", zip_member},
                                       {"looks_right", looks_right},
                                       {"darknet_lines", darknet_lines},
                                       {"darknet_weights", read_darknet},
                                       {NULL, NULL}};
  vm_add_io(L, functions);
}
