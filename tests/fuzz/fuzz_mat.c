/* fuzz_mat.c: MATLAB's files, in the fuzzer's own process. */
#include "library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_by_library(mat_load, data, size);
  return 0;
}
