/* input.h: what mouse and keys do to the scene.  Knows no window system: tests drive it directly. */
#ifndef LUNETTE_INPUT_H
#define LUNETTE_INPUT_H
#include "draw.h"

typedef struct Input {
  Overlay overlay;
  double w, h;     /* of the window, pixels               */
  int hover, held; /* panel under the mouse, being dragged; -1 */
  bool panning, moved;
  bool scrubbing; /* the time slider is held */
  bool taken;     /* the panel took the press: moving is its affair */
  Axes from;      /* the axes when the drag began        */
  double start_x, start_y;
  double turned;    /* notches of the wheel towards the next page */
  bool close;       /* q                                    */
  const char *save; /* ".png", ".svg", ".csv": wanted; the window does it and clears it */
} Input;

/* With the scene locked.  All return true when the picture changes. */
bool input_move(Viz *v, Input *in, double x, double y);
bool input_press(Viz *v, Input *in, double x, double y, bool shift, int clicks);
bool input_release(Viz *v, Input *in, double x, double y);
bool input_wheel(Viz *v, Input *in, double notches);
bool input_key(Viz *v, Input *in, int key); /* of keys.def, or a panel's: a letter, ' ', '\t', 27, KEY_LEFT */
/* The window is on a display with so many pixels a point: letters and lines keep the size that the user gave them. */
void input_dots(Viz *v, double dots);
/* While the letters of a filter are written all that is typed goes there.  false: they are not. */
bool input_text(Viz *v, Input *in, const char *text);
void input_leave(Viz *v, Input *in);

#endif
