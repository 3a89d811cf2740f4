/* image.h: pictures in files: PNG, JPEG and WebP to bytes, bytes to PNG and JPEG.
 *
 * JPEG and WebP decoding is SDL2_image's (libjpeg, libwebp), PNG's our own over zlib; image.c walks the
 * container first, so that a picture that is cut off, or claims more than its bytes can hold, is refused
 * before anything is decoded. A photograph is turned upright as its EXIF data say (exif.h), unless it is asked for
 * raw. All functions may run in several threads at a time. Does NOT: know GIF, TIFF, BMP; keep 16 bits (they round
 * to 8) but in image_load16. */
#ifndef LUNETTE_IMAGE_H
#define LUNETTE_IMAGE_H
#include "tensor.h"

#include <stdatomic.h>

/* At most this many bytes are decoded from a file of `size` bytes: more is a bomb, or a lie. */
enum { BOMB_FREE = 64 << 20, BOMB_RATIO = 64 };
bool bomb_check(const char *name, double claimed, size_t size, Err *e);

typedef struct ImageInfo {
  const char *format; /* "PNG", "JPEG" or "WebP" */
  int64_t h, w;
  int c;     /* channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA */
  bool cmyk; /* JPEG of four inks; c is 3 */
  int turn;  /* EXIF's orientation, 1 to 8; h and w are those of the file */
} ImageInfo;

typedef struct Pixels { /* rows from the top, channels last; free(data) */
  int64_t h, w, c;
  unsigned char *data;
} Pixels;

enum { IMAGE_RAW = 16 };

/* Size and channels as claimed, after a walk over the whole file.  `name` is for messages. */
bool image_probe(const char *name, const unsigned char *data, size_t size, ImageInfo *info, Err *e);
/* channels: 0 as the file has it, else 1 to 4, and | IMAGE_RAW to have it as it lies in the file (colour to grey: 0.299 R + 0.587 G + 0.114 B; alpha is dropped
 * or 255).  *stop true, or NULL and a pending interrupt, ends it with e->interrupted. */
bool image_decode(const char *name, const unsigned char *data, size_t size, int channels,
                  const atomic_bool *stop, Pixels *out, Err *e);
bool image_read(const char *path, int channels, const atomic_bool *stop, Pixels *out, Err *e);
Tensor *image_load(const char *path, int channels, Err *e); /* u8[h,w,c] */
Tensor *image_load16(const char *path, Err *e); /* of a PNG of 16 bits a channel: i32[h,w,c], 0 to 65535 */

/* t: [h,w] or [h,w,c], c 1 to 4; u8, or floats from 0 to 1 (clamped).  JPEG needs SDL2_image. */
bool png_save(const char *path, const Tensor *t, Err *e);
bool jpeg_save(const char *path, const Tensor *t, int quality, Err *e); /* c 1 or 3 */
/* The bytes of t as u8, contiguous: a new tensor. */
Tensor *image_bytes(const char *path, const Tensor *t, Err *e);

#endif
