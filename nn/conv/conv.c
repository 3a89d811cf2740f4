/* conv.c: see conv.h: sizes, and the choice of the way. */
#include "conv.h"

#include "ways.h"

static bool winograd_on = true;
void conv_set_winograd(bool on) { winograd_on = on; }
bool conv_winograd(void) { return winograd_on; }

int64_t conv_same(int64_t in, int64_t stride, int64_t extent) {
  return ((in + stride - 1) / stride - 1) * stride + extent - in;
}
void conv_part(int64_t total, int64_t *before, int64_t *after) {
  if (total < 0) total = 0;
  *before = total / 2;
  *after = total - *before;
}

bool conv_sizes(Conv *c, bool same, const char *what, Err *e) {
  int64_t eh = (c->kh - 1) * c->dh + 1, ew = (c->kw - 1) * c->dw + 1;
  if (same) {
    conv_part(conv_same(c->H, c->sh, eh), &c->top, &c->bottom);
    conv_part(conv_same(c->W, c->sw, ew), &c->left, &c->right);
  }
  int64_t h = c->H + c->top + c->bottom - eh, w = c->W + c->left + c->right - ew;
  if (h < 0 || w < 0)
    return err_set(e, "%s: kernel %lldx%lld (dilated %lldx%lld) is larger than the padded input %lldx%lld",
                   what, (long long)c->kh, (long long)c->kw, (long long)eh, (long long)ew,
                   (long long)(h + eh), (long long)(w + ew));
  c->OH = h / c->sh + 1;
  c->OW = w / c->sw + 1;
  return true;
}

/* --- the choice ------------------------------------------------------------------------------------------- */
static bool depthwise(const Conv *c) { return c->groups > 1 && c->groups == c->C && c->O == c->C; }

static int64_t tiles(const Conv *c, int64_t m) {
  return c->N * ((c->OH + m - 1) / m) * ((c->OW + m - 1) / m);
}

/* The price of F(m x m, 3 x 3), in multiplications for each pair of channels: (m + 2)^2 a tile.  Transformed
 * weights are read from memory, which takes as long as BALANCE multiplications a number; weights in training
 * are transformed first, which takes about TRANSFORM. */
enum { WINO_IN = 16, WINO_OUT = 32, BALANCE = 28, TRANSFORM = 12, WINO_DW = 20 };

static int64_t price(const Conv *c, int64_t m, bool trained) {
  int64_t n = tiles(c, m);
  return (m + 2) * (m + 2) * ((n > BALANCE ? n : BALANCE) + (trained ? TRANSFORM : 0));
}

static bool wino_fits(const Conv *c, Dtype d) {
  return winograd_on && d == F32 && c->kh == 3 && c->kw == 3 && c->sh == 1 && c->sw == 1 && c->dh == 1 &&
         c->dw == 1 && c->groups == 1 && c->C >= WINO_IN && c->O >= WINO_OUT && c->top <= 2 && c->left <= 2 &&
         c->bottom <= 2 && c->right <= 2;
}

/* 0, or the m of F(m x m, 3 x 3) that serves y and dx: the cheapest way. */
static int wino_size(const Conv *c, Dtype d, bool trained) {
  if (!wino_fits(c, d)) return 0;
  int64_t pixels = c->N * c->OH * c->OW, direct = 9 * (pixels > BALANCE ? pixels : BALANCE);
  int best = 0;
  for (int m = 2; m <= 4; m++)
    if (price(c, m, trained) < (best ? price(c, best, trained) : direct)) best = m;
  return best;
}

/* The gradient of the weights: tiles of 36 products against 9 a pixel, at two thirds of the direct way's speed, and
 * sums that are turned back. */
static bool wino_serves_w(const Conv *c, Dtype d) {
  return wino_fits(c, d) && 6 * (tiles(c, 4) + WINO_DW) < c->N * c->OH * c->OW;
}

bool conv_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e) {
  if (y->n == 0) return true;
  if (depthwise(c)) return depth_forward(c, x, w, f, y, e);
  if (thin_serves(c, w->dtype)) return thin_forward(c, x, w, f, y, e);
  if (tiny_serves(c, w->dtype)) {
    tiny_forward(c, x, w, f, y);
    return true;
  }
  if (planes_serve(c, w->dtype)) return planes_forward(c, x, w, f, y, e);
  if (grouped_serves(c, w->dtype)) return grouped_forward(c, x, w, f, y, e);
  int m = wino_size(c, w->dtype, w->requires_grad);
  return m ? wino_forward(c, m, x, w, f, y, e) : direct_forward(c, x, w, f, y, e);
}

bool conv_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  if (dx->n == 0) return true;
  if (dy->n == 0 || w->n == 0) {
    if (!add) tensor_fill(dx, 0);
    return true;
  }
  if (depthwise(c)) return depth_backward_x(c, dy, w, dx, add, e);
  if (thin_serves_x(c, w->dtype)) return thin_backward_x(c, dy, w, dx, add, e);
  if (!add && tiny_serves(c, w->dtype)) {
    tiny_backward_x(c, dy, w, dx);
    return true;
  }
  if (overlap_serves(c, w->dtype)) return overlap_backward_x(c, dy, w, dx, add, e);
  if (planes_serve_x(c, w->dtype)) return planes_backward_x(c, dy, w, dx, add, e);
  if (grouped_serves_x(c, w->dtype)) return grouped_backward_x(c, dy, w, dx, add, e);
  int m = wino_size(c, w->dtype, w->requires_grad);
  return m ? wino_backward_x(c, m, dy, w, dx, add, e) : direct_backward_x(c, dy, w, dx, add, e);
}

bool conv_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  if (dw->n == 0) return true;
  if (dy->n == 0) {
    if (!add) tensor_fill(dw, 0);
    return true;
  }
  if (depthwise(c)) return depth_backward_w(c, x, dy, dw, add, e);
  if (grouped_serves_w(c, dw->dtype)) return grouped_backward_w(c, x, dy, dw, add, e);
  if (wino_serves_w(c, dw->dtype)) return wino_backward_w(c, x, dy, dw, add, e);
  return direct_backward_w(c, x, dy, dw, add, e);
}
