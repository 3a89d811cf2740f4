/* aside.h: a long call into a library that knows no ^C, on a thread of its own.
 *
 * The call works on memory of its own, into which its inputs are copied and out of which its results come, so
 * that after ^C it can be left alone: its thread goes on to its end, its memory is given back afterwards.
 * Short calls run where they are, on the caller's memory. */
#ifndef LUNETTE_ASIDE_H
#define LUNETTE_ASIDE_H
#include "tensor.h"

typedef enum AsideWay { ASIDE_IN = 1, ASIDE_OUT = 2, ASIDE_BOTH = 3, ASIDE_SCRATCH = 4 } AsideWay;

typedef struct AsidePart {
  void *at; /* the caller's; while it runs the call's own */
  size_t bytes;
  AsideWay way;
} AsidePart;

enum { ASIDE_PARTS = 6 };
typedef struct Aside {
  void (*run)(struct Aside *p);
  Dtype d;
  int n[3], info;
  const void *what; /* lives on */
  double flops;     /* about how long it takes */
  AsidePart part[ASIDE_PARTS];
} Aside;

/* Fails for want of memory only.  After ^C, which the caller sees by interrupt_pending(), the
 * results are as they were. */
bool aside_run(Aside *p);
#endif
