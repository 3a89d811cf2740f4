/* tensor.c: making, sharing and releasing tensors; see tensor.h */
#include "tensor.h"

#include "kernel.h"
#include "ledger.h"
#include "mem.h"
#include "pack.h"
#include "parallel.h"

#include <stdio.h>

enum { HEADER = 64 }; /* Storage sits in front of its bytes, which stay 64-byte aligned */

const Waiting *tensor_waiting;
static int64_t live;
static int64_t most = INT64_MAX; /* elements of one tensor */

int64_t tensor_live(void) { return live; }

int64_t tensor_set_most(int64_t n) {
  const int64_t before = most;
  most = n;
  return before;
}

static bool out_of_memory(Err *e, Dtype d, int nd, const int64_t *shape) {
  char text[TEXT], what[TEXT + 8];
  snprintf(what, sizeof what, "%s%s", dtype_name[d], shape_text(text, nd, shape));
  return no_memory(e, (double)shape_numel(nd, shape) * (double)dtype_size[d], what);
}

/* A header without storage; fields of autograd at rest. */
static Tensor *header_new(Dtype d, int nd, const int64_t *shape, Err *e) {
  if (nd > DIMS) {
    err_set(e, "%d dimensions, at most %d are possible", nd, DIMS);
    return NULL;
  }
  int64_t n = shape_numel(nd, shape);
  char text[TEXT];
  if (n < 0) {
    err_set(e, "impossible shape %s", shape_text(text, nd, shape));
    return NULL;
  }
  if (n > most) {
    err_set(e, "an output of %s has more than %lld elements", shape_text(text, nd, shape), (long long)most);
    return NULL;
  }
  Tensor *t = mem_alloc(sizeof *t);
  if (!t) {
    out_of_memory(e, d, nd, shape);
    return NULL;
  }
  t->refs = 1;
  t->dtype = d;
  t->nd = nd;
  t->requires_grad = t->fn_out = 0;
  t->loose = false;
  t->n = n;
  for (int i = 0; i < nd; i++) t->shape[i] = shape[i];
  t->data = NULL;
  t->store = NULL;
  t->grad = NULL;
  t->fn = NULL;
  live++;
  return t;
}

Tensor *tensor_meta(Dtype d, int nd, const int64_t *shape, Err *e) {
  Tensor *t = header_new(d, nd, shape, e);
  if (t) shape_strides(nd, shape, t->stride);
  return t;
}

Tensor *tensor_new(Dtype d, int nd, const int64_t *shape, Err *e) {
  Tensor *t = tensor_meta(d, nd, shape, e);
  if (!t) return NULL;
  size_t bytes = HEADER + (size_t)t->n * dtype_size[d];
  Storage *s = mem_alloc(bytes);
  if (!s) {
    out_of_memory(e, d, nd, shape);
    tensor_release(t);
    return NULL;
  }
  *s = (Storage){.refs = 1, .version = 0, .bytes = bytes, .warm = mem_was_warm()};
  ledger_add(s, d, nd, shape);
  t->store = s;
  t->data = (unsigned char *)s + HEADER;
  return t;
}

bool tensor_fills(const Tensor *t) {
  return t->store && t->store->bytes == HEADER + (size_t)t->n * dtype_size[t->dtype];
}

void tensor_to_idle(Tensor *t) {
  const Storage head = *t->store;
  ledger_remove(t->store);
  Storage *s = mem_to_idle(t->store, head.bytes, head.warm);
  if (s != t->store) {
    *s = head;
    s->warm = false;
    t->store = s;
    t->data = (unsigned char *)s + HEADER;
  }
  ledger_add(s, t->dtype, t->nd, t->shape);
}

bool tensor_streams(const Tensor *y, int64_t reads) {
  /* Two cores together wait less for what the cache has lost. */
  const int64_t room = kernel_cache() / 4 * (parallel_threads() > 1 ? 5 : 3);
  const int64_t bytes = y->n * (int64_t)dtype_size[y->dtype];
  return bytes >= STREAM_FROM && !(y->store->warm && bytes + reads <= room);
}

Tensor *tensor_view(const Tensor *t, int nd, const int64_t *shape, const int64_t *stride, int64_t offset,
                    Err *e) {
  Tensor *v = header_new(t->dtype, nd, shape, e);
  if (!v) return NULL;
  tensor_settle(t); /* what waits has one header */
  for (int i = 0; i < nd; i++) v->stride[i] = stride[i];
  v->store = t->store;
  if (v->store) {
    v->store->refs++;
    v->data = t->data + offset * (int64_t)dtype_size[t->dtype];
  }
  return v;
}

Tensor *tensor_alias(const Tensor *t, Err *e) { return tensor_view(t, t->nd, t->shape, t->stride, 0, e); }

Tensor tensor_turned(const Tensor *t) {
  Tensor v = *t;
  const int r = t->nd - 2, k = t->nd - 1;
  v.shape[r] = t->shape[k];
  v.shape[k] = t->shape[r];
  v.stride[r] = t->stride[k];
  v.stride[k] = t->stride[r];
  return v;
}

Tensor *tensor_retain(Tensor *t) {
  t->refs++;
  return t;
}

void gradfn_release(GradFn *f) {
  if (f && --f->refs == 0) f->destroy(f);
}

void tensor_release(Tensor *t) {
  if (!t || --t->refs > 0) return;
  if (t->grad) tensor_release(t->grad);
  gradfn_release(t->fn);
  if (t->store && --t->store->refs == 0) {
    const bool unwritten = t->store->pending;
    if (unwritten) tensor_waiting->drop(t->store->pending);
    if (t->store->packs) pack_free_list(t->store->packs);
    ledger_remove(t->store);
    (unwritten ? mem_free_idle : mem_free)(t->store, t->store->bytes);
  }
  mem_free(t, sizeof *t);
  live--;
}
