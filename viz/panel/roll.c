/* roll.c: a piano roll: notes over beats, and where it plays. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Roll {
  Content head;
  int n;
  VizNote *note;
  double playhead; /* NAN: none */
  Axes all;
} Roll;

bool viz_roll(Viz *v, const char *name, int n, const VizNote *note, double playhead, VizErr *e) {
  for (int i = 0; i < n; i++) {
    if (!(note[i].pitch >= 0 && note[i].pitch <= 127))
      return viz_fail(e, "viz.roll: pitch %g of note %d is none of MIDI's (0 to 127)", (double)note[i].pitch,
                      i + 1);
    if (!isfinite(note[i].start) || !(note[i].length >= 0) || !isfinite(note[i].length))
      return viz_fail(e, "viz.roll: note %d starts at %g and lasts %g beats", i + 1, (double)note[i].start,
                      (double)note[i].length);
  }
  Roll *c = content_new(sizeof *c);
  if (c) {
    c->n = n, c->playhead = playhead;
    c->note = content_copy(&c->head, note, (size_t)n * sizeof *note);
    c->all = (Axes){.x0 = 0, .x1 = 4, .y0 = 127, .y1 = 0};
    for (int i = 0; i < n; i++) {
      c->all.x1 = fmax(c->all.x1, ceil((double)(note[i].start + note[i].length)));
      c->all.y0 = fmin(c->all.y0, (double)note[i].pitch - 2);
      c->all.y1 = fmax(c->all.y1, (double)note[i].pitch + 2);
    }
    if (c->all.y0 >= c->all.y1) c->all.y0 = 48, c->all.y1 = 72;
  }
  return scene_post_content(v, name, &roll_kind, 0, &c->head, e);
}

static const Roll *roll_of(const Panel *p) { return (const Roll *)p->part[0]; }

static bool extent(const Panel *p, Axes *a) {
  *a = roll_of(p)->all;
  return true;
}

static const char *const notes[] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};

static void note_name(int k, char text[16]) {
  snprintf(text, 16, "%s%d", notes[((k % 12) + 12) % 12], k / 12 - 1);
}

/* The note under the pointer, or the beat and pitch there. */
static void draw_readout(Draw *d, const Roll *c, Rect card, const Axes *a) {
  const double beat = axes_x(a, d->px), pitch = axes_y(a, d->py);
  char text[2][120], name[16];
  const char *line[2] = {text[0], text[1]};
  int lines = 1;
  note_name((int)floor(pitch + 0.5), name);
  snprintf(text[0], sizeof text[0], "%s  beat %.4g", name, beat);
  for (int i = 0; i < c->n; i++) {
    const VizNote *n = &c->note[i];
    if (fabs((double)n->pitch - pitch) > 0.5 || beat < (double)n->start ||
        beat > (double)(n->start + n->length))
      continue;
    snprintf(text[1], sizeof text[1], "note %d: from %.4g, %.4g beats, loudness %.3g", i + 1,
             (double)n->start, (double)n->length, (double)n->loud);
    lines = 2;
  }
  draw_tip(d, card, line, NULL, lines);
}

static void draw(Draw *d, Panel *p, Rect r, const Axes *a) {
  const Roll *c = roll_of(p);
  Ticks tx;
  ticks_linear(a->x0, a->x1, (int)(a->plot.w / (sizes.apart_beat * d->s)), false, &tx);
  draw_clip(d, a->plot);
  for (int k = (int)floor(a->y0); k <= (int)ceil(a->y1); k++) { /* black keys shade their row */
    if (!strchr(notes[((k % 12) + 12) % 12], '#')) continue;
    draw_color(d, d->t->grid, 0.7);
    cairo_rectangle(d->cr, a->plot.x, axes_py(a, k + 0.5), a->plot.w,
                    axes_py(a, k - 0.5) - axes_py(a, k + 0.5));
    cairo_fill(d->cr);
  }
  for (int i = 0; i < c->n; i++) {
    const VizNote *n = &c->note[i];
    double x0 = axes_px(a, (double)n->start), x1 = axes_px(a, (double)(n->start + n->length));
    double y0 = axes_py(a, (double)n->pitch + 0.42), y1 = axes_py(a, (double)n->pitch - 0.42);
    draw_rounded(d, (Rect){x0, y0, fmax(x1 - x0 - 1, 2), y1 - y0},
                 fmin(sizes.note_radius * d->s, (y1 - y0) / 2));
    bool now = isfinite(c->playhead) && c->playhead >= (double)n->start &&
               c->playhead < (double)(n->start + n->length);
    draw_color(d, theme_series(d->t, now ? 1 : 0), 0.45 + 0.55 * (double)n->loud);
    cairo_fill(d->cr);
  }
  if (isfinite(c->playhead)) {
    draw_color(d, d->t->alarm, 1);
    cairo_set_line_width(d->cr, sizes.stroke.moment * d->s);
    draw_line(d, axes_px(a, c->playhead), a->plot.y, axes_px(a, c->playhead), a->plot.y + a->plot.h);
  }
  cairo_restore(d->cr);
  draw_font(d, sizes.label, false);
  draw_color(d, d->t->dim, 1);
  const char *name = card_small(r, d->s) ? "" : "beats";
  const double taken = *name ? draw_text_width(d, name) + sizes.tick.name * d->s : 0;
  const double under = a->plot.y + a->plot.h + sizes.under * d->s;
  draw_text_right(d, a->plot.x + a->plot.w, under, name);
  for (int i = 0; i < tx.n; i++)
    if (axes_px(a, tx.at[i]) <= a->plot.x + a->plot.w - taken)
      draw_text_middle(d, axes_px(a, tx.at[i]), under, tx.label[i]);
  double row = fabs(axes_py(a, 1) - axes_py(a, 0));
  int every = row > sizes.apart_tight * d->s ? 1 : 12;
  for (int k = (int)ceil(a->y0); k <= (int)a->y1; k++) {
    char text[16];
    if (every == 12 && k % 12 != 0) continue;
    note_name(k, text);
    draw_text_right(d, a->plot.x - sizes.beside * d->s, axes_py(a, k) + sizes.base.label * d->s, text);
  }
  if (d->pointer && rect_has(a->plot, d->px, d->py)) draw_readout(d, c, r, a);
}

static void terminal(const Panel *p, Text *t, const Terminal *how) {
  const Roll *c = roll_of(p);
  Axes a = c->all;
  Dots dots;
  a.plot = (Rect){0, 0, 2.0 * how->columns, 4.0 * how->rows};
  if (!dots_new(&dots, how->columns, how->rows)) return;
  for (int i = 0; i < c->n; i++) {
    const VizNote *n = &c->note[i];
    const int first = (int)fmin(fmax(axes_px(&a, (double)n->start), 0), a.plot.w);
    const double last = fmin(axes_px(&a, (double)(n->start + n->length)) - 1, a.plot.w);
    for (int x = first; x <= last; x++) dots_set(&dots, x, axes_py(&a, (double)n->pitch), 0);
  }
  dots_end(t, how, &dots);
}

static void describe(const Panel *p, Text *t) { text_add(t, ", %d", roll_of(p)->n); }

const PanelKind roll_kind = {.name = "piano roll",
                             .accept = scene_take,
                             .extent = extent,
                             .draw = draw,
                             .describe = describe,
                             .terminal = terminal};
