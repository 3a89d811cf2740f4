/* growing.h: a text that grows. */
#ifndef LUNETTE_GROWING_H
#define LUNETTE_GROWING_H
#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
  char *s;
  size_t n, room;
  bool failed; /* memory was short: nothing is added any more */
} Text;

void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_glyph(Text *t, unsigned code); /* U+0800 to U+FFFF */
char *text_take(Text *t);                /* free() it; NULL: no memory */

#endif
