/* memory_file.c: see memory_file.h. */
#include "memory_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The bytes of a tensor in sum: every one, or of a view (one number as a matrix of any size) its first elements and the
 * last. */
static unsigned bytes_of(const Tensor *t) {
  unsigned sum = 0;
  if (tensor_is_contiguous(t)) {
    const unsigned char *byte = t->data;
    for (int64_t k = 0; k < t->n * (int64_t)dtype_size[t->dtype]; k++) sum += byte[k];
    for (int64_t k = 0; t->dtype == BOOL && k < t->n; k++)
      if (byte[k] > 1) __builtin_trap();
    return sum;
  }
  enum { FIRST = 1 << 14 };
  for (int64_t k = 0; k < t->n && k < FIRST; k++) sum += tensor_get(t, k) > 0;
  return sum + (t->n > 0 && tensor_get(t, t->n - 1) > 0);
}

/* What was read must be all there. */
static void look(const NamedList *list) {
  static volatile unsigned seen;
  unsigned sum = 0;
  for (int i = 0; i < list->n; i++) {
    if (list->item[i].tensor) sum += bytes_of(list->item[i].tensor);
    for (int64_t k = 0; k < list->item[i].texts; k++) sum += (unsigned)strlen(list->item[i].text[k]);
  }
  seen = seen + sum;
}

void read_in_memory(bool (*load)(const char *path, NamedList *list, Err *e), const uint8_t *data,
                    size_t size) {
  char path[] = "/dev/shm/lunette-fuzz-XXXXXX"; /* libhdf5 wants a real path: no memfd */
  int fd = mkstemp(path);
  if (fd < 0) return;
  NamedList list = {0};
  Err e = {0};
  if (write(fd, data, size) == (ssize_t)size) {
    if (load(path, &list, &e)) look(&list);
    else if (!strstr(e.message, path) && !e.interrupted) __builtin_trap(); /* the message names the file */
  }
  named_free(&list);
  close(fd);
  unlink(path);
}
