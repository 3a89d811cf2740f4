/* process.h: a program that lies inside this one, run as a process of its own.
 *
 * It is run from a file in memory, so that there is one file to install.  It has a channel to us as
 * descriptor 3, and leaves a message about a failure in descriptor 4.  ^C at the terminal is for us. */
#ifndef LUNETTE_PROCESS_H
#define LUNETTE_PROCESS_H
#include "err.h"

#include <stdbool.h>
#include <sys/types.h>

enum { PROCESS_CHANNEL = 3, PROCESS_MESSAGE = 4, PROCESS_WAIT_MS = 2 };

typedef struct Process {
  pid_t pid;
  int program, message; /* files in memory */
} Process;

/* Runs the program [from, to) with `channel` as its descriptor 3; argv ends with NULL. */
bool process_start(Process *p, const unsigned char *from, const unsigned char *to, char *const *argv,
                   int channel, Err *e);
/* Waits; what waitpid says.  After ^C the process is killed, unless it is to be let `finish`. */
int process_wait(Process *p, bool finish);
/* True when it ended well; else e has its message, or `otherwise` when it left none. */
bool process_ended_well(const Process *p, int status, const char *otherwise, Err *e);
void process_kill(Process *p);
void process_close(Process *p); /* after process_wait */

/* A file in memory, with a descriptor above those that a process is given; -1: errno says why. */
int process_memory_file(const char *name);
#endif
