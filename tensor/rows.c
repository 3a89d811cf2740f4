/* rows.c: many short rows, where a call for each would take longer than its elements. */
#include "tensor.h"

#include <string.h>

enum { PIECE = 16 }; /* bytes that are stored at once */
typedef unsigned char piece __attribute__((vector_size(PIECE), aligned(1), may_alias));

static inline void put_piece(void *to, const void *from) { *(piece *)to = *(const piece *)from; }

/* n bytes: pieces from the front, and one at the end that may overlap the last of them. */
static inline void put_bytes(size_t n, unsigned char *to, const unsigned char *from) {
  if (n >= PIECE) {
    for (size_t i = 0; i + PIECE < n; i += PIECE) put_piece(to + i, from + i);
    put_piece(to + n - PIECE, from + n - PIECE);
  } else if (n >= sizeof(uint64_t)) {
    memcpy(to, from, sizeof(uint64_t));
    memcpy(to + n - sizeof(uint64_t), from + n - sizeof(uint64_t), sizeof(uint64_t));
  } else if (n >= sizeof(uint32_t)) {
    memcpy(to, from, sizeof(uint32_t));
    memcpy(to + n - sizeof(uint32_t), from + n - sizeof(uint32_t), sizeof(uint32_t));
  } else {
    for (size_t i = 0; i < n; i++) to[i] = from[i];
  }
}

typedef uint32_t word __attribute__((may_alias));
typedef uint64_t pair __attribute__((may_alias));
typedef uint8_t byte;

/* y[i] = x[-i]; they do not overlap. */
static inline void back_word(int64_t n, word *y, const word *x) {
  for (int64_t i = 0; i < n; i++) y[i] = x[-i];
}
static inline void back_pair(int64_t n, pair *y, const pair *x) {
  for (int64_t i = 0; i < n; i++) y[i] = x[-i];
}
static inline void back_byte(int64_t n, byte *y, const byte *x) {
  enum { EIGHT = sizeof(uint64_t) };
  int64_t i = 0;
  for (; i + EIGHT <= n; i += EIGHT) {
    uint64_t v;
    memcpy(&v, x - i - EIGHT + 1, sizeof v);
    v = __builtin_bswap64(v);
    memcpy(y + i, &v, sizeof v);
  }
  for (; i < n; i++) y[i] = x[-i];
}

/* Rows of 2 and of 3 apart: points and pixels. */
#define ROWS(type)                                                                                           \
  static void same_##type(int64_t rows, int64_t n, type *to, int64_t ts, const type *from, int64_t fs) {     \
    enum { LANES = PIECE / (int)sizeof(type) };                                                              \
    for (; rows > 0; rows--, to += ts, from += fs) {                                                         \
      type line[LANES];                                                                                      \
      for (int l = 0; l < LANES; l++) line[l] = *from;                                                       \
      for (int64_t i = 0; i + LANES < n; i += LANES) put_piece(to + i, line);                                \
      if (n >= LANES) put_piece(to + n - LANES, line);                                                       \
      else if (ts == n && rows * n >= LANES) put_piece(to, line); /* the next rows are still to come */      \
      else                                                                                                   \
        for (int64_t i = 0; i < n; i++) to[i] = *from;                                                       \
    }                                                                                                        \
  }                                                                                                          \
  static void rows_##type(int64_t rows, int64_t n, type *to, int64_t ts, const type *from, int64_t fs,       \
                          int64_t apart) {                                                                   \
    if (apart == 0) same_##type(rows, n, to, ts, from, fs);                                                  \
    else if (n == 2)                                                                                         \
      for (; rows > 0; rows--, to += ts, from += fs) {                                                       \
        to[0] = from[0];                                                                                     \
        to[1] = from[apart];                                                                                 \
      }                                                                                                      \
    else if (n == 3)                                                                                         \
      for (; rows > 0; rows--, to += ts, from += fs) {                                                       \
        to[0] = from[0];                                                                                     \
        to[1] = from[apart];                                                                                 \
        to[2] = from[2 * apart];                                                                             \
      }                                                                                                      \
    else if (apart == 1)                                                                                     \
      for (; rows > 0; rows--, to += ts, from += fs)                                                         \
        put_bytes((size_t)n * sizeof(type), (unsigned char *)to, (const unsigned char *)from);               \
    else if (apart == -1)                                                                                    \
      for (; rows > 0; rows--, to += ts, from += fs) back_##type(n, to, from);                               \
    else                                                                                                     \
      for (; rows > 0; rows--, to += ts, from += fs)                                                         \
        for (int64_t i = 0; i < n; i++) to[i] = from[i * apart];                                             \
  }
ROWS(byte)
ROWS(word)
ROWS(pair)

void elements_rows(size_t size, int64_t rows, int64_t n, void *to, int64_t ts, const void *from, int64_t fs,
                   int64_t apart) {
  if (size == sizeof(word)) rows_word(rows, n, to, ts, from, fs, apart);
  else if (size == sizeof(pair)) rows_pair(rows, n, to, ts, from, fs, apart);
  else rows_byte(rows, n, to, ts, from, fs, apart);
}
