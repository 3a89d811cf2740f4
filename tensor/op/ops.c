/* ops.c: the list of all ops. */
#include "op.h"

#include <string.h>

#define OP(name) extern const Op op_##name;
#include "ops.def"
#undef OP
static const Op *const tensor_ops[] = {
#define OP(name) &op_##name,
#include "ops.def"
#undef OP
};

enum { ROOM_SIZE = (int)(sizeof tensor_ops / sizeof *tensor_ops) };
static const Op *const *more_ops; /* nn's */

void op_register(const Op *const *ops) { more_ops = ops; }

const Op *op_at(int i) {
  if (i < ROOM_SIZE) return tensor_ops[i];
  for (int k = 0; more_ops && more_ops[k]; k++)
    if (k == i - ROOM_SIZE) return more_ops[k];
  return NULL;
}

const Op *op_find(const char *name) {
  const Op *op;
  for (int i = 0; (op = op_at(i)); i++)
    if (strcmp(op->name, name) == 0) return op;
  return NULL;
}
