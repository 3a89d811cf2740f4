/* boxes.h: boxes over a picture, with labels of which none covers another. */
#ifndef LUNETTE_BOXES_H
#define LUNETTE_BOXES_H
#include "pen.h"
#include "scene.h"

typedef struct Boxes {
  Content head;
  int n;
  float *box;    /* n x 4: x1 y1 x2 y2 */
  float *score;  /* n, or NULL */
  char **label;  /* n, or NULL */
  int *id;       /* n classes, or NULL: the colours */
  bool numbered; /* id was given; else it follows the labels */
  int *order;    /* n: the surest first */
} Boxes;

Boxes *boxes_new(int n, const float *box, const char *const *label, const float *score, const int *id);
void boxes_number(Viz *v, Boxes *b); /* classes after the labels, when none were given */

/* Places for n labels, of[i] the box, width[i] x h the label; the first ones choose first: above it, in it, below or
 * beside it, within `plot` and on no earlier label.  at[i].w is 0 when there is none. */
void boxes_place(const Rect *of, const double *width, int n, double h, Rect plot, Rect *at);

void draw_boxes(Draw *d, const Axes *a, const Boxes *b, bool truth); /* truth dashed, without labels */

enum { BOX_WORDS = 100 };
/* What the boxes at a place of the picture are, the surest first; how many lines of `room`. */
int boxes_read(const Boxes *b, double x, double y, char (*text)[BOX_WORDS], int room);

#endif
