/* parallel.c: see parallel.h */
#include "parallel.h"

#include <omp.h>
#include <stdatomic.h>

static atomic_bool interrupted; /* lock-free, so a signal handler may set it, and any thread look at it */
static int threads;             /* 0: OpenMP's own choice */

void interrupt_raise(void) { atomic_store_explicit(&interrupted, true, memory_order_relaxed); }
void interrupt_clear(void) { atomic_store_explicit(&interrupted, false, memory_order_relaxed); }
bool interrupt_pending(void) { return atomic_load_explicit(&interrupted, memory_order_relaxed); }

int parallel_threads(void) { return threads ? threads : omp_get_max_threads(); }
int parallel_thread(void) { return omp_get_thread_num(); }
void parallel_set_threads(int n) { threads = n < 0 ? 0 : n; }

static void share(int64_t n, int64_t grain, TileFn fn, void *context, bool whole) {
  if (n <= 0) return;
  int64_t tiles = (n + grain - 1) / grain;
  int team = parallel_threads();
  if (tiles == 1 || team == 1 || omp_in_parallel()) {
    for (int64_t t = 0; t < tiles && (whole || !interrupt_pending()); t++)
      fn(context, t * grain, t + 1 == tiles ? n : (t + 1) * grain);
    return;
  }
#pragma omp parallel for schedule(dynamic) num_threads(team)
  for (int64_t t = 0; t < tiles; t++)
    if (whole || !interrupt_pending()) fn(context, t * grain, t + 1 == tiles ? n : (t + 1) * grain);
}

void parallel_for(int64_t n, int64_t grain, TileFn fn, void *context) { share(n, grain, fn, context, false); }
void parallel_for_whole(int64_t n, int64_t grain, TileFn fn, void *context) {
  share(n, grain, fn, context, true);
}
