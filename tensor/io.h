/* io.h: what the file formats share: named tensors, reading a file whole, writing it without half-written
 * states. */
#ifndef LUNETTE_IO_H
#define LUNETTE_IO_H
#include "tensor.h"

#include <stdio.h>

typedef struct NamedTensor {
  char *name;     /* owned by the list */
  Tensor *tensor; /* one reference     */
} NamedTensor;

typedef struct NamedList {
  NamedTensor *item;
  int n, room;
} NamedList;

bool named_add(NamedList *list, const char *name, Tensor *t,
               Err *e); /* takes the reference, also on failure */
void named_free(NamedList *list);

/* The whole file; *size its bytes; released with free.  NULL: the message has path and reason.  At most
 * `most` bytes. */
unsigned char *file_read(const char *path, size_t most, size_t *size, Err *e);

/* A file that appears under its name complete or not at all: written beside, synced, renamed, directory
 * synced. */
typedef struct SafeFile {
  FILE *f;
  char *path, *temporary;
} SafeFile;
bool safe_open(SafeFile *s, const char *path, Err *e);
bool safe_commit(SafeFile *s, bool ok, Err *e); /* ok false, or a write error: the temporary file goes away */

/* io_safetensors.c: the format of huggingface/safetensors: u64 header size, JSON header, bytes. */
bool safetensors_save(const char *path, const NamedList *list, Err *e);
bool safetensors_load(const char *path, NamedList *list, Err *e); /* f16 and bf16 become f32 */

#endif
