/* pack.c: see pack.h. */
#include "pack.h"

#include "ledger.h"
#include "mem.h"

#include <stdlib.h>

typedef struct PackList {
  struct PackList *next;
  const void *data; /* which view of the storage */
  int64_t kind;
  uint32_t version; /* at which it was asked for */
  size_t bytes;
  void *block; /* NULL: asked for once */
} PackList;

static PackList *find(const Tensor *t, int64_t kind) {
  PackList *l = t->store->packs;
  while (l && (l->data != t->data || l->kind != kind)) l = l->next;
  return l;
}

static void drop(PackList *l) {
  mem_free(l->block, l->bytes);
  l->block = NULL;
}

/* Notes that the form was asked for; true when it was already, at this version. */
static bool asked_before(const Tensor *t, int64_t kind, size_t bytes, PackList **out) {
  PackList *l = find(t, kind);
  bool again = l && l->version == t->store->version && l->bytes == bytes;
  if (!l && (l = calloc(1, sizeof *l))) {
    *l = (PackList){.next = t->store->packs, .data = t->data, .kind = kind};
    t->store->packs = l;
  }
  if (l && !again) {
    drop(l);
    l->version = t->store->version;
    l->bytes = bytes;
  }
  *out = l;
  return again;
}

bool pack_kept(const Tensor *t, int64_t kind, size_t bytes, Pack *p, Err *e) {
  PackList *l;
  *p = (Pack){.bytes = bytes ? bytes : 1};
  if (!asked_before(t, kind, p->bytes, &l)) return true;
  p->ready = l->block != NULL;
  if (!l->block) l->block = mem_alloc(p->bytes);
  p->block = l->block;
  p->kept = l->block != NULL;
  return p->kept ? true : no_memory(e, (double)bytes, "packed weights");
}

bool pack_scratch(size_t bytes, Pack *p, Err *e) {
  *p = (Pack){.bytes = bytes ? bytes : 1};
  p->block = mem_alloc(p->bytes);
  return p->block ? true : no_memory(e, (double)bytes, "packed weights");
}

bool pack_begin(const Tensor *t, int64_t kind, size_t bytes, Pack *p, Err *e) {
  return pack_kept(t, kind, bytes, p, e) && (p->block || pack_scratch(bytes, p, e));
}

void pack_end(Pack *p) {
  if (p->block && !p->kept) mem_free(p->block, p->bytes);
}

void pack_free_list(PackList *list) {
  while (list) {
    PackList *next = list->next;
    drop(list);
    free(list);
    list = next;
  }
}
