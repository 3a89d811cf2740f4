/* gemm_int.h: C = A B (+ C where add) on strided matrices of i64, modulo 2^64: what gemm.h hands on of integers. */
#ifndef LUNETTE_GEMM_INT_H
#define LUNETTE_GEMM_INT_H
#include "gemm.h"

/* `batch` products; the matrices of A, B and C lie sa, sb, sc elements apart (0 repeats the same one). */
void gemm_int(int64_t batch, int64_t M, int64_t N, int64_t K, Mat A, int64_t sa, Mat B, int64_t sb, bool add,
              void *C, int64_t c_rs, int64_t c_cs, int64_t sc);

#endif
