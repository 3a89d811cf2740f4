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
BOTH(gesdd, const char *job, const int *m, const int *n, void *a, const int *lda, void *s, void *u,
     const int *ldu, void *vt, const int *ldvt, void *work, const int *lwork, int *iwork, int *info);
BOTH(syevd, const char *job, const char *uplo, const int *n, void *a, const int *lda, void *w, void *work,
     const int *lwork, int *iwork, const int *liwork, int *info);

/* --- processors that came after OpenBLAS: it knows them by model, and takes one that it does not know for a Prescott,
 * with vectors of 16 bytes, for which svd takes twice its time.  It is given the kernels of the same
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

static void run_svd(Aside *p) {
  const int team = parallel_lend(1);
  int m = p->n[0], n = p->n[1], k = m < n ? m : n, ldm = leading(m), ldk = leading(k), lwork = p->n[2];
  (p->d == F32 ? sgesdd_ : dgesdd_)("S", &m, &n, p->part[A].at, &ldm, p->part[B].at, p->part[D].at, &ldm,
                                    p->part[C].at, &ldk, p->part[WORK].at, &lwork, p->part[IWORK].at,
                                    &p->info);
  parallel_lend(team);
}
static void run_eigh(Aside *p) {
  const int team = parallel_lend(1);
  int n = p->n[0], ld = leading(n), lwork = p->n[1], liwork = p->n[2];
  (p->d == F32 ? ssyevd_ : dsyevd_)("V", "U", &n, p->part[A].at, &ld, p->part[B].at, p->part[WORK].at, &lwork,
                                    p->part[IWORK].at, &liwork, &p->info);
  parallel_lend(team);
}

/* --- calls ----------------------------------------------------------------------------------------------- */

static AsidePart part(Dtype d, double n, const void *from, AsideWay way) {
  return (AsidePart){(void *)(uintptr_t)from, bytes_of(d, (int64_t)n), way};
}

/* What gesdd wants.  It is asked once for the matrices of a batch: that takes a third of a small one's time. */
static int svd_workspace(Dtype d, int m, int n) {
  static _Thread_local struct {
    Dtype d;
    int m, n, size;
  } known = {.m = -1};
  if (known.d == d && known.m == m && known.n == n) return known.size;
  int ldm = leading(m), ldk = leading(m < n ? m : n), ask = -1, failed;
  Size want, none;
  (d == F32 ? sgesdd_ : dgesdd_)("S", &m, &n, &none, &ldm, &none, &none, &ldm, &none, &ldk, &want, &ask,
                                 &failed, &failed);
  known.d = d, known.m = m, known.n = n, known.size = size_of(d, want);
  return known.size;
}

bool lapack_svd(Dtype d, int64_t rows, int64_t columns, void *a, void *s, void *u, void *vt, int *failed,
                Err *e) {
  int m = (int)columns, n = (int)rows, k = m < n ? m : n; /* of the transpose */
  Aside p = {.run = run_svd, .d = d, .n = {m, n, svd_workspace(d, m, n)}, .flops = 20.0 * m * n * k};
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
