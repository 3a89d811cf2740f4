/* ghost.h: curves of earlier runs, faint under those of this one. */
#ifndef LUNETTE_GHOST_H
#define LUNETTE_GHOST_H
#include "curve.h"
#include "pen.h"
#include "scene.h"

int ghosts_of(const Panel *p);               /* how many lie under the panel */
void ghosts_extent(const Panel *p, Axes *a); /* widens x0..y1, in data units */
/* In the plot's clip; a ghost has the colour of the n series' one of its name. */
void ghosts_draw(Draw *d, const Panel *p, const Axes *a, Curve *const *series, int n);

#endif
