/* grid.c: see grid.h.
 *
 * Contour lines by marching squares (Lorensen and Cline 1987, in two dimensions), a segment a cell and level.
 */
#include "grid.h"

#include <math.h>
#include <stdlib.h>

Rgb not_a_number(void) { return (Rgb){0.8, 0.1, 0.1}; }

Rgb scale_color(const Range *range, double x) {
  if (!isfinite(x)) return not_a_number();
  if (range->lo < 0 && range->hi > 0) { /* both signs: diverging around zero */
    double most = fmax(-range->lo, range->hi);
    return theme_diverging(0.5 + 0.5 * x / most);
  }
  return theme_viridis(range_share(*range, x, 0.5));
}

Colored grid_colored(const float *value, ptrdiff_t across, ptrdiff_t down, Range ends,
                     Rgb (*color)(const Range *, double), const Range *range) {
  Colored c = {.value = value, .across = across, .down = down, .lo = (float)ends.lo};
  if (ends.hi > ends.lo) c.scale = (float)(255 / (ends.hi - ends.lo));
  for (int i = 0; i < 256; i++)
    c.color[i] = theme_argb(color(range, ends.lo + (ends.hi - ends.lo) * i / 255), 1);
  c.nan = theme_argb(not_a_number(), 1);
  return c;
}

static inline uint32_t palette(const uint32_t color[256], float share) { /* 0..255, not NaN */
  return color[share >= 255 ? 255 : share > 0 ? (int)(share + 0.5f) : 0];
}

void colored_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  const Colored *c = of;
  const float *from = c->value + y * c->down;
  for (int i = 0; i < n; i++) {
    const float v = from[x[i] * c->across];
    out[i] = isfinite(v) ? palette(c->color, (v - c->lo) * c->scale) : c->nan;
  }
}

/* --- surfaces ---------------------------------------------------------------------------------------------- */

/* The node before a pixel's middle, of n, and how far behind it that lies. */
static int node_of(int pixel, int pixels, int n, float *rest) {
  const double inside = fmin(fmax((pixel + 0.5) * n / pixels - 0.5, 0), n - 1);
  const int k = inside >= n - 1 ? n - 2 : (int)inside;
  *rest = (float)(inside - k);
  return k;
}

/* A row of pixels between two rows of nodes: heights, their slope downwards, colours; at the w nodes. */
typedef struct Between {
  const Field *f;
  int wide, tall; /* pixels of the whole */
  int *node;      /* of each column      */
  float *rest, *height, *slope;
  uint32_t *color, nan;
} Between;

static void between_rows(const Between *b, int y) {
  const Field *f = b->f;
  float rest;
  const int row = node_of(b->tall - 1 - y, b->tall, f->h, &rest);
  const float *v = f->height + (size_t)row * (size_t)f->w;
  for (int k = 0; k < f->w; k++) {
    b->slope[k] = v[k + f->w] - v[k];
    b->height[k] = v[k] + b->slope[k] * rest;
  }
  const uint32_t *c = f->node ? f->node + (size_t)row * (size_t)f->w : NULL;
  for (int k = 0; c && k < f->w; k++) b->color[k] = argb_mix(c[k], c[k + f->w], (unsigned)(256 * rest));
}

/* How far from a level a pixel may be to have a part of its line, as multiples of the slopes. */
static inline float line_reach(const Field *f) { return (float)f->line_width / 2 + 0.5f; }

/* How much of a pixel a level's line covers: its distance by the slope.  In levels, and levels a pixel. */
static float line_cover(const Field *f, float at, float slope_x, float slope_y) {
  if (!(at >= 0.5f && at < (float)f->levels - 0.5f)) return 0;
  const float off = fabsf(at - (float)(int)(at + 0.5f)), half = line_reach(f);
  if (off > half * (fabsf(slope_x) + fabsf(slope_y))) return 0;
  const float steep = sqrtf(slope_x * slope_x + slope_y * slope_y);
  return steep > 0 ? fminf(fmaxf(half - off / steep, 0), fminf((float)f->line_width, 1)) : 0;
}

/* Between two nodes the row is straight: is there a line on a part of it? */
static bool line_near(const Field *f, float from, float to, float slopes) {
  const float far = line_reach(f) * slopes, lo = fminf(from, to) - far, hi = fmaxf(from, to) + far;
  return floorf(hi) >= ceilf(lo);
}

/* The pixels x[0..n-1] of a row, all between the nodes k and k + 1. */
static void field_run(const Between *b, int k, const int *x, int n, uint32_t *out) {
  const Field *f = b->f;
  const float levels = (float)f->levels, across = b->height[k + 1] - b->height[k], below = b->height[k];
  if (!isfinite(across)) {
    for (int i = 0; i < n; i++) out[i] = b->nan;
    return;
  }
  for (int i = 0; i < n && f->node; i++)
    out[i] = argb_mix(b->color[k], b->color[k + 1], (unsigned)(256 * b->rest[x[i]]));
  for (int i = 0; i < n && !f->node; i++) out[i] = palette(f->color, (below + across * b->rest[x[i]]) * 255);
  const float per_x = levels * (float)f->w / (float)b->wide, per_y = levels * (float)f->h / (float)b->tall;
  const float down = b->slope[k], turn = b->slope[k + 1] - down;
  const float slopes = fabsf(across * per_x) + fmaxf(fabsf(down), fabsf(down + turn)) * per_y;
  if (!f->levels || !line_near(f, below * levels, (below + across) * levels, slopes)) return;
  for (int i = 0; i < n; i++) {
    const float rest = b->rest[x[i]];
    const float cover =
        line_cover(f, (below + across * rest) * levels, across * per_x, (down + turn * rest) * per_y);
    if (cover > 0) out[i] = argb_mix(out[i], f->line, (unsigned)(256 * cover * (float)f->line_share));
  }
}

static void field_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  const Between *b = of;
  between_rows(b, y);
  for (int i = 0, end; i < n; i = end) {
    const int k = b->node[x[i]];
    for (end = i + 1; end < n && b->node[x[end]] == k; end++) {}
    field_run(b, k, x + i, end - i, out + i);
  }
}

void draw_field(Draw *d, const Field *f, Rect to, Rect seen, Scaled **kept) {
  enum { LARGEST = 1 << 20 };
  if (!isfinite(to.w + to.h)) return;
  const int wide = (int)fmin(fmax(round(to.w), 1), LARGEST), tall = (int)fmin(fmax(round(to.h), 1), LARGEST);
  const size_t columns = (size_t)wide, nodes = (size_t)f->w;
  Between b = {.f = f, .wide = wide, .tall = tall, .nan = theme_argb(not_a_number(), 1)};
  b.node = malloc(columns * sizeof *b.node);
  b.rest = malloc(columns * sizeof *b.rest);
  b.height = malloc(nodes * sizeof *b.height);
  b.slope = malloc(nodes * sizeof *b.slope);
  b.color = malloc(nodes * sizeof *b.color);
  if (b.node && b.rest && b.height && b.slope && b.color) {
    for (int i = 0; i < wide; i++) b.node[i] = node_of(i, wide, f->w, &b.rest[i]);
    const Raster r = {.w = wide, .h = tall, .of = &b, .row = field_row};
    draw_raster(d, &r, to, seen, kept);
  }
  free(b.node);
  free(b.rest);
  free(b.height);
  free(b.slope);
  free(b.color);
}

/* --- level lines -------------------------------------------------------------------------------------------- */

static double cut(double a, double b, double level) { return (level - a) / (b - a); }

/* Grid points are pixel centres of the picture drawn under them. */
void level_line(Draw *d, int h, int w, const float *value, Rect to, double level) {
  double sx = to.w / w, sy = to.h / h;
  for (int y = 0; y + 1 < h; y++)
    for (int x = 0; x + 1 < w; x++) {
      const float *f = value + (size_t)y * (size_t)w + (size_t)x;
      double v[4] = {(double)f[0], (double)f[1], (double)f[w + 1], (double)f[w]}; /* around the cell */
      double px[4], py[4];
      int n = 0;
      for (int k = 0; k < 4; k++) {
        int next = (k + 1) % 4;
        if ((v[k] < level) == (v[next] < level)) continue;
        static const double cx[4] = {0, 1, 1, 0}, cy[4] = {0, 0, 1, 1};
        double t = cut(v[k], v[next], level);
        px[n] = to.x + (x + 0.5 + cx[k] + (cx[next] - cx[k]) * t) * sx;
        py[n++] = to.y + to.h - (y + 0.5 + cy[k] + (cy[next] - cy[k]) * t) * sy;
      }
      for (int k = 0; k + 1 < n; k += 2) {
        cairo_move_to(d->cr, px[k], py[k]);
        cairo_line_to(d->cr, px[k + 1], py[k + 1]);
      }
    }
  cairo_stroke(d->cr);
}

bool grid_cell(const Draw *d, int h, int w, Rect over, int *row, int *column) {
  *column = (int)((d->px - over.x) / over.w * w);
  *row = (int)((over.y + over.h - d->py) / over.h * h);
  return *column >= 0 && *row >= 0 && *column < w && *row < h;
}
