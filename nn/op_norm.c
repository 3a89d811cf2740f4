/* op_norm.c: normalisation over channels-last maps: batch, group and instance norm in one engine.
 *
 * x [N, ..., C] is seen as S samples of R rows of C channels in G groups; mean and variance are taken over
 * the rows and channels of one group of one sample: batch norm is S = 1, G = C; instance norm S = N, G = C.
 *
 *   y = (x - mean) r gamma + beta, r = 1 / sqrt(var + eps)
 *   dx = r gamma dy - r (A + (x - mean) r^2 B) / n, A = sum gamma dy, B = sum gamma dy (x - mean) over the group
 *
 * Ioffe and Szegedy 2015 (arXiv:1502.03167), Wu and He 2018 (1803.08494), Ulyanov et al. 2016 (1607.08022).
 *
 * Statistics are made block by block of rows, in two passes while the block is in the cache, and joined in
 * order (Chan et al. 1979), in double: one read of x, the same result at every thread count.  The pass that
 * follows walks the blocks backwards, so that it meets those still in the cache first.  Saved: mean and r of
 * each group. */
#include "op.h"

#include "kernel.h"
#include "mem.h"
#include "nn_kernel.h"
#include "norm_kernel.h"
#include "parallel.h"
#include "reduce.h"
#include "together.h"

#include <math.h>
#include <string.h>

enum { BATCH, GROUP, INSTANCE };              /* Op.flavour           */
enum { X, GAMMA, BETA, MEAN, VAR, RESIDUAL }; /* inputs               */
enum { COEFS = 4 };                           /* arrays of C a sample */

#define EPS (NUMBER, eps, 1e-5, "added to the variance")
PARAMS(batch_norm, (BOOL, train, false, "true: statistics of this batch; false: the given ones"),
       (NUMBER, momentum, 0.1, "share of this batch in mean and var"), EPS, ACT_ROWS,
       (BOOL, sync, false, "true: statistics over the batches of all processes (dist)"))
PARAMS(group_norm, EPS, (INT, groups, OP_REQUIRED, "C is split into this many"))
PARAMS(instance_norm, EPS)

typedef struct Layout {
  int64_t S, R, C, G, wide; /* wide: channels of a group */
  int64_t block, blocks;    /* rows of a block, blocks of a sample */
} Layout;

static bool is_batch(const OpCall *c) { return c->op->flavour == BATCH; }
static bool from_data(const OpCall *c) { return !is_batch(c) || PARAM(batch_norm, c)->train; }
/* Statistics over all processes: of their training batches. */
static bool is_shared(const OpCall *c) {
  return nn_together && is_batch(c) && PARAM(batch_norm, c)->sync && PARAM(batch_norm, c)->train;
}
/* A row that counts in another process stands in for the ones that this one has not: nothing depends on it. */
static bool takes_part(const OpCall *c) { return from_data(c) && !(is_shared(c) && !nn_together->counts); }
static double eps_of(const OpCall *c) {
  return is_batch(c)               ? PARAM(batch_norm, c)->eps
         : c->op->flavour == GROUP ? PARAM(group_norm, c)->eps
                                   : PARAM(instance_norm, c)->eps;
}
static Tensor *input(const OpCall *c, int i) { return i < c->nx ? c->x[i] : NULL; }
static ConvAct act_of(const OpCall *c) { return is_batch(c) ? (ConvAct)PARAM(batch_norm, c)->act : ACT_none; }
static double slope_of(const OpCall *c) { return is_batch(c) ? PARAM(batch_norm, c)->slope : 0; }

/* Number i along the last dimension: a list of channels, or contiguous. */
static double get(const Tensor *t, int64_t i) { return tensor_real(t, i * t->stride[t->nd - 1]); }
static void put(Tensor *t, int64_t i, double v) { tensor_set_real(t, i * t->stride[t->nd - 1], v); }

static Layout layout(const OpCall *c) {
  const Tensor *x = c->x[X];
  Layout l = {.C = x->shape[x->nd - 1], .S = is_batch(c) ? 1 : x->shape[0]};
  l.G = c->op->flavour == GROUP ? PARAM(group_norm, c)->groups : l.C;
  l.wide = l.G ? l.C / l.G : 1;
  l.R = l.S && l.C ? x->n / (l.S * l.C) : 0;
  l.block = l.C ? 4 * GRAIN / l.C : 1;
  l.block = l.block < 128 ? 128 : l.block > 512 ? 512 : l.block;
  l.blocks = (l.R + l.block - 1) / l.block;
  return l;
}

static bool check_channels(OpCall *c, int i, const char *name, int64_t C, Err *e) {
  char text[TEXT], other[TEXT];
  const Tensor *t = input(c, i), *x = c->x[X];
  if (!t || (t->nd == 1 && t->shape[0] == C && t->dtype == x->dtype)) return true;
  return err_set(e, "%s: %s must be %s[%lld] for %s, got %s", c->op->name, name, dtype_name[x->dtype],
                 (long long)C, tensor_text(text, x), tensor_text(other, t));
}

static bool too_few(const OpCall *c, const char *where, Err *e) {
  char text[TEXT];
  return err_set(e, "%s: more than one value a channel is needed to train, got %s%s", c->op->name,
                 tensor_text(text, c->x[X]), where);
}

static bool check_statistics(OpCall *c, const Layout *l, Err *e) {
  if (!is_batch(c)) return true;
  if (from_data(c) && l->R < 2 && !is_shared(c)) return too_few(c, "", e);
  if (!from_data(c) && (!input(c, MEAN) || !input(c, VAR)))
    return err_set(e, "%s: train=false needs mean and var", c->op->name);
  return true;
}

static bool norm_shape(OpCall *c, Err *e) {
  static const char *const names[] = {"x", "gamma", "beta", "mean", "var"};
  char text[TEXT];
  const Tensor *x = c->x[X];
  if (!op_want_float(c, X, e)) return false;
  if (x->nd < 2) return err_set(e, "%s: x must be [N, ..., C], got %s", c->op->name, tensor_text(text, x));
  int64_t C = x->shape[x->nd - 1];
  const int64_t groups = c->op->flavour == GROUP ? PARAM(group_norm, c)->groups : 1;
  if (groups < 1 || groups > (C ? C : 1) || C % groups)
    return err_set(e, "%s: %lld channels do not split into %lld groups", c->op->name, (long long)C,
                   (long long)groups);
  for (int i = GAMMA; i <= VAR; i++)
    if (!check_channels(c, i, names[i], C, e)) return false;
  const Tensor *res = input(c, RESIDUAL);
  if (res && (res->dtype != x->dtype || !tensor_same_shape(res, x)))
    return err_set(e, "%s: residual must be like x %s, got %s", c->op->name, tensor_text(text, x),
                   tensor_text((char[TEXT]){0}, res));
  Layout l = layout(c);
  if (!tensor_is_meta(x) && !check_statistics(c, &l, e)) return false;
  if (!op_output(c, 0, x->dtype, x->nd, x->shape, e)) return false;
  if (tensor_is_meta(c->y[0])) return true;
  int64_t shape[2] = {2, l.S * l.G};
  if (!(c->save[0] = tensor_new(x->dtype, 2, shape, e))) return false;
  if (act_of(c) == ACT_none) return true;
  return (c->save[1] = tensor_alias(c->y[0], e)) != NULL; /* its signs are those of the sum */
}

/* Scratch memory and pointers of one pass. */
typedef struct Work {
  Layout l;
  double rows; /* that statistics are over: l.R, or those of all processes */
  const NormKernels *k;
  int64_t size;
  double *part;             /* [S blocks][2][C]: mean and m2, or s1 and s2               */
  double *sum;              /* [S][2][C]: the same of whole samples                      */
  double *coef;             /* [S][COEFS][C]                                             */
  unsigned char *real_coef; /* the same in x's dtype                                     */
  size_t bytes;
  const unsigned char *x, *dy, *residual;
  unsigned char *y; /* or dx */
  bool add;
  ConvAct act;
  double slope;
  const unsigned char *out; /* y of an activation that dy is still to be taken through, into `before` */
  unsigned char *before;
  const ConvKernels *conv;
} Work;

static bool work_make(Work *w, const OpCall *c, bool partial, Err *e) {
  *w = (Work){
      .l = layout(c), .k = nn_kernels(c->x[X]->dtype)->norm, .size = (int64_t)dtype_size[c->x[X]->dtype]};
  const Layout *l = &w->l;
  w->rows = (double)l->R;
  size_t parts = partial ? (size_t)(l->S * l->blocks * 2 * l->C) : 0, sums = (size_t)(l->S * 2 * l->C),
         coefs = (size_t)(l->S * COEFS * l->C);
  w->bytes = (parts + sums + 2 * coefs) * sizeof(double);
  if (!w->bytes) return true;
  w->part = mem_alloc(w->bytes);
  if (!w->part) return err_set(e, "%s: out of memory", c->op->name);
  w->sum = w->part + parts;
  w->coef = w->sum + sums;
  w->real_coef = (unsigned char *)(w->coef + coefs);
  return true;
}
static void work_free(Work *w) { mem_free(w->part, w->bytes); }

static double *coef(const Work *w, int64_t s, int k) { return w->coef + (s * COEFS + k) * w->l.C; }
static const void *real_coef(const Work *w, int64_t s, int k) {
  return w->real_coef + (s * COEFS + k) * w->l.C * w->size;
}
static void round_coefs(const Work *w, Dtype d) {
  kernels(d)->load(w->l.S * COEFS * w->l.C, w->real_coef, w->coef, F64, 1);
}

/* Rows of block b (counted over all samples) and where they start in x. */
static int64_t block_rows(const Layout *l, int64_t b, int64_t *sample, int64_t *first) {
  *sample = b / l->blocks;
  int64_t row = b % l->blocks * l->block;
  *first = (*sample * l->R + row) * l->C;
  return l->R - row < l->block ? l->R - row : l->block;
}

static void each_block(Work *w, TileFn fn) {
  int64_t elements = w->l.block * w->l.C, grain = elements >= GRAIN ? 1 : GRAIN / (elements ? elements : 1);
  parallel_for(w->l.S * w->l.blocks, grain, fn, w);
}

static void stats_tile(void *context, int64_t begin, int64_t end) {
  const Work *w = context;
  for (int64_t b = begin; b < end; b++) {
    int64_t s, at, rows = block_rows(&w->l, b, &s, &at);
    double *mean = w->part + b * 2 * w->l.C;
    w->k->col_stats(rows, w->l.C, w->x + at * w->size, mean, mean + w->l.C);
  }
}

static void sums_tile(void *context, int64_t begin, int64_t end) {
  const Work *w = context;
  for (int64_t b = begin; b < end; b++) {
    int64_t s, at, rows = block_rows(&w->l, b, &s, &at);
    double *s1 = w->part + b * 2 * w->l.C;
    if (w->out)
      w->conv->act_grad(rows * w->l.C, w->before + at * w->size, w->dy + at * w->size, w->out + at * w->size,
                        w->act, w->slope);
    w->k->col_sums(rows, w->l.C, (w->out ? w->before : w->dy) + at * w->size, w->x + at * w->size,
                   real_coef(w, s, 0), s1, s1 + w->l.C);
  }
}

static void apply_tile(void *context, int64_t begin, int64_t end) {
  const Work *w = context;
  for (int64_t i = begin; i < end; i++) {
    int64_t s, at, rows = block_rows(&w->l, w->l.S * w->l.blocks - 1 - i, &s, &at);
    w->k->col_apply(rows, w->l.C, w->y + at * w->size, w->x + at * w->size, real_coef(w, s, 0),
                    real_coef(w, s, 1), real_coef(w, s, 2), w->residual ? w->residual + at * w->size : NULL,
                    w->act, w->slope);
  }
}

static void grad_tile(void *context, int64_t begin, int64_t end) {
  const Work *w = context;
  for (int64_t i = begin; i < end; i++) {
    int64_t s, at, rows = block_rows(&w->l, w->l.S * w->l.blocks - 1 - i, &s, &at);
    w->k->col_grad(rows, w->l.C, w->y + at * w->size, w->dy + at * w->size, w->x + at * w->size,
                   real_coef(w, s, 0), real_coef(w, s, 1), real_coef(w, s, 2), real_coef(w, s, 3), w->add);
  }
}

/* (n, mean, m2) joined with (n2, mean2, m22) */
static void join(double n, double *mean, double *m2, double n2, double mean2, double m22) {
  double d = mean2 - *mean, share = n2 / (n + n2);
  *mean += d * share;
  *m2 += m22 + d * d * n * share;
}

static void join_blocks(const Work *w) {
  const Layout *l = &w->l;
  for (int64_t s = 0; s < l->S; s++) {
    double *mean = w->sum + s * 2 * l->C, *m2 = mean + l->C, n = 0;
    for (int64_t b = 0; b < l->blocks; b++) {
      const double *part = w->part + (s * l->blocks + b) * 2 * l->C;
      double rows = (double)(l->R - b * l->block < l->block ? l->R - b * l->block : l->block);
      if (b == 0) memcpy(mean, part, (size_t)(2 * l->C) * sizeof(double));
      else
        for (int64_t c = 0; c < l->C; c++) join(n, &mean[c], &m2[c], rows, part[c], part[l->C + c]);
      n += rows;
    }
  }
}

static void add_blocks(const Work *w) {
  const Layout *l = &w->l;
  for (int64_t s = 0; s < l->S; s++) {
    double *sum = w->sum + s * 2 * l->C;
    memset(sum, 0, (size_t)(2 * l->C) * sizeof(double));
    for (int64_t b = 0; b < l->blocks; b++) {
      const double *part = w->part + (s * l->blocks + b) * 2 * l->C;
      for (int64_t c = 0; c < 2 * l->C; c++) sum[c] += part[c];
    }
  }
}

/* Rows and two sums a channel of every process, joined in their order by `add`: into w->rows and w->sum. */
static bool share_sums(Work *w, void (*add)(double n, double *a, double *b, double n2, double a2, double b2),
                       Err *e) {
  const int64_t C = w->l.C, n = 1 + 2 * C;
  const int size = nn_together->size;
  const size_t bytes = (size_t)(n * (size + 1)) * sizeof(double);
  double *mine = mem_alloc(bytes), *all = mine + n;
  if (!mine) return err_set(e, "batch_norm: out of memory");
  mine[0] = nn_together->counts ? w->rows : 0;
  memcpy(mine + 1, w->sum, (size_t)(2 * C) * sizeof(double));
  const bool ok = nn_together->gather("batch_norm", mine, n, all, e);
  memset(w->sum, 0, (size_t)(2 * C) * sizeof(double));
  w->rows = 0;
  for (int r = 0; ok && r < size; r++) {
    const double *part = all + r * n, rows = part[0];
    if (rows == 0) continue;
    for (int64_t c = 0; c < C; c++)
      add(w->rows, &w->sum[c], &w->sum[C + c], rows, part[1 + c], part[1 + C + c]);
    w->rows += rows;
  }
  mem_free(mine, bytes);
  return ok;
}
static void add_sums(double n, double *a, double *b, double n2, double a2, double b2) {
  (void)n, (void)n2;
  *a += a2;
  *b += b2;
}

/* Mean and variance of a group from those of its channels. */
static void group_stats(const Work *w, int64_t s, int64_t g, double *mean, double *var) {
  const Layout *l = &w->l;
  const int64_t first = g * l->wide;
  const double *m = w->sum + s * 2 * l->C, *m2 = m + l->C;
  double n = w->rows, sum = m2[first];
  *mean = m[first];
  for (int64_t c = first + 1; c < first + l->wide; c++) {
    join(n, mean, &sum, w->rows, m[c], m2[c]);
    n += w->rows;
  }
  *var = n > 0 ? sum / n : 0;
}

static void update_running(const OpCall *c, int64_t ch, double mean, double var, double n) {
  Tensor *m = input(c, MEAN), *v = input(c, VAR);
  double k = PARAM(batch_norm, c)->momentum;
  if (m) put(m, ch, (1 - k) * get(m, ch) + k * mean);
  if (v) put(v, ch, (1 - k) * get(v, ch) + k * var * n / (n - 1));
}

/* Mean and r of every group into save[0]; running statistics on the way. */
static void save_stats(const OpCall *c, const Work *w) {
  const Layout *l = &w->l;
  double eps = eps_of(c), mean, var;
  const bool changes = is_batch(c) && from_data(c);
  if (changes && input(c, MEAN)) tensor_touch(c->x[MEAN]);
  if (changes && input(c, VAR)) tensor_touch(c->x[VAR]);
  for (int64_t s = 0; s < l->S; s++)
    for (int64_t g = 0; g < l->G; g++) {
      if (from_data(c)) {
        group_stats(w, s, g, &mean, &var);
        if (changes) update_running(c, g, mean, var, w->rows);
      } else {
        mean = get(c->x[MEAN], g);
        var = get(c->x[VAR], g);
      }
      put(c->save[0], s * l->G + g, mean);
      put(c->save[0], (l->S + s) * l->G + g, 1 / sqrt(var + eps));
    }
}

/* Most have a channel a group: a division takes longer than all else. */
static int64_t group_of(const Layout *l, int64_t ch) { return l->wide == 1 ? ch : ch / l->wide; }
static double saved_mean(const OpCall *c, const Layout *l, int64_t s, int64_t ch) {
  return get(c->save[0], s * l->G + group_of(l, ch));
}
static double saved_r(const OpCall *c, const Layout *l, int64_t s, int64_t ch) {
  return get(c->save[0], (l->S + s) * l->G + group_of(l, ch));
}
static double gamma_at(const OpCall *c, int64_t ch) { return input(c, GAMMA) ? get(c->x[GAMMA], ch) : 1; }

static bool norm_forward(OpCall *c, Err *e) {
  if (c->y[0]->n == 0) return true;
  Tensor *x = tensor_contiguous(c->x[X], e), *given = input(c, RESIDUAL), *res = NULL;
  Work w;
  bool ok = x && (!given || (res = tensor_contiguous(given, e))) && work_make(&w, c, from_data(c), e);
  if (!ok) {
    tensor_release(x);
    tensor_release(res);
    return false;
  }
  const Layout *l = &w.l;
  w.x = x->data;
  w.y = c->y[0]->data;
  w.residual = res ? res->data : NULL;
  w.act = act_of(c);
  w.slope = slope_of(c);
  if (from_data(c)) {
    each_block(&w, stats_tile);
    join_blocks(&w);
    ok = !is_shared(c) ||
         (share_sums(&w, join, e) && (w.rows > 1 || too_few(c, ", and none in other processes", e)));
  }
  if (ok) save_stats(c, &w);
  for (int64_t s = 0; ok && s < l->S; s++)
    for (int64_t ch = 0; ch < l->C; ch++) {
      coef(&w, s, 0)[ch] = saved_mean(c, l, s, ch);
      coef(&w, s, 1)[ch] = saved_r(c, l, s, ch) * gamma_at(c, ch);
      coef(&w, s, 2)[ch] = input(c, BETA) ? get(c->x[BETA], ch) : 0;
      coef(&w, s, 3)[ch] = 0;
    }
  if (ok) round_coefs(&w, x->dtype);
  if (ok) each_block(&w, apply_tile);
  work_free(&w);
  tensor_release(x);
  tensor_release(res);
  return ok;
}

/* The sums of a sample become the coefficients of dx. */
static void grad_coefs(const OpCall *c, const Work *w, int64_t s) {
  const Layout *l = &w->l;
  const int64_t wide = l->wide;
  const bool counts = takes_part(c);
  const double *s1 = w->sum + s * 2 * l->C, *s2 = s1 + l->C;
  double n = w->rows * (double)wide;
  for (int64_t g = 0; g < l->G; g++) {
    double a = 0, b = 0, r = saved_r(c, l, s, g * wide);
    for (int64_t ch = g * wide; ch < (g + 1) * wide; ch++) {
      a += gamma_at(c, ch) * s1[ch];
      b += gamma_at(c, ch) * s2[ch];
    }
    for (int64_t ch = g * wide; ch < (g + 1) * wide; ch++) {
      coef(w, s, 1)[ch] = r * gamma_at(c, ch);
      coef(w, s, 2)[ch] = counts ? -r * r * r * b / n : 0;
      coef(w, s, 3)[ch] = counts ? -r * a / n : 0;
    }
  }
}

/* Gradients of gamma, beta and, in evaluation, of the statistics. */
static void param_grads(const OpCall *c, const Work *w, Tensor **dx, unsigned add) {
  const Layout *l = &w->l;
  for (int64_t ch = 0; ch < l->C; ch++) {
    double d[VAR + 1] = {0};
    for (int64_t s = 0; s < l->S; s++) {
      double r = saved_r(c, l, s, ch), s1 = w->sum[s * 2 * l->C + ch], s2 = w->sum[(s * 2 + 1) * l->C + ch];
      d[GAMMA] += r * s2;
      d[BETA] += s1;
      if (from_data(c)) continue;
      d[MEAN] -= r * gamma_at(c, ch) * s1;
      d[VAR] -= 0.5 * r * r * r * gamma_at(c, ch) * s2;
    }
    for (int i = GAMMA; i <= VAR && i < c->nx; i++)
      if (dx[i]) put(dx[i], ch, d[i] + (add >> i & 1 ? get(dx[i], ch) : 0));
  }
}

/* The gradient before the activation goes into a tensor of its own, or straight into the residual's. */
static Tensor *before_act(const OpCall *c, Work *w, Tensor *dy, Tensor *residual_grad, bool add, Err *e) {
  if (act_of(c) == ACT_none) return tensor_retain(dy);
  Tensor *t =
      residual_grad && !add ? tensor_retain(residual_grad) : tensor_new(dy->dtype, dy->nd, dy->shape, e);
  if (!t) return NULL;
  w->act = act_of(c);
  w->slope = slope_of(c);
  w->out = c->save[1]->data;
  w->before = t->data;
  w->conv = nn_kernels(dy->dtype)->conv;
  return t;
}

/* Gradients of x and the parameters from g, the gradient before the activation (made on the way). */
static bool data_grads(const OpCall *c, Work *w, const Tensor *g, Tensor **dx, unsigned add, Err *e) {
  const Layout *l = &w->l;
  Dtype d = c->x[X]->dtype;
  for (int64_t s = 0; s < l->S && g->n > 0; s++)
    for (int64_t ch = 0; ch < l->C; ch++) {
      coef(w, s, 0)[ch] = saved_mean(c, l, s, ch);
      for (int k = 1; k < COEFS; k++) coef(w, s, k)[ch] = 0;
    }
  round_coefs(w, d);
  each_block(w, sums_tile);
  add_blocks(w);
  param_grads(c, w, dx, add); /* of this process's rows: parameters' gradients are averaged later */
  if (is_shared(c) && !share_sums(w, add_sums, e)) return false;
  for (int64_t s = 0; s < l->S && g->n > 0; s++) grad_coefs(c, w, s);
  round_coefs(w, d);
  if (!dx[X]) return true;
  w->dy = g->data;
  w->y = dx[X]->data;
  w->add = add & 1;
  each_block(w, grad_tile);
  return true;
}

static bool norm_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *x = tensor_contiguous(c->x[X], e), *dy = x ? tensor_contiguous(dys[0], e) : NULL, *g = NULL;
  Tensor *dres = c->nx > RESIDUAL ? dx[RESIDUAL] : NULL;
  Work w;
  bool add_res = add >> RESIDUAL & 1, ok = dy && work_make(&w, c, true, e);
  if (ok && w.l.C > 0) {
    w.x = x->data;
    w.dy = dy->data;
    ok = (g = before_act(c, &w, dy, dres, add_res, e)) != NULL;
    if (ok) ok = data_grads(c, &w, g, dx, add, e);
    ok = ok && (!dres || g == dres || reduce_sum_to(dres, g, add_res, e));
    work_free(&w);
  }
  tensor_release(g);
  tensor_release(dy);
  tensor_release(x);
  return ok;
}

static double norm_flops(const OpCall *c) { return 8 * (double)c->x[X]->n; }

/* clang-format off */
#define NORM_OP(kind) \
    .saves = SAVE_X0 | SAVE_X1, .flavour = kind, \
    .shape = norm_shape, .forward = norm_forward, .backward = norm_backward, .flops = norm_flops
const Op op_batch_norm = {
    .name = "batch_norm", .where = "n",
    .eq = "y = act((x - mean) / sqrt(var + eps) gamma + beta + residual)",
    .doc = "normalises each channel over the batch (Ioffe and Szegedy 2015, arXiv:1502.03167); training "
           "updates mean and var", .in = {"x", "gamma?", "beta?", "mean?", "var?", "residual?"},
    .param = TAKES(batch_norm), NORM_OP(BATCH),
    .check = {{3, {{2, {5, 3}}, {1, {3}}, {1, {3}}}, .args = "train=true"},
              {5, {{4, {2, 3, 2, 4}}, {1, {4}}, {1, {4}}, {1, {4}}, {1, {4}}}, .lo = 0.5, .hi = 2},
              {1, {{3, {2, 3, 17}}}, .args = "train=true, eps=0.1"},
              {6, {{2, {4, 3}}, {1, {3}}, {1, {3}}, {1, {3}}, {1, {3}}, {2, {4, 3}}}, .args = "act='leaky'",
               .lo = 0.5, .hi = 2}},
    .example = "local x = tensor.randn(8, 3)\nprint(nn.batch_norm{x, tensor.ones(3), tensor.zeros(3), "
               "train=true}:mean(1))",
    .see = "layer_norm, group_norm"};
const Op op_group_norm = {
    .name = "group_norm", .where = "n", .eq = "y = (x - mean) / sqrt(var + eps) gamma + beta",
    .doc = "normalises groups of channels of each sample of x [N, ..., C] (Wu and He 2018, arXiv:1803.08494)",
    .in = {"x", "gamma?", "beta?"},
    .param = TAKES(group_norm), NORM_OP(GROUP),
    .check = {{3, {{3, {2, 5, 4}}, {1, {4}}, {1, {4}}}, .args = "groups=2"},
              {1, {{2, {3, 6}}}, .args = "groups=1, eps=0.1"}},
    .example = "print(nn.group_norm{tensor.randn(2, 3, 4), groups=2})",
    .see = "instance_norm, layer_norm"};
const Op op_instance_norm = {
    .name = "instance_norm", .where = "n", .eq = "y = (x - mean) / sqrt(var + eps) gamma + beta",
    .doc = "normalises each channel of each sample of x [N, ..., C] (Ulyanov et al. 2016, arXiv:1607.08022)",
    .in = {"x", "gamma?", "beta?"},
    .param = TAKES(instance_norm), NORM_OP(INSTANCE),
    .check = {{3, {{3, {2, 5, 4}}, {1, {4}}, {1, {4}}}}, {1, {{4, {2, 3, 2, 3}}}, .args = "eps=0.1"}},
    .example = "print(nn.instance_norm(tensor.randn(2, 3, 4)))",
    .see = "group_norm, batch_norm"};
