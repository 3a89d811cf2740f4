/* sheet.h: the sheet of keys: those of the window and of the panels in view. */
#ifndef LUNETTE_SHEET_H
#define LUNETTE_SHEET_H
#include "pen.h"
#include "scene.h"

enum { SHEET_MOST = 64 };
typedef struct SheetRow {
  const char *name, *does, *of; /* of: the kind of panel that takes it; NULL: the window does */
} SheetRow;

/* At most SHEET_MOST rows, and how many.  With the scene locked. */
int sheet_rows(const Viz *v, SheetRow *row);
void sheet_draw(Draw *d, const Viz *v, double w, double h);

#endif
