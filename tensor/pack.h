/* pack.h: bytes that a kernel made from a tensor's, such as packed weights, kept while the tensor does not
 * change.
 *
 * A form is kept from the second time on that it is asked for at one version of the storage: weights that
 * change with every step are packed into scratch and cost no memory. */
#ifndef LUNETTE_PACK_H
#define LUNETTE_PACK_H
#include "tensor.h"

typedef struct Pack {
  void *block; /* the form's bytes                                            */
  size_t bytes;
  bool ready; /* they are filled in already                                  */
  bool kept;  /* they belong to the storage; else pack_end frees them        */
} Pack;

/* `kind` tells the forms of one tensor apart.  ready false: the caller fills block before pack_end. */
bool pack_begin(const Tensor *t, int64_t kind, size_t bytes, Pack *p, Err *e);
/* The same, but where the form would not be kept block is NULL: for callers that can do without it. */
bool pack_kept(const Tensor *t, int64_t kind, size_t bytes, Pack *p, Err *e);
bool pack_scratch(size_t bytes, Pack *p, Err *e); /* not kept: where making it costs next to nothing */
void pack_end(Pack *p);

struct PackList;
void pack_free_list(struct PackList *list); /* called when the storage goes */

#endif
