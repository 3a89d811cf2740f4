/* recurrent.c: the elementwise part of RNN, LSTM and GRU steps and of their gradients. */
#include "recurrent_kernel.h"

#include "map_loop.h"
#include "nn_table.h"

static void rnn_step(int64_t H, bool relu, void *prev, const void *gv, void *hv) {
  real *pre = prev, *h = hv;
  const real *g = gv;
  for (int64_t j = 0; j < H; j += VL) {
    int64_t left = H - j;
    vr a = take(pre + j, left) + take(g + j, left), v = relu ? v_max(a, v_all(0)) : v_tanh(a);
    put(pre + j, v, left, false);
    put(h + j, v, left, false);
  }
}

static void lstm_step(int64_t H, void *prev, const void *gv, void *cv, void *cellv, void *hv, void *yv) {
  real *pre = prev, *c = cv, *cell = cellv, *h = hv, *y = yv;
  const real *g = gv;
  for (int64_t j = 0; j < H; j += VL) {
    int64_t left = H - j;
    vr i = v_sigmoid(take(pre + j, left) + take(g + j, left));
    vr f = v_sigmoid(take(pre + H + j, left) + take(g + H + j, left));
    vr n = v_tanh(take(pre + 2 * H + j, left) + take(g + 2 * H + j, left));
    vr o = v_sigmoid(take(pre + 3 * H + j, left) + take(g + 3 * H + j, left));
    vr s = f * take(c + j, left) + i * n, v = o * v_tanh(s);
    put(pre + j, i, left, false);
    put(pre + H + j, f, left, false);
    put(pre + 2 * H + j, n, left, false);
    put(pre + 3 * H + j, o, left, false);
    put(c + j, s, left, false);
    put(cell + j, s, left, false);
    put(h + j, v, left, false);
    put(y + j, v, left, false);
  }
}

static void gru_step(int64_t H, void *prev, const void *gv, void *hv, void *yv) {
  real *pre = prev, *h = hv, *y = yv;
  const real *g = gv;
  for (int64_t j = 0; j < H; j += VL) {
    int64_t left = H - j;
    vr r = v_sigmoid(take(pre + j, left) + take(g + j, left));
    vr z = v_sigmoid(take(pre + H + j, left) + take(g + H + j, left));
    vr q = take(g + 2 * H + j, left), n = v_tanh(take(pre + 2 * H + j, left) + r * q);
    vr v = n + z * (take(h + j, left) - n);
    put(pre + j, r, left, false);
    put(pre + H + j, z, left, false);
    put(pre + 2 * H + j, n, left, false);
    put(pre + 3 * H + j, q, left, false);
    put(h + j, v, left, false);
    put(y + j, v, left, false);
  }
}

static void rnn_back(int64_t H, bool relu, const void *yv, const void *dyv, void *dhv, void *dv) {
  const real *y = yv, *dy = dyv;
  real *dh = dhv, *d = dv;
  for (int64_t j = 0; j < H; j += VL) {
    int64_t left = H - j;
    vr v = take(y + j, left), s = take(dh + j, left) + take(dy + j, left);
    put(d + j, relu ? v_select((vb)(v > 0), s, v_all(0)) : s * (1 - v * v), left, false);
    put(dh + j, v_all(0), left, false);
  }
}

static void lstm_back(int64_t H, const void *gatesv, const void *cellv, const void *beforev, const void *dyv,
                      void *dhv, void *dcv, void *dv) {
  const real *gates = gatesv, *cell = cellv, *before = beforev, *dy = dyv;
  real *dh = dhv, *dc = dcv, *d = dv;
  for (int64_t j = 0; j < H; j += VL) {
    int64_t left = H - j;
    vr i = take(gates + j, left), f = take(gates + H + j, left), n = take(gates + 2 * H + j, left),
       o = take(gates + 3 * H + j, left), t = v_tanh(take(cell + j, left));
    vr dht = take(dh + j, left) + take(dy + j, left);
    vr dct = take(dc + j, left) + dht * o * (1 - t * t);
    put(d + j, dct * n * i * (1 - i), left, false);
    put(d + H + j, dct * take(before + j, left) * f * (1 - f), left, false);
    put(d + 2 * H + j, dct * i * (1 - n * n), left, false);
    put(d + 3 * H + j, dht * t * o * (1 - o), left, false);
    put(dc + j, dct * f, left, false);
    put(dh + j, v_all(0), left, false);
  }
}

static void gru_back(int64_t H, const void *gatesv, const void *beforev, const void *dyv, void *dhv,
                     void *dv) {
  const real *gates = gatesv, *before = beforev, *dy = dyv;
  real *dh = dhv, *d = dv;
  for (int64_t j = 0; j < H; j += VL) {
    int64_t left = H - j;
    vr r = take(gates + j, left), z = take(gates + H + j, left), n = take(gates + 2 * H + j, left),
       q = take(gates + 3 * H + j, left);
    vr dht = take(dh + j, left) + take(dy + j, left);
    vr dn = dht * (1 - z) * (1 - n * n);
    put(d + j, dn * q * r * (1 - r), left, false);
    put(d + H + j, dht * (take(before + j, left) - n) * z * (1 - z), left, false);
    put(d + 2 * H + j, dn, left, false);
    put(d + 3 * H + j, dn * r, left, false);
    put(dh + j, dht * z, left, false);
  }
}

const RecurrentKernels K(recurrent_kernels) = {
    .rnn_step = rnn_step,
    .lstm_step = lstm_step,
    .gru_step = gru_step,
    .rnn_back = rnn_back,
    .lstm_back = lstm_back,
    .gru_back = gru_back,
};
