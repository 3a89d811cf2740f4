/* share.h: the sizes of a convolution, and what the ways to compute it share. */
#ifndef LUNETTE_SHARE_H
#define LUNETTE_SHARE_H
#include "conv_kernel.h"
#include "tensor.h"

typedef struct Conv {
  int64_t N, H, W, C, O, kh, kw, OH, OW, groups;
  int64_t sh, sw, dh, dw;           /* stride, dilation  */
  int64_t top, bottom, left, right; /* padding         */
} Conv;

const ConvKernels *conv_kernels(Dtype d);
/* Those whose vectors `outputs` of a product fill: shorter ones come twice as fast. */
const ConvKernels *conv_kernels_for(Dtype d, int64_t outputs);
enum {
  CONV_KC = 512,
  CONV_PAGE = 4096
}; /* terms of a sum in one go; rows this far apart share few cache lines */

enum { PACK_FORWARD = 1, PACK_BACKWARD, PACK_WINO, PACK_WINO_TURNED }; /* forms of packed weights */

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

/* Each pixel of y looks at the one of x in its place. */
static inline bool conv_in_place(const Conv *c) {
  return c->kh * c->kw == 1 && c->sh * c->sw == 1 && c->OH == c->H && c->OW == c->W && !c->top && !c->left;
}
static inline int64_t conv_wrap(int64_t a, int64_t n) { return (a % n + n) % n; }
/* The taps that meet phase (fy, fx) of the gradient of x: their number, where each looks in dy, its index in w. */
int64_t conv_phase_taps(const Conv *c, int64_t fy, int64_t fx, int64_t *ty, int64_t *tx, int64_t *index);

#endif
