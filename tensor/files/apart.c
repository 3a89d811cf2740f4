/* apart.c: files read and written by the reader process (formats.h). */
#define _GNU_SOURCE
#include "formats.h"
#include "parallel.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern const unsigned char reader_program[], reader_program_end[];

/* Runs the reader with `list` as its channel; false with a message when it did not end well. */
static bool run_reader(int list, const char *format, const char *verb, const char *path, Err *e) {
  char *argv[] = {(char[]){"reader"}, (char *)(uintptr_t)format, (char *)(uintptr_t)verb,
                  (char *)(uintptr_t)path, NULL};
  Process p;
  Err why;
  if (!process_start(&p, reader_program, reader_program_end, argv, list, &why))
    return err_set(e, "%s: %s", path, why.message);
  int status = process_wait(&p, false);
  char otherwise[sizeof e->message];
  const char *what = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? "reading it took too long"
                                                                        : "its reader was ended by it";
  snprintf(otherwise, sizeof otherwise, "%s: damaged: %s", path, what);
  bool ok = interrupt_pending() ? err_interrupted(e, "%s: interrupted", path)
                                : process_ended_well(&p, status, otherwise, e);
  process_close(&p);
  return ok;
}

static FILE *stream(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  FILE *f = copy >= 0 ? fdopen(copy, "r+b") : NULL;
  if (!f && copy >= 0) close(copy);
  if (f) rewind(f);
  return f;
}

bool apart_load(const char *format, const char *path, NamedList *list, Err *e) {
  struct stat st;
  if (stat(path, &st) != 0 || access(path, R_OK) != 0) return err_set(e, "%s: %s", path, strerror(errno));
  if (!S_ISREG(st.st_mode)) return err_set(e, "%s: not a regular file", path);
  int fd = process_memory_file("list");
  bool ok = fd >= 0 ? run_reader(fd, format, "load", path, e) : err_set(e, "%s: %s", path, strerror(errno));
  FILE *f = ok ? stream(fd) : NULL;
  if (ok) ok = f ? exchange_take(f, list, e) : err_set(e, "%s: %s", path, strerror(errno));
  if (f) fclose(f);
  if (fd >= 0) close(fd);
  return ok;
}

bool apart_save(const char *format, const char *path, const NamedList *list, Err *e) {
  int fd = process_memory_file("list");
  FILE *f = fd >= 0 ? stream(fd) : NULL;
  bool ok = f && exchange_put(f, list);
  if (!ok) err_set(e, "%s: out of memory for what is to be written", path);
  if (f) fclose(f);
  ok = ok && lseek(fd, 0, SEEK_SET) == 0 && run_reader(fd, format, "save", path, e);
  if (fd >= 0) close(fd);
  return ok;
}
