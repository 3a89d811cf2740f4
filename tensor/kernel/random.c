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

/* `plane`: the third word of the counter; 1 has the bits that f64 has more than f32, 2 those behind the first 16 of a
 * decision.  Words stand in the lower halves of lanes; the upper ones are of no account. */
enum { AT_ONCE = 2 }; /* vectors: each waits for itself in every round */
typedef struct Words {
  vq w[4][AT_ONCE];
} Words;
INLINE Words philox_vectors(const Keys *k, uint64_t counter, uint32_t plane) {
  vq first = {0}, a[AT_ONCE], b[AT_ONCE], c[AT_ONCE], d[AT_ONCE];
  for (int l = 0; l < DL; l++) first[l] = (uint64_t)l;
  for (int v = 0; v < AT_ONCE; v++) {
    a[v] = first + (counter + (uint64_t)(v * DL));
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
  Words out;
  for (int v = 0; v < AT_ONCE; v++)
    out.w[0][v] = a[v], out.w[1][v] = b[v], out.w[2][v] = c[v], out.w[3][v] = d[v];
  return out;
}
INLINE void philox(const Keys *k, uint64_t counter, uint32_t plane, uint32_t out[4][LANES]) {
  for (int i = 0; i < LANES; i += AT_ONCE * DL) {
    const Words x = philox_vectors(k, counter + (uint64_t)i, plane);
    for (int w = 0; w < 4; w++)
      for (int v = 0; v < AT_ONCE; v++)
        *(vw *)(void *)&out[w][i + v * DL] = __builtin_convertvector(x.w[w][v], vw);
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

/* --- decisions ------------------------------------------------------------------------------------------------ */

/* Two words of each lane side by side: four halves, of which bit i of the results says how half i stands to `limit`. */
INLINE uint32_t halves(vq low, vq high, uint32_t limit, uint32_t *equal) {
  const vq x = (low & 0xffffffff) | high << 32;
#if defined(KERNEL_v4)
  const __m512i all = _mm512_set1_epi16((short)limit);
  *equal = _mm512_cmpeq_epi16_mask((__m512i)x, all);
  return _mm512_cmpgt_epu16_mask((__m512i)x, all);
#elif defined(KERNEL_v3)
  const __m256i all = _mm256_set1_epi16((short)limit), most = _mm256_max_epu16((__m256i)x, all);
  const __m256i at_least = _mm256_cmpeq_epi16(most, (__m256i)x), same = _mm256_cmpeq_epi16(all, (__m256i)x);
  const uint32_t m =
      (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(at_least, same)); /* by turns, 8 of each */
  *equal = (m >> 8 & 0xff) | (m >> 16 & 0xff00);
  return ((m & 0xff) | (m >> 8 & 0xff00)) & ~*equal;
#else
  typedef uint16_t Halves __attribute__((vector_size(VBYTES)));
  const Halves h = (Halves)x;
  uint32_t above = 0;
  *equal = 0;
  for (int i = 0; i < 4 * DL; i++) {
    above |= (uint32_t)(h[i] > limit) << i;
    *equal |= (uint32_t)(h[i] == limit) << i;
  }
  return above;
#endif
}

/* 64 decisions of a word, from eight counters each: bit 32 (w / 2) + 4 l + 2 (w % 2) + h is of half h of word w of
 * counter l. */
enum { WORDS_AT_ONCE = AT_ONCE * DL / 8 ? AT_ONCE * DL / 8 : 1, COUNTERS = KEEP_COUNTERS };
INLINE void compare(const Keys *k, uint64_t counter, uint32_t plane, uint32_t limit, uint64_t *above,
                    uint64_t *equal) {
  for (int i = 0; i < WORDS_AT_ONCE; i++) above[i] = equal[i] = 0;
  for (int from = 0; from < COUNTERS * WORDS_AT_ONCE; from += AT_ONCE * DL) {
    const Words x = philox_vectors(k, counter + (uint64_t)from, plane);
    for (int v = 0; v < AT_ONCE; v++)
      for (int pair = 0; pair < 2; pair++) {
        const int lane = from + v * DL, at = 32 * pair + 4 * (lane % COUNTERS);
        uint32_t same;
        const uint64_t more = halves(x.w[2 * pair][v], x.w[2 * pair + 1][v], limit, &same);
        above[lane / COUNTERS] |= more << at;
        equal[lane / COUNTERS] |= (uint64_t)same << at;
      }
  }
}

/* Numbers of 32 bits: those whose first half is the limit's are looked at once more. */
void K(keeps)(int64_t n, uint64_t *kept, uint64_t seed, uint64_t offset, double p) {
  const Keys k = keys_of(seed);
  const double least = nearbyint(p * 0x1p32);
  const uint32_t limit = least < 0x1p32 ? (uint32_t)least : UINT32_MAX;
  const int64_t words = (n + 63) / 64;
  for (int64_t w = 0; w < words; w += WORDS_AT_ONCE, offset += COUNTERS * WORDS_AT_ONCE) {
    uint64_t above[WORDS_AT_ONCE], equal[WORDS_AT_ONCE], more[WORDS_AT_ONCE], same[WORDS_AT_ONCE], any = 0;
    compare(&k, offset, 0, limit >> 16, above, equal);
    for (int i = 0; i < WORDS_AT_ONCE; i++) any |= equal[i];
    if (any) {
      compare(&k, offset, 2, limit & 0xffff, more, same);
      for (int i = 0; i < WORDS_AT_ONCE; i++) above[i] |= equal[i] & (more[i] | same[i]);
    }
    for (int i = 0; i < WORDS_AT_ONCE && w + i < words; i++) kept[w + i] = least < 0x1p32 ? above[i] : 0;
  }
}
