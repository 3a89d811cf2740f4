/* inverted.h: the three convolutions of an inverted residual (MobileNetV2) at once. */
#ifndef LUNETTE_INVERTED_H
#define LUNETTE_INVERTED_H
#include "share.h"

/* widen (1 x 1, or its w is NULL: none), depth (depthwise) and narrow (1 x 1) in one go, without storing what
 * lies between: the bits of the three one after another.  y: the narrow one's. */
typedef struct Inverted {
  Conv widen, depth, narrow;
  const Tensor *x, *widen_w, *depth_w, *narrow_w;
  ConvFinish widen_f, depth_f, narrow_f;
  Tensor *y;
} Inverted;
bool inverted_forward(const Inverted *v, Err *e);
bool inverted_fits(const Inverted *v); /* is it the better way for these sizes? */

#endif
