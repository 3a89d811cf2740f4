/* err.c: see err.h */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

static bool set(Err *e, bool interrupted, const char *format, va_list args) {
  vsnprintf(e->message, sizeof e->message, format, args);
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
