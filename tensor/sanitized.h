/* sanitized.h: what this build is watched by (LUNETTE_SANITIZE of CMakeLists.txt), 0 or 1, with gcc and clang. */
#ifndef LUNETTE_SANITIZED_H
#define LUNETTE_SANITIZED_H

#if defined(__has_feature)
#define SANITIZED_BY(name) __has_feature(name)
#else
#define SANITIZED_BY(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SANITIZED_BY(address_sanitizer)
enum { SANITIZED_ADDRESS = 1 };
#else
enum { SANITIZED_ADDRESS = 0 };
#endif
#if defined(__SANITIZE_THREAD__) || SANITIZED_BY(thread_sanitizer)
enum { SANITIZED_THREAD = 1 };
#else
enum { SANITIZED_THREAD = 0 };
#endif

#endif
