/* op_attention.c: scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762).
 *
 *   S = scale q k^T + mask, P = softmax(S), y = P v
 *   dv = P^T dy, dS = scale P (dy v^T - delta), delta_i = dy_i . y_i, dq = dS k, dk = dS^T q
 * With dropout, y = (P m / (1 - p)) v; the mask m is a function of (seed, offset, place) and is made again.
 * q [N,T,hD] with the parameter heads, or [N,h,T,D]; k and v alike with a T of their own.
 *
 * A block of queries meets all its keys while the scores are in the cache; T x T numbers are never stored
 * (Dao et al. 2022, arXiv:2205.14135, without their split of the keys).  Saved: y and one number a query;
 * backward makes the scores again.  A unit of work is one head of one sample, in forward perhaps a part of
 * its queries; units depend on the shapes only. */
#include "op.h"

#include "attention_kernel.h"
#include "gemm_kernel.h"
#include "kernel.h"
#include "mem.h"
#include "nn_kernel.h"
#include "parallel.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { Q, K, V, MASK };
PARAMS(attention, (BOOL, causal, false, "no look at later keys; the last query sees all"),
       (NUMBER, scale, OP_NONE, "of the products; absent: 1 / sqrt(D)"),
       (INT, heads, 1, "how many heads share the last dimension of [N, T, heads D]"),
       (NUMBER, dropout, 0, "probability that a weight is dropped, in training"), (DRAW, seed, 0, NULL),
       (DRAW, offset, 0, NULL))
enum { BLOCK = 48, UNITS = 8, MOST_THREADS = 256 }; /* queries in a block; units wanted at least */
enum { FEW = 4 }; /* queries, for which keys and values are read as they lie */

/* A tensor as [N][h][T][D] with D contiguous: where it is and its strides in elements. */
typedef struct Heads {
  unsigned char *data;
  int64_t n, h, t;
} Heads;

static int64_t heads_of(const OpCall *c) {
  return c->x[Q]->nd == 4 ? c->x[Q]->shape[1] : PARAM(attention, c)->heads;
}

static Heads heads(const Tensor *t, int64_t count) {
  if (t->nd == 4) return (Heads){t->data, t->stride[0], t->stride[1], t->stride[2]};
  return (Heads){t->data, t->stride[0], count ? t->shape[2] / count : 0, t->stride[1]};
}

static bool check_layout(OpCall *c, Err *e) {
  char a[TEXT], b[TEXT], d[TEXT];
  const Tensor *q = c->x[Q], *k = c->x[K], *v = c->x[V];
  bool ok = (q->nd == 3 || q->nd == 4) && k->nd == q->nd && v->nd == q->nd && k->dtype == q->dtype &&
            v->dtype == q->dtype;
  int last = q->nd - 1;
  ok = ok && q->shape[last] == k->shape[last] && k->shape[last - 1] == v->shape[last - 1];
  for (int i = 0; ok && i < last - 1; i++) ok = q->shape[i] == k->shape[i] && q->shape[i] == v->shape[i];
  if (!ok)
    return err_set(e, "%s: q, k, v must be [N,T,D] or [N,heads,T,D] of one dtype, got %s, %s, %s",
                   c->op->name, tensor_text(a, q), tensor_text(b, k), tensor_text(d, v));
  const int64_t given = PARAM(attention, c)->heads, h = given >= 1 && given <= 65536 ? given : 0;
  if (q->nd == 3 && (h < 1 || q->shape[2] % h || v->shape[2] % h))
    return err_set(e, "%s: %s and v %s do not split into %lld heads", c->op->name, tensor_text(a, q),
                   tensor_text(b, v), (long long)given);
  return true;
}

/* Strides of the mask over [N][h][Tq][Tk]; without heads a mask of three dimensions is [N][Tq][Tk]. */
static bool mask_strides(const OpCall *c, int64_t stride[DIMS]) {
  const Tensor *q = c->x[Q];
  Tensor m = *c->x[MASK];
  int64_t want[4] = {q->shape[0], heads_of(c), q->shape[q->nd - 2], c->x[K]->shape[q->nd - 2]};
  if (q->nd == 3 && m.nd == 3) {
    memmove(m.shape + 2, m.shape + 1, 2 * sizeof *m.shape);
    memmove(m.stride + 2, m.stride + 1, 2 * sizeof *m.stride);
    m.shape[1] = 1;
    m.nd = 4;
  }
  if (!shape_expands_to(&m, 4, want)) return false;
  shape_expand_strides(&m, 4, want, stride);
  return true;
}

static bool attention_shape(OpCall *c, Err *e) {
  char a[TEXT], b[TEXT];
  const Tensor *q = c->x[Q], *v = c->x[V], *mask = c->nx > MASK ? c->x[MASK] : NULL;
  int64_t stride[DIMS], shape[DIMS];
  if (!op_want_float(c, Q, e) || !check_layout(c, e)) return false;
  const double dropout = PARAM(attention, c)->dropout;
  if (!(dropout >= 0 && dropout < 1))
    return err_set(e, "%s: dropout = %g; it must be 0 or more, and below 1", c->op->name, dropout);
  if (mask && mask->dtype != BOOL && mask->dtype != q->dtype)
    return err_set(e, "%s: mask must be bool or %s, got %s", c->op->name, dtype_name[q->dtype],
                   tensor_text(a, mask));
  if (mask && !mask_strides(c, stride))
    return err_set(e, "%s: mask %s does not broadcast to the scores of q %s", c->op->name,
                   tensor_text(a, mask), tensor_text(b, q));
  memcpy(shape, q->shape, sizeof shape);
  shape[q->nd - 1] = v->shape[q->nd - 1];
  if (!op_output(c, 0, q->dtype, q->nd, shape, e)) return false;
  if (tensor_is_meta(c->y[0])) return true;
  int64_t rows = q->shape[0] * heads_of(c) * q->shape[q->nd - 2];
  return (c->save[0] = tensor_new(q->dtype, 1, &rows, e)) != NULL;
}

typedef struct Attention {
  int64_t N, h, Tq, Tk, D, Dv, size;
  double scale;
  bool causal;
  double drop; /* probability; 0: none */
  uint64_t seed, offset;
  const AttentionKernels *k;
  const NnKernels *nn;
  const GemmKernels *gemm;
  Tensor *own[3];
  Heads q, key, v, y, dy, dq, dk, dv; /* gradients with data NULL are unwanted */
  unsigned add;                       /* bit Q, K, V: to what that gradient holds */
  const Tensor *mask;
  int64_t mask_stride[DIMS];
  unsigned char *lse;
  int64_t parts, part; /* parts of a head's queries, queries in one */
  int64_t ld;          /* of a row of scores                        */
  int64_t slot;        /* elements of scratch of a thread           */
  int64_t words;       /* of decisions about a row of scores        */
  unsigned char *scratch;
  size_t bytes;
  int slots;
  atomic_bool busy[MOST_THREADS];
} Attention;

static int64_t padded(const Attention *j, int64_t cols) {
  return (cols + j->gemm->nr - 1) / j->gemm->nr * j->gemm->nr;
}
static unsigned char *at(const Attention *j, const void *base, int64_t elements) {
  return (unsigned char *)base + elements * j->size;
}
static unsigned char *head(const Attention *j, const Heads *t, int64_t unit) {
  return t->data ? at(j, t->data, unit / j->h * t->n + unit % j->h * t->h) : NULL;
}

static void attention_end(Attention *j) {
  for (int i = 0; i < 3; i++) tensor_release(j->own[i]);
  mem_free(j->scratch, j->bytes);
}

static bool take_inputs(Attention *j, const OpCall *c, Err *e) {
  for (int i = Q; i <= V; i++) {
    Tensor *t = c->x[i];
    bool fits = t->stride[t->nd - 1] == 1 || t->shape[t->nd - 1] <= 1;
    if (!(j->own[i] = fits ? tensor_retain(t) : tensor_contiguous(t, e))) return false;
  }
  j->q = heads(j->own[Q], j->h);
  j->key = heads(j->own[K], j->h);
  j->v = heads(j->own[V], j->h);
  return true;
}

/* Scratch of a thread: k and v in panels, then `rows` rows of scores; at its end the decisions of dropout. */
static bool attention_begin(Attention *j, const OpCall *c, int64_t panels, int64_t rows, Err *e) {
  const Tensor *q = c->x[Q], *k = c->x[K], *v = c->x[V];
  int d = q->nd - 1;
  memset(j, 0, sizeof *j);
  j->N = q->shape[0];
  j->h = heads_of(c);
  j->Tq = q->shape[d - 1];
  j->Tk = k->shape[d - 1];
  j->D = q->nd == 4 ? q->shape[d] : q->shape[d] / j->h;
  j->Dv = q->nd == 4 ? v->shape[d] : v->shape[d] / j->h;
  j->size = (int64_t)dtype_size[q->dtype];
  const struct attention_params *p = PARAM(attention, c);
  j->scale = op_given(p->scale) ? p->scale : 1 / sqrt((double)(j->D ? j->D : 1));
  j->causal = p->causal;
  j->drop = p->dropout;
  j->seed = p->seed;
  j->offset = p->offset;
  j->nn = nn_kernels(q->dtype);
  j->k = j->nn->attention;
  j->gemm = kernels(q->dtype)->gemm;
  j->lse = c->save[0]->data;
  j->mask = c->nx > MASK ? c->x[MASK] : NULL;
  if (j->mask) mask_strides(c, j->mask_stride);
  int64_t heads_total = j->N * j->h,
          wanted = heads_total >= UNITS || !heads_total ? 1 : (UNITS + heads_total - 1) / heads_total;
  j->part = ((j->Tq + wanted - 1) / wanted + BLOCK - 1) / BLOCK * BLOCK;
  j->parts = j->part ? (j->Tq + j->part - 1) / j->part : 0;
  j->ld =
      (j->Tk + 15) / 16 * 16 + 16; /* not a power of two: columns of scores are read as rows in backward */
  j->slot = panels + rows * j->ld;
  j->slots = parallel_threads() < MOST_THREADS ? parallel_threads() : MOST_THREADS;
  j->words = j->drop > 0 ? (j->Tk + KEEP_WORD - 1) / KEEP_WORD : 0;
  j->slot += BLOCK * j->words * ((int64_t)sizeof(uint64_t) / j->size);
  j->slot += j->slot % 2; /* words are aligned */
  j->bytes = (size_t)(j->slots * j->slot * j->size) + 64;
  j->scratch = mem_alloc(j->bytes);
  if (!j->scratch) return err_set(e, "%s: out of memory", c->op->name);
  if (take_inputs(j, c, e)) return true;
  attention_end(j);
  return false;
}

/* A thread takes a free slot of scratch; there are as many as threads. */
static int take_slot(Attention *j) {
  for (int i = 0;; i = (i + 1) % j->slots)
    if (!atomic_exchange(&j->busy[i], true)) return i;
}

static uint64_t *decisions(const Attention *j, int slot) {
  return (uint64_t *)(void *)at(j, j->scratch, (slot + 1) * j->slot) - BLOCK * j->words;
}

/* Panels of `cols` rows of a head, as the columns of a D x cols matrix. */
static void pack_transposed(const Attention *j, const void *from, int64_t stride, int64_t D, int64_t cols,
                            unsigned char *to) {
  int64_t nr = j->gemm->nr;
  for (int64_t q = 0; q < cols; q += nr)
    j->gemm->pack(nr, cols - q < nr ? cols - q : nr, D, at(j, from, q * stride), 1, stride, at(j, to, q * D));
}
static void pack_rows(const Attention *j, const void *from, int64_t stride, int64_t rows, int64_t cols,
                      unsigned char *to) {
  int64_t nr = j->gemm->nr;
  for (int64_t q = 0; q < cols; q += nr)
    j->gemm->pack(nr, cols - q < nr ? cols - q : nr, rows, at(j, from, q), stride, 1, at(j, to, q * rows));
}

/* c (+)= alpha a b; b in panels (b_rs = nr, b_panel = nr K) or row-major (b_panel = nr) */
static void multiply(const Attention *j, int64_t M, int64_t N, int64_t K_, double alpha, const void *a,
                     int64_t a_rs, int64_t a_cs, const void *b, int64_t b_rs, int64_t b_panel, double beta,
                     void *c, int64_t c_rs) {
  int64_t strips = (M + j->gemm->mr - 1) / j->gemm->mr, strip = (M + strips - 1) / strips;
  if (K_ == 0 || N == 0) return;
  GemmArgs g = {.M = M,
                .N = N,
                .K = K_,
                .a = a,
                .strip = strip,
                .a_panel = strip * a_rs,
                .a_rs = a_rs,
                .a_cs = a_cs,
                .b = b,
                .b_panel = b_panel,
                .b_rs = b_rs,
                .d = c,
                .d_rs = c_rs,
                .c = c,
                .c_rs = c_rs,
                .alpha = alpha,
                .beta = beta};
  j->gemm->block(&g, 0, M, 0, N);
}

/* c = alpha a b^T; rows of b in panels, or, where there are none, as they lie. */
static void multiply_turned(const Attention *j, int64_t M, int64_t N, int64_t K_, double alpha, const void *a,
                            int64_t a_rs, const void *panels, const void *b, int64_t b_rs, void *c) {
  const int64_t nr = j->gemm->nr;
  if (panels) multiply(j, M, N, K_, alpha, a, a_rs, 1, panels, nr, nr * K_, 0, c, j->ld);
  else j->gemm->dots(M, N, K_, alpha, a, a_rs, b, b_rs, 0, NULL, 0, 0, c, j->ld, 1);
}

/* Keys that query i may see: with causal, those up to its own place counted from the end; below 0 means 0. */
static int64_t keys_of(const Attention *j, int64_t i) { return j->causal ? i + 1 + j->Tk - j->Tq : j->Tk; }

static ScoreRows rows_of(const Attention *j, int64_t i, int64_t rows, unsigned char *s) {
  const int64_t n = keys_of(j, i + rows - 1);
  return (ScoreRows){.rows = rows,
                     .n = n < 0       ? 0
                          : n < j->Tk ? n
                                      : j->Tk,
                     .ld = j->ld,
                     .first = keys_of(j, i),
                     .more = j->causal,
                     .s = s};
}

/* Scores of queries [i, i + rows) with `keys` keys, with the mask, without what causal forbids. */
static void scores(const Attention *j, int64_t unit, int64_t i, int64_t rows, int64_t keys,
                   const void *packed, unsigned char *s) {
  memset(s, 0, j->D ? 0 : (size_t)(rows * j->ld * j->size));
  multiply_turned(j, rows, keys, j->D, j->scale, at(j, head(j, &j->q, unit), i * j->q.t), j->q.t, packed,
                  head(j, &j->key, unit), j->key.t, s);
  for (int64_t r = 0; j->mask && r < rows; r++) {
    unsigned char *row = at(j, s, r * j->ld);
    const int64_t *m = j->mask_stride;
    int64_t from = unit / j->h * m[0] + unit % j->h * m[1] + (i + r) * m[2];
    const unsigned char *mask = j->mask->data + from * (int64_t)dtype_size[j->mask->dtype];
    if (j->mask->dtype == BOOL) j->k->keep(keys, row, mask, m[3]);
    else j->k->add_mask(keys, row, mask, m[3]);
  }
}

/* Which of the weights of queries [i, i + rows) of a unit stay: j->words words for each. */
static void decide(const Attention *j, int64_t unit, int64_t i, int64_t rows, uint64_t *kept) {
  const uint64_t before = (uint64_t)((unit * j->Tq + i) * j->words);
  if (j->drop > 0)
    kernels(F32)->keeps(rows * j->words * KEEP_WORD, kept, j->seed, j->offset + before * KEEP_COUNTERS,
                        j->drop);
}
static void drop_row(const Attention *j, const uint64_t *kept, int64_t n, unsigned char *row) {
  j->nn->dropout(n, row, row, kept, 1 / (1 - j->drop), false);
}

/* --- forward -------------------------------------------------------------------------------------------- */

static void forward_block(const Attention *j, int64_t unit, int64_t i, int64_t rows,
                          const unsigned char *keys, const unsigned char *values, unsigned char *s,
                          uint64_t *kept) {
  const ScoreRows g = rows_of(j, i, rows, s);
  const int64_t n = g.n, nr = j->gemm->nr;
  unsigned char *y = at(j, head(j, &j->y, unit), i * j->y.t);
  double sums[BLOCK];
  scores(j, unit, i, rows, n, keys, s);
  decide(j, unit, i, rows, kept);
  j->k->softmax(&g, sums, at(j, j->lse, unit * j->Tq + i));
  for (int64_t r = 0; j->drop > 0 && r < rows; r++) drop_row(j, kept + r * j->words, n, at(j, s, r * j->ld));
  if (values) multiply(j, rows, j->Dv, n, 1, s, j->ld, 1, values, nr, nr * j->Tk, 0, y, j->y.t);
  else multiply(j, rows, j->Dv, n, 1, s, j->ld, 1, head(j, &j->v, unit), j->v.t, nr, 0, y, j->y.t);
  for (int64_t r = 0; r < rows; r++) {
    unsigned char *row = at(j, y, r * j->y.t);
    const double sum = j->size == 4 ? (double)((float *)sums)[r] : sums[r];
    if (sum == 0) memset(row, 0, (size_t)(j->Dv * j->size));
    else j->nn->scale(j->Dv, row, 1 / sum);
  }
}

/* Are these queries too few to pay for panels? */
static bool is_few(const Attention *j, int64_t queries) { return queries <= FEW && j->D > 0 && j->Dv > 0; }

static void forward_tile(void *context, int64_t begin, int64_t end) {
  Attention *j = context;
  int slot = take_slot(j);
  unsigned char *keys = at(j, j->scratch, slot * j->slot), *values = at(j, keys, padded(j, j->Tk) * j->D),
                *s = at(j, values, padded(j, j->Dv) * j->Tk);
  for (int64_t p = begin; p < end; p++) {
    int64_t unit = p / j->parts, i = p % j->parts * j->part, stop = i + j->part < j->Tq ? i + j->part : j->Tq;
    if (is_few(j, stop - i)) {
      forward_block(j, unit, i, stop - i, NULL, NULL, s, decisions(j, slot));
      continue;
    }
    pack_transposed(j, head(j, &j->key, unit), j->key.t, j->D, j->Tk, keys);
    pack_rows(j, head(j, &j->v, unit), j->v.t, j->Tk, j->Dv, values);
    for (; i < stop && !interrupt_pending(); i += BLOCK)
      forward_block(j, unit, i, stop - i < BLOCK ? stop - i : BLOCK, keys, values, s, decisions(j, slot));
  }
  atomic_store(&j->busy[slot], false);
}

static int64_t panel_room(const OpCall *c, int64_t a,
                          int64_t b) { /* elements: a columns of D, b columns of Tk */
  const Tensor *q = c->x[Q];
  int64_t nr = kernels(q->dtype)->gemm->nr, count = heads_of(c),
          D = q->nd == 4 ? q->shape[3] : q->shape[2] / count;
  return (a + nr) * D + (b + nr) * c->x[K]->shape[q->nd - 2];
}

static bool attention_forward(OpCall *c, Err *e) {
  Attention j;
  const Tensor *v = c->x[V];
  int64_t Tk = v->shape[v->nd - 2];
  if (c->y[0]->n == 0) return true;
  if (!attention_begin(&j, c, panel_room(c, Tk, v->shape[v->nd - 1]), BLOCK, e)) return false;
  j.y = heads(c->y[0], j.h);
  parallel_for(j.N * j.h * j.parts, 1, forward_tile, &j);
  attention_end(&j);
  return true;
}

/* --- backward ------------------------------------------------------------------------------------------- */

/* One row: the mask over dp, dS = scale P (dP - delta) into dp, the mask over p.  dp NULL: only p. */
static void drop_gradient(const Attention *j, const uint64_t *kept, int64_t n, unsigned char *p,
                          unsigned char *dp, double delta) {
  if (dp) {
    drop_row(j, kept, n, dp);
    j->k->score_grad(n, dp, p, delta, j->scale);
  }
  drop_row(j, kept, n, p);
}

/* p: probabilities of `rows` queries to n keys; dp: room.  On return dp holds dS, p what meets v. */
static void backward_scores(const Attention *j, int64_t unit, int64_t i, int64_t rows, int64_t n, bool want,
                            const unsigned char *values, unsigned char *p, unsigned char *dp,
                            uint64_t *kept) {
  unsigned char *y = at(j, head(j, &j->y, unit), i * j->y.t), *dy = at(j, head(j, &j->dy, unit), i * j->dy.t);
  if (want) multiply_turned(j, rows, n, j->Dv, 1, dy, j->dy.t, values, head(j, &j->v, unit), j->v.t, dp);
  decide(j, unit, i, rows, kept);
  for (int64_t r = 0; r < rows; r++) {
    unsigned char *pr = at(j, p, r * j->ld), *dpr = want ? at(j, dp, r * j->ld) : NULL;
    double delta = want ? j->nn->row_dot(j->Dv, at(j, y, r * j->y.t), at(j, dy, r * j->dy.t)) : 0;
    if (j->drop > 0) drop_gradient(j, kept + r * j->words, n, pr, dpr, delta);
    else if (want) j->k->score_grad(n, dpr, pr, delta, j->scale);
  }
}

static void backward_block(const Attention *j, int64_t unit, int64_t i, int64_t rows,
                           const unsigned char *keys, const unsigned char *values, unsigned char *p,
                           unsigned char *dp, uint64_t *kept) {
  const ScoreRows g = rows_of(j, i, rows, p);
  const int64_t n = g.n, nr = j->gemm->nr;
  unsigned char *dy = at(j, head(j, &j->dy, unit), i * j->dy.t), *dv = head(j, &j->dv, unit),
                *dq = head(j, &j->dq, unit), *dk = head(j, &j->dk, unit);
  scores(j, unit, i, rows, n, keys, p);
  j->k->probabilities(&g, at(j, j->lse, unit * j->Tq + i));
  if (!n) return;
  backward_scores(j, unit, i, rows, n, dq || dk, values, p, dp, kept);
  if (dv) multiply(j, n, j->Dv, rows, 1, p, 1, j->ld, dy, j->dy.t, nr, 1, dv, j->dv.t);
  if (dq)
    multiply(j, rows, j->D, n, 1, dp, j->ld, 1, head(j, &j->key, unit), j->key.t, nr, 1,
             at(j, dq, i * j->dq.t), j->dq.t);
  if (dk)
    multiply(j, n, j->D, rows, 1, dp, 1, j->ld, at(j, head(j, &j->q, unit), i * j->q.t), j->q.t, nr, 1, dk,
             j->dk.t);
}

/* Everything that follows adds. */
static void begin_gradients(const Attention *j, int64_t unit) {
  const Heads *all[] = {&j->dq, &j->dk, &j->dv};
  const int64_t rows[] = {j->Tq, j->Tk, j->Tk}, size[] = {j->D * j->size, j->D * j->size, j->Dv * j->size};
  for (int g = Q; g <= V; g++) {
    unsigned char *to = head(j, all[g], unit);
    if (to && !(j->add >> g & 1))
      for (int64_t r = 0; r < rows[g]; r++) memset(at(j, to, r * all[g]->t), 0, (size_t)size[g]);
  }
}

static void backward_tile(void *context, int64_t begin, int64_t end) {
  Attention *j = context;
  int slot = take_slot(j);
  unsigned char *keys = at(j, j->scratch, slot * j->slot), *values = at(j, keys, padded(j, j->Tk) * j->D),
                *p = at(j, values, padded(j, j->Tk) * j->Dv), *dp = at(j, p, BLOCK * j->ld);
  for (int64_t unit = begin; unit < end; unit++) {
    begin_gradients(j, unit);
    if (is_few(j, j->Tq)) {
      backward_block(j, unit, 0, j->Tq, NULL, NULL, p, dp, decisions(j, slot));
      continue;
    }
    pack_transposed(j, head(j, &j->key, unit), j->key.t, j->D, j->Tk, keys);
    pack_transposed(j, head(j, &j->v, unit), j->v.t, j->Dv, j->Tk, values);
    for (int64_t i = 0; i < j->Tq && !interrupt_pending(); i += BLOCK)
      backward_block(j, unit, i, j->Tq - i < BLOCK ? j->Tq - i : BLOCK, keys, values, p, dp,
                     decisions(j, slot));
  }
  atomic_store(&j->busy[slot], false);
}

static bool attention_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Attention j;
  const Tensor *v = c->x[V];
  int64_t Tk = v->shape[v->nd - 2], Dv = v->shape[v->nd - 1], nr = kernels(v->dtype)->gemm->nr;
  if (c->nx > MASK && dx[MASK]) return err_set(e, "%s: mask is a constant; pass mask:detach()", c->op->name);
  if (c->y[0]->n == 0) { /* without a unit */
    for (int i = Q; i <= V; i++)
      if (dx[i] && !(add >> i & 1)) memset(dx[i]->data, 0, (size_t)dx[i]->n * dtype_size[dx[i]->dtype]);
    return true;
  }
  Tensor *dy = tensor_contiguous(dys[0], e);
  bool ok = dy && attention_begin(&j, c, panel_room(c, Tk, 0) + (Tk + nr) * Dv, 2 * BLOCK, e);
  if (ok) {
    j.y = heads(c->y[0], j.h);
    j.dy = heads(dy, j.h);
    j.add = add;
    if (dx[Q]) j.dq = heads(dx[Q], j.h);
    if (dx[K]) j.dk = heads(dx[K], j.h);
    if (dx[V]) j.dv = heads(dx[V], j.h);
    parallel_for(j.N * j.h, 1, backward_tile, &j);
    attention_end(&j);
  }
  tensor_release(dy);
  return ok;
}

static int64_t attention_draws(const OpCall *c) {
  const Tensor *q = c->x[Q], *k = c->x[K];
  if (!(PARAM(attention, c)->dropout > 0) || q->nd < 3 || k->nd != q->nd) return 0;
  return q->shape[0] * heads_of(c) * q->shape[q->nd - 2] *
         ((k->shape[q->nd - 2] + KEEP_WORD - 1) / KEEP_WORD * KEEP_COUNTERS * 4);
}

static double attention_flops(const OpCall *c) {
  const Tensor *q = c->x[Q], *v = c->x[V];
  return 2 * ((double)q->n + (double)c->y[0]->n) * (double)v->shape[v->nd - 2];
}

/* clang-format off */
const Op op_attention = {
    .name = "attention", .where = "n", .eq = "y = softmax(scale q k^T + mask) v",
    .doc = "attention of q to k and v, [N, T, D] or [N, heads, T, D]; mask: bool (true: may see) or added "
           "(Vaswani et al. 2017, arXiv:1706.03762)",
    .in = {"q", "k", "v", "mask?"},
    .param = TAKES(attention),
    .flags = OP_RANDOM, .saves = SAVE_X0 | SAVE_X1 | SAVE_X2 | SAVE_X3 | SAVE_Y0,
    .shape = attention_shape, .forward = attention_forward, .backward = attention_backward,
    .flops = attention_flops, .draws = attention_draws,
    .check = {{3, {{3, {2, 3, 4}}, {3, {2, 5, 4}}, {3, {2, 5, 4}}}},
              {3, {{3, {2, 3, 4}}, {3, {2, 3, 4}}, {3, {2, 3, 6}}}, .args = "heads=2, causal=true"},
              {3, {{4, {1, 2, 3, 4}}, {4, {1, 2, 3, 4}}, {4, {1, 2, 3, 4}}}, .args = "scale=0.7"},
              {3, {{3, {2, 3, 4}}, {3, {2, 5, 4}}, {3, {2, 5, 6}}}, .args = "heads=2, dropout=0.4"}},
    .example = "local x = tensor.randn(1, 3, 4)\nprint(nn.attention{x, x, x, causal = true})"};
