/* collect.c: see collect.h */
#include "collect.h"

#include "fuse.h"
#include "mem.h"

/* Temporaries that grew old in young collections are found by a full one, which is due when live bytes have grown by
 * 64 MB (or by half, when that is more) since the last. */
static const size_t GROWTH_LEAST = (size_t)64 << 20;
/* Where memory is limited, no more than this share of it is left to garbage. */
enum { LIMIT_SHARE = 16 };

/* Temporaries are given back every few hundred, or every megabyte or so, while their memory is still in the
 * cache: letting them pile up costs several times the arithmetic.  Not at each operation, though: what is still wanted
 * on two such occasions grows old, and stays until a full collection.
 *
 * A young collection goes through what old tables have got since the last, and a table of a million tensors that
 * gets one more is gone through whole.  So the wait grows with the tensors alive: by a share of their number, and by
 * bytes up to a share of theirs; making one costs the same among a million as among a thousand. */
enum { YOUNG = 512, YOUNG_BYTES = 1 << 20, YOUNG_OPS = 3, YOUNG_SHARE = 16, MANY = 8192, BYTES_SHARE = 16 };

/* Results that wait hold each other, and have memory that nobody touches: collecting amid a chain frees nothing. */
enum { WAITING_OPS = 10 };

/* A large result that nobody wants once it is there (`f(x)` by itself, a loss's parts) is collected before the next
 * operation, which then writes to the same memory; unless that reads it.  Where others want it, it is looked for among
 * the variables first, and what nobody finds there, and somebody wants all the same, is asked for ever more seldom. */
enum { LARGE = 256 << 10, MISSES = 16, LEVELS = 16 };

static void collect_young(lua_State *L, Collector *c) {
  c->young = 0;
  c->young_bytes = mem_stats()->handed;
  lua_gc(L, LUA_GCSTEP, 0);
}

static bool young_due(const Collector *c, uint64_t wait) {
  const MemStats *m = mem_stats();
  const int64_t alive = tensor_live();
  if (c->young >= (alive / YOUNG_SHARE > YOUNG ? alive / YOUNG_SHARE : YOUNG)) return true;
  uint64_t more = (uint64_t)(alive / MANY) * YOUNG_BYTES;
  if (more > m->live / BYTES_SHARE) more = m->live / BYTES_SHARE;
  return m->handed - c->young_bytes >= YOUNG_BYTES + more + wait;
}

/* Is the box in one of the last `levels` functions' variables or arguments?  0: those of the one that runs. */
static bool in_use(lua_State *L, const void *box, int levels) {
  lua_Debug at;
  for (int level = 0; level <= levels && lua_getstack(L, level, &at); level++)
    for (int i = 1; lua_getlocal(L, &at, i); i++) {
      const bool is = lua_touserdata(L, -1) == box;
      lua_pop(L, 1);
      if (is) return true;
    }
  return false;
}

static bool collect_large(lua_State *L, Collector *c) {
  if (c->last && in_use(L, c->last, c->missed ? LEVELS : 0)) return false;
  if (c->patience > 0) {
    c->patience--;
    return false;
  }
  collect_young(L, c);
  if (!c->last) c->missed = 0;
  else if (c->missed < MISSES) c->missed = c->missed * 2 + 1;
  c->patience = c->missed;
  return true;
}

void collect_if_due(lua_State *L, Collector *c) {
  const MemStats *m = mem_stats();
  const uint64_t by_last = m->handed - c->handed;
  const bool waits = c->waits && fuse_computed() == c->computed;
  c->handed = m->handed;
  c->computed = fuse_computed();
  c->waits = false;
  c->young++;
  if (waits || by_last < LARGE || !collect_large(L, c))
    if (young_due(c, by_last * (waits ? WAITING_OPS : YOUNG_OPS))) collect_young(L, c);
  size_t room = c->live_after / 2 > GROWTH_LEAST ? c->live_after / 2 : GROWTH_LEAST;
  if (m->limit) {
    if (c->live_after > m->live) c->live_after = m->live;
    if (room > m->limit / LIMIT_SHARE) room = m->limit / LIMIT_SHARE;
  }
  if (m->live > c->live_after + room) collect_all(L, c);
}

void collect_all(lua_State *L, Collector *c) {
  lua_gc(L, LUA_GCCOLLECT);
  c->live_after = mem_stats()->live;
}

/* The forward pass's temporaries are garbage: large ones go before backward, so that it can free activations as it passes
 * them, and after it, before the next step needs as much.  What died young is found in a tenth of the time. */
void collect_amid_step(lua_State *L, Collector *c) {
  static const size_t WORTH = (size_t)16 << 20;
  if (mem_stats()->live > c->live_after + WORTH) collect_young(L, c);
  if (mem_stats()->live > c->live_after + WORTH) collect_all(L, c);
}

void collect_made(Collector *c, const void *box) { c->last = box; }

void collect_gone(Collector *c, const void *box) {
  if (c->last == box) c->last = NULL;
}
