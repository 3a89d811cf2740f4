/* bind_speech.c: tensor/files/speech.h for nn/lua/data/speech.lua: lunette.io.speech. */
#include "bind.h"

#include "speech.h"

static const char SPEECH[] = "lunette.speech";

/* () -> process, list, samples a second; or nil and why */
static int open_speech(lua_State *L) {
  Speech **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, SPEECH);
  Err e;
  if (!(*box = speech_open(&e))) return vm_soft(L, &e);
  lua_pushstring(L, speech_list(*box));
  lua_pushinteger(L, speech_rate(*box));
  return 3;
}

static int close_speech(lua_State *L) {
  Speech **s = luaL_checkudata(L, 1, SPEECH);
  speech_close(*s);
  *s = NULL;
  return 0;
}

/* (process, text, {language=, voice=, rate=, pitch=, seed=, named=}): f32 [n], or nil and why; places in the list count from 0;
 * named: not the sound but the phonemes' names, a byte a sample, in units of 1 / 32768.
 * An error after which the process is gone closes it: process:open() tells. */
static int say(lua_State *L) {
  Speech **s = luaL_checkudata(L, 1, SPEECH);
  size_t bytes;
  const char *text = luaL_checklstring(L, 2, &bytes);
  SpeechAsk ask = {.language = (int32_t)vm_field_int(L, 3, "language"),
                   .voice = (int32_t)vm_field_int(L, 3, "voice"),
                   .rate = (int32_t)vm_field_int(L, 3, "rate"),
                   .pitch = (int32_t)vm_field_int(L, 3, "pitch"),
                   .seed = (int32_t)vm_field_int(L, 3, "seed"),
                   .named = vm_field_flag(L, 3, "named"),
                   .text_bytes = (int32_t)bytes};
  if (!*s || bytes < 1 || bytes > SPEECH_MOST_TEXT)
    return vm_error(L, "audio.speak: text of %d to %d bytes expected, got %d", 1, SPEECH_MOST_TEXT,
                    (int)bytes);
  Tensor **box = vm_box(L);
  bool lost;
  Err e;
  if ((*box = speech_say(*s, &ask, text, &lost, &e))) return 1;
  if (lost) {
    speech_close(*s);
    *s = NULL;
  }
  return vm_soft(L, &e);
}

static int is_open(lua_State *L) {
  lua_pushboolean(L, *(Speech **)luaL_checkudata(L, 1, SPEECH) != NULL);
  return 1;
}

void vm_open_speech(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"say", say}, {"close", close_speech}, {"open", is_open}, {"__gc", close_speech}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"speech", open_speech}, {NULL, NULL}};
  vm_methods(L, SPEECH, methods);
  lua_pop(L, 1);
  vm_add_io(L, functions);
}
