/* colour.c: keywords, strings, numbers and comments coloured while a line is typed.
 *
 * Readline draws the line as ever and keeps its own account of the screen; then the same glyphs are written
 * over it with colours, and the cursor is put back.  Only where prompt and line fit one row: what wraps or
 * scrolls stays as readline drew it. */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "repl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <readline/readline.h>

static const char *const STRING = "\033[32m", *const NUMBER = "\033[36m", *const KEYWORD = "\033[35m",
                         *const COMMENT = "\033[2m", *const PLAIN = "\033[0m";

static bool is_keyword(const char *word, size_t n) {
  static const char *const words[] = {"and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
                                      "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
                                      "repeat",   "return", "then", "true", "until",  "while", NULL};
  for (const char *const *w = words; *w; w++)
    if (strlen(*w) == n && strncmp(*w, word, n) == 0) return true;
  return false;
}

static size_t string_length(const char *s) { /* s begins with its quote */
  size_t i = 1;
  while (s[i] && s[i] != s[0]) i += s[i] == '\\' && s[i + 1] ? 2 : 1;
  return s[i] ? i + 1 : i;
}

static size_t number_length(const char *s) {
  size_t i = 0;
  while (isalnum((unsigned char)s[i]) || s[i] == '.' ||
         ((s[i] == '-' || s[i] == '+') && i > 0 && strchr("eE", s[i - 1]) && !(s[0] == '0' && s[1] == 'x')))
    i++;
  return i;
}

/* The token that begins at s: its length; *colour is NULL for those that stay plain. */
static size_t token(const char *s, const char **colour) {
  unsigned char c = (unsigned char)*s;
  *colour = NULL;
  if (c == '"' || c == '\'') return *colour = STRING, string_length(s);
  if (c == '-' && s[1] == '-') return *colour = COMMENT, strlen(s);
  if (isdigit(c) || (c == '.' && isdigit((unsigned char)s[1]))) return *colour = NUMBER, number_length(s);
  if (!isalpha(c) && c != '_') return 1;
  size_t n = 1;
  while (isalnum((unsigned char)s[n]) || s[n] == '_') n++;
  if (is_keyword(s, n)) *colour = KEYWORD;
  return n;
}

int colour_columns(const char *s, size_t n) {
  mbstate_t state = {0};
  int sum = 0;
  while (n > 0) {
    wchar_t w;
    size_t used = mbrtowc(&w, s, n, &state);
    if (used == 0 || used > n) return -1;
    int one = wcwidth(w);
    if (one < 0) return -1;
    sum += one;
    s += used;
    n -= used;
  }
  return sum;
}

static void paint(const char *s, FILE *out) {
  while (*s) {
    const char *colour;
    size_t n = token(s, &colour);
    if (colour) fputs(colour, out);
    fwrite(s, 1, n, out);
    if (colour) fputs(PLAIN, out);
    s += n;
  }
}

static void redisplay(void) {
  rl_redisplay();
  int rows, wide;
  rl_get_screen_size(&rows, &wide);
  if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG) || rl_mark_active_p()) return;
  int before = colour_columns(rl_display_prompt, strlen(rl_display_prompt));
  int line = colour_columns(rl_line_buffer, (size_t)rl_end),
      cursor = colour_columns(rl_line_buffer, (size_t)rl_point);
  if (before < 0 || line < 0 || cursor < 0 || before + line >= wide || line == 0) return;
  if (strchr(":!?", *rl_line_buffer)) return; /* a command is not Lua */
  fprintf(rl_outstream, "\r\033[%dC", before);
  paint(rl_line_buffer, rl_outstream);
  fprintf(rl_outstream, "\r\033[%dC", before + cursor);
  fflush(rl_outstream);
}

bool colour_capable(void) {
  const char *term = getenv("TERM");
  return term && *term && strcmp(term, "dumb") != 0;
}

bool colour_wanted(void) {
  const char *none = getenv("NO_COLOR");
  return !(none && *none) && colour_capable();
}

void colour_on(void) {
  if (colour_wanted()) rl_redisplay_function = redisplay;
}
