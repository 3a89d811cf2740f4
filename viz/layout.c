/* layout.c: see layout.h. */
#include "layout.h"

#include "history.h"
#include "theme.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static bool is_control(const Panel *p) { return p->kind && p->kind->control; }

/* Are the letters in the name, whatever their case (of ASCII)? */
static bool has_letters(const char *name, const char *letters) {
  for (; *name; name++) {
    const char *n = name, *l = letters;
    while (*l && tolower((unsigned char)*n) == tolower((unsigned char)*l)) n++, l++;
    if (!*l) return true;
  }
  return !*letters;
}

bool layout_shows(const Viz *v, const Panel *p) {
  return p->kind && !p->kind->control && has_letters(p->name, v->filter);
}

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

/* Row after row, spread evenly: the first rows take the fewer.  Of those in view the ones from `first` on. */
static void place_evenly(Viz *v, int first, int panels, Rect area, double gap) {
  int rows = row_count(panels, area.w, area.h), left = panels, at = 0;
  for (int before = 0; before < first; at++) before += layout_shows(v, v->panel[at]);
  for (int r = 0; r < rows; r++) {
    int here = left / (rows - r);
    left -= here;
    for (int k = 0; k < here; at++)
      if (layout_shows(v, v->panel[at]))
        v->panel[at]->place = cell(row_of(area, r, rows, gap), k++, here, gap);
  }
}

/* Panels shown in a row, and how many of them come before `panel`. */
static int row_members(const Viz *v, int row, int panel, int *before) {
  int n = 0;
  for (int i = 0; i < v->panel_count; i++) {
    if (!layout_shows(v, v->panel[i]) || v->panel[i]->row != row) continue;
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

static int last_row(const Viz *v) {
  int last = -1;
  for (int i = 0; i < v->panel_count; i++)
    if (layout_shows(v, v->panel[i]) && v->panel[i]->row > last) last = v->panel[i]->row;
  return last;
}

/* Are panels seen that the user gave rows?  Without one there is nothing that the others could follow. */
static bool in_rows(const Viz *v) { return v->laid_out && last_row(v) >= 0; }

/* Panels in `rows` of the rows that the user gave; a row waits for its first panel without a gap. */
static void place_given(Viz *v, int first, int rows, Rect area, double gap) {
  const int last = last_row(v);
  for (int i = 0; i < v->panel_count; i++) {
    Panel *p = v->panel[i];
    if (!layout_shows(v, p)) continue;
    int k = 0;
    const int n = row_members(v, p->row, i, &k), row = rows_before(v, p->row, last) - first;
    if (row >= 0 && row < rows) p->place = cell(row_of(area, row, rows, gap), k, n, gap);
  }
}

/* How many of that size there is room for, one at least. */
static int room_for(double size, double least, double gap) {
  return (int)fmax(floor((size + gap) / (least + gap)), 1);
}

/* In lines, the last one at the bottom; what is left of the area. */
static Rect place_controls(Viz *v, int controls, Rect area, double gap) {
  const double s = v->scale, strip = sizes.strip * s + gap;
  const int most = room_for(area.h / 2 - gap, sizes.strip * s, gap),
            lines = (int)fmin(ceil((double)controls / room_for(area.w, sizes.least.control * s, gap)), most);
  area.h -= lines * strip;
  for (int i = 0, line = 0, k = 0, left = controls; i < v->panel_count; i++) {
    if (!is_control(v->panel[i])) continue;
    const int here = left / (lines - line);
    const Rect row = {area.x, area.y + area.h + gap + line * strip, area.w, sizes.strip * s};
    v->panel[i]->place = cell(row, k++, here, gap);
    if (k == here) left -= here, line++, k = 0;
  }
  return area;
}

/* Units are panels, or rows where those were given; `focus` is the one that has the keys, or -1. */
static void turn_page(Viz *v, int units, int per_page, int focus) {
  v->pages = units > per_page ? (units + per_page - 1) / per_page : 1;
  if (v->follows && focus >= 0) v->page = focus / per_page;
  v->follows = false;
  if (v->page >= v->pages) v->page = v->pages - 1;
  if (v->page < 0) v->page = 0;
}

static void place_all(Viz *v, int panels, Rect area, bool paged, double gap) {
  const Panel *focus = v->focus < v->panel_count ? v->panel[v->focus] : NULL;
  const int across = room_for(area.w, sizes.least.card_w * v->scale, gap),
            down = room_for(area.h, sizes.least.card_h * v->scale, gap);
  int units = panels, per_page = across * down, at = -1, unused = 0;
  if (focus && !layout_shows(v, focus)) focus = NULL;
  if (in_rows(v)) {
    const int last = last_row(v);
    units = rows_before(v, -1, last) + (row_members(v, -1, 0, &unused) > 0);
    per_page = down;
    if (focus) at = rows_before(v, focus->row, last);
  } else if (focus) {
    for (int i = 0; i <= v->focus; i++) at += layout_shows(v, v->panel[i]);
  }
  if (paged) turn_page(v, units, per_page, at);
  const int first = paged ? v->page * per_page : 0,
            here = paged && units - first > per_page ? per_page : units - first;
  if (in_rows(v)) place_given(v, first, here, area, gap);
  else place_evenly(v, first, here, area, gap);
}

double layout_height(const Viz *v, double w, double h) {
  const double s = v->scale / v->dots, gap = sizes.gap * s, header = sizes.header.height * s;
  const int across = room_for(w - 2 * gap, sizes.least.card_w * s, gap);
  int panels = 0, unused = 0;
  for (int i = 0; i < v->panel_count; i++) panels += layout_shows(v, v->panel[i]);
  const int rows = in_rows(v) ? rows_before(v, -1, last_row(v)) + (row_members(v, -1, 0, &unused) > 0)
                              : (panels + across - 1) / across;
  return v->full >= 0 ? h : fmax(h, header + rows * (sizes.least.card_h * s + gap));
}

static void place(Viz *v, double w, double h, bool paged) {
  const double s = v->scale, gap = sizes.gap * s, header = sizes.header.height * s;
  int panels = 0, controls = 0;
  v->whole = !paged;
  for (int i = 0; i < v->panel_count; i++) {
    v->panel[i]->place = (Rect){0};
    panels += layout_shows(v, v->panel[i]);
    controls += is_control(v->panel[i]);
  }
  Rect area = {gap, header, w - 2 * gap, h - header - gap};
  if (paged) v->pages = 1;
  if (v->full >= 0 && v->full < v->panel_count) {
    v->panel[v->full]->place = area;
    return;
  }
  if (controls) area = place_controls(v, controls, area, gap);
  if (panels) place_all(v, panels, area, paged, gap);
}

void layout_panels(Viz *v, double w, double h) { place(v, w, h, true); }

void layout_picture(Viz *v, double w, double h) {
  char filter[sizeof v->filter];
  memcpy(filter, v->filter, sizeof filter);
  *v->filter = 0;
  place(v, w, h, false);
  memcpy(v->filter, filter, sizeof filter);
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
  if (p->kind->view && !p->scene->whole) p->kind->view(p, s, a);
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
