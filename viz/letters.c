/* letters.c: see letters.h. */
#include "letters.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct Letters {
  cairo_t *cr;
  PangoLayout *layout;
  PangoFontDescription *font;
  bool plain; /* no font is installed: Cairo's strokes */
  double size;
  unsigned wanting; /* bits of packages with letters that no font here has */
};

/* --- valid text ------------------------------------------------------------------------------------------ */

size_t utf8_step(const char *s) {
  const gunichar c = g_utf8_get_char_validated(s, -1);
  return c == (gunichar)-1 || c == (gunichar)-2 ? 0 : (size_t)(g_utf8_next_char(s) - s);
}

/* NULL: it is valid as it stands.  A character that its end cuts is left out: whoever cut meant no harm. */
static char *made_valid(const char *text) {
  const char *bad;
  if (g_utf8_validate(text, -1, &bad)) return NULL;
  if (g_utf8_get_char_validated(bad, -1) == (gunichar)-2) return g_strndup(text, (size_t)(bad - text));
  return g_utf8_make_valid(text, -1);
}

/* --- fonts ----------------------------------------------------------------------------------------------- */

static bool has_font(Letters *l) {
  PangoFont *f = pango_font_map_load_font(pango_cairo_font_map_get_default(),
                                          pango_layout_get_context(l->layout), l->font);
  if (f) g_object_unref(f);
  return f != NULL;
}

static void prefer_even_letters(PangoContext *context) {
  cairo_font_options_t *o = cairo_font_options_create();
  cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context, o);
  cairo_font_options_destroy(o);
  pango_context_set_round_glyph_positions(context, FALSE); /* between pixels, too */
}

Letters *letters_new(cairo_t *cr) {
  Letters *l = calloc(1, sizeof *l);
  if (!l) return NULL;
  l->cr = cr;
  l->layout = pango_cairo_create_layout(cr);
  l->font = pango_font_description_new();
  prefer_even_letters(pango_layout_get_context(l->layout));
  letters_font(l, "DejaVu Sans", 12, false);
  l->plain = !has_font(l);
  return l;
}

void letters_free(Letters *l) {
  if (!l) return;
  pango_font_description_free(l->font);
  g_object_unref(l->layout);
  free(l);
}

void letters_move(Letters *l, cairo_t *cr) {
  if (!l) return;
  l->cr = cr;
  pango_cairo_update_layout(cr, l->layout);
}

void letters_font(Letters *l, const char *family, double size, bool bold) {
  if (!l) return;
  char *valid = made_valid(family);
  l->size = size;
  pango_font_description_set_family(l->font, valid ? valid : family);
  pango_font_description_set_absolute_size(l->font, fmin(fmax(size, 0.1), 1e4) * PANGO_SCALE);
  pango_font_description_set_weight(l->font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(l->layout, l->font);
  g_free(valid);
}

/* --- characters that no font has ------------------------------------------------------------------------- */

enum { CJK, EMOJI, OTHER, ANY, PACKAGES };
static const char *const package_of[PACKAGES] = {"fonts-noto-cjk", "fonts-noto-color-emoji",
                                                 "fonts-noto-core", "fonts-dejavu-core"};

static int package(gunichar c) {
  switch (g_unichar_get_script(c)) {
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
  if (pango_layout_get_unknown_glyphs_count(l->layout) == 0) return;
  PangoLayoutIter *it = pango_layout_get_iter(l->layout);
  do {
    PangoLayoutRun *run = pango_layout_iter_get_run_readonly(it);
    for (int i = 0; run && i < run->glyphs->num_glyphs; i++) {
      const PangoGlyph g = run->glyphs->glyphs[i].glyph;
      const gunichar c = g & ~PANGO_GLYPH_UNKNOWN_FLAG;
      if (g & PANGO_GLYPH_UNKNOWN_FLAG && g_unichar_isprint(c)) l->wanting |= 1u << package(c);
    }
  } while (pango_layout_iter_next_run(it));
  pango_layout_iter_free(it);
}

const char *letters_wanting(Letters *l) {
  static atomic_uint named;
  if (!l) return NULL;
  const unsigned wanting = l->plain ? 1u << ANY : l->wanting;
  for (int k = 0; k < PACKAGES; k++)
    if (wanting >> k & 1 && !(atomic_fetch_or(&named, 1u << k) >> k & 1)) return package_of[k];
  return NULL;
}

/* --- drawing --------------------------------------------------------------------------------------------- */

static bool ascii(const char *s) {
  for (; *s; s++)
    if (*s & 0x80) return false;
  return true;
}

/* A line whose control characters, if any, stay in it. */
static PangoLayoutLine *line_of(Letters *l, const char *text, double room) {
  char *valid = made_valid(text);
  pango_layout_set_single_paragraph_mode(l->layout, TRUE);
  pango_layout_set_width(l->layout, room < 1e5 ? (int)(fmax(room, 0) * PANGO_SCALE) : -1);
  pango_layout_set_ellipsize(l->layout, room < 1e5 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  pango_layout_set_attributes(l->layout, NULL);
  pango_layout_set_text(l->layout, valid ? valid : text, -1);
  if (valid || !ascii(text)) note_missing(l);
  g_free(valid);
  return pango_layout_get_line_readonly(l->layout, 0);
}

static void plain_font(Letters *l) {
  const bool bold = pango_font_description_get_weight(l->font) == PANGO_WEIGHT_BOLD;
  cairo_select_font_face(l->cr, pango_font_description_get_family(l->font), CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(l->cr, l->size);
}

static void plain_show(Letters *l, double x, double y, const char *text) {
  char *valid = made_valid(text);
  plain_font(l);
  cairo_move_to(l->cr, x, y);
  cairo_show_text(l->cr, valid ? valid : text);
  cairo_new_path(l->cr);
  g_free(valid);
}

static double plain_width(Letters *l, const char *text) {
  char *valid = made_valid(text);
  cairo_text_extents_t e;
  plain_font(l);
  cairo_text_extents(l->cr, valid ? valid : text, &e);
  g_free(valid);
  return e.x_advance;
}

double letters_width(Letters *l, const char *text) {
  if (!l) return 0;
  if (l->plain) return plain_width(l, text);
  PangoRectangle box;
  pango_layout_line_get_extents(line_of(l, text, INFINITY), NULL, &box);
  return (double)box.width / PANGO_SCALE;
}

void letters_show(Letters *l, double x, double y, const char *text, double room) {
  if (!l) return;
  if (l->plain) {
    if (!(letters_width(l, text) > room)) plain_show(l, x, y, text);
    return;
  }
  PangoLayoutLine *line = line_of(l, text, room);
  cairo_move_to(l->cr, x, y);
  pango_cairo_show_layout_line(l->cr, line);
  cairo_new_path(l->cr);
}

static guint16 deep(double c) { return (guint16)(c * 65535 + 0.5); }

static void tint(PangoAttrList *list, PangoAttribute *a, const Tint *t) {
  a->start_index = t->from, a->end_index = t->to;
  pango_attr_list_insert(list, a);
}

void letters_block(Letters *l, double x, double y, double width, double row, const char *text, int n,
                   const Tint *tints) {
  if (!l) return;
  if (l->plain) {
    plain_show(l, x, y + row, text);
    return;
  }
  PangoAttrList *list = pango_attr_list_new();
  for (int i = 0; i < n; i++) {
    const Tint *t = &tints[i];
    tint(list, pango_attr_background_new(deep(t->ground.r), deep(t->ground.g), deep(t->ground.b)), t);
    tint(list, pango_attr_foreground_new(deep(t->ink.r), deep(t->ink.g), deep(t->ink.b)), t);
  }
  pango_attr_list_insert(list, pango_attr_line_height_new_absolute((int)(row * PANGO_SCALE)));
  pango_layout_set_single_paragraph_mode(l->layout, FALSE);
  pango_layout_set_ellipsize(l->layout, PANGO_ELLIPSIZE_NONE);
  pango_layout_set_wrap(l->layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width(l->layout, (int)(fmin(fmax(width, 1), 1e5) * PANGO_SCALE));
  pango_layout_set_attributes(l->layout, list);
  pango_layout_set_text(l->layout, text, -1);
  note_missing(l);
  cairo_move_to(l->cr, x, y);
  pango_cairo_show_layout(l->cr, l->layout);
  cairo_new_path(l->cr);
  pango_attr_list_unref(list);
}
