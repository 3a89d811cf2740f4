/* main.c: the program: options, the Lua thread, and the first thread as the window's host.
 *
 * macOS and SDL demand the first thread for windows, so Lua runs on a thread of its own with a large stack.
 */
#include "embedded.h"
#include "open.h"
#include "parallel.h"
#include "repl.h"
#include "viz.h"
#include "world.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Program {
  int argc;
  char **argv;
  int status;
  bool left_behind; /* a session that did not answer: its thread sleeps, and may hold locks */
} Program;

static Program program = {.status = 1};
static sem_t done;

/* The last pictures; on a terminal the window stays until it is closed. */
static void end_of_work(const Vm *v, int status) {
  Viz *z = viz_shared();
  if (status != 0) viz_mark_failed(z);
  lua_State *L = v->L; /* through Lua: it may hold back drawings for the sake of time */
  lua_settop(L, 0);
  if (vm_inside(L, "viz") != LUA_TTABLE || lua_getfield(L, -1, "finish") != LUA_TFUNCTION ||
      lua_pcall(L, 0, 0, 0) != LUA_OK)
    viz_finish(z);
  if (v->interactive || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !viz_is_open(z)) return;
  fprintf(stderr, "viz: the window stays; q in it or ^C here ends\n");
  viz_wait(z, interrupt_pending);
}

static int run_program(Program *p) {
  Err e;
  Vm *v = vm_new(&e);
  if (!v) {
    fprintf(stderr, "lunette: %s\n", e.message);
    return 1;
  }
  int status = cli_run(v, p->argc, p->argv);
  end_of_work(v, status);
  vm_free(v);
  return status;
}

/* The first thread ends the process, or this one, when a display keeps the first. */
static void end_with(int status) {
  program.status = status;
  sem_post(&done);
  if (viz_quit(viz_shared())) return;
  fflush(stdout);
  _exit(status);
}

static void *lua_thread(void *context) {
  (void)context;
  sigset_t mine; /* ^C is for Lua, never for the window's thread */
  sigemptyset(&mine);
  sigaddset(&mine, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
  end_with(run_program(&program));
  return NULL;
}

static void later_session_ended(Vm *v, int status) {
  end_of_work(v, status);
  vm_free(v);
  program.left_behind = true;
  end_with(status);
}

int main(int argc, char **argv) {
  /* Of several processes the first prints: what goes to standard error comes from all. */
  if (!world_is_first() && !freopen("/dev/null", "w", stdout)) return 1;
  program.argc = argc;
  program.argv = argv;
  viz_prepare();
  if (!viz_shared() || sem_init(&done, 0, 0) != 0) return 1;
  repl_at_end(later_session_ended);
  pthread_attr_t attr;
  pthread_t thread;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, (size_t)64 << 20);
  if (pthread_create(&thread, &attr, lua_thread, NULL) != 0) {
    fprintf(stderr, "lunette: no thread for Lua\n");
    return 1;
  }
  viz_host_main(viz_shared());
  while (sem_wait(&done) != 0) {}
  if (program.left_behind) {
    fflush(stdout);
    _exit(program.status);
  }
  pthread_join(thread, NULL);
  viz_free(viz_shared());
  return program.status;
}
