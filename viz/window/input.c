/* input.c: zoom, pan, hover, legend, sliders and keys. */
#include "input.h"

#include "history.h"
#include "layout.h"

#include <math.h>
#include <string.h>

static int panel_at(Viz *v, const Input *in, double x, double y) {
  layout_panels(v, in->w, in->h);
  for (int i = 0; i < v->panel_count; i++)
    if (v->panel[i]->place.w > 0 && rect_has(v->panel[i]->place, x, y)) return i;
  return -1;
}

static void look(Viz *v, Panel *p, Axes *a) {
  Axes all = {.log_y = p->log_y};
  if (!p->kind || !p->kind->extent || !p->kind->extent(p, &all))
    return; /* it became another under the hand */
  axes_limit(a, &all);
  p->x0 = a->x0, p->x1 = a->x1, p->y0 = a->y0, p->y1 = a->y1;
  p->zoomed = true;
  scene_touch(v, p);
}

static void fit(Viz *v, Panel *p) {
  p->zoomed = false;
  p->scroll = 0;
  scene_touch(v, p);
}

/* The time slider, a little larger than it looks. */
static bool on_history(const Viz *v, const Input *in, double x, double y, double *share) {
  const Rect r = layout_history(v, in->w, draw_hint(v, &in->overlay));
  *share = r.w > 0 ? (x - r.x) / r.w : 1;
  return r.w > 0 && rect_has(rect_inset(r, -sizes.header.grab * v->scale), x, y);
}

/* What the pointer reads in one panel of curves, all read. */
static void link_cursor(Viz *v, const Panel *p, double x, double y) {
  Axes a;
  const bool reads = p && p->kind && p->kind->linked && panel_axes(p, v->scale, &a) && rect_has(a.plot, x, y);
  const double before = v->cursor;
  v->cursor = reads ? axes_x(&a, x) : NAN;
  v->cursor_of = reads ? p : NULL;
  if (isnan(before) && !reads) return;
  for (int i = 0; i < v->panel_count; i++)
    if (v->panel[i]->kind && v->panel[i]->kind->linked) scene_touch(v, v->panel[i]);
}

/* What it is on in one picture, all of the same form show. */
static void link_spot(Viz *v, const Panel *p, double x, double y) {
  Axes a;
  Spot s = {0};
  const bool on =
      p && p->kind && p->kind->spot && panel_axes(p, v->scale, &a) && p->kind->spot(p, &a, x, y, &s);
  if (!on && !v->spot_of) return;
  v->spot = s;
  v->spot_of = on ? p : NULL;
  for (int i = 0; i < v->panel_count; i++)
    if (v->panel[i]->kind && v->panel[i]->kind->spot) scene_touch(v, v->panel[i]);
}

bool input_move(Viz *v, Input *in, double x, double y) {
  double share;
  in->overlay.pointer = true;
  in->overlay.px = x;
  in->overlay.py = y;
  if (in->scrubbing) {
    on_history(v, in, x, y, &share);
    scene_look(v, history_moment(v, share));
    return true;
  }
  if (hypot(x - in->start_x, y - in->start_y) > 3) in->moved = true;
  if (in->overlay.box) {
    scene_touch_all(v);
    return true;
  }
  if (in->held >= 0 && in->held < v->panel_count) {
    Panel *p = v->panel[in->held];
    if (in->taken) {
      layout_panels(v, in->w, in->h);
      if (p->kind && p->kind->drag) p->kind->drag(p, v->scale, x);
      scene_touch(v, p);
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
  link_cursor(v, now >= 0 ? v->panel[now] : NULL, x, y);
  link_spot(v, now >= 0 ? v->panel[now] : NULL, x, y);
  return now >= 0 || before >= 0;
}

void input_leave(Viz *v, Input *in) {
  in->overlay.pointer = false;
  link_cursor(v, NULL, 0, 0);
  link_spot(v, NULL, 0, 0);
  if (in->hover >= 0 && in->hover < v->panel_count) scene_touch(v, v->panel[in->hover]);
  in->hover = -1;
}

bool input_press(Viz *v, Input *in, double x, double y, bool shift, int clicks) {
  int i = panel_at(v, in, x, y);
  double share;
  in->start_x = x, in->start_y = y;
  in->moved = in->panning = in->taken = false;
  in->held = i;
  if (on_history(v, in, x, y, &share)) {
    in->scrubbing = true;
    scene_look(v, history_moment(v, share));
    return true;
  }
  if (i < 0) return false;
  Panel *p = v->panel[i];
  if (v->focus != i) {
    if (v->focus < v->panel_count) scene_touch(v, v->panel[v->focus]);
    v->focus = i;
    scene_touch(v, p);
  }
  if (p->kind && p->kind->press && p->kind->press(p, v->scale, x, y)) {
    in->taken = true;
    scene_touch(v, p);
  } else if (clicks >= 2) {
    fit(v, p);
    in->held = -1;
  } else if (panel_axes(p, v->scale, &in->from)) {
    in->overlay.box = shift;
    in->overlay.box_x = x, in->overlay.box_y = y;
    in->panning = !shift;
  }
  return true;
}

static bool click(Panel *p, double scale, double x, double y) {
  return p->kind && p->kind->click && p->kind->click(p, scale, x, y);
}

bool input_release(Viz *v, Input *in, double x, double y) {
  bool boxed = in->overlay.box && in->held >= 0 && in->held < v->panel_count;
  if (boxed && fabs(x - in->start_x) > 6 && fabs(y - in->start_y) > 6) {
    Axes a = in->from, f = in->from;
    Panel *p = v->panel[in->held];
    const Rect box = {fmin(x, in->start_x), fmin(y, in->start_y), fabs(x - in->start_x),
                      fabs(y - in->start_y)};
    const bool brushed = p->kind && p->kind->brush && p->kind->brush(p, &f, box);
    a.x0 = axes_x(&f, fmin(x, in->start_x)), a.x1 = axes_x(&f, fmax(x, in->start_x));
    a.y0 = axes_y(&f, fmax(y, in->start_y)), a.y1 = axes_y(&f, fmin(y, in->start_y));
    if (!brushed) look(v, p, &a);
  }
  const bool clicked =
      in->panning && !in->moved && in->held < v->panel_count && click(v->panel[in->held], v->scale, x, y);
  in->overlay.box = in->panning = in->scrubbing = false;
  in->held = -1;
  if (boxed) scene_touch_all(v);
  return boxed || clicked;
}

static bool turn(Viz *v, int pages) {
  const int page = (int)fmin(fmax(v->page + pages, 0), v->pages - 1);
  if (v->full >= 0 || page == v->page) return false;
  v->page = page;
  v->rearranged = true;
  scene_touch_all(v);
  return true;
}

/* Over no panel. */
static bool turn_by_wheel(Viz *v, Input *in, double notches) {
  if (isfinite(notches)) in->turned -= fmin(fmax(notches, -1), 1);
  if (fabs(in->turned) < 1) return false;
  const int pages = in->turned < 0 ? -1 : 1;
  in->turned = 0;
  return turn(v, pages);
}

bool input_wheel(Viz *v, Input *in, double notches) {
  int i = panel_at(v, in, in->overlay.px, in->overlay.py);
  Axes a;
  if (i < 0) return turn_by_wheel(v, in, notches);
  Panel *p = v->panel[i];
  if (p->kind && p->kind->scrolls) {
    p->scroll = fmax(0, p->scroll - 3 * notches);
    scene_touch(v, p);
    return true;
  }
  if (!panel_axes(p, v->scale, &a)) return false;
  /* over the axis labels: that axis alone */
  bool on_x = in->overlay.py > a.plot.y + a.plot.h, on_y = in->overlay.px < a.plot.x;
  bool both = a.square || (!on_x && !on_y);
  axes_zoom(&a, in->overlay.px, in->overlay.py, pow(0.8, notches), both || on_x, both || on_y);
  look(v, p, &a);
  return true;
}

static bool panel_key(Viz *v, Panel *p, int key) {
  if (!p->kind) return false;
  if (key == 'l' && p->kind->log_key) {
    p->log_y = !p->log_y;
    fit(v, p);
    return true;
  }
  if (!scene_key(p, key)) return false;
  scene_touch(v, p);
  return true;
}

void input_dots(Viz *v, double dots) {
  static const double LEAST = 1.25, MOST = 4; /* less is rounding */
  const double used = dots >= LEAST ? fmin(dots, MOST) : 1;
  v->scale *= used / v->dots;
  v->dots = used;
  v->rearranged = true;
  scene_touch_all(v);
}

/* --- the window's own keys: each gives whether the picture changes ------------------------------------------- */

static bool key_pause(Viz *v, Input *in) {
  (void)in;
  viz_pause(v, !viz_paused(v));
  return true;
}
static bool key_step(Viz *v, Input *in) {
  (void)in;
  viz_step(v);
  return true;
}
static bool key_full(Viz *v, Input *in) {
  (void)in;
  v->full = v->full >= 0 ? -1 : v->focus;
  return true;
}
static bool key_focus(Viz *v, Input *in) {
  (void)in;
  for (int i = 1; i <= v->panel_count; i++) {
    const int next = (v->focus + i) % v->panel_count;
    if (!v->panel[next]->kind || (!v->panel[next]->kind->control && !layout_shows(v, v->panel[next])))
      continue;
    v->focus = next;
    v->follows = v->rearranged = true; /* to its page */
    break;
  }
  if (v->full >= 0) v->full = v->focus;
  return true;
}
static bool key_dark(Viz *v, Input *in) {
  (void)in;
  v->dark = !v->dark;
  return true;
}
static const double LARGER = 1.15; /* letters and lines, with every press */
static bool key_larger(Viz *v, Input *in) {
  (void)in;
  v->scale = fmin(v->scale * LARGER, 4 * v->dots);
  return true;
}
static bool key_smaller(Viz *v, Input *in) {
  (void)in;
  v->scale = fmax(v->scale / LARGER, v->dots); /* text stays at least 12 points high */
  return true;
}
static bool key_sheet(Viz *v, Input *in) {
  (void)v;
  in->overlay.keys = !in->overlay.keys;
  return true;
}
static bool key_page_up(Viz *v, Input *in) { return (void)in, turn(v, -1); }
static bool key_page_down(Viz *v, Input *in) { return (void)in, turn(v, 1); }
static bool key_filter(Viz *v, Input *in) {
  in->overlay.filtering = true;
  v->full = -1;
  return true;
}
static bool key_earlier(Viz *v, Input *in) {
  (void)in;
  scene_look(v, history_next(v, v->at, -1));
  return true;
}
static bool key_later(Viz *v, Input *in) {
  (void)in;
  scene_look(v, isnan(v->at) ? NAN : history_next(v, v->at, 1));
  return true;
}
static bool key_back(Viz *v, Input *in) {
  in->overlay.keys = false;
  if (*v->filter) v->rearranged = true;
  *v->filter = 0;
  scene_look(v, NAN);
  scene_mark(v, NAN);
  v->full = -1;
  return true;
}
/* The first button. */
static bool key_button(Viz *v, Input *in) {
  (void)in;
  for (int i = 0; i < v->panel_count; i++)
    if (panel_key(v, v->panel[i], KEY_ENTER)) return true;
  return false;
}
static bool save_as(Input *in, const char *ending) {
  in->save = ending;
  return false;
}
static bool key_save_png(Viz *v, Input *in) { return (void)v, save_as(in, ".png"); }
static bool key_save_svg(Viz *v, Input *in) { return (void)v, save_as(in, ".svg"); }
static bool key_save_csv(Viz *v, Input *in) { return (void)v, save_as(in, ".csv"); }
static bool key_close(Viz *v, Input *in) {
  (void)v;
  in->close = true;
  return false;
}

static const struct {
  int key;
  bool (*press)(Viz *v, Input *in);
} keys[] = {
#define KEY(function, key, name, does) {key, key_##function},
#define HAND(name, does)
#define PANELS
#include "keys.def"
};

/* --- the filter by name --------------------------------------------------------------------------------------- */

static void refilter(Viz *v) {
  v->page = 0;
  v->rearranged = true;
  scene_touch_all(v);
}

bool input_text(Viz *v, Input *in, const char *text) {
  if (!in->overlay.filtering) return false;
  const size_t n = strlen(v->filter), more = strlen(text);
  if (n + more >= sizeof v->filter) return true;
  memcpy(v->filter + n, text, more + 1);
  refilter(v);
  return true;
}

/* Keys that end the writing, or take a letter back; the others are as ever. */
static bool filter_key(Viz *v, Input *in, int key) {
  size_t n = strlen(v->filter);
  if (key == KEY_BACK && n) {
    do n--;
    while (n && (v->filter[n] & 0xC0) == 0x80); /* a whole character */
    v->filter[n] = 0;
  } else if (key == 27) {
    *v->filter = 0;
  }
  if (key == 27 || key == KEY_ENTER) in->overlay.filtering = false;
  else if (key != KEY_BACK) return false;
  refilter(v);
  return true;
}

bool input_key(Viz *v, Input *in, int key) {
  if (in->overlay.filtering && filter_key(v, in, key)) return true;
  if (v->focus < v->panel_count && panel_key(v, v->panel[v->focus], key)) return true;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (keys[i].key != key) continue;
    if (!keys[i].press(v, in)) return false;
    scene_touch_all(v);
    return true;
  }
  return false;
}
