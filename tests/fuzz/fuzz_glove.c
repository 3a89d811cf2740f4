/* fuzz_glove.c: GloVe's text, and word2vec's text and binary form. */
#include "dataset.h"

static void look(bool ok, Glove g, const uint8_t *data, size_t size) {
  if (!ok) return;
  for (int64_t i = 0; i < g.n; i++) /* words lie within the text */
    if (g.word[i].at < (const char *)data || g.word[i].at + g.word[i].n > (const char *)data + size)
      __builtin_trap();
  glove_free(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  Glove g;
  bool ok = glove_read("fuzz", (const char *)data, size, 0, &g, &e);
  look(ok, g, data, size);
  ok = word2vec_read("fuzz", (const char *)data, size, 0, &g, &e);
  look(ok, g, data, size);
  return 0;
}
