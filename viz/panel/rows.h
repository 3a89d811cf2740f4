/* rows.h: curves as rows of a table: panel, series, step, seconds, value; what a training left when it went back stands
 * behind them, as "series, branch 1". */
#ifndef LUNETTE_ROWS_H
#define LUNETTE_ROWS_H
#include "panel.h"

/* The `csv` of a kind, for a panel of curves. */
bool curves_csv(const Panel *p, Text *t, CsvAt *at, float until);

#endif
