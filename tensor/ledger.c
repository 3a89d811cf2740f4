/* ledger.c: see ledger.h.  An array without gaps; each storage knows its place in it. */
#include "ledger.h"

#include "mem.h"

#include <stdio.h>
#include <stdlib.h>

static const size_t LEAST = (size_t)64 << 10;
enum { NAMED = 3 }; /* how many a message names */

typedef struct Entry {
  Storage *store;
  Dtype d;
  int nd;
  int64_t shape[DIMS]; /* as it was made */
} Entry;

static Entry *entry;
static int count, room;

void ledger_add(Storage *s, Dtype d, int nd, const int64_t *shape) {
  s->place = 0;
  if (s->bytes < LEAST) return;
  if (count == room) {
    int more = room ? 2 * room : 64;
    Entry *grown = realloc(entry, (size_t)more * sizeof *grown);
    if (!grown) return; /* a message will not name it */
    entry = grown;
    room = more;
  }
  entry[count] = (Entry){.store = s, .d = d, .nd = nd};
  for (int i = 0; i < nd; i++) entry[count].shape[i] = shape[i];
  s->place = ++count;
}

void ledger_remove(Storage *s) {
  if (s->place == 0) return;
  Entry *hole = &entry[s->place - 1];
  *hole = entry[--count];
  hole->store->place = s->place;
}

const char *bytes_text(char text[TEXT], double bytes) {
  static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB"};
  int u = 0;
  while (bytes >= 999.5 && u < 4) bytes /= 1000, u++;
  if (u == 4 && bytes >= 1000) snprintf(text, TEXT, "%.0f TB", bytes);
  else snprintf(text, TEXT, "%.3g %s", bytes, unit[u]);
  return text;
}

/* The largest that is smaller than the k named before it, by size and place. */
static const Entry *next_largest(const Entry *const *named, int k) {
  const Entry *best = NULL;
  for (int i = 0; i < count; i++) {
    bool taken = false;
    for (int j = 0; j < k; j++) taken |= named[j] == &entry[i];
    if (!taken && (!best || entry[i].store->bytes > best->store->bytes)) best = &entry[i];
  }
  return best;
}

bool no_memory(Err *e, double bytes, const char *what) {
  const MemStats *m = mem_stats();
  char text[TEXT], size[TEXT], live[NAMED * 2 * TEXT] = "";
  const Entry *named[NAMED];
  int n = 0;
  size_t at = 0;
  for (int k = 0; k < NAMED && (named[k] = next_largest(named, k)); k++) {
    n = snprintf(
        live + at, sizeof live - at, "%s %s%s %s", k ? "," : "; largest live:", dtype_name[named[k]->d],
        shape_text(text, named[k]->nd, named[k]->shape), bytes_text(size, (double)named[k]->store->bytes));
    at += n > 0 && at + (size_t)n < sizeof live ? (size_t)n : 0;
  }
  char wanted[TEXT], bound[TEXT];
  bytes_text(bound, (double)(m->limit ? m->limit : m->live));
  return err_set(e, "out of memory: %s wanted for %s, %s%s%s%s", bytes_text(wanted, bytes), what,
                 m->limit ? "limit " : "", bound, m->limit ? "" : " in use", live);
}
