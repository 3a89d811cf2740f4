/* mem.h: blocks for tensors: 64-byte aligned, cached by size class, counted.
 *
 * Freed blocks wait in a list of their class (four classes to a doubling), so that a training step reuses
 * the last step's pages: page faults alone cost several times the arithmetic on 25 to 40 MB results.
 * Cached blocks go back to the system only when a new block has to be fetched while much is cached.
 * One thread (the one that runs Lua) allocates; other threads only touch the bytes. */
#ifndef LUNETTE_MEM_H
#define LUNETTE_MEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct MemStats {
  size_t live;     /* bytes in use now                                                    */
  size_t peak;     /* highest `live` since the last mem_reset_peak                        */
  size_t cached;   /* bytes kept for reuse                                                */
  uint64_t handed; /* bytes handed out since the start                                    */
  uint64_t allocs; /* blocks handed out since the start                                   */
  size_t limit;    /* 0: none; else mem_alloc fails beyond this many live bytes           */
} MemStats;

void *mem_alloc(size_t bytes);            /* uninitialised, 64-byte aligned; NULL when it fails    */
void mem_free(void *block, size_t bytes); /* `bytes` as given to mem_alloc; NULL is fine           */
/* Results that wait to be computed (fuse.h) are mostly never written to.  They have blocks that nobody wrote to before,
 * so that what was used last goes to those that are: from `block`, just handed out, to such a one, if there is one; and
 * back, unwritten. */
void *mem_to_idle(void *block, size_t bytes, bool warm);
void mem_free_idle(void *block, size_t bytes);
/* Was the block handed out last used so recently that the caches still have it, were they large enough? */
bool mem_was_warm(void);
void mem_trim(void); /* gives every cached block back to the system           */
const MemStats *mem_stats(void);
void mem_reset_peak(void);
void mem_set_limit(size_t bytes); /* 0: no limit                                           */
void mem_fail_after(int64_t n);   /* test hook: the (n+1)th mem_alloc from now fails; <0: off */
void mem_poison(int byte);        /* test hook: new blocks are full of this byte; -1: as they come */

#endif
