/* loader.c: see loader.h.  One mutex guards the ring of batches and their counts; pictures are worked on
 * without it.  `more` wakes workers, `done` the owner. */
#include "loader.h"

#include "image.h"
#include "parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Batch {
  int64_t *sample, count, next, left, epoch; /* next: first sample not begun; left: samples not ended */
  Tensor *out;
  int64_t failed; /* place of the first failed sample, or count */
  Err err;
} Batch;

struct Loader {
  LoaderPlan plan;
  char **path;
  Batch batch[LOADER_BATCHES]; /* a ring: `first`, and `n` from there */
  int first, n, workers;
  pthread_t worker[LOADER_WORKERS];
  pthread_mutex_t lock;
  pthread_cond_t more, done;
  atomic_bool quit, stop; /* stop: end the samples at hand soon */
};

/* --- one sample ------------------------------------------------------------------------------------------ */

/* Without workers the owner itself is what ^C interrupts. */
static const atomic_bool *stop_flag(const Loader *l) { return l->workers ? &l->stop : NULL; }

static bool begin_file(const Loader *l, int64_t k, Bench *b, Picture *x, Err *e) {
  Pixels p;
  if (!image_read(l->path[k], l->plan.channels, stop_flag(l), &p, e)) return false;
  bool ok = augment_begin(b, x, p.h, p.w, p.c, U8, p.data, e);
  free(p.data);
  return ok;
}

static bool begin_row(const Loader *l, int64_t k, Bench *b, Picture *x, Err *e) {
  const Tensor *t = l->plan.x;
  int64_t h = t->shape[1], w = t->shape[2], c = t->nd == 4 ? t->shape[3] : 1;
  size_t bytes = (size_t)(h * w * c) * dtype_size[t->dtype];
  return augment_begin(b, x, h, w, c, t->dtype, t->data + (size_t)k * bytes, e);
}

static bool run_sample(const Loader *l, const Batch *batch, int64_t place, Bench *b, Err *e) {
  int64_t sample = batch->sample[place];
  Picture x;
  const Tensor *out = batch->out;
  if (!(l->path ? begin_file(l, sample - 1, b, &x, e) : begin_row(l, sample - 1, b, &x, e))) return false;
  Err why;
  if (!augment_run(b, &x, &l->plan.list, (Draw){l->plan.seed, batch->epoch, sample}, stop_flag(l), &why)) {
    if (why.interrupted || !l->path) *e = why;
    else err_set(e, "%.400s: %.500s", l->path[sample - 1], why.message);
    return false;
  }
  int64_t h = out->shape[1], w = out->shape[2], c = out->nd == 4 ? out->shape[3] : 1;
  if (x.h != h || x.w != w || x.c != c)
    return err_set(e,
                   "%s: %lld x %lld x %lld where the batch is %lld x %lld x %lld (resize, crop or channels= "
                   "make them equal)",
                   l->path ? l->path[sample - 1] : "a picture", (long long)x.h, (long long)x.w,
                   (long long)x.c, (long long)h, (long long)w, (long long)c);
  augment_store(&x, out->dtype, out->data + (size_t)(place * h * w * c) * dtype_size[out->dtype]);
  return true;
}

static void end_sample(Batch *b, int64_t place, bool ok, const Err *e) { /* under the lock */
  b->left--;
  if (!ok && place < b->failed) { /* the first one speaks, whoever was faster */
    b->failed = place;
    b->err = *e;
  }
}

/* --- workers --------------------------------------------------------------------------------------------- */

static Batch *batch_to_do(Loader *l) {
  for (int i = 0; i < l->n; i++) {
    Batch *b = &l->batch[(l->first + i) % LOADER_BATCHES];
    if (b->next < b->count) return b;
  }
  return NULL;
}

static void *work(void *context) {
  Loader *l = context;
  Bench bench = {0};
  pthread_mutex_lock(&l->lock);
  while (!atomic_load(&l->quit)) {
    Batch *b = batch_to_do(l);
    if (!b) {
      pthread_cond_wait(&l->more, &l->lock);
      continue;
    }
    int64_t place = b->next++;
    pthread_mutex_unlock(&l->lock);
    Err e;
    bool ok = run_sample(l, b, place, &bench, &e);
    pthread_mutex_lock(&l->lock);
    end_sample(b, place, ok, &e);
    if (b->left == 0) pthread_cond_signal(&l->done);
  }
  pthread_mutex_unlock(&l->lock);
  augment_free(&bench);
  return NULL;
}

/* Signals go to the threads that know what to do with them. */
static bool start_workers(Loader *l, int n) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (l->workers < n && pthread_create(&l->worker[l->workers], NULL, work, l) == 0) l->workers++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return l->workers == n;
}

static bool copy_paths(Loader *l, const LoaderPlan *plan) {
  if (!plan->path) return true;
  l->path = calloc((size_t)plan->n + 1, sizeof *l->path);
  for (int64_t i = 0; l->path && i < plan->n; i++)
    if (!(l->path[i] = strdup(plan->path[i]))) return false;
  return l->path != NULL;
}

Loader *loader_new(const LoaderPlan *plan, Err *e) {
  Loader *l = calloc(1, sizeof *l);
  if (!l) {
    err_set(e, "loader: out of memory");
    return NULL;
  }
  l->plan = *plan;
  if (plan->x) l->plan.x = tensor_retain(plan->x);
  l->plan.path = NULL;
  pthread_condattr_t clock;
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_mutex_init(&l->lock, NULL);
  pthread_cond_init(&l->more, NULL);
  pthread_cond_init(&l->done, &clock);
  pthread_condattr_destroy(&clock);
  bool ok = copy_paths(l, plan);
  if (!ok) err_set(e, "loader: out of memory for %lld paths", (long long)plan->n);
  else if (!(ok = start_workers(l, plan->workers)))
    err_set(e, "loader: the system gives no more than %d threads", l->workers);
  if (ok) return l;
  loader_free(l);
  return NULL;
}

/* --- batches --------------------------------------------------------------------------------------------- */

static bool check_batch(const Loader *l, const int64_t *sample, int64_t count, const Tensor *out, Err *e) {
  if (l->n == LOADER_BATCHES) return err_set(e, "loader: more than %d batches under way", LOADER_BATCHES);
  if (out->nd < 3 || out->nd > 4 || out->shape[0] != count || !(out->dtype == U8 || out->dtype == F32) ||
      !tensor_is_contiguous(out))
    return err_set(e, "loader: no batch of %lld pictures", (long long)count);
  for (int64_t i = 0; i < count; i++)
    if (sample[i] < 1 || sample[i] > l->plan.n)
      return err_set(e, "loader: sample %lld outside 1..%lld", (long long)sample[i], (long long)l->plan.n);
  return true;
}

bool loader_send(Loader *l, const int64_t *sample, int64_t count, int64_t epoch, Tensor *out, Err *e) {
  if (!check_batch(l, sample, count, out, e)) return false;
  int64_t *copy = malloc((size_t)(count ? count : 1) * sizeof *copy);
  if (!copy) return err_set(e, "loader: out of memory");
  memcpy(copy, sample, (size_t)count * sizeof *copy);
  tensor_touch(out);
  pthread_mutex_lock(&l->lock);
  l->batch[(l->first + l->n++) % LOADER_BATCHES] = (Batch){.sample = copy,
                                                           .count = count,
                                                           .left = count,
                                                           .epoch = epoch,
                                                           .out = tensor_retain(out),
                                                           .failed = count};
  pthread_cond_broadcast(&l->more);
  pthread_mutex_unlock(&l->lock);
  return true;
}

static void pop(Loader *l) { /* under the lock; nobody works on it */
  Batch *b = &l->batch[l->first];
  free(b->sample);
  tensor_release(b->out);
  *b = (Batch){0};
  l->first = (l->first + 1) % LOADER_BATCHES;
  l->n--;
}

static void wait_a_moment(Loader *l) { /* ^C is looked at 50 times a second */
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += 20000000;
  if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
  pthread_cond_timedwait(&l->done, &l->lock, &t);
}

/* Without workers: the owner's own hands. */
static void work_here(const Loader *l, Batch *b) {
  Bench bench = {0};
  while (b->next < b->count && !interrupt_pending()) {
    int64_t place = b->next++;
    Err e;
    bool ok = run_sample(l, b, place, &bench, &e);
    end_sample(b, place, ok, &e);
  }
  augment_free(&bench);
}

bool loader_take(Loader *l, Err *e) {
  if (l->n == 0) return err_set(e, "loader: no batch was sent");
  Batch *b = &l->batch[l->first];
  if (l->workers == 0) work_here(l, b);
  pthread_mutex_lock(&l->lock);
  while (b->left > 0 && !interrupt_pending()) wait_a_moment(l);
  bool ended = b->left == 0, ok = ended && b->failed == b->count;
  if (ended && !ok) *e = b->err;
  if (ended) pop(l);
  pthread_mutex_unlock(&l->lock);
  if (!ended) {
    loader_drop(l);
    err_interrupted(e, "interrupted");
  }
  return ok;
}

void loader_drop(Loader *l) {
  atomic_store(&l->stop, true);
  pthread_mutex_lock(&l->lock);
  for (int i = 0; i < l->n; i++) { /* what nobody has begun will not be */
    Batch *b = &l->batch[(l->first + i) % LOADER_BATCHES];
    b->left -= b->count - b->next;
    b->next = b->count;
  }
  while (l->n > 0) {
    while (l->workers && l->batch[l->first].left > 0) pthread_cond_wait(&l->done, &l->lock);
    pop(l);
  }
  pthread_mutex_unlock(&l->lock);
  atomic_store(&l->stop, false);
}

void loader_free(Loader *l) {
  if (!l) return;
  atomic_store(&l->quit, true);
  loader_drop(l);
  pthread_mutex_lock(&l->lock);
  pthread_cond_broadcast(&l->more);
  pthread_mutex_unlock(&l->lock);
  for (int i = 0; i < l->workers; i++) pthread_join(l->worker[i], NULL);
  pthread_mutex_destroy(&l->lock);
  pthread_cond_destroy(&l->more);
  pthread_cond_destroy(&l->done);
  for (int64_t i = 0; l->path && i < l->plan.n; i++) free(l->path[i]);
  free(l->path);
  tensor_release(l->plan.x);
  free(l);
}
