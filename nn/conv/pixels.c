/* pixels.c: a 1 x 1 convolution of pixels that follow each other, on the thread that asks: a part of inverted.c's and of
 * direct.c's. */
#include "sizes.h"
#include "ways.h"

enum {
  MOST_ROWS = 16,
  BLOCK = 256 << 10
}; /* pixels of a tile; bytes of pixels that meet one panel after another */

/* Sums over channels [c, c + n) of all pixels, a tile at a time. */
static void tiles(const PixelRun *p, int64_t c, int64_t cn, int cols, int64_t n, const unsigned char *x,
                  const unsigned char *panel, unsigned char *y, int64_t step, const ConvFinish *f) {
  const void *in[MOST_ROWS];
  void *out[MOST_ROWS];
  const int64_t strips = ceil_div(n, p->mr);
  for (int64_t s = 0, i = 0, rows; s < strips; s++, i += rows) {
    rows = n / strips + (s < n % strips);
    for (int64_t r = 0; r < rows; r++) {
      in[r] = x + (i + r) * p->C * p->size;
      out[r] = y + (i + r) * step * p->size;
    }
    (p->few ? p->k->few : p->k->indirect)((int)rows, cols, 1, cn, in, c, panel, NULL, out, 0, c > 0, f);
  }
}

void pixel_panel(const PixelRun *p, int64_t q, int64_t n, const unsigned char *x, unsigned char *y,
                 int64_t step) {
  const unsigned char *panel = (const unsigned char *)p->pack.block + q * p->C * p->nr * p->size;
  const int cols = (int)least(p->nr, p->O - q * p->nr);
  ConvFinish f = *p->finish;
  if (f.bias) f.bias = (const unsigned char *)f.bias + q * p->nr * p->size;
  if (!p->few && n >= p->mr && p->C <= CONV_KC) {
    const void *first = x;
    p->k->along(n, cols, 1, p->C, &first, p->C, panel, y, step, 0, &f);
    return;
  }
  const int64_t run = p->few ? p->C : ceil_div(p->C, ceil_div(p->C, CONV_KC));
  for (int64_t c = 0; c < p->C; c += run)
    tiles(p, c, least(run, p->C - c), cols, n, x, panel + c * p->nr * p->size, y, step,
          c + run < p->C ? NULL : &f);
}

void pixel_panels(const PixelRun *p, int64_t n, const unsigned char *x, unsigned char *y) {
  const int64_t blocks = ceil_div(n * p->C * p->size, BLOCK), panels = ceil_div(p->O, p->nr);
  for (int64_t b = 0; b < blocks; b++) {
    const int64_t from = b * n / blocks, to = (b + 1) * n / blocks;
    for (int64_t q = 0; q < panels; q++)
      pixel_panel(p, q, to - from, x + from * p->C * p->size, y + (from * p->O + q * p->nr) * p->size, p->O);
  }
}
