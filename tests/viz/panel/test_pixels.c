/* test_pixels.c: what is written as pixels without Cairo: scaled pictures, spans of curves, level lines, stamps. */
#include "boxes.h"
#include "grid.h"
#include "panel.h"
#include "points.h"
#include "raster.h"
#include "spans.h"
#include "viz_test.h"

enum { W = 64, H = 48 };

typedef struct Sheet {
  cairo_surface_t *s;
  Draw d;
} Sheet;

static Sheet sheet(void) {
  Sheet k = {.s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, W, H)};
  k.d = (Draw){.cr = cairo_create(k.s), .t = theme_get(false), .s = 1, .pixels = k.s};
  return k;
}
static void sheet_free(Sheet *k) {
  cairo_destroy(k->d.cr);
  cairo_surface_destroy(k->s);
}
static uint32_t pixel(const Sheet *k, int x, int y) {
  cairo_surface_flush(k->s);
  uint32_t c;
  memcpy(&c, cairo_image_surface_get_data(k->s) + y * cairo_image_surface_get_stride(k->s) + 4 * x, 4);
  return c;
}
static int channel(uint32_t c, int k) { return (int)(c >> (8 * k) & 255); }

static void a_hair_covers_whole_pixels(void **unused) {
  (void)unused;
  for (int scale = 1; scale <= 3; scale++) {
    Sheet k = sheet();
    k.d.s = scale;
    draw_hair(&k.d);
    draw_color(&k.d, (Rgb){1, 1, 1}, 1);
    draw_line(&k.d, 5, 20.3, 50, 20.3);
    int full = 0, some = 0;
    for (int y = 0; y < H; y++) {
      const uint32_t c = pixel(&k, 30, y);
      full += c == 0xffffffff;
      some += c != 0;
    }
    assert_int_equal(full, scale);
    assert_int_equal(some, scale);
    sheet_free(&k);
  }
}

static Rgb grey_of(const void *unused, double share) {
  (void)unused;
  return (Rgb){share, share, share};
}

/* Round numbers stand between the ends of an even scale that is high enough, and nowhere else. */
static void an_even_scale_has_numbers(void **unused) {
  (void)unused;
  enum { WIDE = 120, HIGH = 300 };
  int ink[4];
  for (int k = 0; k < 4; k++) {
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDE, HIGH);
    Draw d = {.cr = cairo_create(s), .t = theme_get(false), .s = 1, .pixels = s};
    d.letters = letters_new(d.cr);
    const Axes a = {.plot = {0, 10, 20, k >= 2 ? 30 : HIGH - 20}};
    draw_scale(&d, &a, grey_of, NULL, (Range){0, 1}, k % 2 == 1);
    cairo_surface_flush(s);
    const unsigned char *data = cairo_image_surface_get_data(s);
    ink[k] = 0; /* between the ends, right of the bar */
    for (int y = 30; y < HIGH - 30; y++)
      for (int x = 44; x < WIDE; x++) ink[k] += data[y * cairo_image_surface_get_stride(s) + 4 * x + 3] > 60;
    letters_free(d.letters);
    cairo_destroy(d.cr);
    cairo_surface_destroy(s);
  }
  assert_int_equal(ink[0], 0);
  assert_true(ink[1] > 40);
  assert_int_equal(ink[2], ink[3]);
}

/* --- scaled pictures --------------------------------------------------------------------------------------- */

typedef struct Source {
  int w, rows; /* rows: how many were asked for */
  const unsigned char *grey;
} Source;
static void grey_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  Source *s = (Source *)(uintptr_t)of;
  s->rows++;
  for (int i = 0; i < n; i++) out[i] = 0xff000000u | s->grey[y * s->w + x[i]] * 0x010101u;
}

static void smaller_is_the_mean(void **unused) {
  (void)unused;
  static const unsigned char grey[] = {0, 20, 100, 100, 40, 60, 200, 200, 9, 9, 9, 9, 9, 9, 9, 9};
  Source s = {4, 0, grey};
  const Raster r = {.w = 4, .h = 4, .of = &s, .row = grey_row};
  Scaled *kept = NULL;
  Sheet k = sheet();
  draw_raster(&k.d, &r, (Rect){10, 5, 2, 2}, (Rect){0, 0, W, H}, &kept);
  assert_int_equal(pixel(&k, 10, 5), 0xff1e1e1e); /* (0 + 20 + 40 + 60) / 4 */
  assert_int_equal(pixel(&k, 11, 5), 0xff969696);
  assert_int_equal(pixel(&k, 11, 6), 0xff090909);
  assert_int_equal(pixel(&k, 9, 5), 0);
  assert_int_equal(pixel(&k, 12, 6), 0);
  const int rows = s.rows;
  draw_raster(&k.d, &r, (Rect){10, 5, 2, 2}, (Rect){0, 0, W, H}, &kept);
  assert_int_equal(s.rows, rows); /* kept */
  draw_raster(&k.d, &r, (Rect){10, 5, 4, 4}, (Rect){0, 0, W, H}, &kept);
  assert_true(s.rows > rows);
  free(kept);
  sheet_free(&k);
}

/* Colours that lie as bytes, and the same by rows. */
typedef struct Colors {
  int w, c;
  const unsigned char *byte;
} Colors;
static const unsigned char *color_bytes(const void *of, int y) {
  const Colors *s = of;
  return s->byte + y * s->w * s->c;
}
static void color_row(const void *of, int y, const int *x, int n, uint32_t *out) {
  const Colors *s = of;
  for (int i = 0; i < n; i++) {
    const unsigned char *at = color_bytes(of, y) + x[i] * s->c;
    out[i] = argb_opaque(at[0], at[s->c / 2], at[s->c - 1]);
  }
}

/* What is taken straight from bytes is what rows give, at every number of samples, cut or not, of grey and of colours.
 */
static void bytes_are_like_rows(void **unused) {
  (void)unused;
  enum { HIGH = 60, WIDE = 80 };
  static const Rect to[] = {{4, 3, 40, 30},     {4, 3, 20, 15},       {1, 2, 26, 40}, {-30, -9, 50, 40},
                            {0.3, 0.7, 33, 11}, {-40, -60, 160, 120}, {5, 5, 80, 7},  {9, 2, 3, 40}};
  unsigned char byte[HIGH * WIDE * 3];
  for (size_t i = 0; i < sizeof byte; i++) byte[i] = (unsigned char)(i * 2654435761u >> 11);
  for (int c = 1; c <= 3; c += 2)
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
      const Colors s = {WIDE, c, byte};
      const Raster way[2] = {{.w = WIDE, .h = HIGH, .of = &s, .row = color_row},
                             {.w = WIDE, .h = HIGH, .of = &s, .bytes = color_bytes, .channels = c}};
      Sheet k[2];
      for (int j = 0; j < 2; j++) {
        Scaled *kept = NULL;
        k[j] = sheet();
        draw_raster(&k[j].d, &way[j], to[i], (Rect){2, 1, W - 5, H - 4}, &kept);
        free(kept);
      }
      for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) assert_int_equal(pixel(&k[0], x, y), pixel(&k[1], x, y));
      assert_int_not_equal(pixel(&k[0], 10, 8), 0);
      for (int j = 0; j < 2; j++) sheet_free(&k[j]);
    }
}

/* Every pixel where it belongs at any size and place, also of a picture that lies partly or far outside. */
static void larger_are_squares(void **unused) {
  (void)unused;
  static const unsigned char grey[] = {10, 20, 30, 40, 50, 60};
  Source s = {3, 0, grey};
  const Raster r = {.w = 3, .h = 2, .of = &s, .row = grey_row};
  static const Rect to[] = {
      {4, 6, 30, 20}, {-20, -10, 60, 40}, {-1000, -800, 3000, 1700}, {0.4, 0.6, 9.3, 7.7}};
  const Rect seen = {2, 3, 50, 40};
  for (int i = 0; i < 4; i++) {
    Sheet k = sheet();
    Scaled *kept = NULL;
    draw_raster(&k.d, &r, to[i], seen, &kept);
    for (int y = 0; y < H; y++)
      for (int x = 0; x < W; x++) {
        const double u = (x + 0.5 - to[i].x) / to[i].w * 3, v = (y + 0.5 - to[i].y) / to[i].h * 2;
        const bool inside = u > 0 && v > 0 && u < 3 && v < 2 && rect_has(seen, x + 0.5, y + 0.5);
        const bool edge = fabs(u - round(u)) * to[i].w / 3 < 0.6 || fabs(v - round(v)) * to[i].h / 2 < 0.6;
        if (!edge) assert_int_equal(pixel(&k, x, y) & 255, inside ? grey[3 * (int)v + (int)u] : 0);
      }
    free(kept);
    sheet_free(&k);
  }
}

/* --- spans ------------------------------------------------------------------------------------------------- */

static const Axes plane = {.plot = {4, 4, 56, 40}, .x0 = 4, .x1 = 60, .y0 = 44, .y1 = 4}; /* pixels */

static Sheet line_sheet(const double *y, int n, double x0, double dx, const Stroke *how) {
  Sheet k = sheet();
  Curve c = {0};
  for (int i = 0; i < n; i++) assert_true(curve_add(&c, x0 + dx * i, y[i], 0));
  spans_draw(&k.d, &plane, &c, &c.y, false, how);
  curve_free(&c);
  return k;
}

static void a_level_line_has_its_width(void **unused) {
  (void)unused;
  const Stroke how = {.color = {1, 1, 1}, .alpha = 1, .width = 3};
  double y[100];
  for (int i = 0; i < 100; i++) y[i] = 20;
  Sheet k = line_sheet(y, 100, 0, 1, &how);
  for (int x = 5; x < 59; x++) {
    static const int cover[] = {0, 128, 255, 255, 128, 0}; /* 18.5 to 21.5 */
    for (int i = 0; i < 6; i++) assert_near(channel(pixel(&k, x, 17 + i), 0), cover[i], 2);
  }
  assert_int_equal(pixel(&k, 3, 20), 0); /* within the plot */
  assert_int_equal(pixel(&k, 60, 20), 0);
  sheet_free(&k);
}

static void a_steep_line_is_whole(void **unused) {
  (void)unused;
  const Stroke how = {.color = {1, 1, 1}, .alpha = 1, .width = 2};
  double y[100];
  for (int i = 0; i < 100; i++) y[i] = i < 30 ? 8 : 36; /* a step between pixels 29 and 30 */
  Sheet k = line_sheet(y, 100, 0, 1, &how);
  for (int row = 10; row < 35; row++) {
    int sum = 0;
    for (int x = 20; x < 40; x++) sum += channel(pixel(&k, x, row), 0);
    assert_true(sum > 255 && sum < 700); /* a line, neither broken nor fat */
  }
  assert_true(pixel(&k, 10, 20) == 0 && pixel(&k, 50, 20) == 0);
  sheet_free(&k);
}

static void gaps_and_dashes(void **unused) {
  (void)unused;
  Stroke how = {.color = {1, 1, 1}, .alpha = 0.5, .width = 2};
  double y[120];
  for (int i = 0; i < 120; i++) y[i] = i >= 40 && i < 80 ? NAN : 20;
  Sheet k = line_sheet(y, 120, 0, 0.5, &how);
  assert_near(channel(pixel(&k, 10, 20), 0), 128, 3);
  for (int x = 22; x < 38; x++) assert_int_equal(pixel(&k, x, 20), 0);
  sheet_free(&k);
  how.dash[0] = 6, how.dash[1] = 4, how.dashes = 2;
  for (int i = 0; i < 120; i++) y[i] = 20;
  k = line_sheet(y, 120, 0, 0.5, &how);
  for (int x = 0; x < 50; x++) assert_int_equal(pixel(&k, 4 + x, 20) != 0, x % 10 < 6);
  sheet_free(&k);
}

/* --- surfaces ----------------------------------------------------------------------------------------------- */

static void levels_lie_where_the_height_is(void **unused) {
  (void)unused;
  enum { G = 9 };
  float height[G * G];
  for (int i = 0; i < G * G; i++) height[i] = (float)(i % G) / (G - 1); /* rises to the right */
  height[G * G - 1] = NAN;
  Field f = {
      .h = G, .w = G, .height = height, .levels = 2, .line = 0xffffffff, .line_width = 1, .line_share = 1};
  for (int i = 0; i < 256; i++) f.color[i] = 0xff000000u | (uint32_t)i;
  Sheet k = sheet();
  Scaled *kept = NULL;
  draw_field(&k.d, &f, (Rect){0, 0, 45, 45}, (Rect){0, 0, W, H}, &kept);
  for (int x = 3; x < 42; x++) {
    const double share = ((x + 0.5) / 5 - 0.5) / 8;
    const int red = channel(pixel(&k, x, 20), 2);
    if (fabs(x + 0.5 - 22.5) < 0.6) assert_true(red > 200); /* the line at a half */
    else if (fabs(x + 0.5 - 22.5) > 1.6) assert_int_equal(red, 0);
    if (red == 0) assert_near(channel(pixel(&k, x, 20), 0), 255 * share, 2);
  }
  assert_true(channel(pixel(&k, 44, 0), 2) > 150); /* NaN is red: the last row is the upper one */
  free(kept);
  sheet_free(&k);
}

/* --- stamps ------------------------------------------------------------------------------------------------ */

/* However many classes there are, a point has the colour of its own. */
static void points_have_their_class_colour(void **unused) {
  (void)unused;
  enum { N = 400 };
  static float xy[2 * N];
  static int id[N];
  for (int i = 0; i < N; i++) xy[2 * i] = 32, xy[2 * i + 1] = 24;
  const Points p = {.n = N, .xy = xy, .id = id};
  for (int class = 0; class < 150; class ++) {
    for (int i = 0; i < N; i++) id[i] = class;
    Sheet k = sheet();
    draw_points(&k.d, &plane, &p, plane.plot);
    const uint32_t seen = pixel(&k, 32, 24), due = theme_argb(theme_class(class), 1);
    for (int c = 0; c < 3; c++)
      if (abs(channel(seen, c) - channel(due, c)) > 4) fail_msg("class %d: %08x, not %08x", class, seen, due);
    sheet_free(&k);
  }
}

/* --- labels of boxes ------------------------------------------------------------------------------------------ */

enum { LABELS = 120, PLACED_H = 16 };
static unsigned chance_state = 7;
static double chance(double most) {
  chance_state = chance_state * 1664525u + 1013904223u;
  return (chance_state >> 8) / 16777216.0 * most;
}

/* In cards of any size: none covers another or leaves the picture, the first has its place, and each that has one lies
 * at its own box. */
static void labels_cover_no_other(void **unused) {
  (void)unused;
  Rect of[LABELS], at[LABELS];
  double width[LABELS];
  int placed = 0, left_out = 0;
  for (int trial = 0; trial < 200; trial++) {
    const Rect plot = {30, 20, 60 + chance(500), 40 + chance(300)};
    const int n = 1 + (int)chance(LABELS - 1);
    for (int i = 0; i < n; i++) {
      of[i] = (Rect){plot.x + chance(plot.w), plot.y + chance(plot.h), chance(plot.w), chance(plot.h)};
      width[i] = 20 + chance(30);
    }
    boxes_place(of, width, n, PLACED_H, plot, at);
    assert_true(at[0].w > 0);
    for (int i = 0; i < n; i++) {
      placed += at[i].w > 0, left_out += at[i].w <= 0;
      if (at[i].w <= 0) continue;
      assert_near(at[i].w, width[i], 0);
      assert_true(at[i].x >= plot.x && at[i].x + at[i].w <= plot.x + plot.w + 1e-9);
      assert_true(at[i].y >= plot.y && at[i].y + at[i].h <= plot.y + plot.h + 1e-9);
      assert_true(rect_meets(rect_inset(at[i], -0.01), of[i]) || of[i].x + of[i].w > plot.x + plot.w);
      assert_false(rect_meets_any(at[i], at, i));
    }
  }
  assert_true(placed > 1000 && left_out > 1000);
}

/* A lone box has its label above it, at the picture's upper edge in it, and never in one that it would hide. */
static void a_label_lies_above_its_box(void **unused) {
  (void)unused;
  const Rect plot = {10, 10, 200, 100};
  static const Rect of[] = {{50, 50, 60, 40}, {50, 12, 60, 40}, {50, 12, 60, 20}};
  static const double y[] = {50 - PLACED_H, 12, 32};
  for (int i = 0; i < 3; i++) {
    Rect at;
    boxes_place(of + i, (const double[]){40}, 1, PLACED_H, plot, &at);
    assert_near(at.x, 50, 0);
    assert_near(at.y, y[i], 0);
  }
}

/* The surest is labelled first and read first, whatever comes before it; NaN comes last. */
static void the_surest_box_comes_first(void **unused) {
  (void)unused;
  static const float box[] = {1, 1, 9, 9, 9, 9, 1, 1, 1, 1, 9, 9, 1, 1, 9, 9, 20, 20, 30, 30};
  static const float score[] = {NAN, 0.5f, 0.9f, 0.1f, 1};
  static const char *const label[] = {"a", "b", "c", "d", "e"};
  Boxes *b = boxes_new(5, box, label, score, NULL);
  char text[5][BOX_WORDS];
  assert_int_equal(boxes_read(b, 5, 5, text, 5), 4);
  assert_string_equal(text[0], "c 0.90");
  assert_string_equal(text[1], "b 0.50");
  assert_string_equal(text[2], "d 0.10");
  assert_int_equal(boxes_read(b, 5, 5, text, 2), 2);
  assert_string_equal(text[1], "and 3 more");
  assert_int_equal(boxes_read(b, 15, 15, text, 5), 0);
  content_free(&b->head);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_even_scale_has_numbers),
      cmocka_unit_test(a_hair_covers_whole_pixels),
      cmocka_unit_test(smaller_is_the_mean),
      cmocka_unit_test(bytes_are_like_rows),
      cmocka_unit_test(larger_are_squares),
      cmocka_unit_test(labels_cover_no_other),
      cmocka_unit_test(a_label_lies_above_its_box),
      cmocka_unit_test(the_surest_box_comes_first),
      cmocka_unit_test(a_level_line_has_its_width),
      cmocka_unit_test(a_steep_line_is_whole),
      cmocka_unit_test(gaps_and_dashes),
      cmocka_unit_test(levels_lie_where_the_height_is),
      cmocka_unit_test(points_have_their_class_colour),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
