/* utf8.h: is a text UTF-8 (RFC 3629)?  No overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef LUNETTE_UTF8_H
#define LUNETTE_UTF8_H
#include <stdbool.h>
#include <stddef.h>

/* The bytes of the character at p, before end; 0: it is none. */
static inline size_t utf8_bytes(const char *p, const char *end) {
  const unsigned char *u = (const unsigned char *)p;
  if (u[0] < 0x80) return 1;
  const size_t n = u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : u[0] < 0xf5 ? 4 : 0;
  if (n == 0 || (size_t)(end - p) < n) return 0;
  for (size_t i = 1; i < n; i++)
    if ((u[i] & 0xc0) != 0x80) return 0;
  if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f)) return 0; /* overlong; a surrogate */
  if ((u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f)) return 0; /* overlong; too large   */
  return n;
}

static inline bool utf8_valid(const char *text, size_t n) {
  const char *p = text, *end = text + n;
  for (size_t k; p < end; p += k)
    if ((k = utf8_bytes(p, end)) == 0) return false;
  return true;
}

#endif
