/* gemm.c: matrix product tiles held in registers.
 *
 *   C = alpha A B + beta D        A: M x K, B: K x N, C and D: M x N
 *
 * A tile of C of up to 12 rows x 2 vectors (6 x 2 with 16 registers) is summed in registers: each step in k
 * loads 2 vectors of B once and one number of A for each row.  K is cut into runs of KC, so that the panel
 * of B stays in the first cache and sums stay short.  Goto and van de Geijn 2008, "Anatomy of
 * high-performance matrix multiplication". */
#include "gemm_kernel.h"
#include "table.h"

#if defined(KERNEL_v4) || defined(KERNEL_v3)
#include <immintrin.h>
#endif

#if defined(KERNEL_v4)
enum { MR = 12 };
#else
enum { MR = 6 };
#endif
enum { NR = 2 * VL, KC = 512 };

/* --- vectors of which only the first lanes exist -------------------------------------------------------- */
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
typedef struct Lanes {
  __m256i mask;
  int64_t n;
} Lanes;
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
  return (Lanes){_mm256_loadu_si256((const __m256i_u *)(ones + VL - n)), n};
}
#if defined(KERNEL_f32)
INLINE vr load_lanes(const real *p, Lanes m) { return (vr)_mm256_maskload_ps(p, m.mask); }
#else
INLINE vr load_lanes(const real *p, Lanes m) { return (vr)_mm256_maskload_pd(p, m.mask); }
#endif
INLINE void store_lanes(real *p, Lanes m, vr v) {
  if (m.n < VL) v_store_part(p, v, m.n);
  else v_store(p, v);
}
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

/* --- one tile ------------------------------------------------------------------------------------------- */
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
  Lanes lanes;       /* of the last vector */
  const char *ahead; /* lines to call into the second cache, one for each step in k, ahead_step apart */
  int64_t ahead_step;
} Tile;
enum { LINE = 64, MR_AHEAD = 6 }; /* shorter strips have no time to spare for calling */

typedef void (*TileFunction)(const Tile *t);

/* One step in k: acc += column of A times row of B, for mr x nv vectors. */
INLINE void step(vr *acc, const int mr, const int nv, const bool part, const Lanes lanes, const real *a,
                 int64_t a_rs, const real *b) {
  vr row[4];
#pragma GCC unroll 4
  for (int j = 0; j < nv; j++)
    row[j] = part && j == nv - 1 ? load_lanes(b + j * VL, lanes) : v_load(b + j * VL);
#pragma GCC unroll 12
  for (int i = 0; i < mr; i++) {
    const vr x = v_all(a[i * a_rs]);
#pragma GCC unroll 4
    for (int j = 0; j < nv; j++) acc[i * nv + j] += x * row[j];
  }
}

/* mr x nv vectors; `part`: only t->lanes of the last vector exist.  Few accumulators would wait for each
 * other's latency: then `ku` steps in k have accumulators of their own. */
INLINE void tile(const Tile *t, const int mr, const int nv, const bool part) {
  enum { MOST = 2 * MR };
  const int set = mr * nv, ku = set >= 6 ? 1 : set >= 3 ? 2 : 4;
  vr acc[MOST];
#pragma GCC unroll 24
  for (int i = 0; i < ku * set; i++) acc[i] = (vr){0};
  const real *a = t->a, *b = t->b;
  const int64_t a_rs = t->a_rs, a_cs = t->a_cs, b_rs = t->b_rs;
  const Lanes lanes = t->lanes;
  const char *ahead = t->ahead;
  const int64_t ahead_step = t->ahead_step;
  int64_t k = t->K;
  if (mr >= MR_AHEAD) /* the lines that the sums will go to */
    for (int i = 0; i < mr; i++)
      for (int j = 0; j < nv; j++) __builtin_prefetch(t->c + i * t->c_rs + j * VL, 1);
  for (; k >= ku; k -= ku) {
    if (mr >= MR_AHEAD) __builtin_prefetch(ahead, 0, 2);
    ahead += ahead_step;
#pragma GCC unroll 4
    for (int u = 0; u < ku; u++) step(acc + u * set, mr, nv, part, lanes, a + u * a_cs, a_rs, b + u * b_rs);
    a += ku * a_cs;
    b += ku * b_rs;
  }
  if (ku > 1)
    for (; k > 0; k--, a += a_cs, b += b_rs) step(acc, mr, nv, part, lanes, a, a_rs, b);
#pragma GCC unroll 2
  for (int half = ku / 2; half > 0; half /= 2)
#pragma GCC unroll 24
    for (int i = 0; i < half * set; i++) acc[i] += acc[half * set + i];
  const real beta = t->beta;
  const vr alpha = v_all(t->alpha);
#pragma GCC unroll 24
  for (int i = 0; i < set; i++) acc[i] *= alpha;
  if (beta != 0) { /* all before the first store: a load that meets part of one on its way waits for it */
#pragma GCC unroll 12
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 4
      for (int j = 0; j < nv; j++) {
        const real *d = t->d + i * t->d_rs + j * VL;
        acc[i * nv + j] += beta * (part && j == nv - 1 ? load_lanes(d, lanes) : v_load(d));
      }
  }
#pragma GCC unroll 12
  for (int i = 0; i < mr; i++)
#pragma GCC unroll 4
    for (int j = 0; j < nv; j++) {
      real *c = t->c + i * t->c_rs + j * VL;
      if (part && j == nv - 1) store_lanes(c, lanes, acc[i * nv + j]);
      else v_store(c, acc[i * nv + j]);
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

/* --- a block of tiles ----------------------------------------------------------------------------------- */
/* One panel of B (in t) with every strip of rows m0 to m1 of A; by_rows[r - 1] does r rows. */
static void strips(const GemmArgs *g, Tile *t, const TileFunction *by_rows, int64_t k0, int64_t m0,
                   int64_t m1, int64_t j, bool first) {
  int64_t lines = 0; /* those still to be called */
  t->a = (const real *)g->a + m0 / g->strip * g->a_panel + k0 * g->a_cs;
  t->ahead = (const char *)t->b;
  if (g->ahead) {
    lines = t->K * g->b_rs * (int64_t)sizeof(real) / LINE;
    t->ahead = (const char *)((const real *)g->ahead + k0 * g->b_rs);
  } else if (first && !k0 && g->a_cs == 1 && g->a_panel == g->strip * g->a_rs && g->a_rs <= 2 * g->K) {
    lines = (m1 - m0 - g->strip) * g->a_rs * (int64_t)sizeof(real) /
            LINE; /* the rows of A, before they are read */
    t->ahead = (const char *)(t->a + g->a_panel);
  }
  t->c = (real *)g->c + m0 * g->c_rs + j;
  t->d = k0 || t->beta == 0 ? t->c : (const real *)g->d + m0 * t->d_rs + j; /* beta 0: d may be NULL */
  int64_t rows = g->strip;
  for (int64_t m = m0; m < m1; m += rows) {
    if (rows > m1 - m) rows = m1 - m;
    t->ahead_step = lines > 0 ? LINE : 0;
    by_rows[rows - 1](t);
    t->ahead += t->ahead_step * t->K;
    lines -= t->K;
    t->a += g->a_panel;
    t->d += rows * t->d_rs;
    t->c += rows * g->c_rs;
  }
}

/* The run of k of a panel of B in one piece: rows a page apart share a few lines of the caches, which each strip would
 * read again from further away.  Longer vectors take shorter runs of k instead. */
enum { PAGE = 4096, STRIPS = 6, COPIES = (int)VBYTES < (int)LINE };
INLINE void copy_panel(Tile *t, int64_t width, real *to) {
  const real *from = t->b;
  for (int64_t k = 0; k < t->K; k++, from += t->b_rs)
    for (int64_t j = 0; j < width; j++) to[k * NR + j] = from[j];
  t->b = to;
  t->b_rs = NR;
}

/* One row of A with a large B: some rows of B at a time from end to end, since memory gives runs faster than pieces of
 * all rows in turn; the sums wait in the first cache. */
enum { AT_ONCE = 8, RUN = 4096, MUCH = 1 << 23 /* bytes of B */ };
INLINE void add_rows(int64_t n, const int rows, const real *a, int64_t a_cs, const real *b, int64_t b_rs,
                     real *sum) {
  vr x[AT_ONCE];
  for (int k = 0; k < rows; k++) x[k] = v_all(a[k * a_cs]);
  int64_t j = 0;
  for (; j + VL <= n; j += VL) {
    vr s = v_load(sum + j);
    for (int k = 0; k < rows; k++) s += x[k] * v_load(b + k * b_rs + j);
    v_store(sum + j, s);
  }
  if (j == n) return;
  const Lanes lanes = lanes_first(n - j);
  vr s = load_lanes(sum + j, lanes);
  for (int k = 0; k < rows; k++) s += x[k] * load_lanes(b + k * b_rs + j, lanes);
  store_lanes(sum + j, lanes, s);
}
static void row_times(const GemmArgs *g, int64_t m, int64_t n0, int64_t n1) {
  real sum[RUN];
  const real *a = (const real *)g->a + m / g->strip * g->a_panel;
  for (int64_t at = n0; at < n1; at += RUN) {
    const int64_t n = n1 - at < RUN ? n1 - at : RUN;
    real *c = (real *)g->c + m * g->c_rs + at;
    for (int64_t k = 0, stop; k < g->K; k = stop) {
      const real *d = k ? c : (const real *)g->d + m * g->d_rs + at; /* beta 0: may be NULL */
      const real beta = k ? 1 : (real)g->beta;
      stop = g->K - k < KC ? g->K : k + KC;
      memset(sum, 0, (size_t)n * sizeof *sum);
      for (int64_t i = k, rows; i < stop; i += rows) {
        rows = stop - i < AT_ONCE ? 1 : AT_ONCE;
        const real *x = a + i * g->a_cs, *b = (const real *)g->b + i * g->b_rs + at;
        if (rows == AT_ONCE) add_rows(n, AT_ONCE, x, g->a_cs, b, g->b_rs, sum);
        else add_rows(n, 1, x, g->a_cs, b, g->b_rs, sum);
      }
      for (int64_t j = 0; j < n; j++) c[j] = (real)g->alpha * sum[j] + (beta != 0 ? beta * d[j] : 0);
    }
  }
}

/* Some rows of an outer product: c = alpha x b + beta d.  A load that meets part of a store on its way waits until that
 * has arrived: so the last vector of a row lies over the one before it, read before that is written, and short rows are
 * read before the first of them is written. */
typedef struct Outer {
  const real *x, *b, *d;
  real *c;
  int64_t x_rs, d_rs, c_rs, N;
  real alpha, beta;
} Outer;
INLINE vr outer_at(const Outer *o, int64_t i, int64_t j) {
  const vr v = v_all(o->x[i * o->x_rs]) * v_load(o->b + j) * o->alpha;
  return o->beta == 0 ? v : v + o->beta * v_load(o->d + i * o->d_rs + j);
}
INLINE void outer_short(const Outer *o, int64_t i, const int rows, Lanes lanes) {
  vr v[4];
  for (int r = 0; r < rows; r++) {
    v[r] = v_all(o->x[(i + r) * o->x_rs]) * load_lanes(o->b, lanes) * o->alpha;
    if (o->beta != 0) v[r] += o->beta * load_lanes(o->d + (i + r) * o->d_rs, lanes);
  }
  for (int r = 0; r < rows; r++) store_lanes(o->c + (i + r) * o->c_rs, lanes, v[r]);
}
static void outer_rows(const Outer *o, int64_t rows) {
  const int64_t last = o->N - VL;
  int64_t i = 0;
  if (last >= 0) {
    for (; i < rows; i++) {
      const vr end = outer_at(o, i, last);
      for (int64_t j = 0; j < last; j += VL) v_store(o->c + i * o->c_rs + j, outer_at(o, i, j));
      v_store(o->c + i * o->c_rs + last, end);
    }
    return;
  }
  const Lanes lanes = lanes_first(o->N);
  for (; i + 4 <= rows; i += 4) outer_short(o, i, 4, lanes);
  for (; i < rows; i++) outer_short(o, i, 1, lanes);
}

/* K = 1, as in the gradient of a matrix that met a vector: row after row, nothing to sum. */
static void outer(const GemmArgs *g, int64_t m0, int64_t m1, int64_t n0, int64_t n1) {
  Outer o = {.x = (const real *)g->a + m0 / g->strip * g->a_panel,
             .x_rs = g->a_rs,
             .b = (const real *)g->b + n0,
             .d_rs = g->d_rs,
             .c_rs = g->c_rs,
             .N = n1 - n0,
             .alpha = (real)g->alpha,
             .beta = (real)g->beta};
  const bool linear = g->a_panel == g->strip * g->a_rs;
  for (int64_t m = m0, rows; m < m1; m += rows, o.x += g->a_panel) {
    rows = linear || m1 - m < g->strip ? m1 - m : g->strip;
    o.c = (real *)g->c + m * g->c_rs + n0;
    o.d = o.beta == 0 ? o.c : (const real *)g->d + m * g->d_rs + n0; /* beta 0: may be NULL */
    outer_rows(&o, rows);
  }
}

static void block(const GemmArgs *g, int64_t m0, int64_t m1, int64_t n0, int64_t n1) {
  if (g->K == 1 && g->b_panel == NR) {
    outer(g, m0, m1, n0, n1);
    return;
  }
  if (g->M == 1 && g->b_panel == NR && g->N >= 8 * NR && g->N * g->K * (int64_t)sizeof(real) >= MUCH) {
    row_times(g, m0, n0, n1);
    return;
  }
  const bool spread =
      (int)VBYTES >= (int)LINE && g->b_panel == NR && g->b_rs * (int64_t)sizeof(real) > GEMM_FAR;
  const int64_t kc = spread ? KC / 2 : KC, runs = g->K > kc ? (g->K + kc - 1) / kc : 1,
                run = (g->K + runs - 1) / runs;
  const bool wide_fits = g->b_panel == NR && g->strip <= MR / 2;
  const bool copies = COPIES && g->b_panel == NR && g->b_rs * (int64_t)sizeof(real) % PAGE == 0 &&
                      m1 - m0 >= STRIPS * g->strip;
  real copy[COPIES ? KC * NR : 1];
  Tile t = {.a_rs = g->a_rs, .a_cs = g->a_cs, .b_rs = g->b_rs, .c_rs = g->c_rs, .alpha = (real)g->alpha};
  for (int64_t r = 0, k0 = 0; r < runs; r++, k0 += run) { /* once for K = 0: C = beta D */
    t.K = g->K - k0 < run ? g->K - k0 : run;
    t.beta = k0 ? 1 : (real)g->beta;
    t.d_rs = k0 ? g->c_rs : g->d_rs;
    const real *b = (const real *)g->b + n0 / NR * g->b_panel + k0 * g->b_rs;
    for (int64_t j = n0; j < n1;) {
      t.b = b;
      if (wide_fits && n1 - j >= 2 * NR) {
        strips(g, &t, wide, k0, m0, m1, j, j == n0);
        j += 2 * NR;
        b += 2 * g->b_panel;
        continue;
      }
      const int64_t width = n1 - j < NR ? n1 - j : NR;
      const int last = width > VL;
      t.lanes = lanes_first(width - last * VL);
      if (copies) {
        if (width == NR) copy_panel(&t, NR, copy); /* in whole vectors */
        else copy_panel(&t, width, copy);
      }
      strips(g, &t, width % VL ? part[last] : full[last], k0, m0, m1, j, j == n0);
      t.b_rs = g->b_rs;
      j += width;
      b += g->b_panel;
    }
  }
}

/* --- dot products: both operands contiguous along k ----------------------------------------------------- */
typedef struct Dots {
  int64_t K;
  const real *a;
  int64_t a_rs;
  const real *b;
  int64_t b_cs;
  const real *d;
  int64_t d_rs, d_cs;
  real *c;
  int64_t c_rs, c_cs;
  real alpha, beta;
} Dots;

/* sums[i] = sum of v[i], n of them: halves first, which need no shuffles, down to 16 bytes; then pairs of neighbours, of
 * as many vectors at once as there are lanes. */
typedef real quarter __attribute__((vector_size(16)));
enum { LANES = 16 / (int)sizeof(real) };
INLINE quarter folded(vr v) {
  quarter q[2];
#if defined(KERNEL_v4)
  typedef real half __attribute__((vector_size(32)));
  half h[2];
  memcpy(h, &v, sizeof h);
  h[0] += h[1];
  memcpy(q, h, sizeof q);
#else
  memcpy(q, &v, sizeof v);
#endif
  return VBYTES > 16 ? q[0] + q[1] : q[0];
}
#if defined(KERNEL_f32)
#define PAIRS(a, b) (__builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7))
#else
#define PAIRS(a, b) (__builtin_shufflevector(a, b, 0, 2) + __builtin_shufflevector(a, b, 1, 3))
#endif
INLINE void sum_each(const vr *v, const int n, real *sums) {
  int i = 0;
#pragma GCC unroll 16
  for (; i + LANES <= n; i += LANES) {
    quarter s = PAIRS(folded(v[i]), folded(v[i + 1]));
    if (LANES == 4) s = PAIRS(s, PAIRS(folded(v[i + LANES / 2]), folded(v[i + LANES / 2 + 1])));
    memcpy(sums + i, &s, sizeof s);
  }
#pragma GCC unroll 4
  for (; i < n; i++) {
    const quarter q = folded(v[i]);
    sums[i] = 0;
    for (int k = 0; k < LANES; k += 2) sums[i] += q[k] + q[k + 1];
  }
}

/* sums[i * nr + j] = dot(row i of A, column j of B) */
INLINE void dots_tile(const Dots *t, const int mr, const int nr, const int ku) {
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
  real sums[16];
  sum_each(acc, set, sums);
#pragma GCC unroll 4
  for (int i = 0; i < mr; i++)
#pragma GCC unroll 4
    for (int j = 0; j < nr; j++) {
      real v = t->alpha * sums[i * nr + j];
      if (t->beta != 0) v += t->beta * t->d[i * t->d_rs + j * t->d_cs];
      t->c[i * t->c_rs + j * t->c_cs] = v;
    }
}

static void dots_4x4(const Dots *t) { dots_tile(t, 4, 4, 1); }
static void dots_4x3(const Dots *t) { dots_tile(t, 4, 3, 1); }
static void dots_4x2(const Dots *t) { dots_tile(t, 4, 2, 2); }
static void dots_4x1(const Dots *t) { dots_tile(t, 4, 1, 2); }
static void dots_1x4(const Dots *t) { dots_tile(t, 1, 4, 2); }
static void dots_1x1(const Dots *t) { dots_tile(t, 1, 1, 8); }

static void dots(int64_t M, int64_t N, int64_t K, double alpha, const void *a, int64_t a_rs, const void *b,
                 int64_t b_cs, double beta, const void *d, int64_t d_rs, int64_t d_cs, void *c, int64_t c_rs,
                 int64_t c_cs) {
  static void (*const high[])(const Dots *) = {NULL, dots_4x1, dots_4x2, dots_4x3, dots_4x4};
  Dots t = {.K = K, .a_rs = a_rs, .b_cs = b_cs, .d_rs = d_rs, .d_cs = d_cs, .c_rs = c_rs, .c_cs = c_cs};
  t.alpha = (real)alpha;
  t.beta = (real)beta;
  for (int64_t m = 0, rows; m < M; m += rows) {
    rows = M - m >= 4 ? 4 : 1;
    for (int64_t n = 0, cols; n < N; n += cols) {
      cols = N - n >= 4 ? 4 : rows == 4 ? N - n : 1;
      t.a = (const real *)a + m * a_rs;
      t.b = (const real *)b + n * b_cs;
      t.d = beta == 0 ? NULL : (const real *)d + m * d_rs + n * d_cs;
      t.c = (real *)c + m * c_rs + n * c_cs;
      if (rows == 4) high[cols](&t);
      else (cols == 4 ? dots_1x4 : dots_1x1)(&t);
    }
  }
}

/* --- packing -------------------------------------------------------------------------------------------- */
typedef real v4 __attribute__((vector_size(4 * sizeof(real))));
typedef real v4_unaligned __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));

/* out[k * width + j] = in[j * j_stride + k] for 4 x 4 elements */
INLINE void turn_4x4(const real *in, int64_t j_stride, real *out, int64_t width) {
  const v4 a = *(const v4_unaligned *)in, b = *(const v4_unaligned *)(in + j_stride);
  const v4 c = *(const v4_unaligned *)(in + 2 * j_stride), d = *(const v4_unaligned *)(in + 3 * j_stride);
  const v4 ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const v4 cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(v4_unaligned *)out = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
  *(v4_unaligned *)(out + width) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
  *(v4_unaligned *)(out + 2 * width) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
  *(v4_unaligned *)(out + 3 * width) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
}

/* One step in k is one run in memory. */
static void pack_runs(int64_t width, int64_t n, int64_t K, const real *in, int64_t k_stride, real *out) {
  for (int64_t k = 0; k < K; k++, in += k_stride, out += width)
    for (int64_t j = 0; j < width; j += VL) {
      const int64_t have = n - j, room = width - j;
      const vr v = have >= VL ? v_load(in + j) : have > 0 ? load_lanes(in + j, lanes_first(have)) : (vr){0};
      if (room >= VL) v_store(out + j, v);
      else store_lanes(out + j, lanes_first(room), v);
    }
}

static void pack(int64_t width, int64_t n, int64_t K, const void *from, int64_t k_stride, int64_t j_stride,
                 void *to) {
  const real *in = from;
  real *out = to;
  if (j_stride == 1) {
    pack_runs(width, n, K, in, k_stride, out);
    return;
  }
  const int64_t squares = k_stride == 1 && K >= TURN_SIDE ? n / TURN_SIDE * TURN_SIDE : 0;
  for (int64_t k = 0; k < (squares ? K : 0); k += TURN_SIDE) {
    if (k > K - TURN_SIDE) k = K - TURN_SIDE; /* the last ones overlap */
    for (int64_t j = 0; j < squares; j += TURN_SIDE)
      K(turn)(out + k * width + j, width, in + j * j_stride + k, j_stride, TURN_HERE);
  }
  const int64_t fours = k_stride == 1 ? n / 4 * 4 : 0, k4 = K / 4 * 4;
  for (int64_t k = 0; k < k4; k += 4)
    for (int64_t j = squares; j < fours; j += 4)
      turn_4x4(in + j * j_stride + k, j_stride, out + k * width + j, width);
  for (int64_t k = 0; k < K; k++) {
    for (int64_t j = k < k4 ? fours : squares; j < n; j++)
      out[k * width + j] = in[k * k_stride + j * j_stride];
    for (int64_t j = n; j < width; j++) out[k * width + j] = 0;
  }
}

const GemmKernels K(gemm_kernels) = {
    .mr = MR,
    .nr = NR,
#if defined(KERNEL_v4) || defined(KERNEL_v3)
    .blas_from = INFINITY, /* OpenBLAS at its best is no faster */
#else
    .blas_from = 2e6,
#endif
    .block = block,
    .dots = dots,
    .pack = pack,
};
