/* copy.c: elements in and out of tensors of any dtype and stride: fill, copy, get, set; tensors made so.
 * Conversions to integers cut towards zero; to bool they ask for != 0. */
#include "kernel.h"
#include "parallel.h"
#include "tensor.h"

#include <math.h>
#include <string.h>

static unsigned char *address(const Tensor *t, int64_t flat) {
  int64_t at = 0;
  if (t->nd == 1) return t->data + flat * t->stride[0] * (int64_t)dtype_size[t->dtype]; /* no division */
  for (int i = t->nd - 1; i >= 0; i--) {
    at += flat % t->shape[i] * t->stride[i];
    flat /= t->shape[i];
  }
  return t->data + at * (int64_t)dtype_size[t->dtype];
}

static double read_number(const unsigned char *p, Dtype d) {
  switch (d) {
  case F32: return (double)*(const float *)p;
  case F64: return *(const double *)p;
  case I64: return (double)*(const int64_t *)p;
  case I32: return *(const int32_t *)p;
  default: return *p;
  }
}

static int64_t to_int(double v) {
  if (v != v) return 0;
  if (v >= 9223372036854775807.0) return INT64_MAX;
  return v <= -9223372036854775808.0 ? INT64_MIN : (int64_t)v;
}

static int64_t read_int(const unsigned char *p, Dtype d) {
  return d == I64 ? *(const int64_t *)p : to_int(read_number(p, d));
}

static void write_int(unsigned char *p, Dtype d, int64_t v) {
  switch (d) {
  case F32: *(float *)p = (float)v; break;
  case F64: *(double *)p = (double)v; break;
  case I64: *(int64_t *)p = v; break;
  case I32: *(int32_t *)p = (int32_t)v; break;
  case U8: *p = (unsigned char)v; break;
  default: *p = v != 0;
  }
}

static void write_number(unsigned char *p, Dtype d, double v) {
  switch (d) {
  case F32: *(float *)p = (float)v; break;
  case F64: *(double *)p = v; break;
  case BOOL: *p = v != 0; break;
  default: write_int(p, d, to_int(v));
  }
}

double tensor_get(const Tensor *t, int64_t flat) { return read_number(address(t, flat), t->dtype); }
int64_t tensor_get_int(const Tensor *t, int64_t flat) { return read_int(address(t, flat), t->dtype); }
void tensor_set(Tensor *t, int64_t flat, double v) { write_number(address(t, flat), t->dtype, v); }
void tensor_set_int(Tensor *t, int64_t flat, int64_t v) { write_int(address(t, flat), t->dtype, v); }

void tensor_read(const Tensor *t, int64_t first, int64_t n, void *to, Dtype d) {
  unsigned char *p = to;
  if (tensor_is_contiguous(t)) {
    elements_copy(n, to, d, 1, t->data + first * (int64_t)dtype_size[t->dtype], t->dtype, 1);
    return;
  }
  for (int64_t i = first; i < first + n; i++, p += dtype_size[d])
    if (dtype_is_float(t->dtype)) write_number(p, d, tensor_get(t, i));
    else write_int(p, d, tensor_get_int(t, i));
}

int64_t tensor_first_unheld(const Tensor *t, Dtype d) {
  enum { BLOCK = 512 };
  const bool real = dtype_is_float(t->dtype);
  if (t->dtype == d || t->dtype == BOOL || dtype_is_float(d) || d == BOOL || (d == I64 && !real)) return -1;
  union {
    double real[BLOCK];
    int64_t whole[BLOCK];
  } v;
  for (int64_t at = 0; at < t->n; at += BLOCK) {
    const int64_t n = t->n - at < BLOCK ? t->n - at : BLOCK;
    tensor_read(t, at, n, &v, real ? F64 : I64);
    for (int64_t i = 0; i < n; i++)
      if (!(real ? dtype_holds(d, v.real[i]) : dtype_holds_int(d, v.whole[i]))) return at + i;
  }
  return -1;
}

/* The same element n times. */
static void repeat(int64_t n, unsigned char *to, int64_t size, const void *cell) {
  unsigned char line[64];
  if (size == 1) memset(line, *(const unsigned char *)cell, sizeof line);
  for (size_t at = 0; size == 4 && at < sizeof line; at += 4) memcpy(line + at, cell, 4);
  for (size_t at = 0; size == 8 && at < sizeof line; at += 8) memcpy(line + at, cell, 8);
  kernels(F32)->fill((size_t)(n * size), to, line);
}

/* Floats of any stride to or from elements of any other. */
static void through_block(int64_t n, unsigned char *to, Dtype td, int64_t ts, const unsigned char *from,
                          Dtype fd, int64_t fs) {
  enum { BLOCK = 256 };
  double block[BLOCK];
  const Dtype d = td == F64 || fd == F64 ? F64 : F32;
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t m = n - at < BLOCK ? n - at : BLOCK;
    kernels(d)->load(m, block, from + at * fs * (int64_t)dtype_size[fd], fd, fs);
    kernels(d)->store(m, to + at * ts * (int64_t)dtype_size[td], td, ts, block);
  }
}

__attribute__((noinline)) void bytes_copy(size_t n, void *to,
                                          const void *from) { /* else GCC 12 sees bounds where none are */
  const uintptr_t y = (uintptr_t)to, x = (uintptr_t)from;
  if (n < 512 || (y < x + n && x < y + n)) memmove(to, from, n);
  else kernels(F32)->copy(n, to, from);
}

void bytes_put(bool past, size_t n, void *to, const void *from) {
  enum { LEAST = 256 };
  if (!past || n < LEAST) bytes_copy(n, to, from);
  else kernels(F32)->stream(n, to, from);
}

typedef uint32_t word __attribute__((may_alias));
typedef uint64_t pair __attribute__((may_alias));

/* Elements at strides ts and fs; turned round and some places apart in vectors. */
#define SPACED(type, real)                                                                                   \
  static void spaced_##type(int64_t n, type *to, int64_t ts, const type *from, int64_t fs) {                 \
    enum { BLOCK = 512 };                                                                                    \
    type block[BLOCK];                                                                                       \
    if (ts == 1 && fs == -1)                                                                                 \
      for (int64_t i = 0; i < n; i++) to[i] = from[-i];                                                      \
    else if (ts == 1 && fs > 1) kernels(real)->gather(n, to, from, fs);                                      \
    else if (ts > 1 && fs == 1) kernels(real)->scatter(n, to, ts, from);                                     \
    else if (ts > 1 && fs > 1)                                                                               \
      for (int64_t at = 0; at < n; at += BLOCK) {                                                            \
        const int64_t m = n - at < BLOCK ? n - at : BLOCK;                                                   \
        kernels(real)->gather(m, block, from + at * fs, fs);                                                 \
        kernels(real)->scatter(m, to + at * ts, ts, block);                                                  \
      }                                                                                                      \
    else                                                                                                     \
      for (int64_t i = 0; i < n; i++, to += ts, from += fs) *to = *from;                                     \
  }
SPACED(word, F32)
SPACED(pair, F64)
#undef SPACED

/* Every other byte, and every fourth, which the compiler makes vectors of; others one by one. */
static void spaced_byte(int64_t n, unsigned char *restrict to, int64_t ts, const unsigned char *restrict from,
                        int64_t fs) {
  if (ts == 1 && fs == 2)
    for (int64_t i = 0; i < n; i++) to[i] = from[2 * i];
  else if (ts == 1 && fs == 4)
    for (int64_t i = 0; i < n; i++) to[i] = from[4 * i];
  else
    for (int64_t i = 0; i < n; i++, to += ts, from += fs) *to = *from;
}

/* What lies apart is brought together first, then converted as a row. */
static void convert_spaced(int64_t n, unsigned char *to, Dtype td, int64_t ts, const unsigned char *from,
                           Dtype fd, int64_t fs) {
  enum { BLOCK = 512 };
  double block[BLOCK]; /* room for any dtype's */
  const int64_t tsize = (int64_t)dtype_size[td], fsize = (int64_t)dtype_size[fd];
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t m = n - at < BLOCK ? n - at : BLOCK;
    elements_copy(m, block, fd, 1, from + at * fs * fsize, fd, fs);
    elements_copy(m, to + at * ts * tsize, td, ts, block, fd, 1);
  }
}

/* One row of `n` elements at strides ts and fs (in elements). */
void elements_copy(int64_t n, void *to_, Dtype td, int64_t ts, const void *from_, Dtype fd, int64_t fs) {
  enum { ROW = 16 };
  unsigned char *to = to_;
  const unsigned char *from = from_;
  const int64_t tsize = (int64_t)dtype_size[td];
  if (td == fd && ts == 1 && fs == 1) {
    bytes_copy((size_t)(n * tsize), to, from);
  } else if (fs == 0 && ts == 1 && n > 1) {
    double cell; /* room for any dtype's one element */
    elements_copy(1, &cell, td, 1, from, fd, 1);
    repeat(n, to, tsize, &cell);
  } else if (fd == td && tsize == 4) {
    spaced_word(n, (void *)to, ts, (const void *)from, fs);
  } else if (fd == td && tsize == 8) {
    spaced_pair(n, (void *)to, ts, (const void *)from, fs);
  } else if (fd == td && ts == 1 && fs == -1) {
    elements_rows(1, 1, n, to, 0, from, 0, -1);
  } else if (fd == td) {
    spaced_byte(n, to, ts, from, fs);
  } else if (fs != 1 && n >= ROW) {
    convert_spaced(n, to, td, ts, from, fd, fs);
  } else if (dtype_is_float(td) && ts == 1) {
    kernels(td)->load(n, to, from, fd, fs);
  } else if (dtype_is_float(fd) && fs == 1) {
    kernels(fd)->store(n, to, td, ts, from);
  } else if (dtype_is_float(fd) || dtype_is_float(td)) {
    through_block(n, to, td, ts, from, fd, fs);
  } else {
    kernels(F32)->cast(n, to, td, ts, from, fd, fs);
  }
}

typedef struct CopyJob {
  int nd; /* of the outer dimensions */
  int64_t shape[DIMS], ts[DIMS], fs[DIMS], inner, ts1, fs1;
  Dtype td, fd;
  bool few;  /* elements in a row of both sides, which are apart */
  bool past; /* y is so large that what is turned passes the caches by */
  unsigned char *to;
  const unsigned char *from;
} CopyJob;

/* Where row `row` begins. */
static int64_t row_at(const CopyJob *j, const int64_t *stride, int64_t row) {
  int64_t at = 0;
  for (int i = j->nd - 1; i >= 0; row /= j->shape[i--]) at += row % j->shape[i] * stride[i];
  return at;
}

/* Those of `rows` from `row` on that are neighbours in the last outer dimension. */
static int64_t neighbours(const CopyJob *j, int64_t row, int64_t rows) {
  const int64_t last = j->shape[j->nd - 1], left = last - row % last;
  return left < rows ? left : rows;
}

/* Rows; short ones all that are neighbours at once. */
static void copy_rows(void *context, int64_t begin, int64_t end) {
  const CopyJob *j = context;
  const int64_t tsize = (int64_t)dtype_size[j->td], fsize = (int64_t)dtype_size[j->fd];
  const int last = j->nd - 1;
  for (int64_t row = begin, run; row < end; row += run) {
    unsigned char *to = j->to + row_at(j, j->ts, row) * tsize;
    const unsigned char *from = j->from + row_at(j, j->fs, row) * fsize;
    run = j->few ? neighbours(j, row, end - row) : 1;
    if (j->few) elements_rows((size_t)tsize, run, j->inner, to, j->ts[last], from, j->fs[last], j->fs1);
    else elements_copy(j->inner, to, j->td, j->ts1, from, j->fd, j->fs1);
  }
}

/* Short rows to a `to` without gaps: brought together, as many as a block holds, then converted as one. */
enum { CONVERTED = 512 };
static void convert_rows(void *context, int64_t begin, int64_t end) {
  const CopyJob *j = context;
  const int64_t tsize = (int64_t)dtype_size[j->td], fsize = (int64_t)dtype_size[j->fd], n = j->inner;
  double block[CONVERTED]; /* room for any dtype's */
  for (int64_t row = begin, rows, run; row < end; row += rows) {
    rows = CONVERTED / n < end - row ? CONVERTED / n : end - row;
    for (int64_t r = 0; r < rows; r += run) {
      run = neighbours(j, row + r, rows - r);
      elements_rows((size_t)fsize, run, n, (unsigned char *)block + r * n * fsize, n,
                    j->from + row_at(j, j->fs, row + r) * fsize, j->fs[j->nd - 1], j->fs1);
    }
    elements_copy(rows * n, j->to + row * n * tsize, j->td, 1, block, j->fd, 1);
  }
}

/* --- where the inner dimensions of both sides differ ------------------------------------------------------ */
/* Of a tile, whose lines on both sides fit the first cache; channels of a picture; columns of a unit; lines this many
 * bytes apart share few places of that cache. */
enum { SIDE = TURN_SIDE, FEW = 3, PART = 1024, CROWDED = 4096 };

/* One tile: `rows` of `from` at its stride 1, `cols` at fs; the other way round in `to`. */
#define TILE(type)                                                                                           \
  static void tile_##type(int64_t rows, int64_t cols, type *to, int64_t ts, const type *from, int64_t fs) {  \
    if (cols == FEW)                                                                                         \
      for (int64_t i = 0; i < rows; i++, to += ts, from++) {                                                 \
        to[0] = from[0];                                                                                     \
        to[1] = from[fs];                                                                                    \
        to[2] = from[2 * fs];                                                                                \
      }                                                                                                      \
    else                                                                                                     \
      for (int64_t i = 0; i < rows; i++, to += ts, from++)                                                   \
        for (int64_t k = 0; k < cols; k++) to[k] = from[k * fs];                                             \
  }
TILE(uint8_t)
TILE(uint32_t)
TILE(uint64_t)

static void tile(size_t size, int64_t rows, int64_t cols, void *to, int64_t ts, const void *from,
                 int64_t fs) {
  if (size == sizeof(uint32_t)) tile_uint32_t(rows, cols, to, ts, from, fs);
  else if (size == sizeof(uint64_t)) tile_uint64_t(rows, cols, to, ts, from, fs);
  else tile_uint8_t(rows, cols, to, ts, from, fs);
}

static void byte_squares(int64_t rows, uint8_t *to, int64_t ts, const uint8_t *from, int64_t fs) {
  const Kernels *k = kernels(F32);
  for (int64_t i = 0; i < rows; i += SIDE) k->turn_bytes(to + i * ts, ts, from + i, fs);
}

/* Whole squares in registers; `more`: SIDE columns behind these are next, and asked for. */
static void squares(size_t size, int64_t rows, void *to, int64_t ts, const void *from, int64_t fs,
                    enum TurnStore how, bool more) {
  const Kernels *k = kernels(size == sizeof(double) ? F64 : F32);
  const int64_t wide = (int64_t)size;
  for (int64_t i = 0; i < rows; i += SIDE) {
    for (int64_t r = SIDE; more && r < 2 * SIDE; r++) {
      const unsigned char *line = (const unsigned char *)from + (i + r * fs) * wide;
      __builtin_prefetch(line);
      if (size == sizeof(double)) __builtin_prefetch(line + 64);
    }
    k->turn((unsigned char *)to + i * ts * wide, ts, (const unsigned char *)from + i * wide, fs, how);
  }
}

static void turn_block(size_t size, int64_t rows, int64_t cols, void *to, int64_t ts, const void *from,
                       int64_t fs, bool past, bool far) {
  const enum TurnStore how = past ? TURN_PAST : ts * (int64_t)size % CROWDED == 0 ? TURN_APART : TURN_HERE;
  const int64_t whole = rows / SIDE * SIDE;
  const bool ask = far && fs * (int64_t)size % CROWDED != 0; /* lines asked for would drive each other out */
  for (int64_t k = 0; k < cols; k += SIDE) {
    const int64_t wide = cols - k < SIDE ? cols - k : SIDE, done = wide == SIDE ? whole : 0;
    unsigned char *y = (unsigned char *)to + k * (int64_t)size;
    const unsigned char *x = (const unsigned char *)from + k * fs * (int64_t)size;
    if (size == 1) byte_squares(done, y, ts, x, fs);
    else if (done) squares(size, done, y, ts, x, fs, how, ask && k + 2 * SIDE <= cols);
    if (done < rows)
      tile(size, rows - done, wide, y + done * ts * (int64_t)size, ts, x + done * (int64_t)size, fs);
  }
}

void elements_turn(size_t size, int64_t rows, int64_t cols, void *to, int64_t ts, const void *from,
                   int64_t fs) {
  turn_block(size, rows, cols, to, ts, from, fs, false, true);
}

/* Elements of `from` that lie in a row of it and are copied at once, in tiles: neighbouring lines, which come from
 * memory sooner; with few columns more. */
static int64_t run_of(const CopyJob *j) { return j->inner < SIDE ? SIDE * SIDE / j->inner : 4 * SIDE; }

static int64_t parts(int64_t n, int64_t size) { return (n + size - 1) / size; }

/* Units: parts of the columns of runs of the last outer dimension, which is the inner one of `from`. */
static void copy_tiles(void *context, int64_t begin, int64_t end) {
  const CopyJob *j = context;
  const int64_t size = (int64_t)dtype_size[j->td];
  const int last = j->nd - 1;
  const int64_t run = run_of(j), runs = parts(j->shape[last], run), across = parts(j->inner, PART);
  for (int64_t unit = begin; unit < end; unit++) {
    int64_t rest = unit / across / runs, first = unit / across % runs * run, k = unit % across * PART,
            to = first * j->ts[last] + k, from = first + k * j->fs1;
    for (int i = last - 1; i >= 0; i--) {
      const int64_t at = rest % j->shape[i];
      rest /= j->shape[i];
      to += at * j->ts[i];
      from += at * j->fs[i];
    }
    const int64_t rows = j->shape[last] - first < run ? j->shape[last] - first : run,
                  cols = j->inner - k < PART ? j->inner - k : PART;
    turn_block((size_t)size, rows, cols, j->to + to * size, j->ts[last], j->from + from * size, j->fs1,
               j->past, j->past);
  }
  if (j->past) kernels(F32)->streamed();
}

/* Is there an outer dimension that `from` walks by single elements, forth or back, and its inner one by more?  It becomes
 * the last one, walked forth: rows of `to` alone would fetch a line of `from` for each of their elements. */
static bool turn(CopyJob *j) {
  if (j->td != j->fd || j->ts1 != 1 || (j->fs1 >= -1 && j->fs1 <= 1)) return false;
  for (int i = 0; i < j->nd; i++) {
    if (j->shape[i] < 2 || (j->fs[i] != 1 && (j->fs[i] != -1 || j->inner < SIDE))) continue;
    const int last = j->nd - 1;
    const int64_t shape = j->shape[i], ts = j->ts[i], fs = j->fs[i], size = (int64_t)dtype_size[j->td];
    for (int k = i; k < last; k++) {
      j->shape[k] = j->shape[k + 1];
      j->ts[k] = j->ts[k + 1];
      j->fs[k] = j->fs[k + 1];
    }
    j->shape[last] = shape;
    j->ts[last] = ts * fs;
    j->fs[last] = 1;
    if (fs < 0) {
      j->to += (shape - 1) * ts * size;
      j->from -= (shape - 1) * size;
    }
    return true;
  }
  return false;
}

/* Is the result large, and do all its squares begin where lines do? */
static bool turns_past(const CopyJob *j, int64_t n) {
  enum { LINE = 64 };
  const int64_t size = (int64_t)dtype_size[j->td];
  bool lined = n * size >= STREAM_FROM && (uintptr_t)j->to % LINE == 0;
  for (int i = 0; i < j->nd; i++) lined &= j->ts[i] * size % LINE == 0;
  return lined;
}

static void copy_run(void *context, int64_t begin, int64_t end) {
  const CopyJob *j = context;
  elements_copy(end - begin, j->to + begin * j->ts1 * (int64_t)dtype_size[j->td], j->td, j->ts1,
                j->from + begin * j->fs1 * (int64_t)dtype_size[j->fd], j->fd, j->fs1);
}

/* A long run past the caches: converted in a buffer where the dtypes differ. */
static void stream_run(void *context, int64_t begin, int64_t end) {
  const CopyJob *j = context;
  const int64_t tsize = (int64_t)dtype_size[j->td], fsize = (int64_t)dtype_size[j->fd],
                most = STREAM_BLOCK / tsize;
  unsigned char *to = j->to + begin * tsize;
  const unsigned char *from = j->from + begin * fsize;
  double block[STREAM_BLOCK / sizeof(double)];
  if (j->td == j->fd) bytes_put(true, (size_t)((end - begin) * tsize), to, from);
  else
    for (int64_t at = 0; at < end - begin; at += most) {
      const int64_t n = end - begin - at < most ? end - begin - at : most;
      elements_copy(n, block, j->td, 1, from + at * fsize, j->fd, 1);
      kernels(F32)->stream((size_t)(n * tsize), to + at * tsize, block);
    }
  kernels(F32)->streamed();
}

static bool streams(const CopyJob *j, const Tensor *to) {
  const int64_t bytes = j->inner * (int64_t)dtype_size[j->td], read = j->inner * (int64_t)dtype_size[j->fd];
  const uintptr_t y = (uintptr_t)j->to, x = (uintptr_t)j->from;
  return j->ts1 == 1 && j->fs1 == 1 && tensor_streams(to, read) &&
         (y >= x + (uintptr_t)read || x >= y + (uintptr_t)bytes);
}

/* Joins neighbouring dimensions that both sides walk in step, so that rows are as long as can be; those of `to` in the
 * order in which they lie. */
static void coalesce(CopyJob *j, int nd, const int64_t *shape, const int64_t *ts, const int64_t *fs) {
  int k = 0, order[DIMS];
  shape_order(nd, ts, order);
  for (int at = 0; at < nd; at++) {
    const int i = order[at];
    if (shape[i] == 1) continue;
    if (k && j->ts[k - 1] == ts[i] * shape[i] && j->fs[k - 1] == fs[i] * shape[i]) {
      j->shape[k - 1] *= shape[i];
    } else {
      j->shape[k++] = shape[i];
    }
    j->ts[k - 1] = ts[i];
    j->fs[k - 1] = fs[i];
  }
  j->inner = k ? j->shape[k - 1] : 1;
  j->ts1 = k ? j->ts[k - 1] : 1;
  j->fs1 = k ? j->fs[k - 1] : 1;
  j->nd = k ? k - 1 : 0;
}

void tensor_copy(Tensor *to, const Tensor *from) {
  if (to->n == 0 || tensor_is_meta(to)) return;
  CopyJob j = {.td = to->dtype, .fd = from->dtype, .to = to->data, .from = from->data};
  int64_t fs[DIMS];
  shape_expand_strides(from, to->nd, to->shape, fs);
  coalesce(&j, to->nd, to->shape, to->stride, fs);
  int64_t rows = to->n / j.inner;
  if (rows == 1) {
    parallel_for(j.inner, parallel_grain(j.inner), streams(&j, to) ? stream_run : copy_run, &j);
  } else if (turn(&j)) {
    const int64_t length = j.shape[j.nd - 1], run = run_of(&j), across = parts(j.inner, PART);
    j.past = turns_past(&j, to->n);
    parallel_for(rows / length * parts(length, run) * across, 1 + GRAIN * across / (j.inner * run),
                 copy_tiles, &j);
  } else {
    enum { FEW_BYTES = 512, FEW_CONVERTED = 64 };
    const bool apart = j.ts1 == 1 && (to->store != from->store || !to->store),
               converts = apart && j.td != j.fd && j.inner < FEW_CONVERTED && tensor_is_contiguous(to);
    j.few = apart && j.td == j.fd && j.inner * (int64_t)dtype_size[j.td] < FEW_BYTES;
    parallel_for(rows, 1 + GRAIN / j.inner, converts ? convert_rows : copy_rows, &j);
  }
}

static void clear_bytes(void *context, int64_t begin, int64_t end) {
  memset((unsigned char *)context + begin, 0, (size_t)(end - begin));
}

static void fill_with(Tensor *t, const void *cell) {
  Tensor one = {.dtype = t->dtype, .n = 1, .data = (unsigned char *)(uintptr_t)cell};
  tensor_copy(t, &one);
}

void tensor_fill_int(Tensor *t, int64_t value) {
  int64_t cell = 0;
  if (t->n == 0 || tensor_is_meta(t)) return;
  write_int((unsigned char *)&cell, t->dtype, value);
  fill_with(t, &cell);
}

void tensor_fill(Tensor *t, double value) {
  enum { PIECE = 1 << 20 };
  if (t->n == 0 || tensor_is_meta(t)) return;
  if (value == 0 && !signbit(value) && tensor_is_contiguous(t)) {
    parallel_for(t->n * (int64_t)dtype_size[t->dtype], PIECE, clear_bytes, t->data);
    return;
  }
  double cell = 0; /* room for any dtype's one element */
  write_number((unsigned char *)&cell, t->dtype, value);
  fill_with(t, &cell);
}

typedef struct Ramp {
  Tensor *t;
  bool whole;
  int64_t first, step; /* whole: first + i step, modulo 2^64 */
  double from, by, of; /* else from + by i / of              */
} Ramp;

static void ramp_blocks(void *context, int64_t begin, int64_t end) {
  enum { BLOCK = 1024 };
  const Ramp *r = context;
  int64_t v[BLOCK];
  const Dtype d = r->t->dtype, made = r->whole ? I64 : d == F32 ? F32 : F64;
  for (int64_t at = begin; at < end; at += BLOCK) {
    const int64_t n = end - at < BLOCK ? end - at : BLOCK;
    void *to = r->t->data + (size_t)at * dtype_size[d], *y = d == made ? to : v;
    const uint64_t step = (uint64_t)r->step;
    if (r->whole) kernels(F32)->ramp(n, y, (uint64_t)r->first + (uint64_t)at * step, step);
    else kernels(made)->range(n, y, at, r->from, r->by, r->of);
    if (y == v) elements_copy(n, to, d, 1, v, made, 1);
  }
}

void tensor_ramp_int(Tensor *t, int64_t first, int64_t step) {
  Ramp r = {.t = t, .whole = true, .first = first, .step = step};
  parallel_for(t->n, GRAIN, ramp_blocks, &r);
}
void tensor_ramp(Tensor *t, double from, double by, double of) {
  Ramp r = {.t = t, .from = from, .by = by, .of = of};
  parallel_for(t->n, GRAIN, ramp_blocks, &r);
}

Tensor *tensor_zeros(Dtype d, int nd, const int64_t *shape, Err *e) {
  Tensor *t = tensor_new(d, nd, shape, e);
  if (t) tensor_fill(t, 0);
  return t;
}

Tensor *tensor_scalar(Dtype d, double value, Err *e) {
  Tensor *t = tensor_new(d, 0, NULL, e);
  if (t) tensor_set(t, 0, value);
  return t;
}

Tensor *tensor_scalar_int(Dtype d, int64_t value, Err *e) {
  Tensor *t = tensor_new(d, 0, NULL, e);
  if (t) tensor_set_int(t, 0, value);
  return t;
}

Tensor *tensor_clone(const Tensor *t, Err *e) {
  if (tensor_is_meta(t)) return tensor_meta(t->dtype, t->nd, t->shape, e);
  Tensor *c = tensor_new(t->dtype, t->nd, t->shape, e);
  if (c) tensor_copy(c, t);
  return c;
}

Tensor *tensor_contiguous(Tensor *t, Err *e) {
  return tensor_is_contiguous(t) ? tensor_retain(t) : tensor_clone(t, e);
}

Tensor *tensor_cast(Tensor *t, Dtype d, Err *e) {
  if (t->dtype == d) return tensor_retain(t);
  if (tensor_is_meta(t)) return tensor_meta(d, t->nd, t->shape, e);
  Tensor *c = tensor_new(d, t->nd, t->shape, e);
  if (c) tensor_copy(c, t);
  return c;
}
