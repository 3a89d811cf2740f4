/* hdf5.h: what the readers of HDF5 files share: hdf5.c for files of any program, mat73.c for MATLAB's. */
#ifndef LUNETTE_HDF5_H
#define LUNETTE_HDF5_H
#include "formats.h"

#include <hdf5.h>

enum { HDF5_MOST_ENTRIES = 100000, HDF5_MOST_STRINGS = 1 << 20, HDF5_MOST_DEPTH = 64 };

typedef struct Hdf5File {
  const char *path;
  NamedList *list;
  Err *e; /* of the file; parts that are left out have one of their own */
  hid_t file;
  hid_t inside; /* access properties that follow no link to another file      */
  int entries;
  double bytes; /* read so far, plausible as a whole: links may name one data set many times */
} Hdf5File;

bool hdf5_open(Hdf5File *h, const char *path, NamedList *list, Err *e);
void hdf5_close(Hdf5File *h);

/* A data set or an attribute, and where it is. */
typedef struct Hdf5Data {
  hid_t id, type, space;
  bool attribute;
  Shape shape;
} Hdf5Data;

/* Takes what H5Oopen or H5Aopen gave; false: e says why it is not to be read.  Close it in any case. */
bool hdf5_data(Hdf5Data *d, hid_t id, bool attribute, Err *e);
void hdf5_data_close(Hdf5Data *d);
/* Numbers, enumerations and bools. */
Tensor *hdf5_numbers(Hdf5File *h, const Hdf5Data *d, Err *e);
bool hdf5_read(const Hdf5Data *d, hid_t memory, hid_t transfer, void *to);
bool hdf5_plausible(Hdf5File *h, const Hdf5Data *d, double bytes, Err *e);
/* Counts one more; false, and the file's error, beyond the limit. */
bool hdf5_count(Hdf5File *h);

#endif
