/* test_hands.c: what mouse and keys choose in panels, without a window: states to go back to, points; and what
 * tells them apart. */
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
  draw_scene(k->cr, k->s, k->v, k->in.w, k->in.h, &k->in.overlay, false, NULL);
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
  press_at(&k, axes_px(&a, 1.5), middle); /* the one from before the first point */
  assert_near(viz_marked(v), 0, 0);
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

/* --- points ------------------------------------------------------------------------------------------------- */

static void drag_shifted(Hands *k, double x0, double y0, double x1, double y1) {
  input_move(k->v, &k->in, x0, y0);
  input_press(k->v, &k->in, x0, y0, true, 1);
  input_move(k->v, &k->in, x1, y1);
  input_release(k->v, &k->in, x1, y1);
}

static int brushed(Hands *k) { /* points, by the panel's words */
  scene_unlock(k->v);
  char *words = viz_describe(k->v);
  scene_lock(k->v);
  const char *at = strstr(words, " brushed");
  while (at && at > words && at[-1] != ' ') at--;
  const int n = at ? atoi(at) : 0;
  free(words);
  return n;
}

/* Pixels of a grey. */
static int greys(const Hands *k, int grey) {
  const unsigned char *data = cairo_image_surface_get_data(k->s);
  int n = 0;
  for (int i = 0; i < (int)(k->in.w * k->in.h); i++)
    n += data[4 * i] == grey && data[4 * i + 1] == grey && data[4 * i + 2] == grey;
  return n;
}

static void brushed_points_show_their_pictures(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  static const float xy[] = {0, 0, 1, 0, 0, 1, 1, 1};
  static const char *const label[] = {"a", "b", "c", "d"};
  unsigned char grey[4 * 9];
  for (int i = 0; i < 4 * 9; i++) grey[i] = (unsigned char)(51 + 50 * (i / 9)); /* 51, 101, 151, 201 */
  VizPoints p = {.n = 4, .xy = xy, .thumb = grey, .thumb_h = 3, .thumb_w = 3, .thumb_c = 1, .label = label};
  assert_true(viz_scatter(v, "faces", &p, &e));
  Hands k = hands_of(v, 500, 400);
  Axes a;
  assert_true(panel_axes(v->panel[0], 1, &a));
  k.in.overlay.pointer = false;
  const uint64_t closed = frame(&k);
  drag_shifted(&k, axes_px(&a, 1.04), axes_py(&a, 1.04), axes_px(&a, 0.5), axes_py(&a, -0.04)); /* b and d */
  assert_false(v->panel[0]->zoomed);
  assert_int_equal(brushed(&k), 2);
  k.in.overlay.pointer = false;
  assert_int_not_equal(frame(&k), closed);
  assert_true(greys(&k, 101) > 1000 && greys(&k, 201) > 1000 && greys(&k, 51) < 50 && greys(&k, 151) < 50);
  viz_scatter(v, "faces", &p, &e); /* moved on: the same ones */
  scene_drain(v);
  assert_int_equal(brushed(&k), 2);
  frame(&k);
  assert_true(greys(&k, 101) > 1000 && greys(&k, 201) > 1000);
  p.n = 3;
  viz_scatter(v, "faces", &p, &e); /* others */
  scene_drain(v);
  assert_int_equal(brushed(&k), 0);
  p.n = 4;
  viz_scatter(v, "faces", &p, &e);
  scene_drain(v);
  drag_shifted(&k, axes_px(&a, 0.4), axes_py(&a, 0.4), axes_px(&a, 0.6), axes_py(&a, 0.6)); /* nobody there */
  assert_int_equal(brushed(&k), 0);
  drag_shifted(&k, axes_px(&a, -0.04), axes_py(&a, 0.4), axes_px(&a, 0.6), axes_py(&a, -0.04));
  assert_int_equal(brushed(&k), 1);
  press_at(&k, 250, 200); /* any click closes */
  assert_int_equal(brushed(&k), 0);
  k.in.overlay.pointer = false;
  frame(&k);
  assert_true(greys(&k, 51) < 50);
  p.thumb = NULL; /* names alone */
  viz_scatter(v, "faces", &p, &e);
  scene_drain(v);
  drag_shifted(&k, axes_px(&a, -0.04), axes_py(&a, 1.04), axes_px(&a, 1.04), axes_py(&a, -0.04));
  assert_int_equal(brushed(&k), 4);
  p.label = NULL; /* nothing to show: the box is zoomed into */
  viz_scatter(v, "plain", &p, &e);
  scene_drain(v);
  frame(&k);
  assert_true(panel_axes(v->panel[1], 1, &a));
  drag_shifted(&k, axes_px(&a, 0.2), axes_py(&a, 0.8), axes_px(&a, 0.8), axes_py(&a, 0.2));
  assert_true(v->panel[1]->zoomed);
  hands_end(&k);
}

static void equal_units(void **unused) {
  (void)unused;
  VizErr e;
  for (int equal = 0; equal < 2; equal++) {
    Viz *v = test_viz("files");
    static const float xy[] = {0, 0, 10, 0, 0, 1, 10, 1}, value[] = {0, 1, 1, 0};
    const VizPoints p = {.n = 4, .xy = xy, .equal = equal};
    const VizGrid g = {.h = 2, .w = 2, .value = value, .x1 = 10, .y1 = 1, .equal = equal};
    assert_true(viz_scatter(v, "points", &p, &e));
    assert_true(viz_boundary(v, "regions", &g, 2, NULL, &e));
    Hands k = hands_of(v, 900, 400);
    for (int i = 0; i < 2; i++) {
      Axes a;
      assert_true(panel_axes(v->panel[i], 1, &a));
      input_move(v, &k.in, axes_px(&a, 5), axes_py(&a, 0.5));
      for (int notches = 0; notches < 4; notches += 3) { /* and zoomed as well */
        if (notches) input_wheel(v, &k.in, notches);
        assert_true(panel_axes(v->panel[i], 1, &a));
        const double unit_x = axes_px(&a, 1) - axes_px(&a, 0), unit_y = axes_py(&a, 0) - axes_py(&a, 1);
        if (equal) assert_near(unit_x / unit_y, 1, 1e-9);
        else assert_true(unit_y > 3 * unit_x);
      }
    }
    hands_end(&k);
  }
}

/* --- boxes -------------------------------------------------------------------------------------------------- */

/* Is this class's colour in the frame? */
static bool has_class(Hands *k, int class) {
  frame(k);
  const uint32_t want = theme_argb(theme_class(class), 1);
  const uint32_t *pixel = (const uint32_t *)(const void *)cairo_image_surface_get_data(k->s);
  int n = 0;
  for (int i = 0; i < (int)(k->in.w * k->in.h); i++) n += pixel[i] == want;
  return n > 20;
}

static void boxes_have_the_colours_of_their_classes(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  static const unsigned char black[3 * 16 * 16];
  static const float box[] = {2, 2, 7, 7, 9, 9, 14, 14};
  static const char *const labels[] = {"tram", "car"}, *const again[] = {"car", "bus"};
  const VizImage im = {1, 16, 16, 3, black, NULL, NULL};
  const char *const names[] = {"one", "two"};
  for (int i = 0; i < 2; i++) {
    assert_true(viz_image(v, names[i], &im, &e));
    assert_true(viz_boxes(v, names[i], 2, box, i ? again : labels, NULL, NULL, false, &e));
  }
  Hands k = hands_of(v, 800, 400);
  v->full = 0;
  assert_true(has_class(&k, 0) && has_class(&k, 1) && !has_class(&k, 2));
  v->full = 1; /* the car's colour is the same, the bus has the next one */
  assert_true(!has_class(&k, 0) && has_class(&k, 1) && has_class(&k, 2));
  assert_true(viz_boxes(v, "one", 2, box, labels, NULL, (const int[]){5, 3}, false, &e)); /* as told */
  scene_drain(v);
  v->full = 0;
  assert_true(has_class(&k, 5) && has_class(&k, 3) && !has_class(&k, 0) && !has_class(&k, 1));
  hands_end(&k);
}

/* --- what is linked, and earlier runs --------------------------------------------------------------------------- */

static void the_pointer_is_linked_into_pictures(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  static const unsigned char black[3 * 32 * 32];
  const VizImage small = {1, 16, 16, 3, black, NULL, NULL}, large = {1, 32, 32, 3, black, NULL, NULL},
                 wide = {1, 16, 32, 3, black, NULL, NULL};
  assert_true(viz_image(v, "a", &small, &e) && viz_image(v, "b", &large, &e) && viz_image(v, "c", &wide, &e));
  Hands k = hands_of(v, 900, 300);
  Axes a, b;
  assert_true(panel_axes(v->panel[0], 1, &a) && panel_axes(v->panel[1], 1, &b));
  input_move(v, &k.in, axes_px(&a, 4.5), axes_py(&a, 12));
  assert_ptr_equal(v->spot_of, v->panel[0]);
  k.in.overlay.pointer = false;
  frame(&k);
  const unsigned char *data = cairo_image_surface_get_data(k.s);
  int bright[3] = {0};
  for (int i = 0; i < 3; i++) {
    const Rect r = v->panel[i]->place;
    assert_true(panel_axes(v->panel[i], 1, &a));
    for (int y = (int)a.plot.y + 2; y < a.plot.y + a.plot.h - 2; y++)
      for (int x = (int)fmax(a.plot.x, r.x) + 2; x < a.plot.x + a.plot.w - 2; x++) {
        const bool on = data[4 * (y * 900 + x)] > 150;
        bright[i] += on;
        if (on && i == 1) assert_true(fabs(x - axes_px(&b, 9)) < 2 || fabs(y - axes_py(&b, 24)) < 2);
      }
  }
  assert_true(bright[0] == 0 && bright[1] > 100 &&
              bright[2] == 0); /* where it is in the large one; no other form */
  input_leave(v, &k.in);
  assert_null(v->spot_of);
  hands_end(&k);
}

static void a_click_on_the_legend_takes_a_run_away(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  for (int i = 1; i <= 50; i++) {
    viz_plot(v, "loss/training", 1.0 / i, NULL);
    viz_plot(v, "accuracy/training", i, NULL);
  }
  static const double high[] = {1, 5, 50, 4}, flat[] = {1, 0.5, 50, 0.5};
  assert_true(viz_ghost(v, "12:03 seed=1", "loss", "training", 2, flat, &e));
  assert_true(viz_ghost(v, "12:05 seed=2", "loss", "training", 2, high, &e));
  assert_true(viz_ghost(v, "12:05 seed=2", "accuracy", "training", 2, high, &e));
  Hands k = hands_of(v, 1200, 400);
  Panel *p = v->panel[0];
  k.in.overlay.pointer = false;
  const uint64_t all = frame(&k);
  Axes a;
  assert_true(panel_axes(p, 1, &a));
  assert_true(a.y1 > 5);
  double x = -1;
  for (double at = p->place.x; at < p->place.x + p->place.w;
       at++) /* the newest was posted last and stands first */
    if (legend_at(p, 1, at, p->place.y + sizes.head + 8) == 1) x = at;
  assert_true(x > 0);
  press_at(&k, x - 3, p->place.y + sizes.head + 8);
  k.in.overlay.pointer = false;
  assert_int_not_equal(frame(&k), all);
  assert_true(panel_axes(p, 1, &a));
  assert_true(a.y1 < 2); /* the high run does not count any more */
  int hidden = 0;
  for (const Ghost *g = v->ghosts; g; g = g->next) hidden += g->hidden;
  assert_int_equal(hidden, 2); /* in both panels */
  press_at(&k, x - 3, p->place.y + sizes.head + 8);
  k.in.overlay.pointer = false;
  assert_int_equal(frame(&k), all);
  scene_key(p, 'g'); /* without earlier runs: none in the legend */
  assert_true(legend_at(p, 1, x - 3, p->place.y + sizes.head + 8) < 1);
  hands_end(&k);
}

/* --- graphs ------------------------------------------------------------------------------------------------- */

static void a_graph_is_zoomed_and_moved(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  static const int first[] = {0}, both[] = {0, 1, 2};
  VizLayer layer[12];
  for (int i = 0; i < 12; i++) layer[i] = (VizLayer){"layer", "2 x 3", i, NAN, NULL, 0};
  layer[2].from = first, layer[2].sources = 1;
  layer[3].from = both, layer[3].sources = 3;
  assert_true(viz_graph(v, "net", 12, layer, &e));
  Hands k = hands_of(v, 500, 600);
  Panel *p = v->panel[0];
  Axes a, b;
  assert_true(panel_axes(p, 1, &a));
  k.in.overlay.pointer = false;
  const uint64_t all = frame(&k);
  input_move(v, &k.in, 250, axes_py(&a, 1.5));
  assert_int_not_equal(frame(&k), all); /* a layer of the second row is read */
  assert_true(input_wheel(v, &k.in, 3));
  assert_true(panel_axes(p, 1, &b));
  assert_near(axes_py(&b, 1.5), axes_py(&a, 1.5), 1e-6); /* closer, at the pointer */
  assert_true(axes_py(&b, 2) - axes_py(&b, 1) > 1.5 * (axes_py(&a, 2) - axes_py(&a, 1)));
  input_press(v, &k.in, 250, 300, false, 1);
  input_move(v, &k.in, 250, 260);
  input_release(v, &k.in, 250, 260);
  assert_true(panel_axes(p, 1, &a));
  assert_near(axes_py(&a, 1.5), axes_py(&b, 1.5) - 40, 1e-6);
  input_press(v, &k.in, 250, 300, false, 2); /* a double click shows all again */
  input_release(v, &k.in, 250, 300);
  k.in.overlay.pointer = false;
  assert_int_equal(frame(&k), all);
  layer[3].sources = 2; /* without the way past the second row, and with another */
  assert_true(viz_graph(v, "net", 12, layer, &e));
  scene_drain(v);
  assert_int_not_equal(frame(&k), all);
  hands_end(&k);
}

static bool seen(const Hands *k, const char *name) {
  layout_panels(k->v, k->in.w, k->in.h);
  return scene_find(k->v, name)->place.w > 0;
}

static void pages_are_turned_and_filtered(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  for (int i = 1; i <= 20; i++) {
    char name[32];
    snprintf(name, sizeof name, i == 20 ? "Größe" : "weights %d", i);
    viz_plot(v, name, i, NULL);
  }
  Hands k = hands_of(v, 640, 480);
  assert_true(v->pages > 1 && seen(&k, "weights 1") && !seen(&k, "Größe"));
  const uint64_t first = frame(&k);
  assert_false(input_key(v, &k.in, KEY_PAGE_UP)); /* there is none before */
  while (input_key(v, &k.in, KEY_PAGE_DOWN)) assert_int_not_equal(frame(&k), first);
  assert_true(!seen(&k, "weights 1") && seen(&k, "Größe"));
  input_move(v, &k.in, 4, 470); /* beside the panels the wheel turns pages, by whole notches */
  while (v->page > 0) {
    assert_false(input_wheel(v, &k.in, 0.5));
    assert_true(input_wheel(v, &k.in, 0.5));
  }
  assert_false(input_wheel(v, &k.in, 1));
  for (int i = 0; i < 19; i++) input_key(v, &k.in, '\t');
  assert_int_equal(v->focus, 19); /* tab goes where its panel is */
  assert_true(seen(&k, "Größe"));
  assert_false(input_text(v, &k.in, "s"));
  input_key(v, &k.in, '/');
  assert_true(input_text(v, &k.in, "ß") && input_text(v, &k.in, "x"));
  assert_true(!seen(&k, "weights 1") && !seen(&k, "Größe"));
  const uint64_t none = frame(&k); /* nothing is left, which is said, and what was written */
  viz_pause(v, k.in.overlay.paused = true);
  assert_int_not_equal(frame(&k), none);
  viz_pause(v, k.in.overlay.paused = false);
  assert_int_equal(frame(&k), none);
  assert_true(input_key(v, &k.in, KEY_BACK));
  assert_true(!seen(&k, "weights 1") && seen(&k, "Größe") && v->pages == 1);
  assert_true(input_key(v, &k.in, KEY_ENTER)); /* the letters stay, and keys are keys */
  assert_false(input_text(v, &k.in, "s"));
  input_key(v, &k.in, '\t');
  assert_true(v->focus == 19 && seen(&k, "Größe")); /* to panels in view alone */
  assert_true(input_key(v, &k.in, 27) && seen(&k, "weights 1") && !*v->filter);
  input_key(v, &k.in, '/');
  assert_true(input_text(v, &k.in, "S 1") && input_key(v, &k.in, KEY_BACK) && input_key(v, &k.in, KEY_BACK));
  assert_string_equal(v->filter, "S");
  assert_true(seen(&k, "weights 2") && !seen(&k, "Größe"));            /* whatever the case */
  for (int i = 0; i < 80; i++) assert_true(input_text(v, &k.in, "ü")); /* as many as there is room for */
  assert_true(strlen(v->filter) < sizeof v->filter && input_key(v, &k.in, KEY_BACK));
  input_key(v, &k.in, 27);
  assert_true(!k.in.overlay.filtering && seen(&k, "weights 1"));
  hands_end(&k);
}

/* What a caption's ellipsis leaves out is nowhere under it. */
static void captions_of_a_wipe_are_drawn_once(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  VizErr e;
  static const uint8_t dark[24 * 16];
  static const char *const first[] = {"first"}, *const second[][1] = {
                                                    {"of letters as many as there are in here, to the end"},
                                                    {"of letters as many as there WWW in here, to the end"}};
  uint64_t shown[2];
  for (int k = 0; k < 2; k++) {
    const VizImage a = {1, 16, 24, 1, dark, NULL, first}, b = {1, 16, 24, 1, dark, NULL, second[k]};
    assert_true(viz_wipe(v, "w", &a, &b, &e));
    Hands h = {.v = v, .in = {.w = 400, .h = 300, .hover = -1, .held = -1}};
    h.s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 400, 300);
    h.cr = cairo_create(h.s);
    scene_lock(v);
    shown[k] = frame(&h);
    scene_unlock(v);
    cairo_destroy(h.cr);
    cairo_surface_destroy(h.s);
  }
  assert_int_equal(shown[0], shown[1]);
  viz_free(v);
}

static void a_long_graph_is_read_row_by_row(void **unused) {
  (void)unused;
  enum { LAYERS = 70 };
  Viz *v = test_viz("files");
  VizErr e;
  static VizLayer layer[LAYERS];
  for (int i = 0; i < LAYERS; i++) layer[i] = (VizLayer){"Conv", "8x8x4", 10, 0.01, NULL, 0};
  assert_true(viz_graph(v, "net", LAYERS, layer, &e));
  Hands k = hands_of(v, 640, 480);
  Axes a, moved;
  assert_true(panel_axes(v->panel[0], 1, &a));
  const double row = axes_py(&a, 1) - axes_py(&a, 0), end = axes_y(&a, a.plot.y + a.plot.h);
  assert_true(row > 15 && end < LAYERS / 2); /* as high as letters */
  const uint64_t first = frame(&k);
  input_move(v, &k.in, 300, 400); /* dragged: the rows below */
  input_press(v, &k.in, 300, 400, false, 1);
  input_move(v, &k.in, 300, 150);
  input_release(v, &k.in, 300, 150);
  assert_true(panel_axes(v->panel[0], 1, &moved));
  assert_near(moved.y1, a.y1 + 250 / row, 0.1);
  assert_near(axes_py(&moved, 1) - axes_py(&moved, 0), row, 1e-6);
  assert_int_not_equal(frame(&k), first);
  for (int i = 0; i < 20; i++) input_wheel(v, &k.in, -1); /* farther: all of them */
  assert_true(panel_axes(v->panel[0], 1, &moved));
  assert_true(axes_y(&moved, moved.plot.y + moved.plot.h) >= LAYERS);
  input_press(v, &k.in, 300, 150, false, 2);
  input_release(v, &k.in, 300, 150);
  layout_picture(v, 640, 480); /* a file has them all */
  assert_true(panel_axes(v->panel[0], 1, &a));
  assert_true(axes_y(&a, a.plot.y + a.plot.h) >= LAYERS);
  hands_end(&k);
}

static void letters_follow_the_display(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  VizErr e;
  for (int i = 1; i < 9; i++) viz_plot(v, "loss", i, NULL);
  static unsigned char before[300 * 200 * 3], after[300 * 200 * 3];
  assert_true(viz_render(v, NULL, 300, 200, before, &e));
  Hands k = hands_of(v, 600, 400);
  input_key(v, &k.in, '+');
  const double larger = v->scale;
  input_dots(v, 2); /* onto a finer display, and back */
  assert_near(v->scale, 2 * larger, 1e-12);
  input_dots(v, 1.01); /* a rounded size */
  assert_near(v->scale, larger, 1e-12);
  input_dots(v, 2);
  for (int i = 0; i < 3; i++) input_key(v, &k.in, '-');
  assert_near(v->scale, 2, 1e-12);
  scene_unlock(v);
  assert_true(viz_render(v, NULL, 300, 200, after, &e)); /* a picture is as before */
  assert_memory_equal(before, after, sizeof before);
  scene_lock(v);
  assert_near(v->scale, 2, 1e-12);
  hands_end(&k);
}

/* While nothing has come but promises, the window says that the work prepares. */
static void promised_panels_are_prepared(void **unused) {
  (void)unused;
  static const char *const names[] = {"loss", "net"};
  Viz *v = test_viz("files");
  Hands k = hands_of(v, 300, 200);
  const uint64_t none = frame(&k);
  scene_unlock(v);
  viz_layout(v, 2, names, (const int[]){0, 0}, false);
  scene_lock(v);
  assert_int_equal(frame(&k), none);
  scene_unlock(v);
  viz_plot(v, "net", 1, NULL);
  scene_lock(v);
  assert_int_not_equal(frame(&k), none);
  hands_end(&k);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(pages_are_turned_and_filtered),
                                     cmocka_unit_test(promised_panels_are_prepared),
                                     cmocka_unit_test(letters_follow_the_display),
                                     cmocka_unit_test(captions_of_a_wipe_are_drawn_once),
                                     cmocka_unit_test(a_long_graph_is_read_row_by_row),
                                     cmocka_unit_test(a_click_marks_a_state),
                                     cmocka_unit_test(going_back_forks_all_curves),
                                     cmocka_unit_test(a_button_is_heard_while_paused),
                                     cmocka_unit_test(brushed_points_show_their_pictures),
                                     cmocka_unit_test(equal_units),
                                     cmocka_unit_test(a_graph_is_zoomed_and_moved),
                                     cmocka_unit_test(the_pointer_is_linked_into_pictures),
                                     cmocka_unit_test(a_click_on_the_legend_takes_a_run_away),
                                     cmocka_unit_test(boxes_have_the_colours_of_their_classes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
