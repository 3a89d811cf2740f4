/* draw.c: the scene's frame: cards, titles, hints and the key sheet. */
#include "draw.h"

#include "panel.h"

#include <math.h>

static void draw_panel(Draw *d, Panel *p, Rect r) {
  Axes a;
  draw_rounded(d, rect_inset(r, 0.5), 6 * d->s);
  draw_color(d, d->t->card, 1);
  cairo_fill_preserve(d->cr);
  draw_color(d, d->t->frame, 1);
  cairo_set_line_width(d->cr, 1);
  cairo_stroke(d->cr);
  if (p->kind == KIND_SLIDER || p->kind == KIND_BUTTON) {
    draw_control(d, p, r);
    return;
  }
  draw_font(d, 13, true);
  draw_color(d, d->t->text, 1);
  draw_text_fit(d, r.x + 12 * d->s, r.y + 20 * d->s, r.w - 24 * d->s, p->name);
  Rect body = {r.x + 10 * d->s, r.y + 30 * d->s, r.w - 20 * d->s, r.h - 38 * d->s};
  if (body.w < 20 || body.h < 20) return;
  switch (p->kind) {
  case KIND_TEXT: draw_text_panel(d, p, body); return;
  case KIND_BARS: draw_bars(d, p, body); return;
  case KIND_HIST: draw_hist(d, p, body); return;
  case KIND_GRAPH: draw_graph(d, p, body); return;
  default: break;
  }
  if (!panel_axes(p, r, d->s, &a)) return;
  switch (p->kind) {
  case KIND_CURVE: draw_curves(d, p, r, &a); break;
  case KIND_IMAGE: draw_image(d, p, r, &a); break;
  case KIND_SCATTER: draw_scatter(d, p, r, &a); break;
  case KIND_BOUNDARY: draw_boundary(d, p, r, &a); break;
  case KIND_CONTOUR: draw_contour(d, p, r, &a); break;
  case KIND_HEATMAP: draw_heatmap(d, p, r, &a); break;
  case KIND_SPECTROGRAM: draw_spectrogram(d, p, r, &a); break;
  case KIND_ROLL: draw_roll(d, p, r, &a); break;
  default: break;
  }
}

static void draw_header(Draw *d, const Viz *v, double w, const Overlay *o) {
  cairo_rectangle(d->cr, 0, 0, w, 34 * d->s);
  draw_color(d, d->t->back, 1);
  cairo_fill(d->cr);
  draw_font(d, 14, true);
  draw_color(d, d->t->text, 1);
  const double hint = o && (o->paused || o->toast) ? 212 : o ? 64 : 0; /* room for what stands on the right */
  draw_text_fit(d, 14 * d->s, 22 * d->s, w - (28 + hint) * d->s, v->title);
  draw_font(d, 12, false);
  if (o && o->paused) {
    draw_color(d, d->t->alarm, 1);
    draw_text_right(d, w - 14 * d->s, 22 * d->s, "paused: space goes on, . steps");
  } else if (o) {
    draw_color(d, d->t->dim, 1);
    draw_text_right(d, w - 14 * d->s, 22 * d->s, o->toast ? o->toast : "? keys");
  }
}

static void draw_keys(Draw *d, double w, double h) {
  static const char *const keys[][2] = {{"space", "pause and go on"},
                                        {".", "one step"},
                                        {"wheel", "zoom at the cursor"},
                                        {"drag", "pan"},
                                        {"shift drag", "zoom into a box"},
                                        {"double click", "fit"},
                                        {"l", "log axis"},
                                        {"s", "smoothing"},
                                        {"x", "step or time"},
                                        {"f", "one panel, full size"},
                                        {"tab", "next panel"},
                                        {"d", "dark or light"},
                                        {"+ -", "scale"},
                                        {"p v c", "save PNG, SVG, CSV"},
                                        {"q", "close the window"}};
  int n = (int)(sizeof keys / sizeof *keys);
  double row = 22 * d->s;
  Rect r = {w / 2 - 180 * d->s, h / 2 - (n + 1) * row / 2, 360 * d->s, (n + 1) * row};
  draw_rounded(d, r, 8 * d->s);
  draw_color(d, d->t->card, 0.97);
  cairo_fill_preserve(d->cr);
  draw_color(d, d->t->frame, 1);
  cairo_stroke(d->cr);
  for (int i = 0; i < n; i++) {
    double y = r.y + row * (i + 1) + 4 * d->s;
    draw_font(d, 13, true);
    draw_color(d, d->t->accent, 1);
    draw_text_right(d, r.x + 130 * d->s, y, keys[i][0]);
    draw_font(d, 13, false);
    draw_color(d, d->t->text, 1);
    draw_text(d, r.x + 150 * d->s, y, keys[i][1]);
  }
}

static void draw_background(Draw *d, double w, double h) {
  cairo_rectangle(d->cr, 0, 0, w, h);
  draw_color(d, d->t->back, 1);
  cairo_fill(d->cr);
}

static void draw_focus(Draw *d, Rect r) {
  draw_rounded(d, rect_inset(r, 0.5), 6 * d->s);
  draw_color(d, d->t->accent, 0.8);
  cairo_set_line_width(d->cr, 1.5 * d->s);
  cairo_stroke(d->cr);
}

/* Without a font Cairo draws letters with strokes of its own, a user font to its interface. */
static void say_without_font(Draw *d, Viz *v) {
  static atomic_bool looked;
  if (atomic_exchange(&looked, true)) return;
  draw_font(d, 12, false);
  if (cairo_scaled_font_get_type(cairo_get_scaled_font(d->cr)) == CAIRO_FONT_TYPE_USER)
    scene_notice(v, "no font is installed: letters are plain strokes (install fonts-dejavu-core)");
}

void draw_scene(cairo_t *cr, cairo_surface_t *pixels, Viz *v, double w, double h, const Overlay *o,
                bool changed_only) {
  Draw d = {.cr = cr, .t = theme_get(v->dark), .s = v->scale, .pixels = pixels};
  Rect r[PANELS];
  layout_panels(v, w, h, r);
  if (!changed_only) draw_background(&d, w, h);
  draw_header(&d, v, w, o);
  say_without_font(&d, v);
  for (int i = 0; i < v->panel_count; i++) {
    Panel *p = v->panel[i];
    if (r[i].w < 8 || (changed_only && p->drawn == p->version)) continue;
    d.pointer = o && o->pointer && rect_has(r[i], o->px, o->py);
    d.px = o ? o->px : 0, d.py = o ? o->py : 0;
    draw_clip(&d, r[i]);
    draw_color(&d, d.t->back, 1);
    cairo_paint(cr);
    draw_panel(&d, p, r[i]);
    if (o && i == v->focus && v->panel_count > 1) draw_focus(&d, r[i]);
    cairo_restore(cr);
    if (o) p->drawn = p->version;
  }
  if (v->panel_count == 0) {
    draw_font(&d, 14, false);
    draw_color(&d, d.t->dim, 1);
    draw_text_middle(&d, w / 2, h / 2, "waiting for the first data");
  }
  if (o && o->box) {
    cairo_rectangle(cr, o->box_x, o->box_y, o->px - o->box_x, o->py - o->box_y);
    draw_color(&d, d.t->accent, 0.15);
    cairo_fill_preserve(cr);
    draw_color(&d, d.t->accent, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
  }
  if (o && o->keys) draw_keys(&d, w, h);
}
