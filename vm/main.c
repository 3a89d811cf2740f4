/* main.c: the program: options, the Lua thread, and the first thread as the window's host.
 *
 * macOS and SDL demand the first thread for windows, so Lua runs on a thread of its own with a large stack.
 */
#include "vm.h"

#include "repl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Program {
  int argc;
  char **argv;
  int status;
} Program;

static int run_program(Program *p) {
  Err e;
  Vm *v = vm_new(&e);
  if (!v) {
    fprintf(stderr, "lunette: %s\n", e.message);
    return 1;
  }
  int status = cli_run(v, p->argc, p->argv);
  vm_free(v);
  return status;
}

static void *lua_thread(void *context) {
  Program *p = context;
  p->status = run_program(p);
  return NULL;
}

int main(int argc, char **argv) {
  Program p = {.argc = argc, .argv = argv, .status = 1};
  pthread_attr_t attr;
  pthread_t thread;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, (size_t)64 << 20);
  if (pthread_create(&thread, &attr, lua_thread, &p) != 0) {
    fprintf(stderr, "lunette: no thread for Lua\n");
    return 1;
  }
  pthread_join(thread, NULL);
  return p.status;
}
