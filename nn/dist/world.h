/* world.h: the processes of one run under mpirun or srun: who is who, how they wait for each other, and how they end.
 *
 * A process that nobody launched is a world of one: nothing is loaded and nothing happens.  In a larger one MPI starts
 * with world_start, which every function of collective.h calls.  Calls come from one thread at a time.
 *
 * When a process dies, or its script fails, all end within seconds, and one of those left says which rank it was and
 * after which step.  SIGTERM, which mpirun sends for a ^C, asks all to stop after the step at hand (world_stop_asked). */
#ifndef LUNETTE_WORLD_H
#define LUNETTE_WORLD_H
#include "err.h"
#include "openmpi.h"

#include <stdint.h>

bool world_is_first(void); /* the one that prints, draws and saves; before the start too */

bool world_start(Err *e);       /* true at once in a world of one, and when started before        */
bool world_is_many(void);       /* started, with two processes or more                           */
int world_rank(void);           /* 0 .. world_size() - 1; 0 before the start                       */
int world_size(void);           /* 1 before the start                                              */
const OpenMpi *world_mpi(void); /* what it speaks; NULL in a world of one                       */

typedef enum WorldLine { /* calls on one line are in the same order in all processes; lines do not wait for each other */
                         WORLD_CALLS,   /* what scripts call                          */
                         WORLD_BUCKETS, /* gradients, while backward runs             */
                         WORLD_CHECKS,  /* do all call the same?                      */
                         WORLD_END,     /* the ends of the scripts                    */
                         WORLD_LINES
} WorldLine;
MpiHandle world_line(WorldLine line);

/* code is what a function of MPI gave for the call `what`: 0 is true, else its text is in e. */
bool world_ok(int code, const char *what, Err *e);
/* Until the request is done.  With OMP_WAIT_POLICY=passive it sleeps between looks, else it yields the core.  False:
 * interrupted, a process has died, or has ended its script. */
bool world_wait(MpiHandle *request, const char *what, Err *e);
/* The same for a request that the function of MPI that gave `code` has started. */
bool world_complete(int code, MpiHandle *request, const char *what, Err *e);
/* The same for a word to (sends) or from the process `with`: two of one host that wait for each other are an error. */
bool world_pair(int code, MpiHandle *request, bool sends, int with, Err *e);
/* Lets messages move on; takes a microsecond. */
bool world_look(MpiHandle *request, bool *done, const char *what, Err *e);
/* Is the call the same in all processes?  Compares `call` in the first calls of a run only, always with
 * LUNETTE_DIST=check; later, on one host, when a wait is long. */
bool world_agree(const char *call, Err *e);

/* --- steps and ends --------------------------------------------------------------------------------------- */
void world_step(int64_t step); /* that many steps are done: for whoever tells of this process's end    */
bool world_stop_asked(void);   /* this process was asked to stop                                       */
void world_stop_answered(void);
/* Before the message of a script that failed, or was stopped: true in the one process of this host that is to print it;
 * of a stop, which all answer, the first of all.  Ranks above 0 wait a moment for those below. */
bool world_may_say(bool stopped);
/* "rank 2, after step 57: " before a message; "" in a world of one, and in the first before the start. */
const char *world_name(void);
/* At exit with status 1 all other processes are ended too; at any other they are waited for. */

#endif
