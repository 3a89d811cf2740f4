/* letters.c: see letters.h. */
#include "letters.h"

#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pango and GLib, loaded with the first text that is drawn or shown: they bring seventeen libraries, which most
 * runs need no letters of. */
/* clang-format off */
#define LIB_USED(F) \
  F(g_free) F(g_log_set_default_handler) F(g_object_unref) F(g_strndup) F(g_unichar_get_script) F(g_unichar_isprint) \
  F(g_unichar_to_utf8) F(g_utf8_get_char_validated) F(g_utf8_make_valid) F(g_utf8_validate) \
  F(pango_attr_foreground_new) F(pango_attr_line_height_new_absolute) \
  F(pango_attr_list_insert) F(pango_attr_list_new) F(pango_attr_list_unref) \
  F(pango_cairo_context_set_font_options) F(pango_cairo_create_layout) \
  F(pango_cairo_font_map_get_default) F(pango_cairo_show_layout) F(pango_cairo_show_layout_line) \
  F(pango_cairo_update_layout) F(pango_context_set_round_glyph_positions) \
  F(pango_font_description_free) F(pango_font_description_new) \
  F(pango_font_description_set_absolute_size) F(pango_font_description_set_family) \
  F(pango_font_description_set_weight) F(pango_font_map_load_font) F(pango_layout_get_context) \
  F(pango_layout_get_iter) F(pango_layout_get_line_count) F(pango_layout_get_line_readonly) \
  F(pango_layout_get_unknown_glyphs_count) F(pango_layout_iter_free) \
  F(pango_layout_iter_get_cluster_extents) F(pango_layout_iter_get_index) \
  F(pango_layout_iter_get_line_yrange) F(pango_layout_iter_get_run_readonly) \
  F(pango_layout_iter_next_cluster) F(pango_layout_iter_next_run) \
  F(pango_layout_line_get_extents) F(pango_layout_set_attributes) F(pango_layout_set_ellipsize) \
  F(pango_layout_set_font_description) F(pango_layout_set_single_paragraph_mode) \
  F(pango_layout_set_text) F(pango_layout_set_width) F(pango_layout_set_wrap)
/* clang-format on */

static struct Lib {
#define LIB_MEMBER(name) __typeof__(name) *name;
  LIB_USED(LIB_MEMBER)
#undef LIB_MEMBER
  bool loaded;
} lib;

/* What GLib and Pango warn of would land in what is being typed: letters that lack are told by `wanting`. */
static void no_log(const char *domain, GLogLevelFlags level, const char *message, void *with) {
  (void)domain, (void)level, (void)message, (void)with;
}

static void load(void) {
  void *so = dlopen("libpangocairo-1.0.so.0", RTLD_NOW | RTLD_LOCAL); /* finds what it depends on, too */
  if (!so) return;
  lib.loaded = true;
#define LIB_FIND(name)                                                                                       \
  lib.name = (__typeof__(lib.name))(uintptr_t)dlsym(so, #name);                                              \
  lib.loaded = lib.loaded && lib.name;
  LIB_USED(LIB_FIND)
#undef LIB_FIND
  if (lib.loaded) lib.g_log_set_default_handler(no_log, NULL);
}

static bool lib_loaded(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return lib.loaded;
}

struct Letters {
  cairo_t *cr;
  PangoLayout *layout; /* this and the next NULL: no Pango */
  PangoFontDescription *font;
  bool plain;      /* no Pango or no font is installed: Cairo's strokes */
  char family[64]; /* this and the next two: for those */
  double size;
  bool bold;
  unsigned wanting; /* bits of packages with letters that no font here has */
};

/* --- valid text ------------------------------------------------------------------------------------------ */

static bool ascii(const char *s) {
  for (; *s; s++)
    if (*s & 0x80) return false;
  return true;
}

size_t utf8_step(const char *s) {
  if (!(*s & 0x80)) return 1;
  if (!lib_loaded()) return 0;
  const gunichar c = lib.g_utf8_get_char_validated(s, -1);
  return c == (gunichar)-1 || c == (gunichar)-2 ? 0 : (size_t)lib.g_unichar_to_utf8(c, NULL);
}

/* Without the library all but ASCII is '?'. */
static char *made_ascii(const char *text) {
  char *s = ascii(text) ? NULL : strdup(text);
  for (char *c = s; c && *c; c++)
    if (*c & 0x80) *c = '?';
  return s;
}

/* NULL: it is valid as it stands; else drop() it.  A character that its end cuts is left out: whoever cut meant
 * no harm. */
static char *made_valid(const char *text) {
  const char *bad;
  if (!lib_loaded()) return made_ascii(text);
  if (lib.g_utf8_validate(text, -1, &bad)) return NULL;
  if (lib.g_utf8_get_char_validated(bad, -1) == (gunichar)-2)
    return lib.g_strndup(text, (size_t)(bad - text));
  return lib.g_utf8_make_valid(text, -1);
}

static void drop(char *valid) {
  if (lib.loaded) (lib.g_free)(valid);
  else free(valid);
}

/* --- fonts ----------------------------------------------------------------------------------------------- */

static bool has_font(Letters *l) {
  PangoFont *f = lib.pango_font_map_load_font(lib.pango_cairo_font_map_get_default(),
                                              lib.pango_layout_get_context(l->layout), l->font);
  if (f) lib.g_object_unref(f);
  return f != NULL;
}

static void prefer_even_letters(PangoContext *context) {
  cairo_font_options_t *o = cairo_font_options_create();
  cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
  lib.pango_cairo_context_set_font_options(context, o);
  cairo_font_options_destroy(o);
  lib.pango_context_set_round_glyph_positions(context, FALSE); /* between pixels, too */
}

Letters *letters_new(cairo_t *cr) {
  Letters *l = calloc(1, sizeof *l);
  if (!l) return NULL;
  l->cr = cr;
  if (lib_loaded()) {
    l->layout = lib.pango_cairo_create_layout(cr);
    l->font = lib.pango_font_description_new();
    prefer_even_letters(lib.pango_layout_get_context(l->layout));
  }
  letters_font(l, "DejaVu Sans", 12, false);
  l->plain = !l->layout || !has_font(l);
  return l;
}

void letters_free(Letters *l) {
  if (!l) return;
  if (l->layout) {
    lib.pango_font_description_free(l->font);
    lib.g_object_unref(l->layout);
  }
  free(l);
}

void letters_move(Letters *l, cairo_t *cr) {
  if (!l) return;
  l->cr = cr;
  if (l->layout) lib.pango_cairo_update_layout(cr, l->layout);
}

void letters_font(Letters *l, const char *family, double size, bool bold) {
  if (!l) return;
  char *valid = made_valid(family);
  snprintf(l->family, sizeof l->family, "%s", valid ? valid : family);
  l->size = size;
  l->bold = bold;
  if (l->layout) lib.pango_font_description_set_family(l->font, valid ? valid : family);
  drop(valid);
  if (!l->layout) return;
  lib.pango_font_description_set_absolute_size(l->font, fmin(fmax(size, 0.1), 1e4) * PANGO_SCALE);
  lib.pango_font_description_set_weight(l->font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  lib.pango_layout_set_font_description(l->layout, l->font);
}

/* --- characters that no font has ------------------------------------------------------------------------- */

enum { CJK, EMOJI, OTHER, ANY, SHAPING, PACKAGES };
static const char *const package_of[PACKAGES] = {"fonts-noto-cjk", "fonts-noto-color-emoji",
                                                 "fonts-noto-core", "fonts-dejavu-core",
                                                 "libpangocairo-1.0-0"};

static int package(gunichar c) {
  switch (lib.g_unichar_get_script(c)) {
  case G_UNICODE_SCRIPT_HAN:
  case G_UNICODE_SCRIPT_HIRAGANA:
  case G_UNICODE_SCRIPT_KATAKANA:
  case G_UNICODE_SCRIPT_HANGUL:
  case G_UNICODE_SCRIPT_BOPOMOFO: return CJK;
  default: return (c >= 0x2600 && c < 0x2800) || (c >= 0x1F000 && c < 0x20000) ? EMOJI : OTHER;
  }
}

/* Of the layout's characters without a glyph; the boxes of control characters are as it should be. */
static void note_missing(Letters *l) {
  if (lib.pango_layout_get_unknown_glyphs_count(l->layout) == 0) return;
  PangoLayoutIter *it = lib.pango_layout_get_iter(l->layout);
  do {
    PangoLayoutRun *run = lib.pango_layout_iter_get_run_readonly(it);
    for (int i = 0; run && i < run->glyphs->num_glyphs; i++) {
      const PangoGlyph g = run->glyphs->glyphs[i].glyph;
      const gunichar c = g & ~PANGO_GLYPH_UNKNOWN_FLAG;
      if (g & PANGO_GLYPH_UNKNOWN_FLAG && lib.g_unichar_isprint(c)) l->wanting |= 1u << package(c);
    }
  } while (lib.pango_layout_iter_next_run(it));
  lib.pango_layout_iter_free(it);
}

const char *letters_wanting(Letters *l) {
  static atomic_uint named;
  if (!l) return NULL;
  const unsigned wanting = !l->layout ? 1u << SHAPING : l->plain ? 1u << ANY : l->wanting;
  for (int k = 0; k < PACKAGES; k++)
    if (wanting >> k & 1 && !(atomic_fetch_or(&named, 1u << k) >> k & 1)) return package_of[k];
  return NULL;
}

/* --- drawing --------------------------------------------------------------------------------------------- */

/* A line whose control characters, if any, stay in it. */
static PangoLayoutLine *line_of(Letters *l, const char *text, double room, PangoEllipsizeMode cut) {
  char *valid = made_valid(text);
  lib.pango_layout_set_single_paragraph_mode(l->layout, TRUE);
  lib.pango_layout_set_width(l->layout, room < 1e5 ? (int)(fmax(room, 0) * PANGO_SCALE) : -1);
  lib.pango_layout_set_ellipsize(l->layout, room < 1e5 ? cut : PANGO_ELLIPSIZE_NONE);
  lib.pango_layout_set_attributes(l->layout, NULL);
  lib.pango_layout_set_text(l->layout, valid ? valid : text, -1);
  if (valid || !ascii(text)) note_missing(l);
  drop(valid);
  return lib.pango_layout_get_line_readonly(l->layout, 0);
}

static void plain_font(Letters *l) {
  cairo_select_font_face(l->cr, l->family, CAIRO_FONT_SLANT_NORMAL,
                         l->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(l->cr, l->size);
}

static void plain_show(Letters *l, double x, double y, const char *text) {
  char *valid = made_valid(text);
  plain_font(l);
  cairo_move_to(l->cr, x, y);
  cairo_show_text(l->cr, valid ? valid : text);
  cairo_new_path(l->cr);
  drop(valid);
}

static double plain_width(Letters *l, const char *text) {
  char *valid = made_valid(text);
  cairo_text_extents_t e;
  plain_font(l);
  cairo_text_extents(l->cr, valid ? valid : text, &e);
  drop(valid);
  return e.x_advance;
}

double letters_width(Letters *l, const char *text) {
  if (!l) return 0;
  if (l->plain) return plain_width(l, text);
  PangoRectangle box;
  lib.pango_layout_line_get_extents(line_of(l, text, INFINITY, PANGO_ELLIPSIZE_NONE), NULL, &box);
  return (double)box.width / PANGO_SCALE;
}

void letters_show(Letters *l, double x, double y, const char *text, double room, bool middle) {
  if (!l) return;
  if (l->plain) {
    if (!(letters_width(l, text) > room)) plain_show(l, x, y, text);
    return;
  }
  PangoLayoutLine *line = line_of(l, text, room, middle ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
  cairo_move_to(l->cr, x, y);
  lib.pango_cairo_show_layout_line(l->cr, line);
  cairo_new_path(l->cr);
}

static guint16 deep(double c) { return (guint16)(c * 65535 + 0.5); }

static bool same_ink(const Tint *a, const Tint *b) {
  return !(a->ink.r < b->ink.r) && !(a->ink.r > b->ink.r) && !(a->ink.g < b->ink.g) &&
         !(a->ink.g > b->ink.g) && !(a->ink.b < b->ink.b) && !(a->ink.b > b->ink.b);
}

/* One attribute for neighbours of one ink: each cuts what is shaped at once. */
static void add_inks(PangoAttrList *list, int n, const Tint *tints) {
  for (int i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && same_ink(&tints[i], &tints[end]); end++) {}
    const Rgb *ink = &tints[i].ink;
    PangoAttribute *a = lib.pango_attr_foreground_new(deep(ink->r), deep(ink->g), deep(ink->b));
    a->start_index = tints[i].from, a->end_index = tints[end - 1].to;
    lib.pango_attr_list_insert(list, a);
  }
}

static void set_block(Letters *l, double width, PangoAttrList *list, const char *text) {
  lib.pango_layout_set_single_paragraph_mode(l->layout, FALSE);
  lib.pango_layout_set_ellipsize(l->layout, PANGO_ELLIPSIZE_NONE);
  lib.pango_layout_set_wrap(l->layout, PANGO_WRAP_WORD_CHAR);
  lib.pango_layout_set_width(l->layout, (int)(fmin(fmax(width, 1), 1e5) * PANGO_SCALE));
  lib.pango_layout_set_attributes(l->layout, list);
  lib.pango_layout_set_text(l->layout, text, -1);
}

/* A shape of several bytes, one letter, one with its marks or a ligature, takes the ink of its last byte, which may be
 * the colour of its ground: tints begin and end where the layout's shapes do.  -> how many are left in `to`. */
static int whole_shapes(Letters *l, size_t bytes, int n, const Tint *tints, Tint *to) {
  unsigned *next = malloc((bytes + 1) * sizeof *next); /* the first shape at a byte or behind it */
  int left = 0;
  if (!next) return 0;
  for (size_t i = 0; i <= bytes; i++) next[i] = UINT_MAX;
  PangoLayoutIter *it = lib.pango_layout_get_iter(l->layout);
  do {
    const size_t at = (size_t)lib.pango_layout_iter_get_index(it);
    if (at <= bytes) next[at] = (unsigned)at;
  } while (lib.pango_layout_iter_next_cluster(it));
  lib.pango_layout_iter_free(it);
  next[bytes] = (unsigned)bytes;
  for (size_t i = bytes; i-- > 0;)
    if (next[i] == UINT_MAX) next[i] = next[i + 1];
  for (int i = 0; i < n && tints[i].to <= bytes; i++) {
    to[left] = tints[i];
    to[left].from = next[tints[i].from], to[left].to = next[tints[i].to];
    left += to[left].from < to[left].to;
  }
  free(next);
  return left;
}

/* The grounds, to whole pixels.  As attributes of Pango's every letter of its own ground is shaped alone. */
static void show_grounds(Letters *l, double x, double y, int n, const Tint *tints) {
  PangoLayoutIter *it = lib.pango_layout_get_iter(l->layout);
  cairo_save(l->cr);
  do {
    const unsigned at = (unsigned)lib.pango_layout_iter_get_index(it);
    PangoRectangle box;
    int top, bottom, low = 0, high = n; /* the tint of `at` lies in low..high-1 */
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      if (tints[middle].from <= at) low = middle;
      else high = middle;
    }
    if (at < tints[low].from || at >= tints[low].to) continue;
    lib.pango_layout_iter_get_cluster_extents(it, NULL, &box);
    lib.pango_layout_iter_get_line_yrange(it, &top, &bottom);
    const double unit = PANGO_SCALE, left = round(x + box.x / unit), high_y = round(y + top / unit);
    cairo_rectangle(l->cr, left, high_y, round(x + (box.x + box.width) / unit) - left,
                    round(y + bottom / unit) - high_y);
    cairo_set_source_rgb(l->cr, tints[low].ground.r, tints[low].ground.g, tints[low].ground.b);
    cairo_fill(l->cr);
  } while (lib.pango_layout_iter_next_cluster(it));
  cairo_restore(l->cr);
  lib.pango_layout_iter_free(it);
}

int letters_lines(Letters *l, double width, const char *text) {
  if (!l || l->plain) return 1;
  set_block(l, width, NULL, text);
  return lib.pango_layout_get_line_count(l->layout);
}

static PangoAttrList *block_style(double row, int n, const Tint *tints) {
  PangoAttrList *list = lib.pango_attr_list_new();
  add_inks(list, n, tints);
  lib.pango_attr_list_insert(list, lib.pango_attr_line_height_new_absolute((int)(row * PANGO_SCALE)));
  return list;
}

void letters_block(Letters *l, double x, double y, double width, double row, const char *text, int n,
                   const Tint *tints) {
  if (!l) return;
  if (l->plain) {
    plain_show(l, x, y + row, text);
    return;
  }
  Tint *whole = n > 0 && !ascii(text) ? calloc((size_t)n, sizeof *whole) : NULL;
  if (whole) {
    PangoAttrList *bare = block_style(row, 0, NULL);
    set_block(l, width, bare, text);
    lib.pango_attr_list_unref(bare);
    n = whole_shapes(l, strlen(text), n, tints, whole);
    tints = whole;
  }
  PangoAttrList *list = block_style(row, n, tints);
  set_block(l, width, list, text);
  note_missing(l);
  if (n) show_grounds(l, x, y, n, tints);
  cairo_move_to(l->cr, x, y);
  lib.pango_cairo_show_layout(l->cr, l->layout);
  cairo_new_path(l->cr);
  lib.pango_attr_list_unref(list);
  free(whole);
}
