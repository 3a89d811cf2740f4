/* ledger.h: which large tensors are alive, for the message that says there is no memory left. */
#ifndef LUNETTE_LEDGER_H
#define LUNETTE_LEDGER_H
#include "tensor.h"

void ledger_add(Storage *s, Dtype d, int nd, const int64_t *shape); /* storages below 64 kB are left out */
void ledger_remove(Storage *s);

/* "3.2 GB", "640 kB", "12 bytes" */
const char *bytes_text(char text[TEXT], double bytes);

/* err_set: "out of memory: 3.2 GB wanted for WHAT, limit 2 GB; largest live: f32[8000,8000] 256 MB, ..." */
bool no_memory(Err *e, double bytes, const char *what);
#endif
