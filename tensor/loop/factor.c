/* factor.c: see factor.h */
#include "factor.h"

#include "kernel.h"
#include "ledger.h"
#include "mem.h"
#include "parallel.h"
#include "sizes.h"

#include <string.h>

enum {
  SIDE = FACTOR_SIDE,
  SMALL = 16, /* rows of a matrix that is factored in one piece */
  ACROSS = 64 /* columns of b that are turned at a time         */
};

static int64_t half(int64_t n) { return ceil_div(n, 2 * SIDE) * SIDE; }
static char *at(Dtype d, const void *p, int64_t elements) {
  return (char *)(uintptr_t)p + elements * (int64_t)dtype_size[d];
}
static Mat part(Dtype d, Mat m, int64_t row, int64_t column) {
  return (Mat){at(d, m.data, row * m.rs + column * m.cs), m.rs, m.cs};
}

/* --- triangular systems --------------------------------------------------------------------------------- */
static void copy_block(Dtype d, int64_t rows, int64_t columns, char *to, int64_t to_rs, int64_t to_cs,
                       const char *from, int64_t from_rs, int64_t from_cs) {
  const size_t size = dtype_size[d];
  for (int64_t j = 0; j < columns; j++)
    for (int64_t i = 0; i < rows; i++)
      memcpy(to + (i * to_rs + j * to_cs) * (int64_t)size, from + (i * from_rs + j * from_cs) * (int64_t)size,
             size);
}

/* An upper triangle read from its end is a lower one. */
static void last_rows(Triangle form, int64_t n, Mat t, int64_t k, char *b, int64_t b_rs, int64_t b_cs) {
  const Kernels *kernel = kernels(form.d);
  if (!form.lower) {
    t = (Mat){at(form.d, t.data, (n - 1) * (t.rs + t.cs)), -t.rs, -t.cs};
    b = at(form.d, b, (n - 1) * b_rs);
    b_rs = -b_rs;
  }
  if (b_cs == 1) {
    kernel->substitute((int)n, t.data, t.rs, t.cs, form.unit, k, b, b_rs);
    return;
  }
  double block[SIDE * ACROSS];
  for (int64_t j = 0; j < k; j += ACROSS) {
    const int64_t columns = least(ACROSS, k - j);
    char *from = at(form.d, b, j * b_cs);
    copy_block(form.d, n, columns, (char *)block, ACROSS, 1, from, b_rs, b_cs);
    kernel->substitute((int)n, t.data, t.rs, t.cs, form.unit, columns, block, ACROSS);
    copy_block(form.d, n, columns, from, b_rs, b_cs, (char *)block, ACROSS, 1);
  }
}

bool factor_triangle(Triangle form, int64_t n, Mat t, int64_t k, void *b, int64_t b_rs, int64_t b_cs,
                     Err *e) {
  if (n == 0 || k == 0 || interrupt_pending()) return true;
  if (n <= SIDE) {
    last_rows(form, n, t, k, b, b_rs, b_cs);
    return true;
  }
  /* [T11 0; T21 T22] [X1; X2] = [B1; B2], or [T11 T12; 0 T22] */
  const Dtype d = form.d;
  const int64_t n1 = half(n), n2 = n - n1;
  void *b2 = at(d, b, n1 * b_rs);
  const Mat first = {b, b_rs, b_cs}, second = {b2, b_rs, b_cs}, t22 = part(d, t, n1, n1);
  if (form.lower)
    return factor_triangle(form, n1, t, k, b, b_rs, b_cs, e) &&
           gemm(d, n2, k, n1, -1, part(d, t, n1, 0), first, 1, b2, b_rs, b_cs, e) &&
           factor_triangle(form, n2, t22, k, b2, b_rs, b_cs, e);
  return factor_triangle(form, n2, t22, k, b2, b_rs, b_cs, e) &&
         gemm(d, n1, k, n2, -1, part(d, t, 0, n1), second, 1, b, b_rs, b_cs, e) &&
         factor_triangle(form, n1, t, k, b, b_rs, b_cs, e);
}

/* --- LU ------------------------------------------------------------------------------------------------- */
static void exchange(size_t bytes, char *x, char *y) {
  char piece[1024];
  for (size_t size; bytes; bytes -= size, x += size, y += size) {
    size = bytes < sizeof piece ? bytes : sizeof piece;
    memcpy(piece, x, size);
    memcpy(x, y, size);
    memcpy(y, piece, size);
  }
}

/* Rows of b [., k] change places as pivots [from, to) say, or back. */
static void exchange_rows(Dtype d, const int32_t *pivot, int64_t from, int64_t to, bool back, int64_t k,
                          void *b, int64_t ld) {
  for (int64_t s = from; s < to; s++) {
    const int64_t i = back ? from + to - 1 - s : s, p = pivot[i] - 1;
    if (p != i) exchange((size_t)k * dtype_size[d], at(d, b, i * ld), at(d, b, p * ld));
  }
}

typedef struct Lu {
  Dtype d;
  int64_t n;
  Mat a;
  int32_t *pivot;
  void *columns; /* scratch of a panel */
  int zero;      /* the place of the first pivot that is 0, or 0 */
  Err *e;
} Lu;

/* Columns [j, j + count) of the rows from j on; those to the left are done. */
static bool factor_columns(Lu *f, int64_t j, int64_t count) {
  const Dtype d = f->d;
  const int64_t n = f->n;
  if (interrupt_pending()) return true;
  if (count <= SIDE || f->n <= SMALL) {
    const int zero =
        kernels(d)->lu_panel(n - j, (int)count, at(d, f->a.data, j * n + j), n, f->columns, f->pivot + j);
    if (zero && !f->zero) f->zero = (int)j + zero;
    for (int64_t i = j; i < j + count; i++) f->pivot[i] += (int32_t)j;
    return true;
  }
  const int64_t left = half(count), right = count - left, middle = j + left, end = j + count;
  const Mat below = part(d, f->a, middle, j), beside = part(d, f->a, j, middle);
  if (!factor_columns(f, j, left)) return false;
  exchange_rows(d, f->pivot, j, middle, false, right, at(d, f->a.data, middle), n);
  if (!factor_triangle((Triangle){d, true, true}, left, part(d, f->a, j, j), right, at(d, beside.data, 0), n,
                       1, f->e) ||
      !gemm(d, n - middle, right, left, -1, below, beside, 1, at(d, f->a.data, middle * n + middle), n, 1,
            f->e) ||
      !factor_columns(f, middle, right))
    return false;
  exchange_rows(d, f->pivot, middle, end, false, left, at(d, f->a.data, j), n);
  return true;
}

int factor_lu(Dtype d, int64_t n, void *a, int32_t *pivot, Err *e) {
  double few[SMALL * SMALL];
  const size_t bytes = n > SMALL ? (size_t)(n * SIDE) * dtype_size[d] : 0;
  Lu f = {.d = d, .n = n, .a = {a, n, 1}, .pivot = pivot, .columns = few, .e = e};
  if (bytes && !(f.columns = mem_alloc(bytes)))
    return no_memory(e, (double)bytes, "scratch of LU factors"), -1;
  for (int64_t i = 0; i < n; i++) pivot[i] = (int32_t)i + 1; /* ^C leaves some as they are */
  const bool ok = factor_columns(&f, 0, n);
  if (bytes) mem_free(f.columns, bytes);
  return !ok ? -1 : interrupt_pending() ? 0 : f.zero;
}

bool factor_solve(Dtype d, bool transposed, int64_t n, int64_t k, const void *lu, const int32_t *pivot,
                  void *b, Err *e) {
  const Mat a = {lu, n, 1}, at_ = {lu, 1, n};
  if (interrupt_pending()) return true;
  if (transposed) { /* (P^T L U)^T = U^T L^T P */
    if (!factor_triangle((Triangle){d, true, false}, n, at_, k, b, k, 1, e) ||
        !factor_triangle((Triangle){d, false, true}, n, at_, k, b, k, 1, e))
      return false;
    exchange_rows(d, pivot, 0, n, true, k, b, k);
    return true;
  }
  exchange_rows(d, pivot, 0, n, false, k, b, k);
  return factor_triangle((Triangle){d, true, true}, n, a, k, b, k, 1, e) &&
         factor_triangle((Triangle){d, false, false}, n, a, k, b, k, 1, e);
}

/* --- inverse: A^-1 = U^-1 L^-1 P -------------------------------------------------------------------------- */
/* w, zero until now, = L^-1:  [L11 0; L21 L22]^-1 = [L11^-1 0; -L22^-1 L21 L11^-1 L22^-1] */
static bool invert_lower(Dtype d, int64_t n, Mat l, Mat w, Err *e) {
  const Triangle form = {d, true, true};
  char *to = at(d, w.data, 0);
  if (n <= SIDE) {
    for (int64_t i = 0; i < n; i++)
      if (d == F32) ((float *)(void *)to)[i * (w.rs + 1)] = 1;
      else ((double *)(void *)to)[i * (w.rs + 1)] = 1;
    return factor_triangle(form, n, l, n, to, w.rs, 1, e);
  }
  const int64_t n1 = half(n), n2 = n - n1;
  char *w21 = at(d, to, n1 * w.rs);
  const Mat l22 = part(d, l, n1, n1);
  return invert_lower(d, n1, l, w, e) && invert_lower(d, n2, l22, part(d, w, n1, n1), e) &&
         gemm(d, n2, n1, n1, -1, part(d, l, n1, 0), w, 0, w21, w.rs, 1, e) &&
         factor_triangle(form, n2, l22, n1, w21, w.rs, 1, e);
}

typedef struct Places {
  Dtype d;
  int64_t n;
  const void *from;
  void *to;
  const int32_t *place; /* of each column */
} Places;
static void place_rows(void *context, int64_t begin, int64_t end) {
  const Places *p = context;
  for (int64_t i = begin; i < end; i++) {
    const void *from = at(p->d, p->from, i * p->n);
    void *to = at(p->d, p->to, i * p->n);
    if (p->d == F32)
      for (int64_t j = 0; j < p->n; j++) ((float *)to)[p->place[j]] = ((const float *)from)[j];
    else
      for (int64_t j = 0; j < p->n; j++) ((double *)to)[p->place[j]] = ((const double *)from)[j];
  }
}

/* Column i of U^-1 L^-1 belongs where row i came from. */
static void place_columns(Dtype d, int64_t n, const int32_t *pivot, int32_t *place, const void *from,
                          void *to) {
  for (int64_t i = 0; i < n; i++) place[i] = (int32_t)i;
  for (int64_t i = 0; i < n; i++) {
    const int32_t v = place[i], p = pivot[i] - 1;
    place[i] = place[p];
    place[p] = v;
  }
  Places places = {d, n, from, to, place};
  parallel_for(n, 1 + GRAIN / n, place_rows, &places);
}

bool factor_invert(Dtype d, int64_t n, void *a, const int32_t *pivot, Err *e) {
  double few[SIDE * SIDE + SIDE];
  const size_t matrix = (size_t)(n * n) * dtype_size[d], bytes = matrix + (size_t)n * sizeof(int32_t);
  if (n == 0 || interrupt_pending()) return true;
  char *w = n <= SIDE ? (char *)few : mem_alloc(bytes);
  if (!w) return no_memory(e, (double)bytes, "scratch of an inverse");
  memset(w, 0, matrix);
  const bool ok = invert_lower(d, n, (Mat){a, n, 1}, (Mat){w, n, 1}, e) &&
                  factor_triangle((Triangle){d, false, false}, n, (Mat){a, n, 1}, n, w, n, 1, e);
  if (ok && !interrupt_pending()) place_columns(d, n, pivot, (int32_t *)(void *)(w + matrix), w, a);
  if (n > SIDE) mem_free(w, bytes);
  return ok;
}

/* --- Cholesky ------------------------------------------------------------------------------------------- */
enum { SQUARE = 64 };

/* The upper triangle of c [n,n] -= that of u^T u, u [k,n]; in squares along the diagonal its lower one is lost. */
static bool subtract_squares(Dtype d, int64_t n, int64_t k, Mat u, Mat c, Err *e) {
  const Mat ut = {u.data, u.cs, u.rs};
  if (n <= SQUARE) return gemm(d, n, n, k, -1, ut, u, 1, at(d, c.data, 0), c.rs, 1, e);
  const int64_t n1 = half(n), n2 = n - n1;
  return subtract_squares(d, n1, k, u, c, e) &&
         gemm(d, n1, n2, k, -1, ut, part(d, u, 0, n1), 1, at(d, c.data, n1), c.rs, 1, e) &&
         subtract_squares(d, n2, k, part(d, u, 0, n1), part(d, c, n1, n1), e);
}

/* [A11 A12; . A22] = [U11^T U11  U11^T U12; .  U12^T U12 + U22^T U22] */
static int factor_upper(Dtype d, int64_t n, Mat a, Err *e) {
  if (interrupt_pending()) return 0;
  if (n <= SMALL) return kernels(d)->cholesky_block((int)n, at(d, a.data, 0), a.rs);
  const int64_t n1 = half(n), n2 = n - n1;
  const Mat a12 = part(d, a, 0, n1), a22 = part(d, a, n1, n1);
  int odd = factor_upper(d, n1, a, e);
  if (odd) return odd;
  if (!factor_triangle((Triangle){d, true, false}, n1, (Mat){a.data, 1, a.rs}, n2, at(d, a12.data, 0), a.rs,
                       1, e) ||
      !subtract_squares(d, n2, n1, a12, a22, e))
    return -1;
  odd = factor_upper(d, n2, a22, e);
  return odd > 0 ? (int)n1 + odd : odd;
}

int factor_cholesky(Dtype d, int64_t n, void *a, Err *e) {
  return n ? factor_upper(d, n, (Mat){a, n, 1}, e) : 0;
}
