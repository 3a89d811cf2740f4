/* test_export.c: files that are really written, descriptions, and what a stream of pictures keeps. */
#include "gallery.h"
#include "scene.h"
#include "viz_test.h"

#include <unistd.h>

static char folder[] = "/tmp/viz-test-XXXXXX";

static unsigned char *read_all(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  if (!f) return NULL;
  fseek(f, 0, SEEK_END);
  *n = (size_t)ftell(f);
  rewind(f);
  unsigned char *data = malloc(*n + 1);
  assert_int_equal(fread(data, 1, *n, f), *n);
  data[*n] = 0;
  fclose(f);
  return data;
}

static const char *in_folder(const char *name) {
  static char path[200];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void png_has_its_signature_and_size(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  gallery_small(v);
  viz_set_size(v, 640, 480);
  assert_true(viz_save(v, in_folder("run.png"), &e));
  size_t n;
  unsigned char *d = read_all(in_folder("run.png"), &n);
  assert_non_null(d);
  assert_memory_equal(d, "\x89PNG\r\n\x1a\n", 8);
  assert_int_equal(d[18] << 8 | d[19], 640);
  assert_int_equal(d[22] << 8 | d[23], 480);
  assert_memory_equal(d + n - 8, "IEND", 4);
  free(d);
  viz_free(v);
}

/* Every element opened is closed; quotes hold no '<'. */
static bool well_formed(const char *s) {
  int depth = 0;
  for (; *s; s++) {
    if (*s != '<') continue;
    bool closing = s[1] == '/', note = s[1] == '?' || s[1] == '!';
    const char *end = strchr(s, '>');
    if (!end) return false;
    if (closing) depth--;
    else if (!note && end[-1] != '/') depth++;
    if (depth < 0) return false;
    s = end;
  }
  return depth == 0;
}

static void svg_and_pdf_and_csv(void **unused) {
  (void)unused;
  VizErr e;
  size_t n;
  Viz *v = test_viz("files");
  gallery_all(v);
  assert_true(viz_save(v, in_folder("run.svg"), &e));
  unsigned char *d = read_all(in_folder("run.svg"), &n);
  assert_non_null(strstr((char *)d, "<svg"));
  assert_true(n > 20000 && well_formed((char *)d));
  free(d);
  assert_true(viz_save(v, in_folder("run.pdf"), &e));
  d = read_all(in_folder("run.pdf"), &n);
  assert_memory_equal(d, "%PDF", 4);
  free(d);
  assert_true(viz_save(v, in_folder("run.csv"), &e));
  d = read_all(in_folder("run.csv"), &n);
  size_t lines = 0;
  for (size_t i = 0; i < n; i++) lines += d[i] == '\n';
  assert_int_equal(lines, 1 + 2000 + 100);
  assert_non_null(strstr((char *)d, "\"loss\",\"valid\",1,"));
  free(d);
  viz_free(v);
}

static void what_cannot_be_written(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  assert_false(viz_save(v, in_folder("run.bmp"), &e));
  assert_non_null(strstr(e.message, ".png, .svg, .pdf, .csv or .html"));
  assert_false(viz_save(v, "/dev/null/folder/run.png", &e));
  assert_non_null(strstr(e.message, "/dev/null/folder/run.png"));
  assert_int_equal(access(in_folder("run.bmp"), F_OK), -1);
  viz_free(v);
}

static void off_keeps_nothing(void **unused) {
  (void)unused;
  Viz *v = test_viz("off");
  gallery_small(v);
  char *s = viz_describe(v);
  assert_string_equal(s, "no panels yet\n");
  free(s);
  viz_free(v);
}

static void describes_in_words(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  for (int i = 0; i < 500; i++) viz_plot(v, "loss", i == 0 ? 2.31 : i == 499 ? 0.21 : 1, NULL);
  viz_plot(v, "loss", NAN, NULL);
  char *s = viz_describe(v);
  assert_non_null(strstr(s, "loss: 2.31 -> NaN over 501 steps"));
  assert_non_null(strstr(s, "NaN 1"));
  free(s);
  s = viz_terminal(v, 60);
  assert_non_null(strstr(s, "\xE2\xA0")); /* braille */
  free(s);
  viz_free(v);
}

static int make_folder(void **unused) {
  (void)unused;
  return mkdtemp(folder) ? 0 : -1;
}
static int remove_folder(void **unused) {
  (void)unused;
  static const char *const files[] = {"run.png", "run.svg", "run.pdf", "run.csv"};
  for (int i = 0; i < 4; i++) unlink(in_folder(files[i]));
  return rmdir(folder); /* fails if a temporary file was left behind */
}

/* A stream: each picture with its boxes, and so many points between that the queue is not searched to its
 * start.  The last picture keeps its boxes; panels stay in the order of their first post. */
static void overlays_follow_their_picture(void **state) {
  (void)state;
  VizErr e;
  Viz *v = test_viz("files");
  const uint8_t pixels[4 * 4] = {0};
  const float box[2][4] = {{0, 0, 2, 2}, {1, 1, 3, 3}};
  const VizImage im = {.n = 1, .h = 4, .w = 4, .c = 1, .u8 = pixels};
  for (int i = 0; i < 70; i++) {
    assert_true(viz_image(v, "camera", &im, &e));
    assert_true(viz_boxes(v, "camera", 2, box[0], NULL, NULL, NULL, false, &e));
    viz_plot(v, "found", 2, NULL);
  }
  char *text = viz_describe(v);
  assert_non_null(strstr(text, "camera: picture, 1 of 4 x 4 x 1, 2 boxes"));
  assert_ptr_equal(strstr(text, "camera"), text);
  free(text);
  assert_true(viz_image(v, "camera", &im, &e));
  text = viz_describe(v);
  assert_null(strstr(text, "boxes")); /* they were on the picture before */
  free(text);
  viz_free(v);
}

/* A table is written a thousand rows at a time, of what had come when it was asked for. */
static void a_table_in_pieces(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  for (int i = 0; i < 2500; i++) viz_plot(v, i < 1200 ? "p/a" : "p/say \"b\"", i, NULL);
  Text t = {0};
  CsvAt at = {0}, early = {0};
  int pieces = 0, rows = 0;
  scene_lock(v);
  const Panel *p = scene_find(v, "p");
  assert_false(p->kind->csv(p, &t, &early, -1)); /* nothing had come before the start */
  while (p->kind->csv(p, &t, &at, INFINITY)) pieces++;
  scene_unlock(v);
  for (size_t i = 0; i < t.n; i++) rows += t.s[i] == '\n';
  assert_int_equal(rows, 2500);
  assert_int_equal(pieces, 3);
  assert_non_null(strstr(t.s, "\"p\",\"say \"\"b\"\"\",101,"));
  free(t.s);
  viz_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(png_has_its_signature_and_size),
                                     cmocka_unit_test(svg_and_pdf_and_csv),
                                     cmocka_unit_test(a_table_in_pieces),
                                     cmocka_unit_test(what_cannot_be_written),
                                     cmocka_unit_test(off_keeps_nothing),
                                     cmocka_unit_test(describes_in_words),
                                     cmocka_unit_test(overlays_follow_their_picture)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
