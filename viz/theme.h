/* theme.h: colours: light and dark, series (Okabe-Ito), scales (viridis, blue to orange); sizes and paddings.
 */
#ifndef LUNETTE_THEME_H
#define LUNETTE_THEME_H
#include <stdbool.h>
#include <stdint.h>

typedef struct Rgb {
  double r, g, b;
} Rgb;

typedef struct Theme {
  Rgb back, card, frame, text, dim, grid, accent, alarm;
  bool dark;
} Theme;

typedef struct Sizes {       /* pixels at scale 1 */
  double label, name, title; /* letters: of axes and entries, of panels, of the window */
  double letter;             /* the mean width of one, to know widths without a font */
  double ascent;             /* from the top of a label's letters to their base line */
  double gap, strip;         /* between cards; the row of controls */
  struct {                   /* smaller ones go to another page, or line */
    double card_w, card_h, control;
  } least;
  double radius, pad;                  /* of a card: its corners, what it keeps free at its sides */
  double name_line, head;              /* base line and height of the line with a panel's name */
  double under_head, side, foot;       /* what a body without axes keeps free */
  double left, right, top, bottom;     /* what axes keep free around the plot */
  double bare;                         /* the same without labels */
  double small_w, small_h;             /* a smaller card shows data before names and scales */
  double between_plots;                /* of a panel with two, one under the other */
  double beside, under;                /* from the plot to labels left of it; to the base line under it */
  double apart_x, apart_y, apart_beat; /* between ticks, at least; between those of beats */
  double apart_line, apart_tight;      /* between base lines of labels, at least; of names of rows */
  double legend, under_entry;          /* a line of legend over the plot; what is under its base line */
  double mark, mark_above;             /* the square before an entry; its top over the base line */
  double after_mark;                   /* where the entry's text begins */
  double dash[2];                      /* of thresholds and true boxes: drawn, free */
  double note_radius;                  /* the corners of a roll's notes */
  struct {                             /* from the middle of a line of text to its base line */
    double label, name, layer;
  } base;
  struct {                             /* widths of lines */
    double curve, smooth, raw, ghost;  /* a curve, a smoothed one, what it was made of, an earlier run's */
    double swatch;                     /* a curve's sample in the legend */
    double moment, focus;              /* where time stands; around the panel that has the keys */
    double level, ridge, border, edge; /* level lines, histograms, between regions, between layers */
    double path, path_rim, path_end;   /* a descent, the light rim under it, around its end */
    double box, wipe, rim, outline;    /* on pictures, and the dark rim under both; around markers */
  } stroke;
  struct {                           /* radii of dots and markers */
    double curve, apart;             /* a curve's value, where they are so far apart */
    double reading, path_end;        /* what the pointer reads; where a descent ends */
    double of_few, of_many, of_most; /* a point among few, many, very many */
  } dot;
  struct {                    /* labels of ticks */
    double above, below, gap; /* free over and under a base line, and between two in a row */
    double beyond, name;      /* right of the plot at most; before the axis's name */
    double offset, nan,
        kept; /* the offset, from the plot's side; how long the marks of a NaN and of a kept state are */
  } tick;
  struct {                   /* of a curve in the legend */
    double swatch, text;     /* the sample's length; where the text begins */
    double taken, end, more; /* width beside the letters; free behind them; "+3" from the card's side */
  } entry;
  struct {                   /* of classes in a legend */
    double taken, end, more; /* width beside the letters; free behind them; the ellipsis */
  } names;
  struct { /* a linked value: beside its dot and above it */
    double beside, above;
  } reading;
  struct {                   /* what the pointer reads, in a box */
    double row, pad, radius; /* a line, around all, corners */
    double off, base, mark;  /* from the pointer; under a base line; the square before it */
    double free;             /* between it and the card's sides */
  } tip;
  struct {                                /* the bar of colours beside a plot */
    double gap, bar, text, end;           /* before it, its width, before and behind its numbers */
    double beside_matrix, beside_contour; /* what it takes: of a matrix at least, of a contour */
    double two_ends;                      /* higher than that, it has a number at both ends */
  } key;
  struct {                          /* of labelled bars */
    double thick, numbered;         /* at most; from this row height on it has its number */
    double number, name, name_free; /* gaps: to its number, to its name, what the name leaves in all */
    double left, letter;            /* the names' margin: beside the letters, for each */
  } bar;
  struct {                                /* what surrounds a heat map */
    double left, letter, unnamed_left;    /* names of rows: beside the letters, for each; without names */
    double turned, turned_letter, bottom; /* names of columns when turned, the same; upright */
    double under, turned_under;           /* from the plot to their base line; to where they turn */
    double axis_left, axis_bottom;        /* what the axes' names add */
    double axis_beside, axis_under;       /* their base lines, from the card's sides */
  } matrix;
  struct { /* pictures of an opened cell or of brushed points: the smallest; the title's base line */
    double least, title;
    double free;          /* around pictures */
    double named, column; /* from this width on a picture has its name; names alone, a column */
  } cells;
  struct {                            /* rows of a graph */
    double row, row_least;            /* at most; at first, in a window */
    double position;                  /* how wide the bar is that tells which rows are seen */
    double text, whole;               /* boxes with less room are bare; from this width on all is written */
    double low_gap, linked_gap;       /* between low layers; in a larger gap there is an arrow */
    double row_linked, gap;           /* from this height on with an arrow in a gap */
    double radius, pad, share, arrow; /* corners, around texts, the share's column, half the arrow's head */
  } layer;
  struct {                      /* text on pictures, on a ground of its own */
    double pad, caption, label; /* around the text; heights: under a picture, of a box */
    double least_w, least_h;    /* smaller pictures have no caption */
    double outside, names;      /* a box's line beyond the plot; over and under names of a mask */
  } patch;
  struct {            /* the grip between two pictures */
    double grip, rim; /* radius, and the dark rim's width */
  } wipe;
  struct {                   /* a point's label and the pointer's reach */
    double label, base, gap; /* height, its base line, from the marker */
    double reach;            /* so near the pointer reads it */
  } point;
  struct {                       /* a point's picture */
    double high, pad, radius;    /* at most, the card around it */
    double beside, above, below; /* from the pointer */
  } thumb;
  struct { /* text of one width: a line, the narrowest letter */
    double row, letter;
  } mono;
  struct {               /* pictures to choose from */
    double gap, pad;     /* between cells; over and beside a picture */
    double words, under; /* under a picture, for name and line; under those */
    double name, line;   /* their base lines, from the picture */
  } menu;
  struct { /* in its card */
    double inset, radius;
  } button;
  struct {                     /* name, track and value in a row */
    double name, after, least; /* the name's room at most; behind the track, and in a narrow card */
    double value;              /* from there to the value */
    double track, knob, gap;   /* height; radius; from the name to the track */
  } slider;
  struct {                             /* the line with the window's title, and time's slider */
    double height, pad, line, caption; /* sides, base line, from title to caption */
    double hint, words, hint_gap;      /* on the right: a hint, a sentence; from the slider to it */
    double history, history_least;     /* the slider at most; in a narrower window there is none */
    double moment, step, knob, grab;   /* gap to the step, its room; radius; how far off it is held */
  } header;
  struct { /* the keys */
    double row, radius;
    double key, does; /* where keys end, where words begin */
  } sheet;
  struct {                   /* pixels of the device, at any scale */
    double body, card, plot; /* smaller ones are not drawn; a plot is at least so large */
  } device;
} Sizes;
extern const Sizes sizes;

const Theme *theme_get(bool dark);
Rgb theme_series(const Theme *t, int i); /* Okabe-Ito in a fixed order, repeated; lighter on dark */
Rgb theme_class(int i);                  /* plain Okabe-Ito: for areas and masks                  */
enum { CLASS_COLORS = 21 };              /* so many differ                                        */
int theme_class_first(int i);            /* the first class, below that, of class i's colour      */
int theme_dash(int i, double dash[4]);   /* after six series: dashes; their number, 0 is solid    */
Rgb theme_viridis(double t);             /* 0..1, clamped                                         */
Rgb theme_diverging(double t);           /* 0 blue, 0.5 light grey, 1 orange                      */
Rgb theme_mix(Rgb a, Rgb b, double t);
Rgb theme_ink(Rgb on);                    /* black or white, whichever reads better on it          */
uint32_t theme_argb(Rgb c, double alpha); /* premultiplied, as Cairo stores it                     */

/* The same of bytes, and between two of them: `share` of 256 parts are b. */
static inline uint32_t argb_opaque(unsigned r, unsigned g, unsigned b) {
  return 0xff000000u | r << 16 | g << 8 | b;
}
static inline uint32_t argb_mix(uint32_t a, uint32_t b, unsigned share) {
  const uint32_t rb = (b & 0xff00ff) * share + (a & 0xff00ff) * (256 - share);
  const uint32_t ag = (b >> 8 & 0xff00ff) * share + (a >> 8 & 0xff00ff) * (256 - share);
  return (rb >> 8 & 0xff00ff) | (ag & 0xff00ff00);
}

#endif
