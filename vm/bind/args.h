/* args.h: the arguments of an op's call.  They are read without raising, so that temporaries made on the way can
 * be released by the caller. */
#ifndef LUNETTE_ARGS_H
#define LUNETTE_ARGS_H
#include "bind.h"

typedef struct Number { /* of Lua; `i` where it is whole */
  double v;
  int64_t i;
  bool whole;
} Number;

enum { FEW = 16 }; /* more inputs, in a list, take memory of their own */

typedef struct Reader {
  lua_State *L;
  const Op *op;
  OpCall *c;
  Err *e;
  Tensor **x;     /* inputs                                                            */
  bool *temp;     /* x[i] is a 0-d tensor made for a number                            */
  Number *number; /* which                                                             */
  int room;       /* of the three                                                      */
  Tensor *few_x[FEW];
  bool few_temp[FEW];
  Number few_number[FEW];
  unsigned given; /* bit i: parameter i                                                */
  int nx, inputs; /* given so far; declared by the op                                  */
  int top;        /* arguments on the stack                                            */
  Rng *rng;       /* of {rng=g}, or NULL: the default generator                        */
} Reader;

void args_begin(Reader *r, lua_State *L, const Op *op, OpCall *c, Err *e); /* all that is on the stack */
bool args_read(Reader *r);                                                 /* inputs and parameters    */
void args_end(Reader *r);                                                  /* releases temporaries     */
int args_count(const Op *op); /* parameters that a user gives: those of kind P_DRAW are last */

#endif
