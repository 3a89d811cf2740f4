/* theme.h: colours: light and dark, series (Okabe-Ito), scales (viridis, blue to orange). */
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

const Theme *theme_get(bool dark);
Rgb theme_series(const Theme *t, int i); /* Okabe-Ito in a fixed order, repeated; lighter on dark */
Rgb theme_class(int i);                  /* plain Okabe-Ito: for areas and masks                  */
int theme_dash(int i, double dash[4]);   /* after six series: dashes; their number, 0 is solid    */
Rgb theme_viridis(double t);             /* 0..1, clamped                                         */
Rgb theme_diverging(double t);           /* 0 blue, 0.5 light grey, 1 orange                      */
Rgb theme_mix(Rgb a, Rgb b, double t);
Rgb theme_ink(Rgb on);                    /* black or white, whichever reads better on it          */
uint32_t theme_argb(Rgb c, double alpha); /* premultiplied, as Cairo stores it                     */
#endif
