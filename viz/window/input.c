/* input.c: zoom, pan, hover, legend, sliders and keys. */
#include "input.h"

#include "panel.h"

#include <math.h>

static Rect panel_rect(const Viz *v, const Input *in, int i) {
  Rect r[PANELS];
  layout_panels(v, in->w, in->h, r);
  return r[i];
}

static int panel_at(const Viz *v, const Input *in, double x, double y) {
  Rect r[PANELS];
  layout_panels(v, in->w, in->h, r);
  for (int i = 0; i < v->panel_count; i++)
    if (r[i].w > 0 && rect_has(r[i], x, y)) return i;
  return -1;
}

static void look(Viz *v, Panel *p, const Axes *a) {
  p->x0 = a->x0, p->x1 = a->x1, p->y0 = a->y0, p->y1 = a->y1;
  p->zoomed = true;
  scene_touch(v, p);
}

static void fit(Viz *v, Panel *p) {
  p->zoomed = false;
  p->scroll = 0;
  scene_touch(v, p);
}

static void touch_all(Viz *v) {
  for (int i = 0; i < v->panel_count; i++) scene_touch(v, v->panel[i]);
  v->version++;
}

static void set_slider(Viz *v, Panel *p, Rect r, double x) {
  Rect t = control_track(r, v->scale);
  double at = fmin(fmax((x - t.x) / t.w, 0), 1);
  p->value = p->log_y ? p->lo * pow(p->hi / p->lo, at) : p->lo + (p->hi - p->lo) * at;
  scene_touch(v, p);
}

bool input_move(Viz *v, Input *in, double x, double y) {
  in->overlay.pointer = true;
  in->overlay.px = x;
  in->overlay.py = y;
  if (hypot(x - in->start_x, y - in->start_y) > 3) in->moved = true;
  if (in->overlay.box) {
    touch_all(v);
    return true;
  }
  if (in->held >= 0 && in->held < v->panel_count) {
    Panel *p = v->panel[in->held];
    if (p->kind == KIND_SLIDER) {
      set_slider(v, p, panel_rect(v, in, in->held), x);
    } else if (in->panning && in->moved) {
      Axes a = in->from;
      double dx = axes_x(&a, in->start_x) - axes_x(&a, x), dy = axes_y(&a, in->start_y) - axes_y(&a, y);
      a.x0 += dx, a.x1 += dx, a.y0 += dy, a.y1 += dy;
      look(v, p, &a);
    }
    return true;
  }
  int now = panel_at(v, in, x, y), before = in->hover;
  in->hover = now;
  if (before >= 0 && before != now && before < v->panel_count) scene_touch(v, v->panel[before]);
  if (now >= 0) scene_touch(v, v->panel[now]);
  return now >= 0 || before >= 0;
}

void input_leave(Viz *v, Input *in) {
  in->overlay.pointer = false;
  if (in->hover >= 0 && in->hover < v->panel_count) scene_touch(v, v->panel[in->hover]);
  in->hover = -1;
}

bool input_press(Viz *v, Input *in, double x, double y, bool shift, int clicks) {
  int i = panel_at(v, in, x, y);
  in->start_x = x, in->start_y = y;
  in->moved = in->panning = false;
  in->held = i;
  if (i < 0) return false;
  Panel *p = v->panel[i];
  Rect r = panel_rect(v, in, i);
  if (v->focus != i) {
    if (v->focus < v->panel_count) scene_touch(v, v->panel[v->focus]);
    v->focus = i;
    scene_touch(v, p);
  }
  int entry = legend_at(p, r, v->scale, x, y);
  if (p->kind == KIND_SLIDER) {
    set_slider(v, p, r, x);
  } else if (p->kind == KIND_BUTTON) {
    p->presses++;
    scene_touch(v, p);
  } else if (entry >= 0) {
    p->series[entry]->hidden = !p->series[entry]->hidden;
    scene_touch(v, p);
    in->held = -1;
  } else if (clicks >= 2) {
    fit(v, p);
    in->held = -1;
  } else if (panel_axes(p, r, v->scale, &in->from)) {
    in->overlay.box = shift;
    in->overlay.box_x = x, in->overlay.box_y = y;
    in->panning = !shift;
  }
  return true;
}

bool input_release(Viz *v, Input *in, double x, double y) {
  bool boxed = in->overlay.box && in->held >= 0 && in->held < v->panel_count;
  if (boxed && fabs(x - in->start_x) > 6 && fabs(y - in->start_y) > 6) {
    Axes a = in->from, f = in->from;
    a.x0 = axes_x(&f, fmin(x, in->start_x)), a.x1 = axes_x(&f, fmax(x, in->start_x));
    a.y0 = axes_y(&f, fmax(y, in->start_y)), a.y1 = axes_y(&f, fmin(y, in->start_y));
    look(v, v->panel[in->held], &a);
  }
  in->overlay.box = in->panning = false;
  in->held = -1;
  if (boxed) touch_all(v);
  return boxed;
}

bool input_wheel(Viz *v, Input *in, double notches) {
  int i = panel_at(v, in, in->overlay.px, in->overlay.py);
  Axes a;
  if (i < 0) return false;
  Panel *p = v->panel[i];
  Rect r = panel_rect(v, in, i);
  if (p->kind == KIND_TEXT || p->kind == KIND_GRAPH) {
    p->scroll = fmax(0, p->scroll - 3 * notches);
    scene_touch(v, p);
    return true;
  }
  if (!panel_axes(p, r, v->scale, &a)) return false;
  /* over the axis labels: that axis alone */
  bool on_x = in->overlay.py > a.plot.y + a.plot.h, on_y = in->overlay.px < a.plot.x;
  bool both = p->kind == KIND_IMAGE || (!on_x && !on_y);
  axes_zoom(&a, in->overlay.px, in->overlay.py, pow(0.8, notches), both || on_x, both || on_y);
  look(v, p, &a);
  return true;
}

static void next_smoothing(Viz *v, Panel *p) {
  static const double betas[] = {0, 0.6, 0.9, 0.97, 0.99};
  int k = 0;
  while (k < 5 && betas[k] <= p->beta) k++;
  p->beta = betas[k % 5];
  for (int i = 0; i < p->series_count; i++) curve_smooth(p->series[i], p->beta);
  scene_touch(v, p);
}

static bool panel_key(Viz *v, Panel *p, int key) {
  if (key == 'l' && (p->kind == KIND_CURVE || p->kind == KIND_BARS)) p->log_y = !p->log_y;
  else if (key == 'x' && p->kind == KIND_CURVE) p->by_time = !p->by_time;
  else if (key == 's' && p->kind == KIND_CURVE) {
    next_smoothing(v, p);
    return true;
  } else return false;
  fit(v, p);
  return true;
}

bool input_key(Viz *v, Input *in, int key) {
  int at = in->hover >= 0 && in->hover < v->panel_count ? in->hover : v->focus;
  if (at < v->panel_count && panel_key(v, v->panel[at], key)) return true;
  switch (key) {
  case ' ': viz_pause(v, !viz_paused(v)); break;
  case '.': viz_step(v); break;
  case 'f': v->full = v->full >= 0 ? -1 : at; break;
  case '\t':
    v->focus = v->panel_count ? (v->focus + 1) % v->panel_count : 0;
    if (v->full >= 0) v->full = v->focus;
    break;
  case 'd': v->dark = !v->dark; break;
  case '+': v->scale = fmin(v->scale * 1.15, 4); break;
  case '-': v->scale = fmax(v->scale / 1.15, 1); break; /* text stays at least 12 pixels high */
  case '?': in->overlay.keys = !in->overlay.keys; break;
  case 27:
    in->overlay.keys = false;
    v->full = -1;
    break;
  case 'p': in->save = ".png"; return false;
  case 'v': in->save = ".svg"; return false;
  case 'c': in->save = ".csv"; return false;
  case 'q': in->close = true; return false;
  default: return false;
  }
  touch_all(v);
  return true;
}
