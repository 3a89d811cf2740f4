/* theme.c: colours and sizes.
 *
 * Okabe and Ito 2008 (colour-blind safe); viridis (Smith and van der Walt 2015) as 17 anchors, interpolated.
 */
#include "theme.h"

#include <math.h>

const Sizes sizes = {
    .label = 12,
    .name = 13,
    .title = 14,
    .letter = 7.4,
    .ascent = 10,
    .gap = 8,
    .strip = 46,
    .least = {.card_w = 180, .card_h = 128, .control = 150},
    .radius = 6,
    .pad = 12,
    .name_line = 20,
    .head = 28,
    .under_head = 2,
    .side = 10,
    .foot = 8,
    .left = 54,
    .right = 14,
    .top = 4,
    .bottom = 26,
    .bare = 8,
    .small_w = 150,
    .small_h = 136,
    .between_plots = 10,
    .beside = 6,
    .under = 17,
    .apart_x = 64,
    .apart_y = 34,
    .apart_beat = 70,
    .apart_line = 14,
    .apart_tight = 13,
    .legend = 22,
    .under_entry = 7,
    .mark = 10,
    .mark_above = 9,
    .after_mark = 14,
    .dash = {5, 4},
    .note_radius = 3,
    .base = {.label = 4, .name = 5, .layer = 4.5},
    .stroke = {.curve = 1.7,
               .smooth = 1.9,
               .raw = 1.2,
               .ghost = 1.2,
               .swatch = 3,
               .moment = 1.5,
               .focus = 1.5,
               .level = 1,
               .ridge = 1,
               .border = 1.4,
               .edge = 1.4,
               .path = 2.8,
               .path_rim = 4.6,
               .path_end = 1.2,
               .box = 2,
               .wipe = 1.6,
               .rim = 3.6,
               .outline = 0.9},
    .dot = {.curve = 2.4,
            .apart = 20,
            .reading = 3.5,
            .path_end = 4.5,
            .of_few = 3.6,
            .of_many = 2.6,
            .of_most = 1.6},
    .tick = {.above = 8, .below = 5, .gap = 8, .beyond = 10, .name = 12, .offset = 4, .nan = 8, .kept = 5},
    .entry = {.swatch = 16, .text = 21, .taken = 26, .end = 3, .more = 8},
    .names = {.taken = 28, .end = 2, .more = 12},
    .reading = {.beside = 8, .above = 6},
    .tip = {.free = 4, .row = 17, .pad = 8, .radius = 4, .off = 14, .base = 2, .mark = 9},
    .key =
        {.gap = 8, .bar = 12, .text = 4, .end = 8, .beside_matrix = 64, .beside_contour = 68, .two_ends = 26},
    .bar = {.thick = 28, .numbered = 12, .number = 5, .name = 7, .name_free = 18, .left = 24, .letter = 8},
    .matrix = {.left = 18,
               .letter = 7,
               .unnamed_left = 40,
               .turned = 14,
               .turned_letter = 5.6,
               .bottom = 24,
               .under = 15,
               .turned_under = 6,
               .axis_left = 14,
               .axis_bottom = 16,
               .axis_beside = 16,
               .axis_under = 8},
    .cells = {.free = 1.5, .least = 18, .title = 16, .named = 40, .column = 120},
    .layer = {.row = 36,
              .row_least = 17,
              .position = 3,
              .text = 12,
              .whole = 220,
              .low_gap = 3,
              .linked_gap = 4,
              .row_linked = 20,
              .gap = 9,
              .radius = 4,
              .pad = 8,
              .share = 50,
              .arrow = 3.5},
    .patch = {.pad = 4, .caption = 17, .label = 16, .least_w = 24, .least_h = 30, .outside = 8, .names = 2},
    .wipe = {.grip = 7, .rim = 1.5},
    .point = {.label = 11, .base = 9.5, .gap = 2, .reach = 14},
    .thumb = {.high = 96, .pad = 3, .radius = 4, .beside = 16, .above = 12, .below = 34},
    .mono = {.row = 19, .letter = 4},
    .menu = {.gap = 10, .pad = 4, .words = 38, .under = 2, .name = 16, .line = 32},
    .button = {.inset = 7, .radius = 5},
    .slider = {.name = 120, .after = 84, .least = 70, .value = 16, .track = 6, .knob = 8, .gap = 8},
    .header = {.height = 34,
               .pad = 14,
               .line = 22,
               .caption = 16,
               .hint = 64,
               .words = 212,
               .hint_gap = 20,
               .history = 320,
               .history_least = 560,
               .moment = 12,
               .step = 104,
               .knob = 6,
               .grab = 10},
    .sheet = {.row = 22, .radius = 8, .key = 130, .does = 150},
    .device = {.body = 20, .card = 8, .plot = 8},
};

static Rgb hex(uint32_t c) {
  return (Rgb){(double)(c >> 16 & 255) / 255, (double)(c >> 8 & 255) / 255, (double)(c & 255) / 255};
}

const Theme *theme_get(bool dark) {
  static const Theme light = {.back = {0.929, 0.937, 0.949},
                              .card = {1, 1, 1},
                              .frame = {0.84, 0.86, 0.88},
                              .text = {0.13, 0.15, 0.18},
                              .dim = {0.40, 0.44, 0.49},
                              .grid = {0.90, 0.91, 0.93},
                              .accent = {0, 0.447, 0.698},
                              .alarm = {0.80, 0.10, 0.10}};
  static const Theme night = {.back = {0.075, 0.086, 0.102},
                              .card = {0.118, 0.133, 0.157},
                              .frame = {0.22, 0.24, 0.27},
                              .text = {0.90, 0.91, 0.93},
                              .dim = {0.62, 0.66, 0.70},
                              .grid = {0.20, 0.22, 0.25},
                              .accent = {0.35, 0.70, 0.92},
                              .alarm = {1, 0.35, 0.35},
                              .dark = true};
  return dark ? &night : &light;
}

enum { OKABE_ITO = 7 };
static const uint32_t okabe_ito[OKABE_ITO] = {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7,
                                              0xE69F00, 0x56B4E9, 0xF0E442};

Rgb theme_class(int i) {
  int k = i % OKABE_ITO;
  Rgb c = hex(okabe_ito[k < 0 ? k + OKABE_ITO : k]);
  int round =
      i / OKABE_ITO; /* the same hues again, lighter and darker in turn; so much that all eyes see it */
  if (round > 0) c = round % 2 ? theme_mix(c, (Rgb){1, 1, 1}, 0.45) : theme_mix(c, (Rgb){0, 0, 0}, 0.55);
  return c;
}

int theme_class_first(int i) {
  const int round = i / OKABE_ITO;
  return round < 3 ? i : i % OKABE_ITO + (round % 2 ? 1 : 2) * OKABE_ITO;
}

Rgb theme_series(const Theme *t, int i) {
  Rgb c = hex(okabe_ito[i % OKABE_ITO]);
  return t->dark ? theme_mix(c, (Rgb){1, 1, 1}, 0.22) : c;
}

int theme_dash(int i, double dash[4]) {
  if (i < 6) return 0;
  dash[0] = i < 12 ? 6 : 2;
  dash[1] = i < 12 ? 3 : 2;
  return 2;
}

static Rgb anchors(const uint32_t *a, int n, double t) {
  if (!(t > 0)) t = 0;
  if (t > 1) t = 1;
  double at = t * (n - 1);
  int i = (int)at;
  if (i > n - 2) i = n - 2;
  return theme_mix(hex(a[i]), hex(a[i + 1]), at - i);
}

Rgb theme_viridis(double t) {
  static const uint32_t a[] = {0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d,
                               0x2c728e, 0x26828e, 0x21918c, 0x1fa088, 0x28ae80, 0x3fbc73,
                               0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725};
  return anchors(a, (int)(sizeof a / sizeof *a), t);
}

Rgb theme_diverging(double t) {
  static const uint32_t a[] = {0x0B4F8A, 0x3F86BE, 0x95BFDF, 0xEEEEEC, 0xF3C08E, 0xE08A35, 0xA85400};
  return anchors(a, (int)(sizeof a / sizeof *a), t);
}

Rgb theme_mix(Rgb a, Rgb b, double t) {
  return (Rgb){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

Rgb theme_ink(Rgb on) {
  double luma = 0.2126 * on.r + 0.7152 * on.g + 0.0722 * on.b;
  return luma > 0.55 ? (Rgb){0.08, 0.08, 0.1} : (Rgb){1, 1, 1};
}

static uint32_t byte_of(double x) { return x <= 0 ? 0 : x >= 1 ? 255 : (uint32_t)lround(x * 255); }

uint32_t theme_argb(Rgb c, double alpha) {
  return byte_of(alpha) << 24 | byte_of(c.r * alpha) << 16 | byte_of(c.g * alpha) << 8 | byte_of(c.b * alpha);
}
