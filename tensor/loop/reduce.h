/* reduce.h: sums and other reductions over any set of dimensions; deterministic: blocks of fixed size are
 * joined in a fixed order, whatever the number of threads. */
#ifndef LUNETTE_REDUCE_H
#define LUNETTE_REDUCE_H
#include "reduce_kernel.h"
#include "tensor.h"

/* y = kind of x over the dimensions where `over` is true; y is contiguous, has the remaining dimensions (or
 * all, with 1 where reduced), is of x's dtype (float) and is overwritten, or added to.  x is float.  False:
 * no memory. */
bool reduce_run(enum ReduceKind kind, Tensor *y, const Tensor *x, const bool over[DIMS], bool add, Err *e);

/* to (+)= the sum of `from` over the dimensions that `to` lacks or has with size 1 (the inverse of
 * broadcasting). `to` is contiguous.  False: no scratch memory. */
bool reduce_sum_to(Tensor *to, const Tensor *from, bool add, Err *e);

/* pointwise_grad, summed over the dimensions along which dx was broadcast to x[0]'s shape. */
bool reduce_grad_to(int map, int i, Tensor *dx, const Tensor *const *x, int nx, const double *p, bool add,
                    Err *e);

/* y with x's dimensions, in its rows: of reductions over dimensions of 1. */
Tensor reduce_shaped(const Tensor *y, const Tensor *x);

/* x as [outer / run, parts, run, R, inner], reduced over parts and R, in elements of `size` bytes; inner 1: sR is 1, or
 * more where the caller gathers; elements of inner lie `apart`, and what is between them is reduced, too, and dropped. */
enum { REDUCE_APART = 4 }; /* at most */
typedef struct ReduceLayout {
  int64_t outer, run, parts, R, inner, so, sp, srun, sR, apart, size; /* so: between runs; srun: within */
  const unsigned char *x;
  Tensor *moved; /* what x points into where it had to be copied: released by the caller, or NULL */
} ReduceLayout;
static inline const unsigned char *reduce_at(const ReduceLayout *l, int64_t o, int64_t p, int64_t r,
                                             int64_t c) {
  const int64_t before = l->run == l->outer ? 0 : o / l->run;
  return l->x +
         (before * l->so + (o - before * l->run) * l->srun + p * l->sp + r * l->sR + c * l->apart) * l->size;
}
/* As it lies in memory where that can be (also a part, or transposed), else a copy.  What remains keeps its order;
 * `ordered`: what is reduced too, in one part; `gathers`: rows of elements apart may stay where they are. */
bool reduce_layout(const Tensor *x, const bool over[DIMS], bool ordered, bool gathers, ReduceLayout *l,
                   Err *e);

/* Elements apart of a row are taken so many at once. */
enum { GATHERED = 512 };
typedef struct Gathered {
  _Alignas(64) unsigned char bytes[GATHERED * sizeof(double)];
} Gathered;
/* From `at` on, of n; how many they are. */
int64_t reduce_gather(const ReduceLayout *l, Dtype d, int64_t at, int64_t n, const unsigned char *x,
                      Gathered *to);

/* Many short rows are reduced as columns beside each other, turned in a buffer. */
enum { SHORT_ROOM = 16384 };
typedef union ShortRows {
  double aligned[SHORT_ROOM / sizeof(double)];
  unsigned char bytes[SHORT_ROOM];
} ShortRows;
bool reduce_is_short(const ReduceLayout *l);
bool reduce_pays_short(const ReduceLayout *l); /* are there many of them? */
/* Rows from o on, at most those before `end`, as columns of `to`; how many they are, which is how far its rows lie apart. */
int64_t reduce_short_rows(const ReduceLayout *l, int64_t o, int64_t end, ShortRows *to);

/* Of any dtype: y[i] = how many are not 0, the sum or the product modulo 2^64 (integers), or the place of the extreme
 * (from 0, the reduced dimensions as one; none of them empty), whose element is put at value[i] unless that is NULL.
 * y and value: one for each result.  False: no memory. */
bool reduce_elements(enum ElementKind kind, int64_t *y, void *value, const Tensor *x, const bool over[DIMS],
                     Err *e);
/* Extremes and their places from 1; index: I64, or NULL where there is one result; value: of x's dtype, or NULL. */
bool reduce_extremes(bool most, Tensor *index, Tensor *value, const Tensor *x, const bool over[DIMS], Err *e);

/* x with the reduced dimensions moved last, contiguous: [outer..., reduced...].  One reference. */
Tensor *reduce_gathered(const Tensor *x, const bool over[DIMS], int64_t *outer, int64_t *inner, Err *e);

#endif
