/* button.c: a button that counts its presses until the work asks. */
#include "panel.h"

bool viz_button(Viz *v, const char *name, VizErr *e) {
  if (!*name) return viz_fail(e, "viz.button: a name expected");
  Control *c = scene_control(v, &button_kind, name, 0);
  if (!c) return viz_fail(e, "viz.button: out of memory");
  Post p = {.what = POST_BUTTON, .kind = &button_kind, .control = c};
  scene_post(v, name, false, &p);
  return true;
}

int viz_button_presses(Viz *v, const char *name) {
  Control *c = scene_find_control(v, &button_kind, name);
  return c ? atomic_exchange(&c->count, 0) : 0;
}

static void accept(Panel *p, Post *post) {
  if (!p->own) p->own = post->control;
}

static void forget(Panel *p) { p->own = NULL; /* the scene's */ }

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  Rect b = rect_inset(r, sizes.button.inset * d->s);
  (void)a;
  draw_font(d, sizes.name, true);
  draw_rounded(d, b, sizes.button.radius * d->s);
  draw_color(d, d->t->accent, 1);
  cairo_fill(d->cr);
  draw_color(d, theme_ink(d->t->accent), 1);
  draw_text_middle(d, b.x + b.w / 2, b.y + b.h / 2 + sizes.base.name * d->s, p->name);
}

static bool press(Panel *p, double scale, double x, double y) {
  (void)scale, (void)x, (void)y;
  if (p->own) atomic_fetch_add(&((Control *)p->own)->count, 1);
  viz_step(p->scene); /* a work that is paused turns once, to hear of it */
  return true;
}

static bool press_key(Panel *p, int which) {
  (void)which;
  return press(p, 1, 0, 0);
}
/* The window's sheet has it: it presses the first button wherever the focus is. */
static const PanelKey keys[] = {{KEY_ENTER, NULL, NULL, press_key}, {0}};

const PanelKind button_kind = {.name = "button",
                               .control = true,
                               .accept = accept,
                               .forget = forget,
                               .draw = draw,
                               .keys = keys,
                               .press = press};
