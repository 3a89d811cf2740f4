/* axes.c: layout, data planes and ticks. */
#include "axes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

Rect rect_inset(Rect r, double by) { return (Rect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by}; }
bool rect_has(Rect r, double x, double y) { return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h; }

/* --- layout ----------------------------------------------------------------------------------------------
 */

static bool is_control(const Panel *p) { return p->kind == KIND_SLIDER || p->kind == KIND_BUTTON; }

/* The number of rows whose cells come nearest to 4:3, with the rest spread evenly from the top. */
int layout_rows(int panels, double w, double h, int per_row[PANELS]) {
  int best = 1;
  double best_cost = INFINITY;
  for (int rows = 1; rows <= panels; rows++) {
    int columns = (panels + rows - 1) / rows;
    double ratio = (w / columns) / (h / rows) / 1.4;
    double cost = fabs(log(ratio)) + 0.12 * (columns * rows - panels);
    if (cost < best_cost) best_cost = cost, best = rows;
  }
  for (int r = 0, left = panels; r < best; r++) {
    per_row[r] = left / (best - r);
    left -= per_row[r];
  }
  return best;
}

static void place_row(Rect *out, const int *index, int n, Rect row, double gap) {
  double w = (row.w - gap * (n - 1)) / (n ? n : 1);
  for (int i = 0; i < n; i++)
    out[index[i]] = (Rect){floor(row.x + (w + gap) * i), floor(row.y), floor(w), floor(row.h)};
}

/* Panels in rows that the user gave; those not named go to a row of their own at the end. */
static void place_given(const Viz *v, const int *index, int n, Rect area, double gap, Rect *out) {
  int last = 0;
  bool rest = false;
  for (int i = 0; i < n; i++) {
    int row = v->panel[index[i]]->row;
    if (row < 0) rest = true;
    else if (row > last) last = row;
  }
  int rows = last + 1 + rest;
  double h = (area.h - gap * (rows - 1)) / rows;
  for (int r = 0; r < rows; r++) {
    int here[PANELS], count = 0;
    for (int i = 0; i < n; i++) {
      int row = v->panel[index[i]]->row;
      if ((row < 0 ? last + 1 : row) == r) here[count++] = index[i];
    }
    place_row(out, here, count, (Rect){area.x, area.y + (h + gap) * r, area.w, h}, gap);
  }
}

void layout_panels(const Viz *v, double w, double h, Rect *out) {
  double s = v->scale, gap = 8 * s, header = 34 * s, strip = 46 * s;
  int index[PANELS], n = 0, control[PANELS], controls = 0;
  for (int i = 0; i < v->panel_count; i++) {
    out[i] = (Rect){0};
    if (v->panel[i]->kind == KIND_NONE) continue;
    if (is_control(v->panel[i])) control[controls++] = i;
    else index[n++] = i;
  }
  Rect area = {gap, header, w - 2 * gap, h - header - gap};
  if (v->full >= 0 && v->full < v->panel_count) {
    out[v->full] = area;
    return;
  }
  if (controls) {
    area.h -= strip + gap;
    place_row(out, control, controls, (Rect){area.x, area.y + area.h + gap, area.w, strip}, gap);
  }
  if (n == 0) return;
  if (v->laid_out) {
    place_given(v, index, n, area, gap, out);
    return;
  }
  int per_row[PANELS], rows = layout_rows(n, area.w, area.h, per_row), at = 0;
  double row_h = (area.h - gap * (rows - 1)) / rows;
  for (int r = 0; r < rows; at += per_row[r++])
    place_row(out, index + at, per_row[r], (Rect){area.x, area.y + (row_h + gap) * r, area.w, row_h}, gap);
}

/* --- data planes ------------------------------------------------------------------------------------------
 */

void image_grid(const Content *c, int *columns, int *rows) {
  int best = 1;
  double target = 1.3, cost = INFINITY;
  for (int k = 1; k <= c->n; k++) {
    int r = (c->n + k - 1) / k;
    double here = fabs(log((double)k * c->w / ((double)r * c->h) / target)) + 0.1 * (k * r - c->n);
    if (here < cost) cost = here, best = k;
  }
  *columns = best;
  *rows = (c->n + best - 1) / best;
}

static bool curve_extent(const Panel *p, double *x0, double *x1, double *y0, double *y1) {
  *x0 = *y0 = INFINITY;
  *x1 = *y1 = -INFINITY;
  for (int i = 0; i < p->series_count; i++) {
    const Curve *c = p->series[i];
    if (c->hidden || c->n == 0) continue;
    Band b = pyramid_band(&c->y, 0, c->n);
    if (c->smooth.n > 50) b = pyramid_band(&c->smooth, 0, c->smooth.n);
    if (c->sorted || p->by_time) {
      *x0 = fmin(*x0, curve_x(c, 0, p->by_time));
      *x1 = fmax(*x1, curve_x(c, c->n - 1, p->by_time));
    } else {
      for (size_t k = 0; k < c->n; k++)
        *x0 = fmin(*x0, curve_x(c, k, false)), *x1 = fmax(*x1, curve_x(c, k, false));
    }
    double lo = (double)b.lo, hi = (double)b.hi;
    if (p->log_y && lo <= 0) { /* the least positive value; at worst six decades below the top */
      lo = hi * 1e-6;
      size_t step = 1 + c->n / 4096;
      double least = INFINITY;
      for (size_t k = 0; k < c->n; k += step)
        if (c->y.v[k] > 0) least = fmin(least, (double)c->y.v[k]);
      if (least > lo && isfinite(least)) lo = least;
    }
    *y0 = fmin(*y0, lo);
    *y1 = fmax(*y1, hi);
  }
  if (*x0 > *x1) *x0 = 0, *x1 = 1;
  if (*y0 > *y1) *y0 = p->log_y ? 0.1 : 0, *y1 = 1;
  if (p->log_y) *y0 = log10(fmax(*y0, 1e-300)), *y1 = log10(fmax(*y1, 1e-300));
  double margin = *y1 > *y0 ? 0.06 * (*y1 - *y0) : p->log_y ? 0.5 : fmax(0.5 * fabs(*y0), 1e-9);
  *y0 -= margin;
  *y1 += margin;
  if (*x1 <= *x0) *x1 = *x0 + 1;
  return true;
}

bool panel_extent(const Panel *p, double *x0, double *x1, double *y0, double *y1) {
  const Content *c = p->slot[SLOT_MAIN];
  int columns, rows;
  switch (p->kind) {
  case KIND_CURVE: return curve_extent(p, x0, x1, y0, y1);
  case KIND_IMAGE:
    *x0 = 0, *y1 = 0;
    if (!c) {
      const Content *m = p->slot[SLOT_MASK];
      *x1 = m ? m->w : 1;
      *y0 = m ? m->h : 1;
      return true;
    }
    image_grid(c, &columns, &rows);
    *x1 = (double)columns * (c->w + (c->n > 1)) - (c->n > 1);
    *y0 = (double)rows * (c->h + (c->n > 1)) - (c->n > 1);
    return true;
  case KIND_SCATTER:
  case KIND_BOUNDARY:
  case KIND_CONTOUR:
    if (!c) return false;
    *x0 = c->x0, *x1 = c->x1, *y0 = c->y0, *y1 = c->y1;
    return true;
  case KIND_HEATMAP: *x0 = 0, *x1 = c->w, *y0 = c->h, *y1 = 0; return true;
  case KIND_SPECTROGRAM: *x0 = 0, *x1 = c->w, *y0 = 0, *y1 = c->h; return true;
  case KIND_ROLL: *x0 = c->x0, *x1 = c->x1, *y0 = c->y0, *y1 = c->y1; return true;
  default: return false;
  }
}

static size_t longest(char *const *t, int n) {
  size_t most = 0;
  for (int i = 0; t && i < n; i++)
    if (strlen(t[i]) > most) most = strlen(t[i]);
  return most;
}

/* Keeps the data's proportions: the plot shrinks to them, centred. */
static void keep_aspect(Axes *a) {
  double w = fabs(a->x1 - a->x0), h = fabs(a->y1 - a->y0);
  if (!(w > 0) || !(h > 0)) return;
  double scale = fmin(a->plot.w / w, a->plot.h / h);
  Rect r = {a->plot.x + (a->plot.w - w * scale) / 2, a->plot.y + (a->plot.h - h * scale) / 2, w * scale,
            h * scale};
  a->plot = r;
}

bool panel_axes(const Panel *p, Rect r, double s, Axes *a) {
  *a = (Axes){.log_y = p->kind == KIND_CURVE && p->log_y, .ticks = true};
  if (!panel_extent(p, &a->x0, &a->x1, &a->y0, &a->y1)) return false;
  double title = 28 * s, left = 54 * s, bottom = 26 * s, right = 14 * s, top = 4 * s;
  const Content *c = p->slot[SLOT_MAIN];
  if (p->kind == KIND_CURVE) top = 22 * s; /* the legend's line */
  if ((p->kind == KIND_SCATTER || p->kind == KIND_BOUNDARY) && c->name_count) top = 22 * s;
  if (p->kind == KIND_CONTOUR && p->slot[SLOT_PATHS] && p->slot[SLOT_PATHS]->name_count) top = 22 * s;
  if (p->kind == KIND_IMAGE) {
    a->ticks = false;
    left = right = bottom = 8 * s;
    const Content *m = p->slot[SLOT_MASK];
    if (m && m->name_count) bottom = 26 * s;
  }
  if (p->kind == KIND_HEATMAP) {
    size_t yl = longest(c->ynames, c->yname_count), xl = longest(c->names, c->name_count);
    left = fmin((yl ? 18.0 + 7.0 * (double)yl : 40) * s, r.w * 0.35) +
           (c->texts > 1 && *c->text[1] ? 14 * s : 0);
    bottom =
        fmin((xl > 3 ? 14.0 + 5.6 * (double)xl : 24) * s, r.h * 0.3) + (c->texts && *c->text[0] ? 16 * s : 0);
    double lo, hi; /* the colour scale: a bar and its ends */
    char text[2][24];
    scale_ends(c, &lo, &hi);
    scale_text(lo, hi, text[0]);
    scale_text(hi, lo, text[1]);
    right = fmax(64, 32 + 7.4 * fmax((double)strlen(text[0]), (double)strlen(text[1]))) * s;
  }
  a->plot = (Rect){r.x + left, r.y + title + top, r.w - left - right, r.h - title - top - bottom};
  if (p->kind == KIND_SPECTROGRAM && c->g) a->plot.h *= 0.72; /* the probability lies under it */
  if (a->plot.w < 8) a->plot.w = 8;
  if (a->plot.h < 8) a->plot.h = 8;
  if (p->zoomed) a->x0 = p->x0, a->x1 = p->x1, a->y0 = p->y0, a->y1 = p->y1;
  if (p->kind == KIND_IMAGE) keep_aspect(a);
  return true;
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

/* --- ticks ------------------------------------------------------------------------------------------------
 */

void scale_ends(const Content *c, double *lo, double *hi) {
  const double most = fmax(-c->lo, c->hi);
  const bool both = c->lo < 0 && c->hi > 0;
  *lo = both ? -most : c->lo;
  *hi = both ? most : c->hi;
}

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
  t->n = 0;
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
