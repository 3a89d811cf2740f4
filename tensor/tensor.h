/* tensor.h: n-dimensional arrays: dtype, shape, strides over reference-counted storage.
 *
 * Ownership law: arguments are borrowed; *_new, *_view, *_retain, *_clone return one reference that the
 * caller gives back with tensor_release.  Views share storage.  Strides count elements; a stride of 0
 * repeats (expand).  Sizes of 0 and tensors of 0 dimensions are ordinary.
 * Elements may still have to be computed (fuse.h): tensor_settle comes before they are read, tensor_touch
 * before they are changed.  Ops find their inputs settled. A meta tensor has a shape and a dtype but no bytes
 * (data == NULL, store == NULL): shapes are inferred with it.
 *
 * Does NOT: compute (op_*.c), differentiate (nn/tape), know Lua. */
#ifndef LUNETTE_TENSOR_H
#define LUNETTE_TENSOR_H
#include "dtype.h"
#include "err.h"

enum { DIMS = 8, TEXT = 160 };

typedef struct Shape {
  int nd;
  int64_t d[DIMS];
} Shape;

typedef struct Storage {
  int refs;
  uint32_t version;        /* +1 with every change in place; what autograd saved compares it */
  bool warm;               /* was it made where others lay a moment ago (mem_was_warm)?  */
  size_t bytes;            /* of the whole block, this header included                       */
  struct PackList *packs;  /* what kernels made of it (pack.h), or NULL                  */
  int place;               /* in the list of large ones, 0: none (ledger.h)              */
  int readers;             /* inputs of ops that wait (fuse.h) which lie here            */
  struct Pending *pending; /* the op that is still to write here, or NULL                */
} Storage;
typedef struct Pending Pending;

/* What made a tensor that needs a gradient.  nn/tape.c puts its record behind this head. */
typedef struct GradFn {
  int refs;
  void (*destroy)(struct GradFn *); /* called when refs reaches 0 */
} GradFn;

typedef struct Tensor {
  int refs;
  Dtype dtype;
  int nd;
  uint8_t requires_grad; /* 1: gradients flow to it                                   */
  uint8_t fn_out;        /* which output of `fn` this is                              */
  bool loose;            /* dense, but not row by row, which nobody may notice (lay.h) */
  int64_t n;             /* number of elements                                        */
  int64_t shape[DIMS], stride[DIMS];
  void *data; /* its first element                                         */
  Storage *store;
  struct Tensor *grad; /* leaf: its gradient (owned), else NULL                     */
  GradFn *fn;          /* NULL for a leaf                                           */
} Tensor;

Tensor *tensor_new(Dtype d, int nd, const int64_t *shape, Err *e); /* contiguous, uninitialised     */
void tensor_to_idle(Tensor *t); /* a new one, that only this header knows, to memory that lies idle (mem.h) */
Tensor *tensor_zeros(Dtype d, int nd, const int64_t *shape, Err *e);
Tensor *tensor_scalar(Dtype d, double value, Err *e);               /* 0-d                           */
Tensor *tensor_scalar_int(Dtype d, int64_t value, Err *e);          /* 0-d, exact beyond 2^53        */
Tensor *tensor_meta(Dtype d, int nd, const int64_t *shape, Err *e); /* shape only                    */
Tensor *tensor_view(const Tensor *t, int nd, const int64_t *shape, const int64_t *stride, int64_t offset,
                    Err *e);                     /* offset in elements from t     */
Tensor *tensor_alias(const Tensor *t, Err *e);   /* same view, no gradient        */
Tensor tensor_turned(const Tensor *t);           /* last two dimensions swapped; owns nothing     */
Tensor *tensor_clone(const Tensor *t, Err *e);   /* contiguous copy of the bytes  */
Tensor *tensor_contiguous(Tensor *t, Err *e);    /* t itself retained, or a copy  */
Tensor *tensor_cast(Tensor *t, Dtype d, Err *e); /* t itself retained, or a copy  */
Tensor *tensor_retain(Tensor *t);
void tensor_release(Tensor *t); /* NULL is fine                  */
void gradfn_release(GradFn *f);
int64_t tensor_live(void); /* tensors alive now             */
/* No tensor, not even a view, of more than n elements is made from here on; the bound before (INT64_MAX at the start).
 * For what runs on the word of a file, where few bytes can ask for any size. */
int64_t tensor_set_most(int64_t n);

bool tensor_is_contiguous(const Tensor *t);
bool tensor_fills(const Tensor *t); /* has it as many elements as its storage? */
static inline bool tensor_is_meta(const Tensor *t) { return !t->store; }
bool tensor_same_shape(const Tensor *a, const Tensor *b);

/* Whoever lets ops wait (loop/fuse.c) says here how they come to an end. */
typedef struct Waiting {
  void (*settle)(Pending *n); /* computes it, and what it rests on */
  void (*settle_readers)(const Storage *s);
  void (*drop)(Pending *n); /* nobody reads it any more */
} Waiting;
extern const Waiting *tensor_waiting;

/* Before elements are read, and before they change in place. */
static inline void tensor_settle(const Tensor *t) {
  if (t->store && t->store->pending) tensor_waiting->settle(t->store->pending);
}
static inline void tensor_touch(Tensor *t) {
  if (!t->store) return;
  tensor_settle(t);
  if (t->store->readers) tensor_waiting->settle_readers(t->store);
  t->store->version++;
}

void tensor_fill(Tensor *t, double value);      /* any strides */
void tensor_fill_int(Tensor *t, int64_t value); /* the same, exact beyond 2^53                    */
/* Element i of t, which is contiguous: first + i step, modulo 2^64; from + by i / of. */
void tensor_ramp_int(Tensor *t, int64_t first, int64_t step);
void tensor_ramp(Tensor *t, double from, double by, double of);
void tensor_copy(Tensor *to, const Tensor *from); /* from broadcasts to `to`; converts dtypes       */
/* The first element, in row-major order, that dtype d cannot hold (dtype_holds); -1: it holds all. */
int64_t tensor_first_unheld(const Tensor *t, Dtype d);
double tensor_get(const Tensor *t, int64_t flat); /* element number `flat` in row-major order       */
int64_t tensor_get_int(const Tensor *t, int64_t flat);
/* n elements from number `first` on, in row-major order, to a row of dtype d. */
void tensor_read(const Tensor *t, int64_t first, int64_t n, void *to, Dtype d);
void tensor_set(Tensor *t, int64_t flat, double value);
void tensor_set_int(Tensor *t, int64_t flat, int64_t value);
/* Number i in memory from the first on, of an f32 or f64: for loops over what lies in a row. */
static inline double tensor_real(const Tensor *t, int64_t i) {
  return t->dtype == F32 ? (double)((const float *)t->data)[i] : ((const double *)t->data)[i];
}
static inline void tensor_set_real(Tensor *t, int64_t i, double v) {
  if (t->dtype == F32) ((float *)t->data)[i] = (float)v;
  else ((double *)t->data)[i] = v;
}
static inline void tensor_add_real(Tensor *t, int64_t i, double v) { /* in t's own precision */
  if (t->dtype == F32) ((float *)t->data)[i] += (float)v;
  else ((double *)t->data)[i] += v;
}
void bytes_copy(size_t n, void *to,
                const void *from); /* they may overlap; many, and in any places, go fast */
/* Shall a result that takes `reads` bytes of input be streamed past the caches (kernel.h)? */
bool tensor_streams(const Tensor *y, int64_t reads);
/* The same to a part of a result that is streamed `past` the caches (kernel.h); apart, and then streamed(). */
void bytes_put(bool past, size_t n, void *to, const void *from);
/* One run of n elements at strides ts, fs (elements) from any dtype to any. */
void elements_copy(int64_t n, void *to, Dtype td, int64_t ts, const void *from, Dtype fd, int64_t fs);
/* Short rows of n elements, fs from one to the next, `apart` within one (0: one element for each), to dense rows at ts;
 * the two are apart. */
void elements_rows(size_t size, int64_t rows, int64_t n, void *to, int64_t ts, const void *from, int64_t fs,
                   int64_t apart);
/* Rows of `from` that begin one element apart, `cols` elements at stride fs each, to rows of `to` at ts: a turned block, in
 * tiles that fit the first cache. */
void elements_turn(size_t size, int64_t rows, int64_t cols, void *to, int64_t ts, const void *from,
                   int64_t fs);

/* shape.c */
int64_t shape_numel(int nd, const int64_t *shape);                  /* -1 on overflow           */
void shape_strides(int nd, const int64_t *shape, int64_t *stride);  /* row-major                */
void shape_order(int nd, const int64_t *stride, int *order);        /* dimensions, widest steps first  */
bool shape_broadcast(const Tensor *a, const Tensor *b, Shape *out); /* false: they clash        */
bool shape_expands_to(const Tensor *t, int nd, const int64_t *shape);
void shape_expand_strides(const Tensor *t, int nd, const int64_t *shape,
                          int64_t *stride);                      /* 0 where repeated */
char *shape_text(char text[TEXT], int nd, const int64_t *shape); /* "[2,3]"                  */
char *tensor_text(char text[TEXT], const Tensor *t);             /* "f32[2,3]"               */
/* Bytes from the lowest to the highest element addressed overlap between a and b. */
bool tensor_overlaps(const Tensor *a, const Tensor *b);

#endif
