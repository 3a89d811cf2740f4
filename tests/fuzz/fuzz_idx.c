/* fuzz_idx.c: IDX, plain and in gzip. */
#include "dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  tensor_release(idx_read("fuzz", data, size, &e));
  return 0;
}
