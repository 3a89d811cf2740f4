/* describe.c: the panels in words, and as Unicode for terminals. */
#include "axes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Text {
  char *s;
  size_t n, room;
  bool failed;
} Text;

static void add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(Text *t, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (n >= 0 && t->n + (size_t)n + 1 > t->room) {
    size_t room = 2 * t->room + (size_t)n + 256;
    char *s = realloc(t->s, room);
    if (s) t->s = s, t->room = room;
    else t->failed = true;
  }
  if (!t->failed && n >= 0) {
    vsnprintf(t->s + t->n, t->room - t->n, format, again);
    t->n += (size_t)n;
  }
  va_end(again);
}

static char *finish(Text *t) {
  add(t, "%s", "");
  if (t->failed) {
    free(t->s);
    return NULL;
  }
  return t->s;
}

static const char *const kind_names[] = {
    [KIND_NONE] = "empty",     [KIND_CURVE] = "curves",     [KIND_IMAGE] = "picture",
    [KIND_SCATTER] = "points", [KIND_BOUNDARY] = "regions", [KIND_CONTOUR] = "contour",
    [KIND_TEXT] = "text",      [KIND_HEATMAP] = "matrix",   [KIND_SPECTROGRAM] = "spectrogram",
    [KIND_BARS] = "bars",      [KIND_HIST] = "histogram",   [KIND_ROLL] = "piano roll",
    [KIND_GRAPH] = "graph",    [KIND_SLIDER] = "slider",    [KIND_BUTTON] = "button"};

static void describe_curve(Text *t, const Panel *p, const Curve *c) {
  char first[24] = "", last[24] = "";
  if (c->n == 0) return;
  Band b = pyramid_band(&c->y, 0, c->n);
  number_text((double)c->y.v[0], first);
  number_text((double)c->y.v[c->n - 1], last);
  add(t, "%s%s%s: %s -> %s over %zu steps", p->name, *c->name ? "/" : "", c->name, first, last, c->n);
  if (b.lo <= b.hi) add(t, ", least %.4g, greatest %.4g", (double)b.lo, (double)b.hi);
  if (c->nans) add(t, ", NaN %zu", c->nans);
  add(t, "\n");
}

static void describe_panel(Text *t, const Panel *p) {
  const Content *c = p->slot[SLOT_MAIN];
  if (p->kind == KIND_CURVE) {
    for (int i = 0; i < p->series_count; i++) describe_curve(t, p, p->series[i]);
    return;
  }
  add(t, "%s: %s", p->name, kind_names[p->kind]);
  if (p->kind == KIND_SLIDER) add(t, " at %.4g (%.4g to %.4g)", p->value, p->lo, p->hi);
  if (p->kind == KIND_HIST) add(t, ", %d of them", p->history_count);
  if (c && p->kind == KIND_IMAGE) add(t, ", %d of %d x %d x %d", c->n, c->h, c->w, c->c);
  else if (c && p->kind == KIND_TEXT) add(t, ", %zu bytes", strlen(c->text[0]));
  else if (c && c->h) add(t, ", %d x %d, %.4g to %.4g", c->h, c->w, c->lo, c->hi);
  else if (c && c->n) add(t, ", %d", c->n);
  if (c && p->kind == KIND_BOUNDARY) add(t, ", %d points of %d classes", c->n, c->classes);
  if (p->slot[SLOT_BOXES]) add(t, ", %d boxes", p->slot[SLOT_BOXES]->n);
  if (p->slot[SLOT_TRUTH]) add(t, ", %d true boxes", p->slot[SLOT_TRUTH]->n);
  if (p->slot[SLOT_PATHS]) add(t, ", %d paths", p->slot[SLOT_PATHS]->n);
  add(t, "\n");
}

char *viz_describe(Viz *v) {
  Text t = {0};
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) describe_panel(&t, v->panel[i]);
  if (v->panel_count == 0) add(&t, "no panels yet\n");
  scene_unlock(v);
  return finish(&t);
}

/* --- terminal: braille dots for curves, half blocks for pictures
 * ---------------------------------------------- */

enum { TERM_ROWS = 10, TERM_WIDE = 400 };

static void put_utf8(Text *t, unsigned code) {
  char s[4] = {(char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63)), 0};
  add(t, "%s", s);
}

/* Sets the dots of one series: the band of each of 2 x columns dot columns. */
static void dot_curve(const Axes *a, const Curve *c, bool by_time, unsigned char *cell, int columns) {
  static const unsigned char bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  for (int x = 0; x < 2 * columns; x++) {
    size_t from = curve_find(c, axes_x(a, x), by_time), to = curve_find(c, axes_x(a, x + 1), by_time);
    if (from >= to) continue;
    const Pyramid *p = c->smooth.n ? &c->smooth : &c->y;
    Band b = pyramid_band(p, from, to);
    if (b.lo > b.hi) continue;
    int top = (int)fmax(axes_py(a, (double)b.hi), 0),
        bottom = (int)fmin(axes_py(a, (double)b.lo), 4 * TERM_ROWS - 1);
    for (int y = top; y <= bottom; y++) cell[(y / 4) * columns + x / 2] |= bit[y % 4][x % 2];
  }
}

static void term_curves(Text *t, const Panel *p, int columns) {
  static unsigned char cell[TERM_ROWS * TERM_WIDE]; /* under the scene's lock */
  Axes a = {.log_y = p->log_y, .plot = {0, 0, 2.0 * (columns - 10), 4 * TERM_ROWS}};
  panel_extent(p, &a.x0, &a.x1, &a.y0, &a.y1);
  a.x1 += (a.x1 - a.x0) * 1e-9;
  memset(cell, 0, sizeof cell);
  add(t, "%s\n", p->name);
  for (int i = 0; i < p->series_count; i++) dot_curve(&a, p->series[i], p->by_time, cell, columns - 10);
  for (int y = 0; y < TERM_ROWS; y++) {
    double at = a.y1 + (a.y0 - a.y1) * (y + 0.5) / TERM_ROWS;
    if (y % 3 == 0) add(t, "%8.3g ", p->log_y ? pow(10, at) : at);
    else add(t, "%9s", "");
    for (int x = 0; x < columns - 10; x++) put_utf8(t, 0x2800u + cell[y * (columns - 10) + x]);
    add(t, "\n");
  }
  for (int i = 0; i < p->series_count; i++) {
    add(t, "%9s", "");
    describe_curve(t, p, p->series[i]);
  }
}

/* Four shades of blocks, two pixels a character in height. */
static void term_image(Text *t, const Panel *p, int columns) {
  static const unsigned shade[] = {0x2001, 0x2591, 0x2592, 0x2593, 0x2588};
  const Content *c = p->slot[SLOT_MAIN];
  int w = c->w < columns ? c->w : columns, h = (int)fmax(1, 0.5 * c->h * w / c->w);
  add(t, "%s\n", p->name);
  for (int y = 0; y < h && y < 2 * TERM_ROWS; y++) {
    for (int x = 0; x < w; x++) {
      size_t at = ((size_t)(y * c->h / h) * (size_t)c->w + (size_t)(x * c->w / w)) * (size_t)c->c;
      double value = c->u ? c->u[at] / 255.0 : ((double)c->f[at] - c->lo) / fmax(c->hi - c->lo, 1e-30);
      int level = (int)(fmin(fmax(value, 0), 1) * 4.999);
      if (level == 0) add(t, " ");
      else put_utf8(t, shade[level]);
    }
    add(t, "\n");
  }
}

char *viz_terminal(Viz *v, int columns) {
  Text t = {0};
  columns = columns < 30 ? 30 : columns > TERM_WIDE ? TERM_WIDE : columns;
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    if (p->kind == KIND_CURVE) term_curves(&t, p, columns);
    else if (p->kind == KIND_IMAGE && p->slot[SLOT_MAIN]) term_image(&t, p, columns);
    else if (p->kind == KIND_TEXT) add(&t, "%s\n%s\n", p->name, p->slot[SLOT_MAIN]->text[0]);
    else describe_panel(&t, p);
  }
  scene_unlock(v);
  return finish(&t);
}
