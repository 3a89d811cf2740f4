/* fft.c: see fft.h.  Plans are FFTW's quick estimates for a group of rows, and the latest few are kept. */
#include "fft.h"

#include "aside.h"
#include "parallel.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>

enum {
  GROUP = 16,
  KEPT = 16,
  LONG = 1 << 18
}; /* rows in a group: 16 rows of any length are whole 64-byte blocks */

typedef struct Plan {
  FftKind kind;
  Dtype dtype;
  int n, rows;
  void *plan; /* fftwf_plan or fftw_plan */
} Plan;

static Plan kept[KEPT];
static const Plan *left_behind; /* by ^C, perhaps still at work */
static int next;

static int pairs(FftKind kind, int n) { return kind < FFT_FORWARD ? n / 2 + 1 : n; }

static void *make32(FftKind kind, int n, int rows, void *in, void *out) {
  int p = pairs(kind, n);
  switch (kind) {
  case FFT_REAL: return fftwf_plan_many_dft_r2c(1, &n, rows, in, NULL, 1, n, out, NULL, 1, p, FFTW_ESTIMATE);
  case FFT_UNREAL:
    return fftwf_plan_many_dft_c2r(1, &n, rows, in, NULL, 1, p, out, NULL, 1, n, FFTW_ESTIMATE);
  default:
    return fftwf_plan_many_dft(1, &n, rows, in, NULL, 1, n, out, NULL, 1, n,
                               kind == FFT_FORWARD ? FFTW_FORWARD : FFTW_BACKWARD, FFTW_ESTIMATE);
  }
}

static void *make64(FftKind kind, int n, int rows, void *in, void *out) {
  int p = pairs(kind, n);
  switch (kind) {
  case FFT_REAL: return fftw_plan_many_dft_r2c(1, &n, rows, in, NULL, 1, n, out, NULL, 1, p, FFTW_ESTIMATE);
  case FFT_UNREAL: return fftw_plan_many_dft_c2r(1, &n, rows, in, NULL, 1, p, out, NULL, 1, n, FFTW_ESTIMATE);
  default:
    return fftw_plan_many_dft(1, &n, rows, in, NULL, 1, n, out, NULL, 1, n,
                              kind == FFT_FORWARD ? FFTW_FORWARD : FFTW_BACKWARD, FFTW_ESTIMATE);
  }
}

static void destroy(const Plan *p) {
  if (p->dtype == F32) fftwf_destroy_plan(p->plan);
  else fftw_destroy_plan(p->plan);
}

/* Estimating plans does not touch the arrays. */
static const Plan *plan_for(FftKind kind, Dtype d, int n, int rows, void *in, void *out, Err *e) {
  for (int i = 0; i < KEPT; i++)
    if (kept[i].plan && kept[i].kind == kind && kept[i].dtype == d && kept[i].n == n && kept[i].rows == rows)
      return &kept[i];
  void *made = (d == F32 ? make32 : make64)(kind, n, rows, in, out);
  if (!made) {
    err_set(e, "fft: out of memory for a plan of %d points", n);
    return NULL;
  }
  Plan *p = &kept[next++ % KEPT];
  if (p->plan) destroy(p);
  *p = (Plan){kind, d, n, rows, made};
  return p;
}

static void execute(const Plan *p, void *in, void *out) {
  switch (p->kind) {
  case FFT_REAL:
    if (p->dtype == F32) fftwf_execute_dft_r2c(p->plan, in, out);
    else fftw_execute_dft_r2c(p->plan, in, out);
    break;
  case FFT_UNREAL:
    if (p->dtype == F32) fftwf_execute_dft_c2r(p->plan, in, out);
    else fftw_execute_dft_c2r(p->plan, in, out);
    break;
  default:
    if (p->dtype == F32) fftwf_execute_dft(p->plan, in, out);
    else fftw_execute_dft(p->plan, in, out);
  }
}

typedef struct Transforms {
  Plan plan;
  unsigned char *in, *out;
  int64_t in_group, out_group; /* bytes */
} Transforms;

static void run_groups(void *context, int64_t begin, int64_t end) {
  const Transforms *j = context;
  for (int64_t g = begin; g < end && !interrupt_pending(); g++)
    execute(&j->plan, j->in + g * j->in_group, j->out + g * j->out_group);
}

static void run_aside(Aside *a) { execute(a->what, a->part[0].at, a->part[1].at); }

/* A long row may take seconds, of which ^C must not wait for the end: each one aside, in memory of its own.
 * The plan is its own too, and stays behind with a row that was left alone. */
static bool long_rows(FftKind kind, Dtype d, int n, int64_t rows, Transforms *j, Err *e) {
  Plan *plan = malloc(sizeof *plan);
  if (plan) *plan = (Plan){kind, d, n, 1, (d == F32 ? make32 : make64)(kind, n, 1, j->in, j->out)};
  bool ok = plan && plan->plan;
  Aside a = {.run = run_aside, .what = plan, .flops = 50.0 * n * log2(n)}; /* of primes */
  for (int64_t r = 0; ok && r < rows && !interrupt_pending(); r++) {
    a.part[0] = (AsidePart){j->in + r * j->in_group, (size_t)j->in_group, ASIDE_IN};
    a.part[1] = (AsidePart){j->out + r * j->out_group, (size_t)j->out_group, ASIDE_OUT};
    ok = aside_run(&a);
  }
  if (interrupt_pending()) {
    left_behind = plan;
    return true;
  }
  if (plan && plan->plan) destroy(plan);
  free(plan);
  return ok || err_set(e, "fft: out of memory for rows of %d points", n);
}

bool fft_rows(FftKind kind, Dtype d, int64_t n, int64_t rows, void *in, void *out, Err *e) {
  if (rows == 0 || n == 0) return true;
  int64_t size = (int64_t)dtype_size[d], p = pairs(kind, (int)n);
  int64_t in_row = size * (kind == FFT_REAL ? n : 2 * p), out_row = size * (kind == FFT_UNREAL ? n : 2 * p);
  if (n >= LONG) {
    Transforms one = {.in = in, .out = out, .in_group = in_row, .out_group = out_row};
    return long_rows(kind, d, (int)n, rows, &one, e);
  }
  int64_t groups = rows / GROUP, rest = rows % GROUP;
  Transforms j = {.in = in, .out = out, .in_group = in_row * GROUP, .out_group = out_row * GROUP};
  if (groups) {
    const Plan *plan = plan_for(kind, d, (int)n, GROUP, in, out, e);
    if (!plan) return false;
    j.plan = *plan;
    parallel_for(groups, 1 + GRAIN / (n * GROUP), run_groups, &j);
  }
  if (!rest) return true;
  unsigned char *in_rest = j.in + groups * j.in_group, *out_rest = j.out + groups * j.out_group;
  const Plan *plan = plan_for(kind, d, (int)n, (int)rest, in_rest, out_rest, e);
  if (plan && !interrupt_pending()) execute(plan, in_rest, out_rest);
  return plan != NULL;
}
