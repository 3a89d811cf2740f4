/* panel.h: the kinds of panels. */
#ifndef LUNETTE_PANEL_H
#define LUNETTE_PANEL_H
#include "pen.h"

/* Panels: r is the card, a its axes. */
void draw_curves(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_image(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_heatmap(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_spectrogram(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_boundary(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_contour(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_scatter(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_roll(Draw *d, Panel *p, Rect r, const Axes *a);
void draw_text_panel(Draw *d, Panel *p, Rect body);
void draw_bars(Draw *d, Panel *p, Rect body);
void draw_hist(Draw *d, Panel *p, Rect body);
void draw_graph(Draw *d, Panel *p, Rect body);
void draw_control(Draw *d, Panel *p, Rect r);
/* Points of a class (marker shape by class); shared by scatter and boundary. */
void draw_points(Draw *d, const Axes *a, const Content *c, const float *xy, Rect r);

/* Places that drawing and mouse share: a slider's track; the series whose legend entry is at x, y, or -1. */
Rect control_track(Rect r, double s);
int legend_at(const Panel *p, Rect r, double s, double x, double y);

/* What hovering reads of one series: its point nearest to the mouse. */
typedef struct Reading {
  double x, y, smooth; /* step or seconds; the value; the smoothed one, or NaN */
} Reading;
bool series_reading(const Panel *p, int series, double x, Reading *out); /* false: hidden or empty */

#endif
