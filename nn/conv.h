/* conv.h: the geometry of a convolution and its three products on channels-last data, as matrix products over
 * patches: y = patches(x) w, dx = fold(dy w^T), dw = patches(x)^T dy.
 *
 * x [N,H,W,C], w [kh,kw,C/groups,O], y [N,OH,OW,O]; a 1-d convolution has H = kh = 1.  Patches are made for a
 * few thousand pixels at a time, so scratch stays within CONV_SCRATCH bytes. */
#ifndef LUNETTE_CONV_H
#define LUNETTE_CONV_H
#include "tensor.h"

enum { CONV_SCRATCH = 8 << 20 };

typedef struct Conv {
  int64_t N, H, W, C, O, kh, kw, OH, OW, groups;
  int64_t sh, sw, dh, dw;           /* stride, dilation  */
  int64_t top, bottom, left, right; /* padding         */
} Conv;

/* Output sizes from the rest; false when a kernel does not fit (the message names `what`, x and w). */
bool conv_sizes(Conv *c, bool same, const char *what, Err *e);

bool conv_forward(const Conv *c, const Tensor *x, const Tensor *w, const Tensor *b, Tensor *y, Err *e);
bool conv_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool conv_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

#endif
