/* qr.h: QR factors of row-major matrices, f32 and f64, by Householder's reflections, many at a time as products (Schreiber
 * and Van Loan 1989, "A storage-efficient WY representation"; Elmroth and Gustavson 2000).  Results do not depend on the
 * number of threads; after ^C (interrupt_pending()) they are nothing to go by. */
#ifndef LUNETTE_QR_H
#define LUNETTE_QR_H
#include "tensor.h"

/* a [m,n] (lost) = q [m,k] r [k,n], k = min(m, n) > 0.  The signs are LAPACK's, as NumPy's and PyTorch's: r[i,i] has the
 * other sign than what is reflected. */
bool qr(Dtype d, int64_t m, int64_t n, void *a, void *q, void *r, Err *e);
#endif
