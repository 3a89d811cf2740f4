/* io.c: see io.h */
#include "io.h"
#include "parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add_item(NamedList *list, const char *name, NamedTensor item, Err *e) {
  if (list->n == list->room) {
    int room = list->room ? list->room * 2 : 16;
    NamedTensor *more = realloc(list->item, (size_t)room * sizeof *more);
    if (!more) return err_set(e, "out of memory for a list of tensors");
    list->item = more;
    list->room = room;
  }
  if (!(item.name = strdup(name))) return err_set(e, "out of memory for a name");
  list->item[list->n++] = item;
  return true;
}

static void free_text(char **text, int64_t n) {
  for (int64_t i = 0; text && i < n; i++) free(text[i]);
  free(text);
}

bool named_add(NamedList *list, const char *name, Tensor *t, Err *e) {
  if (add_item(list, name, (NamedTensor){.tensor = t}, e)) return true;
  tensor_release(t);
  return false;
}

bool named_add_text(NamedList *list, const char *name, char **text, int64_t n, Err *e) {
  if (add_item(list, name, (NamedTensor){.text = text, .texts = n}, e)) return true;
  free_text(text, n);
  return false;
}

bool named_leave_out(NamedList *list, const char *name, Err *e) {
  if (e->interrupted) return false;
  if (list->n_left == list->room_left) {
    int room = list->room_left ? list->room_left * 2 : 16;
    LeftOut *more = realloc(list->left, (size_t)room * sizeof *more);
    if (!more) return err_set(e, "out of memory for a list of names");
    list->left = more;
    list->room_left = room;
  }
  LeftOut l = {strdup(name), strdup(e->message)};
  if (l.name && l.why) {
    list->left[list->n_left++] = l;
    return true;
  }
  free(l.name);
  free(l.why);
  return err_set(e, "out of memory for a name");
}

char *joined(const char *first, const char *between, const char *second, Err *e) {
  size_t n = strlen(first) + strlen(between) + strlen(second) + 1;
  char *text = malloc(n);
  if (text) snprintf(text, n, "%s%s%s", first, between, second);
  else err_set(e, "out of memory for a name");
  return text;
}

void named_free(NamedList *list) {
  for (int i = 0; i < list->n_left; i++) {
    free(list->left[i].name);
    free(list->left[i].why);
  }
  free(list->left);
  for (int i = 0; i < list->n; i++) {
    free(list->item[i].name);
    if (list->item[i].tensor) tensor_release(list->item[i].tensor);
    free_text(list->item[i].text, list->item[i].texts);
  }
  free(list->item);
  *list = (NamedList){0};
}

/* In pieces, so that ^C need not wait for a large file. */
static bool read_pieces(FILE *f, unsigned char *data, size_t size) {
  for (size_t at = 0; at < size;) {
    size_t want = size - at < 16 << 20 ? size - at : 16 << 20;
    if (interrupt_pending() || fread(data + at, 1, want, f) != want) return false;
    at += want;
  }
  return true;
}

bool plausible(const char *path, double bytes, double stored, Err *e) {
  const double free_room = 32 << 20, ratio = 32;
  struct stat st;
  if (stat(path, &st) == 0 && stored > (double)st.st_size) stored = (double)st.st_size; /* it may lie too */
  if (bytes <= free_room || bytes <= ratio * stored) return true;
  return err_set(e, "claims %.0f MB in %.1f MB of the file", bytes / (1 << 20), stored / (1 << 20));
}

/* A named pipe that nobody writes to is opened at once, not for ever. */
static FILE *open_at_once(const char *path) {
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  FILE *f = fd >= 0 ? fdopen(fd, "rb") : NULL;
  if (fd >= 0 && !f) close(fd);
  return f;
}

unsigned char *file_read(const char *path, size_t most, size_t *size, Err *e) {
  FILE *f = open_at_once(path);
  struct stat st;
  unsigned char *data = NULL;
  if (!f || fstat(fileno(f), &st) != 0) {
    err_set(e, "%s: %s", path, strerror(errno));
  } else if (!S_ISREG(st.st_mode)) {
    err_set(e, "%s: not a regular file", path);
  } else if ((size_t)st.st_size > most) {
    err_set(e, "%s: %lld bytes, at most %zu are read", path, (long long)st.st_size, most);
  } else if (!(data = malloc((size_t)st.st_size + 1))) {
    err_set(e, "%s: out of memory for %lld bytes", path, (long long)st.st_size);
  } else if (!read_pieces(f, data, (size_t)st.st_size)) {
    if (interrupt_pending()) err_interrupted(e, "%s: interrupted", path);
    else err_set(e, "%s: could not be read whole", path);
    free(data);
    data = NULL;
  }
  *size = data ? (size_t)st.st_size : 0;
  if (data) data[*size] = 0;
  if (f) fclose(f);
  return data;
}

/* Where a file of this name lies: at the end of links. */
static char *target_of(const char *path) {
  char *real = realpath(path, NULL);
  return real ? real : strdup(path);
}

/* Devices and pipes, which renaming would replace. */
static bool is_special(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

bool safe_open(SafeFile *s, const char *path, Err *e) {
  if (is_special(path)) return err_set(e, "%s: not a regular file", path);
  *s = (SafeFile){.path = target_of(path)};
  path = s->path ? s->path : path;
  size_t n = strlen(path) + 32;
  s->temporary = malloc(n);
  if (s->path && s->temporary) {
    snprintf(s->temporary, n, "%s.%ld.part", path, (long)getpid());
    s->f = fopen(s->temporary, "wb");
  }
  if (s->f) return true;
  err_set(e, "%s: %s", path, s->path && s->temporary ? strerror(errno) : "out of memory");
  free(s->path);
  free(s->temporary);
  return false;
}

bool safe_write(SafeFile *s, const void *data, size_t n, Err *e) {
  enum { PIECE = 8 << 20 };
  const char *p = data;
  while (n > 0) {
    size_t k = n < PIECE ? n : PIECE;
    if (interrupt_pending()) return err_interrupted(e, "%s: interrupted; nothing was written", s->path);
    if (fwrite(p, 1, k, s->f) != k)
      return err_set(e, "%s: could not be written (%s)", s->path, strerror(errno));
    if (k == PIECE && (fflush(s->f) != 0 || fdatasync(fileno(s->f)) != 0))
      return err_set(e, "%s: could not be written (%s)", s->path, strerror(errno));
    p += k;
    n -= k;
  }
  return true;
}

static bool sync_directory(const char *path) {
  char *copy = strdup(path);
  if (!copy) return false;
  int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  free(copy);
  return ok;
}

bool safe_commit(SafeFile *s, bool ok, Err *e) {
  bool written = ok && fflush(s->f) == 0 && fsync(fileno(s->f)) == 0;
  int why = errno;
  written = fclose(s->f) == 0 && written;
  if (written && rename(s->temporary, s->path) == 0) {
    sync_directory(s->path); /* a file system that cannot is still consistent */
  } else {
    if (written) why = errno;
    if (ok) err_set(e, "%s: %s", s->path, strerror(why));
    unlink(s->temporary);
    written = false;
  }
  free(s->path);
  free(s->temporary);
  return written;
}
