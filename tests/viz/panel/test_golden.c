/* test_golden.c: pictures against golden ones: some panels together, and each panel alone at two sizes, light
 * and dark.  Run from the top folder.
 *
 * Golden pictures are means of square blocks, so that fonts may differ a little; those of single panels stand
 * one below the other in a file.  VIZ_GOLDEN=write makes them anew: look at the pictures first
 * (VIZ_LOOK=folder writes them whole). */
#include "panel.h"

#include "gallery.h"
#include "viz_test.h"

static void write_ppm(const char *path, int w, int h, const unsigned char *rgb) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  fprintf(f, "P6\n%d %d\n255\n", w, h);
  assert_int_equal(fwrite(rgb, 3, (size_t)w * (size_t)h, f), w * h);
  assert_int_equal(fclose(f), 0);
}

/* Of exactly this size. */
static unsigned char *read_ppm(const char *path, int w, int h) {
  FILE *f = fopen(path, "rb");
  if (!f) fail_msg("%s is missing", path);
  int gw = 0, gh = 0;
  if (fscanf(f, "P6 %d %d 255", &gw, &gh) != 2 || gw != w || gh != h || fgetc(f) != '\n')
    fail_msg("%s is %d x %d, not %d x %d", path, gw, gh, w, h);
  unsigned char *rgb = malloc((size_t)w * (size_t)h * 3);
  assert_int_equal(fread(rgb, 3, (size_t)w * (size_t)h, f), w * h);
  fclose(f);
  return rgb;
}

static void shrink(const unsigned char *rgb, int w, int h, int block, unsigned char *out) {
  const int gw = w / block, gh = h / block;
  for (int y = 0; y < gh; y++)
    for (int x = 0; x < gw; x++)
      for (int k = 0; k < 3; k++) {
        int sum = 0;
        for (int i = 0; i < block * block; i++)
          sum += rgb[((y * block + i / block) * w + x * block + i % block) * 3 + k];
        out[(y * gw + x) * 3 + k] = (unsigned char)(sum / (block * block));
      }
}

static void draw(Viz *v, const char *panel, const char *name, int w, int h, int block, unsigned char *out) {
  VizErr e;
  unsigned char *rgb = malloc((size_t)w * (size_t)h * 3);
  assert_true(viz_render(v, panel, w, h, rgb, &e));
  if (getenv("VIZ_LOOK")) {
    char path[6000];
    snprintf(path, sizeof path, "%s/%s-%s.ppm", getenv("VIZ_LOOK"), name, panel ? panel : "all");
    write_ppm(path, w, h, rgb);
  }
  shrink(rgb, w, h, block, out);
  free(rgb);
}

static void compare(const char *name, const unsigned char *want, const unsigned char *got, size_t count) {
  double sum = 0;
  int far = 0;
  for (size_t i = 0; i < count; i++) {
    const int off = abs((int)want[i] - (int)got[i]);
    sum += off;
    far += off > 40;
  }
  if (sum / (double)count > 2.5 || far > (int)(count / 100))
    fail_msg("%s differs: mean %.2f, %d of %zu far off", name, sum / (double)count, far, count);
}

static const char *golden_path(const char *name) {
  static char path[300];
  snprintf(path, sizeof path, "tests/golden/viz/%s.ppm", name);
  return path;
}

static void compare_together(const char *name, int w, int h, bool dark, bool all) {
  enum { BLOCK = 8 };
  Viz *v = test_viz("files");
  if (all) gallery_all(v);
  else gallery_small(v);
  viz_set_dark(v, dark);
  const int gw = w / BLOCK, gh = h / BLOCK;
  unsigned char *got = malloc((size_t)gw * (size_t)gh * 3);
  draw(v, NULL, name, w, h, BLOCK, got);
  if (getenv("VIZ_GOLDEN")) write_ppm(golden_path(name), gw, gh, got);
  unsigned char *want = read_ppm(golden_path(name), gw, gh);
  compare(name, want, got, (size_t)gw * (size_t)gh * 3);
  free(want);
  free(got);
  viz_free(v);
}

static void together(void **unused) {
  (void)unused;
  compare_together("small-light", 800, 600, false, false);
  compare_together("small-dark", 1280, 800, true, false);
  compare_together("all-light", 1920, 1080, false, true);
  compare_together("all-dark", 1280, 800, true, true);
}

typedef struct PanelName {
  char text[80];
} PanelName;

enum { MOST = 64 };

static int panel_names(Viz *v, PanelName names[MOST]) {
  scene_lock(v);
  const int n = v->panel_count;
  assert_true(n <= MOST);
  for (int i = 0; i < n; i++) snprintf(names[i].text, sizeof names[i].text, "%.79s", v->panel[i]->name);
  scene_unlock(v);
  return n;
}

static void compare_alone(const char *name, int w, int h, int block, bool dark) {
  PanelName names[MOST];
  Viz *v = test_viz("files");
  gallery_all(v);
  viz_set_dark(v, dark);
  const int n = panel_names(v, names), gw = w / block, gh = h / block;
  const size_t each = (size_t)gw * (size_t)gh * 3;
  unsigned char *got = malloc((size_t)n * each);
  for (int i = 0; i < n; i++) { draw(v, names[i].text, name, w, h, block, got + (size_t)i * each); }
  for (const PanelKind *const *kind = panel_kinds; *kind; kind++) {
    bool seen = false;
    for (int i = 0; i < n; i++) seen = seen || v->panel[i]->kind == *kind;
    if (!seen) fail_msg("no panel of kind %s is looked at", (*kind)->name);
  }
  if (getenv("VIZ_GOLDEN")) write_ppm(golden_path(name), gw, n * gh, got);
  unsigned char *want = read_ppm(golden_path(name), gw, n * gh);
  for (int i = 0; i < n; i++) compare(names[i].text, want + (size_t)i * each, got + (size_t)i * each, each);
  free(want);
  free(got);
  viz_free(v);
}

static void each_alone(void **unused) {
  (void)unused;
  compare_alone("each-small-light", 320, 240, 8, false);
  compare_alone("each-small-dark", 320, 240, 8, true);
  compare_alone("each-large-light", 720, 480, 12, false);
  compare_alone("each-large-dark", 720, 480, 12, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(together), cmocka_unit_test(each_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
