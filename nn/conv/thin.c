/* thin.c: 1 x 1 convolutions to few outputs, of which vectors of outputs would be mostly empty: y and dx are each one run
 * of pixels times a matrix, by dot products along the channels; so is dx where windows lie side by side, of all pixels
 * under one of dy. */
#include "pointwise.h"
#include "sizes.h"
#include "ways.h"

/* w: output o's weights w_o apart, those of its channels w_c. */
static bool run(const Conv *c, Dtype d, TinyRun r, const ConvFinish *f, const void *in, void *out, Err *e) {
  const ConvKernels *k = conv_kernels(d);
  const int64_t size = (int64_t)dtype_size[d], lanes = k->nr / 2, row = ceil_div(r.C, lanes) * lanes;
  Scratch s;
  if (!scratch_take(&s, r.O * row * size, true, e)) return false;
  for (int64_t o = 0; o < r.O; o++)
    elements_copy(r.C, s.at + o * row * size, d, 1, (const unsigned char *)r.w + o * r.w_o * size, d, r.w_c);
  r.w = s.at;
  r.finish = f;
  r.w_c = 1;
  r.w_o = row;
  tiny_run(c, d, k->thin, &r, in, out);
  scratch_give(&s);
  return true;
}

/* Fewer channels than half a vector leave most of it empty; of half a one several outputs go better by tiny.c. */
static bool serves(const Conv *c, Dtype d, int64_t inputs, int64_t outputs) {
  const ConvKernels *k = conv_kernels(d);
  return c->groups == 1 && outputs > 0 && outputs <= k->thin_outputs && 4 * inputs >= k->nr + (outputs > 1);
}
static bool side_by_side(const Conv *c) {
  return c->kh == c->sh && c->kw == c->sw && c->dh == 1 && c->dw == 1 && !c->top && !c->left &&
         c->H == c->OH * c->kh && c->W == c->OW * c->kw;
}
bool thin_serves(const Conv *c, Dtype d) { return conv_in_place(c) && serves(c, d, c->C, c->O); }
bool thin_serves_x(const Conv *c, Dtype d) {
  return (conv_in_place(c) || side_by_side(c)) && serves(c, d, c->O, c->kh * c->kw * c->C);
}

bool thin_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e) {
  return run(c, w->dtype, (TinyRun){c->C, c->O, c->O, 1, w->data, NULL}, f, x->data, y->data, e);
}

/* dx (+)= windows [N, OH, OW, kh, kw, C] */
static bool lay_windows(const Conv *c, const Tensor *windows, Tensor *dx, bool add, Err *e) {
  const int64_t row = c->W * c->C, window = c->kw * c->C;
  const int64_t stride[] = {c->H * row, c->kh * row, window, row, c->C, 1};
  Tensor *v = tensor_view(dx, 6, windows->shape, stride, 0, e);
  if (v && add) pointwise_map(M_copy, v, &windows, 1, NULL, true);
  else if (v) tensor_copy(v, windows);
  tensor_release(v);
  return v != NULL;
}

bool thin_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  const TinyRun r = {c->O, c->kh * c->kw * c->C, 1, c->O, w->data, NULL};
  const ConvFinish f = {.y = dx->data, .residual = add ? dx->data : NULL, .act = ACT_none};
  if (conv_in_place(c)) return run(c, w->dtype, r, &f, dy->data, dx->data, e);
  const ConvFinish none = {.act = ACT_none};
  Tensor *windows = tensor_new(dx->dtype, 6, (int64_t[]){c->N, c->OH, c->OW, c->kh, c->kw, c->C}, e);
  const bool ok = windows && run(c, w->dtype, r, &none, dy->data, windows->data, e) &&
                  lay_windows(c, windows, dx, add, e);
  tensor_release(windows);
  return ok;
}
