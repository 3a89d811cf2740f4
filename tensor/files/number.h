/* number.h: numbers in files: bytes, lowest first, to an integer; decimal text to a double, several times as
 * fast as strtod and the same value.
 *
 * Up to 19 digits are gathered in an integer m, the point and the exponent in a power e of ten.  With
 * m < 2^53 and |e| <= 22 both m and 10^|e| are exact doubles, so one multiplication or division rounds once
 * and gives strtod's own result (Clinger 1990, "How to read floating point numbers accurately").  Anything
 * else goes to strtod.  Always the C locale's point. */
#ifndef LUNETTE_NUMBER_H
#define LUNETTE_NUMBER_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A whole number of `bytes` bytes (1 to 8), the lowest first. */
static inline uint64_t number_little(const unsigned char *p, int bytes) {
  uint64_t v = 0;
  for (int i = 0; i < bytes; i++) v |= (uint64_t)p[i] << (8 * i);
  return v;
}

static inline const char *number_slow(const char *p, const char *end, double *out) {
  char text[512];
  size_t n = (size_t)(end - p) < sizeof text - 1 ? (size_t)(end - p) : sizeof text - 1, k = 0;
  while (k < n && ((p[k] | 32) < 'a' ? strchr("+-.0123456789", p[k]) != NULL : (p[k] | 32) <= 'z') && p[k])
    k++;
  memcpy(text, p, k);
  text[k] = 0;
  if (k == 0 || memchr(text, 'x', k) || memchr(text, 'X', k) || memchr(text, '(', k)) return NULL;
  char *after;
  *out = strtod(text, &after);
  return after == text ? NULL : p + (after - text);
}

/* Reads a number at p, before end; the first byte after it, or NULL when there is none.  Also inf and nan. */
static inline const char *number_read(const char *p, const char *end, double *out) {
  static const double tens[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const char *start = p;
  bool minus = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  uint64_t m = 0;
  int digits = 0, scale = 0;
  for (; p < end && (unsigned)(*p - '0') < 10; p++, digits++) m = m * 10 + (unsigned)(*p - '0');
  if (p < end && *p == '.')
    for (p++; p < end && (unsigned)(*p - '0') < 10; p++, digits++, scale--) m = m * 10 + (unsigned)(*p - '0');
  if (digits == 0 || digits > 19) return number_slow(start, end, out);
  if (p < end && (*p | 32) == 'e') {
    const char *q = p + 1;
    bool down = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+')) q++;
    int exponent = 0;
    const char *first = q;
    for (; q < end && (unsigned)(*q - '0') < 10; q++)
      if (exponent < 10000) exponent = exponent * 10 + (*q - '0');
    if (q > first) {
      scale += down ? -exponent : exponent;
      p = q;
    }
  }
  if (m > (uint64_t)1 << 53 || scale < -22 || scale > 22) return number_slow(start, end, out);
  double v = scale < 0 ? (double)m / tens[-scale] : (double)m * tens[scale];
  *out = minus ? -v : v;
  return p;
}

#endif
