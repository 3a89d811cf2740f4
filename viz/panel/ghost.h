/* ghost.h: curves of earlier runs, faint under those of this one. */
#ifndef LUNETTE_GHOST_H
#define LUNETTE_GHOST_H
#include "curve.h"
#include "pen.h"
#include "scene.h"

enum { RUNS_MOST = 8 };
/* A ghost of each run that lies under the panel and has a name; their number. */
int ghost_runs(const Panel *p, const Ghost *run[RUNS_MOST]);
void ghost_toggle(Viz *v, const Ghost *run); /* all of its run, in all panels: away, or back */
int ghosts_of(const Panel *p);               /* how many lie under the panel */
void ghosts_extent(const Panel *p, Axes *a); /* widens x0..y1, in data units */
/* In the plot's clip; a ghost has the colour of the n series' one of its name. */
void ghosts_draw(Draw *d, const Panel *p, const Axes *a, Curve *const *series, int n);

#endif
