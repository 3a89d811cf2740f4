/* torch.c: PyTorch's .pt, .pth, .bin with state dicts, as torch.save writes them.
 *
 * Zip (since 1.6): NAME/data.pkl, a pickle whose tensors refer to storages by number, NAME/data/0, 1, ..., and
 * NAME/byteorder.  Legacy: four pickles (magic number, protocol, system, object), a fifth with the storages' keys,
 * then for each a count (i64) and its numbers.  Names of tensors in dictionaries of dictionaries are joined by dots;
 * elements of lists count from 1.  Only what pickle.h says is built, and nothing is run. */
#include "archive.h"
#include "pickle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ORDERED, TENSOR, TENSOR_V2, PARAMETER, PARAMETER_STATE, SIZE, DEVICE, CONSTANT, STORAGE };
enum { DEPTH = 32, NAME = 1000, ROOM = 32 << 20, MOST_STORAGES = 1 << 16 };

static const struct {
  const char *module, *name;
  int id;
  RawType type; /* of a storage */
} allowed[] = {{"collections", "OrderedDict", ORDERED, {0}},
               {"torch._utils", "_rebuild_tensor", TENSOR, {0}},
               {"torch._utils", "_rebuild_tensor_v2", TENSOR_V2, {0}},
               {"torch._utils", "_rebuild_parameter", PARAMETER, {0}},
               {"torch._utils", "_rebuild_parameter_with_state", PARAMETER_STATE, {0}},
               {"torch", "Size", SIZE, {0}},
               {"torch", "device", DEVICE, {0}},
               {"torch", "float32", CONSTANT, {0}},
               {"torch", "float64", CONSTANT, {0}},
               {"torch", "float16", CONSTANT, {0}},
               {"torch", "bfloat16", CONSTANT, {0}},
               {"torch", "int64", CONSTANT, {0}},
               {"torch", "DoubleStorage", STORAGE, {'f', 8, false}},
               {"torch", "FloatStorage", STORAGE, {'f', 4, false}},
               {"torch", "HalfStorage", STORAGE, {'f', 2, false}},
               {"torch", "BFloat16Storage", STORAGE, {'B', 2, false}},
               {"torch", "LongStorage", STORAGE, {'i', 8, false}},
               {"torch", "IntStorage", STORAGE, {'i', 4, false}},
               {"torch", "ShortStorage", STORAGE, {'i', 2, false}},
               {"torch", "CharStorage", STORAGE, {'i', 1, false}},
               {"torch", "ByteStorage", STORAGE, {'u', 1, false}},
               {"torch", "BoolStorage", STORAGE, {'b', 1, false}}};

typedef struct TorchStorage {
  PickleValue key; /* a string */
  RawType type;
  int64_t n;
  int number; /* in the lazy list; -1: not placed yet */
} TorchStorage;

typedef struct TorchTensor {
  int storage;
  int64_t offset, stride[DIMS];
  Shape shape;
} TorchTensor;

typedef struct Torch {
  LazyList *list;
  Pickle *pickle;
  TorchStorage *storage;
  TorchTensor *tensor;
  int storages, tensors, storage_room, tensor_room;
  int visits;
} Torch;

/* --- what the pickle asks for ------------------------------------------------------------------------------ */

static int host_name(void *context, const char *module, size_t nm, const char *name, size_t nn) {
  (void)context;
  for (int i = 0; i < (int)(sizeof allowed / sizeof *allowed); i++)
    if (strlen(allowed[i].module) == nm && memcmp(allowed[i].module, module, nm) == 0 &&
        strlen(allowed[i].name) == nn && memcmp(allowed[i].name, name, nn) == 0)
      return i;
  return -1;
}

static bool bad(const Torch *t, Err *e, const char *what) {
  return err_set(e, "%s: no state dict of PyTorch's: %s", t->list->path, what);
}

static bool room_for(Torch *t, void **items, int n, int *room, size_t size, Err *e) {
  if (n < *room) return true;
  int more = *room ? *room * 2 : 32;
  if ((size_t)(more - *room) * size > t->pickle->room)
    return bad(t, e, "more tensors than a file of its size has");
  t->pickle->room -= (size_t)(more - *room) * size;
  void *p = realloc(*items, (size_t)more * size);
  if (!p) return err_set(e, "%s: out of memory", t->list->path);
  *items = p;
  *room = more;
  return true;
}

/* ('storage', its class, key, device, count), and in legacy files the view of another, or None. */
static bool host_persistent(void *context, PickleValue id, PickleValue *out, Err *e) {
  Torch *t = context;
  if (id.kind != PICKLE_TUPLE || id.items->n < 5) return bad(t, e, "a reference that is none to a storage");
  const PickleValue *v = id.items->at;
  if (!pickle_is(v[0], "storage") || v[1].kind != PICKLE_NAME || allowed[v[1].i].id != STORAGE ||
      v[2].kind != PICKLE_STRING || v[4].kind != PICKLE_INT || v[4].i < 0)
    return bad(t, e, "a reference that is none to a storage");
  if (id.items->n > 5 && v[5].kind != PICKLE_NONE) return bad(t, e, "a storage that is a part of another");
  int k = 0;
  while (k < t->storages &&
         (t->storage[k].key.n != v[2].n || memcmp(t->storage[k].key.s, v[2].s, v[2].n) != 0))
    k++;
  if (k == MOST_STORAGES) return bad(t, e, "more than 65536 storages");
  if (k == t->storages) {
    if (!room_for(t, (void **)&t->storage, k, &t->storage_room, sizeof *t->storage, e)) return false;
    t->storage[t->storages++] = (TorchStorage){v[2], allowed[v[1].i].type, v[4].i, -1};
  } else if (t->storage[k].type.kind != allowed[v[1].i].type.kind ||
             t->storage[k].type.size != allowed[v[1].i].type.size || t->storage[k].n != v[4].i) {
    return bad(t, e, "a storage of two kinds");
  }
  *out = (PickleValue){.kind = PICKLE_HOST, .n = 0, .i = k};
  return true;
}

static bool sizes(PickleValue v, int *nd, int64_t *to) {
  if ((v.kind != PICKLE_TUPLE && v.kind != PICKLE_LIST) || v.items->n > DIMS) return false;
  *nd = (int)v.items->n;
  for (int i = 0; i < *nd; i++) {
    if (v.items->at[i].kind != PICKLE_INT || v.items->at[i].i < 0) return false;
    to[i] = v.items->at[i].i;
  }
  return true;
}

/* (storage, offset, size, stride, ...) */
static bool make_tensor(Torch *t, const PickleItems *args, PickleValue *out, Err *e) {
  const PickleValue *v = args->at;
  TorchTensor one;
  int strides;
  if (args->n < 4 || v[0].kind != PICKLE_HOST || v[0].n != 0 || v[1].kind != PICKLE_INT || v[1].i < 0 ||
      !sizes(v[2], &one.shape.nd, one.shape.d) || !sizes(v[3], &strides, one.stride) ||
      strides != one.shape.nd)
    return bad(t, e, "a tensor without storage, sizes (at most 8) and strides");
  one.storage = (int)v[0].i;
  one.offset = v[1].i;
  if (!room_for(t, (void **)&t->tensor, t->tensors, &t->tensor_room, sizeof *t->tensor, e)) return false;
  t->tensor[t->tensors] = one;
  *out = (PickleValue){.kind = PICKLE_HOST, .n = 1, .i = t->tensors++};
  return true;
}

/* OrderedDict() or OrderedDict([(key, value), ...]) */
static bool make_dict(Torch *t, Pickle *p, const PickleItems *args, PickleValue *out, Err *e) {
  PickleItems *items = pickle_items(p);
  if (!items) return false;
  *out = (PickleValue){.kind = PICKLE_DICT, .items = items};
  if (args->n == 0) return true;
  if (args->at[0].kind != PICKLE_LIST) return bad(t, e, "a dictionary of something else than a list");
  for (uint32_t i = 0; i < args->at[0].items->n; i++) {
    PickleValue pair = args->at[0].items->at[i];
    if ((pair.kind != PICKLE_TUPLE && pair.kind != PICKLE_LIST) || pair.items->n != 2)
      return bad(t, e, "a dictionary of something else than pairs");
    if (!pickle_append(p, items, pair.items->at[0]) || !pickle_append(p, items, pair.items->at[1]))
      return false;
  }
  return true;
}

static bool host_reduce(void *context, Pickle *p, int name, const PickleItems *args, PickleValue *out,
                        Err *e) {
  Torch *t = context;
  switch (allowed[name].id) {
  case ORDERED: return make_dict(t, p, args, out, e);
  case TENSOR:
  case TENSOR_V2: return make_tensor(t, args, out, e);
  case PARAMETER:
  case PARAMETER_STATE:
    if (!args->n || args->at[0].kind != PICKLE_HOST || args->at[0].n != 1)
      return bad(t, e, "a parameter without a tensor");
    *out = args->at[0];
    return true;
  case SIZE:
    if (!args->n || args->at[0].kind != PICKLE_TUPLE) return bad(t, e, "a size that is no tuple");
    *out = args->at[0];
    return true;
  case DEVICE: *out = (PickleValue){.kind = PICKLE_NONE}; return true;
  default: return bad(t, e, "a call of what cannot be called");
  }
}

/* --- names of tensors --------------------------------------------------------------------------------------- */

static bool flatten(Torch *t, PickleValue v, char *name, size_t length, int depth, Err *e);

static bool member(Torch *t, const PickleValue *key, uint32_t index, PickleValue v, char *name, size_t length,
                   int depth, Err *e) {
  char number[32];
  const char *text = number;
  int n;
  if (key && key->kind == PICKLE_STRING) {
    text = key->s;
    n = (int)(key->n < NAME ? key->n : NAME);
  } else {
    n = snprintf(number, sizeof number, "%" PRId64, key ? key->i : (int64_t)index + 1);
  }
  if (length + (size_t)n + 2 > NAME || memchr(text, 0, (size_t)n))
    return bad(t, e, "a name that is too long, or no text");
  size_t at = length;
  if (length) name[at++] = '.';
  memcpy(name + at, text, (size_t)n);
  name[at + (size_t)n] = 0;
  return flatten(t, v, name, at + (size_t)n, depth + 1, e);
}

static bool flatten(Torch *t, PickleValue v, char *name, size_t length, int depth, Err *e) {
  enum { MOST = 1 << 20 };
  if (depth > DEPTH || ++t->visits > MOST) return bad(t, e, "it is nested too deep, or in itself");
  bool ok = true;
  name[length] = 0;
  if (v.kind == PICKLE_HOST && v.n == 1) {
    const TorchTensor *one = &t->tensor[v.i];
    size_t cost = 3 * sizeof(LazyEntry) + length;
    if (cost > t->pickle->room) return bad(t, e, "more tensors than a file of its size has");
    t->pickle->room -= cost;
    return lazy_entry(t->list, name, t->storage[one->storage].number, one->offset, &one->shape, one->stride,
                      e);
  }
  if (v.kind == PICKLE_DICT) {
    for (uint32_t i = 0; ok && i + 1 < v.items->n; i += 2) {
      const PickleValue *key = &v.items->at[i];
      if (key->kind != PICKLE_STRING && key->kind != PICKLE_INT) continue;
      ok = member(t, key, i, v.items->at[i + 1], name, length, depth, e);
    }
  } else if (v.kind == PICKLE_LIST || v.kind == PICKLE_TUPLE) {
    for (uint32_t i = 0; ok && i < v.items->n; i++)
      ok = member(t, NULL, i, v.items->at[i], name, length, depth, e);
  }
  return ok;
}

/* Keys 1 and '1', or 'a.b' and 'b' within 'a', join to one name. */
static bool check_once(const LazyList *l, Err *e) {
  const char **names = malloc(((size_t)l->entries + 1) * sizeof *names);
  if (!names) return err_set(e, "%s: out of memory", l->path);
  for (int i = 0; i < l->entries; i++) names[i] = l->entry[i].name;
  bool ok = lazy_once(l->path, names, l->entries, ", of keys that join to it", e);
  free(names);
  return ok;
}

static bool finish(Torch *t, PickleValue top, Err *e) {
  char name[NAME + 2];
  if (!flatten(t, top, name, 0, 0, e)) return false;
  if (!t->list->entries) return bad(t, e, "it holds no tensor");
  return check_once(t->list, e) && lazy_check(t->list, e);
}

/* --- the two forms ------------------------------------------------------------------------------------------ */

static bool place(Torch *t, TorchStorage *s, uint64_t at, uint64_t bytes, Err *e) {
  if ((uint64_t)s->n > bytes / (uint64_t)s->type.size)
    return err_set(e, "%s: storage '%.*s' has %" PRIu64 " bytes, too few for its %" PRId64 " numbers of %d",
                   t->list->path, (int)(s->key.n < 60 ? s->key.n : 60), s->key.s, bytes, s->n, s->type.size);
  s->number = lazy_storage(t->list, s->type, at, s->n, e);
  return s->number >= 0;
}

/* Where data.pkl lies: the folder before it. */
static const ZipMember *find_pickle(const Zip *z, size_t *folder) {
  for (int i = 0; i < z->n; i++) {
    const char *slash = strchr(z->member[i].name, '/');
    if (!slash || strcmp(slash, "/data.pkl") != 0) continue;
    *folder = (size_t)(slash - z->member[i].name) + 1;
    return &z->member[i];
  }
  return NULL;
}

static bool big_endian(const LazyList *l, const Zip *z, const char *folder, int n) {
  char name[TEXT];
  Err quiet;
  snprintf(name, sizeof name, "%.*sbyteorder", n, folder);
  const ZipMember *m = archive_find(z, name);
  unsigned char *text = m && m->size < TEXT ? archive_read(l, m, &quiet) : NULL;
  bool big = text && strncmp((const char *)text, "big", 3) == 0;
  free(text);
  return big;
}

static bool place_members(Torch *t, const Zip *z, const char *folder, int n, Err *e) {
  bool ok = true, big = big_endian(t->list, z, folder, n);
  for (int k = 0; ok && k < t->storages; k++) {
    TorchStorage *s = &t->storage[k];
    char name[NAME];
    int most = (int)(s->key.n < 100 ? s->key.n : 100);
    snprintf(name, sizeof name, "%.*sdata/%.*s", n < 500 ? n : 500, folder, most, s->key.s);
    const ZipMember *m = archive_find(z, name);
    s->type.big = big;
    if (!m) ok = err_set(e, "%s: cut off: it has no '%.100s'", t->list->path, name);
    else if (m->method != 0)
      ok = err_set(e, "%s: '%.100s' is packed: PyTorch stores it plain", t->list->path, name);
    else ok = place(t, s, m->at, m->size, e);
  }
  return ok;
}

static bool open_zip(Torch *t, Pickle *p, const PickleHost *host, Err *e) {
  Zip z;
  if (!archive_open(t->list, &z, e)) return false;
  size_t folder = 0;
  const ZipMember *m = find_pickle(&z, &folder);
  unsigned char *text = m ? archive_read(t->list, m, e) : NULL;
  if (!m) bad(t, e, "a zip file without data.pkl");
  bool ok = text != NULL;
  if (ok) {
    PickleValue top = {0};
    pickle_begin(p, t->list->path, text, (size_t)m->size, (size_t)t->list->size + ROOM, host, e);
    ok = pickle_read(p, &top) && place_members(t, &z, m->name, (int)folder, e) && finish(t, top, e);
  }
  pickle_end(p);
  free(text);
  archive_close(&z);
  return ok;
}

static const unsigned char magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

/* {'protocol_version': 1001, 'little_endian': True, ...} */
static bool is_big(PickleValue system) {
  for (uint32_t i = 0; system.kind == PICKLE_DICT && i + 1 < system.items->n; i += 2)
    if (pickle_is(system.items->at[i], "little_endian")) return !system.items->at[i + 1].i;
  return false;
}

/* The storages behind the pickles, in the order of their keys. */
static bool place_counted(Torch *t, Pickle *p, PickleValue keys, bool big, Err *e) {
  uint64_t at = (uint64_t)(p->at - p->text), left = t->list->size;
  bool ok = keys.kind == PICKLE_LIST ? true : bad(t, e, "no list of storages");
  for (uint32_t i = 0; ok && i < keys.items->n; i++) {
    PickleValue key = keys.items->at[i];
    int k = 0;
    while (key.kind == PICKLE_STRING && k < t->storages &&
           (t->storage[k].key.n != key.n || memcmp(t->storage[k].key.s, key.s, key.n) != 0))
      k++;
    if (key.kind != PICKLE_STRING || k == t->storages) return bad(t, e, "a storage that nobody knows");
    TorchStorage *s = &t->storage[k];
    uint64_t n = 0;
    if (left - at < 8) return err_set(e, "%s: cut off before storage %u", t->list->path, i + 1);
    for (int b = 0; b < 8; b++) n |= (uint64_t)p->text[at + (uint64_t)(big ? 7 - b : b)] << (8 * b);
    at += 8;
    if (n != (uint64_t)s->n) return bad(t, e, "a storage of another size than its tensors say");
    s->type.big = big;
    ok = place(t, s, at, left - at, e);
    if (ok) at += n * (uint64_t)s->type.size;
  }
  for (int k = 0; ok && k < t->storages; k++)
    if (t->storage[k].number < 0) ok = bad(t, e, "cut off: a storage is missing");
  return ok;
}

/* The pickles have no length before them: the file is in memory while they are read. */
static bool open_legacy(Torch *t, Pickle *p, const PickleHost *host, Err *e) {
  unsigned char *text = malloc((size_t)t->list->size + 1);
  if (!text) return err_set(e, "%s: out of memory", t->list->path);
  PickleValue number = {0}, protocol, system = {0}, top = {0}, keys = {0};
  bool ok = lazy_bytes(t->list, 0, text, (size_t)t->list->size, e);
  pickle_begin(p, t->list->path, text, (size_t)t->list->size, (size_t)t->list->size + ROOM, host, e);
  ok = ok && pickle_read(p, &number);
  if (ok &&
      (number.kind != PICKLE_BIG || number.n != sizeof magic || memcmp(number.s, magic, sizeof magic) != 0))
    ok = bad(t, e, "its first number is not PyTorch's");
  ok = ok && pickle_read(p, &protocol) && pickle_read(p, &system);
  bool big = ok && is_big(system);
  ok = ok && pickle_read(p, &top) && pickle_read(p, &keys) && place_counted(t, p, keys, big, e) &&
       finish(t, top, e);
  pickle_end(p);
  free(text);
  return ok;
}

bool torch_open(const char *path, LazyList *l, Err *e) {
  unsigned char head[4] = {0};
  Pickle p = {0};
  Torch t = {.list = l, .pickle = &p};
  const PickleHost host = {&t, host_name, host_reduce, host_persistent};
  if (!lazy_begin(l, path, e)) return false;
  size_t n = l->size < 4 ? (size_t)l->size : 4;
  bool ok = lazy_bytes(l, 0, head, n, e);
  if (ok && archive_begins(head, n)) ok = open_zip(&t, &p, &host, e);
  else if (ok && head[0] == 0x80) ok = open_legacy(&t, &p, &host, e);
  else if (ok) ok = bad(&t, e, "neither a zip file nor a pickle");
  free(t.storage);
  free(t.tensor);
  if (!ok) lazy_close(l);
  return ok;
}

bool torch_load(const char *path, NamedList *list, Err *e) {
  LazyList l;
  return torch_open(path, &l, e) && lazy_read_all(&l, list, e);
}
