/* graph.c: a network: a box a layer, with output shape, parameters and share of the time; layers that work side by side
 * stand side by side, and what goes past layers runs in a lane beside them. */
#include "layout.h"
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LANES_MOST = 8 };

typedef struct Graph {
  Content head;
  int n, edges, depths, lanes;
  char **name, **shape;
  double *parameters, *share;   /* share: part of the time 0..1, NAN: unknown */
  int *depth, *column, *beside; /* of a layer: its row, its place there, and how many stand there */
  int *from, *to, *lane;        /* of an edge; lane -1: to the next row */
} Graph;

/* --- where layers and edges lie ------------------------------------------------------------------------------- */

static int sources_of(const VizLayer *layer, int i) { return layer[i].from ? layer[i].sources : i > 0; }
static int source_of(const VizLayer *layer, int i, int k) { return layer[i].from ? layer[i].from[k] : i - 1; }

/* The row of a layer is one below the lowest of those it takes from. */
static void place_layers(Graph *c) {
  int *here = calloc((size_t)c->n + 1, sizeof *here);
  if (!here) c->head.failed = true;
  for (int e = 0, i = 0; here && i < c->n; i++) {
    c->depth[i] = 0;
    for (; e < c->edges && c->to[e] == i; e++)
      if (c->depth[c->from[e]] >= c->depth[i]) c->depth[i] = c->depth[c->from[e]] + 1;
    if (c->depth[i] >= c->depths) c->depths = c->depth[i] + 1;
    c->column[i] = here[c->depth[i]]++;
  }
  for (int i = 0; here && i < c->n; i++) c->beside[i] = here[c->depth[i]];
  free(here);
}

/* An edge past rows gets a lane that is free for its length; of very many the last lane has several. */
static void place_edges(Graph *c) {
  int free_at[LANES_MOST]; /* below that row */
  for (int k = 0; k < LANES_MOST; k++) free_at[k] = -1;
  for (int e = 0; e < c->edges; e++) {
    const int from = c->depth[c->from[e]], to = c->depth[c->to[e]];
    int k = 0;
    c->lane[e] = -1;
    if (to - from < 2) continue;
    while (k + 1 < LANES_MOST && free_at[k] >= from) k++;
    c->lane[e] = k;
    if (free_at[k] < to) free_at[k] = to;
    if (k >= c->lanes) c->lanes = k + 1;
  }
}

static void *room(Graph *c, const void *from, size_t n, size_t each) {
  return content_copy(&c->head, from, n * each);
}

/* texts: 2 n, numbers: 2 n, ints: 3 n + 3 edges: room that is copied. */
static void fill(Graph *c, int n, const VizLayer *layer, const char **texts, double *numbers, int *ints) {
  for (int i = 0; i < n; i++) {
    texts[i] = layer[i].name, texts[n + i] = layer[i].shape;
    numbers[i] = layer[i].parameters, numbers[n + i] = layer[i].share;
  }
  c->n = n;
  c->name = content_texts(&c->head, texts, n);
  c->shape = content_texts(&c->head, texts + n, n);
  c->parameters = room(c, numbers, (size_t)n, sizeof *numbers);
  c->share = room(c, numbers + n, (size_t)n, sizeof *numbers);
  int *own = room(c, ints, 3 * (size_t)(n + c->edges), sizeof *ints);
  if (c->head.failed) return;
  c->depth = own, c->column = own + n, c->beside = own + 2 * n;
  c->from = own + 3 * n, c->to = c->from + c->edges, c->lane = c->to + c->edges;
  for (int i = 0, e = 0; i < n; i++)
    for (int k = 0; k < sources_of(layer, i); k++, e++) c->from[e] = source_of(layer, i, k), c->to[e] = i;
  place_layers(c);
  if (!c->head.failed) place_edges(c);
}

bool viz_graph(Viz *v, const char *name, int n, const VizLayer *layer, VizErr *e) {
  int edges = 0;
  if (n < 1) return viz_fail(e, "viz.graph: no layers");
  for (int i = 0; i < n; i++)
    for (int k = 0; k < sources_of(layer, i); k++, edges++)
      if (source_of(layer, i, k) < 0 || source_of(layer, i, k) >= i)
        return viz_fail(e, "viz.graph: layer %d takes from layer %d, which does not come before it", i + 1,
                        source_of(layer, i, k) + 1);
  Graph *c = content_new(sizeof *c);
  const char **texts = malloc(2 * (size_t)n * sizeof *texts);
  double *numbers = malloc(2 * (size_t)n * sizeof *numbers);
  int *ints = calloc(3 * (size_t)(n + edges), sizeof *ints);
  if (c) c->head.failed = !texts || !numbers || !ints, c->edges = edges;
  if (c && !c->head.failed) fill(c, n, layer, texts, numbers, ints);
  free(texts);
  free(numbers);
  free(ints);
  return scene_post_content(v, name, &graph_kind, 0, &c->head, e);
}

static const Graph *graph_of(const Panel *p) { return (const Graph *)p->part[0]; }

/* x from 0 to 1, lanes at the left; y in rows, of which few leave room below. */
static bool extent(const Panel *p, Axes *a) {
  const Rect body = panel_body(p->place, p->scene->scale);
  a->x0 = 0, a->x1 = 1, a->y1 = 0;
  a->y0 = fmax(graph_of(p)->depths, body.h / (sizes.layer.row * p->scene->scale));
  return true;
}

/* So many rows that each can be read; the others are a drag away. */
static void view(const Panel *p, double s, Axes *a) {
  (void)p;
  a->y0 = fmin(a->y0, a->y1 + a->plot.h / (sizes.layer.row_least * s));
}

static void margins(const Panel *p, Rect card, double s, Margins *m) {
  (void)p, (void)card;
  *m = (Margins){sizes.side * s, sizes.side * s, sizes.under_head * s, sizes.foot * s};
}

static double lanes_share(const Graph *c) { return fmin(0.04 * c->lanes, 0.25); }

static double row_gap(const Draw *d, const Axes *a) {
  return axes_py(a, 1) - axes_py(a, 0) > sizes.layer.row_linked * d->s ? sizes.layer.gap * d->s
                                                                       : sizes.layer.low_gap * d->s;
}

static Rect layer_rect(const Draw *d, const Axes *a, const Graph *c, int i) {
  const double left = lanes_share(c), wide = (1 - left) / c->beside[i], x = left + wide * c->column[i];
  Rect r = axes_rect(a, x, x + wide, c->depth[i], c->depth[i] + 1);
  if (c->column[i] + 1 < c->beside[i]) r.w -= sizes.layer.gap * d->s;
  r.h -= row_gap(d, a);
  return r;
}

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
  if (r.h < sizes.layer.text * d->s || r.w < sizes.layer.text * d->s) return;
  const bool whole = r.w > sizes.layer.whole * d->s;
  draw_font(d, sizes.label, true);
  draw_color(d, d->t->text, 1);
  draw_name_fit(d, r.x + sizes.layer.pad * d->s, base, whole ? r.w * 0.36 : r.w - 2 * sizes.layer.pad * d->s,
                c->name[i]);
  if (!whole) return;
  draw_font(d, sizes.label, false);
  number_text(c->parameters[i], number);
  const double count_w = c->parameters[i] > 0 ? draw_text_width(d, number) + sizes.layer.pad * d->s : 0;
  draw_text_fit(d, r.x + r.w * 0.40, base, fmax(right - count_w - r.x - r.w * 0.40, 0), c->shape[i]);
  if (c->parameters[i] > 0) draw_text_right(d, right, base, number);
  if (!isfinite(share)) return;
  snprintf(text, sizeof text, "%.0f %%", share * 100);
  draw_text_right(d, r.x + r.w - sizes.layer.pad * d->s, base, text);
}

/* What goes from a layer to one in the next row, into the upper edge; or past rows, by its lane and into the side. */
static void draw_edge(Draw *d, const Axes *a, const Graph *c, int e) {
  const double head = sizes.layer.arrow * d->s;
  const Rect from = layer_rect(d, a, c, c->from[e]), to = layer_rect(d, a, c, c->to[e]);
  double x = to.x + to.w * 0.2, y = to.y, dx = 0, dy = 1; /* where it ends, and its direction there */
  draw_color(d, d->t->dim, 0.9);
  cairo_set_line_width(d->cr, sizes.stroke.edge * d->s);
  if (c->lane[e] < 0) {
    cairo_move_to(d->cr, from.x + from.w * 0.2, from.y + from.h);
  } else {
    const double lane = axes_px(a, lanes_share(c) * (c->lanes - c->lane[e] - 0.5) / c->lanes);
    x = to.x, y = to.y + to.h / 2, dx = 1, dy = 0;
    cairo_move_to(d->cr, from.x, from.y + from.h / 2);
    cairo_line_to(d->cr, lane, from.y + from.h / 2);
    cairo_line_to(d->cr, lane, y);
  }
  cairo_line_to(d->cr, x - dx * head, y - dy * head);
  cairo_stroke(d->cr);
  cairo_move_to(d->cr, x, y);
  cairo_line_to(d->cr, x - head * (dx + dy), y - head * (dy + dx));
  cairo_line_to(d->cr, x - head * (dx - dy), y - head * (dy - dx));
  cairo_close_path(d->cr);
  cairo_fill(d->cr);
}

/* Which of the rows are seen, where not all are. */
static void draw_position(Draw *d, const Graph *c, const Axes *a) {
  const double from = fmax(a->y1, 0) / c->depths, to = fmin(a->y0, c->depths) / c->depths,
               wide = sizes.layer.position * d->s;
  if (to - from > 0.999 || to < from) return;
  const Rect bar = {a->plot.x + a->plot.w + wide, a->plot.y + a->plot.h * from, wide,
                    a->plot.h * (to - from)};
  draw_rounded(d, bar, wide / 2);
  draw_color(d, d->t->dim, 0.5);
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

static void draw(Draw *d, Panel *p, Rect card, const Axes *a) {
  const Graph *c = graph_of(p);
  const bool linked = row_gap(d, a) > sizes.layer.linked_gap * d->s;
  const double top = axes_y(a, a->plot.y) - 1, bottom = axes_y(a, a->plot.y + a->plot.h);
  int under = -1;
  draw_clip(d, a->plot);
  for (int e = 0; e < c->edges; e++)
    if (c->depth[c->to[e]] >= top && c->depth[c->from[e]] <= bottom && (linked || c->lane[e] >= 0))
      draw_edge(d, a, c, e);
  for (int i = 0; i < c->n; i++) {
    const Rect r = layer_rect(d, a, c, i);
    if (c->depth[i] < top || c->depth[i] > bottom) continue;
    draw_layer(d, c, i, r);
    if (d->pointer && rect_has(a->plot, d->px, d->py) && rect_has(r, d->px, d->py)) under = i;
  }
  cairo_restore(d->cr);
  draw_position(d, c, a);
  if (under >= 0) draw_readout(d, c, under, card);
}

static void describe(const Panel *p, Text *t) {
  const Graph *c = graph_of(p);
  int past = 0;
  for (int e = 0; e < c->edges; e++) past += c->lane[e] >= 0;
  text_add(t, ", %d", c->n);
  if (c->depths < c->n) text_add(t, " in %d rows", c->depths);
  if (past) text_add(t, ", %d past others", past);
}

const PanelKind graph_kind = {.name = "graph",
                              .accept = scene_take,
                              .extent = extent,
                              .view = view,
                              .margins = margins,
                              .draw = draw,
                              .describe = describe};
