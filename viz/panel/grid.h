/* grid.h: what panels of functions on a rectangle share: colours, pixels, level lines. */
#ifndef LUNETTE_GRID_H
#define LUNETTE_GRID_H
#include "raster.h"

/* viridis over the range; blue to orange about 0 when it has both signs; red for what is no number */
Rgb scale_color(const Range *range, double x);
Rgb not_a_number(void);
/* A matrix as rows of a raster: a colour of 256 a value. */
typedef struct Colored {
  const float *value;     /* of column 0, row 0 */
  ptrdiff_t across, down; /* to the next one */
  float lo, scale;
  uint32_t color[256], nan;
} Colored;
Colored grid_colored(const float *value, ptrdiff_t across, ptrdiff_t down, Range ends,
                     Rgb (*color)(const Range *, double), const Range *range);
void colored_row(const void *of, int y, const int *x, int n, uint32_t *out); /* Raster.row */

/* A surface between the values of a grid, h x w with row 0 at the bottom, whose ends lie at the middles of the outer
 * pixels.  Heights 0..1 take the palette; where `node` is given the colours themselves are mixed. */
typedef struct Field {
  int h, w;
  const float *height;  /* NaN: none                                */
  const uint32_t *node; /* h*w, or NULL                             */
  uint32_t color[256];
  int levels;                    /* lines at k / levels; 0: none             */
  uint32_t line;                 /* their colour, opaque                     */
  double line_width, line_share; /* pixels; 0..1                       */
} Field;
void draw_field(Draw *d, const Field *f, Rect to, Rect seen, Scaled **kept);
/* Where the values cross the level, in pixels of `to`; row 0 at the bottom. */
void level_line(Draw *d, int h, int w, const float *value, Rect to, double level);
/* Which cell of h x w over the rectangle the pointer is in; row 0 at the bottom.  false: none. */
bool grid_cell(const Draw *d, int h, int w, Rect over, int *row, int *column);

#endif
