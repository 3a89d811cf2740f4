/* canvas.c: drawing for scripts, through Cairo.  Opaque: alpha mixes with what lies below. */
#include "canvas.h"

#include "letters.h"
#include "scene.h"

#include <cairo.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 }; /* saves within each other */

struct Canvas {
  cairo_surface_t *surface;
  cairo_t *cr;
  Letters *letters;
  double font_size;
  int h, w, depth;
  const char *trouble;
};

/* --- the table's calls --------------------------------------------------------------------------------- */

static void op_move(Canvas *c, const double *x) { cairo_move_to(c->cr, x[0], x[1]); }
static void op_line(Canvas *c, const double *x) { cairo_line_to(c->cr, x[0], x[1]); }
static void op_curve(Canvas *c, const double *x) {
  cairo_curve_to(c->cr, x[0], x[1], x[2], x[3], x[4], x[5]);
}
static void op_arc(Canvas *c, const double *x) {
  if (x[4] >= x[3]) cairo_arc(c->cr, x[0], x[1], fabs(x[2]), x[3], x[4]);
  else cairo_arc_negative(c->cr, x[0], x[1], fabs(x[2]), x[3], x[4]);
}
static void op_ellipse(Canvas *c, const double *x) {
  if (x[2] == 0 || x[3] == 0) return; /* a scale of 0 would spoil the matrix for good */
  cairo_matrix_t m;
  cairo_get_matrix(c->cr, &m);
  cairo_translate(c->cr, x[0], x[1]);
  cairo_rotate(c->cr, x[4]);
  cairo_scale(c->cr, fabs(x[2]), fabs(x[3]));
  cairo_new_sub_path(c->cr);
  cairo_arc(c->cr, 0, 0, 1, 0, 2 * M_PI);
  cairo_close_path(c->cr);
  cairo_set_matrix(c->cr, &m);
}
static void op_circle(Canvas *c, const double *x) { op_ellipse(c, (double[]){x[0], x[1], x[2], x[2], 0}); }
static void op_rect(Canvas *c, const double *x) { cairo_rectangle(c->cr, x[0], x[1], x[2], x[3]); }
static void op_rounded(Canvas *c, const double *x) {
  double r = fmin(fabs(x[4]), fmin(fabs(x[2]), fabs(x[3])) / 2), right = x[0] + x[2], bottom = x[1] + x[3];
  cairo_new_sub_path(c->cr);
  cairo_arc(c->cr, right - r, x[1] + r, r, -M_PI / 2, 0);
  cairo_arc(c->cr, right - r, bottom - r, r, 0, M_PI / 2);
  cairo_arc(c->cr, x[0] + r, bottom - r, r, M_PI / 2, M_PI);
  cairo_arc(c->cr, x[0] + r, x[1] + r, r, M_PI, 1.5 * M_PI);
  cairo_close_path(c->cr);
}
static void op_close(Canvas *c, const double *x) { (void)x, cairo_close_path(c->cr); }
static void op_fill(Canvas *c, const double *x) {
  if (x[0] != 0) cairo_fill_preserve(c->cr);
  else cairo_fill(c->cr);
}
static void op_stroke(Canvas *c, const double *x) {
  if (x[0] > 0) cairo_set_line_width(c->cr, x[0]);
  if (x[1] != 0) cairo_stroke_preserve(c->cr);
  else cairo_stroke(c->cr);
}
static void op_clip(Canvas *c, const double *x) { (void)x, cairo_clip(c->cr); }
static void op_color(Canvas *c, const double *x) { cairo_set_source_rgba(c->cr, x[0], x[1], x[2], x[3]); }
static void op_width(Canvas *c, const double *x) { cairo_set_line_width(c->cr, fabs(x[0])); }
static void op_round(Canvas *c, const double *x) {
  cairo_set_line_cap(c->cr, x[0] != 0 ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  cairo_set_line_join(c->cr, x[0] != 0 ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_MITER);
}
static void op_dash(Canvas *c, const double *x) {
  if (x[0] > 0) cairo_set_dash(c->cr, (double[]){x[0], x[1] > 0 ? x[1] : x[0]}, 2, 0);
  else cairo_set_dash(c->cr, NULL, 0, 0);
}
static void op_smooth(Canvas *c, const double *x) {
  cairo_set_antialias(c->cr, x[0] != 0 ? CAIRO_ANTIALIAS_DEFAULT : CAIRO_ANTIALIAS_NONE);
}
static void op_clear(Canvas *c, const double *x) {
  cairo_save(c->cr);
  cairo_set_source_rgb(c->cr, x[0], x[1], x[2]);
  cairo_paint(c->cr);
  cairo_restore(c->cr);
}
static void op_save(Canvas *c, const double *x) {
  (void)x;
  if (c->depth == DEEPEST) {
    c->trouble = "save: too many within each other; a restore is missing";
    return;
  }
  c->depth++;
  cairo_save(c->cr);
}
static void op_restore(Canvas *c, const double *x) {
  (void)x;
  if (c->depth == 0) {
    c->trouble = "restore: nothing was saved";
    return;
  }
  c->depth--;
  cairo_restore(c->cr);
}
static void op_translate(Canvas *c, const double *x) { cairo_translate(c->cr, x[0], x[1]); }
static void op_rotate(Canvas *c, const double *x) { cairo_rotate(c->cr, x[0]); }
static void op_scale(Canvas *c, const double *x) {
  double sy = isnan(x[1]) ? x[0] : x[1];
  if (x[0] == 0 || sy == 0) c->trouble = "scale: a factor of 0";
  else cairo_scale(c->cr, x[0], sy);
}

const CanvasOp canvas_ops[] = {{"move", "x y", {0}, op_move},
                               {"line", "x y", {0}, op_line},
                               {"curve", "x1 y1 x2 y2 x3 y3", {0}, op_curve},
                               {"arc", "x y r [a0 a1", {0, 0, 0, 0, 2 * M_PI}, op_arc},
                               {"circle", "x y r", {0}, op_circle},
                               {"ellipse", "x y rx ry [angle", {0}, op_ellipse},
                               {"rect", "x y w h", {0}, op_rect},
                               {"rounded", "x y w h r", {0}, op_rounded},
                               {"close", "", {0}, op_close},
                               {"fill", "[keep", {0}, op_fill},
                               {"stroke", "[width keep", {0}, op_stroke},
                               {"clip", "", {0}, op_clip},
                               {"color", "r g b [a", {0, 0, 0, 1}, op_color},
                               {"width", "w", {0}, op_width},
                               {"round", "[on", {1}, op_round},
                               {"dash", "[on off", {0}, op_dash},
                               {"smooth", "[on", {1}, op_smooth},
                               {"clear", "[r g b", {1, 1, 1}, op_clear},
                               {"save", "", {0}, op_save},
                               {"restore", "", {0}, op_restore},
                               {"translate", "x y", {0}, op_translate},
                               {"rotate", "angle", {0}, op_rotate},
                               {"scale", "sx [sy", {1, NAN}, op_scale},
                               {NULL, NULL, {0}, NULL}};

/* --- the canvas ----------------------------------------------------------------------------------------- */

Canvas *canvas_new(int h, int w, VizErr *e) {
  if (h < 1 || w < 1 || h > CANVAS_MOST || w > CANVAS_MOST) {
    viz_fail(e, "draw.canvas: %d x %d is no size (1 to %d each)", h, w, CANVAS_MOST);
    return NULL;
  }
  Canvas *c = calloc(1, sizeof *c);
  if (!c) {
    viz_fail(e, "draw.canvas: out of memory");
    return NULL;
  }
  c->h = h;
  c->w = w;
  c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
  c->cr = cairo_create(c->surface);
  if (cairo_status(c->cr) != CAIRO_STATUS_SUCCESS) {
    canvas_free(c);
    viz_fail(e, "draw.canvas: out of memory for %d x %d", h, w);
    return NULL;
  }
  op_clear(c, (double[]){1, 1, 1});
  op_round(c, (double[]){1});
  c->font_size = 12;
  return c;
}

void canvas_free(Canvas *c) {
  if (!c) return;
  letters_free(c->letters);
  cairo_destroy(c->cr);
  cairo_surface_destroy(c->surface);
  free(c);
}

int canvas_height(const Canvas *c) { return c->h; }
int canvas_width(const Canvas *c) { return c->w; }

void canvas_polygon(Canvas *c, int n, const double *xy) {
  for (int i = 0; i < n; i++, xy += 2) {
    if (i == 0) cairo_move_to(c->cr, xy[0], xy[1]);
    else cairo_line_to(c->cr, xy[0], xy[1]);
  }
  if (n > 0) cairo_close_path(c->cr);
}

static void set_gradient(Canvas *c, cairo_pattern_t *p, int n, const double *s) {
  for (int i = 0; i < n; i++, s += 5) cairo_pattern_add_color_stop_rgba(p, s[0], s[1], s[2], s[3], s[4]);
  cairo_set_source(c->cr, p);
  cairo_pattern_destroy(p);
}
void canvas_linear(Canvas *c, double x0, double y0, double x1, double y1, int n, const double *stops) {
  set_gradient(c, cairo_pattern_create_linear(x0, y0, x1, y1), n, stops);
}
void canvas_radial(Canvas *c, double x, double y, double radius, int n, const double *stops) {
  set_gradient(c, cairo_pattern_create_radial(x, y, 0, x, y, fabs(radius)), n, stops);
}

/* Made for the first text: most canvases have none. */
static Letters *letters(Canvas *c) {
  if (!c->letters) c->letters = letters_new(c->cr);
  return c->letters;
}
void canvas_font(Canvas *c, const char *family, double size, bool bold) {
  if (size > 0) c->font_size = size;
  letters_font(letters(c), family, c->font_size, bold);
}
void canvas_text(Canvas *c, double x, double y, const char *text) {
  letters_move(letters(c), c->cr); /* turned or scaled meanwhile */
  letters_show(c->letters, x, y, text, INFINITY, false);
}
double canvas_text_width(Canvas *c, const char *text) { return letters_width(letters(c), text); }

bool canvas_image(Canvas *c, double x, double y, double width, double height, int h, int w, int channels,
                  const unsigned char *pixels, VizErr *e) {
  if (h < 1 || w < 1 || h > CANVAS_MOST || w > CANVAS_MOST)
    return viz_fail(e, "image: %d x %d is no picture", h, w);
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
  bool ok = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
  unsigned char *data = ok ? cairo_image_surface_get_data(s) : NULL;
  int stride = cairo_image_surface_get_stride(s);
  for (int row = 0; ok && row < h; row++)
    for (int column = 0; column < w; column++, pixels += channels) {
      uint32_t v = (uint32_t)pixels[0] << 16 | (uint32_t)pixels[channels / 2] << 8 | pixels[channels - 1];
      memcpy(data + (size_t)row * (size_t)stride + (size_t)column * 4, &v, 4);
    }
  if (ok) {
    cairo_surface_mark_dirty(s);
    cairo_save(c->cr);
    cairo_translate(c->cr, x, y);
    cairo_scale(c->cr, width / w, height / h);
    cairo_rectangle(c->cr, 0, 0, w, h);
    cairo_set_source_surface(c->cr, s, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(c->cr), CAIRO_EXTEND_PAD);
    cairo_fill(c->cr);
    cairo_restore(c->cr);
  }
  cairo_surface_destroy(s);
  return ok || viz_fail(e, "image: out of memory");
}

void canvas_read(Canvas *c, int channels, unsigned char *pixels) {
  cairo_surface_flush(c->surface);
  const unsigned char *data = cairo_image_surface_get_data(c->surface);
  int stride = cairo_image_surface_get_stride(c->surface);
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      uint32_t v;
      memcpy(&v, data + (size_t)y * (size_t)stride + (size_t)x * 4, 4);
      unsigned r = v >> 16 & 255, g = v >> 8 & 255, b = v & 255;
      if (channels == 1) {
        *pixels++ = (unsigned char)((299 * r + 587 * g + 114 * b + 500) / 1000);
        continue;
      }
      *pixels++ = (unsigned char)r;
      *pixels++ = (unsigned char)g;
      *pixels++ = (unsigned char)b;
    }
}

const char *canvas_trouble(Canvas *c) {
  const char *t = c->trouble;
  c->trouble = NULL;
  cairo_status_t status = cairo_status(c->cr);
  return t ? t : status != CAIRO_STATUS_SUCCESS ? cairo_status_to_string(status) : NULL;
}
