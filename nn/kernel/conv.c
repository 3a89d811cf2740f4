/* conv.c: convolution tiles held in registers.
 *
 * indirect: mr pixels x 2 vectors of outputs; pixels are reached through pointers, one for each tap, so that
 * stride, padding and dilation cost nothing inside (Dukhan 2019, arXiv:1907.02129).
 * outer: mr channels x 2 vectors of outputs, summed over runs of pixels: the gradient of the weights. */
#include "conv_act.h"
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
  if (f && f->bias) {
    vr row[2];
#pragma GCC unroll 2
    for (int j = 0; j < nv; j++)
      row[j] = get_some((const real *)f->bias + offset + j * VL, part && j == nv - 1, last);
#pragma GCC unroll 28
    for (int k = 0; k < mr * nv; k++) acc[k] += row[k % nv];
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

/* The last vector has `last` lanes; offset: the number of the first output. */
INLINE void put(vr *acc, const int mr, const int nv, const int last, void *const *y, int64_t offset,
                const bool add, const ConvFinish *f) {
  if (last < VL) put_some(acc, mr, nv, true, last, y, offset, add, f);
  else put_some(acc, mr, nv, false, last, y, offset, add, f);
}

INLINE void tile(const Tile *t, const int mr, const int nv) {
  vr acc[2 * MR];
#pragma GCC unroll 28
  for (int i = 0; i < mr * nv; i++) acc[i] = (vr){0};
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
  const int last = t->cols - (nv - 1) * VL;
  put(acc, mr, nv, last, t->y, t->y_offset, t->add, t->finish);
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
/* clang-format on */

static void indirect(int rows, int cols, int64_t taps, int64_t C, const void *const *a, int64_t offset,
                     const void *b, const void *ahead, void *const *y, int64_t y_offset, bool add,
                     const ConvFinish *f) {
  const Tile t = {.taps = taps,
                  .C = C,
                  .offset = offset,
                  .a = a,
                  .b = b,
                  .y = y,
                  .y_offset = y_offset,
                  .cols = cols,
                  .add = add,
                  .finish = f,
                  .ahead = ahead ? ahead : b,
                  .ahead_step = ahead ? CONV_LINE : 0};
  tiles[cols > VL][rows - 1](&t);
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
  const real below = act == ACT_leaky ? (real)slope : 0, top = act == ACT_relu6 ? 6 : (real)INFINITY;
  for (int64_t i = 0; i < n; i++) out[i] = v[i] <= 0 ? below * g[i] : v[i] >= top ? 0 : g[i];
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
    .outer = outer,
    .finish = epilogue,
    .act_grad = act_grad,
    .depth = K(depth_row),
    .depth_dx = K(depth_dx),
    .depth_dw = K(depth_dw),
    .spread = K(depth_spread),
#if defined(KERNEL_f32)
    .wino_weights = K(wino_weights),
    .wino_in = K(wino_in),
    .wino_out = K(wino_out),
    .wino_dy = K(wino_dy),
    .wino_dw = K(wino_dw),
    .wino_peak = K(wino_peak),
#endif
};
