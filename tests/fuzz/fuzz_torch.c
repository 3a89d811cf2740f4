/* fuzz_torch.c: PyTorch's files, zip and legacy: containers, pickles, storages. */
#include "lazy.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_in_memory(torch_load, data, size);
  return 0;
}
