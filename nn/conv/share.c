/* share.c: see share.h */
#include "share.h"

#include "ledger.h"
#include "mem.h"
#include "nn_kernel.h"
#include "parallel.h"

#include <string.h>

const ConvKernels *conv_kernels(Dtype d) { return nn_kernels(d)->conv; }
const ConvKernels *conv_kernels_for(Dtype d, int64_t outputs) {
  const ConvKernels *k = conv_kernels(d);
  return k->narrow && outputs <= k->narrow->nr / 2 ? k->narrow : k;
}

bool scratch_take(Scratch *s, int64_t bytes, bool zero, Err *e) {
  s->bytes = bytes > 0 ? (size_t)bytes : 1;
  s->at = mem_alloc(s->bytes);
  if (!s->at) return no_memory(e, (double)s->bytes, "scratch of a convolution");
  if (zero) memset(s->at, 0, s->bytes);
  return true;
}
void scratch_give(Scratch *s) {
  mem_free(s->at, s->bytes);
  s->at = NULL;
}

typedef struct Pitch {
  const unsigned char *x;
  unsigned char *to;
  size_t run, pitch;
} Pitch;
static void copy_rows(void *context, int64_t begin, int64_t end) {
  const Pitch *p = context;
  for (int64_t r = begin; r < end; r++)
    memcpy(p->to + (size_t)r * p->pitch, p->x + (size_t)r * p->run, p->run);
}

bool conv_pitch(const unsigned char *x, int64_t rows, int64_t C, int64_t size, int64_t page, Scratch *s,
                const unsigned char **out, int64_t *pitch, Err *e) {
  enum { APART = 64 };
  *pitch = C;
  *out = x;
  if (C * size % page) return true;
  *pitch = C + APART / size;
  if (!scratch_take(s, rows * *pitch * size, false, e)) return false;
  Pitch p = {x, s->at, (size_t)(C * size), (size_t)(*pitch * size)};
  parallel_for(rows, 1 + GRAIN / C, copy_rows, &p);
  *out = s->at;
  return true;
}

typedef struct Border {
  const Conv *c;
  const unsigned char *x;
  unsigned char *to;
  int64_t size;
} Border;
static void border_rows(void *context, int64_t begin, int64_t end) {
  const Border *b = context;
  const Conv *c = b->c;
  int64_t H = c->top + c->H + c->bottom, W = c->left + c->W + c->right, pixel = c->C * b->size;
  for (int64_t r = begin; r < end; r++) {
    unsigned char *to = b->to + r * W * pixel;
    int64_t y = r % H - c->top;
    if (y < 0 || y >= c->H) {
      memset(to, 0, (size_t)(W * pixel));
      continue;
    }
    memset(to, 0, (size_t)(c->left * pixel));
    memcpy(to + c->left * pixel, b->x + (r / H * c->H + y) * c->W * pixel, (size_t)(c->W * pixel));
    memset(to + (c->left + c->W) * pixel, 0, (size_t)(c->right * pixel));
  }
}

bool conv_bordered(const Conv *c, const Tensor *x, Scratch *s, Err *e) {
  int64_t H = c->top + c->H + c->bottom, W = c->left + c->W + c->right;
  Border b = {c, x->data, NULL, (int64_t)dtype_size[x->dtype]};
  if (!scratch_take(s, c->N * H * W * c->C * b.size, false, e)) return false;
  b.to = s->at;
  parallel_for(c->N * H, 1 + GRAIN / (W * c->C + 1), border_rows, &b);
  return true;
}

int64_t conv_phase_taps(const Conv *c, int64_t fy, int64_t fx, int64_t *ty, int64_t *tx, int64_t *index) {
  int64_t n = 0;
  for (int64_t ky = 0; ky < c->kh; ky++)
    for (int64_t kx = 0; kx < c->kw; kx++) {
      int64_t y = fy + c->top - ky * c->dh, x = fx + c->left - kx * c->dw;
      if (conv_wrap(y, c->sh) || conv_wrap(x, c->sw)) continue;
      ty[n] = y / c->sh;
      tx[n] = x / c->sw;
      index[n++] = ky * c->kw + kx;
    }
  return n;
}
