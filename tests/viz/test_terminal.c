/* test_terminal.c: fields, pixels and dots as text. */
#include "terminal.h"

#include "viz.h"
#include "viz_test.h"

static char *field(const char *s, int n) {
  Text t = {0};
  text_field(&t, s, n);
  return text_take(&t);
}

static void fields_have_their_width(void **unused) {
  (void)unused;
  static const char *const cases[][2] = {{"abc", "abc  "},     {"abcdefg", "abcde"}, {"", "     "},
                                         {"caf\xe9", "caf? "}, {"日本", "日本   "},  {"a\033[2Jb", "a?[2J"}};
  for (int i = 0; i < 6; i++) {
    char *s = field(cases[i][0], 5);
    assert_string_equal(s, cases[i][1]);
    free(s);
  }
}

static Rgb ramp(const void *of, int y, int x) {
  const int *size = of;
  assert_true(y >= 0 && y < size[0] && x >= 0 && x < size[1]);
  const double v = size[1] > 1 ? (double)x / (size[1] - 1) : 0;
  return (Rgb){v, v, v};
}

static void pixels_keep_within_the_terminal(void **unused) {
  (void)unused;
  for (int h = 1; h < 300; h = 3 * h + 1)
    for (int w = 1; w < 300; w = 2 * w + 3)
      for (int colors = 0; colors <= 256; colors += 256) {
        Text t = {0};
        const Terminal how = {40, 8, colors};
        text_raster(&t, &how, h, w, ramp, (const int[]){h, w});
        char *s = text_take(&t);
        int lines = 0, column = 0, widest = 0;
        for (const char *at = s; *at; at++) {
          if (*at == '\033') at = strchr(at, 'm'); /* a colour takes no room */
          else if (*at == '\n') lines++, column = 0;
          else if ((*at & 0xC0) != 0x80 && ++column > widest) widest = column;
        }
        assert_true(lines >= 1 && lines <= how.rows && widest >= 1 && widest <= how.columns);
        assert_true((strchr(s, '\033') != NULL) == (colors > 0));
        free(s);
      }
  Text t = {0};
  const Terminal grey = {5, 1, 0};
  text_raster(&t, &grey, 2, 5, ramp, (const int[]){2, 5});
  char *s = text_take(&t);
  assert_string_equal(s, " ░▒▓█\n");
  free(s);
}

static void dots_stand_where_they_were_set(void **unused) {
  (void)unused;
  Dots d;
  assert_true(dots_new(&d, 2, 1));
  dots_set(&d, 0, 0, 0);
  dots_set(&d, 3, 3, 1);
  const double outside[][2] = {{-1, 0}, {4, 0}, {0, 4}, {NAN, 0}, {0, INFINITY}, {-1e300, 0}};
  for (int i = 0; i < 6; i++) dots_set(&d, outside[i][0], outside[i][1], 0);
  Text t = {0}, colored = {0};
  dots_row(&t, &(Terminal){2, 1, 0}, &d, 0);
  dots_row(&colored, &(Terminal){2, 1, 1 << 24}, &d, 0);
  char *s = text_take(&t), *c = text_take(&colored);
  assert_string_equal(s, "⠁⢀");
  const char *second = strstr(c, "⠁"); /* each letter in its series' colour */
  assert_non_null(second);
  assert_non_null(strstr(second, "\033[38;2;"));
  free(s);
  free(c);
  dots_free(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(fields_have_their_width),
                                     cmocka_unit_test(pixels_keep_within_the_terminal),
                                     cmocka_unit_test(dots_stand_where_they_were_set)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
