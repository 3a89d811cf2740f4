/* test_history.c: what panels keep of their past, and the time slider. */
#include "history.h"
#include "input.h"
#include "layout.h"
#include "panel.h"
#include "viz_test.h"

static void post_grey(Viz *v, int grey, int side) {
  VizErr e;
  unsigned char *u = malloc((size_t)side * (size_t)side);
  memset(u, grey, (size_t)side * (size_t)side);
  const VizImage im = {1, side, side, 1, u, NULL, NULL};
  assert_true(viz_image(v, "p", &im, &e));
  free(u);
}

/* The picture of step k has grey 2 k; moments are given, so that nothing depends on the clock. */
static Viz *steps(int n, int side) {
  Viz *v = test_viz("files");
  for (int k = 1; k <= n; k++) {
    const VizPlot how = {k, -1, -1};
    viz_plot(v, "loss/train", k, &how);
    post_grey(v, 2 * k % 256, side);
    scene_lock(v);
    scene_find(v, "p")->part[0]->seconds = k;
    Curve *c = panel_curves(scene_find(v, "loss"))->series[0];
    c->time[c->n - 1] = (float)k;
    scene_unlock(v);
  }
  return v;
}

static int shown_grey(Viz *v) {
  VizErr e;
  unsigned char rgb[200 * 150 * 3];
  assert_true(viz_render(v, "p", 200, 150, rgb, &e));
  return rgb[(90 * 200 + 100) * 3];
}

static void a_step_is_shown_again(void **unused) {
  (void)unused;
  Viz *v = steps(100, 8);
  assert_int_equal(shown_grey(v), 200);
  for (int step = 1; step < 100; step += 11) {
    viz_at(v, step);
    assert_int_equal(shown_grey(v), 2 * step);
    post_grey(v, 7, 8); /* what comes meanwhile is kept, and shown later */
    scene_lock(v);
    scene_find(v, "p")->part[0]->seconds = 100 + step;
    scene_unlock(v);
    assert_int_equal(shown_grey(v), 2 * step);
  }
  viz_at(v, NAN);
  assert_int_equal(shown_grey(v), 7);
  viz_at(v, 1e9); /* not yet come to: now */
  assert_int_equal(shown_grey(v), 7);
  viz_free(v);
}

static void overlays_stay_with_their_picture(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = steps(2, 8);
  static const float box[] = {1, 1, 5, 5};
  assert_true(viz_boxes(v, "p", 1, box, NULL, NULL, NULL, false, &e));
  scene_lock(v); /* seen: else the next picture would overtake them */
  scene_unlock(v);
  post_grey(v, 9, 8);
  scene_lock(v);
  Panel *p = scene_find(v, "p");
  p->part[0]->seconds = 3;
  assert_int_equal(p->frame_count, 2);
  assert_null(p->part[2]);
  Shown live = history_show(p, 2.5);
  assert_non_null(p->part[2]); /* the boxes */
  history_restore(p, &live);
  assert_null(p->part[2]);
  scene_unlock(v);
  viz_free(v);
}

static void the_past_is_bounded_and_even(void **unused) {
  (void)unused;
  Viz *v = steps(1000, 8);
  scene_lock(v);
  const Panel *p = scene_find(v, "p");
  assert_true(p->frame_count <= FRAMES_MOST && p->frame_count > FRAMES_MOST / 2);
  assert_near(p->frame[0].part[0]->seconds, 1, 0);
  for (int i = 1; i < p->frame_count; i++) {
    const double gap = p->frame[i].part[0]->seconds - p->frame[i - 1].part[0]->seconds;
    assert_true(gap > 0 && gap <= 4 * 1000.0 / FRAMES_MOST);
  }
  scene_unlock(v);
  viz_free(v);
  v = steps(60, 1000); /* a megabyte each */
  scene_lock(v);
  p = scene_find(v, "p");
  size_t bytes = 0;
  for (int i = 0; i < p->frame_count; i++) bytes += p->frame[i].part[0]->bytes;
  assert_int_equal(bytes, p->frame_bytes);
  assert_true(bytes <= HISTORY_BYTES && bytes > HISTORY_BYTES / 2);
  scene_unlock(v);
  viz_free(v);
}

static void histograms_go_back(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  for (int k = 1; k <= 10; k++) {
    assert_true(viz_hist(v, "h", 1, (const float[]){(float)k}, k, &e));
    scene_lock(v);
    Panel *p = scene_find(v, "h");
    p->past[p->past_count - 1]->seconds = k;
    scene_unlock(v);
  }
  scene_lock(v);
  Panel *p = scene_find(v, "h");
  Shown live = history_show(p, 4.5);
  assert_int_equal(p->past_count, 4);
  history_restore(p, &live);
  assert_int_equal(p->past_count, 10);
  scene_unlock(v);
  viz_free(v);
}

static void slider_and_keys(void **unused) {
  (void)unused;
  Viz *v = steps(50, 8);
  Input in = {.w = 1000, .h = 700, .hover = -1, .held = -1};
  scene_lock(v);
  assert_near(layout_history(v, 300, 64).w, 0, 0); /* no room */
  const Rect r = layout_history(v, in.w, draw_hint(v, &in.overlay));
  assert_true(r.w > 100);
  assert_true(input_press(v, &in, r.x + r.w / 2, r.y + 3, false, 1));
  assert_near(v->at, 25.5, 0.3);
  assert_near(history_step(v, v->at), 25, 0);
  assert_true(input_move(v, &in, r.x + r.w / 4, r.y + 60)); /* held, the pointer may leave it */
  assert_near(v->at, 13.25, 0.3);
  input_release(v, &in, r.x + r.w / 4, r.y + 60);
  assert_true(input_key(v, &in, KEY_LEFT));
  assert_near(v->at, 13, 0);
  assert_true(input_key(v, &in, KEY_LEFT));
  assert_near(v->at, 12, 0);
  assert_true(input_key(v, &in, KEY_RIGHT));
  assert_near(v->at, 13, 0);
  assert_true(input_key(v, &in, 27));
  assert_true(isnan(v->at));
  assert_true(input_key(v, &in, KEY_LEFT));
  assert_near(v->at, 49, 0);
  input_press(v, &in, r.x + r.w, r.y + 3, false, 1);
  assert_true(isnan(v->at)); /* the end of the line is now */
  scene_unlock(v);
  viz_free(v);
}

static void without_curves_states_are_counted(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  for (int k = 1; k <= 9; k++) {
    post_grey(v, 10 * k, 8);
    scene_lock(v);
    scene_find(v, "p")->part[0]->seconds = k;
    scene_unlock(v);
  }
  viz_at(v, 4);
  assert_int_equal(shown_grey(v), 40);
  viz_at(v, 9);
  assert_int_equal(shown_grey(v), 90);
  viz_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_shown_again),
      cmocka_unit_test(overlays_stay_with_their_picture),
      cmocka_unit_test(the_past_is_bounded_and_even),
      cmocka_unit_test(histograms_go_back),
      cmocka_unit_test(slider_and_keys),
      cmocka_unit_test(without_curves_states_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
