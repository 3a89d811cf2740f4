/* png_read.c: PNG files (ISO/IEC 15948) of every kind to rows of bytes: 1 to 16 bits, palettes, clear
 * colours, Adam7 interlace.  Own code over zlib because libpng writes what it finds odd to the terminal, and
 * because rows unpack one at a time here: a file that lies never gets more memory than it fills. */
#include "image.h"
#include "parallel.h"
#include "png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct Png {
  const char *name;
  const unsigned char *data, *end, *chunk; /* the IDAT chunk being unpacked */
  int64_t w, h;
  int depth, type, c;
  bool interlaced, clear; /* clear: tRNS names a colour, in key */
  int bytes;              /* of a sample as it goes out: 1, or 2 for 16 bits as they are */
  unsigned char palette[256][4];
  int colours;
  unsigned key[3];
  z_stream z;
  const atomic_bool *stop;
} Png;

static uint32_t big32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { CHECK_SUMS = 0 }; /* a fuzzer would never get past them */
#else
enum { CHECK_SUMS = 1 };
#endif

static bool check_crc(const Png *p, const unsigned char *chunk, Err *e) {
  size_t n = big32(chunk);
  uLong crc = crc32(crc32(0, NULL, 0), chunk + 4, (uInt)n + 4);
  if (crc == big32(chunk + 8 + n) || !CHECK_SUMS) return true;
  return err_set(e, "%s: damaged PNG: wrong check sum of its chunk %.4s", p->name, (const char *)chunk + 4);
}

static bool read_palette(Png *p, const unsigned char *body, size_t n, Err *e) {
  if (n % 3 || n == 0 || n > 768) return err_set(e, "%s: a PNG palette of %zu bytes", p->name, n);
  p->colours = (int)(n / 3);
  for (int i = 0; i < p->colours; i++) {
    memcpy(p->palette[i], body + 3 * (size_t)i, 3);
    p->palette[i][3] = 255;
  }
  return true;
}

static bool read_clear(Png *p, const unsigned char *body, size_t n, Err *e) {
  size_t want = p->type == 0                              ? 2
                : p->type == 2                            ? 6
                : p->type == 3 && n <= (size_t)p->colours ? n
                                                          : (size_t)-1;
  if (n != want) return err_set(e, "%s: a PNG tRNS chunk of %zu bytes", p->name, n);
  p->clear = true;
  for (size_t i = 0; p->type == 3 && i < n; i++) p->palette[i][3] = body[i];
  for (size_t i = 0; p->type != 3 && i < n / 2; i++) p->key[i] = (unsigned)body[2 * i] << 8 | body[2 * i + 1];
  return true;
}

/* Chunks up to the first IDAT; image_probe has found that they lie within the file. */
static bool read_chunks(Png *p, Err *e) {
  for (const unsigned char *at = p->data + 8;; at += 12 + (size_t)big32(at)) {
    size_t n = big32(at);
    const unsigned char *type = at + 4, *body = at + 8;
    p->chunk = at;
    if (memcmp(type, "IDAT", 4) == 0) return true;
    bool palette = memcmp(type, "PLTE", 4) == 0, clear = memcmp(type, "tRNS", 4) == 0;
    if (palette || clear || memcmp(type, "IHDR", 4) == 0) {
      if (!check_crc(p, at, e)) return false;
      if (palette && p->type == 3 && !read_palette(p, body, n, e)) return false;
      if (clear && !read_clear(p, body, n, e)) return false;
    } else if (!(type[0] & 0x20)) {
      return err_set(e, "%s: an unknown critical PNG chunk", p->name);
    }
  }
}

static bool read_header(Png *p, Err *e) {
  static const unsigned allowed[7] = {0x10116, 0, 0x10100, 0x116,
                                      0x10100, 0, 0x10100}; /* depths, a bit each */
  static const int samples[7] = {1, 0, 3, 1, 2, 0, 4};
  const unsigned char *d = p->data;
  p->w = big32(d + 16);
  p->h = big32(d + 20);
  p->depth = d[24];
  p->type = d[25];
  p->interlaced = d[28] == 1;
  if (!(allowed[p->type] >> p->depth & 1))
    return err_set(e, "%s: no PNG has colour type %d with %d bits", p->name, p->type, p->depth);
  if (d[26] || d[27] || d[28] > 1) return err_set(e, "%s: an unknown kind of PNG", p->name);
  p->c = samples[p->type];
  if (!read_chunks(p, e)) return false;
  return p->type != 3 || p->colours ? true : err_set(e, "%s: a PNG without its palette", p->name);
}

/* --- unpacking ------------------------------------------------------------------------------------------- */

static bool next_chunk(Png *p, Err *e) {
  const unsigned char *at = p->z.next_in ? p->chunk + 12 + big32(p->chunk) : p->chunk;
  if (memcmp(at + 4, "IDAT", 4) != 0) return err_set(e, "%s: is cut off: its pixels end early", p->name);
  if (!check_crc(p, at, e)) return false;
  p->chunk = at;
  p->z.next_in = (Bytef *)(uintptr_t)(at + 8); /* zlib only reads it */
  p->z.avail_in = big32(at);
  return true;
}

static bool unpack(Png *p, unsigned char *to, size_t n, Err *e) {
  p->z.next_out = to;
  p->z.avail_out = (uInt)n;
  while (p->z.avail_out) {
    if (p->z.avail_in == 0 && !next_chunk(p, e)) return false;
    int status = inflate(&p->z, Z_NO_FLUSH);
    if (status == Z_STREAM_END && p->z.avail_out)
      return err_set(e, "%s: is cut off: its pixels end early", p->name);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return err_set(e, "%s: damaged PNG: %s", p->name, p->z.msg ? p->z.msg : "its zlib stream");
  }
  return true;
}

/* The stream's own check sum stands behind the last row. */
static bool check_stream_end(Png *p, Err *e) {
  unsigned char more[16];
  for (;;) {
    p->z.next_out = more;
    p->z.avail_out = sizeof more;
    int status = inflate(&p->z, Z_NO_FLUSH);
    if (p->z.avail_out < sizeof more)
      return err_set(e, "%s: damaged PNG: more pixels than it claims", p->name);
    if (status == Z_STREAM_END) return true;
    if (status != Z_OK && status != Z_BUF_ERROR)
      return err_set(e, "%s: damaged PNG: %s", p->name, p->z.msg ? p->z.msg : "its zlib stream");
    if (p->z.avail_in == 0 && !next_chunk(p, e)) return false;
  }
}

static int paeth(int a, int b, int c) {
  int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* In place; up: the row above, zeros for the first; bpp: bytes a pixel, at least 1. */
static bool unfilter(int kind, unsigned char *row, const unsigned char *up, size_t n, size_t bpp) {
  if (kind == 1)
    for (size_t i = bpp; i < n; i++) row[i] = (unsigned char)(row[i] + row[i - bpp]);
  else if (kind == 2)
    for (size_t i = 0; i < n; i++) row[i] = (unsigned char)(row[i] + up[i]);
  else if (kind == 3)
    for (size_t i = 0; i < n; i++)
      row[i] = (unsigned char)(row[i] + (((i >= bpp ? row[i - bpp] : 0) + up[i]) >> 1));
  else if (kind == 4)
    for (size_t i = 0; i < n; i++)
      row[i] = (unsigned char)(row[i] + (i >= bpp ? paeth(row[i - bpp], up[i], up[i - bpp]) : up[i]));
  return kind <= 4;
}

/* --- rows to channels ------------------------------------------------------------------------------------ */

static unsigned sample(const Png *p, const unsigned char *row, int64_t i) {
  if (p->depth == 8) return row[i];
  if (p->depth == 16) return (unsigned)row[2 * i] << 8 | row[2 * i + 1];
  int64_t bit = i * p->depth;
  return row[bit >> 3] >> (8 - p->depth - (bit & 7)) & ((1u << p->depth) - 1);
}

static unsigned char to_byte(const Png *p, unsigned v) {
  unsigned top = (1u << p->depth) - 1;
  return p->depth == 8 ? (unsigned char)v : (unsigned char)((v * 255u + top / 2) / top);
}

/* A sample of p->bytes to channel k of a pixel. */
static void put(const Png *p, unsigned char *to, int k, unsigned v) {
  uint16_t wide = (uint16_t)v;
  if (p->bytes == 1) to[k] = to_byte(p, v);
  else memcpy(to + 2 * k, &wide, 2);
}

/* n pixels of a row to `to`, each `step` bytes after the last.  False: a number without a colour. */
static bool expand(const Png *p, const unsigned char *row, int64_t n, unsigned char *to, int64_t step) {
  for (int64_t x = 0; x < n; x++, to += step) {
    if (p->type == 3) {
      unsigned i = sample(p, row, x);
      if ((int)i >= p->colours) return false;
      memcpy(to, p->palette[i], p->clear ? 4 : 3);
      continue;
    }
    bool same = p->clear;
    for (int k = 0; k < p->c; k++) {
      unsigned v = sample(p, row, x * p->c + k);
      same = same && v == p->key[k];
      put(p, to, k, v);
    }
    if (p->clear) put(p, to, p->c, same ? 0 : (1u << p->depth) - 1);
  }
  return true;
}

typedef struct Pass {
  int64_t x, y, dx, dy;
} Pass;

static bool read_pass(Png *p, const Pass *pass, Pixels *out, unsigned char *rows, size_t room, Err *e) {
  int64_t w = (p->w - pass->x + pass->dx - 1) / pass->dx, h = (p->h - pass->y + pass->dy - 1) / pass->dy;
  if (w <= 0 || h <= 0) return true;
  size_t n = ((size_t)w * (size_t)(p->c * p->depth) + 7) / 8, bpp = (size_t)(p->c * p->depth + 7) / 8;
  unsigned char *row = rows, *up = rows + room;
  memset(up, 0, room);
  for (int64_t y = 0; y < h; y++) {
    if (p->stop ? atomic_load(p->stop) : interrupt_pending()) return err_interrupted(e, "interrupted");
    if (!unpack(p, row, n + 1, e)) return false;
    if (!unfilter(row[0], row + 1, up + 1, n, bpp))
      return err_set(e, "%s: damaged PNG: a row with filter %d", p->name, row[0]);
    int64_t pixel = out->c * p->bytes;
    unsigned char *to = out->data + ((pass->y + y * pass->dy) * p->w + pass->x) * pixel;
    if (p->depth == 8 && p->type != 3 && !p->clear && pass->dx == 1) memcpy(to, row + 1, n);
    else if (!expand(p, row + 1, w, to, pass->dx * pixel))
      return err_set(e, "%s: damaged PNG: a pixel outside its palette", p->name);
    unsigned char *swap = row;
    row = up;
    up = swap;
  }
  return true;
}

bool png_decode(const char *name, const unsigned char *data, size_t size, const ImageInfo *info, int bytes,
                const atomic_bool *stop, Pixels *out, Err *e) {
  static const Pass whole = {0, 0, 1, 1}, adam7[7] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                                      {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  Png p = {.name = name, .data = data, .end = data + size, .stop = stop, .bytes = bytes};
  if (!read_header(&p, e)) return false;
  if (bytes == 2 && p.depth != 16)
    return err_set(e, "%s: has %d bits a channel, not 16", name, p.type == 3 ? 8 : p.depth);
  if (inflateInit(&p.z) != Z_OK) return err_set(e, "%s: out of memory for zlib", name);
  if (!CHECK_SUMS) inflateValidate(&p.z, 0);
  size_t room = (size_t)p.w * (size_t)(p.c * p.depth) / 8 + 2;
  unsigned char *rows = malloc(2 * room);
  *out = (Pixels){info->h, info->w, info->c,
                  malloc((size_t)info->h * (size_t)info->w * (size_t)(info->c * bytes))};
  bool ok = rows && out->data;
  if (!ok) err_set(e, "%s: out of memory for %lld x %lld pixels", name, (long long)p.w, (long long)p.h);
  for (int i = 0; ok && i < (p.interlaced ? 7 : 1); i++)
    ok = read_pass(&p, p.interlaced ? &adam7[i] : &whole, out, rows, room, e);
  ok = ok && check_stream_end(&p, e);
  inflateEnd(&p.z);
  free(rows);
  if (!ok) {
    free(out->data);
    out->data = NULL;
  }
  return ok;
}
