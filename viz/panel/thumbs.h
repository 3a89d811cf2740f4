/* thumbs.h: pictures or names that open over a card: of a matrix's cell, of the points that were brushed. */
#ifndef LUNETTE_THUMBS_H
#define LUNETTE_THUMBS_H
#include "pen.h"

typedef struct Thumbs { /* of one size */
  int h, w, c;
  const unsigned char *pixel; /* each h x w x c; NULL: there are names alone */
} Thumbs;

/* The n pictures `which`, as many as are still to be seen, under a title; name: of every picture there is, or NULL. */
void draw_thumbs(Draw *d, const Thumbs *t, const int *which, int n, char *const *name, Rect card,
                 const char *title);

#endif
