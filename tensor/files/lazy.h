/* lazy.h: named tensors of a file that are read when somebody asks for them.
 *
 * A file is opened by its head: names, dtypes, shapes, and where the numbers lie.  The descriptor stays open and
 * a storage is read when its first tensor is asked for, so that a file of gigabytes opens at once and only what is
 * used is read.  Unlike a mapping, a file that is cut off meanwhile is an error and no signal.  Tensors that share
 * a storage in the file are views of one here. */
#ifndef LUNETTE_LAZY_H
#define LUNETTE_LAZY_H
#include "io.h"
#include "raw.h"

typedef struct LazyStorage {
  RawType type;
  uint64_t at; /* byte of the file                          */
  int64_t n;   /* numbers                                   */
  Tensor *all; /* [n], once it has been read; else NULL     */
} LazyStorage;

typedef struct LazyEntry {
  char *name;
  int storage;
  int64_t offset; /* of its first number in the storage     */
  Shape shape;
  int64_t stride[DIMS];
} LazyEntry;

typedef struct LazyList {
  char *path;
  int fd;
  uint64_t size; /* of the file */
  LazyStorage *storage;
  LazyEntry *entry;
  int storages, entries;
  int64_t storage_room, entry_room;
  NamedList left; /* of which only what is left out is used */
} LazyList;

/* Opens the file only; what is wrong with it (none, a folder, a web page in its place) is in the message. */
bool lazy_begin(LazyList *l, const char *path, Err *e);
bool lazy_bytes(const LazyList *l, uint64_t at, void *to, size_t n, Err *e);
/* Its number, from 0; -1: it lies outside the file. */
int lazy_storage(LazyList *l, RawType type, uint64_t at, int64_t n, Err *e);
/* Every element must lie within its storage. */
bool lazy_entry(LazyList *l, const char *name, int storage, int64_t offset, const Shape *shape,
                const int64_t *stride, Err *e);
/* Goes on without the part `name`; why->message says what is wrong with it: "has an unknown dtype". */
bool lazy_leave_out(LazyList *l, const char *name, Err *why, Err *e);
/* At the end: no two storages lie over the same bytes. */
bool lazy_check(const LazyList *l, Err *e);
/* n names, which it sorts, none of them twice: which would be the tensor?  why: what the message adds. */
bool lazy_once(const char *path, const char **names, int n, const char *why, Err *e);
Dtype lazy_dtype(const LazyList *l, int i);
/* *part: what is wrong is wrong with this tensor alone, and the message is about it: "has ...". */
Tensor *lazy_read(LazyList *l, int i, bool *part, Err *e);
bool lazy_read_all(LazyList *l, NamedList *list, Err *e); /* and closes it, also on failure */
void lazy_close(LazyList *l);

/* What lies in a model's place when a download went wrong, by its first bytes; NULL: nothing known. */
const char *not_a_model(const unsigned char *head, size_t n);

/* torch.c: PyTorch's .pt, .pth, .bin: zip and legacy. */
bool torch_open(const char *path, LazyList *l, Err *e);
bool torch_load(const char *path, NamedList *list, Err *e);
/* safetensors.c */
bool safetensors_open(const char *path, LazyList *l, Err *e);

#endif
