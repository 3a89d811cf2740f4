/* random.c: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * Element i comes from word i % 4 of counter offset + i / 4 under the key `seed`: no state, so any split
 * among threads gives the same numbers.  Normals by Box and Muller from words (0,1) and (2,3). */
#include "table.h"

enum { DL = VBYTES / 8 }; /* counters in a vector */
typedef uint64_t vq __attribute__((vector_size(VBYTES)));
typedef int64_t vl __attribute__((vector_size(VBYTES)));
typedef double vd __attribute__((vector_size(VBYTES)));

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

enum { AT_ONCE = 2 }; /* vectors: each waits for itself in every round; more of them are kept in memory */
enum { GROUP = AT_ONCE * DL }; /* counters at a time */

/* Words in the lower halves of lanes; the upper ones are of no account. */
typedef struct Words {
  vq a[AT_ONCE], b[AT_ONCE], c[AT_ONCE], d[AT_ONCE];
} Words;

INLINE vq low(vq x) { return x & 0xffffffff; }

INLINE void rounds(const Keys *k, int from, Words *w) {
  for (int r = from; r < ROUNDS; r++)
    for (int v = 0; v < AT_ONCE; v++) {
      const vq p = product(w->a[v], 0xD2511F53u), q = product(w->c[v], 0xCD9E8D57u);
      w->a[v] = xor3(q >> 32, w->b[v], k->k[r][0]);
      w->c[v] = xor3(p >> 32, w->d[v], k->k[r][1]);
      w->b[v] = q;
      w->d[v] = p;
    }
}

/* `plane`: the third word of the counter; 1 has the bits that f64 has more than f32, 2
 * those behind the first 16 of a decision.  Unless the second word changes
 * within the group, all lanes have the same after the first round in a and b, and of the second round's p. */
INLINE Words philox(const Keys *k, uint64_t counter, uint32_t plane) {
  Words w;
  vq at = {0};
  for (int l = 0; l < DL; l++) at[l] = counter + (uint64_t)l;
  const bool apart = (uint32_t)counter > UINT32_MAX - GROUP;
  const uint64_t q = (uint64_t)plane * 0xCD9E8D57u;
  const uint64_t a = (q >> 32) ^ (counter >> 32) ^ k->k[0][0][0], p = (uint32_t)a * (uint64_t)0xD2511F53u;
  const vq b1 = (vq){0} + (q ^ k->k[1][0][0]), p1 = (vq){0} + ((p >> 32) ^ k->k[1][1][0]);
  for (int v = 0; v < AT_ONCE; v++, at += DL) {
    if (apart) {
      w.a[v] = at;
      w.b[v] = at >> 32;
      w.c[v] = (vq){0} + plane;
      w.d[v] = (vq){0};
      continue;
    }
    const vq d = product(at, 0xD2511F53u), c = product((d >> 32) ^ k->k[0][1], 0xCD9E8D57u);
    w.a[v] = (c >> 32) ^ b1;
    w.b[v] = c;
    w.c[v] = d ^ p1;
    w.d[v] = (vq){0} + p;
  }
  rounds(k, apart ? 0 : 2, &w);
  return w;
}

#if defined(KERNEL_v4)
#define ZIPPED_FRONT 0, 8, 1, 9, 2, 10, 3, 11
#define ZIPPED_BACK  4, 12, 5, 13, 6, 14, 7, 15
#elif defined(KERNEL_v3)
#define ZIPPED_FRONT 0, 4, 1, 5
#define ZIPPED_BACK  2, 6, 3, 7
#else
#define ZIPPED_FRONT 0, 2
#define ZIPPED_BACK  1, 3
#endif
/* a[0], b[0], a[1], b[1], ... */
INLINE void zip(vq a, vq b, vq *front, vq *back) {
  *front = __builtin_shufflevector(a, b, ZIPPED_FRONT);
  *back = __builtin_shufflevector(a, b, ZIPPED_BACK);
}

/* The four words of each counter, counter by counter. */
INLINE void store_words(uint32_t y[4 * GROUP], const Words *w) {
  for (int v = 0; v < AT_ONCE; v++) {
    vq line[2];
    zip(low(w->a[v]) | w->b[v] << 32, low(w->c[v]) | w->d[v] << 32, &line[0], &line[1]);
    memcpy(y + v * 4 * DL, line, sizeof line);
  }
}

/* As many bits as are exact, so never 1: 24 in f32; in f64 the same 24, 8 more of the same word, and 21 of
 * plane 1, so that both dtypes see the same numbers. */
INLINE void group_uniform(real y[4 * GROUP], const Keys *k, uint64_t counter) {
  uint32_t u[4 * GROUP];
  const Words w = philox(k, counter, 0);
  store_words(u, &w);
#if defined(KERNEL_f32)
  for (int i = 0; i < 4 * GROUP; i++) y[i] = (real)(int32_t)(u[i] >> 8) * 0x1p-24f;
#else
  uint32_t more[4 * GROUP];
  const Words m = philox(k, counter, 1);
  store_words(more, &m);
  for (int i = 0; i < 4 * GROUP; i++) y[i] = (real)u[i] * 0x1p-32 + (real)(int32_t)(more[i] >> 11) * 0x1p-53;
#endif
}

/* --- normals: logarithm, sine and cosine in double, so that f32 has the nearest number almost always ------ */

/* Of |x| < 2^51: where no instruction converts 64 bits, they are made the mantissa of a number near 2^52. */
INLINE vd double_of(vl x) {
#if defined(KERNEL_v4)
  return __builtin_convertvector(x, vd);
#else
  return (vd)(x + 0x4338000000000000) - 0x1.8p52;
#endif
}

/* ln x, 2^-33 <= x <= 1 (fdlibm's e_log.c: x = 2^k (1 + f), s = f / (2 + f)); below 1 ulp. */
INLINE vd log_of(vd x) {
  const vl b = (vl)x + (0x3ff0000000000000 - 0x3fe6a09e00000000); /* 1 + f from sqrt(1/2) on */
  const vl k = (vl)((vq)b >> 52) - 1023;
  const vd dk = double_of(k), f = (vd)((vl)x - (k << 52)) - 1;
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
INLINE vd turned(vq odd, vd a, vd b, vq minus) {
  return (vd)(((odd & (vq)b) | (~odd & (vq)a)) ^ (minus << 62));
}

/* Box and Muller: sqrt(-2 ln u) times the cosine and the sine of 2 pi v.  v = quarters + rest, the rest from -1/8 to
 * 1/8. */
INLINE void pair_of(vq u, vq v, vd *c, vd *s) {
  const vd x = (double_of((vl)low(u)) + 0.5) * 0x1p-32;
  const vq w = low(v), q = (w + (1 << 29)) >> 30;
  const vd angle = double_of((vl)(w - (q << 30))) * (6.283185307179586477 * 0x1p-32);
  const vd r = root_of(-2 * log_of(x)), sine = sin_of(angle), cosine = cos_of(angle);
  const vq odd = -(q & 1);
  *c = r * turned(odd, cosine, sine, (q + 1) & 2); /* quarters 1 and 2 are below 0 */
  *s = r * turned(odd, sine, cosine, q & 2);
}

/* The pairs of words (0,1) and (2,3) of each counter, counter by counter. */
INLINE void store_pairs(real y[4 * DL], vd c0, vd s0, vd c1, vd s1) {
#if defined(KERNEL_f32)
  typedef float vf __attribute__((vector_size(VBYTES / 2)));
  typedef uint32_t vw __attribute__((vector_size(VBYTES / 2)));
#define BITS(x) __builtin_convertvector((vw) __builtin_convertvector(x, vf), vq)
  vq line[2];
  zip(BITS(c0) | BITS(s0) << 32, BITS(c1) | BITS(s1) << 32, &line[0], &line[1]);
  memcpy(y, line, sizeof line);
#undef BITS
#else
  vq pair[2][2];
  zip((vq)c0, (vq)s0, &pair[0][0], &pair[0][1]);
  zip((vq)c1, (vq)s1, &pair[1][0], &pair[1][1]);
  for (int i = 0; i < DL; i++)
    for (int w = 0; w < 2; w++) memcpy(y + 4 * i + 2 * w, (const real *)pair[w] + 2 * i, 2 * sizeof(real));
#endif
}

INLINE void group_normal(real y[4 * GROUP], const Keys *k, uint64_t counter) {
  const Words w = philox(k, counter, 0);
  for (int v = 0; v < AT_ONCE; v++) {
    vd c0, s0, c1, s1;
    pair_of(w.a[v], w.b[v], &c0, &s0);
    pair_of(w.c[v], w.d[v], &c1, &s1);
    store_pairs(y + v * 4 * DL, c0, s0, c1, s1);
  }
}

INLINE void fill(int64_t n, real *y, uint64_t seed, uint64_t offset,
                 void (*group)(real *, const Keys *, uint64_t)) {
  const Keys k = keys_of(seed);
  real last[4 * GROUP];
  for (; n >= 4 * GROUP; n -= 4 * GROUP, y += 4 * GROUP, offset += GROUP) group(y, &k, offset);
  if (n <= 0) return;
  group(last, &k, offset);
  memcpy(y, last, (size_t)n * sizeof(real));
}

void K(uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset) {
  fill(n, y, seed, offset, group_uniform);
}
void K(normal)(int64_t n, void *y, uint64_t seed, uint64_t offset) { fill(n, y, seed, offset, group_normal); }

/* 48 bits of each counter, 24 of a word. */
INLINE void group_wide(uint64_t y[GROUP], const Keys *k, uint64_t counter) {
  const Words w = philox(k, counter, 0);
  for (int v = 0; v < AT_ONCE; v++) {
    const vq u = (w.a[v] & 0xffffff00) << 16 | low(w.b[v]) >> 8;
    memcpy(y + v * DL, &u, sizeof u);
  }
}
void K(wide)(int64_t n, uint64_t *y, uint64_t seed, uint64_t offset) {
  const Keys k = keys_of(seed);
  uint64_t last[GROUP];
  for (; n >= GROUP; n -= GROUP, y += GROUP, offset += GROUP) group_wide(y, &k, offset);
  if (n <= 0) return;
  group_wide(last, &k, offset);
  memcpy(y, last, (size_t)n * sizeof *y);
}

/* floor(u span / 2^48) of such a u = h 2^24 + l: (h span + floor(l span / 2^24)) / 2^24. */
void K(below)(int64_t n, int64_t *y, uint64_t lo, uint64_t span, uint64_t seed, uint64_t offset) {
  const Keys k = keys_of(seed);
  const bool whole = span >> 32; /* a factor is below 2^32: half of it then */
  const uint32_t factor = (uint32_t)(whole ? span / 2 : span);
  const int down = whole ? 23 : 24;
  uint64_t last[GROUP];
  for (; n > 0; n -= GROUP, y += GROUP, offset += GROUP) {
    const Words w = philox(&k, offset, 0);
    for (int v = 0; v < AT_ONCE; v++) {
      const vq h = product(low(w.a[v]) >> 8, factor), l = product(low(w.b[v]) >> 8, factor);
      const vq r = ((h + (l >> 24)) >> down) + lo;
      memcpy((n >= GROUP ? (uint64_t *)y : last) + v * DL, &r, sizeof r);
    }
    if (n < GROUP) memcpy(y, last, (size_t)n * sizeof *y);
  }
}
void K(words)(uint64_t seed, uint64_t counter, uint32_t y[4]) {
  const Keys k = keys_of(seed);
  const Words w = philox(&k, counter, 0);
  y[0] = (uint32_t)w.a[0][0];
  y[1] = (uint32_t)w.b[0][0];
  y[2] = (uint32_t)w.c[0][0];
  y[3] = (uint32_t)w.d[0][0];
}

/* --- decisions ------------------------------------------------------------------------------------------------ */

/* Two words of each lane side by side: four halves, of which bit i of the results says how half i stands to `limit`. */
INLINE uint32_t halves(vq first, vq second, uint32_t limit, uint32_t *equal) {
  const vq x = low(first) | second << 32;
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
enum { WORDS_AT_ONCE = GROUP / 8 ? GROUP / 8 : 1, COUNTERS = KEEP_COUNTERS };
INLINE void compare(const Keys *k, uint64_t counter, uint32_t plane, uint32_t limit, uint64_t *above,
                    uint64_t *equal) {
  for (int i = 0; i < WORDS_AT_ONCE; i++) above[i] = equal[i] = 0;
  for (int from = 0; from < COUNTERS * WORDS_AT_ONCE; from += GROUP) {
    const Words x = philox(k, counter + (uint64_t)from, plane);
    for (int v = 0; v < AT_ONCE; v++)
      for (int pair = 0; pair < 2; pair++) {
        const int lane = from + v * DL, at = 32 * pair + 4 * (lane % COUNTERS);
        uint32_t same;
        const uint64_t more = halves(pair ? x.c[v] : x.a[v], pair ? x.d[v] : x.b[v], limit, &same);
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
