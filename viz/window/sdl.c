/* sdl.c: see sdl.h. */
#include "sdl.h"

#include <dlfcn.h>
#include <stdint.h>

Sdl sdl;

bool sdl_load(void) {
  static bool loaded;
  if (loaded) return true;
  void *lib = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return false;
  loaded = true;
#define SDL_FIND(name)                                                                                       \
  sdl.name = (__typeof__(sdl.name))(uintptr_t)dlsym(lib, "SDL_" #name);                                      \
  loaded = loaded && sdl.name;
  SDL_USED(SDL_FIND)
#undef SDL_FIND
  return loaded;
}
