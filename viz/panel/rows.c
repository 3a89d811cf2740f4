/* rows.c: see rows.h. */
#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_csv_text(Text *t, const char *s) {
  const char *quote;
  text_add(t, "\"");
  for (; (quote = strchr(s, '"')); s = quote + 1) text_add(t, "%.*s\"\"", (int)(quote - s), s);
  text_add(t, "%s\"", s);
}

static void add_row(const Panel *p, const Curve *c, const char *name, size_t j, Text *t) {
  double y = c->y.v[j];
  if (y != y) y = NAN; /* without a sign, which would be written */
  add_csv_text(t, p->name);
  text_add(t, ",");
  add_csv_text(t, name);
  text_add(t, ",");
  text_exact(t, curve_x(c, j, false));
  text_add(t, ",%.4f,", (double)c->time[j]);
  text_exact(t, y);
  text_add(t, "\n");
}

bool curves_csv(const Panel *p, Text *t, CsvAt *at, float until) {
  enum { ROWS = 1000 };
  const Curves *all = p->own;
  int rows = 0;
  while (all && at->series < all->count + all->branches && rows < ROWS) {
    const int branch = at->series - all->count;
    const Curve *c = branch < 0 ? all->series[at->series] : all->branch[branch];
    char name[160];
    if (branch >= 0)
      snprintf(name, sizeof name, "%.120s, branch %d", all->series[all->where[branch]]->name, branch + 1);
    if (at->point < c->n && c->time[at->point] <= until)
      add_row(p, c, branch < 0 ? c->name : name, at->point++, t), rows++;
    else at->series++, at->point = 0;
  }
  return rows > 0;
}
