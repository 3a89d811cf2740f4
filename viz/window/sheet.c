/* sheet.c: see sheet.h */
#include "sheet.h"

#include "panel.h"

#include <math.h>

static const SheetRow keys[] = {
#define KEY(function, key, name, does) {name, does, NULL},
#define HAND(name, does)               {name, does, NULL},
#define PANELS                         {NULL, NULL, "panels"},
#include "keys.def"
};
enum { KEYS = sizeof keys / sizeof *keys };

static bool in_view(const Viz *v, const PanelKind *kind) {
  for (int i = 0; i < v->panel_count; i++)
    if (v->panel[i]->kind == kind) return true;
  return false;
}

static void add(SheetRow *row, int *n, const char *name, const char *does, const char *of) {
  if (name && *n < SHEET_MOST) row[(*n)++] = (SheetRow){name, does, of};
}

static void add_panels(const Viz *v, SheetRow *row, int *n) {
  bool log = false;
  for (int i = 0; panel_kinds[i]; i++) log |= panel_kinds[i]->log_key && in_view(v, panel_kinds[i]);
  if (log) add(row, n, "l", "log axis", NULL);
  for (int i = 0; panel_kinds[i]; i++) {
    const PanelKind *kind = panel_kinds[i];
    for (const PanelKey *k = in_view(v, kind) ? kind->keys : NULL; k && k->key; k++)
      add(row, n, k->name, k->does, kind->name);
  }
}

int sheet_rows(const Viz *v, SheetRow *row) {
  int n = 0;
  for (int i = 0; i < KEYS; i++)
    if (keys[i].of) add_panels(v, row, &n);
    else add(row, &n, keys[i].name, keys[i].does, NULL);
  return n;
}

void sheet_draw(Draw *d, const Viz *v, double w, double h) {
  SheetRow rows[SHEET_MOST];
  const int n = sheet_rows(v, rows);
  const double row = fmin(sizes.sheet.row * d->s, h / (n + 1));
  double wide = 0;
  draw_font(d, sizes.name, false);
  for (int i = 0; i < n; i++) wide = fmax(wide, draw_text_width(d, rows[i].does));
  wide += (sizes.sheet.does + sizes.pad) * d->s;
  const Rect r = {fmax(w / 2 - wide / 2, 0), h / 2 - (n + 1) * row / 2, wide, (n + 1) * row};
  draw_rounded(d, r, sizes.sheet.radius * d->s);
  draw_color(d, d->t->card, 0.97);
  cairo_fill_preserve(d->cr);
  draw_color(d, d->t->frame, 1);
  cairo_stroke(d->cr);
  for (int i = 0; i < n; i++) {
    const double y = r.y + row * (i + 1) + sizes.base.label * d->s;
    draw_font(d, sizes.name, true);
    draw_color(d, d->t->accent, 1);
    draw_text_right(d, r.x + sizes.sheet.key * d->s, y, rows[i].name);
    draw_font(d, sizes.name, false);
    draw_color(d, d->t->text, 1);
    draw_text(d, r.x + sizes.sheet.does * d->s, y, rows[i].does);
  }
}
