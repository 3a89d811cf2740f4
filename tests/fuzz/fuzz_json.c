/* fuzz_json.c: a line of JSON: our limits, then cJSON. */
#include "text.h"

#include <cjson/cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Err e;
  const char *after;
  if (json_check("fuzz", 1, (const char *)data, size, 64, &e))
    cJSON_Delete(cJSON_ParseWithLengthOpts((const char *)data, size, &after, 0));
  return 0;
}
