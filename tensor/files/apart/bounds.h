/* bounds.h: the bounds within which a process apart works: a damaged file may ask for anything. */
#ifndef LUNETTE_BOUNDS_H
#define LUNETTE_BOUNDS_H
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { BOUNDED = 0 }; /* sanitizers reserve terabytes of addresses */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { BOUNDED = 0 };
#else
enum { BOUNDED = 1 };
#endif
#else
enum { BOUNDED = 1 };
#endif

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
