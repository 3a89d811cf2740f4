/* test_hands.c: what mouse and keys choose in panels, without a window: states to go back to. */
#include "input.h"
#include "layout.h"
#include "panel.h"
#include "viz_test.h"

typedef struct Hands {
  Viz *v;
  Input in;
  cairo_surface_t *s;
  cairo_t *cr;
} Hands;

static Hands hands_of(Viz *v, int w, int h) {
  Hands k = {.v = v, .in = {.w = w, .h = h, .hover = -1, .held = -1}};
  k.s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
  k.cr = cairo_create(k.s);
  scene_lock(v);
  layout_panels(v, w, h);
  return k;
}

static void hands_end(Hands *k) {
  scene_unlock(k->v);
  cairo_destroy(k->cr);
  cairo_surface_destroy(k->s);
  viz_free(k->v);
}

/* The frame as a number. */
static uint64_t frame(Hands *k) {
  scene_touch_all(k->v);
  draw_scene(k->cr, k->s, k->v, k->in.w, k->in.h, &k->in.overlay, true, NULL);
  cairo_surface_flush(k->s);
  const unsigned char *data = cairo_image_surface_get_data(k->s);
  uint64_t sum = 14695981039346656037u;
  for (size_t i = 0; i < (size_t)(k->in.w * k->in.h) * 4; i++) sum = (sum ^ data[i]) * 1099511628211u;
  return sum;
}

static bool press_at(Hands *k, double x, double y) {
  input_move(k->v, &k->in, x, y);
  input_press(k->v, &k->in, x, y, false, 1);
  return input_release(k->v, &k->in, x, y);
}

/* Steps 1..20 at seconds 1..20, as if posted then. */
static void post_steps(Viz *v, int from, int to, double later) {
  for (int i = from; i <= to; i++) {
    VizPlot how = {i, -1, -1};
    viz_plot(v, "loss/training", 1.0 / i, &how);
    viz_plot(v, "counted", i, NULL);
    v->queue[v->queue_n - 2].point.seconds = v->queue[v->queue_n - 1].point.seconds = i + later;
  }
}

static void a_click_marks_a_state(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  post_steps(v, 1, 20, 0);
  assert_true(isnan(viz_marked(v)));
  assert_false(viz_kept(v, 2, (const double[]){1, 5, 2, 4}, &e));
  assert_true(viz_kept(v, 3, (const double[]){0, 0.5, 8, 8.5, 16, 16.5}, &e));
  Hands k = hands_of(v, 1000, 400);
  Axes a;
  assert_true(panel_axes(v->panel[0], 1, &a));
  const double middle = a.plot.y + a.plot.h / 2;
  const uint64_t bare = frame(&k);
  assert_true(press_at(&k, axes_px(&a, 9), middle));
  assert_near(viz_marked(v), 8, 0);
  k.in.overlay.pointer = false;
  assert_int_not_equal(frame(&k), bare);
  assert_true(press_at(&k, axes_px(&a, 13), middle)); /* nearer to 16 */
  assert_near(viz_marked(v), 16, 0);
  press_at(&k, axes_px(&a, 15), middle); /* the marked one again */
  assert_true(isnan(viz_marked(v)));
  press_at(&k, axes_px(&a, 9), middle);
  input_press(v, &k.in, axes_px(&a, 15), middle, false, 1); /* a drag is no click */
  input_move(v, &k.in, axes_px(&a, 14), middle);
  input_release(v, &k.in, axes_px(&a, 14), middle);
  assert_near(viz_marked(v), 8, 0);
  input_key(v, &k.in, 27);
  assert_true(isnan(viz_marked(v)));
  v->panel[0]->zoomed = false;
  scene_key(v->panel[0], 'x'); /* over time the same states lie at their moments */
  assert_true(panel_axes(v->panel[0], 1, &a));
  press_at(&k, axes_px(&a, 8.5), middle);
  assert_near(viz_marked(v), 8, 0);
  scene_unlock(v);
  assert_true(viz_kept(v, 2, (const double[]){0, 0.5, 6, 6.5},
                       &e)); /* thinned: the newest that is left up to there */
  scene_lock(v);
  assert_near(viz_marked(v), 6, 0);
  hands_end(&k);
}

static void going_back_forks_all_curves(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  post_steps(v, 1, 20, 0);
  viz_plot(v, "loss/early", 3, NULL);
  v->queue[v->queue_n - 1].point.seconds = 1;
  viz_fork(v, 8.5);
  post_steps(v, 9, 12, 100);
  Hands k = hands_of(v, 1000, 400);
  for (int i = 0; i < 2; i++) {
    const Curves *all = panel_curves(v->panel[i]);
    const Curve *c = all->series[0];
    assert_int_equal(c->n, 12);
    assert_int_equal(all->branches, 1); /* nothing of "early" came later */
    assert_int_equal(all->branch[0]->n, 13);
    assert_near(curve_x(all->branch[0], 0, false), 8, 0); /* where it leaves */
    assert_near(curve_x(all->branch[0], 12, false), 20, 0);
    for (int n = 0; n < 12; n++)
      assert_near(curve_x(c, (size_t)n, false), n + 1, 0); /* the counted one too */
    assert_near(c->y.v[11], i ? 12 : 1.0 / 12, 1e-12);
    assert_true(c->sorted);
    const Band b = pyramid_band(&c->y, 0, c->n);
    assert_near(b.hi, i ? 12 : 1, 1e-12);
    Axes a;
    assert_true(panel_axes(v->panel[i], 1, &a));
    assert_near(a.x1, 20, 1e-9); /* the branch stays in sight */
  }
  const uint64_t both = frame(&k);
  panel_curves(v->panel[0])->branches = 0;
  assert_int_not_equal(frame(&k), both);
  panel_curves(v->panel[0])->branches = 1;
  Curve *c = panel_curves(v->panel[0])->series[0];
  c->hidden = true; /* its branch goes with it */
  const uint64_t hidden = frame(&k);
  panel_curves(v->panel[0])->branches = 0;
  assert_int_equal(frame(&k), hidden);
  panel_curves(v->panel[0])->branches = 1;
  hands_end(&k);
}

static void a_button_is_heard_while_paused(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  assert_true(viz_button(v, "go back", &e));
  Hands k = hands_of(v, 400, 300);
  const Rect r = v->panel[0]->place;
  viz_pause(v, true);
  press_at(&k, r.x + r.w / 2, r.y + r.h / 2);
  assert_int_equal(v->steps, 1);
  assert_int_equal(viz_button_presses(v, "go back"), 1);
  viz_pause(v, false);
  press_at(&k, r.x + r.w / 2, r.y + r.h / 2);
  assert_int_equal(v->steps, 0);
  hands_end(&k);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_click_marks_a_state),
                                     cmocka_unit_test(going_back_forks_all_curves),
                                     cmocka_unit_test(a_button_is_heard_while_paused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
