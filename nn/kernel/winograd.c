/* winograd.c: the transforms of F(4x4, 3x3), F(3x3, 3x3) and F(2x2, 3x3), a vector of channels at a time, f32.
 *
 *   Y = A^T [(G g G^T) * (B^T d B)] A       d: a x a inputs, g: 3 x 3 weights, Y: m x m outputs, a = m + 2
 *   dg = G^T [(B^T d B) * (A dY A^T)] G
 *
 * Lavin and Gray 2015, arXiv:1509.09308; points 0, 1, -1, from m = 3 on 2, for m = 4 -2, and infinity. */
#include "conv_act.h"
#include "gemm_kernel.h"
#include "nn_table.h"
#include "table.h"

#if defined(KERNEL_f32)
enum { NR = 2 * VL, AHEAD = 3 };

static const real G4[6][3] = {{1 / 4.f, 0, 0},
                              {-1 / 6.f, -1 / 6.f, -1 / 6.f},
                              {-1 / 6.f, 1 / 6.f, -1 / 6.f},
                              {1 / 24.f, 1 / 12.f, 1 / 6.f},
                              {1 / 24.f, -1 / 12.f, 1 / 6.f},
                              {0, 0, 1}};
static const real G3[5][3] = {
    {.5f, 0, 0}, {-.5f, -.5f, -.5f}, {-1 / 6.f, 1 / 6.f, -1 / 6.f}, {1 / 6.f, 1 / 3.f, 2 / 3.f}, {0, 0, 1}};
static const real G2[4][3] = {{1, 0, 0}, {.5f, .5f, .5f}, {.5f, -.5f, .5f}, {0, 0, 1}};

/* B^T on a column of d, in place; s apart */
INLINE void bt4(vr *d, const int s) {
  const vr d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s];
  const vr a = d4 - 4.f * d2, b = d3 - 4.f * d1, e = d4 - d2, f = 2.f * (d3 - d1);
  d[0] = 4.f * d0 - 5.f * d2 + d4;
  d[s] = a + b;
  d[2 * s] = a - b;
  d[3 * s] = e + f;
  d[4 * s] = e - f;
  d[5 * s] = 4.f * d1 - 5.f * d3 + d5;
}
INLINE void bt3(vr *d, const int s) {
  const vr d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], a = d3 - d2;
  d[0] = 2.f * (d0 - d2) + d3 - d1;
  d[s] = a - 2.f * d1;
  d[2 * s] = a + 2.f * (d1 - d2);
  d[3 * s] = d3 - d1;
  d[4 * s] = 2.f * (d1 - d3) + d4 - d2;
}
INLINE void bt2(vr *d, const int s) {
  const vr d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s];
  d[0] = d0 - d2;
  d[s] = d1 + d2;
  d[2 * s] = d2 - d1;
  d[3 * s] = d1 - d3;
}
/* A^T: a sums to m outputs */
INLINE void at4(const vr *m, const int s, vr *o, const int so) {
  const vr a = m[s] + m[2 * s], b = m[s] - m[2 * s], e = m[3 * s] + m[4 * s], f = m[3 * s] - m[4 * s];
  o[0] = m[0] + a + e;
  o[so] = b + 2.f * f;
  o[2 * so] = a + 4.f * e;
  o[3 * so] = b + 8.f * f + m[5 * s];
}
INLINE void at2(const vr *m, const int s, vr *o, const int so) {
  o[0] = m[0] + m[s] + m[2 * s];
  o[so] = m[s] - m[2 * s] - m[3 * s];
}
INLINE void at3(const vr *m, const int s, vr *o, const int so) {
  const vr a = m[s] + m[2 * s], b = m[s] - m[2 * s];
  o[0] = m[0] + a + m[3 * s];
  o[so] = b + 2.f * m[3 * s];
  o[2 * so] = a + 4.f * m[3 * s] + m[4 * s];
}
/* A: 4 gradients to 6 */
INLINE void a4(const vr *y, const int s, vr *o, const int so) {
  const vr e = y[0] + y[2 * s], f = y[s] + y[3 * s], g = y[0] + 4.f * y[2 * s],
           h = 2.f * y[s] + 8.f * y[3 * s];
  o[0] = y[0];
  o[so] = e + f;
  o[2 * so] = e - f;
  o[3 * so] = g + h;
  o[4 * so] = g - h;
  o[5 * so] = y[3 * s];
}

/* What follows is inlined for each m, so these choices cost nothing. */
INLINE void bt(const int m, vr *d, const int s) { m == 4 ? bt4(d, s) : m == 3 ? bt3(d, s) : bt2(d, s); }
INLINE void at(const int m, const vr *sums, const int s, vr *o, const int so) {
  m == 4 ? at4(sums, s, o, so) : m == 3 ? at3(sums, s, o, so) : at2(sums, s, o, so);
}
#define FOR_SIZE(m, call)                                                                                    \
  do {                                                                                                       \
    if ((m) == 4) call(4, G4);                                                                               \
    else if ((m) == 3) call(3, G3);                                                                          \
    else call(2, G2);                                                                                        \
  } while (0)

INLINE vr get(const real *p, int64_t n) { return n >= VL ? v_load(p) : v_load_part(p, n); }
INLINE void put(real *p, vr v, int64_t n) {
  if (n >= VL) v_store(p, v);
  else v_store_part(p, v, n);
}

/* --- weights: u = G g G^T ------------------------------------------------------------------------------- */
INLINE void g_both(const vr *k, const real (*g)[3], const int a, real *u, int64_t f_step) {
  vr t[18];
#pragma GCC unroll 6
  for (int i = 0; i < a; i++)
#pragma GCC unroll 3
    for (int j = 0; j < 3; j++) t[i * 3 + j] = g[i][0] * k[j] + g[i][1] * k[3 + j] + g[i][2] * k[6 + j];
#pragma GCC unroll 6
  for (int i = 0; i < a; i++)
#pragma GCC unroll 6
    for (int j = 0; j < a; j++)
      v_store(u + (i * a + j) * f_step, t[i * 3] * g[j][0] + t[i * 3 + 1] * g[j][1] + t[i * 3 + 2] * g[j][2]);
}

/* Panel of outputs o to o + NR for channels [c0, c1). */
static void weights(int m, int64_t C, int64_t O, int64_t o, int64_t c0, int64_t c1, const real *w, real *u,
                    int64_t f_step) {
  for (int64_t c = c0; c < c1; c++)
    for (int v = 0; v < 2; v++) {
      vr k[9];
      for (int i = 0; i < 9; i++) __builtin_prefetch(w + (i * C + c + AHEAD) * O + o + v * VL);
      for (int i = 0; i < 9; i++)
        k[i] = o + v * VL < O ? get(w + (i * C + c) * O + o + v * VL, O - o - v * VL) : (vr){0};
      real *to = u + (c - c0) * NR + v * VL;
#define WEIGHTS(size, g) g_both(k, g, size + 2, to, f_step)
      FOR_SIZE(m, WEIGHTS);
    }
}

/* The same of the kernel turned by 180 degrees, w [9][O][C]: VL x VL blocks are turned first. */
static void rotated(int m, int64_t C, int64_t O, int64_t o, int64_t c0, int64_t c1, const real *w, real *u,
                    int64_t f_step) {
  real k[9][VL][NR];
  for (int64_t c = c0; c < c1; c += VL) {
    const int64_t n = c1 - c < VL ? c1 - c : VL, wide = O - o < NR ? O - o : NR;
    for (int i = 0; i < 9; i++) K(gemm_kernels).pack(NR, wide, n, w + ((8 - i) * O + o) * C + c, 1, C, k[i]);
    for (int64_t q = 0; q < n; q++)
      for (int v = 0; v < 2; v++) {
        vr t[9];
        for (int i = 0; i < 9; i++) t[i] = v_load(k[i][q] + v * VL);
        real *to = u + (c - c0 + q) * NR + v * VL;
#define TURNED(size, g) g_both(t, g, size + 2, to, f_step)
        FOR_SIZE(m, TURNED);
      }
  }
}

void K(wino_weights)(int m, int64_t C, int64_t O, int64_t panel, bool rotate, int64_t c0, int64_t c1,
                     const void *w, void *u, int64_t f_step) {
  (rotate ? rotated : weights)(m, C, O, panel * NR, c0, c1, w, u, f_step);
}

/* --- data ----------------------------------------------------------------------------------------------- */
/* The pixels of a square of a x a at (y, x), of which some may lie outside: those are read as zeros. */
typedef struct Square {
  const real *p[36];
  int64_t keep[36]; /* -1, outside 0: a mask of the channel's number */
} Square;
static const real zeros[VL];

INLINE void square_find(Square *s, const int a, const real *image, int64_t H, int64_t W, int64_t C, int64_t y,
                        int64_t x) {
  for (int i = 0; i < a; i++)
    for (int j = 0; j < a; j++) {
      const bool there = y + i >= 0 && y + i < H && x + j >= 0 && x + j < W;
      s->p[i * a + j] = there ? image + ((y + i) * W + x + j) * C : zeros;
      s->keep[i * a + j] = -(int64_t)there;
    }
}

/* `call` for each vector of n channels, of squares inside and others, whole and the rest: four copies. */
#define EACH_VECTOR(call)                                                                                    \
  do {                                                                                                       \
    int64_t c = 0;                                                                                           \
    if (inside) {                                                                                            \
      for (; c + VL <= n; c += VL) call(NULL, VL);                                                           \
      if (c < n) call(NULL, n - c);                                                                          \
    } else {                                                                                                 \
      for (; c + VL <= n; c += VL) call(&s, VL);                                                             \
      if (c < n) call(&s, n - c);                                                                            \
    }                                                                                                        \
  } while (0)

/* What follows goes column by column, then row by row, through memory that the first cache holds: loops that are not
 * unrolled, as a square of 36 vectors and as many addresses leave the registers. */

/* Column j of a square of a x a: n channels from c on of each pixel; s NULL: the square is inside. */
INLINE void column_load(vr *d, const Square *s, const int a, const int j, const real *corner, int64_t row,
                        int64_t C, int64_t c, int64_t n) {
  const real *p = corner + j * C + c;
#pragma GCC unroll 6
  for (int i = 0; i < a; i++)
    d[i] = s ? get(s->p[i * a + j] + (c & s->keep[i * a + j]), n) : get(p + i * row, n);
}

INLINE void in_vector(const int m, const Square *s, const real *corner, int64_t row, int64_t C, int64_t c,
                      int64_t n, real *v, int64_t f_step) {
  enum { MOST = 36 };
  const int a = m + 2;
  vr t[MOST], d[6];
#pragma GCC unroll 1
  for (int j = 0; j < a; j++) {
    column_load(d, s, a, j, corner, row, C, c, n);
    bt(m, d, 1);
#pragma GCC unroll 6
    for (int i = 0; i < a; i++) t[i * a + j] = d[i];
  }
#pragma GCC unroll 1
  for (int i = 0; i < a; i++) {
#pragma GCC unroll 6
    for (int j = 0; j < a; j++) d[j] = t[i * a + j];
    bt(m, d, 1);
#pragma GCC unroll 6
    for (int j = 0; j < a; j++, v += f_step) put(v, d[j], n);
  }
}

INLINE void in_tile(const int m, const real *image, int64_t H, int64_t W, int64_t C, int64_t y, int64_t x,
                    int64_t n, real *v, int64_t f_step) {
  const int a = m + 2;
  const bool inside = y >= 0 && x >= 0 && y + a <= H && x + a <= W;
  const real *corner = inside ? image + (y * W + x) * C : image;
  Square s;
  if (!inside) square_find(&s, a, image, H, W, C, y, x);
#define IN_VECTOR(square, wide) in_vector(m, square, corner, W *C, C, c, wide, v + c, f_step)
  EACH_VECTOR(IN_VECTOR);
}
void K(wino_in)(int m, const void *image, int64_t H, int64_t W, int64_t C, int64_t y, int64_t x, int64_t n,
                void *v, int64_t f_step) {
#define IN(size, g) in_tile(size, image, H, W, C, y, x, n, v, f_step)
  FOR_SIZE(m, IN);
}

/* A row of m results to p, of which the first `wide` lie in the image, n channels of them. */
INLINE void store_row(const int m, const vr *o, real *p, int64_t O, int64_t wide, int64_t c, int64_t n,
                      bool add, const ConvFinish *f) {
  const vr bias = f->bias ? get((const real *)f->bias + c, n) : (vr){0}, slope = v_all((real)f->slope);
  const real *res = f->residual;
  if (wide >= m && n >= VL && !add && !res) {
#pragma GCC unroll 4
    for (int j = 0; j < m; j++) v_store(p + j * O, activate(o[j] + bias, f->act, slope));
    return;
  }
  for (int j = 0; j < m && j < wide; j++, p += O) {
    vr v = o[j] + bias;
    if (add) v += get(p, n);
    if (res) v += get(res + (p - (const real *)f->y), n);
    put(p, activate(v, f->act, slope), n);
  }
}

/* A sum of finite numbers that leaves the range counts as not finite, too. */
INLINE bool is_finite(vr sum) { return !v_any((vb)(sum - sum != 0)); }

INLINE bool out_tile(const int m, const real *sums, int64_t f_step, real *image, int64_t OH, int64_t OW,
                     int64_t O, int64_t y, int64_t x, int64_t c, int64_t n, bool add, const ConvFinish *f) {
  const int a = m + 2;
  vr t[24], d[6], o[4], all = {0};
#pragma GCC unroll 1
  for (int j = 0; j < a; j++) {
#pragma GCC unroll 6
    for (int i = 0; i < a; i++) d[i] = v_load(sums + (i * a + j) * f_step);
    at(m, d, 1, t + j, a);
  }
#pragma GCC unroll 1
  for (int i = 0; i < m; i++) {
    at(m, t + a * i, 1, o, 1);
    vr row = o[0];
#pragma GCC unroll 4
    for (int j = 1; j < m; j++) row += o[j];
    all += row;
    if (y + i < OH) store_row(m, o, image + ((y + i) * OW + x) * O + c, O, OW - x, c, n, add, f);
  }
  return is_finite(all);
}
bool K(wino_out)(int m, const void *sums, int64_t f_step, void *image, int64_t OH, int64_t OW, int64_t O,
                 int64_t y, int64_t x, int64_t first, int64_t cols, bool add, const ConvFinish *f) {
  bool finite = true;
  for (int64_t j = 0; j < cols; j += VL) {
    const real *s = (const real *)sums + j;
#define OUT(size, g) finite &= out_tile(size, s, f_step, image, OH, OW, O, y, x, first + j, cols - j, add, f)
    FOR_SIZE(m, OUT);
  }
  return finite;
}

/* Without their sign, floats are in order of their bits, infinity and then NaN last. */
float K(wino_peak)(int64_t n, const void *x) {
  int32_t top = 0;
  for (int64_t i = 0; i < n; i++) {
    int32_t b;
    memcpy(&b, (const real *)x + i, sizeof b);
    b &= INT32_MAX;
    top = b > top ? b : top;
  }
  float peak;
  memcpy(&peak, &top, sizeof peak);
  return peak;
}

/* --- gradient of the weights, m = 4 --------------------------------------------------------------------- */
INLINE void dy_vector(const Square *s, const real *corner, int64_t row, int64_t O, int64_t c, int64_t n,
                      real *v, int64_t f_step) {
  enum { m = 4, a = m + 2 };
  vr t[a * m], d[m], o[a];
#pragma GCC unroll 1
  for (int j = 0; j < m; j++) {
    column_load(d, s, m, j, corner, row, O, c, n);
    a4(d, 1, t + j, m);
  }
#pragma GCC unroll 1
  for (int i = 0; i < a; i++) {
    a4(t + m * i, 1, o, 1);
#pragma GCC unroll 6
    for (int j = 0; j < a; j++, v += f_step) put(v, o[j], n);
  }
}

INLINE void dy_tile(const real *image, int64_t OH, int64_t OW, int64_t O, int64_t y, int64_t x, int64_t n,
                    real *v, int64_t f_step) {
  enum { m = 4 };
  const bool inside = y + m <= OH && x + m <= OW;
  const real *corner = image + (y * OW + x) * O;
  Square s;
  if (!inside) square_find(&s, m, image, OH, OW, O, y, x);
#define DY(square, wide) dy_vector(square, corner, OW *O, O, c, wide, v + c, f_step)
  EACH_VECTOR(DY);
}
void K(wino_dy)(const void *image, int64_t OH, int64_t OW, int64_t O, int64_t y, int64_t x, int64_t n,
                void *v, int64_t f_step) {
  dy_tile(image, OH, OW, O, y, x, n, v, f_step);
}

INLINE bool dw_sums(const real (*g)[3], const int a, const real *sums, int64_t f_step, int64_t n, real *dw,
                    int64_t w_step, bool add) {
  vr u[36], t[18], all = {0};
#pragma GCC unroll 36
  for (int f = 0; f < a * a; f++) u[f] = get(sums + f * f_step, n);
#pragma GCC unroll 3
  for (int i = 0; i < 3; i++)
#pragma GCC unroll 6
    for (int j = 0; j < a; j++) {
      t[i * a + j] = (vr){0};
#pragma GCC unroll 6
      for (int k = 0; k < a; k++)
        if (g[k][i] != 0) t[i * a + j] += g[k][i] * u[k * a + j];
    }
#pragma GCC unroll 3
  for (int i = 0; i < 3; i++)
#pragma GCC unroll 3
    for (int j = 0; j < 3; j++) {
      real *p = dw + (i * 3 + j) * w_step;
      vr s = {0};
#pragma GCC unroll 6
      for (int k = 0; k < a; k++)
        if (g[k][j] != 0) s += t[i * a + k] * g[k][j];
      all += s;
      put(p, add ? s + get(p, n) : s, n);
    }
  return is_finite(all);
}
bool K(wino_dw)(const void *sums, int64_t f_step, int64_t O, void *dw, int64_t w_step, bool add) {
  bool finite = true;
  for (int64_t c = 0; c < O; c += VL) {
    const real *s = (const real *)sums + c;
    finite &= dw_sums(G4, 6, s, f_step, O - c, (real *)dw + c, w_step, add);
  }
  return finite;
}
#endif
