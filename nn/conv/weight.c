/* weight.c: the gradient of the weights.
 *
 *   dw[u,v,c,o] = sum over pixels of x[.. + u, .. + v, c] dy[.., o]
 *
 * A tile of channels x outputs is summed in registers over runs of pixels, a run for each row of the output;
 * rows are taken in blocks that stay in the second cache while every tile passes over them. */
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

#include <string.h>

enum { L2 = 384 << 10, LEAST_PIXELS = 384, HALF_PAGE = CONV_PAGE / 2 };

typedef struct Weight {
  const ConvKernels *k;
  int64_t size, C, O, Og, groups, taps; /* C: channels of one group, or of one merged row of taps */
  int64_t x_step, dy_step;              /* elements from a pixel to the next */
  int64_t c_tiles, o_tiles;
  unsigned char *dw;
  const ConvRun *run; /* [tap][rows] */
  const int64_t *runs;
  int64_t rows; /* of a block */
  bool add;
} Weight;

static void tiles(void *context, int64_t begin, int64_t end) {
  const Weight *g = context;
  for (int64_t u = begin; u < end; u++) {
    int64_t t = u % g->taps, ci = u / g->taps % g->c_tiles, oi = u / g->taps / g->c_tiles % g->o_tiles,
            group = u / g->taps / g->c_tiles / g->o_tiles;
    int64_t c0 = ci * g->C / g->c_tiles, c1 = (ci + 1) * g->C / g->c_tiles, o0 = oi * g->k->nr;
    int64_t at = (t * g->C + c0) * g->O + group * g->Og + o0;
    g->k->outer((int)(c1 - c0), (int)least(g->k->nr, g->Og - o0), g->runs[t], g->run + t * g->rows,
                group * g->C + c0, group * g->Og + o0, g->x_step, g->dy_step, g->dw + at * g->size, g->O,
                g->add);
  }
}

/* Where the images lie and which taps look where. */
typedef struct Look {
  const unsigned char *x, *dy;
  int64_t H, W, pitch, dy_pitch, size, top, left, kw;
} Look;

/* The runs of tap t over rows [r0, r1) of the output; returns how many. */
static int64_t runs_of(const Conv *c, const Look *l, int64_t t, int64_t r0, int64_t r1, ConvRun *run) {
  int64_t dy = t / l->kw * c->dh - l->top, dx = t % l->kw * c->dw - l->left, n = 0;
  int64_t lo = dx < 0 ? ceil_div(-dx, c->sw) : 0, hi = l->W - 1 - dx < 0 ? 0 : (l->W - 1 - dx) / c->sw + 1;
  hi = least(hi, c->OW);
  if (hi <= lo) return 0;
  for (int64_t r = r0; r < r1; r++) {
    int64_t image = r / c->OH, iy = r % c->OH * c->sh + dy;
    if (iy < 0 || iy >= l->H) continue;
    run[n].x = l->x + ((image * l->H + iy) * l->W + lo * c->sw + dx) * l->pitch * l->size;
    run[n].dy = l->dy + (r * c->OW + lo) * l->dy_pitch * l->size;
    run[n++].n = hi - lo;
  }
  return n;
}

/* Pixels side by side in x and dy are one run. */
static int64_t join(const Weight *g, ConvRun *run, int64_t n) {
  int64_t k = 0;
  for (int64_t i = 1; i < n; i++) {
    const unsigned char *x = (const unsigned char *)run[k].x + run[k].n * g->x_step * g->size,
                        *dy = (const unsigned char *)run[k].dy + run[k].n * g->dy_step * g->size;
    if (run[i].x == x && run[i].dy == dy) run[k].n += run[i].n;
    else run[++k] = run[i];
  }
  return n ? k + 1 : 0;
}

static bool sums(const Conv *c, Weight *g, const Look *l, bool add, Err *e) {
  int64_t R = c->N * c->OH, row = (l->W * l->pitch + c->OW * l->dy_pitch) * g->size;
  g->rows = least(R, most(L2 / (row + 1), most(1, ceil_div(LEAST_PIXELS, c->OW))));
  Scratch s;
  int64_t run_bytes = g->taps * g->rows * (int64_t)sizeof(ConvRun);
  if (!scratch_take(&s, run_bytes + g->taps * (int64_t)sizeof(int64_t), false, e)) return false;
  ConvRun *run = (ConvRun *)(void *)s.at;
  int64_t *runs = (int64_t *)(void *)(s.at + run_bytes);
  g->run = run;
  g->runs = runs;
  for (int64_t r = 0; r < R && !interrupt_pending(); r += g->rows) {
    for (int64_t t = 0; t < g->taps; t++)
      runs[t] = join(g, run + t * g->rows, runs_of(c, l, t, r, least(R, r + g->rows), run + t * g->rows));
    g->add = add || r > 0;
    parallel_for(g->taps * g->c_tiles * g->o_tiles * g->groups, 1, tiles, g);
  }
  scratch_give(&s);
  return true;
}

/* Few channels, or nothing that sticks out: a row of taps is one run of memory (as in direct.c). */
static bool rows_merge(const Conv *c) {
  enum { FEW_CHANNELS = 4 };
  if (c->groups > 1 || c->dw > 1 || c->kw == 1) return false;
  return (!c->left && !c->right) || c->C <= FEW_CHANNELS;
}

bool direct_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  bool merged = rows_merge(c), bordered = merged && (c->left || c->right);
  Weight g = {.k = conv_kernels_for(x->dtype, c->O / c->groups),
              .size = (int64_t)dtype_size[x->dtype],
              .C = c->C / c->groups,
              .O = c->O,
              .Og = c->O / c->groups,
              .groups = c->groups,
              .taps = c->kh * c->kw,
              .dw = dw->data};
  Look l = {x->data, dy->data, c->H, c->W, c->C, c->O, g.size, c->top, c->left, c->kw};
  Scratch sx = {0}, sdy = {0};
  bool ok = true;
  if (merged) {
    g.C *= c->kw;
    g.taps = c->kh;
    l.kw = 1;
  }
  if (bordered) {
    ok = conv_bordered(c, x, &sx, e);
    l.x = sx.at;
    l.H = c->top + c->H + c->bottom;
    l.W = c->left + c->W + c->right;
    l.top = l.left = 0;
  } else if (!merged) {
    ok = conv_pitch(x->data, c->N * c->H * c->W, c->C, g.size, HALF_PAGE, &sx, &l.x, &l.pitch, e);
  }
  ok = ok && conv_pitch(dy->data, c->N * c->OH * c->OW, c->O, g.size, HALF_PAGE, &sdy, &l.dy, &l.dy_pitch, e);
  g.c_tiles = ceil_div(g.C, g.k->mr);
  g.o_tiles = ceil_div(g.Og, g.k->nr);
  g.x_step = c->sw * l.pitch;
  g.dy_step = l.dy_pitch;
  ok = ok && sums(c, &g, &l, add, e);
  if (sx.at) scratch_give(&sx);
  if (sdy.at) scratch_give(&sdy);
  return ok;
}
