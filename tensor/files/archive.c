/* archive.c: see archive.h. */
#include "archive.h"

#include "number.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

bool archive_begins(const unsigned char *head, size_t n) { return n >= 4 && memcmp(head, "PK\3\4", 4) == 0; }

typedef struct Directory {
  uint64_t at, size, n;
} Directory;

enum { END = 22, END64 = 56, LOCATOR = 20, COMMENT = 65535, CENTRAL = 46, LOCAL = 30 };

/* The record at the end, and the one before it when numbers need 64 bits. */
static bool find_directory(const LazyList *f, Directory *d, Err *e) {
  size_t n = f->size < END + COMMENT + LOCATOR ? (size_t)f->size : END + COMMENT + LOCATOR;
  unsigned char *tail = malloc(n + 1), wide[END64];
  if (!tail) return err_set(e, "%s: out of memory", f->path);
  bool ok = lazy_bytes(f, f->size - n, tail, n, e), found = false;
  size_t i = n;
  while (ok && !found && i >= END) {
    i--;
    found =
        i + END <= n && memcmp(tail + i, "PK\5\6", 4) == 0 && i + END + number_little(tail + i + 20, 2) <= n;
  }
  if (ok && !found) ok = err_set(e, "%s: cut off: the zip file has no directory", f->path);
  if (ok)
    *d = (Directory){number_little(tail + i + 16, 4), number_little(tail + i + 12, 4),
                     number_little(tail + i + 10, 2)};
  if (ok && i >= LOCATOR && memcmp(tail + i - LOCATOR, "PK\6\7", 4) == 0) {
    uint64_t at = number_little(tail + i - LOCATOR + 8, 8);
    ok = at <= f->size && f->size - at >= END64 ? lazy_bytes(f, at, wide, END64, e)
                                                : err_set(e, "%s: its zip directory lies outside", f->path);
    if (ok && memcmp(wide, "PK\6\6", 4) == 0)
      *d = (Directory){number_little(wide + 48, 8), number_little(wide + 40, 8), number_little(wide + 32, 8)};
  }
  free(tail);
  if (ok && (d->at > f->size || d->size > f->size - d->at || d->n > d->size / CENTRAL))
    ok = err_set(e, "%s: its zip directory lies outside the file", f->path);
  return ok;
}

/* Sizes that do not fit 32 bits stand in an extra field, in this order, those that need it only. */
static void wide_sizes(const unsigned char *extra, size_t n, ZipMember *m) {
  for (size_t at = 0; at + 4 <= n;) {
    size_t id = (size_t)number_little(extra + at, 2), size = (size_t)number_little(extra + at + 2, 2),
           k = at + 4;
    if (size > n - k) return;
    uint64_t *want[3] = {&m->size, &m->packed, &m->header};
    for (int i = 0; id == 1 && i < 3; i++)
      if (*want[i] == UINT32_MAX && k + 8 <= at + 4 + size) {
        *want[i] = number_little(extra + k, 8);
        k += 8;
      }
    at += 4 + size;
  }
}

/* One entry of the directory; how many bytes it takes, 0: it is damaged. */
static size_t entry(const unsigned char *d, size_t n, ZipMember *m, char *name) {
  if (n < CENTRAL || memcmp(d, "PK\1\2", 4) != 0) return 0;
  size_t names = (size_t)number_little(d + 28, 2), extra = (size_t)number_little(d + 30, 2);
  size_t all = CENTRAL + names + extra + (size_t)number_little(d + 32, 2);
  if (all > n) return 0;
  *m = (ZipMember){.name = name,
                   .method = d[8] & 1 ? -1 : (int)number_little(d + 10, 2), /* encrypted */
                   .crc = (uint32_t)number_little(d + 16, 4),
                   .packed = number_little(d + 20, 4),
                   .size = number_little(d + 24, 4),
                   .header = number_little(d + 42, 4)};
  memcpy(name, d + CENTRAL, names);
  name[names] = 0;
  wide_sizes(d + CENTRAL + names, extra, m);
  return all;
}

static bool find_bytes(const LazyList *f, ZipMember *m, Err *e) {
  unsigned char local[LOCAL];
  bool ok = m->header <= f->size && f->size - m->header >= LOCAL &&
            lazy_bytes(f, m->header, local, LOCAL, e) && memcmp(local, "PK\3\4", 4) == 0;
  m->at = m->header + LOCAL + (ok ? number_little(local + 26, 2) + number_little(local + 28, 2) : 0);
  if (ok && m->at <= f->size && m->packed <= f->size - m->at && (m->method || m->packed == m->size))
    return true;
  return err_set(e, "%s: its member '%.100s' lies outside the file or is damaged", f->path, m->name);
}

static int by_name(const void *p, const void *q) {
  return strcmp(((const ZipMember *)p)->name, ((const ZipMember *)q)->name);
}

bool archive_open(const LazyList *file, Zip *z, Err *e) {
  Directory d = {0};
  *z = (Zip){0};
  if (!find_directory(file, &d, e)) return false;
  unsigned char *text = malloc((size_t)d.size + 1);
  z->member = calloc((size_t)d.n + 1, sizeof *z->member);
  z->names = malloc((size_t)d.size + (size_t)d.n + 1);
  bool ok = text && z->member && z->names;
  if (!ok) err_set(e, "%s: out of memory", file->path);
  ok = ok && lazy_bytes(file, d.at, text, (size_t)d.size, e);
  size_t at = 0, names = 0;
  for (uint64_t i = 0; ok && i < d.n; i++) {
    ZipMember *m = &z->member[z->n];
    size_t n = entry(text + at, (size_t)d.size - at, m, z->names + names);
    if (n == 0) {
      ok = err_set(e, "%s: its zip directory is damaged", file->path);
      break;
    }
    ok = find_bytes(file, m, e);
    names += strlen(m->name) + 1;
    at += n;
    z->n++;
  }
  free(text);
  if (ok && z->member) qsort(z->member, (size_t)z->n, sizeof *z->member, by_name);
  else archive_close(z);
  return ok;
}

void archive_close(Zip *z) {
  free(z->member);
  free(z->names);
  *z = (Zip){0};
}

const ZipMember *archive_find(const Zip *z, const char *name) {
  const ZipMember key = {.name = name};
  return z->n ? bsearch(&key, z->member, (size_t)z->n, sizeof key, by_name) : NULL;
}

static bool inflate_all(const unsigned char *from, size_t n, unsigned char *to, size_t size) {
  z_stream s = {.next_in = (unsigned char *)(uintptr_t)from,
                .avail_in = (uInt)n,
                .next_out = to,
                .avail_out = (uInt)size};
  if (n > UINT32_MAX || size > UINT32_MAX || inflateInit2(&s, -15) != Z_OK) return false;
  bool ok = inflate(&s, Z_FINISH) == Z_STREAM_END && s.total_out == size;
  inflateEnd(&s);
  return ok;
}

unsigned char *archive_read(const LazyList *file, const ZipMember *m, Err *e) {
  if (m->method != 0 && m->method != 8) {
    err_set(e, "%s: its member '%.100s' is encrypted, or packed in a way that is not read", file->path,
            m->name);
    return NULL;
  }
  Err why;
  if (!plausible(file->path, (double)m->size, (double)m->packed, &why)) {
    err_set(e, "%s: its member '%.100s' %s", file->path, m->name, why.message);
    return NULL;
  }
  unsigned char *packed = malloc((size_t)m->packed + 1),
                *data = m->method ? malloc((size_t)m->size + 1) : packed;
  bool ok = packed && data;
  if (!ok) err_set(e, "%s: out of memory", file->path);
  ok = ok && lazy_bytes(file, m->at, packed, (size_t)m->packed, e);
  if (ok && m->method && !inflate_all(packed, (size_t)m->packed, data, (size_t)m->size))
    ok = err_set(e, "%s: its member '%.100s' is damaged", file->path, m->name);
  if (ok && crc32_z(0, data, (size_t)m->size) != m->crc)
    ok = err_set(e, "%s: its member '%.100s' is damaged: the checksum is wrong", file->path, m->name);
  if (data != packed) free(packed);
  if (ok) data[m->size] = 0;
  else free(data);
  return ok ? data : NULL;
}
