/* test_interrupts.c: ^C at a thousand random moments of a session at a pseudo-terminal: in kernels, Lua,
 * coroutines, callbacks, close handlers and finalisers, files and drawing.  After each the prompt answers; at
 * the end nothing has been lost and nothing has grown. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 1000, FEW = 200, WARM = 100, PATIENCE_MS = 20000, MOST_DELAY_US = 6000, ROOM = 1 << 16 };

typedef struct Session {
  pid_t pid;
  int fd;
  char text[ROOM]; /* what it has said since it was last asked */
  size_t n;
} Session;

static char program[4096];

static void session_start(Session *s) {
  struct winsize size = {24, 200, 0, 0};
  s->pid = forkpty(&s->fd, NULL, NULL, &size);
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    setenv("TERM", "dumb", 1);
    setenv("LUNETTE_HISTORY", "/dev/null", 1);
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execl(program, program, "--norc", (char *)NULL);
    _exit(127);
  }
}

static void hear(Session *s, int ms) {
  struct pollfd p = {s->fd, POLLIN, 0};
  if (poll(&p, 1, ms) <= 0) return;
  if (s->n > ROOM / 2) { /* only the end matters */
    memmove(s->text, s->text + s->n - ROOM / 4, ROOM / 4);
    s->n = ROOM / 4;
  }
  ssize_t k = read(s->fd, s->text + s->n, ROOM - 1 - s->n);
  if (k > 0) s->n += (size_t)k;
  s->text[s->n] = 0;
}

static void say(const Session *s, const char *line) {
  size_t n = strlen(line);
  assert_int_equal(write(s->fd, line, n), n);
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for a text that the echo of what was typed does not contain. */
static const char *answer(Session *s, const char *text) {
  for (const long end = now_ms() + PATIENCE_MS; now_ms() < end;) {
    const char *at = strstr(s->text, text);
    if (at && strchr(at, '\n')) return at;
    hear(s, 20);
  }
  fail_msg("no '%s' within %d s; the session said: %s", text, PATIENCE_MS / 1000, s->text);
  return NULL;
}

static const char *ask(Session *s, const char *line, const char *text) {
  s->n = 0;
  s->text[0] = 0;
  say(s, line);
  return answer(s, text);
}

/* In lines below a thousand letters: beyond them readline 8.2 on a dumb terminal compares a byte too many. */
static const char prepare[] =
    "viz.mode 'term' A = tensor.ones(300, 300) X = tensor.ones(4, 32, 32, 16) W = tensor.ones(3, 3, 16, 32) "
    "R = nn.LSTM(32, 32) T = tensor.ones(4, 50, 32) L = nn.Linear(8, 8) V = tensor.ones(64, 8)\n"
    "Q = os.tmpname() P = Q .. '.safetensors'\n"
    "jobs = { function() A:mm(A) end, function() nn.conv2d{X, W, padding = 1} end, function() R(T) end, "
    "function() local s = 0 for i = 1, 1e5 do s = s + i end end, "
    "function() for v in coroutine.wrap(function() for i = 1, 2e4 do coroutine.yield(i) end end) do local w "
    "= v end end, "
    "function() pcall(function() L(V):sum():backward() error 'mine' end) end }\n"
    "for _, f in ipairs { function() tensor.save(P, {A = A}) tensor.load(P) end, "
    "function() viz.plot('a/b', 1) viz.image('c', tensor.zeros(8, 8)) viz.picture(64, 48) end, "
    "function() local c <close> = setmetatable({}, {__close = function() A:sum() end}) A:exp() end, "
    "function() for i = 1, 50 do setmetatable({}, {__gc = function() V:sum() end}) end collectgarbage() end, "
    "function() table.sort({5, 3, 1, 4, 2}, function(a, b) V:sum() return a < b end) end, "
    "function() A:map(function(v) return v end) end } do jobs[#jobs + 1] = f end\n"
    "function work(k) while true do jobs[k % #jobs + 1]() end end\n"
    "print('rea' .. 'dy', #jobs)\n";

static long number_after(const char *at, const char *name) {
  const char *p = strstr(at, name);
  assert_non_null(p);
  return strtol(p + strlen(name), NULL, 10);
}

static void state_of(Session *s, long *tensors, long *kilobytes) {
  const char *at =
      ask(s,
          "collectgarbage() collectgarbage() print('sta' .. 'te tensors=' .. lunette.memory().tensors .. "
          "' kB=' .. lunette.memory().resident // 1024 // 1 .. ' sum=' .. (A:mm(A):sum():item()) // 1)\n",
          "state ");
  *tensors = number_after(at, "tensors=");
  *kilobytes = number_after(at, "kB=");
  assert_int_equal(number_after(at, "sum="), 27000000);
}

static void a_thousand_interrupts(void **state) {
  (void)state;
  Session *s = calloc(1, sizeof *s);
  assert_non_null(s);
  const bool sanitized = getenv("LUNETTE_SANITIZED") != NULL; /* slow, and keeps what is freed */
  const int rounds = sanitized ? FEW : ROUNDS;
  long tensors = 0, kilobytes = 0, tensors_end, kilobytes_end;
  char line[128], text[64];
  session_start(s);
  ask(s, prepare, "ready");
  srand(1);
  for (int k = 1; k <= rounds; k++) {
    snprintf(line, sizeof line, "work(%d)\n", k);
    s->n = 0;
    s->text[0] = 0;
    say(s, line);
    usleep((useconds_t)(rand() % MOST_DELAY_US));
    kill(s->pid, SIGINT);
    /* Typed while it still runs, the line waits; one that ^C takes away with the prompt is typed again. */
    snprintf(line, sizeof line, "print('ali' .. 've %d')\n", k);
    snprintf(text, sizeof text, "alive %d", k);
    for (int tries = 0; !strstr(s->text, text) && tries < 40; tries++) {
      if (tries) kill(s->pid, SIGINT); /* it came before the work began */
      for (const long end = now_ms() + 100; now_ms() < end && !strstr(s->text, "interrupted");) hear(s, 20);
      say(s, line);
      for (const long end = now_ms() + 500; now_ms() < end && !strstr(s->text, text);) hear(s, 20);
    }
    answer(s, text);
    if (k == WARM) state_of(s, &tensors, &kilobytes);
  }
  state_of(s, &tensors_end, &kilobytes_end);
  assert_in_range(tensors_end, 1, tensors + 4); /* viz and generators may hold a few */
  if (!sanitized) assert_in_range(kilobytes_end, 1, kilobytes + kilobytes / 4 + 16384);
  say(s, "os.remove(P) os.remove(Q) os.exit(0)\n");
  int status = 0;
  while (waitpid(s->pid, &status, WNOHANG) == 0) hear(s, 20);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(s->fd);
  free(s);
}

/* How long the prompt takes to answer a ^C, in milliseconds; -1: not within `patience`. */
static long answers_within(Session *s, long patience) {
  const long start = now_ms();
  s->n = 0;
  s->text[0] = 0;
  kill(s->pid, SIGINT);
  say(s, "print('ali' .. 've')\n");
  while (now_ms() < start + patience && !strstr(s->text, "alive\r")) hear(s, 10);
  return strstr(s->text, "alive\r") ? now_ms() - start : -1;
}

static void begin(Session *s, const char *line) {
  enum { UNDER_WAY_MS = 500 };
  session_start(s);
  ask(s, "print('rea' .. 'dy') kept = 1\n", "ready");
  say(s, line);
  for (const long end = now_ms() + UNDER_WAY_MS; now_ms() < end;) hear(s, 20);
}

static void end(Session *s) {
  kill(s->pid, SIGKILL);
  waitpid(s->pid, NULL, 0);
  close(s->fd);
  s->n = 0;
  s->text[0] = 0;
}

/* Loops in C over elements, message handlers and close handlers: the first ^C, and nothing is lost. */
static void long_loops_hear_the_first(void **state) {
  (void)state;
  static const char *const lines[] = {
      "x = tensor.rand(20000, 4000) while true do x:max(1) x:argmax(1) end\n",
      "while true do tensor.arange(100000000) end\n",
      "while true do tensor.linspace(0, 1, 100000000) end\n",
      "while true do tensor.randperm(50000000) end\n",
      "x = tensor.rand(3000, 1000) while true do x:totable() end\n",
      "t = {} for i = 1, 3000000 do t[i] = i end while true do tensor(t) end\n",
      "x = tensor.rand(1500, 1500) while true do x:svd() end\n",
      "x = tensor.rand(3000, 3000) while true do x:inverse() end\n",
      "x = tensor.rand(1000, 1000) while true do x:solve(x) end\n",
      "x = tensor.rand(3000, 3000) while true do x:qr() end\n",
      "x = tensor.zeros(1 << 29, {dtype = 'u8'}) while true do tensor.save('/dev/shm/x.npy', x) end\n",
      "xpcall(error, function() while true do end end)\n",
      "xpcall(function() while true do end end, function() while true do end end)\n",
      "pcall(pcall, function() while true do end end)\n",
      "do local c <close> = setmetatable({}, {__close = function() while true do end end}) end\n",
      "while true do print(1) end\n"};
  const long most = getenv("LUNETTE_SANITIZED") ? 10000 : 2000; /* others may be using the machine */
  Session *s = calloc(1, sizeof *s);
  assert_non_null(s);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    begin(s, lines[i]);
    const long ms = answers_within(s, most);
    if (ms < 0) fail_msg("no answer to ^C within %ld ms in: %s", most, lines[i]);
    ask(s, "print('ke' .. 'pt', kept)\n", "kept\t1");
    end(s);
  }
  unlink("/dev/shm/x.npy");
  free(s);
}

/* Where no hook strikes: the second leaves the state behind, in its place is a new one that works, and ends well. */
static void the_second_leaves_the_state_behind(void **state) {
  (void)state;
  static const char *const lines[] = {
      "do setmetatable({}, {__gc = function() while true do end end}) end collectgarbage()\n",
      "string.find(('a'):rep(300000), '.-.-.-b')\n"};
  enum { FIRST_MS = 1000, SECOND_MS = 15000 };
  Session *s = calloc(1, sizeof *s);
  assert_non_null(s);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    begin(s, lines[i]);
    assert_int_equal(answers_within(s, FIRST_MS), -1);
    if (answers_within(s, SECOND_MS) < 0) fail_msg("no answer to the second ^C in: %s", lines[i]);
    ask(s, "print('ke' .. 'pt', kept, tensor.ones(300, 300):mm(tensor.ones(300, 300))[{1, 1}])\n",
        "kept\tnil\t300");
    say(s, lines[i]); /* and once more */
    for (const long until = now_ms() + 500; now_ms() < until;) hear(s, 20);
    assert_int_equal(answers_within(s, FIRST_MS), -1);
    assert_in_range(answers_within(s, SECOND_MS), 0, SECOND_MS);
    say(s, "quit()\n");
    int status = 0;
    while (waitpid(s->pid, &status, WNOHANG) == 0) hear(s, 20);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(s->fd);
    s->n = 0;
    s->text[0] = 0;
  }
  free(s);
}

int main(int argc, char **argv) {
  (void)argc;
  /* the program lies beside the folder of the tests */
  const char *slash = strrchr(argv[0], '/');
  snprintf(program, sizeof program, "%.*s/../lunette", (int)(slash ? slash - argv[0] : 1),
           slash ? argv[0] : ".");
  const struct CMUnitTest tests[] = {cmocka_unit_test(long_loops_hear_the_first),
                                     cmocka_unit_test(the_second_leaves_the_state_behind),
                                     cmocka_unit_test(a_thousand_interrupts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
