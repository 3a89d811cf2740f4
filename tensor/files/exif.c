/* exif.c: see exif.h. */
#include "exif.h"

#include <stdlib.h>
#include <string.h>

static uint32_t number(const unsigned char *p, int bytes, bool big) {
  uint32_t v = 0;
  for (int i = 0; i < bytes; i++) v |= (uint32_t)p[big ? bytes - 1 - i : i] << (8 * i);
  return v;
}

/* A TIFF header and its first directory: entries of tag, type, count, value, 12 bytes each. */
static int in_tiff(const unsigned char *t, size_t n) {
  enum { TAG = 0x0112, SHORT = 3, ENTRY = 12 };
  if (n >= 6 && memcmp(t, "Exif\0\0", 6) == 0) t += 6, n -= 6;
  if (n < 8 || (memcmp(t, "II*\0", 4) != 0 && memcmp(t, "MM\0*", 4) != 0)) return 1;
  const bool big = t[0] == 'M';
  const size_t at = number(t + 4, 4, big);
  if (at > n - 2 || at < 8) return 1;
  const size_t count = number(t + at, 2, big), room = (n - at - 2) / ENTRY;
  for (size_t i = 0; i < count && i < room; i++) {
    const unsigned char *e = t + at + 2 + i * ENTRY;
    if (number(e, 2, big) != TAG || number(e + 2, 2, big) != SHORT) continue;
    const uint32_t v = number(e + 8, 2, big);
    return v >= 1 && v <= 8 ? (int)v : 1;
  }
  return 1;
}

static int in_jpeg(const unsigned char *d, size_t n) {
  for (size_t at = 2; at + 4 <= n && d[at] == 0xff;) {
    const int marker = d[at + 1];
    if (marker == 0xff || marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker == 0xff ? 1 : 2;
      continue;
    }
    const size_t length = number(d + at + 2, 2, true);
    if (marker == 0xda || length < 2 || length > n - at - 2) return 1; /* the pixels begin */
    if (marker == 0xe1 && length >= 8 && memcmp(d + at + 4, "Exif\0\0", 6) == 0)
      return in_tiff(d + at + 4, length - 2);
    at += 2 + length;
  }
  return 1;
}

/* Chunks from `at` on: PNG's length, type, bytes, checksum; RIFF's type, length, bytes to an even number. */
static int in_chunks(const unsigned char *d, size_t n, size_t at, bool png) {
  while (n - at >= 8) {
    const size_t length = number(d + at + (png ? 0 : 4), 4, png);
    if (length > n - at - 8) return 1;
    if (memcmp(d + at + (png ? 4 : 0), png ? "eXIf" : "EXIF", 4) == 0) return in_tiff(d + at + 8, length);
    const size_t step = 8 + length + (png ? 4 : length % 2);
    if (step > n - at) return 1;
    at += step;
  }
  return 1;
}

int exif_orientation(const unsigned char *d, size_t n) {
  if (n >= 4 && d[0] == 0xff && d[1] == 0xd8) return in_jpeg(d, n);
  if (n >= 12 && memcmp(d, "RIFF", 4) == 0) return in_chunks(d, n, 12, false);
  if (n >= 8 && memcmp(d + 1, "PNG", 3) == 0) return in_chunks(d, n, 8, true);
  return 1;
}

bool exif_turn(const char *name, Pixels *p, int orientation, Err *e) {
  if (orientation < 2) return true;
  const bool swap = orientation >= 5;
  const int64_t h = swap ? p->w : p->h, w = swap ? p->h : p->w, c = p->c;
  unsigned char *data = malloc((size_t)(h * w * c)), *to = data;
  if (!data) err_set(e, "%s: out of memory for %lld x %lld pixels", name, (long long)h, (long long)w);
  /* where the first row and the first column of the file belong: 2 top right, 3 bottom right, 4 bottom left,
   * 5 left top, 6 right top, 7 right bottom, 8 left bottom */
  const bool rows_back = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool columns_back = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  for (int64_t y = 0; data && y < h; y++)
    for (int64_t x = 0; x < w; x++, to += c) {
      int64_t i = swap ? x : y, j = swap ? y : x;
      if (rows_back) i = p->h - 1 - i;
      if (columns_back) j = p->w - 1 - j;
      memcpy(to, p->data + (i * p->w + j) * c, (size_t)c);
    }
  free(p->data);
  *p = (Pixels){h, w, c, data};
  return data != NULL;
}
