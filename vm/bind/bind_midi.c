/* bind_midi.c: tensor/files/midi.h for nn/lua/data/midi.lua: lunette.io.midi_load, .midi_save. */
#include "bind.h"

#include "midi.h"

/* (path, seconds): notes, track, tempo, meter, format, division, what is cut off or nil; or nil and why */
static int load_midi(lua_State *L) {
  const char *path = vm_check_path(L, "audio.midi.load");
  bool seconds = lua_toboolean(L, 2);
  Tensor **box[4];
  for (int k = 0; k < 4; k++) box[k] = vm_box(L);
  Midi m;
  Err e;
  if (!midi_load(path, seconds, &m, &e)) return vm_soft(L, &e);
  *box[0] = m.notes;
  *box[1] = m.track;
  *box[2] = m.tempo;
  *box[3] = m.meter;
  lua_pushinteger(L, m.format);
  lua_pushinteger(L, m.division);
  if (m.cut[0]) lua_pushstring(L, m.cut);
  return m.cut[0] ? 7 : 6;
}

/* (path, notes, tempo, meter, seconds, division), tensors f64 and contiguous: true, notes shorter than a tick,
 * notes within another of their pitch; or nil and why */
static int save_midi(lua_State *L) {
  const char *path = vm_check_path(L, "audio.midi.save");
  Midi m = {.notes = vm_check(L, 2, "audio.midi.save"),
            .tempo = vm_check(L, 3, "audio.midi.save"),
            .meter = vm_check(L, 4, "audio.midi.save"),
            .division = (int)luaL_checkinteger(L, 6)};
  MidiLoss loss;
  Err e;
  if (!midi_save(path, &m, lua_toboolean(L, 5), &loss, &e)) return vm_soft(L, &e);
  lua_pushboolean(L, true);
  lua_pushinteger(L, loss.no_tick);
  lua_pushinteger(L, loss.within);
  return 3;
}

void vm_open_midi(lua_State *L) {
  static const luaL_Reg functions[] = {{"midi_load", load_midi}, {"midi_save", save_midi}, {NULL, NULL}};
  vm_add_io(L, functions);
}
