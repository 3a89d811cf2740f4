/* png.h: between image.c and its decoders. */
#ifndef LUNETTE_PNG_H
#define LUNETTE_PNG_H
#include "image.h"

/* png_read.c: after image_probe, with its info: out has info->c channels of `bytes` bytes: 1, or 2 for what has 16 bits
 * and is to keep them (u16, the machine's order). */
bool png_decode(const char *name, const unsigned char *data, size_t size, const ImageInfo *info, int bytes,
                const atomic_bool *stop, Pixels *out, Err *e);
/* image_sdl.c: JPEG and WebP, likewise. */
bool sdl_decode(const char *name, const unsigned char *data, size_t size, const ImageInfo *info,
                const atomic_bool *stop, Pixels *out, Err *e);

#endif
