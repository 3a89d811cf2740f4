/* list_room.h: a list that grows at its end. */
#ifndef LUNETTE_LIST_ROOM_H
#define LUNETTE_LIST_ROOM_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Room for one more item of `size` bytes behind the first n; *room counts items.  false: out of memory, nothing lost. */
static inline bool list_room(void **items, int64_t n, int64_t *room, size_t size) {
  if (n < *room) return true;
  const int64_t more = *room ? 2 * *room : 64;
  void *p = realloc(*items, (size_t)more * size);
  if (!p) return false;
  *items = p;
  *room = more;
  return true;
}

#endif
