/* reduce_short.c: see reduce.h: short rows turned, so that vectors hold numbers of many; rows of elements apart gathered. */
#include "kernel.h"
#include "reduce.h"

enum { SHORT = 64, SOME = 128 }; /* elements of a row; rows at once */

static int64_t up(int64_t n) { return (n + TURN_SIDE - 1) / TURN_SIDE * TURN_SIDE; }

bool reduce_is_short(const ReduceLayout *l) {
  return l->inner == 1 && l->sR == 1 && l->parts == 1 && l->R > 0 && l->R < SHORT;
}

bool reduce_pays_short(const ReduceLayout *l) { return reduce_is_short(l) && l->run >= TURN_SIDE; }

/* The first n elements of m rows, a step apart, as n rows of m; in whole squares as long as what these read beyond their
 * rows belongs to the rows that follow.  `to` has room for up(n) rows. */
static void rows_turned(size_t size, int64_t n, int64_t m, unsigned char *to, const unsigned char *from,
                        int64_t step) {
  const Kernels *k = kernels(size == sizeof(double) ? F64 : F32);
  const int64_t wide = (int64_t)size;
  int64_t c = 0;
  for (; size > 1 && c + TURN_SIDE <= m && (c + TURN_SIDE - 1) * step + up(n) <= (m - 1) * step + n;
       c += TURN_SIDE)
    for (int64_t i = 0; i < n; i += TURN_SIDE)
      k->turn(to + (i * m + c) * wide, m, from + (c * step + i) * wide, step, TURN_HERE);
  if (c < m) elements_turn(size, n, m - c, to + c * wide, m, from + c * step * wide, step);
}

int64_t reduce_short_rows(const ReduceLayout *l, int64_t o, int64_t end, ShortRows *to) {
  const int64_t room = SHORT_ROOM / (up(l->R) * l->size) / TURN_SIDE * TURN_SIDE;
  int64_t m = l->run - o % l->run;
  if (m > (room < SOME ? room : SOME)) m = room < SOME ? room : SOME;
  if (m > end - o) m = end - o;
  rows_turned((size_t)l->size, l->R, m, to->bytes, reduce_at(l, o, 0, 0, 0), l->srun);
  return m;
}

int64_t reduce_gather(const ReduceLayout *l, Dtype d, int64_t at, int64_t n, const unsigned char *x,
                      Gathered *to) {
  const int64_t m = n - at < GATHERED ? n - at : GATHERED;
  elements_copy(m, to->bytes, d, 1, x + at * l->sR * l->size, d, l->sR);
  return m;
}
