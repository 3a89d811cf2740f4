/* text.c: text, broken at words, each byte's background shaded by its probability. */
#include "panel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Words {
  Content head;
  char *text;   /* valid UTF-8 */
  float *shade; /* a byte each, 0..1, or NULL */
  size_t given; /* bytes of the text as it came */
} Words;

/* Bytes that are no UTF-8 become U+FFFD each, with the byte's shade. */
static void take_valid(Words *c, const char *text, const float *shade) {
  char *to = malloc(3 * c->given + 1);
  float *t = shade ? malloc((3 * c->given + 1) * sizeof *t) : NULL;
  size_t n = 0;
  if (to && (t || !shade)) {
    for (size_t i = 0; i < c->given;) {
      const size_t bytes = utf8_step(text + i), kept = bytes ? bytes : 3;
      memcpy(to + n, bytes ? text + i : "\xEF\xBF\xBD", kept);
      for (size_t k = 0; t && k < kept; k++) t[n + k] = shade[i];
      n += kept;
      i += bytes ? bytes : 1;
    }
    to[n] = 0;
    c->text = content_copy(&c->head, to, n + 1);
    c->shade = content_copy(&c->head, t, n * sizeof *t);
  } else {
    c->head.failed = true;
  }
  free(to);
  free(t);
}

bool viz_text(Viz *v, const char *name, const char *text, const float *shade, VizErr *e) {
  Words *c = content_new(sizeof *c);
  if (c) {
    c->given = strlen(text);
    take_valid(c, text, shade);
  }
  return scene_post_content(v, name, &text_kind, 0, &c->head, e);
}

static const Words *words_of(const Panel *p) { return (const Words *)p->part[0]; }

/* Bytes of the text that n characters can reach, whole ones. */
static size_t bytes_of(const char *text, double n) {
  size_t at = 0;
  for (; text[at] && n > 0; n--) at += utf8_step(text + at);
  return at;
}

/* Sure is blue, unsure orange; neighbours of one shade are one tint. */
static int tints_of(const Draw *d, const Words *c, size_t bytes, Tint *tint) {
  int n = 0;
  for (size_t i = 0; i < bytes; i++) {
    if (n > 0 && !(c->shade[i] < c->shade[i - 1]) && !(c->shade[i] > c->shade[i - 1])) {
      tint[n - 1].to = (unsigned)i + 1;
      continue;
    }
    const double t = fmin(fmax((double)c->shade[i], 0), 1); /* NaN is 0 */
    const Rgb ground = theme_mix(d->t->card, theme_diverging(1 - t), 0.75 * fabs(2 * t - 1) + 0.1);
    tint[n++] = (Tint){(unsigned)i, (unsigned)i + 1, ground, theme_ink(ground)};
  }
  return n;
}

static void draw(Draw *d, Panel *p, Rect body, const Axes *a) {
  const Words *c = words_of(p);
  (void)a;
  letters_font(d->letters, "DejaVu Sans Mono", sizes.name * d->s, false);
  const double row = sizes.mono.row * d->s,
               columns = ceil(body.w / (sizes.mono.letter * d->s)); /* of the narrowest letters */
  const size_t seen = bytes_of(c->text, (p->scroll + ceil(body.h / row)) * columns);
  char *text = malloc(seen + 1);
  Tint *tint = c->shade ? malloc((seen + 1) * sizeof *tint) : NULL;
  if (text && (tint || !c->shade)) {
    memcpy(text, c->text, seen);
    text[seen] = 0;
    if (p->scroll > 0 && !c->text[seen]) /* no farther than to the last line */
      p->scroll = fmin(p->scroll, fmax(letters_lines(d->letters, body.w, text) - 1, 0));
    draw_clip(d, body);
    draw_color(d, d->t->text, 1);
    letters_block(d->letters, body.x, body.y - p->scroll * row, body.w, row, text,
                  tint ? tints_of(d, c, seen, tint) : 0, tint);
    cairo_restore(d->cr);
  }
  free(text);
  free(tint);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %zu bytes", words_of(p)->given); }

/* As many lines as a panel has, filled to the width. */
static void terminal(const Panel *p, Text *t, const Terminal *how) {
  int column = 0, row = 0;
  for (const char *s = words_of(p)->text; *s && row < how->rows; s += utf8_step(s)) {
    if (*s == '\n' || column == how->columns) text_add(t, "\n"), column = 0, row++;
    if (*s != '\n' && row < how->rows) text_letter(t, *s == '\t' ? " " : s), column++;
  }
  if (column) text_add(t, "\n");
}

const PanelKind text_kind = {.name = "text",
                             .scrolls = true,
                             .keeps = true,
                             .accept = scene_take,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
