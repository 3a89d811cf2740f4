/* image.c: see image.h.  Containers: PNG (ISO/IEC 15948), JPEG (ITU T.81), WebP (RFC 9649). */
#include "exif.h"
#include "format_row.h"
#include "io.h"
#include "lazy.h"
#include "png.h"

#include <stdlib.h>
#include <string.h>

bool bomb_check(const char *name, double claimed, size_t size, Err *e) {
  if (claimed <= (double)BOMB_FREE + (double)BOMB_RATIO * (double)size) return true;
  return err_set(e, "%s: claims to hold %.0f MB in a file of %zu bytes: refused as a bomb", name,
                 claimed / 1e6, size);
}

static uint32_t big16(const unsigned char *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t big32(const unsigned char *p) { return big16(p) << 16 | big16(p + 2); }
static uint32_t little16(const unsigned char *p) { return (uint32_t)p[1] << 8 | p[0]; }
static uint32_t little24(const unsigned char *p) { return (uint32_t)p[2] << 16 | little16(p); }
static uint32_t little32(const unsigned char *p) { return (uint32_t)p[3] << 24 | little24(p); }

/* --- PNG: chunks of u32 length, type, bytes, CRC --------------------------------------------------------- */

static bool png_header(const char *name, const unsigned char *d, ImageInfo *info, Err *e) {
  static const int channels[7] = {1, 0, 3, 3, 2, 0, 4}; /* by colour type */
  int depth = d[24], type = d[25];
  info->w = big32(d + 16);
  info->h = big32(d + 20);
  info->c = type < 7 ? channels[type] : 0;
  if (big32(d + 8) != 13 || memcmp(d + 12, "IHDR", 4) != 0)
    return err_set(e, "%s: its first chunk is no PNG header", name);
  if (info->w == 0 || info->h == 0 || info->w > INT32_MAX || info->h > INT32_MAX)
    return err_set(e, "%s: claims %lld x %lld pixels", name, (long long)info->w, (long long)info->h);
  if (info->c == 0 || !(depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16))
    return err_set(e, "%s: no PNG has colour type %d with %d bits", name, type, depth);
  return true;
}

static bool png_probe(const char *name, const unsigned char *d, size_t n, ImageInfo *info, Err *e) {
  if (n < 33) return err_set(e, "%s: is cut off within the PNG header", name);
  if (!png_header(name, d, info, e)) return false;
  bool pixels = false;
  for (size_t at = 8; at + 12 <= n;) {
    size_t length = big32(d + at);
    const unsigned char *type = d + at + 4;
    if (length > n - at - 12)
      return err_set(e, "%s: is cut off: a chunk of %zu bytes, %zu are left", name, length, n - at - 12);
    if (memcmp(type, "IEND", 4) == 0) {
      if (!pixels) return err_set(e, "%s: holds no pixels", name);
      return true;
    }
    if (memcmp(type, "IDAT", 4) == 0) pixels = true;
    if (memcmp(type, "tRNS", 4) == 0 && !pixels && info->c != 2 && info->c != 4)
      info->c++; /* a clear colour */
    at += length + 12;
  }
  return err_set(e, "%s: is cut off: the PNG has no end", name);
}

/* --- JPEG: markers, segments with a length, scans of entropy-coded bytes --------------------------------- */

static bool jpeg_frame(const char *name, const unsigned char *s, size_t length, ImageInfo *info, Err *e) {
  if (info->c) return err_set(e, "%s: two frames in one JPEG", name);
  if (length < 8) return err_set(e, "%s: a frame header of %zu bytes", name, length);
  int parts = s[7];
  info->h = big16(s + 3);
  info->w = big16(s + 5);
  if (s[2] != 8) return err_set(e, "%s: JPEG of %d bits; 8 can be read", name, s[2]);
  if (info->h == 0 || info->w == 0)
    return err_set(e, "%s: claims %lld x %lld pixels", name, (long long)info->w, (long long)info->h);
  if (parts != 1 && parts != 3 && parts != 4) return err_set(e, "%s: a JPEG of %d components", name, parts);
  info->cmyk = parts == 4;
  info->c = parts == 1 ? 1 : 3;
  return true;
}

/* Past the entropy-coded bytes from `at`: at the next marker that is none of theirs. */
static size_t jpeg_scan(const unsigned char *d, size_t n, size_t at) {
  while (at + 1 < n) {
    const unsigned char *next = memchr(d + at, 0xff, n - at - 1);
    if (!next) return n;
    at = (size_t)(next - d);
    if (d[at + 1] != 0 && d[at + 1] != 0xff && (d[at + 1] < 0xd0 || d[at + 1] > 0xd7)) return at;
    at += d[at + 1] == 0xff ? 1 : 2;
  }
  return n;
}

static bool is_frame(int marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool jpeg_probe(const char *name, const unsigned char *d, size_t n, ImageInfo *info, Err *e) {
  enum { MOST_SCANS = 100 }; /* each costs a pass over all pixels */
  int scans = 0;
  for (size_t at = 2; at + 2 <= n;) {
    if (d[at] != 0xff) return err_set(e, "%s: no JPEG marker at byte %zu", name, at);
    int marker = d[at + 1];
    if (marker == 0xff) {
      at++;
      continue;
    }
    if (marker == 0xd9) {
      if (!scans || !info->c) return err_set(e, "%s: holds no pixels", name);
      return true;
    }
    if (marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    size_t length = at + 4 <= n ? big16(d + at + 2) : 0;
    if (length < 2 || length > n - at - 2) break;
    if (is_frame(marker) && !jpeg_frame(name, d + at + 2, length, info, e)) return false;
    at += 2 + length;
    if (marker == 0xda) {
      if (++scans > MOST_SCANS)
        return err_set(e, "%s: more than %d scans: refused as a bomb", name, MOST_SCANS);
      at = jpeg_scan(d, n, at);
    }
  }
  return err_set(e, "%s: is cut off: the JPEG has no end", name);
}

/* --- WebP: RIFF of one VP8, VP8L or VP8X chunk ----------------------------------------------------------- */

static bool webp_probe(const char *name, const unsigned char *d, size_t n, ImageInfo *info, Err *e) {
  size_t claimed = little32(d + 4);
  if (claimed < 22 || claimed > n - 8)
    return err_set(e, "%s: is cut off: the WebP claims %zu bytes, %zu are there", name, claimed, n - 8);
  const unsigned char *s = d + 20; /* after the first chunk's type and size: claimed >= 22 covers 10 bytes */
  if (memcmp(d + 12, "VP8 ", 4) == 0 && s[3] == 0x9d && s[4] == 1 && s[5] == 0x2a) {
    *info =
        (ImageInfo){.format = "WebP", .w = little16(s + 6) & 0x3fff, .h = little16(s + 8) & 0x3fff, .c = 3};
  } else if (memcmp(d + 12, "VP8L", 4) == 0 && s[0] == 0x2f) {
    uint32_t bits = little32(s + 1);
    info->w = (bits & 0x3fff) + 1;
    info->h = (bits >> 14 & 0x3fff) + 1;
    info->c = bits >> 28 & 1 ? 4 : 3;
  } else if (memcmp(d + 12, "VP8X", 4) == 0) {
    if (s[0] & 2) return err_set(e, "%s: an animated WebP; single pictures can be read", name);
    info->w = (int64_t)little24(s + 4) + 1;
    info->h = (int64_t)little24(s + 7) + 1;
    info->c = s[0] & 0x10 ? 4 : 3;
  } else {
    return err_set(e, "%s: no WebP picture at its head", name);
  }
  if (info->w == 0 || info->h == 0)
    return err_set(e, "%s: claims %lld x %lld pixels", name, (long long)info->w, (long long)info->h);
  return true;
}

/* What a file is that is no picture of ours: a tail of the message, "" where it is not known. */
static const char *other_kind(const unsigned char *data, size_t size) {
  static const struct {
    size_t at, n;
    const char *bytes, *kind;
  } kinds[] = {{0, 4, "GIF8", ", but a GIF"},
               {0, 4, "II*\0", ", but a TIFF"},
               {0, 4, "MM\0*", ", but a TIFF"},
               {4, 8, "ftypavif", ", but an AVIF"},
               {4, 7, "ftyphei", ", but a HEIC"},
               {4, 8, "ftypmif1", ", but a HEIC"},
               {0, 4, "8BPS", ", but Photoshop's"},
               {0, 4, "%PDF", ", but a PDF"},
               {4, 8, "jP  \r\n\x87\n", ", but JPEG 2000"}};
  if (size == 0) return ": it is empty";
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (size >= kinds[i].at + kinds[i].n && memcmp(data + kinds[i].at, kinds[i].bytes, kinds[i].n) == 0)
      return kinds[i].kind;
  return size >= 26 && memcmp(data, "BM", 2) == 0 ? ", but a BMP" : "";
}

bool image_probe(const char *name, const unsigned char *data, size_t size, ImageInfo *info, Err *e) {
  *info = (ImageInfo){0};
  bool ok = false;
  if (format_begins("PNG", data, size)) {
    info->format = "PNG";
    ok = png_probe(name, data, size, info, e);
  } else if (format_begins("JPEG", data, size)) {
    info->format = "JPEG";
    ok = jpeg_probe(name, data, size, info, e);
  } else if (size >= 30 && format_begins("WebP", data, size)) {
    info->format = "WebP";
    ok = webp_probe(name, data, size, info, e);
  } else {
    const char *why = not_a_model(data, size < 64 ? size : 64);
    if (why) return err_set(e, "%s: %s", name, why);
    return err_set(e, "%s: no PNG, JPEG or WebP picture%s", name, other_kind(data, size));
  }
  info->turn = ok ? exif_orientation(data, size) : 1;
  return ok && bomb_check(name, (double)info->h * (double)info->w * 4, size, e);
}

/* --- channels -------------------------------------------------------------------------------------------- */

static unsigned char luma(const unsigned char *p) {
  return (unsigned char)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16);
}

static bool change_channels(const char *name, Pixels *p, int c, Err *e) {
  int from = (int)p->c, colours = from <= 2 ? 1 : 3;
  if (c == 0 || c == from) return true;
  unsigned char *data = malloc((size_t)p->h * (size_t)p->w * (size_t)c), *to = data;
  if (!data) {
    free(p->data);
    p->data = NULL;
    err_set(e, "%s: out of memory for %lld x %lld pixels", name, (long long)p->w, (long long)p->h);
    return false;
  }
  const unsigned char *at = p->data;
  for (int64_t i = 0; i < p->h * p->w; i++, at += from, to += c) {
    if (c <= 2) to[0] = colours == 1 ? at[0] : luma(at);
    else
      for (int k = 0; k < 3; k++) to[k] = at[colours == 1 ? 0 : k];
    if (c % 2 == 0) to[c - 1] = from % 2 == 0 ? at[from - 1] : 255;
  }
  free(p->data);
  p->data = data;
  p->c = c;
  return true;
}

bool image_decode(const char *name, const unsigned char *data, size_t size, int channels,
                  const atomic_bool *stop, Pixels *out, Err *e) {
  ImageInfo info;
  if (!image_probe(name, data, size, &info, e)) return false;
  bool ok = info.format[0] == 'P' ? png_decode(name, data, size, &info, 1, stop, out, e)
                                  : sdl_decode(name, data, size, &info, stop, out, e);
  const bool raw = channels & IMAGE_RAW;
  return ok && change_channels(name, out, channels & ~IMAGE_RAW, e) &&
         exif_turn(name, out, raw ? 1 : info.turn, e);
}

bool image_read(const char *path, int channels, const atomic_bool *stop, Pixels *out, Err *e) {
  size_t size;
  unsigned char *data = file_read(path, (size_t)1 << 32, &size, e);
  bool ok = data && image_decode(path, data, size, channels, stop, out, e);
  free(data);
  return ok;
}

Tensor *image_load(const char *path, int channels, Err *e) {
  Pixels p;
  if (!image_read(path, channels, NULL, &p, e)) return NULL;
  Tensor *t = tensor_new(U8, 3, (int64_t[]){p.h, p.w, p.c}, e);
  if (t) memcpy(t->data, p.data, (size_t)t->n);
  free(p.data);
  return t;
}

Tensor *image_load16(const char *path, Err *e) {
  size_t size;
  ImageInfo info;
  Pixels p = {0};
  unsigned char *data = file_read(path, (size_t)1 << 32, &size, e);
  bool ok = data && image_probe(path, data, size, &info, e);
  const char *format = ok && info.format ? info.format : "PNG";
  if (strcmp(format, "PNG") != 0) ok = err_set(e, "%s: a %s has 8 bits a channel, not 16", path, format);
  ok = ok && png_decode(path, data, size, &info, 2, NULL, &p, e);
  free(data);
  Tensor *t = ok && p.data ? tensor_new(I32, 3, (int64_t[]){p.h, p.w, p.c}, e) : NULL;
  for (int64_t i = 0; t && i < t->n; i++) {
    uint16_t v;
    memcpy(&v, p.data + 2 * i, 2);
    ((int32_t *)t->data)[i] = v;
  }
  free(p.data);
  return t;
}
