/* picture.h: what is done to pictures before a network sees them: resize, crop, flip, rotate, colour, noise.
 *
 * A Picture is f32 rows of h x w x c, 0 to 1.  Functions read `from` and write `to`, whose data have room for
 * the result; they know no threads and no randomness. */
#ifndef LUNETTE_PICTURE_H
#define LUNETTE_PICTURE_H
#include "tensor.h"

#include <stdatomic.h>

enum { PICTURE_CHANNELS = 64 }; /* at most */
typedef struct Picture {
  int64_t h, w, c;
  float *p;
  const atomic_bool *stop; /* long work looks at it (NULL: at ^C) once a row and ends early, half done */
} Picture;
bool picture_stopped(const Picture *x);

/* Bilinear to to->h x to->w; the triangle widens when shrinking, so that nothing aliases (as torchvision's
 * antialias=True; when growing as align_corners=False).  False: out of memory for the weights. */
bool picture_resize(const Picture *from, Picture *to, Err *e);
/* Rows from `top`, columns from `left` (may be negative or beyond: filled) to to->h x to->w. */
void picture_crop(const Picture *from, Picture *to, int64_t top, int64_t left, float fill);
void picture_flip(const Picture *from, Picture *to, bool vertical);
/* Counter-clockwise around the middle, bilinear; what comes from outside is `fill`. */
void picture_rotate(const Picture *from, Picture *to, double degrees, float fill);
/* In place, in this order, each clamped to 0..1: times brightness; contrast around the mean luma; saturation
 * around each pixel's luma; hue turned by a share of the circle.  1 1 1 0 changes nothing.  Grey pictures
 * have no saturation and hue; alpha stays. */
void picture_colour(Picture *x, double brightness, double contrast, double saturation, double hue);

#endif
