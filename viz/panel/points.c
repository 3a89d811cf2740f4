/* points.c: see points.h. */
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void points_copy(Content *owner, Points *to, const VizPoints *from) {
  const size_t n = (size_t)from->n,
               each = (size_t)from->thumb_h * (size_t)from->thumb_w * (size_t)from->thumb_c;
  *to = (Points){.n = from->n,
                 .classes = from->classes,
                 .thumb_h = from->thumb_h,
                 .thumb_w = from->thumb_w,
                 .thumb_c = from->thumb_c};
  to->xy = content_copy(owner, from->xy, 2 * n * sizeof *from->xy);
  to->id = content_copy(owner, from->id, n * sizeof *from->id);
  to->label = content_texts(owner, from->label, from->n);
  to->names = content_texts(owner, from->names, from->classes);
  to->thumb = content_copy(owner, from->thumb, n * each);
}

void points_extent(const Points *p, Axes *a) {
  double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
  for (int i = 0; i < p->n; i++)
    for (int k = 0; k < 2; k++) {
      double t = (double)p->xy[2 * i + k];
      if (!isfinite(t)) continue;
      lo[k] = fmin(lo[k], t);
      hi[k] = fmax(hi[k], t);
    }
  for (int k = 0; k < 2; k++) {
    if (lo[k] > hi[k]) lo[k] = 0, hi[k] = 1;
    double margin = hi[k] > lo[k] ? 0.05 * (hi[k] - lo[k]) : 0.5;
    lo[k] -= margin;
    hi[k] += margin;
  }
  a->x0 = lo[0], a->x1 = hi[0], a->y0 = lo[1], a->y1 = hi[1];
}

static int name_lines(const Points *p, Rect card, double scale) {
  return legend_lines(p->names, p->classes, legend_area(card, 1, scale).w, card, scale);
}

void points_margins(const Points *p, Rect card, double scale, Margins *m) {
  if (p->names) m->top = sizes.legend * scale * name_lines(p, card, scale);
}

/* Colour and shape tell classes apart, for eyes that see few colours. */
enum { SHAPES = 4 };
static void marker(Draw *d, int id, double x, double y, double size) {
  cairo_t *cr = d->cr;
  switch (id % SHAPES) {
  case 1: cairo_rectangle(cr, x - 0.88 * size, y - 0.88 * size, 1.76 * size, 1.76 * size); break;
  case 2:
    cairo_move_to(cr, x, y - 1.2 * size);
    cairo_line_to(cr, x + 1.1 * size, y + 0.8 * size);
    cairo_line_to(cr, x - 1.1 * size, y + 0.8 * size);
    cairo_close_path(cr);
    break;
  case 3:
    cairo_move_to(cr, x, y - 1.3 * size);
    cairo_line_to(cr, x + 1.3 * size, y);
    cairo_line_to(cr, x, y + 1.3 * size);
    cairo_line_to(cr, x - 1.3 * size, y);
    cairo_close_path(cr);
    break;
  default: cairo_new_sub_path(cr); cairo_arc(cr, x, y, size, 0, 2 * M_PI);
  }
}

/* The picture of a point, beside the pointer and within r. */
static void draw_thumb(Draw *d, const Points *p, int k, Rect r) {
  double h = fmin(sizes.thumb.high * d->s, r.h / 2), w = h * p->thumb_w / p->thumb_h;
  double x = d->px + sizes.thumb.beside * d->s, y = d->py - h - sizes.thumb.above * d->s;
  if (x + w > r.x + r.w) x = d->px - w - sizes.thumb.beside * d->s;
  if (y < r.y) y = d->py + sizes.thumb.below * d->s;
  uint32_t *argb = malloc((size_t)p->thumb_h * (size_t)p->thumb_w * sizeof *argb);
  if (!argb) return;
  const unsigned char *u =
      p->thumb + (size_t)k * (size_t)p->thumb_h * (size_t)p->thumb_w * (size_t)p->thumb_c;
  for (size_t i = 0; i < (size_t)p->thumb_h * (size_t)p->thumb_w; i++, u += p->thumb_c)
    argb[i] = argb_opaque(u[0], u[p->thumb_c / 2], u[p->thumb_c - 1]);
  draw_color(d, d->t->card, 1);
  draw_rounded(d, rect_inset((Rect){x, y, w, h}, -sizes.thumb.pad * d->s), sizes.thumb.radius * d->s);
  cairo_fill(d->cr);
  draw_pixels(d, argb, p->thumb_w, p->thumb_h, (Rect){x, y, w, h}, false);
  free(argb);
}

enum { MOST_LABELS = 150, SIDES = 8 };

/* The places of a label of w x h around a point whose marker is within m of it, the preferred first: right, left,
 * above, below, and the corners (Imhof 1975, doi:10.1559/152304075784313304). */
static Rect label_place(int side, double x, double y, double w, double h, double m) {
  static const signed char dx[SIDES] = {1, -1, 0, 0, 1, 1, -1, -1}, dy[SIDES] = {0, 0, -1, 1, -1, 1, -1, 1};
  return (Rect){x - w / 2 + dx[side] * (w / 2 + m), y - h / 2 + dy[side] * (h / 2 + m), w, h};
}

/* Beside its point where no marker and no earlier label is; one that finds no such place is left to the pointer. */
static void draw_labels(Draw *d, const Axes *a, const Points *p, double size) {
  Rect taken[2 * MOST_LABELS];
  double h = sizes.point.label * d->s, m = size + sizes.point.gap * d->s;
  int n = 0;
  for (int i = 0; i < p->n; i++) {
    double x = axes_px(a, (double)p->xy[2 * i]), y = axes_py(a, (double)p->xy[2 * i + 1]);
    if (isfinite(x) && isfinite(y)) taken[n++] = (Rect){x - size, y - size, 2 * size, 2 * size};
  }
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->text, 0.9);
  for (int i = 0; i < p->n; i++) {
    double x = axes_px(a, (double)p->xy[2 * i]), y = axes_py(a, (double)p->xy[2 * i + 1]);
    if (!isfinite(x) || !rect_has(a->plot, x, y) || !p->label[i][0]) continue;
    double w = draw_text_width(d, p->label[i]);
    for (int side = 0; side < SIDES; side++) {
      Rect r = label_place(side, x, y, w, h, m);
      if (!rect_has(a->plot, r.x, r.y) || !rect_has(a->plot, r.x + w, r.y + h) || rect_meets_any(r, taken, n))
        continue;
      taken[n++] = r;
      draw_text(d, r.x, r.y + sizes.point.base * d->s, p->label[i]);
      break;
    }
  }
}

/* --- many points ------------------------------------------------------------------------------------------ */

enum { OUTLINED = 5000, PATHS_MOST = 300, THINNED = 20000, STAMPS = CLASS_COLORS * SHAPES };

/* Classes of one stamp look alike. */
static int stamp_of(int id) { return theme_class_first(id) * SHAPES + id % SHAPES; }

static void draw_marker(Draw *d, int id, double x, double y, double size, bool outline) {
  marker(d, id, x, y, size);
  draw_color(d, theme_class(id), 0.92);
  if (!outline) {
    cairo_fill(d->cr);
    return;
  }
  cairo_fill_preserve(d->cr);
  draw_color(d, (Rgb){1, 1, 1}, 0.85);
  cairo_set_line_width(d->cr, sizes.stroke.outline * d->s);
  cairo_stroke(d->cr);
}

typedef struct Brush { /* how the points of a panel are drawn */
  Draw *d;
  Rect plot;
  double size;
  bool outline;
  int side;           /* of the stamps, pixels; 0: each point is a path of its own */
  int x0, x1, y0, y1; /* of the pixels that may be written                         */
  cairo_surface_t *stamp[STAMPS];
  unsigned char *seen; /* of each pixel of the plot: 1 + the stamp whose point lies there; or NULL */
  int w, h;
} Brush;

/* The marker of a class as pixels, its middle in the middle one. */
static cairo_surface_t *make_stamp(Brush *b, int id) {
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, b->side, b->side);
  Draw on = *b->d;
  on.cr = cairo_create(s);
  draw_marker(&on, id, b->side / 2.0, b->side / 2.0, b->size, b->outline);
  cairo_destroy(on.cr);
  cairo_surface_flush(s);
  return s;
}

static inline uint32_t over(uint32_t old, uint32_t new) { /* premultiplied */
  const uint32_t keep = 256 - (new >> 24) - (new >> 31);
  return new + ((((old & 0xff00ff) * keep) >> 8 & 0xff00ff) | ((old >> 8 & 0xff00ff) * keep & 0xff00ff00));
}

static uint32_t *pixels_of(cairo_surface_t *s, int y) {
  return (uint32_t *)(void *)(cairo_image_surface_get_data(s) +
                              (size_t)y * (size_t)cairo_image_surface_get_stride(s));
}

/* Within the plot; the middle of the stamp on the pixel of x, y. */
static void put_stamp(Brush *b, cairo_surface_t *stamp, double x, double y) {
  const int left = (int)floor(x) - b->side / 2, top = (int)floor(y) - b->side / 2;
  const int from = left < b->x0 ? b->x0 - left : 0, to = left + b->side > b->x1 ? b->x1 - left : b->side;
  for (int row = 0; row < b->side; row++) {
    if (top + row < b->y0 || top + row >= b->y1) continue;
    uint32_t *at = pixels_of(b->d->pixels, top + row) + left;
    const uint32_t *ink = pixels_of(stamp, row);
    for (int k = from; k < to; k++) at[k] = over(at[k], ink[k]);
  }
}

static void brush_begin(Brush *b, Draw *d, const Axes *a, int n, double size) {
  *b = (Brush){.d = d, .plot = a->plot, .size = size, .outline = n <= OUTLINED};
  b->w = (int)ceil(a->plot.w), b->h = (int)ceil(a->plot.h);
  if (n > THINNED) b->seen = calloc((size_t)b->w * (size_t)b->h, 1);
  if (!d->pixels || n <= PATHS_MOST) return;
  b->side = 2 * (int)ceil(1.3 * size + d->s) + 1;
  b->x0 = (int)fmax(a->plot.x, 0), b->y0 = (int)fmax(a->plot.y, 0);
  b->x1 = (int)fmin(a->plot.x + a->plot.w, cairo_image_surface_get_width(d->pixels));
  b->y1 = (int)fmin(a->plot.y + a->plot.h, cairo_image_surface_get_height(d->pixels));
  cairo_surface_flush(d->pixels);
}
static void brush_end(Brush *b) {
  for (int i = 0; i < STAMPS; i++)
    if (b->stamp[i]) cairo_surface_destroy(b->stamp[i]);
  if (b->side) cairo_surface_mark_dirty(b->d->pixels);
  free(b->seen);
}

/* Does a point that looks the same lie there already?  The last one is on top, which is the same to look at. */
static bool brush_seen(Brush *b, int id, double x, double y) {
  if (!b->seen) return false;
  unsigned char *at = b->seen + (size_t)(y - b->plot.y) * (size_t)b->w + (size_t)(x - b->plot.x);
  const unsigned char mark = (unsigned char)(1 + stamp_of(id));
  if (*at == mark) return true;
  *at = mark;
  return false;
}

static void brush_put(Brush *b, int id, double x, double y) {
  if (!b->side) {
    draw_marker(b->d, id, x, y, b->size, b->outline);
    return;
  }
  const int k = stamp_of(id);
  if (!b->stamp[k]) b->stamp[k] = make_stamp(b, id);
  put_stamp(b, b->stamp[k], x, y);
}

/* The point nearest to the pointer, of those that are near; -1: none. */
static int point_at(const Draw *d, const Axes *a, const Points *p) {
  double nearest = sizes.point.reach * d->s * sizes.point.reach * d->s;
  int hit = -1;
  for (int i = 0; d->pointer && i < p->n; i++) {
    const double x = axes_px(a, (double)p->xy[2 * i]) - d->px,
                 y = axes_py(a, (double)p->xy[2 * i + 1]) - d->py;
    if (x * x + y * y < nearest) nearest = x * x + y * y, hit = i;
  }
  return hit;
}

void draw_points(Draw *d, const Axes *a, const Points *p, Rect r) {
  const double size = (p->n > OUTLINED ? sizes.dot.of_most
                       : p->n > 800    ? sizes.dot.of_many
                                       : sizes.dot.of_few) *
                      d->s;
  Brush b;
  const double wide = a->plot.w / (a->x1 - a->x0), tall = a->plot.h / (a->y1 - a->y0),
               low = a->plot.y + a->plot.h;
  brush_begin(&b, d, a, p->n, size);
  for (int i = 0; i < p->n; i++) {
    const double x = a->plot.x + ((double)p->xy[2 * i] - a->x0) * wide;
    const double y = low - ((double)p->xy[2 * i + 1] - a->y0) * tall;
    const int id = p->id && p->id[i] > 0 ? p->id[i] : 0;
    if (!isfinite(x) || !isfinite(y) || !rect_has(a->plot, x, y)) continue;
    if (!brush_seen(&b, id, x, y)) brush_put(&b, id, x, y);
  }
  brush_end(&b);
  if (p->label && p->n <= MOST_LABELS) draw_labels(d, a, p, size);
  const int hit = point_at(d, a, p);
  if (hit < 0) return;
  char text[200];
  const char *line = text;
  int id = p->id ? p->id[hit] : -1;
  snprintf(text, sizeof text, "%.80s %.60s (%.4g, %.4g)", p->label ? p->label[hit] : "",
           p->names && id >= 0 && id < p->classes ? p->names[id] : "", (double)p->xy[2 * hit],
           (double)p->xy[2 * hit + 1]);
  draw_tip(d, r, &line, NULL, 1);
  if (p->thumb) draw_thumb(d, p, hit, rect_inset(r, sizes.tip.free * d->s));
}

void draw_class_names(Draw *d, const Points *p, Rect card) {
  if (!p->names) return;
  draw_legend(d, legend_area(card, name_lines(p, card, d->s), d->s), p->names, p->classes, NULL, NULL);
}

void points_terminal(const Points *p, const Axes *all, Text *t, const Terminal *how) {
  Axes a = *all;
  Dots dots;
  a.plot = (Rect){0, 0, fmin(2.0 * how->columns, 8.0 * how->rows), 4.0 * how->rows};
  if (!dots_new(&dots, (int)a.plot.w / 2, how->rows)) return;
  for (int i = 0; i < p->n; i++)
    dots_set(&dots, axes_px(&a, (double)p->xy[2 * i]), axes_py(&a, (double)p->xy[2 * i + 1]),
             p->id && p->id[i] > 0 ? p->id[i] : 0);
  dots_end(t, how, &dots);
}
