/* conv.c: see conv.h. */
#include "conv.h"

#include "gemm.h"
#include "mem.h"
#include "parallel.h"

#include <string.h>

bool conv_sizes(Conv *c, bool same, const char *what, Err *e) {
  int64_t eh = (c->kh - 1) * c->dh + 1, ew = (c->kw - 1) * c->dw + 1;
  if (same) { /* output ceil(in / stride), the odd pixel of padding at the end */
    int64_t th = ((c->H + c->sh - 1) / c->sh - 1) * c->sh + eh - c->H,
            tw = ((c->W + c->sw - 1) / c->sw - 1) * c->sw + ew - c->W;
    th = th > 0 ? th : 0;
    tw = tw > 0 ? tw : 0;
    c->top = th / 2;
    c->bottom = th - th / 2;
    c->left = tw / 2;
    c->right = tw - tw / 2;
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

/* A run of pixels of y and where their patches lie. */
typedef struct Patches {
  const Conv *c;
  unsigned char *col; /* [pixel][kh*kw*Cg] */
  const unsigned char *x;
  int64_t first, channel, size, Cg;
} Patches;

static void copy_patches(void *context, int64_t begin, int64_t end) {
  const Patches *p = context;
  const Conv *c = p->c;
  size_t run = (size_t)(p->Cg * p->size);
  for (int64_t i = begin; i < end; i++) {
    int64_t at = p->first + i, ox = at % c->OW, oy = at / c->OW % c->OH, n = at / c->OW / c->OH;
    unsigned char *out = p->col + (size_t)(i * c->kh * c->kw) * run;
    for (int64_t ky = 0; ky < c->kh; ky++) {
      int64_t iy = oy * c->sh - c->top + ky * c->dh;
      for (int64_t kx = 0; kx < c->kw; kx++, out += run) {
        int64_t ix = ox * c->sw - c->left + kx * c->dw;
        if (iy < 0 || iy >= c->H || ix < 0 || ix >= c->W) memset(out, 0, run);
        else memcpy(out, p->x + (size_t)((((n * c->H + iy) * c->W + ix) * c->C + p->channel) * p->size), run);
      }
    }
  }
}

/* Is a patch the pixel itself? */
static bool pointwise(const Conv *c) {
  return c->kh * c->kw == 1 && c->sh == 1 && c->sw == 1 && !c->top && !c->left && c->OH == c->H &&
         c->OW == c->W;
}

static int64_t pixels_at_once(const Conv *c, int64_t K, int64_t size) {
  int64_t all = c->N * c->OH * c->OW, n = CONV_SCRATCH / (K * size + 1);
  n = n < 64 ? 64 : n;
  return n > all ? all : n;
}

static const unsigned char *at(const Tensor *t, int64_t element) {
  return t->data + element * (int64_t)dtype_size[t->dtype];
}

/* Rows of y start as the bias. */
static void put_bias(const Tensor *b, Tensor *y) { tensor_copy(y, b); }

typedef struct Work { /* scratch for one convolution */
  unsigned char *col;
  size_t bytes;
  int64_t K, step, all, size;
} Work;

static bool work_begin(const Conv *c, Dtype d, Work *w, Err *e) {
  w->size = (int64_t)dtype_size[d];
  w->K = c->kh * c->kw * (c->C / c->groups);
  w->all = c->N * c->OH * c->OW;
  w->step = pixels_at_once(c, w->K, w->size);
  w->bytes = (size_t)(w->step * w->K * w->size);
  w->col = mem_alloc(w->bytes ? w->bytes : 1);
  return w->col ? true : err_set(e, "convolution: out of memory for %zu bytes of scratch", w->bytes);
}
static void work_end(Work *w) { mem_free(w->col, w->bytes ? w->bytes : 1); }

/* The patches of pixels [first, first + n) for group g: x itself where that is the same. */
static Mat patches(const Conv *c, const Tensor *x, Work *w, int64_t first, int64_t n, int64_t g) {
  int64_t Cg = c->C / c->groups;
  if (pointwise(c)) return (Mat){at(x, first * c->C + g * Cg), c->C, 1};
  Patches p = {c, w->col, x->data, first, g * Cg, w->size, Cg};
  parallel_for(n, 1 + GRAIN / (w->K + 1), copy_patches, &p);
  return (Mat){w->col, w->K, 1};
}

bool conv_forward(const Conv *c, const Tensor *x, const Tensor *w, const Tensor *b, Tensor *y, Err *e) {
  Work s;
  if (y->n == 0) return true;
  if (!work_begin(c, x->dtype, &s, e)) return false;
  int64_t Og = c->O / c->groups;
  bool ok = true;
  if (b) put_bias(b, y);
  for (int64_t first = 0; ok && first < s.all; first += s.step) {
    int64_t n = s.all - first < s.step ? s.all - first : s.step;
    for (int64_t g = 0; ok && g < c->groups && !interrupt_pending(); g++)
      ok = gemm(x->dtype, n, Og, s.K, 1, patches(c, x, &s, first, n, g), (Mat){at(w, g * Og), c->O, 1},
                b ? 1 : 0, (void *)(uintptr_t)at(y, first * c->O + g * Og), c->O, 1, e);
  }
  work_end(&s);
  return ok;
}

bool conv_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  Work s;
  if (!add) tensor_fill(dw, 0);
  if (dy->n == 0 || dw->n == 0) return true;
  if (!work_begin(c, x->dtype, &s, e)) return false;
  int64_t Og = c->O / c->groups;
  bool ok = true;
  for (int64_t first = 0; ok && first < s.all; first += s.step) {
    int64_t n = s.all - first < s.step ? s.all - first : s.step;
    for (int64_t g = 0; ok && g < c->groups && !interrupt_pending(); g++) {
      Mat col = patches(c, x, &s, first, n, g);
      ok = gemm(x->dtype, s.K, Og, n, 1, (Mat){col.data, col.cs, col.rs},
                (Mat){at(dy, first * c->O + g * Og), c->O, 1}, 1, (void *)(uintptr_t)at(dw, g * Og), c->O, 1,
                e);
    }
  }
  work_end(&s);
  return ok;
}

/* --- dx: patches are added back where they came from; whole images at a time, so that no two threads share a
 * pixel */

typedef struct Fold {
  const Conv *c;
  const unsigned char *col;
  unsigned char *dx;
  int64_t image, channel, Cg;
  Dtype dtype;
} Fold;

static void add_run(unsigned char *to, const unsigned char *from, int64_t n, Dtype d) {
  if (d == F32)
    for (int64_t i = 0; i < n; i++) ((float *)to)[i] += ((const float *)from)[i];
  else
    for (int64_t i = 0; i < n; i++) ((double *)to)[i] += ((const double *)from)[i];
}

/* Row iy of dx gathers from every (oy, ky) that touched it, in a fixed order. */
static void fold_rows(void *context, int64_t begin, int64_t end) {
  const Fold *f = context;
  const Conv *c = f->c;
  int64_t size = (int64_t)dtype_size[f->dtype], taps = c->kh * c->kw;
  for (int64_t row = begin; row < end; row++) {
    int64_t iy = row % c->H, n = row / c->H;
    for (int64_t ky = 0; ky < c->kh; ky++) {
      int64_t t = iy + c->top - ky * c->dh;
      if (t < 0 || t % c->sh || t / c->sh >= c->OH) continue;
      int64_t oy = t / c->sh;
      for (int64_t ox = 0; ox < c->OW; ox++)
        for (int64_t kx = 0; kx < c->kw; kx++) {
          int64_t ix = ox * c->sw - c->left + kx * c->dw;
          if (ix < 0 || ix >= c->W) continue;
          int64_t from = (((n * c->OH + oy) * c->OW + ox) * taps + ky * c->kw + kx) * f->Cg;
          int64_t to = (((f->image + n) * c->H + iy) * c->W + ix) * c->C + f->channel;
          add_run(f->dx + to * size, f->col + from * size, f->Cg, f->dtype);
        }
    }
  }
}

bool conv_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  int64_t Og = c->O / c->groups, Cg = c->C / c->groups, K = c->kh * c->kw * Cg,
          size = (int64_t)dtype_size[dx->dtype];
  if (!add) tensor_fill(dx, 0);
  if (dy->n == 0 || dx->n == 0) return true;
  if (pointwise(c)) {
    bool ok = true;
    for (int64_t g = 0; ok && g < c->groups; g++)
      ok = gemm(dx->dtype, c->N * c->H * c->W, Cg, Og, 1, (Mat){at(dy, g * Og), c->O, 1},
                (Mat){at(w, g * Og), 1, c->O}, 1, (void *)(uintptr_t)at(dx, g * Cg), c->C, 1, e);
    return ok;
  }
  int64_t P = c->OH * c->OW, images = CONV_SCRATCH / (P * K * size + 1);
  images = images < 1 ? 1 : images > c->N ? c->N : images;
  size_t bytes = (size_t)(images * P * K * size);
  unsigned char *col = mem_alloc(bytes);
  if (!col) return err_set(e, "convolution: out of memory for %zu bytes of scratch", bytes);
  bool ok = true;
  for (int64_t n0 = 0; ok && n0 < c->N; n0 += images) {
    int64_t n = c->N - n0 < images ? c->N - n0 : images;
    for (int64_t g = 0; ok && g < c->groups && !interrupt_pending(); g++) {
      ok = gemm(dx->dtype, n * P, K, Og, 1, (Mat){at(dy, n0 * P * c->O + g * Og), c->O, 1},
                (Mat){at(w, g * Og), 1, c->O}, 0, col, K, 1, e);
      Fold f = {c, col, dx->data, n0, g * Cg, Cg, dx->dtype};
      if (ok) parallel_for(n * c->H, 1 + GRAIN / (c->OW * K + 1), fold_rows, &f);
    }
  }
  mem_free(col, bytes);
  return ok;
}
