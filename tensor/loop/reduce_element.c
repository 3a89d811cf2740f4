/* reduce_element.c: see reduce.h: counts, exact sums and products, extremes, of any dtype. */
#include "kernel.h"
#include "mem.h"
#include "parallel.h"
#include "reduce.h"

#include <string.h>

/* Elements of a long row, rows of a tall column, columns beside each other: one task each. */
enum { ROW_BLOCK = 65536, COLUMN_BLOCK = 2048, COLUMN_TILE = 512 };

typedef struct ElementReduction {
  const ElementKernels *k;
  enum ElementKind kind;
  Dtype dtype;
  ReduceLayout at;
  int64_t block, cuts, blocks, tiles; /* of R; of R; of a result; of inner */
  int64_t *part;                      /* [outer, blocks, inner]               */
  unsigned char *value;               /* of short rows: where their extremes go, or NULL */
} ElementReduction;

#define BETTER(T)                                                                                            \
  static bool better_##T(const void *av, const void *bv, bool most) {                                        \
    T a, b;                                                                                                  \
    memcpy(&a, av, sizeof a);                                                                                \
    memcpy(&b, bv, sizeof b);                                                                                \
    return b == b && (a != a || (most ? a > b : a < b));                                                     \
  }
BETTER(float)
BETTER(double)
BETTER(int64_t)
BETTER(int32_t)
BETTER(uint8_t)

static bool better(Dtype d, const void *a, const void *b, bool most) {
  switch (d) {
  case F32: return better_float(a, b, most);
  case F64: return better_double(a, b, most);
  case I64: return better_int64_t(a, b, most);
  case I32: return better_int32_t(a, b, most);
  default: return better_uint8_t(a, b, most);
  }
}

/* One row of elements apart, by pieces that a buffer holds; places are those in the row. */
static int64_t spaced_row(const ElementReduction *j, int64_t n, const unsigned char *x) {
  Gathered part;
  uint64_t v = 0, best = 0; /* best: room for any element */
  for (int64_t at = 0, m; at < n; at += m) {
    m = reduce_gather(&j->at, j->dtype, at, n, x, &part);
    const uint64_t more = (uint64_t)j->k->row[j->kind](m, part.bytes);
    if (j->kind < E_MOST) {
      v = !at ? more : j->kind == E_PROD ? v * more : v + more;
      continue;
    }
    const unsigned char *here = part.bytes + (int64_t)more * j->at.size;
    if (at && !better(j->dtype, here, &best, j->kind == E_MOST)) continue;
    memcpy(&best, here, (size_t)j->at.size);
    v = (uint64_t)at + more;
  }
  return (int64_t)v;
}

static void tasks(void *context, int64_t begin, int64_t end) {
  const ElementReduction *j = context;
  const int64_t tile = COLUMN_TILE / j->at.apart;
  int64_t buffer[COLUMN_TILE];
  for (int64_t t = begin; t < end; t++) {
    const int64_t c = t % j->tiles * tile, b = t / j->tiles % j->blocks, o = t / j->tiles / j->blocks;
    const int64_t p = b / j->cuts, r = b % j->cuts * j->block,
                  n = j->at.R - r < j->block ? j->at.R - r : j->block;
    const int64_t wide = j->at.inner - c < tile ? j->at.inner - c : tile, span = (wide - 1) * j->at.apart + 1;
    const bool near = j->at.apart == 1;
    int64_t *y = j->part + (o * j->blocks + b) * j->at.inner + c;
    if (j->at.sR != 1 && j->at.inner == 1) *y = spaced_row(j, n, reduce_at(&j->at, o, p, r, 0));
    else if (j->at.inner == 1) *y = j->k->row[j->kind](n, reduce_at(&j->at, o, p, r, 0));
    else j->k->column[j->kind](n, span, j->at.sR, near ? y : buffer, reduce_at(&j->at, o, p, r, c));
    if (!near) elements_copy(wide, y, I64, 1, buffer, I64, j->at.apart);
  }
}

static void take(void *value, const void *from, size_t size, int64_t i) {
  unsigned char *to = (unsigned char *)value + (size_t)i * size;
  if (size == sizeof(uint32_t)) memcpy(to, from, sizeof(uint32_t));
  else if (size == sizeof(uint64_t)) memcpy(to, from, sizeof(uint64_t));
  else *to = *(const unsigned char *)from;
}

/* Values where their places are known, column i's in x[y[i] m + i]. */
#define VALUES(T)                                                                                            \
  for (int64_t i = 0; i < m; i++) ((T *)(void *)value)[i] = ((const T *)(const void *)x)[y[i] * m + i]
static void values(size_t size, int64_t m, const int64_t *y, unsigned char *value, const unsigned char *x) {
  if (size == sizeof(uint32_t)) VALUES(uint32_t);
  else if (size == sizeof(uint64_t)) VALUES(uint64_t);
  else VALUES(uint8_t);
}

static void short_rows(void *context, int64_t begin, int64_t end) {
  const ElementReduction *j = context;
  ShortRows x;
  for (int64_t o = begin, m; o < end; o += m) {
    m = reduce_short_rows(&j->at, o, end, &x);
    int64_t *y = j->part + o;
    j->k->column[j->kind](j->at.R, m, m, y, x.bytes);
    if (j->value) values((size_t)j->at.size, m, y, j->value + o * j->at.size, x.bytes);
  }
}

/* What the blocks of one result come to. */
static int64_t joined(const ElementReduction *j, int64_t o, int64_t c) {
  const int64_t *part = j->part + o * j->blocks * j->at.inner + c;
  uint64_t v = (uint64_t)part[0];
  for (int64_t b = 1; b < j->blocks; b++) {
    const uint64_t next = (uint64_t)part[b * j->at.inner];
    const int64_t place = b * j->block + (int64_t)next;
    if (j->kind == E_PROD) v *= next;
    else if (j->kind < E_MOST) v += next;
    else if (better(j->dtype, reduce_at(&j->at, o, 0, place, c), reduce_at(&j->at, o, 0, (int64_t)v, c),
                    j->kind == E_MOST))
      v = (uint64_t)place;
  }
  return (int64_t)v;
}

static bool is_single(const Tensor *x, const bool over[DIMS]) {
  int64_t n = 1;
  for (int i = 0; i < x->nd; i++) n *= over[i] ? x->shape[i] : 1;
  return n == 1;
}

/* Over dimensions of 1: of one number each. */
static bool single_elements(enum ElementKind kind, int64_t *y, const Tensor *x, Err *e) {
  Tensor *from = tensor_cast((Tensor *)(uintptr_t)x, kind == E_COUNT ? BOOL : x->dtype, e);
  if (from) {
    const Tensor row = {.dtype = I64, .n = x->n, .data = (unsigned char *)y, .store = from->store}; /* any */
    Tensor to = reduce_shaped(&row, x);
    tensor_copy(&to, from);
  }
  tensor_release(from);
  return from != NULL;
}

bool reduce_elements(enum ElementKind kind, int64_t *y, void *value, const Tensor *x, const bool over[DIMS],
                     Err *e) {
  if (kind < E_MOST && is_single(x, over)) return single_elements(kind, y, x, e);
  ElementReduction j = {.k = element_kernels(x->dtype), .kind = kind, .dtype = x->dtype};
  if (!reduce_layout(x, over, kind >= E_MOST, true, &j.at, e)) return false;
  const int64_t n = j.at.outer * j.at.inner;
  if (n && reduce_pays_short(&j.at)) {
    j.part = y;
    j.value = value;
    parallel_for(n, 1 + GRAIN / j.at.R, short_rows, &j);
    tensor_release(j.at.moved);
    return true;
  }
  j.block = j.at.inner == 1 ? ROW_BLOCK : COLUMN_BLOCK;
  j.cuts = j.at.R > j.block ? (j.at.R + j.block - 1) / j.block : 1;
  j.blocks = j.cuts * j.at.parts;
  const int64_t tile = COLUMN_TILE / j.at.apart;
  j.tiles = (j.at.inner + tile - 1) / tile;
  const size_t bytes = (size_t)(n * j.blocks) * sizeof *j.part;
  j.part = j.blocks == 1 ? y : mem_alloc(bytes);
  const bool ok = j.part || err_set(e, "out of memory for a reduction");
  if (ok && n) {
    const int64_t rows = j.at.R < j.block ? j.at.R : j.block;
    const int64_t a_task = rows * (j.at.inner < tile ? j.at.inner : tile) * j.at.apart;
    parallel_for(j.at.outer * j.blocks * j.tiles, 1 + GRAIN / (a_task + 1), tasks, &j);
    const size_t size = dtype_size[x->dtype];
    for (int64_t o = 0; o < j.at.outer && (value || j.blocks > 1) && !interrupt_pending(); o++) {
      const unsigned char *at = reduce_at(&j.at, o, 0, 0, 0);
      for (int64_t c = 0; c < j.at.inner; c++) {
        const int64_t i = o * j.at.inner + c;
        if (j.blocks > 1) y[i] = joined(&j, o, c);
        if (value) take(value, at + (y[i] * j.at.sR + c * j.at.apart) * j.at.size, size, i);
      }
    }
  }
  if (j.part != y) mem_free(j.part, bytes);
  tensor_release(j.at.moved);
  return ok;
}

bool reduce_extremes(bool most, Tensor *index, Tensor *value, const Tensor *x, const bool over[DIMS],
                     Err *e) {
  int64_t one, *at = index ? index->data : &one;
  if (is_single(x, over)) {
    if (index) tensor_fill_int(index, 1);
    Tensor to = reduce_shaped(value ? value : index, x);
    if (value) tensor_copy(&to, x);
    return true;
  }
  if (!reduce_elements(most ? E_MOST : E_LEAST, at, value ? value->data : NULL, x, over, e)) return false;
  const int64_t n = index ? index->n : 0;
  for (int64_t i = 0; i < n; i++) at[i]++;
  return true;
}
