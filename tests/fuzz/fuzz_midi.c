/* fuzz_midi.c: Standard MIDI Files, times in beats and in seconds. */
#include "midi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  Midi m;
  if (size && midi_parse("fuzz", data, size, data[size - 1] & 1, &m, &e)) midi_free(&m);
  return 0;
}
