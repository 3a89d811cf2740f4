/* bucket.c: see bucket.h. */
#include "bucket.h"

#include "clock.h"
#include "mem.h"
#include "parallel.h"

#include <string.h>

enum { ALIGN = 16 }; /* elements: every gradient begins on a line of the cache */

typedef struct Leaf {
  Tensor *p;
  int bucket; /* which, once planned                    */
  int64_t at; /* where in it                            */
  bool ready; /* its gradient is final                  */
} Leaf;

typedef struct Bucket {
  int first, count; /* leaves, in the plan's order           */
  int64_t n;        /* elements of gradients; then a number for each leaf: has it one; then the flag */
  int missing;      /* leaves not ready yet                  */
  Dtype dtype;
  Tensor *flat;
  void *request;
  bool done;
  BucketTimes times;
} Bucket;

typedef struct Slot { /* of a table from leaf to number */
  const Tensor *key;
  int leaf;
} Slot;

struct Buckets {
  Reducer reducer;
  TapeWatch watch;
  size_t bytes;
  int n, buckets, started, settled, noted;
  Leaf *leaf;
  Bucket *bucket;
  int *order, *plan; /* as it came; as agreed    */
  Slot *table;
  size_t slots;
  bool planned, flag;
  double begun, waited_from;
};

/* --- which leaf is it ------------------------------------------------------------------------------------- */

static Slot *slot_for(const Buckets *b, const Tensor *key) {
  size_t i = ((size_t)(uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u % b->slots;
  while (b->table[i].key && b->table[i].key != key) i = (i + 1) % b->slots;
  return &b->table[i];
}
static int leaf_of(void *context, const Tensor *x) {
  const Buckets *b = context;
  const Slot *s = slot_for(b, x);
  return s->key ? s->leaf : -1;
}

/* --- making ------------------------------------------------------------------------------------------------- */

static bool leaf_ready(void *context, int leaf, Err *e);
static bool move_on(void *context, Err *e);

/* What one block holds: leaves, buckets, two orders, the table. */
static size_t block_bytes(int n) {
  const size_t k = (size_t)n;
  return sizeof(Buckets) + k * (sizeof(Leaf) + sizeof(Bucket) + 2 * sizeof(int)) + (2 * k + 1) * sizeof(Slot);
}

Buckets *buckets_new(Tensor *const *leaves, int n, size_t bytes, const Reducer *r, Err *e) {
  Buckets *b = mem_alloc(block_bytes(n));
  if (!b) {
    err_set(e, "out of memory for the buckets of %d gradients", n);
    return NULL;
  }
  memset(b, 0, block_bytes(n));
  b->reducer = *r;
  b->watch = (TapeWatch){b, n, leaf_of, leaf_ready, move_on};
  b->bytes = bytes;
  b->n = n;
  b->bucket = (Bucket *)(void *)(b + 1);
  b->table = (Slot *)(void *)(b->bucket + n);
  b->slots = 2 * (size_t)n + 1;
  b->leaf = (Leaf *)(void *)(b->table + b->slots);
  b->order = (int *)(void *)(b->leaf + n);
  b->plan = b->order + n;
  for (int i = 0; i < n; i++) {
    b->leaf[i].p = tensor_retain(leaves[i]);
    *slot_for(b, leaves[i]) = (Slot){leaves[i], i};
  }
  return b;
}

void buckets_free(Buckets *b) {
  if (!b) return;
  for (int i = 0; i < b->n; i++) tensor_release(b->leaf[i].p);
  for (int i = 0; i < b->buckets; i++) tensor_release(b->bucket[i].flat);
  mem_free(b, block_bytes(b->n));
}

int buckets_leaves(const Buckets *b) { return b->n; }
const int *buckets_order(Buckets *b) {
  for (int i = 0; b->noted < b->n; i++)
    if (!b->leaf[i].ready) b->order[b->noted++] = i;
  return b->order;
}
bool buckets_planned(const Buckets *b) { return b->planned; }

bool buckets_plan(Buckets *b, const int *order, Err *e) {
  Bucket *last = NULL;
  for (int i = 0; i < b->n; i++) b->leaf[i].ready = false;
  for (int i = 0; i < b->n; i++) {
    if (order[i] < 0 || order[i] >= b->n || b->leaf[order[i]].ready)
      return err_set(e, "gradients: the order of %d parameters is no order", b->n);
    Leaf *f = &b->leaf[order[i]];
    const size_t size = dtype_size[f->p->dtype];
    if (!last || last->dtype != f->p->dtype || (size_t)last->n * size >= b->bytes) {
      last = &b->bucket[b->buckets++];
      *last = (Bucket){.first = i, .dtype = f->p->dtype};
    }
    f->bucket = b->buckets - 1;
    f->at = last->n;
    f->ready = true;
    last->n += (f->p->n + ALIGN - 1) / ALIGN * ALIGN;
    last->count++;
    b->plan[i] = order[i];
  }
  b->planned = true;
  buckets_begin(b, b->flag);
  return true;
}

void buckets_begin(Buckets *b, bool flag) {
  b->flag = flag;
  for (int i = 0; i < b->n; i++) b->leaf[i].ready = false;
  for (int i = 0; i < b->buckets; i++) {
    b->bucket[i].missing = b->bucket[i].count;
    b->bucket[i].done = false;
  }
  b->started = b->settled = b->noted = 0;
  b->begun = clock_seconds();
}
const TapeWatch *buckets_watch(const Buckets *b) { return &b->watch; }

/* --- on the way ----------------------------------------------------------------------------------------------- */

typedef struct Scaling {
  void *to;
  const void *from;
  Dtype dtype;
  double by;
} Scaling;

static void scale_tile(void *context, int64_t begin, int64_t end) {
  const Scaling *s = context;
  if (s->dtype == F32) {
    float *to = s->to, by = (float)s->by;
    const float *from = s->from;
    for (int64_t i = begin; i < end; i++) to[i] = from[i] * by;
  } else {
    double *to = s->to;
    const double *from = s->from;
    for (int64_t i = begin; i < end; i++) to[i] = from[i] * s->by;
  }
}

/* The leaf's gradient goes to its place in the bucket, and is a view of that from now on. */
static bool take_gradient(const Buckets *b, Bucket *k, Leaf *f, Err *e) {
  const Tensor *p = f->p;
  int64_t stride[DIMS];
  shape_strides(p->nd, p->shape, stride);
  char *place = (char *)k->flat->data + (size_t)f->at * dtype_size[k->dtype];
  if (!p->grad) {
    memset(place, 0, (size_t)p->n * dtype_size[k->dtype]);
  } else {
    tensor_settle(p->grad);
    Tensor *g = tensor_contiguous(p->grad, e);
    if (!g) return false;
    Scaling s = {place, g->data, k->dtype, 1.0 / b->reducer.share};
    parallel_for_whole(p->n, GRAIN, scale_tile, &s);
    tensor_release(g);
  }
  Tensor *view = tensor_view(k->flat, p->nd, p->shape, stride, f->at, e);
  if (!view) return false;
  tensor_release(f->p->grad);
  f->p->grad = view;
  return true;
}

static bool start_bucket(Buckets *b, Bucket *k, Err *e) {
  const int64_t n = k->n + k->count + 1;
  if (k->flat && k->flat->store->refs > 1) { /* somebody keeps a gradient of the step before */
    tensor_release(k->flat);
    k->flat = NULL;
  }
  if (!k->flat && !(k->flat = tensor_zeros(k->dtype, 1, &n, e))) return false;
  for (int i = 0; i < k->count; i++) {
    Leaf *f = &b->leaf[b->plan[k->first + i]];
    tensor_set_real(k->flat, k->n + i, f->p->grad ? 1 : 0);
    if (!take_gradient(b, k, f, e)) return false;
  }
  tensor_set_real(k->flat, n - 1, b->flag ? 1 : 0);
  k->times.bytes = (size_t)n * dtype_size[k->dtype];
  k->times.started = clock_seconds() - b->begun;
  return b->reducer.start(b->reducer.context, k->flat, &k->request, e);
}

static bool start_full(Buckets *b, Err *e) {
  while (b->started < b->buckets && b->bucket[b->started].missing == 0)
    if (!start_bucket(b, &b->bucket[b->started++], e)) return false;
  return true;
}

static bool leaf_ready(void *context, int leaf, Err *e) {
  Buckets *b = context;
  if (b->leaf[leaf].ready) return true;
  b->leaf[leaf].ready = true;
  b->order[b->noted++] = leaf;
  if (!b->planned) return true;
  b->bucket[b->leaf[leaf].bucket].missing--;
  return start_full(b, e);
}

static void arrived(const Buckets *b, Bucket *k) {
  k->done = true;
  k->times.done = clock_seconds() - b->begun;
}

/* Messages move on only when somebody looks at them. */
static bool move_on(void *context, Err *e) {
  Buckets *b = context;
  while (b->settled < b->started) {
    Bucket *k = &b->bucket[b->settled];
    bool done = false;
    if (!b->reducer.look(b->reducer.context, &k->request, &done, e)) return false;
    if (!done) return true;
    arrived(b, k);
    b->settled++;
  }
  return true;
}

/* A parameter that no process has a gradient of stays without one. */
static void leave_out(const Buckets *b, const Bucket *k) {
  for (int i = 0; i < k->count; i++) {
    Tensor *p = b->leaf[b->plan[k->first + i]].p;
    if (tensor_real(k->flat, k->n + i) > 0) continue;
    tensor_release(p->grad);
    p->grad = NULL;
  }
}

bool buckets_finish(Buckets *b, bool *flag, Err *e) {
  b->waited_from = clock_seconds() - b->begun;
  if (!b->planned) return err_set(e, "gradients: no order is agreed on");
  *flag = b->flag;
  while (b->started < b->buckets)
    if (!start_bucket(b, &b->bucket[b->started++], e)) return false;
  for (int i = 0; i < b->buckets; i++) {
    Bucket *k = &b->bucket[i];
    if (!k->done && !b->reducer.wait(b->reducer.context, &k->request, e)) return false;
    if (!k->done) arrived(b, k);
    leave_out(b, k);
    if (tensor_real(k->flat, k->n + k->count) > 0) *flag = true;
  }
  return true;
}

int buckets_count(const Buckets *b) { return b->buckets; }
BucketTimes buckets_times(const Buckets *b, int i) { return b->bucket[i].times; }
double buckets_waited_from(const Buckets *b) { return b->waited_from; }
