/* edit.c: entries of several lines: a line's end that breaks or ends the entry, up and down within it, indents, $EDITOR.
 *
 * An unfinished entry goes on at a prompt of its own, `. `; up leads back into it, and it becomes one line of readline with
 * line ends in it, as those of the history are. */
#include "repl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

static Vm *machine;
static bool pulled;     /* up, at the prompt of a continuation: the entry is to be one block */
static char *given;     /* what the next line begins with */
static int given_point; /* where the cursor stands in it */
static const char *const INDENT = "  ";

static bool continuation(void) { return strcmp(rl_prompt, ". ") == 0; }
static int line_start(int at) {
  while (at > 0 && rl_line_buffer[at - 1] != '\n') at--;
  return at;
}
static int line_end(int at) {
  while (at < rl_end && rl_line_buffer[at] != '\n') at++;
  return at;
}

/* Inserts a line's end, and the indent of what follows `before`. */
static void break_line(void) {
  char *before = strndup(rl_line_buffer, (size_t)rl_point);
  rl_insert_text("\n");
  char *indent = before ? ask_repl(machine, "indent", before) : NULL;
  if (indent) rl_insert_text(indent);
  free(indent);
  free(before);
}

static int end_line(int count, int key) {
  if (!draw_is_on()) return rl_newline(count, key);
  if (rl_mark_active_p()) rl_deactivate_mark();
  draw_done();
  rl_done = 1;
  return 0;
}

/* Enter: in the middle of a block it breaks the line; at its end it runs the entry, or goes on where that is unfinished. */
static int enter(int count, int key) {
  bool block = memchr(rl_line_buffer, '\n', (size_t)rl_end) != NULL;
  bool inside = line_end(rl_point) < rl_end;
  if (block && !continuation()) {
    char *yes = inside ? NULL : ask_repl(machine, "unfinished", rl_line_buffer);
    bool more = yes != NULL;
    free(yes);
    if (inside || more) {
      break_line();
      return 0;
    }
  }
  return end_line(count, key);
}

/* The same column of another line, in glyphs as the eye counts. */
static int across(int start) {
  int own = line_start(rl_point);
  int columns = draw_columns(rl_line_buffer + own, (size_t)(rl_point - own));
  return start + (int)draw_bytes(rl_line_buffer + start, (size_t)(line_end(start) - start), columns);
}

/* Up and down: a line within the block, else the history. */
static int up(int count, int key) {
  int start = line_start(rl_point);
  if (start > 0) {
    rl_point = across(line_start(start - 1));
    return 0;
  }
  if (continuation()) {
    pulled = true;
    return end_line(count, key);
  }
  return rl_history_search_backward(count, key);
}
static int down(int count, int key) {
  int end = line_end(rl_point);
  if (end < rl_end) {
    rl_point = across(end + 1);
    return 0;
  }
  return rl_history_search_forward(count, key);
}

/* Home and End, too, mean the line. */
static int home(int count, int key) {
  (void)count, (void)key;
  rl_point = line_start(rl_point);
  return 0;
}
static int to_end(int count, int key) {
  (void)count, (void)key;
  rl_point = line_end(rl_point);
  return 0;
}

/* Tab where a line of a block begins indents it. */
static int tab(int count, int key) {
  int start = line_start(rl_point);
  bool blank = (int)strspn(rl_line_buffer + start, " ") >= rl_point - start;
  if (rl_last_func == tab) rl_last_func = rl_complete; /* the second in a row lists what there is */
  if (!blank || (start == 0 && !continuation())) return rl_complete(count, key);
  rl_insert_text(INDENT);
  return 0;
}

/* The last letter of end, else, until, a closing bracket: what begins a line so stands one step further out. */
static int closer(int count, int key) {
  static const char *const words[] = {"end", "else", "until", "}", ")"};
  rl_insert(count, key);
  int start = line_start(rl_point), first = start + (int)strspn(rl_line_buffer + start, " ");
  if (first - start < 2 || (start == 0 && !continuation())) return 0;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (rl_point - first == (int)strlen(words[i]) &&
        strncmp(rl_line_buffer + first, words[i], strlen(words[i])) == 0) {
      rl_delete_text(start, start + 2);
      rl_point -= 2;
      break;
    }
  return 0;
}

/* ^X^E: the entry in $EDITOR, and back. */
static int in_editor(int count, int key) {
  (void)count, (void)key;
  rl_deprep_terminal();
  draw_done();
  char *edited = ask_repl(machine, "edited", rl_line_buffer);
  if (edited) {
    rl_replace_line(edited, 1);
    rl_point = rl_end;
  }
  free(edited);
  rl_prep_terminal(1);
  draw_anew();
  rl_forced_update_display();
  return 0;
}

static int begin(void) { /* readline's startup hook */
  if (!given) return 0;
  rl_insert_text(given);
  rl_point = given_point;
  free(given);
  given = NULL;
  return 0;
}

void edit_give(const char *text, int point) {
  free(given);
  given = strdup(text);
  given_point = point;
}

bool edit_pulled(const char *text, const char *line) {
  if (!pulled) return false;
  pulled = false;
  int rows, wide, used = 0;
  rl_get_screen_size(&rows, &wide);
  size_t n = strlen(text);
  char *both = malloc(n + strlen(line) + 2);
  if (!both) return false;
  sprintf(both, "%s\n%s", text, line);
  for (const char *p = both; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
    const char *end = strchr(p, '\n');
    int width = 2 + draw_columns(p, end ? (size_t)(end - p) : strlen(p));
    used += 1 + (wide > 0 ? (width - 1) / wide : 0);
  }
  fprintf(rl_outstream, "\033[%dA\r\033[J", used);
  edit_give(both, (int)n);
  free(both);
  return true;
}

void edit_on(Vm *v) {
  machine = v;
  rl_startup_hook = begin;
  if (!colour_capable()) return;
  rl_bind_key('\r', enter);
  rl_bind_key('\n', enter);
  rl_bind_key('\t', tab);
  for (const char *p = "del})"; *p; p++) rl_bind_key(*p, closer);
  rl_bind_keyseq("\\e[A", up);
  rl_bind_keyseq("\\e[B", down);
  rl_bind_keyseq("\\eOA", up);
  rl_bind_keyseq("\\eOB", down);
  static const char *const homes[] = {"\\C-a", "\\e[H", "\\eOH", "\\e[1~"}, *const ends[] = {"\\C-e", "\\e[F",
                                                                                             "\\eOF",
                                                                                             "\\e[4~"};
  for (int i = 0; i < 4; i++) {
    rl_bind_keyseq(homes[i], home);
    rl_bind_keyseq(ends[i], to_end);
  }
  rl_bind_keyseq("\\C-x\\C-e", in_editor);
  rl_bind_keyseq("\\e\\C-m", end_line);
  rl_bind_keyseq("\\e\\C-j", end_line);
}
