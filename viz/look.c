/* look.c: looking back at what panels showed. */
#include "history.h"

#include <math.h>

void scene_look(Viz *v, double at) {
  const Range all = history_span(v);
  if (!(at < all.hi)) at = NAN;
  for (int i = 0; i < v->panel_count; i++) {
    Panel *p = v->panel[i];
    const Frame *f = history_frame(p, v->at);
    for (int k = 0; f && k < PARTS; k++) content_drop_scaled(f->part[k]);
  }
  v->at = at < all.lo ? all.lo : at;
  scene_touch_all(v);
}

/* The moment of a step: of the first curve that has come to it; without curves steps count the states.  NaN: now. */
static double moment_of(const Viz *v, double step) {
  if (isnan(step)) return NAN;
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    const double at = p->kind && p->kind->moment_of ? p->kind->moment_of(p, step) : NAN;
    if (!isnan(at)) return at;
  }
  if (!isnan(history_step(v, INFINITY))) return NAN; /* there are curves */
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    const int k = (int)fmin(fmax(step - 1, 0), p->frame_count);
    if (k < p->frame_count) return p->frame[k].part[0]->seconds;
  }
  return NAN;
}

static void look_at_step(Viz *v, Post *post) { scene_look(v, moment_of(v, post->order.x)); }

void viz_at(Viz *v, double step) {
  Post p = {.what = POST_ORDER, .order = {.run = look_at_step, .x = step}};
  scene_post(v, "", false, &p);
}
