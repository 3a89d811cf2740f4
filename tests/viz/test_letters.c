/* test_letters.c: any bytes are drawn, widths, cuts, blocks; what one panel spoils stays its own. */
#include "draw.h"
#include "layout.h"

#include "panel.h"
#include "viz_test.h"

typedef struct Page {
  cairo_surface_t *surface;
  cairo_t *cr;
  Letters *letters;
} Page;

static Page page(void) {
  Page p = {.surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 400, 100)};
  p.cr = cairo_create(p.surface);
  p.letters = letters_new(p.cr);
  letters_font(p.letters, "DejaVu Sans", 14, false);
  return p;
}
static void close_page(Page *p) {
  letters_free(p->letters);
  assert_int_equal(cairo_status(p->cr), CAIRO_STATUS_SUCCESS);
  cairo_destroy(p->cr);
  cairo_surface_destroy(p->surface);
}

/* Pixels with ink, and how far right it goes. */
static int ink(const Page *p, int *right) {
  cairo_surface_flush(p->surface);
  const unsigned char *data = cairo_image_surface_get_data(p->surface);
  const int stride = cairo_image_surface_get_stride(p->surface);
  int n = 0;
  *right = -1;
  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 400; x++)
      if (data[y * stride + x * 4 + 3]) {
        n++;
        if (x > *right) *right = x;
      }
  return n;
}

static void any_bytes_are_drawn(void **unused) {
  (void)unused;
  char all[256];
  for (int i = 0; i < 255; i++) all[i] = (char)(i + 1);
  all[255] = 0;
  const char *const odd[] = {"caf\xe9", "\xff\xfe", "\xc3", "\xe6\xbc", "\xed\xa0\x80", "a\nb\tc", "", all};
  for (int i = 0; i < (int)(sizeof odd / sizeof *odd); i++) {
    Page p = page();
    letters_show(p.letters, 2, 40, odd[i], 300, i % 2);
    assert_true(letters_width(p.letters, odd[i]) >= 0);
    close_page(&p);
  }
}

static void what_is_cut_within_a_character_loses_it(void **unused) {
  (void)unused;
  Page p = page();
  const double whole = letters_width(p.letters, "Длин");
  assert_near(letters_width(p.letters, "Длин\xd0"), whole, 1e-9);
  assert_true(letters_width(p.letters, "Длин\xd0x") > whole); /* in the middle it is said */
  close_page(&p);
}

static void a_line_keeps_to_its_room(void **unused) {
  (void)unused;
  static const char text[] = "a name that is much too long for its place: Wörter, слова, 文字";
  for (double room = 1; room < 300; room += 23.5)
    for (int middle = 0; middle < 2; middle++) {
      Page p = page();
      int right;
      letters_show(p.letters, 10, 40, text, room, middle);
      ink(&p, &right);
      assert_true(right <= 10 + room + 14); /* an ellipsis, where nothing else has room */
      close_page(&p);
    }
  static const char *const twins[] = {"the gradient of layer 1", "the gradient of layer 2"};
  for (int middle = 0; middle < 2; middle++) { /* cut in the middle they can still be told apart */
    Page pair[2] = {page(), page()};
    for (int i = 0; i < 2; i++) {
      letters_show(pair[i].letters, 10, 40, twins[i], 100, middle);
      cairo_surface_flush(pair[i].surface);
    }
    const bool alike =
        memcmp(cairo_image_surface_get_data(pair[0].surface), cairo_image_surface_get_data(pair[1].surface),
               (size_t)(cairo_image_surface_get_stride(pair[0].surface) *
                        cairo_image_surface_get_height(pair[0].surface))) == 0;
    assert_int_equal(alike, !middle);
    for (int i = 0; i < 2; i++) close_page(&pair[i]);
  }
  Page p = page();
  int right, n;
  letters_show(p.letters, 10, 40, "short", INFINITY, false);
  n = ink(&p, &right);
  assert_true(n > 50 && fabs(right - 10 - letters_width(p.letters, "short")) < 4);
  close_page(&p);
}

static void widths_add_up(void **unused) {
  (void)unused;
  Page p = page();
  const double a = letters_width(p.letters, "mmmm"), b = letters_width(p.letters, "mmmmmmmm");
  assert_true(a > 20);
  assert_near(b, 2 * a, 1e-2); /* letters stand between pixels */
  letters_font(p.letters, "DejaVu Sans", 28, false);
  assert_near(letters_width(p.letters, "mmmm"), 2 * a, 0.6);
  close_page(&p);
}

static void a_block_breaks_at_words(void **unused) {
  (void)unused;
  Page p = page();
  int right;
  letters_font(p.letters, "DejaVu Sans Mono", 14, false);
  const double cell = letters_width(p.letters, "m");
  const Tint t = {6, 10, {1, 0, 0}, {1, 1, 1}};
  letters_block(p.letters, 0, 0, 11.5 * cell, 20, "first second third", 1, &t);
  ink(&p, &right);
  assert_true(right < 7 * cell); /* "first", "second", "third": each on its own line */
  const unsigned char *d = cairo_image_surface_get_data(p.surface);
  const int stride = cairo_image_surface_get_stride(p.surface);
  const unsigned char *red = d + 22 * stride + 4 * (int)(3 * cell); /* the second line's ground */
  assert_true(red[2] > 200 && red[1] < 60);
  close_page(&p);
}

static void characters_are_stepped_over(void **unused) {
  (void)unused;
  assert_int_equal(utf8_step("a"), 1);
  assert_int_equal(utf8_step("é"), 2);
  assert_int_equal(utf8_step("文"), 3);
  assert_int_equal(utf8_step("🦕"), 4);
  assert_int_equal(utf8_step("\xe9"), 0);
  assert_int_equal(utf8_step("\xc0\x80"), 0);
  assert_int_equal(utf8_step("\xf0\x9f"), 0);
}

/* --- a panel that spoils its context ---------------------------------------------------------------------- */

static int told;
static void count_notice(const char *line) { told += strstr(line, "'bad' could not be drawn") != NULL; }

static void spoil(Draw *d, Panel *p, Rect body, const Axes *a) {
  (void)p, (void)body, (void)a;
  cairo_scale(d->cr, 0, 0);
}

static void an_error_stays_in_its_panel(void **unused) {
  (void)unused;
  static const PanelKind spoiling = {.name = "spoiling", .accept = scene_take, .draw = spoil};
  enum { W = 400, H = 300 };
  static unsigned char alone[W * H * 3], beside[W * H * 3];
  VizErr e;
  Viz *v = test_viz("files");
  viz_on_notice(v, count_notice);
  assert_true(viz_bars(v, "good", 2, (float[]){1, 2}, NULL, NAN, false, &e));
  assert_true(viz_render(v, "good", W, H, alone, &e));
  assert_true(scene_post_content(v, "bad", &spoiling, 0, content_new(sizeof(Content)), &e));
  assert_true(viz_text(v, "last", "letters", NULL, &e));
  for (int i = 0; i < 3; i++) assert_true(viz_render(v, NULL, W, H, beside, &e));
  assert_int_equal(told, 1);
  assert_true(viz_render(v, "good", W, H, beside, &e));
  assert_memory_equal(alone, beside, sizeof alone);
  viz_free(v);
}

/* Is there a pixel with so much red and less blue? */
static bool has_color(const Page *p, int least, int most, int blue) {
  cairo_surface_flush(p->surface);
  const unsigned char *data = cairo_image_surface_get_data(p->surface);
  for (int i = 0; i < 100 * 400; i++)
    if (data[4 * i + 3] == 255 && data[4 * i] < blue && data[4 * i + 2] >= least && data[4 * i + 2] <= most)
      return true;
  return false;
}

/* The bytes of one shape have one ink and ground, those of the first: the ink of another may be that of the ground. */
static void a_shape_has_one_ink(void **unused) {
  (void)unused;
  static const struct {
    const char *text;
    bool red; /* with all bytes but the first */
  } cases[] = {{"\xc3\xa9", false}, {"\xe6\xbc\xa2", false}, {"\xc3\xa9\xd1\x8f", true}, {"ab", true}};
  for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
    Page p = page();
    Tint t[8];
    const int bytes = (int)strlen(cases[i].text);
    for (int k = 0; k < bytes; k++) t[k] = (Tint){(unsigned)k, (unsigned)k + 1, {1, 1, 1}, {k > 0, 0, 0}};
    letters_block(p.letters, 0, 0, 300, 20, cases[i].text, bytes, t);
    assert_int_equal(has_color(&p, 200, 255, 150), cases[i].red);
    assert_true(has_color(&p, 0, 150, 150)); /* the black one */
    close_page(&p);
  }
}

/* --- the header, and a window where nothing is yet --------------------------------------------------------- */

enum { WIDE = 700, HIGH = 300 };

/* The frame's pixels of rows from..to-1 as a number; *inks: how many differ from the first. */
static uint64_t rows_of(Viz *v, int from, int to, int *inks) {
  const Overlay live = {0};
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDE, HIGH);
  cairo_t *cr = cairo_create(s);
  scene_lock(v);
  draw_scene(cr, s, v, WIDE, HIGH, &live, false, NULL);
  scene_unlock(v);
  cairo_surface_flush(s);
  const uint32_t *pixel = (const uint32_t *)(const void *)cairo_image_surface_get_data(s);
  uint64_t sum = 14695981039346656037u;
  *inks = 0;
  for (int i = from * WIDE; i < to * WIDE; i++) {
    sum = (sum ^ pixel[i]) * 1099511628211u;
    *inks += pixel[i] != pixel[from * WIDE];
  }
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  return sum;
}
static uint64_t header_of(Viz *v, const char *title, const char *caption) {
  int inks;
  viz_set_title(v, title, false);
  viz_set_caption(v, caption);
  return rows_of(v, 0, 20, &inks);
}

/* Of a long title and a caption the title is cut; of a long caption, too, the title keeps a third. */
static void a_caption_is_read_to_its_end(void **unused) {
  (void)unused;
  Viz *v = test_viz("files");
#define TITLE   "dates: a network with attention writes them as year, month and day, whatever hand they"
#define CAPTION "which letters it reads for each"
  assert_int_not_equal(header_of(v, TITLE " a", CAPTION " a"), header_of(v, TITLE " a", CAPTION " w"));
  assert_int_equal(header_of(v, TITLE " a", CAPTION " a"), header_of(v, TITLE " w", CAPTION " a"));
  assert_int_not_equal(header_of(v, "dates a", CAPTION " a"), header_of(v, "dates w", CAPTION " a"));
  assert_int_not_equal(header_of(v, "dates: a network A", CAPTION CAPTION CAPTION),
                       header_of(v, "dates: a network W", CAPTION CAPTION CAPTION));
  assert_int_not_equal(header_of(v, CAPTION CAPTION " a", ""), header_of(v, CAPTION CAPTION " w", ""));
#undef TITLE
#undef CAPTION
  viz_free(v);
}

/* A value for which a legend has no room is there to its first and last digit, or not at all. */
static void a_value_is_cut_nowhere(void **unused) {
  (void)unused;
  static const double last[] = {1.234e-5, 2.234e-5, 1.239e-5};
  static const char *const names[] = {"loss/WWWW", "loss/MMMMMMMM",
                                      "loss/a name of many letters, more than there is room for"};
  for (int name = 0; name < 3; name++)
    for (int others = 0; others < 6; others++) {
      uint64_t legend[3];
      for (int k = 0; k < 3; k++) {
        int inks;
        Viz *v = test_viz("files");
        viz_plot(v, names[name], 0.5, NULL);
        viz_plot(v, names[name], last[k], NULL);
        for (int i = 0; i < others; i++)
          viz_plot(v, (char[]){'l', 'o', 's', 's', '/', (char)('0' + i), 0}, 0.2, NULL);
        viz_plot(v, "beside", 1, NULL);
        scene_lock(v);
        layout_panels(v, WIDE, HIGH);
        const int top = (int)(v->panel[0]->place.y + sizes.head);
        scene_unlock(v);
        legend[k] = rows_of(v, top, top + (int)sizes.legend, &inks);
        viz_free(v);
      }
      assert_int_equal(legend[0] == legend[1], legend[0] == legend[2]);
    }
}

/* Buttons alone are no picture: the window says that one is being prepared, and says so no more when one comes. */
static void what_is_prepared_is_said_above_buttons(void **unused) {
  (void)unused;
  VizErr e;
  int bare, buttons, panel;
  Viz *v = test_viz("files");
  viz_set_title(v, "preparing", false);
  const uint64_t said = rows_of(v, 60, 200, &bare);
  assert_true(bare > 100 && viz_button(v, "next", &e));
  rows_of(v, 60, 200, &buttons);
  assert_int_equal(buttons, bare);
  assert_true(v->bare_since > 0);
  viz_set_preparing(v, "pictures: 34 of 1080");
  int how_far;
  rows_of(v, 60, 200, &how_far);
  assert_true(how_far > bare);
  viz_set_preparing(v, "");
  rows_of(v, 60, 200, &how_far);
  assert_int_equal(how_far, bare);
  v->bare_since -= 100; /* how long it takes is said, too */
  rows_of(v, 60, 200, &buttons);
  assert_true(buttons > bare);
  viz_plot(v, "loss", 1, NULL);
  assert_int_not_equal(rows_of(v, 60, 200, &panel), said);
  assert_true(v->bare_since <= 0);
  const uint64_t version = v->version;
  viz_set_preparing(v, "what panels hide");
  rows_of(v, 60, 200, &how_far);
  assert_true(v->version == version && *v->preparing);
  viz_set_title(v, "the next project", false);
  rows_of(v, 60, 200, &how_far);
  assert_int_equal(*v->preparing, 0);
  viz_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(any_bytes_are_drawn),
                                     cmocka_unit_test(what_is_cut_within_a_character_loses_it),
                                     cmocka_unit_test(a_line_keeps_to_its_room),
                                     cmocka_unit_test(widths_add_up),
                                     cmocka_unit_test(a_block_breaks_at_words),
                                     cmocka_unit_test(characters_are_stepped_over),
                                     cmocka_unit_test(an_error_stays_in_its_panel),
                                     cmocka_unit_test(a_shape_has_one_ink),
                                     cmocka_unit_test(a_caption_is_read_to_its_end),
                                     cmocka_unit_test(a_value_is_cut_nowhere),
                                     cmocka_unit_test(what_is_prepared_is_said_above_buttons)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
