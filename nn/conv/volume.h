/* volume.h: 3-d convolution on channels-last data, forward and both gradients.
 *
 *   y[n,t,i,j,o] = b[o] + sum over q,u,v,c of x[n, t sd + q dd - front, i sh + u dh - top, j sw + v dw - left, c]
 *                  w[q,u,v,c,o]
 *   x [N,D,H,W,C], w [kd,kh,kw,C/groups,O], y [N,OD,OH,OW,O].
 *
 * The kd slices that an output slice reads are laid side by side as channels, and a 2-d convolution (conv.h) of
 * kd C channels does the rest, in whichever of its ways. */
#ifndef LUNETTE_VOLUME_H
#define LUNETTE_VOLUME_H
#include "conv.h"

typedef struct Volume {
  Conv flat; /* of one slice; C, O and groups as the user counts them, N of volumes */
  int64_t D, OD, kd, sd, dd, front;
} Volume;

/* All tensors contiguous and of one dtype; bias [O] or NULL. */
bool volume_forward(const Volume *v, const Tensor *x, const Tensor *w, const Tensor *bias, Tensor *y, Err *e);
bool volume_backward_x(const Volume *v, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool volume_backward_w(const Volume *v, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

#endif
