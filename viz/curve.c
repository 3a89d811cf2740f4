/* curve.c: series with a min/max pyramid.
 *
 * Level k holds the band of 8^(k+1) values, so that any stretch is the union of at most 14 bands a level.  A
 * picture of ten million points costs its width in queries, not their number.
 * Smoothing: m = b m + (1-b) y, w = b w + (1-b), s = m / w: the debiased mean of Adam (Kingma and Ba 2015),
 * over all points before any decimation. */
#include "curve.h"

#include <math.h>
#include <stdlib.h>

enum { FAN = 8 };
static const Band NOTHING = {INFINITY, -INFINITY};

static bool grow(void **p, size_t *room, size_t need, size_t each) {
  if (need <= *room) return true;
  size_t more = *room ? *room * 2 : 64;
  void *q = realloc(*p, more * each);
  if (!q) return false;
  *p = q;
  *room = more;
  return true;
}

static Band join(Band a, Band b) { return (Band){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi}; }

bool pyramid_add(Pyramid *p, double v) {
  if (!grow((void **)&p->v, &p->room, p->n + 1, sizeof *p->v)) return false;
  size_t at = p->n;
  for (int k = 0; k < CURVE_LEVELS; k++) { /* all memory first: a failure must leave the levels in step */
    if (at % FAN != 0) break;
    at /= FAN;
    if (!grow((void **)&p->level[k], &p->level_room[k], at + 1, sizeof(Band))) return false;
  }
  p->v[p->n] = v;
  Band b = isfinite(v) ? (Band){v, v} : NOTHING;
  at = p->n++;
  for (int k = 0; k < CURVE_LEVELS; k++) {
    at /= FAN;
    if (at >= p->level_n[k]) {
      p->level_n[k] = at + 1;
      /* the first value of a new block: a lower level opens blocks at least as often as this one */
      p->level[k][at] = b;
    } else {
      p->level[k][at] = join(p->level[k][at], b);
    }
  }
  return true;
}

static Band band_of(const Pyramid *p, int level, size_t i) {
  if (level >= 0) return p->level[level][i];
  return isfinite(p->v[i]) ? (Band){p->v[i], p->v[i]} : NOTHING;
}

Band pyramid_band(const Pyramid *p, size_t from, size_t to) {
  Band b = NOTHING;
  if (to > p->n) to = p->n;
  for (int k = -1; from < to; k++) { /* edges that do not fill a block of the next level, then up */
    bool top = k + 1 >= CURVE_LEVELS;
    while (from < to && (top || from % FAN)) b = join(b, band_of(p, k, from++));
    while (from < to && to % FAN) b = join(b, band_of(p, k, --to));
    from /= FAN;
    to /= FAN;
  }
  return b;
}

void pyramid_free(Pyramid *p) {
  free(p->v);
  for (int k = 0; k < CURVE_LEVELS; k++) free(p->level[k]);
  *p = (Pyramid){0};
}

double curve_x(const Curve *c, size_t i, bool by_time) {
  if (by_time) return (double)c->time[i];
  return c->x ? c->x[i] : c->x0 + c->dx * (double)i;
}

size_t curve_at(const Curve *c, double seconds) {
  size_t lo = 0, hi = c->n;
  while (lo < hi) { /* time never goes back */
    size_t mid = lo + (hi - lo) / 2;
    if ((double)c->time[mid] <= seconds) lo = mid + 1;
    else hi = mid;
  }
  return lo ? lo - 1 : c->n;
}

/* The steps stop being evenly spaced: write them all down. */
static bool spell_out_x(Curve *c) {
  double *x = malloc(c->room * sizeof *x);
  if (!x) return false;
  for (size_t i = 0; i < c->n; i++) x[i] = c->x0 + c->dx * (double)i;
  c->x = x;
  c->x_room = c->room;
  return true;
}

static bool add_smooth(Curve *c, double y) {
  if (isfinite(y)) {
    c->ema = c->beta * c->ema + (1 - c->beta) * y;
    c->weight = c->beta * c->weight + (1 - c->beta);
  }
  return pyramid_add(&c->smooth, isfinite(y) ? c->ema / c->weight : NAN);
}

bool curve_add(Curve *c, double x, double y, double seconds) {
  if (!isfinite(x)) x = c->n ? curve_x(c, c->n - 1, false) + 1 : 1;
  if (!grow((void **)&c->time, &c->room, c->n + 1, sizeof *c->time)) return false;
  if (c->n == 0) {
    c->x0 = x;
    c->dx = 1;
    c->sorted = true;
  } else if (c->n == 1 && x > c->x0) {
    c->dx = x - c->x0;
  }
  if (!c->x && c->n && x != c->x0 + c->dx * (double)c->n && !spell_out_x(c)) return false;
  if (c->x && !grow((void **)&c->x, &c->x_room, c->n + 1, sizeof *c->x)) return false;
  if (!pyramid_add(&c->y, y)) return false;
  if (c->beta > 0 && !add_smooth(c, y)) { /* without memory the curve goes on, unsmoothed */
    pyramid_free(&c->smooth);
    c->beta = 0;
  }
  if (c->n && x < curve_x(c, c->n - 1, false)) c->sorted = false;
  if (c->x) c->x[c->n] = x;
  c->time[c->n++] = (float)seconds;
  if (!isfinite(y)) {
    if (c->nans < CURVE_NAN_TICKS) c->nan_x[c->nans] = x;
    c->nans++;
  }
  return true;
}

size_t curve_find(const Curve *c, double x, bool by_time) {
  size_t lo = 0, hi = c->n;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (curve_x(c, mid, by_time) < x) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

bool curve_smooth(Curve *c, double beta) {
  beta = beta > 0.999 ? 0.999 : beta > 0 ? beta : 0;
  if (beta == c->beta) return true;
  pyramid_free(&c->smooth);
  c->beta = beta;
  c->ema = c->weight = 0;
  for (size_t i = 0; beta > 0 && i < c->n; i++)
    if (!add_smooth(c, c->y.v[i])) {
      pyramid_free(&c->smooth);
      c->beta = 0;
      return false;
    }
  return true;
}

static bool add_points(Curve *to, const Curve *from, size_t first, size_t end) {
  bool ok = curve_smooth(to, from->beta);
  for (size_t i = first; ok && i < end; i++)
    ok = curve_add(to, curve_x(from, i, false), from->y.v[i], (double)from->time[i]);
  return ok;
}

bool curve_split(Curve *c, double seconds, Curve *tail) {
  const size_t last = curve_at(c, seconds), kept = last < c->n ? last + 1 : 0;
  Curve head = {.color = c->color, .twin = c->twin, .hidden = c->hidden};
  *tail = (Curve){0};
  if (kept == c->n) return false;
  if (!add_points(&head, c, 0, kept) || !add_points(tail, c, kept ? kept - 1 : 0, c->n)) {
    curve_free(&head);
    curve_free(tail);
    return false;
  }
  head.name = c->name;
  c->name = NULL;
  curve_free(c);
  *c = head;
  return true;
}

void curve_free(Curve *c) {
  free(c->name);
  pyramid_free(&c->y);
  pyramid_free(&c->smooth);
  free(c->x);
  free(c->time);
}
