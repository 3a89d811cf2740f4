/* contract.c: see contract.h */
#include "contract.h"

#include <string.h>

static void drop_axis(Contraction *c, int i) {
  c->n--;
  memmove(&c->axis[i], &c->axis[i + 1], (size_t)(c->n - i) * sizeof *c->axis);
}

/* Axis i becomes part of k, of the rows or of the columns, if it continues them in memory. */
static bool fold(Contraction *c, int i) {
  const Axis x = c->axis[i];
  if (x.c == 0) {
    if (c->K != 1 && (x.a != c->K * c->A.cs || x.b != c->K * c->B.rs)) return false;
    if (c->K == 1) c->A.cs = x.a, c->B.rs = x.b;
    c->K *= x.size;
  } else if (x.b == 0 && (c->M == 1 || (x.a == c->M * c->A.rs && x.c == c->M * c->c_rs))) {
    if (c->M == 1) c->A.rs = x.a, c->c_rs = x.c;
    c->M *= x.size;
  } else if (x.a == 0 && (c->N == 1 || (x.b == c->N * c->B.cs && x.c == c->N * c->c_cs)) && !c->bias) {
    if (c->N == 1) c->B.cs = x.b, c->c_cs = x.c;
    c->N *= x.size;
  } else {
    return false;
  }
  drop_axis(c, i);
  return true;
}

/* Two axes that step through memory as one. */
static bool merge(Contraction *c, int i) {
  if (i + 1 >= c->n) return false;
  Axis *x = &c->axis[i];
  const Axis in = c->axis[i + 1];
  if (x->a != in.a * in.size || x->b != in.b * in.size || x->c != in.c * in.size) return false;
  *x = (Axis){x->size * in.size, in.a, in.b, in.c};
  drop_axis(c, i + 1);
  return true;
}

/* False: nothing is to be computed. */
static bool simplify(Contraction *c) {
  for (int i = 0; i < c->n;) {
    if (c->axis[i].size == 0 && c->axis[i].c != 0) return false;
    if (c->axis[i].size == 0) c->K = 0; /* an empty sum */
    if (c->axis[i].size <= 1) drop_axis(c, i);
    else i++;
  }
  for (int i = c->n - 1; i >= 0; i--) {
    if (c->K == 0 && c->axis[i].c == 0) drop_axis(c, i);
    else if (merge(c, i) || fold(c, i)) i = c->n; /* look at all of them again */
  }
  return true;
}

static bool one(const Contraction *c, const Axis *batch, const int64_t *index, bool add, Err *e) {
  const int64_t size = (int64_t)dtype_size[c->dtype];
  int64_t a = 0, b = 0, to = 0;
  for (int i = 0; i < c->n; i++) {
    a += index[i] * c->axis[i].a * size;
    b += index[i] * c->axis[i].b * size;
    to += index[i] * c->axis[i].c * size;
  }
  const Mat A = {(const char *)c->A.data + a, c->A.rs, c->A.cs},
            B = {(const char *)c->B.data + b, c->B.rs, c->B.cs};
  char *C = (char *)c->C + to;
  if (c->bias)
    return gemm_plus(c->dtype, c->M, c->N, c->K, 1, A, B, 1, (Mat){c->bias, 0, c->bias_stride}, C, c->c_rs,
                     c->c_cs, e);
  return gemm_batched(c->dtype, batch->size, c->M, c->N, c->K, 1, A, batch->a, B, batch->b, add ? 1 : 0, C,
                      c->c_rs, c->c_cs, batch->c, e);
}

bool contract(Contraction *c, Err *e) {
  if (!simplify(c)) return true;
  Axis batch = {1, 0, 0, 0};
  int widest = -1;
  for (int i = 0; i < c->n && !c->bias; i++)
    if (c->axis[i].c != 0 && (widest < 0 || c->axis[i].size > c->axis[widest].size)) widest = i;
  if (widest >= 0) {
    batch = c->axis[widest];
    drop_axis(c, widest);
  }
  int64_t index[DIMS] = {0};
  for (;;) {
    bool add = c->add;
    for (int i = 0; i < c->n; i++) add |= c->axis[i].c == 0 && index[i] > 0;
    if (!one(c, &batch, index, add, e)) return false;
    int i = c->n - 1;
    while (i >= 0 && ++index[i] == c->axis[i].size) index[i--] = 0;
    if (i < 0) return true;
  }
}
