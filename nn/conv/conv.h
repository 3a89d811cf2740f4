/* conv.h: convolution on channels-last data, forward and both gradients.
 *
 *   y[n,i,j,o] = act(b[o] + r[n,i,j,o] + sum over u,v,c of x[n, i sh + u dh - top, j sw + v dw - left, c]
 * w[u,v,c,o]) x [N,H,W,C], w [kh,kw,C/groups,O], y [N,OH,OW,O]; a 1-d convolution has H = kh = 1.
 *
 * Which way is taken (conv.c): depthwise rows where each channel is its own group (depth.c); Winograd
 * for 3 x 3 of stride 1 with enough channels and tiles in f32 (winograd.c); else products over pointers
 * to pixels (direct.c, weight.c).  Results do not depend on the number of threads. */
#ifndef LUNETTE_CONV_H
#define LUNETTE_CONV_H
#include "conv_kernel.h"
#include "pack.h"
#include "tensor.h"

typedef struct Conv {
  int64_t N, H, W, C, O, kh, kw, OH, OW, groups;
  int64_t sh, sw, dh, dw;           /* stride, dilation  */
  int64_t top, bottom, left, right; /* padding         */
} Conv;

/* Output sizes from the rest; false when a kernel does not fit (the message names `what`, x and w). */
bool conv_sizes(Conv *c, bool same, const char *what, Err *e);

/* All tensors contiguous and of one dtype. */
bool conv_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool conv_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool conv_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

/* Winograd is a little less exact (2e-6 to 4e-6 of the result's scale against 4e-7): off, all is direct. */
bool conv_winograd(void);
void conv_set_winograd(bool on);

/* --- the ways; conv.c chooses
 * ------------------------------------------------------------------------------- */
bool direct_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool direct_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool direct_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);
bool depth_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool depth_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool depth_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);
/* m is 2, 3 or 4 */
bool wino_forward(const Conv *c, int m, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y,
                  Err *e);
bool wino_backward_x(const Conv *c, int m, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool wino_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

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

/* --- shared by the ways
 * ------------------------------------------------------------------------------------- */
const ConvKernels *conv_kernels(Dtype d);
enum {
  CONV_KC = 512,
  CONV_PAGE = 4096
}; /* terms of a sum in one go; rows this far apart share few cache lines */

enum { PACK_FORWARD = 1, PACK_BACKWARD, PACK_WINO, PACK_WINO_TURNED }; /* forms of packed weights */

/* Pixels of C channels that follow each other, times w [1,1,C,O] in panels. */
typedef struct Pixels {
  const ConvKernels *k;
  int64_t size, C, O;
  const unsigned char *panels;
  const ConvFinish *finish;
} Pixels;
bool direct_pack(const Conv *c, const Tensor *w, Pack *kept, Err *e); /* of a 1 x 1 convolution */
void direct_pixels(const Pixels *p, int64_t n, const unsigned char *x, unsigned char *y);

/* One row of a depthwise convolution over the kh rows at x. */
DepthRow depth_row(const Conv *c, const void *w, const void *const *x);

/* A block of scratch; zeroed when asked. */
typedef struct Scratch {
  unsigned char *at;
  size_t bytes;
} Scratch;
bool scratch_take(Scratch *s, int64_t bytes, bool zero, Err *e);
void scratch_give(Scratch *s);

/* rows x C numbers with a pitch that is no multiple of `page` bytes: x itself, or a copy in s. */
bool conv_pitch(const unsigned char *x, int64_t rows, int64_t C, int64_t size, int64_t page, Scratch *s,
                const unsigned char **out, int64_t *pitch, Err *e);
/* The images with their zeros around them, [N, top+H+bottom, left+W+right, C]. */
bool conv_bordered(const Conv *c, const Tensor *x, Scratch *s, Err *e);

#endif
