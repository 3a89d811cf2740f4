/* turn.c: a square of elements turned round its diagonal, in registers. */
#include "quarter.h"
#include "table.h"

enum { SIDE = TURN_SIDE };

#if defined(QUARTERS)
/* Each line of x is read once, whole: where they share few places of the cache they would not stay. */
INLINE void turn_square(real *to, int64_t ts, const real *from, int64_t fs) {
  for (int k = 0; k < SIDE; k += Q)
    for (int i = 0; i < SIDE; i += Q) {
      quarter v[Q];
      _Pragma("GCC unroll 8") for (int r = 0; r < Q; r++) v[r] = q_load(from + (k + r) * fs + i);
      q_turn(v);
      _Pragma("GCC unroll 8") for (int r = 0; r < Q; r++) q_store(to + (i + r) * ts + k, v[r]);
    }
}

void K(turn)(void *to, int64_t ts, const void *from, int64_t fs, enum TurnStore how) {
  _Alignas(64) real square[SIDE * SIDE];
  real *y = to;
  if (how == TURN_HERE) {
    turn_square(y, ts, from, fs);
    return;
  }
  turn_square(square, SIDE, from, fs);
  for (int i = 0; i < SIDE; i++)
    for (int k = 0; k < SIDE; k += Q)
      if (how == TURN_PAST) q_stream(y + i * ts + k, q_load(square + i * SIDE + k));
      else q_store(y + i * ts + k, q_load(square + i * SIDE + k));
}
#else
void K(turn)(void *to, int64_t ts, const void *from, int64_t fs, enum TurnStore how) {
  real *y = to;
  const real *x = from;
  (void)how;
  for (int i = 0; i < SIDE; i++)
    for (int k = 0; k < SIDE; k++) y[i * ts + k] = x[i + k * fs];
}
#endif

#if defined(KERNEL_f32)
#if defined(KERNEL_v3) || defined(KERNEL_v4)
/* Four times rows r and r + 8 are dealt out in turn, as cards are: then row i has what was column i. */
void K(turn_bytes)(uint8_t *y, int64_t ys, const uint8_t *x, int64_t xs) {
  __m128i a[SIDE], b[SIDE];
  _Pragma("GCC unroll 16") for (int r = 0; r < SIDE; r++) a[r] = _mm_loadu_si128((const void *)(x + r * xs));
  _Pragma("GCC unroll 4") for (int round = 0; round < 4; round++) {
    _Pragma("GCC unroll 8") for (int r = 0; r < SIDE / 2; r++) {
      b[2 * r] = _mm_unpacklo_epi8(a[r], a[r + SIDE / 2]);
      b[2 * r + 1] = _mm_unpackhi_epi8(a[r], a[r + SIDE / 2]);
    }
    _Pragma("GCC unroll 16") for (int r = 0; r < SIDE; r++) a[r] = b[r];
  }
  _Pragma("GCC unroll 16") for (int r = 0; r < SIDE; r++) _mm_storeu_si128((void *)(y + r * ys), a[r]);
}
#else
void K(turn_bytes)(uint8_t *y, int64_t ys, const uint8_t *x, int64_t xs) {
  for (int i = 0; i < SIDE; i++)
    for (int k = 0; k < SIDE; k++) y[i * ys + k] = x[i + k * xs];
}
#endif
#endif
