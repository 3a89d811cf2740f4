/* op_layer_norm.c: normalisation over the last dimension, or the last few.
 *
 *   layer_norm: y = (x - mean) r gamma + beta, r = 1 / sqrt(var + eps)     (Ba et al. 2016, arXiv:1607.06450)
 *   rms_norm:   y = x r gamma, r = 1 / sqrt(mean of x^2 + eps)      (Zhang and Sennrich 2019, arXiv:1910.07467)
 *   normalize:  y = x / max(|x|_p, eps)
 *
 * Saved by the first two: mean and r of each row.  Gradients of gamma and beta are summed block by block of rows. */
#include "op_move.h"

#include "mem.h"
#include "nn_kernel.h"
#include "norm_kernel.h"
#include "parallel.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { X, GAMMA, BETA };
enum { BLOCK = 64 }; /* rows whose gradients of gamma and beta are added together first */

#define LAST (INT, dims, OP_NONE, "how many of the last dimensions; as many as gamma has, else 1")
PARAMS(layer_norm, (NUMBER, eps, 1e-5, "added to the variance"), LAST)
PARAMS(rms_norm, (NUMBER, eps, OP_NONE, "added to the mean square; 1.2e-7, of f64 2.2e-16"), LAST)
enum { LAYER, RMS };
PARAMS(normalize, (NUMBER, p, 2, "which norm"), (DIM, dim, -1, "along which"),
       (NUMBER, eps, 1e-12, "least length divided by"))

static Tensor *input(const OpCall *c, int i) { return i < c->nx ? c->x[i] : NULL; }

static double eps_of(const OpCall *c) {
  if (c->op->flavour == LAYER) return PARAM(layer_norm, c)->eps;
  const double eps = PARAM(rms_norm, c)->eps;
  return op_given(eps) ? eps : c->x[X]->dtype == F32 ? (double)FLT_EPSILON : DBL_EPSILON;
}
static int64_t last_dims(const OpCall *c) { /* checked by the shape function */
  const int64_t dims = c->op->flavour == LAYER ? PARAM(layer_norm, c)->dims : PARAM(rms_norm, c)->dims;
  return op_given(dims) ? dims : input(c, GAMMA) ? input(c, GAMMA)->nd : 1;
}
/* Elements of a row. */
static int64_t width(const OpCall *c) {
  int64_t n = 1;
  for (int i = 1; i <= last_dims(c); i++) n *= c->x[X]->shape[c->x[X]->nd - i];
  return n;
}

static bool layer_norm_shape(OpCall *c, Err *e) {
  char text[TEXT], other[TEXT], want[TEXT];
  const Tensor *x = c->x[X];
  if (!op_want_float(c, X, e)) return false;
  const int64_t dims = last_dims(c);
  if (dims < 1 || dims > x->nd)
    return err_set(e, "%s: x %s has no last %lld dimensions", c->op->name, tensor_text(text, x),
                   (long long)dims);
  const int64_t *last = x->shape + x->nd - dims;
  for (int i = GAMMA; i <= BETA; i++) {
    const Tensor *t = input(c, i);
    bool fits = !t || (t->nd == dims && t->dtype == x->dtype);
    for (int k = 0; fits && t && k < dims; k++) fits = t->shape[k] == last[k];
    if (!fits)
      return err_set(e, "%s: %s must be %s%s for %s, got %s", c->op->name, i == GAMMA ? "gamma" : "beta",
                     dtype_name[x->dtype], shape_text(want, (int)dims, last), tensor_text(text, x),
                     tensor_text(other, t));
  }
  if (!op_output(c, 0, x->dtype, x->nd, x->shape, e)) return false;
  if (tensor_is_meta(c->y[0])) return true;
  int64_t C = width(c), shape[2] = {C ? x->n / C : 0, 2};
  return (c->save[0] = tensor_new(x->dtype, 2, shape, e)) != NULL;
}

typedef struct RowNorm {
  const NormKernels *k;
  int64_t rows, C, size;
  const unsigned char *x, *dy, *gamma, *beta;
  unsigned char *y, *stats, *dg, *db; /* dg, db: [blocks][C] or NULL */
  double eps, p;
  bool add, centred;
} RowNorm;

static bool row_norm_make(RowNorm *j, const OpCall *c, Tensor *own[3], Err *e) {
  const Tensor *x = c->x[X];
  *j = (RowNorm){.k = nn_kernels(x->dtype)->norm,
                 .C = width(c),
                 .size = (int64_t)dtype_size[x->dtype],
                 .eps = eps_of(c),
                 .centred = c->op->flavour == LAYER,
                 .stats = c->save[0]->data};
  j->rows = j->C ? x->n / j->C : 0;
  for (int i = 0; i < 3; i++) {
    own[i] = NULL;
    if (!input(c, i) || tensor_is_meta(c->x[i])) continue; /* beta, in backward: not needed, not kept */
    if (!(own[i] = tensor_contiguous(c->x[i], e))) {
      for (int k = 0; k < i; k++) tensor_release(own[k]);
      return false;
    }
  }
  j->x = own[X]->data;
  j->gamma = own[GAMMA] ? own[GAMMA]->data : NULL;
  j->beta = own[BETA] ? own[BETA]->data : NULL;
  return true;
}

static int64_t grain(const RowNorm *j) { return j->C >= GRAIN ? 1 : GRAIN / (j->C ? j->C : 1); }

static void forward_tile(void *context, int64_t begin, int64_t end) {
  const RowNorm *j = context;
  int64_t at = begin * j->C * j->size;
  j->k->row_forward(end - begin, j->C, j->y + at, j->x + at, j->gamma, j->beta, j->eps, j->centred,
                    j->stats + 2 * begin * j->size);
}

static void backward_tile(void *context, int64_t begin, int64_t end) { /* blocks */
  const RowNorm *j = context;
  for (int64_t b = begin; b < end; b++) {
    int64_t row = b * BLOCK, rows = j->rows - row < BLOCK ? j->rows - row : BLOCK, at = row * j->C * j->size;
    unsigned char *dg = j->dg ? j->dg + b * j->C * j->size : NULL,
                  *db = j->db ? j->db + b * j->C * j->size : NULL;
    if (dg) memset(dg, 0, (size_t)(j->C * j->size));
    if (db) memset(db, 0, (size_t)(j->C * j->size));
    j->k->row_backward(rows, j->C, j->y ? j->y + at : NULL, j->dy + at, j->x + at,
                       j->stats + 2 * row * j->size, j->gamma, dg, db, j->centred, j->add);
  }
}

static bool layer_norm_forward(OpCall *c, Err *e) {
  Tensor *own[3];
  RowNorm j;
  if (!row_norm_make(&j, c, own, e)) return false;
  j.y = c->y[0]->data;
  if (j.rows) parallel_for(j.rows, grain(&j), forward_tile, &j);
  for (int i = 0; i < 3; i++) tensor_release(own[i]);
  return true;
}

static bool layer_norm_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *own[3], *dy = tensor_contiguous(dys[0], e), *dgamma = c->nx > GAMMA ? dx[GAMMA] : NULL,
                  *dbeta = c->nx > BETA ? dx[BETA] : NULL;
  RowNorm j;
  if (!dy) return false;
  bool ok = row_norm_make(&j, c, own, e);
  int64_t blocks = ok ? (j.rows + BLOCK - 1) / BLOCK : 0;
  size_t bytes = ok ? (size_t)(blocks * 2 * j.C * j.size) : 0;
  unsigned char *part = bytes ? mem_alloc(bytes) : NULL;
  if (ok && bytes && !part) ok = err_set(e, "%s: out of memory", c->op->name);
  if (ok) {
    j.dy = dy->data;
    j.y = dx[X] ? dx[X]->data : NULL;
    j.add = add & 1;
    j.dg = dgamma ? part : NULL;
    j.db = dbeta && part ? part + bytes / 2 : NULL;
    parallel_for(blocks, 1 + grain(&j) / BLOCK, backward_tile, &j);
    if (dgamma) j.k->sum_rows(blocks, j.C, j.C, dgamma->data, j.dg, add >> GAMMA & 1);
    if (dbeta) j.k->sum_rows(blocks, j.C, j.C, dbeta->data, j.db, add >> BETA & 1);
  }
  mem_free(part, bytes);
  for (int i = 0; i < 3 && j.x; i++) tensor_release(own[i]);
  tensor_release(dy);
  return ok;
}

static double layer_norm_flops(const OpCall *c) { return 8 * (double)c->x[X]->n; }

/* --- normalize ------------------------------------------------------------------------------------------ */

static bool normalize_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[X];
  struct normalize_params *p = PARAM(normalize, c);
  if (!op_want_float(c, X, e) || !op_dim(c, &p->dim, x->nd, e)) return false;
  if (!(p->p > 0) || isinf(p->p))
    return err_set(e, "%s: p = %g must be above 0 and finite", c->op->name, p->p);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

/* The same as a contiguous tensor. */
static Tensor *rows_along(Tensor *t, int dim, Err *e) {
  if (dim == t->nd - 1) return tensor_contiguous(t, e);
  Tensor *view = move_dim_last(t, dim, e), *rows = view ? tensor_contiguous(view, e) : NULL;
  tensor_release(view);
  return rows;
}

static void normalize_tile(void *context, int64_t begin, int64_t end) {
  const RowNorm *j = context;
  int64_t at = begin * j->C * j->size;
  if (j->dy) j->k->normalize_grad(end - begin, j->C, j->y + at, j->dy + at, j->x + at, j->p, j->eps, j->add);
  else j->k->normalize(end - begin, j->C, j->y + at, j->x + at, j->p, j->eps);
}

/* to = normalize(x), or (+)= its gradient; another dimension than the last goes through copies. */
static bool normalize_run(const OpCall *c, Tensor *to, Tensor *dy, bool add, Err *e) {
  const int dim = PARAM(normalize, c)->dim;
  bool last = dim == to->nd - 1;
  Tensor *x = rows_along(c->x[X], dim, e), *d = dy && x ? rows_along(dy, dim, e) : NULL,
         *view = last || !x ? NULL : move_dim_last(to, dim, e),
         *out = last    ? to
                : !view ? NULL
                : add   ? tensor_clone(view, e)
                        : tensor_new(to->dtype, to->nd, x->shape, e);
  bool ok = x && (d || !dy) && out;
  if (ok && to->n) {
    RowNorm j = {.k = nn_kernels(to->dtype)->norm,
                 .C = x->shape[x->nd - 1],
                 .size = (int64_t)dtype_size[to->dtype],
                 .x = x->data,
                 .dy = d ? d->data : NULL,
                 .y = out->data,
                 .p = PARAM(normalize, c)->p,
                 .eps = PARAM(normalize, c)->eps,
                 .add = add};
    parallel_for(to->n / j.C, grain(&j), normalize_tile, &j);
    if (!last) tensor_copy(view, out);
  }
  if (!last) tensor_release(out);
  tensor_release(view);
  tensor_release(d);
  tensor_release(x);
  return ok;
}

static bool normalize_forward(OpCall *c, Err *e) { return normalize_run(c, c->y[0], NULL, false, e); }
static bool normalize_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  return !dx[X] || normalize_run(c, dx[X], dy[0], add & 1, e);
}
static double normalize_flops(const OpCall *c) { return 3 * (double)c->x[X]->n; }

/* clang-format off */
const Op op_layer_norm = {
    .name = "layer_norm", .where = "n",
    .eq = "y = (x - mean) / sqrt(var + eps) gamma + beta, over the last dimension",
    .doc = "normalises each row of x [..., C], or the last few dimensions together (Ba et al. 2016, "
           "arXiv:1607.06450)", .in = {"x", "gamma?", "beta?"},
    .param = TAKES(layer_norm),
    .saves = SAVE_X0 | SAVE_X1,
    .shape = layer_norm_shape, .forward = layer_norm_forward, .backward = layer_norm_backward,
    .flops = layer_norm_flops,
    .check = {{3, {{2, {3, 5}}, {1, {5}}, {1, {5}}}}, {1, {{3, {2, 3, 19}}}, .args = "eps=0.1"},
              {2, {{1, {17}}, {1, {17}}}}, {3, {{3, {2, 3, 4}}, {2, {3, 4}}, {2, {3, 4}}}}},
    .example = "print(nn.layer_norm(tensor{{1, 2, 3}, {0, 0, 6}}))",
    .see = "rms_norm, batch_norm, group_norm"};
const Op op_rms_norm = {
    .name = "rms_norm", .where = "n", .eq = "y = x / sqrt(mean of x^2 + eps) gamma, over the last dimension",
    .doc = "scales each row of x [..., C], or the last few dimensions together, to a mean square of 1 "
           "(Zhang and Sennrich 2019, arXiv:1910.07467)", .in = {"x", "gamma?"},
    .param = TAKES(rms_norm),
    .saves = SAVE_X0 | SAVE_X1, .flavour = RMS,
    .shape = layer_norm_shape, .forward = layer_norm_forward, .backward = layer_norm_backward,
    .flops = layer_norm_flops,
    .check = {{2, {{2, {3, 5}}, {1, {5}}}}, {1, {{3, {2, 3, 19}}}, .args = "eps=0.1"},
              {2, {{3, {2, 3, 4}}, {2, {3, 4}}}}, {1, {{3, {2, 3, 4}}}, .args = "dims=3"}},
    .example = "print(nn.rms_norm(tensor{{1, 2, 3}, {0, 0, 6}}))",
    .see = "layer_norm"};
const Op op_normalize = {
    .name = "normalize", .where = "nm", .eq = "y = x / max(|x|_p, eps)",
    .doc = "scales vectors along dim to length 1", .in = {"x"},
    .param = TAKES(normalize),
    .saves = SAVE_X0,
    .shape = normalize_shape, .forward = normalize_forward, .backward = normalize_backward,
    .flops = normalize_flops,
    .check = {{1, {{2, {3, 5}}}}, {1, {{3, {2, 3, 4}}}, .args = "p=3, dim=2", .lo = 0.2, .hi = 1},
              {1, {{2, {3, 4}}}, .args = "p=1, dim=1"}},
    .example = "print(nn.normalize(tensor{{3, 4}, {0, 2}}))",
    .see = "layer_norm"};
