/* test_conv.c: every way of conv.h against a plain loop in f64, on both sides of each rule that chooses the
 * way. */
#include "nn_test.h"

#include "conv.h"
#include "pack.h"
#include "parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Case {
  const char *what;
  Conv c;
  double bound; /* of the greatest error, relative to the greatest value, in f32 */
} Case;

/* clang-format off */
#define PLAIN .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 1
#define PAD1 .top = 1, .bottom = 1, .left = 1, .right = 1
static const Case cases[] = {
  {"1x1", {.N = 2, .H = 5, .W = 7, .C = 19, .O = 35, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"1x1, 5 pixels", {.N = 1, .H = 5, .W = 1, .C = 20, .O = 35, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"1x1 of 512, rows in pieces", {.N = 1, .H = 15, .W = 17, .C = 512, .O = 33, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"1x1 of 513, rows in pieces", {.N = 1, .H = 15, .W = 17, .C = 513, .O = 33, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"1x1 with a border below", {.N = 2, .H = 7, .W = 8, .C = 20, .O = 17, .kh = 1, .kw = 1, PLAIN, .bottom = 2, .right = 1}, 2e-6},
  {"1x1 in groups", {.N = 2, .H = 7, .W = 8, .C = 60, .O = 34, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 2}, 2e-6},
  {"3x3 of 64: all taps at once", {.N = 1, .H = 9, .W = 10, .C = 64, .O = 33, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, PAD1}, 2e-6},
  {"3x3 of 65: taps in two parts", {.N = 1, .H = 9, .W = 10, .C = 65, .O = 33, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, PAD1}, 2e-6},
  {"1x1, rows a page apart", {.N = 1, .H = 3, .W = 5, .C = 1024, .O = 40, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"1x1, stride 2", {.N = 2, .H = 7, .W = 6, .C = 20, .O = 17, .kh = 1, .kw = 1, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1}, 2e-6},
  {"stem 7x7", {.N = 2, .H = 20, .W = 17, .C = 3, .O = 33, .kh = 7, .kw = 7, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, .top = 3, .bottom = 3, .left = 3, .right = 3}, 2e-6},
  {"taps of 512 numbers in rows of 14", {.N = 2, .H = 9, .W = 29, .C = 4, .O = 21, .kh = 8, .kw = 16, PLAIN}, 3e-6},
  {"taps of 513 numbers in rows of 14", {.N = 2, .H = 10, .W = 32, .C = 3, .O = 21, .kh = 9, .kw = 19, PLAIN}, 3e-6},
  {"taps of 2400 numbers in rows of 14", {.N = 1, .H = 17, .W = 43, .C = 5, .O = 21, .kh = 16, .kw = 30, PLAIN}, 5e-6},
  {"taps of 2401 numbers in rows of 14", {.N = 1, .H = 8, .W = 20, .C = 49, .O = 21, .kh = 7, .kw = 7, PLAIN}, 5e-6},
  {"16 taps: a copy with its border", {.N = 2, .H = 9, .W = 18, .C = 6, .O = 40, .kh = 4, .kw = 4, PLAIN, PAD1}, 2e-6},
  {"15 taps: none", {.N = 2, .H = 9, .W = 18, .C = 6, .O = 40, .kh = 3, .kw = 5, PLAIN, PAD1}, 2e-6},
  {"rows of taps that end above the image", {.N = 2, .H = 7, .W = 18, .C = 6, .O = 40, .kh = 3, .kw = 3, PLAIN, .top = 2}, 2e-6},
  {"rows of taps that end below the image", {.N = 2, .H = 7, .W = 18, .C = 6, .O = 40, .kh = 3, .kw = 3, PLAIN, .bottom = 1}, 2e-6},
  {"3 channels, long rows, many outputs", {.N = 2, .H = 5, .W = 61, .C = 3, .O = 150, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"two groups with three outputs each", {.N = 2, .H = 7, .W = 9, .C = 68, .O = 6, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 2, PAD1}, 2e-6},
  {"one output of many taps", {.N = 1, .H = 12, .W = 33, .C = 70, .O = 1, .kh = 7, .kw = 7, PLAIN, .top = 3, .bottom = 3, .left = 3, .right = 3}, 2e-6},
  {"four outputs, dilated", {.N = 2, .H = 9, .W = 13, .C = 40, .O = 4, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 2, .dw = 2, .groups = 1, .top = 2, .bottom = 2, .left = 2, .right = 2}, 2e-6},
  {"3x3, few channels", {.N = 1, .H = 9, .W = 11, .C = 5, .O = 7, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"3x3, stride 2", {.N = 2, .H = 9, .W = 12, .C = 40, .O = 33, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, PAD1}, 2e-6},
  {"uneven everything", {.N = 1, .H = 11, .W = 9, .C = 6, .O = 10, .kh = 2, .kw = 3, .sh = 3, .sw = 2, .dh = 2, .dw = 1, .groups = 2, .top = 2, .bottom = 0, .left = 1, .right = 3}, 2e-6},
  {"dilated", {.N = 1, .H = 12, .W = 12, .C = 34, .O = 36, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 2, .dw = 3, .groups = 1, .top = 2, .bottom = 2, .left = 3, .right = 3}, 2e-6},
  {"stride beyond the kernel", {.N = 2, .H = 8, .W = 9, .C = 4, .O = 3, .kh = 1, .kw = 2, .sh = 3, .sw = 4, .dh = 1, .dw = 1, .groups = 1}, 2e-6},
  {"long rows of taps", {.N = 2, .H = 1, .W = 90, .C = 101, .O = 20, .kh = 1, .kw = 15, .sh = 1, .sw = 4, .dh = 1, .dw = 1, .groups = 1}, 3e-6},
  {"large kernel", {.N = 1, .H = 22, .W = 23, .C = 5, .O = 3, .kh = 21, .kw = 20, PLAIN, PAD1}, 3e-6},
  {"depthwise", {.N = 2, .H = 9, .W = 10, .C = 37, .O = 37, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 37, PAD1}, 2e-6},
  {"depthwise, stride 2", {.N = 1, .H = 9, .W = 10, .C = 20, .O = 20, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 20, .top = 0, .bottom = 1, .left = 0, .right = 1}, 2e-6},
  {"depthwise 5x4, dilated, tiny image", {.N = 1, .H = 3, .W = 2, .C = 9, .O = 9, .kh = 5, .kw = 4, .sh = 1, .sw = 1, .dh = 1, .dw = 2, .groups = 9, .top = 2, .bottom = 2, .left = 3, .right = 4}, 2e-6},
  {"groups with two outputs each", {.N = 1, .H = 6, .W = 6, .C = 8, .O = 16, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 8, PAD1}, 2e-6},
  {"depthwise 3x3, long rows", {.N = 1, .H = 4, .W = 37, .C = 33, .O = 33, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 33, PAD1}, 2e-6},
  {"depthwise 5x7, stride 2, long rows", {.N = 1, .H = 7, .W = 52, .C = 18, .O = 18, .kh = 5, .kw = 7, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 18, .top = 2, .bottom = 2, .left = 3, .right = 3}, 2e-6},
  {"depthwise, stride 3, dilated, long rows", {.N = 1, .H = 7, .W = 52, .C = 18, .O = 18, .kh = 3, .kw = 3, .sh = 1, .sw = 3, .dh = 2, .dw = 2, .groups = 18, .top = 2, .bottom = 2, .left = 2, .right = 2}, 2e-6},
  {"depthwise with more than the padding cut off", {.N = 1, .H = 5, .W = 6, .C = 5, .O = 5, .kh = 2, .kw = 2, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 5, .top = 3, .bottom = 1, .left = 2, .right = 3}, 2e-6},
  {"groups of 4", {.N = 2, .H = 9, .W = 21, .C = 44, .O = 44, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 11, PAD1}, 2e-6},
  {"groups of 4, rows in parts", {.N = 1, .H = 11, .W = 301, .C = 16, .O = 16, .kh = 5, .kw = 5, .sh = 1, .sw = 1, .dh = 2, .dw = 1, .groups = 4, .top = 4, .bottom = 4, .left = 2, .right = 2}, 2e-6},
  {"groups of 3 with 2 outputs, stride 2", {.N = 3, .H = 10, .W = 33, .C = 39, .O = 26, .kh = 3, .kw = 2, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 13, .top = 1, .bottom = 1, .left = 1, .right = 0}, 2e-6},
  {"groups of 2 with 3 outputs, dilated", {.N = 2, .H = 9, .W = 10, .C = 10, .O = 15, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 3, .dw = 2, .groups = 5, .top = 3, .bottom = 3, .left = 2, .right = 2}, 2e-6},
  {"groups of 8: two to a vector at most", {.N = 1, .H = 6, .W = 9, .C = 24, .O = 24, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 3, PAD1}, 2e-6},
  {"groups of 9: none", {.N = 1, .H = 6, .W = 9, .C = 27, .O = 27, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 3, PAD1}, 2e-6},
  {"groups of 4 in 64 rows", {.N = 1, .H = 17, .W = 5, .C = 8, .O = 8, .kh = 16, .kw = 2, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 2}, 2e-6},
  {"groups of 4 in 68 rows", {.N = 1, .H = 18, .W = 5, .C = 8, .O = 8, .kh = 17, .kw = 2, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 2}, 2e-6},
  {"groups beside the image", {.N = 1, .H = 2, .W = 3, .C = 4, .O = 4, .kh = 3, .kw = 3, .sh = 1, .sw = 4, .dh = 1, .dw = 1, .groups = 2, .top = 9, .bottom = 9, .left = 150, .right = 150}, 2e-6},
  {"planes: 8 outputs, 4 taps of 9 to spare", {.N = 2, .H = 21, .W = 19, .C = 33, .O = 8, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"no planes: 9 outputs", {.N = 2, .H = 21, .W = 19, .C = 33, .O = 9, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"planes: 5 outputs", {.N = 2, .H = 21, .W = 19, .C = 3, .O = 5, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"planes: 6 outputs of 12 taps", {.N = 2, .H = 21, .W = 19, .C = 3, .O = 6, .kh = 3, .kw = 4, PLAIN, PAD1}, 2e-6},
  {"planes: 7 outputs of 24 taps", {.N = 2, .H = 21, .W = 19, .C = 3, .O = 7, .kh = 4, .kw = 6, PLAIN, PAD1}, 2e-6},
  {"planes: 6 taps, 8 outputs", {.N = 1, .H = 17, .W = 35, .C = 7, .O = 8, .kh = 2, .kw = 3, PLAIN}, 2e-6},
  {"no planes: 5 taps, 8 outputs", {.N = 1, .H = 17, .W = 35, .C = 7, .O = 8, .kh = 1, .kw = 5, PLAIN}, 2e-6},
  {"planes: 3 outputs of 32 channels", {.N = 1, .H = 14, .W = 15, .C = 32, .O = 3, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"no planes: 3 outputs of 33 channels", {.N = 1, .H = 14, .W = 15, .C = 33, .O = 3, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"planes: stride 2, 5x5", {.N = 2, .H = 23, .W = 38, .C = 8, .O = 8, .kh = 5, .kw = 5, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, .top = 2, .bottom = 2, .left = 2, .right = 2}, 2e-6},
  {"no planes: stride 2, 4x4", {.N = 2, .H = 23, .W = 38, .C = 8, .O = 8, .kh = 4, .kw = 4, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, PAD1}, 2e-6},
  {"planes: stride 3 and 2, phases that no tap meets", {.N = 1, .H = 31, .W = 38, .C = 5, .O = 3, .kh = 7, .kw = 7, .sh = 3, .sw = 2, .dh = 3, .dw = 2, .groups = 1, .top = 7, .bottom = 5, .left = 4, .right = 9}, 2e-6},
  {"planes: stride 2, 3 outputs of 16 channels", {.N = 1, .H = 11, .W = 36, .C = 16, .O = 3, .kh = 5, .kw = 5, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1}, 2e-6},
  {"no planes: stride 2, 3 outputs of 17 channels", {.N = 1, .H = 11, .W = 36, .C = 17, .O = 3, .kh = 5, .kw = 5, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1}, 2e-6},
  {"no planes: stride 2, rows of 15", {.N = 1, .H = 11, .W = 34, .C = 16, .O = 3, .kh = 5, .kw = 5, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1}, 2e-6},
  {"planes: 128 taps", {.N = 1, .H = 12, .W = 40, .C = 2, .O = 3, .kh = 4, .kw = 32, PLAIN}, 2e-6},
  {"no planes: 129 taps", {.N = 1, .H = 12, .W = 50, .C = 2, .O = 3, .kh = 3, .kw = 43, PLAIN}, 2e-6},
  {"planes: one row, in pieces", {.N = 2, .H = 1, .W = 2411, .C = 30, .O = 5, .kh = 1, .kw = 9, PLAIN, .left = 4, .right = 4}, 4e-6},
  {"planes: rows in bands", {.N = 1, .H = 70, .W = 111, .C = 11, .O = 2, .kh = 3, .kw = 3, PLAIN, PAD1}, 4e-6},
  {"planes beside the image", {.N = 1, .H = 2, .W = 3, .C = 4, .O = 4, .kh = 3, .kw = 3, .sh = 1, .sw = 2, .dh = 5, .dw = 1, .groups = 1, .top = 19, .bottom = 9, .left = 50, .right = 50}, 2e-6},
  {"planes: groups of 5", {.N = 1, .H = 9, .W = 21, .C = 15, .O = 15, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 3, PAD1}, 2e-6},
  {"planes: groups of 8, stride 2", {.N = 2, .H = 11, .W = 21, .C = 24, .O = 24, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 3, PAD1}, 2e-6},
  {"planes where 6 are half a vector: groups of 6, stride 2", {.N = 2, .H = 11, .W = 21, .C = 18, .O = 18, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 3, PAD1}, 2e-6},
  {"planes where 4 are half a vector: groups of 4, stride 2", {.N = 2, .H = 11, .W = 21, .C = 12, .O = 12, .kh = 3, .kw = 3, .sh = 1, .sw = 2, .dh = 1, .dw = 1, .groups = 3, PAD1}, 2e-6},
  {"dx overlaps: 4 channels of 16", {.N = 2, .H = 13, .W = 17, .C = 4, .O = 16, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, .top = 1, .bottom = 1, .left = 1, .right = 1}, 2e-6},
  {"dx of 5 channels: none", {.N = 2, .H = 13, .W = 17, .C = 5, .O = 16, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, .top = 1, .bottom = 1, .left = 1, .right = 1}, 2e-6},
  {"dx of 15 outputs: none", {.N = 2, .H = 13, .W = 17, .C = 4, .O = 15, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, .top = 1, .bottom = 1, .left = 1, .right = 1}, 2e-6},
  {"dx overlaps: rows and columns between", {.N = 2, .H = 14, .W = 19, .C = 3, .O = 33, .kh = 2, .kw = 1, .sh = 3, .sw = 3, .dh = 1, .dw = 1, .groups = 1, .top = 0, .bottom = 0, .left = 0, .right = 0}, 2e-6},
  {"dx overlaps: uneven, dilated, 256 at once", {.N = 1, .H = 29, .W = 37, .C = 4, .O = 20, .kh = 8, .kw = 8, .sh = 3, .sw = 2, .dh = 1, .dw = 3, .groups = 1, .top = 2, .bottom = 5, .left = 9, .right = 0}, 2e-6},
  {"dx of 260 at once: none", {.N = 1, .H = 20, .W = 40, .C = 4, .O = 20, .kh = 5, .kw = 13, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 1, .top = 2, .bottom = 2, .left = 3, .right = 3}, 2e-6},
  {"dx overlaps: taps beside the image", {.N = 1, .H = 3, .W = 2, .C = 2, .O = 17, .kh = 3, .kw = 3, .sh = 2, .sw = 1, .dh = 4, .dw = 5, .groups = 1, .top = 9, .bottom = 8, .left = 14, .right = 11}, 2e-6},
  {"tiny: 2 channels to 3", {.N = 2, .H = 9, .W = 13, .C = 2, .O = 3, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"tiny: 5 channels to 5", {.N = 2, .H = 21, .W = 31, .C = 5, .O = 5, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"tiny: one channel to 8", {.N = 2, .H = 9, .W = 13, .C = 1, .O = 8, .kh = 1, .kw = 1, PLAIN}, 2e-6},
  {"not tiny: a border below", {.N = 2, .H = 7, .W = 8, .C = 3, .O = 3, .kh = 1, .kw = 1, PLAIN, .bottom = 2}, 2e-6},
  {"not tiny: two groups", {.N = 2, .H = 7, .W = 8, .C = 4, .O = 4, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 2}, 2e-6},
  {"dx overlaps: stride 1, one channel of 16", {.N = 2, .H = 13, .W = 17, .C = 1, .O = 16, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"dx overlaps: stride 1, one channel of 32", {.N = 2, .H = 13, .W = 17, .C = 1, .O = 32, .kh = 5, .kw = 4, PLAIN, PAD1}, 2e-6},
  {"dx overlaps: stride 1, one channel of 64", {.N = 1, .H = 9, .W = 9, .C = 1, .O = 64, .kh = 2, .kw = 3, PLAIN}, 2e-6},
  {"dx of stride 1, two channels: none", {.N = 2, .H = 13, .W = 17, .C = 2, .O = 32, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"winograd 4: many tiles", {.N = 2, .H = 33, .W = 30, .C = 32, .O = 45, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 4: few tiles, many channels", {.N = 1, .H = 24, .W = 23, .C = 70, .O = 96, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 4, in training 2: no padding, crowded pitch", {.N = 6, .H = 10, .W = 10, .C = 256, .O = 33, .kh = 3, .kw = 3, PLAIN}, 3e-5},
  {"winograd 4, in training 2: uneven padding", {.N = 3, .H = 9, .W = 12, .C = 33, .O = 32, .kh = 3, .kw = 3, PLAIN, .top = 2, .bottom = 0, .left = 0, .right = 2}, 3e-5},
  {"winograd 4: more channels than outputs", {.N = 1, .H = 20, .W = 20, .C = 288, .O = 32, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 4: weights in strips, two blocks of tiles", {.N = 1, .H = 21, .W = 22, .C = 258, .O = 258, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 4: just not in strips", {.N = 1, .H = 15, .W = 15, .C = 256, .O = 256, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 2, weights direct: many small maps", {.N = 9, .H = 5, .W = 5, .C = 40, .O = 36, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-5},
  {"winograd 4: weights at hand, not kept", {.N = 1, .H = 29, .W = 29, .C = 143, .O = 230, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 4: weights at hand, kept", {.N = 2, .H = 16, .W = 24, .C = 140, .O = 40, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"winograd 2, in training direct", {.N = 1, .H = 8, .W = 8, .C = 40, .O = 36, .kh = 3, .kw = 3, PLAIN, PAD1}, 1e-5},
  {"16 channels: winograd 4", {.N = 2, .H = 16, .W = 16, .C = 16, .O = 32, .kh = 3, .kw = 3, PLAIN, PAD1}, 3e-5},
  {"31 outputs: direct", {.N = 2, .H = 16, .W = 16, .C = 32, .O = 31, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"15 channels: direct", {.N = 2, .H = 16, .W = 16, .C = 15, .O = 32, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"winograd 3, in training 2: 13 x 13 of many channels", {.N = 1, .H = 13, .W = 13, .C = 150, .O = 70, .kh = 3, .kw = 3, PLAIN, PAD1}, 1e-5},
  {"winograd 3, in training 2: uneven padding", {.N = 1, .H = 14, .W = 12, .C = 33, .O = 40, .kh = 3, .kw = 3, PLAIN, .top = 0, .bottom = 2, .left = 2, .right = 0}, 1e-5},
  {"winograd 3, in training 2: a window of 13 x 14", {.N = 1, .H = 13, .W = 14, .C = 40, .O = 33, .kh = 3, .kw = 3, PLAIN, PAD1}, 1e-5},
  {"few pixels: direct", {.N = 1, .H = 4, .W = 5, .C = 32, .O = 32, .kh = 3, .kw = 3, PLAIN, PAD1}, 2e-6},
  {"rows along, pixels beside", {.N = 3, .H = 9, .W = 33, .C = 24, .O = 40, .kh = 5, .kw = 5, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 1, .top = 2, .bottom = 2, .left = 2, .right = 2}, 2e-6},
  {"rows along in groups, stride 2", {.N = 5, .H = 8, .W = 41, .C = 36, .O = 36, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .dh = 1, .dw = 1, .groups = 2, PAD1}, 2e-6},
};
/* clang-format on */

static uint64_t state = 1;
static double noise(void) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return (double)(state >> 33) / (double)(1u << 30) - 1;
}

static Tensor *random_tensor(Dtype d, int64_t a, int64_t b, int64_t c, int64_t k) {
  Err e;
  Tensor *t = tensor_new(d, 4, (int64_t[]){a, b, c, k}, &e);
  assert_non_null(t);
  for (int64_t i = 0; i < t->n; i++) tensor_set(t, i, noise());
  return t;
}

static double *doubles(const Tensor *t) {
  double *v = malloc((size_t)(t->n + 1) * sizeof *v);
  for (int64_t i = 0; i < t->n; i++) v[i] = tensor_get(t, i);
  return v;
}

typedef struct Plain { /* x, w, dy in; y, dx, dw out */
  double *x, *w, *dy, *y, *dx, *dw;
} Plain;

static void plain_tap(const Conv *c, Plain *p, int64_t out, int64_t in, int64_t o, int64_t ky, int64_t kx) {
  int64_t Cg = c->C / c->groups, Og = c->O / c->groups, first = o / Og * Cg;
  for (int64_t k = 0; k < Cg; k++) {
    int64_t xi = in * c->C + first + k, wi = ((ky * c->kw + kx) * Cg + k) * c->O + o, yi = out * c->O + o;
    p->y[yi] += p->x[xi] * p->w[wi];
    p->dx[xi] += p->dy[yi] * p->w[wi];
    p->dw[wi] += p->dy[yi] * p->x[xi];
  }
}

static void plain(const Conv *c, Plain *p) {
  for (int64_t i = 0; i < c->N * c->OH * c->OW; i++) {
    int64_t n = i / c->OW / c->OH, oy = i / c->OW % c->OH, ox = i % c->OW;
    for (int64_t t = 0; t < c->kh * c->kw; t++) {
      int64_t ky = t / c->kw, kx = t % c->kw, iy = oy * c->sh + ky * c->dh - c->top,
              ix = ox * c->sw + kx * c->dw - c->left;
      if (iy < 0 || iy >= c->H || ix < 0 || ix >= c->W) continue;
      for (int64_t o = 0; o < c->O; o++) plain_tap(c, p, i, (n * c->H + iy) * c->W + ix, o, ky, kx);
    }
  }
}

static void close_to(const char *what, const char *which, const Tensor *t, const double *want, double bound) {
  double scale = 1e-30, worst = 0;
  for (int64_t i = 0; i < t->n; i++) {
    scale = fmax(scale, fabs(want[i]));
    double d = fabs(tensor_get(t, i) - want[i]);
    worst = d <= worst ? worst : d; /* NaN is worst */
  }
  if (!(worst <= bound * scale)) fail_msg("%s: %s is off by %.3g of %.3g", what, which, worst, scale);
}

static Tensor *like(const Tensor *t) {
  Err e;
  return tensor_zeros(t->dtype, t->nd, t->shape, &e);
}

/* All three results, into tensors that hold 1 where they are added to. */
static void all_three(const Conv *c, Tensor *x, Tensor *w, Tensor *dy, Tensor *y, Tensor *dx, Tensor *dw,
                      bool add) {
  Err e;
  const ConvFinish nothing = {.act = ACT_none};
  assert_true(conv_forward(c, x, w, &nothing, y, &e));
  assert_true(conv_backward_x(c, dy, w, dx, add, &e));
  assert_true(conv_backward_w(c, x, dy, dw, add, &e));
}

static void check(const Case *k, Dtype d, bool trained) {
  Err e;
  Conv c = k->c;
  assert_true(conv_sizes(&c, false, "test", &e));
  Tensor *x = random_tensor(d, c.N, c.H, c.W, c.C), *w = random_tensor(d, c.kh, c.kw, c.C / c.groups, c.O),
         *dy = random_tensor(d, c.N, c.OH, c.OW, c.O), *y = like(dy), *dx = like(x), *dw = like(w);
  Plain p = {doubles(x), doubles(w), doubles(dy), doubles(y), doubles(dx), doubles(dw)};
  double bound = d == F64 ? 1e-13 : k->bound;
  w->requires_grad = trained; /* moves the threshold of tiles */
  plain(&c, &p);
  all_three(&c, x, w, dy, y, dx, dw, false);
  close_to(k->what, "y", y, p.y, bound);
  close_to(k->what, "dx", dx, p.dx, bound);
  close_to(k->what, "dw", dw, p.dw, bound);
  for (int64_t i = 0; i < dx->n; i++) p.dx[i] += p.dx[i];
  for (int64_t i = 0; i < dw->n; i++) p.dw[i] += p.dw[i];
  for (int i = 0; i < 2; i++) { /* again, now from kept weights, onto what is there; then once more */
    if (i)
      memset(dx->data, 0, (size_t)dx->n * dtype_size[d]), memset(dw->data, 0, (size_t)dw->n * dtype_size[d]);
    all_three(&c, x, w, dy, y, dx, dw, true);
    if (i) all_three(&c, x, w, dy, y, dx, dw, true);
    close_to(k->what, "y again", y, p.y, bound);
    close_to(k->what, "dx added", dx, p.dx, bound);
    close_to(k->what, "dw added", dw, p.dw, bound);
  }
  Tensor *all[] = {x, w, dy, y, dx, dw};
  for (int i = 0; i < 6; i++) tensor_release(all[i]);
  double *v[] = {p.x, p.w, p.dy, p.y, p.dx, p.dw};
  for (int i = 0; i < 6; i++) free(v[i]);
}

static void test_against_plain_loops(void **ignored) {
  (void)ignored;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    check(&cases[i], F32, false);
    check(&cases[i], F32, true);
    check(&cases[i], F64, false);
  }
}

/* Pixels whose taps are all there go along their rows, those beside them and short rows by pointers; sums of up to 1024
 * terms (9 C) along, longer ones not. */
static void test_pixels_beside_those_of_a_row(void **ignored) {
  (void)ignored;
  for (int64_t i = 0; i < 96; i++) {
    const int64_t W = 12 + i % 32, stride = 1 + i % 3, dilation = 1 + i % 2, groups = 1 + i % 5 / 4,
                  C = i % 16 ? 5 + i % 7 : 112 + i / 16, O = 5 + i % 9 * 5;
    char what[80];
    snprintf(what, sizeof what, "row of %d, stride %d, dilated %d, %d groups, %d to %d", (int)W, (int)stride,
             (int)dilation, (int)groups, (int)C, (int)O);
    Case one = {what,
                {.N = 1 + i % 4,
                 .H = 1 + i % 6,
                 .W = W,
                 .C = groups * C,
                 .O = groups * O,
                 .kh = 3,
                 .kw = 3,
                 .sh = stride,
                 .sw = stride,
                 .dh = dilation,
                 .dw = dilation,
                 .groups = groups,
                 .top = 2 + i % 3,
                 .bottom = 2,
                 .left = i % 4,
                 .right = i / 4 % 4},
                2e-6};
    check(&one, F32, false);
    check(&one, F64, false);
  }
}

/* Rows end inside, beside and before the outputs that are computed at once. */
static void test_depthwise_rows_of_every_width(void **ignored) {
  (void)ignored;
  for (int64_t k = 2; k <= 7; k++)
    for (int64_t i = 0; i < 3 * 3 * 20; i++) {
      const int64_t stride = 1 + i % 3, left = i / 3 % 3 * k / 2, W = 1 + i / 9, H = k == 4 ? 2 : k;
      char what[64];
      snprintf(what, sizeof what, "depthwise %d, stride %d, %d before a row of %d", (int)k, (int)stride,
               (int)left, (int)W);
      Case one = {what,
                  {.N = 1,
                   .H = H,
                   .W = W,
                   .C = 19,
                   .O = 19,
                   .kh = H,
                   .kw = k,
                   .sh = 1,
                   .sw = stride,
                   .dh = 1,
                   .dw = 1,
                   .groups = 19,
                   .top = 1,
                   .bottom = 1,
                   .left = left,
                   .right = k - 1},
                  2e-6};
      check(&one, F32, false);
      check(&one, F64, false);
    }
}

/* Strips of every height, single vectors and two, whole and in part. */
static void test_rows_of_few_channels_of_every_width(void **ignored) {
  (void)ignored;
  static const int outputs[] = {1, 4, 5, 8, 9, 16, 17, 32, 33};
  for (int64_t W = 1; W <= 61; W++)
    for (size_t o = 0; o < sizeof outputs / sizeof *outputs; o++) {
      const int64_t stride = 1 + (W + (int64_t)o) % 3;
      char what[64];
      snprintf(what, sizeof what, "3 channels, rows of %d, stride %d, %d outputs", (int)W, (int)stride,
               outputs[o]);
      Case one = {what,
                  {.N = 1,
                   .H = 4,
                   .W = (W - 1) * stride + 1,
                   .C = 3,
                   .O = outputs[o],
                   .kh = 3,
                   .kw = 3,
                   .sh = 2,
                   .sw = stride,
                   .dh = 1,
                   .dw = 1,
                   .groups = 1,
                   PAD1},
                  2e-6};
      check(&one, F32, false);
      check(&one, F64, false);
    }
}

/* Dot products: y of few outputs, and dx of few channels. */
static void test_few_outputs(void **ignored) {
  (void)ignored;
  static const int many[] = {4, 7, 8, 9, 16, 17, 33};
  for (int64_t n = 1; n <= CONV_FEW + 1; n++)
    for (size_t m = 0; m < sizeof many / sizeof *many; m++)
      for (int64_t i = 0; i < 2 * 9; i++) {
        const int64_t W = 1 + i / 2, k = 1 + (W + n) % 3, stride = 1 + (W + (int64_t)m) % 2;
        char what[96];
        snprintf(what, sizeof what, "%d %s, %d others, rows of %d, kernel %d, stride %d", (int)n,
                 i % 2 ? "channels" : "outputs", many[m], (int)W, (int)k, (int)stride);
        Case one = {what,
                    {.N = 2,
                     .H = 3,
                     .W = W,
                     .C = i % 2 ? n : many[m],
                     .O = i % 2 ? many[m] : n,
                     .kh = k,
                     .kw = k,
                     .sh = stride,
                     .sw = stride,
                     .dh = 1,
                     .dw = 1,
                     .groups = 1,
                     .top = k / 2,
                     .bottom = k / 2,
                     .left = W < 5 ? 1 : 0,
                     .right = W < 4 ? 1 : 0},
                    2e-6};
        if (W + one.c.left + one.c.right < k) continue;
        check(&one, F32, false);
        check(&one, F64, false);
      }
}

/* Channels and outputs of which a vector holds several pixels and does not, runs that end anywhere in one.
 * The sums of dw may cancel. */
static void test_tiny(void **ignored) {
  (void)ignored;
  for (int64_t C = 1; C <= 9; C++)
    for (int64_t O = 1; O <= 9; O++)
      for (int64_t n = 1; n <= 80; n += 1 + (C + O + n) % 4) {
        char what[64];
        snprintf(what, sizeof what, "1x1 of %d pixels, %d to %d", (int)n, (int)C, (int)O);
        Case one = {what, {.N = 1, .H = 1, .W = n, .C = C, .O = O, .kh = 1, .kw = 1, PLAIN}, 2e-5};
        check(&one, F32, false);
        check(&one, F64, false);
      }
}

/* To few outputs: channels around whole vectors and runs that end anywhere in one; the same back. */
static void test_thin(void **ignored) {
  (void)ignored;
  static const int64_t channels[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 100};
  for (int i = 0; i < (int)(sizeof channels / sizeof *channels); i++)
    for (int64_t O = 1; O <= 5; O++)
      for (int64_t n = 1; n <= 40; n += 1 + (i + O + n) % 4) {
        char what[64];
        snprintf(what, sizeof what, "1x1 of %d pixels between %d and %d", (int)n, (int)channels[i], (int)O);
        Case to = {what, {.N = 1, .H = 1, .W = n, .C = channels[i], .O = O, .kh = 1, .kw = 1, PLAIN}, 2e-5};
        Case from = {what, {.N = 1, .H = 1, .W = n, .C = O, .O = channels[i], .kh = 1, .kw = 1, PLAIN}, 2e-5};
        check(&to, F32, n % 3 == 0);
        check(&to, F64, false);
        check(&from, F32, n % 3 == 0);
        check(&from, F64, false);
      }
  for (int64_t i = 0; i < 48; i++) { /* dx of windows side by side, and not quite */
    const int64_t kh = 1 + i % 4, kw = 1 + i / 4 % 4, C = 1 + i % 2;
    Case side = {"dx of windows", {.N = 2, .H = 3 * kh, .W = 5 * kw + (i > 31), .C = C, .O = 20}, 2e-5};
    side.c.kh = side.c.sh = kh;
    side.c.kw = side.c.sw = kw;
    side.c.dh = side.c.dw = side.c.groups = 1;
    check(&side, F32, false);
    check(&side, F64, false);
  }
}

/* One tensor of weights in convolutions that take a row of taps as one run and tap by tap. */
static void test_weights_of_two_paddings(void **ignored) {
  (void)ignored;
  Err e;
  const ConvFinish nothing = {.act = ACT_none};
  Conv c[2] = {{.N = 1, .H = 6, .W = 7, .C = 12, .O = 3, .kh = 3, .kw = 3, PLAIN},
               {.N = 1, .H = 6, .W = 7, .C = 12, .O = 3, .kh = 3, .kw = 3, PLAIN, PAD1}};
  Tensor *x = random_tensor(F32, 1, 6, 7, 12), *w = random_tensor(F32, 3, 3, 12, 3);
  for (int i = 0; i < 8; i++) {
    Conv *one = &c[i % 2];
    assert_true(conv_sizes(one, false, "test", &e));
    Tensor *y = random_tensor(F32, 1, one->OH, one->OW, 3), *dx = like(x), *dw = like(w);
    Plain p = {doubles(x), doubles(w), doubles(y), doubles(y), doubles(dx), doubles(dw)};
    memset(p.y, 0, (size_t)y->n * sizeof *p.y);
    plain(one, &p);
    assert_true(conv_forward(one, x, w, &nothing, y, &e));
    close_to("one tensor of weights", i % 2 ? "padded" : "as it is", y, p.y, 2e-6);
    double *v[] = {p.x, p.w, p.dy, p.y, p.dx, p.dw};
    for (int k = 0; k < 6; k++) free(v[k]);
    RELEASE(y, dx, dw);
  }
  RELEASE(x, w);
}

static void same_bits(const char *what, const char *which, const Tensor *a, const Tensor *b) {
  if (memcmp(a->data, b->data, (size_t)a->n * sizeof(float)) != 0)
    fail_msg("%s: %s has other bits", what, which);
}

/* Where one is NaN or infinite the other is. */
static void same_kinds(const char *what, const Tensor *a, const Tensor *b) {
  for (int64_t i = 0; i < a->n; i++) {
    const double u = tensor_get(a, i), v = tensor_get(b, i);
    if (isfinite(u) ? !isfinite(v) : isnan(u) != isnan(v) || (!isnan(u) && u != v))
      fail_msg("%s: element %lld is %g and %g", what, (long long)i, u, v);
  }
}

/* Weights that change in place must not meet their old packed form. */
static void test_changed_weights_are_packed_again(void **ignored) {
  (void)ignored;
  Err e;
  const ConvFinish nothing = {.act = ACT_none};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Conv c = cases[i].c;
    assert_true(conv_sizes(&c, false, "test", &e));
    Tensor *x = random_tensor(F32, c.N, c.H, c.W, c.C),
           *w = random_tensor(F32, c.kh, c.kw, c.C / c.groups, c.O),
           *y = random_tensor(F32, c.N, c.OH, c.OW, c.O), *first = like(y);
    assert_true(conv_forward(&c, x, w, &nothing, first, &e));
    for (int k = 0; k < 2; k++) assert_true(conv_forward(&c, x, w, &nothing, y, &e));
    same_bits(cases[i].what, "y of kept weights", first, y);
    tensor_fill(w, 0);
    tensor_touch(w);
    for (int k = 0; k < 3; k++) {
      assert_true(conv_forward(&c, x, w, &nothing, y, &e));
      for (int64_t j = 0; j < y->n; j++) assert_true(tensor_get(y, j) == 0);
    }
    RELEASE(x, w, y, first);
  }
}

/* Numbers that leave the range on Winograd's way give what the direct way gives, and no thread changes it. */
static void test_beyond_the_range(void **ignored) {
  enum { MOST_WORK = 16 << 20 };
  (void)ignored;
  Err e;
  const int before = parallel_threads();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int kind = (int)i % 2; kind < 4; kind += 2) {
      Conv c = cases[i].c;
      assert_true(conv_sizes(&c, false, "test", &e));
      if (c.N * c.OH * c.OW * c.C * c.O > MOST_WORK) continue;
      Tensor *x = random_tensor(F32, c.N, c.H, c.W, c.C),
             *w = random_tensor(F32, c.kh, c.kw, c.C / c.groups, c.O),
             *dy = random_tensor(F32, c.N, c.OH, c.OW, c.O);
      tensor_set(kind == 1 ? w : x, (kind == 1 ? w : x)->n / 2, kind == 2 ? 3e38 : (double)INFINITY);
      if (kind == 3) tensor_set(dy, dy->n / 3, (double)NAN);
      Tensor *fast[] = {like(dy), like(x), like(w)}, *direct[] = {like(dy), like(x), like(w)};
      for (int add = 0; add < 2; add++) {
        parallel_set_threads(1 + add);
        all_three(&c, x, w, dy, fast[0], fast[1], fast[2], add);
        conv_set_winograd(false);
        parallel_set_threads(3 - add);
        all_three(&c, x, w, dy, direct[0], direct[1], direct[2], add);
        conv_set_winograd(true);
        for (int k = 0; k < 3; k++) same_kinds(cases[i].what, fast[k], direct[k]);
      }
      for (int k = 0; k < 3; k++) RELEASE(fast[k], direct[k]);
      RELEASE(x, w, dy);
    }
  parallel_set_threads(before);
}

static void test_threads_do_not_matter(void **ignored) {
  (void)ignored;
  Err e;
  int before = parallel_threads();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Conv c = cases[i].c;
    assert_true(conv_sizes(&c, false, "test", &e));
    Tensor *x = random_tensor(F32, c.N, c.H, c.W, c.C),
           *w = random_tensor(F32, c.kh, c.kw, c.C / c.groups, c.O),
           *dy = random_tensor(F32, c.N, c.OH, c.OW, c.O);
    Tensor *one[] = {like(dy), like(x), like(w)}, *three[] = {like(dy), like(x), like(w)};
    parallel_set_threads(1);
    all_three(&c, x, w, dy, one[0], one[1], one[2], false);
    parallel_set_threads(3);
    all_three(&c, x, w, dy, three[0], three[1], three[2], false);
    for (int k = 0; k < 3; k++) {
      if (memcmp(one[k]->data, three[k]->data, (size_t)one[k]->n * sizeof(float)) != 0)
        fail_msg("%s: result %d depends on the threads", cases[i].what, k);
      RELEASE(one[k], three[k]);
    }
    RELEASE(x, w, dy);
  }
  parallel_set_threads(before);
}

/* bias, residual and activation, in every way */
static void test_finish(void **ignored) {
  (void)ignored;
  Err e;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int act = ACT_none; act <= ACT_leaky; act++) {
      Conv c = cases[i].c;
      assert_true(conv_sizes(&c, false, "test", &e));
      Tensor *x = random_tensor(F32, c.N, c.H, c.W, c.C),
             *w = random_tensor(F32, c.kh, c.kw, c.C / c.groups, c.O), *b = random_tensor(F32, 1, 1, 1, c.O),
             *r = random_tensor(F32, c.N, c.OH, c.OW, c.O), *y = like(r), *z = like(r);
      const ConvFinish nothing = {.act = ACT_none}, f = {b->data, y->data, r->data, (ConvAct)act, 0.25};
      assert_true(conv_forward(&c, x, w, &nothing, z, &e) && conv_forward(&c, x, w, &f, y, &e));
      double *want = doubles(z);
      for (int64_t k = 0; k < z->n; k++) {
        double v = want[k] + tensor_get(b, k % c.O) + tensor_get(r, k);
        want[k] = act == ACT_none    ? v
                  : v > 0            ? act == ACT_relu6 ? fmin(v, 6) : v
                  : act == ACT_leaky ? 0.25 * v
                                     : 0;
      }
      close_to(cases[i].what, "finished y", y, want, 1e-5);
      free(want);
      Tensor *all[] = {x, w, b, r, y, z};
      for (int k = 0; k < 6; k++) tensor_release(all[k]);
    }
}

static void test_winograd_can_be_switched_off(void **ignored) {
  (void)ignored;
  conv_set_winograd(false);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Case exact = cases[i];
    exact.bound = 4e-6;
    check(&exact, F32, true);
  }
  conv_set_winograd(true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_plain_loops),
      cmocka_unit_test(test_pixels_beside_those_of_a_row),
      cmocka_unit_test(test_depthwise_rows_of_every_width),
      cmocka_unit_test(test_rows_of_few_channels_of_every_width),
      cmocka_unit_test(test_few_outputs),
      cmocka_unit_test(test_tiny),
      cmocka_unit_test(test_thin),
      cmocka_unit_test(test_weights_of_two_paddings),
      cmocka_unit_test(test_changed_weights_are_packed_again),
      cmocka_unit_test(test_threads_do_not_matter),
      cmocka_unit_test(test_finish),
      cmocka_unit_test(test_winograd_can_be_switched_off),
      cmocka_unit_test(test_beyond_the_range),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
