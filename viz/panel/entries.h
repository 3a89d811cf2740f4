/* entries.h: the legend of curves: an entry a series and one for each earlier run, in lines over the plot; the same
 * places serve the mouse. */
#ifndef LUNETTE_ENTRIES_H
#define LUNETTE_ENTRIES_H
#include "panel.h"

/* Of a panel of curves. */
int entry_lines(const Panel *p, double scale);
int entry_at(const Panel *p, double scale, double x, double y); /* the entry there, series first; or -1 */
void entry_toggle(Panel *p, double scale, int entry);           /* away, or back */
/* With the values of the moment looked at, and how many entries have no room. */
void draw_entries(Draw *d, const Panel *p, Rect card);
/* Dashes of a twin, or of a colour that comes again, scaled; their number. */
int dashes_of(const Curve *c, double scale, double dash[4]);

#endif
