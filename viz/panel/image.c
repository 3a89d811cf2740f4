/* image.c: pictures, one or a batch, two under a line that wipes, with boxes and masks over them. */
#include "boxes.h"
#include "panel.h"
#include "raster.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- what is posted: the pictures and their overlays ---------------------------------------------------- */

enum { SECOND = 1, BOXES, TRUTH, MASK }; /* parts behind the pictures */

typedef struct Pictures {
  Content head;
  int n, h, w, c;
  int columns, rows; /* of the grid they lie in */
  unsigned char *u;  /* n x h x w x c, or                       */
  float *f;          /* the same, shown from range.lo to range.hi */
  Range range;
  char **label; /* n captions, or NULL */
} Pictures;

typedef struct Mask {
  Content head;
  int h, w, classes;
  int *id;      /* h x w; negative: none */
  char **names; /* of the classes, or NULL */
  double alpha;
} Mask;

/* Columns of n pictures of w x h that make about a card, with few places left empty. */
static int columns_of(int n, int h, int w) {
  int best = 1;
  double target = 1.3, cost = INFINITY;
  for (int k = 1; k <= n; k++) {
    const int rows = (n + k - 1) / k;
    const double here = fabs(log((double)k * w / ((double)rows * h) / target)) + 0.1 * (k * rows - n);
    if (here < cost) cost = here, best = k;
  }
  return best;
}

static size_t times(int a, int b) { return (size_t)a * (size_t)b; }

static bool post_pictures(Viz *v, const char *name, int part, const VizImage *im, VizErr *e) {
  if (im->n < 1 || im->h < 1 || im->w < 1 || (im->c != 1 && im->c != 3))
    return viz_fail(e, "viz.image: %d x %d x %d x %d is no picture (n x h x w x 1 or 3)", im->n, im->h, im->w,
                    im->c);
  const size_t count = times(im->n, im->h) * times(im->w, im->c);
  Pictures *c = content_new(sizeof *c);
  if (c) {
    c->n = im->n, c->h = im->h, c->w = im->w, c->c = im->c;
    c->columns = columns_of(c->n, c->h, c->w);
    c->rows = (c->n + c->columns - 1) / c->columns;
    c->u = content_copy(&c->head, im->u8, count);
    c->f = im->u8 ? NULL : content_copy(&c->head, im->f32, count * sizeof *im->f32);
    c->label = content_texts(&c->head, im->label, im->n);
    if (c->f) c->range = range_of(c->f, count);
    if (c->range.lo >= 0 && c->range.hi <= 1) c->range = (Range){0, 1};
  }
  return scene_post_content(v, name, &image_kind, part, &c->head, e);
}

bool viz_image(Viz *v, const char *name, const VizImage *im, VizErr *e) {
  return post_pictures(v, name, 0, im, e);
}

bool viz_wipe(Viz *v, const char *name, const VizImage *first, const VizImage *second, VizErr *e) {
  if (first->n != 1 || second->n != 1 || first->h != second->h || first->w != second->w)
    return viz_fail(e, "viz.wipe: two pictures of one size expected, got %d x %d and %d x %d", first->h,
                    first->w, second->h, second->w);
  return post_pictures(v, name, 0, first, e) && post_pictures(v, name, SECOND, second, e);
}

bool viz_boxes(Viz *v, const char *name, int n, const float *box, const char *const *label,
               const float *score, const int *id, bool truth, VizErr *e) {
  Boxes *c = boxes_new(n, box, label, score, id);
  return scene_post_content(v, name, &image_kind, truth ? TRUTH : BOXES, c ? &c->head : NULL, e);
}

bool viz_mask(Viz *v, const char *name, int h, int w, const int *id, int classes, const char *const *names,
              double alpha, VizErr *e) {
  if (h < 1 || w < 1) return viz_fail(e, "viz.mask: %d x %d is empty", h, w);
  Mask *c = content_new(sizeof *c);
  if (c) {
    c->h = h, c->w = w, c->classes = classes, c->alpha = alpha;
    c->id = content_copy(&c->head, id, times(h, w) * sizeof *id);
    c->names = content_texts(&c->head, names, classes);
  }
  return scene_post_content(v, name, &image_kind, MASK, &c->head, e);
}

static const Pictures *pictures_of(const Panel *p, int part) { return (const Pictures *)p->part[part]; }
static const Boxes *boxes_of(const Panel *p, int part) { return (const Boxes *)p->part[part]; }
static const Mask *mask_of(const Panel *p) { return (const Mask *)p->part[MASK]; }

/* Overlays belong to the picture they came after.  `own` is where the line of a wipe stands, 0..1. */
static void accept(Panel *p, Post *post) {
  for (int k = SECOND; post->part == 0 && k <= MASK; k++) {
    content_free(p->part[k]);
    p->part[k] = NULL;
  }
  if (post->part == SECOND && !p->own) {
    double *line = p->own = malloc(sizeof *line);
    if (!line) return;
    *line = 0.5;
  }
  if (post->part == BOXES) boxes_number(p->scene, (Boxes *)post->content);
  scene_take(p, post);
}

/* --- where they lie ------------------------------------------------------------------------------------- */

static bool extent(const Panel *p, Axes *a) {
  const Pictures *c = pictures_of(p, 0);
  const Mask *m = mask_of(p);
  a->x0 = 0, a->y1 = 0, a->square = true;
  if (!c) {
    a->x1 = m ? m->w : 1;
    a->y0 = m ? m->h : 1;
    return true;
  }
  a->x1 = (double)c->columns * (c->w + (c->n > 1)) - (c->n > 1);
  a->y0 = (double)c->rows * (c->h + (c->n > 1)) - (c->n > 1);
  return true;
}

/* Lines of the mask's names below the picture. */
static int class_lines(const Mask *m, Rect card, double s) {
  return legend_lines(m->names, m->classes, card.w - 2 * sizes.pad * s, card, s);
}

static void margins(const Panel *p, Rect card, double s, Margins *m) {
  m->left = m->right = m->bottom = sizes.bare * s;
  if (mask_of(p) && mask_of(p)->names && !card_small(card, s))
    m->bottom = 2 * sizes.patch.names * s + sizes.legend * s * class_lines(mask_of(p), card, s);
}

/* --- drawing -------------------------------------------------------------------------------------------- */

/* Channel values as bytes: plain, or from the range of the floats. */
static inline unsigned byte_of(const Pictures *c, size_t i, float scale) {
  if (c->u) return c->u[i];
  const float v = (c->f[i] - (float)c->range.lo) * scale;
  return v >= 255 ? 255 : v > 0 ? (unsigned)(v + 0.5f) : 0; /* NaN is 0 */
}
static float scale_of(const Pictures *c) {
  return c->range.hi > c->range.lo ? (float)(255 / (c->range.hi - c->range.lo)) : 255;
}

static size_t row_start(const Pictures *c, int picture, int y) {
  return ((size_t)picture * (size_t)c->h + (size_t)y) * (size_t)c->w * (size_t)c->c;
}

static void convert(const Pictures *c, size_t start, const int *x, int n, uint32_t *out) {
  const float scale = scale_of(c);
  for (int i = 0; i < n; i++) {
    const size_t at = start + (size_t)x[i] * (size_t)c->c;
    const unsigned r = byte_of(c, at, scale);
    out[i] = c->c == 1 ? argb_opaque(r, r, r)
                       : argb_opaque(r, byte_of(c, at + 1, scale), byte_of(c, at + 2, scale));
  }
}

/* One row of a picture, or of the whole grid with a pixel between its pictures. */
static void picture_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  const Pictures *c = of;
  if (c->n == 1) {
    convert(c, row_start(c, 0, y), x, n, out);
    return;
  }
  const int row = y / (c->h + 1), within = y % (c->h + 1);
  for (int i = 0; i < n; i++) {
    const int column = x[i] / (c->w + 1), at = x[i] % (c->w + 1), k = row * c->columns + column;
    if (within < c->h && at < c->w && k < c->n) convert(c, row_start(c, k, within), &at, 1, out + i);
    else out[i] = 0;
  }
}

/* One picture of bytes, the common case. */
static const unsigned char *picture_bytes(const void *of, int y) {
  const Pictures *c = of;
  return c->u + row_start(c, 0, y);
}

/* Where picture k of the grid lies. */
static Rect cell_rect(const Axes *a, const Pictures *c, int k) {
  double x = (double)(k % c->columns) * (c->w + 1), y = (double)(k / c->columns) * (c->h + 1);
  double left = axes_px(a, x), top = axes_py(a, y);
  return (Rect){left, top, axes_px(a, x + c->w) - left, axes_py(a, y + c->h) - top};
}

static void draw_caption(Draw *d, Rect cell, const char *text) {
  draw_font(d, sizes.label, false);
  double w = fmin(draw_text_width(d, text) + 2 * sizes.patch.pad * d->s, cell.w);
  if (cell.w < sizes.patch.least_w * d->s || cell.h < sizes.patch.least_h * d->s) return;
  draw_color(d, (Rgb){0, 0, 0}, 0.6);
  cairo_rectangle(d->cr, cell.x, cell.y + cell.h - sizes.patch.caption * d->s, w, sizes.patch.caption * d->s);
  cairo_fill(d->cr);
  draw_color(d, (Rgb){1, 1, 1}, 1);
  draw_name_fit(d, cell.x + sizes.patch.pad * d->s, cell.y + cell.h - sizes.patch.pad * d->s,
                cell.w - 2 * sizes.patch.pad * d->s, text);
}

static void draw_pictures(Draw *d, const Axes *a, const Pictures *c, Content *owner) {
  const int gap = c->n > 1;
  const Raster grid = {.w = c->columns * (c->w + gap) - gap,
                       .h = c->rows * (c->h + gap) - gap,
                       .of = c,
                       .row = picture_row,
                       .bytes = c->n == 1 && c->u ? picture_bytes : NULL,
                       .channels = c->c};
  draw_raster(d, &grid, axes_rect(a, 0, grid.w, 0, grid.h), a->plot, &owner->kept);
}

static void draw_captions(Draw *d, const Axes *a, const Pictures *c) {
  for (int k = 0; c->label && k < c->n; k++) {
    const Rect cell = cell_rect(a, c, k);
    if (cell.x > a->plot.x + a->plot.w || cell.y > a->plot.y + a->plot.h || cell.x + cell.w < a->plot.x ||
        cell.y + cell.h < a->plot.y)
      continue;
    if (c->label[k][0]) draw_caption(d, cell, c->label[k]);
  }
}

/* The second picture right of the line, which has a grip. */
static void draw_wipe(Draw *d, const Axes *a, const Pictures *c, const Pictures *other, double share,
                      Content *owner) {
  Rect cell = cell_rect(a, c, 0);
  double x = cell.x + share * cell.w, grip = sizes.wipe.grip * d->s, y = cell.y + cell.h / 2;
  draw_clip(d, (Rect){x, cell.y, cell.x + cell.w - x, cell.h});
  draw_pictures(d, a, other, owner);
  cairo_restore(d->cr);
  for (int pass = 0; pass < 2; pass++) { /* a dark rim, so that the line is seen on any picture */
    draw_color(d, pass ? (Rgb){1, 1, 1} : (Rgb){0, 0, 0}, pass ? 1 : 0.5);
    cairo_set_line_width(d->cr, (pass ? sizes.stroke.wipe : sizes.stroke.rim) * d->s);
    draw_line(d, x, cell.y, x, cell.y + cell.h);
    cairo_new_sub_path(d->cr);
    cairo_arc(d->cr, x, y, pass ? grip : grip + sizes.wipe.rim * d->s, 0, 2 * M_PI);
    cairo_fill(d->cr);
  }
  if (c->label) draw_caption(d, (Rect){cell.x, cell.y, x - cell.x, cell.h}, c->label[0]);
  if (other->label) draw_caption(d, (Rect){x, cell.y, cell.x + cell.w - x, cell.h}, other->label[0]);
}

static void mask_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  const Mask *m = of;
  const int *id = m->id + (size_t)y * (size_t)m->w;
  uint32_t color[CLASS_COLORS] = {0}; /* as they are met */
  for (int i = 0; i < n; i++) {
    const int class = id[x[i]];
    uint32_t *c = class < 0 ? NULL : &color[theme_class_first(class)];
    if (c && !*c) *c = theme_argb(theme_class(class), m->alpha);
    out[i] = c ? *c : 0;
  }
}

static void draw_mask(Draw *d, const Axes *a, const Mask *m, Content *owner) {
  const Raster r = {.w = m->w, .h = m->h, .of = m, .row = mask_row};
  draw_raster(d, &r, axes_rect(a, 0, m->w, 0, m->h), a->plot, &owner->kept);
}

static void draw_pixel_readout(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Pictures *c = pictures_of(p, 0);
  const Mask *m = mask_of(p);
  double x = axes_x(a, d->px), y = axes_y(a, d->py);
  enum { MOST_BOXES = 3 };
  char text[4][120], box[MOST_BOXES][BOX_WORDS];
  const char *line[4 + MOST_BOXES] = {text[0], text[1], text[2], text[3]};
  int n = 0;
  for (int k = 0; c && k < c->n; k++) {
    Rect cell = cell_rect(a, c, k);
    if (!rect_has(cell, d->px, d->py)) continue;
    int column = (int)((d->px - cell.x) / cell.w * c->w), row = (int)((d->py - cell.y) / cell.h * c->h);
    size_t at = (((size_t)k * (size_t)c->h + (size_t)row) * (size_t)c->w + (size_t)column) * (size_t)c->c;
    if (c->n > 1) snprintf(text[n++], 120, "picture %d  %.90s", k + 1, c->label ? c->label[k] : "");
    snprintf(text[n++], 120, "row %d  column %d", row + 1, column + 1);
    if (c->u && c->c == 3) snprintf(text[n++], 120, "%d %d %d", c->u[at], c->u[at + 1], c->u[at + 2]);
    else if (c->u) snprintf(text[n++], 120, "%d", c->u[at]);
    else if (c->c == 3)
      snprintf(text[n++], 120, "%.4g %.4g %.4g", (double)c->f[at], (double)c->f[at + 1],
               (double)c->f[at + 2]);
    else snprintf(text[n++], 120, "%.5g", (double)c->f[at]);
    break;
  }
  if (m && x >= 0 && y >= 0 && x < m->w && y < m->h) {
    int id = m->id[(size_t)y * (size_t)m->w + (size_t)x];
    if (m->names && id >= 0 && id < m->classes) snprintf(text[n++], 120, "%.100s", m->names[id]);
  }
  const int boxes = p->part[BOXES] ? boxes_read(boxes_of(p, BOXES), x, y, box, MOST_BOXES) : 0;
  for (int k = 0; k < boxes; k++) line[n++] = box[k];
  if (n) draw_tip(d, r, line, NULL, n);
}

static bool spot(const Panel *p, const Axes *a, double x, double y, Spot *out) {
  const Pictures *c = pictures_of(p, 0);
  for (int k = 0; c && k < c->n; k++) {
    const Rect cell = cell_rect(a, c, k);
    if (!rect_has(cell, x, y) || !rect_has(a->plot, x, y)) continue;
    *out = (Spot){.x = (x - cell.x) / cell.w, .y = (y - cell.y) / cell.h, .form = (double)c->w / c->h};
    return true;
  }
  return false;
}

/* Where the pointer is in another panel's picture of this form: a cross in each of ours. */
static void draw_spot(Draw *d, const Panel *p, const Axes *a) {
  const Viz *v = p->scene;
  const Pictures *c = pictures_of(p, 0);
  if (!d->live || !c || !v->spot_of || v->spot_of == p) return;
  if (v->spot.rows || fabs(log(v->spot.form * c->h / c->w)) > 0.02) return;
  for (int pass = 0; pass < 2; pass++) { /* a dark rim, so that it is seen on any picture */
    draw_color(d, pass ? (Rgb){1, 1, 1} : (Rgb){0, 0, 0}, pass ? 0.9 : 0.4);
    cairo_set_line_width(d->cr, (pass ? sizes.stroke.level : sizes.stroke.rim) * d->s);
    for (int k = 0; k < c->n; k++) {
      const Rect cell = cell_rect(a, c, k);
      const double x = cell.x + v->spot.x * cell.w, y = cell.y + v->spot.y * cell.h;
      draw_line(d, x, cell.y, x, cell.y + cell.h);
      draw_line(d, cell.x, y, cell.x + cell.w, y);
    }
  }
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Pictures *c = pictures_of(p, 0), *second = pictures_of(p, SECOND);
  const Mask *m = mask_of(p);
  draw_clip(d, a->plot);
  if (c) draw_pictures(d, a, c, p->part[0]);
  if (c && !second) draw_captions(d, a, c); /* those of two have their places beside the line */
  if (c && second) {
    Rect cell = cell_rect(a, c, 0);
    double *line = p->own;
    if (d->pointer && rect_has(a->plot, d->px, d->py)) *line = fmin(fmax((d->px - cell.x) / cell.w, 0), 1);
    draw_wipe(d, a, c, second, *line, p->part[SECOND]);
  }
  if (m) draw_mask(d, a, m, p->part[MASK]);
  if (p->part[TRUTH]) draw_boxes(d, a, boxes_of(p, TRUTH), true);
  if (p->part[BOXES]) draw_boxes(d, a, boxes_of(p, BOXES), false);
  draw_spot(d, p, a);
  cairo_restore(d->cr);
  if (m && m->names) {
    const double h = sizes.legend * d->s * class_lines(m, r, d->s);
    const Rect names = {r.x + sizes.pad * d->s, r.y + r.h - h - sizes.patch.names * d->s,
                        r.w - 2 * sizes.pad * d->s, h};
    draw_legend(d, names, m->names, m->classes, NULL, NULL);
  }
  if (d->pointer && rect_has(a->plot, d->px, d->py)) draw_pixel_readout(d, p, r, a);
}

/* --- words ---------------------------------------------------------------------------------------------- */

static void describe(const Panel *p, Text *t) {
  const Pictures *c = pictures_of(p, 0);
  if (c) text_add(t, ", %d of %d x %d x %d", c->n, c->h, c->w, c->c);
  if (p->part[BOXES]) text_add(t, ", %d boxes", boxes_of(p, BOXES)->n);
  if (p->part[TRUTH]) text_add(t, ", %d true boxes", boxes_of(p, TRUTH)->n);
}

/* Of the grid's pictures beside each other. */
static Rgb pixel_at(const void *of, int y, int x) {
  const Pictures *c = of;
  const size_t at =
      (((size_t)(x / c->w) * (size_t)c->h + (size_t)y) * (size_t)c->w + (size_t)(x % c->w)) * (size_t)c->c;
  double v[3];
  for (int k = 0; k < 3; k++) {
    const size_t i = at + (size_t)(c->c == 3 ? k : 0);
    v[k] = c->u ? c->u[i] / 255.0 : range_share(c->range, (double)c->f[i], 0);
  }
  return (Rgb){v[0], v[1], v[2]};
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Pictures *c = pictures_of(p, 0);
  if (!c) return;
  const int beside = (int)fmax(1, fmin(c->n, floor(how->columns / fmin(c->w, 24))));
  text_raster(t, how, c->h, c->w * beside, pixel_at, c);
}

const PanelKind image_kind = {.name = "picture",
                              .film = true,
                              .keeps = true,
                              .accept = accept,
                              .extent = extent,
                              .margins = margins,
                              .draw = draw,
                              .spot = spot,
                              .describe = describe,
                              .terminal = terminal};
