/* fuzz_image.c: PNG, JPEG, WebP: header walk and decoders; the first byte's low bits ask for channels. */
#include "image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  Pixels p;
  atomic_bool stop = false;
  if (size > 0 &&
      image_decode("fuzz", data + 1, size - 1, (data[0] & 15) % 5 | (data[0] & IMAGE_RAW), &stop, &p, &e))
    free(p.data);
  return 0;
}
