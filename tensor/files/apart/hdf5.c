/* hdf5.c: HDF5 files, as the courses' data sets and Keras's weights are stored, through libhdf5.
 *
 * Every data set or attribute of numbers or strings becomes an entry, "group/name" and "group@name" (Keras keeps the
 * order of its weights in attributes), under each of the names that hard and soft links give it.  What a tensor cannot
 * hold is left out by name.  External files, virtual data sets and plugins are refused: a data file opens no other.
 * Runs in the reader process. */
#include "hdf5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- types ----------------------------------------------------------------------------------------------- */

/* h5py's bool: an enumeration of FALSE 0 and TRUE 1 in a byte. */
static bool is_bool(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
  signed char no, yes;
  return H5Tenum_valueof(type, "FALSE", &no) >= 0 && H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 &&
         yes == 1;
}

/* The dtype for numbers of the file and the type in memory that HDF5 converts them to. */
static bool number_type(hid_t type, Dtype *d, hid_t *memory) {
  H5T_class_t class = H5Tget_class(type);
  size_t size = H5Tget_size(type);
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

/* Enumerations are read as the integers they stand for. */
static bool value_type(hid_t type, Dtype *d, hid_t *memory) {
  if (H5Tget_class(type) != H5T_ENUM) {
    bool ok = number_type(type, d, memory);
    if (ok) *memory = H5Tcopy(*memory);
    return ok;
  }
  bool boolean = is_bool(type);
  hid_t base = H5Tget_super(type);
  hid_t native = base >= 0 ? H5Tget_native_type(base, H5T_DIR_ASCEND) : -1;
  bool ok =
      native >= 0 && number_type(base, d, memory) && dtype_size[boolean ? BOOL : *d] == H5Tget_size(native);
  if (boolean) *d = BOOL;
  if (base >= 0) H5Tclose(base);
  if (ok) *memory = native;
  else if (native >= 0) H5Tclose(native);
  return ok;
}

static const char *kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
  case H5T_COMPOUND: return "compounds";
  case H5T_VLEN: return "sequences of variable length";
  case H5T_REFERENCE: return "references";
  case H5T_OPAQUE: return "opaque bytes";
  case H5T_ARRAY: return "arrays";
  case H5T_BITFIELD: return "bit fields";
  case H5T_ENUM: return "enumerations";
  case H5T_INTEGER:
  case H5T_FLOAT: return "numbers of more than 8 bytes";
  default: return "an unknown kind";
  }
}

static bool shape_of(hid_t space, Shape *s, Err *e) {
  hsize_t dims[H5S_MAX_RANK];
  int nd = H5Sget_simple_extent_ndims(space);
  if (nd < 0 || nd > DIMS || H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return err_set(e, "has more than %d dimensions", DIMS);
  s->nd = nd;
  for (int i = 0; i < nd; i++) {
    if (dims[i] > INT64_MAX / 16) return err_set(e, "has a size that cannot be");
    s->d[i] = (int64_t)dims[i];
  }
  if (H5Sget_simple_extent_type(space) == H5S_NULL) { /* h5py.Empty */
    s->nd = 1;
    s->d[0] = 0;
  }
  return true;
}

/* --- data ------------------------------------------------------------------------------------------------- */

static bool points_outside(hid_t set) {
  hid_t plan = H5Dget_create_plist(set);
  bool outside = plan < 0 || H5Pget_external_count(plan) > 0 || H5Pget_layout(plan) == H5D_VIRTUAL;
  if (plan >= 0) H5Pclose(plan);
  return outside;
}

bool hdf5_data(Hdf5Data *d, hid_t id, bool attribute, Err *e) {
  *d = (Hdf5Data){.id = id, .type = -1, .space = -1, .attribute = attribute};
  if (!attribute && points_outside(id)) return err_set(e, "lies in another file");
  d->type = attribute ? H5Aget_type(id) : H5Dget_type(id);
  d->space = attribute ? H5Aget_space(id) : H5Dget_space(id);
  return d->type >= 0 && d->space >= 0 ? shape_of(d->space, &d->shape, e) : err_set(e, "is damaged");
}

void hdf5_data_close(Hdf5Data *d) {
  if (d->type >= 0) H5Tclose(d->type);
  if (d->space >= 0) H5Sclose(d->space);
}

bool hdf5_read(const Hdf5Data *d, hid_t memory, hid_t transfer, void *to) {
  return (d->attribute ? H5Aread(d->id, memory, to)
                       : H5Dread(d->id, memory, H5S_ALL, H5S_ALL, transfer, to)) >= 0;
}

bool hdf5_plausible(Hdf5File *h, const Hdf5Data *d, double bytes, Err *e) {
  double stored = d->attribute ? (double)H5Aget_storage_size(d->id) : (double)H5Dget_storage_size(d->id);
  if (!plausible(h->path, bytes, stored, e)) return false;
  if (!plausible(h->path, h->bytes + bytes, HUGE_VAL, e))
    return err_set(e, "and all before it claim more than the file holds");
  h->bytes += bytes;
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

/* u64 as an attribute, which has no transfer to refuse in. */
static bool attribute_over(const Hdf5Data *d, int64_t n) {
  if (!d->attribute || H5Tget_class(d->type) != H5T_INTEGER || H5Tget_size(d->type) != 8 ||
      H5Tget_sign(d->type) == H5T_SGN_2)
    return false;
  uint64_t *all = malloc(((size_t)n + 1) * sizeof *all);
  bool over = !all || H5Aread(d->id, H5T_NATIVE_UINT64, all) < 0;
  for (int64_t i = 0; !over && i < n; i++) over = all[i] > INT64_MAX;
  free(all);
  return over;
}

Tensor *hdf5_numbers(Hdf5File *h, const Hdf5Data *d, Err *e) {
  Dtype dtype;
  hid_t memory;
  int64_t n = shape_numel(d->shape.nd, d->shape.d);
  if (n < 0) {
    err_set(e, "is larger than memory can be");
    return NULL;
  }
  if (!value_type(d->type, &dtype, &memory)) {
    err_set(e, "holds %s, not numbers of a tensor", kind_of(d->type));
    return NULL;
  }
  Tensor *t = hdf5_plausible(h, d, (double)n * (double)dtype_size[dtype], e)
                  ? tensor_new(dtype, d->shape.nd, d->shape.d, e)
                  : NULL;
  hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
  bool over = t && attribute_over(d, n);
  if (H5Tget_class(d->type) == H5T_INTEGER) H5Pset_type_conv_cb(transfer, refuse_over, &over);
  bool ok = t && !over && (n == 0 || hdf5_read(d, memory, transfer, t->data));
  H5Pclose(transfer);
  H5Tclose(memory);
  if (t && !ok) {
    err_set(e, over ? "has numbers larger than i64 holds" : "is cut off or damaged");
    tensor_release(t);
    return NULL;
  }
  for (int64_t i = 0; t && dtype == BOOL && i < n; i++)
    ((unsigned char *)t->data)[i] = ((unsigned char *)t->data)[i] != 0;
  return t;
}

/* --- strings -------------------------------------------------------------------------------------------- */
typedef struct Strings {
  char **text;
  int64_t n;
} Strings;

static void strings_free(Strings *s) {
  for (int64_t i = 0; s->text && i < s->n; i++) free(s->text[i]);
  free(s->text);
}

/* n strings of the file's type into one list, the caller's afterwards; false leaves nothing to free. */
static bool read_strings(const Hdf5Data *d, int64_t n, Strings *out) {
  bool variable = H5Tis_variable_str(d->type) > 0, padded = H5Tget_strpad(d->type) == H5T_STR_SPACEPAD;
  size_t size = variable ? sizeof(char *) : H5Tget_size(d->type);
  hid_t memory = H5Tcopy(H5T_C_S1);
  H5Tset_size(memory, variable ? H5T_VARIABLE : size);
  H5Tset_cset(memory, H5Tget_cset(d->type));
  H5Tset_strpad(memory, H5Tget_strpad(d->type));
  unsigned char *raw = calloc((size_t)n + 1, size);
  *out = (Strings){calloc((size_t)n + 1, sizeof *out->text), n};
  bool ok = raw && out->text && (n == 0 || hdf5_read(d, memory, H5P_DEFAULT, raw)), read = ok;
  for (int64_t i = 0; ok && i < n; i++) {
    const char *at = (const char *)raw + (size_t)i * size;
    if (variable) memcpy(&at, raw + (size_t)i * size, sizeof at);
    size_t length = !at ? 0 : variable ? strlen(at) : strnlen(at, size);
    while (padded && length && at[length - 1] == ' ') length--;
    ok = (out->text[i] = at ? strndup(at, length) : strdup("")) != NULL;
  }
  hid_t space = H5Screate_simple(1, &(hsize_t){(hsize_t)n}, NULL);
  if (read && variable && n) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, raw);
  H5Sclose(space);
  free(raw);
  H5Tclose(memory);
  if (!ok) strings_free(out);
  return ok;
}

static bool take_strings(Hdf5File *h, const Hdf5Data *d, const char *name, Err *e) {
  int64_t n = shape_numel(d->shape.nd, d->shape.d);
  Strings s;
  if (n < 0 || n > HDF5_MOST_STRINGS) return err_set(e, "claims too many strings");
  if (!hdf5_plausible(h, d, (double)n * (double)H5Tget_size(d->type), e)) return false;
  if (!read_strings(d, n, &s)) return err_set(e, "is cut off or damaged");
  return named_add_text(h->list, name, s.text, s.n, e);
}

/* --- the walk ------------------------------------------------------------------------------------------- */

/* A data set or an attribute into the list, or left out; false: the whole reading ends. */
static bool take_data(Hdf5File *h, hid_t id, bool attribute, const char *name) {
  Err why;
  Hdf5Data d;
  bool ok = hdf5_data(&d, id, attribute, &why);
  if (ok && H5Tget_class(d.type) == H5T_STRING) ok = take_strings(h, &d, name, &why);
  else if (ok) {
    Tensor *t = hdf5_numbers(h, &d, &why);
    ok = t && named_add(h->list, name, t, &why);
  }
  hdf5_data_close(&d);
  return ok || named_leave_out(h->list, name, &why);
}

/* A group on the way down, for links that lead back up. */
typedef struct Place {
  Hdf5File *h;
  const char *name;
  const struct Place *outer;
  haddr_t address;
  int depth;
  bool failed;
} Place;

bool hdf5_count(Hdf5File *h) {
  return ++h->entries <= HDF5_MOST_ENTRIES ||
         err_set(h->e, "%s: more than %d entries", h->path, HDF5_MOST_ENTRIES);
}

static herr_t visit_attribute(hid_t at, const char *key, const H5A_info_t *info, void *context) {
  Place *p = context;
  (void)info;
  char *name = hdf5_count(p->h) ? joined(p->name, "@", key, p->h->e) : NULL;
  hid_t attribute = name ? H5Aopen(at, key, H5P_DEFAULT) : -1;
  Err why;
  if (attribute >= 0) p->failed = !take_data(p->h, attribute, true, name);
  else p->failed = !name || (err_set(&why, "is damaged"), !named_leave_out(p->h->list, name, &why));
  if (attribute >= 0) H5Aclose(attribute);
  free(name);
  return p->failed ? -1 : 0;
}

static bool walk_group(Place *p, hid_t group);

/* What a link named `name` leads to. */
static bool take_object(const Place *outer, hid_t object, const char *name) {
  H5O_info_t info;
  Err why;
  Hdf5File *h = outer->h;
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) {
    err_set(&why, "is damaged");
    return named_leave_out(h->list, name, &why);
  }
  Place place = {.h = h, .name = name, .outer = outer, .address = info.addr, .depth = outer->depth + 1};
  const char *not_read =
      info.type == H5O_TYPE_DATASET || info.type == H5O_TYPE_GROUP ? NULL : "is a type with a name";
  for (const Place *p = outer; p && info.type == H5O_TYPE_GROUP; p = p->outer)
    if (p->address == info.addr) not_read = "is a link back to a group around it";
  if (place.depth > HDF5_MOST_DEPTH) not_read = "is nested too deep";
  if (not_read) {
    err_set(&why, "%s", not_read);
    return named_leave_out(h->list, name, &why);
  }
  if (info.type == H5O_TYPE_GROUP) return walk_group(&place, object);
  if (!take_data(h, object, false, name)) return false;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &place);
  return !place.failed;
}

static herr_t visit_link(hid_t group, const char *key, const H5L_info_t *info, void *context) {
  Place *p = context;
  Err why;
  char *name = hdf5_count(p->h) ? joined(p->name, *p->name ? "/" : "", key, p->h->e) : NULL;
  bool within = info->type == H5L_TYPE_HARD || info->type == H5L_TYPE_SOFT;
  hid_t object = name && within ? H5Oopen(group, key, p->h->inside) : -1;
  if (object >= 0) {
    p->failed = !take_object(p, object, name);
    H5Oclose(object);
  } else if (name) {
    err_set(&why, "%s",
            !within                       ? "is a link to another file"
            : info->type == H5L_TYPE_SOFT ? "is a link to nothing in this file"
                                          : "is damaged");
    p->failed = !named_leave_out(p->h->list, name, &why);
  }
  p->failed |= !name;
  free(name);
  return p->failed ? -1 : 0;
}

static bool walk_group(Place *p, hid_t group) {
  Err why;
  H5Aiterate2(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, p);
  if (p->failed || H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, p) >= 0) return !p->failed;
  if (p->failed) return false;
  err_set(&why, "is damaged: some of its entries cannot be found");
  return named_leave_out(p->h->list, *p->name ? p->name : "/", &why);
}

static herr_t refuse_link(const char *parent_file, const char *parent_group, const char *child_file,
                          const char *child_object, unsigned *flags, hid_t access, void *context) {
  (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)access,
      (void)context;
  return -1;
}

bool hdf5_open(Hdf5File *h, const char *path, NamedList *list, Err *e) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  *h = (Hdf5File){.path = path, .list = list, .e = e, .file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT)};
  if (h->file < 0) return err_set(e, "%s: not an HDF5 file, or a damaged one", path);
  h->inside = H5Pcreate(H5P_LINK_ACCESS);
  H5Pset_elink_cb(h->inside, refuse_link, NULL);
  return true;
}

void hdf5_close(Hdf5File *h) {
  H5Pclose(h->inside);
  H5Fclose(h->file);
}

bool hdf5_load(const char *path, NamedList *list, Err *e) {
  Hdf5File h;
  if (!hdf5_open(&h, path, list, e)) return false;
  hid_t root = H5Gopen2(h.file, "/", H5P_DEFAULT);
  H5O_info_t info = {0};
  Place place = {.h = &h, .name = ""};
  bool ok = root >= 0 && H5Oget_info2(root, &info, H5O_INFO_BASIC) >= 0;
  place.address = info.addr;
  if (!ok) err_set(e, "%s: a damaged HDF5 file", path);
  ok = ok && walk_group(&place, root);
  if (root >= 0) H5Gclose(root);
  hdf5_close(&h);
  return ok;
}

/* --- writing -------------------------------------------------------------------------------------------- */
/* h5py's bool (is_bool). */
static hid_t bool_type(void) {
  hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  H5Tenum_insert(type, "FALSE", &(signed char){0});
  H5Tenum_insert(type, "TRUE", &(signed char){1});
  return type;
}

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

static bool write_tensor(hid_t file, const NamedTensor *item) {
  Err e;
  Tensor *t = tensor_contiguous(item->tensor, &e);
  if (!t) return false;
  hsize_t dims[DIMS + 1] = {0};
  for (int i = 0; i < t->nd; i++) dims[i] = (hsize_t)t->shape[i];
  hid_t space = t->nd ? H5Screate_simple(t->nd, dims, NULL) : H5Screate(H5S_SCALAR);
  hid_t truth = t->dtype == BOOL ? bool_type() : -1;
  bool ok = write_set(file, item->name, truth >= 0 ? truth : stored_type(t->dtype),
                      truth >= 0 ? truth : native_type(t->dtype), space, t->data);
  if (truth >= 0) H5Tclose(truth);
  H5Sclose(space);
  tensor_release(t);
  return ok;
}

/* HDF5 reads a name as a path: "/a", "a//b" and "./a" would come back under other names. */
static bool plain_name(const char *name) {
  for (const char *at = name;; at++) {
    size_t n = strcspn(at, "/");
    if (n == 0 || (n == 1 && *at == '.')) return false;
    at += n;
    if (!*at) return true;
  }
}

static bool write_item(hid_t file, const NamedTensor *item, Err *e) {
  if (!plain_name(item->name))
    return err_set(e, "is no name that HDF5 keeps: it has an empty part or one of '.'");
  if (H5Lexists(file, item->name, H5P_DEFAULT) > 0) return err_set(e, "is the name of a group too");
  if (item->tensor ? write_tensor(file, item) : write_strings(file, item)) return true;
  return err_set(e, "could not be written (a part of its name may be another tensor's, or the disk is full)");
}

bool hdf5_save(const char *path, const NamedList *list, Err *e) {
  SafeFile s;
  Err why;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (!safe_open(&s, path, e)) return false;
  hid_t file = H5Fcreate(s.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  bool ok = file >= 0;
  for (int i = 0; ok && i < list->n; i++)
    if (!(ok = write_item(file, &list->item[i], &why)))
      err_set(e, "%s: '%.200s' %s", path, list->item[i].name, why.message);
  if (file < 0) err_set(e, "%s: could not be written", path);
  else if (H5Fclose(file) < 0 && ok) ok = err_set(e, "%s: could not be written (disk full?)", path);
  return safe_commit(&s, ok, e);
}
