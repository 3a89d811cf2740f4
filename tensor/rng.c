/* rng.c: see rng.h */
#include "rng.h"

#include "kernel.h"
#include "parallel.h"

#include <math.h>

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

static void store_block(const Fill *f, int64_t first, int64_t n, const void *numbers, Dtype d) {
  Tensor *t = f->t;
  int64_t size = (int64_t)dtype_size[t->dtype];
  if (tensor_is_contiguous(t)) {
    elements_copy(n, t->data + first * size, t->dtype, 1, numbers, d, 1);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    tensor_set(t, first + i, d == F64 ? ((const double *)numbers)[i] : (double)((const float *)numbers)[i]);
}

static void fill_blocks(void *context, int64_t begin, int64_t end) {
  const Fill *f = context;
  Dtype d = f->t->dtype == F64 ? F64 : F32;
  union {
    float f32[BLOCK];
    double f64[BLOCK];
  } numbers;
  for (int64_t b = begin; b < end; b++) {
    int64_t first = b * BLOCK, n = f->t->n - first < BLOCK ? f->t->n - first : BLOCK;
    uint64_t counter = f->offset + (uint64_t)first / 4;
    (f->normal ? kernels(d)->normal : kernels(d)->uniform)(n, &numbers, f->seed, counter);
    if (f->scale != 1 || f->shift != 0)
      for (int64_t i = 0; i < n; i++) {
        if (d == F64) numbers.f64[i] = numbers.f64[i] * f->scale + f->shift;
        else numbers.f32[i] = numbers.f32[i] * (float)f->scale + (float)f->shift;
      }
    if (!f->normal && f->below == f->below)
      for (int64_t i = 0; i < n; i++) {
        if (d == F64) numbers.f64[i] = numbers.f64[i] > f->below ? f->below : numbers.f64[i];
        else numbers.f32[i] = numbers.f32[i] > (float)f->below ? (float)f->below : numbers.f32[i];
      }
    store_block(f, first, n, &numbers, d);
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

/* 48 random bits a number: two words of one counter. */
static uint64_t wide_number(const Rng *g, uint64_t counter) {
  uint32_t u[4];
  kernels(F64)->words(g->seed, counter, u);
  return (uint64_t)(u[0] >> 8) << 24 | u[1] >> 8;
}

/* floor(r span / 2^128) of the 128 bits of a counter, span 0 for 2^64. */
static uint64_t number_below(const Rng *g, uint64_t counter, uint64_t span) {
  uint32_t u[4];
  kernels(F64)->words(g->seed, counter, u);
  uint64_t high = (uint64_t)u[0] << 32 | u[1], low = (uint64_t)u[2] << 32 | u[3];
  if (!span) return high;
  unsigned __int128 carry = ((unsigned __int128)low * span) >> 64;
  return (uint64_t)(((unsigned __int128)high * span + carry) >> 64);
}

/* After ^C, looked for now and then, the rest may stay as it is. */
static bool stop_at(int64_t i) {
  enum { OFTEN = 1 << 16 };
  return i % OFTEN == 0 && interrupt_pending();
}

void rng_randint(Tensor *t, Rng *g, int64_t lo, int64_t hi) {
  uint64_t first = rng_take(g, 4 * t->n), span = (uint64_t)hi - (uint64_t)lo + 1;
  for (int64_t i = 0; i < t->n && !stop_at(i); i++) {
    uint64_t counter = first + (uint64_t)i;
    bool wide = span == 0 || span > (uint64_t)1 << 32; /* 48 bits are even enough for what is not */
    uint64_t at = wide ? number_below(g, counter, span)
                       : (uint64_t)(((unsigned __int128)wide_number(g, counter) * span) >> 48);
    tensor_set_int(t, i, (int64_t)((uint64_t)lo + at));
  }
}

void rng_randperm(Tensor *t, Rng *g) {
  uint64_t first = rng_take(g, 4 * t->n);
  int64_t *p = t->data;
  for (int64_t i = 0; i < t->n && !stop_at(i); i++) p[i] = i + 1;
  if (interrupt_pending()) return; /* to touch the rest here and there would take longest */
  for (int64_t i = t->n - 1; i > 0 && !stop_at(i); i--) {
    int64_t k = (int64_t)(((unsigned __int128)wide_number(g, first + (uint64_t)i) * (uint64_t)(i + 1)) >> 48);
    int64_t a = p[i];
    p[i] = p[k];
    p[k] = a;
  }
}
