/* history.h: what panels showed before, and looking back at it.
 *
 * A state of a panel is its first part with the overlays that came after it; when the next one comes it is kept.  A panel
 * keeps so many bytes and states, thinned evenly in time.  Moments are seconds since the start, as curves have them. */
#ifndef LUNETTE_HISTORY_H
#define LUNETTE_HISTORY_H
#include "scene.h"

enum { FRAMES_MOST = 200 };
#define HISTORY_BYTES ((size_t)24 << 20) /* a panel */

/* With the scene locked. */
void history_push(Panel *p); /* before the next part 0 is taken */
void history_free(Panel *p);

/* Puts the state of the moment `at` (NaN: now) into the panel, to be drawn; what is given back restores it. */
typedef struct Shown {
  Content *part[PARTS];
  int past_count;
} Shown;
Shown history_show(Panel *p, double at);
void history_restore(Panel *p, const Shown *live);

const Frame *history_frame(const Panel *p, double at); /* NULL: what is shown now */
Range history_span(const Viz *v);             /* of all moments to look back at; lo = hi: there is nothing */
double history_step(const Viz *v, double at); /* of the first curve; NaN: there is none                    */
double history_next(const Viz *v, double at,
                    int direction); /* the moment of the state before or behind; NaN: now */

#endif
