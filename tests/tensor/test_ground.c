/* test_ground.c: blocks of memory (mem.h) and packed forms (pack.h): what is reused, counted, kept and given back; how
 * work is shared out (parallel.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mem.h"
#include "pack.h"
#include "parallel.h"

#include <string.h>

static void blocks_are_aligned_and_counted(void **state) {
  (void)state;
  const size_t live = mem_stats()->live;
  const uint64_t allocs = mem_stats()->allocs;
  const size_t sizes[] = {1, 63, 64, 65, 4096, 100000, 3 << 20};
  for (int i = 0; i < 7; i++) {
    unsigned char *b = mem_alloc(sizes[i]);
    assert_non_null(b);
    assert_int_equal((uintptr_t)b % 64, 0);
    memset(b, 0xab, sizes[i]);
    assert_true(mem_stats()->live >= live + sizes[i]);
    mem_free(b, sizes[i]);
    assert_int_equal(mem_stats()->live, live);
  }
  assert_int_equal(mem_stats()->allocs, allocs + 7);
  mem_free(NULL, 10);
}

static void a_freed_block_serves_the_next_of_its_class(void **state) {
  (void)state;
  void *a = mem_alloc(100000);
  mem_free(a, 100000);
  void *b = mem_alloc(99000);
#ifndef __SANITIZE_ADDRESS__ /* else mem.c keeps no block, so that a use after the end is seen */
  assert_ptr_equal(a, b);
#endif
  mem_free(b, 99000);
  mem_trim();
  assert_int_equal(mem_stats()->cached, 0);
}

/* What nobody wrote to goes to results that wait, what was used last to those that do not. */
static void blocks_that_lie_idle_are_kept_apart(void **state) {
  (void)state;
#ifndef __SANITIZE_ADDRESS__
  enum { BYTES = 5 << 20 };
  mem_trim();
  void *used = mem_alloc(BYTES), *unwritten = mem_alloc(BYTES);
  assert_false(mem_was_warm());
  assert_ptr_equal(mem_to_idle(used, BYTES, false), used); /* there is none yet */
  mem_free_idle(unwritten, BYTES);
  mem_free(used, BYTES);
  void *b = mem_alloc(BYTES);
  assert_ptr_equal(b, used);
  assert_true(mem_was_warm());
  const size_t live = mem_stats()->live, cached = mem_stats()->cached;
  assert_ptr_equal(mem_to_idle(b, BYTES, true), unwritten);
  assert_int_equal(mem_stats()->live, live);
  assert_int_equal(mem_stats()->cached, cached);
  assert_ptr_equal(mem_alloc(BYTES), used);
  assert_true(mem_was_warm()); /* the other was handed out, but not touched */
  mem_free_idle(unwritten, BYTES);
  mem_free(used, BYTES);
  mem_free(mem_alloc(16 << 20), 16 << 20); /* much else was, since */
  assert_ptr_equal(mem_alloc(BYTES), used);
  assert_false(mem_was_warm());
  assert_ptr_equal(mem_alloc(BYTES), unwritten); /* rather than a new one */
  assert_false(mem_was_warm());
  mem_free(used, BYTES);
  mem_free_idle(unwritten, BYTES);
  mem_trim();
  assert_int_equal(mem_stats()->cached, 0);
#endif
}

static void a_limit_and_the_test_hook_refuse(void **state) {
  (void)state;
  mem_set_limit(mem_stats()->live + (1 << 20));
  assert_null(mem_alloc(4 << 20));
  void *b = mem_alloc(1000);
  assert_non_null(b);
  mem_free(b, 1000);
  mem_set_limit(0);
  mem_fail_after(1);
  b = mem_alloc(1000);
  assert_non_null(b);
  assert_null(mem_alloc(1000));
  mem_fail_after(-1);
  mem_free(b, 1000);
}

static void the_peak_is_the_highest_since_it_was_reset(void **state) {
  (void)state;
  mem_reset_peak();
  const size_t before = mem_stats()->peak;
  void *b = mem_alloc(1 << 20);
  mem_free(b, 1 << 20);
  assert_true(mem_stats()->peak >= before + (1 << 20));
  mem_reset_peak();
  assert_int_equal(mem_stats()->peak, mem_stats()->live);
}

/* --- packed forms ----------------------------------------------------------------------------------------- */

static Pack ask(const Tensor *t, int64_t kind, size_t bytes) {
  Err e;
  Pack p;
  if (!pack_begin(t, kind, bytes, &p, &e)) fail_msg("%s", e.message);
  if (!p.ready) memset(p.block, (int)kind, bytes);
  pack_end(&p);
  return p;
}

static void a_form_is_kept_from_the_second_time_on(void **state) {
  (void)state;
  Err e;
  Tensor *t = tensor_zeros(F32, 1, (int64_t[]){100}, &e);
  assert_false(ask(t, 1, 400).kept);
  Pack second = ask(t, 1, 400), third = ask(t, 1, 400);
  assert_true(second.kept && !second.ready);
  assert_true(third.kept && third.ready);
  assert_ptr_equal(second.block, third.block);
  assert_int_equal(*(unsigned char *)third.block, 1);
  assert_false(ask(t, 2, 400).kept); /* another form of it */
  assert_false(ask(t, 1, 800).ready);
  tensor_release(t);
}

static void a_change_in_place_ends_it(void **state) {
  (void)state;
  Err e;
  Tensor *t = tensor_zeros(F32, 1, (int64_t[]){100}, &e);
  for (int i = 0; i < 3; i++) ask(t, 1, 400);
  tensor_touch(t);
  assert_false(ask(t, 1, 400).kept);
  assert_false(ask(t, 1, 400).ready);
  assert_true(ask(t, 1, 400).ready);
  tensor_release(t);
}

static void forms_go_with_their_storage(void **state) {
  (void)state;
  Err e;
  const size_t live = mem_stats()->live;
  Tensor *t = tensor_zeros(F32, 1, (int64_t[]){100}, &e);
  for (int kind = 1; kind < 4; kind++)
    for (int i = 0; i < 2; i++) ask(t, kind, 4000);
  assert_true(mem_stats()->live > live + 3 * 4000);
  tensor_release(t);
  assert_int_equal(mem_stats()->live, live);
}

/* Every tile once, whatever their number and the threads'. */
static void count_tile(void *context, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) ((unsigned char *)context)[i]++;
}

static void tiles_are_shared_out_whole(void **state) {
  (void)state;
  enum { MOST = 3000 };
  unsigned char seen[MOST];
  const int before = parallel_threads();
  for (int threads = 1; threads <= 70; threads += threads < 4 ? 1 : 33)
    for (int64_t n = 0; n <= MOST; n = n * 2 + 1)
      for (int64_t grain = 1; grain <= 4 * n + 1; grain = grain * 3 + 1) {
        memset(seen, 0, sizeof seen);
        parallel_set_threads(threads);
        parallel_for(n, grain, count_tile, seen);
        for (int64_t i = 0; i < MOST; i++) assert_int_equal(seen[i], i < n);
      }
  parallel_set_threads(before);
  const int64_t sizes[] = {1, 32767, 32768, 65535, 65536, 131071, 131072, 1 << 21, 5000000};
  for (int i = 0; i < 9; i++) {
    const int64_t grain = parallel_grain(sizes[i]);
    assert_int_equal(grain % 64, 0);
    assert_true(grain <= 1 << 18 && (sizes[i] < 32768) == (grain > sizes[i]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_are_aligned_and_counted),
      cmocka_unit_test(a_freed_block_serves_the_next_of_its_class),
      cmocka_unit_test(blocks_that_lie_idle_are_kept_apart),
      cmocka_unit_test(a_limit_and_the_test_hook_refuse),
      cmocka_unit_test(the_peak_is_the_highest_since_it_was_reset),
      cmocka_unit_test(a_form_is_kept_from_the_second_time_on),
      cmocka_unit_test(a_change_in_place_ends_it),
      cmocka_unit_test(forms_go_with_their_storage),
      cmocka_unit_test(tiles_are_shared_out_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
