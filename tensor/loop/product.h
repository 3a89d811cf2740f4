/* product.h: matrix products in tiles, for gemm.c, which chooses among the ways.
 *
 *   dots    both operands contiguous along k and one side thin: matrix times vector, vector times vector
 *   blocks  tiles in registers (kernel/gemm.c); B packed into panels when it is not row-major or its rows lie pages
 *           apart, A when strips go through columns far apart; few: a small B packed on the stack
 *   slices  few results from a long k: partial products over fixed runs of k, added in order
 *   blas    large products where our kernels have no wide vectors */
#ifndef LUNETTE_PRODUCT_H
#define LUNETTE_PRODUCT_H
#include "gemm.h"
#include "gemm_kernel.h"
#include "kernel.h"

enum {
  PARALLEL_FROM = 130000, /* multiply-adds: below, a second thread costs more than it does */
  SLICE = 8192            /* least k of a slice                                            */
};

/* C = alpha A B + beta D; D is C, or something with strides of its own. */
typedef struct Product {
  const GemmKernels *kernel;
  size_t size; /* bytes of an element */
  int64_t M, N, K;
  double alpha, beta;
  Mat A, B, D;
  char *C;
  int64_t c_rs, c_cs;
} Product;

static inline const void *product_at(const Product *p, const void *base, int64_t elements) {
  return (const char *)base + elements * (int64_t)p->size;
}

/* C = sum + beta D, element by element; sum is M x N, contiguous, already times alpha; NULL: zeros. */
void product_finish(const Product *p, const void *sum);

/* Rows of A at a time, and the arguments of the kernel for A, B, C and D as they lie; C, D and B have unit column
 * stride. */
int64_t product_strip(const Product *p, bool packed);
GemmArgs product_args(const Product *p, int64_t strip);

/* `items` products of one form, sa, sb and sc elements apart; false: no memory.  Dots: rows of A are contiguous; blocks:
 * C and D have unit column stride. */
bool product_by_dots(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e);
bool product_by_blocks(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e);
void product_by_blas(const Product *p);
bool product_by_few(const Product *p); /* false: too much for the stack or this thread alone */
#endif
