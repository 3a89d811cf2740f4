/* axes.c: see axes.h. */
#include "axes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

Rect rect_inset(Rect r, double by) { return (Rect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by}; }
bool rect_has(Rect r, double x, double y) { return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h; }

double flow_place(Flow *f, double w) {
  if (f->x > 0 && f->x + w > f->width) f->x = 0, f->line++;
  const double at = f->x;
  f->x += w;
  return at;
}

double axes_px(const Axes *a, double x) { return a->plot.x + (x - a->x0) / (a->x1 - a->x0) * a->plot.w; }
double axes_py(const Axes *a, double y) {
  if (a->log_y) y = y > 0 ? log10(y) : -400;
  return a->plot.y + a->plot.h - (y - a->y0) / (a->y1 - a->y0) * a->plot.h;
}
double axes_x(const Axes *a, double px) { return a->x0 + (px - a->plot.x) / a->plot.w * (a->x1 - a->x0); }
double axes_y(const Axes *a, double py) {
  return a->y0 + (a->plot.y + a->plot.h - py) / a->plot.h * (a->y1 - a->y0);
}

void axes_zoom(Axes *a, double px, double py, double factor, bool x, bool y) {
  double cx = axes_x(a, px), cy = axes_y(a, py);
  if (x) a->x0 = cx + (a->x0 - cx) * factor, a->x1 = cx + (a->x1 - cx) * factor;
  if (y) a->y0 = cy + (a->y0 - cy) * factor, a->y1 = cy + (a->y1 - cy) * factor;
}

static void limit(double *lo, double *hi, double from, double to) {
  static const double CLOSEST = 1e-9, FARTHEST = 8; /* shares of all the data */
  const double all = fabs(to - from), size = fmax(fabs(from), fabs(to));
  double middle = (*lo + *hi) / 2, half = (*hi - *lo) / 2;
  if (!isfinite(middle) || !isfinite(half)) {
    *lo = from, *hi = to;
    return;
  }
  const double most = FARTHEST * all / 2, least = fmin(fmax(CLOSEST * all, 1e-12 * size) / 2, most);
  half = copysign(fmin(fmax(fabs(half), least), most), to - from);
  middle = fmin(fmax(middle, fmin(from, to) - most), fmax(from, to) + most);
  *lo = middle - half, *hi = middle + half;
}
void axes_limit(Axes *a, const Axes *all) {
  limit(&a->x0, &a->x1, all->x0, all->x1);
  limit(&a->y0, &a->y1, all->y0, all->y1);
}

void axes_keep_aspect(Axes *a) {
  double w = fabs(a->x1 - a->x0), h = fabs(a->y1 - a->y0);
  if (!(w > 0) || !(h > 0)) return;
  double scale = fmin(a->plot.w / w, a->plot.h / h);
  a->plot = (Rect){a->plot.x + (a->plot.w - w * scale) / 2, a->plot.y + (a->plot.h - h * scale) / 2,
                   w * scale, h * scale};
}

Rect axes_rect(const Axes *a, double left, double right, double top, double bottom) {
  double x = axes_px(a, left), y = axes_py(a, top);
  return (Rect){x, y, axes_px(a, right) - x, axes_py(a, bottom) - y};
}

Range range_of(const float *f, size_t n) {
  Range r = {INFINITY, -INFINITY};
  for (size_t i = 0; i < n; i++) {
    double x = (double)f[i];
    if (!isfinite(x)) continue;
    if (x < r.lo) r.lo = x;
    if (x > r.hi) r.hi = x;
  }
  return r.lo > r.hi ? (Range){0, 1} : r;
}

Range range_even(Range r) {
  const double most = fmax(-r.lo, r.hi);
  return r.lo < 0 && r.hi > 0 ? (Range){-most, most} : r;
}

double range_share(Range r, double x, double otherwise) {
  return r.hi > r.lo ? (x - r.lo) / (r.hi - r.lo) : otherwise;
}

/* --- ticks and numbers ---------------------------------------------------------------------------------- */

void scale_text(double end, double other, char text[24]) {
  if (fabs(end) < 1e-4 * fabs(other)) end = 0;
  snprintf(text, 24, fabs(end) < 100 ? "%.2g" : "%.3g", end); /* 111, not 1.1e+02 */
}

void number_text(double x, char text[24]) {
  double size = fabs(x);
  if (!isfinite(x)) {
    snprintf(text, 24, "%s", isnan(x) ? "NaN" : x > 0 ? "inf" : "-inf");
    return;
  }
  if (size >= 1e4 && size < 1e15 && x == floor(x)) { /* groups of three */
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%.0f", size), at = 0;
    if (x < 0) text[at++] = '-';
    for (int i = 0; i < n && at < 22; i++) {
      if (i && (n - i) % 3 == 0) text[at++] = ' ';
      text[at++] = digits[i];
    }
    text[at] = 0;
    return;
  }
  snprintf(text, 24, "%.4g", x);
}

static void tick_label(double x, double step, char text[16]) {
  double size = fmax(fabs(x), step);
  if (fabs(x) < step * 1e-6) snprintf(text, 16, "0");
  else if (size >= 1e6) snprintf(text, 16, "%.4gM", x / 1e6);
  else if (size >= 1e4) snprintf(text, 16, "%.4gk", x / 1e3);
  else if (step < 1e-4) snprintf(text, 16, "%.3g", x);
  else {
    int decimals = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
    snprintf(text, 16, "%.*f", decimals, x);
  }
}

void ticks_linear(double lo, double hi, int want, Ticks *t) {
  t->n = 0;
  if (lo > hi) {
    double swap = lo;
    lo = hi;
    hi = swap;
  }
  if (!(hi > lo) || !isfinite(hi - lo)) return;
  if (want > TICKS_MOST - 2) want = TICKS_MOST - 2;
  if (want < 2) want = 2;
  double rough = (hi - lo) / want, power = pow(10, floor(log10(rough))), f = rough / power;
  double step = (f <= 1 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10) * power;
  for (double k = ceil(lo / step - 1e-9); k * step <= hi + step * 1e-9 && t->n < TICKS_MOST; k++) {
    t->at[t->n] = k * step;
    tick_label(k * step, step, t->label[t->n++]);
  }
}

void ticks_log(double lo, double hi, Ticks *t) {
  static const double BEYOND = 400; /* any double's exponent */
  t->n = 0;
  if (!(fabs(lo) < BEYOND && fabs(hi) < BEYOND)) return;
  if (hi - lo < 1) { /* less than a decade: 1 2 5 */
    for (int e = (int)floor(lo); e <= (int)ceil(hi); e++)
      for (int k = 1; k < 10 && t->n < TICKS_MOST; k += k == 1 ? 1 : k == 2 ? 1 : k == 3 ? 2 : 9) {
        double at = e + log10(k);
        if (at < lo || at > hi) continue;
        t->at[t->n] = at;
        snprintf(t->label[t->n++], 16, "%.3g", k * pow(10, e));
      }
    return;
  }
  int every = 1 + (int)((hi - lo) / 7);
  for (int e = (int)ceil(lo); e <= (int)floor(hi) && t->n < TICKS_MOST; e += every) {
    t->at[t->n] = e;
    snprintf(t->label[t->n++], 16, e >= -3 && e <= 4 ? "%g" : "%.0e", pow(10, e));
  }
}
