/* onnx.c: protobuf's wire format and ONNX's messages as events: see onnx.h. */
#include "onnx.h"
#include "lazy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 100, FREE = 48 << 20 }; /* FREE: what may be made of a file beyond its size, in bytes */

/* --- the wire ------------------------------------------------------------------------------------------- */

bool onnx_varint(OnnxSpan *s, uint64_t *v) {
  *v = 0;
  for (int shift = 0; shift < 70 && s->n; shift += 7) {
    const unsigned char byte = *s->at++;
    s->n--;
    if (shift < 64) *v |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

static bool fixed(OnnxSpan *s, size_t n, uint64_t *v) {
  if (s->n < n) return false;
  *v = 0;
  for (size_t i = 0; i < n; i++) *v |= (uint64_t)s->at[i] << (8 * i);
  s->at += n;
  s->n -= n;
  return true;
}

bool onnx_field(const char *name, OnnxSpan *s, OnnxField *f, Err *e) {
  uint64_t key;
  if (!onnx_varint(s, &key) || key >> 3 == 0 || key >> 3 > 536870911)
    return err_set(e, "%s: damaged: no field of a protobuf message", name);
  *f = (OnnxField){.number = (uint32_t)(key >> 3), .wire = (int)(key & 7)};
  bool ok = false;
  switch (f->wire) {
  case 0: ok = onnx_varint(s, &f->value); break;
  case 1: ok = fixed(s, 8, &f->value); break;
  case 5: ok = fixed(s, 4, &f->value); break;
  case 2:
    ok = onnx_varint(s, &f->value) && f->value <= s->n;
    if (!ok) break;
    f->bytes = (OnnxSpan){s->at, (size_t)f->value};
    s->at += f->value;
    s->n -= (size_t)f->value;
    break;
  default: return err_set(e, "%s: damaged: wire type %d", name, f->wire);
  }
  return ok || err_set(e, "%s: cut off, or damaged: a field reaches over the end", name);
}

/* --- the messages --------------------------------------------------------------------------------------- */

typedef enum FieldKind { WHOLE, FLOAT, TEXTS, MESSAGE } FieldKind;
typedef struct FieldRow {
  const char *message;
  uint32_t number;
  const char *name;
  FieldKind kind;
  bool list;
  const char *of; /* the message of a MESSAGE */
} FieldRow;

/* What is not named here (documentation, hints of shapes, training) is passed over. */
/* clang-format off */
static const FieldRow rows[] = {
  {"ModelProto", 1, "ir_version", WHOLE, false, NULL},
  {"ModelProto", 2, "producer_name", TEXTS, false, NULL},
  {"ModelProto", 3, "producer_version", TEXTS, false, NULL},
  {"ModelProto", 7, "graph", MESSAGE, false, "GraphProto"},
  {"ModelProto", 8, "opset_import", MESSAGE, true, "OperatorSetIdProto"},
  {"ModelProto", 25, "functions", MESSAGE, true, "FunctionProto"},
  {"OperatorSetIdProto", 1, "domain", TEXTS, false, NULL},
  {"OperatorSetIdProto", 2, "version", WHOLE, false, NULL},
  {"FunctionProto", 1, "name", TEXTS, false, NULL},
  {"FunctionProto", 4, "input", TEXTS, true, NULL},
  {"FunctionProto", 5, "output", TEXTS, true, NULL},
  {"FunctionProto", 6, "attribute", TEXTS, true, NULL},
  {"FunctionProto", 7, "node", MESSAGE, true, "NodeProto"},
  {"FunctionProto", 9, "opset_import", MESSAGE, true, "OperatorSetIdProto"},
  {"FunctionProto", 10, "domain", TEXTS, false, NULL},
  {"GraphProto", 1, "node", MESSAGE, true, "NodeProto"},
  {"GraphProto", 2, "name", TEXTS, false, NULL},
  {"GraphProto", 5, "initializer", MESSAGE, true, "TensorProto"},
  {"GraphProto", 11, "input", MESSAGE, true, "ValueInfoProto"},
  {"GraphProto", 12, "output", MESSAGE, true, "ValueInfoProto"},
  {"GraphProto", 15, "sparse_initializer", MESSAGE, true, "SparseTensorProto"},
  {"NodeProto", 1, "input", TEXTS, true, NULL},
  {"NodeProto", 2, "output", TEXTS, true, NULL},
  {"NodeProto", 3, "name", TEXTS, false, NULL},
  {"NodeProto", 4, "op_type", TEXTS, false, NULL},
  {"NodeProto", 5, "attribute", MESSAGE, true, "AttributeProto"},
  {"NodeProto", 7, "domain", TEXTS, false, NULL},
  {"AttributeProto", 1, "name", TEXTS, false, NULL},
  {"AttributeProto", 2, "f", FLOAT, false, NULL},
  {"AttributeProto", 3, "i", WHOLE, false, NULL},
  {"AttributeProto", 4, "s", TEXTS, false, NULL},
  {"AttributeProto", 5, "t", MESSAGE, false, "TensorProto"},
  {"AttributeProto", 6, "g", MESSAGE, false, "GraphProto"},
  {"AttributeProto", 7, "floats", FLOAT, true, NULL},
  {"AttributeProto", 8, "ints", WHOLE, true, NULL},
  {"AttributeProto", 9, "strings", TEXTS, true, NULL},
  {"AttributeProto", 10, "tensors", MESSAGE, true, "TensorProto"},
  {"AttributeProto", 11, "graphs", MESSAGE, true, "GraphProto"},
  {"AttributeProto", 14, "tp", MESSAGE, false, "TypeProto"},
  {"AttributeProto", 20, "type", WHOLE, false, NULL},
  {"AttributeProto", 21, "ref_attr_name", TEXTS, false, NULL},
  {"AttributeProto", 22, "sparse_tensor", MESSAGE, false, "SparseTensorProto"},
  {"SparseTensorProto", 1, "values", MESSAGE, false, "TensorProto"},
  {"SparseTensorProto", 2, "indices", MESSAGE, false, "TensorProto"},
  {"SparseTensorProto", 3, "dims", WHOLE, true, NULL},
  {"TensorProto", 1, "dims", WHOLE, true, NULL},
  {"TensorProto", 2, "data_type", WHOLE, false, NULL},
  {"TensorProto", 6, "string_data", TEXTS, true, NULL},
  {"TensorProto", 8, "name", TEXTS, false, NULL},
  {"ValueInfoProto", 1, "name", TEXTS, false, NULL},
  {"ValueInfoProto", 2, "type", MESSAGE, false, "TypeProto"},
  {"TypeProto", 1, "tensor_type", MESSAGE, false, "TypeProto.Tensor"},
  {"TypeProto", 4, "sequence_type", MESSAGE, false, "TypeProto.Sequence"},
  {"TypeProto", 5, "map_type", MESSAGE, false, "TypeProto.Map"},
  {"TypeProto", 8, "sparse_tensor_type", MESSAGE, false, "TypeProto.Tensor"},
  {"TypeProto", 9, "optional_type", MESSAGE, false, "TypeProto.Sequence"},
  {"TypeProto.Tensor", 1, "elem_type", WHOLE, false, NULL},
  {"TypeProto.Tensor", 2, "shape", MESSAGE, false, "TensorShapeProto"},
  {"TypeProto.Sequence", 1, "elem_type", MESSAGE, false, "TypeProto"},
  {"TypeProto.Map", 1, "key_type", WHOLE, false, NULL},
  {"TensorShapeProto", 1, "dim", MESSAGE, true, "Dimension"},
  {"Dimension", 1, "dim_value", WHOLE, false, NULL},
  {"Dimension", 2, "dim_param", TEXTS, false, NULL},
  {"SequenceProto", 1, "name", TEXTS, false, NULL},
  {"SequenceProto", 2, "elem_type", WHOLE, false, NULL},
  {"SequenceProto", 3, "tensor_values", MESSAGE, true, "TensorProto"},
  {"SequenceProto", 5, "sequence_values", MESSAGE, true, "SequenceProto"},
  {"OptionalProto", 1, "name", TEXTS, false, NULL},
  {"OptionalProto", 2, "elem_type", WHOLE, false, NULL},
  {"OptionalProto", 3, "tensor_value", MESSAGE, false, "TensorProto"},
  {"OptionalProto", 5, "sequence_value", MESSAGE, false, "SequenceProto"},
};
/* clang-format on */

/* A message's rows stand together: first, and how many. */
static const FieldRow *rows_of(const char *message, size_t *n) {
  size_t i = 0, count = sizeof rows / sizeof *rows;
  while (i < count && strcmp(rows[i].message, message) != 0) i++;
  for (*n = 0; i + *n < count && strcmp(rows[i + *n].message, message) == 0;) ++*n;
  return rows + i;
}

typedef struct Reading {
  const char *name;
  OnnxSee *see;
  void *context;
  Err *e;
  size_t budget; /* bytes that the listener may still make */
} Reading;

/* What a listener makes of an event in memory: a table, a string, a number. */
static size_t cost(const OnnxEvent *event) {
  switch (event->kind) {
  case ONNX_OPEN: return 200;
  case ONNX_STRING: return event->text.n + 64;
  case ONNX_INTEGER:
  case ONNX_REAL: return 32;
  default: return 0;
  }
}

static bool tell(Reading *r, OnnxEvent event) {
  size_t c = cost(&event);
  if (c > r->budget) return err_set(r->e, "%s: more nodes and names than its size allows", r->name);
  r->budget -= c;
  return r->see(r->context, &event, r->e);
}

static bool wrong_type(const Reading *r, const FieldRow *row) {
  return err_set(r->e, "%s: damaged: %s.%s has another type", r->name, row->message, row->name);
}

static double float_of(uint32_t bits) {
  float f;
  memcpy(&f, &bits, 4);
  return (double)f;
}

/* A number, or several packed into one field. */
static bool tell_numbers(Reading *r, const FieldRow *row, const OnnxField *f) {
  OnnxEvent event = {row->kind == WHOLE ? ONNX_INTEGER : ONNX_REAL, row->name, row->list, 0, 0, {0}};
  OnnxSpan rest = f->bytes;
  uint64_t v = f->value;
  const bool packed = f->wire == 2 && row->list;
  if (!packed && f->wire != (row->kind == WHOLE ? 0 : 5)) return wrong_type(r, row);
  while (!packed || rest.n) {
    if (packed && !(row->kind == WHOLE ? onnx_varint(&rest, &v) : fixed(&rest, 4, &v)))
      return wrong_type(r, row);
    if (row->kind == WHOLE) event.whole = (int64_t)v;
    else event.real = float_of((uint32_t)v);
    if (!tell(r, event)) return false;
    if (!packed) break;
  }
  return true;
}

/* Strings have their own events; a tensor of another type is told as a whole when its message ends. */
enum { TYPE_STRING = 8, TYPE_FIELD = 2 };

static bool read_message(Reading *r, OnnxSpan s, const char *message, int depth) {
  if (depth > DEPTH) return err_set(r->e, "%s: nested deeper than %d", r->name, DEPTH);
  const bool tensor = strcmp(message, "TensorProto") == 0;
  const OnnxSpan whole = s;
  size_t n;
  uint64_t type = 0;
  const FieldRow *known = rows_of(message, &n);
  while (s.n) {
    OnnxField f;
    if (!onnx_field(r->name, &s, &f, r->e)) return false;
    if (tensor && f.number == TYPE_FIELD) type = f.value;
    size_t i = 0;
    while (i < n && known[i].number != f.number) i++;
    if (i == n) continue;
    const FieldRow *row = &known[i];
    OnnxEvent event = {ONNX_STRING, row->name, row->list, 0, 0, f.bytes};
    if (row->kind == WHOLE || row->kind == FLOAT) {
      if (!tell_numbers(r, row, &f)) return false;
    } else if (f.wire != 2) {
      return wrong_type(r, row);
    } else if (row->kind == TEXTS) {
      if (!tell(r, event)) return false;
    } else {
      event.kind = ONNX_OPEN;
      if (!tell(r, event) || !read_message(r, f.bytes, row->of, depth + 1)) return false;
      event.kind = ONNX_CLOSE;
      if (!tell(r, event)) return false;
    }
  }
  return !tensor || type == TYPE_STRING || tell(r, (OnnxEvent){ONNX_TENSOR, "value", false, 0, 0, whole});
}

/* What people save by mistake under a model's name. */
static bool no_model(const char *name, OnnxSpan file, Err *e) {
  const char *is = file.n == 0 ? "it is empty" : not_a_model(file.at, file.n < 64 ? file.n : 64);
  if (!is && file.n > 3 && memcmp(file.at, "PK\3\4", 4) == 0) is = "it is a zip and no ONNX model";
  if (!is && file.n > 3 && memcmp(file.at, "\211HDF", 4) == 0) is = "it is HDF5 and no ONNX model";
  if (!is && file.n && file.at[0] == '{') is = "it is JSON and no ONNX model";
  return is && !err_set(e, "%s: %s", name, is);
}

bool onnx_read(const char *name, OnnxSpan file, const char *message, OnnxSee *see, void *context, Err *e) {
  if (strcmp(message, "ModelProto") == 0 && no_model(name, file, e)) return false;
  Reading r = {name, see, context, e, file.n + FREE};
  return read_message(&r, file, message, 0);
}

/* --- files ---------------------------------------------------------------------------------------------- */

bool file_map(const char *path, OnnxSpan *map, Err *e) {
  *map = (OnnxSpan){0};
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return err_set(e, "%s: %s", path, strerror(errno));
  bool ok = fstat(fd, &st) == 0;
  if (!ok) err_set(e, "%s: %s", path, strerror(errno));
  else if (!S_ISREG(st.st_mode)) ok = err_set(e, "%s: not a file", path);
  else if (st.st_size > 0) {
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    ok = at != MAP_FAILED || err_set(e, "%s: %s", path, strerror(errno));
    if (ok) *map = (OnnxSpan){at, (size_t)st.st_size};
  }
  close(fd);
  return ok;
}

void file_unmap(OnnxSpan *map) {
  if (map->at) munmap((void *)(uintptr_t)map->at, map->n);
  *map = (OnnxSpan){0};
}
