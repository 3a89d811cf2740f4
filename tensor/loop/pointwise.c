/* pointwise.c: see pointwise.h.
 *
 * Dimensions that all operands walk in step are joined first.  What is left is a number of rows.  Where every
 * operand lies in place, or has one element for a row, the kernel runs on whole rows; else a tile of rows is
 * cut into chunks of at most CHUNK elements, each operand offers a contiguous chunk (in place, or gathered into
 * a buffer), and the kernel runs on it.  Where an operand is turned, its chunks of a band of rows are gathered at
 * once, as neighbours lie in neighbouring rows. */
#include "pointwise.h"

#include "kernel.h"
#include "parallel.h"
#include "sizes.h"

#include <string.h>

/* BAND: rows of a band, several lines of neighbours, which come from memory together; PAD: elements between rows of its
 * buffer, which else would share few places of the cache. */
enum {
  CHUNK = 512,
  ALONE = 32,
  BAND = 64,
  BAND_LEAST = 8,
  BANDS = 2,
  PAD = 16,
  BAND_BYTES = BAND * (CHUNK + PAD) * 4
};
enum { OPERANDS = CHAIN_LEAVES };
_Static_assert((int)OPERANDS >= (int)POINTWISE_INPUTS, "a chain takes more than a kernel");

typedef struct Operand {
  unsigned char *data;
  int64_t stride[DIMS], inner;
  Dtype dtype;
  enum { DIRECT, ONE, EACH_ROW, PERIODIC, GATHER, TURNED } how; /* EACH_ROW: one element for a row */
  int band;                                                     /* of a TURNED one */
} Operand;

typedef struct Loop {
  PointwiseFn fn;
  const double *p;
  const Chain *chain;       /* in place of fn and p, or NULL             */
  bool banded;              /* some operands are TURNED */
  bool truth;               /* a bool y takes bytes as they are */
  bool add, stream;         /* stream: y is large and passes the caches by (kernel.h) */
  bool deaf;                /* to the interrupt flag */
  int nx, nd;               /* nd outer dimensions, then the row   */
  int64_t shape[DIMS], row; /* elements in a row                   */
  int64_t rows_a_chunk;
  Dtype work;
  size_t size; /* of an element of `work`             */
  Operand y, x[OPERANDS];
} Loop;

/* Wide enough for all: f64, f32, or the widest of the whole numbers; what bool answers is as wide as what was asked. */
static Dtype work_dtype(const Tensor *y, const Tensor *const *x, int nx) {
  bool has[DTYPES] = {false};
  has[y->dtype] = true;
  for (int i = 0; i < nx; i++) has[x[i]->dtype] = true;
  return has[F64] ? F64 : has[F32] ? F32 : has[I64] ? I64 : has[I32] ? I32 : U8;
}

static void operand_set(Operand *o, const Tensor *t, const Tensor *y, const int *order) {
  int64_t stride[DIMS];
  o->data = t->data;
  o->dtype = t->dtype;
  shape_expand_strides(t, y->nd, y->shape, stride);
  for (int i = 0; i < y->nd; i++) o->stride[i] = stride[order[i]];
}

static bool joins(const Operand *o, int at, int64_t next_stride, int64_t next_size) {
  return o->stride[at] == next_stride * next_size;
}

static void coalesce(Loop *j, const Tensor *y, const int *order) {
  int k = 0;
  for (int i = 0; i < y->nd; i++) {
    int64_t size = y->shape[order[i]];
    if (size == 1) continue;
    bool join = k > 0 && joins(&j->y, k - 1, j->y.stride[i], size);
    for (int a = 0; join && a < j->nx; a++) join = joins(&j->x[a], k - 1, j->x[a].stride[i], size);
    if (join) k--;
    j->shape[k] = join ? j->shape[k] * size : size;
    j->y.stride[k] = j->y.stride[i];
    for (int a = 0; a < j->nx; a++) j->x[a].stride[k] = j->x[a].stride[i];
    k++;
  }
  if (k == 0) {
    j->shape[0] = 1;
    j->y.stride[0] = 1;
    for (int a = 0; a < j->nx; a++) j->x[a].stride[0] = 0;
    k = 1;
  }
  j->nd = k - 1;
  j->row = j->shape[k - 1];
  j->y.inner = j->y.stride[k - 1];
  for (int a = 0; a < j->nx; a++) j->x[a].inner = j->x[a].stride[k - 1];
}

static bool outer_still(const Loop *j, const Operand *o) {
  for (int i = 0; i < j->nd; i++)
    if (o->stride[i] != 0) return false;
  return true;
}

static bool dense(const Loop *j, const Operand *o) {
  int64_t want = j->row;
  bool all = o->inner == 1;
  for (int i = j->nd - 1; i >= 0; i--) {
    all &= o->stride[i] == want;
    want *= j->shape[i];
  }
  return all;
}

static bool scalar_ok(const Loop *j, int a) { return j->chain ? chain_scalar_ok(j->chain, a) : j->nx == 2; }

/* Do the lines of a row of o stay in the first cache until its neighbour reads them?  Lines some powers of 2 apart share
 * few sets. */
static bool row_stays(const Loop *j, const Operand *o) {
  enum { SETS = 64, WAYS = 8, LINE = 64 };
  const int64_t step = o->inner * (int64_t)dtype_size[o->dtype], apart = step & -step,
                sets = apart < LINE ? SETS : SETS * LINE / apart;
  return j->row <= sets * WAYS && j->row <= SETS * WAYS / 2;
}

/* The outer dimension that a turned operand walks by single elements, and its rows by more; -1. */
static int turned_by(const Loop *j, const Operand *o) {
  for (int i = 0; i < j->nd && o->inner > 1; i++)
    if (o->stride[i] == 1 && j->shape[i] >= BAND_LEAST) return i;
  return -1;
}

static void swap_strides(int64_t *stride, int a, int b) {
  const int64_t s = stride[a];
  stride[a] = stride[b];
  stride[b] = s;
}

/* Where an operand is turned, that dimension becomes the last outer one, for all; so are those turned alike. */
static bool banded(Loop *j) {
  if (j->row < ALONE) return false;
  int by = -1;
  for (int a = 0; by < 0 && a < j->nx; a++)
    if (!row_stays(j, &j->x[a])) by = turned_by(j, &j->x[a]);
  if (by < 0) return false;
  const int last = j->nd - 1;
  swap_strides(j->shape, by, last);
  swap_strides(j->y.stride, by, last);
  for (int a = 0; a < j->nx; a++) swap_strides(j->x[a].stride, by, last);
  for (int a = 0, bands = 0; a < j->nx && bands < BANDS; a++)
    if (turned_by(j, &j->x[a]) == last) {
      j->x[a].how = TURNED;
      j->x[a].band = bands++;
    }
  return true;
}

/* A chunk holds whole rows when rows are short; not so short ones stand alone where that spares copying: each has
 * an element of its own, or lies apart from its neighbours. */
static int64_t rows_a_chunk(const Loop *j) {
  if (j->row >= CHUNK) return 1;
  bool alone = j->row >= ALONE && j->y.inner == 1 && j->y.dtype == j->work, need = false;
  for (int a = 0; alone && a < j->nx; a++) {
    const Operand *o = &j->x[a];
    const bool still = outer_still(j, o), row_has_one = o->inner == 0 && scalar_ok(j, a);
    alone &= row_has_one || (o->inner == 1 && o->dtype == j->work);
    need |= !still && (o->inner == 0 || !dense(j, o));
  }
  return alone && (need || !dense(j, &j->y)) ? 1 : CHUNK / (j->row ? j->row : 1);
}

/* How an operand offers a chunk. */
static void choose_access(const Loop *j, Operand *o, bool scalar) {
  const bool still = outer_still(j, o);
  if (o->inner == 0 && scalar && still) o->how = ONE;
  else if (o->inner == 0 && scalar && j->rows_a_chunk == 1) o->how = EACH_ROW;
  else if (o->dtype == j->work && (dense(j, o) || (o->inner == 1 && j->rows_a_chunk == 1))) o->how = DIRECT;
  else if (still && j->row <= CHUNK && !j->banded) o->how = PERIODIC;
  else o->how = GATHER;
}

static int64_t row_offset(const Loop *j, const Operand *o, int64_t row) {
  int64_t at = 0;
  for (int i = j->nd - 1; i >= 0; i--) {
    at += row % j->shape[i] * o->stride[i];
    row /= j->shape[i];
  }
  return at * (int64_t)dtype_size[o->dtype];
}

static unsigned char *place(const Loop *j, const Operand *o, int64_t row, int64_t col) {
  return o->data + row_offset(j, o, row) + col * o->inner * (int64_t)dtype_size[o->dtype];
}

/* Rows that follow one another without a gap are one. */
static void join_rows(int64_t *rows, int64_t *n, int64_t step, int64_t inner) {
  if (step != *n * inner) return;
  *n *= *rows;
  *rows = 1;
}

/* Rows of n elements that an operand walks by one stride, to or from a contiguous buffer. */
static void gather_run(const Loop *j, const Operand *o, int64_t rows, int64_t n, int64_t step,
                       const unsigned char *from, unsigned char *buffer) {
  join_rows(&rows, &n, step, o->inner);
  if (o->dtype == j->work && rows > 1) {
    elements_rows(j->size, rows, n, buffer, n, from, step, o->inner);
  } else if (o->inner == 0 && n <= rows) {
    double cells[CHUNK]; /* converted together */
    elements_copy(rows, cells, j->work, 1, from, o->dtype, step);
    elements_rows(j->size, rows, n, buffer, n, cells, 1, 0);
  } else {
    for (int64_t r = 0; r < rows; r++)
      elements_copy(n, buffer + (size_t)(r * n) * j->size, j->work, 1,
                    from + r * step * (int64_t)dtype_size[o->dtype], o->dtype, o->inner);
  }
}

static void scatter_run(const Loop *j, const Operand *o, int64_t rows, int64_t n, int64_t step,
                        unsigned char *to, const unsigned char *buffer) {
  join_rows(&rows, &n, step, o->inner);
  if (o->dtype == j->work && rows > 1 && o->inner == 1) {
    elements_rows(j->size, rows, n, to, step, buffer, n, 1);
    return;
  }
  for (int64_t r = 0; r < rows; r++)
    elements_copy(n, to + r * step * (int64_t)dtype_size[o->dtype], o->dtype, o->inner,
                  buffer + (size_t)(r * n) * j->size, j->work, 1);
}

/* How many of `rows` from `row` on are neighbours in the last outer dimension. */
static int64_t run_of(const Loop *j, int64_t row, int64_t rows) {
  const int64_t left = j->nd ? j->shape[j->nd - 1] - row % j->shape[j->nd - 1] : 1;
  return rows < left ? rows : left;
}

/* rows x n elements from (row, col) on, to or from a contiguous buffer. */
static void gather(const Loop *j, const Operand *o, int64_t row, int64_t rows, int64_t col, int64_t n,
                   unsigned char *buffer) {
  const int64_t step = j->nd ? o->stride[j->nd - 1] : 0;
  for (int64_t r = 0, run; r < rows; r += run) {
    run = run_of(j, row + r, rows - r);
    gather_run(j, o, run, n, step, place(j, o, row + r, col), buffer + (size_t)(r * n) * j->size);
  }
}

static void scatter(const Loop *j, const Operand *o, int64_t row, int64_t rows, int64_t col, int64_t n,
                    const unsigned char *buffer) {
  const int64_t step = j->nd ? o->stride[j->nd - 1] : 0;
  for (int64_t r = 0, run; r < rows; r += run) {
    run = run_of(j, row + r, rows - r);
    scatter_run(j, o, run, n, step, place(j, o, row + r, col), buffer + (size_t)(r * n) * j->size);
  }
}

typedef struct Buffers {
  _Alignas(64) unsigned char y[CHUNK * 8], x[OPERANDS][CHUNK * 8];
  unsigned char *band[BANDS]; /* chunks of rows from `first` on, one after another */
  int64_t first;
} Buffers;

/* The inputs from element `at` of a run on; those of one element stay. */
static void inputs_from(const Loop *j, int64_t at, const void *const *x, unsigned scalar, const void **in) {
  for (int a = 0; a < j->nx; a++)
    in[a] = (const unsigned char *)x[a] + (scalar >> a & 1 ? 0 : at * (int64_t)j->size);
}

/* From where a line of y begins on past the caches. */
static void compute_past(const Loop *j, int64_t n, unsigned char *y, const void *const *x, unsigned scalar) {
  enum { LINE = 64 };
  const int64_t size = (int64_t)j->size, head = least(n, (int64_t)(-(uintptr_t)y % LINE) / size);
  const void *in[OPERANDS];
  if (head) j->fn(head, y, x, scalar, j->p, false);
  if (head == n) return;
  inputs_from(j, head, x, scalar, in);
  j->fn(n - head, y + head * size, in, scalar | POINTWISE_PAST, j->p, false);
}

/* Kernels that do not store so themselves: block by block, each by way of a buffer. */
static void compute_streamed(const Loop *j, int64_t n, unsigned char *y, const void *const *x,
                             unsigned scalar) {
  _Alignas(64) unsigned char block[STREAM_BLOCK];
  const int64_t room = STREAM_BLOCK / (int64_t)j->size;
  const void *in[OPERANDS];
  for (int64_t at = 0; at < n; at += room) {
    const int64_t m = least(n - at, room);
    inputs_from(j, at, x, scalar, in);
    j->fn(m, block, in, scalar, j->p, false);
    kernels(F32)->stream((size_t)m * j->size, y + at * (int64_t)j->size, block);
  }
}

/* At the end of a share. */
static void streamed(const Loop *j) {
  if (j->chain ? j->chain->stream : j->stream) kernels(F32)->streamed();
}

/* n elements of y where they lie. */
static void compute(const Loop *j, int64_t n, unsigned char *y, const void *const *x, unsigned scalar) {
  if (j->chain) chain_run(j->chain, (size_t)(y - (unsigned char *)j->chain->y[0]->data), n, x, scalar);
  else if (j->stream) (dtype_is_float(j->work) ? compute_past : compute_streamed)(j, n, y, x, scalar);
  else j->fn(n, y, x, scalar, j->p, j->add);
}

static void chunk(const Loop *j, Buffers *b, int64_t row, int64_t rows, int64_t col, int64_t n) {
  const void *x[OPERANDS];
  unsigned scalar = 0;
  for (int a = 0; a < j->nx; a++) {
    const Operand *o = &j->x[a];
    x[a] = b->x[a];
    if (o->how == ONE) scalar |= 1u << a;
    else if (o->how == EACH_ROW) {
      scalar |= 1u << a;
      gather(j, o, row, 1, 0, 1, b->x[a]);
    } else if (o->how == DIRECT) x[a] = place(j, o, row, col);
    else if (o->how == TURNED) {
      const unsigned char *line =
          b->band[o->band] + (row - b->first) * (n + PAD) * (int64_t)dtype_size[o->dtype];
      if (o->dtype == j->work) x[a] = line;
      else elements_copy(n, b->x[a], j->work, 1, line, o->dtype, 1);
    } else if (o->how == GATHER) gather(j, o, row, rows, col, n, b->x[a]);
  }
  if (j->y.how == DIRECT) {
    compute(j, rows * n, place(j, &j->y, row, col), x, scalar);
    return;
  }
  if (j->add) gather(j, &j->y, row, rows, col, n, b->y);
  j->fn(rows * n, b->y, x, scalar, j->p, j->add);
  scatter(j, &j->y, row, rows, col, n, b->y);
}

static void tile(void *context, int64_t begin, int64_t end) {
  const Loop *j = context;
  Buffers b;
  for (int a = 0; a < j->nx; a++) {
    if (j->x[a].how == ONE) elements_copy(1, b.x[a], j->work, 1, j->x[a].data, j->x[a].dtype, 1);
    if (j->x[a].how == PERIODIC)
      for (int64_t r = 0; r < least(j->rows_a_chunk, end - begin); r++)
        elements_copy(j->row, b.x[a] + (size_t)(r * j->row) * j->size, j->work, 1, j->x[a].data,
                      j->x[a].dtype, j->x[a].inner);
  }
  if (j->row > CHUNK) {
    for (int64_t row = begin; row < end; row++)
      for (int64_t col = 0; col < j->row; col += CHUNK)
        chunk(j, &b, row, 1, col, j->row - col < CHUNK ? j->row - col : CHUNK);
  } else {
    for (int64_t row = begin; row < end; row += j->rows_a_chunk)
      chunk(j, &b, row, end - row < j->rows_a_chunk ? end - row : j->rows_a_chunk, 0, j->row);
  }
  streamed(j);
}

/* How many columns of a row are taken at once: parts of one size, as wide as the buffer has room for. */
static int64_t band_columns(const Loop *j) {
  size_t widest = 1;
  for (int a = 0; a < j->nx; a++)
    if (j->x[a].how == TURNED && dtype_size[j->x[a].dtype] > widest) widest = dtype_size[j->x[a].dtype];
  const int64_t room = (BAND_BYTES / BAND / (int64_t)widest - PAD) / PAD * PAD,
                most = room < CHUNK ? room : CHUNK, parts = (j->row + most - 1) / most;
  return (j->row + parts * PAD - 1) / (parts * PAD) * PAD;
}

/* Bands of rows that are neighbours in the turned operands. */
static void tile_bands(void *context, int64_t begin, int64_t end) {
  const Loop *j = context;
  const int64_t length = j->shape[j->nd - 1];
  const int64_t most = band_columns(j);
  _Alignas(64) unsigned char bands[BANDS][BAND_BYTES];
  Buffers b = {.band = {bands[0], bands[1]}, .first = begin};
  for (int a = 0; a < j->nx; a++)
    if (j->x[a].how == ONE) elements_copy(1, b.x[a], j->work, 1, j->x[a].data, j->x[a].dtype, 1);
  for (int64_t rows; b.first < end; b.first += rows) {
    rows = length - b.first % length;
    if (rows > BAND) rows = BAND;
    if (rows > end - b.first) rows = end - b.first;
    for (int64_t col = 0; col < j->row; col += most) {
      const int64_t n = j->row - col < most ? j->row - col : most;
      for (int a = 0; a < j->nx; a++) {
        const Operand *o = &j->x[a];
        if (o->how == TURNED)
          elements_turn(dtype_size[o->dtype], rows, n, b.band[o->band], n + PAD, place(j, o, b.first, col),
                        o->inner);
      }
      for (int64_t r = 0; r < rows; r++) chunk(j, &b, b.first + r, 1, col, n);
    }
  }
  streamed(j);
}

/* No operand needs a buffer: whole rows, one place after another. */
static void tile_rows(void *context, int64_t begin, int64_t end) {
  const Loop *j = context;
  const int64_t ysize = (int64_t)dtype_size[j->y.dtype];
  int64_t at[DIMS], rest = begin;
  unsigned char *y = place(j, &j->y, begin, 0);
  const unsigned char *here[OPERANDS];
  const void *x[OPERANDS];
  double one[OPERANDS];
  unsigned scalar = 0;
  for (int i = j->nd - 1; i >= 0; rest /= j->shape[i--]) at[i] = rest % j->shape[i];
  for (int a = 0; a < j->nx; a++) {
    here[a] = place(j, &j->x[a], begin, 0);
    if (j->x[a].how != DIRECT) scalar |= 1u << a;
  }
  for (int64_t row = begin; row < end; row++) {
    for (int a = 0; a < j->nx; a++) {
      const Operand *o = &j->x[a];
      x[a] = here[a];
      if (o->dtype == j->work) continue;
      elements_copy(1, &one[a], j->work, 1, here[a], o->dtype, 1);
      x[a] = &one[a];
    }
    compute(j, j->row, y, x, scalar);
    for (int i = j->nd - 1; i >= 0; i--) {
      const int64_t step = ++at[i] < j->shape[i] ? 1 : 1 - at[i];
      y += step * j->y.stride[i] * ysize;
      for (int a = 0; a < j->nx; a++)
        here[a] += step * j->x[a].stride[i] * (int64_t)dtype_size[j->x[a].dtype];
      if (step == 1) break;
      at[i] = 0;
    }
  }
  streamed(j);
}

/* All operands dense (or one element): no chunks, the kernel runs over the whole tile. */
static void tile_flat(void *context, int64_t begin, int64_t end) {
  const Loop *j = context;
  const void *x[OPERANDS];
  double one[OPERANDS];
  unsigned scalar = 0;
  for (int a = 0; a < j->nx; a++) {
    const Operand *o = &j->x[a];
    if (o->how == ONE) {
      scalar |= 1u << a;
      elements_copy(1, &one[a], j->work, 1, o->data, o->dtype, 1);
      x[a] = &one[a];
    } else {
      x[a] = o->data + (size_t)begin * j->size;
    }
  }
  compute(j, end - begin, j->y.data + (size_t)begin * j->size, x, scalar);
  streamed(j);
}

static void share(const Loop *j, int64_t n, int64_t grain, TileFn fn, Loop *context) {
  (j->deaf ? parallel_for_whole : parallel_for)(n, grain, fn, context);
}

/* Is y large, and not to be read: neither added to nor an input? */
static bool streams(const Loop *j, const Tensor *y, const Tensor *const *x) {
  bool apart = j->y.how == DIRECT && !j->add;
  int64_t reads = 0;
  for (int a = 0; apart && a < j->nx; a++) {
    apart = j->x[a].data != j->y.data;
    reads += x[a]->n * (int64_t)dtype_size[x[a]->dtype];
  }
  return apart && tensor_streams(y, reads);
}

static void run_loop(Loop *j, Tensor *y, const Tensor *const *x) {
  int order[DIMS];
  shape_order(y->nd, y->stride, order);
  operand_set(&j->y, y, y, order);
  if (j->work == U8 && j->truth) j->y.dtype = U8;
  for (int a = 0; a < j->nx; a++) {
    operand_set(&j->x[a], x[a], y, order);
    if (j->work == U8) j->x[a].dtype = U8; /* bool's bytes, 0 and 1 */
  }
  coalesce(j, y, order);
  j->size = dtype_size[j->work];
  for (int a = 0; a < j->nx; a++) j->x[a].how = DIRECT;
  j->banded = banded(j);
  j->rows_a_chunk = j->banded ? 1 : rows_a_chunk(j);
  choose_access(j, &j->y, false);
  bool bare = j->y.how == DIRECT;
  for (int a = 0; a < j->nx; a++) {
    if (j->x[a].how != TURNED) choose_access(j, &j->x[a], scalar_ok(j, a));
    bare &= j->x[a].how <= EACH_ROW;
  }
  j->stream = streams(j, y, x);
  if (bare && j->nd == 0 && j->row > 0) {
    share(j, j->row, parallel_grain(j->row), tile_flat, j);
    return;
  }
  int64_t rows = 1;
  for (int i = 0; i < j->nd; i++) rows *= j->shape[i];
  if (bare && j->rows_a_chunk == 1) {
    share(j, rows, 1 + parallel_grain(rows * j->row) / j->row, tile_rows, j);
    return;
  }
  if (j->banded) {
    share(j, rows, (1 + GRAIN / j->row + BAND - 1) / BAND * BAND, tile_bands, j);
    return;
  }
  if (j->nd == 0 && j->row > GRAIN) { /* one long row: cut it into rows, so that threads can share it */
    int64_t cut = GRAIN, left = j->row % cut;
    Loop part = *j;
    part.nd = 1;
    part.shape[0] = j->row / cut;
    part.row = cut;
    part.y.stride[0] = cut * j->y.inner;
    for (int a = 0; a < j->nx; a++) part.x[a].stride[0] = cut * j->x[a].inner;
    share(j, part.shape[0], 1, tile, &part);
    int64_t done = j->row - left;
    j->y.data += done * j->y.inner * (int64_t)dtype_size[j->y.dtype];
    for (int a = 0; a < j->nx; a++) j->x[a].data += done * j->x[a].inner * (int64_t)dtype_size[j->x[a].dtype];
    j->row = left;
    j->rows_a_chunk = left >= CHUNK ? 1 : CHUNK / (left ? left : 1);
    if (!left) return;
    for (int a = 0; a < j->nx; a++) /* a short rest may be periodic now; buffers are filled either way */
      if (j->x[a].how == PERIODIC) j->x[a].how = GATHER;
  }
  int64_t grain = (1 + GRAIN / j->row + j->rows_a_chunk - 1) / j->rows_a_chunk * j->rows_a_chunk;
  share(j, rows, grain, tile, j);
}

/* One kernel call does it: few elements, all dense or single, all of the working dtype. */
static bool run_small(const Loop *j, Tensor *y, const Tensor *const *x) {
  if (y->n > GRAIN || y->dtype != j->work || !tensor_is_contiguous(y)) return false;
  const void *in[POINTWISE_INPUTS];
  unsigned scalar = 0;
  for (int a = 0; a < j->nx; a++) {
    const Tensor *t = x[a];
    if (t->dtype != j->work) return false;
    if (t->n == 1 && y->n > 1 && j->nx == 2) scalar |= 1u << a;
    else if (t->n != y->n || !tensor_is_contiguous(t)) return false;
    in[a] = t->data;
  }
  j->fn(y->n, y->data, in, scalar, j->p, j->add);
  return true;
}

static void start(PointwiseFn fn, Loop *j, Tensor *y, const Tensor *const *x, const double *p, bool add) {
  j->fn = fn;
  j->p = p;
  j->chain = NULL;
  j->add = add;
  if (!run_small(j, y, x)) run_loop(j, y, x);
}

/* A chain of one step is that kernel. */
static void run_alone(const Chain *c) {
  const ChainStep *s = &c->step[0];
  const Tensor *x[CHAIN_INPUTS];
  for (int i = 0; i < s->nx; i++) x[i] = c->leaf[s->x[i]];
  Loop j;
  j.nx = s->nx;
  j.work = c->dtype;
  j.truth = false;
  j.deaf = true;
  start(s->fn, &j, c->y[0], x, s->p, false);
}

void pointwise_chain(const Chain *c) {
  if (c->steps == 1) {
    run_alone(c);
    return;
  }
  Loop j;
  j.p = NULL;
  j.chain = c;
  j.truth = j.add = false;
  j.deaf = true;
  j.nx = c->leaves;
  j.work = c->dtype;
  run_loop(&j, c->y[0], c->leaf);
}

/* Does it answer 0 or 1 to numbers that are 0 or 1, or to any? */
static const bool is_truth[M_COUNT] = {
    [M_eq] = true,          [M_ne] = true,          [M_lt] = true,          [M_le] = true,
    [M_gt] = true,          [M_ge] = true,          [M_logical_and] = true, [M_logical_or] = true,
    [M_logical_xor] = true, [M_logical_not] = true, [M_signbit] = true,     [M_bitwise_and] = true,
    [M_bitwise_or] = true,  [M_bitwise_xor] = true, [M_copy] = true,        [M_where] = true,
    [M_maximum] = true,     [M_minimum] = true,     [M_mul] = true};

void pointwise_map(int map, Tensor *y, const Tensor *const *x, int nx, const double *p, bool add) {
  if (y->n == 0) return;
  Loop j;
  j.nx = nx;
  j.work = work_dtype(y, x, nx);
  if (y->dtype == BOOL && (map == M_masked_fill || map == M_clamp))
    j.work = I64; /* parameters beyond u8 are truths, too */
  if (!dtype_is_float(j.work) && !whole_kernels(j.work)[map]) j.work = F64;
  j.truth = is_truth[map];
  j.deaf = false;
  start(dtype_is_float(j.work) ? kernels(j.work)->map[map] : whole_kernels(j.work)[map], &j, y, x, p, add);
}

void pointwise_grad(int map, int i, Tensor *dx, const Tensor *const *x, int nx, const double *p, bool add) {
  if (dx->n == 0) return;
  Loop j;
  j.nx = nx;
  j.work = work_dtype(dx, x, nx);
  j.truth = j.deaf = false;
  if (!dtype_is_float(j.work)) j.work = F64;
  start(kernels(j.work)->grad[map][i], &j, dx, x, p, add);
}
