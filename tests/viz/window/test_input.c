/* test_input.c: what mouse and keys do, without a window. */
#include "gallery.h"
#include "input.h"
#include "layout.h"
#include "panel.h"
#include "sheet.h"
#include "viz_test.h"

typedef struct Scene {
  Viz *v;
  Input in;
  Rect r;
  Axes a;
} Scene;

static Scene one_curve(void) {
  Scene s = {.v = test_viz("files"), .in = {.w = 1000, .h = 700, .hover = -1, .held = -1}};
  for (int i = 1; i <= 100; i++) {
    VizPlot how = {i, -1, -1};
    viz_plot(s.v, "loss/train", 100.0 / i, &how);
    viz_plot(s.v, "loss/valid", 120.0 / i, &how);
  }
  scene_lock(s.v);
  layout_panels(s.v, 1000, 700);
  s.r = s.v->panel[0]->place;
  assert_true(panel_axes(s.v->panel[0], 1, &s.a));
  return s;
}
static void end(Scene *s) {
  scene_unlock(s->v);
  viz_free(s->v);
}

static void zoom_keeps_the_point_under_the_cursor(void **unused) {
  (void)unused;
  Scene s = one_curve();
  Panel *p = s.v->panel[0];
  double px = s.a.plot.x + 0.3 * s.a.plot.w, py = s.a.plot.y + 0.7 * s.a.plot.h;
  double x = axes_x(&s.a, px), y = axes_y(&s.a, py), width = s.a.x1 - s.a.x0;
  input_move(s.v, &s.in, px, py);
  assert_true(input_wheel(s.v, &s.in, 2));
  Axes a;
  panel_axes(p, 1, &a);
  assert_near(axes_x(&a, px), x, 1e-9);
  assert_near(axes_y(&a, py), y, 1e-9);
  assert_near(a.x1 - a.x0, width * 0.64, 1e-9);
  /* drag: the data follow the hand */
  input_press(s.v, &s.in, px, py, false, 1);
  input_move(s.v, &s.in, px + 50, py - 20);
  input_release(s.v, &s.in, px + 50, py - 20);
  panel_axes(p, 1, &a);
  assert_near(axes_x(&a, px + 50), x, 1e-9);
  assert_near(axes_y(&a, py - 20), y, 1e-9);
  /* double click: all is seen again */
  input_press(s.v, &s.in, px, py, false, 2);
  panel_axes(p, 1, &a);
  assert_near(a.x0, s.a.x0, 0);
  assert_near(a.y1, s.a.y1, 0);
  end(&s);
}

static void box_zoom_shows_the_box(void **unused) {
  (void)unused;
  Scene s = one_curve();
  double x0 = axes_px(&s.a, 20), x1 = axes_px(&s.a, 40), y0 = s.a.plot.y + 30, y1 = s.a.plot.y + 130;
  input_press(s.v, &s.in, x1, y1, true, 1);
  input_move(s.v, &s.in, x0, y0);
  assert_true(s.in.overlay.box);
  input_release(s.v, &s.in, x0, y0);
  Axes a;
  panel_axes(s.v->panel[0], 1, &a);
  assert_near(a.x0, 20, 1e-9);
  assert_near(a.x1, 40, 1e-9);
  assert_near(a.y1, axes_y(&s.a, y0), 1e-9);
  end(&s);
}

static void keys_and_legend(void **unused) {
  (void)unused;
  Scene s = one_curve();
  Panel *p = s.v->panel[0];
  assert_true(input_key(s.v, &s.in, 'l'));
  Axes a;
  panel_axes(p, 1, &a);
  assert_true(a.log_y);
  assert_near(axes_y(&a, axes_py(&a, 10)), 1, 1e-9); /* exponents on the axis */
  assert_true(a.y0 < 0 && a.y1 > log10(120));
  assert_true(input_key(s.v, &s.in, 's'));
  assert_near(panel_curves(p)->series[0]->beta, 0.6, 0);
  for (const double *beta = (const double[]){0.9, 0.97, 0.99, 0, 0.6, -1}; *beta >= 0;
       beta++) { /* round and round */
    assert_true(input_key(s.v, &s.in, 's'));
    assert_near(panel_curves(p)->series[0]->beta, *beta, 0);
  }
  assert_int_equal(panel_curves(p)->series[1]->smooth.n, 100);
  int entry = legend_at(p, 1, s.r.x + 20, s.r.y + 40);
  assert_int_equal(entry, 0);
  input_press(s.v, &s.in, s.r.x + 20, s.r.y + 40, false, 1);
  assert_true(panel_curves(p)->series[0]->hidden && !panel_curves(p)->series[1]->hidden);
  input_key(s.v, &s.in, ' ');
  assert_true(viz_paused(s.v));
  input_key(s.v, &s.in, ' ');
  assert_false(viz_paused(s.v));
  input_key(s.v, &s.in, 'd');
  assert_true(s.v->dark);
  input_key(s.v, &s.in, 'q');
  assert_true(s.in.close);
  input_key(s.v, &s.in, 'v');
  assert_string_equal(s.in.save, ".svg");
  assert_false(input_key(s.v, &s.in, 'z'));
  end(&s);
}

static bool told(const SheetRow *row, int n, const char *name) {
  for (int i = 0; i < n; i++)
    if (strcmp(row[i].name, name) == 0) return true;
  return false;
}

/* The sheet says what there is: the window's keys, and those of the panels in view alone. */
static void the_sheet_of_keys(void **unused) {
  (void)unused;
  Scene s = one_curve();
  SheetRow row[SHEET_MOST];
  int n = sheet_rows(s.v, row);
  for (const char *const *key =
           (const char *const[]){"space", "wheel", "l", "s", "x", "g", "p v c", "q", NULL};
       *key; key++)
    assert_true(told(row, n, *key));
  assert_false(told(row, n, "arrows"));
  for (int i = 0; i < n; i++) assert_true(*row[i].does);
  scene_unlock(s.v);
  VizErr e;
  viz_remove(s.v, NULL);
  assert_true(viz_button(s.v, "go", &e));
  scene_lock(s.v);
  n = sheet_rows(s.v, row);
  assert_true(told(row, n, "enter") && told(row, n, "tab"));
  assert_false(told(row, n, "s") || told(row, n, "l"));
  end(&s);
}

/* Of each kind of panel: every key is told, in its row or in one above, and hides none of the window's but those that
 * move and press. */
static void keys_of_kinds(void **unused) {
  (void)unused;
  static const struct {
    int key;
    const char *name;
  } window[] = {
#define KEY(function, key, name, does) {key, name},
#define HAND(name, does)
#define PANELS {'l', "l"},
#include "keys.def"
  };
  enum { WINDOW = sizeof window / sizeof *window };
  int seen = 0;
  for (int i = 0; i < WINDOW; i++)
    for (int j = 0; j < i; j++) assert_int_not_equal(window[i].key, window[j].key);
  for (int i = 0; panel_kinds[i]; i++)
    for (const PanelKey *k = panel_kinds[i]->keys; k && k->key; k++) {
      assert_non_null(k->press);
      assert_int_equal(k->name != NULL, k->does != NULL);
      assert_true(k->name || k > panel_kinds[i]->keys || k->key == KEY_ENTER);
      for (int j = 0; j < WINDOW; j++)
        if (k->key != KEY_ENTER && k->key < KEY_LEFT) assert_int_not_equal(window[j].key, k->key);
      seen++;
    }
  assert_true(seen >= 9);
}

static void other_keys(void **unused) {
  (void)unused;
  Scene s = one_curve();
  VizPlot how = {1, -1, -1};
  scene_unlock(s.v);
  viz_plot(s.v, "second", 1, &how);
  scene_lock(s.v);
  assert_true(input_key(s.v, &s.in, 'x'));
  assert_true(panel_curves(s.v->panel[0])->by_time && !panel_curves(s.v->panel[1])->by_time);
  assert_true(input_key(s.v, &s.in, '\t'));
  assert_int_equal(s.v->focus, 1);
  assert_true(input_key(s.v, &s.in, 'f'));
  assert_int_equal(s.v->full, 1);
  assert_true(input_key(s.v, &s.in, '\t')); /* the full one changes with the focus */
  assert_int_equal(s.v->full, 0);
  assert_true(input_key(s.v, &s.in, 27));
  assert_int_equal(s.v->full, -1);
  layout_panels(s.v, 1000, 700);
  assert_true(s.v->panel[1]->place.w > 0);
  const double scale = s.v->scale;
  input_key(s.v, &s.in, '+');
  assert_true(s.v->scale > scale);
  input_key(s.v, &s.in, '-');
  input_key(s.v, &s.in, '-');
  assert_near(s.v->scale, 1, 0); /* letters stay at least twelve pixels high */
  input_key(s.v, &s.in, '?');
  assert_true(s.in.overlay.keys);
  input_key(s.v, &s.in, '?');
  assert_false(s.in.overlay.keys);
  input_key(s.v, &s.in, 'p');
  assert_string_equal(s.in.save, ".png");
  input_key(s.v, &s.in, 'c');
  assert_string_equal(s.in.save, ".csv");
  viz_pause(s.v, true);
  input_key(s.v, &s.in, '.'); /* one step, and it stands again */
  scene_unlock(s.v);
  viz_gate(s.v, VIZ_AT_CALL, NULL, NULL);
  assert_true(viz_paused(s.v));
  scene_lock(s.v);
  end(&s);
}

/* How many of 100 steps five turns of a loop take; gates: letters of one turn, s an optimiser's step, c a call,
 * others posts of that name. */
static int steps_taken(const char *gates) {
  Viz *v = test_viz("files");
  viz_pause(v, true);
  for (int i = 0; i < 100; i++) viz_step(v);
  for (int turn = 0; turn < 5; turn++)
    for (const char *g = gates; *g; g++) {
      const char post[] = {*g, 0};
      if (*g == 's') viz_gate(v, VIZ_AT_STEP, NULL, NULL);
      else if (*g == 'c') viz_gate(v, VIZ_AT_CALL, NULL, NULL);
      else viz_gate(v, VIZ_AT_POST, post, NULL);
    }
  const int taken = 100 - v->steps;
  viz_free(v);
  return taken;
}

static void a_loop_stands_once_a_turn(void **unused) {
  (void)unused;
  static const char *const turns[] = {"s", "sabab", "asbc", "sc", "cs", "c", "abc", "cabab"};
  for (int i = 0; i < 8; i++) {
    const int n = steps_taken(turns[i]);
    if (n != 5 && !(i == 4 && n == 6)) /* the first call came before any step */
      fail_msg("%s took %d steps in five turns", turns[i], n);
  }
  assert_int_equal(steps_taken("a"), 4); /* the first post begins the first turn */
  assert_int_equal(steps_taken("abd"), 4);
}

static void hovering_reads_the_data(void **unused) {
  (void)unused;
  Scene s = one_curve();
  Panel *p = s.v->panel[0];
  Reading q;
  for (double x = 1; x <= 100; x += 0.7) {
    double step = floor(x + 0.5);
    for (int i = 0; i < 2; i++) {
      assert_true(series_reading(p, i, axes_x(&s.a, axes_px(&s.a, x)), &q));
      assert_near(q.x, step, 1e-9);
      assert_near(q.y, (i ? 120 : 100) / step, 0); /* as it was given */
      assert_true(isnan(q.smooth));
    }
  }
  assert_true(series_reading(p, 0, -50, &q) && fabs(q.x - 1) < 1e-9); /* beyond the ends: the end */
  assert_true(series_reading(p, 0, 1e9, &q) && fabs(q.x - 100) < 1e-9);
  input_key(s.v, &s.in, 's'); /* 0.6, without the bias of the start: at step 1 the value itself */
  assert_true(series_reading(p, 0, 1, &q));
  assert_near(q.smooth, 100, 1e-4);
  assert_true(series_reading(p, 0, 2, &q));
  assert_near(q.smooth, (0.6 * 100 + 50) / 1.6, 1e-3);
  panel_curves(p)->series[0]->hidden = true;
  assert_false(series_reading(p, 0, 1, &q));
  end(&s);
}

static void a_menu_gives_what_was_chosen(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  gallery_menu(v, &e);
  Input in = {.w = 800, .h = 600, .hover = -1, .held = -1};
  assert_int_equal(viz_menu_choice(v, "menu"), 0);
  assert_int_equal(viz_menu_choice(v, "none"), 0);
  unsigned char *rgb = malloc(800 * 600 * 3);
  assert_true(viz_render(v, NULL, 800, 600, rgb, &e)); /* arrows know the columns that were drawn */
  free(rgb);
  scene_lock(v);
  layout_panels(v, 800, 600);
  input_key(v, &in, KEY_RIGHT);
  input_key(v, &in, KEY_LEFT);
  input_key(v, &in, KEY_LEFT); /* not beyond the first */
  input_key(v, &in, KEY_RIGHT);
  input_key(v, &in, KEY_ENTER);
  scene_unlock(v);
  assert_int_equal(viz_menu_choice(v, "menu"), 2);
  assert_int_equal(viz_menu_choice(v, "menu"), 0);
  scene_lock(v);
  const Rect r = v->panel[0]->place;
  input_press(v, &in, r.x + r.w - 60, r.y + 120, false, 1); /* the last of the upper row */
  input_release(v, &in, r.x + r.w - 60, r.y + 120);
  scene_unlock(v);
  const int chosen = viz_menu_choice(v, "menu");
  assert_true(chosen == 2 || chosen == 3);
  VizMenu nothing = {0};
  assert_false(viz_menu(v, "empty", &nothing, &e));
  viz_remove(v, NULL);
  viz_plot(v, "loss", 1, NULL);
  assert_true(viz_button(v, "go", &e));
  scene_lock(v);
  assert_true(input_key(v, &in, KEY_ENTER)); /* the first button's, where the focus does not want it */
  scene_unlock(v);
  assert_int_equal(viz_button_presses(v, "go"), 1);
  viz_free(v);
}

static void slider_follows_the_mouse(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  assert_true(viz_slider(v, "lr", 0.01, 1e-4, 1, true, &e));
  assert_false(viz_slider(v, "bad", 0.01, 0, 1, true, &e));
  assert_true(viz_button(v, "again", &e));
  Input in = {.w = 800, .h = 600, .hover = -1, .held = -1};
  scene_lock(v);
  layout_panels(v, 800, 600);
  Rect button = v->panel[1]->place, t = slider_track(v->panel[0]->place, 1);
  input_press(v, &in, t.x + t.w / 2, t.y, false, 1);
  input_move(v, &in, t.x + t.w * 0.75, t.y);
  input_release(v, &in, t.x + t.w * 0.75, t.y);
  input_press(v, &in, button.x + 10, button.y + 10, false, 1);
  scene_unlock(v);
  assert_near(viz_slider_value(v, "lr", 0), 0.1, 1e-9);
  assert_int_equal(viz_button_presses(v, "again"), 1);
  assert_int_equal(viz_button_presses(v, "again"), 0);
  viz_free(v);
}

/* The card's pixels with the pointer at a place, or nowhere; as a sum that any change changes. */
static uint64_t look(Viz *v, Input *in, cairo_surface_t *s, cairo_t *cr) {
  scene_touch_all(v);
  draw_scene(cr, s, v, in->w, in->h, &in->overlay, true, NULL);
  cairo_surface_flush(s);
  const unsigned char *data = cairo_image_surface_get_data(s);
  uint64_t sum = 14695981039346656037u;
  for (size_t i = 0; i < (size_t)(in->w * in->h) * 4; i++) sum = (sum ^ data[i]) * 1099511628211u;
  return sum;
}

/* Somewhere on each panel the pointer reads something, and the wheel comes closer wherever there are axes. */
static void every_kind_is_read_and_zoomed(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  gallery_all(v);
  Input in = {.w = 640, .h = 480, .hover = -1, .held = -1};
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 640, 480);
  cairo_t *cr = cairo_create(s);
  scene_lock(v);
  for (int i = 0; i < v->panel_count; i++) {
    Panel *p = v->panel[i];
    v->full = i;
    in.overlay.pointer = false;
    const uint64_t bare = look(v, &in, s, cr);
    bool read = p->kind->control || p->kind == &text_kind;
    for (int k = 0; k < 36 && !read; k++) {
      input_move(v, &in, 80 + k % 6 * 95, 100 + k / 6 * 60.0);
      read = look(v, &in, s, cr) != bare;
    }
    if (!read) fail_msg("nothing of %s is read", p->name);
    input_move(v, &in, 320, 240);
    if (!p->kind->extent) continue;
    assert_true(input_wheel(v, &in, 2));
    if (!p->zoomed) fail_msg("%s is not zoomed", p->name);
  }
  scene_unlock(v);
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  viz_free(v);
}

static void a_cell_opens_its_pictures(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  static const float counts[] = {1, 2, 0, 3};
  static const int row[] = {0, 0, 0, 1}, column[] = {0, 1, 1, 1};
  unsigned char grey[4 * 9];
  for (int i = 0; i < 4 * 9; i++) grey[i] = (unsigned char)(50 + 50 * (i / 9));
  const VizMatrix m = {.h = 2,
                       .w = 2,
                       .value = counts,
                       .numbers = true,
                       .pictures = 4,
                       .row = row,
                       .column = column,
                       .thumb = grey,
                       .thumb_h = 3,
                       .thumb_w = 3,
                       .thumb_c = 1};
  assert_true(viz_heatmap(v, "c", &m, &e));
  Input in = {.w = 400, .h = 300, .hover = -1, .held = -1};
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 400, 300);
  cairo_t *cr = cairo_create(s);
  scene_lock(v);
  layout_panels(v, in.w, in.h);
  Axes a;
  assert_true(panel_axes(v->panel[0], 1, &a));
  const uint64_t closed = look(v, &in, s, cr);
  input_press(v, &in, axes_px(&a, 0.5), axes_py(&a, 1.5), false, 1); /* no pictures there: a pan */
  input_release(v, &in, axes_px(&a, 0.5), axes_py(&a, 1.5));
  assert_null(v->panel[0]->own);
  input_press(v, &in, axes_px(&a, 1.5), axes_py(&a, 0.5), false, 1);
  input_release(v, &in, axes_px(&a, 1.5), axes_py(&a, 0.5));
  assert_int_not_equal(look(v, &in, s, cr), closed);
  const unsigned char *data = cairo_image_surface_get_data(s);
  int seen[256] = {0};
  for (int i = 0; i < 400 * 300; i++)
    seen[data[4 * i]] += data[4 * i] == data[4 * i + 1] && data[4 * i] == data[4 * i + 2];
  assert_true(seen[100] > 1000 && seen[150] > 1000); /* the two of that cell, and no other */
  assert_true(seen[50] < 100 && seen[200] < 100);
  input_press(v, &in, 200, 200, false, 1);
  input_release(v, &in, 200, 200);
  assert_int_equal(look(v, &in, s, cr), closed);
  scene_unlock(v);
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  viz_free(v);
}

static void the_cursor_is_linked(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
  for (int i = 1; i <= 100; i++) {
    viz_plot(v, "loss/training", 1.0 / i, NULL);
    viz_plot(v, "accuracy/training", i, NULL);
  }
  Input in = {.w = 1000, .h = 400, .hover = -1, .held = -1};
  scene_lock(v);
  layout_panels(v, in.w, in.h);
  Axes a;
  assert_true(panel_axes(v->panel[0], 1, &a));
  const unsigned drawn = v->panel[1]->version;
  input_move(v, &in, axes_px(&a, 40), a.plot.y + 20);
  assert_near(v->cursor, 40, 1e-9);
  assert_ptr_equal(v->cursor_of, v->panel[0]);
  assert_int_not_equal(v->panel[1]->version, drawn); /* drawn anew */
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 1000, 400);
  cairo_t *cr = cairo_create(s);
  in.overlay.pointer = false; /* its own read-out is no link */
  const uint64_t linked = look(v, &in, s, cr);
  v->cursor = NAN;
  const uint64_t bare = look(v, &in, s, cr);
  assert_int_not_equal(linked, bare);
  input_move(v, &in, axes_px(&a, 40), a.plot.y + 20);
  input_leave(v, &in);
  assert_true(isnan(v->cursor));
  scene_unlock(v);
  input_move(v, &in, axes_px(&a, 40), a.plot.y + 20);
  viz_remove(v, "loss"); /* what was pointed at is gone */
  scene_lock(v);
  assert_true(isnan(v->cursor) && !v->cursor_of);
  look(v, &in, s, cr);
  scene_unlock(v);
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  viz_free(v);
}

/* The cell under the pointer is framed in every matrix of as many rows and columns, and in no other. */
static void a_cell_is_linked(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  static const float value[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const VizMatrix m = {.h = 3, .w = 4, .value = value}, turned = {.h = 4, .w = 3, .value = value};
  assert_true(viz_heatmap(v, "one", &m, &e) && viz_heatmap(v, "two", &m, &e) &&
              viz_heatmap(v, "turned", &turned, &e));
  Input in = {.w = 900, .h = 300, .hover = -1, .held = -1};
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 900, 300);
  cairo_t *cr = cairo_create(s);
  scene_lock(v);
  layout_panels(v, in.w, in.h);
  Axes a;
  assert_true(panel_axes(v->panel[0], 1, &a));
  const uint64_t bare = look(v, &in, s, cr);
  input_move(v, &in, axes_px(&a, 2.5), axes_py(&a, 1.5));
  assert_ptr_equal(v->spot_of, v->panel[0]);
  assert_true(v->spot.row == 1 && v->spot.column == 2);
  in.overlay.pointer = false; /* its own read-out is no link */
  const uint64_t linked = look(v, &in, s, cr);
  assert_int_not_equal(linked, bare);
  input_move(v, &in, axes_px(&a, 0.5), axes_py(&a, 1.5));
  in.overlay.pointer = false;
  assert_int_not_equal(look(v, &in, s, cr), linked);
  assert_true(panel_axes(v->panel[2], 1, &a)); /* none has the form of this one */
  input_move(v, &in, axes_px(&a, 1.5), axes_py(&a, 1.5));
  assert_ptr_equal(v->spot_of, v->panel[2]);
  in.overlay.pointer = false;
  assert_int_equal(look(v, &in, s, cr), bare);
  input_leave(v, &in);
  assert_null(v->spot_of);
  scene_unlock(v);
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  viz_free(v);
}

static void text_scrolls_to_its_last_line(void **unused) {
  (void)unused;
  VizErr e;
  Viz *v = test_viz("files");
  assert_true(viz_text(v, "p", "one\ntwo\nthree", NULL, &e));
  Input in = {.w = 300, .h = 200, .hover = -1, .held = -1};
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 300, 200);
  cairo_t *cr = cairo_create(s);
  scene_lock(v);
  look(v, &in, s, cr);
  input_move(v, &in, 150, 100);
  for (int i = 0; i < 300; i++) input_wheel(v, &in, -1);
  look(v, &in, s, cr);
  assert_near(v->panel[0]->scroll, 2, 0);
  for (int i = 0; i < 3; i++) input_wheel(v, &in, 1);
  look(v, &in, s, cr);
  assert_near(v->panel[0]->scroll, 0, 0);
  scene_unlock(v);
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  viz_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_is_read_and_zoomed),
                                     cmocka_unit_test(the_cursor_is_linked),
                                     cmocka_unit_test(text_scrolls_to_its_last_line),
                                     cmocka_unit_test(a_cell_is_linked),
                                     cmocka_unit_test(a_cell_opens_its_pictures),
                                     cmocka_unit_test(zoom_keeps_the_point_under_the_cursor),
                                     cmocka_unit_test(box_zoom_shows_the_box),
                                     cmocka_unit_test(keys_and_legend),
                                     cmocka_unit_test(other_keys),
                                     cmocka_unit_test(the_sheet_of_keys),
                                     cmocka_unit_test(keys_of_kinds),
                                     cmocka_unit_test(a_menu_gives_what_was_chosen),
                                     cmocka_unit_test(a_loop_stands_once_a_turn),
                                     cmocka_unit_test(hovering_reads_the_data),
                                     cmocka_unit_test(slider_follows_the_mouse)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
