/* entries.c: see entries.h. */
#include "entries.h"

#include "ghost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int dashes_of(const Curve *c, double scale, double dash[4]) {
  int n = theme_dash(c->color, dash);
  if (c->twin) dash[0] = n ? 2 : 5, dash[1] = n ? 5 : 3, n = 2;
  for (int i = 0; i < n; i++) dash[i] *= scale;
  return n;
}

typedef struct Entries { /* the series, then the earlier runs */
  const Curves *all;
  const Ghost *run[RUNS_MOST];
  int runs, n;
  double spare; /* what each gets besides its width */
} Entries;

/* Of a series with room for a gap and seven letters of the value; never more than a line before "+3". */
static double entry_width(const Entries *e, int i, double card, double s) {
  const bool run = i >= e->all->count;
  const Curve *c = run ? NULL : e->all->series[i];
  const size_t letters =
      run ? strlen(e->run[i - e->all->count]->name[2]) : 8 + strlen(c->name) + (c->nans ? 9 : 0);
  const double most = card - (2 * sizes.pad + sizes.entry.more) * s;
  return fmin(s * (sizes.entry.taken + 1.12 * sizes.letter * (double)letters), fmax(most, 0));
}

/* Besides each gets room for ten letters, when all entries fit into the card's width so. */
static Entries entries_of(const Panel *p, double s) {
  Entries e = {.all = p->own};
  const double more = 3 * sizes.letter * s;
  double width = sizes.pad * s;
  if (!e.all->bare && !e.all->by_time) e.runs = ghost_runs(p, e.run);
  e.n = e.all->count + e.runs;
  for (int k = 0; k < e.n; k++) width += entry_width(&e, k, p->place.w, s);
  e.spare = width + more * e.n <= p->place.w ? more : 0;
  return e;
}

/* The value of the moment looked at, or the last one. */
static void entry_value(const Curve *c, double at, char *text, size_t size) {
  char number[24] = "";
  const size_t k = isnan(at) && c->n ? c->n - 1 : curve_at(c, at);
  if (k < c->n) number_text(c->y.v[k], number);
  if (c->nans) snprintf(text, size, " %s  NaN %zu", number, c->nans);
  else snprintf(text, size, " %s", number);
}

/* The name is cut for the value, which is whole or not there: a part of it would be another. */
static void draw_name_and_value(Draw *d, double x, double y, double room, const char *name,
                                const char *value) {
  const double beside = room - draw_text_width(d, value),
               least = fmin(draw_text_width(d, name), 3 * sizes.letter * d->s);
  const bool both = beside >= least;
  draw_name_fit(d, x, y, both ? beside : room, name);
  if (both) draw_text(d, x + fmin(draw_text_width(d, name), beside), y, value);
}

static int lines_of(const Entries *e, Rect r, double s) {
  Flow f = {.width = r.w - sizes.pad * s};
  for (int i = 0; i < e->n; i++) flow_place(&f, entry_width(e, i, r.w, s) + e->spare);
  return legend_kept(&f, r, s);
}

int entry_lines(const Panel *p, double s) {
  const Entries e = entries_of(p, s);
  return lines_of(&e, p->place, s);
}

int entry_at(const Panel *p, double s, double x, double y) {
  const Rect r = p->place;
  const double left = r.x + sizes.pad * s, top = r.y + sizes.head * s, line = sizes.legend * s;
  const Entries e = entries_of(p, s);
  const int lines = lines_of(&e, r, s);
  Flow f = {.width = r.w - sizes.pad * s};
  for (int i = 0; i < e.n; i++) {
    const double w = entry_width(&e, i, r.w, s) + e.spare, at = left + flow_place(&f, w);
    const double under = top + line * f.line;
    if (f.line >= lines) return -1;
    if (x >= at && x < at + w && y >= under && y < under + line) return i;
  }
  return -1;
}

void entry_toggle(Panel *p, double s, int i) {
  const Entries e = entries_of(p, s);
  if (i >= e.all->count) ghost_toggle(p->scene, e.run[i - e.all->count]);
  else e.all->series[i]->hidden = !e.all->series[i]->hidden;
}

static void draw_entry(Draw *d, const Entries *e, double moment, int i, double x, double y, double w) {
  const Curve *c = i < e->all->count ? e->all->series[i] : NULL;
  const Ghost *run = c ? NULL : e->run[i - e->all->count];
  const double alpha = (c ? c->hidden : run->hidden) ? 0.35 : 1;
  char value[60] = "";
  double dash[4];
  if (c) entry_value(c, moment, value, sizeof value);
  draw_color(d, c ? theme_series(d->t, c->color) : d->t->dim, alpha);
  cairo_set_dash(d->cr, dash, c ? dashes_of(c, d->s, dash) : 0, 0);
  cairo_set_line_width(d->cr, (c ? sizes.stroke.swatch : sizes.stroke.ghost) * d->s);
  cairo_move_to(d->cr, x, y - sizes.base.label * d->s);
  cairo_line_to(d->cr, x + sizes.entry.swatch * d->s, y - sizes.base.label * d->s);
  cairo_stroke(d->cr);
  cairo_set_dash(d->cr, NULL, 0, 0);
  draw_color(d, c && c->nans ? d->t->alarm : c ? d->t->text : d->t->dim, alpha);
  draw_name_and_value(d, x + sizes.entry.text * d->s, y, w - (sizes.entry.text + sizes.entry.end) * d->s,
                      c ? c->name : run->name[2], value);
}

void draw_entries(Draw *d, const Panel *p, Rect r) {
  const Entries e = entries_of(p, d->s);
  const int lines = lines_of(&e, r, d->s);
  Flow f = {.width = r.w - sizes.pad * d->s};
  if (lines == 0) return;
  draw_font(d, sizes.label, false);
  for (int i = 0; i < e.n; i++) {
    const double w = entry_width(&e, i, r.w, d->s) + e.spare, x = r.x + sizes.pad * d->s + flow_place(&f, w);
    const double y = r.y + (sizes.head + sizes.legend - sizes.under_entry + sizes.legend * f.line) * d->s;
    if (f.line >= lines) { /* how many more there are, at the end of the last line */
      char text[24];
      snprintf(text, sizeof text, "+%d", e.n - i);
      draw_color(d, d->t->dim, 1);
      draw_text_right(d, r.x + r.w - sizes.entry.more * d->s, y - sizes.legend * d->s, text);
      return;
    }
    draw_entry(d, &e, p->scene->at, i, x, y, w);
  }
}
