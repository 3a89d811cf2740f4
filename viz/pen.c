/* pen.c: text, lines, pixels, axes, legends and tips in the theme's colours: what the panels are drawn with.
 */
#include "pen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void draw_color(Draw *d, Rgb c, double alpha) { cairo_set_source_rgba(d->cr, c.r, c.g, c.b, alpha); }

void draw_font(Draw *d, double size, bool bold) {
  letters_font(d->letters, "DejaVu Sans", size * d->s, bold);
}

double draw_text_width(Draw *d, const char *text) { return letters_width(d->letters, text); }

void draw_text(Draw *d, double x, double y, const char *text) { draw_text_fit(d, x, y, INFINITY, text); }
void draw_text_right(Draw *d, double x, double y, const char *text) {
  draw_text(d, x - draw_text_width(d, text), y, text);
}
void draw_text_middle(Draw *d, double x, double y, const char *text) {
  draw_text(d, x - draw_text_width(d, text) / 2, y, text);
}
void draw_text_fit(Draw *d, double x, double y, double width, const char *text) {
  letters_show(d->letters, x, round(y), text, width, false);
}
void draw_name_fit(Draw *d, double x, double y, double width, const char *text) {
  letters_show(d->letters, x, round(y), text, width, true);
}

static double hair(const Draw *d) { return fmax(floor(d->s), 1); }
void draw_hair(Draw *d) { cairo_set_line_width(d->cr, hair(d)); }

void draw_line(Draw *d, double x0, double y0, double x1, double y1) {
  const double middle = fmod(hair(d), 2) > 0 ? 0.5 : 0; /* whole pixels on either side */
  cairo_move_to(d->cr, floor(x0) + middle, floor(y0) + middle);
  cairo_line_to(d->cr, floor(x1) + middle, floor(y1) + middle);
  cairo_stroke(d->cr);
}

void draw_rounded(Draw *d, Rect r, double radius) {
  cairo_t *cr = d->cr;
  cairo_new_sub_path(cr);
  cairo_arc(cr, r.x + r.w - radius, r.y + radius, radius, -M_PI / 2, 0);
  cairo_arc(cr, r.x + r.w - radius, r.y + r.h - radius, radius, 0, M_PI / 2);
  cairo_arc(cr, r.x + radius, r.y + r.h - radius, radius, M_PI / 2, M_PI);
  cairo_arc(cr, r.x + radius, r.y + radius, radius, M_PI, 1.5 * M_PI);
  cairo_close_path(cr);
}

void draw_clip(Draw *d, Rect r) {
  cairo_save(d->cr);
  cairo_rectangle(d->cr, r.x, r.y, r.w, r.h);
  cairo_clip(d->cr);
}

void draw_y_ticks(Draw *d, const Axes *a, const Ticks *t) {
  const Rect r = a->plot;
  double free = INFINITY; /* above this line */
  for (int i = 0; i < t->n; i++) {
    const double y = r.y + r.h - (t->at[i] - a->y0) / (a->y1 - a->y0) * r.h;
    if (y < r.y - 1 || y > r.y + r.h + 1) continue;
    draw_color(d, d->t->grid, 1);
    draw_line(d, r.x, y, r.x + r.w, y);
    if (y + sizes.tick.below * d->s > free) continue; /* no two upon each other */
    draw_color(d, d->t->dim, 1);
    draw_text_right(d, r.x - sizes.beside * d->s, y + sizes.base.label * d->s, t->label[i]);
    free = y - sizes.tick.above * d->s;
  }
  if (!*t->offset) return;
  draw_color(d, d->t->dim, 1);
  draw_text(d, r.x + sizes.tick.offset * d->s, r.y + sizes.ascent * d->s, t->offset);
}

void draw_x_ticks(Draw *d, const Axes *a, const Ticks *t, double taken) {
  const Rect r = a->plot;
  const double most = r.x + r.w + sizes.tick.beyond * d->s; /* stays in the card */
  double free = r.x - 1e3;
  for (int i = 0; i < t->n; i++) {
    const double x = axes_px(a, t->at[i]), w = draw_text_width(d, t->label[i]);
    draw_color(d, d->t->grid, 1);
    draw_line(d, x, r.y, x, r.y + r.h);
    draw_color(d, d->t->dim, 1);
    const double at = fmin(x - w / 2, most - w);
    if (at < free || at + w > most - taken) continue;
    draw_text(d, at, r.y + r.h + sizes.under * d->s, t->label[i]);
    free = at + w + sizes.tick.gap * d->s;
  }
}

void draw_axes(Draw *d, const Axes *a, const char *xname) {
  const Rect r = a->plot;
  Ticks tx, ty;
  ticks_linear(a->x0, a->x1, (int)(r.w / (sizes.apart_x * d->s)), a->whole_x, &tx);
  if (a->log_y) ticks_log(a->y0, a->y1, (int)(r.h / (sizes.apart_y * d->s)), &ty);
  else ticks_linear(a->y0, a->y1, (int)(r.h / (sizes.apart_y * d->s)), false, &ty);
  draw_hair(d);
  draw_font(d, sizes.label, false);
  char name[80];
  snprintf(name, sizeof name, "%s%s%s", xname ? xname : "", xname && *tx.offset ? " " : "", tx.offset);
  draw_y_ticks(d, a, &ty);
  draw_x_ticks(d, a, &tx, *name ? draw_text_width(d, name) + sizes.tick.name * d->s : 0);
  draw_color(d, d->t->dim, 1);
  if (*name) draw_text_right(d, r.x + r.w, r.y + r.h + sizes.under * d->s, name);
  draw_color(d, d->t->dim, 0.6);
  draw_line(d, r.x, r.y + r.h, r.x + r.w, r.y + r.h);
}

/* Round numbers between the two ends, where they have room. */
static void draw_scale_ticks(Draw *d, Rect bar, Range ends) {
  Ticks t;
  const double line = sizes.apart_line * d->s, x = bar.x + bar.w + sizes.key.text * d->s;
  const double room = (sizes.key.beside_matrix - sizes.key.gap - sizes.key.bar - sizes.key.text) * d->s;
  ticks_linear(ends.lo, ends.hi, (int)(bar.h / (6 * line)), false, &t);
  for (int i = 0; i < t.n && !*t.offset; i++) {
    const double y = bar.y + bar.h * (1 - range_share(ends, t.at[i], 0)) + sizes.base.label * d->s;
    if (y < bar.y + sizes.ascent * d->s + line || y > bar.y + bar.h - line)
      continue; /* an end stands there */
    if (draw_text_width(d, t.label[i]) <= room) draw_text(d, x, y, t.label[i]);
  }
}

void draw_scale(Draw *d, const Axes *a, Rgb (*color)(const void *of, double share), const void *of,
                Range ends, bool even) {
  enum { STEPS = 64 };
  const Rect bar = {a->plot.x + a->plot.w + sizes.key.gap * d->s, a->plot.y, sizes.key.bar * d->s, a->plot.h};
  for (int i = 0; i < STEPS; i++) {
    draw_color(d, color(of, (double)i / (STEPS - 1)), 1);
    cairo_rectangle(d->cr, bar.x, bar.y + bar.h * (STEPS - 1 - i) / STEPS, bar.w, bar.h / STEPS + 1);
    cairo_fill(d->cr);
  }
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->dim, 1);
  char text[24];
  scale_text(ends.hi, ends.lo, text);
  draw_text(d, bar.x + bar.w + sizes.key.text * d->s, bar.y + sizes.ascent * d->s, text);
  if (bar.h <= sizes.key.two_ends * d->s) return;
  scale_text(ends.lo, ends.hi, text);
  draw_text(d, bar.x + bar.w + sizes.key.text * d->s, bar.y + bar.h, text);
  if (even) draw_scale_ticks(d, bar, ends);
}

void draw_pixels(Draw *d, const uint32_t *argb, int w, int h, Rect to, bool smooth) {
  if (!isfinite(to.x + to.y + to.w + to.h) || !(to.w / w * (to.h / h) > 1e-9))
    return; /* nothing to be seen */
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
  if (cairo_surface_status(s) == CAIRO_STATUS_SUCCESS) {
    int stride = cairo_image_surface_get_stride(s);
    unsigned char *data = cairo_image_surface_get_data(s);
    for (int y = 0; y < h; y++)
      memcpy(data + (size_t)y * (size_t)stride, argb + (size_t)y * (size_t)w, (size_t)w * 4);
    cairo_surface_mark_dirty(s);
    cairo_save(d->cr);
    cairo_rectangle(d->cr, to.x, to.y, to.w, to.h);
    cairo_clip(d->cr);
    cairo_translate(d->cr, to.x, to.y);
    cairo_scale(d->cr, to.w / w, to.h / h);
    cairo_set_source_surface(d->cr, s, 0, 0);
    bool smaller = to.w < w || to.h < h;
    cairo_pattern_set_filter(cairo_get_source(d->cr), smooth    ? CAIRO_FILTER_BILINEAR
                                                      : smaller ? CAIRO_FILTER_GOOD
                                                                : CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(d->cr), CAIRO_EXTEND_PAD);
    cairo_paint(d->cr);
    cairo_restore(d->cr);
  }
  cairo_surface_destroy(s);
}

static double legend_width(const char *name, double scale) {
  int letters = 0;
  for (const char *c = name; *c; c++) letters += (*c & 0xC0) != 0x80;
  return (sizes.names.taken + 1.12 * sizes.letter * letters) * scale; /* wide letters, too */
}

bool card_small(Rect card, double scale) {
  return card.h < sizes.small_h * scale || card.w < sizes.small_w * scale;
}

int legend_kept(const Flow *f, Rect card, double scale) {
  if (card_small(card, scale)) return 0;
  const int most = (int)(card.h / 3 / (sizes.legend * scale));
  return f->line + 1 < most ? f->line + 1 : most < 1 ? 1 : most;
}

int legend_lines(char *const *names, int n, double width, Rect card, double scale) {
  Flow f = {.width = width};
  for (int i = 0; i < n; i++) flow_place(&f, fmin(legend_width(names[i], scale), width));
  return legend_kept(&f, card, scale);
}

Rect legend_area(Rect card, int lines, double scale) {
  return (Rect){card.x + sizes.left * scale, card.y + sizes.head * scale,
                card.w - (sizes.left + sizes.right) * scale, sizes.legend * scale * lines};
}

void draw_legend(Draw *d, Rect area, char *const *names, int n, LegendColor *color, const void *of) {
  const int last = (int)(area.h / (sizes.legend * d->s) + 0.1) - 1;
  if (last < 0) return;
  Flow f = {.width = area.w};
  draw_font(d, sizes.label, false);
  for (int i = 0; i < n; i++) {
    const double w = fmin(legend_width(names[i], d->s), area.w), before = f.x;
    const double x = area.x + flow_place(&f, w),
                 y = area.y + sizes.legend * d->s * (f.line + 1) - sizes.under_entry * d->s;
    if (f.line > last) {
      draw_color(d, d->t->dim, 1);
      draw_text(d, fmin(area.x + before, area.x + area.w - sizes.names.more * d->s), y - sizes.legend * d->s,
                "…");
      return;
    }
    draw_color(d, color ? color(of, d->t, i) : theme_class(i), 1);
    cairo_rectangle(d->cr, x, y - sizes.mark_above * d->s, sizes.mark * d->s, sizes.mark * d->s);
    cairo_fill(d->cr);
    draw_color(d, d->t->text, 1);
    draw_name_fit(d, x + sizes.after_mark * d->s, y, w - (sizes.after_mark + sizes.names.end) * d->s,
                  names[i]);
  }
}

void draw_tip(Draw *d, Rect card, const char *const *line, const Rgb *color, int n) {
  const Rect inside = rect_inset(card, sizes.tip.free * d->s);
  double w = 0, row = sizes.tip.row * d->s, pad = sizes.tip.pad * d->s;
  draw_font(d, sizes.label, false);
  for (int i = 0; i < n; i++)
    w = fmax(w, draw_text_width(d, line[i]) + (color ? sizes.after_mark * d->s : 0));
  Rect r = {d->px + sizes.tip.off * d->s, d->py + sizes.tip.off * d->s, w + 2 * pad, row * n + pad};
  if (r.x + r.w > inside.x + inside.w) r.x = d->px - sizes.tip.off * d->s - r.w;
  if (r.y + r.h > inside.y + inside.h) r.y = inside.y + inside.h - r.h;
  if (r.x < inside.x) r.x = inside.x;
  if (r.y < inside.y) r.y = inside.y;
  draw_rounded(d, r, sizes.tip.radius * d->s);
  draw_color(d, d->t->card, 0.94);
  cairo_fill_preserve(d->cr);
  draw_color(d, d->t->frame, 1);
  draw_hair(d);
  cairo_stroke(d->cr);
  for (int i = 0; i < n; i++) {
    double y = r.y + row * (i + 1) - sizes.tip.base * d->s, x = r.x + pad;
    if (color && i > 0) {
      draw_color(d, color[i], 1);
      cairo_rectangle(d->cr, x, y - sizes.mark_above * d->s, sizes.tip.mark * d->s, sizes.tip.mark * d->s);
      cairo_fill(d->cr);
      x += sizes.after_mark * d->s;
    }
    draw_color(d, d->t->text, 1);
    draw_text(d, x, y, line[i]);
  }
}
