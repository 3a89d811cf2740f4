/* points.h: points of classes with labels and pictures, as scatter plots and decision regions show them. */
#ifndef LUNETTE_POINTS_H
#define LUNETTE_POINTS_H
#include "pen.h"
#include "scene.h"

typedef struct Points {
  int n, classes;
  float *xy;            /* n x 2                 */
  int *id;              /* n classes, or NULL    */
  char **label;         /* n texts, or NULL      */
  char **names;         /* of the classes, or NULL */
  unsigned char *thumb; /* n x h x w x c, or NULL */
  int thumb_h, thumb_w, thumb_c;
} Points;

void points_copy(Content *owner, Points *to, const VizPoints *from);
void points_extent(const Points *p, Axes *a);                              /* a little larger than they are */
void points_margins(const Points *p, Rect card, double scale, Margins *m); /* with the names' lines */
void draw_points(Draw *d, const Axes *a, const Points *p, Rect card);      /* in the plot's clip */
void points_terminal(const Points *p, const Axes *all, Text *t, const Terminal *how);
void draw_class_names(Draw *d, const Points *p, Rect card);

#endif
