/* entries.c: see entries.h. */
#include "entries.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int dashes_of(const Curve *c, double scale, double dash[4]) {
  int n = theme_dash(c->color, dash);
  if (c->twin) dash[0] = n ? 2 : 5, dash[1] = n ? 5 : 3, n = 2;
  for (int i = 0; i < n; i++) dash[i] *= scale;
  return n;
}

/* With room for seven letters of the value. */
static double entry_width(const Curve *c, double s) {
  return s * (sizes.entry.taken + sizes.letter * (double)(7 + strlen(c->name) + (c->nans ? 9 : 0)));
}

/* What each entry gets besides: room for ten letters, when all entries fit into `width` so. */
static double entry_spare(const Curves *curves, double s, double width) {
  const double more = 3 * sizes.letter * s;
  double all = sizes.pad * s;
  for (int k = 0; k < curves->count; k++) all += entry_width(curves->series[k], s);
  return all + more * curves->count <= width ? more : 0;
}

/* The value of the moment looked at, or the last one. */
static void entry_text(const Curve *c, double at, char *text, size_t size) {
  char number[24] = "";
  const size_t k = isnan(at) && c->n ? c->n - 1 : curve_at(c, at);
  if (k < c->n) number_text(c->y.v[k], number);
  if (c->nans) snprintf(text, size, "%s %s  NaN %zu", c->name, number, c->nans);
  else snprintf(text, size, "%s %s", c->name, number);
}

int entry_lines(const Curves *all, Rect r, double s) {
  const double spare = entry_spare(all, s, r.w);
  Flow f = {.width = r.w - sizes.pad * s};
  for (int i = 0; i < all->count; i++) flow_place(&f, entry_width(all->series[i], s) + spare);
  return legend_kept(&f, r, s);
}

int entry_at(const Curves *all, Rect r, double s, double x, double y) {
  const double left = r.x + sizes.pad * s, top = r.y + sizes.head * s, line = sizes.legend * s;
  const double spare = entry_spare(all, s, r.w);
  const int lines = entry_lines(all, r, s);
  Flow f = {.width = r.w - sizes.pad * s};
  for (int i = 0; i < all->count; i++) {
    const double w = entry_width(all->series[i], s) + spare, at = left + flow_place(&f, w);
    const double under = top + line * f.line;
    if (f.line >= lines) return -1;
    if (x >= at && x < at + w && y >= under && y < under + line) return i;
  }
  return -1;
}

static void draw_entry(Draw *d, const Curves *all, double at, int i, double x, double y, double w) {
  const Curve *c = all->series[i];
  const double alpha = c->hidden ? 0.35 : 1;
  char text[160];
  double dash[4];
  entry_text(c, at, text, sizeof text);
  draw_color(d, theme_series(d->t, c->color), alpha);
  int dashes = dashes_of(c, d->s, dash);
  cairo_set_dash(d->cr, dash, dashes, 0);
  cairo_set_line_width(d->cr, sizes.stroke.swatch * d->s);
  cairo_move_to(d->cr, x, y - sizes.base.label * d->s);
  cairo_line_to(d->cr, x + sizes.entry.swatch * d->s, y - sizes.base.label * d->s);
  cairo_stroke(d->cr);
  cairo_set_dash(d->cr, NULL, 0, 0);
  draw_color(d, c->nans ? d->t->alarm : d->t->text, alpha);
  draw_text_fit(d, x + sizes.entry.text * d->s, y, w - (sizes.entry.text + sizes.entry.end) * d->s, text);
}

void draw_entries(Draw *d, const Curves *all, double at, Rect r) {
  const double spare = entry_spare(all, d->s, r.w);
  const int lines = entry_lines(all, r, d->s);
  Flow f = {.width = r.w - sizes.pad * d->s};
  if (lines == 0) return;
  draw_font(d, sizes.label, false);
  for (int i = 0; i < all->count; i++) {
    const double w = entry_width(all->series[i], d->s) + spare,
                 x = r.x + sizes.pad * d->s + flow_place(&f, w);
    const double y = r.y + (sizes.head + sizes.legend - sizes.under_entry + sizes.legend * f.line) * d->s;
    if (f.line >= lines) { /* how many more there are, at the end of the last line */
      char text[24];
      snprintf(text, sizeof text, "+%d", all->count - i);
      draw_color(d, d->t->dim, 1);
      draw_text_right(d, r.x + r.w - sizes.entry.more * d->s, y - sizes.legend * d->s, text);
      return;
    }
    draw_entry(d, all, at, i, x, y, w);
  }
}
