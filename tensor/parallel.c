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
int parallel_lend(int n) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(n);
  return before;
}
void parallel_rest(void) { omp_pause_resource_all(omp_pause_soft); }

/* Tiles go to threads by place: of T threads the t-th begins with the t-th part of the tiles, so that what it works
 * on lies in its core's cache since the operation before.  Who is through with a part helps with the next one. */
typedef struct Part {
  _Alignas(64) _Atomic int64_t next;
  int64_t end;
} Part;
enum { PARTS = 64 }; /* more threads share parts */

typedef struct Share {
  TileFn fn;
  void *context;
  int64_t n, grain;
  bool whole;
  int parts;
  Part part[PARTS];
} Share;

static void run_tile(const Share *s, int64_t t) {
  const int64_t begin = t * s->grain, rest = s->n - begin;
  if (s->whole || !interrupt_pending()) s->fn(s->context, begin, rest > s->grain ? begin + s->grain : s->n);
}

static void run_parts(Share *s, int thread) {
  for (int p = 0; p < s->parts; p++) {
    Part *at = &s->part[(thread + p) % s->parts];
    for (int64_t t; (t = atomic_fetch_add_explicit(&at->next, 1, memory_order_relaxed)) < at->end;)
      run_tile(s, t);
  }
}

static void share(int64_t n, int64_t grain, TileFn fn, void *context, bool whole) {
  if (n <= 0) return;
  const int64_t tiles = (n + grain - 1) / grain;
  const int team = parallel_threads();
  Share s;
  s.fn = fn, s.context = context, s.n = n, s.grain = grain, s.whole = whole;
  if (tiles == 1 || team == 1 || omp_in_parallel()) {
    for (int64_t t = 0; t < tiles; t++) run_tile(&s, t);
    return;
  }
  s.parts = team < PARTS ? team : PARTS;
  for (int p = 0; p < s.parts; p++) {
    atomic_init(&s.part[p].next, tiles * p / s.parts);
    s.part[p].end = tiles * (p + 1) / s.parts;
  }
#pragma omp parallel num_threads(team)
  run_parts(&s, omp_get_thread_num());
}

void parallel_for(int64_t n, int64_t grain, TileFn fn, void *context) { share(n, grain, fn, context, false); }
void parallel_for_whole(int64_t n, int64_t grain, TileFn fn, void *context) {
  share(n, grain, fn, context, true);
}

int64_t parallel_grain(int64_t n) {
  enum { LARGEST = 1 << 18, LINE = 64 };
  const int64_t tiles = n < 2 * GRAIN ? 1 : n < 4 * GRAIN ? 2 : n < 8 * GRAIN ? 4 : 8;
  const int64_t grain = (n / tiles + LINE) / LINE * LINE;
  return grain < LARGEST ? grain : LARGEST;
}
