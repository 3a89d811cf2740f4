/* boxes.c: see boxes.h. */
#include "boxes.h"

#include "series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_LABELS = 400 }; /* of the surest boxes */

/* --- what is posted --------------------------------------------------------------------------------------- */

typedef struct Sure {
  float score;
  int i;
} Sure;
static int by_score(const void *a, const void *b) {
  const Sure *p = a, *q = b;
  if (p->score > q->score || p->score < q->score) return p->score < q->score ? 1 : -1;
  return p->i - q->i; /* as they came */
}

static void sort_boxes(Boxes *c) {
  Sure *s = c->order ? malloc((size_t)c->n * sizeof *s) : NULL;
  for (int i = 0; s && i < c->n; i++)
    s[i] = (Sure){!c->score ? 0 : isnan(c->score[i]) ? -INFINITY : c->score[i], i};
  if (s) qsort(s, (size_t)c->n, sizeof *s, by_score);
  for (int i = 0; c->order && i < c->n; i++) c->order[i] = s ? s[i].i : i;
  free(s);
}

Boxes *boxes_new(int n, const float *box, const char *const *label, const float *score, const int *id) {
  Boxes *c = content_new(sizeof *c);
  if (!c) return NULL;
  const size_t room = (size_t)n * sizeof *c->id;
  c->n = n;
  c->box = content_copy(&c->head, box, 4 * (size_t)n * sizeof *box);
  c->score = content_copy(&c->head, score, (size_t)n * sizeof *score);
  c->label = content_texts(&c->head, label, n);
  c->id = content_copy(&c->head, id, room);
  c->numbered = id != NULL;
  if (!id && label) c->id = content_copy(&c->head, c->box, room); /* boxes_number fills it */
  c->order = content_copy(&c->head, c->box, room);
  sort_boxes(c);
  return c;
}

void boxes_number(Viz *v, Boxes *b) {
  for (int i = 0; b->label && b->id && !b->numbered && i < b->n; i++) b->id[i] = label_class(v, b->label[i]);
}

/* --- where labels lie ------------------------------------------------------------------------------------- */

enum { PLACES = 10 };

/* One of the places for a label of w x h: at the left edge of the box, at its right one, beside it. */
static bool place(int k, Rect r, double w, double h, Rect plot, Rect *at) {
  static const struct {
    int x,
        y; /* x: 0 left, 1 right, 2 beyond the right, 3 beyond the left; y: -1 above, 0 in, 1 below, 2 in */
  } places[PLACES] = {{0, -1}, {0, 0}, {0, 1}, {1, -1}, {1, 0}, {1, 1}, {0, 2}, {1, 2}, {2, 0}, {3, 0}};
  const int px = places[k].x, py = places[k].y;
  const bool inside = px < 2 && (py == 0 || py == 2);
  const double x[4] = {r.x, r.x + r.w - w, r.x + r.w, r.x - w};
  const double y = py < 0 ? r.y - h : py == 0 ? fmax(r.y, plot.y) : py == 1 ? r.y + r.h : r.y + r.h - h;
  if (inside && r.h < 2 * h) return false; /* it would hide what is in the box */
  *at = (Rect){px < 2 ? fmax(fmin(x[px], plot.x + plot.w - w), plot.x) : x[px], y, w, h};
  return at->x >= plot.x && at->y >= plot.y && at->x + w <= plot.x + plot.w && y + h <= plot.y + plot.h;
}

void boxes_place(const Rect *of, const double *width, int n, double h, Rect plot, Rect *at) {
  for (int i = 0; i < n; i++) {
    Rect r;
    at[i] = (Rect){0};
    for (int k = 0; k < PLACES && at[i].w <= 0; k++)
      if (width[i] > 0 && place(k, of[i], width[i], h, plot, &r) && !rect_meets_any(r, at, i)) at[i] = r;
  }
}

/* --- drawing ---------------------------------------------------------------------------------------------- */

/* Where a box lies, no farther out than its line can be seen from: Cairo walks every dash.  false: nowhere. */
static bool box_rect(const Draw *d, const Axes *a, const float *f, Rect *r) {
  const double line = sizes.patch.outside * d->s;
  const double x1 = axes_px(a, (double)f[0]), y1 = axes_py(a, (double)f[1]);
  const double x2 = axes_px(a, (double)f[2]), y2 = axes_py(a, (double)f[3]);
  if (isnan(x1) || isnan(y1) || isnan(x2) || isnan(y2)) return false;
  const double left = a->plot.x - line, top = a->plot.y - line;
  const double right = a->plot.x + a->plot.w + line, bottom = a->plot.y + a->plot.h + line;
  r->x = fmin(fmax(fmin(x1, x2), left), right), r->y = fmin(fmax(fmin(y1, y2), top), bottom);
  r->w = fmin(fmax(fmax(x1, x2), left), right) - r->x, r->h = fmin(fmax(fmax(y1, y2), top), bottom) - r->y;
  return true;
}

static Rgb color_of(const Boxes *b, int i) { return theme_class(b->id && b->id[i] > 0 ? b->id[i] : 0); }

static void words_of(const Boxes *b, int i, char text[BOX_WORDS]) {
  const double score = b->score ? (double)b->score[i] : 0;
  *text = 0;
  if (b->label) snprintf(text, BOX_WORDS, b->score ? "%.60s %.2f" : "%.60s", b->label[i], score);
  else if (b->score) snprintf(text, BOX_WORDS, "%.2f", score);
}

static void draw_box(Draw *d, Rect r, Rgb color, bool dashed) {
  const double dash[2] = {sizes.dash[0] * d->s, sizes.dash[1] * d->s};
  cairo_rectangle(d->cr, r.x, r.y, r.w, r.h);
  cairo_set_dash(d->cr, NULL, 0, 0);
  draw_color(d, (Rgb){0, 0, 0}, 0.55); /* a dark rim, so that the line is seen on any picture */
  cairo_set_line_width(d->cr, sizes.stroke.rim * d->s);
  cairo_stroke_preserve(d->cr);
  if (dashed) cairo_set_dash(d->cr, dash, 2, 0);
  draw_color(d, color, 1);
  cairo_set_line_width(d->cr, sizes.stroke.box * d->s);
  cairo_stroke(d->cr);
  cairo_set_dash(d->cr, NULL, 0, 0);
}

/* Each on a patch of its class's colour. */
static void draw_labels(Draw *d, const Axes *a, const Boxes *b) {
  char text[BOX_WORDS];
  Rect of[MOST_LABELS] = {0}, at[MOST_LABELS];
  double width[MOST_LABELS] = {0};
  const double pad = sizes.patch.pad * d->s, h = sizes.patch.label * d->s;
  const int n = b->n < MOST_LABELS ? b->n : MOST_LABELS;
  draw_font(d, sizes.label, false);
  for (int k = 0; k < n; k++) {
    const int i = b->order[k];
    words_of(b, i, text);
    const bool seen = box_rect(d, a, b->box + 4 * i, of + k) &&
                      rect_meets(rect_inset(of[k], -sizes.stroke.box * d->s), a->plot);
    width[k] = *text && seen ? draw_text_width(d, text) + 2 * pad : 0;
  }
  boxes_place(of, width, n, h, a->plot, at);
  for (int k = 0; k < n; k++) {
    if (at[k].w <= 0) continue;
    const Rgb color = color_of(b, b->order[k]);
    words_of(b, b->order[k], text);
    draw_color(d, color, 0.95);
    cairo_rectangle(d->cr, at[k].x, at[k].y, at[k].w, h);
    cairo_fill(d->cr);
    draw_color(d, theme_ink(color), 1);
    draw_text(d, at[k].x + pad, at[k].y + h - pad, text);
  }
}

void draw_boxes(Draw *d, const Axes *a, const Boxes *b, bool truth) {
  for (int i = 0; i < b->n; i++) {
    Rect r;
    if (box_rect(d, a, b->box + 4 * i, &r)) draw_box(d, r, truth ? (Rgb){1, 1, 1} : color_of(b, i), truth);
  }
  if (!truth && (b->label || b->score)) draw_labels(d, a, b);
}

/* --- the pointer ------------------------------------------------------------------------------------------ */

int boxes_read(const Boxes *b, double x, double y, char (*text)[BOX_WORDS], int room) {
  int n = 0, more = 0;
  for (int k = 0; k < b->n; k++) {
    const int i = b->order[k];
    const float *f = b->box + 4 * i;
    char words[BOX_WORDS];
    words_of(b, i, words);
    if (!*words ||
        !(((double)f[0] - x) * ((double)f[2] - x) <= 0 && ((double)f[1] - y) * ((double)f[3] - y) <= 0))
      continue;
    if (n < room) snprintf(text[n++], BOX_WORDS, "%s", words);
    else more++;
  }
  if (more) snprintf(text[room - 1], BOX_WORDS, "and %d more", more + 1);
  return n;
}
