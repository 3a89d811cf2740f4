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

static void draw_layer(Draw *d, const Graph *c, int i, Rect r) {
  const double share = c->share[i], base = r.y + r.h / 2 + sizes.base.layer * d->s,
               right = r.x + r.w - sizes.layer.share * d->s;
  char text[60], number[24];
  draw_rounded(d, r, sizes.layer.radius * d->s);
  draw_color(d, d->t->grid, 0.7);
  cairo_fill(d->cr);
  if (isfinite(share) && share > 0) {
    draw_rounded(d, (Rect){r.x, r.y, fmax(r.w * share, 2 * sizes.layer.radius * d->s), r.h},
                 sizes.layer.radius * d->s);
    draw_color(d, theme_series(d->t, 5), 0.35);
    cairo_fill(d->cr);
  }
  draw_font(d, sizes.label, true);
  draw_color(d, d->t->text, 1);
  draw_text_fit(d, r.x + sizes.layer.pad * d->s, base, r.w * 0.36, c->name[i]);
  draw_font(d, sizes.label, false);
  number_text(c->parameters[i], number);
  const double count_w = c->parameters[i] > 0 ? draw_text_width(d, number) + sizes.layer.pad * d->s : 0;
  draw_text_fit(d, r.x + r.w * 0.40, base, fmax(right - count_w - r.x - r.w * 0.40, 0), c->shape[i]);
  if (c->parameters[i] > 0) draw_text_right(d, right, base, number);
  if (!isfinite(share)) return;
  snprintf(text, sizeof text, "%.0f %%", share * 100);
  draw_text_right(d, r.x + r.w - sizes.layer.pad * d->s, base, text);
}

/* What goes from a layer to the next one. */
static void draw_edge(Draw *d, double x, double y0, double y1) {
  const double head = sizes.layer.arrow * d->s;
  draw_color(d, d->t->dim, 0.9);
  cairo_set_line_width(d->cr, sizes.stroke.edge * d->s);
  cairo_move_to(d->cr, x, y0);
  cairo_line_to(d->cr, x, y1 - head);
  cairo_stroke(d->cr);
  cairo_move_to(d->cr, x, y1);
  cairo_line_to(d->cr, x - head, y1 - head);
  cairo_line_to(d->cr, x + head, y1 - head);
  cairo_close_path(d->cr);
  cairo_fill(d->cr);
}

static void draw_readout(Draw *d, const Graph *c, int i, Rect card) {
  char text[4][140], number[32];
  const char *line[4] = {text[0], text[1], text[2], text[3]};
  int n = 0;
  snprintf(text[n++], sizeof *text, "%d  %.120s", i + 1, c->name[i]);
  if (*c->shape[i]) snprintf(text[n++], sizeof *text, "gives %.120s", c->shape[i]);
  number_text(c->parameters[i], number);
  if (c->parameters[i] > 0) snprintf(text[n++], sizeof *text, "%s parameters", number);
  if (isfinite(c->share[i])) snprintf(text[n++], sizeof *text, "%.3g %% of the time", 100 * c->share[i]);
  draw_tip(d, card, line, NULL, n);
}

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  const Graph *c = graph_of(p);
  (void)a;
  double row = fmin(sizes.layer.row * d->s, body.h / c->n);
  const bool small = row < sizes.layer.row_least * d->s; /* too many to label each: scroll */
  if (small) row = sizes.layer.row_scrolled * d->s;
  p->scroll = fmin(p->scroll, fmax(c->n - body.h / row, 0));
  const double gap = row > sizes.layer.row_linked * d->s ? sizes.layer.gap * d->s : sizes.device.layer;
  int under = -1;
  draw_clip(d, body);
  for (int i = 0; i < c->n; i++) {
    const double y = body.y + row * (i - (small ? p->scroll : 0));
    const Rect r = {body.x, y, body.w, row - gap};
    if (y < body.y - row || y > body.y + body.h) continue;
    draw_layer(d, c, i, r);
    if (i + 1 < c->n && gap > sizes.device.edge) draw_edge(d, body.x + body.w * 0.2, r.y + r.h, y + row);
    if (d->pointer && rect_has(r, d->px, d->py)) under = i;
  }
  cairo_restore(d->cr);
  if (under >= 0) draw_readout(d, c, under, body);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %d", graph_of(p)->n); }

const PanelKind graph_kind = {
    .name = "graph", .scrolls = true, .accept = scene_take, .draw = draw, .describe = describe};
