/* text.c: text, wrapped, each byte's background shaded by its probability. */
#include "panel.h"

#include <math.h>
#include <string.h>

typedef struct Words {
  Content head;
  char *text;
  float *shade; /* a byte each, 0..1, or NULL */
} Words;

bool viz_text(Viz *v, const char *name, const char *text, const float *shade, VizErr *e) {
  const size_t n = strlen(text);
  Words *c = content_new(sizeof *c);
  if (c) {
    c->text = content_copy(&c->head, text, n + 1);
    c->shade = content_copy(&c->head, shade, n * sizeof *shade);
  }
  return scene_post_content(v, name, &text_kind, 0, &c->head, e);
}

static const Words *words_of(const Panel *p) { return (const Words *)p->part[0]; }

static size_t glyph_bytes(const char *s) {
  size_t n = 1;
  while ((s[n] & 0xC0) == 0x80) n++;
  return n;
}

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  const Words *c = words_of(p);
  (void)a;
  cairo_select_font_face(d->cr, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(d->cr, sizes.name * d->s);
  double cell = draw_text_width(d, "m"), row = 19 * d->s, x = 0, y = -p->scroll * row;
  const char *text = c->text;
  draw_clip(d, body);
  for (size_t i = 0, n; text[i] && y < body.h; i += n) {
    char glyph[8] = {0};
    n = glyph_bytes(text + i);
    if (text[i] == '\n' || x + cell > body.w) {
      x = 0;
      y += row;
      if (text[i] == '\n') continue;
    }
    memcpy(glyph, text + i, n < 7 ? n : 7);
    Rgb ink = d->t->text;
    if (y >= -row && y <= body.h) {
      if (c->shade) { /* sure is green-blue, unsure orange */
        double t = (double)c->shade[i];
        Rgb ground = theme_mix(d->t->card, theme_diverging(1 - t), 0.75 * fabs(2 * t - 1) + 0.1);
        draw_color(d, ground, 1);
        cairo_rectangle(d->cr, body.x + x, body.y + y + 1, cell + 0.5, row - 2);
        cairo_fill(d->cr);
        ink = theme_ink(ground);
      }
      draw_color(d, ink, 1);
      cairo_move_to(d->cr, body.x + x, body.y + y + 14 * d->s);
      cairo_show_text(d->cr, text[i] == '\t' ? " " : glyph);
    }
    x += cell;
  }
  cairo_restore(d->cr);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %zu bytes", strlen(words_of(p)->text)); }

static void terminal(const Panel *p, Text *t, int columns) {
  (void)columns;
  text_add(t, "%s\n%s\n", p->name, words_of(p)->text);
}

const PanelKind text_kind = {.name = "text",
                             .scrolls = true,
                             .accept = scene_take,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
