/* sdl.c: see sdl.h. */
#include "sdl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

Sdl sdl;

static bool loaded;

/* SDL's own lines say nothing that its errors do not, and would land in what is being typed. */
static void no_log(void *with, int category, SDL_LogPriority priority, const char *message) {
  (void)with, (void)category, (void)priority, (void)message;
}

static void load(void) {
  void *lib = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return;
  loaded = true;
#define SDL_FIND(name)                                                                                       \
  sdl.name = (__typeof__(sdl.name))(uintptr_t)dlsym(lib, "SDL_" #name);                                      \
  loaded = loaded && sdl.name;
  SDL_USED(SDL_FIND)
#undef SDL_FIND
  if (loaded) sdl.LogSetOutputFunction(no_log, NULL);
}

bool sdl_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return loaded;
}
