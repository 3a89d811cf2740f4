/* test_formats.c: the table of file formats: endings, first bytes, and that what is written is read. */
#include "formats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void path_of(char path[64], const char *ending) {
  snprintf(path, 64, "/tmp/lunette_formats_%ld%s", (long)getpid(), ending);
}

static void write_bytes(const char *path, const char *bytes, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
}

/* No ending and no first bytes stand for two formats. */
static void rows_differ(void **state) {
  (void)state;
  const Format *f, *g;
  for (int i = 0; (f = format_at(i)); i++)
    for (int k = i + 1; (g = format_at(k)); k++) {
      assert_string_not_equal(f->row.name, g->row.name);
      assert_false(row_ends(&f->row, g->row.endings)); /* with the last of them */
      assert_false(f->row.magic_size && f->row.magic_size == g->row.magic_size &&
                   !memcmp(f->row.magic, g->row.magic, f->row.magic_size));
    }
  assert_true(format_at(0) && !format_at(1000));
}

static void found_by_ending_and_by_first_bytes(void **state) {
  (void)state;
  const Format *f;
  Err e;
  char path[64], bare[64];
  path_of(bare, "");
  for (int i = 0; (f = format_at(i)); i++) {
    if (!f->built) continue;
    char ending[16];
    snprintf(ending, sizeof ending, "%.*s", (int)strcspn(f->row.endings, " "), f->row.endings);
    path_of(path, ending);
    assert_ptr_equal(format_find(path, false, &e), f);
    if (!f->row.magic_size) continue;
    write_bytes(bare, f->row.magic, f->row.magic_size); /* ? stands for itself too */
    assert_ptr_equal(format_find(bare, false, &e), f);
    write_bytes(bare, f->row.magic, f->row.magic_size - 1);
    assert_null(format_find(bare, false, &e));
    assert_non_null(strstr(e.message, ".safetensors"));
    assert_null(format_find(bare, true, &e)); /* what is saved goes by its ending */
  }
  unlink(bare);
}

static void read_only_formats_say_so(void **state) {
  (void)state;
  Err e;
  const Format *f;
  for (int i = 0; (f = format_at(i)); i++)
    if (f->built && !f->apart && !f->save && !f->lua_save) {
      char path[64];
      path_of(path, f->row.endings);
      assert_null(format_find(path, true, &e));
      assert_non_null(strstr(e.message, f->row.name));
      assert_non_null(strstr(e.message, "not written"));
    }
}

/* Bytes, since every format that writes one tensor holds them, or numbers that sound can. */
static void what_is_written_is_read(void **state) {
  (void)state;
  const Format *f;
  Err e;
  for (int i = 0; (f = format_at(i)); i++) {
    if (!f->built || f->lua_load || !format_writes(f) || strcmp(f->row.name, "JPEG") == 0) continue;
    char path[64], ending[16];
    snprintf(ending, sizeof ending, "%.*s", (int)strcspn(f->row.endings, " "), f->row.endings);
    path_of(path, ending);
    Tensor *t = f->holds == HOLDS_SOUND ? tensor_zeros(F32, 2, (int64_t[]){100, 2}, &e)
                                        : tensor_new(U8, 3, (int64_t[]){4, 5, 3}, &e);
    for (int64_t k = 0; f->holds != HOLDS_SOUND && k < t->n; k++) tensor_set_int(t, k, k * 4);
    NamedList list = {0}, back = {0};
    const bool named = format_takes_names(f) && f->holds != HOLDS_TENSOR;
    assert_true(named_add(&list, named ? "x" : "", tensor_retain(t), &e));
    if (!format_save(path, &list, &e) || !format_load(path, &back, &e)) fail_msg("%s", e.message);
    assert_int_equal(back.n, 1);
    assert_int_equal(back.rate > 0, f->holds == HOLDS_SOUND);
    assert_true(tensor_same_shape(back.item[0].tensor, t));
    for (int64_t k = 0; k < t->n; k++) assert_true(tensor_get(back.item[0].tensor, k) == tensor_get(t, k));
    named_free(&list);
    named_free(&back);
    tensor_release(t);
    unlink(path);
  }
}

/* C reads none of what Lua functions do, and says which. */
static void others_are_read_in_lua(void **state) {
  (void)state;
  const Format *f;
  Err e;
  int others = 0;
  for (int i = 0; (f = format_at(i)); i++) {
    if (!f->lua_load || !f->built) continue;
    others++;
    char path[64];
    path_of(path, f->row.endings);
    NamedList list = {0};
    assert_false(format_load(path, &list, &e));
    assert_non_null(strstr(e.message, f->lua_load));
    assert_true(format_ends(f->row.name, path));
    assert_true(!f->row.magic_size || format_begins(f->row.name, f->row.magic, f->row.magic_size));
  }
  assert_true(others >= 6);
}

/* Every format that holds one: two are refused, and none, and no file is left; where a name would be lost that is no mere
 * one of a variable, a named one too. */
static void one_tensor_formats_refuse_lists(void **state) {
  (void)state;
  const Format *f;
  Err e;
  int seen = 0;
  for (int i = 0; (f = format_at(i)); i++) {
    if (!f->built || !f->save || (f->holds != HOLDS_TENSOR && format_takes_names(f))) continue;
    char path[64], ending[16];
    snprintf(ending, sizeof ending, "%.*s", (int)strcspn(f->row.endings, " "), f->row.endings);
    path_of(path, ending);
    NamedList list = {0};
    assert_false(format_save(path, &list, &e));
    assert_non_null(strstr(e.message, "one tensor"));
    assert_true(named_add(&list, "x", tensor_zeros(U8, 2, (int64_t[]){2, 2}, &e), &e));
    if (!format_takes_names(f)) {
      assert_false(format_save(path, &list, &e));
      assert_non_null(strstr(e.message, "one tensor"));
    }
    assert_true(named_add(&list, "y", tensor_zeros(U8, 2, (int64_t[]){2, 2}, &e), &e));
    assert_false(format_save(path, &list, &e));
    assert_non_null(strstr(e.message, "not 2"));
    assert_non_null(strstr(e.message, ".safetensors"));
    assert_int_not_equal(access(path, F_OK), 0);
    named_free(&list);
    seen++;
  }
  assert_true(seen >= 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_differ),
      cmocka_unit_test(found_by_ending_and_by_first_bytes),
      cmocka_unit_test(read_only_formats_say_so),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(one_tensor_formats_refuse_lists),
      cmocka_unit_test(others_are_read_in_lua),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
