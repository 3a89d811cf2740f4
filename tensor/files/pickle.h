/* pickle.h: a restricted reader of Python's pickle, protocols 2 to 5, as PyTorch writes its state dicts.
 *
 * It builds numbers, strings, lists, tuples, dictionaries, and what `host` makes of the few names that it allows.
 * Nothing is imported or called; a name that is not allowed ends the reading with an error that tells it.
 * What is built takes at most `room` bytes. */
#ifndef LUNETTE_PICKLE_H
#define LUNETTE_PICKLE_H
#include "err.h"

#include <stddef.h>
#include <stdint.h>

typedef enum PickleKind {
  PICKLE_NONE,
  PICKLE_BOOL,   /* .i */
  PICKLE_INT,    /* .i */
  PICKLE_BIG,    /* .s of .n bytes: an integer of more than 64 bits, little-endian */
  PICKLE_REAL,   /* .f */
  PICKLE_STRING, /* .s of .n bytes: within the pickle's text */
  PICKLE_BYTES,  /* the same */
  PICKLE_TUPLE,  /* .items */
  PICKLE_LIST,   /* .items */
  PICKLE_DICT,   /* .items: key, value, key, value, ... in order */
  PICKLE_NAME,   /* .i: what the host's `name` gave */
  PICKLE_HOST,   /* .i: the host's number for what it made */
  PICKLE_MARK
} PickleKind;

typedef struct PickleItems PickleItems;
typedef struct PickleValue {
  uint8_t kind;
  uint32_t n;
  union {
    int64_t i;
    double f;
    const char *s;
    PickleItems *items;
  };
} PickleValue;

struct PickleItems {
  PickleItems *next; /* of all that were made */
  PickleValue *at;
  uint32_t n, room;
};

typedef struct Pickle Pickle;
typedef struct PickleHost {
  void *context;
  /* The number of "module name", from 0; -1: not allowed. */
  int (*name)(void *context, const char *module, size_t nm, const char *name, size_t nn);
  /* The name's value with arguments (a tuple), instead of a call; false: e tells why not. */
  bool (*reduce)(void *context, Pickle *p, int name, const PickleItems *args, PickleValue *out, Err *e);
  /* What a persistent id stands for. */
  bool (*persistent)(void *context, PickleValue id, PickleValue *out, Err *e);
} PickleHost;

struct Pickle {
  const char *path; /* for messages */
  const unsigned char *text, *at, *end;
  const PickleHost *host;
  size_t room; /* bytes that may still be taken */
  PickleItems *all;
  PickleValue *stack, *memo;
  uint32_t depth, stack_room, memos;
  Err *e;
};

/* One pickle from p->at on, which moves behind it.  The value lives until pickle_end. */
bool pickle_read(Pickle *p, PickleValue *out);
void pickle_begin(Pickle *p, const char *path, const unsigned char *text, size_t n, size_t room,
                  const PickleHost *host, Err *e);
void pickle_end(Pickle *p);
PickleItems *pickle_items(Pickle *p); /* an empty list of the pickle's; NULL: an error is set */
bool pickle_append(Pickle *p, PickleItems *to, PickleValue v);
bool pickle_is(PickleValue v, const char *text); /* the string `text`? */
#endif
