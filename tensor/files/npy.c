/* npy.c: NumPy's arrays.  .npy: "\x93NUMPY", version, header size, a Python dictionary with descr,
 * fortran_order and shape, then the numbers (NEP 1).
 * Objects and structured types are refused: they would need Python. */
#include "io.h"
#include "raw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC = 6, HEAD_MOST = 1 << 16, DICT_LEAST = 16 };

/* --- reading -------------------------------------------------------------------------------------------- */
typedef struct Header {
  RawType type;
  Dtype dtype;
  bool fortran;
  Shape shape;
  size_t body; /* where the numbers begin */
} Header;

/* What follows 'key': in the dictionary, blanks skipped; NULL when it is absent. */
static const char *value_of(const char *dict, const char *key) {
  const char *at = dict;
  size_t n = strlen(key);
  while ((at = strstr(at, key)) && (at == dict || !strchr("'\"", at[-1]) || at[n] != at[-1])) at += n;
  if (!at) return NULL;
  at += n + 1;
  while (*at == ' ') at++;
  if (*at++ != ':') return NULL;
  while (*at == ' ') at++;
  return at;
}

static bool read_type(const char *at, Header *h, Err *e) {
  bool quoted = (at[0] == '\'' || at[0] == '"') && at[1] && strchr("<>|=", at[1]) &&
                at[2]; /* the header may end anywhere */
  char order = quoted ? at[1] : 0, kind = quoted ? at[2] : 0;
  char *end = NULL;
  long size = quoted ? strtol(at + 3, &end, 10) : 0;
  if (end && *end == at[0] && size > 0 && size <= 16) {
    h->type = (RawType){.kind = kind, .size = (int)size, .big = order == '>'};
    if (strchr("biuf", kind) && raw_dtype(h->type, &h->dtype)) return true;
  }
  return err_set(e,
                 "has numbers of type %.*s, which are not read (known: bool, i1 to i8, u1 to u8, f2, f4, f8)",
                 (int)strcspn(at, ",}"), at);
}

static bool read_shape(const char *at, Header *h, Err *e) {
  if (*at++ != '(') return err_set(e, "has no shape in its header");
  h->shape.nd = 0;
  for (;;) {
    while (*at == ' ' || *at == ',') at++;
    if (*at == ')') return true;
    char *end;
    long long n = strtoll(at, &end, 10);
    if (end == at || n < 0) return err_set(e, "has a shape that is none in its header");
    if (h->shape.nd == DIMS) return err_set(e, "has more than %d dimensions", DIMS);
    h->shape.d[h->shape.nd++] = n;
    at = *end == 'L' ? end + 1 : end; /* Python 2's long */
  }
}

static bool read_header(const unsigned char *data, size_t size, Header *h, Err *e) {
  if (size < 10 || memcmp(data, "\x93NUMPY", MAGIC) != 0) return err_set(e, "is not a .npy file");
  bool wide = data[MAGIC] >= 2;
  size_t at = wide ? 12 : 10, n = data[8] | (size_t)data[9] << 8;
  if (wide && size >= 12) n |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
  if (data[MAGIC] < 1 || data[MAGIC] > 3 || n < DICT_LEAST || n > HEAD_MOST || at + n > size)
    return err_set(e, "has a header that claims %zu bytes of %zu", n, size);
  char *dict = strndup((const char *)data + at, n);
  if (!dict) return err_set(e, "is too large: out of memory");
  const char *type = value_of(dict, "descr"), *order = value_of(dict, "fortran_order"),
             *shape = value_of(dict, "shape");
  bool ok = type && order && shape;
  if (!ok) err_set(e, "has a header that lacks descr, fortran_order or shape");
  h->body = at + n;
  h->fortran = ok && strncmp(order, "True", 4) == 0;
  ok = ok && read_type(type, h, e) && read_shape(shape, h, e);
  free(dict);
  return ok;
}

/* Numbers in column-major order, as a row-major tensor. */
static Tensor *turned(Tensor *t, const Shape *shape, Err *e) {
  int64_t stride[DIMS], step = 1;
  for (int d = 0; d < shape->nd; d++) {
    stride[d] = step;
    step *= shape->d[d];
  }
  Tensor *v = tensor_view(t, shape->nd, shape->d, stride, 0, e), *c = v ? tensor_clone(v, e) : NULL;
  tensor_release(v);
  tensor_release(t);
  return c;
}

Tensor *npy_parse(const unsigned char *data, size_t size, Err *e) {
  Header h;
  if (!read_header(data, size, &h, e)) return NULL;
  int64_t n = shape_numel(h.shape.nd, h.shape.d);
  if (n < 0 || (uint64_t)n > (size - h.body) / (size_t)h.type.size) {
    err_set(e, "has a shape that needs more numbers than the file has");
    return NULL;
  }
  Tensor *t = tensor_new(h.dtype, h.shape.nd, h.shape.d, e);
  if (!t) return NULL;
  if (!raw_read(h.type, data + h.body, t, e)) {
    tensor_release(t);
    return NULL;
  }
  return h.fortran && h.shape.nd > 1 ? turned(t, &h.shape, e) : t;
}

bool npy_load(const char *path, NamedList *list, Err *e) {
  size_t size;
  Err why;
  unsigned char *data = file_read(path, (size_t)1 << 40, &size, e);
  if (!data) return false;
  Tensor *t = npy_parse(data, size, &why);
  if (!t) err_set(e, "%s: %s", path, why.message);
  free(data);
  return t && named_add(list, "", t, e);
}

/* --- writing -------------------------------------------------------------------------------------------- */
unsigned char *npy_bytes(const Tensor *given, size_t *size, Err *e) {
  static const char *const descr[] = {"<f4", "<f8", "<i8", "<i4", "|u1", "|b1"};
  char shape[TEXT] = "(", dict[2 * TEXT];
  for (int d = 0; d < given->nd; d++)
    snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%lld,", (long long)given->shape[d]);
  int n = snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': %s), }",
                   descr[given->dtype], shape);
  size_t head = ((size_t)n + 11 + 63) / 64 * 64, body = (size_t)given->n * dtype_size[given->dtype];
  Tensor *t = tensor_contiguous((Tensor *)(uintptr_t)given, e);
  unsigned char *out = t ? malloc(head + body + 1) : NULL;
  if (out) {
    memset(out, ' ', head);
    static const unsigned char begin[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}; /* magic, version */
    memcpy(out, begin, sizeof begin);
    out[8] = (unsigned char)((head - 10) & 255);
    out[9] = (unsigned char)((head - 10) >> 8);
    memcpy(out + 10, dict, (size_t)n);
    out[head - 1] = '\n';
    if (body) memcpy(out + head, t->data, body);
    *size = head + body;
  } else if (t) {
    err_set(e, "out of memory for %zu bytes", head + body);
  }
  tensor_release(t);
  return out;
}

bool npy_save(const char *path, const NamedList *list, Err *e) {
  size_t size;
  unsigned char *data = npy_bytes(list->item[0].tensor, &size, e);
  SafeFile s;
  if (!data || !safe_open(&s, path, e)) {
    free(data);
    return false;
  }
  bool ok = safe_write(&s, data, size, e);
  free(data);
  return safe_commit(&s, ok, e);
}
