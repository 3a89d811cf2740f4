/* stream.c: bytes on their way out of the caches: a large result that is read again long after it is written. */
#include "table.h"

#if defined(KERNEL_v3) || defined(KERNEL_v4)
/* Stores that pass the caches by spare reading what they overwrite; each fills a line, so the ends go the plain way. */
void K(stream)(size_t bytes, void *to, const void *from) {
  enum { LINE = 64 };
  unsigned char *y = to;
  const unsigned char *x = from;
  size_t head = (size_t)(-(uintptr_t)y % LINE);
  if (head > bytes) head = bytes;
  memcpy(y, x, head);
  size_t i = head;
  for (; i + LINE <= bytes; i += LINE)
#if defined(KERNEL_v4)
    _mm512_stream_si512((__m512i *)(void *)(y + i), _mm512_loadu_si512(x + i));
#else
    for (size_t k = 0; k < LINE; k += 32)
      _mm256_stream_si256((__m256i *)(void *)(y + i + k),
                          _mm256_loadu_si256((const __m256i *)(const void *)(x + i + k)));
#endif
  memcpy(y + i, x + i, bytes - i);
}
void K(streamed)(void) {
  _mm_sfence();
} /* waits for memory itself: a fence a block took longer than the stores */
#else
void K(stream)(size_t bytes, void *to, const void *from) { memcpy(to, from, bytes); }
void K(streamed)(void) {}
#endif
