/* test_layout.c: where panels lie, and the ticks of their axes. */
#include "axes.h"
#include "layout.h"
#include "viz.h"
#include "viz_test.h"

static void layout_fills_without_overlap(void **unused) {
  (void)unused;
  static const double window[2][2] = {{800, 600}, {1920, 1080}};
  for (int n = 1; n <= 12; n++)
    for (int k = 0; k < 2; k++) {
      double w = window[k][0], h = window[k][1], area = 0;
      Viz *v = test_viz("files");
      for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "panel%d", i);
        viz_plot(v, name, 1, NULL);
      }
      Rect r[12];
      scene_lock(v);
      assert_int_equal(v->panel_count, n);
      layout_panels(v, w, h);
      for (int i = 0; i < n; i++) r[i] = v->panel[i]->place;
      for (int i = 0; i < n; i++) {
        assert_true(r[i].x >= 0 && r[i].y >= 0 && r[i].x + r[i].w <= w && r[i].y + r[i].h <= h);
        assert_true(r[i].w >= 150 && r[i].h >= 100);
        assert_true(r[i].w / r[i].h > 0.6 && r[i].w / r[i].h < 4);
        area += r[i].w * r[i].h;
        for (int j = 0; j < i; j++) {
          bool apart = r[i].x >= r[j].x + r[j].w || r[j].x >= r[i].x + r[i].w || r[i].y >= r[j].y + r[j].h ||
                       r[j].y >= r[i].y + r[i].h;
          assert_true(apart);
        }
      }
      assert_true(area > 0.82 * w * h);
      scene_unlock(v);
      viz_free(v);
    }
}

/* Rows that were given to panels which are gone, or not yet there, say nothing of others: these lie as without them. */
static void rows_of_others_do_not_count(void **unused) {
  (void)unused;
  static const char *const names[] = {"left", "right"};
  static const char *const posts[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  enum { N = sizeof posts / sizeof *posts };
  Rect plain[N];
  for (int way = 0; way < 4; way++) {
    Viz *v = test_viz("files");
    if (way > 0) viz_layout(v, 2, names, (const int[]){0, 0}, false);
    for (int i = 0; way > 1 && i < 2; i++) viz_plot(v, names[i], 1, NULL);
    if (way == 2) viz_remove(v, NULL);
    for (int i = 0; way == 3 && i < 2; i++) viz_remove(v, names[i]);
    for (int i = 0; i < N; i++) viz_plot(v, posts[i], 1, NULL);
    scene_lock(v);
    assert_int_equal(v->laid_out, way == 1 || way == 3);
    layout_panels(v, 800, 600);
    for (int i = 0; i < N; i++) {
      const Rect at = scene_find(v, posts[i])->place;
      if (way == 0) plain[i] = at;
      assert_memory_equal(&at, &plain[i], sizeof at);
    }
    scene_unlock(v);
    viz_free(v);
  }
}

/* A display of twice the pixels shows the same, twice as large. */
static void layout_of_two_scales(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  for (int i = 0; i < 7; i++) {
    char name[16];
    snprintf(name, sizeof name, "panel%d", i);
    viz_plot(v, name, 1, NULL);
    viz_plot(v, name, 2, NULL);
  }
  assert_true(viz_slider(v, "rate", 1, 0, 2, false, &e) && viz_button(v, "go", &e));
  scene_lock(v);
  Rect r[9];
  Axes a[9], b;
  layout_panels(v, 900, 700);
  for (int i = 0; i < 9; i++) {
    r[i] = v->panel[i]->place;
    if (i < 7) assert_true(panel_axes(v->panel[i], 1, &a[i]));
  }
  v->scale = 2;
  layout_panels(v, 1800, 1400);
  for (int i = 0; i < 9; i++) {
    const Rect q = v->panel[i]->place;
    assert_true(fabs(q.x - 2 * r[i].x) <= 2 && fabs(q.y - 2 * r[i].y) <= 2);
    assert_true(fabs(q.w - 2 * r[i].w) <= 2 && fabs(q.h - 2 * r[i].h) <= 2);
    if (i == 7) break;
    assert_true(panel_axes(v->panel[i], 2, &b));
    assert_true(fabs(b.plot.w - 2 * a[i].plot.w) <= 4 && fabs(b.plot.y - 2 * a[i].plot.y) <= 4);
  }
  scene_unlock(v);
  viz_free(v);
}

static void layout_as_given(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  const char *names[] = {"c", "a", "b"};
  const int row[] = {0, 1, 1};
  for (int i = 0; i < 3; i++) viz_plot(v, names[i], 1, NULL);
  viz_layout(v, 3, names, row, false);
  Rect r[3];
  scene_lock(v);
  layout_panels(v, 1000, 800);
  for (int i = 0; i < 3; i++) r[i] = v->panel[i]->place;
  assert_true(r[0].w > 950 && r[1].y > r[0].y + r[0].h && r[1].y == r[2].y && r[2].x > r[1].x);
  scene_unlock(v);
  const char *later[] = {"b", "later"}; /* a promise: kept when it comes, and its place is no gap before */
  viz_layout(v, 2, later, (const int[]){0, 1}, false);
  viz_remove(v, "a");
  viz_remove(v, "c");
  for (int k = 0; k < 2; k++) {
    scene_lock(v);
    layout_panels(v, 1000, 800);
    const Rect b = scene_find(v, "b")->place, at = scene_find(v, "later")->place;
    if (k == 0) assert_true(b.h > 700 && at.w == 0);
    else assert_true(b.h < 400 && at.h == b.h && at.y > b.y);
    scene_unlock(v);
    char *words = viz_describe(v);
    assert_int_equal(strstr(words, "later") != NULL, k);
    free(words);
    viz_plot(v, "later", 1, NULL);
  }
  viz_free(v);
}

static int in_view(const Viz *v) {
  int n = 0;
  for (int i = 0; i < v->panel_count; i++) n += v->panel[i]->place.w > 0;
  return n;
}

static void many_panels_turn_pages(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  VizErr e;
  enum { MANY = 100 };
  for (int i = 0; i < MANY; i++) {
    char name[32];
    snprintf(name, sizeof name, i % 10 ? "panel %d" : "Gradient %d", i);
    viz_plot(v, name, 1, NULL);
  }
  scene_lock(v);
  bool seen[MANY] = {0};
  layout_panels(v, 1280, 800);
  assert_true(v->pages > 2);
  for (v->page = 0; v->page < v->pages; v->page++) {
    layout_panels(v, 1280, 800);
    for (int i = 0; i < MANY; i++) {
      const Rect r = v->panel[i]->place;
      if (r.w == 0) continue;
      assert_true(!seen[i] && r.w >= 150 && r.h >= 100 && r.y + r.h <= 800 && r.x + r.w <= 1280);
      seen[i] = true;
    }
  }
  for (int i = 0; i < MANY; i++) assert_true(seen[i]);
  layout_panels(v, 1280, 800); /* behind the last page: the last one */
  assert_int_equal(v->page, v->pages - 1);
  v->focus = 0, v->follows = true; /* the keys' panel is turned to */
  layout_panels(v, 1280, 800);
  assert_true(v->page == 0 && v->panel[0]->place.w > 0);
  snprintf(v->filter, sizeof v->filter, "gRAD");
  layout_panels(v, 1280, 800);
  assert_true(v->pages == 1 && in_view(v) == 10 && v->panel[90]->place.w > 0);
  layout_picture(v, 1280, 800); /* has all that there is */
  assert_int_equal(in_view(v), MANY);
  assert_string_equal(v->filter, "gRAD");
  *v->filter = 0;
  const double high = layout_height(v, 1280, 800);
  layout_picture(v, 1280, high);
  for (int i = 0; i < MANY; i++) assert_true(v->panel[i]->place.h >= 110);
  assert_near(layout_height(v, 1280, 9000), 9000, 0);
  scene_unlock(v);
  static const char *names[40];
  static int row[40];
  for (int i = 0; i < 40; i++) names[i] = strdup(v->panel[i]->name), row[i] = i / 2; /* twenty rows of two */
  viz_layout(v, 40, names, row, false);
  scene_lock(v);
  v->page = 0;
  layout_panels(v, 1280, 800);
  assert_true(v->pages > 3 && v->panel[0]->place.h >= 100 && v->panel[1]->place.y == v->panel[0]->place.y);
  assert_true(v->panel[39]->place.w == 0);
  v->page = v->pages - 1; /* where those stand that were not named */
  layout_panels(v, 1280, 800);
  assert_true(v->panel[0]->place.w == 0 && v->panel[99]->place.w > 0);
  scene_unlock(v);
  for (int i = 0; i < 40; i++) free((char *)(uintptr_t)names[i]);
  viz_remove(v, NULL);
  for (int i = 0; i < 30; i++) { /* controls stand in lines */
    char name[16];
    snprintf(name, sizeof name, "slider %d", i);
    assert_true(viz_slider(v, name, 0.5, 0, 1, false, &e));
  }
  viz_plot(v, "loss", 1, NULL);
  scene_lock(v);
  layout_panels(v, 1280, 800);
  assert_int_equal(in_view(v), 31);
  for (int i = 0; i < 30; i++) {
    const Rect r = v->panel[i]->place;
    assert_true(r.w >= 140 && r.y + r.h <= 800 && r.y >= scene_find(v, "loss")->place.y + 100);
    for (int j = 0; j < i; j++) {
      const Rect q = v->panel[j]->place;
      assert_true(r.x >= q.x + q.w || q.x >= r.x + r.w || r.y >= q.y + q.h || q.y >= r.y + r.h);
    }
  }
  scene_unlock(v);
  viz_free(v);
}

static void ticks_are_round_and_inside(void **unused) {
  (void)unused;
  for (double lo = -1000; lo < 1000; lo += 37.7)
    for (double span = 1e-5; span < 1e7; span *= 7.3) {
      Ticks t;
      for (int want = 1; want < 20; want += 3) {
        ticks_linear(lo, lo + span, want, false, &t);
        assert_true(t.n >= 2 && t.n <= TICKS_MOST);
        for (int i = 0; i < t.n; i++) {
          assert_true(t.at[i] >= lo - span * 1e-6 && t.at[i] <= lo + span * (1 + 1e-6));
          assert_true(i == 0 || strcmp(t.label[i], t.label[i - 1]) != 0);
          assert_true(strlen(t.label[i]) <= 8);
        }
      }
    }
}

static const char *labels(const Ticks *t) {
  static char all[300];
  *all = 0;
  for (int i = 0; i < t->n; i++) snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", t->label[i]);
  snprintf(all + strlen(all), sizeof all - strlen(all), "%s", t->offset);
  return all;
}

static void ticks_read_well(void **unused) {
  (void)unused;
  static const struct {
    double lo, hi;
    int want;
    bool whole;
    const char *labels;
  } linear[] = {{0, 1, 4, false, "0 0.5 1.0 "},
                {-1.2, 1.2, 2, false, "-1 0 1 "}, /* not 0 alone */
                {1, 5, 9, true, "1 2 3 4 5 "},
                {1, 2, 9, true, "1 2 "},
                {0, 20000, 4, true, "0 5k 10k 15k 20k "},
                {1e6, 1e6 + 1, 3, false, "0 0.5 1.0 +1 000 000"},
                {0, 4e-5, 4, false, "0 1e-5 2e-5 3e-5 4e-5 "},
                {-3e12, 3e12, 3, false, "-2e12 0 2e12 "}};
  Ticks t;
  for (size_t i = 0; i < sizeof linear / sizeof *linear; i++) {
    ticks_linear(linear[i].lo, linear[i].hi, linear[i].want, linear[i].whole, &t);
    assert_string_equal(labels(&t), linear[i].labels);
  }
  static const struct {
    double lo, hi;
    int want;
    const char *labels;
  } log_[] = {{-4, 2, 7, "1e-4 0.001 0.01 0.1 1 10 100 "},
              {-0.1, 1.4, 6, "1 2 5 10 20 "},
              {0.32, 0.6, 4, "2.5 3.0 3.5 "},
              {0, 12, 3, "1 1e4 1e8 1e12 "}};
  for (size_t i = 0; i < sizeof log_ / sizeof *log_; i++) {
    ticks_log(log10(pow(10, log_[i].lo)), log_[i].hi, log_[i].want, &t);
    assert_string_equal(labels(&t), log_[i].labels);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(layout_fills_without_overlap),
                                     cmocka_unit_test(rows_of_others_do_not_count),
                                     cmocka_unit_test(layout_of_two_scales),
                                     cmocka_unit_test(layout_as_given),
                                     cmocka_unit_test(many_panels_turn_pages),
                                     cmocka_unit_test(ticks_are_round_and_inside),
                                     cmocka_unit_test(ticks_read_well)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
