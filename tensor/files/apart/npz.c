/* npz.c: NumPy's .npz, a zip file of .npy files, stored or deflated, through libzip.  Runs in the reader
 * process. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* One member of the archive, `st` of it. */
static Tensor *member_read(const char *path, zip_t *zip, const zip_stat_t *st, Err *e) {
  if (!(st->valid & ZIP_STAT_SIZE)) {
    err_set(e, "has no size");
    return NULL;
  }
  if (!plausible(path, (double)st->size, st->valid & ZIP_STAT_COMP_SIZE ? (double)st->comp_size : 0, e))
    return NULL;
  unsigned char *data = malloc((size_t)st->size + 1);
  zip_file_t *f = data ? zip_fopen_index(zip, st->index, 0) : NULL;
  bool ok = f && zip_fread(f, data, st->size) == (zip_int64_t)st->size;
  if (!data) err_set(e, "is too large: out of memory");
  else if (!ok) err_set(e, "is cut off, damaged or encrypted");
  /* libzip compares the checksum when it meets the end: one byte more */
  else if (zip_fread(f, data + st->size, 1) != 0) ok = err_set(e, "is damaged: its checksum is wrong");
  if (f && zip_fclose(f) != 0 && ok) ok = err_set(e, "is damaged: its checksum is wrong");
  Tensor *t = ok ? npy_parse(data, (size_t)st->size, e) : NULL;
  free(data);
  return t;
}

/* Under its name without .npy.  Anything else that lies there is left out. */
static bool member_load(const char *path, zip_t *zip, zip_int64_t i, NamedList *list, Err *e) {
  static const char ending[] = ".npy";
  zip_stat_t st;
  if (zip_stat_index(zip, (zip_uint64_t)i, 0, &st) != 0 || !(st.valid & ZIP_STAT_NAME))
    return err_set(e, "%s: %s", path, zip_strerror(zip));
  size_t n = strlen(st.name), k = sizeof ending - 1;
  if (n > 0 && st.name[n - 1] == '/') return true; /* a folder */
  if (n < k || strcmp(st.name + n - k, ending) != 0) {
    err_set(e, "is no .npy");
    return named_leave_out(list, st.name, e);
  }
  char *name = strndup(st.name, n - k);
  if (!name) return err_set(e, "%s: out of memory for a name", path);
  Tensor *t = member_read(path, zip, &st, e);
  bool ok = t ? named_add(list, name, t, e) : named_leave_out(list, name, e);
  free(name);
  return ok;
}

bool npz_load(const char *path, NamedList *list, Err *e) {
  int code;
  zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
  if (!zip) {
    zip_error_t why;
    zip_error_init_with_code(&why, code);
    err_set(e, "%s: %s", path, zip_error_strerror(&why));
    zip_error_fini(&why);
    return false;
  }
  bool ok = true;
  zip_int64_t n = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; ok && i < n; i++) ok = member_load(path, zip, i, list, e);
  zip_discard(zip);
  return ok;
}

static bool add_member(zip_t *zip, const NamedTensor *item, Err *e) {
  enum { NAME_MOST = 65535 }; /* its length is stored in 16 bits */
  size_t size;
  char *name = joined(item->name, "", ".npy", e);
  if (name && strlen(name) > NAME_MOST) {
    free(name);
    return err_set(e, "has a name of more than %d bytes", NAME_MOST);
  }
  unsigned char *data = name ? npy_bytes(item->tensor, &size, e) : NULL;
  zip_source_t *source = data ? zip_source_buffer(zip, data, size, 1) : NULL; /* frees data */
  bool ok = source && zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) >= 0;
  if (data && !ok) err_set(e, "could not be written: %s", zip_strerror(zip));
  if (source && !ok) zip_source_free(source);
  else if (!source) free(data);
  free(name);
  return ok;
}

/* libzip writes no archive without members: its end record alone. */
static bool write_empty(SafeFile *s, Err *e) {
  static const unsigned char end[22] = {'P', 'K', 5, 6};
  return safe_write(s, end, sizeof end, e);
}

static bool write_archive(SafeFile *s, const NamedList *list, Err *e) {
  int code;
  Err why;
  zip_t *zip = zip_open(s->temporary, ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!zip) return err_set(e, "%s: could not be written", s->path);
  for (int i = 0; i < list->n; i++)
    if (!add_member(zip, &list->item[i], &why)) {
      zip_discard(zip);
      return err_set(e, "%s: '%.200s' %s", s->path, list->item[i].name, why.message);
    }
  bool ok = zip_close(zip) == 0;
  if (!ok) {
    err_set(e, "%s: could not be written: %s", s->path, zip_strerror(zip));
    zip_discard(zip);
    return false;
  }
  /* libzip has put a new file in the place of the first */
  FILE *f = fopen(s->temporary, "rb+");
  if (!f) return err_set(e, "%s: could not be written", s->path);
  fclose(s->f);
  s->f = f;
  return true;
}

bool npz_save(const char *path, const NamedList *list, Err *e) {
  SafeFile s;
  for (int i = 0; i < list->n; i++)
    if (!list->item[i].tensor)
      return err_set(e, "%s: '%.200s' is a list of strings, which .npz does not hold", path,
                     list->item[i].name);
  if (!safe_open(&s, path, e)) return false;
  bool ok = list->n ? write_archive(&s, list, e) : write_empty(&s, e);
  return safe_commit(&s, ok, e);
}
