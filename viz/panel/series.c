/* series.c: see series.h. */
#include "series.h"

#include <stdlib.h>
#include <string.h>

static const char TRAINING[] = "training";

static bool among(const char *name, const char *const *list) {
  for (; *list; list++)
    if (strcmp(name, *list) == 0) return true;
  return false;
}

const char *series_family(const char *name, bool *twin) {
  static const char *const trained[] = {"", "train", TRAINING, NULL};
  static const char *const held[] = {"valid", "val", "validation", "held out", "dev", "test", NULL};
  static const char *const before[] = {"val_", "valid_", "validation ", "held out ", "held out: ", NULL};
  *twin = among(name, held);
  if (*twin || among(name, trained)) return TRAINING;
  for (const char *const *b = before; *b; b++)
    if (strncmp(name, *b, strlen(*b)) == 0) {
      *twin = true;
      return name + strlen(*b);
    }
  return name;
}

static int hue_of(const Viz *v, const char *family) {
  for (int i = 0; i < v->hue_count; i++)
    if (strcmp(v->hues[i].name, family) == 0) return v->hues[i].color;
  return -1;
}

static void remember_hue(Viz *v, const char *family, int color) {
  Hue *more = realloc(v->hues, (size_t)(v->hue_count + 1) * sizeof *more);
  if (!more) return;
  v->hues = more;
  char *name = strdup(family);
  if (name) v->hues[v->hue_count++] = (Hue){name, color};
}

int label_class(Viz *v, const char *label) {
  enum { MOST = 1000 };
  for (int i = 0; i < v->label_count; i++)
    if (strcmp(v->labels[i], label) == 0) return i;
  if (v->label_count == MOST) return MOST;
  char **more = realloc(v->labels, (size_t)(v->label_count + 1) * sizeof *more);
  if (!more) return 0;
  v->labels = more;
  if (!(more[v->label_count] = strdup(label))) return 0;
  return v->label_count++;
}

static bool taken(Hue hue, SeriesAt *other, const void *of, int n) {
  bool twin;
  for (int i = 0; i < n; i++) {
    const Hue o = other(of, i);
    if (o.color == hue.color && strcmp(series_family(o.name, &twin), hue.name) != 0) return true;
  }
  return false;
}

int series_hue(Viz *v, const char *family, SeriesAt *other, const void *of, int n) {
  Hue hue = {(char *)family, strcmp(family, TRAINING) == 0 ? 0 : hue_of(v, family)};
  const bool known = hue.color >= 0;
  if (!known || taken(hue, other, of, n))
    for (hue.color = 0; taken(hue, other, of, n);) hue.color++;
  if (!known) remember_hue(v, family, hue.color);
  return hue.color;
}

static Hue curve_at_place(const void *of, int i) {
  const Curve *c = ((Curve *const *)of)[i];
  return (Hue){c->name, c->color};
}

void series_color(Viz *v, Curve *c, Curve *const *others, int n) {
  c->color = series_hue(v, series_family(c->name, &c->twin), curve_at_place, others, n);
}
