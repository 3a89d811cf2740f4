/* process_link.c: see process_link.h. */
#define _GNU_SOURCE
#include "process_link.h"
#include "parallel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MS = 20, PATIENCE_MS = 30000 };

bool link_open(Link *l, const char *name, const unsigned char *from, const unsigned char *to,
               char *const *argv, Err *e) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return err_set(e, "%s: %s", name, strerror(errno));
  snprintf(l->name, sizeof l->name, "%s", name);
  l->socket = pair[0];
  Err why;
  bool ok = process_start(&l->process, from, to, argv, pair[1], &why);
  close(pair[1]);
  if (ok) return true;
  close(pair[0]);
  return err_set(e, "%s: %s", name, why.message);
}

bool link_close(Link *l, bool finish, Err *e) {
  char otherwise[sizeof e->message];
  if (finish) shutdown(l->socket, SHUT_WR);
  else process_kill(&l->process);
  int status = process_wait(&l->process, true);
  snprintf(otherwise, sizeof otherwise, "%s: damaged: its reader was ended by it", l->name);
  bool ok = process_ended_well(&l->process, status, otherwise, e);
  close(l->socket);
  process_close(&l->process);
  return ok;
}

bool link_receive(Link *l, void *data, size_t n, Err *e) {
  char *p = data;
  int waited = 0;
  *e = (Err){0};
  while (n > 0) {
    struct pollfd look = {l->socket, POLLIN, 0};
    if (interrupt_pending()) return err_interrupted(e, "%s: interrupted", l->name);
    int ready = poll(&look, 1, LOOK_MS);
    if (ready == 0 && (waited += LOOK_MS) >= PATIENCE_MS)
      return err_set(e, "%s: nothing came for %d seconds", l->name, PATIENCE_MS / 1000);
    if (ready <= 0) continue;
    ssize_t k = recv(l->socket, p, n, 0);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return false;
    waited = 0;
    p += k;
    n -= (size_t)k;
  }
  return true;
}

bool link_send(const Link *l, const void *data, size_t n) {
  const char *p = data;
  while (n > 0) {
    ssize_t k = send(l->socket, p, n, MSG_NOSIGNAL);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return false;
    p += k;
    n -= (size_t)k;
  }
  return true;
}
