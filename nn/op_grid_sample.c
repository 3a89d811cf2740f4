/* op_grid_sample.c: images x [N,H,W,C] read at places of one's own, grid [N,OH,OW,2] of (x, y) in -1..1
 * (Jaderberg et al. 2015, arXiv:1506.02025).
 *
 *   place: ((g + 1) W - 1) / 2, or (g + 1) / 2 (W - 1) with align_corners; then the border by `padding`
 *   bilinear: the four pixels round it by their nearness; nearest: the pixel it is in, halves to even
 * As PyTorch's grid_sample.  The gradient flows to x and, of bilinear, to the grid. */
#include "mem.h"
#include "op.h"
#include "parallel.h"

#include <math.h>

CHOICES(GRID_SAMPLE, bilinear, nearest)
CHOICES(GRID_BORDER, zeros, border, reflection)
PARAMS(grid_sample, (CHOICE, mode, GRID_SAMPLE_bilinear, "mean of four pixels, or one", GRID_SAMPLE_words),
       (CHOICE, padding, GRID_BORDER_zeros, "what lies beyond the edge", GRID_BORDER_words),
       (BOOL, align_corners, false, "-1 and 1 are the middles of the corner pixels, not their edges"))

static bool grid_sample_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *g = c->x[1];
  char left[TEXT], right[TEXT];
  if (!op_want_float(c, 0, e)) return false;
  if (x->nd != 4 || g->nd != 4 || g->shape[0] != x->shape[0] || g->shape[3] != 2)
    return err_set(e, "grid_sample: x [N,H,W,C] and grid [N,OH,OW,2] wanted, got %s and %s",
                   tensor_text(left, x), tensor_text(right, g));
  if (x->shape[1] < 1 || x->shape[2] < 1)
    return err_set(e, "grid_sample: %s has no pixels", tensor_text(left, x));
  const int64_t shape[] = {x->shape[0], g->shape[1], g->shape[2], x->shape[3]};
  return op_output(c, 0, x->dtype, 4, shape, e) != NULL;
}

/* A place along a side, and how much it moves with the grid's number. */
typedef struct Place {
  double at, slope;
} Place;

static Place place(const struct grid_sample_params *p, double g, int64_t size) {
  const double n = (double)size;
  Place r =
      p->align_corners ? (Place){(g + 1) / 2 * (n - 1), (n - 1) / 2} : (Place){((g + 1) * n - 1) / 2, n / 2};
  if (!(fabs(r.at) < 1e9)) return (Place){-1e9, 0}; /* also NaN: beyond every edge */
  if (p->padding == GRID_BORDER_zeros) return r;
  if (p->padding == GRID_BORDER_reflection) {
    const double low = p->align_corners ? 0 : -0.5, span = p->align_corners ? n - 1 : n;
    if (span <= 0) return (Place){0, 0};
    double d = r.at - low;
    if (d < 0) {
      d = -d;
      r.slope = -r.slope;
    }
    const double turns = floor(d / span), rest = d - turns * span;
    const bool back = fmod(turns, 2) != 0;
    r.at = low + (back ? span - rest : rest);
    if (back) r.slope = -r.slope;
  }
  if (r.at < 0) return (Place){0, 0};
  if (r.at > n - 1) return (Place){n - 1, 0};
  return r;
}

/* The pixels that one result is made of: their offsets in an image (-1: beyond the edge) and weights. */
typedef struct Taps {
  int n;
  int64_t at[4];
  double w[4], wx[4], wy[4]; /* weight, and its derivatives by the grid's x and y */
} Taps;

static void add_tap(Taps *t, int64_t H, int64_t W, int64_t C, int64_t y, int64_t x, double w, double wx,
                    double wy) {
  const int k = t->n++;
  t->at[k] = y < 0 || y >= H || x < 0 || x >= W ? -1 : (y * W + x) * C;
  t->w[k] = w;
  t->wx[k] = wx;
  t->wy[k] = wy;
}

static Taps taps(const struct grid_sample_params *p, const Tensor *x, double gx, double gy) {
  const int64_t H = x->shape[1], W = x->shape[2], C = x->shape[3];
  const Place px = place(p, gx, W), py = place(p, gy, H);
  Taps t = {0};
  if (p->mode == GRID_SAMPLE_nearest) {
    add_tap(&t, H, W, C, (int64_t)nearbyint(py.at), (int64_t)nearbyint(px.at), 1, 0, 0);
    return t;
  }
  const double y0 = floor(py.at), x0 = floor(px.at), fy = py.at - y0, fx = px.at - x0;
  for (int k = 0; k < 4; k++) {
    const int dy = k >> 1, dx = k & 1;
    const double wy = dy ? fy : 1 - fy, wx = dx ? fx : 1 - fx;
    add_tap(&t, H, W, C, (int64_t)y0 + dy, (int64_t)x0 + dx, wy * wx, wy * (dx ? px.slope : -px.slope),
            wx * (dy ? py.slope : -py.slope));
  }
  return t;
}

typedef struct Job {
  const struct grid_sample_params *p;
  const Tensor *x, *grid; /* contiguous */
  Tensor *y, *dx, *dgrid; /* forward; backward: NULL where unwanted */
  const Tensor *dy;
  bool add_grid;
} Job;

/* Rows of results; and images, whose pixels get gradients from several places. */
#define GRID(real)                                                                                           \
  static Taps taps_##real(const Job *j, int64_t i) {                                                         \
    const real *g = (const real *)j->grid->data + 2 * i;                                                     \
    return taps(j->p, j->x, (double)g[0], (double)g[1]);                                                     \
  }                                                                                                          \
  static void forward_##real(void *context, int64_t begin, int64_t end) {                                    \
    const Job *j = context;                                                                                  \
    const int64_t C = j->x->shape[3], image = j->x->shape[1] * j->x->shape[2] * C,                           \
                  area = j->grid->shape[1] * j->grid->shape[2];                                              \
    for (int64_t i = begin; i < end; i++) {                                                                  \
      const real *x = (const real *)j->x->data + i / area * image;                                           \
      real *y = (real *)j->y->data + i * C;                                                                  \
      const Taps t = taps_##real(j, i);                                                                      \
      for (int64_t c = 0; c < C; c++) y[c] = 0;                                                              \
      for (int k = 0; k < t.n; k++)                                                                          \
        for (int64_t c = 0; c < C && t.at[k] >= 0; c++) y[c] += (real)t.w[k] * x[t.at[k] + c];               \
    }                                                                                                        \
  }                                                                                                          \
  static void backward_##real(void *context, int64_t begin, int64_t end) {                                   \
    const Job *j = context;                                                                                  \
    const int64_t C = j->x->shape[3], image = j->x->shape[1] * j->x->shape[2] * C,                           \
                  area = j->grid->shape[1] * j->grid->shape[2];                                              \
    for (int64_t i = begin * area; i < end * area; i++) {                                                    \
      const real *x = (const real *)j->x->data + i / area * image, *dy = (const real *)j->dy->data + i * C;  \
      real *dx = j->dx ? (real *)j->dx->data + i / area * image : NULL;                                      \
      const Taps t = taps_##real(j, i);                                                                      \
      double gx = 0, gy = 0;                                                                                 \
      for (int k = 0; k < t.n; k++)                                                                          \
        for (int64_t c = 0; c < C && t.at[k] >= 0; c++) {                                                    \
          if (dx) dx[t.at[k] + c] += (real)t.w[k] * dy[c];                                                   \
          gx += t.wx[k] * (double)(x[t.at[k] + c] * dy[c]);                                                  \
          gy += t.wy[k] * (double)(x[t.at[k] + c] * dy[c]);                                                  \
        }                                                                                                    \
      if (!j->dgrid) continue;                                                                               \
      real *dg = (real *)j->dgrid->data + 2 * i;                                                             \
      dg[0] = (real)gx + (j->add_grid ? dg[0] : 0);                                                          \
      dg[1] = (real)gy + (j->add_grid ? dg[1] : 0);                                                          \
    }                                                                                                        \
  }
GRID(float)
GRID(double)

static bool run(const OpCall *c, Job *j, Err *e) {
  Tensor *x = tensor_contiguous(c->x[0], e), *grid = x ? tensor_contiguous(c->x[1], e) : NULL;
  if (grid) {
    const bool wide = x->dtype == F64;
    const int64_t area = grid->shape[1] * grid->shape[2], C = x->shape[3];
    j->x = x;
    j->grid = grid;
    if (j->y)
      parallel_for(x->shape[0] * area, 1 + GRAIN / (4 * C + 16), wide ? forward_double : forward_float, j);
    else parallel_for(x->shape[0], 1, wide ? backward_double : backward_float, j);
  }
  const bool ok = grid != NULL;
  tensor_release(x);
  tensor_release(grid);
  return ok;
}

static bool grid_sample_forward(OpCall *c, Err *e) {
  Job j = {.p = PARAM(grid_sample, c), .y = c->y[0]};
  return run(c, &j, e);
}

static bool grid_sample_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *dy = tensor_contiguous(dys[0], e);
  if (!dy) return false;
  if (dx[0] && !(add & 1)) tensor_fill(dx[0], 0);
  Job j = {.p = PARAM(grid_sample, c), .dx = dx[0], .dgrid = dx[1], .dy = dy, .add_grid = (add & 2) != 0};
  const bool ok = run(c, &j, e);
  tensor_release(dy);
  return ok;
}

static double grid_sample_flops(const OpCall *c) {
  return PARAM(grid_sample, c)->mode == GRID_SAMPLE_nearest ? 0 : 8 * (double)c->y[0]->n;
}

/* clang-format off */
const Op op_grid_sample = {
    .name = "grid_sample", .where = "n", .eq = "y[n,i,j] = x[n] at the place grid[n,i,j] = (x, y) in -1..1",
    .doc = "images x [N,H,W,C] read at places grid [N,OH,OW,2], as PyTorch does it (Jaderberg et al. 2015, "
           "arXiv:1506.02025)",
    .in = {"x", "grid"}, .param = TAKES(grid_sample),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1,
    .shape = grid_sample_shape, .forward = grid_sample_forward, .backward = grid_sample_backward,
    .flops = grid_sample_flops,
    .check = {{2, {{4, {2, 4, 5, 3}}, {4, {2, 3, 2, 2}}}, .args = NULL},
              {2, {{4, {1, 3, 4, 2}}, {4, {1, 3, 3, 2}}}, .args = "padding=\"border\", align_corners=true"},
              {2, {{4, {1, 4, 3, 2}}, {4, {1, 2, 4, 2}}}, .args = "padding=\"reflection\""},
              {2, {{4, {1, 4, 3, 2}}, {4, {1, 2, 4, 2}}}, .args = "mode=\"nearest\""}},
    .example = "print(nn.grid_sample(tensor.rand(1, 4, 4, 1), tensor.zeros(1, 2, 2, 2)))",
    .see = "upsample"};
