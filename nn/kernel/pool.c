/* pool.c: windows of a pooling, a vector of channels at a time. */
#include "nn_table.h"
#include "pool_kernel.h"

INLINE vr get(const real *p, const bool part, int64_t n) { return part ? v_load_part(p, n) : v_load(p); }
INLINE void put(real *p, vr v, const bool part, int64_t n) {
  if (part) v_store_part(p, v, n);
  else v_store(p, v);
}

/* Numbers of pixels are 32 bits wide, the lanes of a mask as wide as `real`. */
INLINE vb get_at(const int32_t *at, int64_t n) {
  vb v = {0};
  for (int64_t i = 0; i < n; i++) v[i] = at[i];
  return v;
}
INLINE void put_at(int32_t *at, vb v, int64_t n) {
  bits lanes[VL];
  memcpy(lanes, &v, sizeof lanes);
  for (int64_t i = 0; i < n; i++) at[i] = (int32_t)lanes[i];
}

/* Every pixel of the window: `at` is its distance from the first. */
#define EACH_PIXEL(w)                                                                                        \
  for (int64_t i = 0; i < (w)->n[0]; i++)                                                                    \
    for (int64_t j = 0; j < (w)->n[1]; j++)                                                                  \
      for (int64_t k = 0, at = i * (w)->step[0] + j * (w)->step[1]; k < (w)->n[2]; k++, at += (w)->step[2])

INLINE void max_vector(const PoolWindow *w, const real *x, real *y, int32_t *to, const bool part, int64_t n) {
  vr best = get(x, part, n);
  vb where = (vb){0} + (bits)w->first;
  EACH_PIXEL(w) {
    const vr v = get(x + at * w->C, part, n);
    const vb more = (vb)(v > best) | (vb)(v != v), here = (vb){0} + (bits)(w->first + at);
    best = v_select(more, v, best);
    where = (more & here) | (~more & where);
  }
  put(y, best, part, n);
  put_at(to, where, part ? n : VL);
}

/* Channels from c on; each by itself where they are not worth a vector. */
static void max_rest(const PoolWindow *w, const real *x, real *y, int32_t *to, int64_t c) {
  if (w->C - c > VL / 4) {
    max_vector(w, x + c, y + c, to + c, true, w->C - c);
    return;
  }
  for (; c < w->C; c++) {
    real best = x[c];
    int64_t where = 0;
    EACH_PIXEL(w) {
      const real v = x[at * w->C + c];
      if (v > best || v != v) best = v, where = at;
    }
    y[c] = best;
    to[c] = (int32_t)(w->first + where);
  }
}

/* m vectors that do not wait for each other; or a part of one. */
enum { AT_ONCE = 4 };
INLINE void max_only(const PoolWindow *w, const real *x, real *y, const int m, const bool part, int64_t n) {
  vr best[AT_ONCE];
  for (int v = 0; v < m; v++) best[v] = get(x + v * VL, part, n);
  EACH_PIXEL(w) for (int v = 0; v < m; v++) best[v] = v_max(best[v], get(x + at * w->C + v * VL, part, n));
  for (int v = 0; v < m; v++) put(y + v * VL, best[v], part, n);
}

/* Pixels side by side, in four sums that do not wait for each other. */
INLINE vr sum_along(const PoolWindow *w, const real *x, const bool part, int64_t n) {
  const int64_t step = w->step[2] * w->C;
  vr sum[4] = {{0}};
  int64_t k = 0;
  for (; k + 4 <= w->n[2]; k += 4)
    for (int i = 0; i < 4; i++) sum[i] += get(x + (k + i) * step, part, n);
  for (; k < w->n[2]; k++) sum[0] += get(x + k * step, part, n);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
INLINE void sum_vectors(const PoolWindow *w, const real *x, real *y, real scale, const int m, const bool part,
                        int64_t n) {
  vr sum[AT_ONCE] = {{0}};
  if (m == 1 && w->n[2] >= 8)
    for (int64_t i = 0; i < w->n[0]; i++)
      for (int64_t j = 0; j < w->n[1]; j++)
        sum[0] += sum_along(w, x + (i * w->step[0] + j * w->step[1]) * w->C, part, n);
  else EACH_PIXEL(w) for (int v = 0; v < m; v++) sum[v] += get(x + at * w->C + v * VL, part, n);
  for (int v = 0; v < m; v++) put(y + v * VL, sum[v] * scale, part, n);
}

/* Channels from c on, each by itself: which element of dx is its own, is known. */
static void max_grad_each(const PoolWindow *w, real *dx, const real *dy, const int32_t *from, int64_t c) {
  for (; c < w->C; c++) dx[(from[c] - w->first) * w->C + c] += dy[c];
}
INLINE void max_grad_vector(const PoolWindow *w, real *dx, const real *dy, const int32_t *from) {
  const vr g = v_load(dy);
  const vb where = get_at(from, VL);
  EACH_PIXEL(w) {
    real *p = dx + at * w->C;
    const vb mine = (vb)(where == (vb){0} + (bits)(w->first + at));
    v_store(p, v_load(p) + v_select(mine, g, (vr){0}));
  }
}

INLINE void sum_grad_vector(const PoolWindow *w, real *dx, const real *dy, real scale, const bool part,
                            int64_t n) {
  const vr g = get(dy, part, n) * scale;
  EACH_PIXEL(w) {
    real *p = dx + at * w->C;
    put(p, get(p, part, n) + g, part, n);
  }
}

/* All channels: whole vectors, then the rest. */
#define EACH_VECTOR(call_whole, call_part)                                                                   \
  int64_t c = 0;                                                                                             \
  for (; c + VL <= w->C; c += VL) call_whole;                                                                \
  if (c < w->C) { call_part; }

/* The same, some vectors at once first. */
#define EACH_VECTORS(call_some, call_whole, call_part)                                                       \
  int64_t c = 0;                                                                                             \
  for (; c + AT_ONCE * VL <= w->C; c += AT_ONCE * VL) call_some;                                             \
  for (; c + VL <= w->C; c += VL) call_whole;                                                                \
  if (c < w->C) { call_part; }

INLINE void max_window(const PoolWindow *w, const real *from, real *to, int32_t *at) {
  if (!at) {
    EACH_VECTORS(max_only(w, from + c, to + c, AT_ONCE, false, VL),
                 max_only(w, from + c, to + c, 1, false, VL),
                 max_only(w, from + c, to + c, 1, true, w->C - c));
    return;
  }
  EACH_VECTOR(max_vector(w, from + c, to + c, at + c, false, VL), max_rest(w, from, to, at, c));
}
INLINE void sum_window(const PoolWindow *w, const real *from, real *to, double scale) {
  EACH_VECTORS(sum_vectors(w, from + c, to + c, (real)scale, AT_ONCE, false, VL),
               sum_vectors(w, from + c, to + c, (real)scale, 1, false, VL),
               sum_vectors(w, from + c, to + c, (real)scale, 1, true, w->C - c));
}
INLINE void max_grad(const PoolWindow *w, real *to, const real *from, const int32_t *at) {
  int64_t c = 0;
  if (w->n[0] * w->n[1] * w->n[2] < VL)
    for (; c + VL <= w->C; c += VL) max_grad_vector(w, to + c, from + c, at + c);
  max_grad_each(w, to, from, at, c);
}
INLINE void sum_grad(const PoolWindow *w, real *to, const real *from, double scale) {
  EACH_VECTOR(sum_grad_vector(w, to + c, from + c, (real)scale, false, VL),
              sum_grad_vector(w, to + c, from + c, (real)scale, true, w->C - c));
}

#define EACH_WINDOW(w, all, i)                                                                               \
  PoolWindow w = *(all);                                                                                     \
  for (int64_t i = 0; i < (all)->windows; i++, w.first += w.apart)

static void max_windows(const PoolWindow *all, const void *x, void *y, int32_t *at) {
  const int64_t step = all->apart * all->C;
  EACH_WINDOW(w, all, i)
  max_window(&w, (const real *)x + i * step, (real *)y + i * w.C, at ? at + i * w.C : NULL);
}
static void sum_windows(const PoolWindow *all, const void *x, void *y, double scale) {
  const int64_t step = all->apart * all->C;
  EACH_WINDOW(w, all, i) sum_window(&w, (const real *)x + i * step, (real *)y + i * w.C, scale);
}
static void max_grads(const PoolWindow *all, void *dx, const void *dy, const int32_t *at) {
  const int64_t step = all->apart * all->C;
  EACH_WINDOW(w, all, i) max_grad(&w, (real *)dx + i * step, (const real *)dy + i * w.C, at + i * w.C);
}
static void sum_grads(const PoolWindow *all, void *dx, const void *dy, double scale) {
  const int64_t step = all->apart * all->C;
  EACH_WINDOW(w, all, i) sum_grad(&w, (real *)dx + i * step, (const real *)dy + i * w.C, scale);
}

const PoolKernels K(pool_kernels) = {
    .max = max_windows,
    .sum = sum_windows,
    .max_grad = max_grads,
    .sum_grad = sum_grads,
};
