/* conv.c: convolution tiles held in registers.
 *
 * indirect: mr pixels x 2 vectors of outputs; pixels are reached through pointers, one for each tap, so that
 * stride, padding and dilation cost nothing inside (Dukhan 2019, arXiv:1907.02129).
 * along: the same where pixels lie a step apart: addresses instead of pointers.
 * few: some pixels x up to four outputs, dot products along the channels.
 * outer: mr channels x 2 vectors of outputs, summed over runs of pixels: the gradient of the weights. */
#include "conv_act.h"
#include "keep.h"
#include "lane_sums.h"
#include "nn_table.h"

#if defined(KERNEL_v4)
enum { MR = 14 };
#else
enum { MR = 6 };
#endif
enum { NR = 2 * VL };

typedef struct Tile {
  int64_t taps, C, offset;
  const void *const *a;
  const real *b;
  void *const *y;
  int64_t y_offset;
  int cols;
  bool add;
  const ConvFinish *finish; /* NULL: sums are stored as they are */
  const char *ahead;        /* lines to call into the second cache, one for each channel of a tap */
  int64_t ahead_step;
} Tile;
enum { MR_AHEAD = 6 }; /* shorter tiles have no time to spare for calling */

INLINE vr get_some(const real *p, const bool part, int lanes) {
  return part ? v_load_part(p, lanes) : v_load(p);
}

/* mr x nv sums to their rows, the last vector in part or whole. */
INLINE void put_some(vr *acc, const int mr, const int nv, const bool part, const int last, void *const *y,
                     int64_t offset, const bool add, const ConvFinish *f) {
  if (add) {
#pragma GCC unroll 28
    for (int k = 0; k < mr * nv; k++)
      acc[k] += get_some((const real *)y[k / nv] + offset + k % nv * VL, part && k % nv == nv - 1, last);
  }
  if (f && f->residual) {
    const real *res = (const real *)f->residual + offset;
#pragma GCC unroll 28
    for (int k = 0; k < mr * nv; k++)
      acc[k] += get_some(res + ((const real *)y[k / nv] - (const real *)f->y) + k % nv * VL,
                         part && k % nv == nv - 1, last);
  }
  if (f) activate_all(acc, mr * nv, f->act, (real)f->slope);
#pragma GCC unroll 28
  for (int k = 0; k < mr * nv; k++) {
    real *p = (real *)y[k / nv] + offset + k % nv * VL;
    if (part && k % nv == nv - 1) v_store_part(p, acc[k], last);
    else v_store(p, acc[k]);
  }
}

/* Sums begin with the bias; the last vector has `last` lanes. */
INLINE void begin(vr *acc, const int mr, const int nv, const int last, int64_t offset, const ConvFinish *f) {
  vr row[2] = {{0}};
  if (f && f->bias) {
    const real *bias = (const real *)f->bias + offset;
#pragma GCC unroll 2
    for (int j = 0; j < nv; j++) row[j] = get_some(bias + j * VL, j == nv - 1 && last < VL, last);
  }
#pragma GCC unroll 28
  for (int i = 0; i < mr * nv; i++) acc[i] = row[i % nv];
}

/* The last vector has `last` lanes; offset: the number of the first output. */
INLINE void put(vr *acc, const int mr, const int nv, const int last, void *const *y, int64_t offset,
                const bool add, const ConvFinish *f) {
  if (last < VL) put_some(acc, mr, nv, true, last, y, offset, add, f);
  else put_some(acc, mr, nv, false, last, y, offset, add, f);
}

INLINE void tile(const Tile *t, const int mr, const int nv) {
  vr acc[2 * MR];
  const int last = t->cols - (nv - 1) * VL;
  begin(acc, mr, nv, last, t->y_offset, t->finish);
  const void *const *ap = t->a;
  const real *b = t->b;
  const int64_t C = t->C, ahead_step = t->ahead_step;
  const char *ahead = t->ahead;
  for (int i = 0; i < mr; i++)
    for (int j = 0; j < nv; j++) __builtin_prefetch((real *)t->y[i] + t->y_offset + j * VL, 1);
  for (int64_t k = 0; k < t->taps; k++, ap += mr) {
    const real *a[MR];
    if (!ap[0]) { /* nothing but zeros */
      b += C * NR;
      ahead += C * ahead_step;
      continue;
    }
#pragma GCC unroll 14
    for (int i = 0; i < mr; i++) a[i] = (const real *)ap[i] + t->offset;
    for (int64_t c = 0; c < C; c++, b += NR) {
      if (mr >= MR_AHEAD) __builtin_prefetch(ahead, 0, 2);
      ahead += ahead_step;
      vr row[2];
#pragma GCC unroll 2
      for (int j = 0; j < nv; j++) row[j] = v_load(b + j * VL);
#pragma GCC unroll 14
      for (int i = 0; i < mr; i++) {
        const vr x = v_all(a[i][c]);
#pragma GCC unroll 2
        for (int j = 0; j < nv; j++) acc[i * nv + j] += x * row[j];
      }
    }
  }
  put(acc, mr, nv, last, t->y, t->y_offset, t->add, t->finish);
}

/* Pixels of a row. */
typedef struct Along {
  int64_t taps, C, step; /* elements from a pixel to the next */
  const void *const *a;  /* pixel 0 of each tap */
  const real *b;
  real *y;
  int64_t y_step, y_offset;
  int cols;
  const ConvFinish *finish;
} Along;
enum {
  SHARE = 3,
  BASES = (2 * MR + SHARE - 1) / SHARE
}; /* pixels to a pointer: it, and once and twice the step */

/* Those from `first` on. */
INLINE void along_tile(const Along *t, int64_t first, const int mr, const int nv) {
  const int bases = (mr + SHARE - 1) / SHARE;
  const int64_t C = t->C, step = t->step;
  const real *b = t->b;
  void *y[2 * MR];
  vr acc[2 * MR];
  const int last_lanes = t->cols - (nv - 1) * VL;
  begin(acc, mr, nv, last_lanes, t->y_offset, t->finish);
#pragma GCC unroll 28
  for (int i = 0; i < mr; i++) { y[i] = t->y + (first + i) * t->y_step; }
  /* where the next ones go, a pixel with each channel: all at once would be in the way of what is read */
  const real *ahead = (const real *)y[mr - 1] + t->y_step + t->y_offset, *last = ahead + mr * t->y_step;
  for (int64_t k = 0; k < t->taps; k++) {
    if (!t->a[k]) { /* nothing but zeros */
      b += C * NR;
      continue;
    }
    const real *a[BASES];
    a[0] = (const real *)t->a[k] + first * step;
#pragma GCC unroll 10
    for (int i = 1; i < bases; i++) a[i] = a[i - 1] + SHARE * step;
    for (const real *end = b + C * NR; b < end; b += NR) {
      vr row[2];
#pragma GCC unroll 2
      for (int j = 0; j < nv; j++) {
        if (j * VBYTES % CONV_LINE == 0) __builtin_prefetch(ahead + j * VL, 1, 2);
        row[j] = v_load(b + j * VL);
      }
      ahead += ahead < last ? t->y_step : 0;
#pragma GCC unroll 28
      for (int i = 0; i < mr; i++) {
        const vr x = v_all(a[i / SHARE][i % SHARE * step]);
#pragma GCC unroll 2
        for (int j = 0; j < nv; j++) acc[i * nv + j] += x * row[j];
      }
#pragma GCC unroll 10
      for (int i = 0; i < bases; i++) {
        a[i]++;
        KEEP_ADDRESS(a[i]); /* GCC would make a pointer of each sum, and has no registers for them */
      }
    }
  }
  put(acc, mr, nv, last_lanes, y, t->y_offset, false, t->finish);
}

/* sums[i] = sum of v[i]'s lanes, n <= CONV_FEW_SUMS: vectors fold in pairs (lane_sums.h), a vector of sums at a time. */
enum { SUM_VECTORS = (CONV_FEW_SUMS + VL - 1) / VL };
INLINE void sum_lanes(const vr *v, const int n, vr sums[SUM_VECTORS]) {
#pragma GCC unroll 6
  for (int k = 0; k < SUM_VECTORS; k++) {
    vr part[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) part[i] = k * VL + i < n ? v[k * VL + i] : (vr){0};
    sums[k] = k * VL < n ? v_lane_sums(part) : (vr){0};
  }
}

/* bias[lane % n] of vector k of sums */
INLINE vr bias_of_sums(const real *bias, const int k, const int n) {
  vb lane;
#pragma GCC unroll 16
  for (int i = 0; i < VL; i++) lane[i] = (k * VL + i) % n;
  return v_pick(v_load_part(bias, n), lane);
}

INLINE void few_channels(const real *const *a, const real *b, int64_t C, int64_t c, vr *acc, const int mr,
                         const int n, const bool part) {
  vr w[CONV_FEW];
#pragma GCC unroll 4
  for (int j = 0; j < n; j++) w[j] = get_some(b + j * C + c, part, (int)(C - c));
#pragma GCC unroll 8
  for (int i = 0; i < mr; i++) {
    const vr x = get_some(a[i] + c, part, (int)(C - c));
#pragma GCC unroll 4
    for (int j = 0; j < n; j++) acc[i * n + j] += x * w[j];
  }
}

/* `count` sums, n of a pixel, that follow each other */
INLINE void put_run(vr *sums, const int count, const int n, real *y, int64_t offset, const ConvFinish *f) {
#pragma GCC unroll 6
  for (int k = 0; k * VL < count; k++) {
    if (f && f->bias) sums[k] += bias_of_sums((const real *)f->bias + offset, k, n);
    if (f) sums[k] = activate(sums[k], f->act, v_all((real)f->slope));
    if (count - k * VL >= VL) v_store(y + k * VL, sums[k]);
    else v_store_part(y + k * VL, sums[k], count - k * VL);
  }
}

/* mr pixels x n outputs */
INLINE void few_tile(const Tile *t, const int mr, const int n) {
  enum { ROWS = 8, VECTORS = (CONV_FEW + VL - 1) / VL };
  const int64_t C = t->C;
  const int nv = (n + VL - 1) / VL;
  const void *const *ap = t->a;
  const real *b = t->b;
  vr acc[CONV_FEW_SUMS];
#pragma GCC unroll 12
  for (int i = 0; i < mr * n; i++) acc[i] = (vr){0};
  for (int64_t k = 0; k < t->taps; k++, ap += mr, b += n * C) {
    if (!ap[0]) continue; /* nothing but zeros */
    const real *a[ROWS];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++) a[i] = (const real *)ap[i] + t->offset;
    int64_t c = 0;
    for (; c + VL <= C; c += VL) few_channels(a, b, C, c, acc, mr, n, false);
    if (c < C) few_channels(a, b, C, c, acc, mr, n, true);
  }
  vr sums[SUM_VECTORS];
  sum_lanes(acc, mr * n, sums);
  const ConvFinish *f = t->finish;
  if (n < VL && !t->add && !(f && f->residual) &&
      (const real *)t->y[mr - 1] - (const real *)t->y[0] == (mr - 1) * n) { /* they follow each other */
    put_run(sums, mr * n, n, (real *)t->y[0] + t->y_offset, t->y_offset, f);
    return;
  }
  real apart[CONV_FEW_SUMS + 3 * VL] = {0}; /* a pixel's sums may be read as whole vectors */
#pragma GCC unroll 6
  for (int k = 0; k < SUM_VECTORS; k++) v_store(apart + k * VL, sums[k]);
  vr y[ROWS * VECTORS], bias[ROWS * VECTORS];
  begin(bias, mr, nv, n - (nv - 1) * VL, t->y_offset, f);
#pragma GCC unroll 16
  for (int i = 0; i < mr * nv; i++) y[i] = v_load(apart + i / nv * n + i % nv * VL) + bias[i];
  put(y, mr, nv, n - (nv - 1) * VL, t->y, t->y_offset, t->add, f);
}

typedef struct Outer {
  int64_t runs;
  const ConvRun *run;
  int64_t x_offset, dy_offset, x_step, dy_step;
  real *w;
  int64_t w_rs;
  int cols;
  bool add;
} Outer;

INLINE void outer_tile(const Outer *t, const int mr, const int nv, const bool part) {
  vr acc[2 * MR];
#pragma GCC unroll 28
  for (int i = 0; i < mr * nv; i++) acc[i] = (vr){0};
  const int last = t->cols - (nv - 1) * VL;
  const int64_t x_step = t->x_step, dy_step = t->dy_step;
  for (int64_t r = 0; r < t->runs; r++) {
    const real *x = (const real *)t->run[r].x + t->x_offset, *dy = (const real *)t->run[r].dy + t->dy_offset;
    for (int64_t k = t->run[r].n; k > 0; k--, x += x_step, dy += dy_step) {
      vr row[2];
#pragma GCC unroll 2
      for (int j = 0; j < nv; j++) row[j] = get_some(dy + j * VL, part && j == nv - 1, last);
#pragma GCC unroll 14
      for (int i = 0; i < mr; i++) {
        const vr v = v_all(x[i]);
#pragma GCC unroll 2
        for (int j = 0; j < nv; j++) acc[i * nv + j] += v * row[j];
      }
    }
  }
  void *rows[MR];
#pragma GCC unroll 14
  for (int i = 0; i < mr; i++) rows[i] = t->w + i * t->w_rs;
  put(acc, mr, nv, last, rows, 0, t->add, NULL);
}

/* clang-format off */
#define TILE(mr)                                                                     \
  static void tile_##mr##_1(const Tile *t) { tile(t, mr, 1); }                       \
  static void tile_##mr##_2(const Tile *t) { tile(t, mr, 2); }                       \
  static void outer_##mr##_1(const Outer *t) { outer_tile(t, mr, 1, t->cols < VL); } \
  static void outer_##mr##_2(const Outer *t) { outer_tile(t, mr, 2, false); }        \
  static void outer_##mr##_p(const Outer *t) { outer_tile(t, mr, 2, true); }
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if defined(KERNEL_v4)
TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#define ROWS(name, nv) {name##_1##nv, name##_2##nv, name##_3##nv, name##_4##nv, name##_5##nv, name##_6##nv, name##_7##nv, \
                        name##_8##nv, name##_9##nv, name##_10##nv, name##_11##nv, name##_12##nv, name##_13##nv, name##_14##nv}
#else
#define ROWS(name, nv) {name##_1##nv, name##_2##nv, name##_3##nv, name##_4##nv, name##_5##nv, name##_6##nv}
#endif
static void (*const tiles[2][MR])(const Tile *) = {ROWS(tile, _1), ROWS(tile, _2)};
static void (*const outers[3][MR])(const Outer *) = {ROWS(outer, _1), ROWS(outer, _2), ROWS(outer, _p)};

#define FEW(mr, n) static void few_##mr##_##n(const Tile *t) { few_tile(t, mr, n); }
FEW(1, 1) FEW(2, 1) FEW(3, 1) FEW(4, 1) FEW(5, 1) FEW(6, 1) FEW(7, 1) FEW(8, 1)
FEW(1, 2) FEW(2, 2) FEW(3, 2) FEW(4, 2) FEW(5, 2) FEW(6, 2)
FEW(1, 3) FEW(2, 3) FEW(3, 3) FEW(4, 3)
FEW(1, 4) FEW(2, 4) FEW(3, 4)
static void (*const fews[CONV_FEW][8])(const Tile *) = {
  {few_1_1, few_2_1, few_3_1, few_4_1, few_5_1, few_6_1, few_7_1, few_8_1},
  {few_1_2, few_2_2, few_3_2, few_4_2, few_5_2, few_6_2},
  {few_1_3, few_2_3, few_3_3, few_4_3},
  {few_1_4, few_2_4, few_3_4}};

/* Rows of MR pixels and more have strips of half of that at least; single vectors have room for more pixels. */
enum { MR_1 = 2 * MR };
#define ALONG(mr, nv) static void along_##mr##_##nv(const Along *t, int64_t first) { along_tile(t, first, mr, nv); }
#if defined(KERNEL_v4)
ALONG(14, 1) ALONG(15, 1) ALONG(16, 1) ALONG(17, 1) ALONG(18, 1) ALONG(19, 1) ALONG(20, 1) ALONG(21, 1)
ALONG(22, 1) ALONG(23, 1) ALONG(24, 1) ALONG(25, 1) ALONG(26, 1) ALONG(27, 1) ALONG(28, 1)
ALONG(7, 2) ALONG(8, 2) ALONG(9, 2) ALONG(10, 2) ALONG(11, 2) ALONG(12, 2) ALONG(13, 2) ALONG(14, 2)
static void (*const alongs_1[])(const Along *, int64_t) = {along_14_1, along_15_1, along_16_1, along_17_1, along_18_1,
  along_19_1, along_20_1, along_21_1, along_22_1, along_23_1, along_24_1, along_25_1, along_26_1, along_27_1, along_28_1};
static void (*const alongs_2[])(const Along *, int64_t) = {along_7_2, along_8_2, along_9_2, along_10_2, along_11_2, along_12_2, along_13_2, along_14_2};
#else
ALONG(6, 1) ALONG(7, 1) ALONG(8, 1) ALONG(9, 1) ALONG(10, 1) ALONG(11, 1) ALONG(12, 1)
ALONG(3, 2) ALONG(4, 2) ALONG(5, 2) ALONG(6, 2)
static void (*const alongs_1[])(const Along *, int64_t) = {along_6_1, along_7_1, along_8_1, along_9_1, along_10_1, along_11_1, along_12_1};
static void (*const alongs_2[])(const Along *, int64_t) = {along_3_2, along_4_2, along_5_2, along_6_2};
#endif
/* clang-format on */

#define OF_TILES(name, tile)                                                                                 \
  static void name(int rows, int cols, int64_t taps, int64_t C, const void *const *a, int64_t offset,        \
                   const void *b, const void *ahead, void *const *y, int64_t y_offset, bool add,             \
                   const ConvFinish *f) {                                                                    \
    const Tile t = {.taps = taps,                                                                            \
                    .C = C,                                                                                  \
                    .offset = offset,                                                                        \
                    .a = a,                                                                                  \
                    .b = b,                                                                                  \
                    .y = y,                                                                                  \
                    .y_offset = y_offset,                                                                    \
                    .cols = cols,                                                                            \
                    .add = add,                                                                              \
                    .finish = f,                                                                             \
                    .ahead = ahead ? ahead : b,                                                              \
                    .ahead_step = ahead ? CONV_LINE : 0};                                                    \
    tile(&t);                                                                                                \
  }
OF_TILES(indirect, tiles[cols > VL][rows - 1])
OF_TILES(few, fews[cols - 1][rows - 1]) /* b is small: nothing is called ahead */
#undef OF_TILES

static void along(int64_t n, int cols, int64_t taps, int64_t C, const void *const *a, int64_t step,
                  const void *b, void *y, int64_t y_step, int64_t y_offset, const ConvFinish *f) {
  const Along t = {taps, C, step, a, b, y, y_step, y_offset, cols, f};
  const int64_t mr = cols > VL ? MR : MR_1, strips = (n + mr - 1) / mr, few = n / strips, longer = n % strips;
  for (int64_t s = 0, i = 0, rows; s < strips; s++, i += rows) {
    rows = few + (s < longer);
    if (cols > VL) alongs_2[rows - MR / 2](&t, i);
    else alongs_1[rows - MR_1 / 2](&t, i);
  }
}

static void outer(int rows, int cols, int64_t runs, const ConvRun *run, int64_t x_offset, int64_t dy_offset,
                  int64_t x_step, int64_t dy_step, void *w, int64_t w_rs, bool add) {
  const Outer t = {runs, run, x_offset, dy_offset, x_step, dy_step, w, w_rs, cols, add};
  outers[cols <= VL ? 0 : cols == NR ? 1 : 2][rows - 1](&t);
}

/* --- bias, residual, activation ------------------------------------------------------------------------- */
static void epilogue(int64_t n, int64_t O, int64_t first, void *y, int64_t ld, const ConvFinish *f) {
  const vr slope = v_all((real)f->slope);
  const real *bias = f->bias ? (const real *)f->bias + first : NULL;
  const real *res = f->residual ? (const real *)f->residual + ((real *)y - (const real *)f->y) : NULL;
  real *row = y;
  for (int64_t i = 0; i < n; i++, row += ld) {
    int64_t j = 0;
    for (; j + VL <= O; j += VL) {
      vr v = v_load(row + j);
      if (bias) v += v_load(bias + j);
      if (res) v += v_load(res + i * ld + j);
      v_store(row + j, activate(v, f->act, slope));
    }
    if (j < O) {
      vr v = v_load_part(row + j, O - j);
      if (bias) v += v_load_part(bias + j, O - j);
      if (res) v += v_load_part(res + i * ld + j, O - j);
      v_store_part(row + j, activate(v, f->act, slope), O - j);
    }
  }
}

static void act_grad(int64_t n, void *dx, const void *dy, const void *y, ConvAct act, double slope) {
  const real *g = dy, *v = y;
  real *out = dx;
  const real below = (real)slope, top = act == ACT_relu6 ? 6 : (real)NAN; /* which nothing reaches */
  if (act == ACT_leaky)
    for (int64_t i = 0; i < n; i++) out[i] = v[i] <= 0 ? below * g[i] : g[i];
  else /* no product: a gradient may be infinite */
    for (int64_t i = 0; i < n; i++) out[i] = v[i] <= 0 || v[i] >= top ? 0 : g[i];
}

#if defined(KERNEL_v4) && defined(KERNEL_f32)
extern const ConvKernels conv_kernels_f32_v3;
#define NARROW &conv_kernels_f32_v3
#elif defined(KERNEL_v4)
extern const ConvKernels conv_kernels_f64_v3;
#define NARROW &conv_kernels_f64_v3
#else
#define NARROW NULL
#endif

const ConvKernels K(conv_kernels) = {
    .narrow = NARROW,
    .mr = MR,
    .nr = NR,
    .indirect = indirect,
    .few = few,
    .along = along,
    .outer = outer,
    .finish = epilogue,
    .act_grad = act_grad,
    .depth = K(depth_row),
    .depth_dx = K(depth_dx),
    .depth_dw = K(depth_dw),
    .spread = K(depth_spread),
    .plane_outputs = PLANE_OUTPUTS,
    .to_planes = K(to_planes),
    .plane_sums = K(plane_sums),
    .of_planes = K(of_planes),
    .tiny_channels = TINY_MOST,
    .tiny = K(tiny),
    .thin_outputs = THIN_MOST,
    .thin = K(thin),
#if defined(KERNEL_f32)
    .wino_weights = K(wino_weights),
    .wino_in = K(wino_in),
    .wino_out = K(wino_out),
    .wino_dy = K(wino_dy),
    .wino_dw = K(wino_dw),
    .wino_peak = K(wino_peak),
#endif
};
