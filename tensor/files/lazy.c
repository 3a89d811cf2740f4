/* lazy.c: see lazy.h. */
#include "lazy.h"

#include "list_room.h"
#include "parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

const char *not_a_model(const unsigned char *head, size_t n) {
  static const char lfs[] = "version https://git-lfs";
  while (n && strchr(" \t\r\n", *head) && *head) head++, n--;
  if (n >= sizeof lfs - 1 && memcmp(head, lfs, sizeof lfs - 1) == 0)
    return "it is a pointer of Git LFS and not the file itself (git lfs pull fetches it)";
  if (n >= 5 &&
      (strncasecmp((const char *)head, "<!doc", 5) == 0 || strncasecmp((const char *)head, "<html", 5) == 0 ||
       strncasecmp((const char *)head, "<?xml", 5) == 0))
    return "it is a web page, saved in the place of the file";
  return NULL;
}

bool lazy_begin(LazyList *l, const char *path, Err *e) {
  struct stat st;
  unsigned char head[64];
  *l = (LazyList){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), .path = strdup(path)};
  if (l->fd < 0 || fstat(l->fd, &st) != 0) {
    err_set(e, "%s: %s", path, strerror(errno));
  } else if (!S_ISREG(st.st_mode)) {
    err_set(e, "%s: not a regular file", path);
  } else if (!l->path) {
    err_set(e, "%s: out of memory", path);
  } else {
    l->size = (uint64_t)st.st_size;
    ssize_t n = pread(l->fd, head, sizeof head, 0);
    const char *why = n > 0 ? not_a_model(head, (size_t)n) : n == 0 ? "it is empty" : strerror(errno);
    if (!why) return true;
    err_set(e, "%s: %s", path, why);
  }
  lazy_close(l);
  return false;
}

bool lazy_bytes(const LazyList *l, uint64_t at, void *to, size_t n, Err *e) {
  enum { PIECE = 16 << 20 };
  for (size_t done = 0; done < n;) {
    if (interrupt_pending()) return err_interrupted(e, "%s: interrupted", l->path);
    size_t want = n - done < PIECE ? n - done : PIECE;
    ssize_t got = pread(l->fd, (char *)to + done, want, (off_t)(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return err_set(e, "%s: %s at byte %" PRIu64, l->path, got < 0 ? strerror(errno) : "cut off", at + done);
    done += (size_t)got;
  }
  return true;
}

int lazy_storage(LazyList *l, RawType type, uint64_t at, int64_t n, Err *e) {
  uint64_t bytes;
  if (n < 0 || __builtin_mul_overflow((uint64_t)n, (uint64_t)type.size, &bytes) || at > l->size ||
      bytes > l->size - at) {
    err_set(e, "%s: cut off: %" PRId64 " numbers of %d bytes from byte %" PRIu64 " of %" PRIu64, l->path, n,
            type.size, at, l->size);
    return -1;
  }
  if (!list_room((void **)&l->storage, l->storages, &l->storage_room, sizeof *l->storage)) {
    err_set(e, "%s: out of memory", l->path);
    return -1;
  }
  l->storage[l->storages] = (LazyStorage){.type = type, .at = at, .n = n};
  return l->storages++;
}

/* Are all elements at offset + index . stride within n? */
static bool within(const Shape *s, const int64_t *stride, int64_t offset, int64_t n) {
  int64_t last = offset, step;
  for (int d = 0; d < s->nd; d++) {
    if (s->d[d] == 0) return offset >= 0 && offset <= n;
    if (stride[d] < 0 || __builtin_mul_overflow(s->d[d] - 1, stride[d], &step) ||
        __builtin_add_overflow(last, step, &last))
      return false;
  }
  return offset >= 0 && last < n;
}

bool lazy_entry(LazyList *l, const char *name, int storage, int64_t offset, const Shape *shape,
                const int64_t *stride, Err *e) {
  char text[TEXT];
  LazyStorage *s = &l->storage[storage];
  if (shape_numel(shape->nd, shape->d) < 0 || !within(shape, stride, offset, s->n))
    return err_set(e, "%s: '%.100s' %s reaches beyond its storage of %" PRId64 " numbers", l->path, name,
                   shape_text(text, shape->nd, shape->d), s->n);
  if (!list_room((void **)&l->entry, l->entries, &l->entry_room, sizeof *l->entry))
    return err_set(e, "%s: out of memory", l->path);
  LazyEntry *entry = &l->entry[l->entries];
  *entry = (LazyEntry){.name = strdup(name), .storage = storage, .offset = offset, .shape = *shape};
  if (!entry->name) return err_set(e, "%s: out of memory", l->path);
  memcpy(entry->stride, stride, (size_t)shape->nd * sizeof *stride);
  l->entries++;
  return true;
}

bool lazy_leave_out(LazyList *l, const char *name, Err *why, Err *e) {
  return named_leave_out(&l->left, name, why) || err_set(e, "%s: out of memory", l->path);
}

typedef struct Stretch {
  uint64_t from, to;
} Stretch;

static int by_from(const void *p, const void *q) {
  const Stretch *a = p, *b = q;
  return a->from < b->from ? -1 : a->from > b->from;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

bool lazy_once(const char *path, const char **names, int n, const char *why, Err *e) {
  qsort(names, (size_t)n, sizeof *names, by_name);
  for (int i = 1; i < n; i++)
    if (strcmp(names[i - 1], names[i]) == 0)
      return err_set(e, "%s: the name '%.100s' is there twice%s", path, names[i], why);
  return true;
}

/* Two storages over the same bytes are how a small file pretends to be large. */
bool lazy_check(const LazyList *l, Err *e) {
  Stretch *s = malloc(((size_t)l->storages + 1) * sizeof *s);
  if (!s) return err_set(e, "%s: out of memory", l->path);
  int n = 0;
  for (int i = 0; i < l->storages; i++) {
    const LazyStorage *one = &l->storage[i];
    if (one->n) s[n++] = (Stretch){one->at, one->at + (uint64_t)one->n * (uint64_t)one->type.size};
  }
  qsort(s, (size_t)n, sizeof *s, by_from);
  bool ok = true;
  for (int i = 1; ok && i < n; i++)
    if (s[i].from < s[i - 1].to) ok = err_set(e, "%s: tensors overlap", l->path);
  free(s);
  return ok;
}

Dtype lazy_dtype(const LazyList *l, int i) {
  Dtype d = F32;
  raw_dtype(l->storage[l->entry[i].storage].type, &d);
  return d;
}

/* In pieces, those of a file being other numbers than those here. */
static bool convert(const LazyList *l, const LazyStorage *s, Tensor *t, bool *part, Err *e) {
  enum { PIECE = 1 << 20 };
  const int64_t most = PIECE / s->type.size;
  unsigned char *piece = malloc(PIECE);
  bool ok = piece ? true : err_set(e, "%s: out of memory", l->path);
  for (int64_t i = 0; ok && i < s->n; i += most) {
    int64_t n = s->n - i < most ? s->n - i : most, one = 1;
    Tensor *some = tensor_view(t, 1, &n, &one, i, e);
    ok = some &&
         lazy_bytes(l, s->at + (uint64_t)i * (uint64_t)s->type.size, piece, (size_t)(n * s->type.size), e);
    if (ok) *part = !(ok = raw_read(s->type, piece, some, e));
    tensor_release(some);
  }
  free(piece);
  return ok;
}

static Tensor *read_storage(const LazyList *l, const LazyStorage *s, bool *part, Err *e) {
  Dtype d;
  if (!raw_dtype(s->type, &d)) {
    err_set(e, "%s: numbers of a kind that there is none of", l->path);
    return NULL;
  }
  Tensor *t = tensor_new(d, 1, &s->n, e);
  if (!t) return NULL;
  if (raw_same_bytes(s->type, d) ? lazy_bytes(l, s->at, t->data, (size_t)s->n * (size_t)s->type.size, e)
                                 : convert(l, s, t, part, e))
    return t;
  tensor_release(t);
  return NULL;
}

Tensor *lazy_read(LazyList *l, int i, bool *part, Err *e) {
  const LazyEntry *entry = &l->entry[i];
  LazyStorage *s = &l->storage[entry->storage];
  *part = false;
  Tensor *all = s->all ? tensor_retain(s->all) : read_storage(l, s, part, e);
  if (!all) return NULL;
  if (!s->all) s->all = tensor_retain(all);
  Tensor *t = tensor_view(all, entry->shape.nd, entry->shape.d, entry->stride, entry->offset, e);
  tensor_release(all);
  return t;
}

bool lazy_read_all(LazyList *l, NamedList *list, Err *e) {
  bool ok = true, part;
  for (int i = 0; ok && i < l->left.n_left; i++) {
    Err why;
    err_set(&why, "%s", l->left.left[i].why);
    ok = named_leave_out(list, l->left.left[i].name, &why) || err_set(e, "%s: out of memory", l->path);
  }
  for (int i = 0; ok && i < l->entries; i++) {
    Tensor *t = lazy_read(l, i, &part, e);
    ok = t ? named_add(list, l->entry[i].name, t, e) : part && named_leave_out(list, l->entry[i].name, e);
  }
  lazy_close(l);
  if (!ok) named_free(list);
  return ok;
}

void lazy_close(LazyList *l) {
  for (int i = 0; i < l->storages; i++) tensor_release(l->storage[i].all);
  for (int i = 0; i < l->entries; i++) free(l->entry[i].name);
  named_free(&l->left);
  free(l->storage);
  free(l->entry);
  free(l->path);
  if (l->fd >= 0) close(l->fd);
  *l = (LazyList){.fd = -1};
}
