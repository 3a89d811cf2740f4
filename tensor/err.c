/* err.c: see err.h */
#include "err.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message that is too long, for a path in it, loses its middle: what was done, and why it failed, stand at its ends. */
static void shorten(Err *e, size_t n, const char *format, va_list args) {
  static const char gap[] = " ... ";
  const size_t room = sizeof e->message - sizeof gap, head = room / 2, tail = room - head;
  char *all = malloc(n + 1);
  if (!all) return; /* its beginning is there */
  vsnprintf(all, n + 1, format, args);
  memcpy(e->message + head, gap, sizeof gap - 1);
  memcpy(e->message + head + sizeof gap - 1, all + n - tail, tail + 1);
  free(all);
}

/* printf gives NaN the sign of its bits, which says nothing. */
static void take_sign_from_nan(char *text) {
  const size_t length = strlen("-nan");
  for (char *p = text; (p = strstr(p, "-nan")); p++)
    if ((p == text || strchr(" =([{", p[-1])) && !isalnum((unsigned char)p[length]))
      memmove(p, p + 1, strlen(p));
}

static bool set(Err *e, bool interrupted, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int n = vsnprintf(e->message, sizeof e->message, format, args);
  if (n >= (int)sizeof e->message) shorten(e, (size_t)n, format, again);
  va_end(again);
  take_sign_from_nan(e->message);
  e->interrupted = interrupted;
  return false;
}

bool err_set(Err *e, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set(e, false, format, args);
  va_end(args);
  return false;
}

bool err_interrupted(Err *e, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set(e, true, format, args);
  va_end(args);
  return false;
}
