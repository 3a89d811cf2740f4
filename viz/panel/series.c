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

static bool taken(int color, const char *family, Curve *const *others, int n) {
  bool twin;
  for (int i = 0; i < n; i++)
    if (others[i]->color == color && strcmp(series_family(others[i]->name, &twin), family) != 0) return true;
  return false;
}

static int free_color(const char *family, Curve *const *others, int n) {
  int color = 0;
  while (taken(color, family, others, n)) color++;
  return color;
}

void series_color(Viz *v, Curve *c, Curve *const *others, int n) {
  const char *family = series_family(c->name, &c->twin);
  int color = strcmp(family, TRAINING) == 0 ? 0 : hue_of(v, family);
  const bool known = color >= 0;
  if (!known || taken(color, family, others, n)) color = free_color(family, others, n);
  c->color = color;
  if (!known) remember_hue(v, family, color);
}
