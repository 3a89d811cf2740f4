/* npz.c: NumPy's .npz, a zip file of .npy files, stored or deflated, through libzip.  Runs in the reader
 * process. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* One member of the archive; its name without .npy. */
static bool member_load(const char *path, zip_t *zip, zip_int64_t i, NamedList *list, Err *e) {
  zip_stat_t st;
  if (zip_stat_index(zip, (zip_uint64_t)i, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE) ||
      !(st.valid & ZIP_STAT_NAME))
    return err_set(e, "%s: %s", path, zip_strerror(zip));
  size_t n = strlen(st.name);
  if (n < 4 || strcmp(st.name + n - 4, ".npy") != 0) return true; /* something else that lies there */
  char what[TEXT];
  snprintf(what, sizeof what, "%.100s(%.40s)", path, st.name);
  if (!plausible(path, st.name, (double)st.size, st.valid & ZIP_STAT_COMP_SIZE ? (double)st.comp_size : 0, e))
    return false;
  unsigned char *data = malloc((size_t)st.size + 1);
  zip_file_t *f = data ? zip_fopen_index(zip, (zip_uint64_t)i, 0) : NULL;
  bool ok = f && zip_fread(f, data, st.size) == (zip_int64_t)st.size;
  if (!ok) err_set(e, "%s: cut off, damaged or encrypted", what);
  if (f && zip_fclose(f) != 0 && ok) ok = err_set(e, "%s: its checksum is wrong", what);
  Tensor *t = ok ? npy_parse(what, data, (size_t)st.size, e) : NULL;
  free(data);
  if (!t) return false;
  char name[TEXT];
  snprintf(name, sizeof name, "%.*s", (int)(n - 4 < TEXT - 1 ? n - 4 : TEXT - 1), st.name);
  return named_add(list, name, t, e);
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
  size_t size;
  char name[TEXT];
  snprintf(name, sizeof name, "%.150s.npy", item->name);
  unsigned char *data = npy_bytes(item->tensor, &size, e);
  if (!data) return false;
  zip_source_t *source = zip_source_buffer(zip, data, size, 1); /* frees data */
  if (!source) free(data);
  else if (zip_file_add(zip, name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8) >= 0) return true;
  if (source) zip_source_free(source);
  return err_set(e, "%s", zip_strerror(zip));
}

bool npz_save(const char *path, const NamedList *list, Err *e) {
  SafeFile s;
  int code;
  if (!safe_open(&s, path, e)) return false;
  zip_t *zip = zip_open(s.temporary, ZIP_CREATE | ZIP_TRUNCATE, &code);
  bool ok = zip != NULL;
  if (!ok) err_set(e, "%s: could not be written", path);
  for (int i = 0; ok && i < list->n; i++) ok = add_member(zip, &list->item[i], e);
  if (zip && !ok) zip_discard(zip);
  else if (zip && zip_close(zip) != 0) ok = err_set(e, "%s: %s", path, zip_strerror(zip));
  if (ok && !freopen(s.temporary, "rb+", s.f)) return err_set(e, "%s: could not be written", path);
  return safe_commit(&s, ok, e); /* libzip has put a new file in the place of the first */
}
