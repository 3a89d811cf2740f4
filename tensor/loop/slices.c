/* slices.c: see slices.h */
#include "slices.h"

#include "kernel.h"
#include "parallel.h"

#include <string.h>

/* many: [outer, size, inner], few: [outer, n, inner], inner a row of both.  Slices of x, wherever they lie, are picked from
 * many, or few of them added to many; the other one, y, lies in its rows. */
typedef struct Slices {
  unsigned char *many, *few;
  const int64_t *pos;
  int64_t outer, n, size, inner, step; /* of x, between slices: elements */
  int lead;                            /* dimensions of x before these, neighbours joined */
  int64_t shape[DIMS], stride[DIMS];
  Dtype dtype;
} Slices;

enum { FEW = 8, LONG = 256 }; /* slices that are walked one by one; bytes of a row */

/* False: x's slices are no rows. */
static bool slices_of(Slices *s, const Tensor *x, int dim, int64_t size, const int64_t *pos, int64_t n) {
  *s = (Slices){.pos = pos, .outer = 1, .n = n, .size = size, .inner = 1, .step = x->stride[dim]};
  s->dtype = x->dtype;
  bool rows = true;
  for (int i = x->nd - 1; i > dim; s->inner *= x->shape[i--])
    rows = rows && (x->shape[i] == 1 || x->stride[i] == s->inner);
  for (int i = 0; i < dim; i++) {
    if (x->shape[i] == 1) continue;
    const int last = s->lead - 1;
    s->outer *= x->shape[i];
    if (s->lead && s->stride[last] == x->stride[i] * x->shape[i]) s->shape[last] *= x->shape[i];
    else s->shape[s->lead++] = x->shape[i];
    s->stride[s->lead - 1] = x->stride[i];
  }
  return rows;
}

/* Where x's place o of outer is; the next *run places, no more than `most`, are *apart. */
static int64_t place_of(const Slices *s, int64_t o, int64_t most, int64_t *run, int64_t *apart) {
  int64_t at = 0;
  const int last = s->lead - 1;
  *apart = last < 0 ? 0 : s->stride[last];
  *run = last < 0 ? 1 : s->shape[last] - o % s->shape[last];
  if (*run > most) *run = most;
  for (int i = last; i >= 0; o /= s->shape[i--]) at += o % s->shape[i] * s->stride[i];
  return at;
}

/* --- picked ---------------------------------------------------------------------------------------------------- */

#define PICK_PLACES(T)                                                                                       \
  static inline __attribute__((always_inline)) void pick_apart_##T(int64_t n, T *y, const T *x,              \
                                                                   int64_t step, const int64_t *pos) {       \
    for (int64_t k = 0; k < n; k++) y[k] = x[pos[k] * step];                                                 \
  }                                                                                                          \
  static void pick_places_##T(int64_t n, T *y, const T *x, int64_t step, const int64_t *pos) {               \
    if (step == 1) pick_apart_##T(n, y, x, 1, pos);                                                          \
    else pick_apart_##T(n, y, x, step, pos);                                                                 \
  }
PICK_PLACES(uint8_t)
PICK_PLACES(uint32_t)
PICK_PLACES(uint64_t)

/* Short rows by their first and their last bytes, which may be the same, rather than by calls. */
#define PICK_ENDS(T)                                                                                         \
  static void pick_ends_##T(int64_t bytes, int64_t n, unsigned char *y, const unsigned char *x,              \
                            int64_t step, const int64_t *pos) {                                              \
    const int64_t last = bytes - (int64_t)sizeof(T);                                                         \
    for (int64_t k = 0; k < n; k++, y += bytes) {                                                            \
      T first, behind;                                                                                       \
      const unsigned char *from = x + pos[k] * step;                                                         \
      memcpy(&first, from, sizeof first);                                                                    \
      memcpy(&behind, from + last, sizeof behind);                                                           \
      memcpy(y, &first, sizeof first);                                                                       \
      memcpy(y + last, &behind, sizeof behind);                                                              \
    }                                                                                                        \
  }
typedef struct Bytes16 {
  uint64_t v[2];
} Bytes16;
typedef struct Bytes32 {
  uint64_t v[4];
} Bytes32;
PICK_ENDS(uint16_t)
PICK_ENDS(uint32_t)
PICK_ENDS(uint64_t)
PICK_ENDS(Bytes16)
PICK_ENDS(Bytes32)

/* n rows of `inner` elements by their places. */
static void pick_places(const Slices *s, int64_t n, unsigned char *y, const unsigned char *x,
                        const int64_t *pos) {
  const int64_t size = (int64_t)dtype_size[s->dtype], bytes = s->inner * size, step = s->step * size;
  if (bytes == 1) pick_places_uint8_t(n, y, x, s->step, pos);
  else if (s->inner == 1 && size == 4) pick_places_uint32_t(n, (void *)y, (const void *)x, s->step, pos);
  else if (s->inner == 1) pick_places_uint64_t(n, (void *)y, (const void *)x, s->step, pos);
  else if (bytes > 64)
    for (int64_t i = 0; i < n; i++) memcpy(y + i * bytes, x + pos[i] * step, (size_t)bytes);
  else if (bytes > 32) pick_ends_Bytes32(bytes, n, y, x, step, pos);
  else if (bytes > 16) pick_ends_Bytes16(bytes, n, y, x, step, pos);
  else if (bytes > 8) pick_ends_uint64_t(bytes, n, y, x, step, pos);
  else if (bytes > 4) pick_ends_uint32_t(bytes, n, y, x, step, pos);
  else if (bytes > 1) pick_ends_uint16_t(bytes, n, y, x, step, pos);
}

static void pick_rows(void *context, int64_t begin, int64_t end) {
  const Slices *s = context;
  const int64_t size = (int64_t)dtype_size[s->dtype];
  for (int64_t t = begin, k = begin % s->n, run, apart, m; t < end;) {
    int64_t at = place_of(s, t / s->n, s->outer, &run, &apart);
    for (; run > 0 && t < end; run--, at += apart, t += m, k = 0) {
      m = s->n - k < end - t ? s->n - k : end - t;
      pick_places(s, m, s->few + t * s->inner * size, s->many + at * size, s->pos + k);
    }
  }
}

Tensor slice_at(const Tensor *t, int dim, int64_t at) {
  Tensor v = *t;
  v.data += at * t->stride[dim] * (int64_t)dtype_size[t->dtype];
  v.shape[dim] = 1;
  v.n = t->shape[dim] ? t->n / t->shape[dim] : 0;
  return v;
}

/* One after the other, wherever x's elements lie. */
static void pick_slices(Tensor *y, const Tensor *x, int dim, const int64_t *pos, int64_t n) {
  Tensor picked = *x;
  picked.data = y->data;
  picked.store = y->store;
  picked.shape[dim] = n;
  picked.n = y->n;
  shape_strides(x->nd, picked.shape, picked.stride);
  for (int64_t k = 0; k < n && !interrupt_pending(); k++) {
    Tensor to = slice_at(&picked, dim, k), from = slice_at(x, dim, pos[k]);
    tensor_copy(&to, &from);
  }
}

bool slices_pick(Tensor *y, const Tensor *x, int dim, const int64_t *pos, int64_t n, Err *e) {
  enum { CALL = 1024, SHORT = 64, MANY = 64 }; /* bytes copied meanwhile; bytes; rows */
  Slices s;
  if (y->n == 0) return true;
  const bool rows = slices_of(&s, x, dim, x->shape[dim], pos, n), few = n < FEW;
  const int64_t size = (int64_t)dtype_size[x->dtype], bytes = s.inner * size;
  const bool wide = bytes >= SHORT;
  s.many = x->data;
  s.few = y->data;
  if (rows ? few && !wide && s.outer > MANY
           : (few || wide || s.outer == 1) && 2 * n <= s.size && n * CALL < x->n * size)
    pick_slices(y, x, dim, pos, n);
  else if (rows && (s.inner > 1 || s.step == 1 || 2 * n <= s.size))
    parallel_for(s.outer * n, 1 + 4 * GRAIN / (bytes + 1), pick_rows, &s);
  else {
    Tensor *whole = tensor_clone(x, e);
    const bool ok = whole && slices_pick(y, whole, dim, pos, n, e);
    tensor_release(whole);
    return ok;
  }
  return true;
}

/* --- added ------------------------------------------------------------------------------------------------------- */

/* n columns from `from` on, at places begin..end of outer; of short rows of few slices the longer loop inside. */
#define ADD_EACH(does)                                                                                       \
  if (s->n < FEW)                                                                                            \
    for (int64_t k = 0; k < s->n; k++)                                                                       \
      for (int64_t r = 0; r < rows; r++) does;                                                               \
  else                                                                                                       \
    for (int64_t r = 0; r < rows; r++)                                                                       \
      for (int64_t k = 0; k < s->n; k++) does
#define ADD_SLICES(T, WIDE)                                                                                  \
  static inline void add_row_##T(int64_t n, T *y, const T *x) {                                              \
    for (int64_t i = 0; i < n; i++) y[i] = (T)((WIDE)y[i] + (WIDE)x[i]);                                     \
  }                                                                                                          \
  static void add_##T(const Slices *s, int64_t rows, int64_t n, T *y, const T *x, int64_t apart) {           \
    const int64_t inner = s->inner, size = s->size, step = s->step, *pos = s->pos;                           \
    if (inner == 1) ADD_EACH(add_row_##T(1, y + r * size + pos[k], x + r * apart + k * step));               \
    else ADD_EACH(add_row_##T(n, y + (r * size + pos[k]) * inner, x + r * apart + k * step));                \
  }
ADD_SLICES(float, float)
ADD_SLICES(double, double)
ADD_SLICES(int64_t, uint64_t)
ADD_SLICES(int32_t, uint32_t)
ADD_SLICES(uint8_t, uint32_t)

static void add_long(const Slices *s, int64_t rows, int64_t n, unsigned char *y, const unsigned char *x,
                     int64_t apart) {
  const Dtype d = s->dtype == BOOL ? U8 : s->dtype;
  const PointwiseFn add = dtype_is_float(d) ? kernels(d)->map[M_add] : whole_kernels(d)[M_add];
  const int64_t size = (int64_t)dtype_size[d];
  for (int64_t r = 0; r < rows; r++)
    for (int64_t k = 0; k < s->n; k++) {
      unsigned char *to = y + (r * s->size + s->pos[k]) * s->inner * size;
      const void *both[2] = {to, x + (r * apart + k * s->step) * size};
      add(n, to, both, 0, NULL, false);
    }
}

static void add_some(const Slices *s, int64_t begin, int64_t end, int64_t from, int64_t n) {
  const int64_t size = (int64_t)dtype_size[s->dtype];
  for (int64_t o = begin, run, apart; o < end; o += run) {
    const unsigned char *x = s->few + (place_of(s, o, end - o, &run, &apart) + from) * size;
    unsigned char *y = s->many + (o * s->size * s->inner + from) * size;
    if (size > 1 && n * size >= LONG) add_long(s, run, n, y, x, apart);
    else if (s->dtype == F32) add_float(s, run, n, (void *)y, (const void *)x, apart);
    else if (s->dtype == F64) add_double(s, run, n, (void *)y, (const void *)x, apart);
    else if (s->dtype == I64) add_int64_t(s, run, n, (void *)y, (const void *)x, apart);
    else if (s->dtype == I32) add_int32_t(s, run, n, (void *)y, (const void *)x, apart);
    else add_uint8_t(s, run, n, y, x, apart);
  }
}
/* ^C is looked for now and then. */
static void add_part(const Slices *all, int64_t begin, int64_t end, int64_t from, int64_t n) {
  enum { SLICES = 1 << 16 };
  for (int64_t k = 0; k < all->n && !interrupt_pending(); k += SLICES) {
    Slices s = *all;
    s.n = all->n - k < SLICES ? all->n - k : SLICES;
    s.pos += k;
    s.few += k * s.step * (int64_t)dtype_size[s.dtype];
    add_some(&s, begin, end, from, n);
  }
}
static void add_outer(void *context, int64_t begin, int64_t end) {
  const Slices *s = context;
  add_part(s, begin, end, 0, s->inner);
}
static void add_columns(void *context, int64_t begin, int64_t end) {
  add_part(context, 0, 1, begin, end - begin);
}

/* Threads share what never meets: places of outer, or columns. */
bool slices_add(Tensor *y, const Tensor *x, int dim, const int64_t *pos, int64_t n, Err *e) {
  enum { COLUMNS = 64 };
  Slices s;
  if (x->n == 0) return true;
  if (!slices_of(&s, x, dim, y->shape[dim], pos, n)) {
    Tensor *rows = tensor_clone(x, e);
    const bool ok = rows && slices_add(y, rows, dim, pos, n, e);
    tensor_release(rows);
    return ok;
  }
  s.few = x->data;
  s.many = y->data;
  if (s.outer > 1) parallel_for(s.outer, 1 + GRAIN / (n * s.inner), add_outer, &s);
  else parallel_for(s.inner, COLUMNS + GRAIN / n, add_columns, &s);
  return true;
}
