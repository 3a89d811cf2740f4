/* random.c: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * Element i comes from word i % 4 of counter offset + i / 4 under the key `seed`: no state, so any split
 * among threads gives the same numbers.  Normals by Box and Muller from words (0,1) and (2,3). */
#include "kernel.h"
#include "vec.h"

void K(uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset);
void K(normal)(int64_t n, void *y, uint64_t seed, uint64_t offset);
void K(words)(uint64_t seed, uint64_t counter, uint32_t y[4]);

enum { LANES = 16 }; /* counters at a time: plain loops over lanes that the compiler turns into vectors */

/* `plane`: the third word of the counter; 1 has the bits that f64 has more than f32. */
INLINE void philox(uint64_t seed, uint64_t counter, uint32_t plane, uint32_t out[4][LANES]) {
  uint32_t a[LANES], b[LANES], c[LANES], d[LANES];
  for (int i = 0; i < LANES; i++) {
    a[i] = (uint32_t)(counter + (uint64_t)i);
    b[i] = (uint32_t)((counter + (uint64_t)i) >> 32);
    c[i] = plane;
    d[i] = 0;
  }
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < LANES; i++) {
      uint64_t p = (uint64_t)0xD2511F53u * a[i], q = (uint64_t)0xCD9E8D57u * c[i];
      a[i] = (uint32_t)(q >> 32) ^ b[i] ^ k0;
      c[i] = (uint32_t)(p >> 32) ^ d[i] ^ k1;
      b[i] = (uint32_t)q;
      d[i] = (uint32_t)p;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  memcpy(out[0], a, sizeof a);
  memcpy(out[1], b, sizeof b);
  memcpy(out[2], c, sizeof c);
  memcpy(out[3], d, sizeof d);
}

/* As many bits as are exact, so never 1: 24 in f32; in f64 the same 24, 8 more of the same word, and 21 of
 * plane 1, so that both dtypes see the same numbers. */
static void block_uniform(real y[4 * LANES], uint64_t seed, uint64_t counter) {
  uint32_t u[4][LANES];
  philox(seed, counter, 0, u);
#if defined(KERNEL_f32)
  for (int i = 0; i < LANES; i++)
    for (int w = 0; w < 4; w++) y[4 * i + w] = (real)(u[w][i] >> 8) * 0x1p-24f;
#else
  uint32_t more[4][LANES];
  philox(seed, counter, 1, more);
  for (int i = 0; i < LANES; i++)
    for (int w = 0; w < 4; w++) y[4 * i + w] = (real)((uint64_t)u[w][i] << 21 | more[w][i] >> 11) * 0x1p-53;
#endif
}

static void block_normal(real y[4 * LANES], uint64_t seed, uint64_t counter) {
  uint32_t u[4][LANES];
  philox(seed, counter, 0, u);
  for (int pair = 0; pair < 4; pair += 2)
    for (int i = 0; i < LANES; i++) {
      double r = sqrt(-2.0 * log(((double)u[pair][i] + 0.5) * (1.0 / 4294967296.0)));
      double angle = 6.283185307179586477 * ((double)u[pair + 1][i] * (1.0 / 4294967296.0));
      y[4 * i + pair] = (real)(r * cos(angle));
      y[4 * i + pair + 1] = (real)(r * sin(angle));
    }
}

INLINE void fill(int64_t n, real *y, uint64_t seed, uint64_t offset,
                 void (*block)(real *, uint64_t, uint64_t)) {
  real last[4 * LANES];
  for (; n > 0; n -= 4 * LANES, y += 4 * LANES, offset += LANES) {
    if (n >= 4 * LANES) {
      block(y, seed, offset);
    } else {
      block(last, seed, offset);
      memcpy(y, last, (size_t)n * sizeof(real));
    }
  }
}

void K(uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset) {
  fill(n, y, seed, offset, block_uniform);
}
void K(normal)(int64_t n, void *y, uint64_t seed, uint64_t offset) { fill(n, y, seed, offset, block_normal); }
void K(words)(uint64_t seed, uint64_t counter, uint32_t y[4]) {
  uint32_t u[4][LANES];
  philox(seed, counter, 0, u);
  for (int w = 0; w < 4; w++) y[w] = u[w][0];
}
