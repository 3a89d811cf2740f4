/* ways.h: the ways to compute a convolution; conv.c chooses. */
#ifndef LUNETTE_WAYS_H
#define LUNETTE_WAYS_H
#include "pack.h"
#include "share.h"

/* --- direct.c, weight.c: products over pointers to pixels ------------------------------------------------ */
bool direct_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool direct_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool direct_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

/* --- depth.c: a kernel for each channel -------------------------------------------------------------------- */
bool depth_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool depth_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool depth_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

/* --- grouped.c: groups of a few channels ------------------------------------------------------------------ */
bool grouped_serves(const Conv *c, Dtype d);
bool grouped_serves_x(const Conv *c, Dtype d); /* the gradient of x */
bool grouped_serves_w(const Conv *c, Dtype d); /* of the weights */
bool grouped_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool grouped_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool grouped_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

/* --- planes.c: few outputs, vectors of pixels ------------------------------------------------------------- */
bool planes_serve(const Conv *c, Dtype d);
bool planes_serve_x(const Conv *c, Dtype d); /* the gradient of x */
bool planes_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool planes_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);

/* --- tiny.c: 1 x 1 of pixels of which a vector holds several ----------------------------------------------- */
/* Each pixel of y's size of `in` times r's matrix to `out`, by one of the kernels tiny and thin. */
void tiny_run(const Conv *c, Dtype d, TinyFn *fn, const TinyRun *r, const void *in, void *out);
bool tiny_serves(const Conv *c, Dtype d);
void tiny_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y);
void tiny_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx);

/* --- thin.c: 1 x 1 to few outputs ---------------------------------------------------------------------------- */
bool thin_serves(const Conv *c, Dtype d);
bool thin_serves_x(const Conv *c, Dtype d);
bool thin_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e);
bool thin_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);

/* --- overlap.c: the gradient of x for few channels, many outputs, mostly a stride -------------------------- */
bool overlap_serves(const Conv *c, Dtype d);
bool overlap_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);

/* --- winograd.c ------------------------------------------------------------------------------------------ */
/* m is 2, 3 or 4 */
bool wino_forward(const Conv *c, int m, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y,
                  Err *e);
bool wino_backward_x(const Conv *c, int m, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e);
bool wino_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e);

/* --- parts of them, for inverted.c ------------------------------------------------------------------------ */
/* Pixels of C channels that follow each other, times w [1,1,C,O] in panels of nr outputs. */
typedef struct PixelRun {
  const ConvKernels *k;
  bool few;
  int64_t size, C, O, mr, nr;
  Pack pack;
  const ConvFinish *finish;
} PixelRun;
bool direct_pack(const Conv *c, const Tensor *w, const ConvFinish *f, PixelRun *p, Err *e); /* of a 1 x 1 */
/* The outputs of panel q of n pixels from x on; y: the first one's first, `step` elements to the next pixel's. */
void pixel_panel(const PixelRun *p, int64_t q, int64_t n, const unsigned char *x, unsigned char *y,
                 int64_t step);
void pixel_panels(const PixelRun *p, int64_t n, const unsigned char *x, unsigned char *y); /* all outputs */

/* One row of a depthwise convolution over the rows at x; f may be NULL. */
DepthRow depth_row(const Conv *c, const void *w, const ConvFinish *f, const void *const *x);

/* Of a convolution of stride 1 the one of dy with the kernel turned by 180 degrees, which is its gradient of x. */
static inline Conv conv_turned(const Conv *c) {
  Conv t = *c;
  t.H = c->OH;
  t.W = c->OW;
  t.C = c->O;
  t.OH = c->H;
  t.OW = c->W;
  t.O = c->C;
  t.top = (c->kh - 1) * c->dh - c->top;
  t.left = (c->kw - 1) * c->dw - c->left;
  return t;
}

#endif
