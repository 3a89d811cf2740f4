/* collect.h: when Lua's collector runs.  It does not see the memory of tensors, so each new one asks. */
#ifndef LUNETTE_COLLECT_H
#define LUNETTE_COLLECT_H
#include <lua.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Collector {
  size_t live_after;    /* bytes alive after the last full collection                        */
  int young;            /* boxes made since the last young collection                        */
  uint64_t young_bytes; /* bytes handed out up to then                                       */
  uint64_t handed;      /* bytes handed out up to the last box                               */
  const void *last;     /* the last box; NULL: it was garbage                                */
  bool waits;           /* is what it holds still to be computed (fuse.h)?                   */
  int64_t computed;     /* fuse_computed() at the last box                                   */
  int missed,
      patience; /* after a large result that was wanted still, so many are not looked at; of them are left */
} Collector;

void collect_if_due(lua_State *L, Collector *c); /* before a box is made: what is worth it */
void collect_all(lua_State *L, Collector *c);
void collect_amid_step(lua_State *L, Collector *c); /* before and after backward */
void collect_made(Collector *c, const void *box);
void collect_gone(Collector *c, const void *box); /* it is garbage */

#endif
