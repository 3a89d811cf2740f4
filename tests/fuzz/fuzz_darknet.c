/* fuzz_darknet.c: Darknet's .cfg; where the first byte is odd, its .weights. */
#include "darknet.h"
#include "memory_file.h"

static bool weights(const char *path, NamedList *list, Err *e) {
  DarknetWeights w;
  return darknet_weights(path, &w, e) && named_add(list, "weights", w.numbers, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  DarknetLine out;
  size_t at = 0;
  int64_t line = 0;
  if (size && data[0] & 1) {
    read_in_memory(weights, data + 1, size - 1);
    return 0;
  }
  const char *text = (const char *)data;
  while (darknet_cfg("fuzz", text, size, &at, &line, &out, &e)) { /* spans lie within the text */
    if (out.name.at < text || out.name.at + out.name.n > text + size) __builtin_trap();
    if (out.value.at && (out.value.at < text || out.value.at + out.value.n > text + size)) __builtin_trap();
  }
  return 0;
}
