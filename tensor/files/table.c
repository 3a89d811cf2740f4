/* table.c: the table of formats behind tensor.load and tensor.save. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifdef LUNETTE_HDF5
#define NO_HDF5 NULL
#else
#define NO_HDF5 "libhdf5-dev"
#endif
#ifdef LUNETTE_MAT
#define NO_MAT NULL
#else
#define NO_MAT "libmatio-dev"
#endif
#ifdef LUNETTE_ZIP
#define NO_ZIP NULL
#else
#define NO_ZIP "libzip-dev"
#endif

/* clang-format off */
static const Format formats[] = {
    {"safetensors", ".safetensors", NULL,                   0, safetensors_load, safetensors_save, NULL},
    {"NumPy",       ".npy",         "\x93NUMPY",            6, npy_load,         npy_save,         NULL},
    {"NumPy zip",   ".npz",         "PK\x03\x04",           4, NULL,             NULL,             NO_ZIP},
    {"HDF5",        ".h5 .hdf5",    "\x89HDF\r\n\x1a\n",    8, NULL,             NULL,             NO_HDF5},
    {"MATLAB",      ".mat",         "MATLAB 5.0 MAT-file", 19, NULL,             NULL,             NO_MAT},
};
/* clang-format on */
enum { FORMATS = sizeof formats / sizeof *formats };

static bool ends_with(const char *path, const char *ending, size_t k) {
  size_t n = strlen(path);
  return n >= k && strncasecmp(path + n - k, ending, k) == 0;
}

static bool has_ending(const Format *f, const char *path) {
  for (const char *at = f->endings; *at; at += strspn(at, " ")) {
    size_t n = strcspn(at, " ");
    if (ends_with(path, at, n)) return true;
    at += n;
  }
  return false;
}

static const Format *by_first_bytes(const char *path) {
  char head[32];
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(head, 1, sizeof head, f) : 0;
  if (f) fclose(f);
  for (int i = 0; i < FORMATS; i++)
    if (formats[i].magic && n >= formats[i].magic_size &&
        memcmp(head, formats[i].magic, formats[i].magic_size) == 0)
      return &formats[i];
  return NULL;
}

const Format *format_find(const char *path, bool saving, Err *e) {
  const Format *found = NULL;
  for (int i = 0; i < FORMATS && !found; i++)
    if (has_ending(&formats[i], path)) found = &formats[i];
  if (!found && !saving) found = by_first_bytes(path);
  if (found && found->missing) {
    err_set(e, "%s: this program was built without %s files (apt install %s, build again)", path, found->name,
            found->missing);
    return NULL;
  }
  if (found) return found;
  char all[TEXT] = "";
  for (int i = 0; i < FORMATS; i++)
    snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", formats[i].endings);
  err_set(e, "'%s' has no known ending (%s, pictures, sound)", path, all);
  return NULL;
}

bool format_load(const char *path, NamedList *list, Err *e) {
  const Format *f = format_find(path, false, e);
  if (!f) return false;
  bool ok = f->load ? f->load(path, list, e) : apart_load(f->name, path, list, e);
  if (!ok) named_free(list);
  return ok;
}

bool format_save(const char *path, const NamedList *list, Err *e) {
  const Format *f = format_find(path, true, e);
  for (int i = 0; f && f->save && i < list->n; i++)
    if (!list->item[i].tensor)
      return err_set(e, "%s: '%.100s' is a list of strings, which %s files do not hold", path,
                     list->item[i].name, f->name);
  return f && (f->save ? f->save(path, list, e) : apart_save(f->name, path, list, e));
}
