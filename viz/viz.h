/* viz.h: the live window: panels that a program posts data to while it works.
 *
 * One thread computes and posts, the process's first thread hosts the window (viz_host_main).  Every call
 * copies its data into a queue and returns; the host draws from copies of its own.  Frames may be dropped,
 * data never.  Without a display the same pictures go to files; with mode "term" they become text.
 *
 * Names are "panel" or "panel/series".  Arrays are row-major C arrays, channels last; they are only read.
 * Class ids are 0-based here.  What can fail returns false and fills VizErr.
 *
 * Does NOT: know Lua or tensors, compute predictions, print (see viz_on_notice), end the process. */
#ifndef LUNETTE_VIZ_H
#define LUNETTE_VIZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Viz Viz;
typedef struct VizErr {
  char message[400];
} VizErr;
typedef enum VizMode { VIZ_WINDOW, VIZ_FILES, VIZ_TERM, VIZ_OFF } VizMode;

Viz *viz_new(void);    /* NULL: out of memory                                                     */
void viz_free(Viz *v); /* after viz_quit, when no thread uses it                                  */
Viz *viz_shared(void); /* the process's own one, made at the first call                           */

bool viz_set_mode(Viz *v, const char *name, VizErr *e); /* "window", "files", "term", "off"     */
VizMode viz_mode(Viz *v);
bool viz_has_display(void); /* as the environment says */
void viz_prepare(void);     /* the environment, before there are threads */
/* Lines for the user ("pictures go to runs/..."), from either thread, no lock held.  NULL: nobody listens. */
void viz_on_notice(Viz *v, void (*notice)(const char *line));
/* Of the window and of the pictures; opens: a window, when there has been none.  The caption stands behind the title,
 * dim, "": none. */
void viz_set_title(Viz *v, const char *title, bool opens);
void viz_set_caption(Viz *v, const char *caption);
void viz_set_preparing(Viz *v,
                       const char *what); /* said in a window without panels: what is prepared, how far */
void viz_mark_failed(Viz *v);             /* the title says that the work ended with an error */
void viz_set_folder(Viz *v, const char *folder); /* instead of runs/<time>               */
void viz_set_dark(Viz *v, bool dark);
void viz_set_size(Viz *v, int width, int height); /* of saved pictures and the window */

/* --- threads ------------------------------------------------------------------------------------------- */
void viz_host_main(Viz *v); /* first thread: sleeps until a window is wanted; returns after quit */
/* Ends viz_host_main, from another thread; false: it does not come back, from a display that does not answer. */
bool viz_quit(Viz *v);
void viz_finish(Viz *v); /* end of the work: final pictures in mode files, text in mode term */
bool viz_wait(Viz *v, bool (*stop)(void)); /* until the window is closed; false: no window, or stop()   */
void viz_open(Viz *v);                     /* the window, or again; no more than asks for it */
void viz_show(Viz *v); /* the same; without a display it writes the pictures, or draws in the terminal */
void viz_close(Viz *v);
bool viz_is_open(Viz *v);

/* Called by the work: returns at once, or blocks while paused until resumed, stepped, closed or until stop()
 * (may be NULL; asked every 20 ms) is true, when it returns false.
 *
 * A loop stands once a turn, at the highest of its gates: an optimiser's step, before it; a call of the
 * script's; where there is neither, the post that came first since the pause, before it is posted again. */
typedef enum { VIZ_AT_STEP, VIZ_AT_CALL, VIZ_AT_POST } VizGate;
bool viz_gate(Viz *v, VizGate at, const char *post /* "call/panel" of VIZ_AT_POST, else NULL */,
              bool (*stop)(void));
void viz_pause(Viz *v, bool on);
bool viz_paused(Viz *v);
void viz_step(Viz *v); /* lets a paused work do one step                                   */

/* --- data ----------------------------------------------------------------------------------------------- */
typedef struct VizPlot {
  double step;   /* NAN: one more than the last     */
  double smooth; /* 0..0.999; negative: as it was   */
  int log;       /* 0, 1; negative: as it was       */
} VizPlot;
void viz_plot(Viz *v, const char *name, double y, const VizPlot *how /* NULL: automatic */);

typedef struct VizImage {
  int n, h, w, c;           /* n pictures in a grid; c is 1 or 3                                    */
  const uint8_t *u8;        /* n*h*w*c, or                                                          */
  const float *f32;         /* n*h*w*c, 0..1; otherwise stretched from least to greatest            */
  const char *const *label; /* n captions, or NULL                                                  */
} VizImage;
bool viz_image(Viz *v, const char *name, const VizImage *im, VizErr *e);
/* Two pictures of one size on one place: left of a line the first, right of it the second; the line follows
 * the pointer, and stands in the middle before. */
bool viz_wipe(Viz *v, const char *name, const VizImage *first, const VizImage *second, VizErr *e);
/* box: n x 4 pixels x1 y1 x2 y2 (0-based, edges); score, label and id may be NULL.  id: of the class, whose colour the
 * box has; without ids every label has a colour of its own, the same in all panels. */
bool viz_boxes(Viz *v, const char *name, int n, const float *box, const char *const *label,
               const float *score, const int *id, bool truth, VizErr *e);
bool viz_mask(Viz *v, const char *name, int h, int w, const int *id, int classes, const char *const *names,
              double alpha, VizErr *e);

typedef struct VizPoints {
  int n;
  const float *xy;          /* n x 2                       */
  const int *id;            /* n classes, or NULL          */
  const char *const *label; /* n texts, or NULL            */
  int classes;
  const char *const *names; /* of the classes, or NULL     */
  const uint8_t *thumb;     /* n x h x w x c pictures shown under the pointer, or NULL */
  int thumb_h, thumb_w, thumb_c;
  bool equal; /* one unit of x is as long as one of y */
} VizPoints;
bool viz_scatter(Viz *v, const char *name, const VizPoints *p, VizErr *e);

typedef struct VizGrid { /* a function on a rectangle: row 0 is at y0, column 0 at x0 */
  int h, w;
  const float
      *value; /* h*w: a class id for a boundary (fractions shade its border), a height for a contour */
  double x0, x1, y0, y1;
  bool equal; /* one unit of x is as long as one of y: of a boundary */
} VizGrid;
bool viz_boundary(Viz *v, const char *name, const VizGrid *g, int classes, const VizPoints *p, VizErr *e);
bool viz_contour(Viz *v, const char *name, const VizGrid *g, VizErr *e);
/* Paths drawn over a contour: `count` of them, length[i] points each, one after another in xy. */
bool viz_paths(Viz *v, const char *name, int count, const int *length, const float *xy,
               const char *const *names, VizErr *e);

bool viz_text(Viz *v, const char *name, const char *text, const float *shade /* per byte, 0..1, or NULL */,
              VizErr *e);
typedef struct VizMatrix {
  int h, w;
  const float *value;
  const char *const *x, *const *y; /* w and h labels, or NULL */
  const char *xname, *yname;       /* of the axes, or NULL    */
  bool numbers;                    /* write the values in the cells (confusion matrix) */
  int pictures;                    /* of the cells, shown by a click on one: row[i], column[i], 0-based */
  const int *row, *column;
  const uint8_t *thumb; /* pictures x thumb_h x thumb_w x thumb_c (1 or 3) */
  int thumb_h, thumb_w, thumb_c;
} VizMatrix;
bool viz_heatmap(Viz *v, const char *name, const VizMatrix *m, VizErr *e);
bool viz_spectrogram(Viz *v, const char *name, int frames, int bins, const float *value, const float *prob,
                     double threshold, VizErr *e);
bool viz_bars(Viz *v, const char *name, int n, const float *value, const char *const *label, double threshold,
              bool log, VizErr *e); /* threshold NAN: none */
bool viz_hist(Viz *v, const char *name, size_t n, const float *value, double step, VizErr *e);
typedef struct VizNote {
  float start, length, pitch, loud; /* beats, beats, MIDI number, 0..1 */
} VizNote;
bool viz_roll(Viz *v, const char *name, int n, const VizNote *note, double playhead, VizErr *e);
typedef struct VizLayer {
  const char *name, *shape;
  double parameters, share; /* count; part of the time 0..1, NAN: unknown */
  const int *from; /* the `sources` layers that it takes from, all before it; NULL: the one before it */
  int sources;
} VizLayer;
bool viz_graph(Viz *v, const char *name, int n, const VizLayer *layer, VizErr *e);

/* Controls keep their value here; what the user sets is read back. */
bool viz_slider(Viz *v, const char *name, double value, double lo, double hi, bool log, VizErr *e);
double viz_slider_value(Viz *v, const char *name, double otherwise);
bool viz_button(Viz *v, const char *name, VizErr *e);
int viz_button_presses(Viz *v, const char *name); /* since the last time asked */
typedef struct VizMenu { /* n entries: a picture of h x w x 3 bytes, a name, a line below it */
  int n, h, w;
  const uint8_t *rgb;
  const char *const *name, *const *line; /* line: n, or NULL */
} VizMenu;
bool viz_menu(Viz *v, const char *name, const VizMenu *m, VizErr *e);
int viz_menu_choice(Viz *v, const char *name); /* 1..n since the last time asked; 0: none */

/* A curve of an earlier run, which stands in the legend, where a click takes it away and back ("": not); faint under
 * the panel's own of that name; n x 2 steps and values, steps ascending. */
bool viz_ghost(Viz *v, const char *run, const char *panel, const char *series, int n, const double *xy,
               VizErr *e);

/* --- looking -------------------------------------------------------------------------------------------- */
/* Rows of panel names, e.g. {"loss", "net"; "image"}; row[i] tells the row of name[i].  n = 0: automatic.  Panels
 * that have not come yet get their place when they do.  opens: a window, when there has been none. */
void viz_layout(Viz *v, int n, const char *const *name, const int *row, bool opens);
/* Shows what the panels showed at a step of their curves (without curves: the so many-th state); NAN: now. */
void viz_at(Viz *v, double step);
void viz_remove(Viz *v, const char *panel); /* NULL: all */
double viz_moment(Viz *v);                  /* now: seconds since the start, as what is posted gets them */
/* States that the work can go back to, n x 2: step and moment, in the order they were kept.  A click on a curve marks
 * one: viz_marked gives its step, NaN for none.  When the work has gone back it says so, and what curves got since then
 * lies beside them, fainter. */
bool viz_kept(Viz *v, int n, const double *at, VizErr *e);
double viz_marked(Viz *v);
void viz_fork(Viz *v, double moment);
/* By ending: .png .svg .pdf .csv, and .html: a page to zoom and to look back in (window/page.h); written beside, synced,
 * renamed. */
bool viz_save(Viz *v, const char *path, VizErr *e);
/* The picture of all panels, or of one, as h x w x 3 bytes. */
bool viz_render(Viz *v, const char *panel, int w, int h, unsigned char *rgb, VizErr *e);
/* For the benchmark, processor time: of one frame of a panel (NULL: of all) as the window draws it; of the window's
 * thread since the window opened. */
bool viz_frame_seconds(Viz *v, const char *panel, int w, int h, double *seconds, VizErr *e);
double viz_host_seconds(Viz *v);
/* The curves as lines "panel TAB series TAB step value step value ...", each of at most `most` points with its ends; free()
 * it; NULL: no memory. */
char *viz_curves(Viz *v, int most);
char *viz_describe(Viz *v);              /* a line or more a panel; free() it; NULL: no memory */
char *viz_terminal(Viz *v, int columns); /* curves and small pictures as Unicode; free() it    */

#endif
