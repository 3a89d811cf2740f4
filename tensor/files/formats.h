/* formats.h: files by their format: the table behind tensor.load and tensor.save.
 *
 * Formats that need a large library (zip, HDF5, MATLAB) are read and written by a process of its own,
 * `reader`, whose program lies inside this one: such libraries have crashed, hung and swelled on damaged
 * files, and would double the time to start.  The two exchange lists of tensors through files in memory. */
#ifndef LUNETTE_FORMATS_H
#define LUNETTE_FORMATS_H
#include "io.h"

/* A list with one tensor named "" stands for a file that holds one array without a name. */
typedef struct Format {
  const char *name, *endings; /* "HDF5", ".h5 .hdf5"                                           */
  const char *magic;          /* first bytes, or NULL                                          */
  size_t magic_size;
  bool (*load)(const char *path, NamedList *list, Err *e); /* NULL: the reader process does it */
  bool (*save)(const char *path, const NamedList *list, Err *e);
  const char *missing; /* the package without which this program was built, or NULL           */
} Format;

/* To add a format: a row in table.c.  By the path's ending, else (in loading) by the first bytes; NULL: the
 * message lists the endings. */
const Format *format_find(const char *path, bool saving, Err *e);
bool format_load(const char *path, NamedList *list, Err *e);
bool format_save(const char *path, const NamedList *list, Err *e);

/* apart.c: the same by the reader process, with bounded memory and time; ^C ends it. */
bool apart_load(const char *format, const char *path, NamedList *list, Err *e);
bool apart_save(const char *format, const char *path, const NamedList *list, Err *e);

/* exchange.c: a list as bytes. */
bool exchange_put(FILE *f, const NamedList *list);
bool exchange_take(FILE *f, NamedList *list, Err *e);

/* npz.c: a zip file of .npy files. */
bool npz_save(const char *path, const NamedList *list, Err *e);
bool npz_load(const char *path, NamedList *list, Err *e);
/* hdf5.c: data sets and string attributes, "group/name"; links out of the file are not followed. */
bool hdf5_save(const char *path, const NamedList *list, Err *e);
bool hdf5_load(const char *path, NamedList *list, Err *e);
/* mat.c: MATLAB's .mat, version 4 to 7; cells and structures as "name/field/1". */
bool mat_save(const char *path, const NamedList *list, Err *e);
bool mat_load(const char *path, NamedList *list, Err *e);

#endif
