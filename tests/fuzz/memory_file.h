/* memory_file.h: a file in memory with the fuzzer's bytes, for readers that want a path.  A new one for each
 * input: libhdf5 knows files by their number and would remember the one before. */
#ifndef LUNETTE_MEMORY_FILE_H
#define LUNETTE_MEMORY_FILE_H
#include "formats.h"

/* Reads the bytes by `load`, and lets go of what it gives. */
void read_in_memory(bool (*load)(const char *path, NamedList *list, Err *e), const uint8_t *data,
                    size_t size);

#endif
