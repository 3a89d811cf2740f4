/* random.c: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * Element i comes from word i % 4 of counter offset + i / 4 under the key `seed`: no state, so any split
 * among threads gives the same numbers.  Normals by Box and Muller from words (0,1) and (2,3). */
#include "table.h"

enum { LANES = 16, DL = VBYTES / 8 }; /* counters at a time, and in a vector */
typedef uint64_t vq __attribute__((vector_size(VBYTES)));
typedef uint32_t vw __attribute__((vector_size(VBYTES / 2), aligned(4), may_alias));

/* m times the lower halves: 64 bits of each. */
INLINE vq product(vq a, uint32_t m) {
#if defined(KERNEL_v4)
  return (vq)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(m));
#elif defined(KERNEL_v3)
  return (vq)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(m));
#else
  return (a & 0xffffffff) * m;
#endif
}

/* Exclusive or of three: one instruction where there is one. */
INLINE vq xor3(vq a, vq b, vq c) {
#if defined(KERNEL_v4)
  return (vq)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
#else
  return a ^ b ^ c;
#endif
}

enum { ROUNDS = 10 };
typedef struct Keys { /* in all lanes, of each round */
  vq k[ROUNDS][2];
} Keys;

static Keys keys_of(uint64_t seed) {
  Keys all;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int r = 0; r < ROUNDS; r++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    all.k[r][0] = (vq){0} + k0;
    all.k[r][1] = (vq){0} + k1;
  }
  return all;
}

/* `plane`: the third word of the counter; 1 has the bits that f64 has more than f32.  Words stand in the lower halves
 * of lanes; the upper ones are of no account. */
INLINE void philox(const Keys *k, uint64_t counter, uint32_t plane, uint32_t out[4][LANES]) {
  enum { AT_ONCE = 2 }; /* vectors: each waits for itself in every round */
  vq first = {0};
  for (int l = 0; l < DL; l++) first[l] = (uint64_t)l;
  for (int i = 0; i < LANES; i += AT_ONCE * DL) {
    vq a[AT_ONCE], b[AT_ONCE], c[AT_ONCE], d[AT_ONCE];
    for (int v = 0; v < AT_ONCE; v++) {
      a[v] = first + (counter + (uint64_t)(i + v * DL));
      b[v] = a[v] >> 32;
      c[v] = (vq){0} + plane;
      d[v] = (vq){0};
    }
    for (int r = 0; r < ROUNDS; r++)
      for (int v = 0; v < AT_ONCE; v++) {
        const vq p = product(a[v], 0xD2511F53u), q = product(c[v], 0xCD9E8D57u);
        a[v] = xor3(q >> 32, b[v], k->k[r][0]);
        c[v] = xor3(p >> 32, d[v], k->k[r][1]);
        b[v] = q;
        d[v] = p;
      }
    for (int v = 0; v < AT_ONCE; v++) {
      const int at = i + v * DL;
      *(vw *)(void *)&out[0][at] = __builtin_convertvector(a[v], vw);
      *(vw *)(void *)&out[1][at] = __builtin_convertvector(b[v], vw);
      *(vw *)(void *)&out[2][at] = __builtin_convertvector(c[v], vw);
      *(vw *)(void *)&out[3][at] = __builtin_convertvector(d[v], vw);
    }
  }
}

/* As many bits as are exact, so never 1: 24 in f32; in f64 the same 24, 8 more of the same word, and 21 of
 * plane 1, so that both dtypes see the same numbers. */
static void block_uniform(real y[4 * LANES], const Keys *k, uint64_t counter) {
  uint32_t u[4][LANES];
  philox(k, counter, 0, u);
#if defined(KERNEL_f32)
  for (int i = 0; i < LANES; i++)
    for (int w = 0; w < 4; w++) y[4 * i + w] = (real)(u[w][i] >> 8) * 0x1p-24f;
#else
  uint32_t more[4][LANES];
  philox(k, counter, 1, more);
  for (int i = 0; i < LANES; i++)
    for (int w = 0; w < 4; w++) y[4 * i + w] = (real)((uint64_t)u[w][i] << 21 | more[w][i] >> 11) * 0x1p-53;
#endif
}

/* --- normals: logarithm, sine and cosine in double, so that f32 has the nearest number almost always ------ */

typedef double vd __attribute__((vector_size(VBYTES)));
typedef int64_t vl __attribute__((vector_size(VBYTES)));

/* ln x, 2^-33 <= x <= 1 (fdlibm's e_log.c: x = 2^k (1 + f), s = f / (2 + f)); below 1 ulp. */
INLINE vd log_of(vd x) {
  const vl b = (vl)x + (0x3ff0000000000000 - 0x3fe6a09e00000000); /* 1 + f from sqrt(1/2) on */
  const vl k = (b >> 52) - 1023;
  const vd dk = __builtin_convertvector(k, vd), f = (vd)((vl)x - (k << 52)) - 1;
  const vd s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  vd r = z * 1.479819860511658591e-01 + 1.531383769920937332e-01;
  r = r * z + 1.818357216161805012e-01;
  r = r * z + 2.222219843214978396e-01;
  r = r * z + 2.857142874366239149e-01;
  r = r * z + 3.999999999940941908e-01;
  r = r * z + 6.666666666666735130e-01;
  return dk * 6.93147180369123816490e-01 -
         ((half - (s * (half + r * z) + dk * 1.90821492927058770002e-10)) - f);
}

/* sin and cos of x, |x| <= pi/4 (fdlibm's k_sin.c, k_cos.c). */
INLINE vd sin_of(vd x) {
  const vd z = x * x;
  vd r = z * 1.58969099521155010221e-10 - 2.50507602534068634195e-08;
  r = r * z + 2.75573137070700676789e-06;
  r = r * z - 1.98412698298579493134e-04;
  r = r * z + 8.33333333332248946124e-03;
  return x + z * x * (r * z - 1.66666666666666324348e-01);
}
INLINE vd cos_of(vd x) {
  const vd z = x * x, half = 0.5 * z, w = 1 - half;
  vd r = z * -1.13596475577881948265e-11 + 2.08757232129817482790e-09;
  r = r * z - 2.75573143513906633035e-07;
  r = r * z + 2.48015872894767294178e-05;
  r = r * z - 1.38888888888741095749e-03;
  r = r * z + 4.16666666666666019037e-02;
  return w + (((1 - w) - half) + z * z * r);
}
INLINE vd root_of(vd x) {
  vd r = x;
  for (int i = 0; i < DL; i++) r[i] = __builtin_sqrt(x[i]);
  return r;
}
/* a, with b where the mask holds, and with another sign where `minus` is 2 */
INLINE vd turned(vl odd, vd a, vd b, vl minus) {
  return (vd)(((odd & (vl)b) | (~odd & (vl)a)) ^ (minus << 62));
}

/* Box and Muller: sqrt(-2 ln u) times the cosine and the sine of 2 pi v.  v = quarters + rest, the rest from -1/8 to
 * 1/8. */
INLINE void pair_of(const uint32_t *u, const uint32_t *v, vd *c, vd *s) {
  const vd x = (__builtin_convertvector(*(const vw *)(const void *)u, vd) + 0.5) * 0x1p-32;
  const vl w = __builtin_convertvector(*(const vw *)(const void *)v, vl), q = (w + (1 << 29)) >> 30;
  const vd angle = __builtin_convertvector(w - (q << 30), vd) * (6.283185307179586477 * 0x1p-32);
  const vd r = root_of(-2 * log_of(x)), sine = sin_of(angle), cosine = cos_of(angle);
  const vl odd = -(q & 1);
  *c = r * turned(odd, cosine, sine, (q + 1) & 2); /* quarters 1 and 2 are below 0 */
  *s = r * turned(odd, sine, cosine, q & 2);
}

static void block_normal(real y[4 * LANES], const Keys *k, uint64_t counter) {
  uint32_t u[4][LANES];
  philox(k, counter, 0, u);
  for (int pair = 0; pair < 4; pair += 2)
    for (int i = 0; i < LANES; i += DL) {
      vd c, s;
      pair_of(&u[pair][i], &u[pair + 1][i], &c, &s);
      for (int l = 0; l < DL; l++) {
        y[4 * (i + l) + pair] = (real)c[l];
        y[4 * (i + l) + pair + 1] = (real)s[l];
      }
    }
}

INLINE void fill(int64_t n, real *y, uint64_t seed, uint64_t offset,
                 void (*block)(real *, const Keys *, uint64_t)) {
  const Keys k = keys_of(seed);
  real last[4 * LANES];
  for (; n > 0; n -= 4 * LANES, y += 4 * LANES, offset += LANES) {
    if (n >= 4 * LANES) {
      block(y, &k, offset);
    } else {
      block(last, &k, offset);
      memcpy(y, last, (size_t)n * sizeof(real));
    }
  }
}

void K(uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset) {
  fill(n, y, seed, offset, block_uniform);
}
void K(normal)(int64_t n, void *y, uint64_t seed, uint64_t offset) { fill(n, y, seed, offset, block_normal); }
void K(wide)(int64_t n, uint64_t *y, uint64_t seed, uint64_t offset) {
  const Keys k = keys_of(seed);
  uint32_t u[4][LANES];
  for (int64_t at = 0; at < n; at += LANES) {
    philox(&k, offset + (uint64_t)at, 0, u);
    const int64_t m = n - at < LANES ? n - at : LANES;
    for (int64_t i = 0; i < m; i++) y[at + i] = (uint64_t)(u[0][i] >> 8) << 24 | u[1][i] >> 8;
  }
}
void K(words)(uint64_t seed, uint64_t counter, uint32_t y[4]) {
  const Keys k = keys_of(seed);
  uint32_t u[4][LANES];
  philox(&k, counter, 0, u);
  for (int w = 0; w < 4; w++) y[w] = u[w][0];
}
