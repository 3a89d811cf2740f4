/* attention_kernel.h: rows of scores in attention; nn_kernels(d)->attention.  Contiguous unless a stride is
 * given. */
#ifndef LUNETTE_ATTENTION_KERNEL_H
#define LUNETTE_ATTENTION_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

/* Rows of n scores, ld apart; row r sees the first `first` + r `more` of them, and the others become 0. */
typedef struct ScoreRows {
  int64_t rows, n, ld, first, more;
  void *s;
} ScoreRows;

typedef struct AttentionKernels {
  /* s = exp(s - max s); gives each row's sum and log sum exp of its scores; all -inf: sum 0, lse inf */
  void (*softmax)(const ScoreRows *g, void *sum, void *lse);
  void (*probabilities)(const ScoreRows *g, const void *lse); /* s = exp(s - lse) */
  /* dp = p (dp - delta) scale */
  void (*score_grad)(int64_t n, void *dp, const void *p, double delta, double scale);
  void (*add_mask)(int64_t n, void *s, const void *mask, int64_t stride); /* s += mask        */
  void (*keep)(int64_t n, void *s, const uint8_t *mask, int64_t stride);  /* -inf where not   */
} AttentionKernels;

#endif
