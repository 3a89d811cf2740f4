/* graph.c: a network: a row a layer, with output shape, parameters and share of the time. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Graph {
  Content head;
  int n;
  char **name, **shape;
  double *parameters, *share; /* share: part of the time 0..1, NAN: unknown */
} Graph;

bool viz_graph(Viz *v, const char *name, int n, const VizLayer *layer, VizErr *e) {
  if (n < 1) return viz_fail(e, "viz.graph: no layers");
  Graph *c = content_new(sizeof *c);
  const char **texts = malloc(2 * (size_t)n * sizeof *texts);
  double *numbers = malloc(2 * (size_t)n * sizeof *numbers);
  if (c) c->head.failed = !texts || !numbers;
  for (int i = 0; c && !c->head.failed && i < n; i++) {
    texts[i] = layer[i].name, texts[n + i] = layer[i].shape;
    numbers[i] = layer[i].parameters, numbers[n + i] = layer[i].share;
  }
  if (c && !c->head.failed) {
    c->n = n;
    c->name = content_texts(&c->head, texts, n);
    c->shape = content_texts(&c->head, texts + n, n);
    c->parameters = content_copy(&c->head, numbers, (size_t)n * sizeof *numbers);
    c->share = content_copy(&c->head, numbers + n, (size_t)n * sizeof *numbers);
  }
  free(texts);
  free(numbers);
  return scene_post_content(v, name, &graph_kind, 0, &c->head, e);
}

static const Graph *graph_of(const Panel *p) { return (const Graph *)p->part[0]; }

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  const Graph *c = graph_of(p);
  (void)a;
  double row = fmin(30 * d->s, body.h / c->n), most = 0;
  for (int i = 0; i < c->n; i++) most = fmax(most, isfinite(c->share[i]) ? c->share[i] : 0);
  bool small = row < 15 * d->s; /* too many to label each: scroll */
  if (small) row = 18 * d->s;
  draw_clip(d, body);
  for (int i = 0; i < c->n; i++) {
    double y = body.y + row * (i - (small ? p->scroll : 0)), share = c->share[i];
    if (y < body.y - row || y > body.y + body.h) continue;
    Rect r = {body.x, y + 1.5, body.w, row - 3};
    draw_rounded(d, r, 4 * d->s);
    draw_color(d, d->t->grid, 0.7);
    cairo_fill(d->cr);
    if (isfinite(share) && most > 0) {
      draw_rounded(d, (Rect){r.x, r.y, fmax(r.w * share, 8 * d->s), r.h}, 4 * d->s);
      draw_color(d, theme_series(d->t, 5), 0.35);
      cairo_fill(d->cr);
    }
    double base = y + row / 2 + 4.5 * d->s;
    char text[60], number[24];
    draw_font(d, sizes.label, true);
    draw_color(d, d->t->text, 1);
    draw_text_fit(d, r.x + 8 * d->s, base, r.w * 0.36, c->name[i]);
    draw_font(d, sizes.label, false);
    number_text(c->parameters[i], number);
    double right = r.x + r.w - 50 * d->s,
           count_w = c->parameters[i] > 0 ? draw_text_width(d, number) + 8 * d->s : 0;
    draw_text_fit(d, r.x + r.w * 0.40, base, fmax(right - count_w - r.x - r.w * 0.40, 0), c->shape[i]);
    if (c->parameters[i] > 0) draw_text_right(d, right, base, number);
    if (isfinite(share)) {
      snprintf(text, sizeof text, "%.0f %%", share * 100);
      draw_text_right(d, r.x + r.w - 8 * d->s, base, text);
    }
  }
  cairo_restore(d->cr);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %d", graph_of(p)->n); }

const PanelKind graph_kind = {
    .name = "graph", .scrolls = true, .accept = scene_take, .draw = draw, .describe = describe};
