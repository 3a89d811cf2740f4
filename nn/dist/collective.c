/* collective.c: see collective.h. */
#include "collective.h"

#include "world.h"

#include <stdio.h>
#include <string.h>

static const int64_t MOST = (int64_t)1 << 28; /* elements a message: MPI counts in int */
enum { TAG_HEAD = 1, TAG_BODY = 2 };

const char *const reduction_name[REDUCTIONS + 1] = {"sum", "mean", "min", "max", NULL};

static MpiHandle type_of(const OpenMpi *m, Dtype d) {
  const MpiHandle types[DTYPES] = {m->float_, m->double_, m->int64_t_, m->int32_t_, m->uint8_t_, m->uint8_t_};
  return types[d];
}
static MpiHandle op_of(const OpenMpi *m, Dtype d, Reduction how) {
  if (how == REDUCE_MIN) return m->op_min_;
  return how == REDUCE_MAX || d == BOOL ? m->op_max_ : m->op_sum_; /* bool's sum: is one of them true? */
}
static char *at(const Tensor *t, int64_t i) { return (char *)t->data + (size_t)i * dtype_size[t->dtype]; }

/* Started, and the same in all processes; `how` may be "". */
static bool begin(const char *name, const Tensor *t, const char *how, Err *e) {
  char shape[TEXT], call[2 * TEXT];
  if (!world_start(e)) return false;
  if (!world_is_many()) return true;
  snprintf(call, sizeof call, "%s%s%s%s%s", name, t ? " " : "", t ? tensor_text(shape, t) : "",
           *how ? " " : "", how);
  return world_agree(call, e);
}

static bool no_such_rank(const char *name, int rank, Err *e) {
  return err_set(e, "%s: no process %d; they are 0 to %d", name, rank, world_size() - 1);
}
static bool check_mean(const char *name, const Tensor *t, Reduction how, Err *e) {
  if (how != REDUCE_MEAN || dtype_is_float(t->dtype)) return true;
  return err_set(e, "%s: a mean of %s; x:to\"f32\" makes it one of f32", name, dtype_name[t->dtype]);
}
static void divide(Tensor *t) {
  const double share = 1.0 / world_size();
  for (int64_t i = 0; i < t->n; i++) tensor_set_real(t, i, tensor_real(t, i) * share);
}

/* t itself, or a contiguous copy to work on; put_back ends it where it has changed. */
static Tensor *take_flat(Tensor *t, Err *e) {
  tensor_settle(t);
  return tensor_contiguous(t, e);
}
static void put_back(Tensor *t, Tensor *flat, bool ok) {
  if (ok && flat != t) tensor_copy(t, flat);
  tensor_release(flat);
}

bool dist_all_reduce(Tensor *t, Reduction how, Err *e) {
  const char *name = "all_reduce";
  if (!check_mean(name, t, how, e) || !begin(name, t, reduction_name[how], e)) return false;
  if (!world_is_many()) return true;
  const OpenMpi *m = world_mpi();
  tensor_touch(t);
  Tensor *flat = take_flat(t, e);
  bool ok = flat != NULL;
  for (int64_t i = 0; ok && i < flat->n; i += MOST) {
    MpiHandle request;
    int n = (int)(flat->n - i < MOST ? flat->n - i : MOST);
    ok = world_complete(m->Iallreduce(MPI_HERE, at(flat, i), n, type_of(m, t->dtype), op_of(m, t->dtype, how),
                                      world_line(WORLD_CALLS), &request),
                        &request, name, e);
  }
  if (ok && how == REDUCE_MEAN) divide(flat);
  if (flat) put_back(t, flat, ok);
  return ok;
}

bool dist_broadcast(Tensor *t, int from, Err *e) {
  const char *name = "broadcast";
  char source[24];
  snprintf(source, sizeof source, "from %d", from);
  if (!begin(name, t, source, e)) return false;
  if (from < 0 || from >= world_size()) return no_such_rank(name, from, e);
  if (!world_is_many()) return true;
  const OpenMpi *m = world_mpi();
  if (from != world_rank()) tensor_touch(t);
  Tensor *flat = take_flat(t, e);
  bool ok = flat != NULL;
  for (int64_t i = 0; ok && i < flat->n; i += MOST) {
    MpiHandle request;
    int n = (int)(flat->n - i < MOST ? flat->n - i : MOST);
    ok = world_complete(
        m->Ibcast(at(flat, i), n, type_of(m, t->dtype), from, world_line(WORLD_CALLS), &request), &request,
        name, e);
  }
  if (flat) put_back(t, flat, ok && from != world_rank());
  return ok;
}

Tensor *dist_all_gather(Tensor *t, Err *e) {
  const char *name = "all_gather";
  if (!begin(name, t, "", e)) return NULL;
  int64_t shape[DIMS];
  if (t->nd == DIMS) {
    err_set(e, "%s: a tensor of %d dimensions has no room for one more", name, DIMS);
    return NULL;
  }
  shape[0] = world_size();
  memcpy(shape + 1, t->shape, (size_t)t->nd * sizeof *shape);
  Tensor *all = tensor_new(t->dtype, t->nd + 1, shape, e), *flat = all ? take_flat(t, e) : NULL;
  bool ok = flat != NULL;
  if (ok && !world_is_many()) {
    memcpy(all->data, flat->data, (size_t)t->n * dtype_size[t->dtype]);
  } else if (ok && t->n > MOST) {
    ok = err_set(e, "%s: more than %lld elements", name, (long long)MOST);
  } else if (ok && t->n > 0) {
    const OpenMpi *m = world_mpi();
    MpiHandle request, type = type_of(m, t->dtype);
    ok = world_complete(m->Iallgather(flat->data, (int)t->n, type, all->data, (int)t->n, type,
                                      world_line(WORLD_CALLS), &request),
                        &request, name, e);
  }
  tensor_release(flat);
  if (ok) return all;
  tensor_release(all);
  return NULL;
}

Tensor *dist_reduce_scatter(Tensor *t, Reduction how, Err *e) {
  const char *name = "reduce_scatter";
  char text[TEXT];
  if (!check_mean(name, t, how, e) || !begin(name, t, reduction_name[how], e)) return NULL;
  const int size = world_size();
  if (t->nd == 0 || t->shape[0] % size != 0 || t->n / size > MOST) {
    err_set(e, "%s: %s does not part into %d by its first dimension", name, tensor_text(text, t), size);
    return NULL;
  }
  int64_t shape[DIMS];
  memcpy(shape, t->shape, sizeof shape);
  shape[0] /= size;
  Tensor *part = tensor_new(t->dtype, t->nd, shape, e), *flat = part ? take_flat(t, e) : NULL;
  bool ok = flat != NULL;
  if (ok && !world_is_many()) {
    memcpy(part->data, flat->data, (size_t)t->n * dtype_size[t->dtype]);
  } else if (ok && t->n > 0) {
    const OpenMpi *m = world_mpi();
    MpiHandle request;
    ok = world_complete(m->Ireduce_scatter_block(flat->data, part->data, (int)part->n, type_of(m, t->dtype),
                                                 op_of(m, t->dtype, how), world_line(WORLD_CALLS), &request),
                        &request, name, e);
  }
  if (ok && how == REDUCE_MEAN) divide(part);
  tensor_release(flat);
  if (ok) return part;
  tensor_release(part);
  return NULL;
}

bool dist_barrier(Err *e) {
  MpiHandle request;
  if (!begin("barrier", NULL, "", e)) return false;
  if (!world_is_many()) return true;
  return world_complete(world_mpi()->Ibarrier(world_line(WORLD_CALLS), &request), &request, "barrier", e);
}

/* --- from one to one: a word about the tensor, then its elements ------------------------------------------------ */

static bool check_pair(const char *name, int other, Err *e) {
  if (!world_start(e)) return false;
  if (other < 0 || other >= world_size()) return no_such_rank(name, other, e);
  return other != world_rank() || err_set(e, "%s: to and from oneself; process %d is this one", name, other);
}

static bool send_bytes(const void *x, int64_t n, MpiHandle type, int to, int tag, Err *e) {
  MpiHandle request;
  return world_pair(world_mpi()->Isend(x, (int)n, type, to, tag, world_line(WORLD_CALLS), &request), &request,
                    true, to, e);
}
static bool recv_bytes(void *x, int64_t n, MpiHandle type, int from, int tag, Err *e) {
  MpiHandle request;
  return world_pair(world_mpi()->Irecv(x, (int)n, type, from, tag, world_line(WORLD_CALLS), &request),
                    &request, false, from, e);
}

bool dist_send(Tensor *t, int to, Err *e) {
  if (!check_pair("send", to, e)) return false;
  const OpenMpi *m = world_mpi();
  char text[TEXT] = "";
  tensor_text(text, t);
  Tensor *flat = take_flat(t, e);
  bool ok = flat && send_bytes(text, TEXT, m->byte_, to, TAG_HEAD, e);
  for (int64_t i = 0; ok && i < t->n; i += MOST)
    ok = send_bytes(at(flat, i), t->n - i < MOST ? t->n - i : MOST, type_of(m, t->dtype), to, TAG_BODY, e);
  tensor_release(flat);
  return ok;
}

bool dist_recv(Tensor *t, int from, Err *e) {
  if (!check_pair("recv", from, e)) return false;
  const OpenMpi *m = world_mpi();
  char mine[TEXT] = "", sent[TEXT];
  tensor_text(mine, t);
  if (!recv_bytes(sent, TEXT, m->byte_, from, TAG_HEAD, e)) return false;
  if (strcmp(mine, sent) != 0)
    return err_set(e, "recv: process %d sends %s, this one takes %s", from, sent, mine);
  tensor_touch(t);
  Tensor *flat = take_flat(t, e);
  bool ok = flat != NULL;
  for (int64_t i = 0; ok && i < t->n; i += MOST)
    ok = recv_bytes(at(flat, i), t->n - i < MOST ? t->n - i : MOST, type_of(m, t->dtype), from, TAG_BODY, e);
  if (flat) put_back(t, flat, ok);
  return ok;
}

bool dist_gather_numbers(const char *what, const double *mine, int64_t n, double *all, Err *e) {
  const OpenMpi *m = world_mpi();
  char call[96];
  MpiHandle request;
  if (!m) return memcpy(all, mine, (size_t)n * sizeof *all), true; /* a world of one */
  snprintf(call, sizeof call, "%s over all, %lld numbers of each", what, (long long)n);
  return world_agree(call, e) && world_complete(m->Iallgather(mine, (int)n, m->double_, all, (int)n,
                                                              m->double_, world_line(WORLD_CALLS), &request),
                                                &request, call, e);
}

bool dist_start_sum(Tensor *flat, MpiHandle *request, Err *e) {
  const OpenMpi *m = world_mpi();
  return world_ok(m->Iallreduce(MPI_HERE, flat->data, (int)flat->n, type_of(m, flat->dtype), m->op_sum_,
                                world_line(WORLD_BUCKETS), request),
                  "sum of gradients", e);
}
