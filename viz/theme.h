/* theme.h: colours: light and dark, series (Okabe-Ito), scales (viridis, blue to orange); sizes and paddings.
 */
#ifndef LUNETTE_THEME_H
#define LUNETTE_THEME_H
#include <stdbool.h>
#include <stdint.h>

typedef struct Rgb {
  double r, g, b;
} Rgb;

typedef struct Theme {
  Rgb back, card, frame, text, dim, grid, accent, alarm;
  bool dark;
} Theme;

typedef struct Sizes {             /* pixels at scale 1                                            */
  double label, name, title;       /* letters: of axes and entries, of panels, of the window       */
  double gap, header, strip;       /* between cards; the window's title; the row of controls       */
  double radius, pad;              /* of a card: its corners, what it keeps free at its sides       */
  double name_line, head;          /* base line and height of the line with a panel's name         */
  double side, foot;               /* what a body without axes keeps free                          */
  double left, right, top, bottom; /* what axes keep free around the plot                          */
  double bare;                     /* the same without labels                                      */
  double legend;                   /* a line of legend over the plot                               */
  double beside, under;            /* from the plot to labels left of it; to the base line under it */
  double apart_x, apart_y;         /* between ticks, at least                                      */
  double tip, tip_pad, tip_radius; /* a line of a tip                                              */
  double mark, after_mark;         /* the square before an entry, and where its text begins        */
  double letter;                   /* the mean width of one, to know widths without a font         */
} Sizes;
extern const Sizes sizes;

const Theme *theme_get(bool dark);
Rgb theme_series(const Theme *t, int i); /* Okabe-Ito in a fixed order, repeated; lighter on dark */
Rgb theme_class(int i);                  /* plain Okabe-Ito: for areas and masks                  */
enum { CLASS_COLORS = 21 };              /* so many differ                                        */
int theme_class_first(int i);            /* the first class, below that, of class i's colour      */
int theme_dash(int i, double dash[4]);   /* after six series: dashes; their number, 0 is solid    */
Rgb theme_viridis(double t);             /* 0..1, clamped                                         */
Rgb theme_diverging(double t);           /* 0 blue, 0.5 light grey, 1 orange                      */
Rgb theme_mix(Rgb a, Rgb b, double t);
Rgb theme_ink(Rgb on);                    /* black or white, whichever reads better on it          */
uint32_t theme_argb(Rgb c, double alpha); /* premultiplied, as Cairo stores it                     */

/* The same of bytes, and between two of them: `share` of 256 parts are b. */
static inline uint32_t argb_opaque(unsigned r, unsigned g, unsigned b) {
  return 0xff000000u | r << 16 | g << 8 | b;
}
static inline uint32_t argb_mix(uint32_t a, uint32_t b, unsigned share) {
  const uint32_t rb = (b & 0xff00ff) * share + (a & 0xff00ff) * (256 - share);
  const uint32_t ag = (b >> 8 & 0xff00ff) * share + (a >> 8 & 0xff00ff) * (256 - share);
  return (rb >> 8 & 0xff00ff) | (ag & 0xff00ff00);
}

#endif
