/* fuzz_npz.c: NumPy's zip files. */
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_in_memory(npz_load, data, size);
  return 0;
}
