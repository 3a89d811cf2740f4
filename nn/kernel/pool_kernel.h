/* pool_kernel.h: windows of a pooling over channels-last data (see ../op_pool.c, which walks over them). */
#ifndef LUNETTE_POOL_KERNEL_H
#define LUNETTE_POOL_KERNEL_H
#include <stdint.h>

typedef struct PoolKernels PoolKernels;

/* Pixels first + i step[0] + j step[1] + k step[2], i below n[0] and so on, of C channels; none of n is 0. */
typedef struct PoolWindow {
  int64_t C, n[3], step[3];
  int64_t first;          /* number of the first pixel, counted row by row */
  int64_t windows, apart; /* so many like it, each `apart` pixels behind the one before */
} PoolWindow;

struct PoolKernels { /* of each window, x being the first pixel of the first */
  /* y[c] = the greatest of the window (NaN if there is one), at[c] = the number of its pixel unless at is
   * NULL */
  void (*max)(const PoolWindow *w, const void *x, void *y, int32_t *at);
  /* y[c] = scale times the sum of the window */
  void (*sum)(const PoolWindow *w, const void *x, void *y, double scale);
  /* dx[pixel at[c]][c] += dy[c] */
  void (*max_grad)(const PoolWindow *w, void *dx, const void *dy, const int32_t *at);
  /* dx[every pixel][c] += scale dy[c] */
  void (*sum_grad)(const PoolWindow *w, void *dx, const void *dy, double scale);
};
#endif
