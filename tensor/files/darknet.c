/* darknet.c: see darknet.h. */
#include "darknet.h"
#include "lazy.h"
#include "number.h"

#include <inttypes.h>
#include <string.h>

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

static Span trimmed(const char *at, const char *end) {
  while (at < end && blank(*at)) at++;
  while (end > at && blank(end[-1])) end--;
  return (Span){at, (size_t)(end - at)};
}

static bool read_line(const char *name, Span s, int64_t line, DarknetLine *out, Err *e) {
  *out = (DarknetLine){.line = line};
  if (memchr(s.at, 0, s.n)) return err_set(e, "%s:%" PRId64 ": a zero byte", name, line);
  if (*s.at == '[') {
    if (s.at[s.n - 1] != ']' || s.n < 3)
      return err_set(e, "%s:%" PRId64 ": a section without its ]", name, line);
    out->name = (Span){s.at + 1, s.n - 2};
    return true;
  }
  const char *equals = memchr(s.at, '=', s.n);
  if (!equals || equals == s.at)
    return err_set(e, "%s:%" PRId64 ": neither [section] nor key = value", name, line);
  out->name = trimmed(s.at, equals);
  out->value = trimmed(equals + 1, s.at + s.n);
  return true;
}

bool darknet_cfg(const char *name, const char *text, size_t size, size_t *at, int64_t *line, DarknetLine *out,
                 Err *e) {
  e->message[0] = 0;
  while (*at < size) {
    const char *from = text + *at, *end = memchr(from, '\n', size - *at);
    if (!end) end = text + size;
    *at = (size_t)(end - text) + 1;
    ++*line;
    Span s = trimmed(from, end);
    if (s.n && *s.at != '#' && *s.at != ';') return read_line(name, s, *line, out, e);
  }
  return false;
}

bool darknet_weights(const char *path, DarknetWeights *w, Err *e) {
  LazyList l;
  unsigned char head[20] = {0};
  *w = (DarknetWeights){0};
  if (!lazy_begin(&l, path, e)) return false;
  bool ok = l.size >= 16 ? lazy_bytes(&l, 0, head, l.size < 20 ? (size_t)l.size : 20, e)
                         : err_set(e, "%s: cut off within the header of Darknet's weights", path);
  w->major = (int32_t)number_little(head, 4);
  w->minor = (int32_t)number_little(head + 4, 4);
  w->revision = (int32_t)number_little(head + 8, 4);
  bool wide = (int64_t)w->major * 10 + w->minor >= 2 && w->major < 1000 && w->minor < 1000;
  w->transposed = w->major > 1000 || w->minor > 1000;
  w->seen = wide ? (int64_t)number_little(head + 12, 8) : (int32_t)number_little(head + 12, 4);
  uint64_t start = wide ? 20 : 16;
  if (ok && (w->major < 0 || w->minor < 0 || w->seen < 0 || w->major > 100000 || w->minor > 100000))
    ok = err_set(e, "%s: no weights of Darknet's: version %d.%d", path, w->major, w->minor);
  if (ok && (l.size < start || (l.size - start) % 4))
    ok = err_set(e, "%s: cut off: %" PRIu64 " bytes behind the header are no whole number of f32", path,
                 l.size < start ? 0 : l.size - start);
  int64_t n = ok ? (int64_t)((l.size - start) / 4) : 0, one = 1;
  int storage = ok ? lazy_storage(&l, (RawType){'f', 4, false}, start, n, e) : -1;
  ok = storage >= 0 && lazy_entry(&l, "weights", storage, 0, &(Shape){1, {n}}, &one, e);
  bool part;
  w->numbers = ok ? lazy_read(&l, 0, &part, e) : NULL;
  lazy_close(&l);
  return w->numbers != NULL;
}
