/* raster.c: see raster.h.
 *
 * Cairo's own scaling took 330 ms for a picture of 4000 x 3000 a frame. */
#include "raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Scaled {
  Rect to; /* of the source, relative to the first pixel kept */
  int w, h;
  uint32_t argb[];
};

enum { TAPS = 3 }; /* most samples a pixel, each way */

static const double SAMPLES_MOST = 2500000; /* of a whole picture */

static int taps_of(double step) { return (int)fmin(fmax(ceil(step - 0.01), 1), TAPS); }

/* Samples a pixel, each way: all that lie under it, as long as there are not too many; rows are left out first, since
 * every one is to be fetched. */
static void find_taps(double dx, double dy, double pixels, int *tx, int *ty) {
  *tx = taps_of(dx), *ty = taps_of(dy);
  while (*tx * *ty > 1 && pixels * *tx * *ty > SAMPLES_MOST) --*(*ty >= *tx ? ty : tx);
}

/* The source's columns (or rows) under n pixels, `taps` each; -1: none. */
static void find_samples(double from, double step, int size, int taps, int n, int *at) {
  for (int i = 0; i < n * taps; i++) {
    const double x = floor(from + (i + 0.5) * step / taps);
    at[i] = x >= 0 && x < size ? (int)x : -1;
  }
}

/* Sums of the channels in pairs, 16 bits each. */
typedef struct Sums {
  uint32_t rb, ag;
} Sums;

static void add_row(const uint32_t *from, int n, int taps, Sums *to) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < taps; k++, from++) {
      to[i].rb += *from & 0xff00ff;
      to[i].ag += *from >> 8 & 0xff00ff;
    }
}

static void mean_row(const Sums *from, int n, uint32_t count, uint32_t *to) {
  const uint32_t scale = (65536 + count / 2) / count;
  for (int i = 0; i < n; i++) {
    uint32_t c[4] = {from[i].rb & 0xffff, from[i].ag & 0xffff, from[i].rb >> 16, from[i].ag >> 16};
    for (int k = 0; k < 4; k++) c[k] = (c[k] * scale + 32768) >> 16;
    to[i] = c[3] << 24 | c[2] << 16 | c[1] << 8 | c[0];
  }
}

/* The mean of the samples under each of n pixels, straight from ty rows of bytes: no pixel is stored that is not shown.
 * With constants for tx, ty and c the compiler unrolls it. */
static inline void box_of(const unsigned char *const *row, const int *x, int n, int tx, int ty, int c,
                          uint32_t *to) {
  const unsigned count = (unsigned)(tx * ty), scale = (65536 + count / 2) / count;
  for (int i = 0; i < n; i++, x += tx) {
    unsigned sum[3] = {0};
    for (int v = 0; v < ty; v++)
      for (int u = 0; u < tx; u++) {
        const unsigned char *at = row[v] + (size_t)x[u] * (size_t)c;
        for (int k = 0; k < c; k++) sum[k] += at[k];
      }
    for (int k = 0; k < c; k++) sum[k] = (sum[k] * scale + 32768) >> 16;
    to[i] = argb_opaque(sum[0], sum[c / 2], sum[c - 1]);
  }
}

typedef struct Work {
  int tx, ty; /* samples a pixel */
  int *x, *y; /* where they lie  */
  uint32_t *row;
  Sums *sums;
} Work;

static bool work_new(Work *k, int w, int h) {
  k->x = malloc((size_t)(w * k->tx) * sizeof *k->x);
  k->y = malloc((size_t)(h * k->ty) * sizeof *k->y);
  k->row = malloc((size_t)(w * k->tx) * sizeof *k->row);
  k->sums = malloc((size_t)w * sizeof *k->sums);
  return k->x && k->y && k->row && k->sums;
}
static void work_free(Work *k) {
  free(k->x);
  free(k->y);
  free(k->row);
  free(k->sums);
}

/* Pixels under which a part of the source lies: those before and behind stay empty. */
static void clip_samples(int *at, int taps, int n, int *first, int *last) {
  for (*first = 0; *first < n && at[*first * taps + taps - 1] < 0;) ++*first;
  for (*last = n; *last > *first && at[(*last - 1) * taps] < 0;) --*last;
  for (int i = *first * taps; i < *last * taps; i++)
    if (at[i] < 0) at[i] = i > *first * taps && at[i - 1] >= 0 ? at[i - 1] : 0;
}

static void box(const Raster *r, const Work *k, int left, int n, const int *rows, uint32_t *out) {
  const unsigned char *row[TAPS];
  const int *x = k->x + left * k->tx, c = r->channels;
  for (int i = 0; i < k->ty; i++) row[i] = r->bytes(r->of, rows[i]);
  if (c == 3 && k->tx == 1 && k->ty == 1) box_of(row, x, n, 1, 1, 3, out);
  else if (c == 3 && k->tx == 2 && k->ty == 1) box_of(row, x, n, 2, 1, 3, out);
  else if (c == 3 && k->tx == 2 && k->ty == 2) box_of(row, x, n, 2, 2, 3, out);
  else if (c == 3 && k->tx == 3 && k->ty == 3) box_of(row, x, n, 3, 3, 3, out);
  else box_of(row, x, n, k->tx, k->ty, c, out);
}

/* The mean of rows[0..ty-1], of which some may be one. */
static void mean(const Raster *r, const Work *k, int left, int n, const int *rows, uint32_t *out) {
  memset(k->sums, 0, (size_t)n * sizeof *k->sums);
  for (int i = 0; i < k->ty; i++) {
    if (i == 0 || rows[i] != rows[i - 1]) r->row(r->of, rows[i], k->x + left * k->tx, n * k->tx, k->row);
    add_row(k->row, n, k->tx, k->sums);
  }
  mean_row(k->sums, n, (uint32_t)(k->tx * k->ty), out);
}

static void scale(const Raster *r, Scaled *s) {
  const double dx = r->w / s->to.w, dy = r->h / s->to.h, pixels = (double)s->w * s->h;
  int left = 0, right = 0, top = 0, bottom = 0;
  Work k = {0};
  find_taps(dx, dy, pixels, &k.tx, &k.ty);
  memset(s->argb, 0, (size_t)s->w * (size_t)s->h * sizeof *s->argb);
  const bool ok = work_new(&k, s->w, s->h);
  if (ok) {
    find_samples(-s->to.x * dx, dx, r->w, k.tx, s->w, k.x);
    find_samples(-s->to.y * dy, dy, r->h, k.ty, s->h, k.y);
    clip_samples(k.x, k.tx, s->w, &left, &right);
    clip_samples(k.y, k.ty, s->h, &top, &bottom);
  }
  const bool plain = k.tx == 1 && k.ty == 1;
  for (int y = top; ok && right > left && y < bottom; y++) {
    uint32_t *out = s->argb + (size_t)y * (size_t)s->w + left;
    const int n = right - left, *rows = k.y + y * k.ty;
    if (plain && y > top && rows[0] == rows[-1]) memcpy(out, out - s->w, (size_t)n * sizeof *out);
    else if (r->bytes) box(r, &k, left, n, rows, out);
    else if (plain) r->row(r->of, rows[0], k.x + left, n, out);
    else mean(r, &k, left, n, rows, out);
  }
  work_free(&k);
}

/* --- drawing ---------------------------------------------------------------------------------------------- */

static bool same(const Scaled *s, Rect to, int w, int h) {
  return s && s->w == w && s->h == h && fabs(s->to.x - to.x) < 1e-6 && fabs(s->to.y - to.y) < 1e-6 &&
         fabs(s->to.w - to.w) < 1e-6 && fabs(s->to.h - to.h) < 1e-6;
}

static bool prepare(const Raster *r, Rect to, int w, int h, Scaled **kept) {
  if (same(*kept, to, w, h)) return true;
  const size_t bytes = sizeof(Scaled) + (size_t)w * (size_t)h * sizeof(uint32_t);
  Scaled *s = *kept && (*kept)->w == w && (*kept)->h == h ? *kept : NULL;
  if (!s) {
    free(*kept);
    *kept = s = malloc(bytes);
  }
  if (!s) return false;
  s->to = to, s->w = w, s->h = h;
  scale(r, s);
  return true;
}

static Rect common(Rect a, Rect b) {
  const double x = fmax(a.x, b.x), y = fmax(a.y, b.y);
  return (Rect){x, y, fmin(a.x + a.w, b.x + b.w) - x, fmin(a.y + a.h, b.y + b.h) - y};
}

static void paint(Draw *d, const Scaled *s, double x, double y) {
  cairo_surface_t *from = cairo_image_surface_create_for_data((unsigned char *)(uintptr_t)s->argb,
                                                              CAIRO_FORMAT_ARGB32, s->w, s->h, s->w * 4);
  cairo_save(d->cr);
  cairo_set_source_surface(d->cr, from, x, y);
  cairo_pattern_set_filter(cairo_get_source(d->cr), CAIRO_FILTER_NEAREST);
  cairo_rectangle(d->cr, x, y, s->w, s->h);
  cairo_fill(d->cr);
  cairo_restore(d->cr);
  cairo_surface_destroy(from);
}

/* Where no pixels are known: few as rectangles, which stay sharp; many as a picture. */
static void draw_vector(Draw *d, const Raster *r, Rect to) {
  enum { FEW = 4096, LARGEST = 1600 };
  const int w = r->w < LARGEST ? r->w : LARGEST, h = r->h < LARGEST ? r->h : LARGEST;
  Scaled *s = NULL;
  if (!prepare(r, (Rect){0, 0, w, h}, w, h, &s)) return;
  if ((size_t)w * (size_t)h > FEW || to.w < w || to.h < h) {
    draw_pixels(d, s->argb, w, h, to, false);
  } else {
    cairo_save(d->cr);
    cairo_set_antialias(d->cr, CAIRO_ANTIALIAS_NONE); /* no seams */
    for (int i = 0; i < w * h; i++) {
      const uint32_t c = s->argb[i], alpha = c >> 24;
      if (alpha == 0) continue;
      const double full = alpha;
      draw_color(d, (Rgb){(c >> 16 & 255) / full, (c >> 8 & 255) / full, (c & 255) / full}, full / 255);
      cairo_rectangle(d->cr, to.x + i % w * to.w / w, to.y + i / w * to.h / h, to.w / w, to.h / h);
      cairo_fill(d->cr);
    }
    cairo_restore(d->cr);
  }
  free(s);
}

void draw_raster(Draw *d, const Raster *r, Rect to, Rect seen, Scaled **kept) {
  if (!isfinite(to.x + to.y + to.w + to.h) || !(to.w / r->w * (to.h / r->h) > 1e-9))
    return; /* nothing to be seen */
  if (!d->pixels) {
    draw_vector(d, r, to);
    return;
  }
  const Rect part = common(to, seen);
  const double x = round(part.x), y = round(part.y);
  const int w = (int)(round(part.x + part.w) - x), h = (int)(round(part.y + part.h) - y);
  if (w < 1 || h < 1 || w > 16384 || h > 16384) return;
  if (prepare(r, (Rect){to.x - x, to.y - y, to.w, to.h}, w, h, kept)) paint(d, *kept, x, y);
}
