/* scene.h: what the window shows: panels with their own copies of the data, and the queue that fills them.
 *
 * Two locks.  `queue_lock` guards the queue, the state words and the list of controls and is held for moments
 * only: posting, arranging and reading a control never wait for drawing.  `lock` guards the scene; who draws or
 * reads takes it and calls scene_drain first.
 *
 * A kind of panel is one record, PanelKind, and a file in panel/; the scene knows no kind by name. */
#ifndef LUNETTE_SCENE_H
#define LUNETTE_SCENE_H
#include "axes.h"
#include "growing.h"
#include "terminal.h"
#include "viz.h"

#include <pthread.h>
#include <stdatomic.h>

struct Draw; /* pen.h */
typedef struct PanelKind PanelKind;

/* One posted thing, copied.  Each kind's own struct begins with this head, and what it points to belongs to
 * it (content_copy, content_texts). */
typedef struct Content {
  size_t bytes;
  double seconds; /* when it was posted, since the start */
  bool failed;    /* memory was short while it was filled */
  void *owned;
  struct Scaled *kept; /* how drawing last scaled it (raster.h) */
} Content;

enum { PARTS = 6, PAST = 32 }; /* the picture itself is part 0, its overlays are the others */

typedef struct Frame { /* a state that was: history.h */
  Content *part[PARTS];
} Frame;

typedef struct Panel {
  struct Viz *scene;
  char *name;
  const PanelKind *kind; /* NULL: nothing has come yet */
  Content *part[PARTS];
  Content *past[PAST]; /* of kinds that remember: what came, oldest first, thinned */
  int past_count;
  Frame *frame; /* of kinds that keep: earlier states, oldest first */
  int frame_count, frame_room;
  size_t frame_bytes;
  void *own; /* the kind's own state */
  bool log_y, zoomed;
  bool troubled;           /* it could not be drawn, which has been said */
  double x0, x1, y0, y1;   /* what is seen when zoomed; in the units of the axes */
  double scroll;           /* lines */
  unsigned version, drawn; /* redrawn when they differ                */
  int row;                 /* of a layout given by the user; -1: none */
  Rect place;              /* of its card in the window, by layout_panels; w 0: hidden */
} Panel;

/* What the user sets and the work reads, each without waiting for the other. */
typedef struct Control {
  struct Control *next;
  const PanelKind *kind;
  char *name;
  bool gone; /* its panel was removed: made anew it begins anew */
  _Atomic double value;
  atomic_int count; /* presses, or the number chosen, since the last time asked */
} Control;

typedef struct Post {
  enum { POST_POINT, POST_CONTENT, POST_SLIDER, POST_BUTTON, POST_ORDER, POST_OVERTAKEN } what;
  const PanelKind *kind;
  char *panel; /* and the series behind it, in one block; an order's text */
  const char *series;
  union {
    struct {
      double step, value, seconds, smooth;
      int log; /* negative: as it was */
    } point;
    struct {
      double lo, hi;
      bool log;
    } slider;
    struct {
      void (*run)(Viz *v, struct Post *p); /* about the scene itself, in turn with the data */
      int a, b;
      bool shows; /* opens the window when there has been none */
      double x;
      Content *content; /* NULL: none, or taken */
    } order;
    struct {
      int part;
      Content *content;
    };
  };
  Control *control; /* of a slider and a button */
} Post;

typedef struct Margins { /* what lies around the plot, pixels */
  double left, right, top, bottom;
} Margins;

typedef struct Ghost { /* a curve of an earlier run (panel/ghost.c) */
  Content head;
  struct Ghost *next;
  char **name; /* panel, series, run */
  bool hidden;
  int n;
  double *xy; /* n x 2 */
} Ghost;

typedef struct Kept { /* states that the work can go back to (rewind.c) */
  Content head;
  int n;
  double *at; /* n x 2: step, moment; ascending */
} Kept;

typedef struct Hue {
  char *name;
  int color; /* theme_series */
} Hue;

typedef struct Spot {             /* in a picture: shares of its sides; width by height */
  double x, y, form;              /* in a matrix: its cell, from 0, and none of those */
  int row, column, rows, columns; /* 0: a picture */
} Spot;

typedef struct CsvAt { /* the next row to be written */
  int series;
  size_t point;
} CsvAt;

/* Keys that are no letters. */
enum {
  KEY_BACK = '\b',
  KEY_ENTER = '\r',
  KEY_LEFT = 256,
  KEY_RIGHT,
  KEY_UP,
  KEY_DOWN,
  KEY_PAGE_UP,
  KEY_PAGE_DOWN
};

/* A key that a kind of panel takes when it has the focus, before the window does. */
typedef struct PanelKey {
  int key;                          /* a letter, or one of the above; 0 ends a list      */
  const char *name, *does;          /* in the sheet of keys; NULL: the row above says it */
  bool (*press)(Panel *p, int key); /* false: not now */
} PanelKey;

/* A kind of panel.  With the scene locked.  What may be NULL is marked so. */
struct PanelKind {
  const char *name;    /* in descriptions: "curves"                                            */
  bool control;        /* stands in the row of controls, without a title                       */
  bool film;           /* its pictures follow each other: 25 a second */
  bool keeps;          /* its states are kept to look back at (history.h) */
  bool remembers;      /* each content is kept in `past`                                       */
  bool linked;         /* what the pointer reads on x in one is read in all   */
  bool scrolls;        /* the wheel moves lines instead of zooming                             */
  bool many;           /* its description is lines of its own, one a series                    */
  const char *log_key; /* `l` makes its values logarithmic: what is then so; NULL: it has none */
  /* Takes what was posted for it (scene_take does it for plain contents): what it keeps, it sets to NULL. */
  void (*accept)(Panel *p, Post *post);
  void (*forget)(Panel *p); /* frees `own`; NULL: free() does */
  /* All the data in x0..y1 (y as log10 when a->log_y); false: nothing to see.  NULL: it has no data plane. */
  bool (*extent)(const Panel *p, Axes *a);
  /* In a window, of all that `extent` gave, what is seen before the user zooms; NULL: all. */
  void (*view)(const Panel *p, double scale, Axes *a);
  void (*margins)(const Panel *p, Rect card, double scale, Margins *m); /* NULL: the theme's */
  /* area: the card of controls and of kinds with axes, else what the title leaves of it; a: NULL without axes
   */
  void (*draw)(struct Draw *d, Panel *p, Rect area, const Axes *a);
  void (*describe)(const Panel *p, Text *t); /* behind "name: kind" unless `many`; NULL: no more */
  void (*terminal)(const Panel *p, Text *t, const Terminal *how); /* below its name; NULL: described */
  /* Some of the rows panel,series,step,seconds,value from *at on, of points no later than `until`, and *at behind
   * them; false: there are none left.  NULL: none at all. */
  bool (*csv)(const Panel *p, Text *t, CsvAt *at, float until);
  double (*step_at)(const Panel *p, double seconds); /* NaN: none; NULL: it has no steps */
  double (*moment_of)(const Panel *p, double step);  /* seconds when it came to it; NaN: never */
  void (*fork)(Panel *p, double seconds); /* the work went back to that moment; NULL: nothing changes */
  const PanelKey *keys;                   /* NULL: none                                     */
  bool (*press)(Panel *p, double scale, double x, double y); /* in p->place; true: taken; NULL: never       */
  bool (*click)(Panel *p, double scale, double x,
                double y); /* pressed, not taken, and let go there; NULL: never */
  /* Shift-dragged, in pixels; true: taken.  NULL: the window zooms into the box. */
  bool (*brush)(Panel *p, const Axes *a, Rect box);
  bool (*spot)(const Panel *p, const Axes *a, double x, double y,
               Spot *out);                        /* false: on no picture; NULL: none */
  void (*drag)(Panel *p, double scale, double x); /* after a press that was taken; NULL: not moved */
};

typedef struct VizTurn {         /* of the work's loop, by the working thread alone */
  unsigned steps, steps_at_call; /* of optimisers; how many there were at the last call */
  bool gated;                    /* it has passed a step or a call since the pause */
  int posts;                     /* of the first one since then */
  char first[120];               /* the post that came first since the pause; "": none */
} VizTurn;

struct Viz {
  pthread_mutex_t lock, queue_lock;
  pthread_cond_t wake; /* host: something to do; work: unpaused, closed (with queue_lock) */
  Post *queue, *taken;
  size_t queue_n, queue_room, taken_room, queue_bytes;
  /* state words, under queue_lock */
  VizMode mode;
  bool want_window, open, quit, host_running, shown_once;
  int steps; /* allowed while paused */
  atomic_bool paused;
  atomic_bool film; /* something has been posted that may be a film */
  VizTurn turn;
  void (*notice)(const char *line);
  void (*posted)(Viz *v); /* without a window, by the posting thread after each post; NULL: nobody */
  double started;
  _Atomic double host_seconds; /* processor time of the window's thread */
  Control *controls;           /* none goes before viz_free */
  /* under lock */
  Panel **panel;
  int panel_count, panel_room;
  struct Hue *hues; /* of the names of series: the same in all panels (panel/series.c) */
  int hue_count;
  char **labels; /* of boxes, each with its class (panel/series.c) */
  int label_count;
  Ghost *ghosts;
  Kept *kept;            /* NULL: none */
  double mark;           /* the moment of the state that is marked to go back to; NaN: none */
  _Atomic double marked; /* its step */
  bool resized;          /* the open window is to have width and height */
  bool laid_out;         /* rows given by the user */
  bool rearranged;       /* panels came or went: all is to be drawn */
  char title[160], caption[200], preparing[80], folder[512];
  bool dark;
  double scale;  /* of letters and lines in the window; of pictures without the dots */
  double dots;   /* pixels a point of the window's display has: 1, or 2 and the like */
  double cursor; /* what the pointer reads on x in `cursor_of`, and the other curves with it; NaN: nothing */
  const Panel *cursor_of;
  Spot spot;            /* what the pointer is on in a picture of `spot_of` */
  const Panel *spot_of; /* NULL: on none */
  double at;            /* the moment looked back at (history.h); NaN: now */
  double bare_since;    /* when the window's last frame had nothing yet, since then; 0: it has something */
  int width, height, shots;
  int focus, full;           /* panel indices; full -1: all are shown */
  int page, pages;           /* that is shown, from 0; of the window, by layout_panels */
  bool whole;                /* a picture, of all that there is, is laid out */
  bool follows;              /* the page is to be the one with the focus */
  char filter[64];           /* panels whose names have these letters are shown; "": all */
  unsigned finished;         /* the version that viz_finish has saved                    */
  unsigned version;          /* +1 with every change of any panel     */
  double next_picture;       /* under queue_lock */
  int term_lines, term_rows; /* taken at the bottom of a terminal of so many rows */
};

Viz *scene_new(void (*posted)(Viz *v)); /* NULL: no memory; viz_free ends it */
double viz_clock(void);                 /* seconds, monotonic */
void scene_drain(Viz *v);               /* with lock held: applies what is queued */
void scene_lock(Viz *v);                /* lock and drain */
void scene_unlock(Viz *v);
int scene_index(const Viz *v, const char *name);     /* in v->panel, with lock held; -1: none */
Panel *scene_find(Viz *v, const char *name);         /* with lock held; NULL: none */
Panel *scene_find_or_make(Viz *v, const char *name); /* NULL: no memory */
void scene_touch(Viz *v, Panel *p);
bool scene_key(Panel *p, int key); /* does one of its kind's keys take it? */
void scene_touch_all(Viz *v);
bool scene_bare(const Viz *v);          /* are there no panels but promised ones, and buttons and the like? */
void scene_look(Viz *v, double at);     /* at a moment of history.h; NaN, or one at the end: now */
void scene_mark(Viz *v, double moment); /* marks the newest state kept then; NaN: none */
/* The control of that name, made with this value when there is none.  NULL: no memory. */
Control *scene_control(Viz *v, const PanelKind *kind, const char *name, double value);
Control *scene_find_control(Viz *v, const PanelKind *kind, const char *name); /* NULL: none */
const char *scene_folder(Viz *v);              /* of its pictures, made on first use; with lock held */
void scene_no_window(Viz *v, const char *why); /* its pictures go to files from now on */
/* A short run may end before the host knows whether there is a display, or has even started; and a display may never
 * answer. */
VizMode scene_settled_mode(Viz *v);
void scene_notice(Viz *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool viz_fail(VizErr *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Queues p for the panel `name`, or, split, for "panel/series"; takes the content. */
void scene_post(Viz *v, const char *name, bool split, Post *p);
bool scene_post_content(Viz *v, const char *name, const PanelKind *kind, int part, Content *c, VizErr *e);
void scene_take(Panel *p, Post *post); /* a content takes the place of the one before, or is remembered */

void *content_new(size_t size); /* zeros behind the head; NULL: no memory */
void content_free(Content *c);
/* How drawing scaled it is larger than itself, and soon made again. */
void content_drop_scaled(Content *c);
void *content_copy(Content *c, const void *from, size_t bytes); /* NULL for NULL, or with c->failed set */
char **content_texts(Content *c, const char *const *from, int n);

#endif
