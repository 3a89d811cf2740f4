/* augment.c: see augment.h */
#include "augment.h"

#include "kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE(KIND, name, doc)   {#name, doc, NUMBER, false, 0, 0, 0},
#define BY_PLACE(type, name, ...) {#name, NULL, type, false, __VA_ARGS__},
#define BY_NAME(type, name, ...)  {#name, NULL, type, true, __VA_ARGS__},
#define END(...)
const AugmentRow augment_rows[] = {
#include "augment.def"
    {0},
};

void augment_free(Bench *b) {
  free(b->buffer[0]);
  free(b->buffer[1]);
  *b = (Bench){0};
}

static float *bench_room(Bench *b, int which, int64_t n, Err *e) {
  if ((size_t)n > b->room[which]) {
    free(b->buffer[which]);
    b->room[which] = 0;
    b->buffer[which] = malloc((size_t)n * sizeof(float));
    if (!b->buffer[which]) {
      err_set(e, "out of memory for a picture of %lld numbers", (long long)n);
      return NULL;
    }
    b->room[which] = (size_t)n;
  }
  return b->buffer[which];
}

bool augment_begin(Bench *b, Picture *x, int64_t h, int64_t w, int64_t c, Dtype d, const void *data, Err *e) {
  if (h < 1 || w < 1 || c < 1 || c > PICTURE_CHANNELS)
    return err_set(e, "a picture of %lld x %lld with %lld channels; 1 to %d can be worked on", (long long)h,
                   (long long)w, (long long)c, PICTURE_CHANNELS);
  int64_t n = h * w * c;
  float *p = bench_room(b, 0, n, e);
  if (!p) return false;
  if (d == U8)
    for (int64_t i = 0; i < n; i++) p[i] = (float)((const unsigned char *)data)[i] * (1.0f / 255);
  else if (n) memcpy(p, data, (size_t)n * sizeof *p);
  *x = (Picture){.h = h, .w = w, .c = c, .p = p};
  return true;
}

void augment_store(const Picture *x, Dtype d, void *to) {
  int64_t n = x->h * x->w * x->c;
  if (d == U8)
    for (int64_t i = 0; i < n; i++) {
      float v = x->p[i] * 255.0f + 0.5f;
      ((unsigned char *)to)[i] = v >= 255 ? 255 : v > 0 ? (unsigned char)v : 0; /* NaN is 0 */
    }
  else if (n) memcpy(to, x->p, (size_t)n * sizeof(float));
}

bool augment_size(const AugmentList *list, int64_t *h, int64_t *w, Err *e) {
  for (int i = 0; i < list->n; i++) {
    const Augment *a = &list->item[i];
    if (a->kind == CROP) {
      const int64_t ch = (int64_t)a->crop.h, cw = (int64_t)a->crop.w, pad = (int64_t)a->crop.pad;
      if (ch > *h + 2 * pad || cw > *w + 2 * pad)
        return err_set(e, "crop to %lld x %lld from a picture of %lld x %lld", (long long)ch, (long long)cw,
                       (long long)*h, (long long)*w);
      *h = ch;
      *w = cw;
    } else if (a->kind == RESIZE) {
      *h = (int64_t)a->resize.h;
      *w = (int64_t)a->resize.w;
    }
  }
  return true;
}

/* --- one change: from x to y, another buffer of the right size ------------------------------------------- */

static int64_t place(double u, int64_t free_places) { /* 0 .. free_places */
  int64_t at = (int64_t)(u * (double)(free_places + 1));
  return at < free_places ? at : free_places;
}

static void crop(const Augment *a, const double u[4], const Picture *x, Picture *y) {
  int64_t pad = (int64_t)a->crop.pad, down = x->h + 2 * pad - y->h, across = x->w + 2 * pad - y->w;
  bool middle = a->crop.centre != 0;
  int64_t top = middle ? down / 2 : place(u[0], down), left = middle ? across / 2 : place(u[1], across);
  picture_crop(x, y, top - pad, left - pad, (float)a->crop.fill);
}

static double between(double u, const double *range) { return range[0] + u * (range[1] - range[0]); }

static void noise(Picture *x, double deviation, uint64_t key, uint64_t counter) {
  enum { BLOCK = 1024 };
  float z[BLOCK];
  int64_t n = x->h * x->w * x->c;
  for (int64_t i = 0; i < n; i += BLOCK) {
    int64_t k = n - i < BLOCK ? n - i : BLOCK;
    if (picture_stopped(x)) return;
    kernels(F32)->normal(k, z, key, counter + (uint64_t)i / 4);
    for (int64_t j = 0; j < k; j++) x->p[i + j] += (float)deviation * z[j];
  }
}

/* The random numbers of one change: four uniforms, and a stream of normals of its own. */
static void draw_numbers(Draw d, int step, double u[4], uint64_t *key, uint64_t *counter) {
  uint64_t mixed = d.seed ^ ((uint64_t)d.epoch * 0x9E3779B97F4A7C15u);
  float unit[4];
  kernels(F32)->uniform(4, unit, mixed, (uint64_t)d.sample << 8 | (uint64_t)step);
  for (int i = 0; i < 4; i++) u[i] = (double)unit[i];
  *key = mixed + 0xD1B54A32D192ED03u;
  *counter = (uint64_t)d.sample << 32 | (uint64_t)step << 28;
}

static bool change(Bench *b, Picture *x, const Augment *a, Draw d, int step, Err *e) {
  double u[4];
  uint64_t key, counter;
  draw_numbers(d, step, u, &key, &counter);
  if (a->kind == NOISE) {
    noise(x, a->noise.deviation, key, counter);
    return true;
  }
  if (a->kind == COLOUR) {
    picture_colour(x, between(u[0], a->colour.brightness), between(u[1], a->colour.contrast),
                   between(u[2], a->colour.saturation), between(u[3], a->colour.hue));
    return true;
  }
  if (a->kind == FLIP && u[0] >= a->flip.p) return true;
  Picture y = *x;
  const AugmentList one = {1, {*a}};
  if (!augment_size(&one, &y.h, &y.w, e)) return false;
  if (a->kind == RESIZE && y.h == x->h && y.w == x->w) return true;
  if (!(y.p = bench_room(b, x->p == b->buffer[0] ? 1 : 0, y.h * y.w * y.c, e))) return false;
  if (a->kind == FLIP) picture_flip(x, &y, a->flip.vertical != 0);
  else if (a->kind == ROTATE) picture_rotate(x, &y, between(u[0], a->rotate.degrees), (float)a->rotate.fill);
  else if (a->kind == CROP) crop(a, u, x, &y);
  else if (!picture_resize(x, &y, e)) return false;
  *x = y;
  return true;
}

bool augment_run(Bench *b, Picture *x, const AugmentList *list, Draw draw, const atomic_bool *stop, Err *e) {
  x->stop = stop;
  for (int i = 0; i < list->n && !picture_stopped(x); i++)
    if (!change(b, x, &list->item[i], draw, i, e)) return false;
  if (!picture_stopped(x)) return true;
  return err_interrupted(e, "interrupted");
}
