/* axes.h: where panels lie, where data lie in a panel, and back.  No drawing: the mouse uses the same maths.
 */
#ifndef LUNETTE_AXES_H
#define LUNETTE_AXES_H
#include "scene.h"

typedef struct Rect {
  double x, y, w, h;
} Rect;

typedef struct Axes {
  Rect plot;             /* pixels                                                           */
  double x0, x1, y0, y1; /* seen: left, right, bottom, top; y as log10 when log_y            */
  bool log_y;
  bool ticks; /* has labelled axes                                                */
} Axes;

enum { TICKS_MOST = 12 };
typedef struct Ticks {
  int n;
  double at[TICKS_MOST];
  char label[TICKS_MOST][16];
} Ticks;

/* Rectangles of the panels in a window of w x h; hidden ones (another is full) get w = 0. */
void layout_panels(const Viz *v, double w, double h, Rect *out);
/* Automatic rows: how many panels in each of `rows` rows; returns rows.  Pure, for 1..PANELS panels. */
int layout_rows(int panels, double w, double h, int per_row[PANELS]);

Rect rect_inset(Rect r, double by);
bool rect_has(Rect r, double x, double y);

/* All the data of a panel: false when it has no data plane (text, bars, graph, controls). */
bool panel_extent(const Panel *p, double *x0, double *x1, double *y0, double *y1);
bool panel_axes(const Panel *p, Rect r, double s, Axes *a);
void image_grid(const Content *c, int *columns, int *rows); /* of a batch of pictures */

double axes_px(const Axes *a, double x); /* data to pixels; y in data units, log applied here */
double axes_py(const Axes *a, double y);
double axes_x(const Axes *a, double px); /* pixels to data; y as the axis has it (log10)      */
double axes_y(const Axes *a, double py);
void axes_zoom(Axes *a, double px, double py, double factor, bool x,
               bool y); /* factor < 1: closer, around px,py */

void ticks_linear(double lo, double hi, int want, Ticks *t);
void ticks_log(double lo, double hi, Ticks *t); /* lo, hi: exponents */
void number_text(double x, char text[24]);      /* short: 0.2134, 1.2e-05, 12 300 000 */
/* The ends of a matrix's colour scale (even about 0 when it has both signs), and their texts: an end that is
 * nothing beside the other is "0". */
void scale_ends(const Content *c, double *lo, double *hi);
void scale_text(double end, double other, char text[24]);
#endif
