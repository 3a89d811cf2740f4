/* png.c: PNG files of 8 bits (ISO/IEC 15948): each row filtered by the difference to the row above or to
 * the left, whichever sums to less, then one zlib stream. */
#include "image.h"

#include "io.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

Tensor *image_bytes(const char *path, const Tensor *t, Err *e) {
  char text[TEXT];
  int64_t c = t->nd == 3 ? t->shape[2] : 1;
  if (t->nd < 2 || t->nd > 3 || c < 1 || c > 4 || t->n == 0 ||
      !(t->dtype == U8 || t->dtype == BOOL || dtype_is_float(t->dtype))) {
    err_set(e, "%s: a picture is u8 or f32 [h,w] or [h,w,c] with c from 1 to 4, got %s", path,
            tensor_text(text, t));
    return NULL;
  }
  if (t->dtype == U8) return tensor_clone(t, e);
  Tensor *bytes = tensor_new(U8, t->nd, t->shape, e);
  for (int64_t i = 0; bytes && i < t->n; i++) {
    double v = tensor_get(t, i);
    ((unsigned char *)bytes->data)[i] = v >= 1  ? 255
                                        : v > 0 ? (unsigned char)lrint(v * 255)
                                                : 0; /* NaN is 0 */
  }
  return bytes;
}

static void put32(unsigned char *p, size_t v) {
  for (int i = 0; i < 4; i++) p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static bool chunk(FILE *f, const char *type, const unsigned char *data, size_t n) {
  unsigned char head[8], tail[4];
  put32(head, n);
  memcpy(head + 4, type, 4);
  uLong crc = crc32(crc32(0, NULL, 0), head + 4, 4);
  for (size_t at = 0; at < n; at += 1 << 30)
    crc = crc32(crc, data + at, (uInt)(n - at < 1 << 30 ? n - at : 1 << 30));
  put32(tail, crc);
  return fwrite(head, 1, 8, f) == 8 && fwrite(data, 1, n, f) == n && fwrite(tail, 1, 4, f) == 4;
}

/* to[0]: the filter's number (1 left, 2 up), then the row. */
static void filter_row(unsigned char *to, const unsigned char *row, const unsigned char *up, size_t n,
                       size_t c) {
  uint64_t left_sum = 0, up_sum = 0;
  for (size_t i = 0; i < n; i++) {
    left_sum += (uint64_t)abs((signed char)(unsigned char)(row[i] - (i >= c ? row[i - c] : 0)));
    up_sum += (uint64_t)abs((signed char)(unsigned char)(row[i] - (up ? up[i] : 0)));
  }
  bool above = up && up_sum < left_sum;
  to[0] = above ? 2 : 1;
  for (size_t i = 0; i < n; i++)
    to[i + 1] = (unsigned char)(row[i] - (above ? up[i] : i >= c ? row[i - c] : 0));
}

static bool write_png(FILE *f, const Tensor *bytes, unsigned char *rows, unsigned char *packed, uLongf room) {
  static const unsigned char magic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  size_t h = (size_t)bytes->shape[0], w = (size_t)bytes->shape[1];
  size_t c = bytes->nd == 3 ? (size_t)bytes->shape[2] : 1, n = w * c;
  unsigned char head[13] = {[8] = 8, [9] = (unsigned char[]){0, 4, 2, 6}[c - 1]};
  put32(head, w);
  put32(head + 4, h);
  for (size_t y = 0; y < h; y++)
    filter_row(rows + y * (n + 1), bytes->data + y * n, y ? bytes->data + (y - 1) * n : NULL, n, c);
  return compress2(packed, &room, rows, h * (n + 1), 6) == Z_OK && fwrite(magic, 1, 8, f) == 8 &&
         chunk(f, "IHDR", head, 13) && chunk(f, "IDAT", packed, room) && chunk(f, "IEND", packed, 0);
}

bool png_save(const char *path, const Tensor *t, Err *e) {
  Tensor *bytes = image_bytes(path, t, e);
  if (!bytes) return false;
  size_t raw = (size_t)bytes->n + (size_t)bytes->shape[0];
  uLong room = compressBound(raw);
  unsigned char *rows = malloc(raw), *packed = malloc(room);
  bool ok = rows && packed && room < INT32_MAX;
  if (!ok) err_set(e, "%s: out of memory for %zu bytes", path, raw);
  SafeFile file;
  if (ok && (ok = safe_open(&file, path, e))) {
    ok = write_png(file.f, bytes, rows, packed, room);
    if (!ok) err_set(e, "%s: could not be written whole", path);
    ok = safe_commit(&file, ok, e);
  }
  free(rows);
  free(packed);
  tensor_release(bytes);
  return ok;
}
