/* image_sdl.c: the only file that includes SDL_image.h: JPEG and WebP decoded, JPEG written.
 * Without the library the functions give a message that names its package. */
#include "image.h"
#include "io.h"
#include "parallel.h"
#include "png.h"

#include <stdlib.h>
#include <string.h>

#ifdef LUNETTE_IMAGE
#include <SDL_image.h>
#include <dlfcn.h>
#include <pthread.h>

/* Loaded when the first picture is: with all it depends on it would add a third to the program's start. */
static struct {
  SDL_Surface *(*load_jpeg)(SDL_RWops *);
  SDL_Surface *(*load_webp)(SDL_RWops *);
  int (*save_jpeg)(SDL_Surface *, SDL_RWops *, int, int);
  bool ready;
} img;

/* SDL2 comes with it. */
/* clang-format off */
#define SDL_USED(F) \
  F(AllocRW) F(FreeRW) F(RWclose) F(FreeSurface) F(ConvertSurfaceFormat) F(CreateRGBSurfaceWithFormat) F(GetError) \
  F(ClearError) F(TLSCleanup)
/* clang-format on */
static struct {
#define SDL_MEMBER(name) __typeof__(SDL_##name) *name;
  SDL_USED(SDL_MEMBER)
} sdl;

static void open_library(void) {
  void *lib = dlopen("libSDL2_image-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return;
  int (*init)(int) = (int (*)(int))(uintptr_t)dlsym(lib, "IMG_Init");
  img.load_jpeg = (SDL_Surface * (*)(SDL_RWops *))(uintptr_t)dlsym(lib, "IMG_LoadJPG_RW");
  img.load_webp = (SDL_Surface * (*)(SDL_RWops *))(uintptr_t)dlsym(lib, "IMG_LoadWEBP_RW");
  img.save_jpeg = (int (*)(SDL_Surface *, SDL_RWops *, int, int))(uintptr_t)dlsym(lib, "IMG_SaveJPG_RW");
  img.ready = init && img.load_jpeg && img.load_webp && img.save_jpeg;
#define SDL_FIND(name)                                                                                       \
  sdl.name = (__typeof__(sdl.name))(uintptr_t)dlsym(lib, "SDL_" #name);                                      \
  img.ready = img.ready && sdl.name;
  SDL_USED(SDL_FIND)
  if (img.ready)
    init(IMG_INIT_JPG | IMG_INIT_WEBP); /* it counts without a lock: once, before any decoder asks */
}

static bool ready(const char *name, Err *e) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  if (img.ready) return true;
  return err_set(
      e, "%s: libSDL2_image-2.0.so.0, which reads JPEG and WebP, is not there: install libsdl2-image-2.0-0",
      name);
}

/* --- a stream over memory that ends early when the work is to stop --------------------------------------- */

typedef struct Source {
  const unsigned char *data;
  size_t size, at;
  const atomic_bool *stop;
  bool stopped;
} Source;

static Sint64 SDLCALL source_size(SDL_RWops *rw) {
  return (Sint64)((const Source *)rw->hidden.unknown.data1)->size;
}

static Sint64 SDLCALL source_seek(SDL_RWops *rw, Sint64 offset, int whence) {
  Source *s = rw->hidden.unknown.data1;
  Sint64 from = whence == RW_SEEK_SET ? 0 : whence == RW_SEEK_CUR ? (Sint64)s->at : (Sint64)s->size;
  Sint64 at = from + offset;
  if (at < 0 || at > (Sint64)s->size) return -1;
  s->at = (size_t)at;
  return at;
}

static size_t SDLCALL source_read(SDL_RWops *rw, void *to, size_t size, size_t count) {
  Source *s = rw->hidden.unknown.data1;
  if (s->stop ? atomic_load(s->stop) : interrupt_pending()) s->stopped = true;
  if (s->stopped || size == 0) return 0;
  size_t whole = (s->size - s->at) / size;
  if (count > whole) count = whole;
  memcpy(to, s->data + s->at, count * size);
  s->at += count * size;
  return count;
}

static size_t SDLCALL no_write(SDL_RWops *rw, const void *from, size_t size, size_t count) {
  (void)rw, (void)from, (void)size, (void)count;
  return 0;
}

static int SDLCALL source_close(SDL_RWops *rw) {
  sdl.FreeRW(rw);
  return 0;
}

/* --- surfaces to rows of channels ------------------------------------------------------------------------ */

/* Four inks as SDL_image hands them on: Adobe's files hold them inverted, and all that are met are Adobe's. */
static void row_inks(unsigned char *to, const unsigned char *ink, int64_t w) {
  for (int64_t x = 0; x < w; x++, ink += 4)
    for (int k = 0; k < 3; k++) *to++ = (unsigned char)((ink[k] * ink[3] + 127) / 255);
}

static void row_channels(unsigned char *to, const unsigned char *rgba, int64_t w, int c) {
  for (int64_t x = 0; x < w; x++, rgba += 4, to += c) memcpy(to, rgba, (size_t)c);
}

static bool take_surface(const char *name, SDL_Surface *s, const ImageInfo *info, Pixels *out, Err *e) {
  int c = info->c;
  if (s->w != info->w || s->h != info->h)
    return err_set(e, "%s: %d x %d pixels where its header claims %lld x %lld", name, s->w, s->h,
                   (long long)info->w, (long long)info->h);
  SDL_Surface *rgba = info->cmyk ? s : sdl.ConvertSurfaceFormat(s, SDL_PIXELFORMAT_RGBA32, 0);
  unsigned char *data = malloc((size_t)s->w * (size_t)s->h * (size_t)c);
  bool ok = rgba && data && rgba->format->BytesPerPixel == 4;
  if (!ok) err_set(e, "%s: out of memory for %d x %d pixels", name, s->w, s->h);
  for (int64_t y = 0; ok && y < s->h; y++) {
    const unsigned char *from = (const unsigned char *)rgba->pixels + y * rgba->pitch;
    if (info->cmyk) row_inks(data + y * s->w * c, from, s->w);
    else row_channels(data + y * s->w * c, from, s->w, c);
  }
  if (rgba != s) sdl.FreeSurface(rgba);
  if (ok) *out = (Pixels){s->h, s->w, c, data};
  else free(data);
  return ok;
}

bool sdl_decode(const char *name, const unsigned char *data, size_t size, const ImageInfo *info,
                const atomic_bool *stop, Pixels *out, Err *e) {
  if (!ready(name, e)) return false;
  SDL_RWops *rw = sdl.AllocRW();
  if (!rw) return err_set(e, "%s: out of memory", name);
  Source source = {.data = data, .size = size, .stop = stop};
  rw->size = source_size;
  rw->seek = source_seek;
  rw->read = source_read;
  rw->write = no_write;
  rw->close = source_close;
  rw->hidden.unknown.data1 = &source;
  sdl.ClearError();
  SDL_Surface *s = info->format[0] == 'J' ? img.load_jpeg(rw) : img.load_webp(rw);
  sdl.RWclose(rw);
  bool ok = s && !source.stopped;
  if (source.stopped) {
    err_interrupted(e, "interrupted");
  } else if (!s) {
    const char *why = sdl.GetError();
    err_set(e, "%s: damaged %s: %s", name, info->format, *why ? why : "its decoder gives no reason");
  } else {
    ok = take_surface(name, s, info, out, e);
  }
  sdl.FreeSurface(s);
  sdl.TLSCleanup(); /* SDL keeps the last message of each thread, for ever */
  return ok;
}

/* --- JPEG files ------------------------------------------------------------------------------------------ */

static size_t SDLCALL file_write(SDL_RWops *rw, const void *from, size_t size, size_t count) {
  return fwrite(from, size, count, rw->hidden.unknown.data1);
}

static size_t SDLCALL no_read(SDL_RWops *rw, void *to, size_t size, size_t count) {
  (void)rw, (void)to, (void)size, (void)count;
  return 0;
}
static Sint64 SDLCALL no_size(SDL_RWops *rw) {
  (void)rw;
  return -1;
}
static Sint64 SDLCALL no_seek(SDL_RWops *rw, Sint64 offset, int whence) {
  (void)rw, (void)offset, (void)whence;
  return -1;
}

static bool write_surface(FILE *f, const Tensor *bytes, int quality) {
  int h = (int)bytes->shape[0], w = (int)bytes->shape[1], c = bytes->nd == 3 ? (int)bytes->shape[2] : 1;
  SDL_Surface *s = sdl.CreateRGBSurfaceWithFormat(0, w, h, 24, SDL_PIXELFORMAT_RGB24);
  SDL_RWops *rw = s ? sdl.AllocRW() : NULL;
  if (!rw) {
    sdl.FreeSurface(s);
    return false;
  }
  for (int64_t i = 0; i < (int64_t)h * w; i++)
    for (int k = 0; k < 3; k++)
      ((unsigned char *)s->pixels)[i / w * s->pitch + i % w * 3 + k] =
          ((unsigned char *)bytes->data)[i * c + (c == 3 ? k : 0)];
  rw->size = no_size;
  rw->seek = no_seek;
  rw->read = no_read;
  rw->write = file_write;
  rw->close = source_close;
  rw->hidden.unknown.data1 = f;
  bool ok = img.save_jpeg(s, rw, 0, quality) == 0;
  sdl.RWclose(rw);
  sdl.FreeSurface(s);
  return ok;
}

bool jpeg_save(const char *path, const Tensor *t, int quality, Err *e) {
  Tensor *bytes = ready(path, e) ? image_bytes(path, t, e) : NULL;
  if (!bytes) return false;
  int64_t c = bytes->nd == 3 ? bytes->shape[2] : 1;
  bool ok = (c == 1 || c == 3) && bytes->shape[0] <= 65500 && bytes->shape[1] <= 65500;
  if (!ok) err_set(e, "%s: JPEG holds 1 or 3 channels of at most 65500 x 65500", path);
  SafeFile file;
  if (ok && (ok = safe_open(&file, path, e))) {
    ok = write_surface(file.f, bytes, quality);
    if (!ok) err_set(e, "%s: %s", path, sdl.GetError());
    ok = safe_commit(&file, ok, e);
    sdl.TLSCleanup();
  }
  tensor_release(bytes);
  return ok;
}

#else

static bool missing(const char *name, Err *e) {
  return err_set(e,
                 "%s: this program was built without SDL2_image, which reads JPEG and WebP: install "
                 "libsdl2-image-dev and build again",
                 name);
}

bool sdl_decode(const char *name, const unsigned char *data, size_t size, const ImageInfo *info,
                const atomic_bool *stop, Pixels *out, Err *e) {
  (void)data, (void)size, (void)info, (void)stop, (void)out;
  return missing(name, e);
}

bool jpeg_save(const char *path, const Tensor *t, int quality, Err *e) {
  (void)t, (void)quality;
  return missing(path, e);
}
#endif
