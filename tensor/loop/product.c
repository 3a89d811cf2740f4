/* product.c: see product.h.  How a product is cut depends on its sizes only, never on the number of threads: nor do its
 * bits. */
#include "product.h"

#include "ledger.h"
#include "mem.h"
#include "parallel.h"
#include "sizes.h"

#include <cblas.h>

enum {
  TILE_LEAST = 1 << 15, /* multiply-adds of a tile                                        */
  TILE_MOST = 1 << 25,
  SLICES = 64,           /* of k, at most                                                  */
  ROW_LEAST = 512,       /* columns of a tile of one row                                   */
  PAGE = 4096,           /* bytes                                                          */
  PACK_RUN = 512,        /* k packed by one tile of work                                   */
  PACK_DEPTH = 2048,     /* k packed at a time where not all of it fits PACK_BYTES         */
  DEPTH = 1024,          /* k of B as it lies, where strips read it again and again */
  PACK_BYTES = 12 << 20, /* of one operand                                                 */
  MANY = 256,            /* columns of B, for which it pays to pack A where its columns lie ... */
  APART = 1024,          /* ... more bytes apart than this                                 */
  BLAS_RUN = 8192,       /* k of one call of OpenBLAS */
  FEW_BYTES = 8192       /* of an operand that is packed on the stack */
};

#define FINISH(T)                                                                                            \
  static void finish_##T(const Product *p, const T *sum) {                                                   \
    const T beta = (T)p->beta, *d = p->D.data;                                                               \
    T *c = (T *)(void *)p->C;                                                                                \
    for (int64_t i = 0; i < p->M; i++, c += p->c_rs, d += beta != 0 ? p->D.rs : 0, sum += sum ? p->N : 0)    \
      for (int64_t j = 0; j < p->N; j++) {                                                                   \
        const T v = sum ? sum[j] : 0;                                                                        \
        c[j * p->c_cs] = beta != 0 ? v + beta * d[j * p->D.cs] : v;                                          \
      }                                                                                                      \
  }
FINISH(float)
FINISH(double)
void product_finish(const Product *p, const void *sum) {
  if (p->size == sizeof(float)) finish_float(p, sum);
  else finish_double(p, sum);
}

/* Strips as high as they can be, and about equal: 16 rows are 8 + 8, not 12 + 4.  Half as many rows times twice as many
 * columns at a time where the columns are there, which reads less; and where rows lie a multiple of a page apart, which
 * falls on the same lines of the first cache, of which there are fewer than rows. */
int64_t product_strip(const Product *p, bool packed) {
  enum { HIGH = 8, FROM = 16 };
  int64_t mr = p->kernel->mr;
  const bool wide = !packed && p->M >= FROM && p->N >= 2 * p->kernel->nr;
  const bool crowded = p->A.cs == 1 && p->A.rs * (int64_t)p->size % PAGE == 0 && mr > kernel_cache_ways();
  if (mr > HIGH && (wide || crowded)) mr /= 2;
  return ceil_div(p->M, ceil_div(p->M, mr));
}

/* A, B, C and D as they lie; C, D and B have unit column stride. */
GemmArgs product_args(const Product *p, int64_t strip) {
  return (GemmArgs){.M = p->M,
                    .N = p->N,
                    .K = p->K,
                    .a = p->A.data,
                    .strip = strip,
                    .a_panel = strip * p->A.rs,
                    .a_rs = p->A.rs,
                    .a_cs = p->A.cs,
                    .b = p->B.data,
                    .b_panel = p->kernel->nr,
                    .b_rs = p->B.rs,
                    .d = p->D.data,
                    .d_rs = p->D.rs,
                    .c = p->C,
                    .c_rs = p->c_rs,
                    .alpha = p->alpha,
                    .beta = p->beta};
}

/* --- running: `items` products of one form, each cut into tiles ----------------------------------------- */
typedef struct Tiling {
  const Product *p;
  bool dots, blas;
  GemmArgs g; /* of item 0; unused by dots and blas                           */
  int64_t items, a_step, b_step, c_step, d_step; /* elements from one item to the next                  */
  int64_t k_step;                       /* slices: item i sums k from i k_step on; else K               */
  int64_t rows, cols, across, per_item; /* of a tile; tiles side by side; tiles of an item              */
} Tiling;

static Tiling tiling(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc) {
  return (Tiling){
      .p = p, .items = items, .a_step = sa, .b_step = sb, .c_step = sc, .d_step = sc, .k_step = p->K};
}

/* In runs of k, so that an interrupt is seen within a fraction of a second. */
static void blas_tile(const Product *p, int64_t m, int64_t M, int64_t n, int64_t N) {
  const CBLAS_TRANSPOSE ta = p->A.cs == 1 ? CblasNoTrans : CblasTrans;
  const CBLAS_TRANSPOSE tb = p->B.cs == 1 ? CblasNoTrans : CblasTrans;
  const blasint lda = (blasint)(p->A.cs == 1 ? p->A.rs : p->A.cs), ldc = (blasint)p->c_rs;
  const blasint ldb = (blasint)(p->B.cs == 1 ? p->B.rs : p->B.cs), rows = (blasint)M, cols = (blasint)N;
  void *c = p->C + (m * p->c_rs + n) * (int64_t)p->size;
  for (int64_t k = 0; k < p->K && !interrupt_pending(); k += BLAS_RUN) {
    const void *a = product_at(p, p->A.data, m * p->A.rs + k * p->A.cs);
    const void *b = product_at(p, p->B.data, k * p->B.rs + n * p->B.cs);
    const blasint run = (blasint)least(BLAS_RUN, p->K - k);
    const double beta = k ? 1 : p->beta;
    if (p->size == sizeof(float))
      cblas_sgemm(CblasRowMajor, ta, tb, rows, cols, run, (float)p->alpha, a, lda, b, ldb, (float)beta, c,
                  ldc);
    else cblas_dgemm(CblasRowMajor, ta, tb, rows, cols, run, p->alpha, a, lda, b, ldb, beta, c, ldc);
  }
}

static void dots_tile(const Tiling *r, int64_t item, int64_t m, int64_t M, int64_t n, int64_t N) {
  const Product *p = r->p;
  int64_t k = least(r->k_step, p->K - (r->k_step < p->K ? item * r->k_step : 0));
  p->kernel->dots(M, N, k, p->alpha, product_at(p, p->A.data, item * r->a_step + m * p->A.rs), p->A.rs,
                  product_at(p, p->B.data, item * r->b_step + n * p->B.cs), p->B.cs, p->beta,
                  product_at(p, p->D.data, item * r->d_step + m * p->D.rs + n * p->D.cs), p->D.rs, p->D.cs,
                  p->C + (item * r->c_step + m * p->c_rs + n * p->c_cs) * (int64_t)p->size, p->c_rs, p->c_cs);
}

static void run_tiles(void *context, int64_t begin, int64_t end) {
  const Tiling *r = context;
  const Product *p = r->p;
  for (int64_t t = begin; t < end; t++) {
    const int64_t item = t / r->per_item, tile = t % r->per_item;
    const int64_t m = tile / r->across * r->rows, n = tile % r->across * r->cols;
    const int64_t m1 = least(p->M, m + r->rows), n1 = least(p->N, n + r->cols);
    if (r->dots) {
      dots_tile(r, item, m, m1 - m, n, n1 - n);
    } else if (r->blas) {
      blas_tile(p, m, m1 - m, n, n1 - n);
    } else if (r->items == 1) {
      p->kernel->block(&r->g, m, m1, n, n1);
    } else {
      GemmArgs g = r->g;
      g.a = product_at(p, g.a, item * r->a_step);
      g.b = product_at(p, g.b, item * r->b_step);
      g.c = (char *)g.c + item * r->c_step * (int64_t)p->size;
      g.d = product_at(p, g.d, item * r->d_step);
      if (r->k_step < p->K) g.K = least(r->k_step, p->K - item * r->k_step);
      p->kernel->block(&g, m, m1, n, n1);
    }
  }
}

/* Tiles of rows x cols, both multiples of the units, of about `work` multiply-adds. */
static void cut(Tiling *r, int64_t work, int64_t row_unit, int64_t col_unit) {
  const Product *p = r->p;
  const int64_t area = most(work / most(least(r->k_step, p->K), 1), 1);
  r->rows = least(p->M, 16 * row_unit);
  r->cols = most(area / r->rows / col_unit, 1) * col_unit;
  if (p->M == 1) r->cols = most(r->cols, ROW_LEAST); /* runs of memory */
  if (r->cols >= p->N) {
    r->cols = p->N;
    r->rows = most(area / p->N / row_unit, 1) * row_unit;
  } else if (r->cols == col_unit) {
    r->rows = most(area / col_unit / row_unit, 1) * row_unit;
  }
  r->across = ceil_div(p->N, r->cols);
  r->per_item = r->across * ceil_div(p->M, r->rows);
}

static void run_product(Tiling *r) {
  const Product *p = r->p;
  const double each = (double)p->M * (double)p->N * (double)least(r->k_step, p->K);
  const double all = each * (double)r->items;
  if (all < (double)PARALLEL_FROM) {
    r->rows = p->M;
    r->cols = p->N;
    r->across = r->per_item = 1;
    run_tiles(r, 0, r->items);
    return;
  }
  double goal = all / 16;
  goal = goal < TILE_LEAST ? TILE_LEAST : goal > TILE_MOST ? TILE_MOST : goal;
  if (r->dots) cut(r, (int64_t)goal, 4, 4);
  else cut(r, (int64_t)goal, r->g.strip, 2 * p->kernel->nr);
  const double tile = each / (double)r->per_item; /* small items go several to a tile of parallel_for */
  parallel_for(r->items * r->per_item, tile < goal ? (int64_t)(goal / tile) : 1, run_tiles, r);
}

/* --- packing -------------------------------------------------------------------------------------------- */
typedef struct Packing {
  const Product *p;
  int64_t width, n, K; /* of a panel; columns and depth of an item */
  const void *from;
  int64_t k_stride, j_stride, from_step;
  char *to;
  int64_t panels, runs; /* of an item; of k in a panel */
} Packing;

static void pack_tiles(void *context, int64_t begin, int64_t end) {
  const Packing *k = context;
  for (int64_t t = begin; t < end; t++) {
    const int64_t run = t % k->runs, panel = t / k->runs % k->panels, item = t / k->runs / k->panels;
    const int64_t j = panel * k->width, k0 = run * PACK_RUN;
    const int64_t to = ((item * k->panels + panel) * k->K + k0) * k->width;
    k->p->kernel->pack(k->width, least(k->width, k->n - j), least(PACK_RUN, k->K - k0),
                       product_at(k->p, k->from, item * k->from_step + j * k->j_stride + k0 * k->k_stride),
                       k->k_stride, k->j_stride, k->to + to * (int64_t)k->p->size);
  }
}

static void pack(Packing *k, int64_t items) {
  k->panels = ceil_div(k->n, k->width);
  k->runs = ceil_div(k->K, PACK_RUN);
  parallel_for(items * k->panels * k->runs, most(GRAIN / (k->width * least(k->K, PACK_RUN)), 1), pack_tiles,
               k);
}

/* --- ways ----------------------------------------------------------------------------------------------- */
/* Few results from a long k: threads share k.  The slices depend on K alone. */
static bool wants_slices(const Product *p, int64_t items) {
  return items == 1 && p->K >= 2 * SLICE && p->M * p->N <= 4 * p->kernel->mr * p->kernel->nr;
}

static bool run_slices(Tiling *r, Err *e) {
  const Product *p = r->p;
  Product part = *p;
  r->k_step = most(SLICE, ceil_div(ceil_div(p->K, SLICES), PACK_RUN) * PACK_RUN);
  r->items = ceil_div(p->K, r->k_step);
  const int64_t n = p->M * p->N;
  const size_t bytes = (size_t)(r->items * n) * p->size;
  if (!(part.C = mem_alloc(bytes))) return no_memory(e, (double)bytes, "scratch of a matrix product");
  part.c_rs = p->N;
  part.c_cs = 1;
  part.beta = 0;
  r->p = &part;
  r->a_step = r->k_step * (r->dots ? p->A.cs : r->g.a_cs);
  r->b_step = r->k_step * (r->dots ? p->B.rs : r->g.b_rs);
  r->c_step = n;
  r->g.c = part.C;
  r->g.c_rs = p->N;
  r->g.beta = 0;
  run_product(r);
  Product sum = part; /* with each slice added to the first */
  sum.beta = 1;
  sum.D = (Mat){part.C, p->N, 1};
  for (int64_t s = 1; s < r->items; s++) product_finish(&sum, product_at(p, part.C, s * n));
  product_finish(p, part.C);
  mem_free(part.C, bytes);
  r->p = p;
  return true;
}

static bool run_any(Tiling *r, Err *e) {
  if (wants_slices(r->p, r->items)) return run_slices(r, e);
  run_product(r);
  return true;
}

/* Dot products: rows of A contiguous, B made so. */
bool product_by_dots(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e) {
  Product q = *p;
  size_t bytes = 0;
  void *columns = NULL;
  char few[FEW_BYTES] __attribute__((aligned(64)));
  if (q.B.rs != 1) {
    const int64_t each = q.K * q.N, packed = sb ? items : 1;
    bytes = (size_t)(packed * each) * q.size;
    if (bytes <= sizeof few) bytes = 0, columns = few;
    else if (!(columns = mem_alloc(bytes))) return no_memory(e, (double)bytes, "scratch of a matrix product");
    for (int64_t i = 0; i < packed; i++)
      q.kernel->pack(q.K, q.K, q.N, product_at(p, q.B.data, i * sb), q.B.cs, q.B.rs,
                     (char *)columns + (size_t)(i * each) * q.size);
    q.B = (Mat){columns, 1, q.K};
    if (sb) sb = each;
  }
  Tiling r = tiling(&q, items, sa, sb, sc);
  r.dots = true;
  bool ok = run_any(&r, e);
  if (bytes) mem_free(columns, bytes);
  return ok;
}

/* OpenBLAS cuts the work by the number of threads, which changes sums; inside a parallel region it works
 * alone, so the tiles are ours. */
void product_by_blas(const Product *p) {
  Tiling r = {.p = p, .blas = true, .items = 1, .k_step = p->K, .cols = 1024};
  r.rows = p->M >= 1024 ? 256 : ceil_div(p->M, 64) * 16;
  r.across = ceil_div(p->N, r.cols);
  r.per_item = r.across * ceil_div(p->M, r.rows);
  if (parallel_threads() > 1 && r.per_item > 1) {
    parallel_for(r.per_item, 1, run_tiles, &r);
    return;
  }
#pragma omp parallel num_threads(2)
#pragma omp single
  for (int64_t t = 0; t < r.per_item && !interrupt_pending(); t++) run_tiles(&r, t, t + 1);
}

/* Tiles, with B packed where it must or should be.  C and D have unit column stride. */
typedef struct Blocks {
  Product p;
  int64_t items, sa, sb, sc;
  int64_t nc, kc, ic; /* columns, k and items packed at a time */
  size_t bytes;
  void *packed; /* NULL: B as it lies */
  size_t a_bytes;
  void *packed_a; /* NULL: A as it lies */
} Blocks;

static bool wants_packing(const Product *p, int64_t items) {
  return p->B.cs != 1 ||
         (items == 1 && p->M >= 128 && p->N > 4 * p->kernel->nr && p->B.rs * (int64_t)p->size > GEMM_FAR);
}

/* Strips read a little of a line of each column of A, for every panel of B. */
static bool wants_packed_a(const Product *p, int64_t items) {
  return items == 1 && p->A.rs == 1 && p->A.cs * (int64_t)p->size > APART && p->N >= MANY &&
         p->M >= p->kernel->mr;
}
static void pack_a(const Blocks *b, GemmArgs *g, const Product *q, bool first) {
  Packing pa = {.p = &b->p,
                .width = g->strip,
                .n = q->M,
                .K = q->K,
                .from = q->A.data,
                .k_stride = q->A.cs,
                .j_stride = 1,
                .to = b->packed_a};
  if (first) pack(&pa, 1);
  g->a = b->packed_a;
  g->a_panel = g->strip * q->K;
  g->a_cs = g->strip;
}

/* Packs and multiplies the part of the product that begins at column n and k of item i. */
static bool run_part(const Blocks *b, int64_t i, int64_t n, int64_t k, Err *e) {
  const Product *p = &b->p;
  const int64_t nr = p->kernel->nr, items = least(b->ic, b->items - i);
  Product q = *p;
  q.N = least(b->nc, p->N - n);
  q.K = least(b->kc, p->K - k);
  q.A.data = product_at(p, p->A.data, i * b->sa + k * p->A.cs);
  q.B.data = product_at(p, p->B.data, i * b->sb + k * p->B.rs + n * p->B.cs);
  q.C = p->C + (i * b->sc + n) * (int64_t)p->size;
  if (k > 0) {
    q.D = (Mat){q.C, p->c_rs, 1};
    q.beta = 1;
  } else {
    q.D.data = product_at(p, p->D.data, i * b->sc + n);
  }
  Tiling r = tiling(&q, items, b->sa, b->sb, b->sc);
  r.g = product_args(&q, product_strip(&q, b->packed));
  if (b->packed_a) pack_a(b, &r.g, &q, n == 0);
  if (b->packed) {
    Packing pb = {.p = p,
                  .width = nr,
                  .n = q.N,
                  .K = q.K,
                  .from = q.B.data,
                  .k_stride = q.B.rs,
                  .j_stride = q.B.cs,
                  .from_step = b->sb,
                  .to = b->packed};
    pack(&pb, b->sb ? items : 1);
    r.g.b = b->packed;
    r.g.b_panel = nr * q.K;
    r.g.b_rs = nr;
    r.b_step = b->sb ? ceil_div(q.N, nr) * nr * q.K : 0;
  }
  return run_any(&r, e);
}

/* How much of B to pack at a time: all, unless that is more than PACK_BYTES. */
static void plan_packing(Blocks *b) {
  const Product *p = &b->p;
  const int64_t nr = p->kernel->nr, room = PACK_BYTES / (int64_t)p->size;
  if (b->items > 1 && b->sb) {
    b->ic = least(b->items, most(room / (ceil_div(p->N, nr) * nr * p->K), 1));
  } else if (b->items == 1 && p->N * p->K > room) {
    b->kc = least(b->kc, PACK_DEPTH);
    b->nc = least(p->N, room / b->kc / (2 * nr) * 2 * nr);
  }
  b->bytes = (size_t)((b->sb ? b->ic : 1) * ceil_div(b->nc, nr) * nr * b->kc) * p->size;
}

/* A small B is packed on the stack, and the product is done on this thread. */
bool product_by_few(const Product *p) {
  const int64_t nr = p->kernel->nr;
  char few[FEW_BYTES] __attribute__((aligned(64)));
  if (p->B.cs == 1 || p->M * p->N * p->K >= PARALLEL_FROM ||
      ceil_div(p->N, nr) * nr * p->K * (int64_t)p->size > FEW_BYTES)
    return false;
  for (int64_t j = 0; j < p->N; j += nr)
    p->kernel->pack(nr, least(nr, p->N - j), p->K, product_at(p, p->B.data, j * p->B.cs), p->B.rs, p->B.cs,
                    few + j * p->K * (int64_t)p->size);
  GemmArgs g = product_args(p, product_strip(p, true));
  g.b = few;
  g.b_panel = nr * p->K;
  g.b_rs = nr;
  p->kernel->block(&g, 0, p->M, 0, p->N);
  return true;
}

/* Each strip of A reads a panel of B: so deep that it would leave the second cache in between. */
static bool is_deep(const Product *p, int64_t items) {
  return items == 1 && p->K >= 2 * DEPTH && p->M > 2 * p->kernel->mr && !wants_slices(p, items);
}

static bool by_blocks(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e) {
  Blocks b = {*p, items, sa, sb, sc, .nc = p->N, .kc = p->K, .ic = items};
  const bool packs_a = wants_packed_a(p, items);
  if (is_deep(p, items)) b.kc = DEPTH;
  if (packs_a) b.kc = least(b.kc, most(PACK_BYTES / (int64_t)p->size / p->M / PACK_RUN, 1) * PACK_RUN);
  if (wants_packing(p, items)) plan_packing(&b);
  if (packs_a) b.a_bytes = (size_t)((p->M + p->kernel->mr) * b.kc) * p->size;
  b.packed = b.bytes ? mem_alloc(b.bytes) : NULL;
  b.packed_a = b.a_bytes ? mem_alloc(b.a_bytes) : NULL;
  bool ok = (b.packed || !b.bytes) && (b.packed_a || !b.a_bytes);
  if (!ok) no_memory(e, (double)(b.bytes + b.a_bytes), "scratch of a matrix product");
  for (int64_t i = 0; i < items && ok; i += b.ic)
    for (int64_t k = 0; k < p->K && ok; k += b.kc)
      for (int64_t n = 0; n < p->N && ok; n += b.nc) ok = run_part(&b, i, n, k, e);
  mem_free(b.packed, b.bytes);
  mem_free(b.packed_a, b.a_bytes);
  return ok;
}

/* So many rows at a time that PACK_RUN of their columns fit PACK_BYTES. */
bool product_by_blocks(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e) {
  const int64_t rows = PACK_BYTES / PACK_RUN / (int64_t)p->size;
  if (p->M <= rows || !wants_packed_a(p, items)) return by_blocks(p, items, sa, sb, sc, e);
  Product q = *p;
  for (int64_t m = 0; m < p->M; m += rows) {
    q.M = least(rows, p->M - m);
    q.A.data = product_at(p, p->A.data, m * p->A.rs);
    q.D.data = product_at(p, p->D.data, m * p->D.rs);
    q.C = p->C + m * p->c_rs * (int64_t)p->size;
    if (!by_blocks(&q, 1, 0, 0, 0, e)) return false;
  }
  return true;
}
