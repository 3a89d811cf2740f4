/* spans.c: a curve as the vertical spans that its line covers, two a column of pixels.
 *
 * A span holds the points between its borders and the line's height at both; its neighbours' are added, which gives a
 * steep line its width.  Cairo strokes each of the segments: 30 ms for 2 000 noisy points, against 1 ms so.  The
 * picture of ten million points costs its width in queries of the pyramid. */
#include "spans.h"

#include <math.h>
#include <stdlib.h>

enum { SUB = 2, COLUMNS = 8192 }; /* spans a column */

typedef struct Span {
  double top, bottom; /* pixels; top > bottom: nothing */
} Span;
static const Span EMPTY = {INFINITY, -INFINITY};

static inline double lesser(double a, double b) { return a < b ? a : b; } /* fmin is a call */
static inline double greater(double a, double b) { return a > b ? a : b; }
static inline Span hull(Span a, Span b) { return (Span){lesser(a.top, b.top), greater(a.bottom, b.bottom)}; }

/* The height of the line at px, where `next` is the first point at or behind it; NaN: there is no line. */
static double line_at(const Axes *a, const Curve *c, const Pyramid *p, double px, size_t next, bool by_time) {
  if (next == 0 || next >= c->n) return NAN;
  const double y0 = p->v[next - 1], y1 = p->v[next];
  if (a->log_y && (y0 <= 0 || y1 <= 0)) return NAN;
  const double x0 = axes_px(a, curve_x(c, next - 1, by_time)), x1 = axes_px(a, curve_x(c, next, by_time));
  const double p0 = axes_py(a, y0), p1 = axes_py(a, y1); /* NaN stays NaN */
  return x1 > x0 ? p0 + (p1 - p0) * (px - x0) / (x1 - x0) : p1;
}

/* s: n spans from px on, each 1 / SUB wide. */
static void find_spans(const Axes *a, const Curve *c, const Pyramid *p, bool by_time, double px, Span *s,
                       int n) {
  size_t from = curve_find(c, axes_x(a, px), by_time);
  double left = line_at(a, c, p, px, from, by_time);
  for (int i = 0; i < n; i++) {
    const double edge = px + (i + 1.0) / SUB;
    const size_t to = curve_find(c, axes_x(a, edge), by_time);
    const double right = line_at(a, c, p, edge, to, by_time);
    const Band b = from < to ? pyramid_band(p, from, to) : (Band){1, 0};
    s[i] = b.lo <= b.hi ? (Span){axes_py(a, b.hi), axes_py(a, b.lo)} : EMPTY;
    if (isfinite(left)) s[i] = hull(s[i], (Span){left, left});
    if (isfinite(right)) s[i] = hull(s[i], (Span){right, right});
    from = to;
    left = right;
  }
}

/* With the neighbours, and as thick as a line of that slope is; of an area down to its foot. */
static Span thicken(const Span *s, int i, int n, const Stroke *how) {
  const double width = how->width;
  Span t = s[i];
  if (t.top > t.bottom) return t;
  if (how->area) return (Span){lesser(t.top, how->foot), greater(t.bottom, how->foot)};
  if (i > 0) t = hull(t, s[i - 1]);
  if (i + 1 < n) t = hull(t, s[i + 1]);
  const double tall = t.bottom - t.top;
  const double slope = tall / 1.5, along = width * sqrt(1 + slope * slope);
  const double pad = lesser(greater((along - tall) / 2, width / 4), width / 2);
  return (Span){t.top - pad, t.bottom + pad};
}

static bool dash_shows(const Stroke *how, double x) {
  double all = 0;
  for (int i = 0; i < how->dashes; i++) all += how->dash[i];
  if (!(all > 0)) return true;
  double at = fmod(x, all);
  for (int i = 0; i < how->dashes; i++) {
    if (at < how->dash[i]) return i % 2 == 0;
    at -= how->dash[i];
  }
  return true;
}

/* --- pixels ----------------------------------------------------------------------------------------------- */

enum { BLOCK = 16 }; /* columns: a cache line of pixels */

typedef struct Paint { /* on rows from..to-1 of an image */
  unsigned char *data;
  size_t stride;
  uint32_t color; /* opaque */
  unsigned alpha; /* of 256 */
  int from, to;
} Paint;

static uint32_t *row_of(const Paint *p, int x, int y) {
  return (uint32_t *)(void *)(p->data + (size_t)y * p->stride) + x;
}

/* Of BLOCK columns, two spans each, in 256ths of a row. */
typedef struct Block {
  int top[SUB][BLOCK], bottom[SUB][BLOCK];
} Block;

static void block_put(Block *b, const Paint *p, int k, int sub, Span s) {
  const bool some = s.top <= s.bottom;
  b->top[sub][k] = some ? (int)(256 * lesser(greater(s.top, p->from), p->to)) : 0;
  b->bottom[sub][k] = some ? (int)(256 * lesser(greater(s.bottom, p->from), p->to)) : 0;
}

static inline int covered(int top, int bottom, int y) { /* of row y, 0..256 */
  const int from = top > y * 256 ? top : y * 256, to = bottom < (y + 1) * 256 ? bottom : (y + 1) * 256;
  return to > from ? to - from : 0;
}

static int rows_of(const Block *b, const Paint *p, int n, int *first) { /* behind the last one */
  int from = p->to * 256, to = p->from * 256;
  for (int sub = 0; sub < SUB; sub++)
    for (int k = 0; k < n; k++) {
      if (b->top[sub][k] >= b->bottom[sub][k]) continue;
      if (b->top[sub][k] < from) from = b->top[sub][k];
      if (b->bottom[sub][k] > to) to = b->bottom[sub][k];
    }
  *first = from / 256;
  return (to + 255) / 256;
}

static inline uint32_t mixed(const Block *b, const Paint *p, int k, int y, uint32_t under) {
  const int both = covered(b->top[0][k], b->bottom[0][k], y) + covered(b->top[1][k], b->bottom[1][k], y);
  return argb_mix(under, p->color, (unsigned)both * p->alpha / (256 * SUB));
}

/* n columns from x on.  Row by row, since columns miss the cache, and without a branch. */
static void block_fill(const Block *b, const Paint *p, int x, int n) {
  int first;
  const int end = rows_of(b, p, n, &first);
  for (int y = first; y < end; y++) {
    uint32_t *at = row_of(p, x, y);
    for (int k = 0; k < n; k++) at[k] = mixed(b, p, k, y, at[k]);
  }
}

/* Of an opaque line most rows are covered whole, or by one span of two: no products.  The pixels at the ends of the
 * spans are mixed before and put over them. */
static void block_fill_opaque(const Block *b, const Paint *p, int x) {
  struct {
    uint32_t *at, color;
  } ends[2 * SUB * BLOCK];
  int first, n = 0, highest = p->to * 256, lowest = 0; /* highest: of all bottoms; lowest: of all tops */
  const int end = rows_of(b, p, BLOCK, &first);
  for (int sub = 0; sub < SUB; sub++)
    for (int k = 0; k < BLOCK; k++)
      for (int side = 0; side < 2; side++) {
        const int edge = side ? b->bottom[sub][k] : b->top[sub][k];
        if (side && edge < highest) highest = edge;
        if (!side && edge > lowest) lowest = edge;
        if (edge % 256 == 0) continue;
        ends[n].at = row_of(p, x + k, edge / 256);
        ends[n].color = mixed(b, p, k, edge / 256, *ends[n].at);
        n++;
      }
  for (int y = first; y < end; y++) {
    uint32_t *at = row_of(p, x, y);
    const int low = 256 * y, high = low + 256;
    if (low >= lowest && high <= highest) {
      for (int k = 0; k < BLOCK; k++) at[k] = p->color;
      continue;
    }
    for (int k = 0; k < BLOCK; k++) {
      const uint32_t left = -(uint32_t)((b->top[0][k] <= low) & (b->bottom[0][k] >= high)),
                     right = -(uint32_t)((b->top[1][k] <= low) & (b->bottom[1][k] >= high));
      const uint32_t mean = (at[k] & p->color) + (((at[k] ^ p->color) & 0xfefefefe) >> 1);
      at[k] = (left & right & p->color) | ((left ^ right) & mean) | (~(left | right) & at[k]);
    }
  }
  while (n-- > 0) *ends[n].at = ends[n].color;
}

static void put_columns(Draw *d, const Axes *a, const Span *s, int x0, int n, const Stroke *how) {
  cairo_surface_flush(d->pixels);
  const int width = cairo_image_surface_get_width(d->pixels);
  const Paint p = {.data = cairo_image_surface_get_data(d->pixels),
                   .stride = (size_t)cairo_image_surface_get_stride(d->pixels),
                   .color = theme_argb(how->color, 1),
                   .alpha = (unsigned)(fmin(fmax(how->alpha, 0), 1) * 256),
                   .from = (int)fmax(a->plot.y, 0),
                   .to = (int)fmin(ceil(a->plot.y + a->plot.h), cairo_image_surface_get_height(d->pixels))};
  const int begin = x0 < 0 ? -x0 : 0, end = n < width - x0 ? n : width - x0;
  for (int block = begin; block < end; block += BLOCK) {
    Block b = {0};
    const int count = end - block < BLOCK ? end - block : BLOCK;
    for (int k = 0; k < count; k++)
      for (int sub = 0; sub < SUB && dash_shows(how, x0 + block + k - floor(a->plot.x)); sub++)
        block_put(&b, &p, k, sub, thicken(s, SUB * (block + k) + sub, SUB * n, how));
    if (count == BLOCK && p.alpha == 256) block_fill_opaque(&b, &p, x0 + block);
    else block_fill(&b, &p, x0 + block, count);
  }
  if (p.to > p.from) cairo_surface_mark_dirty_rectangle(d->pixels, x0, p.from, n, p.to - p.from);
}

/* Those of the plot that the curve reaches. */
static void columns_of(const Axes *a, const Curve *c, bool by_time, int *first, int *n) {
  const double left = floor(a->plot.x), right = left + fmin(ceil(a->plot.w), COLUMNS);
  const double from = c->n ? floor(axes_px(a, curve_x(c, 0, by_time))) - 1 : right,
               to = c->n ? ceil(axes_px(a, curve_x(c, c->n - 1, by_time))) + 1 : right;
  *first = (int)fmin(fmax(left, from), right); /* NaN: all */
  *n = (int)(fmax(fmin(right, to), *first) - *first);
}

void spans_draw(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, const Stroke *how) {
  int x0, n;
  columns_of(a, c, by_time, &x0, &n);
  if (n < 1) return;
  Span *s = malloc((size_t)(SUB * n) * sizeof *s);
  if (!s) return;
  find_spans(a, c, p, by_time, x0, s, SUB * n);
  if (d->pixels) {
    put_columns(d, a, s, x0, n, how);
  } else {
    draw_color(d, how->color, how->alpha);
    for (int i = 0; i < SUB * n; i++) {
      const Span t = thicken(s, i, SUB * n, how);
      if (t.top <= t.bottom && dash_shows(how, x0 + i / SUB - floor(a->plot.x)))
        cairo_rectangle(d->cr, x0 + (double)i / SUB, t.top, 1.0 / SUB, t.bottom - t.top);
    }
    cairo_fill(d->cr);
  }
  free(s);
}

void spans_line(Draw *d, const Axes *a, const double *xy, int n, const Stroke *how) {
  if (!d->pixels) {
    for (int i = 0; i < n; i++) cairo_line_to(d->cr, axes_px(a, xy[2 * i]), axes_py(a, xy[2 * i + 1]));
    draw_color(d, how->color, how->alpha);
    if (how->area) {
      cairo_line_to(d->cr, axes_px(a, xy[2 * n - 2]), how->foot);
      cairo_line_to(d->cr, axes_px(a, xy[0]), how->foot);
      cairo_fill(d->cr);
      return;
    }
    cairo_set_line_width(d->cr, how->width);
    cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(d->cr);
    return;
  }
  Curve c = {0};
  bool ok = true;
  for (int i = 0; ok && i < n; i++) ok = curve_add(&c, xy[2 * i], xy[2 * i + 1], 0);
  spans_draw(d, a, &c, &c.y, false, how);
  curve_free(&c);
}
