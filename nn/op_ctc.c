/* op_ctc.c: connectionist temporal classification (Graves et al. 2006): the negative logarithm of the
 * probability that a network's T steps, blanks and repeats taken out, spell the target.
 *
 *   x [N,T,C] log probabilities, target [N,S] classes, both with lengths if shorter; states s = 0..2S, even ones blank
 *   alpha_t(s) = x_t(l_s) + log sum of alpha_(t-1) over s, s-1 and, where l_s is no blank and not l_(s-2), s-2
 *   beta_t(s)  = the same from the end, without step t;  log p = log sum_s alpha_t(s) + beta_t(s) at any t
 *   dx_t(c)    = -sum over s with l_s = c of exp(alpha_t(s) + beta_t(s) - log p)
 *
 * This is the gradient in x as it stands.  PyTorch's differs by exp(x_t(c)), which log_softmax before it takes out
 * again.  Everything runs in f64; save[0] holds alpha, save[1] log p, save[2] l, from 0. */
#include "op.h"

#include "mem.h"
#include "parallel.h"
#include "reduction.h"

#include <math.h>

enum { X, TARGET, X_LENGTHS, TARGET_LENGTHS }; /* inputs */
enum { ALPHA, LOG_P, LABELS };

PARAMS(ctc, (CHOICE, reduction, REDUCTION_mean, "what to do with the samples", REDUCTION_words),
       (INT, blank, 1, "the class that spells nothing"),
       (BOOL, zero_infinity, false, "a target that cannot be spelt in T steps counts 0"))

static int64_t length_of(const OpCall *c, int input, int64_t n, int64_t whole) {
  return c->nx > input && c->x[input] ? tensor_get_int(c->x[input], n) : whole;
}

static bool lengths_fit(OpCall *c, int input, int64_t n, int64_t most, Err *e) {
  char text[TEXT];
  const Tensor *t = c->nx > input ? c->x[input] : NULL;
  if (!t) return true;
  if (!op_want_ints(c, input, e)) return false;
  if (t->nd != 1 || t->shape[0] != n)
    return err_set(e, "ctc: lengths must be [%lld], one for each sample, got %s", (long long)n,
                   tensor_text(text, t));
  for (int64_t i = 0; !tensor_is_meta(t) && i < n; i++) {
    int64_t v = tensor_get_int(t, i);
    if (v < 0 || v > most || (input == X_LENGTHS && v == 0))
      return err_set(e, "ctc: length %lld of sample %lld outside %d..%lld", (long long)v, (long long)i + 1,
                     input == X_LENGTHS, (long long)most);
  }
  return true;
}

static bool ctc_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[X], *t = c->x[TARGET];
  char left[TEXT], right[TEXT];
  if (!op_want_float(c, X, e) || !op_want_ints(c, TARGET, e)) return false;
  if (x->nd != 3 || t->nd != 2 || x->shape[0] != t->shape[0] || x->shape[1] < 1)
    return err_set(e, "ctc: log probabilities [N,T,C] and targets [N,S] wanted, got %s and %s",
                   tensor_text(left, x), tensor_text(right, t));
  int64_t N = x->shape[0], T = x->shape[1], C = x->shape[2], S = t->shape[1];
  const int64_t blank = PARAM(ctc, c)->blank;
  if (blank < 1 || blank > C)
    return err_set(e, "ctc: blank %lld outside 1..%lld", (long long)blank, (long long)C);
  if (!lengths_fit(c, X_LENGTHS, N, T, e) || !lengths_fit(c, TARGET_LENGTHS, N, S, e)) return false;
  bool known = !tensor_is_meta(t) &&
               !(c->nx > TARGET_LENGTHS && c->x[TARGET_LENGTHS] && tensor_is_meta(c->x[TARGET_LENGTHS]));
  for (int64_t n = 0; known && n < N; n++)
    for (int64_t s = 0; s < length_of(c, TARGET_LENGTHS, n, S); s++) {
      int64_t id = tensor_get_int(t, n * S + s);
      if (id < 1 || id > C)
        return err_set(e,
                       "ctc: target %lld outside 1..%lld (labels are 1-based; data.labels{base=0} converts)",
                       (long long)id, (long long)C);
    }
  if (!op_output(c, 0, x->dtype, PARAM(ctc, c)->reduction == REDUCTION_none ? 1 : 0, &N, e)) return false;
  if (tensor_is_meta(c->y[0])) return true;
  int64_t states[] = {N, T, 2 * S + 1}, labels[] = {N, 2 * S + 1};
  return (c->save[ALPHA] = tensor_new(F64, 3, states, e)) && (c->save[LOG_P] = tensor_new(F64, 1, &N, e)) &&
         (c->save[LABELS] = tensor_new(I64, 2, labels, e));
}

/* One sample. */
typedef struct Sample {
  const OpCall *c;
  const Tensor *x; /* contiguous */
  int64_t n, T, C, S, states, width;
  int64_t *label; /* of each state, from 0 */
  double *alpha;  /* [T, width] */
} Sample;

static Sample sample_of(const OpCall *c, const Tensor *x, int64_t n) {
  Sample s = {.c = c, .x = x, .n = n, .C = x->shape[2], .width = c->save[ALPHA]->shape[2]};
  s.T = length_of(c, X_LENGTHS, n, x->shape[1]);
  s.S = length_of(c, TARGET_LENGTHS, n, (s.width - 1) / 2);
  s.states = 2 * s.S + 1;
  s.alpha = (double *)c->save[ALPHA]->data + n * x->shape[1] * s.width;
  s.label = (int64_t *)c->save[LABELS]->data + n * s.width;
  return s;
}

static void find_labels(const Sample *s) {
  for (int64_t k = 0; k < s->states; k++)
    s->label[k] =
        (k % 2 ? tensor_get_int(s->c->x[TARGET], s->n * (s->width / 2) + k / 2) : PARAM(ctc, s->c)->blank) -
        1;
}
static double log_prob(const Sample *s, int64_t t, int64_t class) {
  int64_t at = (s->n * s->x->shape[1] + t) * s->C + class;
  return tensor_real(s->x, at);
}
/* May a path step from state k - 2 to k? */
static bool may_skip(const Sample *s, int64_t k) { return k >= 2 && k % 2 && s->label[k] != s->label[k - 2]; }

static double part_of(double a, double m) { return a == -INFINITY ? 0 : exp(a - m); }
/* The greatest counts 1, whose exponential nobody need ask for. */
static double log_sum(double a, double b, double c) {
  const double m = b > a ? b : a, n = b > a ? a : b;
  if (c > m) return c + log(1 + part_of(m, c) + part_of(n, c));
  return m == -INFINITY && n == m && c == m ? m : m + log(1 + part_of(n, m) + part_of(c, m));
}

static double run_alpha(const Sample *s) {
  for (int64_t t = 0; t < s->T && !interrupt_pending(); t++) {
    double *a = s->alpha + t * s->width;
    const double *b = a - s->width;
    for (int64_t k = 0; k < s->states; k++) {
      double v = t == 0 ? (k < 2 ? 0 : -INFINITY)
                        : log_sum(b[k], k > 0 ? b[k - 1] : -INFINITY, may_skip(s, k) ? b[k - 2] : -INFINITY);
      a[k] = v + log_prob(s, t, s->label[k]);
    }
  }
  const double *last = s->alpha + (s->T - 1) * s->width;
  return log_sum(last[s->states - 1], s->states > 1 ? last[s->states - 2] : -INFINITY, -INFINITY);
}

/* beta of step t from beta of step t + 1, both [states]. */
static void step_beta(const Sample *s, int64_t t, double *to, const double *from) {
  for (int64_t k = 0; k < s->states; k++) {
    double v[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int64_t j = 0; j < 3 && k + j < s->states; j++)
      if (t == s->T - 1) v[j] = j == 0 && k >= s->states - 2 ? 0 : -INFINITY;
      else if (j < 2 || may_skip(s, k + 2)) v[j] = from[k + j] + log_prob(s, t + 1, s->label[k + j]);
    to[k] = log_sum(v[0], v[1], v[2]);
  }
}

/* --- over the samples ----------------------------------------------------------------------------------- */

typedef struct Batch {
  const OpCall *c;
  const Tensor *x, *dy;
  double *log_p, *scratch; /* scratch: [N, 2, width] */
  Tensor *dx;
} Batch;

static void forward_samples(void *context, int64_t begin, int64_t end) {
  const Batch *j = context;
  for (int64_t n = begin; n < end; n++) {
    Sample s = sample_of(j->c, j->x, n);
    find_labels(&s);
    j->log_p[n] = run_alpha(&s);
  }
}

static bool dropped(const OpCall *c, double log_p) {
  return log_p == -INFINITY && PARAM(ctc, c)->zero_infinity;
}

/* What the loss of sample n counts for in y. */
static double share(const OpCall *c, int64_t n) {
  if (PARAM(ctc, c)->reduction != REDUCTION_mean) return 1;
  int64_t S = length_of(c, TARGET_LENGTHS, n, c->x[TARGET]->shape[1]);
  return 1 / (double)(S > 1 ? S : 1) / (double)c->x[X]->shape[0];
}

static bool ctc_forward(OpCall *c, Err *e) {
  Tensor *x = tensor_contiguous(c->x[X], e);
  if (!x) return false;
  Batch j = {.c = c, .x = x, .log_p = (double *)c->save[LOG_P]->data};
  parallel_for(x->shape[0], 1, forward_samples, &j);
  double sum = 0;
  for (int64_t n = 0; n < x->shape[0]; n++) {
    double loss = dropped(c, j.log_p[n]) ? 0 : -j.log_p[n];
    if (PARAM(ctc, c)->reduction == REDUCTION_none) tensor_set(c->y[0], n, loss);
    else sum += loss * share(c, n);
  }
  if (PARAM(ctc, c)->reduction == REDUCTION_mean && x->shape[0] == 0) sum = NAN;
  if (PARAM(ctc, c)->reduction != REDUCTION_none) tensor_set(c->y[0], 0, sum);
  tensor_release(x);
  return true;
}

static void backward_samples(void *context, int64_t begin, int64_t end) {
  const Batch *j = context;
  for (int64_t n = begin; n < end; n++) {
    double g = tensor_get(j->dy, j->dy->nd ? n : 0) * share(j->c, n), log_p = j->log_p[n];
    if (dropped(j->c, log_p)) continue;
    Sample s = sample_of(j->c, j->x, n);
    double *beta[2] = {j->scratch + 2 * n * s.width, j->scratch + (2 * n + 1) * s.width};
    for (int64_t t = s.T - 1; t >= 0 && !interrupt_pending(); t--) {
      step_beta(&s, t, beta[t & 1], beta[~t & 1]);
      int64_t row = (n * j->x->shape[1] + t) * s.C;
      for (int64_t k = 0; k < s.states; k++)
        tensor_add_real(j->dx, row + s.label[k], -g * exp(s.alpha[t * s.width + k] + beta[t & 1][k] - log_p));
    }
  }
}

static bool ctc_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  if (!dx[X]) return true;
  Tensor *x = tensor_contiguous(c->x[X], e);
  if (!x) return false;
  size_t bytes = (size_t)(2 * x->shape[0] * c->save[ALPHA]->shape[2] + 1) * sizeof(double);
  Batch j = {
      .c = c, .x = x, .dy = dy[0], .dx = dx[X], .log_p = c->save[LOG_P]->data, .scratch = mem_alloc(bytes)};
  if (j.scratch) {
    if (!(add & 1)) tensor_fill(dx[X], 0);
    parallel_for(x->shape[0], 1, backward_samples, &j);
  }
  tensor_release(x);
  mem_free(j.scratch, bytes);
  return j.scratch || err_set(e, "ctc: out of memory");
}

/* clang-format off */
const Op op_ctc = {
    .name = "ctc", .where = "n", .eq = "y = mean of -log p(target | x) / length of target",
    .doc = "loss of sequences without alignment: log probabilities x [N,T,C], targets [N,S] (Graves et al. "
           "2006)",
    .in = {"x", "ids#", "lengths#?", "target_lengths#?"},
    .param = TAKES(ctc),
    .saves = SAVE_X0 | SAVE_X1 | SAVE_X2 | SAVE_X3,
    .shape = ctc_shape, .forward = ctc_forward, .backward = ctc_backward,
    .check = {{2, {{3, {2, 5, 3}}, {2, {2, 2}}}, .args = "blank=3", .lo = -2, .hi = 0},
              {2, {{3, {2, 4, 2}}, {2, {2, 1}}}, .args = "reduction=\"none\", blank=2", .lo = -2, .hi = 0},
              {4, {{3, {2, 4, 3}}, {2, {2, 2}}, {1, {2}}, {1, {2}}},
               .args = "reduction=\"sum\", zero_infinity=true, blank=3", .lo = -2, .hi = 0},
              {2, {{3, {1, 3, 2}}, {2, {1, 0}}}, .lo = -2, .hi = 0}},
    .example = "print(nn.ctc{tensor.randn(1, 6, 4):log_softmax(), tensor({{2, 3}}, {dtype=\"i64\"})})",
    .see = "cross_entropy, nll"};
