/* page.c: see page.h.  The page is page.html with the scene's data in the place of a mark: curves as numbers, which its
 * script draws; every other panel as SVG pictures of its states (history.h), as the window draws them. */
#include "page.h"

#include "draw.h"
#include "letters.h"
#include "panel.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char page_html[]; /* page.html, embedded */

enum {
  POINTS = 2000,
  STATES = 24,
  WIDTH = 600,
  HEIGHT = 400
};                                  /* of a series, of a panel; pixels of a picture */
#define PICTURES ((size_t)48 << 20) /* bytes of all pictures; the last states first */

/* --- JSON --------------------------------------------------------------------------------------------------- */

/* As JSON that may stand within a script; bytes that are no UTF-8 as its sign for them. */
static void add_string(Text *t, const char *s, size_t n) {
  text_add(t, "\"");
  for (size_t from = 0, i = 0, bytes; i <= n; i += bytes ? bytes : 1) {
    const unsigned char c = i < n ? (unsigned char)s[i] : 0;
    bytes = i < n ? utf8_step(s + i) : 1;
    if (bytes && c >= ' ' && c != '"' && c != '\\' && c != '<') continue;
    text_add(t, "%.*s", (int)(i - from), s + from);
    if (i < n) text_add(t, "\\u%04x", bytes ? c : 0xfffd);
    from = i + 1;
  }
  text_add(t, "\"");
}

static void add_text(Text *t, const char *name, const char *s) {
  text_add(t, "\"%s\":", name);
  add_string(t, s, strlen(s));
}

static void add_number(Text *t, double x) {
  if (isfinite(x)) text_exact(t, x);
  else text_add(t, "null");
}

static void add_color(Text *t, const char *name, Rgb c) {
  text_add(t, "\"%s\":\"#%02x%02x%02x\"", name, (unsigned)lround(c.r * 255), (unsigned)lround(c.g * 255),
           (unsigned)lround(c.b * 255));
}

/* --- curves ------------------------------------------------------------------------------------------------- */

/* The first point of [from, to) with the least value, or the greatest. */
static size_t extreme(const Curve *c, size_t from, size_t to, bool least) {
  size_t best = from;
  for (size_t i = from; i < to; i++) {
    const double y = c->y.v[i], b = c->y.v[best];
    if (!isfinite(b) || (least ? y < b : y > b)) best = i;
  }
  return best;
}

/* The points to be shown, all of them or the extremes of stretches of equal length and the ends; their number. */
static size_t choose(const Curve *c, size_t chosen[POINTS]) {
  if (c->n <= POINTS) {
    for (size_t i = 0; i < c->n; i++) chosen[i] = i;
    return c->n;
  }
  const size_t stretches = POINTS / 2 - 1;
  size_t n = 0;
  chosen[n++] = 0;
  for (size_t k = 0; k < stretches; k++) {
    const size_t from = c->n * k / stretches, to = c->n * (k + 1) / stretches;
    const size_t a = extreme(c, from, to, true), b = extreme(c, from, to, false);
    const size_t first = a < b ? a : b, last = a < b ? b : a;
    if (first != chosen[n - 1]) chosen[n++] = first;
    if (last != chosen[n - 1]) chosen[n++] = last;
  }
  if (chosen[n - 1] != c->n - 1) chosen[n++] = c->n - 1;
  return n;
}

typedef enum Column { STEP, SECONDS, VALUE } Column;

static void add_column(Text *t, const Curve *c, const size_t *at, size_t n, const char *name, Column column) {
  text_add(t, ",\"%s\":[", name);
  for (size_t i = 0; i < n; i++) {
    if (i) text_add(t, ",");
    add_number(t, column == STEP      ? curve_x(c, at[i], false)
                  : column == SECONDS ? (double)c->time[at[i]]
                  : c->smooth.n       ? c->smooth.v[at[i]]
                                      : c->y.v[at[i]]);
  }
  text_add(t, "]");
}

/* faint: what lies under or beside the panel's own series. */
static void add_line_head(Text *t, const char *name, Rgb color, bool dashed, bool hidden, bool faint) {
  static const char *const word[] = {"false", "true"};
  text_add(t, "{");
  add_text(t, "name", name);
  text_add(t, ",");
  add_color(t, "color", color);
  text_add(t, ",\"dashed\":%s,\"hidden\":%s,\"faint\":%s", word[dashed], word[hidden], word[faint]);
}

static void add_series(Text *t, const Viz *v, const Curve *c, const char *name, bool hidden, bool faint) {
  size_t chosen[POINTS];
  const size_t n = choose(c, chosen);
  add_line_head(t, name, theme_series(theme_get(v->dark), c->color), c->twin, hidden, faint);
  add_column(t, c, chosen, n, "x", STEP);
  add_column(t, c, chosen, n, "t", SECONDS);
  add_column(t, c, chosen, n, "y", VALUE);
  text_add(t, "}");
}

/* An earlier run's, in the colour of the series of its name; as many of its points evenly, with the ends. */
static void add_ghost(Text *t, const Panel *p, const Ghost *g, const Curves *all) {
  const Theme *theme = theme_get(p->scene->dark);
  Rgb color = theme->dim;
  bool hidden = g->hidden;
  for (int k = 0; k < all->count; k++)
    if (strcmp(all->series[k]->name, g->name[1]) == 0)
      color = theme_series(theme, all->series[k]->color), hidden = hidden || all->series[k]->hidden;
  Text name = {0};
  text_add(&name, "%s%s%s", g->name[1], *g->name[1] && *g->name[2] ? ", " : "", g->name[2]);
  const int n = g->n < POINTS ? g->n : POINTS;
  add_line_head(t, name.s ? name.s : "", color, false, hidden, true);
  for (int column = 0; column < 2; column++) {
    text_add(t, column ? "],\"y\":[" : ",\"t\":[],\"x\":[");
    for (int i = 0; i < n; i++) {
      const int64_t k = n > 1 ? (int64_t)i * (g->n - 1) / (n - 1) : 0;
      if (i) text_add(t, ",");
      add_number(t, g->xy[2 * k + column]);
    }
  }
  text_add(t, "]}");
  free(name.s);
}

static void add_curves(Text *t, const Panel *p, const Curves *all) {
  const char *comma = "";
  text_add(t, ",\"log\":%s,\"series\":[", p->log_y ? "true" : "false");
  for (int k = 0; k < all->count; k++, comma = ",") {
    text_add(t, "%s", comma);
    add_series(t, p->scene, all->series[k], all->series[k]->name, all->series[k]->hidden, false);
  }
  for (int k = 0; k < all->branches; k++, comma = ",") {
    const Curve *of = all->series[all->where[k]];
    Text name = {0};
    text_add(&name, "%s, branch %d", of->name, k + 1);
    text_add(t, "%s", comma);
    add_series(t, p->scene, all->branch[k], name.s ? name.s : "", of->hidden, true);
    free(name.s);
  }
  for (const Ghost *g = all->bare ? NULL : p->scene->ghosts; g; g = g->next) {
    if (strcmp(g->name[0], p->name) != 0) continue;
    text_add(t, "%s", comma);
    add_ghost(t, p, g, all);
    comma = ",";
  }
  text_add(t, "]");
}

/* --- states as pictures ------------------------------------------------------------------------------------- */

static cairo_status_t keep_bytes(void *closure, const unsigned char *data, unsigned n) {
  Text *t = closure;
  text_add(t, "%.*s", (int)n, (const char *)data); /* SVG is text */
  return t->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static void add_picture(Text *t, Viz *v, Panel *p, double at) {
  Text svg = {0};
  cairo_surface_t *s = cairo_svg_surface_create_for_stream(keep_bytes, &svg, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create(s);
  draw_panel_at(cr, v, p, WIDTH, HEIGHT, at);
  cairo_destroy(cr);
  cairo_surface_finish(s);
  const bool ok = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS && !svg.failed;
  cairo_surface_destroy(s);
  text_add(t, "{\"at\":");
  add_number(t, at);
  text_add(t, ",\"svg\":");
  add_string(t, ok && svg.s ? svg.s : "", ok ? svg.n : 0);
  text_add(t, "}");
  free(svg.s);
}

/* The moments of the panel's states before the last, STATES - 1 at most, evenly; their number. */
static int moments(const Panel *p, double at[STATES]) {
  const int past = p->past_count > 1 ? p->past_count - 1 : 0, all = p->frame_count + past;
  const int n = all < STATES - 1 ? all : STATES - 1;
  for (int i = 0; i < n; i++) {
    const int k = n > 1 ? i * (all - 1) / (n - 1) : 0;
    at[i] = k < p->frame_count ? p->frame[k].part[0]->seconds : p->past[k - p->frame_count]->seconds;
  }
  return n;
}

/* The last first, so that the earliest are left out when there is no more room. */
static void add_states(Text *t, Viz *v, Panel *p, size_t *room) {
  double at[STATES];
  int n = moments(p, at);
  at[n++] = NAN;
  text_add(t, ",\"states\":[");
  for (int k = n; k-- > 0 && (k == n - 1 || *room > 0);) {
    const size_t before = t->n;
    if (k < n - 1) text_add(t, ",");
    add_picture(t, v, p, at[k]);
    *room -= t->n - before < *room ? t->n - before : *room;
  }
  text_add(t, "]");
}

/* --- all ---------------------------------------------------------------------------------------------------- */

/* With lock held.  Controls and empty panels have nothing to say later. */
static void add_panel(Text *t, Viz *v, Panel *p, size_t *room) {
  if (!p->kind || p->kind->control) return;
  text_add(t, ",{");
  add_text(t, "name", p->name);
  text_add(t, ",");
  add_text(t, "kind", p->kind->name);
  const Curves *curves = panel_curves(p);
  if (curves) add_curves(t, p, curves);
  else add_states(t, v, p, room);
  text_add(t, "}\n");
}

static void add_head(Text *t, const Viz *v) {
  const Theme *theme = theme_get(v->dark);
  text_add(t, "{");
  add_text(t, "title", v->title);
  text_add(t, ",");
  add_text(t, "caption", v->caption);
  static const char *const names[] = {"back", "card", "frame", "text", "dim", "grid", "accent"};
  const Rgb colors[] = {theme->back, theme->card, theme->frame, theme->text,
                        theme->dim,  theme->grid, theme->accent};
  for (int i = 0; i < 7; i++) {
    text_add(t, ",");
    add_color(t, names[i], colors[i]);
  }
  text_add(t, ",\"panels\":[null");
}

static bool flush(Text *t, FILE *f) {
  const bool ok = !t->failed && (t->n == 0 || fwrite(t->s, 1, t->n, f) == t->n);
  t->n = 0;
  return ok;
}

bool page_write(Viz *v, FILE *f) {
  static const char MARK[] = "/*page*/";
  const char *mark = strstr(page_html, MARK);
  Text t = {0};
  size_t room = PICTURES;
  scene_lock(v);
  add_head(&t, v);
  scene_unlock(v);
  bool ok = fwrite(page_html, 1, (size_t)(mark - page_html), f) == (size_t)(mark - page_html) && flush(&t, f),
       more = true;
  for (int i = 0; ok && more; i++) { /* a panel at a time under the lock */
    scene_lock(v);
    more = i < v->panel_count;
    if (more) add_panel(&t, v, v->panel[i], &room);
    scene_unlock(v);
    ok = flush(&t, f);
  }
  free(t.s);
  return ok && fprintf(f, "]}%s", mark + sizeof MARK - 1) > 0;
}
