/* places.c: see places.h */
#include "places.h"

#include "index.h"
#include "parallel.h"

enum { TABLE = 512, LONG = 32 }; /* elements that tables are for, and of which none are needed */

/* The place of an id; those from the end or outside, which are few, apart. */
static inline bool is_place(int64_t id, int64_t places, int64_t *p) {
  *p = (int64_t)((uint64_t)id - 1);
  if (__builtin_expect((uint64_t)*p < (uint64_t)places, 1)) return true;
  *p = (int64_t)index_place(id, places);
  return (uint64_t)*p < (uint64_t)places;
}

/* --- blocks ------------------------------------------------------------------------------------------------- */

#define EACH_AT(to_place, from_place, does)                                                                  \
  for (int64_t k = 0; k < n; k++) {                                                                          \
    int64_t p;                                                                                               \
    if (!is_place(id[k], places, &p)) {                                                                      \
      bad = true;                                                                                            \
      continue;                                                                                              \
    }                                                                                                        \
    const int64_t to = to_place, from = from_place;                                                          \
    does;                                                                                                    \
  }
/* The middle one: along the last dimension, all in rows.  Copies, as what is written might be *b. */
#define EACH_PLACE(does)                                                                                     \
  const int64_t n = b->n, places = b->places, jump = b->jump, step = b->step, apart = b->from, *id = b->id,  \
                *steps = b->steps, *froms = b->froms;                                                        \
  bool bad = false;                                                                                          \
  if (steps) EACH_AT(steps[k] + p * jump, froms[k], does)                                                    \
  else if (step == 0 && jump == 1 && apart == 1) EACH_AT(p, k, does)                                         \
  else EACH_AT(k *step + p * jump, k * apart, does)                                                          \
  return bad;

#define MOVES(T)                                                                                             \
  static bool pick_##T(const PlaceBlock *b, T *x, const T *y) { EACH_PLACE(x[from] = y[to]) }                \
  static bool put_##T(const PlaceBlock *b, T *y, const T *x) { EACH_PLACE(y[to] = x[from]) }
MOVES(uint8_t)
MOVES(uint32_t)
MOVES(uint64_t)

bool places_pick(size_t size, const PlaceBlock *b, void *plain, const void *indexed) {
  if (size == 4) return pick_uint32_t(b, plain, indexed);
  if (size == 8) return pick_uint64_t(b, plain, indexed);
  return pick_uint8_t(b, plain, indexed);
}
bool places_put(size_t size, const PlaceBlock *b, void *indexed, const void *plain) {
  if (size == 4) return put_uint32_t(b, indexed, plain);
  if (size == 8) return put_uint64_t(b, indexed, plain);
  return put_uint8_t(b, indexed, plain);
}

#define JOINS(T, WIDE)                                                                                       \
  static bool sum_##T(const PlaceBlock *b, T *y, const T *x) {                                               \
    EACH_PLACE(y[to] = (T)((WIDE)y[to] + (WIDE)x[from]))                                                     \
  }                                                                                                          \
  static bool prod_##T(const PlaceBlock *b, T *y, const T *x) {                                              \
    EACH_PLACE(y[to] = (T)((WIDE)y[to] * (WIDE)x[from]))                                                     \
  }                                                                                                          \
  static inline T more_##T(T w, T v) {                                                                       \
    const T m = v > w ? v : w;                                                                               \
    return __builtin_expect(v != v, 0) ? v : m;                                                              \
  }                                                                                                          \
  static inline T less_##T(T w, T v) {                                                                       \
    const T m = v < w ? v : w;                                                                               \
    return __builtin_expect(v != v, 0) ? v : m;                                                              \
  }                                                                                                          \
  static bool most_##T(const PlaceBlock *b, T *y, const T *x) {                                              \
    EACH_PLACE(y[to] = more_##T(y[to], x[from]))                                                             \
  }                                                                                                          \
  static bool least_##T(const PlaceBlock *b, T *y, const T *x) {                                             \
    EACH_PLACE(y[to] = less_##T(y[to], x[from]))                                                             \
  }
JOINS(float, float)
JOINS(double, double)
JOINS(int64_t, uint64_t)
JOINS(int32_t, uint32_t)
JOINS(uint8_t, uint32_t)

bool places_join(Dtype d, enum PlaceJoin how, const PlaceBlock *b, void *indexed, const void *plain) {
#define JOINED(T)                                                                                            \
  how == JOIN_SUM    ? sum_##T(b, indexed, plain)                                                            \
  : how == JOIN_PROD ? prod_##T(b, indexed, plain)                                                           \
  : how == JOIN_MOST ? most_##T(b, indexed, plain)                                                           \
                     : least_##T(b, indexed, plain)
  switch (d) {
  case F32: return JOINED(float);
  case F64: return JOINED(double);
  case I64: return JOINED(int64_t);
  case I32: return JOINED(int32_t);
  default: return JOINED(uint8_t);
  }
#undef JOINED
}

/* --- the walk ------------------------------------------------------------------------------------------------- */

typedef struct Axis {
  int64_t n, id, to, from; /* size, and steps in ids, in what is indexed and in what is plain */
} Axis;

/* Neighbouring dimensions that are stepped through as one become one; those of one element are left out. */
static int axes_of(const PlaceSides *s, Axis *a) {
  int m = 0;
  for (int i = 0; i < s->ids.nd; i++) {
    const int64_t n = s->ids.shape[i];
    const Axis v = {n, s->ids.stride[i], i == s->dim ? 0 : s->indexed.stride[i], s->plain.stride[i]};
    Axis *last = a + m - 1;
    if (n == 1) continue;
    if (m && last->id == v.id * n && last->to == v.to * n && last->from == v.from * n)
      *last = (Axis){last->n * n, v.id, v.to, v.from};
    else a[m++] = v;
  }
  if (m == 0) a[m++] = (Axis){1, 1, 0, 1};
  return m;
}

/* A block is the last axis; or, where that is short, a table of so many elements of the last axes as lie beside each other
 * in ids, `per` of the first of these. */
static int first_of_block(const Axis *a, int m, int64_t *per, int64_t *inner) {
  int first = m - 1;
  *inner = 1;
  *per = a[first].n;
  if (*per >= LONG) return first;
  while (first > 0 && *inner * a[first].n <= TABLE / 2 && a[first - 1].id == *inner * a[first].n)
    *inner *= a[first--].n;
  *per = a[first].n < TABLE / *inner ? a[first].n : TABLE / *inner;
  return first;
}

static void fill_tables(const Axis *a, int first, int m, int64_t n, int64_t *to, int64_t *from) {
  int64_t at[DIMS] = {0}, t = 0, f = 0;
  for (int64_t k = 0; k < n; k++) {
    to[k] = t, from[k] = f;
    int d = m - 1;
    for (; d > first && ++at[d] == a[d].n; d--) {
      t -= (a[d].n - 1) * a[d].to, f -= (a[d].n - 1) * a[d].from;
      at[d] = 0;
    }
    t += a[d].to, f += a[d].from;
  }
}

void places_each(const PlaceSides *s, PlaceFn block, void *context) {
  Axis a[DIMS];
  int64_t per, inner, to[TABLE], from[TABLE], at[DIMS] = {0};
  if (s->ids.n == 0) return;
  const int m = axes_of(s, a), first = first_of_block(a, m, &per, &inner);
  const int64_t size = (int64_t)dtype_size[s->indexed.dtype],
                plain_size = (int64_t)dtype_size[s->plain.dtype];
  PlaceBlock b = {.places = s->indexed.shape[s->dim],
                  .jump = s->indexed.stride[s->dim],
                  .step = a[first].to,
                  .from = a[first].from};
  if (first < m - 1) {
    fill_tables(a, first, m, per * inner, to, from);
    b.steps = to, b.froms = from;
  }
  const int64_t *id = s->ids.data;
  unsigned char *y = s->indexed.data, *x = s->plain.data;
  for (int d = first; d >= 0 && !interrupt_pending();) {
    for (int64_t k = 0; k < a[first].n; k += per) {
      b.n = (a[first].n - k < per ? a[first].n - k : per) * inner;
      b.id = id + k * a[first].id;
      block(context, &b, y + k * a[first].to * size, x + k * a[first].from * plain_size);
    }
    for (d = first - 1; d >= 0; d--) {
      const int64_t back = ++at[d] < a[d].n ? 1 : 1 - a[d].n;
      id += back * a[d].id, y += back * a[d].to * size, x += back * a[d].from * plain_size;
      if (back == 1) break;
      at[d] = 0;
    }
  }
}

/* --- threads ---------------------------------------------------------------------------------------------------- */

typedef struct Shared {
  const PlaceSides *sides;
  int axis;
  int64_t tiles;
  PlaceTile tile;
  void *context;
} Shared;

static void narrow(Tensor *t, int axis, int64_t begin, int64_t n) {
  t->data += begin * t->stride[axis] * (int64_t)dtype_size[t->dtype];
  t->n = t->n / t->shape[axis] * n;
  t->shape[axis] = n;
}

static void share_tiles(void *context, int64_t begin, int64_t end) {
  const Shared *j = context;
  const int axis = j->axis;
  for (int64_t t = begin; t < end; t++) {
    PlaceSides part = *j->sides;
    const int64_t n = part.ids.shape[axis], from = n * t / j->tiles, to = n * (t + 1) / j->tiles;
    narrow(&part.ids, axis, from, to - from);
    narrow(&part.plain, axis, from, to - from);
    if (axis != part.dim) narrow(&part.indexed, axis, from, to - from);
    j->tile(j->context, &part, axis, from, to);
  }
}

/* Parts are cut along the first axis where that may be, in runs of LEAST ids or more. */
void places_share(const PlaceSides *s, bool writes, PlaceTile tile, void *context) {
  enum { LEAST = 64 };
  const Tensor *ids = &s->ids;
  int axis = 0;
  while (axis < ids->nd - 1 && (ids->shape[axis] == 1 || (writes && axis == s->dim))) axis++;
  int64_t tiles = ids->n / GRAIN, run = 1;
  for (int i = axis; i < ids->nd; i++) run *= ids->shape[i];
  if (tiles > run / LEAST) tiles = run / LEAST;
  if (tiles > ids->shape[axis]) tiles = ids->shape[axis];
  if (tiles < 2 || (writes && axis == s->dim)) {
    tile(context, s, 0, 0, ids->shape[0]);
    return;
  }
  Shared j = {s, axis, tiles, tile, context};
  parallel_for(tiles, 1, share_tiles, &j);
}

typedef struct Moving {
  Dtype d;
  bool adds, bad;
} Moving;
static void move_block(void *context, const PlaceBlock *b, void *indexed, void *plain) {
  Moving *j = context;
  const bool bad = j->adds ? places_join(j->d, JOIN_SUM, b, indexed, plain)
                           : places_pick(dtype_size[j->d], b, plain, indexed);
  if (bad) __atomic_store_n(&j->bad, true, __ATOMIC_RELAXED);
}
static void move_tile(void *context, const PlaceSides *part, int axis, int64_t begin, int64_t end) {
  (void)axis, (void)begin, (void)end;
  places_each(part, move_block, context);
}

bool places_take(const PlaceSides *s) {
  Moving j = {s->plain.dtype, false, false};
  places_share(s, false, move_tile, &j);
  return !j.bad;
}
void places_add(const PlaceSides *s) {
  Moving j = {s->plain.dtype, true, false};
  places_share(s, true, move_tile, &j);
}
