/* mat.c: MATLAB's .mat files through libmatio.  Arrays are column-major there; element (i, j) stays
 * element (i, j).  Cells and structures become names with slashes: "layers/3/weights/1".  Runs in a process
 * of its own.  Version 7.3 is HDF5: mat73.c. */
#include "mat73.h"
#include "mat_value.h"
#include "raw.h"

#include <matio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_DEPTH = 16 };

typedef struct Reader {
  const char *path;
  NamedList *list;
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

static bool shape_of(const matvar_t *v, Shape *s, Err *e) {
  if (v->rank > DIMS || v->rank < 0) return err_set(e, "has more than %d dimensions", DIMS);
  s->nd = v->rank;
  for (int i = 0; i < v->rank; i++) {
    if (v->dims[i] > INT64_MAX / 16) return err_set(e, "has a size that cannot be");
    s->d[i] = (int64_t)v->dims[i];
  }
  return true;
}

static Tensor *tensor_of(const matvar_t *v, RawType type, Err *e) {
  Shape s;
  Dtype d;
  if (!shape_of(v, &s, e) || !raw_dtype(type, &d)) return NULL;
  int64_t n = shape_numel(s.nd, s.d);
  if (n < 0 || (n > 0 && !v->data) || (uint64_t)n * (uint64_t)type.size > v->nbytes) {
    err_set(e, "is cut off or damaged");
    return NULL;
  }
  Tensor *flat = tensor_new(d, 1, &n, e);
  if (flat && !raw_read(type, v->data, flat, e)) {
    tensor_release(flat);
    flat = NULL;
  }
  return mat_turned(flat, &s, e);
}

/* A char array: its rows as strings.  Bytes of UTF-8 are only known for a single row. */
static bool read_text(const Reader *r, const matvar_t *v, const char *name, Err *e) {
  if (v->rank != 2) return err_set(e, "is text of %d dimensions", v->rank);
  size_t rows = v->dims[0], cols = v->dims[1],
         unit = v->data_type == MAT_T_UINT16 || v->data_type == MAT_T_UTF16 ? 2 : 1;
  if ((v->nbytes && !v->data) || rows > v->nbytes / unit / (cols ? cols : 1) || rows > (1 << 20))
    return rows ? err_set(e, "is cut off") : named_add_text(r->list, name, calloc(1, sizeof(char *)), 0, e);
  if (unit == 2) return mat_text(r->list, name, v->data, rows, cols, e);
  char **text = calloc(rows + 1, sizeof *text);
  bool ok = text != NULL;
  for (size_t i = 0; ok && i < rows; i++) {
    size_t n = rows == 1 ? v->nbytes : cols;
    ok = (text[i] = calloc(n + 1, 1)) != NULL;
    for (size_t j = 0; ok && j < n; j++) text[i][j] = ((const char *)v->data)[j * rows + i];
  }
  if (ok) return named_add_text(r->list, name, text, (int64_t)rows, e);
  for (size_t i = 0; text && i < rows; i++) free(text[i]);
  free(text);
  return err_set(e, "is too large: out of memory");
}

static bool read_variable(const Reader *r, matvar_t *v, const char *name, int depth, Err *e);

/* A part of a cell or a structure; false: the whole reading ends. */
static bool read_part(const Reader *r, matvar_t *v, char *name, int depth) {
  Err why;
  bool ok = name && (!v || read_variable(r, v, name, depth, &why) || named_leave_out(r->list, name, &why));
  free(name);
  return ok;
}

static bool read_parts(const Reader *r, matvar_t *v, const char *name, int depth, Err *e) {
  size_t n = 1;
  for (int i = 0; i < v->rank; i++) n *= v->dims[i];
  unsigned fields = v->class_type == MAT_C_STRUCT ? Mat_VarGetNumberOfFields(v) : 1;
  char *const *names = v->class_type == MAT_C_STRUCT ? Mat_VarGetStructFieldnames(v) : NULL;
  matvar_t *const *parts = v->data;
  if (!parts || n * fields * sizeof *parts > v->nbytes) return true; /* empty */
  for (size_t i = 0; i < n; i++)
    for (unsigned k = 0; k < fields; k++) {
      char number[24];
      snprintf(number, sizeof number, "%zu", i + 1);
      char *outer = names && n == 1 ? strdup(name) : joined(name, "/", number, e);
      char *part = outer && names ? joined(outer, "/", names[k], e) : outer;
      if (names) free(outer);
      if (!read_part(r, parts[i * fields + k], part, depth + 1))
        return err_set(e, "is too large: out of memory");
    }
  return true;
}

static bool read_variable(const Reader *r, matvar_t *v, const char *name, int depth, Err *e) {
  RawType type;
  if (depth > MOST_DEPTH) return err_set(e, "is nested deeper than %d", MOST_DEPTH);
  if (v->isComplex) return err_set(e, "is complex");
  switch (v->class_type) {
  case MAT_C_CHAR: return read_text(r, v, name, e);
  case MAT_C_CELL:
  case MAT_C_STRUCT: return read_parts(r, v, name, depth, e);
  case MAT_C_SPARSE: return err_set(e, "is a sparse matrix");
  case MAT_C_FUNCTION: return err_set(e, "is a function");
  case MAT_C_OBJECT:
  case MAT_C_OPAQUE: return err_set(e, "is an object");
  default: break;
  }
  if (!raw_type(v, &type)) return err_set(e, "is of an unknown class");
  Tensor *t = tensor_of(v, type, e);
  return t && named_add(r->list, name, t, e);
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
  Err why;
  bool ok = plausible(r->path, bytes * (double)(v->data_size > 0 ? v->data_size : 1), r->file_bytes, &why);
  if (ok && Mat_VarReadDataAll(mat, v) != 0) ok = err_set(&why, "is cut off or damaged");
  ok = (ok && read_variable(r, v, name, 0, &why)) || named_leave_out(r->list, name, &why);
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

static bool is_version_73(const char *path) {
  char head[10] = "";
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(head, 1, sizeof head, f) : 0;
  if (f) fclose(f);
  return n == sizeof head && memcmp(head, "MATLAB 7.3", n) == 0;
}

bool mat_load(const char *path, NamedList *list, Err *e) {
  struct stat st;
  Mat_LogInitFunc("lunette", quiet);
#if LUNETTE_HDF5
  if (is_version_73(path)) return mat73_load(path, list, e);
#else
  if (is_version_73(path))
    return err_set(
        e,
        "%s: MATLAB's version 7.3 is HDF5, which this program was built without (apt install libhdf5-dev, "
        "build again)",
        path);
#endif
  mat_t *mat = Mat_Open(path, MAT_ACC_RDONLY);
  if (!mat) return err_set(e, "%s: not a MATLAB file, or a damaged one", path);
  Reader r = {path, list, stat(path, &st) == 0 ? (double)st.st_size : 0};
  Err why;
  bool more = true;
  int n = elements(path, r.file_bytes), k = 0;
  bool ok = n >= 0 ? true : err_set(e, "%s: is cut off", path);
  while (ok && more) {
    ok = read_next(&r, mat, &more) ? true : err_set(e, "%s: out of memory", path);
    k += more;
  }
  Mat_Close(mat);
  if (ok && k < n) {
    char name[48];
    snprintf(name, sizeof name, "variable %d of %d", k + 1, n);
    err_set(&why, "is damaged, and hides what follows it");
    ok = named_leave_out(list, name, &why);
  }
  return ok;
}

/* --- writing -------------------------------------------------------------------------------------------- */
static matvar_t *variable_of(const char *name, const Tensor *t) {
  static const enum matio_classes classes[] = {MAT_C_SINGLE, MAT_C_DOUBLE, MAT_C_INT64,
                                               MAT_C_INT32,  MAT_C_UINT8,  MAT_C_UINT8};
  static const enum matio_types types[] = {MAT_T_SINGLE, MAT_T_DOUBLE, MAT_T_INT64,
                                           MAT_T_INT32,  MAT_T_UINT8,  MAT_T_UINT8};
  int64_t shape[DIMS], stride[DIMS];
  size_t dims[DIMS + 2] = {1, 1};
  Err e;
  for (int i = 0; i < t->nd; i++) { /* reversed: a row-major copy of that is column-major */
    shape[i] = t->shape[t->nd - 1 - i];
    stride[i] = t->stride[t->nd - 1 - i];
    dims[i] = (size_t)t->shape[i];
  }
  Tensor *v = tensor_view(t, t->nd, shape, stride, 0, &e), *c = v ? tensor_clone(v, &e) : NULL;
  matvar_t *var = c ? Mat_VarCreate(name, classes[t->dtype], types[t->dtype], t->nd < 2 ? 2 : t->nd, dims,
                                    c->data, t->dtype == BOOL ? MAT_F_LOGICAL : 0)
                    : NULL;
  tensor_release(v);
  tensor_release(c);
  return var;
}

/* MATLAB's names: a letter, then letters, digits and _, 63 in all; the bytes up to the next '/'. */
static bool is_identifier(const char *s) {
  enum { MOST = 63 };
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                    more[] = "0123456789_";
  size_t n = strcspn(s, "/");
  if (n == 0 || n > MOST || !strchr(letters, s[0])) return false;
  for (size_t i = 1; i < n; i++)
    if (!strchr(letters, s[i]) && !strchr(more, s[i])) return false;
  return true;
}

/* The items that begin with the same `at` bytes and part: how many. */
static int same_part(const NamedTensor *item, int n, size_t at) {
  size_t k = strcspn(item->name + at, "/");
  int i = 1;
  while (i < n && strncmp(item[i].name, item->name, at + k) == 0 && strchr("/", item[i].name[at + k])) i++;
  return i;
}

/* Of n items whose names begin alike up to `at`: the variable, a structure where there is more behind a '/'.  Names are
 * in order, and '/' comes before all that identifiers are made of. */
static matvar_t *tree(const NamedTensor *item, int n, size_t at, Err *e) {
  enum { FIELDS_MOST = 100000 };
  size_t k = strcspn(item->name + at, "/");
  char *name = strndup(item->name + at, k);
  matvar_t *var = NULL;
  if (!name) err_set(e, "'%.200s': out of memory", item->name);
  else if (!*item->name) err_set(e, "'' is no name of MATLAB's: tensor.save(path, {A = x}) gives it one");
  else if (!is_identifier(item->name + at))
    err_set(e, "'%.200s' is no name of MATLAB's: a letter, then letters, digits and _, at most 63",
            item->name);
  else if (!item->tensor)
    err_set(e, "'%.200s' is a list of strings, which .mat files do not hold", item->name);
  else if (!item->name[at + k]) {
    if (n > 1) err_set(e, "'%.200s' is a tensor, and a group with '%.200s' in it", item->name, item[1].name);
    else if (!(var = variable_of(name, item->tensor))) err_set(e, "'%.200s': out of memory", item->name);
  } else {
    size_t one[2] = {1, 1};
    var = Mat_VarCreateStruct(name, 2, one, NULL, 0);
    for (int i = 0, m; var && i < n; i += m) {
      m = same_part(item + i, n - i, at + k + 1);
      matvar_t *field = tree(item + i, m, at + k + 1, e);
      if (field && Mat_VarAddStructField(var, field->name) == 0) {
        Mat_VarSetStructFieldByName(var, field->name, 0, field);
      } else {
        Mat_VarFree(field);
        Mat_VarFree(var);
        var = NULL;
      }
    }
  }
  free(name);
  return var;
}

bool mat_save(const char *path, const NamedList *list, Err *e) {
  SafeFile s;
  Err why = {0};
  Mat_LogInitFunc("lunette", quiet);
  if (!safe_open(&s, path, e)) return false;
  mat_t *mat = Mat_CreateVer(s.temporary, NULL, MAT_FT_MAT5);
  bool ok = mat ? true : err_set(e, "%s: could not be written", path);
  for (int i = 0, m; ok && i < list->n; i += m) {
    m = same_part(&list->item[i], list->n - i, 0);
    matvar_t *var = tree(&list->item[i], m, 0, &why);
    if (!var) ok = err_set(e, "%s: %s", path, why.message);
    else if (Mat_VarWrite(mat, var, MAT_COMPRESSION_NONE) != 0)
      ok = err_set(e, "%s: '%.200s' could not be written (disk full?)", path, var->name);
    Mat_VarFree(var);
  }
  if (mat && Mat_Close(mat) != 0 && ok) ok = err_set(e, "%s: could not be written (disk full?)", path);
  return safe_commit(&s, ok, e);
}
