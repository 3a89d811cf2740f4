/* describe.c: the panels in words, and as Unicode for terminals. */
#include "panel.h"
#include "term.h"

static void describe(const Panel *p, Text *t) {
  if (!p->kind) return; /* it has a place and nothing in it */
  if (p->kind->many) {
    p->kind->describe(p, t);
    return;
  }
  text_add(t, "%s: %s", p->name, p->kind->name);
  if (p->kind->describe) p->kind->describe(p, t);
  text_add(t, "\n");
}

char *viz_describe(Viz *v) {
  Text t = {0};
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) describe(v->panel[i], &t);
  if (t.n == 0) text_add(&t, "no panels yet\n");
  scene_unlock(v);
  return text_take(&t);
}

void panel_text(const Panel *p, Text *t, const Terminal *how) {
  if (!p->kind) return;
  if (!p->kind->terminal) {
    describe(p, t);
    return;
  }
  text_add(t, "%s\n", p->name);
  p->kind->terminal(p, t, how);
}

char *viz_terminal(Viz *v, int columns) {
  enum { LEAST = 30, MOST = 400, ROWS = 10 };
  Text t = {0};
  const Terminal how = {columns < LEAST ? LEAST : columns > MOST ? MOST : columns, ROWS, 0};
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) panel_text(v->panel[i], &t, &how);
  scene_unlock(v);
  return text_take(&t);
}

static void add_name(Text *t, const char *name) {
  for (; *name; name++) text_add(t, "%c", (unsigned char)*name < ' ' ? ' ' : *name);
  text_add(t, "\t");
}

static void add_thinned(const Panel *p, const Curve *c, size_t most, Text *t) {
  const size_t n = c->n < most ? c->n : most;
  if (!c->sorted || n == 0) return;
  add_name(t, p->name);
  add_name(t, c->name);
  for (size_t i = 0; i < n; i++) {
    const size_t k = n > 1 ? i * (c->n - 1) / (n - 1) : 0;
    if (i) text_add(t, " ");
    text_exact(t, curve_x(c, k, false));
    text_add(t, " ");
    text_exact(t, c->smooth.n > k ? c->smooth.v[k] : c->y.v[k]);
  }
  text_add(t, "\n");
}

char *viz_curves(Viz *v, int most) {
  Text t = {0};
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) {
    const Curves *all = panel_curves(v->panel[i]);
    for (int k = 0; all && k < all->count; k++)
      add_thinned(v->panel[i], all->series[k], most > 2 ? (size_t)most : 2, &t);
  }
  scene_unlock(v);
  return text_take(&t);
}
