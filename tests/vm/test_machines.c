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

/* Blocks of every size, made, moved and freed in any order, hold what was written to them. */
static void small_blocks_keep_what_they_hold(void **state) {
  (void)state;
  enum { BLOCKS = 512, MOVES = 200000, LONGEST = 300 };
  static unsigned char *block[BLOCKS];
  static size_t size[BLOCKS];
  Vm *v = machine();
  void *pool;
  lua_Alloc reallocate = lua_getallocf(v->L, &pool);
  uint32_t random = 1;
  for (int k = 0; k < MOVES; k++) {
    random = random * 1664525u + 1013904223u;
    const int i = (int)(random >> 23);
    const size_t want = (random >> 7) % 4 ? (random >> 9) % LONGEST : 0,
                 kept = want < size[i] ? want : size[i];
    block[i] = reallocate(pool, block[i], size[i], want);
    assert_int_equal(block[i] != NULL, want > 0);
    assert_int_equal((uintptr_t)block[i] % 16, 0);
    for (size_t at = 0; at < kept; at++) assert_int_equal(block[i][at], i & 255);
    if (want) memset(block[i], i & 255, want);
    size[i] = want;
  }
  for (int i = 0; i < BLOCKS; i++) reallocate(pool, block[i], size[i], 0);
  vm_free(v);
}

/* More than the stretch of addresses holds comes from malloc, and goes back there. */
static void small_blocks_without_end(void **state) {
  (void)state;
  enum { SIZE = 128, MANY = (1 << 28) / SIZE + 1000, LAST = 2000 };
  static void *last[LAST];
  Vm *v = machine();
  void *pool;
  lua_Alloc reallocate = lua_getallocf(v->L, &pool);
  if (v->pool)
    for (int i = 0; i < MANY - LAST; i++) assert_non_null(reallocate(pool, NULL, 0, SIZE));
  for (int i = 0; i < LAST; i++)
    assert_non_null(last[i] = memset(reallocate(pool, NULL, 0, SIZE), i & 255, SIZE));
  for (int i = 0; i < LAST; i++) assert_int_equal(((unsigned char *)last[i])[SIZE - 1], i & 255);
  for (int i = 0; i < LAST; i++) reallocate(pool, last[i], SIZE, 0);
  vm_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_one_begins_anew),
      cmocka_unit_test(small_blocks_keep_what_they_hold),
      cmocka_unit_test(small_blocks_without_end),
      cmocka_unit_test(each_keeps_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
