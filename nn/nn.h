/* nn.h: the room of neural networks: its ops join the table of tensor/op/op.h.
 *
 * Layout everywhere: channels last, x is [N, ..., C]; labels and ids count from 1. */
#ifndef LUNETTE_NN_H
#define LUNETTE_NN_H

void nn_register(void); /* makes the ops of nn/ops.def known to op_find and op_at; once, at the start */

#endif
