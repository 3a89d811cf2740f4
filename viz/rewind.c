/* rewind.c: states of a training that it can go back to: which there are, which one the user marks, and that it went. */
#include "scene.h"

#include <math.h>

double viz_moment(Viz *v) { return viz_clock() - v->started; }

void scene_mark(Viz *v, double moment) {
  const Kept *k = v->kept;
  int i = k ? k->n - 1 : -1;
  while (i >= 0 && !(k->at[2 * i + 1] <= moment)) i--;
  v->mark = i < 0 ? NAN : k->at[2 * i + 1];
  atomic_store(&v->marked, i < 0 ? NAN : k->at[2 * i]);
  scene_touch_all(v);
}

static void take(Viz *v, Post *p) {
  content_free((Content *)v->kept);
  v->kept = (Kept *)p->order.content;
  p->order.content = NULL; /* ours now */
  scene_mark(v, v->mark);
}

bool viz_kept(Viz *v, int n, const double *at, VizErr *e) {
  for (int i = 0; i < n; i++)
    if (i && at[2 * i + 1] < at[2 * i - 1])
      return viz_fail(e, "viz: state %d was kept before the one before it", i + 1);
  Kept *k = content_new(sizeof *k);
  if (k) {
    k->n = n;
    k->at = content_copy(&k->head, at, 2 * (size_t)n * sizeof *at);
  }
  if (!k || k->head.failed) {
    content_free((Content *)k);
    return viz_fail(e, "viz: out of memory");
  }
  Post p = {.what = POST_ORDER, .order = {.run = take, .content = &k->head}};
  scene_post(v, "", false, &p);
  return true;
}

double viz_marked(Viz *v) { return atomic_load(&v->marked); }

static void fork_all(Viz *v, Post *p) {
  for (int i = 0; i < v->panel_count; i++) {
    Panel *panel = v->panel[i];
    if (panel->kind && panel->kind->fork) panel->kind->fork(panel, p->order.x);
  }
  v->at = NAN;
  scene_mark(v, NAN);
}

void viz_fork(Viz *v, double moment) {
  Post p = {.what = POST_ORDER, .order = {.run = fork_all, .x = moment}};
  scene_post(v, "", false, &p);
}
