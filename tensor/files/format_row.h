/* format_row.h: how a file of a format is known: what the readers of single formats share with the table (formats.h),
 * which stands above them. */
#ifndef LUNETTE_FORMAT_ROW_H
#define LUNETTE_FORMAT_ROW_H
#include <stdbool.h>
#include <stddef.h>

typedef struct FormatRow {
  const char *name, *endings, *magic; /* "HDF5", ".h5 .hdf5", first bytes: ? is any */
  size_t magic_size;
} FormatRow;

bool row_ends(const FormatRow *r, const char *path);
bool row_begins(const FormatRow *r, const void *data, size_t n);
/* The same by a name of formats.def. */
bool format_ends(const char *name, const char *path);
bool format_begins(const char *name, const void *data, size_t n);

#endif
