/* op_sample.c: multinomial: indices drawn with the probabilities that weights give.
 *
 * With replacement: the place of u in the running sum of the weights.  Without: the n least of -log(u_i) / w_i
 * (Efraimidis and Spirakis 2006), which is drawing one after another.  Numbers come from a key made of
 * seed and offset, 48 bits each, so that any count of draws leaves the generator where one call leaves it. */
#include "kernel.h"
#include "op.h"
#include "order.h"
#include "parallel.h"
#include "pointwise.h"
#include "reduce_kernel.h"

#include <math.h>

PARAMS(multinomial, (INT, n, OP_REQUIRED, "how many"),
       (BOOL, replacement, false, "one may come more than once"), (DRAW, seed, 0, NULL),
       (DRAW, offset, 0, NULL))

static int64_t row_size(const Tensor *x) { return x->shape[x->nd - 1]; }

static bool multinomial_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (!op_want_float(c, 0, e)) return false;
  if (x->nd < 1 || x->nd > 2)
    return err_set(e, "multinomial: weights must be one row or rows, got %s", tensor_text(text, x));
  const int64_t count = PARAM(multinomial, c)->n;
  if (count < 0) return err_set(e, "multinomial: n must not be negative");
  int64_t shape[2] = {x->shape[0], count};
  if (x->nd == 1) shape[0] = shape[1];
  return op_output(c, 0, I64, x->nd, shape, e) != NULL;
}

enum { DRAWS = 256 };

/* Uniform numbers in (0, 1), each of two halves of 24 bits, of which those from `first` on are at hand. */
typedef struct Draws {
  uint64_t key;
  int64_t first, n;
  float half[2 * DRAWS];
} Draws;

/* `n` of them, number `first` on (a multiple of 2); `more`, a multiple of 2 too, are made if they are not at hand. */
static const float *draw(Draws *d, int64_t first, int64_t n, int64_t more) {
  if (first >= d->first && first + n <= d->first + d->n) return d->half + 2 * (first - d->first);
  d->first = first;
  d->n = more > n ? more : n;
  kernels(F32)->uniform(2 * d->n, d->half, d->key, (uint64_t)first / 2);
  return d->half;
}
static double number(const float *half) { return (double)half[0] + ((double)half[1] + 0x1p-25) * 0x1p-24; }

/* Are all weights finite and not negative?  NaN is both least and greatest. */
static bool all_fair(const Tensor *x) {
  double least, most;
  const ReduceKernels *k = kernels(x->dtype)->reduce;
  if (x->n == 0) return true;
  k->rows[R_MIN](1, x->n, x->n, 1, &least, x->data);
  k->rows[R_MAX](1, x->n, x->n, 1, &most, x->data);
  return least >= 0 && most < INFINITY;
}

/* A row's weights, which may be anything unless all are `fair`, are what one can draw from. */
static bool row_is_fair(const OpCall *c, const double *w, int64_t n, double sum, bool fair, Err *e) {
  const struct multinomial_params *p = PARAM(multinomial, c);
  for (int64_t i = 0; !fair && i < n; i++)
    if (!(w[i] >= 0 && w[i] < INFINITY))
      return err_set(e, "multinomial: weight %g; weights must be finite and not negative", w[i]);
  if (p->n > 0 && !(sum > 0 && sum < INFINITY))
    return err_set(e, "multinomial: the weights sum to %g; nothing can be drawn", sum);
  const int64_t some = p->replacement ? n : element_kernels(F64)->row[E_COUNT](n, w);
  if (!p->replacement && p->n > some)
    return err_set(e, "multinomial: %lld without replacement, but only %lld weights are not 0",
                   (long long)p->n, (long long)some);
  return true;
}

/* sum[i] = w[0] + ... + w[i], never less than the one before; the last of them.  Parts beside each other, as none waits for
 * the others. */
static double running(double *sum, const double *w, int64_t n) {
  enum { PARTS = 4 };
  const int64_t part = n / PARTS;
  double r[PARTS] = {0};
  for (int64_t i = 0; i < part; i++)
    for (int p = 0; p < PARTS; p++) sum[p * part + i] = r[p] += w[p * part + i];
  double total = r[0];
  for (int64_t p = 1; p < PARTS; total += r[p++])
    for (int64_t i = p * part; i < (p + 1) * part; i++) sum[i] += total;
  for (int64_t i = PARTS * part; i < n; i++) sum[i] = total += w[i];
  return total;
}

/* The first of n + 1 places whose running sum is above v, or the last; of few by counting, without branches. */
static int64_t place_of(const double *sum, int64_t n, double v) {
  enum { FEW = 64 };
  int64_t lo = 0, hi = n;
  if (n <= FEW) {
    for (int64_t i = 0; i < n; i++) lo += sum[i] <= v;
    return lo;
  }
  while (lo < hi) {
    const int64_t mid = lo + (hi - lo) / 2;
    if (sum[mid] > v) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}

/* Of short rows few are drawn from, so numbers for several rows are made at once. */
static void with_replacement(int64_t *y, int64_t count, const double *sum, double total, const double *w,
                             int64_t n, Draws *d, int64_t first) {
  enum { SHORT = 32 };
  int64_t last = n - 1;
  while (last > 0 && w[last] == 0) last--;
  for (int64_t k = 0; k < count && !interrupt_pending(); k += DRAWS) {
    const int64_t m = count - k < DRAWS ? count - k : DRAWS;
    const float *u = draw(d, first + k, m, n < SHORT ? DRAWS : 0);
    for (int64_t i = 0; i < m; i++) y[k + i] = place_of(sum, last, number(u + 2 * i) * total) + 1;
  }
}

static void without_replacement(int64_t *y, int64_t count, double *wait, const double *w, int64_t n, Draws *d,
                                int64_t first, Entry *row) {
  double u[DRAWS];
  const void *from = u;
  for (int64_t k = 0; k < n && !interrupt_pending(); k += DRAWS) {
    int64_t m = n - k < DRAWS ? n - k : DRAWS;
    const float *half = draw(d, first + k, m, 0);
    for (int64_t i = 0; i < m; i++) u[i] = number(half + 2 * i);
    kernels(F64)->map[M_log](m, wait + k, &from, 0, NULL, false);
    for (int64_t i = k; i < k + m; i++) wait[i] = w[i] > 0 ? -wait[i] / w[i] : INFINITY;
  }
  order_first(row, row + n, wait, F64, n, count, false);
  for (int64_t i = 0; i < count; i++) y[i] = row[i].at + 1;
}

static uint64_t mixed(uint64_t seed, uint64_t offset) { /* splitmix64's finish */
  uint64_t z = seed * 0x9E3779B97F4A7C15u + offset + 0x632BE59BD9B4E019u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

static bool multinomial_forward(OpCall *c, Err *e) {
  const struct multinomial_params *p = PARAM(multinomial, c);
  int64_t count = p->n, n = row_size(c->x[0]), rows = c->x[0]->nd == 2 ? c->x[0]->shape[0] : 1;
  int64_t words = p->replacement ? n : 6 * n, numbers = count > n ? count : n;
  Tensor *x = tensor_contiguous(c->x[0], e), *w = x ? tensor_cast(x, F64, e) : NULL;
  Tensor *scratch = w ? tensor_new(F64, 1, &words, e) : NULL;
  Draws d = {.key = mixed(p->seed, p->offset)};
  bool ok = scratch != NULL;
  const bool fair = ok && all_fair(x);
  for (int64_t r = 0; ok && r < rows && !interrupt_pending(); r++) {
    int64_t *y = (int64_t *)c->y[0]->data + r * count, first = r * (numbers + numbers % 2);
    const double *row = (const double *)w->data + r * n;
    double *work = scratch->data;
    const double sum = running(work, row, n);
    ok = row_is_fair(c, row, n, sum, fair, e);
    if (ok && p->replacement) with_replacement(y, count, work, sum, row, n, &d, first);
    else if (ok) without_replacement(y, count, work, row, n, &d, first, (Entry *)(void *)(work + n));
  }
  tensor_release(x);
  tensor_release(w);
  tensor_release(scratch);
  return ok;
}

/* clang-format off */
const Op op_multinomial = {
    .name = "multinomial", .where = "tm", .eq = "y = n indices, i with probability x[i] / sum of x",
    .doc = "draws indices (from 1) by weight, for each row; {rng=g} takes a generator of its own",
    .in = {"x"},
    .param = TAKES(multinomial),
    .flags = OP_RANDOM | OP_NO_GRAD,
    .shape = multinomial_shape, .forward = multinomial_forward,
    .example = "print(tensor{0.1, 0, 0.9}:multinomial(5, true))",
    .see = "randint, randperm"};
