/* cells.h: the pictures that lie behind the cells of a matrix, as of a confusion matrix. */
#ifndef LUNETTE_CELLS_H
#define LUNETTE_CELLS_H
#include "pen.h"
#include "scene.h"

typedef struct CellPictures {
  int n, h, w, c;
  int *row, *column;    /* n, from 0         */
  unsigned char *pixel; /* n x h x w x c, or NULL */
} CellPictures;

typedef struct OpenCell {
  int row, column;
} OpenCell;

void cell_pictures_copy(Content *owner, CellPictures *to, const VizMatrix *from);
int cell_pictures_count(const CellPictures *p, OpenCell at);
/* As many as are still to be seen, over the card, under a title. */
void draw_cell_pictures(Draw *d, const CellPictures *p, Rect card, OpenCell at, const char *title);

#endif
