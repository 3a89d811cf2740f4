/* op_recurrent.c: whole sequences of RNN, LSTM and GRU in one op; kernels in kernel/recurrent.c.
 *
 *   x [N,T,F], wx [F,GH], wh [H,GH], bx bh [GH], h0 c0 [N,H], lengths [N] -> y [N,T,H], hT [N,H], (cT [N,H])
 *   rnn:  h = act(x wx + bx + h wh + bh)                                             (Elman 1990)
 *   lstm: i f g o = x wx + bx + h wh + bh; c = s(f) c + s(i) tanh(g); h = s(o) tanh(c)
 *                                                        (Hochreiter and Schmidhuber 1997; Gers et al. 2000)
 *   gru:  r z n, u = x wx + bx, v = h wh + bh: r = s(u_r + v_r), z = s(u_z + v_z),
 *         n = tanh(u_n + r v_n), h = (1 - z) n + z h          (Cho et al. 2014, arXiv:1406.1078, as PyTorch)
 *
 * Beyond a sample's length y is 0 and the state stays; reverse starts at its last valid step.
 *
 * x wx of all steps is one product.  The recurrence goes chunk of samples by chunk, each through all its
 * steps in one thread, with wh packed once; chunks depend on N only, so results do not depend on the threads.
 * Weight gradients are products over all steps at once.  Saved: the gates (lstm 4H, gru 4H, rnn none) and the
 * cells. */
#include "op.h"

#include "gemm.h"
#include "gemm_kernel.h"
#include "kernel.h"
#include "mem.h"
#include "nn_kernel.h"
#include "norm_kernel.h"
#include "parallel.h"
#include "recurrent_kernel.h"

#include <string.h>

enum { RNN, LSTM, GRU };                          /* Op.flavour */
enum { X, WX, WH, BX, BH, H0, C0, LENGTHS, ALL }; /* inputs; rnn and gru have no C0 */
#define REVERSE (BOOL, reverse, false, "from the last step to the first")
CHOICES(RNN_ACT, tanh, relu)
PARAMS(rnn, REVERSE, (CHOICE, act, RNN_ACT_tanh, "what follows the sum", RNN_ACT_words))
PARAMS(lstm, REVERSE)    /* and of gru */
enum { ALONE = 130000 }; /* multiply-adds below which one thread is enough */

static const int gates_of[] = {1, 4, 3},
                 kept_of[] = {1, 4, 4}; /* widths in H: of the weights, of what is kept */

/* Inputs under one numbering. */
static Tensor *input(const OpCall *c, int i) {
  if (c->op->flavour != LSTM && i >= C0) {
    if (i == C0) return NULL;
    i--;
  }
  return i < c->nx ? c->x[i] : NULL;
}
static int place(const OpCall *c, int i) { return c->op->flavour != LSTM && i > C0 ? i - 1 : i; }

static bool want(OpCall *c, int i, int nd, const int64_t *shape, Err *e) {
  char text[TEXT], need[TEXT], given[TEXT];
  const Tensor *t = input(c, i), *x = c->x[X];
  if (!t) return true;
  bool ok = t->nd == nd && t->dtype == x->dtype;
  for (int k = 0; ok && k < nd; k++) ok = t->shape[k] == shape[k];
  if (ok) return true;
  const char *name = c->op->in[place(c, i)];
  return err_set(e, "%s: %.*s must be %s%s for x %s, got %s", c->op->name, op_input_length(name), name,
                 dtype_name[x->dtype], shape_text(need, nd, shape), tensor_text(text, x),
                 tensor_text(given, t));
}

static bool check_lengths(OpCall *c, Err *e) {
  char text[TEXT];
  const Tensor *t = input(c, LENGTHS), *x = c->x[X];
  if (!t) return true;
  if (!op_want_ints(c, place(c, LENGTHS), e)) return false;
  if (t->nd != 1 || t->shape[0] != x->shape[0])
    return err_set(e, "%s: lengths must be [%lld], got %s", c->op->name, (long long)x->shape[0],
                   tensor_text(text, t));
  for (int64_t i = 0; !tensor_is_meta(t) && i < t->n; i++)
    if (tensor_get_int(t, i) < 0 || tensor_get_int(t, i) > x->shape[1])
      return err_set(e, "%s: length %lld outside 0..%lld", c->op->name, (long long)tensor_get_int(t, i),
                     (long long)x->shape[1]);
  return true;
}

static bool recurrent_shape(OpCall *c, Err *e) {
  char text[TEXT];
  const Tensor *x = c->x[X];
  int kind = c->op->flavour;
  if (!op_want_float(c, X, e)) return false;
  if (x->nd != 3) return err_set(e, "%s: x must be [N, T, F], got %s", c->op->name, tensor_text(text, x));
  if (c->x[WH]->nd != 2)
    return err_set(e, "%s: wh must be [H, %d H], got %s", c->op->name, gates_of[kind],
                   tensor_text(text, c->x[WH]));
  int64_t N = x->shape[0], T = x->shape[1], H = c->x[WH]->shape[0], G = gates_of[kind] * H;
  if (!want(c, WX, 2, (int64_t[]){x->shape[2], G}, e) || !want(c, WH, 2, (int64_t[]){H, G}, e)) return false;
  for (int i = BX; i <= BH; i++)
    if (!want(c, i, 1, &G, e)) return false;
  for (int i = H0; i <= C0; i++)
    if (!want(c, i, 2, (int64_t[]){N, H}, e)) return false;
  if (!check_lengths(c, e) || !op_output(c, 0, x->dtype, 3, (int64_t[]){N, T, H}, e)) return false;
  for (int i = 1; i < (kind == LSTM ? 3 : 2); i++)
    if (!op_output(c, i, x->dtype, 2, (int64_t[]){N, H}, e)) return false;
  if (tensor_is_meta(c->y[0]) || kind == RNN) return true;
  if (!(c->save[0] = tensor_new(x->dtype, 3, (int64_t[]){N, T, kept_of[kind] * H}, e))) return false;
  return kind == GRU || (c->save[1] = tensor_new(x->dtype, 3, (int64_t[]){N, T, H}, e));
}

/* One run over a sequence, forward or backward. */
typedef struct Sequences {
  int kind;
  bool relu, reverse;
  Dtype dtype;
  int64_t N, T, F, H, G, P, size; /* G: columns of the weights; P: of what is kept */
  int64_t chunk, chunks;          /* samples in a chunk                            */
  const RecurrentKernels *k;
  const GemmKernels *gemm;
  Tensor *in[ALL]; /* contiguous, ours; NULL where absent           */
  const int64_t *lengths;
  unsigned char *kept, *cells, *y, *last_h, *last_c; /* rnn: kept is y             */
  unsigned char *packed, *scratch, *zeros;
  size_t bytes;   /* of the block that begins with `packed`        */
  int64_t stride; /* elements of scratch for a chunk               */
  /* backward */
  const unsigned char *dy, *d_last_h, *d_last_c;
  unsigned char *d;         /* [N,T,P]: gradients of the gates               */
  unsigned char *dh0, *dc0; /* NULL: unwanted                                */
  bool add_h0, add_c0;
} Sequences;

static unsigned char *row(const Sequences *r, const void *base, int64_t index, int64_t width) {
  return (unsigned char *)base + index * width * r->size;
}

static void run_free(Sequences *r) {
  for (int i = 0; i < ALL; i++) tensor_release(r->in[i]);
  mem_free(r->packed, r->bytes);
}

/* Chunks of about 8 samples, an even number of them; one where threads do not pay. */
static void choose_chunks(Sequences *r) {
  r->chunks = r->N * r->T * r->H * r->G < ALONE || r->N < 2 ? 1 : 2 * ((r->N + 8) / 16);
  if (r->chunks == 0) r->chunks = 2;
  r->chunk = (r->N + r->chunks - 1) / r->chunks;
  if (r->chunk == 0) r->chunk = 1;
  r->chunks = (r->N + r->chunk - 1) / r->chunk;
}

static bool take_inputs(Sequences *r, const OpCall *c, Err *e) {
  for (int i = 0; i < ALL; i++) {
    Tensor *t = input(c, i);
    if (!t || tensor_is_meta(t)) continue; /* biases, in backward: not needed, not kept */
    Tensor *plain = i == LENGTHS ? tensor_cast(t, I64, e) : tensor_retain(t);
    r->in[i] = plain ? tensor_contiguous(plain, e) : NULL;
    tensor_release(plain);
    if (!r->in[i]) return false;
  }
  if (r->in[LENGTHS]) r->lengths = r->in[LENGTHS]->data;
  return true;
}

/* packed: panels of a K x cols matrix; then scratch rows of the chunks and one row of zeros. */
static bool run_make(Sequences *r, const OpCall *c, int64_t K, int64_t cols, Err *e) {
  const Tensor *x = c->x[X];
  *r = (Sequences){.kind = c->op->flavour,
                   .relu = c->op->flavour == RNN && PARAM(rnn, c)->act == RNN_ACT_relu,
                   .reverse = c->op->flavour == RNN ? PARAM(rnn, c)->reverse : PARAM(lstm, c)->reverse,
                   .dtype = x->dtype,
                   .N = x->shape[0],
                   .T = x->shape[1],
                   .F = x->shape[2],
                   .H = c->x[WH]->shape[0],
                   .size = (int64_t)dtype_size[x->dtype],
                   .k = nn_kernels(x->dtype)->recurrent,
                   .gemm = kernels(x->dtype)->gemm};
  r->G = gates_of[r->kind] * r->H;
  r->P = kept_of[r->kind] * r->H;
  choose_chunks(r);
  int64_t nr = r->gemm->nr, panels = (cols + nr - 1) / nr;
  r->stride = r->chunk * (r->G + 2 * r->H);
  r->bytes = (size_t)((panels * nr * K + r->chunks * r->stride + r->H) * r->size) + 64;
  r->packed = mem_alloc(r->bytes);
  if (!r->packed) return err_set(e, "%s: out of memory", c->op->name);
  r->scratch = row(r, r->packed, panels * nr, K);
  r->zeros = row(r, r->scratch, r->chunks, r->stride);
  memset(r->zeros, 0, (size_t)(r->H * r->size));
  if (take_inputs(r, c, e)) return true;
  run_free(r);
  return false;
}

typedef struct Packing {
  const Sequences *r;
  int64_t K, cols, k_stride, j_stride;
} Packing;

static void pack_tile(void *context, int64_t begin, int64_t end) { /* panels of wh */
  const Packing *p = context;
  const Sequences *r = p->r;
  int64_t nr = r->gemm->nr;
  for (int64_t q = begin; q < end; q++) {
    int64_t n = p->cols - q * nr < nr ? p->cols - q * nr : nr;
    r->gemm->pack(nr, n, p->K, row(r, r->in[WH]->data, q * nr, p->j_stride), p->k_stride, p->j_stride,
                  row(r, r->packed, q * nr, p->K));
  }
}

static void pack(const Sequences *r, int64_t K, int64_t cols, int64_t k_stride, int64_t j_stride) {
  Packing p = {r, K, cols, k_stride, j_stride};
  int64_t nr = r->gemm->nr;
  parallel_for((cols + nr - 1) / nr, 1 + GRAIN / (nr * (K ? K : 1)), pack_tile, &p);
}

/* c (rows x cols) = a packed + beta d */
static void multiply(const Sequences *r, int64_t rows, int64_t K, int64_t cols, const void *a, double beta,
                     const void *d, int64_t d_rs, void *c) {
  int64_t strips = (rows + r->gemm->mr - 1) / r->gemm->mr, strip = (rows + strips - 1) / strips;
  GemmArgs g = {.M = rows,
                .N = cols,
                .K = K,
                .a = a,
                .strip = strip,
                .a_panel = strip * K,
                .a_rs = K,
                .a_cs = 1,
                .b = r->packed,
                .b_panel = K * r->gemm->nr,
                .b_rs = r->gemm->nr,
                .d = d,
                .d_rs = d_rs,
                .c = c,
                .c_rs = cols,
                .alpha = 1,
                .beta = beta};
  r->gemm->block(&g, 0, rows, 0, cols);
}

static bool valid(const Sequences *r, int64_t n, int64_t t) { return !r->lengths || t < r->lengths[n]; }

/* The row of `base` [N,T,H] before step t of sample n, or the initial state (input `first`). */
static const void *before(const Sequences *r, const void *base, int first, int64_t n, int64_t t) {
  int64_t p = r->reverse ? t + 1 : t - 1;
  if (p >= 0 && p < r->T && valid(r, n, p)) return row(r, base, n * r->T + p, r->H);
  return r->in[first] ? row(r, r->in[first]->data, n, r->H) : r->zeros;
}

static void load_state(const Sequences *r, unsigned char *to, const Tensor *from, int64_t first,
                       int64_t rows) {
  size_t bytes = (size_t)(rows * r->H * r->size);
  if (from) memcpy(to, row(r, from->data, first, r->H), bytes);
  else memset(to, 0, bytes);
}

/* --- forward ----------------------------------------------------------------------------------------------- */

static void step_row(const Sequences *r, int64_t n, int64_t t, const void *g, void *h, void *c) {
  int64_t at = n * r->T + t;
  void *y = row(r, r->y, at, r->H), *pre = row(r, r->kept, at, r->P),
       *cell = r->cells ? row(r, r->cells, at, r->H) : NULL;
  if (!valid(r, n, t)) {
    memset(y, 0, (size_t)(r->H * r->size));
    return;
  }
  if (r->kind == RNN) r->k->rnn_step(r->H, r->relu, pre, g, h);
  else if (r->kind == LSTM) r->k->lstm_step(r->H, pre, g, c, cell, h, y);
  else r->k->gru_step(r->H, pre, g, h, y);
}

static void forward_chunk(const Sequences *r, int64_t chunk) {
  int64_t first = chunk * r->chunk, rows = r->N - first < r->chunk ? r->N - first : r->chunk;
  unsigned char *g = row(r, r->scratch, chunk, r->stride), *h = row(r, g, r->chunk, r->G),
                *c = row(r, h, r->chunk, r->H);
  const void *bias = r->kind == GRU && r->in[BH] ? r->in[BH]->data : NULL;
  load_state(r, h, r->in[H0], first, rows);
  load_state(r, c, r->in[C0], first, rows);
  for (int64_t s = 0; s < r->T; s++) {
    int64_t t = r->reverse ? r->T - 1 - s : s;
    multiply(r, rows, r->H, r->G, h, bias ? 1 : 0, bias, 0, g);
    for (int64_t i = 0; i < rows; i++)
      step_row(r, first + i, t, row(r, g, i, r->G), row(r, h, i, r->H), row(r, c, i, r->H));
  }
  memcpy(row(r, r->last_h, first, r->H), h, (size_t)(rows * r->H * r->size));
  if (r->last_c) memcpy(row(r, r->last_c, first, r->H), c, (size_t)(rows * r->H * r->size));
}

static void forward_tile(void *context, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) forward_chunk(context, i);
}

/* kept[:, 0..G) = x wx + bias, the bias being bx + bh but for gru, whose bh belongs inside. */
static bool project(const Sequences *r, Err *e) {
  Tensor *bias = tensor_zeros(r->dtype, 1, &r->G, e);
  if (!bias) return false;
  for (int i = BX; i <= (r->kind == GRU ? BX : BH); i++)
    if (r->in[i]) nn_kernels(r->dtype)->row_add(r->G, bias->data, r->in[i]->data);
  bool ok = gemm_plus(r->dtype, r->N * r->T, r->G, r->F, 1, (Mat){r->in[X]->data, r->F, 1},
                      (Mat){r->in[WX]->data, r->G, 1}, 1, (Mat){bias->data, 0, 1}, r->kept, r->P, 1, e);
  tensor_release(bias);
  return ok;
}

static bool recurrent_forward(OpCall *c, Err *e) {
  Sequences r;
  const Tensor *wh = c->x[WH];
  if (!run_make(&r, c, wh->shape[0], wh->shape[1], e)) return false;
  r.y = c->y[0]->data;
  r.kept = c->save[0] ? c->save[0]->data : r.y;
  r.cells = c->save[1] ? c->save[1]->data : NULL;
  r.last_h = c->y[1]->data;
  r.last_c = c->y[2] ? c->y[2]->data : NULL;
  bool ok = c->y[0]->n == 0 || project(&r, e);
  if (ok && r.H > 0) {
    pack(&r, r.H, r.G, r.G, 1);
    parallel_for(r.chunks, 1, forward_tile, &r);
  }
  run_free(&r);
  return ok;
}

/* --- backward ---------------------------------------------------------------------------------------------- */

/* The gradient of the gates of one row, into d and, as the state's product wants it, into e [G]. */
static void back_row(const Sequences *r, int64_t n, int64_t t, unsigned char *dh, unsigned char *dc,
                     unsigned char *e) {
  int64_t at = n * r->T + t;
  const void *dy = row(r, r->dy, at, r->H), *kept = row(r, r->kept, at, r->P);
  unsigned char *d = row(r, r->d, at, r->P);
  size_t unit = (size_t)(r->H * r->size);
  if (!valid(r, n, t)) {
    memset(d, 0, (size_t)kept_of[r->kind] * unit);
    memset(e, 0, (size_t)gates_of[r->kind] * unit);
    return;
  }
  if (r->kind == RNN) r->k->rnn_back(r->H, r->relu, kept, dy, dh, d);
  else if (r->kind == LSTM)
    r->k->lstm_back(r->H, kept, row(r, r->cells, at, r->H), before(r, r->cells, C0, n, t), dy, dh, dc, d);
  else r->k->gru_back(r->H, kept, before(r, r->y, H0, n, t), dy, dh, d);
  memcpy(e, d, (size_t)gates_of[r->kind] * unit);
  if (r->kind == GRU) memcpy(e + 2 * unit, d + 3 * unit, unit);
}

static void add_state(const Sequences *r, unsigned char *to, bool add, const unsigned char *from,
                      int64_t first, int64_t rows) {
  if (!to) return;
  to = row(r, to, first, r->H);
  if (add) nn_kernels(r->dtype)->row_add(rows * r->H, to, from);
  else memcpy(to, from, (size_t)(rows * r->H * r->size));
}

static void backward_chunk(const Sequences *r, int64_t chunk) {
  int64_t first = chunk * r->chunk, rows = r->N - first < r->chunk ? r->N - first : r->chunk;
  unsigned char *e = row(r, r->scratch, chunk, r->stride), *dh = row(r, e, r->chunk, r->G),
                *dc = row(r, dh, r->chunk, r->H);
  size_t bytes = (size_t)(rows * r->H * r->size);
  memcpy(dh, row(r, r->d_last_h, first, r->H), bytes);
  if (r->d_last_c) memcpy(dc, row(r, r->d_last_c, first, r->H), bytes);
  for (int64_t s = r->T - 1; s >= 0; s--) {
    int64_t t = r->reverse ? r->T - 1 - s : s;
    for (int64_t i = 0; i < rows; i++)
      back_row(r, first + i, t, row(r, dh, i, r->H), row(r, dc, i, r->H), row(r, e, i, r->G));
    multiply(r, rows, r->G, r->H, e, 1, dh, r->H, dh);
  }
  add_state(r, r->dh0, r->add_h0, dh, first, rows);
  add_state(r, r->dc0, r->add_c0, dc, first, rows);
}

static void backward_tile(void *context, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) backward_chunk(context, i);
}

/* h before every step, [N T, H]. */
static Tensor *states_before(const Sequences *r, Err *e) {
  Tensor *h = tensor_new(r->dtype, 3, (int64_t[]){r->N, r->T, r->H}, e);
  for (int64_t n = 0; h && n < r->N; n++)
    for (int64_t t = 0; t < r->T; t++)
      memcpy(row(r, h->data, n * r->T + t, r->H), before(r, r->y, H0, n, t), (size_t)(r->H * r->size));
  return h;
}

/* dw (+)= a^T d over all steps; d's columns from `from` on go to dw's from `to` on. */
static bool weight_grad(const Sequences *r, Tensor *dw, const void *a, int64_t a_cols, int64_t from,
                        int64_t to, int64_t cols, bool add, Err *e) {
  return gemm(r->dtype, a_cols, cols, r->N * r->T, 1, (Mat){a, 1, a_cols},
              (Mat){r->d + from * r->size, r->P, 1}, add ? 1 : 0, dw->data + to * r->size, r->G, 1, e);
}

static bool state_weight_grad(const Sequences *r, Tensor *dw, bool add, Err *e) {
  Tensor *h = states_before(r, e);
  bool split = r->kind == GRU;
  int64_t main = split ? 2 * r->H : r->G;
  bool ok = h && weight_grad(r, dw, h->data, r->H, 0, 0, main, add, e) &&
            (!split || weight_grad(r, dw, h->data, r->H, 3 * r->H, main, r->H, add, e));
  tensor_release(h);
  return ok;
}

static void bias_grad(const Sequences *r, Tensor *db, bool inner, bool add) {
  const NormKernels *k = nn_kernels(r->dtype)->norm;
  int64_t main = inner && r->kind == GRU ? 2 * r->H : r->G, steps = r->N * r->T;
  k->sum_rows(steps, main, r->P, db->data, r->d, add);
  if (main < r->G) k->sum_rows(steps, r->H, r->P, db->data + main * r->size, r->d + 3 * r->H * r->size, add);
}

/* x with zeros beyond the lengths: its product with their gradients, which are 0, is 0 whatever lies there.
 */
static bool clear_padding(Sequences *r, Err *e) {
  if (!r->lengths) return true;
  Tensor *x = tensor_clone(r->in[X], e);
  if (!x) return false;
  for (int64_t n = 0; n < r->N; n++)
    memset(row(r, x->data, n * r->T + r->lengths[n], r->F), 0,
           (size_t)((r->T - r->lengths[n]) * r->F * r->size));
  tensor_release(r->in[X]);
  r->in[X] = x;
  return true;
}

static bool parameter_grads(Sequences *r, Tensor **dx, unsigned add, Err *e) {
  if (dx[X] && !gemm(r->dtype, r->N * r->T, r->F, r->G, 1, (Mat){r->d, r->P, 1},
                     (Mat){r->in[WX]->data, 1, r->G}, add >> X & 1 ? 1 : 0, dx[X]->data, r->F, 1, e))
    return false;
  if (dx[WX] && !clear_padding(r, e)) return false;
  if (dx[WX] && !weight_grad(r, dx[WX], r->in[X]->data, r->F, 0, 0, r->G, add >> WX & 1, e)) return false;
  if (dx[WH] && !state_weight_grad(r, dx[WH], add >> WH & 1, e)) return false;
  for (int i = BX; i <= BH; i++)
    if (dx[i]) bias_grad(r, dx[i], i == BH, add >> i & 1);
  return true;
}

/* Room for d, then the chunks, then the products. */
static bool backward_run(Sequences *r, const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add,
                         Err *e) {
  Tensor *d = tensor_new(r->dtype, 3, (int64_t[]){r->N, r->T, r->P}, e);
  if (!d) return false;
  r->y = c->y[0]->data;
  r->kept = c->save[0] ? c->save[0]->data : r->y;
  r->cells = c->save[1] ? c->save[1]->data : NULL;
  r->d = d->data;
  r->dy = dy[0]->data;
  r->d_last_h = dy[1]->data;
  r->d_last_c = r->kind == LSTM ? dy[2]->data : NULL;
  if (c->nx > H0 && c->x[H0] && dx[H0]) r->dh0 = dx[H0]->data;
  if (r->kind == LSTM && c->nx > C0 && dx[C0]) r->dc0 = dx[C0]->data;
  r->add_h0 = add >> H0 & 1;
  r->add_c0 = add >> C0 & 1;
  pack(r, r->G, r->H, 1, r->G);
  parallel_for(r->chunks, 1, backward_tile, r);
  bool ok = parameter_grads(r, dx, add, e);
  tensor_release(d);
  return ok;
}

static bool recurrent_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Sequences r;
  Tensor *dy[OP_OUTPUTS] = {NULL}, *in[OP_INPUTS] = {NULL};
  int64_t H = c->x[WH]->shape[0];
  memcpy(in, dx, (size_t)c->nx * sizeof *in);
  bool ok = true;
  for (int i = 0; ok && i < (c->op->flavour == LSTM ? 3 : 2); i++)
    ok = (dy[i] = tensor_contiguous(dys[i], e)) != NULL;
  if (ok && (ok = run_make(&r, c, gates_of[c->op->flavour] * H, H, e))) {
    ok = backward_run(&r, c, dy, in, add, e);
    run_free(&r);
  }
  for (int i = 0; i < OP_OUTPUTS; i++) tensor_release(dy[i]);
  return ok;
}

static double recurrent_flops(const OpCall *c) {
  const Tensor *x = c->x[X], *wh = c->x[WH];
  return 2 * (double)(x->shape[0] * x->shape[1]) * (double)(x->shape[2] + wh->shape[0]) *
         (double)wh->shape[1];
}

/* clang-format off */
#define RECURRENT(kind) \
    .saves = (SAVE_ALL_X & ~(SAVE_X3 | SAVE_X4)) | SAVE_Y0, .flavour = kind, \
    .shape = recurrent_shape, .forward = recurrent_forward, .backward = recurrent_backward, \
    .flops = recurrent_flops
const Op op_rnn = {
    .name = "rnn", .where = "n", .eq = "h = tanh(x wx + bx + h wh + bh)",
    .doc = "Elman net over x [N, T, F]: wx [F, H], wh [H, H]; gives y [N, T, H] and the last h [N, H]",
    .in = {"x", "wx", "wh", "bx?", "bh?", "h0?", "lengths#?"},
    .param = TAKES(rnn), RECURRENT(RNN),
    .check = {{5, {{3, {2, 3, 4}}, {2, {4, 5}}, {2, {5, 5}}, {1, {5}}, {1, {5}}}},
              {6, {{3, {3, 2, 2}}, {2, {2, 3}}, {2, {3, 3}}, {1, {3}}, {1, {3}}, {2, {3, 3}}},
               .args = "reverse=true"}},
    .example = "local y, h = nn.rnn(tensor.randn(1, 4, 2), tensor.randn(2, 3), tensor.randn(3, 3))\nprint(h)",
    .see = "lstm, gru"};
const Op op_lstm = {
    .name = "lstm", .where = "n",
    .eq = "i f g o = x wx + bx + h wh + bh; c = s(f) c + s(i) tanh(g); h = s(o) tanh(c)",
    .doc = "LSTM over x [N, T, F]: wx [F, 4H], wh [H, 4H]; gives y [N, T, H] and the last h and c [N, H] "
           "(Hochreiter and Schmidhuber 1997)",
    .in = {"x", "wx", "wh", "bx?", "bh?", "h0?", "c0?", "lengths#?"},
    .param = TAKES(lstm), RECURRENT(LSTM),
    .check = {{5, {{3, {2, 3, 4}}, {2, {4, 12}}, {2, {3, 12}}, {1, {12}}, {1, {12}}}},
              {7, {{3, {3, 2, 2}}, {2, {2, 8}}, {2, {2, 8}}, {1, {8}}, {1, {8}}, {2, {3, 2}}, {2, {3, 2}}},
               .args = "reverse=true"}},
    .example = "local y, h, c = nn.lstm(tensor.randn(1, 4, 2), tensor.randn(2, 12), tensor.randn(3, 12))\n"
               "print(h, c)",
    .see = "gru, rnn"};
const Op op_gru = {
    .name = "gru", .where = "n",
    .eq = "u = x wx + bx, v = h wh + bh: r = s(u_r + v_r), z = s(u_z + v_z), n = tanh(u_n + r v_n), h = (1 "
          "- z) n + z h",
    .doc = "GRU over x [N, T, F]: wx [F, 3H], wh [H, 3H]; gives y [N, T, H] and the last h [N, H] (Cho et "
           "al. 2014, arXiv:1406.1078)", .in = {"x", "wx", "wh", "bx?", "bh?", "h0?", "lengths#?"},
    .param = TAKES(lstm), RECURRENT(GRU),
    .check = {{5, {{3, {2, 3, 4}}, {2, {4, 9}}, {2, {3, 9}}, {1, {9}}, {1, {9}}}},
              {6, {{3, {3, 2, 2}}, {2, {2, 6}}, {2, {2, 6}}, {1, {6}}, {1, {6}}, {2, {3, 2}}},
               .args = "reverse=true"}},
    .example = "local y, h = nn.gru(tensor.randn(1, 4, 2), tensor.randn(2, 9), tensor.randn(3, 9))\nprint(h)",
    .see = "lstm, rnn"};
