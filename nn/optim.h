/* optim.h: update rules of optimisers, fused: one pass over parameter p, gradient g and state, in place.
 *
 * p, g and state share shape and dtype (f32 or f64); state is contiguous and starts as zeros.  `step` counts
 * from 1. All rules but LAMB's are PyTorch's.  Weight decay is g += weight_decay p unless a rule says
 * otherwise. False: shapes or dtypes differ (the message names them) or memory is short; then nothing has
 * changed.
 *
 * Does NOT: hold state, know options and their ranges (optim_table.h), schedule learning rates. */
#ifndef LUNETTE_OPTIM_H
#define LUNETTE_OPTIM_H
#include "tensor.h"

/* Sutskever et al. 2013: m = momentum m + (1 - dampening) g (first step: m = g);
 * p -= lr m, nesterov: p -= lr (g + momentum m).  m may be NULL when momentum is 0. */
typedef struct OptimSgd {
  double lr, momentum, dampening, weight_decay;
  bool nesterov;
} OptimSgd;
bool optim_sgd(Tensor *p, const Tensor *g, Tensor *m, const OptimSgd *o, int64_t step, Err *e);

/* Kingma and Ba 2015, arXiv:1412.6980: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * p -= lr / (1 - beta1^step) m / (sqrt(v / (1 - beta2^step)) + eps).
 * decoupled: AdamW, Loshchilov and Hutter 2019, arXiv:1711.05101: p -= lr weight_decay p first, g as it is. */
typedef struct OptimAdam {
  double lr, beta1, beta2, eps, weight_decay;
  bool decoupled, amsgrad; /* amsgrad: for whoever keeps the state: the rule asks whether `top` is given */
} OptimAdam;
bool optim_adam(Tensor *p, const Tensor *g, Tensor *m, Tensor *v, const OptimAdam *o, int64_t step, Err *e);
/* Reddi et al. 2018, arXiv:1904.09237: top = max(top, v), and top in the place of v under the root. */
bool optim_amsgrad(Tensor *p, const Tensor *g, Tensor *m, Tensor *v, Tensor *top, const OptimAdam *o,
                   int64_t step, Err *e);

/* You et al. 2020, arXiv:1904.00962 (LAMB): d = Adam's m / (sqrt(v) + eps), corrected, + weight_decay p;
 * p -= lr (|p| / |d|) d, the ratio 1 where a norm is 0.  Norms are over the whole parameter. */
bool optim_lamb(Tensor *p, const Tensor *g, Tensor *m, Tensor *v, const OptimAdam *o, int64_t step, Err *e);

/* Tieleman and Hinton 2012: v = alpha v + (1 - alpha) g^2; d = g / (sqrt(v) + eps); p -= lr d.
 * mean given (centered, Graves 2013, arXiv:1308.0850): mean = alpha mean + (1 - alpha) g and v - mean^2 under
 * the root. m given: m = momentum m + d; p -= lr m. */
typedef struct OptimRmsprop {
  double lr, alpha, eps, weight_decay, momentum;
  bool centered; /* for whoever keeps the state: the rule asks whether `mean` is given */
} OptimRmsprop;
bool optim_rmsprop(Tensor *p, const Tensor *g, Tensor *v, Tensor *m, Tensor *mean, const OptimRmsprop *o,
                   Err *e);

/* Duchi et al. 2011: v, which starts as initial_accumulator, += g^2; p -= lr / (1 + (step - 1) lr_decay) g / (sqrt(v) + eps). */
typedef struct OptimAdagrad {
  double lr, lr_decay, eps, weight_decay, initial_accumulator;
} OptimAdagrad;
bool optim_adagrad(Tensor *p, const Tensor *g, Tensor *v, const OptimAdagrad *o, int64_t step, Err *e);

/* Euclidean norm of n gradients taken together, summed in double; NULL entries do not count. */
double optim_grad_norm(Tensor *const *g, int n);
/* Scales them so that the norm is at most `most` (by most / (norm + 1e-6), as PyTorch); gives the norm as it
 * was. */
double optim_clip_norm(Tensor *const *g, int n, double most);
/* The same of (sum |g|^p)^(1/p), p above 0; inf: the greatest |g|. */
double optim_grad_norm_p(Tensor *const *g, int n, double p);
double optim_clip_norm_p(Tensor *const *g, int n, double most, double p);
/* Every element into -most..most; NaN stays. */
void optim_clip_value(Tensor *const *g, int n, double most);
/* Moving average: avg = decay avg + (1 - decay) x. */
bool optim_ema(Tensor *avg, const Tensor *x, double decay, Err *e);

#endif
