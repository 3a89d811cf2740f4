/* terminal.c: see terminal.h. */
#include "terminal.h"

#include "letters.h"

#include <math.h>
#include <stdlib.h>

/* --- colours ---------------------------------------------------------------------------------------------- */

static int level(double share, int most) { return (int)(fmin(fmax(share, 0), 1) * most + 0.5); }

/* what: 38 for letters, 48 for their ground; xterm's cube of 6 x 6 x 6 where there are 256. */
static void color(Text *t, const Terminal *how, int what, Rgb c) {
  if (how->colors == 256)
    text_add(t, "\033[%d;5;%dm", what, 16 + 36 * level(c.r, 5) + 6 * level(c.g, 5) + level(c.b, 5));
  else if (how->colors)
    text_add(t, "\033[%d;2;%d;%d;%dm", what, level(c.r, 255), level(c.g, 255), level(c.b, 255));
}

void text_ink(Text *t, const Terminal *how, Rgb c) { color(t, how, 38, c); }
void text_plain(Text *t, const Terminal *how) {
  if (how->colors) text_add(t, "\033[0m");
}

size_t text_letter(Text *t, const char *s) {
  const size_t bytes = utf8_step(s);
  const bool shows = bytes > 1 || (bytes == 1 && (unsigned char)*s >= ' ' && *s != 127);
  text_add(t, "%.*s", shows ? (int)bytes : 1, shows ? s : "?");
  return bytes ? bytes : 1;
}

void text_field(Text *t, const char *s, int n) {
  for (; *s && n > 0; n--) s += text_letter(t, s);
  text_add(t, "%*s", n, "");
}

/* --- pixels ----------------------------------------------------------------------------------------------- */

static double grey(Rgb c) { return 0.299 * c.r + 0.587 * c.g + 0.114 * c.b; } /* ITU-R BT.601 */

void text_raster(Text *t, const Terminal *how, int h, int w, PixelAt pixel, const void *of) {
  static const unsigned shade[] = {0x2001, 0x2591, 0x2592, 0x2593, 0x2588};
  const int tall = how->colors ? 2 : 1; /* pixels a letter */
  /* letters are twice as high as wide: one pixel of a square picture is 1 x 1/2 letters */
  const double scale =
      fmin(fmin((double)how->columns / w, 2.0 * how->rows / h), how->columns > 3 * w ? 3 : 1);
  const int columns = (int)fmax(1, floor(w * scale)), rows = (int)fmax(1, floor(h * scale / 2));
  for (int y = 0; y < rows; y++) {
    for (int x = 0; x < columns; x++) {
      const int px = (int)((long)x * w / columns), py = (int)((long)y * tall * h / (rows * tall));
      const Rgb upper = pixel(of, py, px);
      if (how->colors) {
        color(t, how, 38, upper);
        color(t, how, 48, pixel(of, (int)(((long)y * 2 + 1) * h / (rows * 2)), px));
        text_glyph(t, 0x2580); /* upper half */
      } else if (level(grey(upper), 4) == 0) {
        text_add(t, " ");
      } else {
        text_glyph(t, shade[level(grey(upper), 4)]);
      }
    }
    text_plain(t, how);
    text_add(t, "\n");
  }
}

/* --- dots ------------------------------------------------------------------------------------------------- */

bool dots_new(Dots *d, int columns, int rows) {
  const size_t n = (size_t)columns * (size_t)rows;
  *d = (Dots){columns, rows, calloc(n, 1), calloc(n, sizeof(int))};
  if (d->cell && d->owner) return true;
  dots_free(d);
  return false;
}

void dots_free(Dots *d) {
  free(d->cell);
  free(d->owner);
}

void dots_set(Dots *d, double x, double y, int series) {
  static const unsigned char bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  if (!(x >= 0 && x < 2 * d->columns && y >= 0 && y < 4 * d->rows)) return;
  const int column = (int)x, row = (int)y;
  const size_t at = (size_t)(row / 4) * (size_t)d->columns + (size_t)(column / 2);
  d->cell[at] |= bit[row % 4][column % 2];
  d->owner[at] = series;
}

void dots_row(Text *t, const Terminal *how, const Dots *d, int row) {
  int ink = -1;
  for (int x = 0; x < d->columns; x++) {
    const size_t at = (size_t)row * (size_t)d->columns + (size_t)x;
    if (d->cell[at] && d->owner[at] != ink) {
      ink = d->owner[at];
      text_ink(t, how, theme_series(theme_get(true), ink));
    }
    text_glyph(t, 0x2800u + d->cell[at]);
  }
  text_plain(t, how);
}

void dots_end(Text *t, const Terminal *how, Dots *d) {
  for (int y = 0; y < d->rows; y++) {
    dots_row(t, how, d, y);
    text_add(t, "\n");
  }
  dots_free(d);
}
