/* test_scene.c: the queue and the records of the kinds: nothing is lost for want of room, and a panel takes
 * only what is of its kind. */
#include "layout.h"
#include "panel.h"
#include "viz_test.h"

#include <unistd.h>

static void a_record_says_all(void **unused) {
  (void)unused;
  for (const PanelKind *const *k = panel_kinds; *k; k++) {
    const PanelKind *kind = *k;
    assert_true(kind->name && *kind->name && kind->accept && kind->draw);
    assert_true(!kind->margins || kind->extent);  /* margins are a plane's */
    assert_true(!kind->control || !kind->extent); /* a control has none    */
    assert_true(!kind->drag || kind->press);      /* moving follows a press */
    assert_true(!kind->scrolls || !kind->extent); /* the wheel zooms planes */
    for (const PanelKind *const *other = panel_kinds; other < k; other++)
      assert_string_not_equal(kind->name, (*other)->name);
  }
}

static void no_limit_of_panels_series_and_names(void **unused) {
  (void)unused;
  enum { PANELS = 200, SERIES = 60, LONG = 300 };
  Viz *v = test_viz("files");
  char name[LONG + 40], first[LONG + 1];
  memset(first, 'n', LONG);
  first[LONG] = 0;
  for (int i = 0; i < PANELS; i++) {
    snprintf(name, sizeof name, "panel %d", i);
    viz_plot(v, name, i, NULL);
  }
  for (int i = 0; i < SERIES; i++) {
    snprintf(name, sizeof name, "%s/series %d", first, i);
    viz_plot(v, name, i, NULL);
  }
  scene_lock(v);
  assert_int_equal(v->panel_count, PANELS + 1);
  Panel *p = scene_find(v, first);
  assert_non_null(p);
  assert_int_equal(panel_curves(p)->count, SERIES);
  assert_string_equal(panel_curves(p)->series[SERIES - 1]->name, "series 59");
  scene_unlock(v);
  unsigned char *rgb = malloc(800 * 600 * 3);
  assert_true(viz_render(v, NULL, 800, 600, rgb, NULL));
  assert_true(viz_render(v, first, 800, 600, rgb, NULL));
  free(rgb);
  viz_free(v);
}

static void values_are_kept_exactly(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  for (int i = 0; i < 100; i++) viz_plot(v, "p/s", 1e6 + 0.01 * i, NULL);
  viz_plot(v, "p/s", 1e300, NULL);
  viz_plot(v, "wild/s", -1.7e308, NULL);
  viz_plot(v, "wild/s", 1.7e308, NULL);
  scene_lock(v);
  const Curve *c = panel_curves(scene_find(v, "p"))->series[0];
  for (int i = 0; i < 100; i++) assert_true(c->y.v[i] == 1e6 + 0.01 * i);
  assert_true(c->y.v[100] == 1e300);
  Axes a;
  Panel *wild = scene_find(v, "wild");
  wild->place = (Rect){0, 0, 400, 300};
  assert_true(panel_axes(wild, 1, &a) && isfinite(a.y0) && isfinite(a.y1 - a.y0));
  scene_unlock(v);
  unsigned char *rgb = malloc(400 * 300 * 3);
  assert_true(viz_render(v, "wild", 400, 300, rgb, NULL));
  free(rgb);
  viz_free(v);
}

static void a_panel_takes_its_kind(void **unused) {
  (void)unused;
  static const float box[] = {1, 1, 2, 2}, values[] = {1, 2, 3, 4};
  VizErr e;
  Viz *v = test_viz("files");
  assert_true(viz_boxes(v, "a", 1, box, NULL, NULL, NULL, false,
                        &e)); /* an overlay before its picture waits for it */
  scene_lock(v);
  Panel *p = scene_find(v, "a");
  assert_ptr_equal(p->kind, &image_kind);
  scene_unlock(v);
  VizMatrix m = {2, 2, values, NULL, NULL, NULL, NULL, false, 0, NULL, NULL, NULL, 0, 0, 0};
  assert_true(viz_heatmap(v, "a", &m, &e)); /* a matrix in its place: the boxes are gone */
  scene_lock(v);
  assert_ptr_equal(p->kind, &heatmap_kind);
  for (int i = 1; i < PARTS; i++) assert_null(p->part[i]);
  scene_unlock(v);
  assert_true(viz_boxes(v, "a", 1, box, NULL, NULL, NULL, false, &e)); /* and stay out of a matrix */
  scene_lock(v);
  assert_ptr_equal(p->kind, &heatmap_kind);
  for (int i = 1; i < PARTS; i++) assert_null(p->part[i]);
  scene_unlock(v);
  viz_plot(v, "a/x", 1, NULL);
  scene_lock(v);
  assert_ptr_equal(p->kind, &curves_kind);
  assert_null(p->part[0]);
  scene_unlock(v);
  assert_true(viz_slider(v, "s", 1, 0, 2, false, &e) && viz_slider(v, "s", 2, 0, 2, false, &e));
  assert_near(viz_slider_value(v, "s", -1), 1, 0); /* posted again it keeps its value */
  assert_near(viz_slider_value(v, "a", -1), -1, 0);
  assert_int_equal(viz_button_presses(v, "s"), 0);
  viz_free(v);
}

static void histograms_remember_thinly(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  const Content *last = NULL;
  for (int k = 0; k < 1000; k++) {
    assert_true(viz_hist(v, "h", 1, (const float[]){(float)k}, k, &e));
    scene_lock(v);
    const Panel *p = scene_find(v, "h");
    assert_int_equal(p->past_count, k < PAST ? k + 1 : PAST / 2 + 1 + (k - PAST) % (PAST / 2));
    assert_true(!last ||
                p->past[p->past_count - 2] == last); /* what came before the newest is never thinned out */
    last = p->past[p->past_count - 1];
    scene_unlock(v);
  }
  char *text = viz_describe(v);
  assert_non_null(strstr(text, "h: histogram, "));
  free(text);
  viz_free(v);
}

static const Curve *series_of(Viz *v, const char *panel, const char *name) {
  Curves *all = panel_curves(scene_find(v, panel));
  for (int i = 0; i < all->count; i++)
    if (strcmp(all->series[i]->name, name) == 0) return all->series[i];
  fail_msg("no %s in %s", name, panel);
  return NULL;
}

static void a_series_has_one_colour(void **unused) {
  (void)unused;
  static const char *const names[] = {"loss/training", "loss/held out",  "accuracy/held out",
                                      "accuracy/bar",  "accuracy/train", "x/adam",
                                      "x/sgd",         "x/momentum",     "y/sgd",
                                      "y/adam",        "y/val_adam",     "z/bar",
                                      "z/other"};
  Viz *v = test_viz("files");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) viz_plot(v, names[i], 1, NULL);
  for (int i = 0; i < 20; i++) {
    char name[20];
    snprintf(name, sizeof name, "many/%d", i);
    viz_plot(v, name, 1, NULL);
  }
  scene_lock(v);
  assert_int_equal(series_of(v, "loss", "held out")->color, series_of(v, "loss", "training")->color);
  assert_true(series_of(v, "loss", "held out")->twin && !series_of(v, "loss", "training")->twin);
  assert_int_equal(series_of(v, "accuracy", "held out")->color, series_of(v, "loss", "training")->color);
  assert_int_not_equal(series_of(v, "accuracy", "bar")->color, series_of(v, "accuracy", "train")->color);
  assert_int_equal(series_of(v, "y", "sgd")->color, series_of(v, "x", "sgd")->color);
  assert_int_equal(series_of(v, "y", "val_adam")->color, series_of(v, "x", "adam")->color);
  assert_true(series_of(v, "y", "val_adam")->twin);
  assert_int_equal(series_of(v, "z", "bar")->color, series_of(v, "accuracy", "bar")->color);
  assert_int_not_equal(series_of(v, "z", "other")->color, series_of(v, "z", "bar")->color);
  Curves *many = panel_curves(scene_find(v, "many"));
  for (int i = 0; i < many->count; i++)
    for (int k = 0; k < i; k++) assert_int_not_equal(many->series[i]->color, many->series[k]->color);
  scene_unlock(v);
  viz_free(v);
}

static int pixels_of(Viz *v, const char *panel, Rgb c) {
  enum { W = 320, H = 240 };
  static unsigned char rgb[W * H * 3];
  VizErr e;
  assert_true(viz_render(v, panel, W, H, rgb, &e));
  int n = 0;
  for (int i = 0; i < W * H; i++)
    n += rgb[3 * i] == lround(255 * c.r) && rgb[3 * i + 1] == lround(255 * c.g) &&
         rgb[3 * i + 2] == lround(255 * c.b);
  return n;
}

/* Whichever comes first, a path down a surface has its curve's colour, and a curve its path's. */
static void a_path_has_its_curves_colour(void **unused) {
  (void)unused;
  static const float height[] = {0, 1, 2, 3}, xy[] = {0, 0, 1, 1, 0, 1, 1, 0};
  static const int length[] = {2, 2};
  static const char *const first[] = {"momentum", "sgd"}, *const then[] = {"descent"};
  VizErr e;
  Viz *v = test_viz("files");
  const VizGrid g = {2, 2, height, 0, 1, 0, 1, false};
  assert_true(viz_contour(v, "surface", &g, &e) && viz_paths(v, "surface", 2, length, xy, first, &e));
  viz_plot(v, "loss/sgd", 1, NULL);
  viz_plot(v, "loss/momentum", 1, NULL);
  viz_plot(v, "loss/descent", 1, NULL);
  assert_true(viz_contour(v, "later", &g, &e) && viz_paths(v, "later", 1, length, xy, then, &e));
  scene_lock(v);
  const int sgd = series_of(v, "loss", "sgd")->color, descent = series_of(v, "loss", "descent")->color;
  scene_unlock(v);
  assert_int_equal(sgd, 1);
  assert_int_equal(descent, 2);
  const Theme *t = theme_get(false);
  for (int i = 0; i < 3; i++) {
    assert_true((pixels_of(v, "surface", theme_series(t, i)) > 60) == (i < 2));
    assert_true((pixels_of(v, "later", theme_series(t, i)) > 60) == (i == 2));
  }
  viz_free(v);
}

static void earlier_runs_lie_under(void **unused) {
  (void)unused;
  VizErr e;
  static const double xy[] = {1, 5, 2, 9, 40, 7}, back[] = {3, 1, 2, 1};
  Viz *v = test_viz("files");
  viz_plot(v, "loss/training", 1, NULL);
  viz_plot(v, "loss/training", 2, NULL);
  assert_false(viz_ghost(v, "", "loss", "training", 2, back, &e));
  assert_non_null(strstr(e.message, "step 2 is 2"));
  unsigned char *before = malloc(400 * 300 * 3), *after = malloc(400 * 300 * 3);
  assert_true(viz_render(v, "loss", 400, 300, before, &e));
  assert_true(viz_ghost(v, "", "loss", "training", 3, xy, &e));
  assert_true(viz_ghost(v, "", "never shown", "x", 3, xy, &e)); /* makes no panel */
  assert_true(viz_render(v, "loss", 400, 300, after, &e));
  assert_int_not_equal(memcmp(before, after, 400 * 300 * 3), 0);
  scene_lock(v);
  assert_int_equal(v->panel_count, 1);
  Panel *p = v->panel[0];
  Axes a;
  p->place = (Rect){0, 0, 400, 300};
  assert_true(panel_axes(p, 1, &a) && a.x1 >= 40 && a.y1 >= 9);
  assert_true(scene_key(p, 'g'));
  assert_true(panel_axes(p, 1, &a) && a.x1 <= 3 && a.y1 < 4);
  scene_unlock(v);
  assert_true(viz_render(v, "loss", 400, 300, after, &e));
  assert_int_equal(memcmp(before, after, 400 * 300 * 3), 0);
  char *curves = viz_curves(v, 10);
  assert_string_equal(curves, "loss\ttraining\t1 1 2 2\n"); /* ghosts are not of this run */
  free(curves);
  free(before);
  free(after);
  viz_free(v);
}

/* The test holds the scene's lock, as a window does that draws: what waited for it would wait for ever. */
static void nothing_waits_for_drawing(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("window");
  static const unsigned char grey[2 * 3];
  static const char *const names[] = {"one", "two"};
  const VizMenu menu = {2, 1, 1, grey, names, NULL};
  viz_plot(v, "loss", 1, NULL);
  assert_true(viz_slider(v, "lr", 3, 1, 5, false, &e));
  alarm(20);
  scene_lock(v);
  for (int i = 0; i < 100000; i++) viz_plot(v, "loss", i, NULL);
  assert_near(viz_slider_value(v, "lr", 0), 3, 0);
  assert_true(viz_slider(v, "new", 2, 1, 5, false, &e));
  assert_near(viz_slider_value(v, "new", 0), 2, 0); /* at once, though nobody has drawn it */
  assert_true(viz_button(v, "go", &e) && viz_menu(v, "menu", &menu, &e));
  assert_int_equal(viz_button_presses(v, "go"), 0);
  assert_int_equal(viz_menu_choice(v, "menu"), 0);
  viz_set_title(v, "a title", true);
  viz_set_caption(v, "a caption");
  viz_set_dark(v, true);
  viz_set_size(v, 640, 480);
  viz_layout(v, 1, names, (const int[]){0}, false);
  viz_remove(v, "lr");
  assert_near(viz_slider_value(v, "lr", -1), -1, 0);
  assert_true(viz_gate(v, VIZ_AT_CALL, NULL, NULL));
  scene_unlock(v);
  alarm(0);
  scene_lock(v);
  assert_int_equal(panel_curves(scene_find(v, "loss"))->series[0]->n, 100001);
  assert_string_equal(v->title, "a title");
  assert_string_equal(v->caption, "a caption");
  assert_true(v->dark && v->width == 640 && v->height == 480 && v->laid_out);
  assert_null(scene_find(v, "lr"));
  scene_unlock(v);
  viz_free(v);
}

static bool asks_for_a_window(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  const bool yes = v->want_window;
  pthread_mutex_unlock(&v->queue_lock);
  return yes;
}

/* The title, a promised layout or the first of the data, whichever comes first; sizes and colours are for later. */
static void the_first_call_asks_for_a_window(void **unused) {
  (void)unused;
  static const char *const names[] = {"loss"};
  for (int first = 0; first < 4; first++) {
    Viz *v = test_viz("window");
    viz_set_size(v, 640, 480);
    viz_set_dark(v, false);
    viz_set_caption(v, "later");
    viz_layout(v, 1, names, (const int[]){0}, false);
    assert_false(asks_for_a_window(v));
    if (first == 0) viz_set_title(v, "now", true);
    if (first == 1) viz_layout(v, 1, names, (const int[]){0}, true);
    if (first == 2) viz_plot(v, "loss", 1, NULL);
    if (first == 3) viz_set_title(v, "not yet", false);
    assert_int_equal(asks_for_a_window(v), first != 3);
    viz_free(v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_record_says_all),          cmocka_unit_test(no_limit_of_panels_series_and_names),
      cmocka_unit_test(values_are_kept_exactly),    cmocka_unit_test(a_panel_takes_its_kind),
      cmocka_unit_test(histograms_remember_thinly), cmocka_unit_test(nothing_waits_for_drawing),
      cmocka_unit_test(a_series_has_one_colour),    cmocka_unit_test(a_path_has_its_curves_colour),
      cmocka_unit_test(earlier_runs_lie_under),     cmocka_unit_test(the_first_call_asks_for_a_window)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
