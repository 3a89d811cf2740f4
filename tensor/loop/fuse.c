/* fuse.c: see fuse.h.
 *
 * A Pending is one op that waits; it owns its inputs, and is owned by the storage of its result.  All of them
 * stand in a list in order of creation.  Settling one gathers the ops that it rests on into a Chain.  What
 * lies between is not kept, since mostly nobody asks for it; when a second chain needs it, it is. */
#include "fuse.h"

#include "chain.h"
#include "lay.h"
#include "mem.h"

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

/* What waits, and is counted, on a thread's word is that thread's: one that stays in the middle of it leaves the others
 * theirs. */
static _Thread_local Pending *oldest, *newest;
static _Thread_local int64_t computed;
static int64_t from = FUSE_FROM;
static bool poison;

int64_t fuse_from(void) { return from; }
int64_t fuse_computed(void) { return computed; }
void fuse_set(int64_t elements, bool nan) {
  from = elements;
  poison = nan;
}

enum { WIDE = 8 }; /* an element of f64 costs so many of f32 */

/* A chain settles within a tenth of a second on one slow core, since ^C has to wait for it, and what lies
 * between has memory too. */
static const double WORK_MOST = 1e9, BYTES_MOST = 256 << 20;

static bool too_long(const Pending *n) {
  const double elements = (double)n->y->n, bytes = elements * (double)dtype_size[n->y->dtype];
  return n->steps > CHAIN_STEPS || n->leaves > CHAIN_LEAVES || n->work * elements > WORK_MOST ||
         n->steps * bytes > BYTES_MOST;
}

/* --- waiting ---------------------------------------------------------------------------------------------- */

static Pending *pending_of(const Tensor *t) { return t->store->pending; }

static double work_of(const Pending *n) {
  return map_rows[n->kernel].price * (n->y->dtype == F64 ? (double)WIDE : 1.);
}

static void begin_chain(Pending *n) {
  n->steps = 1;
  n->leaves = n->nx;
  n->work = work_of(n);
}

/* The op by itself; false: it does not wait. */
static bool note(Pending *n, Tensor *y, Tensor *const *x, const PointwiseCall *m) {
  n->y = y;
  n->kernel = m->kernel;
  n->nx = m->nx;
  n->between = false;
  n->step = -1;
  begin_chain(n);
  for (int i = 0; i < CHAIN_PARAMS; i++) n->p[i] = i < m->np ? m->p[i] : 0;
  if (!map_rows[n->kernel].price || n->nx > CHAIN_INPUTS || too_long(n)) return false;
  for (int i = 0; i < n->nx; i++) {
    n->x[i] = x[i];
    if (n->x[i]->dtype != n->y->dtype) return false;
  }
  return true;
}

/* Lengthens the chains of its inputs; where that makes it too long it begins a new one. */
static void join(Pending *n) {
  for (int i = 0; i < n->nx; i++) {
    if (pending_of(n->x[i]) && !tensor_same_shape(n->x[i], n->y)) tensor_settle(n->x[i]);
    const Pending *in = pending_of(n->x[i]);
    if (!in) continue;
    n->steps += in->steps;
    n->leaves += in->leaves - 1;
    n->work += in->work;
  }
  if (!too_long(n)) return;
  for (int i = 0; i < n->nx; i++) tensor_settle(n->x[i]);
  begin_chain(n);
}

static void append(Pending *n) {
  n->next = NULL;
  n->prev = newest;
  if (newest) newest->next = n;
  else oldest = n;
  newest = n;
}

static void drop(Pending *n) {
  if (n->prev) n->prev->next = n->next;
  else oldest = n->next;
  if (n->next) n->next->prev = n->prev;
  else newest = n->prev;
  for (int i = 0; i < n->nx; i++) {
    n->x[i]->store->readers--;
    tensor_release(n->x[i]);
  }
  mem_free(n, sizeof *n);
}

/* --- settling --------------------------------------------------------------------------------------------- */

typedef struct ChainNodes {
  Chain chain;
  const Tensor *end;          /* outputs lie as it does; what lies otherwise is computed apart */
  Pending *node[CHAIN_STEPS]; /* by step */
} ChainNodes;

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

static void gather_steps(Pending *n, ChainNodes *g, bool end) {
  Chain *c = &g->chain;
  ChainStep s = {.fn = kernels(c->dtype)->map[n->kernel], .p = n->p, .nx = n->nx, .output = -1};
  for (int i = 0; i < n->nx; i++) {
    Pending *in = pending_of(n->x[i]);
    if (in && in->step < 0) gather_steps(in, g, false);
    s.x[i] = in ? c->leaves + in->step : leaf_of(c, n->x[i]);
  }
  if (end || (n->between && lay_same(n->y, g->end))) {
    s.output = c->outputs;
    c->y[c->outputs++] = n->y;
  }
  n->step = c->steps;
  g->node[c->steps] = n;
  c->step[c->steps++] = s;
}

static void settle(Pending *n) {
  ChainNodes g;
  g.chain.dtype = n->y->dtype;
  g.end = n->y;
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
    drop(done);
  }
  for (int k = 0; k < g.chain.outputs; k++) tensor_release(g.chain.y[k]);
}

static void settle_readers(const Storage *s) {
  for (Pending *n = oldest; n && s->readers > 0;) {
    bool reads = false;
    for (int i = 0; i < n->nx; i++) reads |= n->x[i]->store == s;
    if (!reads) {
      n = n->next;
      continue;
    }
    settle(n);
    n = oldest; /* more of them may be gone than this one */
  }
}

bool fuse_worth(const Tensor *y) { return from >= 0 && y->n >= from && y->n > 0 && dtype_is_float(y->dtype); }

bool fuse_defer(Tensor *y, Tensor *const *x, const PointwiseCall *m) {
  static const Waiting waiting = {settle, settle_readers, drop};
  Pending *n = mem_alloc(sizeof *n);
  if (!n) return false;
  if (!note(n, y, x, m)) {
    mem_free(n, sizeof *n);
    return false;
  }
  tensor_waiting = &waiting;
  join(n);
  for (int i = 0; i < n->nx; i++) {
    tensor_retain(n->x[i]);
    n->x[i]->store->readers++;
  }
  tensor_to_idle(y);
  y->store->pending = n;
  append(n);
  if (poison) memset(y->data, 0xff, (size_t)y->n * dtype_size[y->dtype]);
  return true;
}

void fuse_settle_all(void) {
  for (Pending *n = newest; n;) {
    Pending *before = n->prev;
    if (!n->between && !n->y->store->readers) {
      settle(n);
      before = newest;
    }
    n = before;
  }
}
