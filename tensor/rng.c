/* rng.c: see rng.h */
#include "rng.h"

#include "kernel.h"
#include "parallel.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024 }; /* a multiple of 4, so that blocks begin at whole counters */

uint64_t rng_take(Rng *g, int64_t n) {
  uint64_t at = g->offset;
  g->offset += (uint64_t)(n + 3) / 4;
  return at;
}

typedef struct Fill {
  Tensor *t;
  bool normal;
  uint64_t seed, offset;
  double shift, scale,
      below; /* uniform: the greatest number under hi, since u * scale + shift may round up to hi */
} Fill;

/* Where numbers of d may be made: in their place, or NULL. */
static void *place_of(Tensor *t, int64_t first, Dtype d) {
  return t->dtype == d && tensor_is_contiguous(t) ? t->data + (size_t)first * dtype_size[d] : NULL;
}

static void store_block(Tensor *t, int64_t first, int64_t n, const void *numbers, Dtype d) {
  int64_t size = (int64_t)dtype_size[t->dtype];
  if (tensor_is_contiguous(t)) {
    elements_copy(n, t->data + first * size, t->dtype, 1, numbers, d, 1);
    return;
  }
  for (int64_t i = 0; i < n; i++) {
    if (d == I64) tensor_set_int(t, first + i, ((const int64_t *)numbers)[i]);
    else
      tensor_set(t, first + i, d == F64 ? ((const double *)numbers)[i] : (double)((const float *)numbers)[i]);
  }
}

/* u * scale + shift, at most `below` if that is a number. */
#define MOVE(T)                                                                                              \
  static void move_##T(int64_t n, T *x, const Fill *f) {                                                     \
    const T scale = (T)f->scale, shift = (T)f->shift, below = (T)f->below;                                   \
    if (scale != 1 || shift != 0)                                                                            \
      for (int64_t i = 0; i < n; i++) x[i] = x[i] * scale + shift;                                           \
    if (!f->normal && below == below)                                                                        \
      for (int64_t i = 0; i < n; i++) x[i] = x[i] > below ? below : x[i];                                    \
  }
MOVE(float)
MOVE(double)

static void fill_blocks(void *context, int64_t begin, int64_t end) {
  const Fill *f = context;
  Dtype d = f->t->dtype == F64 ? F64 : F32;
  double buffer[BLOCK];
  for (int64_t b = begin; b < end; b++) {
    int64_t first = b * BLOCK, n = f->t->n - first < BLOCK ? f->t->n - first : BLOCK;
    uint64_t counter = f->offset + (uint64_t)first / 4;
    void *here = place_of(f->t, first, d), *numbers = here ? here : buffer;
    (f->normal ? kernels(d)->normal : kernels(d)->uniform)(n, numbers, f->seed, counter);
    if (d == F64) move_double(n, numbers, f);
    else move_float(n, numbers, f);
    if (!here) store_block(f->t, first, n, numbers, d);
  }
}

static void fill(Tensor *t, Rng *g, bool normal, double shift, double scale, double below) {
  Fill f = {t, normal, g->seed, rng_take(g, t->n), shift, scale, below};
  parallel_for((t->n + BLOCK - 1) / BLOCK, 16, fill_blocks, &f);
}

void rng_uniform(Tensor *t, Rng *g, double lo, double hi) {
  double below = t->dtype == F64 ? nextafter(hi, lo) : (double)nextafterf((float)hi, (float)lo);
  fill(t, g, false, lo, hi - lo, lo < hi && (lo != 0 || hi != 1) ? below : NAN);
}
void rng_normal(Tensor *t, Rng *g, double mean, double std) { fill(t, g, true, mean, std, NAN); }

/* floor(r span / 2^128) of the 128 bits of a counter, span 0 for 2^64. */
static uint64_t number_below(const Rng *g, uint64_t counter, uint64_t span) {
  uint32_t u[4];
  kernels(F64)->words(g->seed, counter, u);
  uint64_t high = (uint64_t)u[0] << 32 | u[1], low = (uint64_t)u[2] << 32 | u[3];
  if (!span) return high;
  unsigned __int128 carry = ((unsigned __int128)low * span) >> 64;
  return (uint64_t)(((unsigned __int128)high * span + carry) >> 64);
}

typedef struct Whole {
  Tensor *t;
  const Rng *g;
  uint64_t first, lo, span; /* the first counter; span numbers from lo on, 0 for 2^64 */
} Whole;

/* A number takes a counter: 48 bits, even enough for a span of 32; for wider ones all 128. */
static void whole_blocks(void *context, int64_t begin, int64_t end) {
  const Whole *w = context;
  int64_t buffer[BLOCK];
  for (int64_t b = begin; b < end; b++) {
    const int64_t at = b * BLOCK, n = w->t->n - at < BLOCK ? w->t->n - at : BLOCK;
    const uint64_t counter = w->first + (uint64_t)at;
    int64_t *here = place_of(w->t, at, I64), *y = here ? here : buffer;
    if (w->span == 0 || w->span > (uint64_t)1 << 32) {
      for (int64_t i = 0; i < n; i++)
        y[i] = (int64_t)(w->lo + number_below(w->g, counter + (uint64_t)i, w->span));
    } else {
      kernels(F32)->below(n, y, w->lo, w->span, w->g->seed, counter);
    }
    if (!here) store_block(w->t, at, n, y, I64);
  }
}

void rng_randint(Tensor *t, Rng *g, int64_t lo, int64_t hi) {
  Whole w = {t, g, rng_take(g, 4 * t->n), (uint64_t)lo, (uint64_t)hi - (uint64_t)lo + 1};
  parallel_for((t->n + BLOCK - 1) / BLOCK, 16, whole_blocks, &w);
}

/* Element i changes places with one before it or with itself, from the last on.  Whose places come a block ahead, so
 * that they are on their way to the cache. */
#define SHUFFLE(T)                                                                                           \
  static void shuffle_##T(T *p, int64_t n, const Rng *g, uint64_t first) {                                   \
    uint64_t to[BLOCK];                                                                                      \
    for (int64_t i = 0; i < n; i++) p[i] = (T)(i + 1);                                                       \
    for (int64_t end = n; end > 1 && !interrupt_pending();) {                                                \
      const int64_t at = end > BLOCK ? end - BLOCK : 0, m = end - at;                                        \
      kernels(F32)->wide(m, to, g->seed, first + (uint64_t)at);                                              \
      for (int64_t k = 0; k < m; k++) {                                                                      \
        to[k] = (uint64_t)(((unsigned __int128)to[k] * (uint64_t)(at + k + 1)) >> 48);                       \
        __builtin_prefetch(&p[to[k]], 1);                                                                    \
      }                                                                                                      \
      for (int64_t k = m - 1; k >= 0; k--) {                                                                 \
        const T a = p[at + k];                                                                               \
        p[at + k] = p[to[k]];                                                                                \
        p[to[k]] = a;                                                                                        \
      }                                                                                                      \
      end = at;                                                                                              \
    }                                                                                                        \
  }
SHUFFLE(int32_t)
SHUFFLE(int64_t)

/* Half as wide while they are shuffled, in the upper half of the same bytes, they miss the cache half as often. */
void rng_randperm(Tensor *t, Rng *g) {
  const uint64_t first = rng_take(g, 4 * t->n);
  int64_t *p = t->data;
  if (t->n > INT32_MAX) {
    shuffle_int64_t(p, t->n, g, first);
    return;
  }
  int32_t *half = (int32_t *)t->data + t->n;
  shuffle_int32_t(half, t->n, g, first);
  for (int64_t i = 0; i < t->n; i++) {
    int32_t v;
    memcpy(&v, &half[i], sizeof v); /* place i of p lies at or before it */
    memcpy(&p[i], &(int64_t){v}, sizeof *p);
  }
}
