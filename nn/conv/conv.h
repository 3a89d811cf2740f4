/* conv.h: convolution on channels-last data, forward and both gradients.
 *
 *   y[n,i,j,o] = act(b[o] + r[n,i,j,o] + sum over u,v,c of x[n, i sh + u dh - top, j sw + v dw - left, c] w[u,v,c,o])
 *   x [N,H,W,C], w [kh,kw,C/groups,O], y [N,OH,OW,O]; a 1-d convolution has H = kh = 1.
 *
 * Which way is taken (conv.c): depthwise rows where each channel is its own group (depth.c), the same on spread
 * rows where several groups fit a vector (grouped.c); several pixels to a vector for 1 x 1 of a few channels (tiny.c);
 * vectors of pixels where the outputs would leave half of one empty (planes.c); Winograd for 3 x 3 of stride 1 with
 * enough channels and tiles in f32 (winograd.c); else products over pointers to pixels, or along rows of them
 * (direct.c, weight.c; overlap.c for dx of a few channels).
 * Results do not depend on the number of threads. */
#ifndef LUNETTE_CONV_H
#define LUNETTE_CONV_H
#include "share.h"

/* What `same` pads along a side, so that the output is ceil(in / stride); extent: of the dilated kernel. */
int64_t conv_same(int64_t in, int64_t stride, int64_t extent);
/* `total` parted to both ends, the odd pixel behind; none of it below 0. */
void conv_part(int64_t total, int64_t *before, int64_t *after);
/* Output sizes from the rest; false when a kernel does not fit (the message names `what`, x and w). */
bool conv_sizes(Conv *c, bool same, const char *what, Err *e);

/* All tensors contiguous and of one dtype. */
bool conv_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool conv_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool conv_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

/* Winograd is a little less exact (2e-6 to 4e-6 of the result's scale against 4e-7): off, all is direct.  A setting
 * of the process, as the number of threads is. */
bool conv_winograd(void);
void conv_set_winograd(bool on);

#endif
