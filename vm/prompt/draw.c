/* draw.c: the line that is typed, drawn here instead of by readline: a block of several lines with `. ` before its lines,
 * in colours, over as many rows as it takes.
 *
 * Each drawing goes over the last one: the cursor's row in that is known, and where the terminal has been resized in the
 * meantime it is counted anew, since terminals flow what they wrapped.  (xterm does not: there rows above may go.)  What
 * wraps is left to the terminal to wrap, so that it flows as one line.  Of a block that is higher than the screen the rows
 * around the cursor are shown. */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "repl.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <readline/readline.h>

typedef struct {
  int row, column;
} Place;

typedef struct {
  FILE *out;             /* NULL: rows are only counted */
  int wide, first, last; /* the rows that are shown                                                      */
  Place pen, cursor;
} Sheet;

static bool on, in_colour;
static struct {
  char *prompt, *line;
  int point, wide;
  int above, below; /* rows over and under the cursor's */
} drawn;
static volatile sig_atomic_t continued; /* SIGCONT: the shell has written since */

/* The glyph at s, of at most n bytes: its bytes; what is shown for it, and how many columns that takes. */
static size_t glyph(const char *s, size_t n, char *shown, int *columns) {
  mbstate_t state = {0};
  wchar_t w;
  unsigned char c = (unsigned char)*s;
  size_t used = mbrtowc(&w, s, n, &state);
  *columns = used <= n && used > 0 ? wcwidth(w) : -1;
  if (c == '\t') *columns = sprintf(shown, "  ");
  else if (c < ' ' || c == 127) *columns = sprintf(shown, "^%c", c ^ 64);
  else if (*columns < 0) *columns = sprintf(shown, "?");
  else {
    memcpy(shown, s, used);
    shown[used] = 0;
    return used;
  }
  return used > n || used == 0 ? 1 : used;
}

int draw_columns(const char *s, size_t n) {
  char shown[MB_LEN_MAX + 3];
  int sum = 0, columns;
  for (size_t i = 0; i < n; sum += columns) i += glyph(s + i, n - i, shown, &columns);
  return sum;
}

size_t draw_bytes(const char *s, size_t n, int columns) {
  char shown[MB_LEN_MAX + 3];
  size_t i = 0;
  for (int wide; i < n; columns -= wide) {
    size_t used = glyph(s + i, n - i, shown, &wide);
    if (wide > columns) break;
    i += used;
  }
  return i;
}

static bool seen(const Sheet *s) { return s->out && s->pen.row >= s->first && s->pen.row <= s->last; }

static void put(Sheet *s, const char *shown, int columns) {
  if (s->pen.column + columns > s->wide) { /* the terminal wraps by itself */
    if (seen(s) && s->pen.column < s->wide) fputs("\033[K", s->out);
    s->pen = (Place){s->pen.row + 1, 0};
  }
  if (seen(s)) fputs(shown, s->out);
  s->pen.column += columns;
}

static void put_text(Sheet *s, const char *text) {
  char shown[MB_LEN_MAX + 3];
  int columns;
  for (size_t i = 0, n = strlen(text); i < n; put(s, shown, columns))
    i += glyph(text + i, n - i, shown, &columns);
}

static void break_row(Sheet *s) {
  if (seen(s) && s->pen.column < s->wide) fputs("\033[K", s->out);
  if (seen(s) && s->pen.row < s->last) fputs("\r\n", s->out);
  s->pen = (Place){s->pen.row + 1, 0};
}

/* A line that fills its row to the end goes on in the next: there the cursor stands. */
static void close_sheet(Sheet *s) {
  if (s->pen.column == s->wide) {
    if (seen(s) && s->pen.row < s->last) fputs(" \r", s->out);
    s->pen = (Place){s->pen.row + 1, 0};
  }
  if (seen(s)) fputs("\033[J", s->out);
}

static void put_token(Sheet *s, const char *line, size_t from, size_t to, int point) {
  char shown[MB_LEN_MAX + 3];
  int columns;
  for (size_t i = from; i < to;) {
    size_t n = glyph(line + i, to - i, shown, &columns);
    bool end = line[i] == '\n', wraps = !end && s->pen.column + columns > s->wide;
    if ((int)i == point) s->cursor = wraps ? (Place){s->pen.row + 1, 0} : s->pen;
    if (end) {
      break_row(s);
      put_text(s, ". ");
    } else {
      put(s, shown, columns);
    }
    i += n;
  }
}

static void put_all(Sheet *s, const char *prompt, const char *line, int point) {
  bool lua = in_colour && (*line == 0 || !strchr(":!?", *line)); /* a command is not Lua */
  put_text(s, prompt);
  for (size_t i = 0, n = strlen(line); i < n;) {
    const char *colour = NULL;
    size_t used = lua ? colour_token(line + i, &colour) : n - i;
    if (colour && s->out) fputs(colour, s->out);
    put_token(s, line, i, i + used, point);
    if (colour && s->out) fputs("\033[0m", s->out);
    i += used;
  }
  close_sheet(s);
  if (point >= (int)strlen(line)) s->cursor = s->pen;
  if (s->cursor.column >= s->wide) s->cursor.column = s->wide - 1;
}

/* To the first row of what was drawn last, in which the cursor may stand elsewhere after a resize. */
static void to_top(FILE *out, int rows, int wide) {
  if (drawn.line && drawn.wide != wide) {
    Sheet count = {NULL, wide, 0, 0, {0, 0}, {0, 0}};
    put_all(&count, drawn.prompt, drawn.line, drawn.point);
    drawn.above = count.cursor.row;
    if (drawn.above > rows - 1) drawn.above = rows - 1;
  }
  if (drawn.above > 0) fprintf(out, "\033[%dA", drawn.above);
  fputc('\r', out);
}

static void keep(int wide) {
  free(drawn.prompt);
  free(drawn.line);
  drawn.prompt = strdup(rl_display_prompt ? rl_display_prompt : "");
  drawn.line = strdup(rl_line_buffer);
  drawn.point = rl_point;
  drawn.wide = wide;
  if (!drawn.prompt || !drawn.line) draw_anew();
}

void draw_anew(void) {
  free(drawn.prompt);
  free(drawn.line);
  drawn.prompt = drawn.line = NULL;
  drawn.above = drawn.below = 0;
}

static void redisplay(void) {
  int rows, wide;
  char *bytes = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&bytes, &n); /* written at once: nothing flickers */
  if (!out) return;
  rl_get_screen_size(&rows, &wide);
  if (wide < 3) wide = 3;
  if (rows < 1) rows = 1;
  if (continued) draw_anew();
  continued = 0;
  const char *prompt = rl_display_prompt ? rl_display_prompt : "";
  Sheet count = {NULL, wide, 0, 0, {0, 0}, {0, 0}};
  put_all(&count, prompt, rl_line_buffer, rl_point);
  int first = count.cursor.row >= rows ? count.cursor.row - rows + 1 : 0, last = first + rows - 1;
  if (last > count.pen.row) last = count.pen.row;
  to_top(out, rows, wide);
  Sheet s = {out, wide, first, last, {0, 0}, {0, 0}};
  put_all(&s, prompt, rl_line_buffer, rl_point);
  drawn.above = s.cursor.row - first;
  drawn.below = last - s.cursor.row;
  if (drawn.below > 0) fprintf(out, "\033[%dA", drawn.below);
  fputc('\r', out);
  if (s.cursor.column > 0) fprintf(out, "\033[%dC", s.cursor.column);
  keep(wide);
  if (fclose(out) == 0) fwrite(bytes, 1, n, rl_outstream);
  free(bytes);
  fflush(rl_outstream);
}

/* The cursor goes below what is drawn; without the line's end that comes next. */
static void to_bottom(void) {
  if (on && drawn.below > 0) fprintf(rl_outstream, "\033[%dB", drawn.below);
}

void draw_done(void) {
  to_bottom();
  fputs("\r\n", rl_outstream);
  fflush(rl_outstream);
  draw_anew();
}

void draw_above(const char *text) {
  if (on) {
    int rows, wide;
    rl_get_screen_size(&rows, &wide);
    to_top(rl_outstream, rows, wide);
    fputs("\033[J", rl_outstream);
    draw_anew();
  } else {
    fputs("\r\n", rl_outstream);
  }
  fprintf(rl_outstream, "%s\n", text);
  if (!on) rl_on_new_line();
  (*rl_redisplay_function)();
}

void draw_below(const char *text) {
  to_bottom();
  fprintf(rl_outstream, "\r\n%s\n", text);
  draw_anew();
  if (!on) rl_on_new_line();
  rl_forced_update_display();
}

static void list_matches(char **matches, int n, int longest) {
  to_bottom();
  rl_display_match_list(matches, n, longest);
  draw_anew();
  rl_forced_update_display();
}

static int clear_screen(int count, int key) {
  (void)count, (void)key;
  fputs("\033[H\033[2J", rl_outstream);
  draw_anew();
  redisplay();
  return 0;
}

static void on_continue(int signal) {
  (void)signal;
  continued = 1;
}

void draw_idle(void) {
  if (on && continued) redisplay();
}

void draw_begin(void) {
  continued = 0;
  draw_anew();
}

bool draw_is_on(void) { return on; }

void draw_on(void) {
  if (!colour_capable()) return;
  struct sigaction action = {.sa_handler = on_continue, .sa_flags = SA_RESTART};
  sigaction(SIGCONT, &action, NULL);
  in_colour = colour_wanted();
  on = true;
  rl_redisplay_function = redisplay;
  rl_completion_display_matches_hook = list_matches;
  rl_bind_keyseq("\\C-l", clear_screen);
}
