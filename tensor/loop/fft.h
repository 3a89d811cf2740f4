/* fft.h: discrete Fourier transforms of rows by FFTW, f32 and f64; the only place that includes its header.
 *
 * Nothing is scaled.  Complex numbers are pairs (re, im).  Rows are contiguous and begin at 64-byte blocks of
 * mem.h. ^C is looked at between groups of rows; a single row is not interruptible. */
#ifndef LUNETTE_FFT_H
#define LUNETTE_FFT_H
#include "tensor.h"

typedef enum FftKind {
  FFT_REAL,    /* n reals to n/2 + 1 pairs: X_k = sum x_t e^(-2 pi i k t / n)                 */
  FFT_UNREAL,  /* n/2 + 1 pairs to n reals: x_t = sum over all k (X_(n-k) = conj X_k); `in` is lost */
  FFT_FORWARD, /* n pairs to n pairs, e^(-...)                                                */
  FFT_BACKWARD /* the same with e^(+...)                                                      */
} FftKind;

enum { FFT_MOST = 1 << 28 }; /* points in a row */

bool fft_rows(FftKind kind, Dtype d, int64_t n, int64_t rows, void *in, void *out, Err *e);

#endif
