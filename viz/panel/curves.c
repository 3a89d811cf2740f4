/* curves.c: curves over steps or seconds, with legend, read-out and NaN ticks.
 *
 * From half a point a pixel column on a curve is drawn as spans (spans.h). */
#include "entries.h"
#include "ghost.h"
#include "layout.h"
#include "panel.h"
#include "rows.h"
#include "series.h"
#include "spans.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- state ---------------------------------------------------------------------------------------------- */

Curves *panel_curves(const Panel *p) { return p->kind == &curves_kind ? p->own : NULL; }

static void free_all(Curve **c, int n) {
  for (int i = 0; i < n; i++) {
    curve_free(c[i]);
    free(c[i]);
  }
  free(c);
}

static void forget(Panel *p) {
  Curves *all = p->own;
  if (!all) return;
  free_all(all->series, all->count);
  free_all(all->branch, all->branches);
  free(all->where);
  free(all);
}

static Curve *find_series(Viz *v, Curves *all, const char *name) {
  for (int i = 0; i < all->count; i++)
    if (strcmp(all->series[i]->name, name) == 0) return all->series[i];
  if (all->count == all->room) {
    int room = all->room ? 2 * all->room : 4;
    Curve **more = realloc(all->series, (size_t)room * sizeof(Curve *));
    if (!more) return NULL;
    all->series = more;
    all->room = room;
  }
  Curve *c = calloc(1, sizeof *c);
  if (!c || !(c->name = strdup(name))) {
    free(c);
    return NULL;
  }
  curve_smooth(c, all->beta);
  series_color(v, c, all->series, all->count);
  return all->series[all->count++] = c;
}

static void smooth_all(Curves *all, double beta) {
  all->beta = beta;
  for (int i = 0; i < all->count; i++) curve_smooth(all->series[i], beta);
  for (int i = 0; i < all->branches; i++) curve_smooth(all->branch[i], beta);
}

/* --- a training that went back: what its curves had since then lies beside them ------------------------------- */

/* In the colour of its series. */
static Curve *add_branch(Curves *all, int series) {
  const size_t n = (size_t)all->branches + 1;
  Curve **more = realloc(all->branch, n * sizeof(Curve *));
  if (more) all->branch = more;
  int *where = realloc(all->where, n * sizeof *where);
  if (where) all->where = where;
  Curve *c = more && where ? calloc(1, sizeof *c) : NULL;
  if (!c) return NULL;
  all->where[all->branches] = series;
  return all->branch[all->branches++] = c;
}

static void fork_all(Panel *p, double seconds) {
  Curves *all = p->own;
  for (int i = 0; all && i < all->count; i++) {
    Curve tail, *c = all->series[i], *branch = NULL;
    if (!curve_split(c, seconds, &tail)) continue;
    if ((branch = add_branch(all, i))) *branch = tail;
    else curve_free(&tail);
    if (branch) branch->color = c->color, branch->twin = c->twin;
  }
}

static void accept(Panel *p, Post *post) {
  if (!p->own && !(p->own = calloc(1, sizeof(Curves)))) return;
  Curves *all = p->own;
  if (post->point.log >= 0) p->log_y = post->point.log;
  if (post->point.smooth >= 0 && post->point.smooth != all->beta) smooth_all(all, post->point.smooth);
  Curve *c = find_series(p->scene, all, post->series);
  if (c) curve_add(c, post->point.step, post->point.value, post->point.seconds);
}

void viz_plot(Viz *v, const char *name, double y, const VizPlot *how) {
  Post p = {.what = POST_POINT,
            .kind = &curves_kind,
            .point = {.value = y,
                      .step = how ? how->step : NAN,
                      .smooth = how ? how->smooth : -1,
                      .log = how ? how->log : -1}};
  scene_post(v, name, true, &p);
}

/* Steps that are counted, by the ends of the series and the distance between their first two. */
static bool whole_steps(const Curves *all) {
  for (int i = 0; i < all->count; i++) {
    const Curve *c = all->series[i];
    const double first = c->n ? curve_x(c, 0, false) : 0, last = c->n ? curve_x(c, c->n - 1, false) : 0;
    if (first != floor(first) || last != floor(last) || c->dx != floor(c->dx)) return false;
  }
  return true;
}

/* Widens the axes, y as it is. */
static void curve_extent(const Curve *c, bool by_time, bool log_y, Axes *a) {
  Band b = pyramid_band(&c->y, 0, c->n);
  if (c->smooth.n > 50) b = pyramid_band(&c->smooth, 0, c->smooth.n);
  if (c->sorted || by_time) {
    a->x0 = fmin(a->x0, curve_x(c, 0, by_time));
    a->x1 = fmax(a->x1, curve_x(c, c->n - 1, by_time));
  } else {
    for (size_t k = 0; k < c->n; k++)
      a->x0 = fmin(a->x0, curve_x(c, k, false)), a->x1 = fmax(a->x1, curve_x(c, k, false));
  }
  double lo = b.lo;
  if (log_y && lo <= 0) { /* the least positive value; at worst six decades below the top */
    lo = b.hi * 1e-6;
    size_t step = 1 + c->n / 4096;
    double least = INFINITY;
    for (size_t k = 0; k < c->n; k += step)
      if (c->y.v[k] > 0) least = fmin(least, c->y.v[k]);
    if (least > lo && isfinite(least)) lo = least;
  }
  a->y0 = fmin(a->y0, lo);
  a->y1 = fmax(a->y1, b.hi);
}

static bool extent(const Panel *p, Axes *a) {
  static const double MOST = 1e300; /* so that differences are finite */
  const Curves *all = p->own;
  double *x0 = &a->x0, *x1 = &a->x1, *y0 = &a->y0, *y1 = &a->y1;
  if (!all) return false;
  *x0 = *y0 = INFINITY;
  *x1 = *y1 = -INFINITY;
  for (int i = 0; i < all->count; i++)
    if (!all->series[i]->hidden && all->series[i]->n) curve_extent(all->series[i], all->by_time, p->log_y, a);
  for (int i = 0; i < all->branches; i++)
    if (!all->series[all->where[i]]->hidden) curve_extent(all->branch[i], all->by_time, p->log_y, a);
  if (!all->by_time && !all->bare && *x0 <= *x1) ghosts_extent(p, a);
  *y0 = fmax(*y0, -MOST);
  *y1 = fmin(*y1, MOST);
  if (*x0 > *x1) *x0 = 0, *x1 = 1;
  a->whole_x = !all->by_time && whole_steps(all);
  if (*y0 > *y1) *y0 = p->log_y ? 0.1 : 0, *y1 = 1;
  if (p->log_y) *y0 = log10(fmax(*y0, 1e-300)), *y1 = log10(fmax(*y1, 1e-300));
  double margin = *y1 > *y0 ? 0.06 * (*y1 - *y0) : p->log_y ? 0.5 : fmax(0.5 * fabs(*y0), 1e-9);
  *y0 -= margin;
  *y1 += margin;
  if (*x1 <= *x0) *x1 = *x0 + 1;
  return true;
}

/* --- drawing -------------------------------------------------------------------------------------------- */

/* Few points: a smooth path through each.  Values that are no numbers leave a gap. */
static void draw_path(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, size_t from,
                      size_t to, size_t step) {
  bool pen = false;
  for (size_t i = from; i < to; i += step) {
    double y = p->v[i];
    if (!isfinite(y) || (a->log_y && y <= 0)) {
      pen = false;
      continue;
    }
    double px = axes_px(a, curve_x(c, i, by_time)), py = fmax(-1e5, fmin(1e5, axes_py(a, y)));
    if (pen) cairo_line_to(d->cr, px, py);
    else cairo_move_to(d->cr, px, py);
    pen = true;
  }
  cairo_stroke(d->cr);
}

static void draw_one(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, double alpha,
                     double width) {
  Stroke how = {.color = theme_series(d->t, c->color), .alpha = alpha, .width = width};
  const Rgb color = how.color;
  how.dashes = dashes_of(c, d->s, how.dash);
  if (!c->sorted && !by_time) { /* went back in steps: no columns; at most 20 000 of its points */
    draw_color(d, color, alpha);
    cairo_set_line_width(d->cr, width);
    draw_path(d, a, c, p, by_time, 0, c->n, 1 + c->n / 20000);
    return;
  }
  size_t from = curve_find(c, a->x0, by_time), to = curve_find(c, a->x1, by_time);
  if (from > 0) from--;
  if (to < c->n) to++;
  if ((double)(to - from) > (d->pixels ? 0.5 : 2) * a->plot.w) {
    spans_draw(d, a, c, p, by_time, &how);
    return;
  }
  cairo_set_dash(d->cr, how.dash, how.dashes, 0);
  cairo_set_line_width(d->cr, width);
  cairo_set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
  draw_color(d, color, alpha);
  draw_path(d, a, c, p, by_time, from, to, 1);
  cairo_set_dash(d->cr, NULL, 0, 0);
  if ((double)(to - from) < a->plot.w / (sizes.dot.apart * d->s) &&
      alpha > 0.5) /* so few that each is worth a dot */
    for (size_t i = from; i < to; i++) {
      if (!isfinite(p->v[i])) continue;
      cairo_arc(d->cr, axes_px(a, curve_x(c, i, by_time)), axes_py(a, p->v[i]), sizes.dot.curve * d->s, 0,
                2 * M_PI);
      cairo_fill(d->cr);
    }
}

static void draw_nan_ticks(Draw *d, const Axes *a, const Curve *c) {
  size_t n = c->nans < CURVE_NAN_TICKS ? c->nans : CURVE_NAN_TICKS;
  draw_color(d, d->t->alarm, 1);
  draw_hair(d);
  for (size_t i = 0; i < n; i++) {
    double x = axes_px(a, c->nan_x[i]);
    if (x >= a->plot.x && x <= a->plot.x + a->plot.w)
      draw_line(d, x, a->plot.y + a->plot.h - sizes.tick.nan * d->s, x, a->plot.y + a->plot.h - 1);
  }
}

static void margins(const Panel *p, Rect card, double s, Margins *m) {
  (void)card;
  const Curves *all = panel_curves(p);
  if (!all) return;
  m->top = (sizes.legend * entry_lines(p, s) + sizes.top) * s; /* and no tick's number in it */
}

/* --- moments: `time` never goes back -------------------------------------------------------------------------- */

static double step_at(const Panel *p, double seconds) {
  const Curves *all = panel_curves(p);
  for (int i = 0; all && i < all->count; i++) {
    const Curve *c = all->series[i];
    const size_t k = curve_at(c, seconds);
    if (k < c->n) return curve_x(c, k, false);
  }
  return NAN;
}

/* With all that was posted within the step: just before the next one. */
static double moment_of(const Panel *p, double step) {
  const Curves *all = panel_curves(p);
  for (int i = 0; all && i < all->count; i++) {
    const Curve *c = all->series[i];
    const size_t k = c->sorted ? curve_find(c, step, false) : c->n;
    if (k < c->n) return k + 1 < c->n ? (double)nextafterf(c->time[k + 1], 0) : INFINITY;
  }
  return NAN;
}

/* Where a moment lies on x: before the first point at that one. */
static double place_of(const Panel *p, double moment) {
  const Curves *all = p->own;
  const double step = all->by_time ? moment : step_at(p, moment);
  for (int i = 0; isnan(step) && !isnan(moment) && i < all->count; i++)
    if (all->series[i]->n) return curve_x(all->series[i], 0, false);
  return step;
}

/* Where the window looks back, a line. */
static void draw_moment(Draw *d, const Panel *p, const Axes *a) {
  const double at = place_of(p, p->scene->at);
  if (isnan(at)) return;
  draw_color(d, d->t->accent, 0.9);
  cairo_set_line_width(d->cr, sizes.stroke.moment * d->s);
  cairo_move_to(d->cr, axes_px(a, at), a->plot.y);
  cairo_line_to(d->cr, axes_px(a, at), a->plot.y + a->plot.h);
  cairo_stroke(d->cr);
}

/* Where the training can go back to: ticks, and a line where the user has marked one. */
static void draw_kept(Draw *d, const Panel *p, const Axes *a) {
  const Viz *v = p->scene;
  const double low = a->plot.y + a->plot.h, high = low - sizes.tick.kept * d->s;
  draw_color(d, d->t->accent, 1);
  draw_hair(d);
  for (int i = 0; v->kept && i < v->kept->n; i++) {
    const double x = axes_px(a, place_of(p, v->kept->at[2 * i + 1]));
    if (x >= a->plot.x) draw_line(d, x, high, x, low);
  }
  const double x = axes_px(a, place_of(p, v->mark));
  char text[60], number[24];
  if (isnan(x)) return;
  cairo_set_line_width(d->cr, sizes.stroke.moment * d->s);
  draw_line(d, x, a->plot.y, x, low);
  number_text(atomic_load(&v->marked), number);
  snprintf(text, sizeof text, "back to step %s", number);
  draw_font(d, sizes.label, true);
  const double w = draw_text_width(d, text), beside = sizes.reading.beside * d->s;
  draw_text(d, x + beside + w > a->plot.x + a->plot.w ? x - beside - w : x + beside,
            a->plot.y + sizes.ascent * d->s, text);
}

/* The state that lies nearest to the click; the marked one again: none. */
static bool click(Panel *p, double scale, double x, double y) {
  Viz *v = p->scene;
  Axes a;
  int best = -1;
  double least = INFINITY;
  if (!panel_axes(p, scale, &a) || !rect_has(a.plot, x, y)) return false;
  for (int i = 0; v->kept && i < v->kept->n; i++) {
    const double away = fabs(axes_px(&a, place_of(p, v->kept->at[2 * i + 1])) - x);
    if (away < least) least = away, best = i;
  }
  if (best < 0) return false;
  const double moment = v->kept->at[2 * best + 1];
  scene_mark(v, moment == v->mark ? NAN : moment);
  return true;
}

/* --- read-out ------------------------------------------------------------------------------------------- */

bool series_reading(const Panel *p, int series, double at, Reading *out) {
  const Curves *all = panel_curves(p);
  const Curve *c = all->series[series];
  if (c->hidden || c->n == 0 || (!c->sorted && !all->by_time)) return false;
  size_t k = curve_find(c, at, all->by_time);
  if (k == c->n || (k && at - curve_x(c, k - 1, all->by_time) < curve_x(c, k, all->by_time) - at)) k--;
  *out = (Reading){curve_x(c, k, all->by_time), c->y.v[k], c->smooth.n > k ? c->smooth.v[k] : NAN};
  return true;
}

enum { READ_LINES = 12 };

/* What the pointer reads of one series; its own step where it is another than the pointer's. */
static void reading_text(const Panel *p, const Curve *c, const Reading *q, double at, bool by_time,
                         char text[200]) {
  char number[32], smooth[32] = "", step[48] = "";
  number_exact(q->y, number);
  if (!isnan(q->smooth)) number_text(q->smooth, smooth);
  if (!by_time && q->x != at) {
    char x[32];
    number_exact(q->x, x);
    snprintf(step, sizeof step, "   at %s", x);
  }
  snprintf(text, 200, "%.100s %s%s%s%s", *c->name ? c->name : p->name, number, *smooth ? "   smooth " : "",
           smooth, step);
}

static void mark_reading(Draw *d, const Axes *a, const Reading *q) {
  if (!isfinite(q->y) || (a->log_y && q->y <= 0)) return;
  cairo_arc(d->cr, axes_px(a, q->x), axes_py(a, isnan(q->smooth) ? q->y : q->smooth),
            sizes.dot.reading * d->s, 0, 2 * M_PI);
  cairo_fill(d->cr);
}

static void draw_readout(Draw *d, const Panel *p, Rect r, const Axes *a) {
  const Curves *all = p->own;
  char text[READ_LINES][200];
  const char *line[READ_LINES];
  Rgb color[READ_LINES];
  int n = 1;
  const double pointed = axes_x(a, d->px), at = a->whole_x ? round(pointed) : pointed;
  draw_color(d, d->t->dim, 0.7);
  draw_hair(d);
  draw_line(d, axes_px(a, at), a->plot.y, axes_px(a, at), a->plot.y + a->plot.h);
  for (int i = 0; i < all->count && n < READ_LINES; i++) {
    const Curve *c = all->series[i];
    Reading q;
    if (!series_reading(p, i, at, &q)) continue;
    reading_text(p, c, &q, at, all->by_time, text[n]);
    color[n] = theme_series(d->t, c->color);
    draw_color(d, color[n], 1);
    mark_reading(d, a, &q);
    n++;
  }
  if (n == 1) return;
  char number[32];
  if (a->whole_x) number_exact(at, number);
  else number_text(at, number);
  snprintf(text[0], sizeof text[0], all->by_time ? "%s s" : "step %s", number);
  for (int i = 0; i < n; i++) line[i] = text[i];
  draw_tip(d, r, line, color, n);
}

/* Where the pointer reads in another panel of curves: each series' value there, beside its mark. */
static void draw_linked(Draw *d, const Panel *p, const Axes *a) {
  const Curves *all = p->own, *other = p->scene->cursor_of ? panel_curves(p->scene->cursor_of) : NULL;
  const double at = p->scene->cursor, x = axes_px(a, at);
  if (!d->live || isnan(at) || !other || other->by_time != all->by_time || x < a->plot.x ||
      x > a->plot.x + a->plot.w)
    return;
  draw_color(d, d->t->dim, 0.5);
  draw_hair(d);
  draw_line(d, x, a->plot.y, x, a->plot.y + a->plot.h);
  draw_font(d, sizes.label, true);
  for (int i = 0; i < all->count; i++) {
    Reading q;
    char number[24];
    if (!series_reading(p, i, at, &q) || !isfinite(q.y) || (a->log_y && q.y <= 0)) continue;
    draw_color(d, theme_series(d->t, all->series[i]->color), 1);
    mark_reading(d, a, &q);
    number_text(q.y, number);
    const double w = draw_text_width(d, number) + sizes.reading.beside * d->s, px = axes_px(a, q.x);
    const double y = axes_py(a, isnan(q.smooth) ? q.y : q.smooth) - sizes.reading.above * d->s;
    draw_text(d, px + w > a->plot.x + a->plot.w ? px - w : px + sizes.reading.beside * d->s,
              fmax(y, a->plot.y + sizes.ascent * d->s), number);
  }
}

static const double BRANCH = 0.4; /* how much of a curve's ink */

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Curves *all = p->own;
  draw_axes(d, a, all->by_time ? "seconds" : NULL);
  draw_entries(d, p, r);
  draw_clip(d, a->plot);
  if (!all->by_time && !all->bare) ghosts_draw(d, p, a, all->series, all->count);
  for (int i = 0; i < all->branches; i++) {
    const Curve *c = all->branch[i];
    if (all->series[all->where[i]]->hidden) continue;
    draw_one(d, a, c, c->smooth.n > 0 ? &c->smooth : &c->y, all->by_time, BRANCH, sizes.stroke.raw * d->s);
  }
  for (int i = 0; i < all->count; i++) {
    const Curve *c = all->series[i];
    if (c->hidden || c->n == 0) continue;
    bool smooth = c->smooth.n > 0;
    draw_one(d, a, c, &c->y, all->by_time, smooth ? 0.25 : 1,
             (smooth ? sizes.stroke.raw : sizes.stroke.curve) * d->s);
    if (smooth) draw_one(d, a, c, &c->smooth, all->by_time, 1, sizes.stroke.smooth * d->s);
    if (c->nans && !all->by_time) draw_nan_ticks(d, a, c);
  }
  draw_moment(d, p, a);
  if (p->scene->kept) draw_kept(d, p, a);
  cairo_restore(d->cr);
  if (d->pointer && rect_has(a->plot, d->px, d->py)) draw_readout(d, p, r, a);
  else draw_linked(d, p, a);
  const int ghosts = all->bare ? 0 : ghosts_of(p);
  if (all->beta > 0 || ghosts) {
    char text[60] = "";
    if (ghosts) snprintf(text, sizeof text, "over earlier runs%s", all->beta > 0 ? "   " : "");
    if (all->beta > 0) snprintf(text + strlen(text), sizeof text - strlen(text), "smooth %.3g", all->beta);
    draw_font(d, sizes.label, false);
    draw_color(d, d->t->dim, 1);
    draw_text_right(d, r.x + r.w - sizes.pad * d->s, r.y + sizes.name_line * d->s, text);
  }
}

/* --- words and tables ----------------------------------------------------------------------------------- */

static void describe_one(const Panel *p, const Curve *c, int branches, Text *t) {
  char first[24] = "", last[24] = "";
  if (c->n == 0) return;
  Band b = pyramid_band(&c->y, 0, c->n);
  number_text(c->y.v[0], first);
  number_text(c->y.v[c->n - 1], last);
  text_add(t, "%s%s%s: %s -> %s over %zu steps", p->name, *c->name ? "/" : "", c->name, first, last, c->n);
  if (b.lo <= b.hi) text_add(t, ", least %.4g, greatest %.4g", b.lo, b.hi);
  if (c->nans) text_add(t, ", NaN %zu", c->nans);
  if (branches) text_add(t, ", %d %s left", branches, branches == 1 ? "branch" : "branches");
  text_add(t, "\n");
}

static int branches_of(const Curves *all, int series) {
  int n = 0;
  for (int i = 0; i < all->branches; i++) n += all->where[i] == series;
  return n;
}

static void describe(const Panel *p, Text *t) {
  const Curves *all = p->own;
  for (int i = 0; all && i < all->count; i++) describe_one(p, all->series[i], branches_of(all, i), t);
}

enum { SCALE = 10 }; /* letters left of the dots */

/* The band of each column of dots. */
static void dot_curve(const Axes *a, const Curve *c, bool by_time, Dots *dots, int series) {
  for (int x = 0; x < 2 * dots->columns; x++) {
    size_t from = curve_find(c, axes_x(a, x), by_time), to = curve_find(c, axes_x(a, x + 1), by_time);
    if (from >= to) continue;
    const Pyramid *p = c->smooth.n ? &c->smooth : &c->y;
    Band b = pyramid_band(p, from, to);
    if (b.lo > b.hi) continue;
    const double last = 4 * dots->rows - 1;
    const int top = (int)fmin(fmax(axes_py(a, b.hi), 0), last);
    const int bottom = (int)fmax(fmin(axes_py(a, b.lo), last), -1);
    for (int y = top; y <= bottom; y++) dots_set(dots, x, y, series);
  }
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Curves *all = p->own;
  const int columns = how->columns - SCALE, rows = how->rows;
  Axes a = {.log_y = p->log_y, .plot = {0, 0, 2.0 * columns, 4.0 * rows}};
  Dots dots;
  if (!extent(p, &a) || !dots_new(&dots, columns, rows)) return;
  a.x1 += (a.x1 - a.x0) * 1e-9;
  for (int i = 0; i < all->count; i++)
    dot_curve(&a, all->series[i], all->by_time, &dots, all->series[i]->color);
  for (int y = 0; y < rows; y++) {
    double at = a.y1 + (a.y0 - a.y1) * (y + 0.5) / rows;
    if (y % 3 == 0) text_add(t, "%8.3g ", p->log_y ? pow(10, at) : at);
    else text_add(t, "%9s", "");
    dots_row(t, how, &dots, y);
    text_add(t, "\n");
  }
  dots_free(&dots);
  for (int i = 0; i < all->count; i++) {
    text_add(t, "%9s", "");
    text_ink(t, how, theme_series(theme_get(true), all->series[i]->color));
    describe_one(p, all->series[i], branches_of(all, i), t);
    text_plain(t, how);
  }
}

/* --- hands ---------------------------------------------------------------------------------------------- */

static bool next_smoothing(Panel *p, int which) {
  static const double betas[] = {0, 0.6, 0.9, 0.97, 0.99};
  enum { BETAS = sizeof betas / sizeof *betas };
  Curves *all = p->own;
  int k = 0;
  (void)which;
  if (!all) return false;
  while (k < BETAS && betas[k] <= all->beta) k++;
  smooth_all(all, betas[k % BETAS]);
  return true;
}
static bool change_axis(Panel *p, int which) {
  Curves *all = p->own;
  (void)which;
  if (!all) return false;
  all->by_time = !all->by_time;
  p->zoomed = false;
  return true;
}
static bool hide_earlier(Panel *p, int which) {
  Curves *all = p->own;
  (void)which;
  if (!all) return false;
  all->bare = !all->bare;
  return true;
}
static const PanelKey keys[] = {{'s', "s", "smoothing", next_smoothing},
                                {'x', "x", "step or time", change_axis},
                                {'g', "g", "earlier runs or none", hide_earlier},
                                {0}};

int legend_at(const Panel *p, double scale, double x, double y) {
  return panel_curves(p) ? entry_at(p, scale, x, y) : -1;
}

static bool press(Panel *p, double scale, double x, double y) {
  const int entry = legend_at(p, scale, x, y);
  if (entry < 0) return false;
  entry_toggle(p, scale, entry);
  return true;
}

const PanelKind curves_kind = {.name = "curves",
                               .log_key = "values",
                               .many = true,
                               .linked = true,
                               .accept = accept,
                               .forget = forget,
                               .extent = extent,
                               .margins = margins,
                               .draw = draw,
                               .describe = describe,
                               .terminal = terminal,
                               .csv = curves_csv,
                               .step_at = step_at,
                               .moment_of = moment_of,
                               .fork = fork_all,
                               .keys = keys,
                               .press = press,
                               .click = click};
