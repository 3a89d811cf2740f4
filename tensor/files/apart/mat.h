/* mat.h: what the readers of MATLAB's files share: mat.c for versions 4 to 7, mat73.c for 7.3, which is HDF5. */
#ifndef LUNETTE_MAT_H
#define LUNETTE_MAT_H
#include "formats.h"

/* Numbers in column-major order, flat, as a tensor of shape s; takes the reference, NULL is handed on. */
Tensor *mat_turned(Tensor *flat, const Shape *s, Err *e);
/* A char array of UTF-16 in column-major order: its rows as strings of UTF-8 into the list. */
bool mat_text(NamedList *list, const char *name, const uint16_t *units, size_t rows, size_t cols, Err *e);
/* mat73.c */
bool mat73_load(const char *path, NamedList *list, Err *e);

#endif
