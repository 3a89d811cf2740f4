/* tiny.c: pixels of so few channels that several fill a vector, times one small matrix: each channel is picked out for all
 * outputs of its pixel, whole vectors are read and written. */
#include "conv_act.h"
#include "nn_table.h"

typedef struct Tiny {
  int64_t C, O, pixels; /* of a vector */
  vb from;              /* the first channel of a lane's pixel */
  vr w[TINY_CHANNELS + 1], bias;
  ConvAct act;
  real slope;
  const real *residual;
} Tiny;

static void tiny_begin(Tiny *t, const TinyRun *r) {
  *t = (Tiny){.C = r->C,
              .O = r->O,
              .pixels = VL / (r->C > r->O ? r->C : r->O),
              .act = r->finish->act,
              .slope = (real)r->finish->slope,
              .residual = r->finish->residual};
  const real *w = r->w, *bias = r->finish->bias;
  for (int64_t i = 0; i < t->pixels * t->O; i++) {
    const int64_t o = i % t->O;
    t->from[i] = (bits)(i / t->O * t->C);
    t->bias[i] = bias ? bias[o] : 0;
    for (int64_t c = 0; c < t->C; c++) t->w[c][i] = w[c * r->w_c + o * r->w_o];
  }
}

INLINE void tiny_sums(const Tiny *t, const vr *x, vr *acc, const int nv) {
#pragma GCC unroll 4
  for (int k = 0; k < nv; k++) acc[k] = t->bias;
  vb lane = t->from;
  for (int64_t c = 0; c < t->C; c++, lane += 1) {
    const vr w = t->w[c];
#pragma GCC unroll 4
    for (int k = 0; k < nv; k++) acc[k] += v_pick(x[k], lane) * w;
  }
}

/* nv vectors of pixels with room behind them for what is read and written beside */
INLINE void tiny_whole(const Tiny *t, const real *x, real *y, const real *residual, const int nv) {
  const int64_t in = t->pixels * t->C, out = t->pixels * t->O;
  vr v[4], acc[4];
#pragma GCC unroll 4
  for (int k = 0; k < nv; k++) v[k] = v_load(x + k * in);
  tiny_sums(t, v, acc, nv);
  if (residual) {
#pragma GCC unroll 4
    for (int k = 0; k < nv; k++) acc[k] += v_load(residual + k * out);
  }
  activate_all(acc, nv, t->act, t->slope);
#pragma GCC unroll 4
  for (int k = 0; k < nv; k++) v_store(y + k * out, acc[k]);
}

/* n pixels of a vector */
static void tiny_part(const Tiny *t, int64_t n, const real *x, real *y, const real *residual) {
  vr v = {0}, acc, r = {0}, out;
  memcpy(&v, x, (size_t)(n * t->C) * sizeof *x);
  tiny_sums(t, &v, &acc, 1);
  if (residual) memcpy(&r, residual, (size_t)(n * t->O) * sizeof *x);
  out = activate(acc + r, t->act, v_all(t->slope));
  memcpy(y, &out, (size_t)(n * t->O) * sizeof *y);
}

void K(tiny)(int64_t n, const TinyRun *r, const void *x, void *y) {
  Tiny t;
  tiny_begin(&t, r);
  const int64_t p = t.pixels, room = VL / (t.C < t.O ? t.C : t.O) + 1;
  const real *in = x, *residual = t.residual ? t.residual + ((real *)y - (const real *)r->finish->y) : NULL;
  real *out = y;
  for (int64_t k; n > 0; n -= k, in += k * t.C, out += k * t.O, residual += residual ? k * t.O : 0)
    if (n >= 4 * p + room) tiny_whole(&t, in, out, residual, 4), k = 4 * p;
    else if (n >= room) tiny_whole(&t, in, out, residual, 1), k = p;
    else tiny_part(&t, k = n < p ? n : p, in, out, residual);
}
