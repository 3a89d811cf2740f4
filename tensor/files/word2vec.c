/* word2vec.c: the binary form of word2vec (Mikolov et al. 2013): see dataset.h. */
#include "dataset.h"
#include "parallel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* "count d" and a line end; the first byte behind it, or NULL. */
static const char *head_read(const char *text, size_t size, int64_t *count, int64_t *d) {
  const size_t most = size < 44 ? size : 44; /* two numbers of 64 bits */
  const char *end = memchr(text, '\n', most), *blank = end ? memchr(text, ' ', (size_t)(end - text)) : NULL;
  if (!blank || blank == text || blank + 1 == end) return NULL;
  for (const char *p = text; p < end; p++)
    if (p != blank && (*p < '0' || *p > '9')) return NULL;
  *count = strtoll(text, NULL, 10);
  *d = strtoll(blank + 1, NULL, 10);
  return end + 1;
}

bool word2vec_is(const char *text, size_t size) {
  int64_t count, d;
  const char *p = head_read(text, size, &count, &d);
  if (!p) return false;
  /* Text has no such bytes; among the first vectors' there are some. */
  for (size_t i = 0; i < 1 << 16 && p < text + size; i++, p++)
    if ((unsigned char)*p < '\t') return true;
  return false;
}

static bool read_words(const char *name, const char *p, const char *end, Glove *out, Err *e) {
  const int64_t d = out->vectors->shape[1];
  const size_t bytes = (size_t)d * sizeof(float);
  for (int64_t i = 0; i < out->n; i++) {
    while (p < end && *p == '\n') p++; /* after a vector, or not: writers differ */
    const char *blank = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
    if (!blank || (size_t)(end - blank - 1) < bytes)
      return err_set(e, "%s: is cut off within word %" PRId64 " of %" PRId64, name, i + 1, out->n);
    out->word[i] = (Span){p, (size_t)(blank - p)};
    memcpy(out->vectors->data + (size_t)i * bytes, blank + 1, bytes);
    p = blank + 1 + bytes;
    if (i % 65536 == 0 && interrupt_pending()) return err_interrupted(e, "interrupted");
  }
  return true;
}

/* For glove.c too, which stands above this file. */
void glove_free(Glove *g) {
  free(g->word);
  tensor_release(g->vectors);
  *g = (Glove){0};
}

bool word2vec_read(const char *name, const char *text, size_t size, int64_t rows, Glove *out, Err *e) {
  int64_t count, d;
  const char *p = head_read(text, size, &count, &d);
  *out = (Glove){0};
  if (!p)
    return err_set(e, "%s: no head of word2vec: two numbers, words and dimensions, in the first line", name);
  /* Each word needs a blank and its numbers: no claim is larger than the file. */
  if (count < 1 || d < 1 || (double)count * (4 * (double)d + 1) > (double)size)
    return err_set(e, "%s: %" PRId64 " words of %" PRId64 " numbers do not fit into it", name, count, d);
  out->n = rows > 0 && rows < count ? rows : count;
  out->word = calloc((size_t)out->n, sizeof *out->word);
  out->vectors = out->word ? tensor_new(F32, 2, (int64_t[]){out->n, d}, e) : NULL;
  if (!out->word) err_set(e, "%s: out of memory for %" PRId64 " words", name, out->n);
  if (out->vectors && read_words(name, p, text + size, out, e)) return true;
  glove_free(out);
  return false;
}
