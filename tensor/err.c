/* err.c: see err.h */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

bool err_set(Err *e, const char *format, ...) {
  va_list args;
  va_start(args, format);
  e->interrupted = false;
  vsnprintf(e->message, sizeof e->message, format, args);
  va_end(args);
  return false;
}
