/* attention.c: softmax of a row of scores in place, and its gradient. */
#include "attention_kernel.h"

#include "map_loop.h"
#include "nn_table.h"

static real row_max(int64_t n, const real *s) {
  vr m = v_all(-(real)INFINITY);
  int64_t j = 0;
  for (; j + VL <= n; j += VL) m = v_max(m, v_load(s + j));
  real most = m[0];
  for (int i = 1; i < VL; i++) most = m[i] > most || m[i] != m[i] ? m[i] : most;
  for (; j < n; j++) most = s[j] > most || s[j] != s[j] ? s[j] : most;
  return most;
}

/* exp for arguments of at most about 0: exactly 0 where the bounded exp would stop at exp(-87). */
INLINE vr exp_below(vr x) { return v_select((vb)(x < -87), v_all(0), v_exp_bounded(x)); }

static void softmax(int64_t n, void *sv, double *sum, double *lse) {
  real *s = sv, most = row_max(n, s);
  if (most == -(real)INFINITY) {
    memset(s, 0, (size_t)n * sizeof *s);
    *sum = 0;
    *lse = INFINITY;
    return;
  }
  vr total = v_all(0);
  for (int64_t j = 0; j < n; j += VL) {
    vr e = exp_below(take(s + j, n - j) - most);
    if (n - j < VL) e = v_load_part((const real *)&e, n - j);
    total += e;
    put(s + j, e, n - j, false);
  }
  *sum = (double)v_sum(total);
  *lse = (double)most + log(*sum);
}

static void probabilities(int64_t n, void *sv, double lse) {
  real *s = sv;
  for (int64_t j = 0; j < n; j += VL) put(s + j, exp_below(take(s + j, n - j) - (real)lse), n - j, false);
}

static void score_grad(int64_t n, void *dpv, const void *pv, double delta, double scale) {
  const real *p = pv;
  real *dp = dpv;
  for (int64_t j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - (real)delta) * (real)scale;
}

static void add_mask(int64_t n, void *sv, const void *maskv, int64_t stride) {
  const real *mask = maskv;
  real *s = sv;
  for (int64_t j = 0; j < n; j++) s[j] += mask[j * stride];
}

static void keep(int64_t n, void *sv, const uint8_t *mask, int64_t stride) {
  real *s = sv;
  for (int64_t j = 0; j < n; j++) s[j] = mask[j * stride] ? s[j] : -(real)INFINITY;
}

const AttentionKernels K(attention_kernels) = {
    .softmax = softmax,
    .probabilities = probabilities,
    .score_grad = score_grad,
    .add_mask = add_mask,
    .keep = keep,
};
