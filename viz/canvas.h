/* canvas.h: an antialiased drawing canvas for scripts.
 *
 * Pixels from the top left corner, angles in radians clockwise, colours 0..1.  Path, then fill or stroke with
 * the colour or gradient set last.  Starts white.  Most calls are rows of one table, so that a binding is a
 * loop. */
#ifndef LUNETTE_CANVAS_H
#define LUNETTE_CANVAS_H
#include "viz.h"

enum { CANVAS_ARGS = 8, CANVAS_MOST = 16384 };

typedef struct Canvas Canvas;
typedef struct CanvasOp {
  const char *name, *args;       /* names of the numbers it takes; those after '[' may be left out */
  double otherwise[CANVAS_ARGS]; /* their values when left out */
  void (*run)(Canvas *c, const double *x);
} CanvasOp;
extern const CanvasOp canvas_ops[]; /* name NULL ends */

Canvas *canvas_new(int h, int w, VizErr *e); /* at most CANVAS_MOST each way */
void canvas_free(Canvas *c);
int canvas_height(const Canvas *c);
int canvas_width(const Canvas *c);

/* A closed path through n corners x, y. */
void canvas_polygon(Canvas *c, int n, const double *xy);
/* Gradients along a line or from a centre; stops: n rows of position, r, g, b, a. */
void canvas_linear(Canvas *c, double x0, double y0, double x1, double y1, int n, const double *stops);
void canvas_radial(Canvas *c, double x, double y, double radius, int n, const double *stops);
void canvas_font(Canvas *c, const char *family, double size, bool bold);
void canvas_text(Canvas *c, double x, double y, const char *text); /* y is the base line */
double canvas_text_width(Canvas *c, const char *text);
/* h x w x channels (1 or 3) bytes, drawn into the rectangle. */
bool canvas_image(Canvas *c, double x, double y, double width, double height, int h, int w, int channels,
                  const unsigned char *pixels, VizErr *e);
/* Reads out h x w x channels (1: luminance, 3) bytes. */
void canvas_read(Canvas *c, int channels, unsigned char *pixels);
/* NULL: all is well; else what went wrong since the last time asked (an unbalanced restore, no memory). */
const char *canvas_trouble(Canvas *c);
#endif
