/* raster.h: pixels of any source scaled to those of the drawing, kept until they are wanted otherwise.
 *
 * A source converts rows as they are needed, so that a picture of twelve million pixels costs those that are seen. */
#ifndef LUNETTE_RASTER_H
#define LUNETTE_RASTER_H
#include "pen.h"

typedef struct Raster {
  int w, h;
  const void *of;
  /* Columns x[0..n-1] of row y, as Cairo stores them (theme_argb). */
  void (*row)(const void *of, int y, const int *x, int n, uint32_t *out);
  /* Instead, where a row lies in memory as it is: `channels` bytes a column, 1 grey, or 3 red, green and blue. */
  const unsigned char *(*bytes)(const void *of, int y);
  int channels;
} Raster;

typedef struct Scaled Scaled; /* what was drawn last; free() it */

/* Draws r into the rectangle `to`, of which `seen` shows a part.  Larger than on the screen: pixels stay squares;
 * smaller: the mean of some that lie under one.  *kept: what this source looked like last, or NULL. */
void draw_raster(Draw *d, const Raster *r, Rect to, Rect seen, Scaled **kept);

#endif
