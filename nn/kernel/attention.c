/* attention.c: softmax of rows of scores in place, and its gradient. */
#include "attention_kernel.h"

#include "map_loop.h"
#include "nn_table.h"

/* NaN only where there is nothing else: elsewhere it makes the sum NaN. */
static real score_max(int64_t n, const real *s) {
  real most = row_max(n, s);
  for (int64_t j = 0; most == -(real)INFINITY && j < n; j++) most = s[j] != s[j] ? s[j] : most;
  return most;
}

/* What row r of the scores sees, the rest of it 0. */
INLINE int64_t seen(const ScoreRows *g, int64_t r, real *s) {
  const int64_t n = g->first + r * g->more, own = n < 0 ? 0 : n < g->n ? n : g->n;
  if (own < g->n) memset(s + own, 0, (size_t)(g->n - own) * sizeof *s);
  return own;
}

static void softmax(const ScoreRows *g, void *sumv, void *lsev) {
  real *s = g->s, *sum = sumv, *lse = lsev;
  for (int64_t r = 0; r < g->rows; r++, s += g->ld) {
    const int64_t n = seen(g, r, s);
    lse[r] = score_max(n, s);
    if (lse[r] == -(real)INFINITY) {
      memset(s, 0, (size_t)n * sizeof *s);
      sum[r] = 0;
    } else {
      sum[r] = (real)row_exp(n, s, s, lse[r]);
    }
  }
  for (int64_t r = 0; r < g->rows; r += VL) {
    const int64_t left = g->rows - r;
    const vr total = take(sum + r, left), y = take(lse + r, left) + v_log(total);
    put(lse + r, v_select((vb)(total == 0), v_all((real)INFINITY), y), left, false);
  }
}

static void probabilities(const ScoreRows *g, const void *lsev) {
  const real *lse = lsev;
  real *s = g->s;
  for (int64_t r = 0; r < g->rows; r++, s += g->ld) row_exp(seen(g, r, s), s, s, lse[r]);
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
