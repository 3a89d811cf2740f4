/* params.h: the parameters of an op, declared once, a row each:
 *
 *   PARAMS(roll, (INT, shift, OP_REQUIRED, "places"), (DIM, dim, 1, "dimension"))
 *
 * (kind, name, default, doc); a CHOICE says last of which words (choices.h).  The rows make struct roll_params, which a
 * call's functions read: PARAM(roll, c)->shift; and the table that arguments, help, completion and editor stubs
 * are made from: the record says .param = TAKES(roll).  The order is that of arguments by place.
 *
 * Ops whose functions are common begin with the same rows, as a struct of their own at its first member:
 *
 *   #define loss_ROWS (CHOICE, reduction, REDUCTION_mean, "what to do with the elements", REDUCTION_words)
 *   COMMON(loss)                                                  struct loss_params
 *   PARAMS_ON(loss, huber, (NUMBER, delta, 1, "where it ends"))   struct huber_params { struct loss_params loss; ... }
 *
 * PARAM(loss, c) reads what all of them have.  Nothing reads the parameters of one op as those of another: with
 * sanitizers PARAM stops the program that tries. */
#ifndef LUNETTE_PARAMS_H
#define LUNETTE_PARAMS_H
#include "choices.h"
#include "sanitized.h"
#include "tensor.h"

#include <limits.h>
#include <stddef.h>

typedef struct IntList { /* n = -1: absent */
  int n;
  int64_t v[DIMS];
} IntList;
enum { OP_PARAM_BYTES = 5 * sizeof(IntList) }; /* room for those of any op */

/* clang-format off */
typedef enum ParamKind {
  P_NUMBER, P_INT, P_BOOL,
  P_DIM,    /* a dimension as the user counts: 1-based, negative from the end; op_dim resolves it      */
  P_CHOICE, /* one of `choices`: its index from 0                                                      */
  P_DTYPE,
  P_DRAW,   /* of OP_RANDOM, seed and first counter: not the user's, filled by the vm                  */
  P_DIMS, P_SHAPE, P_INTS /* lists of up to DIMS integers                                              */
} ParamKind;
/* clang-format on */

typedef double P_NUMBER_TYPE;
typedef int64_t P_INT_TYPE;
typedef bool P_BOOL_TYPE;
typedef int P_DIM_TYPE;
typedef int P_CHOICE_TYPE;
typedef Dtype P_DTYPE_TYPE;
typedef uint64_t P_DRAW_TYPE;
typedef IntList P_DIMS_TYPE, P_SHAPE_TYPE, P_INTS_TYPE;

typedef struct Param {
  const char *name;
  ParamKind kind;
  size_t at;  /* its place in the struct                                                             */
  double def; /* OP_NONE: absent, op_given says so; OP_REQUIRED: must be given                        */
  const char *doc, *choices;
} Param;
typedef struct ParamType {
  const char *name;             /* of the op that PARAMS names */
  const struct ParamType *base; /* whose rows it begins with, or NULL */
} ParamType;
#define OP_NONE     __builtin_nan("")
#define OP_REQUIRED (-1.7976931348623157e308)

/* clang-format off */
#define PARAMS(op, ...)  PARAMS_(op, __VA_ARGS__)
#define PARAMS_(op, ...) \
  struct op##_params { EACH(PARAM_FIELD, op, __VA_ARGS__) }; \
  PARAMS_OF(op, NULL, EACH(PARAM_ROW, op, __VA_ARGS__))
#define COMMON(op)       COMMON_(op, op##_ROWS)
#define COMMON_(op, ...) \
  struct op##_params { EACH(PARAM_FIELD, op, __VA_ARGS__) }; \
  static const ParamType op##_type = {#op, NULL};
#define PARAMS_ON(base, op, ...)  PARAMS_ON_(base, op, (base##_ROWS), __VA_ARGS__)
#define PARAMS_ON_(base, op, first, ...) \
  struct op##_params { struct base##_params base; EACH(PARAM_FIELD, op, __VA_ARGS__) }; \
  PARAMS_OF(op, &base##_type, PARAM_EACH(PARAM_ROW, base, PARAM_OPEN first) EACH(PARAM_ROW, op, __VA_ARGS__))
#define PARAMS_OF(op, base_type, ...) \
  _Static_assert(sizeof(struct op##_params) <= OP_PARAM_BYTES, "parameters of " #op); \
  static const ParamType op##_type = {#op, base_type}; \
  static const Param op##_table[] = {__VA_ARGS__};
#define TAKES(op) \
  op##_table, .params = (int)(sizeof op##_table / sizeof *op##_table), \
  .param_bytes = sizeof(struct op##_params), .param_type = &op##_type

/* A call's parameters; const as the call is. */
#define PARAM(op, c) _Generic((c), \
  OpCall *:       (struct op##_params *)(uintptr_t)PARAM_BYTES(op, c), \
  const OpCall *: (const struct op##_params *)PARAM_BYTES(op, c))
#define PARAM_BYTES(which, c) \
  (SANITIZED_ADDRESS ? param_bytes((c)->op->param_type, (c)->param, #which) : (c)->param)
/* Has a parameter with the default OP_NONE been given? */
#define op_given(v)  _Generic((v), \
  double: given_number, int64_t: given_int, int: given_dim, IntList: given_list)(v)

#define PARAM_OPEN(...)               __VA_ARGS__
#define PARAM_CALL(macro, ...)        macro(__VA_ARGS__)
#define PARAM_EACH(macro, op, ...)    EACH(macro, op, __VA_ARGS__)
#define PARAM_FIELD(op, row)          PARAM_CALL(PARAM_FIELD_, PARAM_OPEN row, )
#define PARAM_FIELD_(kind, name, ...) P_##kind##_TYPE name;
#define PARAM_ROW(op, row)            PARAM_CALL(PARAM_ROW_, op, PARAM_OPEN row, NULL, )
#define PARAM_ROW_(op, kind, name, def, doc, choices, ...) \
  {#name, P_##kind, offsetof(struct op##_params, name), def, doc, choices},
/* clang-format on */

/* `param` where `type` is that of `op` or begins with its rows; else the end of the program. */
const void *param_bytes(const ParamType *type, const void *param, const char *op);

static inline bool given_number(double v) { return v == v; }
static inline bool given_int(int64_t v) { return v != INT64_MIN; }
static inline bool given_dim(int v) { return v != INT_MIN; }
static inline bool given_list(IntList v) { return v.n >= 0; }

/* A number, or OP_NONE, into its field of `params`; of a list the absence alone. */
void param_set(void *params, const Param *p, double v);

#endif
