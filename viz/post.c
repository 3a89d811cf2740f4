/* post.c: the calls that post data: check, copy, queue. */
#include "scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void viz_plot(Viz *v, const char *name, double y, const VizPlot *how) {
  Post p = {.what = POST_POINT,
            .y = y,
            .x = how ? how->step : NAN,
            .smooth = how ? how->smooth : -1,
            .log = how ? how->log : -1};
  split_name(name, p.panel, p.series);
  scene_post(v, &p);
}

/* Posts c when all of it could be copied. */
static bool post_content(Viz *v, const char *name, Slot slot, Content *c, bool copied, VizErr *e) {
  if (!c || !copied) {
    content_free(c);
    return viz_fail(e, "viz: out of memory for %s", name);
  }
  Post p = {.what = POST_CONTENT, .slot = slot, .content = c};
  snprintf(p.panel, sizeof p.panel, "%s", name);
  scene_post(v, &p);
  return true;
}

static size_t times(int a, int b) { return (size_t)a * (size_t)b; }

static bool post_image(Viz *v, const char *name, Slot slot, const VizImage *im, VizErr *e) {
  if (im->n < 1 || im->h < 1 || im->w < 1 || (im->c != 1 && im->c != 3))
    return viz_fail(e, "viz.image: %d x %d x %d x %d is no picture (n x h x w x 1 or 3)", im->n, im->h, im->w,
                    im->c);
  Content *c = content_new(KIND_IMAGE);
  bool ok = c != NULL;
  if (c) {
    c->n = im->n, c->h = im->h, c->w = im->w, c->c = im->c;
    size_t count = times(im->n, im->h) * times(im->w, im->c);
    ok = content_bytes(c, &c->u, im->u8, count) && (im->u8 || content_floats(c, &c->f, im->f32, count)) &&
         content_texts(c, &c->text, im->label, im->n);
    c->lo = 0, c->hi = 255;
    if (ok && c->f) {
      content_range(c, count);
      if (c->lo >= 0 && c->hi <= 1) c->lo = 0, c->hi = 1;
    }
  }
  return post_content(v, name, slot, c, ok, e);
}

bool viz_image(Viz *v, const char *name, const VizImage *im, VizErr *e) {
  return post_image(v, name, SLOT_MAIN, im, e);
}

bool viz_wipe(Viz *v, const char *name, const VizImage *first, const VizImage *second, VizErr *e) {
  if (first->n != 1 || second->n != 1 || first->h != second->h || first->w != second->w)
    return viz_fail(e, "viz.wipe: two pictures of one size expected, got %d x %d and %d x %d", first->h,
                    first->w, second->h, second->w);
  return post_image(v, name, SLOT_MAIN, first, e) && post_image(v, name, SLOT_OTHER, second, e);
}

bool viz_boxes(Viz *v, const char *name, int n, const float *box, const char *const *label,
               const float *score, bool truth, VizErr *e) {
  Content *c = content_new(KIND_IMAGE);
  bool ok = c && content_floats(c, &c->f, box, times(n, 4)) && content_floats(c, &c->g, score, (size_t)n) &&
            content_texts(c, &c->text, label, n);
  if (c) c->n = n;
  return post_content(v, name, truth ? SLOT_TRUTH : SLOT_BOXES, c, ok, e);
}

bool viz_mask(Viz *v, const char *name, int h, int w, const int *id, int classes, const char *const *names,
              double alpha, VizErr *e) {
  if (h < 1 || w < 1) return viz_fail(e, "viz.mask: %d x %d is empty", h, w);
  Content *c = content_new(KIND_IMAGE);
  bool ok = c && content_ints(c, &c->id, id, times(h, w)) && content_texts(c, &c->names, names, classes);
  if (c) c->h = h, c->w = w, c->classes = classes, c->threshold = alpha;
  return post_content(v, name, SLOT_MASK, c, ok, e);
}

static bool copy_points(Content *c, const VizPoints *p, float **xy) {
  c->n = p->n;
  if (c->classes < p->classes) c->classes = p->classes;
  return content_floats(c, xy, p->xy, times(p->n, 2)) && content_ints(c, &c->id, p->id, (size_t)p->n) &&
         content_texts(c, &c->text, p->label, p->n) && content_texts(c, &c->names, p->names, p->classes);
}

/* Data rectangle of points, a little larger. */
static void fit_points(Content *c, const float *xy, int n) {
  double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 2; k++) {
      double t = (double)xy[2 * i + k];
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
  c->x0 = lo[0], c->x1 = hi[0], c->y0 = lo[1], c->y1 = hi[1];
}

bool viz_scatter(Viz *v, const char *name, const VizPoints *p, VizErr *e) {
  if (p->n < 0) return viz_fail(e, "viz.scatter: %d points", p->n);
  Content *c = content_new(KIND_SCATTER);
  bool ok = c && copy_points(c, p, &c->f) &&
            content_bytes(c, &c->u, p->thumb, times(p->n, p->thumb_h) * times(p->thumb_w, p->thumb_c));
  if (ok) {
    fit_points(c, c->f, c->n);
    c->h = p->thumb_h, c->w = p->thumb_w, c->c = p->thumb_c;
  }
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

static bool check_grid(const char *what, const VizGrid *g, VizErr *e) {
  if (g->h < 2 || g->w < 2) return viz_fail(e, "%s: a grid of %d x %d (at least 2 x 2)", what, g->h, g->w);
  if (!(g->x1 > g->x0) || !(g->y1 > g->y0))
    return viz_fail(e, "%s: the rectangle %g..%g x %g..%g is empty", what, g->x0, g->x1, g->y0, g->y1);
  return true;
}

static Content *grid_content(Kind kind, const VizGrid *g, bool *ok) {
  Content *c = content_new(kind);
  *ok = c && content_floats(c, &c->f, g->value, times(g->h, g->w));
  if (!*ok) return c;
  c->h = g->h, c->w = g->w;
  c->x0 = g->x0, c->x1 = g->x1, c->y0 = g->y0, c->y1 = g->y1;
  content_range(c, times(g->h, g->w));
  return c;
}

bool viz_boundary(Viz *v, const char *name, const VizGrid *g, int classes, const VizPoints *p, VizErr *e) {
  if (!check_grid("viz.boundary", g, e)) return false;
  bool ok;
  Content *c = grid_content(KIND_BOUNDARY, g, &ok);
  if (ok) c->classes = classes;
  if (ok && p) ok = copy_points(c, p, &c->g);
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_contour(Viz *v, const char *name, const VizGrid *g, VizErr *e) {
  if (!check_grid("viz.contour", g, e)) return false;
  bool ok;
  Content *c = grid_content(KIND_CONTOUR, g, &ok);
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_paths(Viz *v, const char *name, int count, const int *length, const float *xy,
               const char *const *names, VizErr *e) {
  int total = 0;
  for (int i = 0; i < count; i++) total += length[i];
  Content *c = content_new(KIND_CONTOUR);
  bool ok = c && content_ints(c, &c->id, length, (size_t)count) &&
            content_floats(c, &c->f, xy, times(total, 2)) && content_texts(c, &c->names, names, count);
  if (c) c->n = count;
  return post_content(v, name, SLOT_PATHS, c, ok, e);
}

bool viz_text(Viz *v, const char *name, const char *text, const float *shade, VizErr *e) {
  Content *c = content_new(KIND_TEXT);
  bool ok = c && content_texts(c, &c->text, &text, 1) && content_floats(c, &c->g, shade, strlen(text));
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_heatmap(Viz *v, const char *name, const VizMatrix *m, VizErr *e) {
  if (m->h < 1 || m->w < 1) return viz_fail(e, "viz.heatmap: %d x %d is empty", m->h, m->w);
  Content *c = content_new(KIND_HEATMAP);
  const char *axes[2] = {m->xname, m->yname};
  bool ok = c && content_floats(c, &c->f, m->value, times(m->h, m->w)) &&
            content_texts(c, &c->names, m->x, m->w) && content_texts(c, &c->ynames, m->y, m->h) &&
            content_texts(c, &c->text, axes, 2);
  if (ok) {
    c->h = m->h, c->w = m->w, c->numbers = m->numbers;
    content_range(c, times(m->h, m->w));
  }
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_spectrogram(Viz *v, const char *name, int frames, int bins, const float *value, const float *prob,
                     double threshold, VizErr *e) {
  if (frames < 1 || bins < 1) return viz_fail(e, "viz.spectrogram: %d x %d is empty", frames, bins);
  Content *c = content_new(KIND_SPECTROGRAM);
  bool ok = c && content_floats(c, &c->f, value, times(frames, bins)) &&
            content_floats(c, &c->g, prob, (size_t)frames);
  if (ok) {
    c->h = bins, c->w = frames, c->threshold = threshold;
    content_range(c, times(frames, bins));
  }
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_bars(Viz *v, const char *name, int n, const float *value, const char *const *label, double threshold,
              bool log, VizErr *e) {
  if (n < 1) return viz_fail(e, "viz.bars: no values");
  Content *c = content_new(KIND_BARS);
  bool ok = c && content_floats(c, &c->f, value, (size_t)n) && content_texts(c, &c->names, label, n);
  if (ok) {
    c->n = n, c->threshold = threshold, c->log = log;
    content_range(c, (size_t)n);
  }
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_hist(Viz *v, const char *name, size_t n, const float *value, double step, VizErr *e) {
  enum { BINS = 40 };
  Content *c = content_new(KIND_HIST);
  float counts[BINS] = {0};
  double lo = INFINITY, hi = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    double x = (double)value[i];
    if (!isfinite(x)) continue;
    lo = fmin(lo, x);
    hi = fmax(hi, x);
  }
  if (lo > hi) lo = 0, hi = 1;
  if (hi - lo < 1e-12 * (fabs(lo) + 1e-12)) lo -= 0.5, hi += 0.5;
  for (size_t i = 0; i < n; i++) {
    double x = (double)value[i];
    if (!isfinite(x)) continue;
    int bin = (int)((x - lo) / (hi - lo) * BINS);
    counts[bin >= BINS ? BINS - 1 : bin]++;
  }
  bool ok = c && content_floats(c, &c->f, counts, BINS);
  if (ok) c->n = BINS, c->x0 = lo, c->x1 = hi, c->step = step, content_range(c, BINS);
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_roll(Viz *v, const char *name, int n, const VizNote *note, double playhead, VizErr *e) {
  Content *c = content_new(KIND_ROLL);
  bool ok = c && content_floats(c, &c->f, &note->start, times(n, 4));
  if (!ok) return post_content(v, name, SLOT_MAIN, c, false, e);
  c->n = n, c->threshold = playhead;
  c->x1 = 4, c->y0 = 127, c->y1 = 0;
  for (int i = 0; i < n; i++) {
    c->x1 = fmax(c->x1, ceil((double)(note[i].start + note[i].length)));
    c->y0 = fmin(c->y0, (double)note[i].pitch - 2);
    c->y1 = fmax(c->y1, (double)note[i].pitch + 2);
  }
  if (c->y0 >= c->y1) c->y0 = 48, c->y1 = 72;
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

bool viz_graph(Viz *v, const char *name, int n, const VizLayer *layer, VizErr *e) {
  if (n < 1) return viz_fail(e, "viz.graph: no layers");
  Content *c = content_new(KIND_GRAPH);
  const char **texts = malloc(2 * (size_t)n * sizeof *texts);
  float *numbers = malloc(2 * (size_t)n * sizeof *numbers);
  bool ok = c && texts && numbers;
  for (int i = 0; ok && i < n; i++) {
    texts[i] = layer[i].name, texts[n + i] = layer[i].shape;
    numbers[i] = (float)layer[i].parameters, numbers[n + i] = (float)layer[i].share;
  }
  ok = ok && content_texts(c, &c->names, texts, n) && content_texts(c, &c->ynames, texts + n, n) &&
       content_floats(c, &c->f, numbers, 2 * (size_t)n);
  free(texts);
  free(numbers);
  if (c) c->n = n;
  return post_content(v, name, SLOT_MAIN, c, ok, e);
}

/* --- controls --------------------------------------------------------------------------------------------
 */

bool viz_slider(Viz *v, const char *name, double value, double lo, double hi, bool log, VizErr *e) {
  if (!(hi > lo) || (log && !(lo > 0))) return viz_fail(e, "viz.slider: %g..%g is no range", lo, hi);
  Post p = {.what = POST_SLIDER, .y = value, .lo = lo, .hi = hi, .log = log};
  snprintf(p.panel, sizeof p.panel, "%s", name);
  scene_post(v, &p);
  return true;
}

double viz_slider_value(Viz *v, const char *name, double otherwise) {
  scene_lock(v);
  Panel *p = scene_find(v, name);
  double value = p && p->kind == KIND_SLIDER ? p->value : otherwise;
  scene_unlock(v);
  return value;
}

bool viz_button(Viz *v, const char *name, VizErr *e) {
  if (!*name) return viz_fail(e, "viz.button: a name expected");
  Post p = {.what = POST_BUTTON};
  snprintf(p.panel, sizeof p.panel, "%s", name);
  scene_post(v, &p);
  return true;
}

int viz_button_presses(Viz *v, const char *name) {
  scene_lock(v);
  Panel *p = scene_find(v, name);
  int n = p ? p->presses : 0;
  if (p) p->presses = 0;
  scene_unlock(v);
  return n;
}
