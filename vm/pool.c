/* pool.c: see pool.h.  Blocks of up to 128 bytes come from one stretch of addresses, so that their place tells whose
 * they are; a block that was freed waits in the list of its size.  All else is malloc's. */
#include "pool.h"

#include "sanitized.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { UNIT = 16, LARGEST = 128, ROOM = 1 << 28 /* of addresses; memory is what is written to */ };

typedef struct Free {
  struct Free *next;
} Free;

struct Pool {
  Free *free[LARGEST / UNIT + 1]; /* by units */
  unsigned char *fresh, *end;     /* what nobody had yet */
};

static size_t units_of(size_t size) { return (size + UNIT - 1) / UNIT; }

static bool owns(const Pool *p, const void *block) {
  return (const unsigned char *)block > (const unsigned char *)p && (const unsigned char *)block < p->end;
}

static void *take(Pool *p, size_t size) {
  const size_t units = units_of(size);
  Free *f = p->free[units];
  if (f) {
    p->free[units] = f->next;
    return f;
  }
  if (units * UNIT > (size_t)(p->end - p->fresh)) return malloc(size);
  void *block = p->fresh;
  p->fresh += units * UNIT;
  return block;
}

static void give(Pool *p, void *block, size_t size) {
  Free *f = block;
  f->next = p->free[units_of(size)];
  p->free[units_of(size)] = f;
}

/* lua_Alloc.  `old` is the block's size, or says what a new one is for. */
static void *reallocate(void *pool, void *block, size_t old, size_t size) {
  Pool *p = pool;
  const bool ours = owns(p, block);
  if (size == 0) {
    if (ours) give(p, block, old);
    else free(block);
    return NULL;
  }
  if (!ours && block) return realloc(block, size);
  if (!block) return size <= LARGEST ? take(p, size) : malloc(size);
  if (size <= LARGEST && units_of(size) == units_of(old)) return block;
  void *moved = size <= LARGEST ? take(p, size) : malloc(size);
  if (!moved) return NULL;
  memcpy(moved, block, old < size ? old : size);
  give(p, block, old);
  return moved;
}

Pool *pool_of(lua_State *L) {
  if (SANITIZED_ADDRESS) return NULL; /* it watches malloc's blocks alone */
  Pool *p = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return NULL;
  p->fresh = (unsigned char *)p + units_of(sizeof *p) * UNIT;
  p->end = (unsigned char *)p + ROOM;
  lua_setallocf(L, reallocate, p);
  return p;
}

void pool_free(Pool *p) {
  if (p) munmap(p, ROOM);
}
