/* op.c: running an op, and the checks that shape functions share. */
#include "op.h"

#include "lay.h"
#include "op_map.h"
#include "parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int op_input_length(const char *in) { return (int)strcspn(in, "?#"); }

const void *param_bytes(const ParamType *type, const void *param, const char *op) {
  while (type && strcmp(type->name, op) != 0) type = type->base;
  if (type) return param;
  fprintf(stderr, "parameters read as those of %s, which the op has not\n", op);
  abort();
}

void param_set(void *params, const Param *p, double v) {
  void *to = (char *)params + p->at;
  const bool some = v == v && v != OP_REQUIRED;
  switch (p->kind) {
  case P_NUMBER: *(P_NUMBER_TYPE *)to = v; return;
  case P_INT: *(P_INT_TYPE *)to = some ? (P_INT_TYPE)v : INT64_MIN; return;
  case P_BOOL: *(P_BOOL_TYPE *)to = v != 0; return;
  case P_DIM: *(P_DIM_TYPE *)to = some ? (P_DIM_TYPE)v : INT_MIN; return;
  case P_CHOICE: *(P_CHOICE_TYPE *)to = some ? (P_CHOICE_TYPE)v : 0; return;
  case P_DTYPE: *(P_DTYPE_TYPE *)to = some ? (P_DTYPE_TYPE)v : 0; return;
  case P_DRAW: *(P_DRAW_TYPE *)to = some ? (P_DRAW_TYPE)v : 0; return;
  case P_DIMS:
  case P_SHAPE:
  case P_INTS: ((IntList *)to)->n = -1; return;
  }
}

void op_init(OpCall *c, const Op *op, Tensor **x, int nx) {
  c->op = op;
  c->x = x;
  c->nx = nx;
  for (int i = 0; i < op->params; i++) param_set(c->param, &op->param[i], op->param[i].def);
  for (int i = 0; i < OP_OUTPUTS; i++) c->y[i] = c->save[i] = NULL;
  c->no_record = false;
}

void op_drop_outputs(OpCall *c) {
  for (int i = 0; i < OP_OUTPUTS; i++) {
    tensor_release(c->y[i]);
    tensor_release(c->save[i]);
    c->y[i] = c->save[i] = NULL;
  }
}

static double inferred; /* operations of the calls whose shapes alone were inferred */

double op_inferred_flops(void) { return inferred; }

static void count_flops(const OpCall *c) {
  if (c->op->flops) inferred += c->op->flops(c);
  else if (!(c->op->flags & OP_VIEW) && c->y[0]) inferred += (double)c->y[0]->n;
}

static void settle_inputs(const OpCall *c) {
  for (int i = 0; i < c->nx; i++)
    if (c->x[i]) tensor_settle(c->x[i]);
}

static bool any_meta(const OpCall *c) {
  for (int k = 0; k < c->nx; k++)
    if (c->x[k] && tensor_is_meta(c->x[k])) return true;
  return false;
}

static bool lay_inputs(const OpCall *c, Err *e) {
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && !lay_dense(c->x[i], e)) return false;
  return true;
}

bool op_run(OpCall *c, Err *e) {
  const bool elementwise = c->op->flags & OP_ELEMENTWISE;
  if (!(c->op->flags & (OP_ELEMENTWISE | OP_STRIDES)) && !lay_inputs(c, e)) return false;
  if (!elementwise) settle_inputs(c); /* a shape may depend on elements */
  if (!c->op->shape(c, e)) {
    op_drop_outputs(c);
    return false;
  }
  if (any_meta(c)) {
    count_flops(c);
    return true;
  }
  if (elementwise) {
    if (map_defer(c)) return true;
    settle_inputs(c);
  }
  bool ok = c->op->forward(c, e);
  if (ok && interrupt_pending()) ok = err_interrupted(e, "interrupted in %s; result discarded", c->op->name);
  if (!ok) op_drop_outputs(c);
  return ok;
}

Tensor *op_output(OpCall *c, int i, Dtype d, int nd, const int64_t *shape, Err *e) {
  return c->y[i] = (any_meta(c) ? tensor_meta : tensor_new)(d, nd, shape, e);
}

Tensor *op_output_alike(OpCall *c, int i, Dtype d, int nd, const int64_t *shape, Err *e) {
  int64_t stride[DIMS];
  if (!any_meta(c) && lay_alike((const Tensor *const *)c->x, c->nx, nd, shape, stride))
    return c->y[i] = lay_new(d, nd, shape, stride, e);
  if (!lay_inputs(c, e)) return NULL; /* beside others that lie row by row */
  return op_output(c, i, d, nd, shape, e);
}

/* A dimension as the user counts, of `most`, as an index from 0; -1 with an error. */
static int64_t resolved(const OpCall *c, int64_t v, int64_t most, Err *e) {
  const int64_t d = v < 0 ? v + most : v - 1;
  if (v != 0 && d >= 0 && d < most) return d;
  char text[TEXT];
  err_set(e, "%s: dim %lld outside 1..%lld for %s", c->op->name, (long long)v, (long long)most,
          c->x[0] ? tensor_text(text, c->x[0]) : "it");
  return -1;
}

bool op_dim(const OpCall *c, int *dim, int nd, Err *e) { return (*dim = (int)resolved(c, *dim, nd, e)) >= 0; }
bool op_dim_insert(const OpCall *c, int *dim, int nd, Err *e) { return op_dim(c, dim, nd + 1, e); }

int64_t op_behind(const Tensor *x, int dim) {
  int64_t n = 1;
  for (int i = dim + 1; i < x->nd; i++) n *= x->shape[i];
  return n;
}

bool op_dims(const OpCall *c, IntList *dims, int nd, Err *e) {
  if (dims->n < 0) {
    dims->n = nd;
    for (int i = 0; i < nd; i++) dims->v[i] = i;
    return true;
  }
  bool seen[DIMS] = {false};
  for (int i = 0; i < dims->n; i++) {
    const int64_t d = dims->v[i] = resolved(c, dims->v[i], nd, e);
    if (d < 0) return false;
    if (seen[d]) return err_set(e, "%s: dim %lld is named twice", c->op->name, (long long)d + 1);
    seen[d] = true;
  }
  return true;
}

bool op_number(const OpCall *c, const char *name, const IntList *list, int i, int n, int64_t least,
               int64_t def, int64_t *to, Err *e) {
  static const char *const wanted[] = {"", "one whole number", "one or two whole numbers",
                                       "one or three whole numbers"};
  *to = list->n <= 0 ? def : list->v[list->n == n ? i : 0];
  if ((list->n <= 1 || list->n == n) && *to >= least) return true;
  return err_set(e, "%s: %s must be %s from %lld on", c->op->name, name, wanted[n], (long long)least);
}

bool op_holds(OpCall *c, int i, double value, Err *e) {
  char text[TEXT];
  if (dtype_holds(c->x[i]->dtype, value)) return true;
  return err_set(e, "%s: %s cannot hold %.17g (x:to\"f32\" converts)", c->op->name,
                 tensor_text(text, c->x[i]), value);
}

bool op_want_float(OpCall *c, int i, Err *e) {
  char text[TEXT];
  if (dtype_is_float(c->x[i]->dtype)) return true;
  return err_set(e, "%s: %s is %s; it must be f32 or f64 (x:to\"f32\" converts)", c->op->name, c->op->in[i],
                 tensor_text(text, c->x[i]));
}

bool op_want_ints(OpCall *c, int i, Err *e) {
  char text[TEXT];
  Dtype d = c->x[i]->dtype;
  if (d == I64 || d == I32 || d == U8) return true;
  return err_set(e, "%s: %.*s is %s; it must hold integers (x:to\"i64\" converts)", c->op->name,
                 (int)strcspn(c->op->in[i], "#?"), c->op->in[i], tensor_text(text, c->x[i]));
}
