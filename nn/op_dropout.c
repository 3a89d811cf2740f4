/* op_dropout.c: dropout (Srivastava et al. 2014), also of whole channels (Tompson et al. 2015).
 *
 *   y_i = x_i m_i / (1 - p), m_i = 1 with probability 1 - p
 *
 * The mask is a function of (seed, offset, i): backward makes it again, nothing is saved. */
#include "op.h"

#include "kernel.h"
#include "mem.h"
#include "nn_kernel.h"
#include "parallel.h"
#include "pointwise.h"

enum { NUMBERS, CHANNELS }; /* what is dropped */

PARAMS(dropout, (NUMBER, p, 0.5, "share that is dropped, 0..1"), (BOOL, train, true, "false: y = x"),
       (DRAW, seed, 0, NULL), (DRAW, offset, 0, NULL))
enum { CHUNK = 32 }; /* words of decisions made at a time */

static bool dropout_shape(OpCall *c, Err *e) {
  char text[TEXT];
  const Tensor *x = c->x[0];
  double p = PARAM(dropout, c)->p;
  if (!op_want_float(c, 0, e)) return false;
  if (!(p >= 0 && p <= 1)) return err_set(e, "%s: p = %g outside 0..1", c->op->name, p);
  if (c->op->flavour == CHANNELS && x->nd < 3)
    return err_set(e, "%s: x must be [N, ..., C] with 3 dimensions or more, got %s", c->op->name,
                   tensor_text(text, x));
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

typedef struct Dropout {
  const NnKernels *k;
  const unsigned char *x, *mask;
  unsigned char *y;
  int64_t n, size, rows, C; /* rows of C elements under one mask of channels */
  double p, scale;
  uint64_t seed, offset;
  bool add;
} Dropout;

/* Words [begin, end) of decisions. */
static void element_tile(void *context, int64_t begin, int64_t end) {
  const Dropout *j = context;
  uint64_t kept[CHUNK];
  for (int64_t w = begin; w < end; w += CHUNK) {
    const int64_t i = w * KEEP_WORD, stop = end - w < CHUNK ? end : w + CHUNK,
                  n = (stop * KEEP_WORD < j->n ? stop * KEEP_WORD : j->n) - i;
    kernels(F32)->keeps(n, kept, j->seed, j->offset + (uint64_t)w * KEEP_COUNTERS, j->p);
    j->k->dropout(n, j->y + i * j->size, j->x + i * j->size, kept, j->scale, j->add);
  }
}
static void drop_elements(const Dropout *j) {
  parallel_for((j->n + KEEP_WORD - 1) / KEEP_WORD, GRAIN / KEEP_WORD, element_tile, (void *)j);
}

/* Rows [begin, end) of all samples together; each sample has rows rows. */
static void channel_tile(void *context, int64_t begin, int64_t end) {
  const Dropout *j = context;
  while (begin < end) {
    int64_t sample = begin / j->rows, stop = (sample + 1) * j->rows < end ? (sample + 1) * j->rows : end;
    int64_t at = begin * j->C * j->size;
    j->k->scale_rows(stop - begin, j->C, j->y + at, j->x + at, j->mask + sample * j->C * j->size, j->add);
    begin = stop;
  }
}

/* The mask of channels: [N, C] of 0 and 1 / (1 - p). */
static Tensor *channel_mask(const Dropout *j, const Tensor *x, Err *e) {
  int64_t shape[2] = {x->shape[0], j->C};
  Tensor *mask = tensor_new(x->dtype, 2, shape, e);
  if (!mask) return NULL;
  tensor_fill(mask, 1);
  Dropout fill = *j;
  fill.x = fill.y = mask->data;
  fill.n = mask->n;
  fill.add = false;
  drop_elements(&fill);
  return mask;
}

/* to (+)= mask from */
static bool drop(const OpCall *c, Tensor *to, const Tensor *from, bool add, Err *e) {
  const struct dropout_params *given = PARAM(dropout, c);
  const double p = given->train ? given->p : 0;
  Dropout j = {.k = nn_kernels(to->dtype),
               .x = from->data,
               .y = to->data,
               .n = to->n,
               .size = (int64_t)dtype_size[to->dtype],
               .p = p,
               .scale = p < 1 ? 1 / (1 - p) : 0,
               .seed = given->seed,
               .offset = given->offset,
               .add = add};
  if (p == 0) {
    pointwise_map(M_copy, to, &from, 1, NULL, add);
    return true;
  }
  if (c->op->flavour == NUMBERS) {
    drop_elements(&j);
    return true;
  }
  if (to->n == 0) return true;
  j.C = to->shape[to->nd - 1];
  j.rows = to->n / (to->shape[0] * j.C);
  Tensor *mask = channel_mask(&j, to, e);
  if (!mask) return false;
  j.mask = mask->data;
  parallel_for(to->shape[0] * j.rows, 1 + GRAIN / j.C, channel_tile, &j);
  tensor_release(mask);
  return true;
}

static bool dropout_forward(OpCall *c, Err *e) {
  Tensor *x = tensor_contiguous(c->x[0], e);
  bool ok = x && drop(c, c->y[0], x, false, e);
  tensor_release(x);
  return ok;
}

static bool dropout_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  if (!dx[0]) return true;
  Tensor *d = tensor_contiguous(dy[0], e);
  bool ok = d && drop(c, dx[0], d, add & 1, e);
  tensor_release(d);
  return ok;
}

/* Numbers of the generator: four to a counter. */
static int64_t dropout_draws(const OpCall *c) {
  const Tensor *x = c->x[0];
  const bool channels =
      c->op->flavour == CHANNELS && x->n && x->nd; /* of a shape that nobody has checked yet */
  const int64_t n = channels ? x->shape[0] * x->shape[x->nd - 1] : x->n;
  return (n + KEEP_WORD - 1) / KEEP_WORD * KEEP_COUNTERS * 4;
}

static double dropout_flops(const OpCall *c) { return (double)c->x[0]->n; }

/* clang-format off */
#define DROPOUT_OP(kind) \
    .in = {"x"}, .param = TAKES(dropout), .flags = OP_RANDOM, .flavour = kind, \
    .shape = dropout_shape, .forward = dropout_forward, .backward = dropout_backward, \
    .flops = dropout_flops, .draws = dropout_draws
const Op op_dropout = {
    .name = "dropout", .where = "nm", .eq = "y = x m / (1 - p), m = 1 with probability 1 - p, else 0",
    .doc = "drops elements at random while training (Srivastava et al. 2014)", DROPOUT_OP(NUMBERS),
    .check = {{1, {{2, {3, 5}}}}, {1, {{2, {3, 5}}}, .args = "train=false"}},
    .example = "print(nn.dropout(tensor.ones(2, 4), 0.5))",
    .see = "dropout2d"};
const Op op_dropout2d = {
    .name = "dropout2d", .where = "nm", .eq = "y = x m / (1 - p), one m for each sample and channel",
    .doc = "drops whole channels of x [N, ..., C] while training (Tompson et al. 2015, arXiv:1411.4280)",
    DROPOUT_OP(CHANNELS),
    .check = {{1, {{4, {2, 3, 2, 4}}}}, {1, {{4, {2, 3, 2, 4}}}, .args = "train=false"}},
    .example = "print(nn.dropout2d(tensor.ones(1, 2, 2, 4), 0.5))",
    .see = "dropout"};
