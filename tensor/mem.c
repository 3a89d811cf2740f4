/* mem.c: see mem.h */
#include "mem.h"

#include "sanitized.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CACHING = !SANITIZED_ADDRESS };

enum { CLASSES = 168 }; /* 4 to a doubling, from 64 bytes up to 2^47 */
static const size_t HUGE_FROM = (size_t)2 << 20, HUGE_ALIGN = (size_t)2 << 20;
static const size_t CACHE_ALWAYS = (size_t)48 << 20;
enum {
  SPARE = 3,
  FORGET = 256
}; /* live and cached bytes may exceed the crest by a third; the crest sinks with each fetch */

typedef struct Block {
  struct Block *next;
  uint64_t freed; /* `touched` when it was given back */
} Block;

static Block *cache[CLASSES]; /* those whose bytes were used last: perhaps still in the processor's caches */
static Block *idle[CLASSES];  /* those that nobody has written to since they were handed out */
static uint64_t asked[CLASSES], now; /* when each class was last asked for */
static uint64_t touched;             /* bytes handed out, but for blocks that nobody writes to */
static bool warm;                    /* the last one: was it used so recently? */
static size_t crest;                 /* highest live bytes of late: what a step needs */
static MemStats stats;
static int64_t fail_in = -1;
static int poison = -1; /* the byte that new blocks are filled with, or -1 */

/* Smallest class whose size holds `bytes`; *size becomes that size. */
static int class_of(size_t bytes, size_t *size) {
  if (bytes <= 64) {
    *size = 64;
    return 0;
  }
  int top = 63 - __builtin_clzll(bytes - 1); /* 2^top <= bytes-1 < 2^(top+1) */
  int shift = top > 7 ? top - 2 : 6;
  *size = (((bytes - 1) >> shift) + 1) << shift;
  if (top <= 7) return (int)(*size / 64) - 1; /* 64, 128, 192, 256 */
  return 4 + (top - 8) * 4 + (int)((*size - ((size_t)1 << top)) >> shift) - 1;
}

/* Large blocks are mapped one by one, so that those given back leave the process at once; malloc would keep
 * them in its heap.  Huge pages only where they are filled whole. */
static void *map_block(size_t size) {
  size_t room = size + HUGE_ALIGN;
  unsigned char *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return NULL;
  size_t before = (HUGE_ALIGN - (uintptr_t)p % HUGE_ALIGN) % HUGE_ALIGN, after = HUGE_ALIGN - before;
  if (before) munmap(p, before);
  if (after) munmap(p + before + size, after);
  madvise(p + before, size / HUGE_ALIGN * HUGE_ALIGN, MADV_HUGEPAGE);
  return p + before;
}

static bool mapped(size_t size) { return CACHING && size >= HUGE_FROM; }

static void give_back(void *block, size_t size) {
  if (mapped(size)) munmap(block, size);
  else free(block);
}

static bool has(int c) { return cache[c] || idle[c]; }

static Block *pop(Block **list) {
  Block *b = *list;
  if (!b) return NULL;
  *list = b->next;
  __builtin_prefetch(*list, 1); /* the next one to be asked for */
  return b;
}

static void push(Block **list, void *block) {
  Block *b = block;
  b->next = *list;
  *list = b;
}

static void drop_class(int c, size_t size, size_t keep) {
  while (has(c) && stats.cached > keep) {
    give_back(pop(idle[c] ? &idle[c] : &cache[c]), size);
    stats.cached -= size;
  }
}

static size_t size_of_class(int c) {
  if (c < 4) return 64 * ((size_t)c + 1);
  int top = 8 + (c - 4) / 4, k = (c - 4) % 4 + 1;
  return ((size_t)1 << top) + (size_t)k * ((size_t)1 << (top - 2));
}

/* Classes that were asked for longest ago go first, until no more than `keep` bytes are cached. */
static void trim_to(size_t keep) {
  while (stats.cached > keep) {
    int oldest = -1;
    for (int c = 0; c < CLASSES; c++)
      if (has(c) && (oldest < 0 || asked[c] < asked[oldest])) oldest = c;
    if (oldest < 0) return;
    drop_class(oldest, size_of_class(oldest), keep);
  }
}

static void *new_block(size_t size) { return mapped(size) ? map_block(size) : aligned_alloc(64, size); }

/* A new block from the system.  Live and cached bytes together stay near what a step needs at its height. */
static void *fetch(size_t size) {
  if (crest > stats.live) crest -= (crest - stats.live) / FORGET;
  size_t room = crest + crest / SPARE + CACHE_ALWAYS, used = stats.live + size;
  if (used + stats.cached > room) trim_to(room > used ? room - used : 0);
  void *p = new_block(size);
  if (!p && stats.cached) {
    trim_to(0);
    p = new_block(size);
  }
  return p;
}

/* A large request may get a block of one of the next two classes, up to half as large again, rather than a
 * new one whose pages the system would have to clear.  Such blocks remember their class. */
enum { LARGER = 2, LENT = 256 };
static struct Lent {
  void *block;
  int class;
} lent[LENT];
static int lent_count;

static Block *take(int c) {
  static const uint64_t RECENT = (uint64_t)8 << 20;
  warm = cache[c] && touched - cache[c]->freed <= RECENT;
  return pop(cache[c] ? &cache[c] : &idle[c]);
}

static Block *borrow(int *c, size_t *size) {
  if (!mapped(*size) || lent_count == LENT) return NULL;
  for (int k = *c + 1; k <= *c + LARGER && k < CLASSES; k++)
    if (has(k)) {
      Block *b = take(k);
      lent[lent_count++] = (struct Lent){b, k};
      *c = k;
      *size = size_of_class(k);
      return b;
    }
  return NULL;
}

static int place_among_lent(const void *block, size_t size) {
  if (!mapped(size)) return -1;
  for (int i = 0; i < lent_count; i++)
    if (lent[i].block == block) return i;
  return -1;
}

static void take_back(const void *block, int *c, size_t *size) {
  const int i = place_among_lent(block, *size);
  if (i < 0) return;
  *c = lent[i].class;
  *size = size_of_class(*c);
  lent[i] = lent[--lent_count];
}

void *mem_alloc(size_t bytes) {
  if (fail_in >= 0 && fail_in-- == 0) return NULL;
  if (bytes > (size_t)1 << 46) return NULL;
  size_t size;
  int c = class_of(bytes, &size);
  if (stats.limit && stats.live + size > stats.limit) return NULL;
  asked[c] = ++now;
  warm = false;
  Block *b = has(c) ? take(c) : borrow(&c, &size);
  if (b) stats.cached -= size;
  else if (!(b = fetch(size))) return NULL;
  stats.live += size;
  stats.handed += size;
  touched += size;
  stats.allocs++;
  if (stats.live > stats.peak) stats.peak = stats.live;
  if (stats.live > crest) crest = stats.live;
  if (poison >= 0) memset(b, poison, bytes);
  return b;
}

static void free_to(Block **lists, void *block, size_t bytes) {
  if (!block) return;
  size_t size;
  int c = class_of(bytes, &size);
  take_back(block, &c, &size);
  stats.live -= size;
  if (!CACHING) {
    free(block);
    return;
  }
  push(&lists[c], block);
  lists[c]->freed = touched;
  stats.cached += size;
}

void mem_free(void *block, size_t bytes) { free_to(cache, block, bytes); }
void mem_free_idle(void *block, size_t bytes) { free_to(idle, block, bytes); }

void *mem_to_idle(void *block, size_t bytes, bool was_warm) {
  size_t size;
  const int c = class_of(bytes, &size);
  if (!idle[c] || place_among_lent(block, size) >= 0) return block;
  touched -= size;
  push(&cache[c], block);
  cache[c]->freed = was_warm ? touched : 0;
  return pop(&idle[c]);
}

bool mem_was_warm(void) { return warm; }

void mem_trim(void) { trim_to(0); }
const MemStats *mem_stats(void) { return &stats; }
void mem_reset_peak(void) { stats.peak = stats.live; }
void mem_set_limit(size_t bytes) { stats.limit = bytes; }
void mem_fail_after(int64_t n) { fail_in = n; }
void mem_poison(int byte) { poison = byte; }
