/* test_memory.c: every op of the room when memory runs out at each allocation in turn: it says so, and
 * nothing stays behind.  Afterwards the same call succeeds. */
#include "nn_test.h"

#include "mem.h"

typedef struct Case {
  const char *name;
  int nx;
  Shape x[OP_INPUTS];
  unsigned ids; /* which inputs hold ids */
  Named p[3];
} Case;

static const Case cases[] = {
    {"mse", 2, {{1, {200000}}, {1, {200000}}}, 0, {{0}}},
    {"bce_logits", 4, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}, {1, {4}}}, 0, {{"reduction", 2}}},
    {"cross_entropy", 2, {{2, {300, 5}}, {1, {300}}}, 2, {{0}}},
    {"nll", 2, {{2, {300, 5}}, {1, {300}}}, 2, {{0}}},
    {"triplet", 3, {{2, {300, 5}}, {2, {300, 5}}, {2, {300, 5}}}, 0, {{0}}},
    {"dropout", 1, {{2, {3, 4}}}, 0, {{0}}},
    {"dropout2d", 1, {{3, {3, 4, 5}}}, 0, {{0}}},
    {"embedding", 2, {{1, {3}}, {2, {4, 5}}}, 1, {{0}}},
    {"batch_norm", 3, {{2, {9, 4}}, {1, {4}}, {1, {4}}}, 0, {{"train", 1}}},
    {"group_norm", 3, {{3, {2, 3, 4}}, {1, {4}}, {1, {4}}}, 0, {{"groups", 2}}},
    {"layer_norm", 3, {{2, {9, 4}}, {1, {4}}, {1, {4}}}, 0, {{0}}},
    {"normalize", 1, {{2, {3, 4}}}, 0, {{"dim", 1}}},
    {"rnn", 4, {{3, {2, 3, 4}}, {2, {4, 5}}, {2, {5, 5}}, {1, {5}}}, 0, {{0}}},
    {"lstm",
     7,
     {{3, {2, 3, 4}}, {2, {4, 8}}, {2, {2, 8}}, {1, {8}}, {1, {8}}, {2, {2, 2}}, {2, {2, 2}}},
     0,
     {{0}}},
    {"gru", 5, {{3, {2, 3, 4}}, {2, {4, 6}}, {2, {2, 6}}, {1, {6}}, {1, {6}}}, 0, {{0}}},
    {"attention", 3, {{3, {2, 3, 4}}, {3, {2, 5, 4}}, {3, {2, 5, 4}}}, 0, {{"heads", 2}}},
};

/* A strided twin, so that copies have to be made too. */
static Tensor *every_second(const Shape *s) {
  Err e;
  int64_t wide[DIMS], stride[DIMS];
  memcpy(wide, s->d, sizeof wide);
  wide[s->nd] = 2;
  Tensor *room = t_random(F64, s->nd + 1, wide, 0.1, 0.9, 1);
  memcpy(stride, room->stride, sizeof stride);
  Tensor *t = tensor_view(room, s->nd, s->d, stride, 0, &e);
  tensor_release(room);
  return t;
}

static bool forward_and_back(const Case *k, Tensor **x, Tensor **dy, Tensor **dx, Err *e) {
  OpCall c;
  bool ok = t_try(&c, k->name, x, k->nx, k->p, e);
  if (!ok) return false;
  ok = c.op->backward(&c, dy, dx, 0, e);
  op_drop_outputs(&c);
  return ok;
}

static void run_case(const Case *k, bool strided) {
  Tensor *x[OP_INPUTS] = {NULL}, *dx[OP_INPUTS] = {NULL}, *dy[OP_OUTPUTS] = {NULL};
  for (int i = 0; i < k->nx; i++) {
    if (k->ids >> i & 1) {
      x[i] = t_new(I32, k->x[i].nd, k->x[i].d);
      tensor_fill(x[i], 2);
    } else {
      x[i] = strided ? every_second(&k->x[i]) : t_random(F64, k->x[i].nd, k->x[i].d, 0.1, 0.9, 1);
      bool constant = i > 2 && strcmp(k->name, "bce_logits") == 0;
      if (!constant) dx[i] = t_new(F64, k->x[i].nd, k->x[i].d);
    }
  }
  OpCall c;
  t_run(&c, k->name, x, k->nx, k->p);
  for (int i = 0; i < OP_OUTPUTS && c.y[i]; i++) dy[i] = t_random(F64, c.y[i]->nd, c.y[i]->shape, -1, 1, 2);
  op_drop_outputs(&c);
  int64_t tensors = tensor_live();
  size_t bytes = mem_stats()->live;
  int64_t failures = 0;
  for (bool ok = false; !ok; failures++) {
    Err e = {.message = ""};
    mem_fail_after(failures);
    ok = forward_and_back(k, x, dy, dx, &e);
    mem_fail_after(-1);
    if (!ok && !strstr(e.message, "memory")) fail_msg("%s: '%s'", k->name, e.message);
    if (tensor_live() != tensors || mem_stats()->live != bytes)
      fail_msg("%s leaks when allocation %lld fails", k->name, (long long)failures);
    assert_true(failures < 200);
  }
  assert_true(failures > 1);
  t_free(x, OP_INPUTS);
  t_free(dx, OP_INPUTS);
  t_free(dy, OP_OUTPUTS);
}

static void test_every_allocation(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int strided = 0; strided < 2; strided++) run_case(&cases[i], strided);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
