/* aside.c: see aside.h. */
#define _DEFAULT_SOURCE
#include "aside.h"

#include "mem.h"
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_NS = 5000000 };      /* how often ^C is looked for */
static const double SHORT = 1e9; /* operations of a call that takes some 20 ms at most: ^C can wait for it */

typedef struct Task {
  Aside p;
  void *own[ASIDE_PARTS];
  pthread_mutex_t lock;
  pthread_cond_t over;
  atomic_bool done;
  struct Task *next; /* of those that were left alone */
} Task;

static Task *left;

static void task_free(Task *t) {
  for (int i = 0; i < ASIDE_PARTS; i++)
    if (t->own[i]) mem_free(t->own[i], t->p.part[i].bytes);
  pthread_mutex_destroy(&t->lock);
  pthread_cond_destroy(&t->over);
  free(t);
}

/* Memory of calls that were left alone and have come to their end. */
static void reap(void) {
  for (Task **t = &left; *t;) {
    Task *one = *t;
    if (!atomic_load(&one->done)) {
      t = &one->next;
      continue;
    }
    pthread_mutex_lock(&one->lock); /* its thread has let go of it */
    pthread_mutex_unlock(&one->lock);
    *t = one->next;
    task_free(one);
  }
}

/* At the end of the program: a library must not be taken down under a call that still runs. */
static void leave(int status, void *nothing) {
  (void)nothing;
  reap();
  if (!left) return;
  fflush(NULL);
  _exit(status);
}

static void leave_alone(Task *t) {
  static bool registered;
  if (!registered) registered = on_exit(leave, NULL) == 0;
  t->next = left;
  left = t;
}

static void *work(void *context) {
  Task *t = context;
  t->p.run(&t->p);
  pthread_mutex_lock(&t->lock);
  atomic_store(&t->done, true);
  pthread_cond_signal(&t->over);
  pthread_mutex_unlock(&t->lock);
  return NULL;
}

/* False: ^C. */
static bool wait_for(Task *t) {
  pthread_mutex_lock(&t->lock);
  while (!atomic_load(&t->done) && !interrupt_pending()) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_NS;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_cond_timedwait(&t->over, &t->lock, &until);
  }
  bool done = atomic_load(&t->done);
  pthread_mutex_unlock(&t->lock);
  return done;
}

static Task *task_new(const Aside *p) {
  Task *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->p = *p;
  pthread_mutex_init(&t->lock, NULL);
  pthread_cond_init(&t->over, NULL);
  for (int i = 0; i < ASIDE_PARTS; i++) {
    AsidePart *part = &t->p.part[i];
    if (!part->bytes) continue;
    if (!(t->own[i] = mem_alloc(part->bytes))) {
      task_free(t);
      return NULL;
    }
    if (part->way & ASIDE_IN) memcpy(t->own[i], part->at, part->bytes);
    part->at = t->own[i];
  }
  return t;
}

static bool run_here(Aside *p) {
  bool ok = true;
  for (int i = 0; i < ASIDE_PARTS; i++)
    if (p->part[i].way == ASIDE_SCRATCH) ok = (p->part[i].at = mem_alloc(p->part[i].bytes)) != NULL && ok;
  if (ok) p->run(p);
  for (int i = 0; i < ASIDE_PARTS; i++)
    if (p->part[i].way == ASIDE_SCRATCH) mem_free(p->part[i].at, p->part[i].bytes);
  return ok;
}

bool aside_run(Aside *p) {
  reap();
  if (interrupt_pending()) return true;
  if (p->flops < SHORT) return run_here(p);
  Task *t = task_new(p);
  pthread_t thread;
  if (!t) return false;
  parallel_rest();
  if (pthread_create(&thread, NULL, work, t) != 0) { /* then it holds ^C back */
    task_free(t);
    return run_here(p);
  }
  if (!wait_for(t)) {
    pthread_detach(thread);
    leave_alone(t);
    return true;
  }
  pthread_join(thread, NULL);
  for (int i = 0; i < ASIDE_PARTS; i++)
    if (p->part[i].way & ASIDE_OUT) memcpy(p->part[i].at, t->own[i], p->part[i].bytes);
  p->info = t->p.info;
  task_free(t);
  return true;
}
