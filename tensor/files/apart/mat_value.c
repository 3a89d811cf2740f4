/* mat_value.c: see mat_value.h. */
#include "mat_value.h"

#include <stdlib.h>

Tensor *mat_turned(Tensor *flat, const Shape *s, Err *e) {
  int64_t stride[DIMS], step = 1;
  for (int i = 0; flat && i < s->nd; i++) {
    stride[i] = step;
    step *= s->d[i];
  }
  Tensor *view = flat ? tensor_view(flat, s->nd, s->d, stride, 0, e) : NULL,
         *t = view ? tensor_clone(view, e) : NULL;
  tensor_release(view);
  tensor_release(flat);
  return t;
}

/* The code point of UTF-16 at unit i of a row, as UTF-8; how many bytes.  *i moves over both halves of a pair. */
static size_t utf8_of(const uint16_t *row, size_t step, size_t n, size_t *i, char to[4]) {
  uint32_t c = row[*i * step];
  if (c >= 0xd800 && c < 0xdc00 && *i + 1 < n) {
    uint32_t low = row[(*i + 1) * step];
    if (low >= 0xdc00 && low < 0xe000) c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00), ++*i;
  }
  if (c >= 0xd800 && c < 0xe000) c = 0xfffd; /* half of a pair */
  size_t bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t k = bytes - 1; k > 0; k--, c >>= 6) to[k] = (char)(0x80 | (c & 0x3f));
  to[0] = (char)(first[bytes] | c);
  return bytes;
}

bool mat_text(NamedList *list, const char *name, const uint16_t *units, size_t rows, size_t cols, Err *e) {
  char **text = calloc(rows + 1, sizeof *text);
  bool ok = text != NULL;
  for (size_t i = 0; ok && i < rows; i++) {
    ok = (text[i] = malloc(3 * cols + 1)) != NULL;
    size_t n = 0;
    for (size_t j = 0; ok && j < cols; j++) n += utf8_of(units + i, rows, cols, &j, text[i] + n);
    if (ok) text[i][n] = 0;
  }
  if (ok) return named_add_text(list, name, text, (int64_t)rows, e);
  for (size_t i = 0; text && i < rows; i++) free(text[i]);
  free(text);
  return err_set(e, "is too large: out of memory");
}
