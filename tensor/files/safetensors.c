/* safetensors.c: .safetensors: 8 bytes header size (little-endian), a JSON object name -> {dtype, shape,
 * data_offsets}, then the tensors' bytes without gaps.  The only file that includes cJSON. */
#define _GNU_SOURCE
#include "lazy.h"
#include "utf8.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MOST = 100 << 20 };

typedef struct Kind {
  const char *name;
  RawType type;
} Kind;

static const Kind kinds[] = {{"F32", {'f', 4, false}}, {"F64", {'f', 8, false}},  {"I64", {'i', 8, false}},
                             {"I32", {'i', 4, false}}, {"U8", {'u', 1, false}},   {"BOOL", {'b', 1, false}},
                             {"F16", {'f', 2, false}}, {"BF16", {'B', 2, false}}, {"I16", {'i', 2, false}},
                             {"I8", {'i', 1, false}},  {"U16", {'u', 2, false}},  {"U32", {'u', 4, false}},
                             {"U64", {'u', 8, false}}};

static const char *kind_name(Dtype d) {
  static const char *const names[] = {
      [F32] = "F32", [F64] = "F64", [I64] = "I64", [I32] = "I32", [U8] = "U8", [BOOL] = "BOOL"};
  return names[d];
}

/* --- writing -------------------------------------------------------------------------------------------- */

static char *header_text(const NamedList *list, Err *e) {
  cJSON *root = cJSON_CreateObject();
  double at = 0;
  bool ok = root != NULL;
  for (int i = 0; ok && i < list->n; i++) {
    const Tensor *t = list->item[i].tensor;
    cJSON *entry = cJSON_AddObjectToObject(root, list->item[i].name), *shape, *ends;
    double bytes = (double)t->n * (double)dtype_size[t->dtype];
    ok = entry && cJSON_AddStringToObject(entry, "dtype", kind_name(t->dtype)) &&
         (shape = cJSON_AddArrayToObject(entry, "shape")) &&
         (ends = cJSON_AddArrayToObject(entry, "data_offsets"));
    for (int d = 0; ok && d < t->nd; d++)
      ok = cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)t->shape[d]));
    ok = ok && cJSON_AddItemToArray(ends, cJSON_CreateNumber(at)) &&
         cJSON_AddItemToArray(ends, cJSON_CreateNumber(at + bytes));
    at += bytes;
  }
  char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
  cJSON_Delete(root);
  if (!text) err_set(e, "out of memory for a header");
  return text;
}

static bool write_body(SafeFile *s, const NamedList *list, Err *e) {
  for (int i = 0; i < list->n; i++) {
    Tensor *t = tensor_contiguous(list->item[i].tensor, e);
    if (!t) return false;
    size_t bytes = (size_t)t->n * dtype_size[t->dtype];
    bool ok = safe_write(s, t->data, bytes, e);
    tensor_release(t);
    if (!ok) return false;
  }
  return true;
}

static bool check_names(const char *path, const NamedList *list, Err *e) {
  for (int i = 0; i < list->n; i++) {
    const char *name = list->item[i].name;
    if (!utf8_valid(name, strlen(name))) return err_set(e, "%s: the name '%.200s' is not UTF-8", path, name);
    if (strcmp(name, "__metadata__") == 0)
      return err_set(
          e, "%s: '__metadata__' is no name for a tensor in a .safetensors file, which keeps it for itself",
          path);
  }
  return true;
}

bool safetensors_save(const char *path, const NamedList *list, Err *e) {
  if (!check_names(path, list, e)) return false;
  char *text = header_text(list, e);
  SafeFile s;
  if (!text || !safe_open(&s, path, e)) {
    cJSON_free(text);
    return false;
  }
  size_t n = strlen(text), pad = (8 - n % 8) % 8;
  uint64_t total = n + pad;
  unsigned char head[8];
  for (int i = 0; i < 8; i++) head[i] = (unsigned char)(total >> (8 * i));
  bool ok =
      fwrite(head, 1, 8, s.f) == 8 && fwrite(text, 1, n, s.f) == n && fwrite("        ", 1, pad, s.f) == pad;
  if (!ok) err_set(e, "%s: could not be written", path);
  ok = ok && write_body(&s, list, e);
  cJSON_free(text);
  return safe_commit(&s, ok, e);
}

/* --- reading -------------------------------------------------------------------------------------------- */

static bool whole(const cJSON *v, double most, double *out) {
  if (!cJSON_IsNumber(v) || v->valuedouble < 0 || v->valuedouble > most ||
      v->valuedouble != (double)(int64_t)v->valuedouble)
    return false;
  *out = v->valuedouble;
  return true;
}

/* An entry of the header; its bytes begin at `body` of the file, where there are `size` of them.  What is wrong with
 * the entry alone leaves it out; what makes the whole file a lie, or a cut one, is an error. */
static bool add_one(LazyList *l, const cJSON *entry, uint64_t body, uint64_t size, Err *e) {
  const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(entry, "dtype"),
              *dims = cJSON_GetObjectItemCaseSensitive(entry, "shape");
  const cJSON *ends = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets"), *v;
  const Kind *k = NULL;
  const char *name = entry->string;
  double a, b, number;
  Err why;
  if (!cJSON_IsArray(ends) || cJSON_GetArraySize(ends) != 2 ||
      !whole(cJSON_GetArrayItem(ends, 0), (double)size, &a) ||
      !whole(cJSON_GetArrayItem(ends, 1), (double)size, &b) || a > b)
    return err_set(e, "%s: tensor '%.100s' lies outside the file", l->path, name);
  for (size_t i = 0; cJSON_IsString(dtype) && i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].name, dtype->valuestring) == 0) k = &kinds[i];
  Shape shape = {0};
  int64_t stride[DIMS];
  bool ok = k ? true
              : err_set(&why, "has an unknown dtype %.40s",
                        cJSON_IsString(dtype) ? dtype->valuestring : "of no name");
  if (ok && (!cJSON_IsArray(dims) || cJSON_GetArraySize(dims) > DIMS))
    ok = err_set(&why, "has no shape of at most %d sizes", DIMS);
  if (ok) cJSON_ArrayForEach(v, dims) {
      if (!whole(v, 1e15, &number)) {
        ok = err_set(&why, "has an impossible size");
        break;
      }
      shape.d[shape.nd++] = (int64_t)number;
    }
  int64_t n = ok ? shape_numel(shape.nd, shape.d) : 0;
  if (ok && n < 0) ok = err_set(&why, "has more elements than can be counted");
  if (ok && (double)n * k->type.size != b - a)
    ok = err_set(&why, "has %.0f bytes where its shape needs %.0f", b - a, (double)n * k->type.size);
  /* its bytes are taken, though it is left out: nothing else may lie there */
  int storage = lazy_storage(l, ok ? k->type : (RawType){'u', 1, false}, body + (uint64_t)a,
                             ok ? n : (int64_t)(b - a), e);
  if (storage < 0) return false;
  if (!ok) return lazy_leave_out(l, name, &why, e);
  shape_strides(shape.nd, shape.d, stride);
  return lazy_entry(l, name, storage, 0, &shape, stride, e);
}

/* cJSON's tree takes some 80 bytes a value: a header of commas may not become a tree beyond the file and 48
 * MB. */
static bool check_values(const char *path, const unsigned char *text, size_t n, size_t file, Err *e) {
  enum { VALUE = 80, ROOM = 48 << 20 };
  double values = 1;
  for (size_t i = 0; i < n; i++) values += text[i] == ',' || text[i] == '[' || text[i] == '{';
  if (values * VALUE <= (double)file + ROOM) return true;
  return err_set(e, "%s: its header has %.0f values, too many for a file of %zu bytes", path, values, file);
}

static bool check_once(const char *path, const cJSON *root, Err *e) {
  const int n = cJSON_GetArraySize(root);
  const char **names = malloc((size_t)(n > 0 ? n : 1) * sizeof *names);
  if (!names) return err_set(e, "%s: out of memory", path);
  const cJSON *entry;
  int k = 0;
  cJSON_ArrayForEach(entry, root) names[k++] = entry->string;
  bool ok = lazy_once(path, names, k, "", e);
  free(names);
  return ok;
}

/* What a file says of itself is text. */
static bool check_metadata(const char *path, const cJSON *said, Err *e) {
  bool texts = cJSON_IsObject(said);
  const cJSON *v;
  cJSON_ArrayForEach(v, said) texts = texts && cJSON_IsString(v);
  return texts || err_set(e, "%s: its __metadata__ holds more than texts by name", path);
}

/* Every byte from `body` on belongs to a tensor. */
static bool check_end(const LazyList *l, uint64_t body, Err *e) {
  uint64_t last = body;
  for (int i = 0; i < l->storages; i++) {
    const LazyStorage *s = &l->storage[i];
    const uint64_t end = s->at + (uint64_t)s->n * (uint64_t)s->type.size;
    if (end > last) last = end;
  }
  return last >= l->size ||
         err_set(e, "%s: %" PRIu64 " bytes lie behind its last tensor", l->path, l->size - last);
}

bool safetensors_open(const char *path, LazyList *l, Err *e) {
  unsigned char bytes[8];
  if (!lazy_begin(l, path, e)) return false;
  uint64_t head = 0, size = l->size;
  bool ok = size < 8 || lazy_bytes(l, 0, bytes, 8, e);
  for (int i = 0; ok && size >= 8 && i < 8; i++) head |= (uint64_t)bytes[i] << (8 * i);
  if (ok && (size < 8 || head > HEADER_MOST || head > size - 8))
    ok = err_set(e, "%s: not a .safetensors file: its header claims %" PRIu64 " bytes of %" PRIu64, path,
                 head, size);
  unsigned char *text = ok ? malloc((size_t)head + 1) : NULL;
  if (ok && !text) ok = err_set(e, "%s: out of memory", path);
  ok = ok && text && lazy_bytes(l, 8, text, (size_t)head, e) &&
       check_values(path, text, (size_t)head, (size_t)size, e);
  if (ok && !utf8_valid((const char *)text, (size_t)head))
    ok = err_set(e, "%s: its header is not UTF-8", path);
  if (ok && text && memmem(text, (size_t)head, "\\u0000", 6))
    ok = err_set(e, "%s: its header has a zero byte", path);
  cJSON *root = ok ? cJSON_ParseWithLength((const char *)text, (size_t)head) : NULL;
  if (ok && !cJSON_IsObject(root)) ok = err_set(e, "%s: its header is not a JSON object", path);
  ok = ok && check_once(path, root, e);
  const cJSON *entry;
  if (ok) cJSON_ArrayForEach(entry, root) {
      ok = strcmp(entry->string, "__metadata__") == 0 ? check_metadata(path, entry, e)
                                                      : add_one(l, entry, 8 + head, size - 8 - head, e);
      if (!ok) break;
    }
  ok = ok && check_end(l, 8 + head, e) && lazy_check(l, e);
  cJSON_Delete(root);
  free(text);
  if (!ok) lazy_close(l);
  return ok;
}

bool safetensors_load(const char *path, NamedList *list, Err *e) {
  LazyList l;
  return safetensors_open(path, &l, e) && lazy_read_all(&l, list, e);
}
