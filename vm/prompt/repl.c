/* repl.c: the prompt: GNU Readline 8.2 in front of the Lua state.
 *
 * What an entry means, and whether it goes on, is vm/lua/entry.lua; what is done with results, commands (:who), help
 * (?x) and completion is vm/lua/repl.lua. */
#include "repl.h"

#include "embedded.h"
#include "interrupt.h"
#include "notice.h"
#include "open.h"
#include "parallel.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_MOST = 10000 };

static Vm *machine; /* readline's callbacks carry no context, and there is one terminal */
static bool cancelled;

/* --- ^C while a line is typed --------------------------------------------------------------------------- */

static int on_signal(void) {
  if (!interrupt_pending()) return 0;
  if (RL_ISSTATE(
          RL_STATE_ISEARCH)) { /* the search ends first, with what it shows: the next look at ^C is for the line */
    rl_stuff_char('\a');
    return 0;
  }
  rl_point = rl_end; /* below a block of several lines */
  (*rl_redisplay_function)();
  if (rl_end == 0 && strcmp(rl_prompt, "> ") == 0) fputs("\n^D or quit() leaves", rl_outstream);
  fputc('\n', rl_outstream);
  rl_replace_line("", 0);
  rl_done = 1;
  cancelled = true;
  interrupts_reset(machine);
  return 0;
}

/* Puts a text above the line that is being typed, and frees it. */
static void say(char *text) {
  if (text) draw_above(text);
  free(text);
}

/* What has become of a watched file, whose code runs now and may go on for long: a ^C is ours meanwhile, not readline's,
 * which would only note it. */
static char *news(void) {
  rl_clear_signals();
  char *text = ask_repl(machine, "idle", NULL);
  rl_set_signals();
  if (!machine->interrupted) return text; /* a ^C that struck nobody is for the line */
  interrupts_reset(machine);
  return text ? text : strdup("the watched file's code was interrupted");
}

static int on_idle(void) { /* readline looks at rl_done after it, fifty times a second */
  static int turns;
  draw_idle();
  say(notices_take()); /* of the window */
  if (++turns % 20 == 0 && !interrupt_pending()) say(news());
  return on_signal();
}

/* --- history: an entry is on disk before it runs -------------------------------------------------------- */

static char history_file[4096];

static void make_directories(char *path) {
  for (char *p = path + 1; *p; p++)
    if (*p == '/') {
      *p = 0;
      mkdir(path, 0700);
      *p = '/';
    }
}

static void open_history(void) {
  const char *own = getenv("LUNETTE_HISTORY"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  if (own) snprintf(history_file, sizeof history_file, "%s", own);
  else if (state && *state) snprintf(history_file, sizeof history_file, "%s/lunette/history", state);
  else if (home) snprintf(history_file, sizeof history_file, "%s/.local/state/lunette/history", home);
  if (!*history_file) return;
  make_directories(history_file);
  history_comment_char = '#'; /* with times, an entry of several lines stays one */
  history_write_timestamps = 1;
  history_multiline_entries = 1;
  using_history();
  read_history(history_file);
  stifle_history(HISTORY_MOST);
}

static void remember(const char *entry) {
  HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;
  if (!*entry || (last && strcmp(last->line, entry) == 0)) return;
  add_history(entry);
  if (!*history_file || strcmp(history_file, "/dev/null") == 0) return;
  if (append_history(1, history_file) != 0) { /* the file is new */
    FILE *f = fopen(history_file, "a");
    if (f) {
      fclose(f);
      append_history(1, history_file);
    }
  }
}

/* --- reading one entry ---------------------------------------------------------------------------------- */

/* repl.compile(text) -> function, or nil, message and whether more lines may complete it: the first two stay on the
 * stack, the third is returned. */
static bool compile(lua_State *L, const char *text) {
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.repl");
  lua_getfield(L, -1, "compile");
  lua_remove(L, -2);
  lua_pushstring(L, text);
  if (lua_pcall(L, 1, 3, 0) != LUA_OK) { /* a ^C meanwhile, or no memory */
    lua_pushnil(L);
    lua_insert(L, -2);
    return false;
  }
  bool more = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return more;
}

static char *read_line(const char *prompt) {
  cancelled = false;
  char *line = NULL;
  if (isatty(STDIN_FILENO)) {
    draw_begin();
    notices_keep(true);
    line = readline(prompt);
    if (cancelled && line)
      edit_give(line, (int)strlen(line)); /* a key between ^C and the line's end is the next one's */
    notices_keep(false);
  } else { /* a pipe: readline would wait for keys after its end */
    size_t room = 0;
    ssize_t n = getline(&line, &room, stdin);
    if (n > 0 && line[n - 1] == '\n') line[n - 1] = 0;
    if (n < 0) {
      free(line);
      line = NULL;
    }
  }
  const char *how = *prompt == '>' ? "first_entry" : "without_prompts";
  char *text = line ? ask_repl(machine, how, line) : NULL; /* what is pasted may be a transcript */
  if (!text) return line;
  free(line);
  return text;
}

/* The next line begins with that text, which is freed. */
static void give(char *text) {
  if (text) edit_give(text, (int)strlen(text));
  free(text);
}

/* repl.history() -> the entries, the oldest first. */
static int list_history(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < history_length; i++) {
    lua_pushstring(L, history_get(history_base + i)->line);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* After an empty line of an unfinished entry: what the parser waits for, and the way out. */
static void tell_open(const char *why) {
  const char *what = why ? strstr(why, ": ") : NULL, *end = what ? strstr(what, " near <eof>") : NULL;
  if (!end || !isatty(STDIN_FILENO)) return;
  if (strncmp(what, ": unexpected", 12) == 0) fputs("an expression goes on", stderr);
  else fprintf(stderr, "%.*s", (int)(end - what) - 2, what + 2);
  fputs("; ^C gives the entry up\n", stderr);
}

/* An entry, of several lines where the first is unfinished; NULL: end of input.  "" after ^C. */
static char *read_entry(lua_State *L) {
  char *text = ask_repl(machine, "next_entry", NULL); /* of a transcript that was pasted */
  cancelled = false;
  if (!text) {
    give(ask_repl(machine, "take", NULL)); /* what :edit has left */
    text = read_line("> ");
  }
  if (!text || cancelled || strchr(":?!", *text ? *text : ' ')) return text;
  for (bool blank = false;;) {
    bool more = compile(L, text);
    if (more && blank) tell_open(lua_tostring(L, -1));
    lua_pop(L, 2);
    if (!more) return text;
    if (colour_capable()) give(ask_repl(machine, "indent", text));
    char *line = read_line(". ");
    if (line && edit_pulled(text, line)) {
      free(line);
      free(text);
      if (!(text = read_line("> ")) || cancelled) return text;
      continue;
    }
    if (!line || cancelled) {
      free(line);
      *text = 0;
      return text;
    }
    size_t a = strlen(text), b = strlen(line);
    blank = line[strspn(line, " ")] == 0;
    char *both = realloc(text, a + b + 2);
    if (both) {
      text = both;
      text[a] = '\n';
      memcpy(text + a + 1, line, b + 1);
    }
    free(line);
  }
}

/* --- running it ----------------------------------------------------------------------------------------- */

/* --- left behind -------------------------------------------------------------------------------------------
 *
 * Where no ^C is heard (a finaliser that loops, string.find with a pattern without end), the second one leaves the
 * state and its thread behind as they are: the thread sleeps for ever in the signal's handler, with whatever it holds,
 * and a thread that was waiting for this goes on with a new state. */

static sem_t wanted; /* the thread that waits: at a first ^C, and for good */
static volatile sig_atomic_t leaving;
static void (*at_end)(Vm *v, int status);

void repl_at_end(void (*end)(Vm *v, int status)) { at_end = end; }

static void first_heard(void) { sem_post(&wanted); }

static void leave_behind(void) {
  sigset_t all;
  leaving = 1;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  sem_post(&wanted);
  for (;;) pause();
}

static bool successor_start(void);
static int session(Vm *v);

/* Until the state is left behind; a first ^C that nobody has heard within a second is told what a second one does. */
static void wait_until_wanted(void) {
  while (!leaving) {
    while (sem_wait(&wanted) != 0) {}
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    while (!leaving && sem_timedwait(&wanted, &until) != 0) {
      if (errno != ETIMEDOUT) continue;
      if (interrupt_pending() && !leaving)
        fputs("\nno answer yet; ^C again leaves this session behind, with its variables\n", stderr);
      break;
    }
  }
  leaving = 0;
}

static void *successor(void *context) {
  (void)context;
  sigset_t mine;
  Err e;
  wait_until_wanted();
  interrupt_clear();
  sigemptyset(&mine);
  sigaddset(&mine, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
  fputs("\nThe session did not answer: it is left behind, with its variables.  This is a new one.\n", stderr);
  Vm *v = vm_new(&e);
  if (!v) fprintf(stderr, "lunette: %s\n", e.message);
  if (!v || !successor_start()) _exit(1);
  at_end(v, session(v));
  return NULL;
}

static bool successor_start(void) {
  pthread_attr_t attr;
  pthread_t thread;
  sigset_t mine, before;
  sigemptyset(&mine);
  sigaddset(&mine, SIGINT);
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, (size_t)64 << 20);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_BLOCK, &mine, &before); /* ^C is not for a thread that waits */
  bool ok = pthread_create(&thread, &attr, successor, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attr);
  return ok;
}

/* repl.run(text, chunk or nil, message): echoes, or runs a command; errors are printed there. */
static void run_entry(lua_State *L, const char *text) {
  lua_settop(L, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, "lunette.repl");
  lua_getfield(L, -1, "run");
  lua_pushstring(L, text);
  compile(L, text);
  interrupts_reset(machine);
  interrupts_deaf(at_end ? first_heard : NULL, at_end ? leave_behind : NULL);
  int status = lua_pcall(L, 3, 0, 0);
  interrupts_deaf(NULL, NULL);
  if (status != LUA_OK) { /* an interrupt: behind the terminal's ^C */
    fprintf(stderr, "\n%s\n", luaL_tolstring(L, -1, NULL));
    free(ask_repl(machine, "drop_entries", NULL));
  }
  lua_settop(L, 0);
  interrupts_reset(machine); /* a ^C that ended the entry must not cancel the next line too */
}

static bool load_repl(lua_State *L) {
  vm_inside(L, "require");
  lua_pushliteral(L, "vm.repl");
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return false;
  }
  lua_pushcfunction(L, list_history);
  lua_setfield(L, -2, "history");
  lua_setfield(L, LUA_REGISTRYINDEX, "lunette.repl");
  return true;
}

static int session(Vm *v) {
  lua_State *L = v->L;
  machine = v;
  completion_on(v);
  edit_on(v);
  v->interactive = true;
  if (!load_repl(L)) return 1;
  interrupts_on(v, false);
  for (char *text; (text = read_entry(L)); free(text)) {
    if (cancelled || !*text) continue;
    remember(text);
    run_entry(L, text);
    fflush(stdout);
    if (v->leave) {
      free(text);
      break;
    }
  }
  return 0;
}

int repl_run(Vm *v) {
  setlocale(LC_CTYPE, ""); /* the cursor moves by glyphs; numbers keep their point */
  rl_readline_name = "lunette";
  rl_signal_event_hook = on_signal;
  rl_event_hook = on_idle;
  rl_set_keyboard_input_timeout(20000); /* microseconds between looks at a ^C */
  if (!isatty(STDOUT_FILENO))
    rl_outstream = stderr; /* what is printed goes to a file, without the terminal's keys */
  rl_variable_bind("enable-bracketed-paste",
                   colour_capable() ? "on" : "off"); /* a dumb terminal would show its marks */
  rl_bind_keyseq("\\e[A", rl_history_search_backward);
  rl_bind_keyseq("\\e[B", rl_history_search_forward);
  rl_bind_keyseq("\\e\\C-m", rl_newline); /* not vi's mode, into which Escape and Enter lead by default */
  rl_bind_keyseq("\\e\\C-j", rl_newline);
  rl_initialize();
  draw_on(); /* after that: readline asks no terminal what it can do once another draws for it */
  open_history();
  fprintf(rl_outstream, "lunette %s   ?name explains   ^D leaves\n", LUNETTE_VERSION);
  if (at_end && (sem_init(&wanted, 0, 0) != 0 || !successor_start())) at_end = NULL;
  return session(v);
}
