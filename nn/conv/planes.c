/* planes.c: convolutions to so few outputs that these would fill a small part of a vector (direct.c): a vector holds
 * pixels.
 *
 * Channels of x are laid apart, each a plane of rows with the zeros around them, one for each phase of the stride that a
 * tap meets: so every tap is a distance in memory, and the outputs of some rows are one run of sums, with a few between
 * the rows for nothing.  Both y and dx are made so (dx for each phase of the stride, as in direct.c). */
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

enum {
  MOST_TAPS = 128,
  BYTES = 320 << 10,
  LEAST_COLUMNS = 64,
  UNITS = 8
}; /* BYTES: of planes and sums at once */

/* What outputs at (y, x) of a grid are sums of: pixels (y sy + ty, x sx + tx) of `in` for each tap. */
typedef struct Planes {
  const ConvKernels *k;
  int64_t size;
  const unsigned char *in, *w;
  int64_t N, H, W, pitch, sy, sx; /* input: rows, columns, elements of a pixel, steps of the grid */
  int64_t gh, gw;                 /* the grid of outputs */
  int64_t taps, ty[MOST_TAPS], tx[MOST_TAPS], index[MOST_TAPS]; /* index: of a tap in w */
  int64_t w_tap, w_group, w_c;                                  /* elements */
  unsigned char *out;
  int64_t OH, OW, pixel, oy, ox, osy, osx; /* output: elements of a pixel; first pixel and steps */
  int64_t C, O, groups;                    /* channels of one group, in and out */
  ConvFinish finish;
  /* the plan: planes of a phase hold rows y0 .. of the phase, of which each is as many pixels wider than the outputs */
  int64_t y0, x0, higher, wider;
  int64_t phases, py[MOST_TAPS], px[MOST_TAPS], phase[MOST_TAPS]; /* of a tap */
  int64_t rows, bands, columns, pieces, outputs;                  /* at once */
  int64_t room;
  unsigned char *scratch;
} Planes;

static int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

static void find_phases(Planes *g) {
  int64_t y1 = INT64_MIN, x1 = INT64_MIN;
  g->y0 = g->x0 = INT64_MAX;
  g->phases = 0;
  for (int64_t t = 0; t < g->taps; t++) {
    const int64_t y = floor_div(g->ty[t], g->sy), x = floor_div(g->tx[t], g->sx);
    const int64_t py = g->ty[t] - y * g->sy, px = g->tx[t] - x * g->sx;
    int64_t f = 0;
    while (f < g->phases && (g->py[f] != py || g->px[f] != px)) f++;
    g->py[f] = py;
    g->px[f] = px;
    g->phase[t] = f;
    g->phases = most(g->phases, f + 1);
    g->y0 = least(g->y0, y);
    g->x0 = least(g->x0, x);
    y1 = most(y1, y);
    x1 = most(x1, x);
  }
  g->higher = y1 - g->y0;
  g->wider = x1 - g->x0;
}

static int64_t plane_of(const Planes *g, int64_t rows,
                        int64_t columns) { /* elements; no multiple of a page */
  const int64_t lines = ceil_div((rows + g->higher) * (columns + g->wider) * g->size, CONV_LINE);
  return (lines | 1) * CONV_LINE / g->size + 2 * PLANE_ROOM;
}
static int64_t sums_of(const Planes *g, int64_t rows, int64_t columns) {
  return rows * (columns + g->wider) + PLANE_ROOM;
}
static int64_t room_of(const Planes *g, int64_t rows, int64_t columns) {
  return (g->phases * g->C * plane_of(g, rows, columns) + g->outputs * sums_of(g, rows, columns)) * g->size;
}

/* Rows and columns at once, that planes stay in the second cache. */
static void plan(Planes *g) {
  const int64_t tiles = ceil_div(g->O, g->k->plane_outputs), want = UNITS * parallel_threads();
  g->outputs = ceil_div(g->O, tiles);
  g->columns = g->gw;
  while (g->columns > LEAST_COLUMNS && room_of(g, 1, g->columns) > BYTES)
    g->columns = ceil_div(g->columns, 2);
  g->pieces = ceil_div(g->gw, g->columns);
  g->columns = ceil_div(g->gw, g->pieces);
  const int64_t row = room_of(g, 2, g->columns) - room_of(g, 1, g->columns);
  g->rows = most(1, least(g->gh, (BYTES - room_of(g, 1, g->columns)) / row));
  if (parallel_threads() > 1)
    g->rows =
        most(least(g->rows, 2 * g->higher + 1), least(g->rows, g->N * g->pieces * g->groups * g->gh / want));
  g->bands = ceil_div(g->gh, g->rows);
  g->rows = ceil_div(g->gh, g->bands);
  g->room = ceil_div(room_of(g, g->rows, g->columns), CONV_LINE) * CONV_LINE;
}

/* Some outputs of a grid: rows and columns, and where their planes are. */
typedef struct Piece {
  int64_t n, group, y, rows, x, columns, width, plane;
  unsigned char *planes, *sums;
} Piece;

static Piece piece_of(const Planes *g, int64_t unit) {
  Piece p = {.group = unit % g->groups};
  const int64_t piece = unit / g->groups % g->pieces, band = unit / g->groups / g->pieces % g->bands;
  p.n = unit / g->groups / g->pieces / g->bands;
  p.y = band * g->rows;
  p.rows = least(g->rows, g->gh - p.y);
  p.x = piece * g->columns;
  p.columns = least(g->columns, g->gw - p.x);
  p.width = p.columns + g->wider;
  p.plane = plane_of(g, p.rows, p.columns);
  p.planes = g->scratch + parallel_thread() * g->room;
  p.sums = p.planes + g->phases * g->C * p.plane * g->size;
  return p;
}

/* One row of a phase's planes. */
static void lay_row(const Planes *g, const Piece *p, int64_t f, int64_t j) {
  const int64_t x = (p->x + g->x0) * g->sx + g->px[f], y = (p->y + g->y0 + j) * g->sy + g->py[f];
  const int64_t first = x < 0 ? least(p->width, ceil_div(-x, g->sx)) : 0;
  const int64_t end = x >= g->W ? first : most(first, least(p->width, (g->W - 1 - x) / g->sx + 1));
  const int64_t behind = j + 1 == p->rows + g->higher ? PLANE_ROOM : 0;
  PlaneRow r = {g->C, first, end - first, p->width - end + behind, g->sx * g->pitch, p->plane};
  if (y < 0 || y >= g->H) r.before = r.pixels = 0, r.after = p->width + behind;
  const int64_t at = ((p->n * g->H + y) * g->W + x + first * g->sx) * g->pitch + p->group * g->C;
  g->k->to_planes(&r, g->in + at * g->size, p->planes + (f * g->C * p->plane + j * p->width) * g->size);
}

/* Lays the input of a piece apart. */
static void lay_out(const Planes *g, const Piece *p) {
  for (int64_t j = 0; j < p->rows + g->higher; j++)
    for (int64_t f = 0; f < g->phases; f++) lay_row(g, p, f, j);
}

static void add_up(const Planes *g, const Piece *p, int64_t first, int64_t outputs) {
  const void *x[MOST_TAPS], *w[MOST_TAPS];
  const ConvFinish *f = &g->finish;
  const int64_t o = p->group * g->O + first;
  for (int64_t t = 0; t < g->taps; t++) {
    const int64_t y = floor_div(g->ty[t], g->sy) - g->y0, at = floor_div(g->tx[t], g->sx) - g->x0;
    x[t] = p->planes + (g->phase[t] * g->C * p->plane + y * p->width + at) * g->size;
    w[t] = g->w + (g->index[t] * g->w_tap + p->group * g->w_group + first) * g->size;
  }
  const PlaneSums s = {.taps = g->taps,
                       .C = g->C,
                       .outputs = outputs,
                       .n = p->rows * p->width - g->wider,
                       .x = x,
                       .w = w,
                       .plane = p->plane,
                       .w_step = g->w_c,
                       .y_plane = sums_of(g, p->rows, p->columns),
                       .bias = f->bias ? (const unsigned char *)f->bias + o * g->size : NULL,
                       .act = f->residual ? ACT_none : f->act,
                       .slope = f->slope};
  g->k->plane_sums(&s, p->sums);
  const ConvFinish rest = {.act = f->act, .slope = f->slope};
  for (int64_t r = 0; r < p->rows; r++) {
    const int64_t y = (p->y + r) * g->osy + g->oy;
    const int64_t at = (((p->n * g->OH + y) * g->OW + p->x * g->osx + g->ox) * g->pixel + o) * g->size;
    const unsigned char *residual = f->residual;
    g->k->of_planes(p->columns, outputs, p->sums + r * p->width * g->size, s.y_plane, g->out + at,
                    g->osx * g->pixel, residual ? residual + at : NULL);
    if (residual && f->act != ACT_none)
      g->k->finish(p->columns, outputs, o, g->out + at, g->osx * g->pixel, &rest);
  }
}

static void units(void *context, int64_t begin, int64_t end) {
  const Planes *g = context;
  for (int64_t u = begin; u < end; u++) {
    const Piece p = piece_of(g, u);
    lay_out(g, &p);
    for (int64_t o = 0; o < g->O; o += g->outputs) add_up(g, &p, o, least(g->outputs, g->O - o));
  }
}

static bool run(Planes *g, Err *e) {
  Scratch s;
  find_phases(g);
  plan(g);
  if (!scratch_take(&s, g->room * parallel_threads(), false, e)) return false;
  g->scratch = s.at;
  parallel_for(g->N * g->bands * g->pieces * g->groups, 1, units, g);
  scratch_give(&s);
  return true;
}

/* Worth it: lanes for nothing cost more than laying pixels apart, `area` of them for each output, in rows that are not
 * much shorter than vectors.  Dot products (`few` of direct.c) leave no lane without work, but end with a sum of lanes
 * for each output; neither do small groups (grouped.c), of which many are a vector.  Groups of more than half a vector
 * have too few lanes for nothing to be laid apart for a stride. */
static bool serve(const Conv *c, Dtype d, int64_t outputs, int64_t inputs, int64_t taps, int64_t area) {
  enum { PRICE = 3, MOST_INPUTS = 32, TOGETHER = 4 };
  const ConvKernels *k = conv_kernels(d);
  const int64_t lanes = k->nr / 2, wide = most(inputs, outputs);
  if (outputs == 0 || outputs > k->plane_outputs || inputs == 0 || c->kh * c->kw > MOST_TAPS) return false;
  if (outputs <= CONV_FEW && inputs * (area > 1 ? 2 : 1) > MOST_INPUTS) return false;
  if (c->groups > 1) return taps > 1 && lanes / wide < TOGETHER && (c->sh * c->sw == 1 || 2 * wide <= lanes);
  return taps * (lanes - outputs) >= PRICE * lanes * area && (area == 1 || c->OW >= lanes);
}
bool planes_serve(const Conv *c, Dtype d) {
  return serve(c, d, c->O / c->groups, c->C / c->groups, c->kh * c->kw,
               least(c->kh, c->sh) * least(c->kw, c->sw));
}
/* Every phase has taps. */
bool planes_serve_x(const Conv *c, Dtype d) {
  if (c->kh < c->sh || c->kw < c->sw || (c->sh > 1 && c->dh > 1) || (c->sw > 1 && c->dw > 1)) return false;
  return serve(c, d, c->C / c->groups, c->O / c->groups, c->kh * c->kw / (c->sh * c->sw), 1);
}

bool planes_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y, Err *e) {
  Planes g = {.k = conv_kernels(x->dtype),
              .size = (int64_t)dtype_size[x->dtype],
              .in = x->data,
              .w = w->data,
              .N = c->N,
              .H = c->H,
              .W = c->W,
              .pitch = c->C,
              .sy = c->sh,
              .sx = c->sw,
              .gh = c->OH,
              .gw = c->OW,
              .taps = c->kh * c->kw,
              .w_tap = c->C / c->groups * c->O,
              .w_group = c->O / c->groups,
              .w_c = c->O,
              .out = y->data,
              .OH = c->OH,
              .OW = c->OW,
              .pixel = c->O,
              .osy = 1,
              .osx = 1,
              .C = c->C / c->groups,
              .O = c->O / c->groups,
              .groups = c->groups,
              .finish = *f};
  for (int64_t t = 0; t < g.taps; t++) {
    g.ty[t] = t / c->kw * c->dh - c->top;
    g.tx[t] = t % c->kw * c->dw - c->left;
    g.index[t] = t;
  }
  return run(&g, e);
}

/* --- gradient of x ---------------------------------------------------------------------------------------------- */
/* to[taps][O][C / groups] of w [taps][C / groups][O] */
static void turn(const Conv *c, const unsigned char *w, int64_t size, unsigned char *to) {
  const int64_t C = c->C / c->groups, tap = C * c->O * size;
  for (int64_t t = 0; t < c->kh * c->kw; t++)
    elements_turn((size_t)size, c->O, C, to + t * tap, C, w + t * tap, c->O);
}

bool planes_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  const int64_t size = (int64_t)dtype_size[dx->dtype], C = c->C / c->groups;
  Planes g = {.k = conv_kernels(dx->dtype),
              .size = size,
              .in = dy->data,
              .N = c->N,
              .H = c->OH,
              .W = c->OW,
              .pitch = c->O,
              .sy = 1,
              .sx = 1,
              .w_tap = c->O * C,
              .w_group = c->O / c->groups * C,
              .w_c = C,
              .out = dx->data,
              .OH = c->H,
              .OW = c->W,
              .pixel = c->C,
              .osy = c->sh,
              .osx = c->sw,
              .C = c->O / c->groups,
              .O = C,
              .groups = c->groups,
              .finish = {.y = dx->data, .residual = add ? dx->data : NULL, .act = ACT_none}};
  Scratch turned;
  if (!scratch_take(&turned, w->n * size, false, e)) return false;
  turn(c, w->data, size, turned.at);
  g.w = turned.at;
  bool ok = true;
  for (g.oy = 0; ok && g.oy < c->sh; g.oy++)
    for (g.ox = 0; ok && g.ox < c->sw; g.ox++) {
      g.gh = (c->H - g.oy + c->sh - 1) / c->sh;
      g.gw = (c->W - g.ox + c->sw - 1) / c->sw;
      g.taps = conv_phase_taps(c, g.oy, g.ox, g.ty, g.tx, g.index);
      if (g.oy < c->H && g.ox < c->W) ok = run(&g, e);
    }
  scratch_give(&turned);
  return ok;
}
