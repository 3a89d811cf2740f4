/* scene.h: what the window shows: panels with their own copies of the data, and the queue that fills them.
 *
 * Two locks.  `queue_lock` guards the queue and the state words and is held for moments only: posting never
 * waits for drawing.  `lock` guards the scene; who draws or reads takes it and calls scene_drain first. */
#ifndef LUNETTE_SCENE_H
#define LUNETTE_SCENE_H
#include "curve.h"
#include "viz.h"

#include <pthread.h>
#include <stdatomic.h>

enum { NAME = 64, SERIES = 24, HISTORY = 32, PANELS = 48 };

typedef enum Kind {
  KIND_NONE,
  KIND_CURVE,
  KIND_IMAGE,
  KIND_SCATTER,
  KIND_BOUNDARY,
  KIND_CONTOUR,
  KIND_TEXT,
  KIND_HEATMAP,
  KIND_SPECTROGRAM,
  KIND_BARS,
  KIND_HIST,
  KIND_ROLL,
  KIND_GRAPH,
  KIND_SLIDER,
  KIND_BUTTON
} Kind;

/* What lies in a panel: the picture itself and its overlays. */
typedef enum Slot { SLOT_MAIN, SLOT_OTHER, SLOT_BOXES, SLOT_TRUTH, SLOT_MASK, SLOT_PATHS, SLOTS } Slot;

/* One posted thing, copied; which fields count depends on its kind. */
typedef struct Content {
  Kind kind;
  size_t bytes;
  int n, h, w, c, classes;
  float *f, *g;     /* values, second values (scores, probability, shade)   */
  unsigned char *u; /* pixels                                               */
  int *id;          /* classes, lengths                                     */
  char **text;      /* n labels, or the text itself                         */
  int texts;
  char **names, **ynames; /* of classes or columns; of rows                       */
  int name_count, yname_count;
  double x0, x1, y0, y1; /* data rectangle                                       */
  double lo, hi;         /* least and greatest of f                              */
  double threshold, step;
  bool log, numbers;
} Content;

typedef struct Panel {
  char name[NAME];
  Kind kind;
  Curve *series[SERIES];
  int series_count;
  Content *slot[SLOTS];
  Content *history[HISTORY]; /* histograms, oldest first */
  int history_count;
  double value, lo, hi; /* slider; value: share of a wipe that shows the first picture */
  int presses;
  bool log_y, by_time, zoomed;
  double beta;
  double x0, x1, y0, y1; /* what is seen when zoomed; in the units of the axes */
  double scroll;
  unsigned version, drawn; /* redrawn when they differ                */
  int row;                 /* of a layout given by the user; -1: none */
} Panel;

typedef struct Post {
  enum { POST_POINT, POST_CONTENT, POST_SLIDER, POST_BUTTON, POST_OVERTAKEN } what;
  Slot slot;
  char panel[NAME], series[NAME];
  double x, y, seconds, smooth, lo, hi;
  int log;
  Content *content;
} Post;

struct Viz {
  pthread_mutex_t lock, queue_lock;
  pthread_cond_t wake; /* host: something to do; work: unpaused, closed (with queue_lock) */
  Post *queue, *taken;
  size_t queue_n, queue_room, taken_room, queue_bytes;
  /* state words, under queue_lock */
  VizMode mode;
  bool want_window, open, quit, host_running, shown_once;
  bool window_failed;
  int steps; /* allowed while paused */
  atomic_bool paused;
  void (*notice)(const char *line);
  double started;
  /* under lock */
  Panel *panel[PANELS];
  int panel_count;
  bool laid_out;   /* rows given by the user */
  bool rearranged; /* panels came or went: all is to be drawn */
  char title[160], folder[512];
  bool dark;
  double scale;
  int width, height, shots;
  int focus, full;     /* panel indices; full -1: all are shown */
  unsigned finished;   /* the version that viz_finish has saved                    */
  unsigned version;    /* +1 with every change of any panel     */
  double next_picture; /* under queue_lock */
};

double viz_clock(void);   /* seconds, monotonic */
void scene_drain(Viz *v); /* with lock held: applies what is queued */
void scene_lock(Viz *v);  /* lock and drain */
void scene_unlock(Viz *v);
Panel *scene_find(Viz *v, const char *name); /* with lock held */
void scene_touch(Viz *v, Panel *p);
void scene_notice(Viz *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool viz_fail(VizErr *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void scene_post(Viz *v, Post *p); /* takes the content */
void split_name(const char *name, char panel[NAME], char series[NAME]);
/* Files mode: a picture now and then, from the posting thread, when the last is old and cheap enough. */
void files_now_and_then(Viz *v);
const char *scene_folder(Viz *v); /* made on first use; with lock held */

Content *content_new(Kind kind);
void content_free(Content *c);
bool content_floats(Content *c, float **to, const float *from, size_t n);
bool content_ints(Content *c, int **to, const int *from, size_t n);
bool content_bytes(Content *c, unsigned char **to, const void *from, size_t n);
bool content_texts(Content *c, char ***to, const char *const *from, int n);
void content_range(Content *c, size_t n); /* lo, hi of f's finite values */
#endif
