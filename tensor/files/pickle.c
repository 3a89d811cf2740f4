/* pickle.c: see pickle.h.  The machine of Python's pickletools: a stack with marks, a memo, an opcode a byte. */
#include "pickle.h"

#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(Pickle *p, const char *what) {
  return err_set(p->e, "%s: no pickle of tensors: %s at byte %td", p->path, what, p->at - p->text);
}

/* --- memory ----------------------------------------------------------------------------------------------- */

static bool take(Pickle *p, size_t bytes) {
  if (bytes > p->room)
    return err_set(p->e, "%s: its pickle builds more than a file of its size may", p->path);
  p->room -= bytes;
  return true;
}

static void *grown(Pickle *p, void *items, size_t had, size_t wanted) {
  if (!take(p, wanted - had)) return NULL;
  void *more = realloc(items, wanted);
  if (!more) err_set(p->e, "%s: out of memory", p->path);
  return more;
}

PickleItems *pickle_items(Pickle *p) {
  PickleItems *items = take(p, sizeof *items) ? calloc(1, sizeof *items) : NULL;
  if (!items) {
    if (p->room >= sizeof *items) err_set(p->e, "%s: out of memory", p->path);
    return NULL;
  }
  items->next = p->all;
  p->all = items;
  return items;
}

bool pickle_append(Pickle *p, PickleItems *to, PickleValue v) {
  if (to->n == to->room) {
    uint32_t room = to->room ? to->room * 2 : 4;
    if (room > UINT32_MAX / 4) return fail(p, "a list too long");
    PickleValue *more = grown(p, to->at, to->room * sizeof *more, room * sizeof *more);
    if (!more) return false;
    to->at = more;
    to->room = room;
  }
  to->at[to->n++] = v;
  return true;
}

static bool push(Pickle *p, PickleValue v) {
  if (p->depth == p->stack_room) {
    uint32_t room = p->stack_room ? p->stack_room * 2 : 64;
    if (room > UINT32_MAX / 4) return fail(p, "a stack too high");
    PickleValue *more = grown(p, p->stack, p->stack_room * sizeof *more, room * sizeof *more);
    if (!more) return false;
    p->stack = more;
    p->stack_room = room;
  }
  p->stack[p->depth++] = v;
  return true;
}

/* The memo's numbers run from 0 on without gaps, as every writer leaves them, so that none can ask for much. */
static bool remember(Pickle *p, uint64_t k) {
  if (!p->depth || p->stack[p->depth - 1].kind == PICKLE_MARK) return fail(p, "nothing to remember");
  if (k > p->memos) return fail(p, "a memo with gaps");
  if (k == p->memos) {
    if ((p->memos & (p->memos - 1)) == 0 && (p->memos >= 64 || p->memos == 0)) {
      size_t had = p->memos, room = had ? had * 2 : 64;
      PickleValue *more = grown(p, p->memo, had * sizeof *more, room * sizeof *more);
      if (!more) return false;
      p->memo = more;
    }
    p->memos++;
  }
  p->memo[k] = p->stack[p->depth - 1];
  return true;
}

static bool recall(Pickle *p, uint64_t k) {
  return k < p->memos ? push(p, p->memo[k]) : fail(p, "what was never remembered is asked for");
}

/* --- the text --------------------------------------------------------------------------------------------- */

static bool little(Pickle *p, int bytes, uint64_t *v) {
  if (p->end - p->at < bytes) return fail(p, "cut off");
  *v = number_little(p->at, bytes);
  p->at += bytes;
  return true;
}

/* A string with its length in so many bytes before it. */
static bool string(Pickle *p, int bytes, PickleKind kind) {
  uint64_t n = 0;
  if (!little(p, bytes, &n)) return false;
  if (n > (uint64_t)(p->end - p->at) || n > UINT32_MAX / 2) return fail(p, "a string is cut off");
  PickleValue v = {.kind = (uint8_t)kind, .n = (uint32_t)n, .s = (const char *)p->at};
  p->at += n;
  return push(p, v);
}

static bool line(Pickle *p, const char **from, size_t *n) {
  const unsigned char *stop = memchr(p->at, '\n', (size_t)(p->end - p->at));
  if (!stop) return fail(p, "a line is cut off");
  *from = (const char *)p->at;
  *n = (size_t)(stop - p->at);
  p->at = stop + 1;
  return true;
}

static bool real(Pickle *p) {
  uint64_t bits = 0;
  if (p->end - p->at < 8) return fail(p, "cut off");
  for (int i = 0; i < 8; i++) bits = bits << 8 | *p->at++;
  PickleValue v = {.kind = PICKLE_REAL};
  memcpy(&v.f, &bits, 8);
  return push(p, v);
}

static bool long_number(Pickle *p, int bytes) {
  uint64_t n = 0;
  if (!little(p, bytes, &n)) return false;
  if (n > (uint64_t)(p->end - p->at) || n > 1 << 16) return fail(p, "a number is cut off");
  PickleValue v = {.kind = PICKLE_BIG, .n = (uint32_t)n, .s = (const char *)p->at};
  if (n <= 8) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < n; i++) bits |= (uint64_t)p->at[i] << (8 * i);
    if (n && n < 8 && p->at[n - 1] & 128) bits |= ~UINT64_C(0) << (8 * n);
    v = (PickleValue){.kind = PICKLE_INT, .i = (int64_t)bits};
  }
  p->at += n;
  return push(p, v);
}

/* --- the stack -------------------------------------------------------------------------------------------- */

static bool pop(Pickle *p, PickleValue *v) {
  if (!p->depth || p->stack[p->depth - 1].kind == PICKLE_MARK) return fail(p, "an empty stack");
  *v = p->stack[--p->depth];
  return true;
}

/* Where the values since the last mark begin. */
static bool mark(Pickle *p, uint32_t *from) {
  for (uint32_t i = p->depth; i > 0; i--)
    if (p->stack[i - 1].kind == PICKLE_MARK) {
      *from = i;
      return true;
    }
  return fail(p, "no mark");
}

static bool gather(Pickle *p, PickleKind kind, uint32_t from, uint32_t drop) {
  PickleItems *items = pickle_items(p);
  bool ok = items != NULL;
  for (uint32_t i = from; ok && i < p->depth; i++) ok = pickle_append(p, items, p->stack[i]);
  if (!ok) return false;
  p->depth = from - drop;
  return push(p, (PickleValue){.kind = (uint8_t)kind, .items = items});
}

static bool gather_marked(Pickle *p, PickleKind kind) {
  uint32_t from = 0;
  return mark(p, &from) && gather(p, kind, from, 1);
}

static bool gather_last(Pickle *p, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (i >= p->depth || p->stack[p->depth - 1 - i].kind == PICKLE_MARK) return fail(p, "an empty stack");
  return gather(p, PICKLE_TUPLE, p->depth - n, 0);
}

/* What stands above `from` goes into the list or dictionary below it (and below the mark, if there is one). */
static bool extend(Pickle *p, PickleKind kind, uint32_t from, uint32_t marked) {
  if (from < 1 + marked || p->stack[from - 1 - marked].kind != kind)
    return fail(p, kind == PICKLE_LIST ? "no list to append to" : "no dictionary to set in");
  if (kind == PICKLE_DICT && (p->depth - from) % 2) return fail(p, "a key without its value");
  PickleItems *to = p->stack[from - 1 - marked].items;
  for (uint32_t i = from; i < p->depth; i++)
    if (!pickle_append(p, to, p->stack[i])) return false;
  p->depth = from - marked;
  return true;
}

static bool extend_marked(Pickle *p, PickleKind kind) {
  uint32_t from = 0;
  return mark(p, &from) && extend(p, kind, from, 1);
}

static bool extend_last(Pickle *p, PickleKind kind, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (i >= p->depth || p->stack[p->depth - 1 - i].kind == PICKLE_MARK) return fail(p, "an empty stack");
  return extend(p, kind, p->depth - n, 0);
}

/* --- names ------------------------------------------------------------------------------------------------ */

static bool name_value(Pickle *p, const char *module, size_t nm, const char *name, size_t nn) {
  int k = p->host->name(p->host->context, module, nm, name, nn);
  if (k >= 0) return push(p, (PickleValue){.kind = PICKLE_NAME, .i = k});
  return err_set(
      p->e,
      "%s: wants Python's '%.*s.%.*s', which is not read: only tensors, numbers, strings, lists and "
      "dictionaries are, and nothing is run (save net.state_dict() instead)",
      p->path, (int)(nm < 100 ? nm : 100), module, (int)(nn < 100 ? nn : 100), name);
}

static bool global_name(Pickle *p) {
  const char *module = NULL, *name = NULL;
  size_t nm = 0, nn = 0;
  return line(p, &module, &nm) && line(p, &name, &nn) && name_value(p, module, nm, name, nn);
}

static bool stack_name(Pickle *p) {
  PickleValue module = {0}, name = {0};
  if (!pop(p, &name) || !pop(p, &module)) return false;
  if (name.kind != PICKLE_STRING || module.kind != PICKLE_STRING) return fail(p, "a name that is no string");
  return name_value(p, module.s, module.n, name.s, name.n);
}

static bool reduce(Pickle *p) {
  PickleValue args = {0}, name = {0}, made = {0};
  if (!pop(p, &args) || !pop(p, &name)) return false;
  if (name.kind != PICKLE_NAME || args.kind != PICKLE_TUPLE) return fail(p, "a call of what has no name");
  return p->host->reduce(p->host->context, p, (int)name.i, args.items, &made, p->e) && push(p, made);
}

static bool persistent(Pickle *p) {
  PickleValue id = {0}, made = {0};
  return pop(p, &id) && p->host->persistent(p->host->context, id, &made, p->e) && push(p, made);
}

/* An object's further state: that of a dictionary (a state dict's _metadata) tells nothing about tensors. */
static bool build(Pickle *p) {
  PickleValue state = {0};
  if (!pop(p, &state)) return false;
  if (!p->depth || (p->stack[p->depth - 1].kind != PICKLE_DICT && p->stack[p->depth - 1].kind != PICKLE_HOST))
    return fail(p, "state for what has none");
  return true;
}

/* --- opcodes ---------------------------------------------------------------------------------------------- */

static bool whole(Pickle *p, int bytes, bool sign) {
  uint64_t v = 0;
  if (!little(p, bytes, &v)) return false;
  return push(p, (PickleValue){.kind = PICKLE_INT, .i = sign ? (int32_t)(uint32_t)v : (int64_t)v});
}

static bool empty(Pickle *p, PickleKind kind) {
  PickleItems *items = pickle_items(p);
  return items && push(p, (PickleValue){.kind = (uint8_t)kind, .items = items});
}

static bool memo(Pickle *p, int bytes, bool (*f)(Pickle *, uint64_t)) {
  uint64_t k = 0;
  return little(p, bytes, &k) && f(p, k);
}

static bool pop_mark(Pickle *p) {
  uint32_t from = 0;
  if (!mark(p, &from)) return false;
  p->depth = from - 1;
  return true;
}

static bool skip(Pickle *p, int bytes) {
  uint64_t v = 0;
  return little(p, bytes, &v);
}

static bool drop(Pickle *p) {
  if (!p->depth) return fail(p, "an empty stack");
  p->depth--;
  return true;
}

static bool twice(Pickle *p) {
  PickleValue v = {0};
  return pop(p, &v) && push(p, v) && push(p, v);
}

static bool unknown(Pickle *p, int op) {
  char what[60];
  snprintf(what, sizeof what, "the opcode 0x%02x, which none of tensors needs,", op);
  return fail(p, what);
}

static bool step(Pickle *p, int op) {
  switch (op) {
  case 0x80: return skip(p, 1); /* PROTO */
  case 0x95: return skip(p, 8); /* FRAME */
  case '(': return push(p, (PickleValue){.kind = PICKLE_MARK});
  case 'N': return push(p, (PickleValue){.kind = PICKLE_NONE});
  case 0x88: return push(p, (PickleValue){.kind = PICKLE_BOOL, .i = 1});
  case 0x89: return push(p, (PickleValue){.kind = PICKLE_BOOL, .i = 0});
  case 'J': return whole(p, 4, true);
  case 'K': return whole(p, 1, false);
  case 'M': return whole(p, 2, false);
  case 0x8a: return long_number(p, 1);
  case 0x8b: return long_number(p, 4);
  case 'G': return real(p);
  case 'X': return string(p, 4, PICKLE_STRING);
  case 0x8c: return string(p, 1, PICKLE_STRING);
  case 0x8d: return string(p, 8, PICKLE_STRING);
  case 'U': return string(p, 1, PICKLE_STRING);
  case 'T': return string(p, 4, PICKLE_STRING);
  case 'C': return string(p, 1, PICKLE_BYTES);
  case 'B': return string(p, 4, PICKLE_BYTES);
  case 0x8e: return string(p, 8, PICKLE_BYTES);
  case ')': return empty(p, PICKLE_TUPLE);
  case ']': return empty(p, PICKLE_LIST);
  case '}': return empty(p, PICKLE_DICT);
  case 't': return gather_marked(p, PICKLE_TUPLE);
  case 'l': return gather_marked(p, PICKLE_LIST);
  case 0x85: return gather_last(p, 1);
  case 0x86: return gather_last(p, 2);
  case 0x87: return gather_last(p, 3);
  case 'a': return extend_last(p, PICKLE_LIST, 1);
  case 'e': return extend_marked(p, PICKLE_LIST);
  case 's': return extend_last(p, PICKLE_DICT, 2);
  case 'u': return extend_marked(p, PICKLE_DICT);
  case 'q': return memo(p, 1, remember);
  case 'r': return memo(p, 4, remember);
  case 0x94: return remember(p, p->memos);
  case 'h': return memo(p, 1, recall);
  case 'j': return memo(p, 4, recall);
  case '0': return drop(p);
  case '1': return pop_mark(p);
  case '2': return twice(p);
  case 'c': return global_name(p);
  case 0x93: return stack_name(p);
  case 'R':
  case 0x81: return reduce(p); /* NEWOBJ: the same for what is allowed */
  case 'b': return build(p);
  case 'Q': return persistent(p);
  default: return unknown(p, op);
  }
}

bool pickle_read(Pickle *p, PickleValue *out) {
  p->depth = p->memos = 0;
  free(p->memo);
  p->memo = NULL;
  while (p->at < p->end) {
    int op = *p->at++;
    if (op == '.') return pop(p, out);
    if (!step(p, op)) return false;
  }
  return fail(p, "cut off");
}

void pickle_begin(Pickle *p, const char *path, const unsigned char *text, size_t n, size_t room,
                  const PickleHost *host, Err *e) {
  *p = (Pickle){.path = path, .text = text, .at = text, .end = text + n, .host = host, .room = room, .e = e};
}

void pickle_end(Pickle *p) {
  for (PickleItems *items = p->all, *next; items; items = next) {
    next = items->next;
    free(items->at);
    free(items);
  }
  free(p->stack);
  free(p->memo);
  p->all = NULL;
  p->stack = p->memo = NULL;
}

bool pickle_is(PickleValue v, const char *text) {
  return v.kind == PICKLE_STRING && v.n == strlen(text) && memcmp(v.s, text, v.n) == 0;
}
