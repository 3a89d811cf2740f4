/* qr.c: see qr.h */
#include "qr.h"

#include "gemm.h"
#include "kernel.h"
#include "ledger.h"
#include "mem.h"
#include "parallel.h"
#include "sizes.h"

#include <string.h>

enum { SIDE = FACTOR_SIDE, BLOCK = 64 /* reflections that are applied at a time */ };

/* v [m,k]: the reflections, a column each, ones on their diagonal; BLOCK of them, b, are 1 - V T V^T with T [side,side], upper
 * triangular, at t + b side^2: side is BLOCK, or k where that is less. */
typedef struct Qr {
  Dtype d;
  int64_t m, n, k, side;
  char *a, *v, *t, *w, *columns; /* w: scratch, BLOCK x max(n, BLOCK); columns: (SIDE + 1) m */
  Err *e;
} Qr;

static char *at(const Qr *f, const void *p, int64_t elements) {
  return (char *)(uintptr_t)p + elements * (int64_t)dtype_size[f->d];
}
static char *t_of(const Qr *f, int64_t j) { /* T of the reflections from j on */
  return at(f, f->t, j / BLOCK * f->side * f->side + j % BLOCK * (f->side + 1));
}

/* c, rows [j, m) and `columns` columns, ld apart, becomes Q^T c or (`back`) Q c for the reflections [j, j + count):
 * c - V T^T V^T c, or c - V T V^T c. */
static bool apply(const Qr *f, int64_t j, int64_t count, bool back, char *c, int64_t columns, int64_t ld) {
  const int64_t rows = f->m - j;
  char *const w = f->w, *const tw = at(f, w, BLOCK * columns);
  const Mat v = {at(f, f->v, j * f->k + j), f->k, 1}, vt = {v.data, 1, f->k};
  const Mat t = {t_of(f, j), back ? f->side : 1, back ? 1 : f->side};
  return gemm(f->d, count, columns, rows, 1, vt, (Mat){c, ld, 1}, 0, w, columns, 1, f->e) &&
         gemm(f->d, count, columns, count, 1, t, (Mat){w, columns, 1}, 0, tw, columns, 1, f->e) &&
         gemm(f->d, rows, columns, count, -1, v, (Mat){tw, columns, 1}, 1, c, ld, 1, f->e);
}

/* T12 = -T11 V1^T V2 T22 for reflections [j, j + left) and [j + left, j + left + right) */
static bool join(const Qr *f, int64_t j, int64_t left, int64_t right) {
  const int64_t middle = j + left, rows = f->m - middle;
  const Mat v1t = {at(f, f->v, middle * f->k + j), 1, f->k},
            v2 = {at(f, f->v, middle * f->k + middle), f->k, 1};
  char *const w = f->w, *const wt = at(f, w, BLOCK * BLOCK), *const t = t_of(f, j);
  return gemm(f->d, left, right, rows, 1, v1t, v2, 0, w, right, 1, f->e) &&
         gemm(f->d, left, right, right, 1, (Mat){w, right, 1}, (Mat){t_of(f, middle), f->side, 1}, 0, wt,
              right, 1, f->e) &&
         gemm(f->d, left, right, left, -1, (Mat){t, f->side, 1}, (Mat){wt, right, 1}, 0, at(f, t, left),
              f->side, 1, f->e);
}

/* Columns [j, j + count), of one block, of rows [j, m): R, V and T. */
static bool factor_columns(const Qr *f, int64_t j, int64_t count) {
  if (interrupt_pending()) return true;
  if (count <= SIDE) {
    kernels(f->d)->qr_panel(f->m - j, (int)count, at(f, f->a, j * f->n + j), f->n, at(f, f->v, j * f->k + j),
                            f->k, t_of(f, j), f->side, f->columns);
    return true;
  }
  const int64_t left = ceil_div(count, 2 * SIDE) * SIDE, right = count - left;
  return factor_columns(f, j, left) &&
         apply(f, j, left, false, at(f, f->a, j * f->n + j + left), right, f->n) &&
         factor_columns(f, j + left, right) && join(f, j, left, right);
}

static bool factor_all(const Qr *f) {
  for (int64_t j = 0; j < f->k; j += BLOCK) {
    const int64_t count = least(BLOCK, f->k - j), rest = f->n - j - count;
    if (!factor_columns(f, j, count)) return false;
    if (rest && !apply(f, j, count, false, at(f, f->a, j * f->n + j + count), rest, f->n)) return false;
  }
  return true;
}

/* Q's first k columns: the reflections applied to those of 1, which below and right of the diagonal are 0 until then. */
static bool make_q(const Qr *f, char *q) {
  memset(q, 0, (size_t)(f->m * f->k) * dtype_size[f->d]);
  for (int64_t i = 0; i < f->k; i++)
    if (f->d == F32) ((float *)(void *)q)[i * (f->k + 1)] = 1;
    else ((double *)(void *)q)[i * (f->k + 1)] = 1;
  for (int64_t j = (f->k - 1) / BLOCK * BLOCK; j >= 0; j -= BLOCK)
    if (!apply(f, j, least(BLOCK, f->k - j), true, at(f, q, j * f->k + j), f->k - j, f->k)) return false;
  return true;
}

bool qr(Dtype d, int64_t m, int64_t n, void *a, void *q, void *r, Err *e) {
  const int64_t k = least(m, n), blocks = ceil_div(k, BLOCK), wide = most(n, BLOCK), side = least(k, BLOCK);
  const int64_t parts[] = {m * k, blocks * side * side, 2 * BLOCK * wide, (SIDE + 1) * m};
  Qr f = {.d = d, .m = m, .n = n, .k = k, .side = side, .a = a, .e = e};
  const size_t size = dtype_size[d], bytes = (size_t)(parts[0] + parts[1] + parts[2] + parts[3]) * size;
  if (!(f.v = mem_alloc(bytes))) return no_memory(e, (double)bytes, "scratch of QR factors");
  f.t = at(&f, f.v, parts[0]);
  f.w = at(&f, f.t, parts[1]);
  f.columns = at(&f, f.w, parts[2]);
  memset(f.v, 0, (size_t)(parts[0] + parts[1]) * size);
  bool ok = factor_all(&f);
  for (int64_t i = 0; ok && i < k; i++) {
    memset(at(&f, r, i * n), 0, (size_t)i * size);
    memcpy(at(&f, r, i * n + i), at(&f, a, i * n + i), (size_t)(n - i) * size);
  }
  ok = ok && make_q(&f, q);
  mem_free(f.v, bytes);
  return ok;
}
