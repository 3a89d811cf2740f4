/* bounds.h: the bounds within which a process apart works: a damaged file may ask for anything. */
#ifndef LUNETTE_BOUNDS_H
#define LUNETTE_BOUNDS_H
#include "sanitized.h"

#include <sys/resource.h>

enum { BOUNDED = !SANITIZED_ADDRESS && !SANITIZED_THREAD }; /* sanitizers reserve terabytes of addresses */

/* Of RLIMIT_CPU, RLIMIT_CORE: at most this much, for good. */
static inline void limit_resource(int what, rlim_t most) {
  const struct rlimit r = {most, most};
  setrlimit((__rlimit_resource_t)what, &r);
}
/* Bytes of addresses. */
static inline void limit_memory(rlim_t most) {
  if (BOUNDED) limit_resource(RLIMIT_AS, most);
}

#endif
