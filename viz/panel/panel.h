/* panel.h: the kinds of panels, each a record in a file of its own, which also has the calls that post for
 * it.
 *
 * A new kind: a file here with its record, a line in the list below and in kinds.c, its call in ../viz.h. */
#ifndef LUNETTE_PANEL_H
#define LUNETTE_PANEL_H
#include "curve.h"
#include "pen.h"
#include "scene.h"

extern const PanelKind *const panel_kinds[]; /* all of them; NULL ends */
extern const PanelKind curves_kind, image_kind, scatter_kind, boundary_kind, contour_kind, text_kind,
    heatmap_kind, spectrogram_kind, bars_kind, hist_kind, roll_kind, graph_kind, slider_kind, button_kind,
    menu_kind;

/* curves.c: what tests and the mouse look at. */
typedef struct Curves {
  Curve **series;
  int count, room;
  Curve **
      branch; /* what series had when the work went back, without names: where[k] of branch[k] is its series */
  int *where, branches;
  bool by_time;
  bool bare;   /* without earlier runs */
  double beta; /* of the smoothing */
} Curves;
Curves *panel_curves(const Panel *p); /* NULL: another kind */
/* What hovering reads of one series: its point nearest to the mouse. */
typedef struct Reading {
  double x, y, smooth; /* step or seconds; the value; the smoothed one, or NaN */
} Reading;
bool series_reading(const Panel *p, int series, double x, Reading *out); /* false: hidden or empty */
int legend_at(const Panel *p, double scale, double x, double y); /* the entry there, series first; or -1 */

Rect slider_track(Rect card, double scale);
double slider_share(double value, double lo, double hi, bool log); /* 0 at lo, 1 at hi */
double slider_at(double share, double lo, double hi, bool log);    /* and back         */

#endif
