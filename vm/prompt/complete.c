/* complete.c: what TAB does: words and signatures come from Lua (vm/lua/complete.lua), which only looks and never
 * evaluates; names of files are readline's. */
#include "repl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

static Vm *machine;  /* readline's callbacks carry no context */
static char **words; /* the matches of the word at hand, NULL-terminated */

static void free_words(void) {
  for (char **w = words; w && *w; w++) free(*w);
  free(words);
  words = NULL;
}

/* repl.complete[name](line up to `end`, start): its result stays on the stack; false leaves nothing there. */
static bool ask(const char *name, int start, int end) {
  lua_State *L = machine->L;
  int top = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.repl");
  lua_getfield(L, -1, "complete");
  lua_getfield(L, -1, name);
  lua_pushlstring(L, rl_line_buffer, (size_t)end);
  lua_pushinteger(L, start + 1);
  if (lua_pcall(L, 2, 1, 0) == LUA_OK && !lua_isnil(L, -1)) return true;
  lua_settop(L, top);
  return false;
}

/* Fills `words` from a list that repl.complete[name] gives; false: there is none. */
static bool find_words(const char *name, int start, int end) {
  lua_State *L = machine->L;
  int top = lua_gettop(L);
  free_words();
  if (!ask(name, start, end)) return false;
  bool found = lua_istable(L, -1);
  size_t n = found ? lua_rawlen(L, -1) : 0;
  words = calloc(n + 1, sizeof *words);
  for (size_t i = 0; words && i < n; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    words[i] = strdup(lua_tostring(L, -1) ? lua_tostring(L, -1) : "");
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return found;
}

static char *next_word(const char *text, int state) {
  static size_t at;
  (void)text;
  if (state == 0) at = 0;
  return words && words[at] ? strdup(words[at++]) : NULL;
}

/* Behind the bracket of a call: its signature in a line of its own, and the line again.  Once for a line: the next TAB
 * lists names. */
static bool show_signature(int end) {
  static char *shown;
  lua_State *L = machine->L;
  int top = lua_gettop(L);
  if (end == 0 || rl_line_buffer[end - 1] != '(' ||
      (shown && strncmp(shown, rl_line_buffer, (size_t)end + 1) == 0))
    return false;
  if (!ask("signature", 0, end)) return false;
  draw_below(lua_tostring(L, -1));
  free(shown);
  shown = strdup(rl_line_buffer);
  lua_settop(L, top);
  return true;
}

static bool in_string(void) {
  char quote = 0;
  for (const char *p = rl_line_buffer; p < rl_line_buffer + rl_point && *p; p++)
    if (quote ? *p == quote : *p == '"' || *p == '\'') quote = quote ? 0 : *p;
  return quote != 0;
}

/* Is the cursor where a file is named: in an open string, behind :run and its like, behind ! ? */
static bool at_file(void) {
  static const char *const commands[] = {"!", ":run ", ":watch ", ":save ", ":cd ", ":edit "};
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strncmp(rl_line_buffer, commands[i], strlen(commands[i])) == 0) return true;
  return in_string();
}

static char *word_breaks(void) { /* readline wants a char *, and leaves it as it is */
  static char lua[] = " \t\n\"\\'`@$><=;|&{}()[]+-*/%^~,#?!", file[] = " \t\n\"'!;|&<>";
  return at_file() ? file : lua;
}

static char **complete(const char *text, int start, int end) {
  bool file = at_file();
  rl_completion_append_character = 0;
  rl_attempted_completion_over = 1;
  if (in_string() && find_words("in_string", start, end)) return rl_completion_matches(text, next_word);
  rl_attempted_completion_over = !file;
  if (file) return NULL; /* readline's own completion of files */
  if (show_signature(end)) return NULL;
  find_words("words", start, end);
  return rl_completion_matches(text, next_word);
}

void completion_on(Vm *v) {
  machine = v;
  rl_attempted_completion_function = complete;
  rl_completion_word_break_hook = word_breaks;
  rl_completer_quote_characters = "\"'";
  rl_completion_query_items = -1; /* names are listed at once: a question or a pager would not hear a ^C */
  rl_variable_bind("page-completions", "off");
}
