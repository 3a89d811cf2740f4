/* fuzz_csv.c: CSV: numbers, cells and names; the first byte chooses header and quote. */
#include "dataset.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  Err e;
  Csv c;
  const CsvForm form = {.separator = data[0] & 32 ? ';' : ',',
                        .quote = data[0] & 4 ? 0 : '"',
                        .decimal = data[0] & 32 ? ',' : '.',
                        .comment = data[0] & 64 ? '#' : 0,
                        .header = data[0] % 3 - 1,
                        .whole = data[0] & 128,
                        .missing = data[0] & 8 ? "?" : NULL};
  if (!csv_open(&c, "fuzz", (const char *)data + 1, size - 1, &form, &e)) return 0;
  tensor_release(csv_numbers(&c, form.whole ? I64 : data[0] & 16 ? F64 : F32, &e));
  char *plain = malloc(size);
  int64_t rows = 0;
  Span cell = {0};
  for (const char *at = c.body; plain && csv_cell(&c, c.columns - 1, &at, &cell); rows++)
    if (csv_plain(&c, cell, plain) > cell.n) __builtin_trap();
  if (plain && rows != c.rows) __builtin_trap(); /* both passes see the same table */
  free(plain);
  csv_close(&c);
  return 0;
}
