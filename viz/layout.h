/* layout.h: where panels lie in the window, and the plot in a panel. */
#ifndef LUNETTE_LAYOUT_H
#define LUNETTE_LAYOUT_H
#include "scene.h"

/* Places all panels in a window of w x h; hidden ones (another is full) get w = 0.  With the scene locked. */
void layout_panels(Viz *v, double w, double h);
/* The plot in p->place at this scale, and what is seen in it; false: the kind has no axes, or nothing to see.
 */
bool panel_axes(const Panel *p, double scale, Axes *a);

#endif
