/* slices.c: see slices.h */
#include "slices.h"

#include "parallel.h"

#include <string.h>

/* x as [outer, size, inner] in its rows, y as [outer, n, inner] where slices are picked; the other way round where they are
 * added. */
typedef struct Slices {
  unsigned char *few, *many; /* few: that with n slices */
  const int64_t *pos;
  int64_t outer, n, size, inner;
  Dtype dtype;
} Slices;

enum { FEW = 8 }; /* slices that are walked one by one */

static Slices slices_of(const Tensor *many, int dim, const int64_t *pos, int64_t n) {
  Slices s = {.many = many->data,
              .pos = pos,
              .outer = 1,
              .n = n,
              .size = many->shape[dim],
              .inner = 1,
              .dtype = many->dtype};
  for (int i = 0; i < many->nd; i++)
    if (i != dim) *(i < dim ? &s.outer : &s.inner) *= many->shape[i];
  return s;
}

/* --- picked ---------------------------------------------------------------------------------------------------- */

#define PICK_PLACES(T)                                                                                       \
  static void pick_places_##T(int64_t n, T *y, const T *x, const int64_t *pos) {                             \
    for (int64_t k = 0; k < n; k++) y[k] = x[pos[k]];                                                        \
  }
PICK_PLACES(uint8_t)
PICK_PLACES(uint32_t)
PICK_PLACES(uint64_t)

/* Short rows by their first and their last bytes, which may be the same, rather than by calls. */
#define PICK_ENDS(T)                                                                                         \
  static void pick_ends_##T(int64_t bytes, int64_t n, unsigned char *y, const unsigned char *x,              \
                            const int64_t *pos) {                                                            \
    const int64_t last = bytes - (int64_t)sizeof(T);                                                         \
    for (int64_t k = 0; k < n; k++, y += bytes) {                                                            \
      T first, behind;                                                                                       \
      const unsigned char *from = x + pos[k] * bytes;                                                        \
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

/* n rows of so many bytes by their places. */
static void pick_places(int64_t bytes, int64_t n, unsigned char *y, const unsigned char *x,
                        const int64_t *pos) {
  if (bytes == 1) pick_places_uint8_t(n, y, x, pos);
  else if (bytes == 4) pick_places_uint32_t(n, (uint32_t *)(void *)y, (const uint32_t *)(const void *)x, pos);
  else if (bytes == 8) pick_places_uint64_t(n, (uint64_t *)(void *)y, (const uint64_t *)(const void *)x, pos);
  else if (bytes > 64)
    for (int64_t i = 0; i < n; i++) memcpy(y + i * bytes, x + pos[i] * bytes, (size_t)bytes);
  else if (bytes > 32) pick_ends_Bytes32(bytes, n, y, x, pos);
  else if (bytes > 16) pick_ends_Bytes16(bytes, n, y, x, pos);
  else if (bytes > 8) pick_ends_uint64_t(bytes, n, y, x, pos);
  else if (bytes > 4) pick_ends_uint32_t(bytes, n, y, x, pos);
  else if (bytes > 1) pick_ends_uint16_t(bytes, n, y, x, pos);
}

static void pick_rows(void *context, int64_t begin, int64_t end) {
  const Slices *s = context;
  const int64_t bytes = s->inner * (int64_t)dtype_size[s->dtype];
  for (int64_t t = begin, m; t < end; t += m) {
    const int64_t o = t / s->n, k = t % s->n;
    m = s->n - k < end - t ? s->n - k : end - t;
    pick_places(bytes, m, s->few + t * bytes, s->many + o * s->size * bytes, s->pos + k);
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
static void pick_slices(Tensor *y, const Tensor *x, int dim, const Slices *s) {
  Tensor picked = *x;
  picked.data = y->data;
  picked.store = y->store;
  picked.shape[dim] = s->n;
  picked.n = y->n;
  shape_strides(x->nd, picked.shape, picked.stride);
  for (int64_t k = 0; k < s->n && !interrupt_pending(); k++) {
    Tensor to = slice_at(&picked, dim, k), from = slice_at(x, dim, s->pos[k]);
    tensor_copy(&to, &from);
  }
}

bool slices_pick(Tensor *y, const Tensor *x, int dim, const int64_t *pos, int64_t n, Err *e) {
  enum { CALL = 1024, SHORT = 64, MANY = 64 }; /* bytes copied meanwhile; bytes; rows */
  Slices s = slices_of(x, dim, pos, n);
  const int64_t size = (int64_t)dtype_size[x->dtype], bytes = s.inner * size;
  const bool rows = tensor_is_contiguous(x), few = n < FEW, wide = bytes >= SHORT;
  if (y->n == 0) return true;
  if (rows ? few && !wide && s.outer > MANY
           : (few || wide || s.outer == 1) && 2 * n <= s.size && n * CALL < x->n * size) {
    pick_slices(y, x, dim, &s);
    return true;
  }
  Tensor *whole = rows ? NULL : tensor_clone(x, e);
  if (!rows && !whole) return false;
  s.few = y->data;
  if (whole) s.many = whole->data;
  parallel_for(s.outer * n, 1 + 4 * GRAIN / (bytes + 1), pick_rows, &s);
  tensor_release(whole);
  return true;
}

/* --- added ------------------------------------------------------------------------------------------------------- */

/* n columns from `from` on, at places begin..end of outer; the longer loop inside. */
#define ADD_EACH(does)                                                                                       \
  if (few < FEW && n < LONG)                                                                                 \
    for (int64_t k = 0; k < few; k++)                                                                        \
      for (int64_t o = begin; o < end; o++) does;                                                            \
  else                                                                                                       \
    for (int64_t o = begin; o < end; o++)                                                                    \
      for (int64_t k = 0; k < few; k++) does
#define ADD_SLICES(T, WIDE)                                                                                  \
  static inline void add_row_##T(int64_t n, T *y, const T *x) {                                              \
    for (int64_t i = 0; i < n; i++) y[i] = (T)((WIDE)y[i] + (WIDE)x[i]);                                     \
  }                                                                                                          \
  static void add_##T(const Slices *s, int64_t begin, int64_t end, int64_t from, int64_t n) {                \
    T *y = (T *)(void *)s->many + from;                                                                      \
    const T *x = (const T *)(const void *)s->few + from;                                                     \
    const int64_t few = s->n, size = s->size, inner = s->inner, *pos = s->pos;                               \
    if (inner == 1) ADD_EACH(add_row_##T(1, y + o * size + pos[k], x + o * few + k));                        \
    else ADD_EACH(add_row_##T(n, y + (o * size + pos[k]) * inner, x + (o * few + k) * inner));               \
  }
enum { LONG = 16 };
ADD_SLICES(float, float)
ADD_SLICES(double, double)
ADD_SLICES(int64_t, uint64_t)
ADD_SLICES(int32_t, uint32_t)
ADD_SLICES(uint8_t, uint32_t)

static void add_part(const Slices *s, int64_t begin, int64_t end, int64_t from, int64_t n) {
  switch (s->dtype) {
  case F32: add_float(s, begin, end, from, n); break;
  case F64: add_double(s, begin, end, from, n); break;
  case I64: add_int64_t(s, begin, end, from, n); break;
  case I32: add_int32_t(s, begin, end, from, n); break;
  default: add_uint8_t(s, begin, end, from, n);
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
  Tensor *rows = tensor_is_contiguous(x) ? NULL : tensor_clone(x, e);
  if (!rows && !tensor_is_contiguous(x)) return false;
  Slices s = slices_of(y, dim, pos, n);
  s.few = rows ? rows->data : x->data;
  if (x->n && s.outer > 1) parallel_for(s.outer, 1 + GRAIN / (n * s.inner), add_outer, &s);
  else if (x->n) parallel_for(s.inner, COLUMNS + GRAIN / n, add_columns, &s);
  tensor_release(rows);
  return true;
}
