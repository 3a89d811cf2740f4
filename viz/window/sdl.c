/* sdl.c: see sdl.h. */
#include "sdl.h"
#include "viz.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* SDL asks the session's bus for input methods.  Where there is none D-Bus would start one through the display: it forks
 * beside running threads, waits for a program that waits for the display, and leaves it behind. */
void viz_prepare(void) {
  char bus[512] = "";
  const char *folder = getenv("XDG_RUNTIME_DIR");
  if (folder) snprintf(bus, sizeof bus, "%s/bus", folder);
  if (!folder || access(bus, F_OK) != 0) setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", 0);
}

bool sdl_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return loaded;
}
