/* pen.h: drawing through Cairo for the window, PNG, SVG and PDF alike. */
#ifndef LUNETTE_PEN_H
#define LUNETTE_PEN_H
#include "axes.h"
#include "letters.h"
#include "theme.h"

#include <cairo.h>

typedef struct Draw {
  cairo_t *cr;
  const Theme *t;
  Letters *letters;
  double s;                /* scale of text and lines                                          */
  cairo_surface_t *pixels; /* ARGB32 image that may be written directly; NULL for SVG and PDF   */
  bool live;               /* for the window, not for a file                                    */
  bool pointer;            /* the mouse is over the panel drawn, at px, py                      */
  double px, py;
} Draw;

/* Parts that the panels share.  Text: y is the base line. */
void draw_color(Draw *d, Rgb c, double alpha);
void draw_font(Draw *d, double size, bool bold);
double draw_text_width(Draw *d, const char *text);
void draw_text(Draw *d, double x, double y, const char *text);
void draw_text_right(Draw *d, double x, double y, const char *text);
void draw_text_middle(Draw *d, double x, double y, const char *text);
void draw_text_fit(Draw *d, double x, double y, double width, const char *text); /* cut with an ellipsis */
/* The same, cut in the middle: many names differ in their ends. */
void draw_name_fit(Draw *d, double x, double y, double width, const char *text);
void draw_hair(Draw *d); /* sets the width of axes and frames: whole pixels, one at scale 1 */
void draw_line(Draw *d, double x0, double y0, double x1, double y1); /* crisp when it is a hair */
void draw_rounded(Draw *d, Rect r, double radius);
void draw_axes(Draw *d, const Axes *a, const char *xname);
/* Parts of it, for other ticks; the font is set.  The last `taken` pixels of x belong to the axis's name. */
void draw_x_ticks(Draw *d, const Axes *a, const Ticks *t, double taken);
void draw_y_ticks(Draw *d, const Axes *a, const Ticks *t);
/* A bar of the colours, right of the plot and as high, with the two ends as numbers beside it; even: and
 * round ones between them. */
void draw_scale(Draw *d, const Axes *a, Rgb (*color)(const void *of, double share), const void *of,
                Range ends, bool even);
void draw_clip(Draw *d, Rect r); /* until cairo_restore */
void draw_pixels(Draw *d, const uint32_t *argb, int w, int h, Rect to, bool smooth);
/* A card so low that data go before names of axes, scales and legends. */
bool card_small(Rect card, double scale);
/* Lines of entries that have flowed so: a third of the card's height at most, one at least, none in a small card. */
int legend_kept(const Flow *f, Rect card, double scale);
/* That of names in lines of this width; without a font. */
int legend_lines(char *const *names, int n, double width, Rect card, double scale);
Rect legend_area(Rect card, int lines, double scale); /* over a plot with the theme's margins */
/* In lines of sizes.legend from the area's top; an ellipsis where they do not fit into its height. */
typedef Rgb LegendColor(const void *of, const Theme *t, int i); /* NULL: theme_class(i) */
void draw_legend(Draw *d, Rect area, char *const *names, int n, LegendColor *color, const void *of);
/* Beside the pointer and within the card; color: squares before all lines but the first, or NULL. */
void draw_tip(Draw *d, Rect card, const char *const *line, const Rgb *color, int n);
#endif
