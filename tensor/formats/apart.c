/* apart.c: runs the reader process (formats.h).  Its program is a part of this one and is run from a file in
 * memory, so that there is one file to install. */
#define _GNU_SOURCE
#include "formats.h"
#include "parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern const unsigned char reader_program[], reader_program_end[];
extern char **environ;

enum { LIST = 3, MESSAGE = 4, WAIT_MS = 2, FIRST_FREE = 10 };

typedef struct Apart {
  int program, list, message; /* files in memory */
} Apart;

/* Above the descriptors that the child gets, so that moving one does not close another. */
static int memory_file(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) return -1;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
  close(fd);
  return high;
}

static void apart_close(Apart *a) {
  int *all[] = {&a->program, &a->list, &a->message};
  for (int i = 0; i < 3; i++)
    if (*all[i] >= 0) close(*all[i]);
}

static bool apart_open(Apart *a, Err *e) {
  size_t n = (size_t)(reader_program_end - reader_program), at = 0;
  *a = (Apart){memory_file("reader"), memory_file("list"), memory_file("message")};
  bool ok = a->program >= 0 && a->list >= 0 && a->message >= 0;
  while (ok && at < n) {
    ssize_t k = write(a->program, reader_program + at, n - at);
    ok = k > 0;
    at += ok ? (size_t)k : 0;
  }
  if (ok) return true;
  err_set(e, "%s", strerror(errno));
  apart_close(a);
  return false;
}

/* Waits; after ^C the reader is ended.  What waitpid says. */
static int outcome(pid_t pid) {
  int status = 0;
  for (;;) {
    pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == pid || (got < 0 && errno != EINTR)) return status;
    if (interrupt_pending()) kill(pid, SIGKILL);
    poll(NULL, 0, WAIT_MS);
  }
}

static bool start(const Apart *a, const char *format, const char *verb, const char *path, pid_t *pid) {
  char program[64];
  snprintf(program, sizeof program, "/proc/self/fd/%d", a->program);
  char *argv[] = {(char[]){"reader"}, (char *)(uintptr_t)format, (char *)(uintptr_t)verb,
                  (char *)(uintptr_t)path, NULL};
  posix_spawn_file_actions_t act;
  posix_spawnattr_t attr;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&act);
  posix_spawn_file_actions_adddup2(&act, a->list, LIST);
  posix_spawn_file_actions_adddup2(&act, a->message, MESSAGE);
  posix_spawnattr_init(&attr);
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setsigdefault(&attr, &all);
  posix_spawnattr_setpgroup(&attr, 0); /* ^C at the terminal is for us, who pass it on */
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int why = posix_spawn(pid, program, &act, &attr, argv, environ);
  posix_spawnattr_destroy(&attr);
  posix_spawn_file_actions_destroy(&act);
  errno = why;
  return why == 0;
}

static bool said(const Apart *a, Err *e) {
  char text[sizeof e->message];
  ssize_t n = pread(a->message, text, sizeof text - 1, 0);
  if (n <= 0) return false;
  text[n] = 0;
  err_set(e, "%s", text);
  return true;
}

/* Runs the reader; false with a message when it did not end well. */
static bool run(const Apart *a, const char *format, const char *verb, const char *path, Err *e) {
  pid_t pid;
  if (!start(a, format, verb, path, &pid))
    return err_set(e, "%s: no reader process: %s", path, strerror(errno));
  int status = outcome(pid);
  if (interrupt_pending()) return err_set(e, "%s: interrupted", path);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return err_set(e, "%s: damaged: reading it took too long", path);
  if (WIFEXITED(status) && said(a, e)) return false;
  return err_set(e, "%s: damaged: its reader was ended by it", path);
}

static FILE *stream(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
  FILE *f = copy >= 0 ? fdopen(copy, "r+b") : NULL;
  if (!f && copy >= 0) close(copy);
  if (f) rewind(f);
  return f;
}

static const char *format_name(const char *path) {
  Err e;
  const Format *f = format_find(path, false, &e);
  return f ? f->name : "";
}

bool apart_load(const char *path, NamedList *list, Err *e) {
  Apart a;
  struct stat st;
  if (stat(path, &st) != 0 || access(path, R_OK) != 0) return err_set(e, "%s: %s", path, strerror(errno));
  if (!S_ISREG(st.st_mode)) return err_set(e, "%s: not a regular file", path);
  if (!apart_open(&a, e)) return false;
  bool ok = run(&a, format_name(path), "load", path, e);
  FILE *f = ok ? stream(a.list) : NULL;
  if (ok) ok = f ? exchange_take(f, list, e) : err_set(e, "%s: %s", path, strerror(errno));
  if (f) fclose(f);
  apart_close(&a);
  return ok;
}

bool apart_save(const char *path, const NamedList *list, Err *e) {
  Apart a;
  if (!apart_open(&a, e)) return false;
  FILE *f = stream(a.list);
  bool ok = f && exchange_put(f, list);
  if (!ok) err_set(e, "%s: out of memory for what is to be written", path);
  if (f) fclose(f);
  ok = ok && lseek(a.list, 0, SEEK_SET) == 0 && run(&a, format_name(path), "save", path, e);
  apart_close(&a);
  return ok;
}
