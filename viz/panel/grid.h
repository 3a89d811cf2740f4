/* grid.h: what panels of functions on a rectangle share: colours, pixels, level lines. */
#ifndef LUNETTE_GRID_H
#define LUNETTE_GRID_H
#include "pen.h"

/* viridis over the range; blue to orange about 0 when it has both signs; red for what is no number */
Rgb scale_color(const Range *range, double x);
Rgb not_a_number(void);
/* h*w words; row 0 of the values at the bottom when `up`.  free() them; NULL: no memory. */
uint32_t *grid_pixels(int h, int w, const float *value, bool up, Rgb (*color)(const Range *, double),
                      const Range *range);
/* Where the values cross the level, in pixels of `to`; row 0 at the bottom. */
void level_line(Draw *d, int h, int w, const float *value, Rect to, double level);
/* Which cell of h x w over the rectangle the pointer is in; row 0 at the bottom.  false: none. */
bool grid_cell(const Draw *d, int h, int w, Rect over, int *row, int *column);

#endif
