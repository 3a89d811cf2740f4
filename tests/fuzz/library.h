/* library.h: fuzzes a reader by a library that crashes, loops and swells on some files, in one process, as far as that
 * gets.  (In use such a reader has a process of its own, whose end is a message.)
 *
 * An input has LIBRARY_MS of processor time, and tensors of MOST_BYTES; a larger allocation of the library fails by
 * run.sh's options.  One that takes longer, or faults, is left where it is; after MOST_LEFT of them, or when memory has
 * swollen, the process ends, and run.sh starts the next.  Inputs that fault are kept as $FUZZ_FAULTS-crash-*, one for
 * each stack; with FUZZ_STRICT set a fault ends the process with its stack. */
#ifndef LUNETTE_LIBRARY_H
#define LUNETTE_LIBRARY_H
#include "formats.h"

enum { LIBRARY_MS = 12, MOST_LEFT = 2000, MOST_BYTES = 4 << 20 };
void read_by_library(bool (*load)(const char *path, NamedList *list, Err *e), const uint8_t *data,
                     size_t size);

#endif
