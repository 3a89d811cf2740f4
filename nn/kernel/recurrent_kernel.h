/* recurrent_kernel.h: one row of one step of a recurrent net; nn_kernels(d)->recurrent.  H units; all
 * contiguous.
 *
 * `pre` holds x wx + bias on entry and what backward needs on return; g is h wh (+ bias).  Formulas in
 * op_recurrent.c. */
#ifndef LUNETTE_RECURRENT_KERNEL_H
#define LUNETTE_RECURRENT_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

typedef struct RecurrentKernels {
  void (*rnn_step)(int64_t H, bool relu, void *pre, const void *g, void *h); /* pre becomes the new h */
  /* pre: i f g o (4H); c: state, in place; cell: its copy that is kept; y, h: the new h */
  void (*lstm_step)(int64_t H, void *pre, const void *g, void *c, void *cell, void *h, void *y);
  /* pre: 4H, r z n on entry, then r z n q with q = (h wh + bias)_n; h in place */
  void (*gru_step)(int64_t H, void *pre, const void *g, void *h, void *y);

  /* dh: gradient that came from later steps; on return what passes directly to the earlier h (0 but for GRU) */
  void (*rnn_back)(int64_t H, bool relu, const void *y, const void *dy, void *dh, void *d);
  /* dc: in place; before: the cell state before this step; d: i f g o */
  void (*lstm_back)(int64_t H, const void *gates, const void *cell, const void *before, const void *dy,
                    void *dh, void *dc, void *d);
  /* before: h before this step; d: dr dz dn (n's input side) and dn r (its state side) */
  void (*gru_back)(int64_t H, const void *gates, const void *before, const void *dy, void *dh, void *d);
} RecurrentKernels;

#endif
