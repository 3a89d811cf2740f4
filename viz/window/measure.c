/* measure.c: what drawing costs, for the benchmark: processor time, so that a busy machine does not count. */
#include "draw.h"

#include <time.h>

double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool viz_frame_seconds(Viz *v, const char *panel, int w, int h, double *seconds, VizErr *e) {
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
  cairo_t *cr = cairo_create(s);
  bool ok = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
  if (ok) {
    const Overlay none = {0};
    cairo_set_source_rgb(cr, 1, 1, 1); /* the pages are there before the clock runs */
    cairo_paint(cr);
    scene_lock(v);
    const int full = v->full;
    v->full = panel ? scene_index(v, panel) : -1;
    scene_touch_all(v);
    const double start = cpu_seconds();
    draw_scene(cr, s, v, w, h, &none, true, NULL);
    *seconds = cpu_seconds() - start;
    v->full = full;
    v->rearranged = true; /* for a window that is open meanwhile */
    scene_unlock(v);
  }
  cairo_destroy(cr);
  cairo_surface_destroy(s);
  return ok || viz_fail(e, "viz: no picture of %d x %d", w, h);
}

double viz_host_seconds(Viz *v) { return atomic_load(&v->host_seconds); }
