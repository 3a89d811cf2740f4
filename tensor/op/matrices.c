/* matrices.c: see matrices.h */
#include "matrices.h"

#include "gemm.h"
#include "lapack.h"

#include <math.h>
#include <string.h>

/* What is not finite has all bits of the exponent. */
#define OF_REALS(T, Bits, S)                                                                                 \
  static bool finite_##S(int64_t n, const T *x) {                                                            \
    const T infinity = (T)INFINITY;                                                                          \
    Bits all, b, odd = 0;                                                                                    \
    memcpy(&all, &infinity, sizeof all);                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      memcpy(&b, &x[i], sizeof b);                                                                           \
      odd |= (b & all) == all;                                                                               \
    }                                                                                                        \
    return !odd;                                                                                             \
  }                                                                                                          \
  static void mean_##S(int64_t n, T *a) {                                                                    \
    for (int64_t r0 = 0; r0 < n; r0 += BLOCK)                                                                \
      for (int64_t s0 = 0; s0 <= r0; s0 += BLOCK)                                                            \
        for (int64_t r = r0; r < n && r < r0 + BLOCK; r++)                                                   \
          for (int64_t s = s0; s < r && s < s0 + BLOCK; s++)                                                 \
            a[r * n + s] = a[s * n + r] = (T)(0.5 * ((double)a[r * n + s] + (double)a[s * n + r]));          \
  }
enum { BLOCK = 16 }; /* rows and columns that the first cache holds both ways */
OF_REALS(float, uint32_t, f32)
OF_REALS(double, uint64_t, f64)

void matrices_mean(Dtype d, int64_t n, void *a) {
  if (d == F32) mean_f32(n, a);
  else mean_f64(n, a);
}

bool matrices_finite(const OpCall *c, const Tensor *a, Err *e) {
  char text[TEXT];
  const bool finite = a->dtype == F32 ? finite_f32(a->n, a->data) : finite_f64(a->n, a->data);
  return finite ||
         err_set(e, "%s: %s has elements that are not finite", c->op->name, tensor_text(text, c->x[0]));
}

bool matrices_want(OpCall *c, bool square, Err *e) {
  const Tensor *a = c->x[0];
  char text[TEXT];
  if (!op_want_float(c, 0, e)) return false;
  if (a->nd < 2 || (square && a->shape[a->nd - 1] != a->shape[a->nd - 2]))
    return err_set(e, "%s: %s is no %smatrix", c->op->name, tensor_text(text, a), square ? "square " : "");
  if (a->shape[a->nd - 1] > LAPACK_MOST || a->shape[a->nd - 2] > LAPACK_MOST)
    return err_set(e, "%s: %s is too large; at most %d rows or columns", c->op->name, tensor_text(text, a),
                   LAPACK_MOST);
  return true;
}

int64_t matrices_rows(const Tensor *a) { return a->shape[a->nd - 2]; }
int64_t matrices_columns(const Tensor *a) { return a->shape[a->nd - 1]; }
int64_t matrices_count(const Tensor *a) {
  int64_t n = 1;
  for (int i = 0; i < a->nd - 2; i++) n *= a->shape[i];
  return n;
}
unsigned char *matrices_at(const Tensor *t, int64_t element) {
  return (unsigned char *)t->data + element * (int64_t)dtype_size[t->dtype];
}

Tensor *matrices_laid(Tensor *t, Dtype dtype, bool turn, Err *e) {
  Tensor *d = NULL, *c = NULL;
  if (turn) {
    const Tensor v = tensor_turned(t);
    if ((c = tensor_new(dtype, v.nd, v.shape, e))) tensor_copy(c, &v);
  } else if ((d = tensor_cast(t, dtype, e))) c = tensor_contiguous(d, e);
  tensor_release(d);
  return c;
}
Tensor *matrices_wide(Tensor *t, bool turn, Err *e) { return matrices_laid(t, F64, turn, e); }

void matrices_put(Tensor *dx, int64_t first, const double *from, int64_t n, bool add) {
  for (int64_t i = first; i < first + n; i++, from++)
    tensor_set_real(dx, i, *from + (add ? tensor_real(dx, i) : 0));
}

bool matrices_product(int64_t M, int64_t N, int64_t K, double alpha, const double *A, bool ta,
                      const double *B, bool tb, bool add, double *C, Err *e) {
  if (M == 0 || N == 0 || K == 0) return true;
  return gemm(F64, M, N, K, alpha, (Mat){A, ta ? 1 : K, ta ? M : 1}, (Mat){B, tb ? 1 : N, tb ? K : 1},
              add ? 1 : 0, C, N, 1, e);
}
