/* mat73.h: MATLAB's files of version 7.3, which are HDF5. */
#ifndef LUNETTE_MAT73_H
#define LUNETTE_MAT73_H
#include "io.h"

bool mat73_load(const char *path, NamedList *list, Err *e);

#endif
