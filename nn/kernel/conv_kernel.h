/* conv_kernel.h: inner loops of convolutions on channels-last data (see ../conv.h, which cuts the work).
 *
 * Weights are packed in panels of `nr` outputs: b[k * nr + j], k over taps and channels.  Pointers are to
 * reals of the table's type; steps count elements. */
#ifndef LUNETTE_CONV_KERNEL_H
#define LUNETTE_CONV_KERNEL_H
#include "choices.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ConvKernels ConvKernels;

CHOICES(ACT, none, relu, relu6, leaky)
typedef enum ACT ConvAct;
/* The parameters of an op that ends with one (op/params.h). */
#define ACT_ROWS                                                                                             \
  (CHOICE, act, ACT_none, "what follows the sum", ACT_words), (NUMBER, slope, 0.1, "of leaky, below 0")

/* What happens to a sum before it is stored: y = act(sum + bias + residual).  residual lies as y does. */
typedef struct ConvFinish {
  const void *bias;     /* [O] or NULL                                        */
  const void *y;        /* start of the output, to which `residual` is parallel */
  const void *residual; /* or NULL                                          */
  ConvAct act;
  double slope; /* of ACT_leaky                                             */
} ConvFinish;

/* A run of pixels: n of them, x and dy step from one to the next. */
typedef struct ConvRun {
  const void *x, *dy;
  int64_t n;
} ConvRun;

/* One row of a convolution whose channels are in small groups: kernel kh x kw over `inputs` channels, weights
 * [kh kw inputs][C].  The outputs are channels [first, first + channels) of C; each row of x has, for every
 * one of these, its own input: channel `first` of the output looks at the row's start. */
typedef struct DepthRow {
  const void *const *x; /* kh x inputs rows (of dy in depth_dx), NULL outside */
  const void *w;
  int64_t C, first, channels, inputs;
  int64_t pitch; /* elements from a pixel of x to the next */
  int64_t W, OW, kh, kw, sw, dw, left;
  const ConvFinish *finish; /* of `depth`; NULL: none */
} DepthRow;

/* Rows for DepthRow: `groups` groups of `inputs` channels each, which have `outputs` outputs each; both within a
 * vector.  Zeros before and after the W pixels. */
typedef struct DepthSpread {
  int64_t groups, inputs, outputs, W, pitch, before, after;
} DepthSpread;

/* Pixels of a row to planes, one for each channel: pixel i of channel c goes to to[c plane + before + i]; zeros before
 * and after it.  Up to PLANE_ROOM elements behind are overwritten. */
typedef struct PlaneRow {
  int64_t channels, before, pixels, after;
  int64_t step, plane; /* elements from a pixel to the next; from a plane to the next */
} PlaneRow;

/* n sums of outputs: y[o y_plane + i] = act(bias[o] + sum over t < taps, c < C of x[t][c plane + i] w[t][c w_step + o]).
 * Whole vectors are read and written: up to PLANE_ROOM elements more. */
typedef struct PlaneSums {
  int64_t taps, C, outputs, n; /* outputs <= plane_outputs */
  const void *const *x, *const *w;
  int64_t plane, w_step, y_plane;
  const void *bias; /* or NULL */
  ConvAct act;
  double slope;
} PlaneSums;
enum { PLANE_ROOM = 16 };

/* Pixels that follow each other, times one matrix: output o of a pixel is act(bias[o] + residual + sum over c < C of its
 * channel c times w[c w_c + o w_o]); C and O within TINY_CHANNELS and `tiny_channels`. */
typedef struct TinyRun {
  int64_t C, O, w_c, w_o;
  const void *w;
  const ConvFinish *finish;
} TinyRun;
typedef void TinyFn(int64_t n, const TinyRun *r, const void *x, void *y); /* n pixels */
enum { TINY_CHANNELS = 8 };

enum { CONV_LINE = 64 }; /* bytes of a cache line */
enum {
  CONV_FEW = 4,
  CONV_FEW_SUMS = 12
}; /* outputs for which dot products pay; pixels times outputs at once, of up to 8 pixels */

struct ConvKernels {
  const ConvKernels *narrow; /* of the instruction set whose vectors are half as long, or NULL */
  int mr, nr;                /* most pixels at once, outputs of a panel: two vectors */
  /* y[i][j] (+)= sum over t < taps, c < C of a[t * rows + i][offset + c] b[(t C + c) nr + j],
   * i < rows <= mr, j < cols <= nr, without the taps whose a[t * rows] is NULL; then f unless it is NULL
   * (output j has the number y_offset + j).
   * ahead: taps C cache lines to call into the second cache meanwhile, or NULL */
  void (*indirect)(int rows, int cols, int64_t taps, int64_t C, const void *const *a, int64_t offset,
                   const void *b, const void *ahead, void *const *y, int64_t y_offset, bool add,
                   const ConvFinish *f);
  /* The same where cols <= CONV_FEW and rows <= 8, rows cols <= CONV_FEW_SUMS; weights b[(t cols + j) C + c]. */
  void (*few)(int rows, int cols, int64_t taps, int64_t C, const void *const *a, int64_t offset,
              const void *b, const void *ahead, void *const *y, int64_t y_offset, bool add,
              const ConvFinish *f);
  /* y[i y_step + y_offset + j] = sum over t < taps, c < C of a[t][i step + c] b[(t C + c) nr + j], i < n, j < cols
   * <= nr, where n >= mr; then f as above: pixels a step apart */
  void (*along)(int64_t n, int cols, int64_t taps, int64_t C, const void *const *a, int64_t step,
                const void *b, void *y, int64_t y_step, int64_t y_offset, const ConvFinish *f);
  /* w[i w_rs + j] (+)= sum over runs and their pixels k of x[k x_step + x_offset + i] dy[k dy_step +
   * dy_offset + j] */
  void (*outer)(int rows, int cols, int64_t runs, const ConvRun *run, int64_t x_offset, int64_t dy_offset,
                int64_t x_step, int64_t dy_step, void *w, int64_t w_rs, bool add);
  /* n pixels of O outputs, ld apart, from output number `first` on: y = act(y + bias + residual) */
  void (*finish)(int64_t n, int64_t O, int64_t first, void *y, int64_t ld, const ConvFinish *f);
  /* dy where act's output y is in its linear part, else its slope times dy (relu6: 0) */
  void (*act_grad)(int64_t n, void *dx, const void *dy, const void *y, ConvAct act, double slope);

  /* y[OW][C], dx[W][C], dw[kh kw inputs][C]: one row each; y and dy begin at channel `first` */
  void (*depth)(const DepthRow *r, void *y);
  void (*depth_dx)(const DepthRow *r, void *dx, bool add);
  void (*depth_dw)(const DepthRow *r, const void *dy, void *dw); /* adds */
  /* to[inputs][before + W + after][nr / 2] */
  void (*spread)(const DepthSpread *s, const void *x, void *to);

  int plane_outputs;
  void (*to_planes)(const PlaneRow *r, const void *x, void *to);
  void (*plane_sums)(const PlaneSums *s, void *y);
  /* y[i step + o] = from[o plane + i] (+ residual[i step + o] unless it is NULL), i < n, o < outputs */
  void (*of_planes)(int64_t n, int64_t outputs, const void *from, int64_t plane, void *y, int64_t step,
                    const void *residual);

  int64_t tiny_channels; /* of pixels of which a vector holds several, at most; 0: none are served */
  TinyFn *tiny;          /* the residual is not y */
  /* The same of any C and O <= thin_outputs; w_c is 1, and each output's weights end with zeros to a whole vector. */
  int64_t thin_outputs;
  TinyFn *thin;

  /* Winograd F(m x m, 3 x 3), a = m + 2: m is 2, 3 or 4 (f32 only, else NULL).  Lavin and Gray 2015,
   * arXiv:1509.09308.  V[f][tile][C], f over a * a; steps count elements. */
  /* Channels [c0, c1) of panel `panel` of u[f][c1 - c0][nr] for a convolution from C to O channels: of w [9][C][O],
   * or with `rotate` of w [9][O][C] turned by 180 degrees. */
  void (*wino_weights)(int m, int64_t C, int64_t O, int64_t panel, bool rotate, int64_t c0, int64_t c1,
                       const void *w, void *u, int64_t f_step);
  /* n channels of one tile whose first pixel is (y, x) of the image [H,W,C] */
  void (*wino_in)(int m, const void *image, int64_t H, int64_t W, int64_t C, int64_t y, int64_t x, int64_t n,
                  void *v, int64_t f_step);
  /* one tile of sums to the output [OH,OW,O] at (y, x), outputs first .. first + cols; whether all are finite */
  bool (*wino_out)(int m, const void *sums, int64_t f_step, void *image, int64_t OH, int64_t OW, int64_t O,
                   int64_t y, int64_t x, int64_t first, int64_t cols, bool add, const ConvFinish *f);
  /* m = 4: n channels of one tile of dy, 4 x 4 at (y, x) of [OH,OW,O] */
  void (*wino_dy)(const void *image, int64_t OH, int64_t OW, int64_t O, int64_t y, int64_t x, int64_t n,
                  void *v, int64_t f_step);
  /* m = 4: sums u[f][O] of one input channel to dw[9] rows w_step apart; adds when add; whether all are finite */
  bool (*wino_dw)(const void *u, int64_t f_step, int64_t O, void *dw, int64_t w_step, bool add);
  float (*wino_peak)(int64_t n, const void *x); /* greatest |x|; inf or NaN where one is */
};
#endif
