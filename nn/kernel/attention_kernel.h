/* attention_kernel.h: rows of scores in attention; nn_kernels(d)->attention.  Contiguous unless a stride is
 * given. */
#ifndef LUNETTE_ATTENTION_KERNEL_H
#define LUNETTE_ATTENTION_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

typedef struct AttentionKernels {
  /* s = exp(s - max s); gives their sum and log sum exp of the scores; all -inf: sum 0, lse inf */
  void (*softmax)(int64_t n, void *s, double *sum, double *lse);
  void (*probabilities)(int64_t n, void *s, double lse); /* s = exp(s - lse)                     */
  /* dp = p (dp - delta) scale */
  void (*score_grad)(int64_t n, void *dp, const void *p, double delta, double scale);
  void (*add_mask)(int64_t n, void *s, const void *mask, int64_t stride); /* s += mask        */
  void (*keep)(int64_t n, void *s, const uint8_t *mask, int64_t stride);  /* -inf where not   */
} AttentionKernels;

#endif
