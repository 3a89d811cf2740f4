/* fuzz_npy.c: NumPy's arrays. */
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_in_memory(npy_load, data, size);
  return 0;
}
