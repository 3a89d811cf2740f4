/* matrices.h: what the ops on matrices [..., m, n] share: op_solve.c, op_eigen.c, op_factor.c, op_det.c,
 * op_cdist.c. */
#ifndef LUNETTE_MATRICES_H
#define LUNETTE_MATRICES_H
#include "op.h"

/* x[0] is a float [..., m, n], square where asked, of at most LAPACK_MOST rows and columns. */
bool matrices_want(OpCall *c, bool square, Err *e);
bool matrices_finite(const OpCall *c, const Tensor *a, Err *e); /* all elements of a (contiguous) */
int64_t matrices_rows(const Tensor *a);
int64_t matrices_columns(const Tensor *a);
int64_t matrices_count(const Tensor *a); /* how many */
/* Where element number `element` of t, contiguous, lies. */
unsigned char *matrices_at(const Tensor *t, int64_t element);

/* (a + a^T) / 2 in the place of a [n, n]. */
void matrices_mean(Dtype d, int64_t n, void *a);

/* t of such a dtype, contiguous, and with its last two dimensions swapped where `turn`; one reference. */
Tensor *matrices_laid(Tensor *t, Dtype d, bool turn, Err *e);
/* The same in f64, in which gradients are computed. */
Tensor *matrices_wide(Tensor *t, bool turn, Err *e);
/* n elements of dx, from number `first` on, become (or gain) `from`. */
void matrices_put(Tensor *dx, int64_t first, const double *from, int64_t n, bool add);
/* C [M,N] = alpha op(A) op(B) (+ C); ta: A is [K,M], else [M,K]; tb: B is [N,K], else [K,N].  All contiguous. */
bool matrices_product(int64_t M, int64_t N, int64_t K, double alpha, const double *A, bool ta,
                      const double *B, bool tb, bool add, double *C, Err *e);

#endif
