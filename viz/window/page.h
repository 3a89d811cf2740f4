/* page.h: what the window showed as one page for a browser: its curves can be zoomed, its time slider moves. */
#ifndef LUNETTE_PAGE_H
#define LUNETTE_PAGE_H
#include "scene.h"

#include <stdio.h>

/* The page, whole in one file that asks for no other; false: memory or the disk was short. */
bool page_write(Viz *v, FILE *f);

#endif
