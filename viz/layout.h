/* layout.h: where panels lie in the window, and the plot in a panel. */
#ifndef LUNETTE_LAYOUT_H
#define LUNETTE_LAYOUT_H
#include "scene.h"

/* Places the panels in a window of w x h; hidden ones (another is full, they are on another page, their names are left
 * out) get w = 0.  With the scene locked. */
void layout_panels(Viz *v, double w, double h);
/* All of them in a picture. */
void layout_picture(Viz *v, double w, double h);
/* Of a picture so wide in which no panel is smaller than in a window; h at least. */
double layout_height(const Viz *v, double w, double h);
bool layout_shows(const Viz *v, const Panel *p); /* on one of the pages */
/* The plot in p->place at this scale, and what is seen in it; false: the kind has no axes, or nothing to see.
 */
bool panel_axes(const Panel *p, double scale, Axes *a);
/* What a panel without axes draws in: its card without the line of its name and what it keeps free. */
Rect panel_body(Rect card, double scale);
/* Columns in which n pictures of w x h, each with so many pixels free beside and below it, are largest. */
int layout_columns(Rect body, int n, double w, double h, double beside, double below);
/* The time slider in the header, left of the hint, from the first moment kept to now; w 0: nothing to look back at, or
 * no room. */
Rect layout_history(const Viz *v, double w, double hint);
double history_share(const Viz *v);                /* where it stands, 0..1; 1: now */
double history_moment(const Viz *v, double share); /* and back; NaN: now */

#endif
