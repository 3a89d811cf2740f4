/* memory_file.h: a file in memory with the fuzzer's bytes, for readers that want a path.  A new one for each
 * input: libhdf5 knows files by their number and would remember the one before. */
#ifndef LUNETTE_MEMORY_FILE_H
#define LUNETTE_MEMORY_FILE_H
#include "formats.h"

/* Reads the bytes by `load`, and lets go of what it gives. */
void read_in_memory(bool (*load)(const char *path, NamedList *list, Err *e), const uint8_t *data,
                    size_t size);

/* The same by a library that loops on some files: an input has LIBRARY_MS of processor time.  One that takes longer is
 * left where it is; after MOST_LEFT of them the process ends, and run.sh starts the next. */
enum { LIBRARY_MS = 300, MOST_LEFT = 500 };
void read_by_library(bool (*load)(const char *path, NamedList *list, Err *e), const uint8_t *data,
                     size_t size);

#endif
