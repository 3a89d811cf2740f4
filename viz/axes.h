/* axes.h: rectangles, where data lie in a plot and back, ticks, numbers as text.  No drawing and no scene:
 * the mouse uses the same maths. */
#ifndef LUNETTE_AXES_H
#define LUNETTE_AXES_H
#include "growing.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Rect {
  double x, y, w, h;
} Rect;
Rect rect_inset(Rect r, double by);
bool rect_has(Rect r, double x, double y);
bool rect_meets(Rect p, Rect q); /* an empty one meets none */
bool rect_meets_any(Rect r, const Rect *of, int n);

/* Entries one behind the other in lines of `width`, a new line where one has no room. */
typedef struct Flow {
  double width, x; /* where the next one would begin */
  int line;
} Flow;
double flow_place(Flow *f, double w); /* the entry's left end, in f->line */

typedef struct Axes {
  Rect plot;             /* pixels                                                */
  double x0, x1, y0, y1; /* seen: left, right, bottom, top; y as log10 when log_y */
  bool log_y;
  bool whole_x; /* steps: no tick between two whole numbers             */
  bool square;  /* one unit of x is as long as one of y                 */
} Axes;

double axes_px(const Axes *a, double x); /* data to pixels; y in data units, log applied here */
double axes_py(const Axes *a, double y);
double axes_x(const Axes *a, double px); /* pixels to data; y as the axis has it (log10)      */
double axes_y(const Axes *a, double py);
/* factor < 1: closer, around px, py; along x, y or both */
void axes_zoom(Axes *a, double px, double py, double factor, bool x, bool y);
/* Not closer than the numbers are apart, not farther than all the data small, never off them; all: their
 * extent. */
void axes_limit(Axes *a, const Axes *all);
void axes_keep_aspect(Axes *a); /* the plot shrinks to the data's proportions, centred */
/* Where a rectangle of the data lies in pixels: larger than the plot when zoomed in. */
Rect axes_rect(const Axes *a, double left, double right, double top, double bottom);

enum { TICKS_MOST = 14 };
typedef struct Ticks {
  int n;
  double at[TICKS_MOST];
  char label[TICKS_MOST][16]; /* in one style, no two alike; at most eight letters */
  char offset[32];            /* to be added to all the labels: "+1 000 000"; "": nothing */
} Ticks;
/* About `want` round numbers, at least two where there is any room between doubles; whole: none between two whole
 * numbers, unless nothing else is seen. */
void ticks_linear(double lo, double hi, int want, bool whole, Ticks *t);
/* lo, hi: exponents.  Powers of ten; 1, 2 and 5 of them over few decades; round numbers within less than that. */
void ticks_log(double lo, double hi, int want, Ticks *t);

/* In as few digits as give it back; as few as give the float back when it is one. */
void number_exact(double x, char text[32]);
void text_exact(Text *t, double x);        /* the same behind a text */
void number_text(double x, char text[24]); /* short: 0.2134, 1.2e-05, 12 300 000 */
/* An end of a scale that is nothing beside the other end is "0". */
void scale_text(double end, double other, char text[24]);

typedef struct Range {
  double lo, hi;
} Range;
Range range_of(const float *f, size_t n);                /* of the finite values; 0..1 when there are none */
Range range_even(Range r);                               /* even about 0 when it has both signs            */
double range_share(Range r, double x, double otherwise); /* 0 at lo, 1 at hi                          */

#endif
