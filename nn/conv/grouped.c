/* grouped.c: convolutions in groups of so few channels that a product over pointers to pixels (direct.c) would use a
 * small part of each vector.
 *
 * A vector takes several whole groups.  Each row of x is spread into a row for every input of a group, in which each
 * output's lane holds that input of its own group: what is left is a depthwise convolution (kernel/depthwise.c).
 * Spread rows lie in a ring, as many as the kernel is high, of a part of the row's width, so that they stay in the
 * first caches. */
#include "nn_kernel.h"
#include "parallel.h"
#include "sizes.h"
#include "ways.h"

#include <string.h>

enum {
  MOST_ROWS = 64,
  CHUNKS = 16
}; /* a kernel's rows times inputs; parts of dw, whatever the number of threads */
enum {
  RING = 96 << 10,
  BAND = 256 << 10,
  LEAST_COLUMNS = 16
}; /* bytes of a ring, and of the rows it reads */

typedef struct Grouped {
  const Conv *c;
  const ConvKernels *k;
  int64_t size, in, out; /* channels of a group */
  const unsigned char *x, *w, *dy;
  unsigned char *y, *dw;
  const ConvFinish *finish;
  int64_t together, blocks; /* groups of a vector; vectors */
  int64_t columns, tiles;   /* of the output at once; of a row */
  int64_t rows, bands;      /* of the output at once; of an image, in dw of all images */
  int64_t slots, width;     /* of a ring: rows, most columns */
  int64_t room;             /* bytes of a thread: when each slot was filled, then the rows */
  unsigned char *ring;
  int64_t weights;
} Grouped;

static int64_t groups_together(const Conv *c, Dtype d) {
  return conv_kernels(d)->nr / 2 / most(1, most(c->C, c->O) / c->groups);
}
bool grouped_serves(const Conv *c, Dtype d) {
  return c->groups > 1 && c->C > 0 && groups_together(c, d) > 1 && c->kh * (c->C / c->groups) <= MOST_ROWS;
}

/* Sums over pixels (weight.c) load a vector for each input of a group, which two or three groups do not make good. */
bool grouped_serves_w(const Conv *c, Dtype d) {
  enum { TOGETHER = 4 };
  return grouped_serves(c, d) && groups_together(c, d) >= TOGETHER;
}

/* Columns of the input under `columns` of the output. */
static int64_t under(const Conv *c, int64_t columns) {
  return (columns - 1) * c->sw + (c->kw - 1) * c->dw + 1;
}

/* Columns at once so that a ring fits; rows at once so that what it reads fits the second cache, and is not read much
 * more than once. */
static Grouped plan(const Conv *c, Dtype d) {
  const int64_t size = (int64_t)dtype_size[d], slots = (c->kh - 1) * c->dh + 1;
  Grouped g = {.c = c, .k = conv_kernels(d), .size = size, .in = c->C / c->groups, .out = c->O / c->groups};
  const int64_t column = slots * g.in * (g.k->nr / 2) * size;
  g.slots = slots;
  g.together = groups_together(c, d);
  g.blocks = ceil_div(c->groups, g.together);
  g.columns = c->OW;
  while (g.columns > LEAST_COLUMNS && under(c, g.columns) * column > RING) g.columns = ceil_div(g.columns, 2);
  g.tiles = ceil_div(c->OW, g.columns);
  g.width = under(c, g.columns);
  g.rows = least(c->OH, most(BAND / (c->W * c->C * size * c->sh), 4 * ceil_div(slots, c->sh)));
  g.bands = ceil_div(c->OH, g.rows);
  g.room = ceil_div(slots * (int64_t)sizeof(int64_t), CONV_LINE) * CONV_LINE + g.width * column;
  return g;
}

/* One vector of groups on some columns of the output. */
typedef struct Part {
  DepthSpread spread;
  DepthRow row;
  int64_t *held; /* which row of x each slot holds, or -1 */
  unsigned char *rows;
  const unsigned char *x; /* the first pixel to spread of row 0 */
  const void *look[MOST_ROWS];
  int64_t first_y; /* channel and column of the output, as an offset of elements */
} Part;

static void part_begin(const Grouped *g, int64_t block, int64_t tile, Part *p) {
  const Conv *c = g->c;
  const int64_t group = block * g->together, n = least(g->together, c->groups - group),
                ox = tile * g->columns, columns = least(g->columns, c->OW - ox);
  const int64_t from = ox * c->sw - c->left, to = from + under(c, columns); /* columns of x, some beside it */
  const int64_t start = least(most(from, 0), c->W), end = least(most(to, start), c->W);
  unsigned char *mine = g->ring + parallel_thread() * g->room;
  p->spread = (DepthSpread){n, g->in, g->out, end - start, c->C, start - from, to - end};
  if (end == start) p->spread.before = 0, p->spread.after = to - from;
  p->held = (int64_t *)(void *)mine;
  for (int64_t s = 0; s < g->slots; s++) p->held[s] = -1;
  p->rows = mine + g->room - g->slots * g->width * g->in * (g->k->nr / 2) * g->size;
  p->x = g->x + (start * c->C + group * g->in) * g->size;
  p->row = depth_row(c, g->w, g->finish, p->look);
  p->row.first = group * g->out;
  p->row.channels = n * g->out;
  p->row.pitch = g->k->nr / 2;
  p->row.W = to - from;
  p->row.OW = columns;
  p->row.left = 0;
  p->first_y = ox * c->O + p->row.first;
}

/* The spread rows under row r of the output, all images counted. */
static void look(const Grouped *g, Part *p, int64_t r) {
  const Conv *c = g->c;
  const int64_t n = r / c->OH, oy = r % c->OH, row = p->row.W * p->row.pitch * g->size;
  for (int64_t ky = 0; ky < c->kh; ky++) {
    const int64_t iy = oy * c->sh + ky * c->dh - c->top, source = n * c->H + iy;
    const bool inside = iy >= 0 && iy < c->H;
    const int64_t slot = inside ? source % g->slots : 0;
    unsigned char *to = p->rows + slot * g->in * row;
    if (inside && p->held[slot] != source) {
      g->k->spread(&p->spread, p->x + source * c->W * c->C * g->size, to);
      p->held[slot] = source;
    }
    for (int64_t i = 0; i < g->in; i++) p->look[ky * g->in + i] = inside ? to + i * row : NULL;
  }
}

static void forward_parts(void *context, int64_t begin, int64_t end) {
  const Grouped *g = context;
  const Conv *c = g->c;
  for (int64_t u = begin; u < end; u++) {
    const int64_t block = u % g->blocks, tile = u / g->blocks % g->tiles, band = u / g->blocks / g->tiles;
    const int64_t n = band / g->bands, top = band % g->bands * g->rows, bottom = least(c->OH, top + g->rows);
    Part p;
    part_begin(g, block, tile, &p);
    for (int64_t r = n * c->OH + top; r < n * c->OH + bottom; r++) {
      look(g, &p, r);
      g->k->depth(&p.row, g->y + (r * c->OW * c->O + p.first_y) * g->size);
    }
  }
}

static bool forward(Grouped *g, Err *e) {
  Scratch s;
  if (!scratch_take(&s, g->room * parallel_threads(), false, e)) return false;
  g->ring = s.at;
  parallel_for(g->c->N * g->bands * g->tiles * g->blocks, 1, forward_parts, g);
  scratch_give(&s);
  return true;
}

bool grouped_forward(const Conv *c, const Tensor *x, const Tensor *w, const ConvFinish *f, Tensor *y,
                     Err *e) {
  Grouped g = plan(c, x->dtype);
  g.x = x->data;
  g.w = w->data;
  g.y = y->data;
  g.finish = f;
  return forward(&g, e);
}

/* --- gradient of x: where the stride is 1, the convolution of dy with the kernel turned by 180 degrees --------------- */

bool grouped_serves_x(const Conv *c, Dtype d) {
  const Conv t = conv_turned(c);
  return c->sh == 1 && c->sw == 1 && t.top >= 0 && t.left >= 0 && grouped_serves(&t, d);
}

/* to[taps][out][C] of w [taps][in][O] */
static void turn(const Grouped *t, const unsigned char *w, unsigned char *to) {
  const int64_t taps = t->c->kh * t->c->kw, in = t->out, out = t->in, C = t->c->O, O = t->c->C;
  for (int64_t k = 0; k < taps; k++)
    for (int64_t o = 0; o < out; o++)
      for (int64_t c = 0; c < C; c++)
        memcpy(to + ((k * out + o) * C + c) * t->size,
               w + (((taps - 1 - k) * in + c % in) * O + c / in * out + o) * t->size, (size_t)t->size);
}

bool grouped_backward_x(const Conv *c, const Tensor *dy, const Tensor *w, Tensor *dx, bool add, Err *e) {
  const Conv t = conv_turned(c);
  const ConvFinish sum = {.y = dx->data, .residual = add ? dx->data : NULL, .act = ACT_none};
  Grouped g = plan(&t, dx->dtype);
  Scratch s;
  if (!scratch_take(&s, w->n * g.size, false, e)) return false;
  turn(&g, w->data, s.at);
  g.x = dy->data;
  g.w = s.at;
  g.y = dx->data;
  g.finish = &sum;
  const bool ok = forward(&g, e);
  scratch_give(&s);
  return ok;
}

/* --- gradient of the weights: parts of it, each from some rows of the output ----------------------------------------- */
static void dw_parts(void *context, int64_t begin, int64_t end) {
  const Grouped *g = context;
  const Conv *c = g->c;
  for (int64_t u = begin; u < end; u++) {
    const int64_t block = u % g->blocks, chunk = u / g->blocks;
    const int64_t top = chunk * g->rows, bottom = least(c->N * c->OH, top + g->rows);
    for (int64_t tile = 0; tile < g->tiles; tile++) {
      Part p;
      part_begin(g, block, tile, &p);
      for (int64_t r = top; r < bottom; r++) {
        look(g, &p, r);
        g->k->depth_dw(&p.row, g->dy + (r * c->OW * c->O + p.first_y) * g->size,
                       g->dw + chunk * g->weights * g->size);
      }
    }
  }
}

bool grouped_backward_w(const Conv *c, const Tensor *x, const Tensor *dy, Tensor *dw, bool add, Err *e) {
  Grouped g = plan(c, x->dtype);
  g.x = x->data;
  g.dy = dy->data;
  g.rows = ceil_div(c->N * c->OH, CHUNKS);
  g.bands = ceil_div(c->N * c->OH, g.rows);
  g.weights = dw->n;
  Scratch ring, sums;
  if (!scratch_take(&ring, g.room * parallel_threads(), false, e)) return false;
  if (!scratch_take(&sums, g.bands * dw->n * g.size, true, e)) {
    scratch_give(&ring);
    return false;
  }
  g.ring = ring.at;
  g.dw = sums.at;
  parallel_for(g.bands * g.blocks, 1, dw_parts, &g);
  if (!add) tensor_fill(dw, 0);
  for (int64_t k = 0; k < g.bands; k++)
    nn_kernels(x->dtype)->row_add(dw->n, dw->data, sums.at + k * dw->n * g.size);
  scratch_give(&sums);
  scratch_give(&ring);
  return true;
}
