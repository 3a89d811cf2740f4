/* norms.h: (sum |x|^p)^(1/p) of rows and its gradient, of any p but NaN, in f64. */
#ifndef LUNETTE_NORMS_H
#define LUNETTE_NORMS_H
#include "tensor.h"

/* x and dx are [outer, inner], y and dy [outer], all contiguous. */
void norms_of(double p, Tensor *y, const Tensor *x, int64_t outer, int64_t inner);
void norms_back(double p, Tensor *dx, const Tensor *x, const Tensor *y, const Tensor *dy, int64_t outer,
                int64_t inner);

/* v[i]^p in place, n at most NORMS_SOME, v[i] not below 0. */
enum { NORMS_SOME = 512 };
void norms_raise(int64_t n, double *v, double p);

#endif
