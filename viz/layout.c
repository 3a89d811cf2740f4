/* layout.c: see layout.h. */
#include "layout.h"

#include "history.h"
#include "theme.h"

#include <math.h>

static bool shown(const Panel *p) { return p->kind && !p->kind->control; }
static bool is_control(const Panel *p) { return p->kind && p->kind->control; }

/* Cell k of n in a row. */
static Rect cell(Rect row, int k, int n, double gap) {
  double w = (row.w - gap * (n - 1)) / n;
  return (Rect){floor(row.x + (w + gap) * k), floor(row.y), floor(w), floor(row.h)};
}

static Rect row_of(Rect area, int k, int rows, double gap) {
  double h = (area.h - gap * (rows - 1)) / rows;
  return (Rect){area.x, area.y + (h + gap) * k, area.w, h};
}

/* The number of rows whose cells come nearest to 4:3. */
static int row_count(int panels, double w, double h) {
  int best = 1;
  double best_cost = INFINITY;
  for (int rows = 1; rows <= panels; rows++) {
    int columns = (panels + rows - 1) / rows;
    double ratio = (w / columns) / (h / rows) / 1.4;
    double cost = fabs(log(ratio)) + 0.12 * (columns * rows - panels);
    if (cost < best_cost) best_cost = cost, best = rows;
  }
  return best;
}

/* Row after row, spread evenly: the first rows take the fewer. */
static void place_evenly(Viz *v, int panels, Rect area, double gap) {
  int rows = row_count(panels, area.w, area.h), left = panels, at = 0;
  for (int r = 0; r < rows; r++) {
    int here = left / (rows - r);
    left -= here;
    for (int k = 0; k < here; at++)
      if (shown(v->panel[at])) v->panel[at]->place = cell(row_of(area, r, rows, gap), k++, here, gap);
  }
}

/* Panels shown in a row, and how many of them come before `panel`. */
static int row_members(const Viz *v, int row, int panel, int *before) {
  int n = 0;
  for (int i = 0; i < v->panel_count; i++) {
    if (!shown(v->panel[i]) || v->panel[i]->row != row) continue;
    if (i < panel) (*before)++;
    n++;
  }
  return n;
}

/* Rows below `row` that show something; -1, of panels that were not named, is the last of all. */
static int rows_before(const Viz *v, int row, int last) {
  int n = 0, unused = 0;
  for (int r = 0; r < (row < 0 ? last + 1 : row); r++) n += row_members(v, r, 0, &unused) > 0;
  return n;
}

/* Panels in rows that the user gave; a row waits for its first panel without a gap. */
static void place_given(Viz *v, Rect area, double gap) {
  int last = -1, unused = 0;
  for (int i = 0; i < v->panel_count; i++)
    if (shown(v->panel[i]) && v->panel[i]->row > last) last = v->panel[i]->row;
  const int rows = rows_before(v, -1, last) + (row_members(v, -1, 0, &unused) > 0);
  for (int i = 0; i < v->panel_count; i++) {
    Panel *p = v->panel[i];
    if (!shown(p)) continue;
    int k = 0;
    const int n = row_members(v, p->row, i, &k);
    p->place = cell(row_of(area, rows_before(v, p->row, last), rows, gap), k, n, gap);
  }
}

static void place_controls(Viz *v, int controls, Rect row, double gap) {
  for (int i = 0, k = 0; i < v->panel_count; i++)
    if (is_control(v->panel[i])) v->panel[i]->place = cell(row, k++, controls, gap);
}

void layout_panels(Viz *v, double w, double h) {
  double s = v->scale, gap = sizes.gap * s, header = sizes.header.height * s, strip = sizes.strip * s;
  int panels = 0, controls = 0;
  for (int i = 0; i < v->panel_count; i++) {
    v->panel[i]->place = (Rect){0};
    panels += shown(v->panel[i]);
    controls += is_control(v->panel[i]);
  }
  Rect area = {gap, header, w - 2 * gap, h - header - gap};
  if (v->full >= 0 && v->full < v->panel_count) {
    v->panel[v->full]->place = area;
    return;
  }
  if (controls) {
    area.h -= strip + gap;
    place_controls(v, controls, (Rect){area.x, area.y + area.h + gap, area.w, strip}, gap);
  }
  if (panels == 0) return;
  if (v->laid_out) place_given(v, area, gap);
  else place_evenly(v, panels, area, gap);
}

bool panel_axes(const Panel *p, double s, Axes *a) {
  if (!p->kind || !p->kind->extent) return false;
  *a = (Axes){.log_y = p->log_y};
  if (!p->kind->extent(p, a)) return false;
  Margins m = {sizes.left * s, sizes.right * s, sizes.top * s, sizes.bottom * s};
  Rect r = p->place;
  if (p->kind->margins) p->kind->margins(p, r, s, &m);
  double head = sizes.head * s;
  a->plot = (Rect){r.x + m.left, r.y + head + m.top, r.w - m.left - m.right, r.h - head - m.top - m.bottom};
  a->plot.w = fmax(a->plot.w, sizes.device.plot);
  a->plot.h = fmax(a->plot.h, sizes.device.plot);
  if (p->zoomed) a->x0 = p->x0, a->x1 = p->x1, a->y0 = p->y0, a->y1 = p->y1;
  if (a->square) axes_keep_aspect(a);
  return true;
}

Rect panel_body(Rect card, double s) {
  const double side = sizes.side * s, head = (sizes.head + sizes.under_head) * s;
  return (Rect){card.x + side, card.y + head, card.w - 2 * side, card.h - head - sizes.foot * s};
}

int layout_columns(Rect body, int n, double w, double h, double beside, double below) {
  int best = 1;
  double largest = 0;
  for (int columns = 1; columns <= n; columns++) {
    const int rows = (n + columns - 1) / columns;
    const double size = fmin((body.w / columns - beside) / w, (body.h / rows - below) / h);
    if (size > largest) largest = size, best = columns;
  }
  return best;
}

Rect layout_history(const Viz *v, double w, double hint) {
  const Range all = history_span(v);
  if (!(all.hi > all.lo) || w < sizes.header.history_least * v->scale) return (Rect){0};
  const double s = v->scale, wide = fmin(w * 0.26, sizes.header.history * s),
               x = w - (sizes.header.hint_gap + hint) * s - wide;
  return (Rect){x, sizes.header.height * s / 2 - sizes.slider.track / 2 * s, wide, sizes.slider.track * s};
}

double history_share(const Viz *v) {
  return isnan(v->at) ? 1 : fmin(fmax(range_share(history_span(v), v->at, 1), 0), 1);
}

double history_moment(const Viz *v, double share) {
  const Range all = history_span(v);
  return share >= 0.99 ? NAN : all.lo + (all.hi - all.lo) * fmax(share, 0);
}
