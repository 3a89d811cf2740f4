/* export.c: pictures and tables in files, from the window's drawing code; written beside, synced, renamed. */
#include "draw.h"
#include "layout.h"
#include "page.h"
#include "term.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* --- a file that appears whole or not at all ------------------------------------------------------------ */

typedef struct Out {
  FILE *f;
  char path[1024], temporary[1060];
} Out;

static bool out_open(Out *o, const char *path, VizErr *e) {
  if (snprintf(o->path, sizeof o->path, "%s", path) >= (int)sizeof o->path)
    return viz_fail(e, "viz.save: the path is too long");
  snprintf(o->temporary, sizeof o->temporary, "%s.%ld.part", o->path, (long)getpid());
  o->f = fopen(o->temporary, "wb");
  return o->f != NULL || viz_fail(e, "viz.save: %s: %s", path, strerror(errno));
}

static bool out_close(Out *o, bool ok, VizErr *e) {
  int why = 0;
  if (ok && (fflush(o->f) != 0 || fsync(fileno(o->f)) != 0)) ok = false;
  if (!ok) why = errno;
  if (fclose(o->f) != 0 && ok) ok = false, why = errno;
  if (ok && rename(o->temporary, o->path) != 0) ok = false, why = errno;
  if (ok) return true;
  unlink(o->temporary);
  return viz_fail(e, "viz.save: %s: %s", o->path, why ? strerror(why) : "could not be written");
}

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned n) {
  Out *o = closure;
  return fwrite(data, 1, n, o->f) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* --- kinds ---------------------------------------------------------------------------------------------- */

/* What is seen now, under the lock; what becomes of it needs none. */
static bool draw_on(cairo_surface_t *s, cairo_surface_t *pixels, Viz *v, double w, double h) {
  cairo_t *cr = cairo_create(s);
  scene_lock(v);
  draw_scene(cr, pixels, v, w, h, NULL, false, NULL);
  scene_unlock(v);
  bool ok = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
  cairo_destroy(cr);
  return ok;
}

static bool write_png(Viz *v, Out *o, int w, int h) {
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
  bool ok = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS && draw_on(s, s, v, w, h) &&
            cairo_surface_write_to_png_stream(s, write_bytes, o) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy(s);
  return ok;
}

static bool write_vector(Viz *v, Out *o, int w, int h, bool pdf) {
  cairo_surface_t *s = pdf ? cairo_pdf_surface_create_for_stream(write_bytes, o, w, h)
                           : cairo_svg_surface_create_for_stream(write_bytes, o, w, h);
  bool ok = draw_on(s, NULL, v, w, h);
  cairo_surface_finish(s);
  ok = ok && cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy(s);
  return ok;
}

/* ARGB words to RGB bytes */
static void bytes_of(cairo_surface_t *s, int w, int h, unsigned char *rgb) {
  const unsigned char *data = cairo_image_surface_get_data(s);
  int stride = cairo_image_surface_get_stride(s);
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      uint32_t argb;
      memcpy(&argb, data + (size_t)y * (size_t)stride + (size_t)x * 4, 4);
      for (int k = 0; k < 3; k++) *rgb++ = (unsigned char)(argb >> (16 - 8 * k) & 255);
    }
}

/* With lock held: draws as if the panel were shown in full size. */
static void draw_panel_alone(cairo_t *cr, cairo_surface_t *s, Viz *v, const char *panel, int w, int h) {
  const int full = v->full, k = panel ? scene_index(v, panel) : -1;
  if (k >= 0) v->full = k;
  draw_scene(cr, s, v, w, h, NULL, false, NULL);
  v->full = full;
}

bool viz_render(Viz *v, const char *panel, int w, int h, unsigned char *rgb, VizErr *e) {
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
  bool ok = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
  cairo_t *cr = cairo_create(s);
  if (ok) {
    scene_lock(v);
    draw_panel_alone(cr, s, v, panel, w, h);
    scene_unlock(v);
    cairo_surface_flush(s);
    bytes_of(s, w, h, rgb);
  }
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  return ok || viz_fail(e, "viz: no picture of %d x %d", w, h);
}

/* The next rows; false: there are none left.  Panels are looked up by their place each time: one that goes
 * meanwhile goes out of the table. */
static bool some_rows(Viz *v, int *panel, CsvAt *at, float until, Text *t) {
  bool some = false;
  scene_lock(v);
  while (!some && *panel < v->panel_count) {
    const Panel *p = v->panel[*panel];
    some = p->kind && p->kind->csv && p->kind->csv(p, t, at, until);
    if (!some) *panel += 1, *at = (CsvAt){0};
  }
  scene_unlock(v);
  return some;
}

/* What had been posted when it was called, a few rows under the lock at a time. */
static bool write_csv(Viz *v, Out *o) {
  const float until = (float)(viz_clock() - v->started);
  Text t = {0};
  int panel = 0;
  CsvAt at = {0};
  fprintf(o->f, "panel,series,step,seconds,value\n");
  bool ok = true;
  while (ok && some_rows(v, &panel, &at, until, &t)) {
    ok = !t.failed && fwrite(t.s, 1, t.n, o->f) == t.n;
    t.n = 0;
  }
  free(t.s);
  return ok && !ferror(o->f);
}

static const double HIGHEST = 30000; /* Cairo's pictures end at 32767 */

bool viz_save(Viz *v, const char *path, VizErr *e) {
  const char *dot = strrchr(path, '.');
  static const char *const kinds[] = {".png", ".svg", ".pdf", ".csv", ".html"};
  int kind = -1;
  for (int i = 0; dot && i < 5; i++)
    if (strcasecmp(dot, kinds[i]) == 0) kind = i;
  if (kind < 0) return viz_fail(e, "viz.save: %s does not end in .png, .svg, .pdf, .csv or .html", path);
  Out o;
  if (!out_open(&o, path, e)) return false;
  scene_lock(v);
  const int w = v->width, h = (int)fmin(layout_height(v, w, v->height), HIGHEST);
  scene_unlock(v);
  errno = 0;
  bool ok = kind == 0   ? write_png(v, &o, w, h)
            : kind == 3 ? write_csv(v, &o)
            : kind == 4 ? page_write(v, o.f) && !ferror(o.f)
                        : write_vector(v, &o, w, h, kind == 2);
  return out_close(&o, ok, e);
}

/* --- pictures of a run without a window ----------------------------------------------------------------- */

/* "planar: epoch 3" -> "planar": a file name from the title's first word. */
static void picture_path(Viz *v, const char *ending, char *path, size_t size) {
  char word[64];
  size_t n = 0;
  scene_lock(v);
  for (const char *s = v->title; *s && n < sizeof word - 1; s++) {
    bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
                 *s == '_' || *s == '-';
    if (!plain) break;
    word[n++] = *s;
  }
  word[n] = 0;
  snprintf(path, size, "%s/%s%s", scene_folder(v), n ? word : "panels", ending);
  scene_unlock(v);
}

static bool save_picture(Viz *v, const char *ending, char *path, size_t size) {
  VizErr e;
  picture_path(v, ending, path, size);
  if (viz_save(v, path, &e)) return true;
  scene_notice(v, "%s", e.message);
  return false;
}

/* Without a window: a picture in a file, or a frame in the terminal, now and then, from the posting thread, when
 * the last is old and cheap enough. */
static void now_and_then(Viz *v) {
  static const double SHARE = 100; /* at most 1 % of the time */
  const double now = viz_clock();
  pthread_mutex_lock(&v->queue_lock);
  const bool term = v->mode == VIZ_TERM;
  const double every = term ? 0.25 : 10;
  if (v->next_picture == 0) v->next_picture = term ? now : now + every;
  const bool due = now >= v->next_picture;
  if (due) v->next_picture = INFINITY; /* ours: no second thread starts one */
  pthread_mutex_unlock(&v->queue_lock);
  if (!due) return;
  char path[700];
  if (term) term_frame(v);
  else save_picture(v, ".png", path, sizeof path);
  const double cost = viz_clock() - now;
  pthread_mutex_lock(&v->queue_lock);
  v->next_picture = viz_clock() + fmax(every, SHARE * cost);
  pthread_mutex_unlock(&v->queue_lock);
}

static void write_pictures(Viz *v) {
  char svg[700], png[700];
  save_picture(v, ".svg", svg, sizeof svg);
  if (save_picture(v, ".png", png, sizeof png)) scene_notice(v, "pictures: %s and .svg", png);
}

void viz_finish(Viz *v) {
  VizMode mode = scene_settled_mode(v);
  scene_lock(v);
  bool fresh = v->panel_count > 0 && v->version != v->finished;
  v->finished = v->version;
  scene_unlock(v);
  if (!fresh) return;
  if (mode == VIZ_TERM) term_finish(v);
  if (mode == VIZ_FILES) write_pictures(v);
}

void viz_show(Viz *v) {
  viz_open(v);
  const VizMode mode = scene_settled_mode(v);
  if (mode != VIZ_FILES && mode != VIZ_TERM) return;
  scene_lock(v);
  const bool empty = v->panel_count == 0;
  v->finished = v->version;
  scene_unlock(v);
  if (empty) scene_notice(v, "nothing to show yet: viz.plot(\"loss\", 1) makes a panel");
  else if (mode == VIZ_TERM) term_finish(v);
  else write_pictures(v);
}

/* --- making one: a scene that saves pictures of itself -------------------------------------------------- */

Viz *viz_new(void) { return scene_new(now_and_then); }

static Viz *shared;
static void make_shared(void) { shared = viz_new(); }
Viz *viz_shared(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_shared);
  return shared;
}
