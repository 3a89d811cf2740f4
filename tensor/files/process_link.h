/* process_link.h: a process of our own (process.h) that stays, and the line of bytes to it: its channel is a socket.
 *
 * What goes over the line is the pair's own affair.  ^C ends a wait. */
#ifndef LUNETTE_PROCESS_LINK_H
#define LUNETTE_PROCESS_LINK_H
#include "process.h"

#include <stddef.h>

typedef struct Link {
  Process process;
  int socket;
  char name[512]; /* for messages */
} Link;

/* Runs the program [from, to) with argv. */
bool link_open(Link *l, const char *name, const unsigned char *from, const unsigned char *to,
               char *const *argv, Err *e);
/* n bytes from the other side.  False: ^C, nothing came for 30 s, or (e without a message) it has closed. */
bool link_receive(Link *l, void *data, size_t n, Err *e);
bool link_send(const Link *l, const void *data, size_t n); /* false: it has closed */
/* Lets the process `finish`, which sees the end of what is sent, or ends it; says how that went. */
bool link_close(Link *l, bool finish, Err *e);

#endif
