/* menu.c: pictures with names and a line each, of which one is chosen by a click, or by arrows and Enter. */
#include "layout.h"
#include "panel.h"

#include <math.h>
#include <stdlib.h>

typedef struct Menu {
  Content head;
  Control *control; /* holds what was chosen */
  int n, h, w;
  uint32_t *argb;      /* n x h x w */
  char **name, **line; /* n each; line may be NULL */
} Menu;

typedef struct Choice {
  int selected, columns; /* columns: as drawn last */
} Choice;

bool viz_menu(Viz *v, const char *name, const VizMenu *m, VizErr *e) {
  if (m->n < 1 || m->h < 1 || m->w < 1) return viz_fail(e, "viz.menu: nothing to choose from");
  const size_t count = (size_t)m->n * (size_t)m->h * (size_t)m->w;
  Control *control = scene_control(v, &menu_kind, name, 0);
  uint32_t *argb = control ? malloc(count * sizeof *argb) : NULL;
  Menu *c = argb ? content_new(sizeof *c) : NULL;
  for (size_t i = 0; argb && i < count; i++) {
    const uint8_t *u = m->rgb + 3 * i;
    argb[i] = argb_opaque(u[0], u[1], u[2]);
  }
  if (c) {
    c->control = control;
    c->n = m->n, c->h = m->h, c->w = m->w;
    c->argb = content_copy(&c->head, argb, count * sizeof *argb);
    c->name = content_texts(&c->head, m->name, m->n);
    c->line = content_texts(&c->head, m->line, m->n);
  }
  free(argb);
  return scene_post_content(v, name, &menu_kind, 0, c ? &c->head : NULL, e);
}

int viz_menu_choice(Viz *v, const char *name) {
  Control *c = scene_find_control(v, &menu_kind, name);
  return c ? atomic_exchange(&c->count, 0) : 0;
}

static const Menu *menu_of(const Panel *p) { return (const Menu *)p->part[0]; }

static void accept(Panel *p, Post *post) {
  if (!p->own) p->own = calloc(1, sizeof(Choice));
  scene_take(p, post);
}

/* --- where things lie ------------------------------------------------------------------------------------- */

static int columns_of(const Menu *m, Rect body, double s) {
  return layout_columns(body, m->n, m->w, m->h, sizes.menu.gap * s, (sizes.menu.gap + sizes.menu.words) * s);
}

static Rect cell_of(const Menu *m, Rect body, int columns, int k) {
  const int rows = (m->n + columns - 1) / columns;
  const double w = body.w / columns, h = body.h / rows;
  return (Rect){body.x + w * (k % columns), body.y + h * (k / columns), w, h};
}

static int cell_at(const Menu *m, Rect body, double s, double x, double y) {
  const int columns = columns_of(m, body, s);
  for (int k = 0; k < m->n; k++)
    if (rect_has(cell_of(m, body, columns, k), x, y)) return k;
  return -1;
}

/* --- drawing ---------------------------------------------------------------------------------------------- */

static void draw_entry(Draw *d, const Menu *m, Rect cell, int k, bool selected) {
  const double s = d->s;
  const Rect r = rect_inset(cell, sizes.menu.gap * s / 2);
  if (selected) {
    draw_rounded(d, r, sizes.radius * s);
    draw_color(d, d->t->accent, 0.18);
    cairo_fill(d->cr);
  }
  const double scale = fmin((r.w - 2 * sizes.menu.pad * s) / m->w,
                            (r.h - (sizes.menu.words + sizes.menu.pad + sizes.menu.under) * s) / m->h);
  if (!(scale > 0)) return;
  const Rect to = {r.x + (r.w - m->w * scale) / 2, r.y + sizes.menu.pad * s, m->w * scale, m->h * scale};
  draw_pixels(d, m->argb + (size_t)k * (size_t)m->h * (size_t)m->w, m->w, m->h, to, true);
  draw_font(d, sizes.name, true);
  draw_color(d, d->t->text, 1);
  draw_text_fit(d, to.x, to.y + to.h + sizes.menu.name * s, to.w, m->name[k]);
  if (!m->line) return;
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->dim, 1);
  draw_text_fit(d, to.x, to.y + to.h + sizes.menu.line * s, to.w, m->line[k]);
}

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  const Menu *m = menu_of(p);
  Choice *c = p->own;
  (void)a;
  if (!c || !m->name) return;
  c->columns = columns_of(m, body, d->s);
  const int under = d->pointer ? cell_at(m, body, d->s, d->px, d->py) : -1;
  for (int k = 0; k < m->n; k++)
    draw_entry(d, m, cell_of(m, body, c->columns, k), k, k == (under >= 0 ? under : c->selected));
}

static void describe(const Panel *p, Text *t) {
  const Menu *m = menu_of(p);
  text_add(t, ", %d entries", m->n);
}

/* --- hands ------------------------------------------------------------------------------------------------ */

static bool move(Panel *p, int which) {
  Choice *c = p->own;
  if (!c) return false;
  const int by = which == KEY_LEFT ? -1 : which == KEY_RIGHT ? 1 : which == KEY_UP ? -c->columns : c->columns;
  const int to = c->selected + by;
  if (to >= 0 && to < menu_of(p)->n) c->selected = to;
  return true;
}
static bool choose(Panel *p, int which) {
  const Choice *c = p->own;
  (void)which;
  if (c) atomic_store(&menu_of(p)->control->count, c->selected + 1);
  return c != NULL;
}
static const PanelKey keys[] = {
    {KEY_LEFT, "arrows", "choose", move}, {KEY_RIGHT, NULL, NULL, move},           {KEY_UP, NULL, NULL, move},
    {KEY_DOWN, NULL, NULL, move},         {KEY_ENTER, "enter", "take it", choose}, {0}};

static bool press(Panel *p, double scale, double x, double y) {
  const Menu *m = menu_of(p);
  Choice *c = p->own;
  const int k = cell_at(m, panel_body(p->place, scale), scale, x, y);
  if (!c || k < 0) return false;
  c->selected = k;
  atomic_store(&m->control->count, k + 1);
  return true;
}

const PanelKind menu_kind = {
    .name = "menu", .accept = accept, .draw = draw, .describe = describe, .keys = keys, .press = press};
