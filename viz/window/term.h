/* term.h: mode "term": the panels as text, live at the bottom of a terminal, or once at the end. */
#ifndef LUNETTE_TERM_H
#define LUNETTE_TERM_H
#include "scene.h"

/* Its name, its drawing, and what describes it where it has none of its own; with lock held. */
void panel_text(const Panel *p, Text *t, const Terminal *how);
bool term_frame(Viz *v);  /* false: nothing to draw on, or nothing to draw */
void term_finish(Viz *v); /* the last frame, which stays */

#endif
