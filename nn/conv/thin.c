/* thin.c: 1 x 1 convolutions to few outputs, of which vectors of outputs would be mostly empty: y and dx are each one run
 * of pixels times a matrix, by dot products along the channels. */
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

typedef struct Pixels {
  const ConvKernels *k;
  int64_t size;
  TinyRun run;
  const unsigned char *in;
  unsigned char *out;
} Pixels;

static void pixels(void *context, int64_t begin, int64_t end) {
  const Pixels *p = context;
  p->k->thin(end - begin, &p->run, p->in + begin * p->run.C * p->size, p->out + begin * p->run.O * p->size);
}

/* w: output o's weights w_o apart, those of its channels w_c. */
static bool run(const Conv *c, Dtype d, TinyRun r, const void *in, void *out, Err *e) {
  const ConvKernels *k = conv_kernels(d);
  const int64_t size = (int64_t)dtype_size[d], lanes = k->nr / 2, row = ceil_div(r.C, lanes) * lanes;
  Scratch s;
  if (!scratch_take(&s, r.O * row * size, true, e)) return false;
  for (int64_t o = 0; o < r.O; o++)
    elements_copy(r.C, s.at + o * row * size, d, 1, (const unsigned char *)r.w + o * r.w_o * size, d, r.w_c);
  r.w = s.at;
  r.w_c = 1;
  r.w_o = row;
  Pixels p = {k, size, r, in, out};
  parallel_for(c->N * c->OH * c->OW, 1 + GRAIN / (r.C * r.O), pixels, &p);
  scratch_give(&s);
  return true;
}

/* Fewer channels than half a vector leave most of it empty; of half a one several outputs go better by tiny.c. */
static bool serves(const Conv *c, Dtype d, int64_t inputs, int64_t outputs) {
  const ConvKernels *k = conv_kernels(d);
  return c->groups == 1 && conv_in_place(c) && outputs > 0 && outputs <= k->thin_outputs &&
         4 * inputs >= k->nr + (outputs > 1);
}
bool thin_serves(const Conv *c, Dtype d) { return serves(c, d, c->C, c->O); }
bool thin_serves_x(const Conv *c, Dtype d) { return serves(c, d, c->O, c->C); }

bool thin_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e) {
  return run(c, w->dtype, (TinyRun){c->C, c->O, c->O, 1, w->data, f}, x->data, y->data, e);
}

bool thin_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  const ConvFinish f = {.y = dx->data, .residual = add ? dx->data : NULL, .act = ACT_none};
  return run(c, w->dtype, (TinyRun){c->O, c->C, 1, c->O, w->data, &f}, dy->data, dx->data, e);
}
