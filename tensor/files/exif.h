/* exif.h: which way up a photograph is: EXIF's tag Orientation (CIPA DC-008, 0x0112) in JPEG, PNG and WebP. */
#ifndef LUNETTE_EXIF_H
#define LUNETTE_EXIF_H
#include "image.h"

/* 1 to 8 as EXIF counts them, 1 being upright and what is given for lack of the tag or sense.  Reads within size. */
int exif_orientation(const unsigned char *data, size_t size);
/* The picture upright: 2, 4: mirrored; 3: half a turn; 5 to 8: rows become columns.  false: out of memory, p is freed. */
bool exif_turn(const char *name, Pixels *p, int orientation, Err *e);
#endif
