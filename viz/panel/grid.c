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

uint32_t *grid_pixels(int h, int w, const float *value, bool up, Rgb (*color)(const Range *, double),
                      const Range *range) {
  uint32_t *argb = malloc((size_t)h * (size_t)w * sizeof *argb);
  for (int y = 0; argb && y < h; y++)
    for (int x = 0; x < w; x++)
      argb[(size_t)(up ? h - 1 - y : y) * (size_t)w + (size_t)x] =
          theme_argb(color(range, (double)value[(size_t)y * (size_t)w + (size_t)x]), 1);
  return argb;
}

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
