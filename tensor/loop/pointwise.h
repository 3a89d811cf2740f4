/* pointwise.h: carries one kernel over broadcast, strided, mixed-dtype tensors.
 *
 * Works in f64 if any operand is f64, in f32 if any is float, else in 64-bit integers; converts on the way in
 * and out.  Contiguous operands are used where they lie, others pass through small buffers. */
#ifndef LUNETTE_POINTWISE_H
#define LUNETTE_POINTWISE_H
#include "chain.h"
#include "kernel.h"
#include "tensor.h"

enum { POINTWISE_INPUTS = 4 };

typedef struct PointwiseCall {
  int kernel, nx;  /* MapKernel, and how many inputs it reads */
  const double *p; /* its parameters                          */
  int np;
} PointwiseCall;

/* y = f(x[0..nx-1]) (+ y where add): every x broadcasts to y's shape.  y may be one of x, element by element.
 * `map` is a MapKernel; f has nx inputs. */
void pointwise_map(int map, Tensor *y, const Tensor *const *x, int nx, const double *p, bool add);
/* All outputs of a chain; does not listen to the interrupt flag. */
void pointwise_chain(const Chain *c);
/* dx (+)= the gradient of `map` by its input i (from 0).  x: dy, and what map_rows[map].reads[i] says, in
 * order: inputs, then y. */
void pointwise_grad(int map, int i, Tensor *dx, const Tensor *const *x, int nx, const double *p, bool add);

#endif
