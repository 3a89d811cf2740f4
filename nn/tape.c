/* tape.c: see tape.h.
 *
 * A Node is one recorded OpCall.  Nodes form a doubly linked list in order of creation, so walking `prev`
 * from the loss visits every node after all its users: no sorting, no recursion. */
#include "tape.h"

#include "accumulate.h"
#include "anomaly.h"

#include "mem.h"
#include "op_move.h"
#include "parallel.h"

#include <string.h>

enum {
  SMALL = 1024
}; /* elements: below that, keeping an input whole is cheaper than keeping its shape only */

typedef struct Output { /* what a missing gradient would look like; kept for ops with several outputs */
  Shape shape;
  Dtype dtype;
} Output;

/* One block: the head, then the inputs, the parameters, and the outputs' shapes where there are several. */
typedef struct Node Node;
struct Node {
  GradFn head; /* reference count; tensors made by this node hold it */
  Tape *tape;
  Node *prev, *next;
  const Op *op;
  int nx, outputs;
  bool spent;                    /* backward passed and freed what was saved          */
  bool held;                     /* has gradients waiting, and is kept alive for them */
  bool marked;                   /* the loss depends on it: watch_leaves              */
  int ends;                      /* the first watched leaf whose last use it is; -1   */
  uint32_t x_version[OP_INPUTS]; /* of saved inputs (the first OP_INPUTS of a list)   */
  uint32_t y_version[OP_OUTPUTS], save_version[OP_OUTPUTS]; /* saved may share bytes with a result */
  Tensor *dy[OP_OUTPUTS];                   /* gradients on their way                            */
  Tensor *y[OP_OUTPUTS], *save[OP_OUTPUTS]; /* owned; y only where it is saved         */
  size_t bytes;
  void *param;
  char *born;     /* where it ran forward; anomaly mode only */
  Output *output; /* NULL for ops with one output */
  Tensor *x[];    /* nx of them, owned            */
};

struct Tape {
  Node *newest;
  bool recording, anomaly;
  int64_t length, backwards;
  const TapeWatch *watch;
  int *next_end;    /* watched leaves with the same last op, chained; during backward only */
  TapePlace *place; /* says where an op runs, for the anomaly mode */
  void *context;
};

Tape *tape_new(Err *e) {
  Tape *t = mem_alloc(sizeof *t);
  if (!t) {
    err_set(e, "out of memory for the tape");
    return NULL;
  }
  memset(t, 0, sizeof *t);
  t->recording = true;
  return t;
}

static void unlink_node(Node *n) {
  if (!n->tape) return;
  if (n->prev) n->prev->next = n->next;
  if (n->next) n->next->prev = n->prev;
  else n->tape->newest = n->prev;
  n->tape->length--;
  n->tape = NULL;
  n->prev = n->next = NULL;
}

void tape_free(Tape *t) {
  if (!t) return;
  while (t->newest) unlink_node(t->newest);
  mem_free(t, sizeof *t);
}

bool tape_recording(const Tape *t) { return t->recording; }
void tape_set_recording(Tape *t, bool on) { t->recording = on; }
int64_t tape_length(const Tape *t) { return t->length; }
int64_t tape_backwards(const Tape *t) { return t->backwards; }
void tape_watch(Tape *t, const TapeWatch *w) { t->watch = w; }
void tape_set_anomaly(Tape *t, bool on) { t->anomaly = on; }
void tape_set_place(Tape *t, TapePlace *place, void *context) {
  t->place = place;
  t->context = context;
}

/* --- releasing: long chains are freed with a list, not with the C stack --------------------------------- */

/* Of a thread's own: one that sleeps for ever in its loop (vm/prompt/repl.c) keeps nobody else from freeing. */
static _Thread_local Node *dying; /* nodes to destroy, linked through `next` */
static _Thread_local bool draining;

static inline void drop(Tensor **t) {
  if (!*t) return; /* most are */
  tensor_release(*t);
  *t = NULL;
}

static void drop_saved(Node *n) {
  for (int i = 0; i < n->nx; i++) drop(&n->x[i]);
  for (int i = 0; i < OP_OUTPUTS; i++) {
    drop(&n->y[i]);
    drop(&n->save[i]);
    drop(&n->dy[i]);
  }
}

static void drain(void) {
  draining = true;
  while (dying) {
    Node *n = dying;
    dying = n->next;
    drop_saved(n); /* may push more nodes */
    if (n->born) mem_free(n->born, strlen(n->born) + 1);
    mem_free(n, n->bytes);
  }
  draining = false;
}

static void node_destroy(GradFn *f) {
  Node *n = (Node *)f;
  unlink_node(n);
  n->next = dying;
  dying = n;
  if (!draining) drain();
}

/* --- recording -------------------------------------------------------------------------------------------- */

static bool wants_gradient(const OpCall *c) {
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && c->x[i]->requires_grad) return true;
  return false;
}
static bool differentiable(const OpCall *c) {
  return (c->op->backward || c->op->pass) && !(c->op->flags & OP_NO_GRAD) && wants_gradient(c);
}

/* The tensor to remember for input i: itself, or only its shape and its place in the graph. */
static Tensor *remember(const OpCall *c, int i, Err *e) {
  Tensor *x = c->x[i];
  bool saved = c->op->flags & OP_INPUT_LIST ? (c->op->saves & SAVE_ALL_X) != 0 : (c->op->saves >> i & 1) != 0;
  if (saved || x->n <= SMALL || (x->requires_grad && !x->fn)) return tensor_retain(x);
  Tensor *m = tensor_meta(x->dtype, x->nd, x->shape, e);
  if (!m) return NULL;
  m->requires_grad = x->requires_grad;
  m->fn = x->fn;
  m->fn_out = x->fn_out;
  if (m->fn) m->fn->refs++;
  return m;
}

/* An output that backward reads is kept as an alias without `fn`: keeping y itself would be a cycle. */
static bool remember_outputs(Node *n, const OpCall *c, Err *e) {
  for (int i = 0; i < OP_OUTPUTS; i++) {
    n->y[i] = n->dy[i] = NULL;
    n->save[i] = c->save[i] ? tensor_retain(c->save[i]) : NULL;
    if (n->save[i] && n->save[i]->store) n->save_version[i] = n->save[i]->store->version;
  }
  for (int i = 0; i < OP_OUTPUTS; i++) {
    const Tensor *y = c->y[i];
    if (!y) continue;
    if (n->output) {
      n->output[i].shape.nd = y->nd;
      memcpy(n->output[i].shape.d, y->shape, sizeof y->shape);
      n->output[i].dtype = y->dtype;
    }
    if (y->store) n->y_version[i] = y->store->version;
    if (c->op->saves & (unsigned)(SAVE_Y0 << i) && !(n->y[i] = tensor_alias(y, e))) return false;
  }
  return true;
}

static Node *node_alloc(const OpCall *c, Err *e) {
  int outputs = 0;
  for (int i = 0; i < OP_OUTPUTS; i++)
    if (c->y[i]) outputs = i + 1;
  size_t inputs = (size_t)c->nx * sizeof(Tensor *), params = (c->op->param_bytes + 7) & ~(size_t)7;
  size_t bytes = sizeof(Node) + inputs + params + (outputs > 1 ? (size_t)outputs * sizeof(Output) : 0);
  Node *n = mem_alloc(bytes);
  if (!n) {
    err_set(e, "%s: out of memory for its record", c->op->name);
    return NULL;
  }
  n->head = (GradFn){.refs = 1, .destroy = node_destroy};
  n->tape = NULL;
  n->born = NULL;
  n->op = c->op;
  n->nx = c->nx;
  n->outputs = outputs;
  n->spent = n->held = n->marked = false;
  n->ends = -1;
  n->bytes = bytes;
  n->param = (char *)(n + 1) + inputs;
  n->output = outputs > 1 ? (Output *)(void *)((char *)n->param + params) : NULL;
  memcpy(n->param, c->param, c->op->param_bytes);
  return n;
}

static Node *node_new(const OpCall *c, Err *e) {
  Node *n = node_alloc(c, e);
  if (!n) return NULL;
  bool ok = remember_outputs(n, c, e);
  for (int i = 0; i < c->nx; i++) {
    n->x[i] = ok && c->x[i] ? remember(c, i, e) : NULL;
    if (c->x[i] && !n->x[i]) ok = false;
    if (i < OP_INPUTS && c->x[i] && c->x[i]->store) n->x_version[i] = c->x[i]->store->version;
  }
  if (ok) return n;
  drop_saved(n);
  mem_free(n, n->bytes);
  return NULL;
}

/* The call as the op made it, for its backward. */
static void call_of(const Node *n, OpCall *c) {
  c->op = n->op;
  c->nx = n->nx;
  c->x = (Tensor **)(uintptr_t)n->x;
  memcpy(c->param, n->param, n->op->param_bytes);
  for (int i = 0; i < OP_OUTPUTS; i++) {
    c->y[i] = n->y[i];
    c->save[i] = n->save[i];
  }
}

static void append(Tape *t, Node *n) {
  n->tape = t;
  n->prev = t->newest;
  n->next = NULL;
  if (n->prev) n->prev->next = n;
  t->newest = n;
  t->length++;
}

static void note_place(const Tape *t, Node *n) {
  char text[600] = "\n forward";
  const size_t used = strlen(text);
  t->place(t->context, text + used, sizeof text - used);
  const size_t bytes = strlen(text) + 1;
  if (bytes > used + 1 && (n->born = mem_alloc(bytes))) memcpy(n->born, text, bytes);
}

static bool record(Tape *t, OpCall *c, Err *e) {
  Node *n = node_new(c, e);
  if (!n) return false;
  append(t, n);
  if (t->anomaly && t->place) note_place(t, n);
  for (int i = 0; i < OP_OUTPUTS; i++) {
    Tensor *y = c->y[i];
    if (!y || !dtype_is_float(y->dtype)) continue;
    y->requires_grad = 1;
    y->fn = &n->head;
    y->fn_out = (uint8_t)i;
    n->head.refs++;
  }
  gradfn_release(&n->head); /* the reference of its birth */
  return true;
}

/* One dtype for all inputs of a promoting op; casts are ops themselves, so gradients pass through them. */
static bool common_dtype(const OpCall *c, Dtype *d) {
  bool found = false;
  for (int i = 0; i < c->nx; i++) {
    if (!c->x[i]) continue;
    *d = found ? dtype_promote(*d, c->x[i]->dtype) : c->x[i]->dtype;
    found = true;
  }
  if (found && c->op->flags & (OP_FLOAT | OP_WHOLE) && !dtype_is_float(*d))
    *d = c->op->flags & OP_FLOAT ? F32 : I64;
  return found;
}

static bool run_cast(Tape *t, Tensor *x, Dtype d, Tensor **out, Err *e) {
  OpCall c;
  op_init(&c, &op_to, &x, 1);
  PARAM(to, &c)->dtype = d;
  if (!tape_run(t, &c, e)) return false;
  *out = c.y[0];
  return true;
}

static bool run_promoted(Tape *t, OpCall *c, Dtype d, Err *e) {
  Tensor *few[OP_INPUTS], **given = c->x, **cast = few;
  const size_t bytes = (size_t)c->nx * sizeof *cast;
  if (c->nx > OP_INPUTS && !(cast = mem_alloc(bytes)))
    return err_set(e, "%s: out of memory for %d tensors", c->op->name, c->nx);
  bool ok = true;
  for (int i = 0; i < c->nx; i++) {
    cast[i] = given[i];
    if (!given[i]) continue;
    if (given[i]->dtype == d) {
      tensor_retain(given[i]);
    } else if (!ok || !run_cast(t, given[i], d, &cast[i], e)) {
      cast[i] = NULL;
      ok = false;
    }
  }
  c->x = cast;
  ok = ok && tape_run(t, c, e);
  c->x = given;
  for (int i = 0; i < c->nx; i++) tensor_release(cast[i]);
  if (cast != few) mem_free(cast, bytes);
  return ok;
}

static bool mixed(const OpCall *c, Dtype *d) {
  if (!(c->op->flags & OP_PROMOTE) || !common_dtype(c, d)) return false;
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && c->x[i]->dtype != *d) return true;
  return false;
}

/* Is `v`, which lies where x does, in the graph nothing but a view of x? */
static bool views(const Tensor *v, const Tensor *x) {
  if (v->requires_grad != x->requires_grad) return false;
  while (v != x && !(v->fn && v->fn == x->fn && v->fn_out == x->fn_out)) {
    const Node *n = (const Node *)v->fn;
    if (!n || !(n->op->flags & OP_VIEW) || !n->x[0]) return !v->requires_grad;
    v = n->x[0];
  }
  return true;
}

/* A call whose two inputs are one, such as x:t():mm(x), becomes that of an op of this one. */
static bool becomes_one(const OpCall *c, OpCall *one) {
  for (int i = 0; c->op->of_one && i < 2; i++) {
    const Op *op = views(c->x[!i], c->x[i]) ? c->op->of_one(c, i) : NULL;
    if (op) op_init(one, op, &c->x[i], 1);
    if (op) return true;
  }
  return false;
}

bool tape_run(Tape *t, OpCall *c, Err *e) {
  Dtype d;
  OpCall one;
  if (c->op->flags & OP_INFERENCE && t->recording && wants_gradient(c))
    return err_set(e, "%s: it has no gradient; call it in tensor.no_grad(function() ... end)", c->op->name);
  if (mixed(c, &d)) return run_promoted(t, c, d, e);
  if (becomes_one(c, &one)) {
    if (!tape_run(t, &one, e)) return false;
    memcpy(c->y, one.y, sizeof c->y);
    return true;
  }
  c->no_record = !t->anomaly && !(t->recording && differentiable(c));
  if (!op_run(c, e)) return false;
  bool ok = !t->anomaly || anomaly_check(c, c->y, OP_OUTPUTS, false, NULL, e);
  if (ok && t->recording && differentiable(c)) ok = record(t, c, e);
  if (!ok) op_drop_outputs(c);
  return ok;
}

bool tape_may_change(const Tape *t, const Tensor *x, const char *what, Err *e) {
  if (!t->recording || !x->requires_grad) return true;
  char text[TEXT];
  if (!x->fn)
    return err_set(e,
                   "%s: %s requires grad and is a leaf; change it inside tensor.no_grad(function() ... end)",
                   what, tensor_text(text, x));
  return err_set(
      e, "%s: %s is part of a graph; make a new tensor, or work inside tensor.no_grad(function() ... end)",
      what, tensor_text(text, x));
}

/* --- walking back --------------------------------------------------------------------------------------- */

/* Where input x's gradient gathers. */
static Tensor **slot_of(Tensor *x) {
  if (!x || !x->requires_grad || !dtype_is_float(x->dtype)) return NULL;
  return x->fn ? &((Node *)x->fn)->dy[x->fn_out] : &x->grad;
}

/* A node with gradients waiting must live until the walk reaches it. */
static void hold(Tensor *x) {
  Node *n = (Node *)x->fn;
  if (!n || n->held) return;
  n->held = true;
  n->head.refs++;
}

static bool unchanged(const Node *n, Err *e) {
  char text[TEXT];
  for (int i = 0; i < n->nx && i < OP_INPUTS; i++)
    if (n->op->saves >> i & 1 && n->x[i] && n->x[i]->store && n->x[i]->store->version != n->x_version[i])
      return err_set(e, "backward of %s: its input %s was changed in place after the forward pass",
                     n->op->name, tensor_text(text, n->x[i]));
  for (int i = 0; i < OP_OUTPUTS; i++) {
    const Tensor *y = n->y[i], *saved = n->save[i];
    if (y && y->store->version != n->y_version[i]) saved = y;
    else if (!saved || !saved->store || saved->store->version == n->save_version[i]) continue;
    return err_set(e, "backward of %s: its result %s was changed in place after the forward pass",
                   n->op->name, tensor_text(text, saved));
  }
  return true;
}

/* Missing gradients of further outputs are zeros; ops that have several may count on all of them. */
static bool fill_dy(Node *n, Err *e) {
  for (int i = 0; n->output && i < n->outputs; i++)
    if (!n->dy[i] && dtype_is_float(n->output[i].dtype) &&
        !(n->dy[i] = tensor_zeros(n->output[i].dtype, n->output[i].shape.nd, n->output[i].shape.d, e)))
      return false;
  return true;
}

static bool graph_is_gone(Err *e) {
  return err_set(e,
                 "backward: the graph was freed by an earlier backward (keep it with backward{retain=true})");
}

static bool prepare(const Node *n, const OpCall *c, int i, Gradients *g, Err *e) {
  Tensor *x = n->x[i], **slot = slot_of(x);
  if (!slot) return true;
  if (x->fn && ((Node *)x->fn)->spent) return graph_is_gone(e);
  if (!gradients_prepare(g, c, i, n->dy[0], slot, e)) return false;
  if (g->dx[i]) hold(x);
  return true;
}

static bool take_passed(const Node *n, int i, Tensor *passed, Err *e) {
  Tensor *x = n->x[i];
  if (!gradients_accept(slot_of(x), passed, x, n->dy[0], e)) return false;
  hold(x);
  return true;
}

/* Lists longer than OP_INPUTS take their work space from mem.h. */
static bool node_backward(Node *n, Err *e) {
  Tensor *small[2 * OP_INPUTS], **space = small;
  size_t bytes = 2 * (size_t)n->nx * sizeof *space;
  if (n->nx > OP_INPUTS && !(space = mem_alloc(bytes)))
    return err_set(e, "%s: out of memory in backward", n->op->name);
  OpCall c;
  call_of(n, &c);
  Gradients g = {.dx = space, .passed = space + n->nx};
  for (int i = 0; i < 2 * n->nx; i++) space[i] = NULL;
  bool ok = unchanged(n, e) && fill_dy(n, e);
  for (int i = 0; ok && i < n->nx; i++) ok = prepare(n, &c, i, &g, e);
  if (ok && g.any) ok = n->op->backward(&c, n->dy, g.dx, g.add, e);
  for (int i = 0; i < n->nx; i++) {
    if (!g.passed[i]) continue;
    if (ok) ok = take_passed(n, i, g.passed[i], e);
    tensor_release(g.passed[i]);
  }
  if (ok && n->tape->anomaly) ok = anomaly_check(&c, g.dx, n->nx, true, n->born, e);
  if (space != small) mem_free(space, bytes);
  return ok;
}

static void drop_dy(Node *n) {
  for (int i = 0; i < OP_OUTPUTS; i++) drop(&n->dy[i]);
}

/* --- telling who watches ---------------------------------------------------------------------------------- */

/* For each watched leaf the last op on the way back that may add to its gradient: that which ran first of those that
 * the loss depends on.  Ops are marked from the loss on, newest first. */
static bool watch_leaves(Tape *t, Node *root, Err *e) {
  const TapeWatch *w = t->watch;
  Node **last = mem_alloc((size_t)w->leaves * (sizeof *last + sizeof *t->next_end));
  if (!last) return err_set(e, "backward: out of memory for %d leaves", w->leaves);
  memset(last, 0, (size_t)w->leaves * sizeof *last);
  t->next_end = (int *)(void *)(last + w->leaves);
  root->marked = true;
  for (Node *n = root; n; n = n->prev) {
    n->ends = -1;
    if (!n->marked) continue;
    n->marked = false;
    for (int i = 0; i < n->nx; i++) {
      Tensor *x = n->x[i];
      if (!slot_of(x)) continue;
      if (x->fn) {
        if (((Node *)x->fn)->tape) ((Node *)x->fn)->marked = true;
        continue;
      }
      const int leaf = w->leaf(w->context, x);
      if (leaf >= 0) last[leaf] = n;
    }
  }
  for (int leaf = 0; leaf < w->leaves; leaf++) {
    if (!last[leaf]) continue;
    t->next_end[leaf] = last[leaf]->ends;
    last[leaf]->ends = leaf;
  }
  return true;
}
static void unwatch(Tape *t) {
  if (!t->next_end) return;
  const size_t leaves = (size_t)t->watch->leaves;
  Node **last = (Node **)(void *)t->next_end - leaves;
  mem_free(last, leaves * (sizeof *last + sizeof *t->next_end));
  t->next_end = NULL;
}

static bool tell(const Tape *t, const Node *n, Err *e) {
  const TapeWatch *w = t->watch;
  for (int leaf = n->ends; leaf >= 0; leaf = t->next_end[leaf])
    if (!w->ready(w->context, leaf, e)) return false;
  return w->between(w->context, e);
}

/* Visits nodes with a gradient, newest first.  After an error or an interrupt the rest is only cleaned up. */
static bool walk(const Tape *t, Node *n, bool keep, Err *e) {
  bool ok = true;
  while (n) {
    if (!n->held) {
      n = n->prev;
      continue;
    }
    if (ok) ok = node_backward(n, e);
    if (ok && t->next_end) ok = tell(t, n, e);
    if (ok && interrupt_pending())
      ok = err_interrupted(e, "interrupted in backward of %s; gradients are incomplete", n->op->name);
    drop_dy(n);
    if (!keep) {
      drop_saved(n);
      n->spent = true;
    }
    n->held = false;
    Node *before = n->prev;
    if (!keep) unlink_node(n);
    gradfn_release(&n->head);
    n = before;
  }
  return ok;
}

/* dL/dloss: what the caller gives, shared where it is of loss' dtype and dense, or in any order where that is as good
 * (nobody writes to what is shared), or 1. */
static Tensor *seed_of(const Tensor *loss, Tensor *seed, Err *e) {
  const bool any = ((const Node *)loss->fn)->op->flags & OP_ELEMENTWISE;
  if (seed && seed->dtype == loss->dtype && (any || tensor_is_contiguous(seed))) return tensor_retain(seed);
  Tensor *dy = tensor_new(loss->dtype, loss->nd, loss->shape, e);
  if (!dy) return NULL;
  if (seed) tensor_copy(dy, seed);
  else tensor_fill(dy, 1);
  return dy;
}

bool tape_backward(Tape *t, Tensor *loss, Tensor *seed, bool keep, Err *e) {
  char text[TEXT], other[TEXT];
  if (!loss->requires_grad || !loss->fn)
    return err_set(e, "backward: %s does not depend on anything that requires grad", tensor_text(text, loss));
  if (!seed && loss->n != 1)
    return err_set(e,
                   "backward: %s has %lld elements; reduce it first (x:sum(), x:mean()) or give a gradient",
                   tensor_text(text, loss), (long long)loss->n);
  if (seed && !tensor_same_shape(seed, loss))
    return err_set(e, "backward: gradient %s for %s: shapes differ", tensor_text(text, seed),
                   tensor_text(other, loss));
  Node *root = (Node *)loss->fn;
  if (root->spent) return graph_is_gone(e);
  if (t->watch && !watch_leaves(t, root, e)) return false;
  Tensor *dy = seed_of(loss, seed, e);
  if (!dy) {
    unwatch(t);
    return false;
  }
  t->backwards++;
  root->dy[loss->fn_out] = dy;
  hold(loss);
  draining = true; /* nodes that die on the way are unlinked at once and freed at the end */
  bool ok = walk(t, root, keep, e);
  unwatch(t);
  draining = false;
  drain();
  return ok;
}
