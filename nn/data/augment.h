/* augment.h: a list of changes to a picture, their random parts drawn from Philox by (seed, epoch, sample,
 * place in the list): the same whichever thread does the work, and whatever it did before. */
#ifndef LUNETTE_AUGMENT_H
#define LUNETTE_AUGMENT_H
#include "picture.h"

#include <stdatomic.h>

typedef enum AugmentKind { FLIP, ROTATE, CROP, RESIZE, COLOUR, NOISE, AUGMENTS } AugmentKind;
enum { AUGMENT_PARAMETERS = 8, AUGMENT_MOST = 16 };
/* Its numbers by name, and as they come from nn/lua/data/augment.lua.  Pairs are the least and the most. */
typedef struct Augment {
  AugmentKind kind;
  union {
    double number[AUGMENT_PARAMETERS];
    struct {
      double probability, vertical; /* 1: upside down */
    } flip;
    struct {
      double degrees[2], fill;
    } rotate;
    struct {
      double h, w, pad, centre, fill; /* centre 1: in the middle instead of anywhere */
    } crop;
    struct {
      double h, w;
    } resize;
    struct {
      double brightness[2], contrast[2], saturation[2], hue[2]; /* factors; a turn */
    } colour;
    struct {
      double deviation; /* of the normal numbers that are added */
    } noise;
  };
} Augment;
typedef struct AugmentList {
  int n;
  Augment item[AUGMENT_MOST];
} AugmentList;

typedef struct Draw { /* what the random numbers depend on */
  uint64_t seed;
  int64_t epoch, sample;
} Draw;

/* Two buffers that grow as pictures need; augment_free gives them back. */
typedef struct Bench {
  float *buffer[2];
  size_t room[2]; /* in floats */
} Bench;
void augment_free(Bench *b);

/* The size that a picture of *h x *w has afterwards; false: a crop does not fit into it. */
bool augment_size(const AugmentList *list, int64_t *h, int64_t *w, Err *e);
/* A picture of `h x w x c` bytes (0..255) or floats begins the work in the bench; *x is it. */
bool augment_begin(Bench *b, Picture *x, int64_t h, int64_t w, int64_t c, Dtype d, const void *data, Err *e);
/* Runs the list; *x then lies in either buffer.  *stop (may be NULL) ends it with e->interrupted. */
bool augment_run(Bench *b, Picture *x, const AugmentList *list, Draw draw, const atomic_bool *stop, Err *e);
/* Stores as U8 (0..1 to 0..255, rounded, clamped) or F32. */
void augment_store(const Picture *x, Dtype d, void *to);

#endif
