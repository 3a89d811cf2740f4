/* fuzz_safetensors.c: .safetensors. */
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_in_memory(safetensors_load, data, size);
  return 0;
}
