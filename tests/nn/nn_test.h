/* nn_test.h: what the tests of this room share: those of ops (op_test.h), and leaves and calls on a tape. */
#ifndef NN_TEST_H
#define NN_TEST_H
#include "op_test.h"

#include "nn.h"
#include "tape.h"

/* A leaf of value and 2 value, and one recorded call; b: NULL where the op takes one tensor. */
static inline Tensor *t_leaf(double value) {
  Tensor *t = t_of(F64, SHAPE(2), (double[]){value, 2 * value});
  t->requires_grad = 1;
  return t;
}
static inline Tensor *t_record(Tape *tape, const char *name, Tensor *a, Tensor *b) {
  Err e;
  OpCall c;
  Tensor *x[] = {a, b};
  op_init(&c, op_find(name), x, b ? 2 : 1);
  if (!tape_run(tape, &c, &e)) fail_msg("%s", e.message);
  for (int i = 0; i < OP_OUTPUTS; i++) tensor_release(c.save[i]);
  return c.y[0];
}

#endif
