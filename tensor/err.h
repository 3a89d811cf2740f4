/* err.h: errors as values.  A function that can fail takes an Err and returns false (or NULL) after
 * err_set; nothing below vm/ prints, exits or jumps.
 *
 *   if (a != b) return err_set(e, "mm: inner sizes differ: %lld and %lld", a, b); */
#ifndef LUNETTE_ERR_H
#define LUNETTE_ERR_H
#include <stdbool.h>

typedef struct Err {
  bool interrupted; /* by err_interrupted */
  char message[1000];
} Err;

/* Formats the message (printf rules; too long, it loses its middle).  Always returns false. */
bool err_set(Err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for a ^C that ended the work (interrupt_pending): no mistake, and handed on to the prompt. */
bool err_interrupted(Err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
