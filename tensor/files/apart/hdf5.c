/* hdf5.c: HDF5 files, as the courses' data sets and Keras's weights are stored, through libhdf5.
 *
 * Every data set of numbers or strings becomes an entry "group/name"; string attributes become entries
 * "group@name" (Keras keeps the order of its weights there).  External files, virtual data sets and plugins
 * are refused: a data file opens no other.  Runs in the reader process. */
#include "formats.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENTRIES = 100000, MOST_STRINGS = 1 << 20 };

typedef struct Walk {
  const char *path;
  NamedList *list;
  Err *e;
  int entries;
  bool failed;
} Walk;

/* --- numbers -------------------------------------------------------------------------------------------- */
/* The dtype for a type of the file and the type in memory that HDF5 converts to. */
static bool number_type(hid_t type, Dtype *d, hid_t *memory) {
  H5T_class_t class = H5Tget_class(type);
  size_t size = H5Tget_size(type);
  if (class == H5T_ENUM) { /* h5py's bool: an enumeration of one byte */
    *d = BOOL;
    *memory = H5T_NATIVE_INT8;
    return size == 1;
  }
  if (class == H5T_FLOAT) {
    *d = size <= 4 ? F32 : F64;
    *memory = size <= 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    return size <= 8;
  }
  if (class != H5T_INTEGER || size > 8) return false;
  bool sign = H5Tget_sign(type) == H5T_SGN_2;
  *d = size == 1 && !sign ? U8 : size < 4 || (size == 4 && sign) ? I32 : I64;
  *memory = *d == U8 ? H5T_NATIVE_UINT8 : *d == I32 ? H5T_NATIVE_INT32 : H5T_NATIVE_INT64;
  return true;
}

/* Enumerations are read as their base type. */
static hid_t memory_type(hid_t type, hid_t wanted) {
  return H5Tget_class(type) == H5T_ENUM ? H5Tget_super(type) : H5Tcopy(wanted);
}

static bool shape_of(hid_t space, Shape *s, const char *path, const char *name, Err *e) {
  hsize_t dims[H5S_MAX_RANK];
  int nd = H5Sget_simple_extent_ndims(space);
  if (nd < 0 || nd > DIMS || H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return err_set(e, "%s: '%.100s' has more than %d dimensions", path, name, DIMS);
  s->nd = nd;
  for (int i = 0; i < nd; i++) {
    if (dims[i] > INT64_MAX / 16) return err_set(e, "%s: '%.100s' has a size that cannot be", path, name);
    s->d[i] = (int64_t)dims[i];
  }
  if (H5Sget_simple_extent_type(space) == H5S_NULL) { /* h5py.Empty */
    s->nd = 1;
    s->d[0] = 0;
  }
  return true;
}

/* u64 beyond i64: an error, where HDF5 would put the largest i64. */
static H5T_conv_ret_t refuse_over(H5T_conv_except_t what, hid_t from, hid_t to, void *src, void *dst,
                                  void *over) {
  (void)from, (void)to, (void)src, (void)dst;
  if (what != H5T_CONV_EXCEPT_RANGE_HI) return H5T_CONV_UNHANDLED;
  *(bool *)over = true;
  return H5T_CONV_ABORT;
}

static bool read_numbers(Walk *w, hid_t set, hid_t type, const char *name, const Shape *shape) {
  Dtype d;
  hid_t wanted;
  int64_t n = shape_numel(shape->nd, shape->d);
  if (!number_type(type, &d, &wanted)) return true; /* compounds, references: nothing for a tensor */
  if (n < 0 ||
      !plausible(w->path, name, (double)n * (double)dtype_size[d], (double)H5Dget_storage_size(set), w->e))
    return n < 0 ? err_set(w->e, "%s: '%.100s' is larger than memory can be", w->path, name) : false;
  Tensor *t = tensor_new(d, shape->nd, shape->d, w->e);
  if (!t) return false;
  hid_t memory = memory_type(type, wanted);
  hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
  bool over = false;
  if (H5Tget_class(type) == H5T_INTEGER) H5Pset_type_conv_cb(transfer, refuse_over, &over);
  bool ok = n == 0 || H5Dread(set, memory, H5S_ALL, H5S_ALL, transfer, t->data) >= 0;
  H5Pclose(transfer);
  H5Tclose(memory);
  for (int64_t i = 0; d == BOOL && i < t->n; i++)
    ((unsigned char *)t->data)[i] = ((unsigned char *)t->data)[i] != 0;
  if (ok) return named_add(w->list, name, t, w->e);
  tensor_release(t);
  return err_set(
      w->e, over ? "%s: '%.100s' has numbers larger than i64 holds" : "%s: '%.100s' is cut off or damaged",
      w->path, name);
}

/* --- strings -------------------------------------------------------------------------------------------- */
static char *text_of(const char *at, size_t size) {
  char *s = malloc(size + 1);
  if (!s) return NULL;
  memcpy(s, at, size);
  s[size] = 0;
  while (size && s[size - 1] == ' ') s[--size] = 0;
  return s;
}

typedef struct Strings {
  char **text;
  int64_t n;
} Strings;

/* n strings of the file's type into one list, the caller's afterwards; false leaves nothing to free. */
static bool read_strings(hid_t from, bool attribute, hid_t type, int64_t n, Strings *out) {
  bool variable = H5Tis_variable_str(type) > 0;
  size_t size = variable ? sizeof(char *) : H5Tget_size(type);
  hid_t memory = H5Tcopy(H5T_C_S1);
  H5Tset_size(memory, variable ? H5T_VARIABLE : size);
  H5Tset_cset(memory, H5Tget_cset(type));
  H5Tset_strpad(memory, H5Tget_strpad(type));
  unsigned char *raw = calloc((size_t)n + 1, size);
  out->text = calloc((size_t)n + 1, sizeof *out->text);
  bool ok = raw && out->text;
  if (ok && n)
    ok = (attribute ? H5Aread(from, memory, raw)
                    : H5Dread(from, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw)) >= 0;
  for (int64_t i = 0; ok && i < n; i++) {
    const char *at = (const char *)raw + (size_t)i * size;
    if (variable) memcpy(&at, raw + (size_t)i * size, sizeof at);
    out->text[i] = at ? text_of(at, variable ? strlen(at) : strnlen(at, size)) : strdup("");
    ok = out->text[i] != NULL;
  }
  hid_t space = H5Screate_simple(1, &(hsize_t){(hsize_t)n}, NULL);
  if (ok && variable) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, raw);
  H5Sclose(space);
  out->n = n;
  free(raw);
  H5Tclose(memory);
  if (ok) return true;
  for (int64_t i = 0; out->text && i < n; i++) free(out->text[i]);
  free(out->text);
  return false;
}

static bool add_strings(Walk *w, hid_t from, bool attribute, hid_t type, const Shape *shape,
                        const char *name) {
  int64_t n = shape_numel(shape->nd, shape->d);
  Strings s;
  if (n < 0 || n > MOST_STRINGS) return err_set(w->e, "%s: '%.100s' claims too many strings", w->path, name);
  double stored = attribute ? (double)H5Aget_storage_size(from) : (double)H5Dget_storage_size(from);
  if (!plausible(w->path, name, (double)n * (double)H5Tget_size(type), stored, w->e)) return false;
  if (!read_strings(from, attribute, type, n, &s))
    return err_set(w->e, "%s: '%.100s' is cut off or damaged", w->path, name);
  return named_add_text(w->list, name, s.text, s.n, w->e);
}

/* --- the walk ------------------------------------------------------------------------------------------- */
static bool points_outside(hid_t set) {
  hid_t plan = H5Dget_create_plist(set);
  bool outside = plan < 0 || H5Pget_external_count(plan) > 0 || H5Pget_layout(plan) == H5D_VIRTUAL;
  if (plan >= 0) H5Pclose(plan);
  return outside;
}

static bool read_set(Walk *w, hid_t set, const char *name) {
  if (points_outside(set)) return err_set(w->e, "%s: '%.100s' lies in another file", w->path, name);
  hid_t type = H5Dget_type(set), space = H5Dget_space(set);
  Shape shape;
  bool ok = type >= 0 && space >= 0 ? shape_of(space, &shape, w->path, name, w->e)
                                    : err_set(w->e, "%s: '%.100s' is damaged", w->path, name);
  if (ok && H5Tget_class(type) == H5T_STRING) ok = add_strings(w, set, false, type, &shape, name);
  else if (ok) ok = read_numbers(w, set, type, name, &shape);
  H5Tclose(type);
  H5Sclose(space);
  return ok;
}

typedef struct AttributeWalk {
  Walk *walk;
  const char *object;
} AttributeWalk;

static herr_t visit_attribute(hid_t at, const char *key, const H5A_info_t *info, void *context) {
  AttributeWalk *a = context;
  Walk *w = a->walk;
  (void)info;
  hid_t attribute = H5Aopen(at, key, H5P_DEFAULT);
  if (attribute < 0) return 0;
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  Shape shape;
  if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING) {
    char name[2 * TEXT];
    snprintf(name, sizeof name, "%.200s@%.100s", strcmp(a->object, ".") == 0 ? "" : a->object, key);
    w->failed =
        !shape_of(space, &shape, w->path, name, w->e) || !add_strings(w, attribute, true, type, &shape, name);
  }
  H5Tclose(type);
  H5Sclose(space);
  H5Aclose(attribute);
  return w->failed ? -1 : 0;
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *context) {
  Walk *w = context;
  if (++w->entries > MOST_ENTRIES) {
    w->failed = true;
    err_set(w->e, "%s: more than %d entries", w->path, MOST_ENTRIES);
    return -1;
  }
  if (info->type != H5O_TYPE_DATASET && info->type != H5O_TYPE_GROUP) return 0;
  hid_t object = H5Oopen(root, name, H5P_DEFAULT);
  if (object < 0) {
    w->failed = true;
    err_set(w->e, "%s: '%.100s' is damaged", w->path, name);
    return -1;
  }
  AttributeWalk a = {w, name};
  if (info->type == H5O_TYPE_DATASET) w->failed = !read_set(w, object, name);
  if (!w->failed) H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &a);
  H5Oclose(object);
  return w->failed ? -1 : 0;
}

bool hdf5_load(const char *path, NamedList *list, Err *e) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) return err_set(e, "%s: not an HDF5 file, or a damaged one", path);
  Walk w = {.path = path, .list = list, .e = e};
  if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit, &w, H5O_INFO_BASIC) < 0 && !w.failed)
    w.failed = !err_set(e, "%s: a damaged HDF5 file", path);
  H5Fclose(file);
  return !w.failed;
}

/* --- writing -------------------------------------------------------------------------------------------- */
static hid_t stored_type(Dtype d) {
  switch (d) {
  case F32: return H5T_IEEE_F32LE;
  case F64: return H5T_IEEE_F64LE;
  case I64: return H5T_STD_I64LE;
  case I32: return H5T_STD_I32LE;
  default: return H5T_STD_U8LE;
  }
}
static hid_t native_type(Dtype d) {
  switch (d) {
  case F32: return H5T_NATIVE_FLOAT;
  case F64: return H5T_NATIVE_DOUBLE;
  case I64: return H5T_NATIVE_INT64;
  case I32: return H5T_NATIVE_INT32;
  default: return H5T_NATIVE_UINT8;
  }
}

static bool write_set(hid_t file, const char *name, hid_t type, hid_t memory, hid_t space, const void *data) {
  hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = set >= 0 && (H5Sget_simple_extent_npoints(space) == 0 ||
                         H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  if (set >= 0) ok = H5Dclose(set) >= 0 && ok;
  H5Pclose(links);
  return ok;
}

static bool write_strings(hid_t file, const NamedTensor *item) {
  hsize_t n = (hsize_t)item->texts;
  size_t size = 1;
  for (int64_t i = 0; i < item->texts; i++)
    size = strlen(item->text[i]) > size ? strlen(item->text[i]) : size;
  char *raw = calloc((size_t)n + 1, size);
  if (!raw) return false;
  for (size_t i = 0; i < (size_t)n; i++) memcpy(raw + i * size, item->text[i], strlen(item->text[i]));
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &n, NULL);
  H5Tset_size(type, size);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  bool ok = write_set(file, item->name, type, type, space, raw);
  H5Tclose(type);
  H5Sclose(space);
  free(raw);
  return ok;
}

static bool write_item(hid_t file, const NamedTensor *item, Err *e) {
  if (!item->tensor) return write_strings(file, item);
  Tensor *t = tensor_contiguous(item->tensor, e);
  if (!t) return false;
  hsize_t dims[DIMS + 1] = {0};
  for (int i = 0; i < t->nd; i++) dims[i] = (hsize_t)t->shape[i];
  hid_t space = t->nd ? H5Screate_simple(t->nd, dims, NULL) : H5Screate(H5S_SCALAR);
  bool ok = write_set(file, item->name, stored_type(t->dtype), native_type(t->dtype), space, t->data);
  H5Sclose(space);
  tensor_release(t);
  return ok;
}

bool hdf5_save(const char *path, const NamedList *list, Err *e) {
  SafeFile s;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (!safe_open(&s, path, e)) return false;
  hid_t file = H5Fcreate(s.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = file >= 0;
  for (int i = 0; ok && i < list->n; i++)
    if (!(ok = write_item(file, &list->item[i], e)))
      err_set(e, "%s: '%.100s' could not be written", path, list->item[i].name);
  if (file < 0) err_set(e, "%s: could not be written", path);
  else if (H5Fclose(file) < 0 && ok) ok = err_set(e, "%s: could not be written (disk full?)", path);
  return safe_commit(&s, ok, e);
}
