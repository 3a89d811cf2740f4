/* surface.h: a function on a rectangle, as decision regions and contours hold it. */
#ifndef LUNETTE_SURFACE_H
#define LUNETTE_SURFACE_H
#include "scene.h"

typedef struct Surface { /* row 0 is at y0, column 0 at x0 */
  int h, w;
  float *value;
  double x0, x1, y0, y1;
  Range range;
} Surface;

bool surface_check(const char *what, const VizGrid *g, VizErr *e);
void surface_copy(Content *owner, Surface *to, const VizGrid *from);
void surface_extent(const Surface *s, Axes *a);

#endif
