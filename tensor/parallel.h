/* parallel.h: one loop over tiles of fixed size, on OpenMP's threads.
 *
 * Tile sizes never depend on the number of threads, so neither do results.  The interrupt flag is looked at
 * once a tile: after an interrupt the remaining tiles are left out and the caller's result is garbage,
 * which op_run turns into an error. */
#ifndef LUNETTE_PARALLEL_H
#define LUNETTE_PARALLEL_H
#include <stdbool.h>
#include <stdint.h>

enum { GRAIN = 16384, GRAIN_HEAVY = 8192 }; /* elements a tile: plain, and exp-like work */

typedef void (*TileFn)(void *context, int64_t begin, int64_t end);

/* fn over [0, n) in tiles of `grain`; runs in the calling thread when there is one tile only. */
void parallel_for(int64_t n, int64_t grain, TileFn fn, void *context);
/* The same, deaf to the interrupt flag: for work that is short and has nobody to report to. */
void parallel_for_whole(int64_t n, int64_t grain, TileFn fn, void *context);
/* The grain for one long run of n elements and plain work: two, four or eight tiles of whole cache lines, alike for
 * the threads, as handing out tiles costs more than the work; more where they would leave the caches. */
int64_t parallel_grain(int64_t n);
int parallel_threads(void);       /* threads that a parallel_for may use                       */
int parallel_thread(void);        /* the one that calls, from 0: for scratch of its own             */
void parallel_set_threads(int n); /* 1 or more; 0: as many as OpenMP chooses, which holds at the start */
/* For libraries that share out work by OpenMP themselves, called from this thread: how many threads they may take, until
 * set again; the number before.  And this thread's helpers end, as they would spin where those of another should run. */
int parallel_lend(int n);
void parallel_rest(void);

void interrupt_raise(void); /* async-signal-safe: kernels end after the tile at hand      */
void interrupt_clear(void);
bool interrupt_pending(void);

#endif
