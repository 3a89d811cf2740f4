/* spans.h: dense curves as vertical spans, written as pixels. */
#ifndef LUNETTE_SPANS_H
#define LUNETTE_SPANS_H
#include "curve.h"
#include "pen.h"

typedef struct Stroke {
  Rgb color;
  double alpha, width; /* pixels */
  double dash[4];      /* on and off along x, pixels */
  int dashes;          /* 0: solid */
  bool area;           /* all between the line and `foot` in its place */
  double foot;         /* pixels */
} Stroke;

/* A curve whose steps never went back; p: its values or the smoothed ones.  On pixels as they are, else as rectangles. */
void spans_draw(Draw *d, const Axes *a, const Curve *c, const Pyramid *p, bool by_time, const Stroke *how);
/* A line through n points x, y whose x never goes back, or the area between it and the foot. */
void spans_line(Draw *d, const Axes *a, const double *xy, int n, const Stroke *how);

#endif
