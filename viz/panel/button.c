/* button.c: a button that counts its presses until the work asks. */
#include "panel.h"

#include <stdlib.h>

typedef struct Button {
  int presses; /* since the last time asked */
} Button;

bool viz_button(Viz *v, const char *name, VizErr *e) {
  if (!*name) return viz_fail(e, "viz.button: a name expected");
  Post p = {.what = POST_BUTTON, .kind = &button_kind};
  scene_post(v, name, false, &p);
  return true;
}

int viz_button_presses(Viz *v, const char *name) {
  scene_lock(v);
  const Panel *p = scene_find(v, name);
  Button *b = p && p->kind == &button_kind ? p->own : NULL;
  int n = b ? b->presses : 0;
  if (b) b->presses = 0;
  scene_unlock(v);
  return n;
}

static void accept(Panel *p, Post *post) {
  (void)post;
  if (!p->own) p->own = calloc(1, sizeof(Button));
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  Rect b = rect_inset(r, 7 * d->s);
  (void)a;
  draw_font(d, sizes.name, true);
  draw_rounded(d, b, 5 * d->s);
  draw_color(d, d->t->accent, 1);
  cairo_fill(d->cr);
  draw_color(d, theme_ink(d->t->accent), 1);
  draw_text_middle(d, b.x + b.w / 2, b.y + b.h / 2 + 5 * d->s, p->name);
}

static bool press(Panel *p, double scale, double x, double y) {
  (void)scale, (void)x, (void)y;
  if (p->own) ((Button *)p->own)->presses++;
  return true;
}

static bool key(Panel *p, int which) { return which == KEY_ENTER && press(p, 1, 0, 0); }

const PanelKind button_kind = {
    .name = "button", .control = true, .accept = accept, .draw = draw, .key = key, .press = press};
