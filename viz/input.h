/* input.h: what mouse and keys do to the scene.  Knows no window system: tests drive it directly. */
#ifndef LUNETTE_INPUT_H
#define LUNETTE_INPUT_H
#include "axes.h"

/* What the window adds to the scene. */
typedef struct Overlay {
  bool pointer, keys, box, paused, error;
  double px, py, box_x, box_y; /* rubber band from box_x, box_y to px, py */
  const char *toast;
} Overlay;

typedef struct Input {
  Overlay overlay;
  double w, h;     /* of the window, pixels               */
  int hover, held; /* panel under the mouse, being dragged; -1 */
  bool panning, moved;
  Axes from; /* the axes when the drag began        */
  double start_x, start_y;
  bool close;       /* q                                    */
  const char *save; /* ".png", ".svg", ".csv": wanted; the window does it and clears it */
} Input;

/* With the scene locked.  All return true when the picture changes. */
bool input_move(Viz *v, Input *in, double x, double y);
bool input_press(Viz *v, Input *in, double x, double y, bool shift, int clicks);
bool input_release(Viz *v, Input *in, double x, double y);
bool input_wheel(Viz *v, Input *in, double notches);
bool input_key(Viz *v, Input *in, int key); /* a letter, ' ', '\t', 27 */
void input_leave(Viz *v, Input *in);

/* Places that drawing and mouse share: a slider's track; the series whose legend entry is at x, y, or -1. */
Rect control_track(Rect r, double s);
int legend_at(const Panel *p, Rect r, double s, double x, double y);

/* What hovering reads of one series: its point nearest to the mouse. */
typedef struct Reading {
  double x, y, smooth; /* step or seconds; the value; the smoothed one, or NaN */
} Reading;
bool series_reading(const Panel *p, int series, double x, Reading *out); /* false: hidden or empty */
#endif
