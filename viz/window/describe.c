/* describe.c: the panels in words, and as Unicode for terminals. */
#include "scene.h"

static void describe(const Panel *p, Text *t) {
  if (p->kind && p->kind->many) {
    p->kind->describe(p, t);
    return;
  }
  text_add(t, "%s: %s", p->name, p->kind ? p->kind->name : "empty");
  if (p->kind && p->kind->describe) p->kind->describe(p, t);
  text_add(t, "\n");
}

char *viz_describe(Viz *v) {
  Text t = {0};
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) describe(v->panel[i], &t);
  if (v->panel_count == 0) text_add(&t, "no panels yet\n");
  scene_unlock(v);
  return text_take(&t);
}

char *viz_terminal(Viz *v, int columns) {
  enum { LEAST = 30, MOST = 400 };
  Text t = {0};
  columns = columns < LEAST ? LEAST : columns > MOST ? MOST : columns;
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    if (p->kind && p->kind->terminal) p->kind->terminal(p, &t, columns);
    else describe(p, &t);
  }
  scene_unlock(v);
  return text_take(&t);
}
