/* fuzz_json.c: a text of JSON, and the bytes of its strings. */
#include "dataset.h"

#include <stdlib.h>

static void see(void *context, const JsonEvent *event) {
  (void)context;
  if (event->kind != JSON_STRING && event->kind != JSON_KEY) return;
  char *to = malloc(event->text.n + 1);
  if (to && json_string(event->text, to) > event->text.n) __builtin_trap();
  free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  const char *text = (const char *)data;
  json_read("fuzz", text, text, text + size, 64, see, NULL, &e);
  return 0;
}
