/* draw.h: one drawing of the scene for the window, PNG, SVG and PDF, through Cairo. */
#ifndef LUNETTE_DRAW_H
#define LUNETTE_DRAW_H
#include "input.h"
#include "theme.h"

#include <cairo.h>

typedef struct Draw {
  cairo_t *cr;
  const Theme *t;
  double s;                /* scale of text and lines                                          */
  cairo_surface_t *pixels; /* ARGB32 image that may be written directly; NULL for SVG and PDF   */
  bool pointer;            /* the mouse is over the panel drawn, at px, py                      */
  double px, py;
} Draw;

/* The whole scene, or (changed_only) the panels whose version differs from what was drawn last. */
void draw_scene(cairo_t *cr, cairo_surface_t *pixels, Viz *v, double w, double h, const Overlay *o,
                bool changed_only);

/* draw.c: parts that the panels share.  Text: y is the base line. */
void draw_color(Draw *d, Rgb c, double alpha);
void draw_font(Draw *d, double size, bool bold);
double draw_text_width(Draw *d, const char *text);
void draw_text(Draw *d, double x, double y, const char *text);
void draw_text_right(Draw *d, double x, double y, const char *text);
void draw_text_middle(Draw *d, double x, double y, const char *text);
void draw_text_fit(Draw *d, double x, double y, double width, const char *text); /* cut with an ellipsis */
void draw_line(Draw *d, double x0, double y0, double x1, double y1);             /* crisp, one pixel     */
void draw_rounded(Draw *d, Rect r, double radius);
void draw_axes(Draw *d, const Axes *a, const char *xname);
void draw_clip(Draw *d, Rect r); /* until cairo_restore */
void draw_pixels(Draw *d, const uint32_t *argb, int w, int h, Rect to, bool smooth);
void draw_legend(Draw *d, Rect area, char *const *names, int n, Rgb (*color)(int));
void draw_tip(Draw *d, Rect inside, const char *const *line, const Rgb *color, int n);

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
#endif
