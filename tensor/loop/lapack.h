/* lapack.h: factorisations by LAPACK (inside OpenBLAS), f32 and f64; the only place that names its symbols.
 *
 * LAPACK counts columns first: what it sees of a row-major matrix is its transpose, and that is what is said
 * here. Long calls run on a thread of their own, on copies: after ^C (interrupt_pending()) their results are
 * nothing to go by (aside.h). */
#ifndef LUNETTE_LAPACK_H
#define LUNETTE_LAPACK_H
#include "tensor.h"

enum { LAPACK_MOST = 30000 }; /* rows or columns: beyond, 32-bit counts of LAPACK's workspaces overflow */

/* a [n,n] becomes L and U, pivot [n] the order of rows; 0, or the place (from 1) of a pivot that is 0, or -1
 * for want of memory. */
int lapack_factor(Dtype d, int64_t n, void *a, int32_t *pivot, Err *e);
/* The factors become the inverse. */
bool lapack_invert(Dtype d, int64_t n, void *a, int32_t *pivot, Err *e);
/* b, k rows of n, becomes the solutions of A x = b (of the row-major A that was factored), or of A^T x = b. */
bool lapack_solve(Dtype d, bool transposed, int64_t n, int64_t k, const void *lu, const int32_t *pivot,
                  void *b, Err *e);
/* a [m,n] (lost) = u [m,k] diag(s [k]) vt [k,n], k = min(m, n), all row-major; s falls.  1: it did not
 * converge. */
bool lapack_svd(Dtype d, int64_t m, int64_t n, void *a, void *s, void *u, void *vt, int *failed, Err *e);
/* a [n,n], symmetric, becomes rows of eigenvectors; w [n] the eigenvalues, rising. */
bool lapack_eigh(Dtype d, int64_t n, void *a, void *w, int *failed, Err *e);
/* a [n,n], of which the lower triangle is read, becomes L with A = L L^T; what is right of the diagonal stays.
 * 0, or the order of a leading minor that is not positive, or -1 for want of memory. */
int lapack_cholesky(Dtype d, int64_t n, void *a, Err *e);
/* at [n,m], the transpose of A [m,n], becomes (in its first k rows, k = min(m, n)) the transpose of Q [m,k];
 * r [k,n] becomes R.  The signs are LAPACK's, as NumPy's and PyTorch's. */
bool lapack_qr(Dtype d, int64_t m, int64_t n, void *at, void *r, Err *e);
/* b, k rows of n, becomes the solutions of T x = b, or of T^T x = b, for a triangular T [n,n]. */
bool lapack_triangle(Dtype d, bool lower, bool transposed, int64_t n, int64_t k, const void *t, void *b,
                     Err *e);

#endif
