/* winograd.c: 3 x 3 convolutions of stride 1 by F(m x m, 3 x 3): fewer multiplications (2.25 times for
 * m = 2, 3.24 for m = 3, 4 for m = 4); kernel/winograd.c has the transforms and their source.
 *
 * The image is cut into tiles of (m+2)^2 pixels that overlap by two.  Transformed tiles V[f][tile][C] meet
 * transformed weights U[panel][f][C][nr] in (m+2)^2 matrix products; tiles are taken in blocks whose V stays
 * in the second cache, or all at once where they are few or the weights many. */
#include "gemm_kernel.h"
#include "kernel.h"
#include "pack.h"
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

#include <float.h>
#include <stdatomic.h>
#include <string.h>

enum {
  SIZE = sizeof(float),
  BLOCK_BYTES = 280 << 10,    /* of V of a block ...                                                 */
  PAIR_BYTES = 1000 << 10,    /* ... or of two strips of it, between which weights stay in the cache */
  STRIPS = 12,                /* of mr tiles, at most in a block                                     */
  FEW_BLOCKS = 6,             /* fewer: all tiles at once                                            */
  SUM_BYTES = 256 << 10,      /* of sums of a panel                                                  */
  MOST_SUM_BYTES = 640 << 10, /* the same where weights are many: MANY_WEIGHTS in MANY_PANELS       */
  MANY_WEIGHTS = 1 << 15,
  MANY_PANELS = 8,
  MANY_TILES = 256,       /* transforming the weights is less than a hundredth of the work       */
  KEPT_TILES = 64,        /* fewer: reading kept weights is quicker than transforming them       */
  WEIGHT_BYTES = 3 << 19, /* of V and D of a block, for the gradient of the weights              */
  LEAST_TILES = 32,       /* of such a block                                                     */
  FEW_WEIGHTS = 1 << 16,  /* whose U stays in the caches                                         */
  CHANNELS_AT_ONCE = 64,
  LINE = 16,  /* numbers of a line of a cache                                         */
  APART = 16, /* numbers between what would fall on the same lines of a cache        */
  CROWDED = 256
};

/* Transformed data in strips of channels, [strip][f][tile][width]: what a unit of work reads lies together. */
typedef struct Strips {
  float *at;
  int64_t channels, width, n, f_step;
} Strips;

typedef struct Wino {
  const ConvKernels *k;
  const GemmKernels *gemm;
  Conv c; /* of the convolution at hand: the turned one for dx */
  int m, F;
  int64_t TY, TX, tiles, C, O, panels;
  const float *x;
  float *y;
  const float *w;
  float *u;
  bool turned, add;
  bool many, at_hand;  /* blocks of tiles; weights transformed where they are used */
  atomic_bool *broken; /* a result is not finite */
  const ConvFinish *finish;
  Strips strips;     /* V: one, or several where weights are at hand */
  float *sums, *own; /* own: of each thread, weights that are not kept */
  int64_t block, blocks, v_slot, sum_slot, own_slot, sum_tiles;
} Wino;

/* Pitches that are multiples of 1 kB crowd into few cache lines; so do the F products' if they are even in
 * lines. */
static int64_t pitch_of(int64_t n) { return n % CROWDED ? n : n + APART; }

typedef struct Place {
  int64_t n, y, x;
} Place;
static Place place_of(const Wino *g, int64_t tile) {
  return (Place){tile / (g->TX * g->TY), tile / g->TX % g->TY * g->m, tile % g->TX * g->m};
}

static void wino_begin(Wino *g, const Conv *c, int m) {
  g->k = conv_kernels(F32);
  g->gemm = kernels(F32)->gemm;
  g->c = *c;
  g->m = m;
  g->F = (m + 2) * (m + 2);
  g->TY = ceil_div(c->OH, m);
  g->TX = ceil_div(c->OW, m);
  g->tiles = c->N * g->TY * g->TX;
  g->C = c->C;
  g->O = c->O;
  g->panels = ceil_div(c->O, g->k->nr);
}

/* --- range ---------------------------------------------------------------------------------------------- */
/* The transforms add and subtract multiples: numbers near the end of the range, or one infinity, make infinities or
 * NaN of pixels that the direct way gives.  They reach the results, so where one of those is not finite the direct
 * way does everything again.  Results that are added to others could not be taken back, so the range is looked at
 * before.  Factors by which numbers can grow, for m = 4 (less for others): rows of B^T sum to 10 at most, of G and
 * G^T to 2, of A^T to 19, of A to 15; each is applied on both sides. */
enum { GROW_Y = 100 * 4 * 361, GROW_W = 100 * 225 * 4, PEAK_TILE = 1 << 15, PEAK_TILES = 64 };

static void note(const Wino *g, bool finite) {
  if (!finite) atomic_store_explicit(g->broken, true, memory_order_relaxed);
}

typedef struct Peak {
  const ConvKernels *k;
  const float *x;
  float top[PEAK_TILES];
} Peak;

static void peak_tile(void *context, int64_t begin, int64_t end) {
  Peak *p = context;
  p->top[begin / PEAK_TILE] = p->k->wino_peak(end - begin, p->x + begin);
}

/* Greatest |x|; NaN or infinity where one is. */
static float peak_of(const float *x, int64_t n) {
  Peak p = {.k = conv_kernels(F32)};
  float top = 0;
  for (int64_t b = 0; b < n; b += (int64_t)PEAK_TILE * PEAK_TILES) {
    int64_t m = least(n - b, (int64_t)PEAK_TILE * PEAK_TILES);
    p.x = x + b;
    parallel_for(m, PEAK_TILE, peak_tile, &p);
    for (int64_t i = 0; i * PEAK_TILE < m; i++) {
      if (!(p.top[i] <= FLT_MAX)) return p.top[i];
      top = p.top[i] > top ? p.top[i] : top;
    }
  }
  return top;
}

/* Whether sums of n products of two transformed numbers of x and y stay in the range. */
static bool in_range(const Tensor *x, const Tensor *y, int64_t n, double grow) {
  double a = (double)peak_of(x->data, x->n), b = (double)peak_of(y->data, y->n);
  return a * b * (double)n * grow < (double)FLT_MAX && a < 1e36 && b < 1e36;
}

/* --- results ahead -------------------------------------------------------------------------------------- */
/* Products leave the memory idle: beside each of them the cache fetches some of the pixels that their sums, of tiles
 * from `at` on against panel q, will become, a row of a tile after another. */
typedef struct Ahead {
  Place at;
  int64_t o, wide, row, rows, at_once;
} Ahead;

static Ahead ahead_of(const Wino *g, int64_t q, int64_t first, int64_t n) {
  int64_t nr = g->k->nr;
  return (Ahead){place_of(g, first), q * nr, least(nr, g->O - q * nr), 0, n * g->m, ceil_div(n * g->m, g->F)};
}

static void next_row(const Wino *g, Ahead *a) {
  const int m = g->m;
  if (++a->row < m) return;
  a->row = 0;
  if ((a->at.x += m) < g->c.OW) return;
  a->at.x = 0;
  if ((a->at.y += m) < g->c.OH) return;
  a->at.y = 0;
  a->at.n++;
}

static void fetch_rows(const Wino *g, Ahead *a) {
  const Conv *c = &g->c;
  for (int64_t k = least(a->at_once, a->rows); k > 0; k--, a->rows--, next_row(g, a)) {
    const int64_t y = a->at.y + a->row, end = y < c->OH ? least(a->at.x + g->m, c->OW) : 0;
    for (int64_t x = a->at.x; x < end; x++)
      for (int64_t i = 0; i < a->wide; i += LINE)
        __builtin_prefetch(g->y + ((a->at.n * c->OH + y) * c->OW + x) * c->O + a->o + i, 1);
  }
}

/* --- weights -------------------------------------------------------------------------------------------- */
/* From U[f] to U[f + 1] of C channels, and from sums to sums of n tiles. */
static int64_t u_step_of(const Wino *g, int64_t C) { return C * g->k->nr + APART; }
static int64_t sum_step_of(const Wino *g, int64_t n) { return n * g->k->nr + APART; }

static void weight_units(void *context, int64_t begin, int64_t end) {
  const Wino *g = context;
  int64_t parts = ceil_div(g->C, CHANNELS_AT_ONCE), nr = g->k->nr;
  for (int64_t i = begin; i < end; i++) {
    int64_t q = i / parts, c0 = i % parts * CHANNELS_AT_ONCE, c1 = least(g->C, c0 + CHANNELS_AT_ONCE);
    g->k->wino_weights(g->m, g->C, g->O, q, g->turned, c0, c1, g->w,
                       g->u + q * g->F * u_step_of(g, g->C) + c0 * nr, u_step_of(g, g->C));
  }
}

/* At hand without a form that is kept u is NULL.  Kept ones are four times as large as the weights: where tiles are
 * not very few, reading them takes longer than making them. */
static bool transform_weights(Wino *g, const Tensor *w, Pack *p, Err *e) {
  int64_t kind = (g->turned ? PACK_WINO_TURNED : PACK_WINO) * 8 + g->m;
  size_t bytes = (size_t)(g->panels * g->F * u_step_of(g, g->C) * SIZE);
  bool ok = true;
  *p = (Pack){0};
  if (!g->at_hand) ok = g->tiles >= MANY_TILES ? pack_scratch(bytes, p, e) : pack_begin(w, kind, bytes, p, e);
  else if (g->tiles < KEPT_TILES) ok = pack_kept(w, kind, bytes, p, e);
  if (!ok) return false;
  g->w = w->data;
  g->u = p->block;
  if (g->u && !p->ready) parallel_for(g->panels * ceil_div(g->C, CHANNELS_AT_ONCE), 1, weight_units, g);
  return true;
}

/* --- tiles ---------------------------------------------------------------------------------------------- */
static Strips strips_of(int64_t channels, int64_t width, int64_t tiles) {
  return (Strips){
      .channels = channels, .width = width, .n = ceil_div(channels, width), .f_step = tiles * width + APART};
}
static float *strip_at(const Wino *g, const Strips *s, int64_t strip, int64_t f, int64_t tile) {
  return s->at + (strip * g->F + f) * s->f_step + tile * s->width;
}
static int64_t strip_channels(const Strips *s, int64_t strip) {
  return least(s->width, s->channels - strip * s->width);
}

/* Tile `tile` of x to place t of the strips. */
static void strips_in(const Wino *g, const Strips *s, int64_t tile, int64_t t) {
  const Conv *c = &g->c;
  Place p = place_of(g, tile);
  const float *x = g->x + p.n * c->H * c->W * c->C;
  for (int64_t i = 0; i < s->n; i++)
    g->k->wino_in(g->m, x + i * s->width, c->H, c->W, c->C, p.y - c->top, p.x - c->left, strip_channels(s, i),
                  strip_at(g, s, i, 0, t), s->f_step);
}

/* Sums of n tiles of V, from place `first` on, over strip i against u, for every f; `next` lies behind u[F - 1], or is
 * NULL. */
static void multiply(const Wino *g, int64_t n, const Strips *s, int64_t i, int64_t first, const float *u,
                     int64_t u_step, const float *next, float *sums, bool add, Ahead ahead) {
  int64_t K = strip_channels(s, i), nr = g->k->nr, mr = g->gemm->mr, strip = ceil_div(n, ceil_div(n, mr));
  GemmArgs a = {.M = n,
                .N = nr,
                .K = K,
                .strip = strip,
                .a_panel = strip * s->width,
                .a_rs = s->width,
                .a_cs = 1,
                .b_panel = nr * K,
                .b_rs = nr,
                .d_rs = nr,
                .c_rs = nr,
                .alpha = 1,
                .beta = add};
  for (int f = 0; f < g->F; f++) {
    a.a = strip_at(g, s, i, f, first);
    a.b = u + f * u_step;
    a.ahead = f + 1 < g->F ? u + (f + 1) * u_step : next;
    a.c = sums + f * sum_step_of(g, n);
    a.d = a.c;
    g->gemm->block(&a, 0, n, 0, nr);
    fetch_rows(g, &ahead);
  }
}

static void pixels_out(const Wino *g, int64_t q, int64_t first, int64_t n, const float *sums) {
  const Conv *c = &g->c;
  int64_t nr = g->k->nr;
  bool finite = true;
  for (int64_t t = 0; t < n; t++) {
    Place p = place_of(g, first + t);
    finite &= g->k->wino_out(g->m, sums + t * nr, sum_step_of(g, n), g->y + p.n * c->OH * c->OW * c->O, c->OH,
                             c->OW, c->O, p.y, p.x, q * nr, least(nr, g->O - q * nr), g->add, g->finish);
  }
  note(g, finite);
}

/* n tiles from `tile` on, at place `first` of V, against panel q: products, then back to pixels. */
static void tiles_out(const Wino *g, int64_t q, int64_t tile, int64_t n, const Strips *s, int64_t first,
                      float *sums) {
  int64_t u_step = u_step_of(g, g->C);
  const float *u = g->u + q * g->F * u_step;
  multiply(g, n, s, 0, first, u, u_step, q + 1 < g->panels ? u + g->F * u_step : NULL, sums, false,
           ahead_of(g, q, tile, n));
  pixels_out(g, q, tile, n, sums);
}

/* Many tiles: a block of them goes through all panels. */
static void blocks(void *context, int64_t begin, int64_t end) {
  const Wino *g = context;
  float *sums = g->sums + parallel_thread() * g->sum_slot;
  Strips own = g->strips;
  own.at += parallel_thread() * g->v_slot;
  for (int64_t b = begin; b < end; b++) {
    int64_t first = b * g->block, n = least(g->block, g->tiles - first);
    for (int64_t t = 0; t < n; t++) strips_in(g, &own, first + t, t);
    for (int64_t q = 0; q < g->panels; q++) tiles_out(g, q, first, n, &own, 0, sums);
  }
}

/* Few tiles: all are transformed, then each panel of weights is read once. */
static void all_in(void *context, int64_t begin, int64_t end) {
  const Wino *g = context;
  for (int64_t t = begin; t < end; t++) strips_in(g, &g->strips, t, t);
}
static void panels_out(void *context, int64_t begin, int64_t end) {
  const Wino *g = context;
  int64_t parts = ceil_div(g->tiles, g->sum_tiles);
  float *sums = g->sums + parallel_thread() * g->sum_slot;
  for (int64_t i = begin; i < end; i++) {
    int64_t q = i / parts, first = i % parts * g->sum_tiles;
    tiles_out(g, q, first, least(g->sum_tiles, g->tiles - first), &g->strips, first, sums);
  }
}

/* Each number of the weights is used once; those that are not kept are transformed channels by channels as they are
 * used, and never leave the second cache. */
static void panels_at_hand(void *context, int64_t begin, int64_t end) {
  const Wino *g = context;
  const Strips *s = &g->strips;
  int64_t nr = g->k->nr;
  float *sums = g->sums + parallel_thread() * g->sum_slot, *own = g->own + parallel_thread() * g->own_slot;
  for (int64_t q = begin; q < end; q++) {
    for (int64_t i = 0; i < s->n; i++) {
      int64_t c0 = i * s->width, K = strip_channels(s, i), u_step = u_step_of(g, g->u ? g->C : K);
      const float *u = g->u ? g->u + q * g->F * u_step + c0 * nr : own;
      if (!g->u) g->k->wino_weights(g->m, g->C, g->O, q, g->turned, c0, c0 + K, g->w, own, u_step);
      multiply(g, g->tiles, s, i, 0, u, u_step, NULL, sums, i > 0,
               ahead_of(g, q, 0, i + 1 == s->n ? g->tiles : 0));
    }
    pixels_out(g, q, 0, g->tiles, sums);
  }
}

/* Blocks of tiles, or all of them at once: by sums of a panel that stay in the second cache; at hand where all tiles'
 * sums do. */
static void plan(Wino *g) {
  int64_t mr = g->gemm->mr, nr = g->k->nr, sums = g->F * g->tiles * nr * SIZE;
  int64_t tile = g->F * g->C * SIZE, block = BLOCK_BYTES / tile, pair = 2 * mr;
  if (block < pair && pair * tile <= PAIR_BYTES) block = pair;
  block = least(most(mr, least(block, STRIPS * mr)) / mr * mr, g->tiles);
  int64_t count = ceil_div(g->tiles, block);
  bool few = count < FEW_BLOCKS, many_weights = g->C * g->O >= MANY_WEIGHTS && g->panels >= MANY_PANELS;
  g->at_hand = few ? sums <= SUM_BYTES : many_weights && sums <= MOST_SUM_BYTES;
  g->many = !few && !g->at_hand;
  g->block = g->many ? ceil_div(g->tiles, count) : g->tiles;
  g->blocks = ceil_div(g->tiles, g->block);
  g->sum_tiles = g->many || g->at_hand ? g->block : most(mr, SUM_BYTES / SIZE / (g->F * nr) / mr * mr);
  g->sum_slot = g->F * sum_step_of(g, g->sum_tiles);
  g->strips = strips_of(g->C, g->at_hand ? CHANNELS_AT_ONCE : pitch_of(g->C), g->block);
  g->v_slot = g->strips.n * g->F * g->strips.f_step;
}

static void run_planned(Wino *g) {
  if (g->many) {
    parallel_for(g->blocks, 1, blocks, g);
    return;
  }
  parallel_for(g->tiles, 4, all_in, g);
  if (g->at_hand) parallel_for(g->panels, 1, panels_at_hand, g);
  else parallel_for(g->panels * ceil_div(g->tiles, g->sum_tiles), 1, panels_out, g);
}

static bool run_winograd(Wino *g, const Tensor *w, Err *e) {
  int64_t team = parallel_threads();
  Pack pack;
  plan(g);
  if (!transform_weights(g, w, &pack, e)) return false;
  g->own_slot = g->u ? 0 : g->F * u_step_of(g, least(g->C, CHANNELS_AT_ONCE));
  Scratch s;
  int64_t v = (g->many ? team : 1) * g->v_slot;
  bool ok = scratch_take(&s, (v + team * (g->sum_slot + g->own_slot)) * SIZE, false, e);
  if (ok) {
    g->strips.at = (float *)(void *)s.at;
    g->sums = g->strips.at + v;
    g->own = g->sums + team * g->sum_slot;
    run_planned(g);
    scratch_give(&s);
  }
  pack_end(&pack);
  return ok;
}

bool wino_forward(const Conv *c, int m, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y,
                  Err *e) {
  atomic_bool broken = false;
  Wino g = {.x = x->data, .y = y->data, .finish = f, .broken = &broken};
  wino_begin(&g, c, m);
  return run_winograd(&g, w, e) && (!broken || direct_forward(c, x, w, f, y, e));
}

bool wino_backward_x(const Conv *c, int m, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  static const ConvFinish nothing;
  if (add && !in_range(dy, w, c->O, GROW_Y)) return direct_backward_x(c, dy, w, dx, add, e);
  Conv t = *c;
  t.H = c->OH;
  t.W = c->OW;
  t.OH = c->H;
  t.OW = c->W;
  t.C = c->O;
  t.O = c->C;
  t.top = 2 - c->top;
  t.left = 2 - c->left;
  atomic_bool broken = false;
  Wino g = {.x = dy->data, .y = dx->data, .turned = true, .add = add, .finish = &nothing, .broken = &broken};
  wino_begin(&g, &t, m);
  return run_winograd(&g, w, e) && (!broken || add || direct_backward_x(c, dy, w, dx, add, e));
}

/* --- gradient of the weights: U[f] = V[f]^T D[f], D the transformed dy ---------------------------------- */
/* V and D lie in strips, for blocks of tiles.  Few weights: one strip each; U is summed f by f over all blocks and
 * turned into dw at the end.  Many: U would leave the caches, so a unit of two strips goes through all f at once and
 * its U is turned into dw after each block. */
typedef struct WinoWeight {
  Wino g;
  const float *dy;
  Strips v, d;
  float *u, *dw;
  int64_t first, n, block, u_slot, u_step; /* u_step: from f to f */
  bool whole, add;
} WinoWeight;

static void both_in(void *context, int64_t begin, int64_t end) {
  const WinoWeight *w = context;
  const Wino *g = &w->g;
  const Conv *c = &g->c;
  for (int64_t t = begin; t < end; t++) {
    Place p = place_of(g, w->first + t);
    const float *dy = w->dy + p.n * c->OH * c->OW * c->O;
    strips_in(g, &w->v, w->first + t, t);
    for (int64_t i = 0; i < w->d.n; i++)
      g->k->wino_dy(dy + i * w->d.width, c->OH, c->OW, c->O, p.y, p.x, strip_channels(&w->d, i),
                    strip_at(g, &w->d, i, 0, t), w->d.f_step);
  }
}

/* U[f] of strip vi of V and the columns of D from o on, `wide` of strip di; rows of u lie u_row apart. */
static void u_of(const WinoWeight *w, int64_t f, int64_t vi, int64_t di, int64_t o, int64_t wide, float *u,
                 int64_t u_row, bool add) {
  const Wino *g = &w->g;
  int64_t n = strip_channels(&w->v, vi), parts = ceil_div(n, g->k->mr);
  ConvRun run = {strip_at(g, &w->v, vi, f, 0), strip_at(g, &w->d, di, f, 0), w->n};
  for (int64_t i = 0; i < parts; i++) {
    int64_t from = i * n / parts, to = (i + 1) * n / parts;
    g->k->outer((int)(to - from), (int)wide, 1, &run, from, o, w->v.width, w->d.width, u + from * u_row,
                u_row, add);
  }
}

static void whole_units(void *context, int64_t begin, int64_t end) {
  const WinoWeight *w = context;
  const Wino *g = &w->g;
  for (int64_t i = begin; i < end; i++) {
    int64_t f = i / g->panels, o = i % g->panels * g->k->nr;
    u_of(w, f, 0, 0, o, least(g->k->nr, g->O - o), w->u + f * w->u_step + o, g->O, w->first > 0);
  }
}
static void dw_whole(void *context, int64_t begin, int64_t end) {
  const WinoWeight *w = context;
  const Wino *g = &w->g;
  for (int64_t c = begin; c < end; c++)
    note(g, g->k->wino_dw(w->u + c * g->O, w->u_step, g->O, w->dw + c * g->O, g->C * g->O, w->add));
}

static void dw_units(void *context, int64_t begin, int64_t end) {
  const WinoWeight *w = context;
  const Wino *g = &w->g;
  float *u = w->u + parallel_thread() * w->u_slot;
  for (int64_t i = begin; i < end; i++) {
    int64_t vi = i % w->v.n, di = i / w->v.n, wide = strip_channels(&w->d, di), nr = w->d.width;
    for (int f = 0; f < g->F; f++) u_of(w, f, vi, di, 0, wide, u + f * w->u_step, nr, false);
    float *dw = w->dw + vi * w->v.width * g->O + di * nr;
    for (int64_t c = 0; c < strip_channels(&w->v, vi); c++)
      note(g, g->k->wino_dw(u + c * nr, w->u_step, wide, dw + c * g->O, g->C * g->O, w->add || w->first > 0));
  }
}

static void dw_begin(WinoWeight *w) {
  const Wino *g = &w->g;
  int64_t block = most(LEAST_TILES, WEIGHT_BYTES / SIZE / (g->F * (g->C + g->O))), nr = g->k->nr;
  w->block = block = ceil_div(g->tiles, ceil_div(g->tiles, block));
  w->whole = g->C * g->O <= FEW_WEIGHTS;
  w->v = strips_of(g->C, w->whole ? pitch_of(g->C) : CHANNELS_AT_ONCE, block);
  w->d = strips_of(g->O, w->whole ? pitch_of(g->O) : nr, block);
  w->u_step = (w->whole ? g->C * g->O : CHANNELS_AT_ONCE * nr) + APART;
  w->u_slot = g->F * w->u_step;
}

bool wino_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  if (add && !in_range(x, dy, c->N * c->OH * c->OW, GROW_W)) return direct_backward_w(c, x, dy, dw, add, e);
  atomic_bool broken = false;
  WinoWeight w = {.dy = dy->data, .dw = dw->data, .add = add};
  Wino *g = &w.g;
  g->x = x->data;
  g->broken = &broken;
  wino_begin(g, c, 4);
  dw_begin(&w);
  int64_t v = w.v.n * g->F * w.v.f_step, d = w.d.n * g->F * w.d.f_step;
  Scratch s;
  if (!scratch_take(&s, (v + d + (w.whole ? 1 : parallel_threads()) * w.u_slot) * SIZE, false, e))
    return false;
  w.v.at = (float *)(void *)s.at;
  w.d.at = w.v.at + v;
  w.u = w.d.at + d;
  for (; w.first < g->tiles && !interrupt_pending(); w.first += w.block) {
    w.n = least(w.block, g->tiles - w.first);
    parallel_for(w.n, 4, both_in, &w);
    if (w.whole) parallel_for(g->F * g->panels, 1, whole_units, &w);
    else parallel_for(w.v.n * w.d.n, 1, dw_units, &w);
  }
  if (w.whole) parallel_for(g->C, 8, dw_whole, &w);
  scratch_give(&s);
  return !broken || add || direct_backward_w(c, x, dy, dw, add, e);
}
