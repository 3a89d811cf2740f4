/* parallel.c: see parallel.h */
#include "parallel.h"

#include <omp.h>
#include <signal.h>

static volatile sig_atomic_t interrupted;
static int threads; /* 0: OpenMP's own choice */

void interrupt_raise(void) { interrupted = 1; }
void interrupt_clear(void) { interrupted = 0; }
bool interrupt_pending(void) { return interrupted != 0; }

int parallel_threads(void) { return threads ? threads : omp_get_max_threads(); }
int parallel_thread(void) { return omp_get_thread_num(); }
void parallel_set_threads(int n) { threads = n < 1 ? 1 : n; }

void parallel_for(int64_t n, int64_t grain, TileFn fn, void *context) {
  if (n <= 0) return;
  int64_t tiles = (n + grain - 1) / grain;
  int team = parallel_threads();
  if (tiles == 1 || team == 1 || omp_in_parallel()) {
    for (int64_t t = 0; t < tiles && !interrupted; t++)
      fn(context, t * grain, t + 1 == tiles ? n : (t + 1) * grain);
    return;
  }
#pragma omp parallel for schedule(dynamic) num_threads(team)
  for (int64_t t = 0; t < tiles; t++)
    if (!interrupted) fn(context, t * grain, t + 1 == tiles ? n : (t + 1) * grain);
}
