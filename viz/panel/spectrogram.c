/* spectrogram.c: frames x bins, low bins at the bottom, the probability of each frame under it. */
#include "grid.h"
#include "panel.h"
#include "spans.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Spectrogram {
  Content head;
  int frames, bins;
  float *value; /* frames x bins */
  float *prob;  /* of each frame, or NULL */
  Range range;
  double threshold;
} Spectrogram;

bool viz_spectrogram(Viz *v, const char *name, int frames, int bins, const float *value, const float *prob,
                     double threshold, VizErr *e) {
  if (frames < 1 || bins < 1) return viz_fail(e, "viz.spectrogram: %d x %d is empty", frames, bins);
  const size_t n = (size_t)frames * (size_t)bins;
  Spectrogram *c = content_new(sizeof *c);
  if (c) {
    c->frames = frames, c->bins = bins, c->threshold = threshold;
    c->value = content_copy(&c->head, value, n * sizeof *value);
    c->prob = content_copy(&c->head, prob, (size_t)frames * sizeof *prob);
    if (c->value) c->range = range_of(c->value, n);
  }
  return scene_post_content(v, name, &spectrogram_kind, 0, &c->head, e);
}

static const Spectrogram *spectrogram_of(const Panel *p) { return (const Spectrogram *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  const Spectrogram *c = spectrogram_of(p);
  a->x0 = 0, a->x1 = c->frames, a->y0 = 0, a->y1 = c->bins, a->whole_x = true;
  return true;
}

static void margins(const Panel *p, Rect card, double s, Margins *m) {
  static const double UNDER = 0.28; /* of the height is the probability's */
  if (spectrogram_of(p)->prob) m->bottom += UNDER * (card.h - sizes.head * s - m->top - m->bottom);
}

static Rgb power_color(const Range *range, double x) {
  return isfinite(x) ? theme_viridis(range_share(*range, x, 0)) : not_a_number();
}

/* Its axes, the threshold and the curve. */
static void draw_probability(Draw *d, const Axes *a, const Spectrogram *c) {
  const Stroke how = {.color = theme_series(d->t, 0), .alpha = 1, .width = sizes.stroke.curve * d->s};
  double *xy = malloc(2 * (size_t)c->frames * sizeof *xy);
  draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  if (isfinite(c->threshold)) {
    draw_color(d, d->t->alarm, 0.9);
    draw_line(d, a->plot.x, axes_py(a, c->threshold), a->plot.x + a->plot.w, axes_py(a, c->threshold));
  }
  for (int x = 0; xy && x < c->frames; x++) xy[2 * x] = x + 0.5, xy[2 * x + 1] = (double)c->prob[x];
  if (xy) spans_line(d, a, xy, c->frames, &how);
  cairo_restore(d->cr);
  free(xy);
}

/* Of the frame under the pointer; in the lower plot without a bin. */
static void draw_readout(Draw *d, const Spectrogram *c, Rect card, const Axes *a) {
  const int frame = (int)floor(axes_x(a, d->px)), bin = (int)floor(axes_y(a, d->py));
  if (!d->pointer || d->px < a->plot.x || d->px >= a->plot.x + a->plot.w || frame < 0 || frame >= c->frames)
    return;
  char text[3][60];
  const char *line[3] = {text[0], text[1], text[2]};
  int n = 0;
  snprintf(text[n++], sizeof *text, "frame %d", frame + 1);
  if (rect_has(a->plot, d->px, d->py) && bin >= 0 && bin < c->bins)
    snprintf(text[n++], sizeof *text, "bin %d: %.5g", bin + 1,
             (double)c->value[(size_t)frame * (size_t)c->bins + (size_t)bin]);
  if (c->prob) snprintf(text[n++], sizeof *text, "probability %.4g", (double)c->prob[frame]);
  draw_tip(d, card, line, NULL, n);
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Spectrogram *c = spectrogram_of(p);
  const Colored cells = grid_colored(c->value + c->bins - 1, c->bins, -1, c->range, power_color,
                                     &c->range); /* low bins below */
  const Raster raster = {.w = c->frames, .h = c->bins, .of = &cells, .row = colored_row};
  Axes under = *a;
  under.plot.y = a->plot.y + a->plot.h + sizes.between_plots * d->s;
  under.plot.h = r.y + r.h - sizes.bottom * d->s - under.plot.y;
  under.y0 = 0, under.y1 = 1;
  if (!c->prob) draw_axes(d, a, NULL);
  draw_clip(d, a->plot);
  draw_raster(d, &raster, axes_rect(a, 0, c->frames, c->bins, 0), a->plot, &p->part[0]->kept);
  cairo_restore(d->cr);
  if (c->prob && under.plot.h >= sizes.device.plot) draw_probability(d, &under, c);
  draw_readout(d, c, r, a);
}

static Rgb cell_at(const void *of, int y, int x) {
  const Spectrogram *c = of;
  return theme_viridis(
      range_share(c->range, (double)c->value[(size_t)x * (size_t)c->bins + (size_t)(c->bins - 1 - y)], 0));
}
static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Spectrogram *c = spectrogram_of(p);
  text_raster(t, how, c->bins, c->frames, cell_at, c);
}

static void describe(const Panel *p, Text *t) {
  const Spectrogram *c = spectrogram_of(p);
  text_add(t, ", %d x %d, %.4g to %.4g", c->bins, c->frames, c->range.lo, c->range.hi);
}

const PanelKind spectrogram_kind = {.name = "spectrogram",
                                    .keeps = true,
                                    .accept = scene_take,
                                    .extent = extent,
                                    .margins = margins,
                                    .draw = draw,
                                    .describe = describe,
                                    .terminal = terminal};
