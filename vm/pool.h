/* pool.h: memory for Lua's small objects, of which each operation makes one (the box of its result) and frees one. */
#ifndef LUNETTE_POOL_H
#define LUNETTE_POOL_H
#include <lua.h>

typedef struct Pool Pool;

/* Takes over the allocations of a new state; NULL, and the state as it was, where there is no room.  The pool outlives
 * the state. */
Pool *pool_of(lua_State *L);
void pool_free(Pool *p); /* after lua_close; NULL: nothing */

#endif
