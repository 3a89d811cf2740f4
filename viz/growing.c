/* growing.c: see growing.h. */
#include "growing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void text_add(Text *t, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (n >= 0 && t->n + (size_t)n + 1 > t->room) {
    size_t room = 2 * t->room + (size_t)n + 256;
    char *s = realloc(t->s, room);
    if (s) t->s = s, t->room = room;
    else t->failed = true;
  }
  if (!t->failed && n >= 0) {
    vsnprintf(t->s + t->n, t->room - t->n, format, again);
    t->n += (size_t)n;
  }
  va_end(again);
}

void text_glyph(Text *t, unsigned code) {
  char s[4] = {(char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63)), 0};
  text_add(t, "%s", s);
}

char *text_take(Text *t) {
  text_add(t, "%s", "");
  if (t->failed) {
    free(t->s);
    return NULL;
  }
  return t->s;
}
