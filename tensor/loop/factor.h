/* factor.h: LU and Cholesky factors of row-major matrices, f32 and f64, and systems of equations by them; all work but
 * that on blocks of FACTOR_SIDE is products (gemm.h), cut by recursion (Toledo 1997, "Locality of reference in LU
 * decomposition with partial pivoting"; Gustavson 1997).  Results do not depend on the number of threads; after ^C
 * (interrupt_pending()) they are nothing to go by. */
#ifndef LUNETTE_FACTOR_H
#define LUNETTE_FACTOR_H
#include "gemm.h"

/* a [n,n] becomes L (ones on its diagonal) and U of P a = L U; row i changed places with row pivot[i] - 1 of those that
 * were left.  0, or the place (from 1) of the first pivot that is 0, or -1 for want of memory. */
int factor_lu(Dtype d, int64_t n, void *a, int32_t *pivot, Err *e);
/* The factors become the inverse of a. */
bool factor_invert(Dtype d, int64_t n, void *a, const int32_t *pivot, Err *e);
/* b [n,k] becomes the solution of a x = b, or of a^T x = b. */
bool factor_solve(Dtype d, bool transposed, int64_t n, int64_t k, const void *lu, const int32_t *pivot,
                  void *b, Err *e);
/* a [n,n], of which the upper triangle is read, becomes U with a = U^T U; what is left of the diagonal is lost.
 * 0, or the order of a leading minor that is not positive, or -1 for want of memory. */
int factor_cholesky(Dtype d, int64_t n, void *a, Err *e);

/* b [n,k], of any strides of which one is 1, becomes the solution of t x = b for a triangular t [n,n]; `unit`: with ones on
 * its diagonal, which is not read. */
typedef struct Triangle {
  Dtype d;
  bool lower, unit;
} Triangle;
bool factor_triangle(Triangle form, int64_t n, Mat t, int64_t k, void *b, int64_t b_rs, int64_t b_cs, Err *e);
#endif
