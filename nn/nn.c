/* nn.c: see nn.h */
#include "nn.h"

#include "op.h"

#include <stddef.h>

#define OP(name) extern const Op op_##name;
#include "ops.def"
#undef OP
static const Op *const nn_ops[] = {
#define OP(name) &op_##name,
#include "ops.def"
#undef OP
    NULL};

void nn_register(void) { op_register(nn_ops); }
