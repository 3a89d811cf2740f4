/* stream.c: bytes copied in whole lines, into the caches or past them.  glibc 2.36 copies 8 KB to 1 MB by `rep movsb`,
 * which takes six times as long on AMD's Zen where the two do not lie alike. */
#include "table.h"

#if defined(KERNEL_v3) || defined(KERNEL_v4)
/* Stores that pass the caches by spare reading what they overwrite; each fills a line, so the ends go the plain way. */
INLINE void copy_lines(size_t bytes, void *to, const void *from, bool past) {
  enum { LINE = 64, AHEAD = 4096 };
  unsigned char *y = to;
  const unsigned char *x = from;
  size_t head = (size_t)(-(uintptr_t)y % LINE);
  if (head > bytes) head = bytes;
  if (head) memcpy(y, x, head);
  size_t i = head;
#pragma GCC unroll 4
  for (; i + LINE <= bytes; i += LINE) { /* the end of few turns is foreseen */
    if (past) __builtin_prefetch(x + i + AHEAD);
#if defined(KERNEL_v4)
    if (past) _mm512_stream_si512((__m512i *)(void *)(y + i), _mm512_loadu_si512(x + i));
    else _mm512_store_si512((void *)(y + i), _mm512_loadu_si512(x + i));
#else
    for (size_t k = 0; k < LINE; k += 32) {
      __m256i *at = (__m256i *)(void *)(y + i + k);
      const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + i + k));
      if (past) _mm256_stream_si256(at, v);
      else _mm256_store_si256(at, v);
    }
#endif
  }
  if (i < bytes) memcpy(y + i, x + i, bytes - i);
}
void K(copy)(size_t bytes, void *to, const void *from) { copy_lines(bytes, to, from, false); }
void K(stream)(size_t bytes, void *to, const void *from) { copy_lines(bytes, to, from, true); }

void K(fill)(size_t bytes, void *to, const void *line) {
  unsigned char *y = to;
#if defined(KERNEL_v4)
  const __m512i v = _mm512_loadu_si512(line);
  for (; bytes >= 64; bytes -= 64, y += 64) _mm512_storeu_si512(y, v);
#else
  const __m256i v = _mm256_loadu_si256((const __m256i *)line);
  for (; bytes >= 32; bytes -= 32, y += 32) _mm256_storeu_si256((__m256i *)(void *)y, v);
#endif
  memcpy(y, line, bytes);
}

/* Waits for memory itself: a fence for every block took longer than the stores. */
void K(streamed)(void) { _mm_sfence(); }
#else
void K(copy)(size_t bytes, void *to, const void *from) { memcpy(to, from, bytes); }
void K(stream)(size_t bytes, void *to, const void *from) { memcpy(to, from, bytes); }
void K(streamed)(void) {}
void K(fill)(size_t bytes, void *to, const void *line) {
  unsigned char *y = to;
  for (; bytes >= 64; bytes -= 64, y += 64) memcpy(y, line, 64);
  memcpy(y, line, bytes);
}
#endif
