/* world.c: see world.h. */
#include "world.h"

#include "clock.h"
#include "parallel.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  CALL = 160,   /* bytes of a call's description                                   */
  FIRST = 200,  /* so many calls are compared before the processes are trusted     */
  LEFT = 32001, /* tag of the word that a process has ended its script             */
  DOUBTS = 3,   /* looks in a row that find the others amiss before it is an error */
  SPIN = 2000,  /* looks before the core is given away                             */
  KEPT = 8,     /* calls of a process that the others of its host can read         */
  LONG = 5      /* seconds of waiting after which they do                          */
};

/* What a process waits in: nothing, what all call, or a word to or from one other. */
typedef enum { NO_WAIT, WAIT_ALL, WAIT_SEND, WAIT_RECV } Wait;

/* One process of this host, in memory that all of them see. */
typedef struct Seat {
  _Atomic int64_t step, calls, since; /* since: milliseconds, when it began to wait */
  atomic_int pid, rank, left;
  atomic_int wait, with; /* a Wait, and the rank of the other one of a pair */
  char call[KEPT][CALL]; /* the last ones: number k in k % KEPT */
} Seat;
typedef struct Host {
  atomic_int said; /* the end of the run has been explained */
  Seat seat[];
} Host;

static struct {
  const OpenMpi *mpi;
  int rank, size, seats, mine;
  MpiHandle line[WORLD_LINES];
  Host *host;
  int checks;
  bool always_check, passive, failing;
  atomic_int stop;
  int64_t step;
  double stepped, longest; /* when the last step ended, seconds of the longest */
  double stopping;         /* since when this process waits though it was asked to stop */
  Wait pair;               /* WAIT_SEND or WAIT_RECV while a word goes to or comes from `with` */
  int with;
} world = {.size = 1};

/* --- who is who ------------------------------------------------------------------------------------------- */

static const char *launched_by(const char *open_mpi, const char *pmix) {
  const char *off = getenv("LUNETTE_DIST"), *said = getenv(open_mpi);
  if (off && strcmp(off, "off") == 0) return NULL;
  return said ? said : getenv(pmix);
}
/* From the environment: is this one of several processes, and which (0: the first)? */
static bool launched(void) {
  static int known = -1; /* asked for at every step */
  if (known >= 0) return known;
  const char *size = launched_by("OMPI_COMM_WORLD_SIZE", "PMIX_RANK");
  known = size && (getenv("OMPI_COMM_WORLD_SIZE") == NULL || strcmp(size, "1") != 0);
  return known;
}
static int launched_rank(void) {
  const char *rank = launched_by("OMPI_COMM_WORLD_RANK", "PMIX_RANK");
  return rank ? atoi(rank) : 0;
}

bool world_is_first(void) { return world.mpi ? world.rank == 0 : !launched() || launched_rank() == 0; }
bool world_is_many(void) { return world.size > 1; }
int world_rank(void) { return world.rank; }
int world_size(void) { return world.size; }
const OpenMpi *world_mpi(void) { return world.mpi; }
MpiHandle world_line(WorldLine line) { return world.line[line]; }

bool world_ok(int code, const char *what, Err *e) {
  if (code == 0) return true;
  char text[512] = ""; /* MPI_MAX_ERROR_STRING of Open MPI is 256 */
  int n = 0;
  world.mpi->Error_string(code, text, &n);
  return err_set(e, "%s: MPI says: %s", what, text);
}

/* --- how all end -------------------------------------------------------------------------------------------- */

static void nap(long ns) { nanosleep(&(struct timespec){.tv_nsec = ns}, NULL); }

/* The process of this host that is no more, though it has not ended its script; NULL: all are well. */
static const Seat *dead_seat(void) {
  for (int i = 0; world.host && i < world.seats; i++) {
    Seat *s = &world.host->seat[i];
    if (s->pid && !s->left && kill(s->pid, 0) != 0 && errno == ESRCH) return s;
  }
  return NULL;
}

static size_t add_text(char *to, size_t at, const char *text) {
  while (*text) to[at++] = *text++;
  return at;
}
static size_t add_number(char *to, size_t at, int64_t v) {
  char digits[24];
  int n = 0;
  do digits[n++] = (char)('0' + v % 10);
  while ((v /= 10) > 0);
  while (n) to[at++] = digits[--n];
  return at;
}

/* "rank 1 (process 4711) died after step 57": by hand, since a signal handler may ask for it. */
static size_t dead_text(char *text, const Seat *s) {
  size_t at = add_text(text, 0, "rank ");
  at = add_number(text, at, s->rank);
  at = add_text(text, at, " (process ");
  at = add_number(text, at, s->pid);
  at = add_text(text, at, ") died after step ");
  at = add_number(text, at, s->step);
  text[at] = 0;
  return at;
}

/* mpirun ends what is left of a run whose process died, and on ^C, by this signal; a second later it kills. */
static void on_term(int number) {
  (void)number;
  int before = errno;
  const Seat *dead = dead_seat();
  if (world.host->said || world.failing) _exit(1);
  if (dead) {
    char text[200];
    size_t at = add_text(text, 0, "lunette: ");
    at += dead_text(text + at, dead);
    at = add_text(text, at, "; the run ends\n");
    if (atomic_exchange(&world.host->said, 1) == 0 && write(STDERR_FILENO, text, at) < 0) _exit(1);
    nap(300000000); /* the others look for who is gone: that is not this one */
    _exit(1);
  }
  world.stop = 1;
  errno = before;
}

bool world_stop_asked(void) { return world.stop != 0; }
void world_stop_answered(void) {
  world.stop = 0;
  world.stopping = 0;
}

void world_step(int64_t step) {
  const double now = clock_seconds();
  if (world.stepped > 0 && now - world.stepped > world.longest) world.longest = now - world.stepped;
  world.stepped = now;
  world.step = step;
  if (world.host) world.host->seat[world.mine].step = step;
}

/* Before the start there is nothing that tells what the others do: who launched them ends all when one fails, and those
 * above 0 give it some seconds for that. */
static void wait_to_be_ended(void) {
  for (int i = 0; i < 300; i++) nap(10000000);
}

bool world_may_say(bool stopped) {
  if (stopped && !world_is_first()) return false; /* all stop after the same step */
  if (!world.mpi && launched() && launched_rank() > 0) wait_to_be_ended();
  if (!world_is_many() || !world.host) return true; /* without memory in common each speaks for itself */
  world.failing = true;
  const int naps =
      world.host->seat[0].rank == 0 ? 30 : 150; /* other hosts: until the end of all comes to this one */
  for (int i = 0; world.rank > 0 && i < naps && !world.host->said; i++) nap(10000000);
  return atomic_exchange(&world.host->said, 1) == 0;
}

const char *world_name(void) {
  static char text[64];
  if (!world_is_many() && world_is_first()) return "";
  const int rank = world.mpi ? world.rank : launched_rank();
  snprintf(text, sizeof text, "rank %d, after step %lld: ", rank, (long long)world.step);
  return text;
}

/* --- waiting -------------------------------------------------------------------------------------------------- */

static void note_call(const char *call) {
  if (!world.host) return;
  Seat *s = &world.host->seat[world.mine];
  snprintf(s->call[(s->calls + 1) % KEPT], CALL, "%s", call);
  s->calls++;
}

/* Has a process of this host called something else where this one made the call that it is in? */
static bool all_call_the_same(Err *e) {
  const Seat *mine = world.host ? &world.host->seat[world.mine] : NULL;
  for (int i = 0; mine && i < world.seats; i++) {
    const Seat *s = &world.host->seat[i];
    const int64_t k = mine->calls, ahead = s->calls - k;
    if (ahead >= 0 && ahead < KEPT - 1 && strncmp(s->call[k % KEPT], mine->call[k % KEPT], CALL) != 0)
      return err_set(e, "dist: the processes do not call the same: rank %d calls %s, rank %d calls %s",
                     (int)mine->rank, mine->call[k % KEPT], (int)s->rank, s->call[k % KEPT]);
  }
  return true;
}

/* Tells the others of this host what it waits in from `start` on; 0: it no longer does. */
static void note_wait(double start) {
  if (!world.host) return;
  Seat *s = &world.host->seat[world.mine];
  s->wait = NO_WAIT;
  if (start == 0) return;
  s->since = (int64_t)(start * 1000);
  s->with = world.with;
  s->wait = world.pair ? (int)world.pair : WAIT_ALL;
}

/* The process `rank` of this host, if it has long waited in one call. */
static const Seat *long_waiting(int rank) {
  for (int i = 0; world.host && i < world.seats; i++) {
    const Seat *s = &world.host->seat[i];
    if (s->rank == rank && s->wait != NO_WAIT && clock_seconds() - (double)s->since / 1000 >= LONG) return s;
  }
  return NULL;
}

/* Does the one that a word goes to or comes from wait as long in what only this process could end?  That is a call of
 * all, or a word to or from one that waits, perhaps by others, for this one; who waits for a third may still come. */
static bool pair_meets(Err *e) {
  static const char *names[] = {"", "", "send", "recv"};
  const Seat *first = world.pair ? long_waiting(world.with) : NULL, *s = first;
  if (!first) return true;
  const int wait = first->wait, next = first->with;
  const char *mine = names[world.pair];
  if (wait == WAIT_ALL)
    return err_set(e, "dist: the processes wait for each other: rank %d in %s with rank %d, which is in %s",
                   world.rank, mine, world.with,
                   first->calls ? first->call[first->calls % KEPT] : "what all call");
  if (next == world.rank)
    return wait != (int)world.pair || /* else one sends what the other takes: it is under way */
           err_set(e,
                   "dist: the processes wait for each other: rank %d in %s with rank %d, and that in %s, too",
                   world.rank, mine, world.with, mine);
  for (int i = 0; s && i < world.seats && s->wait >= WAIT_SEND; i++) {
    if (s->with == world.rank)
      return err_set(
          e,
          "dist: the processes wait for each other in a ring: rank %d in %s with rank %d, that in %s with "
          "rank %d, and so on to rank %d in %s with rank %d",
          world.rank, mine, world.with, names[wait], next, s->rank, names[s->wait], world.rank);
    s = long_waiting(s->with);
  }
  return true;
}

/* A process that died or left will never answer, nor one that waits in another call. */
static bool all_there(const char *what, double waited, Err *e) {
  const Seat *dead = dead_seat();
  char text[200];
  if (dead) {
    dead_text(text, dead);
    return err_set(e, "%s: %s", what, text);
  }
  int there = 0;
  if (waited > LONG && (!all_call_the_same(e) || !pair_meets(e))) return false;
  if (waited < 1 || !world_ok(world.mpi->Iprobe(-1, LEFT, world.line[WORLD_CHECKS], &there, NULL), what, e) ||
      !there)
    return true;
  return err_set(e, "%s: another process has ended its script and does not call it", what);
}

/* A scheduler ends what is left of a run as it asks one to stop.  Who of another host died is not known here: whoever
 * has not come after some steps' time will not. */
static bool still_awaited(const char *what, double now, Err *e) {
  if (!world.stop) return true;
  if (world.stopping == 0) world.stopping = now;
  if (now - world.stopping < LONG + 3 * world.longest) return true;
  if (world.host && world.host->seat[0].rank != 0) world.host->said = 1; /* the first host says it */
  return err_set(e, "%s: this process was asked to stop, and another does not come", what);
}

static bool wait_till(MpiHandle *request, const char *what, bool patient, Err *e) {
  const double start = clock_seconds();
  double looked = start;
  long sleep = 20000;
  int doubts = 0;
  for (long k = 0;; k++) {
    int done = 0;
    if (!world_ok(world.mpi->Test(request, &done, NULL), what, e)) {
      all_call_the_same(e); /* which says more than MPI does */
      return false;
    }
    if (done) {
      world.stopping = 0;
      return true;
    }
    if (k < SPIN && !patient) {
      if (k % 16 == 15) sched_yield();
      continue;
    }
    if (world.passive || patient) {
      nap(sleep);
      if (sleep < 1000000) sleep += sleep / 4;
    } else {
      sched_yield();
    }
    double now = clock_seconds();
    if (now - looked < 0.1) continue;
    looked = now;
    if (interrupt_pending()) return err_interrupted(e, "interrupted in %s", what);
    note_wait(start);
    if (patient) continue;
    if (!still_awaited(what, now, e)) return false;
    /* A process that was stopped, or had no core, finds that the other has sent and gone on before it finds the word. */
    doubts = all_there(what, now - start, e) ? 0 : doubts + 1;
    if (doubts == DOUBTS) return false;
  }
}
static bool wait_for(MpiHandle *request, const char *what, bool patient, Err *e) {
  bool ok = wait_till(request, what, patient, e);
  note_wait(0);
  return ok;
}
bool world_wait(MpiHandle *request, const char *what, Err *e) { return wait_for(request, what, false, e); }

bool world_pair(int code, MpiHandle *request, bool sends, int with, Err *e) {
  world.pair = sends ? WAIT_SEND : WAIT_RECV;
  world.with = with;
  bool ok = world_complete(code, request, sends ? "send" : "recv", e);
  world.pair = NO_WAIT;
  return ok;
}

bool world_complete(int code, MpiHandle *request, const char *what, Err *e) {
  return world_ok(code, what, e) && world_wait(request, what, e);
}

bool world_look(MpiHandle *request, bool *done, const char *what, Err *e) {
  int flag = 0;
  if (!world_ok(world.mpi->Test(request, &flag, NULL), what, e)) return false;
  *done = flag != 0;
  return true;
}

bool world_agree(const char *call, Err *e) {
  note_call(call);
  if (world.checks >= FIRST && !world.always_check) return true;
  world.checks++;
  char mine[CALL] = "", *all = calloc((size_t)world.size, CALL);
  if (!all) return err_set(e, "dist: out of memory");
  snprintf(mine, sizeof mine, "%s", call);
  MpiHandle request;
  const OpenMpi *m = world.mpi;
  bool ok = world_complete(
      m->Iallgather(mine, CALL, m->byte_, all, CALL, m->byte_, world.line[WORLD_CHECKS], &request), &request,
      call, e);
  for (int r = 0; ok && r < world.size; r++)
    if (memcmp(all, all + (size_t)r * CALL, CALL) != 0)
      ok = err_set(e, "dist: the processes do not call the same: rank 0 calls %s, rank %d calls %s", all, r,
                   all + (size_t)r * CALL);
  free(all);
  return ok;
}

/* --- start and finish ----------------------------------------------------------------------------------------- */

static bool take_seat(const OpenMpi *m, Err *e) {
  MpiHandle host, window;
  int unit;
  ptrdiff_t bytes;
  void *place = NULL;
  const char *what = "dist: memory shared on a host";
  if (!world_ok(m->Comm_split_type(m->comm_world_, MPI_ON_HOST, world.rank, m->info_null_, &host), what, e) ||
      !world_ok(m->Comm_size(host, &world.seats), what, e) ||
      !world_ok(m->Comm_rank(host, &world.mine), what, e))
    return false;
  const size_t all = sizeof(Host) + (size_t)world.seats * sizeof(Seat);
  if (!world_ok(m->Win_allocate_shared(world.mine == 0 ? (ptrdiff_t)all : 0, 1, m->info_null_, host, &place,
                                       &window),
                what, e) ||
      !world_ok(m->Win_shared_query(window, 0, &bytes, &unit, &place), what, e))
    return false;
  MpiHandle request;
  if (world.mine == 0) memset(place, 0, all);
  if (!world_complete(m->Ibarrier(host, &request), &request, what, e)) return false;
  world.host = place;
  world.host->seat[world.mine].rank = world.rank;
  world.host->seat[world.mine].pid = (int)getpid();
  return true;
}

/* All are at their ends, or learn that this one is. */
static void wait_for_all(const OpenMpi *m) {
  MpiHandle request;
  Err e;
  int done = 0;
  if (m->Ibarrier(world.line[WORLD_END], &request) != 0) return;
  for (int i = 0; i < 50 && !done; i++) {
    if (m->Test(&request, &done, NULL) != 0) return;
    if (!done) nap(10000000);
  }
  for (int r = 0; !done && r < world.size; r++) {
    MpiHandle sent;
    if (r != world.rank) m->Isend("", 0, m->byte_, r, LEFT, world.line[WORLD_CHECKS], &sent);
  }
  if (!done) wait_for(&request, "the end", true, &e);
}

static void finish(int status, void *unused) {
  (void)unused;
  const OpenMpi *m = world.mpi;
  if (!m) return;
  if (status == 1 && world.size > 1) {
    if (world.host) world.host->said = 1;
    m->Abort(m->comm_world_, 1);
    return;
  }
  if (world.size > 1) wait_for_all(m);
  if (world.host) world.host->seat[world.mine].left = 1;
  m->Finalize();
  world.mpi = NULL;
  world.size = 1;
  world.host = NULL;
}

bool world_start(Err *e) {
  if (world.mpi || !launched()) return true;
  const OpenMpi *m = openmpi_load(e);
  int got;
  if (!m) return false;
  world.mpi = m;
  if (m->Init_thread(NULL, NULL, MPI_SERIALIZED, &got) != 0)
    return err_set(e, "dist: Open MPI did not start");
  m->Comm_set_errhandler(m->comm_world_, m->errors_return_); /* copies of it have the same */
  m->Comm_rank(m->comm_world_, &world.rank);
  m->Comm_size(m->comm_world_, &world.size);
  const char *policy = getenv("OMP_WAIT_POLICY"), *mode = getenv("LUNETTE_DIST");
  world.passive = policy && (strcmp(policy, "passive") == 0 || strcmp(policy, "PASSIVE") == 0);
  world.always_check = mode && strcmp(mode, "check") == 0;
  for (int i = 0; i < WORLD_LINES; i++)
    if (!world_ok(m->Comm_dup(m->comm_world_, &world.line[i]), "dist: start", e)) return false;
  if (!take_seat(m, e)) return false;
  on_exit(finish, NULL);
  setenv("LUNETTE_DIST", "off", 1); /* programs that this one starts are no part of the run */
  struct sigaction act = {.sa_handler = on_term};
  sigemptyset(&act.sa_mask);
  sigaction(SIGTERM, &act, NULL);
  return true;
}
