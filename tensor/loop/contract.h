/* contract.h: one product of matrices over any number of further axes, and sums over axes that C lacks.
 *
 *   C[.., m, n] = sum over k and over every axis with c = 0 of A[.., m, k] B[.., k, n]  (+ C where add)
 *
 * Axes that lie behind rows, columns or k in memory are folded into them, so that a batch against one matrix
 * is a single tall product and its weight gradient a single long sum. */
#ifndef LUNETTE_CONTRACT_H
#define LUNETTE_CONTRACT_H
#include "gemm.h"

typedef struct Axis {
  int64_t size, a, b, c; /* strides in elements; 0: repeated (A, B) or summed (C) */
} Axis;

typedef struct Contraction {
  Dtype dtype;
  int64_t M, N, K;
  Mat A, B;
  void *C;
  int64_t c_rs, c_cs;
  bool add;
  const void *bias; /* N elements added to every row, or NULL; not with add */
  int64_t bias_stride;
  int n;
  Axis axis[DIMS];
} Contraction;

bool contract(Contraction *c, Err *e); /* changes *c; fails for want of scratch memory only */

#endif
