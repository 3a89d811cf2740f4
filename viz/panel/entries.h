/* entries.h: the legend of curves: an entry a series, in lines over the plot; the same places serve the mouse. */
#ifndef LUNETTE_ENTRIES_H
#define LUNETTE_ENTRIES_H
#include "panel.h"

int entry_lines(const Curves *all, Rect card, double scale);
int entry_at(const Curves *all, Rect card, double scale, double x, double y); /* the series there, or -1 */
/* With the values of the moment `at` (NaN: the last ones), and how many entries have no room. */
void draw_entries(Draw *d, const Curves *all, double at, Rect card);
/* Dashes of a twin, or of a colour that comes again, scaled; their number. */
int dashes_of(const Curve *c, double scale, double dash[4]);

#endif
