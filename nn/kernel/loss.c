/* loss.c: elementwise losses f(x, t) and their derivatives in x and in t; formulas beside the ops in
 * op_loss.c. q weighs the positive class (bce_logits). */
#include "map_loop.h"
#include "nn_table.h"

enum { BLOCK = 1024 }; /* elements summed in `real` before they go to a double */

typedef vr (*LossF)(vr x, vr t, vr q, const LossNumbers *p);

INLINE vr sign_(vr d) { return v_select((vb)(d == 0) | (vb)(d != d), d, v_copysign(v_all(1), d)); }
/* log(1 + e) for e >= 0, also where 1 + e rounds */
INLINE vr log1p_(vr e) {
  vr u = 1 + e;
  return v_log(u) - ((u - 1) - e) / u;
}
/* log(1 + exp(-x)) */
INLINE vr softplus_neg(vr x) { return log1p_(v_exp(-v_abs(x))) + v_max(-x, v_all(0)); }
INLINE vr log_floor(vr x) { return v_max(v_log(x), v_all(-100)); } /* PyTorch's bound */

INLINE vr mse(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return (x - t) * (x - t);
}
INLINE vr mse_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return 2 * (x - t);
}

INLINE vr l1(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return v_abs(x - t);
}
INLINE vr l1_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return sign_(x - t);
}

INLINE vr smooth_l1(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  real beta = (real)p->beta;
  vr d = v_abs(x - t);
  return v_select((vb)(d < beta), (real)0.5 * d * d / beta, d - (real)0.5 * beta);
}
INLINE vr smooth_l1_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  real beta = (real)p->beta;
  vr d = x - t;
  return v_select((vb)(v_abs(d) < beta), d / beta, sign_(d));
}

INLINE vr huber(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  real delta = (real)p->delta;
  vr d = v_abs(x - t);
  return v_select((vb)(d < delta), (real)0.5 * d * d, delta * (d - (real)0.5 * delta));
}
INLINE vr huber_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  return v_clamp(x - t, (real)-p->delta, (real)p->delta);
}

INLINE vr hinge(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  return v_max((real)p->margin - t * x, v_all(0));
}
/* d where the margin is missed, 0 where it is kept, NaN where that is unknown */
INLINE vr missed(vr margin, vr d) {
  vr y = v_select((vb)(margin <= 0), v_all(0), d);
  return v_select((vb)(margin != margin), margin, y);
}
INLINE vr hinge_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  return missed((real)p->margin - t * x, -t);
}
INLINE vr hinge_t(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  return missed((real)p->margin - t * x, -x);
}

INLINE vr bce(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return (t - 1) * log_floor(1 - x) - t * log_floor(x);
}
INLINE vr bce_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return (x - t) / v_max((1 - x) * x, v_all((real)1e-12));
}
INLINE vr bce_t(vr x, vr t, vr q, const LossNumbers *p) {
  (void)t, (void)q, (void)p;
  return log_floor(1 - x) - log_floor(x);
}

INLINE vr bce_logits(vr x, vr t, vr q, const LossNumbers *p) {
  (void)p;
  return (1 - t) * x + (1 + (q - 1) * t) * softplus_neg(x);
}
INLINE vr bce_logits_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)p;
  return (1 + (q - 1) * t) * v_sigmoid(x) - q * t;
}
INLINE vr bce_logits_t(vr x, vr t, vr q, const LossNumbers *p) {
  (void)t, (void)p;
  return (q - 1) * softplus_neg(x) - x;
}

INLINE vr kl(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return v_select((vb)(t == 0), v_all(0), t * v_log(t)) - t * x;
}
INLINE vr kl_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)x, (void)q, (void)p;
  return -t;
}
INLINE vr kl_t(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return v_log(t) + 1 - x;
}

INLINE vr kl_log(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return v_exp(t) * (t - x);
}
INLINE vr kl_log_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)x, (void)q, (void)p;
  return -v_exp(t);
}
INLINE vr kl_log_t(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q, (void)p;
  return v_exp(t) * (t - x + 1);
}

/* focal: a s^gamma ce with s = 1 - p_t, the probability of the wrong answer */
typedef struct Focal {
  vr a, s, power, ce, prob; /* power = s^(gamma - 1) */
} Focal;
INLINE Focal focal_parts(vr x, vr t, const LossNumbers *p) {
  real alpha = (real)p->alpha, gamma = (real)p->gamma;
  Focal f;
  f.prob = v_sigmoid(x);
  f.s = f.prob + t - 2 * f.prob * t;
  f.ce = (1 - t) * x + softplus_neg(x);
  f.a = alpha < 0 ? v_all(1) : alpha * t + (1 - alpha) * (1 - t);
  f.power = gamma == 1 ? v_all(1) : v_exp((gamma - 1) * v_log(v_max(f.s, v_all((real)1e-30))));
  return f;
}
INLINE vr focal(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  Focal f = focal_parts(x, t, p);
  return f.a * f.power * f.s * f.ce;
}
INLINE vr focal_x(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  Focal f = focal_parts(x, t, p);
  vr ds = f.prob * (1 - f.prob) * (1 - 2 * t);
  return f.a * f.power * (f.s * (f.prob - t) + (real)p->gamma * f.ce * ds);
}
INLINE vr focal_t(vr x, vr t, vr q, const LossNumbers *p) {
  (void)q;
  Focal f = focal_parts(x, t, p);
  vr da = v_all(p->alpha < 0 ? 0 : (real)(2 * p->alpha - 1));
  return f.power * (f.a * ((real)p->gamma * f.ce * (1 - 2 * f.prob) - f.s * x) + da * f.s * f.ce);
}

/* Values alone, whose sum nobody wants; where nothing weighs, without a look at what is left. */
INLINE void value_loop(int64_t n, real *y, const LossData *d, const LossNumbers *p, LossF f) {
  const real *x = d->x, *t = d->t, *w = d->w, *q = d->q;
  int64_t i = 0;
  for (; !w && !q && i + VL <= n; i += VL) v_store(y + i, f(v_load(x + i), v_load(t + i), v_all(1), p));
  for (; i < n; i += VL) {
    vr v = f(take(x + i, n - i), take(t + i, n - i), q ? take(q + i, n - i) : v_all(1), p);
    if (w) v *= take(w + i, n - i);
    put(y + i, v, n - i, false);
  }
}

/* Into y, or else their sum. */
INLINE double loss_loop(int64_t n, void *y, const LossData *d, const LossNumbers *p, LossF f) {
  const real *x = d->x, *t = d->t, *w = d->w, *q = d->q;
  double total = 0;
  if (y) {
    value_loop(n, y, d, p, f);
    return 0;
  }
  for (int64_t b = 0; b < n; b += BLOCK) {
    int64_t end = n - b < BLOCK ? n : b + BLOCK;
    vr sum = v_all(0);
    for (int64_t i = b; i < end; i += VL) {
      vr v = f(take(x + i, end - i), take(t + i, end - i), q ? take(q + i, end - i) : v_all(1), p);
      if (w) v *= take(w + i, end - i);
      sum += end - i >= VL ? v : v_load_part((const real *)&v, end - i);
    }
    total += (double)v_sum(sum);
  }
  return total;
}

INLINE void grad_loop(int64_t n, void *dx, const LossData *d, const void *dyv, double scale,
                      const LossNumbers *p, bool add, LossF f) {
  const real *x = d->x, *t = d->t, *w = d->w, *q = d->q, *dy = dyv;
  real *y = dx;
  for (int64_t i = 0; i < n; i += VL) {
    vr v = (real)scale * f(take(x + i, n - i), take(t + i, n - i), q ? take(q + i, n - i) : v_all(1), p);
    if (w) v *= take(w + i, n - i);
    if (dy) v *= take(dy + i, n - i);
    put(y + i, v, n - i, add);
  }
}

/* A loss f, its derivative in x, and in t: `sign` times the function given */
#define LOSS(f, ft, sign)                                                                                    \
  static double k_##f(int64_t n, void *y, const LossData *d, const LossNumbers *p) {                         \
    return loss_loop(n, y, d, p, f);                                                                         \
  }                                                                                                          \
  static void k_##f##_x(int64_t n, void *dx, const LossData *d, const void *dy, double s,                    \
                        const LossNumbers *p, bool add) {                                                    \
    grad_loop(n, dx, d, dy, s, p, add, f##_x);                                                               \
  }                                                                                                          \
  static void k_##f##_t(int64_t n, void *dt, const LossData *d, const void *dy, double s,                    \
                        const LossNumbers *p, bool add) {                                                    \
    grad_loop(n, dt, d, dy, sign s, p, add, ft);                                                             \
  }
LOSS(mse, mse_x, -)
LOSS(l1, l1_x, -)
LOSS(smooth_l1, smooth_l1_x, -)
LOSS(huber, huber_x, -)
LOSS(hinge, hinge_t, +)
LOSS(bce, bce_t, +)
LOSS(bce_logits, bce_logits_t, +)
LOSS(kl, kl_t, +)
LOSS(kl_log, kl_log_t, +)
LOSS(focal, focal_t, +)

const LossFn K(loss_table)[L_COUNT] = {k_mse, k_l1,         k_smooth_l1, k_huber,  k_hinge,
                                       k_bce, k_bce_logits, k_kl,        k_kl_log, k_focal};
const LossGradFn K(loss_grad_x_table)[L_COUNT] = {k_mse_x,    k_l1_x,   k_smooth_l1_x,  k_huber_x,
                                                  k_hinge_x,  k_bce_x,  k_bce_logits_x, k_kl_x,
                                                  k_kl_log_x, k_focal_x};
const LossGradFn K(loss_grad_t_table)[L_COUNT] = {k_mse_t,    k_l1_t,   k_smooth_l1_t,  k_huber_t,
                                                  k_hinge_t,  k_bce_t,  k_bce_logits_t, k_kl_t,
                                                  k_kl_log_t, k_focal_t};
