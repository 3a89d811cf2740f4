/* process.c: see process.h. */
#define _GNU_SOURCE
#include "process.h"
#include "parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { FIRST_FREE = 10 };

/* Above the descriptors that the child gets, so that moving one does not close another. */
int process_memory_file(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) return -1;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
  close(fd);
  return high;
}

static bool write_all(int fd, const unsigned char *from, const unsigned char *to) {
  while (from < to) {
    ssize_t k = write(fd, from, (size_t)(to - from));
    if (k <= 0) return false;
    from += k;
  }
  return true;
}

static int spawn(Process *p, char *const *argv, int channel) {
  char program[64];
  snprintf(program, sizeof program, "/proc/self/fd/%d", p->program);
  posix_spawn_file_actions_t act;
  posix_spawnattr_t attr;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&act);
  posix_spawn_file_actions_adddup2(&act, channel, PROCESS_CHANNEL);
  posix_spawn_file_actions_adddup2(&act, p->message, PROCESS_MESSAGE);
  posix_spawnattr_init(&attr);
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setsigdefault(&attr, &all);
  posix_spawnattr_setpgroup(&attr, 0); /* ^C at the terminal is for us, who pass it on */
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int why = posix_spawn(&p->pid, program, &act, &attr, argv, environ);
  posix_spawnattr_destroy(&attr);
  posix_spawn_file_actions_destroy(&act);
  return why;
}

bool process_start(Process *p, const unsigned char *from, const unsigned char *to, char *const *argv,
                   int channel, Err *e) {
  *p = (Process){.program = process_memory_file("program"), .message = process_memory_file("message")};
  bool ok = p->program >= 0 && p->message >= 0 && write_all(p->program, from, to);
  int why = ok ? spawn(p, argv, channel) : errno;
  if (ok && why == 0) return true;
  p->pid = 0;
  process_close(p);
  return err_set(e, "no reader process: %s", strerror(why));
}

int process_wait(Process *p, bool finish) {
  int status = 0;
  for (;;) {
    pid_t got = waitpid(p->pid, &status, WNOHANG);
    if (got == p->pid || (got < 0 && errno != EINTR)) return status;
    if (!finish && interrupt_pending()) process_kill(p);
    poll(NULL, 0, PROCESS_WAIT_MS);
  }
}

bool process_ended_well(const Process *p, int status, const char *otherwise, Err *e) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  char text[sizeof e->message];
  ssize_t n = WIFEXITED(status) ? pread(p->message, text, sizeof text - 1, 0) : 0;
  if (n <= 0) return err_set(e, "%s", otherwise);
  text[n] = 0;
  return err_set(e, "%s", text);
}

void process_kill(Process *p) { kill(p->pid, SIGKILL); }

void process_close(Process *p) {
  if (p->program >= 0) close(p->program);
  if (p->message >= 0) close(p->message);
  p->program = p->message = -1;
}
