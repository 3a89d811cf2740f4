/* op.c: running an op, and the checks that shape functions share. */
#include "op.h"

#include "op_map.h"
#include "parallel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int width(ParamKind k) { return k >= P_DIMS ? 1 + DIMS : 1; }

int op_slot(const Op *op, int param) {
  int slot = 0;
  for (int i = 0; i < param; i++) slot += width(op->param[i].kind);
  return slot;
}

int op_input_length(const char *in) { return (int)strcspn(in, "?#"); }

int op_slots(const Op *op) {
  int slot = 0;
  for (int i = 0; i < OP_PARAMS && op->param[i].kind; i++) slot += width(op->param[i].kind);
  return slot;
}

void op_init(OpCall *c, const Op *op, Tensor **x, int nx) {
  c->op = op;
  c->x = x;
  c->nx = nx;
  int slot = 0;
  for (int i = 0; i < OP_PARAMS && op->param[i].kind; i++) {
    ParamKind k = op->param[i].kind;
    c->p[slot] = k >= P_DIMS ? -1 : op->param[i].def;
    slot += width(k);
  }
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

bool op_run(OpCall *c, Err *e) {
  const bool elementwise = c->op->flags & OP_ELEMENTWISE;
  if (!elementwise) settle_inputs(c); /* a shape may depend on elements */
  if (!c->op->shape(c, e)) {
    op_drop_outputs(c);
    return false;
  }
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && tensor_is_meta(c->x[i])) {
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
  for (int k = 0; k < c->nx; k++)
    if (c->x[k] && tensor_is_meta(c->x[k])) return c->y[i] = tensor_meta(d, nd, shape, e);
  return c->y[i] = tensor_new(d, nd, shape, e);
}

static bool resolve(OpCall *c, int slot, int nd, int most, Err *e) {
  double v = c->p[slot];
  double d = v < 0 ? v + most : v - 1;
  if (v != floor(v) || v == 0 || d < 0 || d >= most) {
    char text[TEXT];
    return err_set(e, "%s: dim %g outside 1..%d for %s", c->op->name, v, most,
                   c->x[0] ? tensor_text(text, c->x[0]) : "it");
  }
  (void)nd;
  c->p[slot] = d;
  return true;
}

bool op_dim(OpCall *c, int slot, int nd, Err *e) { return resolve(c, slot, nd, nd, e); }
bool op_dim_insert(OpCall *c, int slot, int nd, Err *e) { return resolve(c, slot, nd, nd + 1, e); }

bool op_dims(OpCall *c, int slot, int nd, Err *e) {
  if (c->p[slot] < 0) {
    c->p[slot] = nd;
    for (int i = 0; i < nd; i++) c->p[slot + 1 + i] = i;
    return true;
  }
  bool seen[DIMS] = {false};
  for (int i = 0; i < op_int(c, slot); i++) {
    if (!op_dim(c, slot + 1 + i, nd, e)) return false;
    int d = op_int(c, slot + 1 + i);
    if (seen[d]) return err_set(e, "%s: dim %d is named twice", c->op->name, d + 1);
    seen[d] = true;
  }
  return true;
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
