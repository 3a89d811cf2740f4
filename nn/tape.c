/* tape.c: see tape.h.
 *
 * A Node is one recorded OpCall.  Nodes form a doubly linked list in order of creation, so walking `prev`
 * from the loss visits every node after all its users: no sorting, no recursion. */
#include "tape.h"

#include "mem.h"
#include "parallel.h"
#include "pointwise.h"

#include <math.h>
#include <string.h>

enum {
  SMALL = 1024
}; /* elements: below that, keeping an input whole is cheaper than keeping its shape only */

typedef struct Node Node;
struct Node {
  GradFn head; /* reference count; tensors made by this node hold it */
  Tape *tape;
  Node *prev, *next;
  bool spent;                    /* backward passed and freed what was saved         */
  bool held;                     /* has gradients waiting, and is kept alive for them */
  uint32_t x_version[OP_INPUTS]; /* of saved inputs (the first OP_INPUTS of a list)  */
  uint32_t y_version[OP_OUTPUTS];
  Tensor *dy[OP_OUTPUTS]; /* gradients on their way                           */
  OpCall call;            /* x, y, save are owned; y only where it is saved   */
  Shape y_shape[OP_OUTPUTS];
  Dtype y_dtype[OP_OUTPUTS];
  int y_count;
  Tensor *x[]; /* call.nx of them */
};

struct Tape {
  Node list; /* sentinel: list.prev is the newest */
  bool recording, anomaly;
  int64_t length;
};

static size_t node_bytes(int nx) { return sizeof(Node) + (size_t)nx * sizeof(Tensor *); }

Tape *tape_new(Err *e) {
  Tape *t = mem_alloc(sizeof *t);
  if (!t) {
    err_set(e, "out of memory for the tape");
    return NULL;
  }
  memset(t, 0, sizeof *t);
  t->list.prev = t->list.next = &t->list;
  t->recording = true;
  return t;
}

static void unlink_node(Node *n) {
  if (!n->prev) return;
  n->prev->next = n->next;
  n->next->prev = n->prev;
  n->prev = n->next = NULL;
  n->tape->length--;
}

void tape_free(Tape *t) {
  if (!t) return;
  while (t->list.prev != &t->list) unlink_node(t->list.prev);
  mem_free(t, sizeof *t);
}

bool tape_recording(const Tape *t) { return t->recording; }
void tape_set_recording(Tape *t, bool on) { t->recording = on; }
int64_t tape_length(const Tape *t) { return t->length; }
void tape_set_anomaly(Tape *t, bool on) { t->anomaly = on; }
bool tape_anomaly(const Tape *t) { return t->anomaly; }

/* --- releasing: long chains are freed with a list, not with the C stack ------------------------------- */

static Node *dying; /* nodes to destroy, linked through `next` */
static bool draining;

static void drop_saved(Node *n) {
  for (int i = 0; i < n->call.nx; i++) {
    tensor_release(n->x[i]);
    n->x[i] = NULL;
  }
  for (int i = 0; i < OP_OUTPUTS; i++) {
    tensor_release(n->call.y[i]);
    tensor_release(n->call.save[i]);
    tensor_release(n->dy[i]);
    n->call.y[i] = n->call.save[i] = n->dy[i] = NULL;
  }
}

static void drain(void) {
  draining = true;
  while (dying) {
    Node *n = dying;
    dying = n->next;
    drop_saved(n); /* may push more nodes */
    mem_free(n, node_bytes(n->call.nx));
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

/* --- recording --------------------------------------------------------------------------------------------
 */

static bool differentiable(const OpCall *c) {
  if (!c->op->backward || c->op->flags & OP_NO_GRAD) return false;
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && c->x[i]->requires_grad) return true;
  return false;
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
    n->call.y[i] = NULL;
    if (!c->y[i]) continue;
    n->y_shape[i].nd = c->y[i]->nd;
    memcpy(n->y_shape[i].d, c->y[i]->shape, sizeof n->y_shape[i].d);
    n->y_dtype[i] = c->y[i]->dtype;
    bool saved = (c->op->saves & (unsigned)(SAVE_Y0 << i)) != 0;
    n->call.y[i] = saved ? tensor_alias(c->y[i], e) : NULL;
    if (saved && !n->call.y[i]) return false;
    if (c->y[i]->store) n->y_version[i] = c->y[i]->store->version;
    n->y_count = i + 1;
  }
  return true;
}

static Node *node_new(Tape *t, const OpCall *c, Err *e) {
  Node *n = mem_alloc(node_bytes(c->nx));
  if (!n) {
    err_set(e, "%s: out of memory for its record", c->op->name);
    return NULL;
  }
  n->head = (GradFn){.refs = 1, .destroy = node_destroy};
  n->tape = t;
  n->prev = n->next = NULL;
  n->spent = n->held = false;
  n->y_count = 0;
  n->call.op = c->op;
  n->call.nx = c->nx;
  n->call.x = n->x;
  memcpy(n->call.p, c->p, (size_t)op_slots(c->op) * sizeof *c->p);
  bool ok = remember_outputs(n, c, e);
  for (int i = 0; i < OP_OUTPUTS; i++) {
    n->dy[i] = NULL;
    n->call.save[i] = c->save[i] ? tensor_retain(c->save[i]) : NULL;
  }
  for (int i = 0; i < c->nx; i++) {
    n->x[i] = ok && c->x[i] ? remember(c, i, e) : NULL;
    if (c->x[i] && !n->x[i]) ok = false;
    if (i < OP_INPUTS && c->x[i] && c->x[i]->store) n->x_version[i] = c->x[i]->store->version;
  }
  if (ok) return n;
  drop_saved(n);
  mem_free(n, node_bytes(c->nx));
  return NULL;
}

static void append(Tape *t, Node *n) {
  n->prev = t->list.prev;
  n->next = &t->list;
  n->prev->next = n;
  t->list.prev = n;
  t->length++;
}

static bool record(Tape *t, OpCall *c, Err *e) {
  Node *n = node_new(t, c, e);
  if (!n) return false;
  append(t, n);
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

static bool all_finite(const Tensor *t) {
  if (!dtype_is_float(t->dtype)) return true;
  for (int64_t i = 0; i < t->n; i++)
    if (!isfinite(tensor_get(t, i))) return false;
  return true;
}

static bool check_finite(const OpCall *c, Tensor *const *list, int n, const char *what, Err *e) {
  char text[TEXT], in[TEXT] = "none";
  for (int i = 0; i < n; i++) {
    if (!list[i] || tensor_is_meta(list[i]) || all_finite(list[i])) continue;
    if (c->nx && c->x[0]) tensor_text(in, c->x[0]);
    return err_set(e, "%s: %s %s has a value that is not finite (first input %s)", c->op->name, what,
                   tensor_text(text, list[i]), in);
  }
  return true;
}

extern const Op op_to;

/* One dtype for all inputs of a promoting op; casts are ops themselves, so gradients pass through them. */
static bool common_dtype(const OpCall *c, Dtype *d) {
  bool found = false;
  for (int i = 0; i < c->nx; i++) {
    if (!c->x[i]) continue;
    *d = found ? dtype_promote(*d, c->x[i]->dtype) : c->x[i]->dtype;
    found = true;
  }
  if (found && c->op->flags & OP_FLOAT && !dtype_is_float(*d)) *d = F32;
  return found;
}

static bool run_cast(Tape *t, Tensor *x, Dtype d, Tensor **out, Err *e) {
  OpCall c;
  op_init(&c, &op_to, &x, 1);
  c.p[0] = d;
  if (!tape_run(t, &c, e)) return false;
  *out = c.y[0];
  return true;
}

static bool run_promoted(Tape *t, OpCall *c, Dtype d, Err *e) {
  enum { MOST = 64 };
  Tensor *cast[MOST], **given = c->x;
  if (c->nx > MOST) return err_set(e, "%s: at most %d tensors of different dtypes", c->op->name, (int)MOST);
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
  return ok;
}

static bool mixed(const OpCall *c, Dtype *d) {
  if (!(c->op->flags & OP_PROMOTE) || !common_dtype(c, d)) return false;
  for (int i = 0; i < c->nx; i++)
    if (c->x[i] && c->x[i]->dtype != *d) return true;
  return false;
}

bool tape_run(Tape *t, OpCall *c, Err *e) {
  Dtype d;
  if (mixed(c, &d)) return run_promoted(t, c, d, e);
  if (!op_run(c, e)) return false;
  bool ok = !t->anomaly || check_finite(c, c->y, OP_OUTPUTS, "result", e);
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

/* --- walking back
 * ------------------------------------------------------------------------------------------- */

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

/* A gradient that can be added to: ours alone and contiguous. */
static bool make_own(Tensor **slot, Err *e) {
  Tensor *g = *slot;
  if (g->refs == 1 && g->store->refs == 1 && tensor_is_contiguous(g)) return true;
  Tensor *copy = tensor_clone(g, e);
  if (!copy) return false;
  *slot = copy;
  tensor_release(g);
  return true;
}

static bool add_to(Tensor **slot, Tensor *g, Err *e) {
  if (!make_own(slot, e)) return false;
  const Tensor *in = g;
  pointwise_map(M_COPY, *slot, &in, 1, NULL, true);
  return true;
}

static bool unchanged(const Node *n, Err *e) {
  const OpCall *c = &n->call;
  char text[TEXT];
  for (int i = 0; i < c->nx && i < OP_INPUTS; i++)
    if (n->x[i] && n->x[i]->store && c->op->saves >> i & 1 && n->x[i]->store->version != n->x_version[i])
      return err_set(e, "backward of %s: its input %s was changed in place after the forward pass",
                     c->op->name, tensor_text(text, n->x[i]));
  for (int i = 0; i < OP_OUTPUTS; i++)
    if (c->y[i] && c->y[i]->store->version != n->y_version[i])
      return err_set(e, "backward of %s: its result %s was changed in place after the forward pass",
                     c->op->name, tensor_text(text, c->y[i]));
  return true;
}

/* Missing gradients of further outputs are zeros; ops that have several may count on all of them. */
static bool fill_dy(Node *n, Err *e) {
  for (int i = 0; i < n->y_count; i++)
    if (!n->dy[i] && dtype_is_float(n->y_dtype[i]) &&
        !(n->dy[i] = tensor_zeros(n->y_dtype[i], n->y_shape[i].nd, n->y_shape[i].d, e)))
      return false;
  return true;
}

/* Work space of one node's backward; lists longer than OP_INPUTS take it from mem.h. */
typedef struct Gather {
  Tensor **dx;     /* where backward writes                         */
  Tensor **passed; /* gradients that are views of dy, owned         */
  unsigned add;
  bool any;
} Gather;

/* The place for input i's gradient: made new, or made ready to be added to. */
static bool prepare(Node *n, int i, Gather *g, Err *e) {
  Tensor *x = n->x[i], **slot = slot_of(x);
  const Op *op = n->call.op;
  if (!slot) return true;
  e->message[0] = 0;
  if (op->pass && (g->passed[i] = op->pass(&n->call, i, n->dy[0], e))) return true;
  if (e->message[0]) return false;
  bool list = (op->flags & OP_INPUT_LIST) != 0; /* add has too few bits for a list: start from zeros */
  if (*slot) {
    if (!make_own(slot, e)) return false;
    if (!list) g->add |= 1u << i;
  } else {
    *slot = (list ? tensor_zeros : tensor_new)(x->dtype, x->nd, x->shape, e);
    if (!*slot) return false;
    hold(x);
  }
  if (list) g->add = ~0u;
  g->dx[i] = *slot;
  g->any = true;
  return true;
}

/* A gradient that is dy itself, or a view of it, needs no arithmetic.  A leaf gets a copy of its own. */
static bool take_passed(Node *n, int i, Tensor *g, Err *e) {
  Tensor *x = n->x[i], **slot = slot_of(x);
  if (*slot) return add_to(slot, g, e);
  *slot = x->fn ? tensor_retain(g) : tensor_clone(g, e);
  if (*slot) hold(x);
  return *slot != NULL;
}

static bool node_backward(Node *n, Err *e) {
  const OpCall *c = &n->call;
  Tensor *small[2 * OP_INPUTS], **space = small;
  size_t bytes = 2 * (size_t)c->nx * sizeof *space;
  if (c->nx > OP_INPUTS && !(space = mem_alloc(bytes)))
    return err_set(e, "%s: out of memory in backward", c->op->name);
  Gather g = {.dx = space, .passed = space + c->nx};
  for (int i = 0; i < 2 * c->nx; i++) space[i] = NULL;
  bool ok = unchanged(n, e) && fill_dy(n, e);
  for (int i = 0; ok && i < c->nx; i++) ok = prepare(n, i, &g, e);
  if (ok && g.any) ok = c->op->backward(c, n->dy, g.dx, g.add, e);
  for (int i = 0; i < c->nx; i++) {
    if (!g.passed[i]) continue;
    if (ok) ok = take_passed(n, i, g.passed[i], e);
    tensor_release(g.passed[i]);
  }
  if (ok && n->tape->anomaly) ok = check_finite(c, g.dx, c->nx, "gradient", e);
  if (space != small) mem_free(space, bytes);
  return ok;
}

static void drop_dy(Node *n) {
  for (int i = 0; i < OP_OUTPUTS; i++) {
    tensor_release(n->dy[i]);
    n->dy[i] = NULL;
  }
}

/* Visits nodes with a gradient, newest first.  After an error or an interrupt the rest is only cleaned up. */
static bool walk(Tape *t, Node *n, bool keep, Err *e) {
  bool ok = true;
  while (n != &t->list) {
    if (!n->held) {
      n = n->prev;
      continue;
    }
    if (ok && n->spent)
      ok = err_set(
          e, "backward: the graph was freed by an earlier backward (keep it with backward{retain=true})");
    if (ok) ok = node_backward(n, e);
    if (ok && interrupt_pending()) {
      ok = err_set(e, "interrupted in backward of %s; gradients are incomplete", n->call.op->name);
      e->interrupted = true;
    }
    drop_dy(n);
    if (!keep) {
      drop_saved(n);
      n->spent = true;
    }
    n->held = false;
    Node *before = n->prev;
    gradfn_release(&n->head);
    n = before;
  }
  return ok;
}

bool tape_backward(Tape *t, Tensor *loss, const Tensor *seed, bool keep, Err *e) {
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
  Tensor *dy = tensor_new(loss->dtype, loss->nd, loss->shape, e);
  if (!dy) return false;
  if (seed) tensor_copy(dy, seed);
  else tensor_fill(dy, 1);
  root->dy[loss->fn_out] = dy;
  hold(loss);
  draining = true; /* nodes that die on the way are unlinked at once and freed at the end */
  bool ok = walk(t, root, keep, e);
  draining = false;
  drain();
  return ok;
}
