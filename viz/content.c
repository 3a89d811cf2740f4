/* content.c: what is posted, with all that belongs to it. */
#define _GNU_SOURCE /* stpcpy */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

void *content_new(size_t size) {
  Content *c = calloc(1, size);
  if (c) c->bytes = size;
  return c;
}

typedef union Block { /* what a content owns: a list */
  union Block *next;
  max_align_t align;
} Block;

static void *own(Content *c, size_t bytes) {
  Block *b = malloc(sizeof *b + bytes);
  if (!b) {
    c->failed = true;
    return NULL;
  }
  b->next = c->owned;
  c->owned = b;
  c->bytes += bytes;
  return b + 1;
}

void content_drop_scaled(Content *c) {
  if (!c) return;
  free(c->kept);
  c->kept = NULL;
}

void content_free(Content *c) {
  if (!c) return;
  for (Block *b = c->owned, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  content_drop_scaled(c);
  free(c);
}

void *content_copy(Content *c, const void *from, size_t bytes) {
  void *to = from ? own(c, bytes) : NULL;
  if (to && bytes) memcpy(to, from, bytes);
  return to;
}

char **content_texts(Content *c, const char *const *from, int n) {
  if (!from || n <= 0) return NULL;
  size_t bytes = (size_t)n * sizeof(char *);
  for (int i = 0; i < n; i++) bytes += (from[i] ? strlen(from[i]) : 0) + 1;
  char **t = own(c, bytes);
  if (!t) return NULL;
  char *at = (char *)(t + n);
  for (int i = 0; i < n; i++) {
    t[i] = at;
    at = stpcpy(at, from[i] ? from[i] : "") + 1;
  }
  return t;
}
