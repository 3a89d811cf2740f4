/* augment.h: a list of changes to a picture, their random parts drawn from Philox by (seed, epoch, sample,
 * place in the list): the same whichever thread does the work, and whatever it did before. */
#ifndef LUNETTE_AUGMENT_H
#define LUNETTE_AUGMENT_H
#include "picture.h"

#include <stdatomic.h>

/* A kind for each change in augment.def. */
#define CHANGE(KIND, ...) KIND,
#define BY_PLACE(...)
#define BY_NAME(...)
#define END(...)
typedef enum AugmentKind {
#include "augment.def"
  AUGMENTS
} AugmentKind;

typedef enum AugmentType { NUMBER, WHOLE, TRUTH, AROUND_0, AROUND_1 } AugmentType;
enum { AUGMENT_NUMBERS = 8, AUGMENT_MOST = 16 };

/* Its numbers by their names in augment.def, and in that order. */
/* clang-format off */
#define FIELD_NUMBER(name)        double name;
#define FIELD_WHOLE(name)         double name;
#define FIELD_TRUTH(name)         double name;
#define FIELD_AROUND_0(name)      double name[2];
#define FIELD_AROUND_1(name)      double name[2];
#define CHANGE(...)               struct {
#define BY_PLACE(type, name, ...) FIELD_##type(name)
#define BY_NAME(type, name, ...)  FIELD_##type(name)
#define END(name)                 } name;
/* clang-format on */
typedef struct Augment {
  AugmentKind kind;
  union {
    double number[AUGMENT_NUMBERS];
#include "augment.def"
  };
} Augment;

/* A change, or one of the values of the change before it. */
typedef struct AugmentRow {
  const char *name, *doc; /* doc: of a change; NULL: a value */
  AugmentType type;
  bool by_name;
  double fallback, least, most;
} AugmentRow;
extern const AugmentRow augment_rows[]; /* the last has no name */

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
