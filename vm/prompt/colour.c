/* colour.c: what is a keyword, a string, a number or a comment in the line that is typed, and its colour. */
#include "repl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const STRING = "\033[32m", *const NUMBER = "\033[36m", *const KEYWORD = "\033[35m",
                         *const COMMENT = "\033[2m";

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
  while (s[i] && s[i] != s[0] && s[i] != '\n') i += s[i] == '\\' && s[i + 1] ? 2 : 1;
  return s[i] == s[0] ? i + 1 : i;
}

/* [[ ]] and [==[ ]==], over lines too; 0: s begins none. */
static size_t long_length(const char *s) {
  size_t level = 1 + strspn(s + 1, "=");
  if (s[0] != '[' || s[level] != '[') return 0;
  for (const char *p = s + level; (p = strchr(p, ']')); p++)
    if (strspn(p + 1, "=") == level - 1 && p[level] == ']') return (size_t)(p - s) + level + 1;
  return strlen(s);
}

static size_t number_length(const char *s) {
  size_t i = 0;
  while (isalnum((unsigned char)s[i]) || s[i] == '.' ||
         ((s[i] == '-' || s[i] == '+') && i > 0 && strchr("eE", s[i - 1]) && !(s[0] == '0' && s[1] == 'x')))
    i++;
  return i;
}

size_t colour_token(const char *s, const char **colour) {
  unsigned char c = (unsigned char)*s;
  *colour = NULL;
  if (c == '"' || c == '\'') return *colour = STRING, string_length(s);
  if (c == '[' && long_length(s)) return *colour = STRING, long_length(s);
  if (c == '-' && s[1] == '-') {
    size_t block = s[2] == '[' ? long_length(s + 2) : 0;
    return *colour = COMMENT, block ? block + 2 : strcspn(s, "\n");
  }
  if (isdigit(c) || (c == '.' && isdigit((unsigned char)s[1]))) return *colour = NUMBER, number_length(s);
  if (!isalpha(c) && c != '_') {
    size_t more = 1; /* the rest of a letter beyond ASCII */
    while (c >= 0xc0 && ((unsigned char)s[more] & 0xc0) == 0x80) more++;
    return more;
  }
  size_t n = 1;
  while (isalnum((unsigned char)s[n]) || s[n] == '_') n++;
  if (is_keyword(s, n)) *colour = KEYWORD;
  return n;
}

bool colour_capable(void) {
  const char *term = getenv("TERM");
  return term && *term && strcmp(term, "dumb") != 0;
}

bool colour_wanted(void) {
  const char *none = getenv("NO_COLOR");
  return !(none && *none) && colour_capable();
}
