/* bind_text.c: data sets as text and bytes (tensor/files/dataset.h), and listing folders: lunette.io.*, for
 * nn/lua/data/.  What a reader holds hangs on a userdata, so that an error in Lua on the way frees it. */
#include "bind.h"

#include "dataset.h"
#include "io.h"
#include "lines.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Held {
  unsigned char *bytes;
  Glove glove;
  Csv csv;
  DIR *folder;
} Held;

static const char HELD[] = "lunette.held";

static int held_free(lua_State *L) {
  Held *h = luaL_checkudata(L, 1, HELD);
  free(h->bytes);
  glove_free(&h->glove);
  csv_close(&h->csv);
  if (h->folder) closedir(h->folder);
  *h = (Held){0};
  return 0;
}

static Held *held_new(lua_State *L) {
  Held *h = lua_newuserdatauv(L, sizeof *h, 0);
  *h = (Held){0};
  vm_methods(L, HELD, (const luaL_Reg[]){{"__gc", held_free}, {NULL, NULL}});
  lua_setmetatable(L, -2);
  return h;
}

/* Frees at once, not at the next collection: the files are large. */
static void held_done(lua_State *L, int at) {
  lua_pushcfunction(L, held_free);
  lua_pushvalue(L, at);
  lua_call(L, 1, 0);
}

static const unsigned char *read_whole(lua_State *L, Held *h, const char *path, size_t *size, Err *e) {
  (void)L;
  return h->bytes = file_read(path, (size_t)1 << 40, size, e);
}

typedef bool ReadVectors(const char *name, const char *text, size_t size, int64_t rows, Glove *out, Err *e);

static bool word2vec_any(const char *name, const char *text, size_t size, int64_t rows, Glove *out, Err *e) {
  return (word2vec_is(text, size) ? word2vec_read : glove_read)(name, text, size, rows, out, e);
}

/* (path, rows): words, f32[n,d], rows by word (the first of equal ones) */
static int load_vectors(lua_State *L, const char *what, ReadVectors *read) {
  const char *path = vm_check_path(L, what);
  int64_t rows = (int64_t)luaL_optinteger(L, 2, 0);
  lua_settop(L, 2);
  Held *h = held_new(L);
  Tensor **box = vm_box(L);
  Err e;
  size_t size;
  if (!read_whole(L, h, path, &size, &e) || !read(path, (const char *)h->bytes, size, rows, &h->glove, &e)) {
    held_done(L, 3);
    return vm_soft(L, &e);
  }
  *box = tensor_retain(h->glove.vectors);
  int n = (int)h->glove.n;
  lua_createtable(L, n, 0);
  lua_createtable(L, 0, n);
  for (int i = n; i >= 1; i--) { /* downwards: the first of equal words stays */
    lua_pushlstring(L, h->glove.word[i - 1].at, h->glove.word[i - 1].n);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 5, i);
    lua_pushinteger(L, i);
    lua_rawset(L, 6);
  }
  held_done(L, 3);
  lua_pushvalue(L, 5);
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 6);
  return 3;
}

static int load_glove(lua_State *L) { return load_vectors(L, "data.glove", glove_read); }
static int load_word2vec(lua_State *L) { return load_vectors(L, "data.word2vec", word2vec_any); }

/* --- CSV ------------------------------------------------------------------------------------------------ */

static void push_cell(lua_State *L, const Csv *c, Span cell) {
  luaL_Buffer b;
  char *to = luaL_buffinitsize(L, &b, cell.n + 1);
  luaL_pushresultsize(&b, csv_plain(c, cell, to));
}

static void push_column(lua_State *L, const Csv *c, int64_t k) {
  lua_createtable(L, (int)c->rows, 0);
  const char *at = c->body;
  Span cell = {0};
  for (lua_Integer i = 1; csv_cell(c, k, &at, &cell); i++) {
    push_cell(L, c, cell);
    lua_rawseti(L, -2, i);
  }
}

/* A column's name, or its number. */
static void push_name(lua_State *L, const Csv *c, int64_t k) {
  if (c->header) push_cell(L, c, c->column[k].name);
  else lua_pushinteger(L, (lua_Integer)k + 1);
}

static int csv_refuse(lua_State *L, Held *h, int at) {
  const Csv *c = &h->csv;
  for (int64_t k = 0; k < c->columns; k++) {
    const CsvColumn *column = &c->column[k];
    if (column->numeric) continue;
    char cell[60];
    size_t n = column->bad.n < sizeof cell - 1 ? column->bad.n : sizeof cell - 1;
    memcpy(cell, column->bad.at, n);
    cell[n] = 0;
    lua_pushnil(L);
    push_name(L, c, k);
    lua_pushfstring(L, "%s:%I: '%s' in column %s is not a %s (strings=true keeps such columns)", c->name,
                    (lua_Integer)column->bad_line, cell, luaL_tolstring(L, -1, NULL),
                    c->form.whole ? "whole number of 64 bits" : "number");
    lua_insert(L, -3);
    lua_pop(L, 2);
    held_done(L, at);
    return 2;
  }
  return 0;
}

/* A text of the table at 2 that must be there. */
static const char *letter(lua_State *L, const char *name) {
  const char *text = vm_field_text(L, 2, name);
  return text ? text : (vm_error(L, "data.csv: %s: text expected", name), "");
}

/* (path, {separator=, quote=, decimal=, comment=, header=, missing=, strings=, dtype=}): numbers, their names,
 * {name = strings}.  comment: "" is none; header: -1 looks, 0 there is none, 1 there is one. */
static int load_csv(lua_State *L) {
  const char *path = vm_check_path(L, "data.csv"), *dtype = letter(L, "dtype");
  Dtype d = strcmp(dtype, "i64") == 0 ? I64 : strcmp(dtype, "f64") == 0 ? F64 : F32;
  const CsvForm form = {.separator = *letter(L, "separator"),
                        .quote = *letter(L, "quote"),
                        .decimal = *letter(L, "decimal"),
                        .comment = *letter(L, "comment"),
                        .header = (int)vm_field_int(L, 2, "header"),
                        .whole = d == I64,
                        .missing = vm_field_text(L, 2, "missing")};
  bool strings = vm_field_flag(L, 2, "strings");
  lua_settop(L, 2);
  Held *h = held_new(L);
  Tensor **box = vm_box(L);
  Err e;
  size_t size;
  if (!read_whole(L, h, path, &size, &e) ||
      !csv_open(&h->csv, path, (const char *)h->bytes, size, &form, &e)) {
    held_done(L, 3);
    return vm_soft(L, &e);
  }
  if (!strings && csv_refuse(L, h, 3)) return 2;
  if (!(*box = csv_numbers(&h->csv, d, &e))) {
    held_done(L, 3);
    return vm_soft(L, &e);
  }
  lua_newtable(L);
  lua_newtable(L);
  for (int64_t k = 0, at = 0; k < h->csv.columns; k++) {
    push_name(L, &h->csv, k);
    if (h->csv.column[k].numeric) {
      lua_rawseti(L, 5, (lua_Integer)++at);
    } else {
      push_column(L, &h->csv, k);
      lua_rawset(L, 6);
    }
  }
  held_done(L, 3);
  return 3;
}

/* --- bytes ---------------------------------------------------------------------------------------------- */

static int load_idx(lua_State *L) {
  const char *path = vm_check_path(L, "data.idx");
  lua_settop(L, 1);
  Held *h = held_new(L);
  Tensor **box = vm_box(L);
  Err e;
  size_t size;
  if (read_whole(L, h, path, &size, &e)) *box = idx_read(path, h->bytes, size, &e);
  held_done(L, 2);
  return *box ? 1 : vm_soft(L, &e);
}

/* (path): u8[n,32,32,3], i64[n] from 1 */
static int load_cifar(lua_State *L) {
  const char *path = vm_check_path(L, "data.cifar10");
  lua_settop(L, 1);
  Held *h = held_new(L);
  Tensor **images = vm_box(L), **labels = vm_box(L);
  Err e;
  size_t size;
  bool ok = read_whole(L, h, path, &size, &e) && cifar_read(path, h->bytes, size, images, labels, &e);
  held_done(L, 2);
  return ok ? 2 : vm_soft(L, &e);
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

enum { DEEPEST = 180 }; /* as nn/lua/data/files.lua says */

typedef struct JsonPush { /* at null: what stands for null in lists */
  lua_State *L;
  int null, depth;
  lua_Integer count[DEEPEST + 1]; /* elements so far; -1: an object */
} JsonPush;

static void push_string(lua_State *L, Span s) {
  luaL_Buffer b;
  char *to = luaL_buffinitsize(L, &b, s.n + 1);
  luaL_pushresultsize(&b, json_string(s, to));
}

/* The value at the top goes into the list or object below it, if there is one. */
static void json_store(JsonPush *c) {
  if (c->depth == 0) return;
  if (c->count[c->depth] < 0) lua_rawset(c->L, -3);
  else lua_rawseti(c->L, -2, ++c->count[c->depth]);
}

static void json_see(void *context, const JsonEvent *event) {
  JsonPush *c = context;
  lua_State *L = c->L;
  switch (event->kind) {
  case JSON_KEY: push_string(L, event->text); return;
  case JSON_LIST:
  case JSON_OBJECT:
    luaL_checkstack(L, 6, "JSON");
    lua_newtable(L);
    c->count[++c->depth] = event->kind == JSON_LIST ? 0 : -1;
    return;
  case JSON_END: c->depth--; break;
  case JSON_NULL:
    if (c->depth > 0 && c->count[c->depth] < 0) lua_pushnil(L); /* left out */
    else lua_pushvalue(L, c->null);
    break;
  case JSON_STRING: push_string(L, event->text); break;
  case JSON_INTEGER: lua_pushinteger(L, (lua_Integer)event->whole); break;
  case JSON_REAL: lua_pushnumber(L, event->real); break;
  default: lua_pushboolean(L, event->kind == JSON_TRUE);
  }
  json_store(c);
}

static bool blank(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
  return p == end;
}

/* (path, depth, null): the file's text is in the Held at 4. */
static Held *json_open(lua_State *L, const char *path, size_t *size, Err *e) {
  lua_settop(L, 3);
  Held *h = held_new(L);
  return read_whole(L, h, path, size, e) && lines_are_text(path, (const char *)h->bytes, *size, e) ? h : NULL;
}

static int json_failed(lua_State *L, const Err *e) {
  lua_settop(L, 4);
  held_done(L, 4);
  return vm_soft(L, e);
}

static const char *json_start(const Held *h, size_t size) { /* behind a byte order mark */
  const char *p = (const char *)h->bytes;
  return p + lines_mark(p, size);
}

/* (path, depth, null): the value */
static int load_json(lua_State *L) {
  const char *path = vm_check_path(L, "data.json");
  JsonPush push = {.L = L, .null = 3};
  const int depth = (int)luaL_checkinteger(L, 2);
  Err e;
  size_t size;
  const Held *h = json_open(L, path, &size, &e);
  if (!h) return vm_soft(L, &e);
  const char *start = json_start(h, size);
  if (!json_read(path, start, start, (const char *)h->bytes + size, depth, json_see, &push, &e))
    return json_failed(L, &e);
  held_done(L, 4);
  return 1;
}

/* (path, depth, null): list of values */
static int load_jsonl(lua_State *L) {
  const char *path = vm_check_path(L, "data.jsonl");
  JsonPush push = {.L = L, .null = 3};
  const int depth = (int)luaL_checkinteger(L, 2);
  Err e;
  size_t size;
  const Held *h = json_open(L, path, &size, &e);
  if (!h) return vm_soft(L, &e);
  lua_newtable(L);
  const char *start = json_start(h, size), *end = (const char *)h->bytes + size;
  const char eol = lines_end(start, (size_t)(end - start));
  lua_Integer n = 0;
  for (const char *p = start, *next; p < end; p = next + 1) {
    next = memchr(p, eol, (size_t)(end - p));
    if (!next) next = end;
    if (blank(p, next)) continue;
    push.depth = 0;
    if (!json_read(path, start, p, next, depth, json_see, &push, &e)) return json_failed(L, &e);
    lua_rawseti(L, 5, ++n);
  }
  held_done(L, 4);
  return 1;
}

/* --- folders -------------------------------------------------------------------------------------------- */

/* (path): names in it, unsorted, without hidden ones, and {name = true} of those that are folders. */
static int list_folder(lua_State *L) {
  const char *path = vm_check_path(L, "data.image_folder");
  lua_settop(L, 1);
  Held *h = held_new(L);
  h->folder = opendir(path);
  if (!h->folder) {
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, strerror(errno));
    return 2;
  }
  lua_newtable(L);
  lua_newtable(L);
  lua_Integer n = 0;
  for (const struct dirent *d; (d = readdir(h->folder));) {
    if (d->d_name[0] == '.') continue;
    lua_pushstring(L, d->d_name);
    lua_rawseti(L, 3, ++n);
    struct stat st;
    lua_pushfstring(L, "%s/%s", path, d->d_name);
    bool folder = stat(lua_tostring(L, -1), &st) == 0 && S_ISDIR(st.st_mode);
    lua_pop(L, 1);
    lua_pushboolean(L, folder);
    lua_setfield(L, 4, d->d_name);
  }
  lua_pushvalue(L, 2);
  held_done(L, 5);
  lua_settop(L, 4);
  return 2;
}

void vm_open_text(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"glove", load_glove}, {"word2vec", load_word2vec}, {"csv", load_csv},
      {"idx", load_idx},     {"cifar", load_cifar},       {"json", load_json},
      {"jsonl", load_jsonl}, {"folder", list_folder},     {NULL, NULL}};
  vm_add_io(L, functions);
}
