/* test_theme.c: can the colours be told apart, also by eyes that lack a kind of cone?
 *
 * Dichromacy by the matrices of Machado, Oliveira and Fernandes 2009 (doi:10.1109/TVCG.2009.113, severity 1)
 * on linear RGB; distance in CIE L*a*b* (D65), where about 2.3 is just noticeable. */
#include "viz.h"

#include "theme.h"
#include "viz_test.h"

#include <math.h>

static const char *const eyes[] = {"all cones", "protanopia", "deuteranopia", "tritanopia"};
static const double see[4][9] = {
    {1, 0, 0, 0, 1, 0, 0, 0, 1},
    {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
    {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
    {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
};

static double linear(double v) { return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4); }
static double curve(double t) { return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116; }

static void lab(Rgb c, const double *m, double out[3]) {
  double in[3] = {linear(c.r), linear(c.g), linear(c.b)}, v[3];
  for (int i = 0; i < 3; i++)
    v[i] = fmin(fmax(m[3 * i] * in[0] + m[3 * i + 1] * in[1] + m[3 * i + 2] * in[2], 0), 1);
  double x = curve((0.4124 * v[0] + 0.3576 * v[1] + 0.1805 * v[2]) / 0.95047);
  double y = curve(0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]);
  double z = curve((0.0193 * v[0] + 0.1192 * v[1] + 0.9505 * v[2]) / 1.08883);
  out[0] = 116 * y - 16;
  out[1] = 500 * (x - y);
  out[2] = 200 * (y - z);
}

static double distance(Rgb a, Rgb b, const double *m) {
  double p[3], q[3];
  lab(a, m, p);
  lab(b, m, q);
  return sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
}

static void series_can_be_told_apart(void **unused) {
  (void)unused;
  for (int dark = 0; dark < 2; dark++)
    for (int e = 0; e < 4; e++)
      for (int i = 0; i < 6; i++) {
        const Theme *t = theme_get(dark);
        double ground = distance(theme_series(t, i), t->card, see[e]);
        if (ground < 20) fail_msg("%s: series %d is %.1f from the card", eyes[e], i, ground);
        for (int j = 0; j < i; j++) {
          double d = distance(theme_series(t, i), theme_series(t, j), see[e]);
          if (d < 7) fail_msg("%s: series %d and %d are %.1f apart", eyes[e], i, j, d);
        }
      }
}

/* The first seven well, all of them somehow. */
static void classes_can_be_told_apart(void **unused) {
  (void)unused;
  for (int e = 0; e < 4; e++)
    for (int i = 0; i < CLASS_COLORS; i++)
      for (int j = 0; j < i; j++) {
        const double d = distance(theme_class(i), theme_class(j), see[e]);
        if (d < (i < 7 ? 16 : 7)) fail_msg("%s: classes %d and %d are %.1f apart", eyes[e], i, j, d);
      }
}

static void classes_share_colours_with_the_first(void **unused) {
  (void)unused;
  for (int i = 0; i < 500; i++) {
    const int first = theme_class_first(i);
    assert_true(first >= 0 && first < CLASS_COLORS && (i >= CLASS_COLORS || first == i));
    assert_int_equal(theme_argb(theme_class(first), 1), theme_argb(theme_class(i), 1));
  }
}

/* Every step up the scale is lighter, for all eyes: height can be read without hue. */
static void viridis_grows_lighter(void **unused) {
  (void)unused;
  for (int e = 0; e < 4; e++)
    for (int k = 1; k <= 20; k++) {
      double a[3], b[3];
      lab(theme_viridis((k - 1) / 20.0), see[e], a);
      lab(theme_viridis(k / 20.0), see[e], b);
      if (b[0] <= a[0] + 0.5) fail_msg("%s: step %d is not lighter", eyes[e], k);
    }
}

static void diverging_ends_differ(void **unused) {
  (void)unused;
  for (int e = 0; e < 4; e++) {
    assert_true(distance(theme_diverging(0), theme_diverging(1), see[e]) > 30);
    assert_true(distance(theme_diverging(0), theme_diverging(0.5), see[e]) > 30);
    assert_true(distance(theme_diverging(1), theme_diverging(0.5), see[e]) > 30);
  }
}

static void ink_reads_on_every_colour(void **unused) {
  (void)unused;
  for (int i = 0; i < 14; i++) {
    double a[3], b[3];
    lab(theme_class(i), see[0], a);
    lab(theme_ink(theme_class(i)), see[0], b);
    assert_true(fabs(a[0] - b[0]) > 35);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(series_can_be_told_apart),
      cmocka_unit_test(classes_can_be_told_apart),
      cmocka_unit_test(classes_share_colours_with_the_first),
      cmocka_unit_test(viridis_grows_lighter),
      cmocka_unit_test(diverging_ends_differ),
      cmocka_unit_test(ink_reads_on_every_colour),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
