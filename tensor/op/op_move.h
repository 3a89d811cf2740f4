/* op_move.h: views for other ops: the parameters of those that C code makes calls of too. */
#ifndef LUNETTE_OP_MOVE_H
#define LUNETTE_OP_MOVE_H
#include "op.h"

extern const Op op_view, op_slice, op_to;

/* clang-format off */
PARAMS(view, (SHAPE, shape, OP_REQUIRED, "sizes; one may be -1"))
PARAMS(slice, (INTS, start, OP_REQUIRED, "first index from 0 for each dimension"),
              (INTS, count, OP_REQUIRED, "how many"),
              (INTS, step, OP_REQUIRED, "distance"),
              (INTS, drop, OP_NONE, "1: the dimension goes away"))
PARAMS(to, (DTYPE, dtype, OP_REQUIRED, "f32 f64 i64 i32 u8 bool"))
/* clang-format on */

Tensor *move_dim_last(const Tensor *t, int dim, Err *e); /* a view of t with dimension `dim` last */

#endif
