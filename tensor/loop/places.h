/* places.h: elements that ids place along a dimension: picked from there, put there, joined with what is there.
 *
 * Two tensors take part: `indexed`, where element k of ids is at its own place but for `dim`, along which it is at place
 * ids[k]; and `plain`, where all of it is at its own place.  Both may lie in any way. */
#ifndef LUNETTE_PLACES_H
#define LUNETTE_PLACES_H
#include "tensor.h"

/* n ids beside each other, numbers of `places`, `jump` apart.  Element k stands at k step (or steps[k]) + place jump of the
 * indexed tensor, and at k from (or froms[k]) of the plain one. */
typedef struct PlaceBlock {
  int64_t n, places, jump, step, from;
  const int64_t *id, *steps, *froms; /* both tables, or NULL */
} PlaceBlock;

/* True: an id was outside; nothing was done for it. */
bool places_pick(size_t size, const PlaceBlock *b, void *plain, const void *indexed);
bool places_put(size_t size, const PlaceBlock *b, void *indexed, const void *plain);
enum PlaceJoin { JOIN_SUM, JOIN_PROD, JOIN_MOST, JOIN_LEAST }; /* NaN is greatest and least */
bool places_join(Dtype d, enum PlaceJoin how, const PlaceBlock *b, void *indexed, const void *plain);

typedef struct PlaceSides {
  Tensor ids, indexed, plain; /* headers that own nothing; ids is i64, row by row */
  int dim;
} PlaceSides;
/* block(context, ...) for all of ids in order, with where the block's first elements are. */
typedef void (*PlaceFn)(void *context, const PlaceBlock *b, void *indexed, void *plain);
void places_each(const PlaceSides *s, PlaceFn block, void *context);
/* tile(context, ...) for parts of s, [begin, end) along `axis`, shared among threads; where places are written to, parts
 * meet at none of them.  The last part ends where ids do. */
typedef void (*PlaceTile)(void *context, const PlaceSides *part, int axis, int64_t begin, int64_t end);
void places_share(const PlaceSides *s, bool writes, PlaceTile tile, void *context);

/* Both are of one dtype.  plain = indexed; false: an id was outside. */
bool places_take(const PlaceSides *s);
void places_add(const PlaceSides *s); /* indexed += plain */

#endif
