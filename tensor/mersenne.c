/* mersenne.c: see mersenne.h */
#include "mersenne.h"

#include <math.h>

enum { N = MERSENNE_WORDS, M = 397 };

void mersenne_seed(Mersenne *m, uint32_t seed) {
  *m = (Mersenne){.at = N};
  for (uint32_t i = 0; i < N; i++) {
    m->word[i] = seed;
    seed = 1812433253u * (seed ^ (seed >> 30)) + i + 1;
  }
}

static void twist(Mersenne *m) {
  uint32_t *w = m->word;
  for (int i = 0; i < N; i++) {
    const uint32_t y = (w[i] & 0x80000000u) | (w[(i + 1) % N] & 0x7fffffffu);
    w[i] = w[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
  }
  m->at = 0;
}

static uint32_t next_word(Mersenne *m) {
  if (m->at == N) twist(m);
  uint32_t y = m->word[m->at++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

/* 53 bits of two words. */
static double next_uniform(Mersenne *m) {
  const uint32_t a = next_word(m) >> 5, b = next_word(m) >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}

/* The polar method (Marsaglia, Bray 1964): of a pair the second comes first. */
static double next_normal(Mersenne *m) {
  double x, y, r;
  if (m->has_normal) {
    m->has_normal = false;
    return m->normal;
  }
  do {
    x = 2 * next_uniform(m) - 1;
    y = 2 * next_uniform(m) - 1;
    r = x * x + y * y;
  } while (r >= 1 || r == 0);
  const double f = sqrt(-2 * log(r) / r);
  m->normal = f * x;
  m->has_normal = true;
  return f * y;
}

void mersenne_uniform(Mersenne *m, Tensor *t) {
  double *y = t->data;
  for (int64_t i = 0; i < t->n; i++) y[i] = next_uniform(m);
}

void mersenne_normal(Mersenne *m, Tensor *t) {
  double *y = t->data;
  for (int64_t i = 0; i < t->n; i++) y[i] = next_normal(m);
}
