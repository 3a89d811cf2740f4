/* gemm.c: matrix product tiles held in registers.
 *
 *   C = alpha A B + beta D        A: M x K, B: K x N, C and D: M x N
 *
 * A tile of C of up to 12 rows x 2 vectors (6 x 2 with 16 registers) is summed in registers: each step in k
 * loads 2 vectors of B once and one number of A for each row.  K is cut into runs of KC, so that the panel
 * of B stays in the first cache and sums stay short.  Goto and van de Geijn 2008, "Anatomy of
 * high-performance matrix multiplication". */
#include "gemm_kernel.h"
#include "kernel.h"
#include "vec.h"

#if defined(KERNEL_v4) || defined(KERNEL_v3)
#include <immintrin.h>
#endif

extern const GemmKernels K(gemm_kernels);

#if defined(KERNEL_v4)
enum { MR = 12 };
#else
enum { MR = 6 };
#endif
enum { NR = 2 * VL, KC = 512 };

/* --- vectors of which only the first lanes exist ------------------------------------------------------ */
#if defined(KERNEL_v4)
typedef uint16_t Lanes;
INLINE Lanes lanes_first(int64_t n) { return (Lanes)((1u << n) - 1); }
#if defined(KERNEL_f32)
INLINE vr load_lanes(const real *p, Lanes m) { return (vr)_mm512_maskz_loadu_ps(m, p); }
INLINE void store_lanes(real *p, Lanes m, vr v) { _mm512_mask_storeu_ps(p, m, (__m512)v); }
#else
INLINE vr load_lanes(const real *p, Lanes m) { return (vr)_mm512_maskz_loadu_pd((__mmask8)m, p); }
INLINE void store_lanes(real *p, Lanes m, vr v) { _mm512_mask_storeu_pd(p, (__mmask8)m, (__m512d)v); }
#endif
#elif defined(KERNEL_v3)
typedef __m256i Lanes;
INLINE Lanes lanes_first(int64_t n) {
  static const bits ones[2 * VL] = {
    -1,
    -1,
    -1,
    -1,
#if defined(KERNEL_f32)
    -1,
    -1,
    -1,
    -1
#endif
  };
  return _mm256_loadu_si256((const __m256i_u *)(ones + VL - n));
}
#if defined(KERNEL_f32)
INLINE vr load_lanes(const real *p, Lanes m) { return (vr)_mm256_maskload_ps(p, m); }
INLINE void store_lanes(real *p, Lanes m, vr v) { _mm256_maskstore_ps(p, m, (__m256)v); }
#else
INLINE vr load_lanes(const real *p, Lanes m) { return (vr)_mm256_maskload_pd(p, m); }
INLINE void store_lanes(real *p, Lanes m, vr v) { _mm256_maskstore_pd(p, m, (__m256d)v); }
#endif
#else
typedef int64_t Lanes;
INLINE Lanes lanes_first(int64_t n) { return n; }
INLINE vr load_lanes(const real *p, Lanes n) {
  vr v = {0};
  for (int i = 0; i < VL; i++)
    if (i < n) v[i] = p[i];
  return v;
}
INLINE void store_lanes(real *p, Lanes n, vr v) {
  for (int i = 0; i < VL; i++)
    if (i < n) p[i] = v[i];
}
#endif

/* --- one tile ----------------------------------------------------------------------------------------- */
typedef struct Tile {
  int64_t K;
  const real *a;
  int64_t a_rs, a_cs;
  const real *b;
  int64_t b_rs;
  const real *d;
  int64_t d_rs;
  real *c;
  int64_t c_rs;
  real alpha, beta;
  Lanes lanes; /* of the last vector */
} Tile;

typedef void (*TileFunction)(const Tile *t);

/* mr x nv vectors; `part`: only t->lanes of the last vector exist.  Few accumulators would wait for each
 * other's latency: then `ku` steps in k have accumulators of their own. */
INLINE void tile(const Tile *t, const int mr, const int nv, const bool part) {
  enum { MOST = 2 * MR };
  const int ku = mr * nv >= 6 ? 1 : mr * nv >= 3 ? 2 : 4, set = mr * nv;
  vr acc[MOST];
#pragma GCC unroll 24
  for (int i = 0; i < ku * set; i++) acc[i] = (vr){0};
  const real *a = t->a, *b = t->b;
  const int64_t a_rs = t->a_rs, a_cs = t->a_cs, b_rs = t->b_rs;
  const Lanes lanes = t->lanes;
  for (int64_t k = 0; k < t->K;) {
    const int steps = t->K - k >= ku ? ku : 1;
#pragma GCC unroll 4
    for (int u = 0; u < ku; u++) {
      if (u == steps) break;
      vr row[4];
#pragma GCC unroll 4
      for (int j = 0; j < nv; j++)
        row[j] = part && j == nv - 1 ? load_lanes(b + j * VL, lanes) : v_load(b + j * VL);
#pragma GCC unroll 12
      for (int i = 0; i < mr; i++) {
        vr x = v_all(a[i * a_rs]);
#pragma GCC unroll 4
        for (int j = 0; j < nv; j++) acc[u * set + i * nv + j] += x * row[j];
      }
      a += a_cs;
      b += b_rs;
    }
    k += steps;
  }
#pragma GCC unroll 2
  for (int half = ku / 2; half > 0; half /= 2)
#pragma GCC unroll 24
    for (int i = 0; i < half * set; i++) acc[i] += acc[half * set + i];
  const real beta = t->beta;
  const vr alpha = v_all(t->alpha);
#pragma GCC unroll 12
  for (int i = 0; i < mr; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < nv; j++) {
      const bool cut = part && j == nv - 1;
      vr v = acc[i * nv + j] * alpha;
      if (beta != 0) {
        const real *d = t->d + i * t->d_rs + j * VL;
        v += beta * (cut ? load_lanes(d, lanes) : v_load(d));
      }
      real *c = t->c + i * t->c_rs + j * VL;
      if (cut) store_lanes(c, lanes, v);
      else v_store(c, v);
    }
  }
}

/* clang-format off */
#define TILE(mr, nv)                                                          \
  static void full_##mr##_##nv(const Tile *t) { tile(t, mr, nv, false); }     \
  static void part_##mr##_##nv(const Tile *t) { tile(t, mr, nv, true); }
#define TILES(mr) TILE(mr, 1) TILE(mr, 2)
#define WIDE(mr) static void full_##mr##_4(const Tile *t) { tile(t, mr, 4, false); }
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6) WIDE(1) WIDE(2) WIDE(3)
#if defined(KERNEL_v4)
TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12) WIDE(4) WIDE(5) WIDE(6)
#define ROWS(name, nv) {name##_1##nv, name##_2##nv, name##_3##nv, name##_4##nv, name##_5##nv, name##_6##nv, \
                        name##_7##nv, name##_8##nv, name##_9##nv, name##_10##nv, name##_11##nv, name##_12##nv}
static const TileFunction wide[] = {full_1_4, full_2_4, full_3_4, full_4_4, full_5_4, full_6_4};
#else
#define ROWS(name, nv) {name##_1##nv, name##_2##nv, name##_3##nv, name##_4##nv, name##_5##nv, name##_6##nv}
static const TileFunction wide[] = {full_1_4, full_2_4, full_3_4};
#endif
static const TileFunction full[2][MR] = {ROWS(full, _1), ROWS(full, _2)};
static const TileFunction part[2][MR] = {ROWS(part, _1), ROWS(part, _2)};
/* clang-format on */

/* --- a block of tiles --------------------------------------------------------------------------------- */
/* One panel of B (in t) with every strip of rows m0 to m1 of A; by_rows[r - 1] does r rows. */
static void strips(const GemmArgs *g, Tile *t, const TileFunction *by_rows, int64_t k0, int64_t m0,
                   int64_t m1, int64_t j) {
  t->a = (const real *)g->a + m0 / g->strip * g->a_strip + k0 * g->a_cs;
  t->d = (const real *)(k0 ? g->c : g->d) + m0 * t->d_rs + j;
  t->c = (real *)g->c + m0 * g->c_rs + j;
  int64_t rows = g->strip;
  for (int64_t m = m0; m < m1; m += rows) {
    if (rows > m1 - m) rows = m1 - m;
    by_rows[rows - 1](t);
    t->a += g->a_strip;
    t->d += rows * t->d_rs;
    t->c += rows * g->c_rs;
  }
}

static void block(const GemmArgs *g, int64_t m0, int64_t m1, int64_t n0, int64_t n1) {
  const int64_t runs = (g->K + KC - 1) / KC, run = (g->K + runs - 1) / runs;
  const bool wide_fits = g->b_panel == NR && g->strip <= MR / 2;
  Tile t = {.a_rs = g->a_rs, .a_cs = g->a_cs, .b_rs = g->b_rs, .c_rs = g->c_rs, .alpha = (real)g->alpha};
  for (int64_t k0 = 0; k0 < g->K; k0 += run) {
    t.K = g->K - k0 < run ? g->K - k0 : run;
    t.beta = k0 ? 1 : (real)g->beta;
    t.d_rs = k0 ? g->c_rs : g->d_rs;
    const real *b = (const real *)g->b + n0 / NR * g->b_panel + k0 * g->b_rs;
    for (int64_t j = n0; j < n1;) {
      t.b = b;
      if (wide_fits && n1 - j >= 2 * NR) {
        strips(g, &t, wide, k0, m0, m1, j);
        j += 2 * NR;
        b += 2 * g->b_panel;
        continue;
      }
      const int64_t width = n1 - j < NR ? n1 - j : NR;
      const int last = width > VL;
      t.lanes = lanes_first(width - last * VL);
      strips(g, &t, width % VL ? part[last] : full[last], k0, m0, m1, j);
      j += width;
      b += g->b_panel;
    }
  }
}

/* --- dot products: both operands contiguous along k ---------------------------------------------------- */
typedef struct Dots {
  int64_t K;
  const real *a;
  int64_t a_rs;
  const real *b;
  int64_t b_cs;
} Dots;

/* sums[i][j] = dot(row i of A, column j of B) */
INLINE void dots_tile(const Dots *t, const int mr, const int nr, const int ku, real sums[4][4]) {
  const int set = mr * nr;
  vr acc[16], y[4];
#pragma GCC unroll 16
  for (int i = 0; i < ku * set; i++) acc[i] = (vr){0};
  int64_t k = 0;
  for (; k + ku * VL <= t->K; k += ku * VL)
#pragma GCC unroll 8
    for (int u = 0; u < ku; u++) {
#pragma GCC unroll 4
      for (int j = 0; j < nr; j++) y[j] = v_load(t->b + j * t->b_cs + k + u * VL);
#pragma GCC unroll 4
      for (int i = 0; i < mr; i++) {
        vr x = v_load(t->a + i * t->a_rs + k + u * VL);
#pragma GCC unroll 4
        for (int j = 0; j < nr; j++) acc[u * set + i * nr + j] += x * y[j];
      }
    }
  for (; k < t->K; k += VL) {
    const Lanes lanes = lanes_first(t->K - k < VL ? t->K - k : VL);
#pragma GCC unroll 4
    for (int j = 0; j < nr; j++) y[j] = load_lanes(t->b + j * t->b_cs + k, lanes);
#pragma GCC unroll 4
    for (int i = 0; i < mr; i++) {
      vr x = load_lanes(t->a + i * t->a_rs + k, lanes);
#pragma GCC unroll 4
      for (int j = 0; j < nr; j++) acc[i * nr + j] += x * y[j];
    }
  }
#pragma GCC unroll 3
  for (int half = ku / 2; half > 0; half /= 2)
#pragma GCC unroll 16
    for (int i = 0; i < half * set; i++) acc[i] += acc[half * set + i];
#pragma GCC unroll 16
  for (int i = 0; i < set; i++) sums[i / nr][i % nr] = v_sum(acc[i]);
}

static void dots_4x4(const Dots *t, real sums[4][4]) { dots_tile(t, 4, 4, 1, sums); }
static void dots_4x1(const Dots *t, real sums[4][4]) { dots_tile(t, 4, 1, 2, sums); }
static void dots_1x4(const Dots *t, real sums[4][4]) { dots_tile(t, 1, 4, 2, sums); }
static void dots_1x1(const Dots *t, real sums[4][4]) { dots_tile(t, 1, 1, 8, sums); }

static void dots(int64_t M, int64_t N, int64_t K, double alpha, const void *a, int64_t a_rs, const void *b,
                 int64_t b_cs, double beta, const void *d, int64_t d_rs, int64_t d_cs, void *c, int64_t c_rs,
                 int64_t c_cs) {
  const real al = (real)alpha, be = (real)beta;
  for (int64_t m = 0, rows; m < M; m += rows) {
    rows = M - m >= 4 ? 4 : 1;
    for (int64_t n = 0, cols; n < N; n += cols) {
      cols = N - n >= 4 ? 4 : 1;
      const Dots t = {K, (const real *)a + m * a_rs, a_rs, (const real *)b + n * b_cs, b_cs};
      real sums[4][4];
      if (rows == 4) (cols == 4 ? dots_4x4 : dots_4x1)(&t, sums);
      else (cols == 4 ? dots_1x4 : dots_1x1)(&t, sums);
      for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
          real v = al * sums[i][j];
          if (be != 0) v += be * ((const real *)d)[(m + i) * d_rs + (n + j) * d_cs];
          ((real *)c)[(m + i) * c_rs + (n + j) * c_cs] = v;
        }
    }
  }
}

/* --- packing ------------------------------------------------------------------------------------------ */
static void pack(int64_t width, int64_t n, int64_t K, const void *from, int64_t k_stride, int64_t j_stride,
                 void *to) {
  enum { RUN = 16 }; /* of k: reads run along k there, writes stay within a few kilobytes */
  const real *in = from;
  real *out = to;
  if (j_stride == 1) {
    for (int64_t k = 0; k < K; k++, in += k_stride, out += width) {
      int64_t j = 0;
      for (; j + VL <= n; j += VL) v_store(out + j, v_load(in + j));
      for (; j < n; j++) out[j] = in[j];
      for (; j < width; j++) out[j] = 0;
    }
    return;
  }
  for (int64_t k0 = 0; k0 < K; k0 += RUN) {
    const int64_t k1 = K - k0 < RUN ? K : k0 + RUN;
    for (int64_t j = 0; j < n; j++)
      for (int64_t k = k0; k < k1; k++) out[k * width + j] = in[k * k_stride + j * j_stride];
    for (int64_t j = n; j < width; j++)
      for (int64_t k = k0; k < k1; k++) out[k * width + j] = 0;
  }
}

const GemmKernels K(gemm_kernels) = {
    .mr = MR,
    .nr = NR,
#if defined(KERNEL_v4)
    .blas_from = INFINITY, /* OpenBLAS at its best reaches 0.9 of this kernel's speed */
#elif defined(KERNEL_v3)
    .blas_from = 1e8,
#else
    .blas_from = 2e6,
#endif
    .block = block,
    .dots = dots,
    .pack = pack,
};
