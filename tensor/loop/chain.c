/* chain.c: see chain.h */
#include "chain.h"

enum { BLOCK_BYTES = 8192, LINE = 64 };

bool chain_scalar_ok(const Chain *c, int k) {
  for (int s = 0; s < c->steps; s++)
    for (int i = 0; c->step[s].nx != 2 && i < c->step[s].nx; i++)
      if (c->step[s].x[i] == k) return false;
  return true;
}

/* The last step that reads each step's result. */
static void last_readers(const Chain *c, int *last) {
  for (int s = 0; s < c->steps; s++) {
    last[s] = s;
    for (int i = 0; i < c->step[s].nx; i++)
      if (c->step[s].x[i] >= c->leaves) last[c->step[s].x[i] - c->leaves] = s;
  }
}

/* A buffer is free again from the step on that reads it last: kernels may write where they read. */
void chain_place(Chain *c) {
  int last[CHAIN_STEPS], free_from[CHAIN_STEPS] = {0};
  last_readers(c, last);
  int64_t reads = 0;
  for (int k = 0; k < c->leaves; k++) reads += c->leaf[k]->n * (int64_t)dtype_size[c->dtype];
  c->stream = tensor_streams(c->y[0], reads);
  for (int s = 0; s < c->steps; s++) {
    int b = 0;
    c->step[s].read = last[s] > s;
    if (c->step[s].output >= 0 && !c->stream) continue;
    while (free_from[b] > s) b++;
    c->step[s].buffer = b;
    free_from[b] = last[s];
  }
}

typedef struct Block {
  size_t at; /* bytes from the outputs' start */
  int64_t n;
  const unsigned char *value[CHAIN_LEAVES + CHAIN_STEPS];
  unsigned scalar;
} Block;

static void run_step(const Chain *c, int s, Block *b, unsigned char *buffers) {
  const ChainStep *step = &c->step[s];
  const void *x[CHAIN_INPUTS];
  unsigned scalar = 0;
  for (int i = 0; i < step->nx; i++) {
    x[i] = b->value[step->x[i]];
    if (step->x[i] < c->leaves && b->scalar >> step->x[i] & 1) scalar |= 1u << i;
  }
  const size_t size = dtype_size[c->dtype];
  unsigned char *out = step->output < 0 ? NULL : c->y[step->output]->data + b->at;
  const bool past = out && c->stream && !step->read && (uintptr_t)out % LINE == 0;
  unsigned char *y = out && (past || !c->stream) ? out : buffers + (size_t)step->buffer * BLOCK_BYTES;
  step->fn(b->n, y, x, scalar | (past ? POINTWISE_PAST : 0), step->p, false);
  if (out && out != y) kernels(c->dtype)->stream((size_t)b->n * size, out, y);
  b->value[c->leaves + s] = y;
}

void chain_run(const Chain *c, size_t at, int64_t n, const void *const *x, unsigned scalar) {
  _Alignas(64) unsigned char buffers[CHAIN_STEPS * BLOCK_BYTES];
  const int64_t size = (int64_t)dtype_size[c->dtype],
                most = (c->stream ? (int)STREAM_BLOCK : (int)BLOCK_BYTES) / size;
  Block b; /* its values are filled in as they come: a row may be short */
  b.scalar = scalar;
  for (int64_t done = 0; done < n; done += b.n) { /* blocks begin where lines do, but for the first */
    b.at = at + (size_t)(done * size);
    b.n = most - (int64_t)(b.at % LINE) / size;
    if (b.n > n - done) b.n = n - done;
    for (int k = 0; k < c->leaves; k++)
      b.value[k] = (const unsigned char *)x[k] + (scalar >> k & 1 ? 0 : done * size);
    for (int s = 0; s < c->steps; s++) run_step(c, s, &b, buffers);
  }
}
