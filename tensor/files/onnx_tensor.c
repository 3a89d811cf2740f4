/* onnx_tensor.c: the numbers of a TensorProto: raw bytes, typed lists, or a file beside the model. */
#include "mem.h"
#include "onnx.h"
#include "parallel.h"
#include "raw.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TensorProto.DataType: how it lies in raw_data, and which list holds it otherwise. */
enum { FLOAT_DATA = 4, INT32_DATA = 5, INT64_DATA = 7, DOUBLE_DATA = 10, UINT64_DATA = 11 };
typedef struct Type {
  RawType raw;
  uint32_t field;
} Type;
static const Type types[] = {[1] = {{'f', 4, false}, FLOAT_DATA},   [2] = {{'u', 1, false}, INT32_DATA},
                             [3] = {{'i', 1, false}, INT32_DATA},   [4] = {{'u', 2, false}, INT32_DATA},
                             [5] = {{'i', 2, false}, INT32_DATA},   [6] = {{'i', 4, false}, INT32_DATA},
                             [7] = {{'i', 8, false}, INT64_DATA},   [9] = {{'b', 1, false}, INT32_DATA},
                             [10] = {{'f', 2, false}, INT32_DATA},  [11] = {{'f', 8, false}, DOUBLE_DATA},
                             [12] = {{'u', 4, false}, UINT64_DATA}, [13] = {{'u', 8, false}, UINT64_DATA},
                             [16] = {{'B', 2, false}, INT32_DATA}};

typedef struct Proto {
  const char *path;
  OnnxSpan name, raw, location, bytes;
  bool has_raw, external;
  uint64_t type, offset, length;
  bool has_length;
  Shape shape;
} Proto;

static bool refuse(const Proto *p, const char *why, Err *e) {
  return err_set(e, "%s: tensor '%.*s': %s", p->path, (int)(p->name.n < 80 ? p->name.n : 80),
                 p->name.n ? (const char *)p->name.at : "", why);
}

static bool add_dim(Proto *p, uint64_t v, Err *e) {
  if (p->shape.nd == DIMS) return refuse(p, "more than 8 dimensions", e);
  if (v > INT64_MAX) return refuse(p, "a negative size", e);
  p->shape.d[p->shape.nd++] = (int64_t)v;
  return true;
}

static bool add_dims(Proto *p, const OnnxField *f, Err *e) {
  OnnxSpan rest = f->bytes;
  uint64_t v;
  if (f->wire == 0) return add_dim(p, f->value, e);
  if (f->wire != 2) return refuse(p, "damaged sizes", e);
  while (rest.n)
    if (!onnx_varint(&rest, &v)) return refuse(p, "damaged sizes", e);
    else if (!add_dim(p, v, e)) return false;
  return true;
}

static bool is_text(OnnxSpan s, const char *text) {
  return s.n == strlen(text) && memcmp(s.at, text, s.n) == 0;
}

static bool decimal(OnnxSpan s, uint64_t *v) {
  *v = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.at[i] < '0' || s.at[i] > '9' || *v > (uint64_t)INT64_MAX / 16) return false;
    *v = *v * 10 + (uint64_t)(s.at[i] - '0');
  }
  return s.n > 0;
}

/* An entry of external_data: key and value. */
static bool add_external(Proto *p, OnnxSpan s, Err *e) {
  OnnxSpan key = {0}, value = {0};
  while (s.n) {
    OnnxField f;
    if (!onnx_field(p->path, &s, &f, e)) return false;
    if (f.number == 1) key = f.bytes;
    if (f.number == 2) value = f.bytes;
  }
  if (is_text(key, "location")) p->location = value;
  else if (is_text(key, "offset"))
    return decimal(value, &p->offset) || refuse(p, "no offset of external data", e);
  else if (is_text(key, "length"))
    return (p->has_length = decimal(value, &p->length)) || refuse(p, "no length of external data", e);
  return true;
}

/* First of all, for the messages: it stands behind the sizes. */
static bool read_name(Proto *p, OnnxSpan s, Err *e) {
  while (s.n) {
    OnnxField f;
    if (!onnx_field(p->path, &s, &f, e)) return false;
    if (f.number == 8) p->name = f.bytes;
  }
  return true;
}

static bool read_proto(Proto *p, OnnxSpan s, Err *e) {
  if (!read_name(p, s, e)) return false;
  while (s.n) {
    OnnxField f;
    if (!onnx_field(p->path, &s, &f, e)) return false;
    switch (f.number) {
    case 1:
      if (!add_dims(p, &f, e)) return false;
      break;
    case 2: p->type = f.value; break;
    case 3: return refuse(p, "stored in segments, which nobody writes", e);
    case 9:
      p->raw = f.bytes;
      p->has_raw = f.wire == 2;
      break;
    case 13:
      if (!add_external(p, f.bytes, e)) return false;
      break;
    case 14: p->external = f.value == 1; break;
    default: break;
    }
  }
  return true;
}

/* --- external data: only in the folder of the model ------------------------------------------------------- */

/* Does it stay below the folder where it begins, step by step? */
static bool plain_name(OnnxSpan s) {
  if (s.n == 0 || s.n > 1000 || s.at[0] == '/' || memchr(s.at, 0, s.n) || memchr(s.at, '\\', s.n))
    return false;
  int depth = 0;
  for (size_t i = 0, start = 0; i <= s.n; i++)
    if (i == s.n || s.at[i] == '/') {
      const OnnxSpan step = {s.at + start, i - start};
      if (is_text(step, "..")) depth--;
      else if (step.n && !is_text(step, ".")) depth++;
      if (depth < 0) return false;
      start = i + 1;
    }
  return true;
}

/* The real path of `location` in the model's folder; NULL: the message says why not. */
static char *inside(const Proto *p, Err *e) {
  if (!plain_name(p->location)) {
    refuse(p, "its data would lie outside the model's folder", e);
    return NULL;
  }
  const char *slash = strrchr(p->path, '/');
  const int head = slash ? (int)(slash - p->path) + 1 : 2;
  char text[PATH_MAX];
  snprintf(text, sizeof text, "%.*s", head, slash ? p->path : "./");
  char *folder = realpath(text, NULL);
  snprintf(text, sizeof text, "%.*s%.*s", head, slash ? p->path : "./", (int)p->location.n,
           (const char *)p->location.at);
  char *found = realpath(text, NULL);
  size_t n = folder ? strlen(folder) : 0;
  while (n && folder[n - 1] == '/') n--;
  const bool in = folder && found && strncmp(folder, found, n) == 0 && found[n] == '/';
  if (!found)
    err_set(e, "%s: its external data '%.*s' is missing", p->path, (int)p->location.n,
            (const char *)p->location.at);
  else if (!in) refuse(p, "its data would lie outside the model's folder", e);
  free(folder);
  if (in) return found;
  free(found);
  return NULL;
}

/* Maps the file that holds p's n numbers, which become its raw data: before memory is taken for a shape that may lie. */
static bool map_external(Proto *p, int64_t n, OnnxSpan *map, Err *e) {
  char *path = inside(p, e);
  bool ok = path && file_map(path, map, e);
  free(path);
  if (!ok) return false;
  const uint64_t size = (uint64_t)types[p->type].raw.size, want = (uint64_t)n * size;
  if (p->offset > map->n || (uint64_t)n > (map->n - p->offset) / size || (p->has_length && p->length != want))
    return refuse(p, "its external data is shorter than its shape", e);
  p->raw = (OnnxSpan){map->at + p->offset, (size_t)want};
  p->has_raw = true;
  return true;
}

/* --- typed lists ------------------------------------------------------------------------------------------ */

/* raw_read, whose words lack the file and the tensor. */
static bool read_raw(const Proto *p, const unsigned char *bytes, Tensor *t, Err *e) {
  Err why;
  return raw_read(types[p->type].raw, bytes, t, &why) || refuse(p, why.message, e);
}

/* Puts number i, given by its bits as the wire has them. */
static bool put(const Proto *p, Tensor *t, int64_t i, uint64_t v, Err *e) {
  unsigned char bytes[8];
  for (int k = 0; k < 8; k++) bytes[k] = (unsigned char)(v >> (8 * k));
  int64_t one = 1;
  Tensor at = *t;
  at.nd = 1;
  at.n = at.shape[0] = one;
  at.data = (unsigned char *)t->data + i * (int64_t)dtype_size[t->dtype];
  return read_raw(p, bytes, &at, e);
}

/* Numbers of the list in one field, packed or alone; *at is where the next one goes. */
static bool take(const Proto *p, Tensor *t, const OnnxField *f, int64_t *at, Err *e) {
  OnnxSpan rest = f->bytes;
  const size_t fixed = f->number == FLOAT_DATA ? 4 : f->number == DOUBLE_DATA ? 8 : 0;
  uint64_t v = f->value;
  do {
    if (f->wire == 2) {
      if (!rest.n) return true;
      if (fixed) {
        if (rest.n < fixed) return refuse(p, "a list of numbers that is cut off", e);
        v = 0;
        memcpy(&v, rest.at, fixed); /* little-endian machines, as raw.c's quick way */
        rest.at += fixed;
        rest.n -= fixed;
      } else if (!onnx_varint(&rest, &v)) return refuse(p, "a list of numbers that is cut off", e);
    }
    if (*at >= t->n) return refuse(p, "more numbers than its shape has", e);
    if (!put(p, t, (*at)++, v, e)) return false;
  } while (f->wire == 2);
  return true;
}

static bool from_lists(const Proto *p, Tensor *t, Err *e) {
  OnnxSpan s = p->bytes;
  int64_t at = 0;
  while (s.n) {
    OnnxField f;
    if (!onnx_field(p->path, &s, &f, e)) return false;
    if (f.number == types[p->type].field && !take(p, t, &f, &at, e)) return false;
  }
  return at == t->n || refuse(p, "fewer numbers than its shape has", e);
}

/* Could the shape's numbers be in the bytes that there are?  A number of a list takes at least one. */
static bool possible(const Proto *p, int64_t n, Err *e) {
  const uint64_t size = (uint64_t)types[p->type].raw.size, most = (uint64_t)INT64_MAX / 16;
  if ((uint64_t)n > most || (p->has_raw ? (uint64_t)n * size != p->raw.n : (uint64_t)n > p->bytes.n))
    return refuse(p, "its numbers do not fill its shape", e);
  return true;
}

/* --- kernels ---------------------------------------------------------------------------------------------- */

/* Output channels of a unit go by lines of the cache; bytes of a unit, and of the units of all threads. */
enum { LINE = 16, UNIT = 512 << 10, UNITS = 16 << 20 };

typedef struct Turning {
  const unsigned char *from;
  const Tensor *to;       /* (k..., C, O) */
  unsigned char *scratch; /* `unit` bytes a thread */
  size_t unit;
} Turning;

/* Which dimension of (O, C, k...) is dimension i of (k..., C, O). */
static int kernel_dim(int i, int nd) { return i < nd - 2 ? i + 2 : nd - 1 - i; }

/* Output channels [begin, end): from the file to where they are aligned and cached, and from there to their places. */
static void turn_rows(void *context, int64_t begin, int64_t end) {
  const Turning *j = context;
  Tensor to = *j->to, from;
  const int last = to.nd - 1;
  const size_t size = dtype_size[to.dtype];
  const int64_t row = to.n / to.shape[last];
  to.data += (size_t)begin * size;
  to.shape[last] = end - begin;
  to.n = (end - begin) * row;
  from = to;
  from.data = j->scratch + (size_t)parallel_thread() * j->unit;
  int64_t step = 1;
  for (int i = last - 2; i >= 0; step *= to.shape[i--]) from.stride[i] = step;
  from.stride[last - 1] = step;
  from.stride[last] = row;
  memcpy(from.data, j->from + (size_t)(begin * row) * size, (size_t)to.n * size);
  tensor_copy(&to, &from);
}

/* Output channels of a unit; 0: the tensor is not to be turned on its way. */
static int64_t rows_at_once(const Proto *p, Dtype d, int64_t n) {
  if (p->shape.nd < 4 || p->shape.nd > 5 || !p->has_raw || !raw_same_bytes(types[p->type].raw, d)) return 0;
  if ((d != F32 && d != F64) || n * (int64_t)dtype_size[d] < UNIT) return 0;
  const int64_t line = LINE * (n / p->shape.d[0]) * (int64_t)dtype_size[d];
  return line > UNITS / parallel_threads() ? 0 : line > UNIT ? LINE : UNIT / line * LINE;
}

/* A kernel (O, C, k...) whose numbers are stored as (k..., C, O), which is how convolutions want them.  Put there on the
 * way from the file, they pass through memory once and not three times. */
static Tensor *read_kernel(const Proto *p, Dtype d, int64_t rows, Err *e) {
  const int nd = p->shape.nd;
  int64_t stored[DIMS], stride[DIMS];
  for (int i = 0; i < nd; i++) stored[i] = p->shape.d[kernel_dim(i, nd)];
  Tensor *all = tensor_new(d, nd, stored, e);
  if (!all) return NULL;
  for (int i = 0; i < nd; i++) stride[kernel_dim(i, nd)] = all->stride[i];
  Tensor *t = tensor_view(all, nd, p->shape.d, stride, 0, e);
  Turning j = {
      .from = p->raw.at, .to = all, .unit = (size_t)(rows * (all->n / stored[nd - 1])) * dtype_size[d]};
  const size_t room = j.unit * (size_t)parallel_threads();
  j.scratch = t ? mem_alloc(room) : NULL;
  if (j.scratch) parallel_for_whole(stored[nd - 1], rows, turn_rows, &j);
  mem_free(j.scratch, room);
  tensor_release(all);
  if (!t || j.scratch) return t;
  refuse(p, "out of memory", e);
  tensor_release(t);
  return NULL;
}

static Tensor *read_numbers(const Proto *p, Dtype d, int64_t n, bool kernel, Err *e) {
  const int64_t rows = kernel ? rows_at_once(p, d, n) : 0;
  if (rows) return read_kernel(p, d, rows, e);
  Tensor *t = tensor_new(d, p->shape.nd, p->shape.d, e);
  if (!t) return NULL;
  if (p->has_raw ? read_raw(p, p->raw.at, t, e) : from_lists(p, t, e)) return t;
  tensor_release(t);
  return NULL;
}

Tensor *onnx_tensor(const char *name, OnnxSpan proto, bool kernel, Err *e) {
  Proto p = {.path = name, .bytes = proto};
  Dtype d = F32;
  if (!read_proto(&p, proto, e)) return NULL;
  if (p.type >= sizeof types / sizeof *types || !types[p.type].field || !raw_dtype(types[p.type].raw, &d)) {
    err_set(e, "%s: tensor '%.*s': elements of type %" PRIu64 " are not known", name,
            (int)(p.name.n < 80 ? p.name.n : 80), p.name.n ? (const char *)p.name.at : "", p.type);
    return NULL;
  }
  int64_t n = shape_numel(p.shape.nd, p.shape.d);
  if (n < 0) {
    refuse(&p, "its shape overflows", e);
    return NULL;
  }
  OnnxSpan map = {0};
  Tensor *t = NULL;
  if (p.external ? map_external(&p, n, &map, e) : possible(&p, n, e)) t = read_numbers(&p, d, n, kernel, e);
  file_unmap(&map);
  return t;
}
