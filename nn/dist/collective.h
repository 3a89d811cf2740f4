/* collective.h: what the processes of a run do together with tensors.  Named as in torch.distributed.
 *
 * All processes call the same function with the same shapes and dtypes in the same order; in the first calls that is
 * checked.  Tensors may be empty, of no dimension, and of any strides.  In a world of one they change nothing. */
#ifndef LUNETTE_COLLECTIVE_H
#define LUNETTE_COLLECTIVE_H
#include "openmpi.h"
#include "tensor.h"

typedef enum Reduction { REDUCE_SUM, REDUCE_MEAN, REDUCE_MIN, REDUCE_MAX, REDUCTIONS } Reduction;
extern const char *const reduction_name[REDUCTIONS + 1]; /* NULL at the end */

/* t becomes the sum (mean, least, greatest) of all processes' t, the same bits in all.  The sum of bools is true where
 * one of them is; a mean of integers is an error. */
bool dist_all_reduce(Tensor *t, Reduction how, Err *e);
bool dist_broadcast(Tensor *t, int from, Err *e); /* t becomes what it is in process `from`              */
Tensor *dist_all_gather(Tensor *t, Err *e);       /* [size, ...t]: row r is that of process r            */
/* The reduction of t [size m, ...] in equal parts of its first dimension: this process's [m, ...]. */
Tensor *dist_reduce_scatter(Tensor *t, Reduction how, Err *e);
bool dist_barrier(Err *e); /* until all have come here                            */
/* To and from one other process; the receiver's shape and dtype must be the sender's. */
bool dist_send(Tensor *t, int to, Err *e);
bool dist_recv(Tensor *t, int from, Err *e);

/* n numbers of every process, [size][n], for what an op does together (nn/together.h). */
bool dist_gather_numbers(const char *what, const double *mine, int64_t n, double *all, Err *e);

/* Starts the sum of `flat`, contiguous f32 or f64, in place, on the line of the buckets; world_wait ends it. */
bool dist_start_sum(Tensor *flat, MpiHandle *request, Err *e);

#endif
