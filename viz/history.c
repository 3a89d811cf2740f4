/* history.c: see history.h. */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double begin_of(const Frame *f) { return f->part[0]->seconds; }

static size_t bytes_of(const Frame *f) {
  size_t bytes = 0;
  for (int i = 0; i < PARTS; i++) bytes += f->part[i] ? f->part[i]->bytes : 0;
  return bytes;
}

static void drop_frame(Panel *p, int k) {
  Frame *f = &p->frame[k];
  p->frame_bytes -= bytes_of(f);
  for (int i = 0; i < PARTS; i++) content_free(f->part[i]);
  memmove(f, f + 1, (size_t)(--p->frame_count - k) * sizeof *f);
}

/* The state whose neighbours are nearest to each other; the first one stays. */
static int most_crowded(const Panel *p) {
  int best = p->frame_count - 1;
  double least = INFINITY;
  for (int i = 1; i + 1 < p->frame_count; i++) {
    const double gap = begin_of(&p->frame[i + 1]) - begin_of(&p->frame[i - 1]);
    if (gap < least) least = gap, best = i;
  }
  return best;
}

void history_push(Panel *p) {
  if (!p->part[0]) return;
  if (p->frame_count == p->frame_room) {
    const int room = p->frame_room ? 2 * p->frame_room : 8;
    Frame *more = realloc(p->frame, (size_t)room * sizeof *more);
    if (!more) return;
    p->frame = more;
    p->frame_room = room;
  }
  Frame *f = &p->frame[p->frame_count++];
  memcpy(f->part, p->part, sizeof f->part);
  memset(p->part, 0, sizeof p->part);
  for (int i = 0; i < PARTS; i++) content_drop_scaled(f->part[i]);
  p->frame_bytes += bytes_of(f);
  while (p->frame_count > 1 && (p->frame_count > FRAMES_MOST || p->frame_bytes > HISTORY_BYTES))
    drop_frame(p, most_crowded(p));
  if (p->frame_bytes > HISTORY_BYTES) drop_frame(p, 0); /* one alone is too large */
}

void history_free(Panel *p) {
  while (p->frame_count) drop_frame(p, p->frame_count - 1);
  free(p->frame);
  p->frame = NULL;
  p->frame_room = 0;
}

/* --- looking ---------------------------------------------------------------------------------------------- */

const Frame *history_frame(const Panel *p, double at) {
  if (isnan(at) || !p->frame_count || (p->part[0] && p->part[0]->seconds <= at)) return NULL;
  int k = p->frame_count - 1;
  while (k > 0 && begin_of(&p->frame[k]) > at) k--;
  return &p->frame[k];
}

Shown history_show(Panel *p, double at) {
  Shown live = {.past_count = p->past_count};
  memcpy(live.part, p->part, sizeof live.part);
  const Frame *f = history_frame(p, at);
  if (f) memcpy(p->part, f->part, sizeof p->part);
  while (!isnan(at) && p->past_count > 1 && p->past[p->past_count - 1]->seconds > at) p->past_count--;
  return live;
}

void history_restore(Panel *p, const Shown *live) {
  memcpy(p->part, live->part, sizeof p->part);
  p->past_count = live->past_count;
}

Range history_span(const Viz *v) {
  Range r = {INFINITY, -INFINITY};
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    const double first = p->frame_count      ? begin_of(&p->frame[0])
                         : p->past_count > 1 ? p->past[0]->seconds
                                             : INFINITY;
    const Content *last = p->frame_count ? p->part[0] : p->past_count > 1 ? p->past[p->past_count - 1] : NULL;
    r.lo = fmin(r.lo, first);
    if (last) r.hi = fmax(r.hi, last->seconds);
  }
  return r.lo < r.hi ? r : (Range){0, 0};
}

double history_step(const Viz *v, double at) {
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    const double step = p->kind && p->kind->step_at ? p->kind->step_at(p, at) : NAN;
    if (!isnan(step)) return step;
  }
  return NAN;
}

/* A moment that is nearer to `at` on that side than the one before. */
static double nearer(double moment, double at, int direction, double best) {
  if (direction < 0 ? !(moment < at) : !(moment > at)) return best;
  return isnan(best) || (direction < 0 ? moment > best : moment < best) ? moment : best;
}

double history_next(const Viz *v, double at, int direction) {
  const double from = isnan(at) ? history_span(v).hi : at;
  double best = NAN;
  for (int i = 0; i < v->panel_count; i++) {
    const Panel *p = v->panel[i];
    for (int k = 0; k < p->frame_count; k++) best = nearer(begin_of(&p->frame[k]), from, direction, best);
    for (int k = 0; k < p->past_count; k++) best = nearer(p->past[k]->seconds, from, direction, best);
  }
  return isnan(best) && direction < 0 ? at : best;
}
