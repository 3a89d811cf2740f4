/* fuse.c: see fuse.h.
 *
 * A Pending is one op that waits; it owns its inputs, and is owned by the storage of its result.  All of them
 * stand in a list in order of creation.  Settling one gathers the ops that it rests on into a Chain.  What
 * lies between is not kept, since mostly nobody asks for it; when a second chain needs it, it is. */
#include "fuse.h"

#include "chain.h"
#include "mem.h"
#include "pointwise.h"

#include <string.h>

struct Pending {
  Pending *prev, *next;
  Tensor *y;               /* the result: not owned, it has the only header of its storage */
  Tensor *x[CHAIN_INPUTS]; /* owned                                                        */
  int kernel, nx;
  double p[CHAIN_PARAMS];
  int steps, leaves; /* of the chain that ends here, at most                           */
  double work;       /* of that chain, an element                                      */
  bool between;      /* computed on the way once, and not kept                         */
  int step;          /* its place in the chain at hand, or -1                          */
};

static Pending *oldest, *newest;
static int64_t waiting, computed, from = FUSE_FROM;
static bool poison;

int64_t fuse_waiting(void) { return waiting; }
int64_t fuse_from(void) { return from; }
int64_t fuse_computed(void) { return computed; }
void fuse_set(int64_t elements, bool nan) {
  from = elements;
  poison = nan;
}

/* Work an element, in units of an addition; 0: takes too long to wait with, as ^C has to wait for it then. */
static const uint8_t weights[M_COUNT] = {
    [M_COPY] = 1,       [M_NEG] = 1,       [M_ABS] = 1,   [M_SIGN] = 1,      [M_SQUARE] = 1,
    [M_RELU] = 1,       [M_CLAMP] = 1,     [M_ADD] = 1,   [M_SUB] = 1,       [M_MUL] = 1,
    [M_MAXIMUM] = 1,    [M_MINIMUM] = 1,   [M_LERP] = 1,  [M_FLOOR] = 1,     [M_CEIL] = 1,
    [M_ROUND] = 1,      [M_SQRT] = 2,      [M_RSQRT] = 2, [M_DIV] = 2,       [M_FLOORDIV] = 2,
    [M_RECIPROCAL] = 2, [M_EXP] = 4,       [M_LOG] = 4,   [M_TANH] = 4,      [M_SIGMOID] = 4,
    [M_SILU] = 4,       [M_GELU] = 4,      [M_ERF] = 4,   [M_LOG1P] = 4,     [M_SOFTPLUS] = 6,
    [M_SIN] = 6,        [M_GELU_TANH] = 4, [M_COS] = 6,   [M_LEAKY_RELU] = 1};
enum { WORK_MOST = 1 << 25, WIDE = 4 /* f64 takes that much longer */ };

static double work_of(const OpCall *c) {
  return weights[c->op->kernel] * (c->y[0]->dtype == F64 ? (double)WIDE : 1.);
}

bool map_forward(OpCall *c, Err *e) {
  (void)e;
  pointwise_map(c->op->kernel, c->y[0], (const Tensor *const *)c->x, c->nx, map_params(c), false);
  return true;
}

/* --- waiting ----------------------------------------------------------------------------------------------
 */

static bool fits(const OpCall *c) {
  const Tensor *y = c->y[0];
  if (from < 0 || y->n < from || y->n == 0 || c->op->forward != map_forward || !dtype_is_float(y->dtype) ||
      c->nx > CHAIN_INPUTS)
    return false;
  for (int i = 0; i < c->nx; i++)
    if (c->x[i]->dtype != y->dtype) return false;
  return weights[c->op->kernel] && work_of(c) * (double)y->n <= WORK_MOST;
}

static Pending *pending_of(const Tensor *t) { return t->store->pending; }

/* The chains of the inputs and this op as one; inputs that would make it too long are settled first. */
static void measure(Pending *n, const OpCall *c) {
  n->steps = 1;
  n->leaves = 0;
  n->work = work_of(c);
  for (int i = 0; i < c->nx; i++) {
    const Pending *in = pending_of(c->x[i]);
    if (in && !tensor_same_shape(in->y, n->y)) tensor_settle(c->x[i]);
    in = pending_of(c->x[i]);
    n->steps += in ? in->steps : 0;
    n->leaves += in ? in->leaves : 1;
    n->work += in ? in->work : 0;
  }
  if (n->steps <= CHAIN_STEPS && n->leaves <= CHAIN_LEAVES && n->work * (double)n->y->n <= WORK_MOST) return;
  for (int i = 0; i < c->nx; i++) tensor_settle(c->x[i]);
  n->steps = 1;
  n->leaves = c->nx;
  n->work = work_of(c);
}

static void append(Pending *n) {
  n->next = NULL;
  n->prev = newest;
  if (newest) newest->next = n;
  else oldest = n;
  newest = n;
  waiting++;
}

bool fuse_defer(const OpCall *c) {
  if (!fits(c)) return false;
  Pending *n = mem_alloc(sizeof *n);
  if (!n) return false;
  n->y = c->y[0];
  n->kernel = c->op->kernel;
  n->nx = c->nx;
  n->between = false;
  n->step = -1;
  const double *p = map_params(c);
  const int slots = p == c->p ? op_slots(c->op) : CHAIN_PARAMS;
  for (int i = 0; i < CHAIN_PARAMS; i++) n->p[i] = i < slots ? p[i] : 0;
  measure(n, c);
  for (int i = 0; i < c->nx; i++) {
    n->x[i] = tensor_retain(c->x[i]);
    n->x[i]->store->readers++;
  }
  n->y->store->pending = n;
  append(n);
  if (poison) memset(n->y->data, 0xff, (size_t)n->y->n * dtype_size[n->y->dtype]);
  return true;
}

void fuse_drop(Pending *n) {
  if (n->prev) n->prev->next = n->next;
  else oldest = n->next;
  if (n->next) n->next->prev = n->prev;
  else newest = n->prev;
  waiting--;
  for (int i = 0; i < n->nx; i++) {
    n->x[i]->store->readers--;
    tensor_release(n->x[i]);
  }
  mem_free(n, sizeof *n);
}

/* --- settling ---------------------------------------------------------------------------------------------
 */

typedef struct Gather {
  Chain chain;
  Pending *node[CHAIN_STEPS]; /* by step */
} Gather;

static int leaf_of(Chain *c, const Tensor *t) {
  for (int k = 0; k < c->leaves; k++)
    if (c->leaf[k] == t) return k;
  c->leaf[c->leaves] = t;
  return c->leaves++;
}

/* Leaves first, since steps are numbered after them. */
static void gather_leaves(Pending *n, Chain *c) {
  for (int i = 0; i < n->nx; i++) {
    Pending *in = pending_of(n->x[i]);
    if (!in) leaf_of(c, n->x[i]);
    else gather_leaves(in, c);
  }
}

static void gather_steps(Pending *n, Gather *g, bool end) {
  Chain *c = &g->chain;
  ChainStep s = {.fn = kernels(c->dtype)->map[n->kernel], .p = n->p, .nx = n->nx, .output = -1};
  for (int i = 0; i < n->nx; i++) {
    Pending *in = pending_of(n->x[i]);
    if (in && in->step < 0) gather_steps(in, g, false);
    s.x[i] = in ? c->leaves + in->step : leaf_of(c, n->x[i]);
  }
  if (end || n->between) {
    s.output = c->outputs;
    c->y[c->outputs++] = n->y;
  }
  n->step = c->steps;
  g->node[c->steps] = n;
  c->step[c->steps++] = s;
}

void fuse_settle(Pending *n) {
  Gather g;
  g.chain.dtype = n->y->dtype;
  g.chain.leaves = g.chain.steps = g.chain.outputs = 0;
  gather_leaves(n, &g.chain);
  gather_steps(n, &g, true);
  chain_place(&g.chain);
  pointwise_chain(&g.chain);
  computed += g.chain.steps;
  for (int s = 0; s < g.chain.steps; s++) {
    g.node[s]->step = -1;
    g.node[s]->between = true;
  }
  for (int k = 0; k < g.chain.outputs; k++) tensor_retain(g.chain.y[k]);
  for (int k = 0; k < g.chain.outputs; k++) { /* may be the last to hold others, waiting ones among them */
    Pending *done = pending_of(g.chain.y[k]);
    g.chain.y[k]->store->pending = NULL;
    fuse_drop(done);
  }
  for (int k = 0; k < g.chain.outputs; k++) tensor_release(g.chain.y[k]);
}

void fuse_settle_readers(const Storage *s) {
  for (Pending *n = oldest; n && s->readers > 0;) {
    bool reads = false;
    for (int i = 0; i < n->nx; i++) reads |= n->x[i]->store == s;
    if (!reads) {
      n = n->next;
      continue;
    }
    fuse_settle(n);
    n = oldest; /* more of them may be gone than this one */
  }
}

void fuse_settle_all(void) {
  for (Pending *n = newest; n;) {
    Pending *before = n->prev;
    if (!n->between && !n->y->store->readers) {
      fuse_settle(n);
      before = newest;
    }
    n = before;
  }
}
