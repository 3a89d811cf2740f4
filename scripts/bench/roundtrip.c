/* roundtrip.c: how fast the program starts, and how fast its prompt answers under a pseudo-terminal: from the
 * key to the last byte that was waited for.
 *
 *   cc -O2 roundtrip.c -o roundtrip -lutil && ./roundtrip PROGRAM
 *
 * Prints a line for each case: milliseconds, median and range of several.  prompt.sh builds and runs it. */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 11, PATIENCE_MS = 20000, ROOM = 1 << 16 };

static int terminal;
static char said[ROOM];
static size_t n_said;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void hear(int ms) {
  struct pollfd p = {terminal, POLLIN, 0};
  if (poll(&p, 1, ms) <= 0) return;
  if (n_said > ROOM / 2) n_said = 0;
  ssize_t k = read(terminal, said + n_said, ROOM - 1 - n_said);
  if (k > 0) n_said += (size_t)k;
  said[n_said] = 0;
}

/* Forgets what was said until nothing comes for `ms`. */
static void rest(int ms) {
  struct pollfd p = {terminal, POLLIN, 0};
  while (poll(&p, 1, ms) > 0) {
    if (read(terminal, said, ROOM - 1) <= 0) break;
  }
  n_said = 0;
  said[0] = 0;
}

static void type(const char *text) {
  if (write(terminal, text, strlen(text)) < 0) exit(1);
}

/* Types and waits for the answer, and for what comes after it: milliseconds. */
static double round_trip(const char *keys, const char *answer, const char *then) {
  const double start = now_ms();
  type(keys);
  for (;;) {
    const char *at = strstr(said, answer);
    if (at && strstr(at + strlen(answer), then)) break;
    hear(5);
    if (now_ms() - start > PATIENCE_MS) {
      fprintf(stderr, "roundtrip: no '%s' in: %s\n", answer, said);
      exit(1);
    }
  }
  return now_ms() - start;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void report(const char *name, const char *limit, double *ms) {
  qsort(ms, ROUNDS, sizeof *ms, by_size);
  printf("%-44s %8.1f ms   %.1f .. %.1f   [%s]\n", name, ms[ROUNDS / 2], ms[0], ms[ROUNDS - 1], limit);
  fflush(stdout);
}

static void interrupt(const char *name, const char *limit, const char *code, int wait_ms) {
  double ms[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    type(code);
    rest(wait_ms);
    ms[i] = round_trip("\003", "interrupted", "> ");
    rest(100);
  }
  report(name, limit, ms);
}

static void process(const char *name, const char *limit, char *const *command) {
  double ms[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    const double start = now_ms();
    const pid_t pid = fork();
    if (pid == 0) {
      execv(command[0], command);
      _exit(127);
    }
    waitpid(pid, NULL, 0);
    ms[i] = now_ms() - start;
  }
  report(name, limit, ms);
}

int main(int argc, char **argv) {
  struct winsize size = {40, 100, 0, 0};
  double ms[ROUNDS];
  char keys[100], answer[100];
  if (argc != 2) return 2;
  process("lunette -e \"\"", "30 ms", (char *[]){argv[1], "-e", "", NULL});
  const pid_t pid = forkpty(&terminal, NULL, NULL, &size);
  if (pid == 0) {
    setenv("TERM", "xterm-256color", 1);
    execl(argv[1], argv[1], "--norc", (char *)NULL);
    _exit(127);
  }
  rest(1000);
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(keys, sizeof keys, "'answer ' .. %d * 111\r", i);
    snprintf(answer, sizeof answer, "answer %d", i * 111);
    ms[i] = round_trip(keys, answer, "> ");
    rest(50);
  }
  report("an expression, to its value", "-", ms);
  for (int i = 0; i < ROUNDS; i++) {
    type("tensor.lins");
    rest(100);
    ms[i] = round_trip("\t", "pace(", "");
    type("\025");
    rest(50);
  }
  report("TAB, to the completed name", "10 ms", ms);
  interrupt("^C in a loop of Lua", "100 ms", "while true do end\r", 400);
  type("a = tensor.ones(8000, 8000);\r");
  rest(2000);
  interrupt("^C in a:mm(a), 8000 x 8000", "200 ms", "b = a:mm(a)\r", 800);
  interrupt("^C in a loop of tensors", "100 ms", "while true do local x = tensor.ones(100) + 1 end\r", 400);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  return 0;
}
