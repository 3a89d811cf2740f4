/* terminal.h: pictures as text: Braille dots and blocks, in colour where the terminal has it. */
#ifndef LUNETTE_TERMINAL_H
#define LUNETTE_TERMINAL_H
#include "growing.h"
#include "theme.h"

typedef struct Terminal {
  int columns, rows; /* a line's width; lines of one panel's drawing */
  int colors;        /* 0: none; 256; 1 << 24 */
} Terminal;

void text_ink(Text *t, const Terminal *how, Rgb c); /* of the letters that follow; nothing without colours */
void text_plain(Text *t, const Terminal *how);      /* as the terminal had it */

/* The letter at s, one that shows (else '?'); its bytes.  Not at the text's end. */
size_t text_letter(Text *t, const char *s);
/* n letters of a text, or as many blanks behind it as are missing. */
void text_field(Text *t, const char *s, int n);

/* h x w pixels, row 0 on top, no larger than the terminal allows: two a letter in height where there are
 * colours, else five shades of grey. */
typedef Rgb (*PixelAt)(const void *of, int y, int x);
void text_raster(Text *t, const Terminal *how, int h, int w, PixelAt pixel, const void *of);

typedef struct Dots { /* 2 x 4 a letter; one series owns a letter's colour */
  int columns, rows;
  unsigned char *cell;
  int *owner;
} Dots;
bool dots_new(Dots *d, int columns, int rows);          /* false: no memory */
void dots_set(Dots *d, double x, double y, int series); /* from the upper left; those outside are left out */
void dots_row(Text *t, const Terminal *how, const Dots *d, int row);
void dots_free(Dots *d);
void dots_end(Text *t, const Terminal *how, Dots *d); /* all its rows, a line each, and frees it */

#endif
