/* slider.c: a number that the user sets; it keeps its value here, the work reads it back. */
#include "panel.h"

#include <math.h>
#include <stdlib.h>

typedef struct Slider {
  Control *control; /* holds the value */
  double lo, hi;
  bool log;
} Slider;

bool viz_slider(Viz *v, const char *name, double value, double lo, double hi, bool log, VizErr *e) {
  if (!(hi > lo) || (log && !(lo > 0))) return viz_fail(e, "viz.slider: %g..%g is no range", lo, hi);
  Control *c = scene_control(v, &slider_kind, name, value); /* posted again it keeps what the user set */
  if (!c) return viz_fail(e, "viz.slider: out of memory");
  Post p = {.what = POST_SLIDER, .kind = &slider_kind, .slider = {lo, hi, log}, .control = c};
  scene_post(v, name, false, &p);
  return true;
}

double viz_slider_value(Viz *v, const char *name, double otherwise) {
  Control *c = scene_find_control(v, &slider_kind, name);
  return c ? atomic_load(&c->value) : otherwise;
}

static double value_of(const Slider *s) { return atomic_load(&s->control->value); }

static void accept(Panel *p, Post *post) {
  Slider *s = p->own ? NULL : malloc(sizeof *s);
  if (!s) return;
  *s = (Slider){post->control, post->slider.lo, post->slider.hi, post->slider.log};
  p->own = s;
}

Rect slider_track(Rect r, double s) {
  const double left = fmax(r.w * 0.3, fmin(r.w * 0.45, sizes.slider.name * s)),       /* the name */
      after = fmin(sizes.slider.after * s, fmax(r.w * 0.25, sizes.slider.least * s)); /* the value */
  return (Rect){r.x + left, r.y + r.h / 2 - sizes.slider.track / 2 * s, fmax(r.w - left - after, 1),
                sizes.slider.track * s};
}
double slider_share(double value, double lo, double hi, bool log_scale) {
  return log_scale ? log(value / lo) / log(hi / lo) : (value - lo) / (hi - lo);
}
double slider_at(double share, double lo, double hi, bool log_scale) {
  return log_scale ? lo * pow(hi / lo, share) : lo + (hi - lo) * share;
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Slider *s = p->own;
  Rect t = slider_track(r, d->s);
  (void)a;
  if (!s) return;
  double at = fmin(fmax(slider_share(value_of(s), s->lo, s->hi, s->log), 0), 1);
  char text[24];
  draw_font(d, sizes.name, true);
  draw_color(d, d->t->text, 1);
  draw_name_fit(d, r.x + sizes.pad * d->s, r.y + r.h / 2 + sizes.base.name * d->s,
                t.x - r.x - (sizes.pad + sizes.slider.gap) * d->s, p->name);
  draw_rounded(d, t, sizes.slider.track / 2 * d->s);
  draw_color(d, d->t->grid, 1);
  cairo_fill(d->cr);
  draw_rounded(d, (Rect){t.x, t.y, fmax(t.w * at, sizes.slider.track * d->s), t.h},
               sizes.slider.track / 2 * d->s);
  draw_color(d, d->t->accent, 1);
  cairo_fill(d->cr);
  cairo_arc(d->cr, t.x + t.w * at, t.y + t.h / 2, sizes.slider.knob * d->s, 0, 2 * M_PI);
  cairo_fill(d->cr);
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->text, 1);
  number_text(value_of(s), text);
  draw_text(d, t.x + t.w + sizes.slider.value * d->s, r.y + r.h / 2 + sizes.base.name * d->s, text);
}

static void describe(const Panel *p, Text *t) {
  const Slider *s = p->own;
  if (s) text_add(t, " at %.4g (%.4g to %.4g)", value_of(s), s->lo, s->hi);
}

static void drag(Panel *p, double scale, double x) {
  Slider *s = p->own;
  Rect t = slider_track(p->place, scale);
  if (s) atomic_store(&s->control->value, slider_at(fmin(fmax((x - t.x) / t.w, 0), 1), s->lo, s->hi, s->log));
}
static bool press(Panel *p, double scale, double x, double y) {
  (void)y;
  drag(p, scale, x);
  return true;
}

const PanelKind slider_kind = {.name = "slider",
                               .control = true,
                               .accept = accept,
                               .draw = draw,
                               .describe = describe,
                               .press = press,
                               .drag = drag};
