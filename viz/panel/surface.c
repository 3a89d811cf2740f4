/* surface.c: see surface.h. */
#include "surface.h"

bool surface_check(const char *what, const VizGrid *g, VizErr *e) {
  if (g->h < 2 || g->w < 2) return viz_fail(e, "%s: a grid of %d x %d (at least 2 x 2)", what, g->h, g->w);
  if (!(g->x1 > g->x0) || !(g->y1 > g->y0))
    return viz_fail(e, "%s: the rectangle %g..%g x %g..%g is empty", what, g->x0, g->x1, g->y0, g->y1);
  return true;
}

void surface_copy(Content *owner, Surface *to, const VizGrid *g) {
  const size_t n = (size_t)g->h * (size_t)g->w;
  *to = (Surface){.h = g->h, .w = g->w, .x0 = g->x0, .x1 = g->x1, .y0 = g->y0, .y1 = g->y1};
  to->value = content_copy(owner, g->value, n * sizeof *g->value);
  if (to->value) to->range = range_of(to->value, n);
}

void surface_extent(const Surface *s, Axes *a) { a->x0 = s->x0, a->x1 = s->x1, a->y0 = s->y0, a->y1 = s->y1; }
