/* test_canvas.c: what is drawn is where it was drawn. */
#include "canvas.h"
#include "viz_test.h"

static void call(Canvas *c, const char *name, const double *x) {
  for (const CanvasOp *op = canvas_ops; op->name; op++)
    if (strcmp(op->name, name) == 0) {
      double all[CANVAS_ARGS];
      memcpy(all, op->otherwise, sizeof all);
      for (int i = 0; x && i < CANVAS_ARGS && !isnan(x[i]); i++) all[i] = x[i];
      op->run(c, all);
      return;
    }
  fail_msg("no op %s", name);
}
#define ARGS(...) ((double[]){__VA_ARGS__, NAN})

enum { H = 40, W = 60 };
static unsigned char px[H * W * 3];
static const unsigned char *at(int x, int y) { return px + 3 * (y * W + x); }

static void shapes_cover_their_area(void **unused) {
  (void)unused;
  VizErr e;
  Canvas *c = canvas_new(H, W, &e);
  call(c, "color", ARGS(1, 0, 0));
  call(c, "rect", ARGS(10, 5, 20, 10));
  call(c, "fill", NULL);
  canvas_read(c, 3, px);
  int red = 0;
  for (int i = 0; i < H * W; i++) red += px[3 * i] == 255 && px[3 * i + 1] == 0;
  assert_int_equal(red, 200);
  assert_int_equal(at(10, 5)[1], 0);
  assert_int_equal(at(9, 5)[1], 255);
  call(c, "clear", NULL);
  call(c, "color", ARGS(0, 0, 0));
  call(c, "circle", ARGS(30, 20, 12));
  call(c, "fill", NULL);
  canvas_read(c, 3, px);
  double area = 0; /* antialiased: the grey rim counts in part */
  for (int i = 0; i < H * W; i++) area += (255 - px[3 * i]) / 255.0;
  assert_near(area, 3.14159265 * 144, 3);
  canvas_free(c);
}

/* Without smooth edges a pixel is in when its middle is, and has the colour to the bit: what maps of classes
 * need. */
static void sharp_edges_and_polygons(void **unused) {
  (void)unused;
  VizErr e;
  Canvas *c = canvas_new(H, W, &e);
  call(c, "smooth", ARGS(0));
  for (int k = 0; k < 2; k++) {
    double shift = k * 30;
    call(c, "color", ARGS((7 + k) / 255.0, (250 - k) / 255.0, 0));
    canvas_polygon(c, 3, (double[]){2 + shift, 3, 22 + shift, 3, 2 + shift, 33});
    call(c, "fill", NULL);
  }
  canvas_read(c, 3, px);
  int covered = 0;
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++) {
      int k = x >= 30;
      double u = x + 0.5 - 2 - k * 30, v = y + 0.5 - 3;
      bool in = u > 0 && v > 0 && u / 20 + v / 30 < 1;
      double margin = fabs(u / 20 + v / 30 - 1);
      if (margin < 0.01) continue; /* its middle on the edge: either */
      covered += in;
      assert_int_equal(at(x, y)[0], in ? 7 + k : 255);
      assert_int_equal(at(x, y)[1], in ? 250 - k : 255);
      assert_int_equal(at(x, y)[2], in ? 0 : 255);
    }
  assert_in_range(covered, 560, 600);
  canvas_polygon(c, 0, NULL);
  call(c, "smooth", NULL);
  call(c, "circle", ARGS(30, 20, 8.3));
  call(c, "fill", NULL);
  canvas_read(c, 3, px);
  int mixed = 0;
  for (int i = 0; i < H * W; i++) mixed += px[3 * i + 2] > 0 && px[3 * i + 2] < 255;
  assert_true(mixed > 10);
  assert_null(canvas_trouble(c));
  canvas_free(c);
}

static void transforms_alpha_and_clip(void **unused) {
  (void)unused;
  VizErr e;
  Canvas *c = canvas_new(H, W, &e);
  call(c, "save", NULL);
  call(c, "translate", ARGS(30, 20));
  call(c, "rotate", ARGS(3.14159265358979 / 2));
  call(c, "scale", ARGS(2));
  call(c, "color", ARGS(0, 0, 1, 0.5));
  call(c, "rect", ARGS(0, 0, 5, 2)); /* becomes 4 wide to the left, 10 high */
  call(c, "fill", NULL);
  call(c, "restore", NULL);
  canvas_read(c, 3, px);
  assert_in_range(at(28, 25)[0], 126, 129);
  assert_int_equal(at(28, 25)[2], 255);
  assert_int_equal(at(31, 25)[0], 255);
  assert_int_equal(at(28, 31)[0], 255);
  call(c, "save", NULL);
  call(c, "rect", ARGS(0, 0, 10, 10));
  call(c, "clip", NULL);
  call(c, "clear", ARGS(0, 1, 0));
  call(c, "restore", NULL);
  canvas_read(c, 3, px);
  assert_int_equal(at(5, 5)[0], 0);
  assert_int_equal(at(15, 5)[0], 255);
  assert_null(canvas_trouble(c));
  call(c, "restore", NULL);
  assert_string_equal(canvas_trouble(c), "restore: nothing was saved");
  assert_null(canvas_trouble(c)); /* the canvas lives on */
  canvas_free(c);
}

static void gradients_text_pictures(void **unused) {
  (void)unused;
  VizErr e;
  Canvas *c = canvas_new(H, W, &e);
  const double stops[] = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
  canvas_linear(c, 0, 0, W, 0, 2, stops);
  call(c, "rect", ARGS(0, 0, W, H));
  call(c, "fill", NULL);
  canvas_read(c, 3, px);
  for (int x = 0; x < W; x++)
    assert_in_range(at(x, 20)[0] + 4, (int)(255 * (x + 0.5) / W), (int)(255 * (x + 0.5) / W) + 8);
  call(c, "clear", NULL);
  call(c, "color", ARGS(0, 0, 0));
  canvas_font(c, "DejaVu Sans", 20, true);
  canvas_text(c, 5, 30, "Ab");
  double width = canvas_text_width(c, "Ab");
  assert_true(width > 20 && width < 40);
  unsigned char gray[H * W];
  canvas_read(c, 1, gray);
  int ink = 0;
  for (int i = 0; i < H * W; i++) ink += gray[i] < 128;
  assert_in_range(ink, 60, 400);
  const unsigned char dot[] = {200, 100, 50};
  assert_true(canvas_image(c, 2, 3, 1, 1, 1, 1, 3, dot, &e));
  canvas_read(c, 3, px);
  assert_memory_equal(at(2, 3), dot, 3);
  canvas_free(c);
  assert_null(canvas_new(0, 5, &e));
  assert_non_null(strstr(e.message, "0 x 5"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shapes_cover_their_area), cmocka_unit_test(sharp_edges_and_polygons),
      cmocka_unit_test(transforms_alpha_and_clip), cmocka_unit_test(gradients_text_pictures)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
