/* draw.h: one drawing of the scene for the window, PNG, SVG and PDF. */
#ifndef LUNETTE_DRAW_H
#define LUNETTE_DRAW_H
#include "pen.h"
#include "scene.h"

/* What the window adds to the scene. */
typedef struct Overlay {
  bool pointer, keys, box, paused, error;
  double px, py, box_x, box_y; /* rubber band from box_x, box_y to px, py */
  const char *toast;
  bool filtering; /* letters are being written */
} Overlay;

/* Room for what stands on the right of the header, at scale 1. */
double draw_hint(const Viz *v, const Overlay *o);

/* What a frame has changed; more than fit: all. */
typedef struct Damage {
  int n;
  bool all;
  Rect at[16];
} Damage;

/* The whole scene, or (changed_only) the panels whose version differs from what was drawn last.  damage may be NULL. */
void draw_scene(cairo_t *cr, cairo_surface_t *pixels, Viz *v, double w, double h, const Overlay *o,
                bool changed_only, Damage *damage);

/* One panel as it was at a moment of history.h (NaN: now), w x h, at scale 1. */
void draw_panel_at(cairo_t *cr, Viz *v, Panel *p, double w, double h, double at);

double cpu_seconds(void); /* of this thread */

#endif
