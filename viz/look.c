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

/* The moment of a step: of the first curve that has come to it; without curves steps count the states. */
static void look_at_step(Viz *v, Post *post) {
  const double step = post->order.x;
  double at = NAN;
  for (int i = 0; i < v->panel_count && isnan(at) && !isnan(step); i++) {
    const Panel *p = v->panel[i];
    if (p->kind && p->kind->moment_of) at = p->kind->moment_of(p, step);
  }
  const bool curves = !isnan(history_step(v, INFINITY));
  for (int i = 0; i < v->panel_count && isnan(at) && !isnan(step) && !curves; i++) {
    const Panel *p = v->panel[i];
    const int k = (int)fmin(fmax(step - 1, 0), p->frame_count);
    if (p->frame_count && k < p->frame_count) at = p->frame[k].part[0]->seconds;
  }
  scene_look(v, at);
}

void viz_at(Viz *v, double step) {
  Post p = {.what = POST_ORDER, .order = {.run = look_at_step, .x = step}};
  scene_post(v, "", false, &p);
}
