/* lapack.c: see lapack.h */
#define _DEFAULT_SOURCE /* setenv */
#include "lapack.h"

#include "aside.h"
#include "kernel.h"
#include "mem.h"
#include "parallel.h"

#include <stdlib.h>
#include <string.h>

#define BOTH(name, ...)                                                                                      \
  void s##name##_(__VA_ARGS__);                                                                              \
  void d##name##_(__VA_ARGS__)
BOTH(getrf, const int *m, const int *n, void *a, const int *lda, int32_t *pivot, int *info);
BOTH(getri, const int *n, void *a, const int *lda, const int32_t *pivot, void *work, const int *lwork,
     int *info);
BOTH(getrs, const char *trans, const int *n, const int *k, const void *a, const int *lda,
     const int32_t *pivot, void *b, const int *ldb, int *info);
BOTH(gesdd, const char *job, const int *m, const int *n, void *a, const int *lda, void *s, void *u,
     const int *ldu, void *vt, const int *ldvt, void *work, const int *lwork, int *iwork, int *info);
BOTH(syevd, const char *job, const char *uplo, const int *n, void *a, const int *lda, void *w, void *work,
     const int *lwork, int *iwork, const int *liwork, int *info);
BOTH(potrf, const char *uplo, const int *n, void *a, const int *lda, int *info);
BOTH(geqrf, const int *m, const int *n, void *a, const int *lda, void *tau, void *work, const int *lwork,
     int *info);
BOTH(orgqr, const int *m, const int *n, const int *k, void *a, const int *lda, const void *tau, void *work,
     const int *lwork, int *info);
BOTH(trtrs, const char *uplo, const char *trans, const char *diag, const int *n, const int *k, const void *a,
     const int *lda, void *b, const int *ldb, int *info);

/* --- processors that came after OpenBLAS: it knows them by model, and takes one that it does not know for a Prescott,
 * with vectors of 16 bytes, for which svd, inverse and solve take twice their time.  It is given the kernels of the same
 * vectors as ours then, unless OPENBLAS_CORETYPE in the environment says otherwise.  OpenBLAS built with DYNAMIC_ARCH has
 * what this calls; other libraries do not. */
extern char *openblas_get_corename(void) __attribute__((weak));
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static const char *core_of(const char *isa) {
  if (strcmp(isa, "x86-64-v4") == 0) return "SkylakeX";
  return strcmp(isa, "x86-64-v3") == 0 ? "Haswell" : NULL;
}

/* Before any thread exists, and after kernel_isa() knows. */
__attribute__((constructor)) static void choose_core(void) {
  const char *core = core_of(kernel_isa()), *const wish = "OPENBLAS_CORETYPE";
  if (!core || getenv(wish) || !openblas_get_corename || !gotoblas_dynamic_init || !gotoblas_dynamic_quit ||
      strcmp(openblas_get_corename(), "Prescott") != 0 || setenv(wish, core, 1) != 0)
    return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(wish); /* not for programs that are started from here */
}

/* LAPACK's answer to a question for the size of a workspace, which it gives as a real. */
typedef union Size {
  float f32;
  double f64;
} Size;

static int size_of(Dtype d, Size s) { return d == F32 ? (int)(s.f32 * 1.0001f) + 1 : (int)s.f64; }
static size_t bytes_of(Dtype d, int64_t n) { return (size_t)(n > 1 ? n : 1) * dtype_size[d]; }

static bool no_workspace(Err *e, const char *what) {
  return err_set(e, "%s: out of memory for LAPACK's workspace", what);
}

/* --- what runs: on a call's own memory, see aside.h ------------------------------------------------------ */

enum { A, B, C, D, WORK, IWORK };

static int leading(int n) { return n > 1 ? n : 1; }

static void run_factor(Aside *p) {
  int n = p->n[0], ld = leading(n);
  (p->d == F32 ? sgetrf_ : dgetrf_)(&n, &n, p->part[A].at, &ld, p->part[B].at, &p->info);
}
static void run_invert(Aside *p) {
  int n = p->n[0], ld = leading(n), lwork = p->n[1];
  (p->d == F32 ? sgetri_ : dgetri_)(&n, p->part[A].at, &ld, p->part[B].at, p->part[WORK].at, &lwork,
                                    &p->info);
}
static void run_solve(Aside *p) {
  int n = p->n[0], k = p->n[1], ld = leading(n);
  const char *trans = p->n[2] ? "N" : "T"; /* what was factored is the transpose */
  (p->d == F32 ? sgetrs_ : dgetrs_)(trans, &n, &k, p->part[A].at, &ld, p->part[B].at, p->part[C].at, &ld,
                                    &p->info);
}
/* Small matrices on this thread alone: their many short steps are no work to share (1000 x 1000 took twice as long with
 * two, 2000 x 2000 gain an eighth).  What to go back to. */
static int alone(const Aside *p) {
  const int before = parallel_lend(1);
  if (p->n[0] >= 1536) parallel_lend(before);
  return before;
}
static void run_svd(Aside *p) {
  const int team = alone(p);
  int m = p->n[0], n = p->n[1], k = m < n ? m : n, ldm = leading(m), ldk = leading(k), lwork = p->n[2];
  (p->d == F32 ? sgesdd_ : dgesdd_)("S", &m, &n, p->part[A].at, &ldm, p->part[B].at, p->part[D].at, &ldm,
                                    p->part[C].at, &ldk, p->part[WORK].at, &lwork, p->part[IWORK].at,
                                    &p->info);
  parallel_lend(team);
}
static void run_eigh(Aside *p) {
  const int team = alone(p);
  int n = p->n[0], ld = leading(n), lwork = p->n[1], liwork = p->n[2];
  (p->d == F32 ? ssyevd_ : dsyevd_)("V", "U", &n, p->part[A].at, &ld, p->part[B].at, p->part[WORK].at, &lwork,
                                    p->part[IWORK].at, &liwork, &p->info);
  parallel_lend(team);
}
static void run_cholesky(Aside *p) {
  int n = p->n[0], ld = leading(n);
  (p->d == F32 ? spotrf_ : dpotrf_)("U", &n, p->part[A].at, &ld, &p->info);
}
/* R is copied out of the factored matrix before Q takes its place. */
static void run_qr(Aside *p) {
  int m = p->n[0], n = p->n[1], k = m < n ? m : n, ld = leading(m), lwork = p->n[2];
  const size_t size = dtype_size[p->d];
  char *at = p->part[A].at, *r = p->part[B].at;
  (p->d == F32 ? sgeqrf_ : dgeqrf_)(&m, &n, at, &ld, p->part[C].at, p->part[WORK].at, &lwork, &p->info);
  memset(r, 0, (size_t)k * (size_t)n * size);
  for (int i = 0; i < k; i++)
    for (int j = i; j < n; j++)
      memcpy(r + ((size_t)i * (size_t)n + (size_t)j) * size, at + ((size_t)j * (size_t)m + (size_t)i) * size,
             size);
  (p->d == F32 ? sorgqr_ : dorgqr_)(&m, &k, &k, at, &ld, p->part[C].at, p->part[WORK].at, &lwork, &p->info);
}
static void run_triangle(Aside *p) {
  int n = p->n[0], k = p->n[1], ld = leading(n);
  const bool lower = p->n[2] & 1, transposed = p->n[2] & 2;
  (p->d == F32 ? strtrs_ : dtrtrs_)(lower ? "U" : "L", transposed ? "N" : "T", "N", &n, &k, p->part[A].at,
                                    &ld, p->part[B].at, &ld, &p->info);
}

/* --- calls ----------------------------------------------------------------------------------------------- */

static AsidePart part(Dtype d, double n, const void *from, AsideWay way) {
  return (AsidePart){(void *)(uintptr_t)from, bytes_of(d, (int64_t)n), way};
}

/* What getrf does, column by column, of so few that its calls take longer than its sums; the first pivot of 0, from 1. */
enum { SMALL = 16 };
#define FACTOR_SMALL(T)                                                                                      \
  static int factor_small_##T(int n, T *a, int32_t *pivot) {                                                 \
    int zero = 0;                                                                                            \
    for (int k = 0; k < n; k++) {                                                                            \
      T *column = a + k * n;                                                                                 \
      int p = k;                                                                                             \
      for (int i = k + 1; i < n; i++)                                                                        \
        if ((column[i] < 0 ? -column[i] : column[i]) > (column[p] < 0 ? -column[p] : column[p])) p = i;      \
      pivot[k] = p + 1;                                                                                      \
      for (int j = 0; j < n && p != k; j++) {                                                                \
        const T v = a[k + j * n];                                                                            \
        a[k + j * n] = a[p + j * n];                                                                         \
        a[p + j * n] = v;                                                                                    \
      }                                                                                                      \
      if (column[k] == 0) {                                                                                  \
        if (!zero) zero = k + 1;                                                                             \
        continue;                                                                                            \
      }                                                                                                      \
      for (int i = k + 1; i < n; i++) column[i] /= column[k];                                                \
      for (int j = k + 1; j < n; j++) {                                                                      \
        const T v = a[k + j * n];                                                                            \
        for (int i = k + 1; i < n; i++) a[i + j * n] -= column[i] * v;                                       \
      }                                                                                                      \
    }                                                                                                        \
    return zero;                                                                                             \
  }
/* What getri does: U^-1 in its place, then X from X L = U^-1, column by column from the last; then columns change places. */
#define INVERT_SMALL(T)                                                                                      \
  static void invert_small_##T(int n, T *a, const int32_t *pivot) {                                          \
    T l[SMALL];                                                                                              \
    for (int k = 0; k < n; k++)                                                                              \
      if (a[k + k * n] == 0) return;                                                                         \
    for (int j = 0; j < n; j++) {                                                                            \
      T *column = a + j * n;                                                                                 \
      column[j] = 1 / column[j];                                                                             \
      for (int k = 0; k < j; k++) { /* times the part of U^-1 that is there */                               \
        const T v = column[k];                                                                               \
        for (int i = 0; i < k; i++) column[i] += v * a[i + k * n];                                           \
        column[k] = v * a[k + k * n];                                                                        \
      }                                                                                                      \
      for (int i = 0; i < j; i++) column[i] *= -column[j];                                                   \
    }                                                                                                        \
    for (int j = n - 2; j >= 0; j--) {                                                                       \
      T *column = a + j * n;                                                                                 \
      for (int k = j + 1; k < n; k++) {                                                                      \
        l[k] = column[k];                                                                                    \
        column[k] = 0;                                                                                       \
      }                                                                                                      \
      for (int k = j + 1; k < n; k++)                                                                        \
        for (int i = 0; i < n; i++) column[i] -= a[i + k * n] * l[k];                                        \
    }                                                                                                        \
    for (int j = n - 2; j >= 0; j--)                                                                         \
      for (int i = 0, p = pivot[j] - 1; i < n && p != j; i++) {                                              \
        const T v = a[i + j * n];                                                                            \
        a[i + j * n] = a[i + p * n];                                                                         \
        a[i + p * n] = v;                                                                                    \
      }                                                                                                      \
  }
FACTOR_SMALL(float)
FACTOR_SMALL(double)
INVERT_SMALL(float)
INVERT_SMALL(double)

int lapack_factor(Dtype d, int64_t size, void *a, int32_t *pivot, Err *e) {
  if (size <= SMALL)
    return d == F32 ? factor_small_float((int)size, a, pivot) : factor_small_double((int)size, a, pivot);
  double n = (double)size;
  Aside p = {.run = run_factor, .d = d, .n = {(int)size}, .flops = 0.67 * n * n * n};
  p.part[A] = part(d, n * n, a, ASIDE_BOTH);
  p.part[B] = part(I32, n, pivot, ASIDE_OUT);
  if (aside_run(&p)) return p.info;
  no_workspace(e, "factors");
  return -1;
}

bool lapack_invert(Dtype d, int64_t size, void *a, int32_t *pivot, Err *e) {
  int n = (int)size, ld = leading(n), info = 0, ask = -1;
  Size want;
  if (n <= SMALL) {
    if (d == F32) invert_small_float(n, a, pivot);
    else invert_small_double(n, a, pivot);
    return true;
  }
  (d == F32 ? sgetri_ : dgetri_)(&n, a, &ld, pivot, &want, &ask, &info);
  Aside p = {.run = run_invert, .d = d, .n = {n, size_of(d, want)}, .flops = 1.34 * (double)n * n * n};
  p.part[A] = part(d, (double)n * n, a, ASIDE_BOTH);
  p.part[B] = part(I32, n, pivot, ASIDE_IN);
  p.part[WORK] = part(d, p.n[1], NULL, ASIDE_SCRATCH);
  return aside_run(&p) || no_workspace(e, "inverse");
}

bool lapack_solve(Dtype d, bool transposed, int64_t size, int64_t count, const void *lu, const int32_t *pivot,
                  void *b, Err *e) {
  double n = (double)size, k = (double)count;
  Aside p = {.run = run_solve, .d = d, .n = {(int)size, (int)count, transposed}, .flops = 2 * n * n * k};
  p.part[A] = part(d, n * n, lu, ASIDE_IN);
  p.part[B] = part(I32, n, pivot, ASIDE_IN);
  p.part[C] = part(d, n * k, b, ASIDE_BOTH);
  return aside_run(&p) || no_workspace(e, "solve");
}

bool lapack_svd(Dtype d, int64_t rows, int64_t columns, void *a, void *s, void *u, void *vt, int *failed,
                Err *e) {
  int m = (int)columns, n = (int)rows, k = m < n ? m : n; /* of the transpose */
  int ldm = leading(m), ldk = leading(k), ask = -1;
  Size want;
  (d == F32 ? sgesdd_ : dgesdd_)("S", &m, &n, a, &ldm, s, vt, &ldm, u, &ldk, &want, &ask, failed, failed);
  Aside p = {.run = run_svd, .d = d, .n = {m, n, size_of(d, want)}, .flops = 20.0 * m * n * k};
  p.part[A] = part(d, (double)m * n, a, ASIDE_IN);
  p.part[B] = part(d, k, s, ASIDE_OUT);
  p.part[C] = part(d, (double)n * k, u, ASIDE_OUT);
  p.part[D] = part(d, (double)m * k, vt, ASIDE_OUT);
  p.part[WORK] = part(d, p.n[2], NULL, ASIDE_SCRATCH);
  p.part[IWORK] = part(I32, 8.0 * k + 1, NULL, ASIDE_SCRATCH);
  if (!aside_run(&p)) return no_workspace(e, "svd");
  *failed = p.info;
  return true;
}

bool lapack_eigh(Dtype d, int64_t size, void *a, void *w, int *failed, Err *e) {
  int n = (int)size, ld = leading(n), ask = -1, liwork = 0;
  Size want;
  (d == F32 ? ssyevd_ : dsyevd_)("V", "U", &n, a, &ld, w, &want, &ask, &liwork, &ask, failed);
  Aside p = {.run = run_eigh, .d = d, .n = {n, size_of(d, want), liwork}, .flops = 9.0 * n * n * n};
  p.part[A] = part(d, (double)n * n, a, ASIDE_BOTH);
  p.part[B] = part(d, n, w, ASIDE_OUT);
  p.part[WORK] = part(d, p.n[1], NULL, ASIDE_SCRATCH);
  p.part[IWORK] = part(I32, liwork, NULL, ASIDE_SCRATCH);
  if (!aside_run(&p)) return no_workspace(e, "eigh");
  *failed = p.info;
  return true;
}

int lapack_cholesky(Dtype d, int64_t size, void *a, Err *e) {
  double n = (double)size;
  Aside p = {.run = run_cholesky, .d = d, .n = {(int)size}, .flops = 0.34 * n * n * n};
  p.part[A] = part(d, n * n, a, ASIDE_BOTH);
  if (aside_run(&p)) return p.info;
  no_workspace(e, "cholesky");
  return -1;
}

bool lapack_qr(Dtype d, int64_t rows, int64_t columns, void *at, void *r, Err *e) {
  int m = (int)rows, n = (int)columns, k = m < n ? m : n, ld = leading(m), info = 0, ask = -1;
  Size want, more;
  (d == F32 ? sgeqrf_ : dgeqrf_)(&m, &n, at, &ld, NULL, &want, &ask, &info);
  (d == F32 ? sorgqr_ : dorgqr_)(&m, &k, &k, at, &ld, NULL, &more, &ask, &info);
  int room = size_of(d, want) > size_of(d, more) ? size_of(d, want) : size_of(d, more);
  Aside p = {.run = run_qr, .d = d, .n = {m, n, room}, .flops = 4.0 * m * n * k};
  p.part[A] = part(d, (double)m * n, at, ASIDE_BOTH);
  p.part[B] = part(d, (double)k * n, r, ASIDE_OUT);
  p.part[C] = part(d, k, NULL, ASIDE_SCRATCH);
  p.part[WORK] = part(d, room, NULL, ASIDE_SCRATCH);
  return aside_run(&p) || no_workspace(e, "qr");
}

bool lapack_triangle(Dtype d, bool lower, bool transposed, int64_t size, int64_t count, const void *t,
                     void *b, Err *e) {
  double n = (double)size, k = (double)count;
  Aside p = {
      .run = run_triangle, .d = d, .n = {(int)size, (int)count, lower | transposed << 1}, .flops = n * n * k};
  p.part[A] = part(d, n * n, t, ASIDE_IN);
  p.part[B] = part(d, n * k, b, ASIDE_BOTH);
  return aside_run(&p) || no_workspace(e, "triangle");
}
