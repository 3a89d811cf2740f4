/* series.h: which colour a series or the label of a box has: one for its name in all panels; what is held out is the dashed twin of what is
 * trained on. */
#ifndef LUNETTE_SERIES_H
#define LUNETTE_SERIES_H
#include "curve.h"
#include "scene.h"

/* A number for each label of boxes, in the order they came, the same in all panels; of very many the last is shared. */
int label_class(Viz *v, const char *label);

/* The name that a series shares its colour with: itself, or for "held out", "valid", "val_accuracy" and their like that
 * of the curve in training, when *twin is set.  It points into `name` or at a constant. */
const char *series_family(const char *name, bool *twin);

/* The colour of a family in a panel that has n series, of which other(of, i) tells name and colour: the one that it has
 * in other panels, unless it is taken here. */
typedef Hue SeriesAt(const void *of, int i);
int series_hue(Viz *v, const char *family, SeriesAt *other, const void *of, int n);

/* Sets c's colour and twin; `others` are the n series that its panel has already: in one panel no colour is used for two
 * families while there are more. */
void series_color(Viz *v, Curve *c, Curve *const *others, int n);

#endif
