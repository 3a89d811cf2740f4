/* lapack.c: see lapack.h */
#include "lapack.h"

#include "mem.h"

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

/* LAPACK's answer to a question for the size of a workspace, which it gives as a real. */
typedef union Size {
  float f32;
  double f64;
} Size;

static int size_of(Dtype d, Size s) { return d == F32 ? (int)(s.f32 * 1.0001f) + 1 : (int)s.f64; }
static size_t bytes_of(Dtype d, int n) { return (size_t)(n > 1 ? n : 1) * dtype_size[d]; }

static bool no_memory(Err *e, const char *what) {
  return err_set(e, "%s: out of memory for LAPACK's workspace", what);
}

int lapack_factor(Dtype d, int64_t size, void *a, int32_t *pivot) {
  int n = (int)size, ld = n > 1 ? n : 1, info = 0;
  (d == F32 ? sgetrf_ : dgetrf_)(&n, &n, a, &ld, pivot, &info);
  return info;
}

bool lapack_invert(Dtype d, int64_t size, void *a, int32_t *pivot, Err *e) {
  int n = (int)size, ld = n > 1 ? n : 1, info = 0, ask = -1;
  Size want;
  (d == F32 ? sgetri_ : dgetri_)(&n, a, &ld, pivot, &want, &ask, &info);
  int lwork = size_of(d, want);
  void *work = mem_alloc(bytes_of(d, lwork));
  if (!work) return no_memory(e, "inverse");
  (d == F32 ? sgetri_ : dgetri_)(&n, a, &ld, pivot, work, &lwork, &info);
  mem_free(work, bytes_of(d, lwork));
  return true;
}

void lapack_solve(Dtype d, bool transposed, int64_t size, int64_t count, const void *lu, const int32_t *pivot,
                  void *b) {
  int n = (int)size, k = (int)count, ld = n > 1 ? n : 1, info = 0;
  const char *trans = transposed ? "N" : "T"; /* what it factored is the transpose */
  (d == F32 ? sgetrs_ : dgetrs_)(trans, &n, &k, lu, &ld, pivot, b, &ld, &info);
}

bool lapack_svd(Dtype d, int64_t rows, int64_t columns, void *a, void *s, void *u, void *vt, int *failed,
                Err *e) {
  int m = (int)columns, n = (int)rows, k = m < n ? m : n; /* of the transpose */
  int lda = m > 1 ? m : 1, ldu = lda, ldv = k > 1 ? k : 1, ask = -1;
  size_t int_bytes = (size_t)(8 * k + 1) * sizeof(int);
  int *iwork = mem_alloc(int_bytes);
  if (!iwork) return no_memory(e, "svd");
  Size want;
  (d == F32 ? sgesdd_ : dgesdd_)("S", &m, &n, a, &lda, s, vt, &ldu, u, &ldv, &want, &ask, iwork, failed);
  int lwork = size_of(d, want);
  void *work = mem_alloc(bytes_of(d, lwork));
  if (work)
    (d == F32 ? sgesdd_ : dgesdd_)("S", &m, &n, a, &lda, s, vt, &ldu, u, &ldv, work, &lwork, iwork, failed);
  mem_free(work, bytes_of(d, lwork));
  mem_free(iwork, int_bytes);
  return work || no_memory(e, "svd");
}

bool lapack_eigh(Dtype d, int64_t size, void *a, void *w, int *failed, Err *e) {
  int n = (int)size, ld = n > 1 ? n : 1, ask = -1, liwork = 0;
  Size want;
  (d == F32 ? ssyevd_ : dsyevd_)("V", "U", &n, a, &ld, w, &want, &ask, &liwork, &ask, failed);
  int lwork = size_of(d, want);
  size_t int_bytes = (size_t)(liwork > 1 ? liwork : 1) * sizeof(int);
  int *iwork = mem_alloc(int_bytes);
  void *work = iwork ? mem_alloc(bytes_of(d, lwork)) : NULL;
  if (work) (d == F32 ? ssyevd_ : dsyevd_)("V", "U", &n, a, &ld, w, work, &lwork, iwork, &liwork, failed);
  mem_free(work, bytes_of(d, lwork));
  mem_free(iwork, int_bytes);
  return work || no_memory(e, "eigh");
}
