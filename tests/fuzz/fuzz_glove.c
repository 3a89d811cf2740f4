/* fuzz_glove.c: GloVe's and word2vec's text. */
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  Glove g;
  if (!glove_read("fuzz", (const char *)data, size, 0, &g, &e)) return 0;
  for (int64_t i = 0; i < g.n; i++) /* words lie within the text */
    if (g.word[i].at < (const char *)data || g.word[i].at + g.word[i].n > (const char *)data + size)
      __builtin_trap();
  glove_free(&g);
  return 0;
}
