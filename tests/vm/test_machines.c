/* test_machines.c: two Vms in one process: what one has set, the other does not find. */
#include "open.h"
#include "parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static Vm *machine(void) {
  Err e;
  Vm *v = vm_new(&e);
  if (!v) fail_msg("%s", e.message);
  return v;
}

/* The value of an expression, as text; `lunette` is that of our own chunks. */
static const char *value(const Vm *v, const char *code) {
  lua_settop(v->L, 0);
  lua_pushfstring(v->L, "local lunette = debug.getregistry()['lunette.inside'].lunette return tostring(%s)",
                  code);
  if (luaL_dostring(v->L, lua_tostring(v->L, 1))) fail_msg("%s: %s", code, lua_tostring(v->L, -1));
  return lua_tostring(v->L, -1);
}

static const struct {
  const char *set, *tell; /* gives what it was, too */
} settings[] = {
    {"lunette.digits(9)", "lunette.digits()"},       {"tensor.fuse(false)", "tensor.fuse(true)"},
    {"nn.winograd(false)", "nn.winograd(true)"},     {"lunette.threads(1)", "lunette.threads()"},
    {"math.randomseed(7)", "tensor.rand(1):item()"}, {"rawset(_G, 'x', 1)", "rawget(_G, 'x')"},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* What holds at the start holds for one that is made when another has changed everything. */
static void a_new_one_begins_anew(void **state) {
  (void)state;
  char first[SETTINGS][64];
  Vm *one = machine();
  for (int i = 0; i < SETTINGS; i++) snprintf(first[i], sizeof *first, "%s", value(one, settings[i].tell));
  for (int i = 0; i < SETTINGS; i++) value(one, settings[i].set);
  Vm *other = machine();
  for (int i = 0; i < SETTINGS; i++) assert_string_equal(value(other, settings[i].tell), first[i]);
  vm_free(other);
  vm_free(one);
}

/* What is no setting of the process stays with the Vm that has it. */
static void each_keeps_its_own(void **state) {
  (void)state;
  Vm *one = machine(), *other = machine();
  value(one, "lunette.digits(9)");
  assert_string_equal(value(other, "lunette.digits(2)"), "2");
  assert_string_equal(value(one, "lunette.digits()"), "9");
  value(one, "tensor{1.5, 2.25}");
  assert_non_null(strstr(lua_tostring(one->L, -1), "2.250000000"));
  value(other, "tensor{1.5, 2.25}");
  assert_non_null(strstr(lua_tostring(other->L, -1), "2.25"));
  assert_null(strstr(lua_tostring(other->L, -1), "2.250"));
  vm_free(one);
  assert_string_equal(value(other, "(tensor.ones(40000) * 2):sum():item()"), "80000.0");
  vm_free(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_one_begins_anew),
      cmocka_unit_test(each_keeps_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
