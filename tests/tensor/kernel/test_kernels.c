/* test_kernels.c: every copy of the kernels that this processor runs against the plain one, elementwise, and random
 * numbers against Random123's known answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "numbers.h"
#include "tensor.h"

#include <stdlib.h>

extern const Kernels kernels_f32_base, kernels_f64_base;
extern const Kernels kernels_f32_v3 __attribute__((weak)), kernels_f64_v3 __attribute__((weak));
extern const Kernels kernels_f32_v4 __attribute__((weak)), kernels_f64_v4 __attribute__((weak));

static const Kernels *copy(Dtype d, int c) { /* 0: the plain one */
  const Kernels *const narrow[] = {&kernels_f32_base, &kernels_f32_v3, &kernels_f32_v4};
  const Kernels *const wide[] = {&kernels_f64_base, &kernels_f64_v3, &kernels_f64_v4};
  return d == F64 ? wide[c] : narrow[c];
}

/* Where every function of the table is defined, or gives NaN in every copy. */
static void fill_inside(Dtype d, Numbers *x, int seed) { fill(d, x, seed, 0.6, 0.95); }

static void same(Dtype d, const char *what, int n, const Numbers *a, const Numbers *b) {
  const double tol = d == F64 ? 1e-12 : 3e-6;
  for (int i = 0; i < NUMBERS; i++) {
    const double u = number(d, a, i), v = number(d, b, i);
    if ((isnan(u) && isnan(v)) || u == v || fabs(u - v) <= tol * (1 + fabs(v))) continue;
    fail_msg("%s of %d numbers, element %d: %.17g, the plain copy gives %.17g", what, n, i, u, v);
  }
}

/* All rows, all lengths around a vector's: nothing is written beyond n; a scalar input; adding. */
static void maps_agree(Dtype d) {
  static const int lengths[] = {1, 3, 4, 7, 8, 15, 16, 17, 33, 64, 67};
  const double p[8] = {0.7, 0.9, 0.7, 0.9, 0.7, 0.9, 0.7, 0.9};
  Numbers x[MAP_INPUTS], y, z;
  for (int i = 0; i < MAP_INPUTS; i++) fill_inside(d, &x[i], i);
  const void *in[] = {&x[0], &x[1], &x[2]};
  for (int c = 1; c < copies_here(); c++)
    for (int m = 0; m < M_COUNT; m++)
      for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (unsigned how = 0; how < 4; how++) {
          const unsigned scalar = map_rows[m].inputs == 2 ? how & 1 : 0;
          fill_inside(d, &y, 9);
          z = y;
          copy(d, c)->map[m](lengths[l], &y, in, scalar, p, how & 2);
          copy(d, 0)->map[m](lengths[l], &z, in, scalar, p, how & 2);
          same(d, map_rows[m].name, lengths[l], &y, &z);
        }
}
static void maps_f32(void **state) { (void)state, maps_agree(F32); }
static void maps_f64(void **state) { (void)state, maps_agree(F64); }

/* Past the caches go the same bits to the same places, of kernels and of their gradients. */
static void past_is_the_same(void **state) {
  (void)state;
  static const int lengths[] = {1, 4, 8, 15, 16, 17, 33, 64, 67};
  static const Dtype dtypes[] = {F32, F64};
  const double p[8] = {0.7, 0.9, 0.7, 0.9, 0.7, 0.9, 0.7, 0.9};
  _Alignas(64) Numbers y, z;
  Numbers x[MAP_INPUTS + 1];
  const void *in[] = {&x[0], &x[1], &x[2], &x[3]};
  for (int k = 0; k < 2; k++)
    for (int c = 0; c < copies_here(); c++)
      for (int m = 0; m < M_COUNT; m++)
        for (int i = -1; i < map_rows[m].inputs; i++)
          for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (unsigned scalar = 0; scalar < (i < 0 && map_rows[m].inputs == 2 ? 4 : 1); scalar++) {
              const Dtype d = dtypes[k];
              const PointwiseFn fn = i < 0 ? copy(d, c)->map[m] : copy(d, c)->grad[m][i];
              if (!fn) continue;
              for (int a = 0; a <= MAP_INPUTS; a++) fill_inside(d, &x[a], a);
              fill_inside(d, &y, 9);
              z = y;
              fn(lengths[l], &y, in, scalar, p, false);
              fn(lengths[l], &z, in, scalar | POINTWISE_PAST, p, false);
              copy(F32, c)->streamed();
              if (memcmp(&y, &z, sizeof y) != 0)
                fail_msg("%s of %d numbers, copy %d, input %d", map_rows[m].name, lengths[l], c, i);
            }
}

/* The plain copy against libm, so that the agreement is with what is right. */
static void plain_is_right(void **state) {
  (void)state;
  Numbers x[2], y;
  const void *in[] = {&x[0], &x[1], NULL};
  const double none[1] = {0};
  fill_inside(F64, &x[0], 0);
  fill_inside(F64, &x[1], 1);
#define IS(kernel, value)                                                                                    \
  copy(F64, 0)->map[M_##kernel](NUMBERS, &y, in, 0, none, false);                                            \
  for (int i = 0; i < NUMBERS; i++) {                                                                        \
    const double a = x[0].f64[i], b = x[1].f64[i];                                                           \
    (void)b;                                                                                                 \
    if (fabs(y.f64[i] - (value)) > 1e-14 * (1 + fabs(value))) fail_msg(#kernel " of %.17g", a);              \
  }
  IS(exp, exp(a))
  IS(log, log(a))
  IS(tanh, tanh(a))
  IS(sigmoid, 1 / (1 + exp(-a)))
  IS(sin, sin(a))
  IS(add, a + b)
  IS(div, a / b)
  IS(pow, pow(a, b))
#undef IS
}

/* Philox4x32-10 by its definition, which gives the answer of Random123's kat_vectors for counter 0 under key 0. */
static void defined_words(uint64_t seed, uint64_t counter, uint32_t w[4]) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  w[0] = (uint32_t)counter, w[1] = (uint32_t)(counter >> 32), w[2] = w[3] = 0;
  for (int r = 0; r < 10; r++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const uint64_t p = w[0] * (uint64_t)0xD2511F53u, q = w[2] * (uint64_t)0xCD9E8D57u;
    const uint32_t next[4] = {(uint32_t)(q >> 32) ^ w[1] ^ k0, (uint32_t)q, (uint32_t)(p >> 32) ^ w[3] ^ k1,
                              (uint32_t)p};
    memcpy(w, next, sizeof next);
  }
}
static void known_words(void **state) {
  (void)state;
  static const uint32_t zero[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  uint32_t y[4];
  defined_words(0, 0, y);
  assert_memory_equal(y, zero, sizeof zero);
  for (int c = 0; c < copies_here(); c++)
    for (uint64_t counter = 0; counter < (uint64_t)3 << 33; counter += ((uint64_t)1 << 31) - 1) {
      uint32_t want[4];
      defined_words(99, counter, want);
      copy(F32, c)->words(99, counter, y);
      assert_memory_equal(y, want, sizeof want);
    }
}

static void random_agrees(void **state) {
  (void)state;
  const Dtype dtypes[] = {F32, F64};
  for (int k = 0; k < 2; k++) {
    const Dtype d = dtypes[k];
    for (int c = 1; c < copies_here(); c++)
      for (int n = 1; n <= NUMBERS; n += 3) {
        Numbers y, z;
        fill_inside(d, &y, 0);
        z = y;
        copy(d, c)->uniform(n, &y, 77, 1000003);
        copy(d, 0)->uniform(n, &z, 77, 1000003);
        assert_memory_equal(&y, &z, sizeof y); /* the same bits */
        for (int i = 0; i < n; i++) assert_true(number(d, &y, i) >= 0 && number(d, &y, i) < 1);
        copy(d, c)->normal(n, &y, 77, 5);
        copy(d, 0)->normal(n, &z, 77, 5);
        same(d, "normal", n, &y, &z);
        uint32_t a[4], b[4];
        copy(d, c)->words(0x123456789abcdefu, (uint64_t)n << 33, a);
        copy(d, 0)->words(0x123456789abcdefu, (uint64_t)n << 33, b);
        assert_memory_equal(a, b, sizeof a);
      }
  }
}

/* Decision i is of 32 bits: half (bit 32 (w / 2) + 4 l + 2 (w % 2) + h) of counter l of its word, then the same half of
 * what the plane of seconds has, which a threshold of that half alone shows. */
static void decisions_agree(void **state) {
  (void)state;
  enum { N = 64 * 37 };
  const double shares[] = {0, 1e-9, 0.1, 0.3, 0.5, 1 - 0x1p-20, 1 - 1e-12, 1};
  uint64_t plain[N / 64 + 1], other[N / 64 + 1];
  for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
    copy(F32, 0)->keeps(N, plain, 77, UINT32_MAX - 100u, shares[s]);
    for (int i = 0; i < N; i++) {
      const int w = i % 64 / 32 * 2 + i % 4 / 2;
      uint32_t y[4];
      copy(F32, 0)->words(77, UINT32_MAX - 100u + (uint64_t)(i / 64 * KEEP_COUNTERS + i % 32 / 4), y);
      const uint32_t half = y[w] >> 16 * (i & 1) & 0xffff, limit = (uint32_t)(shares[s] * 0x1p16);
      if (half != limit) assert_int_equal(plain[i / 64] >> i % 64 & 1, half > limit);
    }
    for (int k = 0; k < 2; k++)
      for (int c = 0; c < copies_here(); c++)
        for (int n = 1; n <= N; n += 61) {
          other[(n + 63) / 64] = 4711;
          copy(k ? F64 : F32, c)->keeps(n, other, 77, UINT32_MAX - 100u, shares[s]);
          assert_memory_equal(plain, other, (size_t)((n + 63) / 64) * sizeof *other);
          assert_true(other[(n + 63) / 64] == 4711);
        }
  }
}

/* How many are kept, also for shares that 16 bits do not tell apart. */
static void decisions_are_fair(void **state) {
  (void)state;
  enum { N = 1 << 22 };
  uint64_t *kept = malloc(N / 8);
  const double shares[] = {0.1, 0.5, 0.9, 3e-6, 1.2e-5, 1 - 7e-6};
  for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
    const double p = shares[s];
    int64_t dropped = 0, at[64] = {0};
    copy(F32, copies_here() - 1)->keeps(N, kept, 3, 5, p);
    for (int i = 0; i < N; i++) {
      const bool drop = !(kept[i / 64] >> i % 64 & 1);
      dropped += drop;
      at[i % 64] += drop;
    }
    assert_true(fabs((double)dropped - N * p) < 5 * sqrt(N * p * (1 - p)));
    for (int b = 0; b < 64; b++)
      assert_true(fabs((double)at[b] - N / 64. * p) < 1 + 6 * sqrt(N / 64. * p * (1 - p)));
  }
  free(kept);
}

/* The counter's second word changes within a group of counters, or stays; n is any. */
static void wide_numbers(void **state) {
  (void)state;
  enum { MOST = 70 };
  const uint64_t seed = 0x123456789abcdefu, ends[] = {0, (uint64_t)1 << 32, (uint64_t)7 << 32, 0 /* 2^64 */};
  const uint64_t spans[] = {1, 2, 1000003, UINT32_MAX, (uint64_t)1 << 32};
  for (int c = 0; c < copies_here(); c++)
    for (int e = 0; e < 4; e++)
      for (uint64_t before = 0; before < 36; before += 5)
        for (int n = 1; n <= MOST; n += 3) {
          const uint64_t at = ends[e] - before;
          uint64_t u[MOST + 1];
          u[n] = 77;
          copy(F32, c)->wide(n, u, seed, at);
          for (int i = 0; i < n; i++) {
            uint32_t w[4];
            defined_words(seed, at + (uint64_t)i, w);
            assert_int_equal(u[i], (uint64_t)(w[0] >> 8) << 24 | w[1] >> 8);
          }
          assert_int_equal(u[n], 77);
          for (size_t s = 0; s < sizeof spans / sizeof *spans; s++) {
            int64_t y[MOST + 1];
            y[n] = 77;
            copy(F32, c)->below(n, y, (uint64_t)-3, spans[s], seed, at);
            for (int i = 0; i < n; i++)
              assert_int_equal(y[i], -3 + (int64_t)(((unsigned __int128)u[i] * spans[s]) >> 48));
            assert_int_equal(y[n], 77);
          }
        }
}

/* Any dtype at a stride, there and back. */
static void strides(void **state) {
  (void)state;
  int32_t ints[2 * NUMBERS], back[2 * NUMBERS];
  for (int i = 0; i < 2 * NUMBERS; i++) ints[i] = 3 * i - 100, back[i] = -1;
  for (int c = 0; c < copies_here(); c++) {
    Numbers y;
    copy(F64, c)->load(NUMBERS, &y, ints, I32, 2);
    for (int i = 0; i < NUMBERS; i++) assert_true(y.f64[i] == ints[2 * i]);
    copy(F64, c)->store(NUMBERS, back, I32, 2, &y);
    for (int i = 0; i < 2 * NUMBERS; i++) assert_int_equal(back[i], i % 2 ? -1 : ints[i]);
  }
}

/* Any number of bytes between any places: all arrive, nothing beside them is written. */
static void bytes_are_copied(void **state) {
  (void)state;
  enum { MOST = 9000, EDGE = 64 };
  static unsigned char from[MOST + 2 * EDGE], to[MOST + 2 * EDGE], want[MOST + 2 * EDGE];
  static const size_t sizes[] = {0, 1, 63, 64, 65, 127, 4095, 4096, 4097, MOST};
  for (size_t i = 0; i < sizeof from; i++) from[i] = (unsigned char)(i * 31 + i / 251);
  for (int c = 0; c < copies_here(); c++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
      for (size_t x = 0; x < EDGE; x += 13)
        for (size_t y = 0; y < EDGE; y += 7)
          for (int way = 0; way < 3; way++) {
            const Kernels *k = copy(F32, c);
            memset(to, 0xee, sizeof to);
            memcpy(want, to, sizeof to);
            memcpy(want + y, from + x, sizes[s]);
            if (way == 0) k->copy(sizes[s], to + y, from + x);
            else if (way == 1) k->stream(sizes[s], to + y, from + x), k->streamed();
            else bytes_copy(sizes[s], to + y, from + x);
            assert_memory_equal(to, want, sizeof to);
          }
  for (int back = 0; back < 2; back++) { /* onto itself, a little further and back */
    memcpy(to, from, sizeof to);
    memcpy(want, from, sizeof to);
    memmove(want + (back ? 0 : 5), want + (back ? 5 : 0), MOST);
    bytes_copy(MOST, to + (back ? 0 : 5), to + (back ? 5 : 0));
    assert_memory_equal(to, want, sizeof to);
  }
}

/* Short rows of any length and stride, in rooms that end where they do: each element arrives, nothing beside it changes. */
static void short_rows_are_copied(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 4, 8};
  static const int64_t steps[] = {-1, 0, 1, 2, 3};
  for (int s = 0; s < 3; s++)
    for (int64_t n = 1; n < 70; n++)
      for (int64_t rows = 1; rows < 6; rows += 2)
        for (int a = 0; a < 5; a++)
          for (int64_t gap = 0; gap < 4; gap += 3) {
            const size_t size = sizes[s];
            const int64_t apart = steps[a], wide = apart ? labs((long)apart) * (n - 1) + 1 : 1,
                          fs = wide + gap, ts = n + gap, first = apart < 0 ? n - 1 : 0;
            const size_t in = (size_t)((rows - 1) * fs + wide) * size,
                         out = (size_t)((rows - 1) * ts + n) * size;
            unsigned char *from = malloc(in), *to = malloc(out), *want = malloc(out);
            assert_true(from && to && want);
            for (size_t i = 0; i < in; i++) from[i] = (unsigned char)(i * 37 + i / 256);
            memset(to, 0xee, out);
            memset(want, 0xee, out);
            for (int64_t r = 0; r < rows; r++)
              for (int64_t i = 0; i < n; i++)
                memcpy(want + (size_t)(r * ts + i) * size, from + (size_t)(first + r * fs + i * apart) * size,
                       size);
            elements_rows(size, rows, n, to, ts, from + (size_t)first * size, fs, apart);
            assert_memory_equal(to, want, out);
            free(from), free(to), free(want);
          }
}

/* A square of any copy, from rows of any distance to rows of any, and nothing beside it. */
static void squares_turn(void **state) {
  (void)state;
  enum { MOST = 48, ALL = TURN_SIDE * MOST };
  static _Alignas(64) double x[ALL], y[ALL], want[ALL];
  for (int i = 0; i < ALL; i++) x[i] = i + 0.25;
  for (int c = 0; c < copies_here(); c++)
    for (int wide = 0; wide < 2; wide++)
      for (int64_t ys = TURN_SIDE; ys <= MOST; ys += TURN_SIDE)
        for (int64_t xs = TURN_SIDE; xs <= MOST; xs += 7)
          for (int how = 0; how < 3; how++) {
            const size_t size = wide ? sizeof(double) : sizeof(float);
            memset(y, 0xee, sizeof y);
            memcpy(want, y, sizeof y);
            for (int64_t i = 0; i < TURN_SIDE; i++)
              for (int64_t k = 0; k < TURN_SIDE; k++)
                memcpy((char *)want + (size_t)(i * ys + k) * size, (char *)x + (size_t)(i + k * xs) * size,
                       size);
            copy(wide ? F64 : F32, c)->turn(y, ys, x, xs, (enum TurnStore)how);
            copy(F32, c)->streamed();
            assert_memory_equal(y, want, sizeof y);
          }
}

static void squares_of_bytes_turn(void **state) {
  (void)state;
  enum { MOST = 48, ALL = TURN_SIDE * MOST };
  static uint8_t x[ALL], y[ALL], want[ALL];
  for (int i = 0; i < ALL; i++) x[i] = (uint8_t)(i * 37 + i / 251);
  for (int c = 0; c < copies_here(); c++)
    for (int64_t ys = TURN_SIDE; ys <= MOST; ys += 5)
      for (int64_t xs = TURN_SIDE; xs <= MOST; xs += 7) {
        memset(y, 0xee, sizeof y);
        memcpy(want, y, sizeof y);
        for (int64_t i = 0; i < TURN_SIDE; i++)
          for (int64_t k = 0; k < TURN_SIDE; k++) want[i * ys + k] = x[i + k * xs];
        copy(F32, c)->turn_bytes(y, ys, x, xs);
        assert_memory_equal(y, want, sizeof y);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(maps_f32),
      cmocka_unit_test(maps_f64),
      cmocka_unit_test(past_is_the_same),
      cmocka_unit_test(plain_is_right),
      cmocka_unit_test(known_words),
      cmocka_unit_test(random_agrees),
      cmocka_unit_test(wide_numbers),
      cmocka_unit_test(decisions_agree),
      cmocka_unit_test(decisions_are_fair),
      cmocka_unit_test(strides),
      cmocka_unit_test(bytes_are_copied),
      cmocka_unit_test(squares_turn),
      cmocka_unit_test(squares_of_bytes_turn),
      cmocka_unit_test(short_rows_are_copied),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
