/* picture.c: see picture.h.  Colours as torchvision's ColorJitter: luma 0.299 R + 0.587 G + 0.114 B, hue in
 * HSV (Smith 1978, "Color gamut transform pairs"). */
#include "picture.h"

#include "parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool picture_stopped(const Picture *x) { return x->stop ? atomic_load(x->stop) : interrupt_pending(); }

/* --- resize ---------------------------------------------------------------------------------------------- */

typedef struct Taps { /* for each output: `most` weights over inputs first[o] .. first[o] + count[o] - 1 */
  int64_t most, *first, *count;
  float *weight;
} Taps;

static void taps_free(Taps *t) {
  free(t->first);
  free(t->count);
  free(t->weight);
}

static bool taps_make(Taps *t, int64_t in, int64_t out, Err *e) {
  double scale = (double)in / (double)out, wide = scale > 1 ? scale : 1;
  t->most = (int64_t)ceil(wide) * 2 + 1;
  t->first = malloc((size_t)out * sizeof *t->first);
  t->count = malloc((size_t)out * sizeof *t->count);
  t->weight = malloc((size_t)(out * t->most) * sizeof *t->weight);
  if (!t->first || !t->count || !t->weight) {
    taps_free(t);
    err_set(e, "resize: out of memory for %lld weights", (long long)(out * t->most));
    return false;
  }
  for (int64_t o = 0; o < out; o++) {
    double centre = ((double)o + 0.5) * scale, sum = 0;
    int64_t lo = (int64_t)(centre - wide + 0.5), hi = (int64_t)(centre + wide + 0.5);
    if (lo < 0) lo = 0;
    if (hi > in) hi = in;
    float *w = t->weight + o * t->most;
    for (int64_t i = lo; i < hi; i++) {
      double v = 1 - fabs(((double)i + 0.5 - centre) / wide);
      w[i - lo] = v > 0 ? (float)v : 0;
      sum += w[i - lo];
    }
    for (int64_t i = lo; i < hi; i++) w[i - lo] = (float)(w[i - lo] / sum);
    t->first[o] = lo;
    t->count[o] = hi - lo;
  }
  return true;
}

static void resize_row(const float *x, float *y, int64_t out, int64_t c, const Taps *t) {
  for (int64_t o = 0; o < out; o++, y += c) {
    const float *w = t->weight + o * t->most, *at = x + t->first[o] * c;
    for (int64_t k = 0; k < c; k++) y[k] = 0;
    for (int64_t i = 0; i < t->count[o]; i++, at += c)
      for (int64_t k = 0; k < c; k++) y[k] += w[i] * at[k];
  }
}

bool picture_resize(const Picture *from, Picture *to, Err *e) {
  Taps across, down;
  int64_t row = to->w * to->c;
  if (!taps_make(&across, from->w, to->w, e)) return false;
  if (!taps_make(&down, from->h, to->h, e)) {
    taps_free(&across);
    return false;
  }
  float *wide = malloc((size_t)(from->h * row) * sizeof *wide); /* rows of the new width */
  for (int64_t y = 0; wide && y < from->h && !picture_stopped(from); y++)
    resize_row(from->p + y * from->w * from->c, wide + y * row, to->w, to->c, &across);
  for (int64_t o = 0; wide && o < to->h && !picture_stopped(from); o++) {
    float *out = to->p + o * row;
    const float *w = down.weight + o * down.most;
    memset(out, 0, (size_t)row * sizeof *out);
    for (int64_t i = 0; i < down.count[o]; i++) {
      const float *in = wide + (down.first[o] + i) * row;
      for (int64_t k = 0; k < row; k++) out[k] += w[i] * in[k];
    }
  }
  taps_free(&across);
  taps_free(&down);
  bool ok = wide != NULL;
  free(wide);
  return ok ? true
            : err_set(e, "resize: out of memory for %lld x %lld pixels", (long long)from->h,
                      (long long)to->w);
}

/* --- moves ----------------------------------------------------------------------------------------------- */

void picture_crop(const Picture *from, Picture *to, int64_t top, int64_t left, float fill) {
  int64_t c = to->c;
  int64_t a = left < 0 ? -left : 0, b = from->w - left < to->w ? from->w - left : to->w; /* columns inside */
  if (a > to->w) a = to->w;
  if (b < a) b = a;
  for (int64_t y = 0; y < to->h; y++) {
    float *out = to->p + y * to->w * c;
    int64_t sy = top + y;
    bool inside = sy >= 0 && sy < from->h;
    for (int64_t k = 0; k < (inside ? a : to->w) * c; k++) out[k] = fill;
    if (!inside) continue;
    if (b > a)
      memcpy(out + a * c, from->p + (sy * from->w + left + a) * c, (size_t)((b - a) * c) * sizeof *out);
    for (int64_t k = b * c; k < to->w * c; k++) out[k] = fill;
  }
}

void picture_flip(const Picture *from, Picture *to, bool vertical) {
  int64_t c = from->c, row = from->w * c;
  for (int64_t y = 0; y < from->h; y++) {
    const float *in = from->p + (vertical ? from->h - 1 - y : y) * row;
    float *out = to->p + y * row;
    if (vertical) memcpy(out, in, (size_t)row * sizeof *out);
    else
      for (int64_t x = 0; x < from->w; x++)
        memcpy(out + x * c, in + row - (x + 1) * c, (size_t)c * sizeof *out);
  }
}

static const float *pixel(const Picture *p, int64_t y, int64_t x, const float *outside) {
  return y < 0 || x < 0 || y >= p->h || x >= p->w ? outside : p->p + (y * p->w + x) * p->c;
}

/* Four neighbours: u to the right, v down. */
static inline void mix(float *out, const float *const p[4], float u, float v, int64_t c) {
  float a = (1 - u) * (1 - v), b = u * (1 - v), d = (1 - u) * v, f = u * v;
  if (c == 3) { /* the usual case without a loop */
    out[0] = a * p[0][0] + b * p[1][0] + d * p[2][0] + f * p[3][0];
    out[1] = a * p[0][1] + b * p[1][1] + d * p[2][1] + f * p[3][1];
    out[2] = a * p[0][2] + b * p[1][2] + d * p[2][2] + f * p[3][2];
    return;
  }
  for (int64_t k = 0; k < c; k++) out[k] = a * p[0][k] + b * p[1][k] + d * p[2][k] + f * p[3][k];
}

void picture_rotate(const Picture *from, Picture *to, double degrees, float fill) {
  float outside[PICTURE_CHANNELS];
  for (int k = 0; k < PICTURE_CHANNELS; k++) outside[k] = fill;
  double turn = degrees * (3.14159265358979323846 / 180), s = sin(turn), co = cos(turn);
  double cy = 0.5 * (double)(from->h - 1), cx = 0.5 * (double)(from->w - 1);
  int64_t c = from->c, row = from->w * c;
  float *out = to->p;
  for (int64_t y = 0; y < from->h && !picture_stopped(from); y++)
    for (int64_t x = 0; x < from->w; x++, out += c) {
      double dx = (double)x - cx, dy = (double)y - cy;
      double sx = co * dx - s * dy + cx, sy = s * dx + co * dy + cy;
      /* a multiple of 90 degrees must hit its pixels in spite of rounding */
      sx += 1e-6;
      sy += 1e-6;
      int64_t ix = (int64_t)sx - (sx < 0), iy = (int64_t)sy - (sy < 0);
      float u = (float)(sx - (double)ix), v = (float)(sy - (double)iy);
      if (u < 1e-5f) u = 0;
      if (v < 1e-5f) v = 0;
      if (ix >= 0 && iy >= 0 && ix + 1 < from->w && iy + 1 < from->h) {
        const float *a = from->p + (iy * from->w + ix) * c, *d = a + row;
        mix(out, (const float *[]){a, a + c, d, d + c}, u, v, c);
      } else {
        mix(out,
            (const float *[]){pixel(from, iy, ix, outside), pixel(from, iy, ix + 1, outside),
                              pixel(from, iy + 1, ix, outside), pixel(from, iy + 1, ix + 1, outside)},
            u, v, c);
      }
    }
}

/* --- colour ---------------------------------------------------------------------------------------------- */

static float clamp01(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }
static float luma(const float *p) { return 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2]; }

static void to_hsv(const float *p, float *h, float *s, float *v) {
  float hi = fmaxf(p[0], fmaxf(p[1], p[2])), lo = fminf(p[0], fminf(p[1], p[2])), d = hi - lo;
  *v = hi;
  *s = hi > 0 ? d / hi : 0;
  if (d <= 0) *h = 0;
  else if (hi == p[0]) *h = (p[1] - p[2]) / d;
  else if (hi == p[1]) *h = 2 + (p[2] - p[0]) / d;
  else *h = 4 + (p[0] - p[1]) / d;
  *h = *h / 6 - floorf(*h / 6);
}

static void from_hsv(float h, float s, float v, float *p) {
  float sixth = h * 6, f = sixth - floorf(sixth);
  float a = v * (1 - s), b = v * (1 - s * f), c = v * (1 - s * (1 - f));
  const float table[6][3] = {{v, c, a}, {b, v, a}, {a, v, c}, {a, b, v}, {c, a, v}, {v, a, b}};
  memcpy(p, table[(int)sixth % 6], 3 * sizeof *p);
}

/* Each colour v becomes clamp(f v + (1 - f) m). */
static void blend(float *p, int64_t colours, float f, float m) {
  for (int64_t k = 0; k < colours; k++) p[k] = clamp01(f * p[k] + (1 - f) * m);
}

void picture_colour(Picture *x, double brightness, double contrast, double saturation, double hue) {
  int64_t n = x->h * x->w, c = x->c, colours = c <= 2 ? 1 : c == 4 ? 3 : c;
  for (int64_t i = 0; brightness != 1 && i < n; i++) blend(x->p + i * c, colours, (float)brightness, 0);
  if (contrast != 1 && n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += colours == 3 ? luma(x->p + i * c) : x->p[i * c];
    for (int64_t i = 0; i < n; i++) blend(x->p + i * c, colours, (float)contrast, (float)(sum / (double)n));
  }
  if (colours != 3) return;
  for (int64_t i = 0; saturation != 1 && i < n; i++)
    blend(x->p + i * c, 3, (float)saturation, luma(x->p + i * c));
  for (int64_t i = 0; hue != 0 && i < n; i++) {
    if (i % 4096 == 0 && picture_stopped(x)) return;
    float h, s, v;
    to_hsv(x->p + i * c, &h, &s, &v);
    h += (float)hue;
    from_hsv(h - floorf(h), s, v, x->p + i * c);
  }
}
