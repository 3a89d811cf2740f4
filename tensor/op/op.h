/* op.h: the operations.  Each is declared once, in a static const Op beside its C code, and listed once, in
 * ops.def of its room.  From that one declaration come the Lua function and method, help, completion, shape
 * inference, the gradient check and the editor stubs.
 *
 * An OpCall is one application: the caller sets op, nx, x and param (op_init fills the defaults), op_run
 * checks and infers (shape), then computes (forward).  The caller owns y and save afterwards. */
#ifndef LUNETTE_OP_H
#define LUNETTE_OP_H
#include "params.h"

enum { OP_INPUTS = 8, OP_PARAMS = 8, OP_OUTPUTS = 3, OP_CHECKS = 4 };

typedef struct Op Op;
typedef struct OpCall {
  const Op *op;
  int nx;
  Tensor **x; /* borrowed; NULL for an optional input that is absent */
  _Alignas(int64_t) unsigned char param[OP_PARAM_BYTES]; /* read by PARAM (params.h) */
  Tensor *y[OP_OUTPUTS], *save[OP_OUTPUTS];
  bool no_record; /* no backward follows: y may be computed when it is read (fuse.h), save may stay empty;
                     op_init: false */
} OpCall;

enum OpFlags {
  OP_PROMOTE = 1,     /* tensor inputs are brought to one dtype: dtype_promote (tensor.h)                */
  OP_FLOAT = 2,       /* after that, integers become f32                                                  */
  OP_COMPARES = 2048, /* a number beside integers is compared as it is, never rounded                 */
  OP_WHOLE = 1024,    /* after promotion, integers become i64                                          */
  OP_VIEW = 4,        /* y shares x's storage                                                             */
  OP_RANDOM = 8,      /* its last two parameters are of kind DRAW: hidden, filled by the vm                */
  OP_NO_GRAD = 16,    /* never differentiable (comparison, argmax)                                        */
  OP_IN_PLACE = 32,   /* x:name_() exists: forward may write y where x[0] lies                            */
  OP_INPUT_LIST = 64, /* takes a list of 1..n tensors as its inputs                                     */
  OP_COMMUTES = 128,
  OP_ELEMENTWISE = 512, /* a row of elementwise.def                                             */
  OP_STRIDES = 4096,    /* reads x as fast in any order (lay.h)                               */
  OP_INFERENCE = 256    /* has a gradient, but not here: an error where one is recorded                     */
};
/* clang-format off */
enum OpSaves {
  SAVE_X0 = 1, SAVE_X1 = 2, SAVE_X2 = 4, SAVE_X3 = 8, SAVE_X4 = 16, SAVE_ALL_X = 255,
  SAVE_Y0 = 256, SAVE_Y1 = 512, SAVE_Y2 = 1024
};
/* clang-format on */

typedef struct OpCheck { /* a gradient-check case: shapes of the inputs and the parameters */
  int nx;
  Shape x[OP_INPUTS];
  const char *args; /* Lua table text for the parameters: "dim=2, keepdim=true"              */
  double lo, hi;    /* range of the random inputs; both 0: -1..1                             */
} OpCheck;

struct Op {
  const char *name;
  const char *where;             /* who offers it: t tensor.name, m x:name, n nn.name                     */
  const char *eq, *doc;          /* "y = x1 + x2", one line                                               */
  const char *in[OP_INPUTS + 1]; /* "x", "b?" optional, "ids#" integer tensor                     */
  const Param *param;            /* TAKES(...), which fills the next three; none: left out                 */
  int params;
  size_t param_bytes;
  const ParamType *param_type;
  unsigned flags, saves; /* saves: what backward reads; the rest may be freed                     */
  int flavour;           /* which of a family of ops that share their functions: an enum beside them */
  int map;               /* OP_ELEMENTWISE: enum MapKernel (elementwise.h)                        */
  bool (*shape)(OpCall *c, Err *e);   /* check inputs; make y and save                            */
  bool (*forward)(OpCall *c, Err *e); /* fails for want of scratch memory only                    */
  /* dx[i] is NULL when unwanted.  Bit i of `add`: add to dx[i], else overwrite it.  dx are contiguous (those
   * of OP_ELEMENTWISE dense in any order), dy have any strides; c->x[i] and c->y[i] have bytes only where
   * `saves` asks for them (x may be a meta tensor, y is NULL then).  Two inputs may be one tensor: then
   * dx[i] == dx[j] and the later one has its bit set, so dx must be computed in the order of the inputs.  An
   * input list, longer than `add` has bits, has no backward but a pass that always gives. */
  bool (*backward)(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e);
  /* Optional shortcut: a new reference to a tensor equal to dx[i] that shares dy's storage; NULL: no. */
  Tensor *(*pass)(const OpCall *c, int i, Tensor *dy, Err *e);
  /* Optional: the op of x[i] alone that this call of two inputs is, if they are views of the same elements; or NULL. */
  const Op *(*of_one)(const OpCall *c, int i);
  double (*flops)(const OpCall *c);
  int64_t (*draws)(
      const OpCall *c); /* random numbers that a call takes; NULL: as many as x[0] has elements */
  OpCheck check[OP_CHECKS];
  const char *example; /* Lua, runs as it stands; shown by help                                 */
  const char *see;     /* "mean, max"                                                           */
};

const Op *op_find(const char *name);    /* by name, over all rooms; NULL                            */
const Op *op_at(int i);                 /* the i-th op from 0; NULL past the end                    */
void op_register(const Op *const *ops); /* nn adds its ops: NULL-terminated                         */
int op_input_length(const char *in);    /* letters of an input's name, without its marks ? and #     */

void op_init(OpCall *c, const Op *op, Tensor **x, int nx); /* defaults into param, y and save NULL     */
/* Runs shape and, unless an input is meta, forward.  On failure nothing is left in y and save.
 * Promotion of dtypes (OP_PROMOTE) is the tape's, since casts take part in differentiation. */
bool op_run(OpCall *c, Err *e);
void op_drop_outputs(OpCall *c);
/* Floating-point operations of all calls on meta tensors since the start: what they would have cost. */
double op_inferred_flops(void);

/* Helpers for shape functions.  They name c->op in their messages. */
Tensor *op_output(OpCall *c, int i, Dtype d, int nd, const int64_t *shape, Err *e); /* meta if an input is */
/* The same, lying as the inputs do (lay.h). */
Tensor *op_output_alike(OpCall *c, int i, Dtype d, int nd, const int64_t *shape, Err *e);
bool op_dim(const OpCall *c, int *dim, int nd, Err *e); /* resolves a parameter to 0..nd-1          */
bool op_dim_insert(const OpCall *c, int *dim, int nd,
                   Err *e);                                   /* same, nd itself allowed (stack, unsqueeze) */
bool op_dims(const OpCall *c, IntList *dims, int nd, Err *e); /* a list; absent becomes all; no repeats   */
int64_t op_behind(const Tensor *x, int dim); /* product of the sizes behind dimension dim, from 0 */
/* A list's number for spatial dimension i of n (1 to 3), from `least` on: one for all, or one for each; `def` where
 * there is none. */
bool op_number(const OpCall *c, const char *name, const IntList *list, int i, int n, int64_t least,
               int64_t def, int64_t *to, Err *e);
bool op_holds(OpCall *c, int i, double value, Err *e); /* x[i]'s dtype takes the number as it is     */
bool op_want_float(OpCall *c, int i, Err *e);
bool op_want_ints(OpCall *c, int i, Err *e); /* i64, i32 or u8                                  */

#endif
