/* mat_value.h: MATLAB's arrays and texts, whichever version of its files they stand in: column by column. */
#ifndef LUNETTE_MAT_VALUE_H
#define LUNETTE_MAT_VALUE_H
#include "io.h"

/* Numbers in column-major order, flat, as a tensor of shape s; takes the reference, NULL is handed on. */
Tensor *mat_turned(Tensor *flat, const Shape *s, Err *e);
/* A char array of UTF-16 in column-major order: its rows as strings of UTF-8 into the list. */
bool mat_text(NamedList *list, const char *name, const uint16_t *units, size_t rows, size_t cols, Err *e);

#endif
