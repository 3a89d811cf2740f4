/* letters.h: text on a Cairo context, shaped by Pango: every script that an installed font has, right to left
 * where that is due, and any bytes at all (what is no UTF-8 shows as U+FFFD).
 *
 * Without Pango, which is loaded when first used, or a single font the plain strokes of Cairo's own stand in.  A Letters belongs to one thread. */
#ifndef LUNETTE_LETTERS_H
#define LUNETTE_LETTERS_H
#include "theme.h"

#include <cairo.h>
#include <stddef.h>

typedef struct Letters Letters;
Letters *letters_new(cairo_t *cr);          /* NULL: no memory; the calls below then do nothing */
void letters_free(Letters *l);              /* before its context */
void letters_move(Letters *l, cairo_t *cr); /* draws there from now on */
/* size: pixels of an em */
void letters_font(Letters *l, const char *family, double size, bool bold);
double letters_width(Letters *l, const char *text); /* pixels, of one line */
/* One line in the context's colour; x: its left end, y: its base line.  What is wider than `room` (INFINITY:
 * anything goes) is cut between graphemes, with an ellipsis there or at the end. */
void letters_show(Letters *l, double x, double y, const char *text, double room, bool middle);

typedef struct Tint { /* of a stretch of a block's text */
  unsigned from, to;  /* bytes from..to-1 */
  Rgb ground, ink;
} Tint;
/* Lines of height `row`, broken at words so that they are no wider than `width`, the first one's top at x, y.
 * The text is valid UTF-8 (utf8_step). */
void letters_block(Letters *l, double x, double y, double width, double row, const char *text, int n,
                   const Tint *tint);

/* How many lines that are. */
int letters_lines(Letters *l, double width, const char *text);

/* Bytes of the character at s, which is not at its end; 0: there is no valid one. */
size_t utf8_step(const char *s);

/* A package with letters that were to be drawn and that no font has; NULL: none.  Each is named once in a
 * process. */
const char *letters_wanting(Letters *l);
#endif
