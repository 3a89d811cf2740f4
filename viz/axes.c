/* axes.c: see axes.h. */
#include "axes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Rect rect_inset(Rect r, double by) { return (Rect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by}; }
bool rect_has(Rect r, double x, double y) { return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h; }
bool rect_meets(Rect p, Rect q) {
  if (p.w <= 0 || p.h <= 0 || q.w <= 0 || q.h <= 0) return false;
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h;
}
bool rect_meets_any(Rect r, const Rect *of, int n) {
  for (int k = 0; k < n; k++)
    if (rect_meets(r, of[k])) return true;
  return false;
}

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

void number_exact(double x, char text[32]) {
  const bool single = (double)(float)x == x;
  if (x == floor(x) && fabs(x) < 1e15) {
    snprintf(text, 32, "%.0f", x);
    return;
  }
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(text, 32, "%.*g", digits, x);
    const double back = strtod(text, NULL);
    if (back == x || (single && (float)back == (float)x)) return;
  }
}

void text_exact(Text *t, double x) {
  char number[32];
  number_exact(x, number);
  text_add(t, "%s", number);
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

/* Labels of round numbers `step` apart: plain, in thousands or millions, or with an exponent that they share. */
static void label_all(Ticks *t, double step) {
  double most = 0;
  for (int i = 0; i < t->n; i++) most = fmax(most, fabs(t->at[i]));
  int power = 0;
  const char *unit = "";
  char exponent[8];
  if (most >= 1e9 || most < 1e-3) {
    power = most > 0 ? (int)floor(log10(most) + 1e-9) : 0;
    snprintf(exponent, sizeof exponent, "e%d", power);
    unit = exponent;
  } else if (most >= 1e6) {
    power = 6, unit = "M";
  } else if (most >= 1e4) {
    power = 3, unit = "k";
  }
  const double scale = pow(10, -power);
  const int decimals = (int)fmin(fmax(ceil(-log10(step * scale) - 1e-9), 0), 12);
  for (int i = 0; i < t->n; i++) {
    if (fabs(t->at[i]) < step * 1e-6) snprintf(t->label[i], sizeof t->label[i], "0");
    else snprintf(t->label[i], sizeof t->label[i], "%.*f%s", decimals, t->at[i] * scale, unit);
  }
}

/* Many equal digits before the few that differ are said once: labels that count from a round number. */
static void label_from_offset(Ticks *t, double step) {
  const double unit = pow(10, ceil(log10(step * t->n) + 1e-9) + 1);
  const double from = floor(t->at[0] / unit) * unit;
  Ticks rest = *t;
  for (int i = 0; i < t->n; i++) rest.at[i] -= from;
  label_all(&rest, step);
  for (int i = 0; i < t->n; i++) memcpy(t->label[i], rest.label[i], sizeof t->label[i]);
  char text[32];
  if (from == floor(from) && fabs(from) < 1e15) number_text(from, text); /* 1 000 000 */
  else number_exact(from, text);
  snprintf(t->offset, sizeof t->offset, "%s%.28s", from < 0 ? "" : "+", text);
}

static bool alike(const Ticks *t) {
  for (int i = 1; i < t->n; i++)
    if (strcmp(t->label[i], t->label[i - 1]) == 0) return true;
  return false;
}

static void label_ticks(Ticks *t, double step) {
  enum { LETTERS = 7 };
  bool long_ = false;
  label_all(t, step);
  for (int i = 0; i < t->n; i++) long_ = long_ || strlen(t->label[i]) > LETTERS;
  if (t->n && (long_ || alike(t))) label_from_offset(t, step);
}

/* Multiples of the step within lo..hi. */
static void multiples(double lo, double hi, double step, Ticks *t) {
  t->n = 0;
  for (double k = ceil(lo / step - 1e-9); k * step <= hi + step * 1e-9 && t->n < TICKS_MOST; k++)
    t->at[t->n++] = k * step;
}

/* 1, 2 or 5 times a power of ten: the one at or above x; the next smaller one. */
static double step_above(double x) {
  const double power = pow(10, floor(log10(x))), f = x / power;
  return (f <= 1 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10) * power;
}
static double step_below(double step) {
  const double power = pow(10, floor(log10(step) + 1e-9)), f = step / power;
  return (f < 1.5 ? 0.5 : f < 3 ? 1 : 2) * power;
}

void ticks_linear(double lo, double hi, int want, bool whole, Ticks *t) {
  *t = (Ticks){0};
  if (lo > hi) {
    double swap = lo;
    lo = hi;
    hi = swap;
  }
  const double span = hi - lo, size = fmax(fabs(lo), fabs(hi));
  if (!(span > 0) || !isfinite(span) || span < 1e-13 * size) return;
  want = want > TICKS_MOST - 3 ? TICKS_MOST - 3 : want < 2 ? 2 : want;
  double step = step_above(span / want);
  if (whole && step < 1 && floor(hi) >= ceil(lo)) step = 1;
  multiples(lo, hi, step, t);
  for (int tries = 0; t->n < 2 && tries < 3 && !(whole && step <= 1 && t->n); tries++) {
    step = step_below(step);
    multiples(lo, hi, step, t);
  }
  label_ticks(t, step);
}

static void label_log(double x, char text[16]) {
  if (x >= 0.99e-3 && x < 0.99e4) {
    snprintf(text, 16, "%.6g", x);
    return;
  }
  const int e = (int)floor(log10(x) + 1e-9);
  snprintf(text, 16, "%.6ge%d", x / pow(10, e), e);
}

/* The exponents of k times each power of ten within lo..hi, for the n factors k. */
static void factors_of_ten(double lo, double hi, const double *k, int n, int every, Ticks *t) {
  *t = (Ticks){0};
  for (int e = (int)floor(lo); e <= (int)ceil(hi); e++) {
    if (every > 1 && e % every != 0) continue;
    for (int i = 0; i < n; i++) {
      const double at = e + log10(k[i]);
      if (at < lo - 1e-9 || at > hi + 1e-9 || t->n == TICKS_MOST) continue;
      t->at[t->n] = at;
      label_log(k[i] * pow(10, e), t->label[t->n++]);
    }
  }
}

void ticks_log(double lo, double hi, int want, Ticks *t) {
  static const double BEYOND = 400; /* any double's exponent */
  static const double one[] = {1}, two[] = {1, 2, 5};
  *t = (Ticks){0};
  if (!(fabs(lo) < BEYOND && fabs(hi) < BEYOND) || !(hi > lo)) return;
  want = want < 2 ? 2 : want > TICKS_MOST ? TICKS_MOST : want;
  const double decades = hi - lo;
  if (3 * decades <= want + 1) factors_of_ten(lo, hi, two, 3, 1, t);
  else factors_of_ten(lo, hi, one, 1, (int)fmax(ceil(decades / want), 1), t);
  if (t->n < 2) factors_of_ten(lo, hi, two, 3, 1, t);
  if (t->n >= 2) return;
  ticks_linear(pow(10, lo), pow(10, hi), want, false, t); /* within less */
  int kept = 0;
  for (int i = 0; i < t->n; i++) {
    if (!(t->at[i] > 0)) continue;
    memmove(t->label[kept], t->label[i], sizeof t->label[i]);
    t->at[kept++] = log10(t->at[i]);
  }
  t->n = kept;
}
