/* term.c: see term.h.
 *
 * The panels take the lowest lines; what the program prints scrolls above them (DECSTBM, as a package manager
 * keeps its progress line).  Everything goes to standard error: standard output belongs to the program. */
#include "term.h"

#include "letters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ABOVE = 5 }; /* lines left to the program, at least */

/* false: no terminal, or one that cannot be drawn on. */
static bool terminal_size(int *columns, int *rows) {
  struct winsize size;
  const char *kind = getenv("TERM");
  if (!isatty(STDERR_FILENO) || !kind || strcmp(kind, "dumb") == 0) return false;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 30 || size.ws_row < ABOVE + 5)
    return false;
  *columns = size.ws_col > 400 ? 400 : size.ws_col;
  *rows = size.ws_row;
  return true;
}

static int terminal_colors(void) {
  const char *kind = getenv("TERM"), *deep = getenv("COLORTERM"), *none = getenv("NO_COLOR");
  if (none && *none) return 0;
  if (deep && (strcmp(deep, "truecolor") == 0 || strcmp(deep, "24bit") == 0)) return 1 << 24;
  return kind && strstr(kind, "256color") ? 256 : 0;
}

static const char *next_line(const char *s) {
  const char *end = strchr(s, '\n');
  return end ? end + 1 : s + strlen(s);
}

/* Makes room for `lines` at the bottom of `rows`: the screen scrolls, the rest becomes the program's region. */
static void reserve(Viz *v, Text *out, int lines, int rows) {
  const int more = rows == v->term_rows ? lines - v->term_lines : lines;
  for (int i = 0; i < more; i++) text_add(out, "\n");
  text_add(out, "\033[%dA\0337\033[1;%dr\0338", more, rows - lines);
  v->term_lines = lines, v->term_rows = rows;
}

typedef struct Grid { /* of panels, from left to right and down */
  int columns, height, width;
  int first; /* row of the screen, from 1 */
} Grid;

static Grid grid_of(const Viz *v, int columns, int rows, int shown /* 1 or more */) {
  enum { NARROW = 28, TALL = 16 };
  Grid g = {.columns = columns / NARROW};
  if (g.columns > shown) g.columns = shown;
  if (g.columns < 1) g.columns = 1;
  const int down = (shown + g.columns - 1) / g.columns, least = 5;
  g.width = columns / g.columns;
  g.height = (rows - ABOVE) / down;
  if (g.height > TALL) g.height = TALL;
  if (g.height < least) g.height = least; /* the lowest then stay out of sight */
  const int lines = g.height * down < rows - ABOVE ? g.height * down : rows - ABOVE;
  g.first = rows - (lines > v->term_lines ? lines : v->term_lines) + 1;
  return g;
}

/* Bytes of a line of n that fill at most `width` columns; colours fill none. */
static int fitting(const char *s, int n, int width) {
  int at = 0;
  for (int used = 0; at < n;) {
    if (s[at] == '\033') {
      while (at < n && s[at] != 'm') at++;
      at += at < n;
      continue;
    }
    if (used++ == width) break;
    const int bytes = (int)utf8_step(s + at);
    at += bytes ? bytes : 1;
  }
  return at < n ? at : n;
}

/* A panel's text in its cell of the grid; what stood right of it is written after it. */
static void put_cell(Text *out, const Grid *g, int k, int rows, const char *text) {
  const int row = g->first + k / g->columns * g->height, column = 1 + k % g->columns * g->width;
  for (int i = 0; i < g->height && row + i <= rows; i++) {
    const char *to = next_line(text);
    const int n = fitting(text, (int)(to - text) - (to > text), g->width - 1);
    text_add(out, "\033[%d;%dH\033[K%.*s\033[0m", row + i, column, n > 0 ? n : 0, text);
    text = to;
  }
}

bool term_frame(Viz *v) {
  int columns, rows, shown = 0, k = 0;
  Text out = {0};
  if (!terminal_size(&columns, &rows)) return false;
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) shown += v->panel[i]->kind && !v->panel[i]->kind->control;
  if (shown == 0) { /* sliders alone */
    scene_unlock(v);
    return false;
  }
  const Grid g = grid_of(v, columns, rows, shown);
  const Terminal how = {g.width - 2, g.height > 5 ? g.height - 3 : 2, terminal_colors()};
  const int lines = rows - g.first + 1;
  if (rows != v->term_rows || lines > v->term_lines) reserve(v, &out, lines, rows);
  text_add(&out, "\0337\033[?7l"); /* the cursor kept, no wrapping */
  for (int row = g.first; row <= rows; row++) text_add(&out, "\033[%d;1H\033[2K", row);
  for (int i = 0; i < v->panel_count; i++) {
    Text t = {0};
    if (!v->panel[i]->kind || v->panel[i]->kind->control) continue;
    panel_text(v->panel[i], &t, &how);
    char *text = text_take(&t);
    if (text) put_cell(&out, &g, k++, rows, text);
    free(text);
  }
  scene_unlock(v);
  text_add(&out, "\033[?7h\0338");
  char *s = text_take(&out);
  if (s) fwrite(s, 1, strlen(s), stderr);
  fflush(stderr);
  free(s);
  return true;
}

void term_finish(Viz *v) {
  enum { COLUMNS = 78 };
  if (term_frame(v)) {
    fprintf(stderr, "\0337\033[r\0338\033[%d;1H\n",
            v->term_rows); /* the whole screen again, below the panels */
    fflush(stderr);
    v->term_lines = 0;
    return;
  }
  char *text = viz_terminal(v, COLUMNS);
  if (text) scene_notice(v, "%s", text);
  free(text);
}
