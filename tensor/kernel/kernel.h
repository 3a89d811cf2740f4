/* kernel.h: tables of inner loops for one real type and one instruction set, chosen once at load.
 *
 * kernels(F32) and kernels(F64) give the best copy for this processor.  Pointers are void because the same
 * table type serves both; a kernel's data are contiguous unless it says otherwise.  `add`: y += result. */
#ifndef LUNETTE_KERNEL_H
#define LUNETTE_KERNEL_H
#include "dtype.h"
#include "elementwise.h"

/* n elements; x[i] contiguous, or one element when bit i of `scalar` is set (up to two inputs).  Kernels of floats store
 * past the caches where bit POINTWISE_PAST is set, and `add` is not: y begins where a line does, see STREAM_FROM. */
enum { POINTWISE_PAST = 1 << 30 };
typedef void (*PointwiseFn)(int64_t n, void *y, const void *const *x, unsigned scalar, const double *p,
                            bool add);

typedef struct GemmKernels GemmKernels;       /* gemm_kernel.h   */
typedef struct ReduceKernels ReduceKernels;   /* reduce_kernel.h */
typedef struct SoftmaxKernels SoftmaxKernels; /* reduce_kernel.h */
typedef struct ElementKernels ElementKernels; /* reduce_kernel.h */

/* Where a turned square goes: straight to its place; by way of a buffer, since its rows there share few places of the
 * cache; and past the caches, each row in whole lines, where they begin. */
enum TurnStore { TURN_HERE, TURN_APART, TURN_PAST };
enum { TURN_SIDE = 16 };

typedef struct WholeMatrix { /* x[i rs + k cs] */
  const int64_t *x;
  int64_t rs, cs;
} WholeMatrix;

enum { DISTANCE_ROWS = 16 };
/* What a difference d of one coordinate adds to a distance: |d|, d^2, 1 if it is not 0; or the greatest |d| counts. */
enum Distance { DISTANCE_CITY, DISTANCE_EUCLID, DISTANCE_COUNT, DISTANCE_FARTHEST };
enum { FACTOR_SIDE = 8 };
enum { KEEP_WORD = 64, KEEP_COUNTERS = 8 }; /* decisions of a word, and the counters that they come from */

typedef struct Kernels {
  const PointwiseFn *map;                /* by enum MapKernel (elementwise.h)     */
  const PointwiseFn (*grad)[MAP_INPUTS]; /* their gradients, by input; NULL: none */
  const PointwiseFn *const
      *whole; /* by dtype, as `element`: the same on whole numbers; an entry may be NULL */
  const GemmKernels *gemm;
  const ReduceKernels *reduce;
  const SoftmaxKernels *softmax;
  const ElementKernels *element; /* by dtype: those as wide as the real type, or less */
  /* Elements of any dtype at stride s (elements) to contiguous reals, and back. */
  void (*load)(int64_t n, void *y, const void *x, Dtype from, int64_t s);
  void (*store)(int64_t n, void *y, Dtype to, int64_t s, const void *x);
  /* Whole numbers to whole numbers, cut to what there is; beside the f32 kernels only. */
  void (*cast)(int64_t n, void *y, Dtype to, int64_t ts, const void *x, Dtype from, int64_t fs);
  void (*ramp)(int64_t n, int64_t *y, uint64_t first,
               uint64_t step); /* first + i step, modulo 2^64; as `cast` */
  /* from + by (first + i) / of in double, rounded after each step. */
  void (*range)(int64_t n, void *y, int64_t first, double from, double by, double of);
  /* Philox4x32-10: y[i] from counter offset + i / 4: uniform in [0, 1) of 24 bits (f64: 53), and standard
   * normal; y[i] of 48 bits from counter offset + i, and the same as one of `span` <= 2^32 whole numbers from lo on;
   * and the four words of a counter. */
  void (*uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset);
  void (*normal)(int64_t n, void *y, uint64_t seed, uint64_t offset);
  void (*wide)(int64_t n, uint64_t *y, uint64_t seed, uint64_t offset);
  void (*below)(int64_t n, int64_t *y, uint64_t lo, uint64_t span, uint64_t seed, uint64_t offset);
  void (*words)(uint64_t seed, uint64_t counter, uint32_t y[4]);
  /* n decisions, each 1 with probability 1 - p, to 2^-32: bit i % 64 of kept[i / 64], from the KEEP_COUNTERS counters
   * from offset + i / KEEP_WORD KEEP_COUNTERS on; bits behind n are of no account. */
  void (*keeps)(int64_t n, uint64_t *kept, uint64_t seed, uint64_t offset, double p);
  /* Many bytes; y and x do not overlap. */
  void (*copy)(size_t bytes, void *y, const void *x);
  /* Bytes from a small buffer to where a large result lies, past the caches; y and x do not overlap.  Behind the
   * last of them streamed(), before any other thread is told. */
  void (*stream)(size_t bytes, void *y, const void *x);
  void (*streamed)(void);
  /* Elements as wide as the real type: y[i] = x[i apart], y[i apart] = x[i]; y and x do not overlap. */
  void (*gather)(int64_t n, void *y, const void *x, int64_t apart);
  void (*scatter)(int64_t n, void *y, int64_t apart, const void *x);
  /* TURN_SIDE x TURN_SIDE elements as wide as the real type: y[i ys + k] = x[i + k xs]. */
  void (*turn)(void *y, int64_t ys, const void *x, int64_t xs, enum TurnStore how);
  void (*turn_bytes)(uint8_t *y, int64_t ys, const uint8_t *x, int64_t xs); /* the same of bytes; as `cast` */
  void (*fill)(size_t bytes, void *y, const void *line); /* with 64 bytes, again and again */
  /* y[i,r] = sum over m of what a[i,m] - b[m,r] adds: `rows` <= DISTANCE_ROWS rows of a [.., M], b [M, R], y [.., R];
   * M >= 1 */
  void (*distance)(enum Distance how, int rows, int64_t M, int64_t R, const void *a, const void *b, void *y);
  /* Of one row of a: y[m] = sum over r of w[r] e, e = a[m] - b[m,r] of DISTANCE_EUCLID, of others its sign, and of
   * DISTANCE_FARTHEST only where |e| is d[r]. */
  void (*slopes)(enum Distance how, int64_t M, int64_t R, const void *a, const void *b, const void *w,
                 const void *d, void *y);
  /* y[i] = first + x[0] + ... + x[i], summed in double, by vectors; gives the last of them.  y may be x. */
  double (*running)(int64_t n, void *y, const void *x, double first);
  /* b [n, k], n <= FACTOR_SIDE, becomes the solution of T x = b, T(i, j) = t[i t_rs + j t_cs] lower
   * triangular, with ones on its diagonal if `unit`; rows of b contiguous. */
  void (*substitute)(int n, const void *t, int64_t t_rs, int64_t t_cs, bool unit, int64_t k, void *b,
                     int64_t b_rs);
  /* a [m, n], m >= n, becomes L and U of P a = L U; pivot[i], from 1: the row that row i changed places with; `columns`
   * has room for m n.  The place, from 1, of the first pivot that is 0; 0: none is. */
  int (*lu_panel)(int64_t m, int n, void *a, int64_t ld, void *columns, int32_t *pivot);
  /* a [n, n], its upper triangle, becomes U of a = U^T U; the order of a leading minor that is not positive, or 0. */
  int (*cholesky_block)(int n, void *a, int64_t ld);
  /* a [m, n], n <= FACTOR_SIDE, becomes R of a = (1 - V T V^T) R; v [m, n] and t [n, n], upper triangular, V and T;
   * `columns` has room for m (n + 1). */
  void (*qr_panel)(int64_t m, int n, void *a, int64_t ld, void *v, int64_t v_ld, void *t, int64_t t_ld,
                   void *columns);
  /* c [M, N] = a [M, K] b [K, N] (+ c where add) modulo 2^64; beside the f64 kernels only. */
  void (*whole_product)(int64_t M, int64_t N, int64_t depth, WholeMatrix a, WholeMatrix b, int64_t *c,
                        int64_t crs, int64_t ccs, bool add);
} Kernels;

/* A result of so many bytes is streamed out: the caches would lose it anyway before it is read, and storing it
 * there first reads what it overwrites; unless they hold what it overwrites, and have room for it and its inputs. */
enum { STREAM_FROM = 8 << 20, STREAM_BLOCK = 2048 /* bytes of the buffer that it passes through */ };

const Kernels *kernels(Dtype d); /* F32 or F64 */
const ElementKernels *element_kernels(Dtype d);
const PointwiseFn *whole_kernels(Dtype d); /* I64, I32 or U8 */
int64_t kernel_cache(void);                /* bytes of the outermost cache that one core sees; 0: unknown */
int kernel_cache_ways(void);  /* lines of the first cache that may lie a page apart; 8: unknown */
const char *kernel_isa(void); /* "x86-64-v4", "x86-64-v3" or "portable" */

#endif
