/* sound.c: see sound.h. */
#define _GNU_SOURCE
#include "sound.h"
#include "sdl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK_MS = 10, ROOM_S = 10, LOOK_MS = 10, PATIENCE_MS = 5000 };

static bool say(VizErr *e, const char *format, const char *what) {
  snprintf(e->message, sizeof e->message, format, what);
  return false;
}

static void pause_ms(long ms) { nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL); }

/* ALSA tells the terminal line by line that there is no card. */
static void no_word(const char *file, int line, const char *function, int err, const char *format, ...) {
  (void)file, (void)line, (void)function, (void)err, (void)format;
}
static void silence_alsa(void) {
  typedef void Handler(const char *, int, const char *, int, const char *, ...);
  void *lib = dlopen("libasound.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return;
  int (*set)(Handler *) = (int (*)(Handler *))(uintptr_t)dlsym(lib, "snd_lib_error_set_handler");
  if (set) set(no_word);
}

static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static bool start(VizErr *e) {
  static bool started;
  if (!sdl_load()) return say(e, "%s", "no sound without SDL2 (install libsdl2-2.0-0)");
  pthread_mutex_lock(&starting);
  if (!started) {
    setenv("PULSE_LATENCY_MSEC", "20", 0); /* else PulseAudio hands over a second at a time, and loses some */
    silence_alsa();
    started = sdl.InitSubSystem(SDL_INIT_AUDIO) == 0;
  }
  bool ok = started;
  pthread_mutex_unlock(&starting);
  return ok || say(e, "no sound on this machine: %s", sdl.GetError());
}

const char *sound_device(bool microphones, int i, VizErr *e) {
  e->message[0] = 0;
  if (!start(e)) return NULL;
  return i < sdl.GetNumAudioDevices(microphones) ? sdl.GetAudioDeviceName(i, microphones) : NULL;
}

/* No device of that name, none at all, or one that this driver opens only once at a time. */
static void say_unopened(bool microphone, const char *device, VizErr *e) {
  const char *why = sdl.GetError(), *what = microphone ? "microphone" : "speakers";
  if (strstr(why, "already open"))
    snprintf(e->message, sizeof e->message, "the %s %s already open in this program; close %s first", what,
             microphone ? "is" : "are", microphone ? "it" : "them");
  else if (device) snprintf(e->message, sizeof e->message, "no %s '%s': %s", what, device, why);
  else snprintf(e->message, sizeof e->message, "no %s: %s", what, why);
}

static SDL_AudioDeviceID open_device(bool microphone, const char *device, int rate, int channels,
                                     SDL_AudioCallback call, void *with, VizErr *e) {
  SDL_AudioSpec want = {.freq = rate,
                        .format = AUDIO_F32SYS,
                        .channels = (Uint8)channels,
                        .callback = call,
                        .userdata = with},
                got;
  want.samples = 32;
  while (want.samples * 2 * 1000 < rate * BLOCK_MS * 3) want.samples = (Uint16)(want.samples * 2);
  SDL_AudioDeviceID id = sdl.OpenAudioDevice(device, microphone, &want, &got, 0);
  if (id == 0) say_unopened(microphone, device, e);
  return id;
}

/* --- the speakers ---------------------------------------------------------------------------------------- */

static struct {
  pthread_mutex_t lock; /* of the first three, which SDL's thread uses */
  float *samples;
  int64_t n, at;
  int64_t after; /* bytes of silence since the end: what is still on its way */
  SDL_AudioDeviceID id;
  int rate, channels;
} out = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void play_some(void *with, Uint8 *to, int bytes) {
  (void)with;
  memset(to, 0, (size_t)bytes);
  pthread_mutex_lock(&out.lock);
  int64_t n = bytes / (int)sizeof(float), left = out.n - out.at, k = n < left ? n : left;
  if (k > 0) memcpy(to, out.samples + out.at, (size_t)k * sizeof(float));
  out.at += k;
  out.after += n - k;
  pthread_mutex_unlock(&out.lock);
}

void sound_stop(void) {
  if (out.id) sdl.CloseAudioDevice(out.id);
  free(out.samples);
  out.samples = NULL;
  out.id = 0;
  out.n = out.at = out.after = 0;
}

double sound_left(void) {
  pthread_mutex_lock(&out.lock);
  int64_t left = out.n - out.at;
  pthread_mutex_unlock(&out.lock);
  bool stopped = !out.id || sdl.GetAudioDeviceStatus(out.id) == SDL_AUDIO_STOPPED;
  return stopped ? 0 : (double)left / out.channels / out.rate;
}

bool sound_play(const float *x, int64_t frames, int channels, int rate, const char *device, VizErr *e) {
  if (!start(e)) return false;
  sound_stop();
  size_t bytes = (size_t)(frames * channels) * sizeof *x;
  out.samples = malloc(bytes + 1);
  if (!out.samples) return say(e, "%s", "out of memory");
  memcpy(out.samples, x, bytes);
  out.n = frames * channels;
  out.rate = rate;
  out.channels = channels;
  out.id = open_device(false, device, rate, channels, play_some, NULL, e);
  if (!out.id) {
    sound_stop();
    return false;
  }
  sdl.PauseAudioDevice(out.id, 0);
  return true;
}

bool sound_more(const float *x, int64_t frames, int channels, int rate, const char *device, VizErr *e) {
  bool alike = rate == out.rate && channels == out.channels;
  if (!out.id || (!alike && sound_left() <= 0)) return sound_play(x, frames, channels, rate, device, e);
  if (!alike) {
    snprintf(e->message, sizeof e->message, "%d channels at %d a second cannot follow %d at %d", channels,
             rate, out.channels, out.rate);
    return false;
  }
  if (sdl.GetAudioDeviceStatus(out.id) == SDL_AUDIO_STOPPED)
    return say(e, "%s", "the speakers have been unplugged");
  pthread_mutex_lock(&out.lock);
  int64_t left = out.n - out.at, n = left + frames * channels;
  float *all = malloc((size_t)n * sizeof *all + 1);
  if (all) {
    if (left > 0) memcpy(all, out.samples + out.at, (size_t)left * sizeof *all);
    memcpy(all + left, x, (size_t)(n - left) * sizeof *all);
    free(out.samples);
    out.samples = all;
    out.n = n;
    out.at = out.after = 0;
  }
  pthread_mutex_unlock(&out.lock);
  return all || say(e, "%s", "out of memory");
}

/* Heard: two more blocks have been asked for since the last sample. */
static bool heard(void) {
  pthread_mutex_lock(&out.lock);
  bool over = out.at >= out.n && out.after >= (int64_t)out.rate * out.channels * 4 * BLOCK_MS / 1000;
  pthread_mutex_unlock(&out.lock);
  return over;
}

bool sound_wait(bool (*stop)(void), bool *whole) {
  *whole = true;
  while (out.id && !heard()) {
    if (sdl.GetAudioDeviceStatus(out.id) == SDL_AUDIO_STOPPED) {
      *whole = false;
      return true;
    }
    if (stop && stop()) return false;
    pause_ms(LOOK_MS);
  }
  return true;
}

/* --- the microphone -------------------------------------------------------------------------------------- */

struct Listener {
  pthread_mutex_t lock; /* of what follows, which SDL's thread uses */
  float *ring;
  int64_t room, first, n, lost;
  SDL_AudioDeviceID id;
};

static void hear_some(void *with, Uint8 *from, int bytes) {
  Listener *l = with;
  const float *x = (const float *)(const void *)from;
  int64_t n = bytes / (int)sizeof(float);
  if (sdl.GetAudioDeviceStatus(l->id) == SDL_AUDIO_STOPPED) return; /* unplugged: SDL goes on with silence */
  pthread_mutex_lock(&l->lock);
  for (int64_t i = 0; i < n; i++) {
    if (l->n == l->room) {
      l->lost += n - i;
      break;
    }
    l->ring[(l->first + l->n++) % l->room] = x[i];
  }
  pthread_mutex_unlock(&l->lock);
}

Listener *sound_listen(const char *device, int rate, VizErr *e) {
  if (!start(e)) return NULL;
  Listener *l = calloc(1, sizeof *l);
  if (l) l->room = (int64_t)ROOM_S * rate;
  if (l) l->ring = malloc((size_t)l->room * sizeof *l->ring);
  if (!l || !l->ring) {
    free(l);
    say(e, "%s", "out of memory");
    return NULL;
  }
  pthread_mutex_init(&l->lock, NULL);
  l->id = open_device(true, device, rate, 1, hear_some, l, e);
  if (!l->id) {
    sound_close(l);
    return NULL;
  }
  sdl.PauseAudioDevice(l->id, 0);
  return l;
}

static int64_t take(Listener *l, float *to, int64_t n, int64_t *lost) {
  pthread_mutex_lock(&l->lock);
  int64_t k = n < l->n ? n : l->n;
  for (int64_t i = 0; i < k; i++) to[i] = l->ring[(l->first + i) % l->room];
  l->first = (l->first + k) % l->room;
  l->n -= k;
  *lost += l->lost;
  l->lost = 0;
  pthread_mutex_unlock(&l->lock);
  return k;
}

bool sound_hear(Listener *l, float *to, int64_t n, int64_t *lost, bool (*stop)(void), VizErr *e) {
  *lost = 0;
  e->message[0] = 0;
  for (long waited = 0; n > 0;) {
    int64_t k = take(l, to, n, lost);
    to += k;
    n -= k;
    if (n == 0) break;
    if (stop && stop()) return false;
    if (sdl.GetAudioDeviceStatus(l->id) == SDL_AUDIO_STOPPED)
      return say(e, "%s", "the microphone has been unplugged");
    waited = k > 0 ? 0 : waited + LOOK_MS;
    if (waited >= PATIENCE_MS) return say(e, "%s", "nothing came from the microphone for 5 seconds");
    pause_ms(LOOK_MS);
  }
  return true;
}

void sound_close(Listener *l) {
  if (!l) return;
  if (l->id) sdl.CloseAudioDevice(l->id);
  pthread_mutex_destroy(&l->lock);
  free(l->ring);
  free(l);
}
