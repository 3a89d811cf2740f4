/* tiny.c: 1 x 1 convolutions of so few channels and outputs that a vector holds several pixels: y and dx are each one
 * run of pixels times a matrix. */
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

typedef struct Pixels {
  TinyFn *fn;
  int64_t size;
  const TinyRun *run;
  const unsigned char *in;
  unsigned char *out;
} Pixels;

static void some_pixels(void *context, int64_t begin, int64_t end) {
  const Pixels *p = context;
  p->fn(end - begin, p->run, p->in + begin * p->run->C * p->size, p->out + begin * p->run->O * p->size);
}

void tiny_run(const Conv *c, Dtype d, TinyFn *fn, const TinyRun *r, const void *in, void *out) {
  Pixels p = {fn, (int64_t)dtype_size[d], r, in, out};
  parallel_for(c->N * c->OH * c->OW, 1 + GRAIN / (r->C * r->O), some_pixels, &p);
}
static void run(const Conv *c, Dtype d, const void *in, void *out, const TinyRun *r) {
  tiny_run(c, d, conv_kernels(d)->tiny, r, in, out);
}

bool tiny_serves(const Conv *c, Dtype d) {
  const int64_t most_channels = conv_kernels(d)->tiny_channels;
  return c->groups == 1 && conv_in_place(c) && c->C > 0 && c->O > 0 && c->C <= most_channels &&
         c->O <= most_channels;
}

void tiny_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y) {
  run(c, w->dtype, x->data, y->data, &(TinyRun){c->C, c->O, c->O, 1, w->data, f});
}

void tiny_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx) {
  const ConvFinish none = {.act = ACT_none};
  run(c, w->dtype, dy->data, dx->data, &(TinyRun){c->O, c->C, 1, c->O, w->data, &none});
}
