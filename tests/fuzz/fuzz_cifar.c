/* fuzz_cifar.c: CIFAR-10's records. */
#include "dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  Tensor *images, *labels;
  cifar_read("fuzz", data, size, &images, &labels, &e);
  tensor_release(images);
  tensor_release(labels);
  return 0;
}
