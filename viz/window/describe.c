/* describe.c: the panels in words, and as Unicode for terminals. */
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
