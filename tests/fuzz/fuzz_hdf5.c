/* fuzz_hdf5.c: HDF5 files: our walk, in the fuzzer's own process. */
#include "library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_by_library(hdf5_load, data, size);
  return 0;
}
