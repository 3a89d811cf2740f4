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

#include <math.h>

PARAMS(multinomial, (INT, n, OP_REQUIRED, "how many"),
       (BOOL, replacement, false, "one may come more than once"), (DRAW, seed, 0, NULL),
       (DRAW, offset, 0, NULL))

static int64_t row_size(const Tensor *x) { return x->shape[x->nd - 1]; }

static bool row_is_fair(OpCall *c, int64_t row, Err *e) {
  const Tensor *x = c->x[0];
  const struct multinomial_params *p = PARAM(multinomial, c);
  int64_t n = row_size(x), some = 0;
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    double w = tensor_get(x, row * n + i);
    if (!(w >= 0 && w < INFINITY))
      return err_set(e, "multinomial: weight %g; weights must be finite and not negative", w);
    some += w > 0;
    sum += w;
  }
  if (p->n > 0 && (some == 0 || !(sum < INFINITY)))
    return err_set(e, "multinomial: the weights sum to %g; nothing can be drawn", sum);
  if (!p->replacement && p->n > some)
    return err_set(e, "multinomial: %lld without replacement, but only %lld weights are not 0",
                   (long long)p->n, (long long)some);
  return true;
}

static bool multinomial_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  if (!op_want_float(c, 0, e)) return false;
  if (x->nd < 1 || x->nd > 2)
    return err_set(e, "multinomial: weights must be one row or rows, got %s", tensor_text(text, x));
  const int64_t count = PARAM(multinomial, c)->n;
  if (count < 0) return err_set(e, "multinomial: n must not be negative");
  int64_t shape[2] = {x->shape[0], count}, rows = x->nd == 2 ? x->shape[0] : 1;
  if (x->nd == 1) shape[0] = shape[1];
  for (int64_t r = 0; r < rows && !tensor_is_meta(x); r++)
    if (!row_is_fair(c, r, e)) return false;
  return op_output(c, 0, I64, x->nd, shape, e) != NULL;
}

enum { DRAWS = 256 };

/* `n` uniform numbers, number `first` on (a multiple of 2), in (0, 1). */
static void draw(double *u, uint64_t key, int64_t first, int64_t n) {
  float half[2 * DRAWS];
  kernels(F32)->uniform(2 * n, half, key, (uint64_t)first / 2);
  for (int64_t i = 0; i < n; i++) u[i] = (double)half[2 * i] + ((double)half[2 * i + 1] + 0x1p-25) * 0x1p-24;
}

static void with_replacement(int64_t *y, int64_t count, double *sum, const double *w, int64_t n, uint64_t key,
                             int64_t first) {
  double total = 0, u[DRAWS];
  int64_t last = 0;
  for (int64_t i = 0; i < n; i++) {
    sum[i] = total += w[i];
    if (w[i] > 0) last = i;
  }
  for (int64_t k = 0; k < count && !interrupt_pending(); k += DRAWS) {
    int64_t m = count - k < DRAWS ? count - k : DRAWS;
    draw(u, key, first + k, m);
    for (int64_t i = 0; i < m; i++) { /* the first whose running sum is above */
      int64_t lo = 0, hi = last;
      while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (sum[mid] > u[i] * total) hi = mid;
        else lo = mid + 1;
      }
      y[k + i] = lo + 1;
    }
  }
}

static void without_replacement(int64_t *y, int64_t count, double *wait, const double *w, int64_t n,
                                uint64_t key, int64_t first, Entry *row) {
  double u[DRAWS];
  for (int64_t k = 0; k < n && !interrupt_pending(); k += DRAWS) {
    int64_t m = n - k < DRAWS ? n - k : DRAWS;
    draw(u, key, first + k, m);
    for (int64_t i = 0; i < m; i++) wait[k + i] = w[k + i] > 0 ? -log(u[i]) / w[k + i] : INFINITY;
  }
  order_entries(row, wait, F64, n, false);
  order_sort(row, row + n, n);
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
  int64_t count = p->n, n = row_size(c->x[0]), rows = n ? c->x[0]->n / n : 0;
  int64_t words = 6 * n, numbers = count > n ? count : n;
  Tensor *w = tensor_cast(c->x[0], F64, e), *flat = w ? tensor_contiguous(w, e) : NULL;
  Tensor *scratch = flat ? tensor_new(F64, 1, &words, e) : NULL;
  uint64_t key = mixed(p->seed, p->offset);
  for (int64_t r = 0; scratch && r < rows && !interrupt_pending(); r++) {
    int64_t *y = (int64_t *)c->y[0]->data + r * count, first = r * (numbers + numbers % 2);
    const double *row = (const double *)flat->data + r * n;
    double *work = scratch->data;
    if (p->replacement) with_replacement(y, count, work, row, n, key, first);
    else without_replacement(y, count, work, row, n, key, first, (Entry *)(void *)(work + n));
  }
  bool ok = scratch != NULL;
  tensor_release(w);
  tensor_release(flat);
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
