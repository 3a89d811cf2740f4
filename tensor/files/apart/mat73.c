/* mat73.c: MATLAB's files of version 7.3: HDF5, with a class in the attribute MATLAB_class of each variable.
 *
 * Sizes stand in reverse, as the elements' order does.  A structure is a group of its fields; a cell, and each field of
 * an array of structures, a data set of references; text is u16; what is empty holds its sizes in place of elements. */
#include "mat73.h"

#include "hdf5.h"
#include "mat_value.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 16, CLASS_NAME = 32 };

/* A place on the way down: the names so far. */
typedef struct Place {
  Hdf5File *h;
  const char *name;
  int depth;
  bool failed;
} Place;

static bool has(hid_t object, const char *key) { return H5Aexists(object, key) > 0; }

/* The text of MATLAB_class, "" without one. */
static void class_of(hid_t object, char class[CLASS_NAME]) {
  memset(class, 0, CLASS_NAME);
  hid_t at = has(object, "MATLAB_class") ? H5Aopen(object, "MATLAB_class", H5P_DEFAULT) : -1;
  hid_t type = at >= 0 ? H5Aget_type(at) : -1;
  if (type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
      H5Tget_size(type) < CLASS_NAME)
    if (H5Aread(at, type, class) < 0) class[0] = 0;
  if (type >= 0) H5Tclose(type);
  if (at >= 0) H5Aclose(at);
}

static bool is_class(const char *class, const char *name) { return strcmp(class, name) == 0; }

/* The sizes in MATLAB's order. */
static Shape reversed(const Shape *s) {
  Shape r = {.nd = s->nd};
  for (int i = 0; i < s->nd; i++) r.d[i] = s->d[s->nd - 1 - i];
  return r;
}

static bool take_text(Hdf5File *h, const Hdf5Data *d, const char *name, Err *e) {
  Shape s = reversed(&d->shape);
  int64_t n = shape_numel(s.nd, s.d);
  if (s.nd != 2) return err_set(e, "is text of %d dimensions", s.nd);
  if (n < 0 || s.d[0] > HDF5_MOST_STRINGS || !hdf5_plausible(h, d, 4 * (double)n, e))
    return n < 0 || s.d[0] > HDF5_MOST_STRINGS ? err_set(e, "claims too many strings") : false;
  uint16_t *units = malloc(((size_t)n + 1) * sizeof *units);
  if (!units) return err_set(e, "is too large: out of memory");
  bool ok = n == 0 || hdf5_read(d, H5T_NATIVE_UINT16, H5P_DEFAULT, units);
  ok = ok ? mat_text(h->list, name, units, (size_t)s.d[0], (size_t)s.d[1], e)
          : err_set(e, "is cut off or damaged");
  free(units);
  return ok;
}

/* Of no elements: the sizes are what is stored. */
static bool take_empty(Hdf5File *h, const Hdf5Data *d, const char *class, const char *name, Err *e) {
  static const struct {
    const char *class;
    Dtype dtype;
  } all[] = {{"single", F32}, {"int8", I32},   {"uint8", U8},  {"int16", I32},  {"uint16", I32},
             {"int32", I32},  {"uint32", I64}, {"int64", I64}, {"uint64", I64}, {"logical", BOOL}};
  int64_t n = shape_numel(d->shape.nd, d->shape.d);
  uint64_t size[DIMS];
  Shape s = {.nd = (int)n};
  Dtype dtype = F64;
  if (is_class(class, "char")) return named_add_text(h->list, name, calloc(1, sizeof(char *)), 0, e);
  if (is_class(class, "cell") || is_class(class, "struct")) return true;
  if (n < 0 || n > DIMS || !hdf5_read(d, H5T_NATIVE_UINT64, H5P_DEFAULT, size))
    return err_set(e, "is damaged");
  for (int i = 0; i < s.nd; i++) {
    if (size[i] > INT64_MAX / 16) return err_set(e, "has a size that cannot be");
    s.d[i] = (int64_t)size[i];
  }
  if (shape_numel(s.nd, s.d) != 0) return err_set(e, "is damaged");
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (is_class(class, all[i].class)) dtype = all[i].dtype;
  Tensor *t = tensor_new(dtype, s.nd, s.d, e);
  return t && named_add(h->list, name, t, e);
}

static bool take_numbers(Hdf5File *h, const Hdf5Data *d, bool logical, const char *name, Err *e) {
  if (H5Tget_class(d->type) == H5T_COMPOUND) return err_set(e, "is complex");
  Shape s = reversed(&d->shape);
  Tensor *t = hdf5_numbers(h, d, e), *flat = t ? tensor_view(t, 1, &t->n, (int64_t[]){1}, 0, e) : NULL;
  tensor_release(t);
  if (flat && logical) {
    Tensor *truth = tensor_new(BOOL, 1, &flat->n, e);
    for (int64_t i = 0; truth && i < truth->n; i++)
      ((unsigned char *)truth->data)[i] = tensor_get(flat, i) != 0;
    tensor_release(flat);
    flat = truth;
  }
  t = mat_turned(flat, &s, e);
  return t && named_add(h->list, name, t, e);
}

static bool take_object(const Place *p, hid_t object, const char *name);

/* Cells, and a field of an array of structures: "name/1", and "structures/1/field" where `field` is given. */
static bool take_references(const Place *p, const Hdf5Data *d, const char *name, const char *field, Err *e) {
  int64_t n = shape_numel(d->shape.nd, d->shape.d);
  if (n < 0 || n > HDF5_MOST_ENTRIES || !hdf5_plausible(p->h, d, 8 * (double)n, e))
    return n < 0 || n > HDF5_MOST_ENTRIES ? err_set(e, "claims too many parts") : false;
  hobj_ref_t *all = calloc((size_t)n + 1, sizeof *all);
  if (!all) return err_set(e, "is too large: out of memory");
  Place within = {p->h, name, p->depth + 1, false};
  bool ok =
      n == 0 || hdf5_read(d, H5T_STD_REF_OBJ, H5P_DEFAULT, all) ? true : err_set(e, "is cut off or damaged");
  for (int64_t i = 0; ok && i < n; i++) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)i + 1);
    char *part = joined(name, "/", number, e), *whole = part && field ? joined(part, "/", field, e) : part;
    if (field) free(part);
    hid_t object = whole ? H5Rdereference2(d->id, H5P_DEFAULT, H5R_OBJECT, &all[i]) : -1;
    Err why;
    if (object >= 0) ok = take_object(&within, object, whole);
    else ok = whole && (err_set(&why, "is damaged"), named_leave_out(p->h->list, whole, &why));
    if (!ok) err_set(e, "could not be read");
    if (object >= 0) H5Oclose(object);
    free(whole);
  }
  free(all);
  return ok;
}

static bool take_set(const Place *p, hid_t object, const char *name, Err *e) {
  char class[CLASS_NAME];
  Hdf5Data d;
  class_of(object, class);
  bool ok = hdf5_data(&d, object, false, e);
  if (!ok) {
  } else if (has(object, "MATLAB_empty")) {
    ok = take_empty(p->h, &d, class, name, e);
  } else if (H5Tget_class(d.type) == H5T_REFERENCE) {
    const char *slash = is_class(class, "cell") ? NULL : strrchr(name, '/');
    char *outer = slash ? strndup(name, (size_t)(slash - name)) : NULL;
    ok = take_references(p, &d, outer ? outer : name, outer ? slash + 1 : NULL, e);
    free(outer);
  } else if (is_class(class, "char")) {
    ok = take_text(p->h, &d, name, e);
  } else if (is_class(class, "function_handle")) {
    ok = err_set(e, "is a function");
  } else {
    ok = take_numbers(p->h, &d, is_class(class, "logical"), name, e);
  }
  hdf5_data_close(&d);
  return ok;
}

static herr_t visit_field(hid_t group, const char *key, const H5L_info_t *info, void *context) {
  Place *p = context;
  if (!*p->name && key[0] == '#') return 0; /* #refs#, #subsystem#: what others refer to */
  char *name = joined(p->name, *p->name ? "/" : "", key, p->h->e);
  bool within = info->type == H5L_TYPE_HARD || info->type == H5L_TYPE_SOFT;
  hid_t object = name && within ? H5Oopen(group, key, p->h->inside) : -1;
  Err why;
  if (object >= 0) p->failed = !take_object(p, object, name);
  else
    p->failed = !name || (err_set(&why, within ? "is damaged" : "is a link to another file"),
                          !named_leave_out(p->h->list, name, &why));
  if (object >= 0) H5Oclose(object);
  free(name);
  return p->failed ? -1 : 0;
}

static bool take_group(const Place *p, hid_t group, const char *name, Err *e) {
  Place within = {p->h, name, p->depth + 1, false};
  if (has(group, "MATLAB_sparse")) return err_set(e, "is a sparse matrix");
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_field, &within) >= 0) return true;
  return err_set(e, within.failed ? "could not be read" : "is damaged: some of its fields cannot be found");
}

/* false: the whole reading ends, with the file's error set. */
static bool take_object(const Place *p, hid_t object, const char *name) {
  Err why;
  bool ok;
  if (!hdf5_count(p->h)) return false;
  if (p->depth > MOST_DEPTH) ok = err_set(&why, "is nested deeper than %d", MOST_DEPTH);
  else if (H5Iget_type(object) == H5I_DATASET) ok = take_set(p, object, name, &why);
  else if (H5Iget_type(object) == H5I_GROUP) ok = take_group(p, object, name, &why);
  else ok = err_set(&why, "is an unknown kind of variable");
  if (p->h->entries > HDF5_MOST_ENTRIES) return false;
  return ok || named_leave_out(p->h->list, name, &why);
}

bool mat73_load(const char *path, NamedList *list, Err *e) {
  Hdf5File h;
  Err why;
  if (!hdf5_open(&h, path, list, e)) return false;
  hid_t root = H5Gopen2(h.file, "/", H5P_DEFAULT);
  Place top = {&h, "", 0, false};
  bool ok = root >= 0 ? true : err_set(e, "%s: a damaged MATLAB file", path);
  if (ok && !take_group(&top, root, "", &why))
    ok = h.entries > HDF5_MOST_ENTRIES ? false : err_set(e, "%s: %s", path, why.message);
  if (root >= 0) H5Gclose(root);
  hdf5_close(&h);
  return ok;
}
