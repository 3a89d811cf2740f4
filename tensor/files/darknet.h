/* darknet.h: Darknet's files: .cfg, sections of key = value, and .weights, a header and f32 numbers.
 * What the sections mean is nn/lua/darknet.lua's. */
#ifndef LUNETTE_DARKNET_H
#define LUNETTE_DARKNET_H
#include "dataset.h"

/* One line: a section [name] (value.at NULL), or key and value without the blanks round them. */
typedef struct DarknetLine {
  Span name, value;
  int64_t line; /* from 1 */
} DarknetLine;

/* Goes through a .cfg of `size` bytes: start with *at = 0; false at the end, or with a message in e (e->message is
 * empty at the end).  Comments (# and ;) and blank lines are passed over, CR before LF too. */
bool darknet_cfg(const char *name, const char *text, size_t size, size_t *at, int64_t *line, DarknetLine *out,
                 Err *e);

typedef struct DarknetWeights {
  int32_t major, minor, revision;
  int64_t seen;    /* pictures; 4 bytes before version 0.2, then 8 */
  bool transposed; /* fully connected weights lie [in,out] */
  Tensor *numbers; /* f32[n] */
} DarknetWeights;
bool darknet_weights(const char *path, DarknetWeights *w, Err *e);
#endif
