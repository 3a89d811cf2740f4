/* test_params.c: rows of parameters: those that ops of a family have in common, and whose they are. */
#include "op.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define family_ROWS (NUMBER, scale, 2, "first"), (INT, count, OP_NONE, "second")
COMMON(family)
PARAMS_ON(family, child, (BOOL, on, true, "third"))
PARAMS(stranger, (NUMBER, scale, 2, "the same name in another's"))

static const Op op_child = {.name = "child", .param = TAKES(child)};
static const Op op_stranger = {.name = "stranger", .param = TAKES(stranger)};

/* The common rows come first, in order, and are read through the struct of the family. */
static void a_child_has_the_rows_of_its_family(void **state) {
  (void)state;
  OpCall c;
  op_init(&c, &op_child, NULL, 0);
  assert_int_equal(op_child.params, 3);
  assert_string_equal(op_child.param[0].name, "scale");
  assert_string_equal(op_child.param[1].name, "count");
  assert_string_equal(op_child.param[2].name, "on");
  assert_true(PARAM(family, &c)->scale == 2 && !op_given(PARAM(family, &c)->count) && PARAM(child, &c)->on);
  PARAM(family, &c)->count = 5;
  assert_int_equal(PARAM(child, &c)->family.count, 5);
  assert_int_equal(op_child.param_bytes, sizeof(struct child_params));
}

/* Does reading `op`'s parameters as those of `as` end the program? */
static bool stops(const Op *op, const char *as) {
  OpCall c;
  op_init(&c, op, NULL, 0);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    fclose(stderr);
    _exit(param_bytes(op->param_type, c.param, as) == c.param ? 0 : 1);
  }
  int status = 0;
  assert_true(waitpid(child, &status, 0) == child);
  assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

static void those_of_another_are_not_read(void **state) {
  (void)state;
  assert_false(stops(&op_child, "child"));
  assert_false(stops(&op_child, "family"));
  assert_false(stops(&op_stranger, "stranger"));
  assert_true(stops(&op_child, "stranger"));
  assert_true(stops(&op_stranger, "family"));
  assert_true(stops(&op_stranger, "child"));
}

/* Every op of this room that has parameters says whose they are, and its rows lie within them, each once. */
static void every_op_says_whose_its_parameters_are(void **state) {
  (void)state;
  const Op *op;
  int seen = 0;
  for (int i = 0; (op = op_at(i)); i++) {
    assert_int_equal(op->params > 0, op->param_type != NULL);
    for (int k = 0; k < op->params; k++) {
      assert_true(op->param[k].at < op->param_bytes && op->param_bytes <= OP_PARAM_BYTES);
      for (int j = 0; j < k; j++) {
        assert_int_not_equal(op->param[k].at, op->param[j].at);
        assert_string_not_equal(op->param[k].name, op->param[j].name);
      }
    }
    seen += op->params > 0;
  }
  assert_true(seen > 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_child_has_the_rows_of_its_family),
      cmocka_unit_test(those_of_another_are_not_read),
      cmocka_unit_test(every_op_says_whose_its_parameters_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
