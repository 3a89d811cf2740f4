/* lines.h: where the lines of a text file begin and end. */
#ifndef LUNETTE_LINES_H
#define LUNETTE_LINES_H
#include <stddef.h>
#include <string.h>

#include "err.h"

/* Fails when its first bytes are those of something else: packed, UTF-16, another format. */
bool lines_are_text(const char *name, const char *text, size_t size, Err *e);

/* Bytes of UTF-8's byte order mark before a text: 3 or 0. */
static inline size_t lines_mark(const char *text, size_t size) {
  return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* What ends its lines: without a line feed it is old Mac's carriage return. */
static inline char lines_end(const char *text, size_t size) { return memchr(text, '\n', size) ? '\n' : '\r'; }

#endif
