/* mat.c: MATLAB's .mat files through libmatio.  Arrays are column-major there; element (i, j) stays
 * element (i, j).  Cells and structures become names with slashes: "layers/3/weights/1".  Runs in a process
 * of its own (load_apart). */
#include "formats.h"

#include "raw.h"

#include <matio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_DEPTH = 16, MOST_NAME = 256 };

typedef struct Reader {
  const char *path;
  NamedList *list;
  Err *e;
  double file_bytes;
} Reader;

static bool raw_type(const matvar_t *v, RawType *t) {
  switch (v->class_type) {
  case MAT_C_DOUBLE: *t = (RawType){'f', 8, false}; break;
  case MAT_C_SINGLE: *t = (RawType){'f', 4, false}; break;
  case MAT_C_INT8: *t = (RawType){'i', 1, false}; break;
  case MAT_C_UINT8: *t = (RawType){'u', 1, false}; break;
  case MAT_C_INT16: *t = (RawType){'i', 2, false}; break;
  case MAT_C_UINT16: *t = (RawType){'u', 2, false}; break;
  case MAT_C_INT32: *t = (RawType){'i', 4, false}; break;
  case MAT_C_UINT32: *t = (RawType){'u', 4, false}; break;
  case MAT_C_INT64: *t = (RawType){'i', 8, false}; break;
  case MAT_C_UINT64: *t = (RawType){'u', 8, false}; break;
  default: return false;
  }
  if (v->isLogical) *t = (RawType){'b', 1, false};
  return true;
}

static bool shape_of(const Reader *r, const matvar_t *v, const char *name, Shape *s) {
  if (v->rank > DIMS || v->rank < 0)
    return err_set(r->e, "%s: '%.100s' has more than %d dimensions", r->path, name, DIMS);
  s->nd = v->rank;
  for (int i = 0; i < v->rank; i++) {
    if (v->dims[i] > INT64_MAX / 16)
      return err_set(r->e, "%s: '%.100s' has a size that cannot be", r->path, name);
    s->d[i] = (int64_t)v->dims[i];
  }
  return true;
}

/* Column-major numbers as a tensor. */
static Tensor *tensor_of(const Reader *r, const matvar_t *v, const char *name, RawType type) {
  Shape s;
  Dtype d;
  int64_t stride[DIMS], step = 1;
  if (!shape_of(r, v, name, &s) || !raw_dtype(type, &d)) return NULL;
  int64_t n = shape_numel(s.nd, s.d);
  if (n < 0 || (n > 0 && !v->data) || (uint64_t)n * (uint64_t)type.size > v->nbytes) {
    err_set(r->e, "%s: '%.100s' is cut off or damaged", r->path, name);
    return NULL;
  }
  Tensor *flat = tensor_new(d, 1, &n, r->e);
  if (!flat) return NULL;
  if (!raw_read(type, v->data, flat, r->e)) {
    tensor_release(flat);
    return NULL;
  }
  for (int i = 0; i < s.nd; i++) {
    stride[i] = step;
    step *= s.d[i];
  }
  Tensor *view = tensor_view(flat, s.nd, s.d, stride, 0, r->e), *t = view ? tensor_clone(view, r->e) : NULL;
  tensor_release(view);
  tensor_release(flat);
  return t;
}

/* A char array: its rows as strings. */
static bool read_text(const Reader *r, const matvar_t *v, const char *name) {
  if (v->rank != 2 || (v->nbytes && !v->data)) return true;
  size_t rows = v->dims[0], cols = v->dims[1];
  size_t unit = v->data_type == MAT_T_UINT16 || v->data_type == MAT_T_UTF16 ? 2 : 1;
  if (rows > v->nbytes / unit / (cols ? cols : 1))
    return err_set(r->e, "%s: '%.100s' is cut off", r->path, name);
  char **text = calloc(rows + 1, sizeof *text);
  for (size_t i = 0; text && i < rows; i++) {
    if (!(text[i] = calloc(cols + 1, 1))) {
      while (i > 0) free(text[--i]);
      free(text);
      return err_set(r->e, "%s: out of memory", r->path);
    }
    for (size_t j = 0; text[i] && j < cols; j++) {
      const unsigned char *c = (const unsigned char *)v->data + (j * rows + i) * unit;
      text[i][j] = unit == 2 && c[1] ? '?' : (char)c[0];
    }
  }
  return text ? named_add_text(r->list, name, text, (int64_t)rows, r->e)
              : err_set(r->e, "%s: out of memory", r->path);
}

static bool read_variable(const Reader *r, matvar_t *v, const char *name, int depth);

static bool read_parts(const Reader *r, matvar_t *v, const char *name, int depth) {
  char part[MOST_NAME];
  size_t n = 1;
  for (int i = 0; i < v->rank; i++) n *= v->dims[i];
  unsigned fields = v->class_type == MAT_C_STRUCT ? Mat_VarGetNumberOfFields(v) : 1;
  char *const *names = v->class_type == MAT_C_STRUCT ? Mat_VarGetStructFieldnames(v) : NULL;
  matvar_t *const *parts = v->data;
  if (!parts || n * fields * sizeof *parts > v->nbytes) return true; /* empty */
  for (size_t i = 0; i < n; i++)
    for (unsigned k = 0; k < fields; k++) {
      if (names && n > 1) snprintf(part, sizeof part, "%.150s/%zu/%.80s", name, i + 1, names[k]);
      else if (names) snprintf(part, sizeof part, "%.150s/%.80s", name, names[k]);
      else snprintf(part, sizeof part, "%.200s/%zu", name, i + 1);
      matvar_t *inner = parts[i * fields + k];
      if (inner && !read_variable(r, inner, part, depth + 1)) return false;
    }
  return true;
}

static bool read_variable(const Reader *r, matvar_t *v, const char *name, int depth) {
  RawType type;
  if (depth > MOST_DEPTH)
    return err_set(r->e, "%s: '%.100s' is nested deeper than %d", r->path, name, MOST_DEPTH);
  if (v->isComplex) return err_set(r->e, "%s: '%.100s' is complex", r->path, name);
  if (v->class_type == MAT_C_CHAR) return read_text(r, v, name);
  if (v->class_type == MAT_C_CELL || v->class_type == MAT_C_STRUCT) return read_parts(r, v, name, depth);
  if (!raw_type(v, &type)) return true; /* sparse matrices, functions, objects */
  Tensor *t = tensor_of(r, v, name, type);
  return t && named_add(r->list, name, t, r->e);
}

static void quiet(int level, char *message) {
  (void)level;
  (void)message;
}

static bool read_next(const Reader *r, mat_t *mat, bool *more) {
  matvar_t *v = Mat_VarReadNextInfo(mat);
  *more = v != NULL;
  if (!v) return true;
  double bytes = v->rank > 0 ? 1 : 0;
  for (int i = 0; i < v->rank; i++) bytes *= (double)v->dims[i];
  const char *name = v->name ? v->name : "";
  bool ok =
      plausible(r->path, name, bytes * (double)(v->data_size > 0 ? v->data_size : 1), r->file_bytes, r->e);
  if (ok && Mat_VarReadDataAll(mat, v) != 0)
    ok = err_set(r->e, "%s: '%.100s' is cut off or damaged", r->path, name);
  ok = ok && read_variable(r, v, name, 0);
  Mat_VarFree(v);
  return ok;
}

/* Elements of a version 5 file: 128 bytes of text, then type, size and bytes of each; matrices are padded to
 * 8 bytes, packed ones are not.  libmatio ends at damage as at the file's end; so count first.  -1: cut off. */
static int elements(const char *path, double size) {
  unsigned char head[128], tag[8];
  FILE *f = fopen(path, "rb");
  int n = 0;
  bool ok = f && fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, "MATLAB 5.0", 10) == 0;
  bool little = ok && head[126] == 'I';
  double at = sizeof head;
  while (ok && at + 8 <= size && fread(tag, 1, 8, f) == 8) {
    uint32_t type = 0, bytes = 0;
    for (int i = 0; i < 4; i++) {
      type |= (uint32_t)tag[little ? i : 3 - i] << (8 * i);
      bytes |= (uint32_t)tag[4 + (little ? i : 3 - i)] << (8 * i);
    }
    at += 8 + (double)bytes;
    n += type == MAT_T_MATRIX || type == MAT_T_COMPRESSED;
    if (at > size || fseek(f, (long)at, SEEK_SET) != 0) break;
  }
  if (f) fclose(f);
  return !ok ? 0 : at != size ? -1 : n;
}

bool mat_load(const char *path, NamedList *list, Err *e) {
  struct stat st;
  Mat_LogInitFunc("lunette", quiet);
  mat_t *mat = Mat_Open(path, MAT_ACC_RDONLY);
  if (!mat) return err_set(e, "%s: not a MATLAB file, or a damaged one", path);
  Reader r = {path, list, e, stat(path, &st) == 0 ? (double)st.st_size : 0};
  bool more = true;
  int n = elements(path, r.file_bytes), k = 0;
  bool ok = n >= 0 ? true : err_set(e, "%s: is cut off", path);
  while (ok && more) {
    ok = read_next(&r, mat, &more);
    k += more;
  }
  if (ok && k < n) ok = err_set(e, "%s: variable %d of %d is damaged", path, k + 1, n);
  Mat_Close(mat);
  if (ok && list->n == 0) return err_set(e, "%s: no variable in it can be read", path);
  return ok;
}

/* --- writing -------------------------------------------------------------------------------------------- */
static bool write_item(mat_t *mat, const NamedTensor *item, Err *e) {
  static const enum matio_classes classes[] = {MAT_C_SINGLE, MAT_C_DOUBLE, MAT_C_INT64,
                                               MAT_C_INT32,  MAT_C_UINT8,  MAT_C_UINT8};
  static const enum matio_types types[] = {MAT_T_SINGLE, MAT_T_DOUBLE, MAT_T_INT64,
                                           MAT_T_INT32,  MAT_T_UINT8,  MAT_T_UINT8};
  const Tensor *t = item->tensor;
  int64_t shape[DIMS], stride[DIMS];
  size_t dims[DIMS + 2] = {1, 1};
  if (!t) return err_set(e, "strings are not written to .mat");
  for (int i = 0; i < t->nd; i++) { /* reversed: a row-major copy of that is column-major */
    shape[i] = t->shape[t->nd - 1 - i];
    stride[i] = t->stride[t->nd - 1 - i];
    dims[i] = (size_t)t->shape[i];
  }
  Tensor *v = tensor_view(t, t->nd, shape, stride, 0, e), *c = v ? tensor_clone(v, e) : NULL;
  tensor_release(v);
  if (!c) return false;
  matvar_t *var = Mat_VarCreate(item->name, classes[t->dtype], types[t->dtype], t->nd < 2 ? 2 : t->nd, dims,
                                c->data, t->dtype == BOOL ? MAT_F_LOGICAL : 0);
  bool ok = var && Mat_VarWrite(mat, var, MAT_COMPRESSION_NONE) == 0;
  Mat_VarFree(var);
  tensor_release(c);
  return ok ? true : err_set(e, "it could not be written (a name must be a MATLAB identifier)");
}

bool mat_save(const char *path, const NamedList *list, Err *e) {
  SafeFile s;
  Err why = {0};
  Mat_LogInitFunc("lunette", quiet);
  if (!safe_open(&s, path, e)) return false;
  mat_t *mat = Mat_CreateVer(s.temporary, NULL, MAT_FT_MAT5);
  bool ok = mat ? true : err_set(e, "%s: could not be written", path);
  for (int i = 0; ok && i < list->n; i++)
    if (!(ok = write_item(mat, &list->item[i], &why)))
      err_set(e, "%s: '%.100s': %s", path, list->item[i].name, why.message);
  if (mat && Mat_Close(mat) != 0 && ok) ok = err_set(e, "%s: could not be written (disk full?)", path);
  return safe_commit(&s, ok, e);
}
