/* io.h: what the file formats share: named tensors, reading a file whole, writing it without half-written
 * states. */
#ifndef LUNETTE_IO_H
#define LUNETTE_IO_H
#include "tensor.h"

#include <stdio.h>

typedef struct NamedTensor {
  char *name;     /* owned by the list                                        */
  Tensor *tensor; /* one reference; NULL for a list of strings                */
  char **text;    /* `texts` strings, each and the list owned                 */
  int64_t texts;
} NamedTensor;

typedef struct LeftOut { /* a part of the file that could not be read, and why */
  char *name, *why;
} LeftOut;

typedef struct NamedList {
  NamedTensor *item;
  int n, room;
  int rate; /* of a sound, frames a second; else 0 */
  LeftOut *left;
  int n_left, room_left;
} NamedList;

bool named_add(NamedList *list, const char *name, Tensor *t,
               Err *e); /* takes the reference, also on failure */
bool named_add_text(NamedList *list, const char *name, char **text, int64_t n,
                    Err *e); /* takes text and strings */
/* Goes on without the part `name`, whose error `e` is: "cut off", "is complex".  false when the reading as a whole is
 * to end: an interrupt, or no memory for the note itself. */
bool named_leave_out(NamedList *list, const char *name, Err *e);
void named_free(NamedList *list);
/* first, between, second in one new string; NULL: out of memory. */
char *joined(const char *first, const char *between, const char *second, Err *e);

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
/* In pieces that reach the disk one by one, so that neither this nor the commit keeps ^C waiting. */
bool safe_write(SafeFile *s, const void *data, size_t n, Err *e);
bool safe_commit(SafeFile *s, bool ok, Err *e); /* ok false, or a write error: the temporary file goes away */

/* May `bytes` of data be in `stored` bytes of a file?  Beyond 32 MB, only when they shrink less than 32
 * times.  `stored` is never taken for more than the file's size.  The message is about a part: "claims ...". */
bool plausible(const char *path, double bytes, double stored, Err *e);

/* safetensors.c: the format of huggingface/safetensors: u64 header size, JSON header, bytes. */
bool safetensors_save(const char *path, const NamedList *list, Err *e);
bool safetensors_load(const char *path, NamedList *list, Err *e); /* f16 and bf16 become f32 */
/* npy.c: NumPy's .npy. */
bool npy_save(const char *path, const NamedList *list, Err *e);
bool npy_load(const char *path, NamedList *list, Err *e);
Tensor *npy_parse(const unsigned char *data, size_t size, Err *e); /* the message says "its header ..." */
unsigned char *npy_bytes(const Tensor *t, size_t *size, Err *e); /* header and numbers; released with free */

#endif
