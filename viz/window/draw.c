/* draw.c: the scene's frame: cards, titles, hints. */
#include "draw.h"

#include "history.h"
#include "layout.h"
#include "sheet.h"

#include <math.h>
#include <stdio.h>

static void draw_panel(Draw *d, Panel *p) {
  const Rect r = p->place;
  const PanelKind *kind = p->kind;
  Axes a;
  draw_rounded(d, rect_inset(r, 0.5), sizes.radius * d->s);
  draw_color(d, d->t->card, 1);
  cairo_fill_preserve(d->cr);
  draw_color(d, d->t->frame, 1);
  draw_hair(d);
  cairo_stroke(d->cr);
  if (!kind) return;
  if (kind->control) {
    kind->draw(d, p, r, NULL);
    return;
  }
  draw_font(d, sizes.name, true);
  draw_color(d, d->t->text, 1);
  draw_name_fit(d, r.x + sizes.pad * d->s, r.y + sizes.name_line * d->s, r.w - 2 * sizes.pad * d->s, p->name);
  const Rect body = panel_body(r, d->s);
  if (body.w < sizes.device.body || body.h < sizes.device.body) return;
  if (!kind->extent) kind->draw(d, p, body, NULL);
  else if (panel_axes(p, d->s, &a)) kind->draw(d, p, r, &a);
}

/* A knob on a line, and left of it the step that is shown. */
static void draw_history(Draw *d, const Viz *v, Rect r) {
  const double share = history_share(v), step = history_step(v, v->at);
  char text[48] = "now", number[24];
  number_text(isnan(step) ? v->at : step, number);
  if (!isnan(v->at)) snprintf(text, sizeof text, isnan(step) ? "%s s" : "step %s", number);
  draw_font(d, sizes.label, !isnan(v->at));
  draw_color(d, isnan(v->at) ? d->t->dim : d->t->accent, 1);
  draw_text_right(d, r.x - sizes.header.moment * d->s, r.y + r.h / 2 + sizes.base.label * d->s, text);
  draw_rounded(d, r, r.h / 2);
  draw_color(d, d->t->frame, 1);
  cairo_fill(d->cr);
  draw_color(d, isnan(v->at) ? d->t->dim : d->t->accent, 1);
  cairo_arc(d->cr, r.x + r.w * share, r.y + r.h / 2, sizes.header.knob * d->s, 0, 2 * M_PI);
  cairo_fill(d->cr);
}

double draw_hint(const Viz *v, const Overlay *o) {
  if (!o) return 0;
  return o->paused || o->toast || o->filtering || *v->filter || v->pages > 1 ? sizes.header.words
                                                                             : sizes.header.hint;
}

static int shown_of(const Viz *v, int *all) {
  int shown = 0;
  *all = 0;
  for (int i = 0; i < v->panel_count; i++) {
    shown += layout_shows(v, v->panel[i]);
    *all += v->panel[i]->kind && !v->panel[i]->kind->control;
  }
  return shown;
}

/* What stands on the right of the header: which panels there are besides those seen, whether the work stands. */
static void hint_text(const Viz *v, const Overlay *o, char text[200]) {
  const bool filter = o->filtering || *v->filter;
  char page[48] = "";
  int all;
  const int shown = shown_of(v, &all);
  if (v->pages > 1) snprintf(page, sizeof page, "page %d of %d", v->page + 1, v->pages);
  if (o->toast) snprintf(text, 200, "%s", o->toast);
  else if (filter)
    snprintf(text, 200, "/%s%s  %d of %d%s%s%s", v->filter, o->filtering ? "_" : "", shown, all,
             *page ? ", " : "", page, o->paused ? ", paused" : "");
  else if (o->paused) snprintf(text, 200, "paused: space goes on, . steps");
  else snprintf(text, 200, "%s%s? keys", page, *page ? "   " : "");
}

/* The title and the caption behind it, which is read to its end before the title is, but for the title's first third. */
static void draw_words(Draw *d, const Viz *v, double room) {
  const double x = sizes.header.pad * d->s, y = sizes.header.line * d->s, gap = sizes.header.caption * d->s;
  draw_font(d, sizes.name, false);
  const double caption = *v->caption ? draw_text_width(d, v->caption) + gap : 0;
  draw_font(d, sizes.title, true);
  draw_color(d, d->t->text, 1);
  const double title = fmin(draw_text_width(d, v->title), fmax(room - caption, room / 3));
  draw_text_fit(d, x, y, title, v->title);
  draw_font(d, sizes.name, false);
  draw_color(d, d->t->dim, 1);
  if (*v->caption && title + gap < room) draw_text_fit(d, x + title + gap, y, room - title - gap, v->caption);
}

static void draw_header(Draw *d, const Viz *v, double w, const Overlay *o) {
  cairo_rectangle(d->cr, 0, 0, w, sizes.header.height * d->s);
  draw_color(d, d->t->back, 1);
  cairo_fill(d->cr);
  draw_font(d, sizes.title, true);
  draw_color(d, d->t->text, 1);
  const double hint = draw_hint(v, o);
  const Rect slider = o ? layout_history(v, w, hint) : (Rect){0};
  const double room =
      slider.w > 0 ? slider.x - sizes.header.step * d->s : w - (2 * sizes.header.pad + hint) * d->s;
  draw_words(d, v, room);
  if (slider.w > 0) draw_history(d, v, slider);
  draw_font(d, sizes.label, false);
  if (!o) return;
  char words[200];
  hint_text(v, o, words);
  draw_color(d, o->paused ? d->t->alarm : o->filtering ? d->t->accent : d->t->dim, 1);
  draw_text_right(d, w - sizes.header.pad * d->s, sizes.header.line * d->s, words);
}

static void draw_background(Draw *d, double w, double h) {
  cairo_rectangle(d->cr, 0, 0, w, h);
  draw_color(d, d->t->back, 1);
  cairo_fill(d->cr);
}

static void draw_focus(Draw *d, Rect r) {
  draw_rounded(d, rect_inset(r, 0.5), sizes.radius * d->s);
  draw_color(d, d->t->accent, 0.8);
  cairo_set_line_width(d->cr, sizes.stroke.focus * d->s);
  cairo_stroke(d->cr);
}

/* In a context of its own: Cairo's errors stick to one, and only this panel shall suffer. */
static void draw_card(Draw *d, Viz *v, Panel *p, bool focus) {
  const Shown live = history_show(p, v->at);
  cairo_t *shared = d->cr;
  d->cr = cairo_create(cairo_get_target(shared));
  letters_move(d->letters, d->cr);
  draw_clip(d, p->place);
  draw_color(d, d->t->back, 1);
  cairo_paint(d->cr);
  draw_panel(d, p);
  history_restore(p, &live);
  if (focus) draw_focus(d, p->place);
  const cairo_status_t status = cairo_status(d->cr);
  cairo_destroy(d->cr);
  d->cr = shared;
  letters_move(d->letters, d->cr);
  if (status == CAIRO_STATUS_SUCCESS || p->troubled) return;
  p->troubled = true;
  scene_notice(v, "panel '%s' could not be drawn: %s", p->name, cairo_status_to_string(status));
}

static void draw_box(Draw *d, const Overlay *o) {
  cairo_rectangle(d->cr, o->box_x, o->box_y, o->px - o->box_x, o->py - o->box_y);
  draw_color(d, d->t->accent, 0.15);
  cairo_fill_preserve(d->cr);
  draw_color(d, d->t->accent, 1);
  draw_hair(d);
  cairo_stroke(d->cr);
}

static void add_damage(Damage *damage, Rect r) {
  if (!damage) return;
  if (damage->n == sizeof damage->at / sizeof *damage->at) damage->all = true;
  else damage->at[damage->n++] = r;
}

static void draw_cards(Draw *d, Viz *v, const Overlay *o, bool changed_only, Damage *damage) {
  for (int i = 0; i < v->panel_count; i++) {
    Panel *p = v->panel[i];
    if (p->place.w < sizes.device.card || (changed_only && p->drawn == p->version)) continue;
    d->pointer = o && o->pointer && rect_has(p->place, o->px, o->py);
    d->px = o ? o->px : 0, d->py = o ? o->py : 0;
    draw_card(d, v, p, o && i == v->focus && v->panel_count > 1);
    add_damage(damage, p->place);
    if (o) p->drawn = p->version;
  }
}

static void draw_said(Draw *d, double w, double h, const char *what) {
  draw_font(d, sizes.title, false);
  draw_color(d, d->t->dim, 1);
  draw_text_middle(d, w / 2, h / 2, what);
}

/* Since when there is nothing in the window. */
static void note_nothing(Viz *v) {
  if (!scene_bare(v)) v->bare_since = 0;
  else if (v->bare_since <= 0) v->bare_since = viz_clock();
}

void draw_scene(cairo_t *cr, cairo_surface_t *pixels, Viz *v, double w, double h, const Overlay *o,
                bool changed_only, Damage *damage) {
  const double scale = v->scale;
  if (!o) v->scale /= v->dots; /* a picture is of no display */
  Draw d = {.cr = cr,
            .t = theme_get(v->dark),
            .letters = letters_new(cr),
            .s = v->scale,
            .pixels = pixels,
            .live = o != NULL};
  if (o) layout_panels(v, w, h);
  else layout_picture(v, w, h);
  if (damage) *damage = (Damage){.all = !changed_only};
  if (!changed_only) draw_background(&d, w, h);
  draw_header(&d, v, w, o);
  add_damage(damage, (Rect){0, 0, w, sizes.header.height * d.s});
  draw_cards(&d, v, o, changed_only, damage);
  if (o) note_nothing(v);
  if (!changed_only && scene_bare(v)) {
    char words[40 + sizeof v->preparing];
    int n = snprintf(words, sizeof words, *v->preparing ? "preparing %s" : "preparing", v->preparing);
    const double waited = o ? viz_clock() - v->bare_since : 0;
    if (waited >= 2) snprintf(words + n, sizeof words - (size_t)n, ", %.0f s", floor(waited));
    draw_said(&d, w, h, words);
  }
  int all;
  if (o && !changed_only && *v->filter && !shown_of(v, &all))
    draw_said(&d, w, h, "no panel has these letters in its name; esc shows all");
  if (o && o->box) draw_box(&d, o);
  if (o && o->keys) sheet_draw(&d, v, w, h);
  for (const char *package; (package = letters_wanting(d.letters));)
    scene_notice(v, "letters are missing: install %s", package);
  letters_free(d.letters);
  v->scale = scale;
}

void draw_panel_at(cairo_t *cr, Viz *v, Panel *p, double w, double h, double at) {
  Draw d = {.cr = cr, .t = theme_get(v->dark), .letters = letters_new(cr), .s = 1};
  const Rect place = p->place;
  const Shown live = history_show(p, at);
  p->place = (Rect){0, 0, w, h};
  draw_panel(&d, p);
  p->place = place;
  history_restore(p, &live);
  letters_free(d.letters);
}
