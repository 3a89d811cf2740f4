/* lapack.h: factorisations by LAPACK (inside OpenBLAS), f32 and f64; the only place that names its symbols.
 *
 * LAPACK counts columns first: what it sees of a row-major matrix is its transpose, and that is what is said
 * here. On one thread: their many short steps are little work to share, and sums would depend on how it is
 * shared. Long calls run on a thread of their own, on copies: after ^C (interrupt_pending()) their results are
 * nothing to go by (aside.h). */
#ifndef LUNETTE_LAPACK_H
#define LUNETTE_LAPACK_H
#include "tensor.h"

enum { LAPACK_MOST = 30000 }; /* rows or columns: beyond, 32-bit counts of LAPACK's workspaces overflow */

/* a [m,n] (lost) = u [m,k] diag(s [k]) vt [k,n], k = min(m, n), all row-major; s falls.  1: it did not
 * converge. */
bool lapack_svd(Dtype d, int64_t m, int64_t n, void *a, void *s, void *u, void *vt, int *failed, Err *e);
/* a [n,n], symmetric, becomes rows of eigenvectors; w [n] the eigenvalues, rising. */
bool lapack_eigh(Dtype d, int64_t n, void *a, void *w, int *failed, Err *e);

#endif
