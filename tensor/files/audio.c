/* audio.c: see audio.h.  The only file that includes sndfile.h. */
#include "audio.h"

#include "format_row.h"
#include "image.h"
#include "io.h"
#include "parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef LUNETTE_SNDFILE
#include <dlfcn.h>
#include <pthread.h>
#include <sndfile.h>

static bool is_wav(const unsigned char *d, size_t n) { /* also big-endian, and with sizes of 64 bits */
  return format_begins("WAV", d, n) ||
         ((memcmp(d, "RIFX", 4) == 0 || memcmp(d, "RF64", 4) == 0) && memcmp(d + 8, "WAVE", 4) == 0);
}

/* WAV, FLAC or OGG. */
static bool audio_is(const unsigned char *d, size_t n) {
  return n >= 12 && (is_wav(d, n) || format_begins("FLAC", d, n) || format_begins("OGG", d, n));
}

enum { BLOCK = 16384, MOST_CHANNELS = 64 }; /* samples read at a time */

/* Loaded when the first sound is: with all it depends on it would add a third to the program's start. */
static struct {
  SNDFILE *(*open)(const char *, int, SF_INFO *);
  SNDFILE *(*open_virtual)(SF_VIRTUAL_IO *, int, SF_INFO *, void *);
  sf_count_t (*readf_float)(SNDFILE *, float *, sf_count_t);
  sf_count_t (*write_float)(SNDFILE *, const float *, sf_count_t);
  sf_count_t (*write_int)(SNDFILE *, const int *, sf_count_t);
  const char *(*strerror)(SNDFILE *);
  int (*close)(SNDFILE *);
  bool ready;
} sf;

static void open_library(void) {
  void *lib = dlopen("libsndfile.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return;
  sf.open = (SNDFILE * (*)(const char *, int, SF_INFO *))(uintptr_t)dlsym(lib, "sf_open");
  sf.open_virtual =
      (SNDFILE * (*)(SF_VIRTUAL_IO *, int, SF_INFO *, void *))(uintptr_t)dlsym(lib, "sf_open_virtual");
  sf.readf_float = (sf_count_t(*)(SNDFILE *, float *, sf_count_t))(uintptr_t)dlsym(lib, "sf_readf_float");
  sf.write_float =
      (sf_count_t(*)(SNDFILE *, const float *, sf_count_t))(uintptr_t)dlsym(lib, "sf_write_float");
  sf.write_int = (sf_count_t(*)(SNDFILE *, const int *, sf_count_t))(uintptr_t)dlsym(lib, "sf_write_int");
  sf.strerror = (const char *(*)(SNDFILE *))(uintptr_t)dlsym(lib, "sf_strerror");
  sf.close = (int (*)(SNDFILE *))(uintptr_t)dlsym(lib, "sf_close");
  sf.ready = sf.open && sf.open_virtual && sf.readf_float && sf.write_float && sf.write_int && sf.strerror &&
             sf.close;
}

static bool ready(const char *name, Err *e) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  if (sf.ready) return true;
  return err_set(e, "%s: libsndfile.so.1, which reads and writes sound, is not there: install libsndfile1",
                 name);
}

/* --- libsndfile over memory ------------------------------------------------------------------------------ */

typedef struct Source {
  const unsigned char *data;
  sf_count_t size, at;
  sf_count_t length_at; /* where a length stands that reads as `length` instead; 0: nowhere */
  unsigned char length[4];
} Source;

static sf_count_t source_length(void *s) { return ((const Source *)s)->size; }
static sf_count_t source_tell(void *s) { return ((const Source *)s)->at; }
static sf_count_t source_seek(sf_count_t offset, int whence, void *p) {
  Source *s = p;
  sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s->at : s->size;
  if (offset < -from || offset > s->size - from) return -1;
  return s->at = from + offset;
}
static sf_count_t source_read(void *to, sf_count_t n, void *p) {
  Source *s = p;
  if (n > s->size - s->at) n = s->size - s->at;
  if (n <= 0) return 0;
  memcpy(to, s->data + s->at, (size_t)n);
  for (sf_count_t i = 0; s->length_at && i < 4; i++)
    if (s->length_at + i >= s->at && s->length_at + i < s->at + n)
      ((unsigned char *)to)[s->length_at + i - s->at] = s->length[i];
  s->at += n;
  return n;
}
static sf_count_t no_write(const void *from, sf_count_t n, void *p) {
  (void)from, (void)n, (void)p;
  return 0;
}

static SNDFILE *open_memory(Source *source, SF_INFO *info) {
  SF_VIRTUAL_IO io = {source_length, source_seek, source_read, no_write, source_tell};
  *info = (SF_INFO){0};
  source->at = 0;
  return sf.open_virtual(&io, SFM_READ, info, source);
}

/* Reads frames into `to`, or away when it is NULL, until the end or `most`; the number read. */
static sf_count_t read_frames(SNDFILE *f, const SF_INFO *info, float *to, sf_count_t most) {
  float away[BLOCK];
  sf_count_t at = 0, step = BLOCK / info->channels;
  while (at < most && !interrupt_pending()) {
    sf_count_t want = most - at < step ? most - at : step;
    sf_count_t got = sf.readf_float(f, to ? to + at * info->channels : away, want);
    if (got <= 0) break;
    at += got;
  }
  return at;
}

static bool check_info(const char *name, const SF_INFO *info, size_t size, Err *e) {
  if (info->channels < 1 || info->channels > MOST_CHANNELS)
    return err_set(e, "%s: claims %d channels; 1 to %d can be read", name, info->channels, MOST_CHANNELS);
  if (info->samplerate < 1) return err_set(e, "%s: claims a rate of %d", name, info->samplerate);
  if (info->frames < 0) return err_set(e, "%s: claims %lld frames", name, (long long)info->frames);
  return bomb_check(name, (double)info->frames * info->channels * 4, size, e);
}

/* Floats in files may be anything; what is no number would spoil all that is made of it. */
static bool all_numbers(const char *name, const Tensor *t, Err *e) {
  const float *x = (const float *)t->data;
  for (int64_t i = 0; i < t->n; i++)
    if (!isfinite(x[i]))
      return err_set(e, "%s: sample %lld of channel %lld is %s", name, (long long)(i / t->shape[1] + 1),
                     (long long)(i % t->shape[1] + 1), isnan(x[i]) ? "NaN" : "infinite");
  return true;
}

static bool cut_off(const char *name, sf_count_t claimed, sf_count_t there, Err *e) {
  if (interrupt_pending()) return err_interrupted(e, "interrupted");
  return err_set(e, "%s: is cut off: claims %lld frames, %lld are there", name, (long long)claimed,
                 (long long)there);
}

/* --- heads of WAV files ------------------------------------------------------------------------------------ */

static uint64_t number_at(const unsigned char *d, int bytes, bool big) {
  uint64_t v = 0;
  for (int i = 0; i < bytes; i++) v = v << 8 | d[big ? i : bytes - 1 - i];
  return v;
}

/* Chunks that end with the file, or with the byte of padding before its end. */
static bool chunks_follow(const unsigned char *d, size_t n, size_t at, bool big) {
  while (at + 8 <= n) {
    uint64_t length = number_at(d + at + 4, 4, big);
    if (length > n - at - 8) return false;
    at += 8 + (size_t)length + (length & 1);
  }
  return at >= n;
}

/* A stream's writer knew no length: all that is left are samples. */
static bool unknown_length(const unsigned char *d, size_t n, size_t at, uint64_t length, bool big) {
  if (length == 0) return n > at + 8 && !chunks_follow(d, n, at + 8, big);
  return length > n - at - 8 && (length == 0x7ffff000 || length == 0x80000000 || length == 0xffffffff);
}

/* Plain samples (PCM, floats) of a known length are whole frames, which the chunk "fmt " measures: tag at 0, bytes of
 * a frame at 12. */
static bool whole_frames(const char *name, const unsigned char *fmt, uint64_t length, bool big, Err *e) {
  uint64_t tag = fmt ? number_at(fmt, 2, big) : 0, frame = fmt ? number_at(fmt + 12, 2, big) : 1;
  if (tag != 1 && tag != 3 && tag != 0xfffe) return true;
  if (frame == 0) return err_set(e, "%s: its head claims frames of 0 bytes", name);
  return length % frame == 0 || err_set(e, "%s: is cut off: %llu bytes are no whole frames of %llu", name,
                                        (unsigned long long)length, (unsigned long long)frame);
}

/* libsndfile shortens a WAV whose data chunk claims more than the file has; that is a file cut off. */
static bool check_wav(const char *name, Source *s, Err *e) {
  const unsigned char *d = s->data;
  size_t n = (size_t)s->size;
  uint64_t wide = UINT64_MAX; /* RF64: the length of the samples, from its first chunk */
  const unsigned char *fmt = NULL;
  bool big = memcmp(d, "RIFX", 4) == 0;
  if (!is_wav(d, n)) return true;
  for (size_t at = 12; at + 8 <= n;) {
    uint64_t length = number_at(d + at + 4, 4, big);
    bool samples = memcmp(d + at, "data", 4) == 0, stream = false;
    if (memcmp(d + at, "fmt ", 4) == 0 && at + 24 <= n) fmt = d + at + 8;
    if (memcmp(d + at, "ds64", 4) == 0 && at + 24 <= n) wide = number_at(d + at + 16, 8, big);
    if (samples && length == 0xffffffff && wide != UINT64_MAX) length = wide;
    else if (samples && unknown_length(d, n, at, length, big)) {
      stream = true;
      length = n - at - 8;
      s->length_at = (sf_count_t)at + 4;
      for (int i = 0; i < 4; i++) s->length[i] = (unsigned char)(length >> 8 * (big ? 3 - i : i));
    }
    if (length > n - at - 8)
      return err_set(e, "%s: is cut off: a chunk claims %llu bytes, %zu are left", name,
                     (unsigned long long)length, n - at - 8);
    if (samples) return stream || whole_frames(name, fmt, length, big, e);
    at += 8 + (size_t)length + (length & 1);
  }
  return err_set(e, "%s: a WAV file without samples", name);
}

Tensor *audio_decode(const char *name, const unsigned char *data, size_t size, int *rate, Err *e) {
  if (!audio_is(data, size)) {
    err_set(e, "%s: no WAV, FLAC or OGG sound", name);
    return NULL;
  }
  Source source = {.data = data, .size = (sf_count_t)size};
  if (!ready(name, e) || !check_wav(name, &source, e)) return NULL;
  SF_INFO info;
  SNDFILE *f = open_memory(&source, &info);
  if (!f) {
    const char *why = sf.strerror(NULL); /* "Internal error : SF_INFO struct incomplete.": of what it read */
    err_set(e, "%s: %s", name,
            strstr(why, "SF_INFO") ? "its head is damaged: no rate, no channels or no samples" : why);
    return NULL;
  }
  Tensor *t = NULL;
  bool ok = check_info(name, &info, size, e);
  if (ok && (double)info.frames * info.channels * 4 > BOMB_FREE) { /* count before so much is set aside */
    sf_count_t there = read_frames(f, &info, NULL, info.frames);
    ok = there == info.frames ? true : cut_off(name, info.frames, there, e);
    sf.close(f);
    f = ok ? open_memory(&source, &info) : NULL;
  }
  if (ok && f && (t = tensor_new(F32, 2, (int64_t[]){info.frames, info.channels}, e))) {
    sf_count_t there = read_frames(f, &info, (float *)t->data, info.frames);
    if (there != info.frames ? !cut_off(name, info.frames, there, e) : !all_numbers(name, t, e)) {
      tensor_release(t);
      t = NULL;
    }
  }
  *rate = info.samplerate;
  if (f) sf.close(f);
  return t;
}

/* --- writing --------------------------------------------------------------------------------------------- */

/* A sample as an integer whose upper `bits` are written: the nearest of steps of 2^(1 - bits), as it is read. */
static int sample_of(double v, int bits) {
  double steps = ldexp(1, bits - 1), k = rint((v > 1 ? 1 : v < -1 ? -1 : v) * steps);
  return (int)((k < steps ? k : steps - 1) * ldexp(1, 32 - bits));
}

/* In blocks of whole frames, which is all that libsndfile takes.  32 bits: floats. */
static bool write_frames(SNDFILE *f, const Tensor *t, int channels, int bits) {
  union {
    float real[BLOCK];
    int whole[BLOCK];
  } block;
  const int64_t room = BLOCK / channels * channels;
  for (int64_t at = 0; at < t->n; at += room) {
    int64_t n = t->n - at < room ? t->n - at : room;
    for (int64_t i = 0; i < n; i++) {
      double v = tensor_get(t, at + i);
      if (bits == 32) block.real[i] = v > 1 ? 1.0f : v >= -1 ? (float)v : -1.0f;
      else block.whole[i] = sample_of(v, bits);
    }
    sf_count_t done = bits == 32 ? sf.write_float(f, block.real, n) : sf.write_int(f, block.whole, n);
    if (done != n) return false;
  }
  return true;
}

static int format_of(const char *path, int bits) {
  const bool wav = format_ends("WAV", path), flac = format_ends("FLAC", path);
  int sub = bits == 16          ? SF_FORMAT_PCM_16
            : bits == 24        ? SF_FORMAT_PCM_24
            : wav && bits == 32 ? SF_FORMAT_FLOAT
                                : 0;
  if (!sub) return 0;
  return wav ? SF_FORMAT_WAV | sub : flac ? SF_FORMAT_FLAC | sub : 0;
}

static bool check_sound(const char *path, const Tensor *t, int rate, Err *e) {
  char text[TEXT];
  int64_t c = t->nd == 2 ? t->shape[1] : 1;
  if (!dtype_is_float(t->dtype) || t->nd < 1 || t->nd > 2 || c < 1 || c > 8)
    return err_set(e, "%s: sound is f32 [frames] or [frames, channels] with 1 to 8 channels, got %s", path,
                   tensor_text(text, t));
  for (int64_t i = 0; i < t->n; i++)
    if (!isfinite(tensor_get(t, i)))
      return err_set(e, "%s: %s has NaN or infinity", path, tensor_text(text, t));
  if (rate < 1 || rate > 655350) return err_set(e, "%s: a rate of %d frames a second", path, rate);
  return true;
}

bool audio_save(const char *path, const Tensor *t, int rate, int bits, Err *e) {
  int format = format_of(path, bits);
  if (!format) return err_set(e, "%s: sound is saved as .wav (16, 24, 32 bits) or .flac (16, 24)", path);
  if (!ready(path, e) || !check_sound(path, t, rate, e)) return false;
  if (t->n == 0 && format_ends("FLAC", path))
    return err_set(e, "%s: no frames; a .flac has some (.wav need not)", path);
  SafeFile file;
  if (!safe_open(&file, path, e)) return false;
  SF_INFO info = {.samplerate = rate, .channels = t->nd == 2 ? (int)t->shape[1] : 1, .format = format};
  SNDFILE *f = sf.open(file.temporary, SFM_WRITE, &info); /* into the file that safe_open made */
  bool ok = f != NULL;
  if (!f) err_set(e, "%s: %s", path, sf.strerror(NULL));
  if (ok && !(ok = write_frames(f, t, info.channels, bits))) err_set(e, "%s: %s", path, sf.strerror(f));
  if (f && sf.close(f) != 0 && ok) ok = err_set(e, "%s: could not be written whole", path);
  return safe_commit(&file, ok, e);
}

#else

static bool missing(const char *name, Err *e) {
  return err_set(e,
                 "%s: this program was built without libsndfile, which reads and writes sound: install "
                 "libsndfile1-dev and build again",
                 name);
}

Tensor *audio_decode(const char *name, const unsigned char *data, size_t size, int *rate, Err *e) {
  (void)rate;
  if (audio_is(data, size)) missing(name, e);
  else err_set(e, "%s: no WAV, FLAC or OGG sound", name);
  return NULL;
}

bool audio_save(const char *path, const Tensor *t, int rate, int bits, Err *e) {
  (void)t, (void)rate, (void)bits;
  return missing(path, e);
}
#endif

Tensor *audio_load(const char *path, int *rate, Err *e) {
  size_t size;
  unsigned char *data = file_read(path, (size_t)1 << 34, &size, e);
  Tensor *t = data ? audio_decode(path, data, size, rate, e) : NULL;
  free(data);
  return t;
}
