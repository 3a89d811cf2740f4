/* sdl.h: SDL2, loaded when the first window opens or the first sound is played or heard: with the forty libraries that it depends on it would take
 * a quarter of the program's start, which most sessions need no window for.  sdl.CreateWindow(...) is
 * SDL_CreateWindow(...). */
#ifndef LUNETTE_SDL_H
#define LUNETTE_SDL_H
#include <SDL.h>
#include <stdbool.h>

/* clang-format off */
#define SDL_USED(F) \
  F(InitSubSystem) F(QuitSubSystem) F(SetHint) F(GetCurrentVideoDriver) F(CreateWindow) F(DestroyWindow) \
  F(GetWindowSize) F(GetWindowSizeInPixels) F(GetWindowFlags) F(GetWindowSurface) \
  F(UpdateWindowSurfaceRects) F(SetWindowTitle) F(SetWindowSize) F(CreateRGBSurfaceWithFormatFrom) F(SetSurfaceBlendMode) F(UpperBlit) \
  F(FreeSurface) F(GetModState) F(StartTextInput) F(PollEvent) F(WaitEventTimeout) F(GetError) F(LogSetOutputFunction) F(GetNumAudioDevices) \
  F(GetAudioDeviceName) F(GetAudioDeviceStatus) F(OpenAudioDevice) F(CloseAudioDevice) F(PauseAudioDevice)
/* clang-format on */

typedef struct Sdl {
#define SDL_MEMBER(name) __typeof__(SDL_##name) *name;
  SDL_USED(SDL_MEMBER)
#undef SDL_MEMBER
} Sdl;
extern Sdl sdl;

/* Before any of them is called, on any thread; false: the library is not there. */
bool sdl_load(void);

#endif
