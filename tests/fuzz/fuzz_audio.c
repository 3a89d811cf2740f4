/* fuzz_audio.c: WAV, FLAC, OGG. */
#include "audio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  int rate;
  tensor_release(audio_decode("fuzz", data, size, &rate, &e));
  return 0;
}
