/* direct.c: y and dx as products over pointers to pixels.
 *
 * A gather is the general case of both: output pixels lie on a grid, each tap of the kernel has a constant
 * offset in the input.  Forward is one gather; the gradient of x is one for each phase of the stride, over
 * the taps that meet that phase. */
#include "gemm.h"
#include "gemm_kernel.h"
#include "kernel.h"
#include "mem.h"
#include "pack.h"
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

#include <string.h>

enum { TAPS_KC = 576, TABLE = 4096, MOST_TILES = 16, MOST_ROWS = 16, L2 = 256 << 10 };

typedef struct Direct {
  const ConvKernels *k;
  bool few;       /* outputs: dot products */
  int64_t mr, nr; /* pixels at once; outputs of a panel */
  int64_t size;
  int64_t N, gh, gw; /* the grid of outputs */
  const unsigned char *in, *zeros;
  int64_t H, W, pitch, sy, sx; /* input: rows, columns, elements to the next pixel, steps of the grid */
  int64_t taps;
  int64_t *ty, *tx, *offset; /* where each tap looks, from the grid's step; bytes from there */
  int64_t y0, y1, x0, x1;    /* steps of the grid whose taps are all inside */
  unsigned char *out;
  int64_t OH, OW, pixel, oy, ox, osy, osx; /* output: elements of a pixel; first pixel and steps */
  int64_t C, O, groups;                    /* channels of one group, in and out */
  const unsigned char *b;                  /* packed weights [group][panel][taps C][nr] */
  bool add;
  const ConvFinish *finish;                      /* NULL: none */
  int64_t tiles, blocks, panels, at_once, parts; /* how the work is cut; panels of a group, at once of all */
  int64_t across;                                /* pieces of a row */
} Direct;

/* The kernels, for O outputs and sums over `taps` times C channels. */
static void choose_kernels(Direct *g, Dtype d, int64_t taps) {
  enum { LEAST_C = 8, LEAST_K = 32, FOR_AN_OUTPUT = 16, MOST_MR = 8 };
  g->few =
      g->O > 0 && g->O <= CONV_FEW && g->C >= LEAST_C && taps * g->C >= most(LEAST_K, FOR_AN_OUTPUT * g->O);
  g->k = conv_kernels_for(d, g->few ? g->C : g->O);
  g->mr = g->few ? least(MOST_MR, CONV_FEW_SUMS / g->O) : g->k->mr;
  g->nr = g->few ? g->O : g->k->nr;
}

/* Tiles of pixels whose inputs fit the second cache; channels of a sum in one go, cut alike whatever the
 * block, so that sums do not depend on how many threads there are. */
static int64_t tiles_at_once(const Direct *g) {
  return most(1, least(MOST_TILES, L2 / (g->size * g->mr * least(g->C, CONV_KC))));
}
static int64_t channels_at_once(const Direct *g) {
  return g->few ? g->C : ceil_div(g->C, ceil_div(g->C, CONV_KC));
}

/* The same of taps. */
static int64_t taps_at_once(const Direct *g) {
  const int64_t room = TABLE / (MOST_TILES * g->mr),
                at_most = g->few ? room : most(1, least(TAPS_KC / g->C, room));
  return ceil_div(g->taps, ceil_div(g->taps, at_most));
}

enum { UNITS = 8 }; /* of work for a thread: of four, the last one's length was a tenth of the time */

/* Blocks of up to 16 tiles of pixels times parts of the panels of all groups: enough of them for the threads, each with inputs
 * that fit the second cache. */
static void cut(Direct *g) {
  int64_t P = g->N * g->gh * g->gw, mr = g->mr, want = UNITS * parallel_threads();
  g->panels = ceil_div(g->O, g->nr);
  g->tiles = tiles_at_once(g);
  g->at_once = g->groups * g->panels;
  g->parts = 1;
  int64_t strips = ceil_div(P, mr);
  g->blocks = ceil_div(strips, g->tiles);
  g->tiles = ceil_div(strips, g->blocks); /* about equal */
  while (g->blocks * g->parts < want && g->at_once > 1) {
    g->at_once = ceil_div(g->at_once, 2);
    g->parts = ceil_div(g->groups * g->panels, g->at_once);
  }
  while (g->blocks * g->parts < want && g->tiles > 1) g->blocks = ceil_div(strips, --g->tiles);
}

/* One block of pixels: which they are. */
typedef struct Block {
  int64_t first, n, strips;
  int rows[MOST_TILES]; /* pixels of each strip, about equal */
  void *out[MOST_TILES * MOST_ROWS];
} Block;

static void locate(const Direct *g, int64_t p, int64_t *n, int64_t *y, int64_t *x) {
  *x = p % g->gw;
  *y = p / g->gw % g->gh;
  *n = p / g->gw / g->gh;
}
/* The pixels from (n, y, x) to the end of its row, at most `most_pixels`; the position moves on behind them. */
static int64_t row_run(const Direct *g, int64_t most_pixels, int64_t *n, int64_t *y, int64_t *x) {
  const int64_t run = least(most_pixels, g->gw - *x);
  if ((*x += run) < g->gw) return run;
  *x = 0;
  if (++*y == g->gh) {
    *y = 0;
    ++*n;
  }
  return run;
}

/* Which pixels are a strip depends on no block, and so on no thread: what leave_out leaves out would show beside weights
 * that are infinite. */
static void block_begin(const Direct *g, int64_t index, Block *b) {
  const int64_t P = g->N * g->gh * g->gw, all = ceil_div(P, g->mr), from = index * g->tiles,
                to = least(all, from + g->tiles);
  int64_t n, y, x;
  b->first = from * P / all;
  b->n = to * P / all - b->first;
  b->strips = to - from;
  for (int64_t s = from; s < to; s++) b->rows[s - from] = (int)((s + 1) * P / all - s * P / all);
  locate(g, b->first, &n, &y, &x);
  const int64_t step = g->osx * g->pixel * g->size;
  for (int64_t i = 0, run; i < b->n; i += run) {
    unsigned char *out =
        g->out + ((n * g->OH + y * g->osy + g->oy) * g->OW + x * g->osx + g->ox) * g->pixel * g->size;
    run = row_run(g, b->n - i, &n, &y, &x);
    for (int64_t k = 0; k < run; k++) b->out[i + k] = out + k * step;
  }
}

/* Steps [*from, *to) of a side of n steps whose taps `at` all lie within [0, size). */
static void safe_steps(const int64_t *at, int64_t taps, int64_t step, int64_t n, int64_t size, int64_t *from,
                       int64_t *to) {
  int64_t low = 0, high = 0;
  for (int64_t t = 0; t < taps; t++) {
    low = least(low, at[t]);
    high = most(high, at[t]);
  }
  *from = least(n, ceil_div(-low, step));
  *to = size > high ? least(n, (size - high - 1) / step + 1) : 0;
}

static void aim(Direct *g) {
  for (int64_t t = 0; t < g->taps; t++) g->offset[t] = (g->ty[t] * g->W + g->tx[t]) * g->pitch * g->size;
  safe_steps(g->ty, g->taps, g->sy, g->gh, g->H, &g->y0, &g->y1);
  safe_steps(g->tx, g->taps, g->sx, g->gw, g->W, &g->x0, &g->x1);
}

/* table[tap][row] of one pixel near the border: where taps [first, first + count) lie. */
static void point(const Direct *g, const unsigned char *at, int64_t iy, int64_t ix, int64_t first,
                  int64_t count, const void **table, int rows) {
  for (int64_t t = 0; t < count; t++, table += rows) {
    int64_t ty = iy + g->ty[first + t], tx = ix + g->tx[first + t];
    *table = ty >= 0 && ty < g->H && tx >= 0 && tx < g->W ? at + g->offset[first + t] : g->zeros;
  }
}

/* The same of `run` pixels of a row from (n, y, x) on. */
static void point_row(const Direct *g, int64_t n, int64_t y, int64_t x, int64_t run, int64_t first,
                      int64_t count, const void **table, int rows) {
  const int64_t iy = y * g->sy, step = g->sx * g->pitch * g->size;
  const unsigned char *at = g->in + ((n * g->H + iy) * g->W + x * g->sx) * g->pitch * g->size;
  const bool inside = y >= g->y0 && y < g->y1;
  const int64_t from = inside ? most(0, least(run, g->x0 - x)) : run,
                to = inside ? most(from, least(run, g->x1 - x)) : run;
  for (int64_t k = 0; k < from; k++)
    point(g, at + k * step, iy, (x + k) * g->sx, first, count, table + k, rows);
  for (int64_t t = 0; t < count; t++) {
    const unsigned char *tap = at + g->offset[first + t];
    for (int64_t k = from; k < to; k++) table[t * rows + k] = tap + k * step;
  }
  for (int64_t k = to; k < run; k++)
    point(g, at + k * step, iy, (x + k) * g->sx, first, count, table + k, rows);
}

/* Taps of a strip that meet nothing but zeros, as those above an image, are left out: table[tap][0] is NULL. */
static void leave_out(const Direct *g, int64_t count, const void **table, int rows) {
  for (int64_t t = 0; t < count; t++, table += rows) {
    int row = 0;
    while (row < rows && table[row] == g->zeros) row++;
    if (row == rows) *table = NULL;
  }
}

/* table[strip][tap][row] of a block */
static void point_all(const Direct *g, const Block *b, int64_t first, int64_t count, const void **table) {
  int64_t n, y, x;
  locate(g, b->first, &n, &y, &x);
  for (int64_t s = 0; s < b->strips; s++) {
    for (int64_t i = 0, run; i < b->rows[s]; i += run) {
      const int64_t at[] = {n, y, x};
      run = row_run(g, b->rows[s] - i, &n, &y, &x);
      point_row(g, at[0], at[1], at[2], run, first, count, table + i, b->rows[s]);
    }
    leave_out(g, count, table, b->rows[s]);
    table += count * b->rows[s];
  }
}

/* Taps [t0, t0 + tn), channels [c0, c0 + cn) of one group: all strips against panels [q0, q1). */
static void products(const Direct *g, const Block *b, const void *const *table, int64_t group, int64_t t0,
                     int64_t tn, int64_t c0, int64_t cn, int64_t q0, int64_t q1) {
  int64_t K = g->taps * g->C, nr = g->nr;
  const ConvFinish *f = t0 + tn == g->taps && c0 + cn == g->C ? g->finish : NULL;
  for (int64_t q = q0; q < q1; q++) {
    const unsigned char *panel = g->b + (((group * g->panels + q) * K) + t0 * g->C + c0) * nr * g->size;
    const unsigned char *ahead = panel + K * nr * g->size, *end = ahead + tn * cn * nr * g->size;
    if (q + 1 == q1) end = ahead; /* nothing follows */
    const void *const *a = table;
    void *const *out = b->out;
    int cols = (int)least(nr, g->O - q * nr);
    for (int64_t s = 0; s < b->strips; s++) {
      (g->few ? g->k->few : g->k->indirect)(b->rows[s], cols, tn, cn, a, group * g->C + c0, panel,
                                            ahead < end ? ahead : NULL, out, group * g->O + q * nr,
                                            g->add || t0 + c0 > 0, f);
      ahead += tn * cn * CONV_LINE;
      a += tn * b->rows[s];
      out += b->rows[s];
    }
  }
}

static void gather_unit(const Direct *g, int64_t unit) {
  const void *table[TABLE];
  Block b;
  int64_t begin = unit % g->parts * g->at_once, end = least(g->groups * g->panels, begin + g->at_once);
  block_begin(g, unit / g->parts, &b);
  const int64_t t_step = taps_at_once(g), c_step = channels_at_once(g);
  for (int64_t t = 0; t < g->taps; t += t_step) {
    int64_t tn = least(t_step, g->taps - t);
    point_all(g, &b, t, tn, table);
    for (int64_t q = begin, n; q < end; q += n) { /* panels of one group */
      const int64_t group = q / g->panels, q0 = q % g->panels;
      n = least(end - q, g->panels - q0);
      for (int64_t c = 0; c < g->C; c += c_step)
        products(g, &b, table, group, t, tn, c, least(c_step, g->C - c), q0, q0 + n);
    }
  }
}
static void gather_units(void *context, int64_t begin, int64_t end) {
  for (int64_t u = begin; u < end; u++) gather_unit(context, u);
}
static void gather(Direct *g) {
  cut(g);
  parallel_for(g->blocks * g->parts, 1, gather_units, g);
}

/* --- rows of pixels whose taps are all there, a step apart ------------------------------------------------ */
enum { ALONG_K = 2400 };

/* Pixels of a row whose taps stick out. */
static int64_t beside(const Direct *g) { return g->gw - (g->x1 - g->x0); }

/* Sums of which the addresses of all their pixels would be a good part.  Pixels beside the others go by pointers, those
 * of some rows together.  Of one tap sums go in runs of CONV_KC, as everywhere else (inverted.c has the same bits). */
static bool goes_along(const Direct *g) {
  enum { STRIP = 6, TWENTIETHS = 19, SHORT = 192 };
  const int64_t n = g->x1 - g->x0, K = g->taps * g->C;
  if (g->few || g->add || n < g->mr || K > (g->taps > 1 ? ALONG_K : CONV_KC)) return false;
  if (K > SHORT && 20 * n < TWENTIETHS * STRIP * ceil_div(n, g->mr)) return false; /* no time in low strips */
  return beside(g) == 0 || (g->gw <= tiles_at_once(g) * g->mr && g->taps * beside(g) <= TABLE &&
                            beside(g) <= MOST_TILES * g->mr);
}

/* Several rows or a part of one, as many pixels as the tiles of a block, times parts of the panels where that is not
 * enough for the threads. */
static void cut_rows(Direct *g) {
  const int64_t rows = g->N * g->gh, want = UNITS * parallel_threads(), pixels = tiles_at_once(g) * g->mr;
  const int64_t panels = g->groups * ceil_div(g->O, g->nr), out = beside(g);
  g->panels = ceil_div(g->O, g->nr);
  g->across = out > 0 ? 1 : most(most(1, g->gw / pixels), least(g->gw / g->mr, want / (rows * panels)));
  g->tiles = g->across > 1 ? 1 : most(1, least(pixels / g->gw, rows / want));
  if (out > 0) g->tiles = least(g->tiles, least(MOST_TILES * g->mr, TABLE / g->taps) / out);
  g->blocks = ceil_div(rows, g->tiles) * g->across;
  g->parts = least(panels, ceil_div(want, g->blocks));
}

static const unsigned char *row_in(const Direct *g, int64_t r) {
  return g->in + (r / g->gh * g->H + r % g->gh * g->sy) * g->W * g->pitch * g->size;
}
static unsigned char *row_out(const Direct *g, int64_t r) {
  return g->out + ((r / g->gh * g->OH + r % g->gh * g->osy + g->oy) * g->OW + g->ox) * g->pixel * g->size;
}

/* The pixels beside of rows [r0, r1). */
static void point_beside(const Direct *g, int64_t r0, int64_t r1, Block *b, const void **table) {
  const int64_t out = beside(g);
  b->n = (r1 - r0) * out;
  b->strips = ceil_div(b->n, g->mr);
  for (int64_t s = 0; s < b->strips; s++) b->rows[s] = (int)(b->n / b->strips + (s < b->n % b->strips));
  for (int64_t s = 0, i = 0; s < b->strips; table += g->taps * b->rows[s++])
    for (int k = 0; k < b->rows[s]; k++, i++) {
      const int64_t r = r0 + i / out, x = i % out < g->x0 ? i % out : i % out + g->x1 - g->x0;
      point(g, row_in(g, r) + x * g->sx * g->pitch * g->size, r % g->gh * g->sy, x * g->sx, 0, g->taps,
            table + k, b->rows[s]);
      b->out[i] = row_out(g, r) + x * g->osx * g->pixel * g->size;
    }
}

/* Pixels [x0, x1) of row r, panel q of a group. */
static void one_along(const Direct *g, int64_t r, int64_t x0, int64_t x1, int64_t group, int64_t q) {
  const void *a[ALONG_K];
  const int64_t iy = r % g->gh * g->sy, step = g->sx * g->pitch, nr = g->nr, K = g->taps * g->C;
  const unsigned char *in = row_in(g, r) + (x0 * step + group * g->C) * g->size;
  for (int64_t t = 0; t < g->taps; t++)
    a[t] = iy + g->ty[t] >= 0 && iy + g->ty[t] < g->H ? in + g->offset[t] : NULL;
  g->k->along(x1 - x0, (int)least(nr, g->O - q * nr), g->taps, g->C, a, step,
              g->b + (group * g->panels + q) * K * nr * g->size,
              row_out(g, r) + x0 * g->osx * g->pixel * g->size, g->osx * g->pixel, group * g->O + q * nr,
              g->finish);
}

static void row_units(void *context, int64_t begin, int64_t end) {
  const Direct *g = context;
  const int64_t panels = g->groups * g->panels;
  const void *table[TABLE];
  for (int64_t u = begin; u < end; u++) {
    Block b;
    const int64_t block = u / g->parts, part = u % g->parts, piece = block % g->across, n = g->x1 - g->x0;
    const int64_t r0 = block / g->across * g->tiles, r1 = least(r0 + g->tiles, g->N * g->gh);
    const int64_t x0 = g->x0 + piece * n / g->across, x1 = g->x0 + (piece + 1) * n / g->across;
    if (beside(g) > 0) point_beside(g, r0, r1, &b, table);
    for (int64_t p = part * panels / g->parts; p < (part + 1) * panels / g->parts; p++) {
      const int64_t group = p / g->panels, q = p % g->panels;
      for (int64_t r = r0; r < r1; r++) one_along(g, r, x0, x1, group, q);
      if (beside(g) > 0) products(g, &b, table, group, 0, g->taps, 0, g->C, q, q + 1);
    }
  }
}
static void gather_rows(Direct *g) {
  cut_rows(g);
  parallel_for(g->blocks * g->parts, 1, row_units, g);
}

/* --- packing: panel q of group: b[k][j] = w at tap, channel k and output q nr + j; few outputs b[j][k] -------- */
typedef struct Packing {
  const Direct *g;
  const GemmKernels *gemm;
  const unsigned char *w;
  unsigned char *to;
  const int64_t *tap;                           /* index of each tap in w */
  int64_t tap_step, c_step, o_step, group_step; /* elements */
} Packing;

static void pack_units(void *context, int64_t begin, int64_t end) {
  const Packing *p = context;
  const Direct *g = p->g;
  int64_t nr = g->nr, panels = ceil_div(g->O, nr);
  for (int64_t u = begin; u < end; u++) {
    int64_t t = u % g->taps, q = u / g->taps % panels, group = u / g->taps / panels;
    const unsigned char *from =
        p->w + (p->tap[t] * p->tap_step + group * p->group_step + q * nr * p->o_step) * g->size;
    unsigned char *to = p->to + ((group * panels + q) * g->taps + t) * g->C * nr * g->size;
    if (g->few) p->gemm->pack(g->C, g->C, g->O, from, p->o_step, p->c_step, to);
    else p->gemm->pack(nr, least(nr, g->O - q * nr), g->C, from, p->c_step, p->o_step, to);
  }
}

/* What the packed form depends on besides w. */
static int64_t pack_kind(const Conv *c, int64_t way, int64_t fy, int64_t fx) {
  const int64_t part[] = {way,   c->groups, c->sh, c->sw, conv_wrap(c->top, c->sh), conv_wrap(c->left, c->sw),
                          c->dh, c->dw,     fy,    fx};
  enum { BASE = 131 };
  int64_t kind = 0;
  for (size_t i = 0; i < sizeof part / sizeof *part; i++)
    kind = (int64_t)((uint64_t)kind * BASE + (uint64_t)part[i]);
  return kind;
}

static bool pack_weights(Direct *g, const Tensor *w, int64_t kind, Packing *p, Pack *kept, Err *e) {
  int64_t panels = ceil_div(g->O, g->nr), K = g->taps * g->C;
  if (!pack_begin(w, kind, (size_t)(g->groups * panels * K * g->nr * g->size), kept, e)) return false;
  p->g = g;
  p->gemm = kernels(w->dtype)->gemm;
  p->w = w->data;
  p->to = kept->block;
  if (!kept->ready) parallel_for(g->groups * panels * g->taps, 1 + GRAIN / (g->C * g->nr), pack_units, p);
  g->b = kept->block;
  return true;
}

/* --- forward -------------------------------------------------------------------------------------------- */
enum { FEW_CHANNELS = 4, MANY_TAPS = 16 };

/* A row of taps is one run of memory: where nothing sticks out, or for images with few channels or kernels with many
 * taps, which are worth a copy with their border. */
static bool rows_merge(const Conv *c) {
  if (c->groups > 1 || c->dw > 1 || c->kw == 1) return false;
  return (!c->left && !c->right) || c->C <= FEW_CHANNELS || c->kh * c->kw >= MANY_TAPS;
}

static void one_row(Direct *g) {
  g->gw = g->W = g->N * g->gh * g->gw;
  g->OW = g->gw;
  g->N = g->gh = g->H = g->OH = 1;
}

typedef struct Forward {
  Direct g;
  Scratch x, zeros, taps; /* taps: ty, tx, offset and which of w each is */
  Pack pack;
} Forward;

static bool forward_input(Forward *f, const Conv *c, const Tensor *x, bool merged, Err *e) {
  Direct *g = &f->g;
  g->H = c->H;
  g->W = c->W;
  g->pitch = c->C;
  g->in = x->data;
  if (merged && (c->left || c->right)) {
    if (!conv_bordered(c, x, &f->x, e)) return false;
    g->in = f->x.at;
    g->H = c->top + c->H + c->bottom;
    g->W = c->left + c->W + c->right;
    return true;
  }
  return merged ||
         conv_pitch(x->data, c->N * c->H * c->W, c->C, g->size, CONV_PAGE, &f->x, &g->in, &g->pitch, e);
}

static bool forward_taps(Forward *f, const Conv *c, bool merged, int64_t top, int64_t left, Err *e) {
  Direct *g = &f->g;
  int64_t kw = merged ? 1 : c->kw;
  g->taps = c->kh * kw;
  if (!scratch_take(&f->taps, 4 * g->taps * (int64_t)sizeof(int64_t), false, e)) return false;
  int64_t *ty = (int64_t *)(void *)f->taps.at, *tx = ty + g->taps, *index = tx + 2 * g->taps;
  for (int64_t t = 0; t < g->taps; t++) {
    ty[t] = t / kw * c->dh - top;
    tx[t] = t % kw * c->dw - left;
    index[t] = t;
  }
  g->ty = ty;
  g->tx = tx;
  g->offset = tx + g->taps;
  return true;
}

static void forward_end(Forward *f) {
  if (f->x.at) scratch_give(&f->x);
  if (f->zeros.at) scratch_give(&f->zeros);
  if (f->taps.at) scratch_give(&f->taps);
  if (f->pack.block) pack_end(&f->pack);
}

typedef struct Whole {
  const PixelRun *run;
  const unsigned char *x;
  unsigned char *y;
} Whole;
static void whole_part(void *context, int64_t begin, int64_t end) {
  const Whole *p = context;
  pixel_panels(p->run, end - begin, p->x + begin * p->run->C * p->run->size,
               p->y + begin * p->run->O * p->run->size);
}

/* The whole of a 1 x 1 of one group in place, with less to do for each pixel than direct_forward. */
static bool pixels_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y,
                           Err *e) {
  PixelRun run;
  if (!direct_pack(c, w, f, &run, e)) return false;
  Whole whole = {&run, x->data, y->data};
  parallel_for(c->N * c->OH * c->OW, 1 + GRAIN / (c->C * c->O), whole_part, &whole);
  pack_end(&run.pack);
  return true;
}

bool direct_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *finish, Tensor *y,
                    Err *e) {
  bool merged = rows_merge(c), bordered = merged && (c->left || c->right), flat = conv_in_place(c);
  int64_t Cg = c->C / c->groups, Og = c->O / c->groups, run = merged ? c->kw : 1;
  Forward f = {.g = {.size = (int64_t)dtype_size[x->dtype],
                     .N = c->N,
                     .gh = c->OH,
                     .gw = c->OW,
                     .sy = c->sh,
                     .sx = c->sw,
                     .out = y->data,
                     .OH = c->OH,
                     .OW = c->OW,
                     .pixel = c->O,
                     .osy = 1,
                     .osx = 1,
                     .C = Cg * run,
                     .O = Og,
                     .groups = c->groups}};
  choose_kernels(&f.g, x->dtype, c->kh * c->kw / run);
  if (f.g.few && flat && c->groups == 1) return pixels_forward(c, x, w, finish, y, e);
  if (finish->bias || finish->residual || finish->act) f.g.finish = finish;
  if (Cg == 0) { /* an empty sum */
    tensor_fill(y, 0);
    if (f.g.finish) f.g.k->finish(y->n / c->O, c->O, 0, y->data, c->O, finish);
    return true;
  }
  bool ok = forward_input(&f, c, x, merged, e) &&
            forward_taps(&f, c, merged, bordered ? 0 : c->top, bordered ? 0 : c->left, e) &&
            scratch_take(&f.zeros, c->C * run * f.g.size, true, e);
  f.g.zeros = f.zeros.at;
  Packing p = {
      .tap = f.g.offset + f.g.taps, .tap_step = f.g.C * c->O, .c_step = c->O, .o_step = 1, .group_step = Og};
  /* what a few outputs have in a row depends on how many taps are one */
  ok = ok && pack_weights(&f.g, w, pack_kind(c, PACK_FORWARD, f.g.few ? run : 0, 0), &p, &f.pack, e);
  if (ok && flat) one_row(&f.g);
  if (ok) aim(&f.g);
  if (ok) (goes_along(&f.g) ? gather_rows : gather)(&f.g);
  forward_end(&f);
  return ok;
}

/* --- 1 x 1 on pixels in a row, for pixels.c ------------------------------------------------------------- */
bool direct_pack(const Conv *c, const Tensor *w, const ConvFinish *f, PixelRun *p, Err *e) {
  const int64_t index = 0;
  Direct g = {.size = (int64_t)dtype_size[w->dtype], .taps = 1, .C = c->C, .O = c->O, .groups = 1};
  choose_kernels(&g, w->dtype, 1);
  Packing how = {.tap = &index, .tap_step = c->C * c->O, .c_step = c->O, .o_step = 1, .group_step = c->O};
  *p = (PixelRun){
      .k = g.k, .few = g.few, .size = g.size, .C = c->C, .O = c->O, .mr = g.mr, .nr = g.nr, .finish = f};
  return pack_weights(&g, w, pack_kind(c, PACK_FORWARD, g.few, 0), &how, &p->pack, e);
}

/* --- gradient of x -------------------------------------------------------------------------------------- */
static void clear_phase(const Direct *g, int64_t gh, int64_t gw) {
  for (int64_t i = 0; i < g->N * gh * gw; i++) {
    int64_t n = i / gw / gh, y = i / gw % gh, x = i % gw;
    memset(g->out + ((n * g->OH + y * g->osy + g->oy) * g->OW + x * g->osx + g->ox) * g->pixel * g->size, 0,
           (size_t)(g->pixel * g->size));
  }
}

static bool phase(Forward *f, const Conv *c, const Tensor *w, int64_t fy, int64_t fx, Err *e) {
  Direct *g = &f->g;
  int64_t all = c->kh * c->kw, *ty = (int64_t *)(void *)f->taps.at, *tx = ty + all, *index = tx + 2 * all;
  g->gh = (c->H - fy + c->sh - 1) / c->sh;
  g->gw = (c->W - fx + c->sw - 1) / c->sw;
  g->oy = fy;
  g->ox = fx;
  if (fy >= c->H || fx >= c->W) return true;
  g->taps = conv_phase_taps(c, fy, fx, ty, tx, index);
  g->ty = ty;
  g->tx = tx;
  g->offset = tx + all;
  if (g->taps == 0) {
    if (!g->add) clear_phase(g, g->gh, g->gw);
    return true;
  }
  Packing p = {.tap = index, .tap_step = g->O * c->O, .c_step = 1, .o_step = c->O, .group_step = g->C};
  if (!pack_weights(g, w, pack_kind(c, PACK_BACKWARD, fy, fx), &p, &f->pack, e)) return false;
  aim(g);
  (goes_along(g) ? gather_rows : gather)(g);
  pack_end(&f->pack);
  f->pack.block = NULL;
  return true;
}

bool direct_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  int64_t Cg = c->C / c->groups, Og = c->O / c->groups, size = (int64_t)dtype_size[dx->dtype];
  Forward f = {.g = {.size = size,
                     .N = c->N,
                     .H = c->OH,
                     .W = c->OW,
                     .sy = 1,
                     .sx = 1,
                     .out = dx->data,
                     .OH = c->H,
                     .OW = c->W,
                     .pixel = c->C,
                     .osy = c->sh,
                     .osx = c->sw,
                     .C = Og,
                     .O = Cg,
                     .groups = c->groups,
                     .add = add}};
  choose_kernels(&f.g, dx->dtype, c->kh * c->kw);
  bool ok = conv_pitch(dy->data, c->N * c->OH * c->OW, c->O, size, CONV_PAGE, &f.x, &f.g.in, &f.g.pitch, e) &&
            scratch_take(&f.zeros, c->O * size, true, e) &&
            scratch_take(&f.taps, 4 * c->kh * c->kw * (int64_t)sizeof(int64_t), false, e);
  f.g.zeros = f.zeros.at;
  for (int64_t i = 0; ok && i < c->sh * c->sw && !interrupt_pending(); i++)
    ok = phase(&f, c, w, i / c->sw, i % c->sw, e);
  forward_end(&f);
  return ok;
}
