/* test_storm.c: random panels with random data of every kind (NaN, infinities, extremes, nothing, much) under
 * random wheels, drags, keys and sizes: nothing ends, hangs or leaves a panel that cannot be drawn.
 *
 *   VIZ_STORM=SECONDS [VIZ_STORM_SEED=N] build-asan/tests/viz_test_storm     for longer than its moment in the suite */
#include "input.h"
#include "panel.h"
#include "viz_test.h"

#include <time.h>

static uint64_t state;
static uint64_t next(void) { /* xorshift64* (Vigna 2016) */
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return state * 2685821657736338717u;
}
static int below(int n) { return (int)(next() >> 33) % n; }
static double share(void) { return (double)(next() >> 11) * 0x1p-53; }

static double number(void) {
  static const double odd[] = {0,      -0.0, NAN,   INFINITY, -INFINITY,  1e17, -1e17, 1e300, -1e300,
                               5e-324, 3e38, -3e38, 1e-30,    2147483647, -1,   1,     127,   1e9};
  return below(3) ? 20 * share() - 10 : odd[below((int)(sizeof odd / sizeof *odd))];
}

static const char *word(void) {
  static const char *const words[] = {"a",         "",
                                      "caf\xe9",   "漢字",
                                      "\xff\xff",  "Длинное имя панели, которое не помещается",
                                      "tab\there", "line\nbreak",
                                      "العربية",   "🦕",
                                      "x/y",       "%s%n"};
  return words[below((int)(sizeof words / sizeof *words))];
}

enum { MOST = 600 };
static float f[MOST * 4];
static uint8_t u8[MOST * 4];
static int ids[MOST];
static const char *names[MOST];
static void fill(void) {
  for (int i = 0; i < MOST * 4; i++) f[i] = (float)number(), u8[i] = (uint8_t)next();
  for (int i = 0; i < MOST; i++) ids[i] = below(4) ? below(5) : (int)number() % 100, names[i] = word();
}

/* Earlier runs, states to go back to, what was, and where panels stand. */
static void run_through_time(Viz *v, const char *name, int n) {
  static double at[MOST * 2];
  static const int rows[] = {0, 0, 1, 1, 2, 0};
  VizErr e;
  double from = number();
  for (int i = 0; i < n; i++)
    at[2 * i] = from += share() + (below(9) ? 0 : fabs(number())), at[2 * i + 1] = number();
  switch (below(5)) {
  case 0: viz_ghost(v, word(), name, word(), n, at, &e); break;
  case 1:
    for (int i = 0; i < n; i++) at[2 * i] = i, at[2 * i + 1] = i < 2 ? i : viz_moment(v) * i / n;
    viz_kept(v, n, at, &e);
    break;
  case 2: viz_fork(v, below(2) ? viz_moment(v) * share() : number()); break;
  case 3: viz_at(v, below(2) ? NAN : number()); break;
  default: viz_layout(v, below(6), names, rows, false);
  }
}

/* What is refused is no fault; what is taken must be drawable. */
static void post(Viz *v, int kind) {
  static const char *const panels[] = {"loss", "p", "漢", "caf\xe9", "q/r", "s"};
  const char *name = panels[below(6)];
  const int n = below(4) ? 1 + below(20) : below(MOST), h = 1 + below(20), w = 1 + below(20);
  VizErr e;
  VizPlot how = {number(), number(), below(2)};
  VizPoints p = {
      .n = n, .xy = f, .id = below(2) ? ids : NULL, .classes = 5, .label = below(2) ? names : NULL};
  VizMatrix m = {.h = h, .w = w, .value = f, .x = below(2) ? names : NULL, .y = below(2) ? names : NULL};
  m.xname = word(), m.yname = word(), m.numbers = below(2);
  if (below(2)) { /* a pixel each */
    m.pictures = n, m.row = m.column = ids, m.thumb = (const uint8_t *)f;
    m.thumb_h = m.thumb_w = m.thumb_c = 1;
  }
  VizGrid g = {h + 1, w + 1, f, number(), number(), number(), number(), below(2)};
  static const int before[] = {0, 0, 1};
  VizLayer layers[4];
  for (int i = 0; i < 4; i++)
    layers[i] = (VizLayer){word(), word(), number(), number(), below(2) ? before : NULL, below(i + 1)};
  switch (kind) {
  case 0:
    for (int i = 0; i < n; i++) viz_plot(v, name, number(), below(2) ? &how : NULL);
    break;
  case 1: viz_hist(v, name, (size_t)n, f, number(), &e); break;
  case 2: viz_bars(v, name, n, f, below(2) ? names : NULL, number(), below(2), &e); break;
  case 3: viz_text(v, name, word(), NULL, &e); break;
  case 4: viz_heatmap(v, name, &m, &e); break;
  case 5: viz_spectrogram(v, name, h, w, f, below(2) ? f : NULL, number(), &e); break;
  case 6: viz_roll(v, name, n, (const VizNote *)(const void *)f, number(), &e); break;
  case 7: viz_graph(v, name, 4, layers, &e); break;
  case 8: viz_scatter(v, name, &p, &e); break;
  case 9: viz_boundary(v, name, &g, 5, &p, &e); break;
  case 10: viz_contour(v, name, &g, &e); break;
  case 11: viz_paths(v, name, 1, &n, f, names, &e); break;
  case 12: {
    VizImage im = {1 + below(4), 1 + below(8), 1 + below(8), below(2) ? 1 : 3, NULL, NULL, names};
    if (below(2)) im.u8 = u8;
    else im.f32 = f;
    viz_image(v, name, &im, &e);
    break;
  }
  case 13:
    viz_boxes(v, name, n, f, below(2) ? names : NULL, below(2) ? f : NULL, below(2) ? ids : NULL, below(2),
              &e);
    break;
  case 14: viz_mask(v, name, h, w, ids, 5, names, number(), &e); break;
  case 15: viz_slider(v, name, number(), number(), number(), below(2), &e); break;
  case 16: viz_button(v, name, &e); break;
  case 17:
    viz_menu(v, name,
             &(VizMenu){1 + below(9), 1 + below(6), 1 + below(6), u8, names, below(2) ? names : NULL}, &e);
    break;
  case 18: {
    VizImage a = {1, h, w, below(2) ? 1 : 3, below(2) ? u8 : NULL, f, names}, b = a;
    viz_wipe(v, name, &a, &b, &e);
    break;
  }
  case 19: run_through_time(v, name, n); break;
  default: viz_remove(v, below(4) ? name : NULL);
  }
}

static void hands(Viz *v, Input *in) {
  static const char keys[] = " .lsxgf\td+-?\33pvc/\b\r";
  const double x = share() * in->w, y = share() * in->h;
  switch (below(9)) {
  case 0: input_move(v, in, x, y); break;
  case 1:
  case 2:
    input_move(v, in, x, y);
    for (int i = below(120), way = below(2) ? 1 : -1; i > 0; i--) input_wheel(v, in, way * 3 * share());
    break;
  case 3:
    input_press(v, in, x, y, below(2), 1 + below(2));
    input_move(v, in, share() * in->w, share() * in->h);
    if (below(3)) input_release(v, in, share() * in->w, share() * in->h);
    break;
  case 4: input_wheel(v, in, number()); break;
  case 5: input_leave(v, in); break;
  case 6: input_key(v, in, KEY_LEFT + below(6)); break;
  case 7: input_text(v, in, word()); break;
  default: input_key(v, in, keys[below((int)sizeof keys - 1)]);
  }
  viz_pause(v, false);
}

static char spoiled[600];
static void note(const char *line) {
  if (strstr(line, "could not be drawn")) snprintf(spoiled, sizeof spoiled, "%s", line);
}

static void storm(uint64_t seed) {
  Viz *v = test_viz("files");
  state = seed * 0x9E3779B97F4A7C15u | 1;
  viz_on_notice(v, note);
  Input in = {.w = 640, .h = 400, .hover = -1, .held = -1};
  VizErr e;
  for (int round = 0; round < 12; round++) {
    fill();
    for (int i = below(6); i >= 0; i--) post(v, below(21));
    if (!below(4)) in.w = 1 + below(900), in.h = 1 + below(700);
    scene_lock(v);
    for (int i = below(10); i > 0; i--) hands(v, &in);
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)in.w, (int)in.h);
    cairo_t *cr = cairo_create(s);
    draw_scene(cr, s, v, in.w, in.h, &in.overlay, below(2), NULL);
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS || *spoiled)
      fail_msg("seed %llu: %s %s", (unsigned long long)seed, cairo_status_to_string(cairo_status(cr)),
               spoiled);
    cairo_destroy(cr);
    cairo_surface_destroy(s);
    scene_unlock(v);
    free(viz_describe(v));
    free(viz_terminal(v, below(200)));
  }
  if (seed % 16 == 0) assert_true(viz_save(v, "/dev/null.svg", &e) || *e.message);
  viz_free(v);
}

static void nothing_breaks(void **unused) {
  (void)unused;
  const char *seconds = getenv("VIZ_STORM"), *first = getenv("VIZ_STORM_SEED");
  const double until = viz_clock() + (seconds ? atof(seconds) : 0);
  uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
  for (int i = 0; i < 40 || viz_clock() < until; i++) storm(seed++);
  if (seconds) print_message("storms up to seed %llu\n", (unsigned long long)seed - 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_breaks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
