/* lines.c: what is no text although it is read as one, by its first bytes: see lines.h. */
#include "lines.h"

#include "lazy.h"

bool lines_are_text(const char *name, const char *text, size_t size, Err *e) {
  static const struct {
    const char *bytes, *what;
  } known[] = {{"\x1f\x8b", "is packed by gzip; unpack it first"},
               {"PK\x03\x04", "is a zip archive or an office document; unpack it, or save it as text, first"},
               {"\xff\xfe", "is UTF-16; save it as UTF-8"},
               {"\xfe\xff", "is UTF-16; save it as UTF-8"},
               {"\x89HDF", "is an HDF5 file, no text"},
               {"\x93NUMPY", "is a NumPy file, no text"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (size >= strlen(known[i].bytes) && memcmp(text, known[i].bytes, strlen(known[i].bytes)) == 0)
      return err_set(e, "%s: %s", name, known[i].what);
  const char *why = not_a_model((const unsigned char *)text, size < 64 ? size : 64);
  return !why || err_set(e, "%s: %s", name, why);
}
