/* gallery.h: every kind of panel with synthetic data, for the picture tests. */
#ifndef GALLERY_H
#define GALLERY_H
#include "viz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned gallery_state;
static double gallery_random(void) { /* 0..1, the same everywhere */
  gallery_state = gallery_state * 1664525u + 1013904223u;
  return (double)(gallery_state >> 8) / 16777216.0;
}
static double gallery_normal(void) {
  double s = 0;
  for (int i = 0; i < 12; i++) s += gallery_random();
  return s - 6;
}

static void gallery_loss(Viz *v, int steps) {
  VizPlot how = {NAN, 0.97, 0};
  for (int i = 0; i < steps; i++) {
    double t = (double)i / steps;
    viz_plot(v, "loss/train", 2.2 * exp(-4 * t) + 0.15 + 0.12 * gallery_normal() * exp(-t), &how);
    how.step = i + 1;
    if (i % 20 == 0) viz_plot(v, "loss/valid", 2.2 * exp(-3.6 * t) + 0.25 + 0.02 * gallery_normal(), &how);
    how.step = NAN;
  }
}

static void gallery_moons(Viz *v, VizErr *e) {
  enum { N = 200, G = 60 };
  static float xy[2 * N], grid[G * G];
  static int id[N];
  static const char *const names[] = {"upper", "lower"};
  for (int i = 0; i < N; i++) {
    double t = 3.14159265 * gallery_random();
    id[i] = i % 2;
    xy[2 * i] = (float)((id[i] ? 1 - cos(t) : cos(t)) + 0.12 * gallery_normal());
    xy[2 * i + 1] = (float)((id[i] ? 0.5 - sin(t) : sin(t)) + 0.12 * gallery_normal());
  }
  for (int y = 0; y < G; y++)
    for (int x = 0; x < G; x++) {
      double px = -1.6 + 4.2 * x / (G - 1), py = -1.2 + 2.9 * y / (G - 1);
      grid[y * G + x] = (float)(1 / (1 + exp(8 * (py - 0.25 - 0.6 * cos(2.2 * px + 0.3)))));
    }
  VizGrid g = {G, G, grid, -1.6, 2.6, -1.2, 1.7, false};
  VizPoints p = {.n = N, .xy = xy, .id = id, .classes = 2, .names = names};
  viz_boundary(v, "moons", &g, 2, &p, e);
  VizPoints s = {.n = N, .xy = xy, .id = id, .classes = 2, .names = names};
  viz_scatter(v, "points", &s, e);
}

static void gallery_surface(Viz *v, VizErr *e) {
  enum { G = 64, STEPS = 40 };
  static float grid[G * G], xy[3 * STEPS * 2];
  static const int length[] = {STEPS, STEPS, STEPS};
  static const char *const names[] = {"sgd", "momentum", "adam"};
  for (int y = 0; y < G; y++)
    for (int x = 0; x < G; x++) {
      double a = -2 + 4.0 * x / (G - 1), b = -1 + 3.0 * y / (G - 1);
      grid[y * G + x] = (float)((1 - a) * (1 - a) + 20 * (b - a * a) * (b - a * a) + 0.05);
    }
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < STEPS; i++) {
      double t = fmin(1, (1.0 + 0.5 * k) * i / STEPS), a = -1.5 + 2.4 * t;
      xy[2 * (k * STEPS + i)] = (float)a;
      xy[2 * (k * STEPS + i) + 1] = (float)(a * a + 0.35 * sin(9 * t + k) * (1 - t));
    }
  VizGrid g = {G, G, grid, -2, 2, -1, 2, false};
  viz_contour(v, "surface", &g, e);
  viz_paths(v, "surface", 3, length, xy, names, e);
}

static void gallery_picture(Viz *v, VizErr *e) {
  enum { H = 48, W = 64 };
  static unsigned char u[H * W * 3];
  static int mask[H * W];
  static const char *const classes[] = {"road", "grass", "sky"}, *const labels[] = {"car", "sign"};
  static const float boxes[] = {20, 24, 38, 36, 46, 10, 54, 30}, truth[] = {21, 25, 39, 37},
                     score[] = {0.93f, 0.71f};
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++) {
      bool sky = y<20, car = x> 21 && x < 38 && y > 25 && y < 36, road = !sky && abs(x - 32) < y;
      mask[y * W + x] = sky ? 2 : road ? 0 : 1;
      int base = sky ? 190 : road ? 110 : 90;
      unsigned char *p = u + 3 * (y * W + x);
      p[0] = (unsigned char)(car ? 190 : base - (sky ? 60 : 10) + x / 4);
      p[1] = (unsigned char)(car ? 40 : base + (road ? 0 : 20));
      p[2] = (unsigned char)(car ? 40 : sky ? 240 : base);
    }
  VizImage im = {1, H, W, 3, u, NULL, NULL};
  viz_image(v, "street", &im, e);
  viz_boxes(v, "street", 2, boxes, labels, score, NULL, false, e);
  viz_boxes(v, "street", 1, truth, labels, NULL, NULL, true, e);
  viz_image(v, "mask", &im, e);
  viz_mask(v, "mask", H, W, mask, 3, classes, 0.5, e);
}

static void gallery_digits(Viz *v, VizErr *e) {
  enum { N = 12, S = 16 };
  static float f[N * S * S];
  static char text[N][8];
  static const char *label[N];
  for (int k = 0; k < N; k++) {
    snprintf(text[k], 8, "%d", k);
    label[k] = text[k];
    for (int i = 0; i < S * S; i++) {
      double x = i % S - 7.5, y = i / S - 7.5;
      f[k * S * S + i] = (float)fmax(0, 1 - fabs(hypot(x, y * (1 + 0.1 * k)) - 5) / 2);
    }
  }
  VizImage im = {N, S, S, 1, NULL, f, label};
  viz_image(v, "digits", &im, e);
}

static void gallery_matrices(Viz *v, VizErr *e) {
  static const char *const from[] = {"le", "chat", "noir", "dort", "."}, *const to[] = {"the", "black", "cat",
                                                                                        "sleeps", "."};
  static float m[25], conf[16], spec[200 * 40], prob[200];
  static const char *const cls[] = {"cat", "dog", "bird", "fish"};
  for (int i = 0; i < 25; i++) m[i] = (float)(i / 5 == i % 5 ? 0.8 : 0.05 + 0.05 * gallery_random());
  m[6] = 0.1f, m[7] = 0.8f, m[12] = 0.1f, m[11] = 0.8f;
  for (int i = 0; i < 16; i++) conf[i] = (float)(i / 4 == i % 4 ? 40 + i : (int)(8 * gallery_random()));
  VizMatrix att = {5, 5, m, from, to, "source", "target", false, 0, NULL, NULL, NULL, 0, 0, 0};
  VizMatrix con = {4, 4, conf, cls, cls, "predicted", "true", true, 0, NULL, NULL, NULL, 0, 0, 0};
  viz_heatmap(v, "attention", &att, e);
  viz_heatmap(v, "confusion", &con, e);
  for (int t = 0; t < 200; t++) {
    prob[t] = (float)(t > 120 && t < 150 ? 0.95 : 0.06 + 0.05 * gallery_random());
    for (int b = 0; b < 40; b++)
      spec[t * 40 + b] = (float)(exp(-0.02 * (b - 15 - 8 * sin(t * 0.07)) * (b - 15 - 8 * sin(t * 0.07))) +
                                 0.2 * gallery_random());
  }
  viz_spectrogram(v, "microphone", 200, 40, spec, prob, 0.5, e);
}

static void gallery_rest(Viz *v, VizErr *e) {
  static const char text[] = "Brontoraptor\nTyrannosaurus\nMicropachycephalo\n";
  static float shade[sizeof text], values[400];
  for (size_t i = 0; i < sizeof text; i++) shade[i] = (float)gallery_random();
  viz_text(v, "sample", text, shade, e);
  static const float speed[] = {120, 45.5f, 3.2f, 0.8f};
  static const char *const ops[] = {"matrix product", "softmax", "sigmoid", "loop"};
  viz_bars(v, "speed-up", 4, speed, ops, 1, true, e);
  for (int k = 0; k < 8; k++) {
    for (int i = 0; i < 400; i++) values[i] = (float)(gallery_normal() * (1 + 0.15 * k) + 0.2 * k);
    viz_hist(v, "weights", 400, values, k, e);
  }
  static const VizNote notes[] = {{0, 1, 60, 0.9f}, {1, 0.5f, 64, 0.7f}, {1.5f, 0.5f, 67, 0.8f},
                                  {2, 2, 72, 1},    {4, 1, 70, 0.6f},    {5, 1, 67, 0.7f},
                                  {6, 2, 64, 0.9f}};
  viz_roll(v, "solo", 7, notes, 2.6, e);
  static const VizLayer layers[] = {{"Conv2d", "32x32x16", 448, 0.42, NULL, 0},
                                    {"BatchNorm", "32x32x16", 32, 0.11, NULL, 0},
                                    {"ReLU", "32x32x16", 0, 0.04, NULL, 0},
                                    {"MaxPool", "16x16x16", 0, 0.08, NULL, 0},
                                    {"Linear", "10", 40970, 0.35, NULL, 0}};
  viz_graph(v, "network", 5, layers, e);
  viz_slider(v, "learning rate", 0.01, 1e-4, 1, true, e);
  viz_button(v, "sample again", e);
}

static void gallery_menu(Viz *v, VizErr *e) {
  enum { N = 5, H = 20, W = 32 };
  static unsigned char u[N * H * W * 3];
  static const char *const names[N] = {"planar", "optimizers", "dinosaurus", "yolo_cars",
                                       "a longer name than fits"};
  static const char *const lines[N] = {"a boundary", "three paths", "names", "boxes",
                                       "and a line below it, longer still"};
  for (int i = 0; i < N * H * W; i++) {
    const int x = i % W, y = i / W % H, k = i / (W * H);
    u[3 * i] = (unsigned char)(40 * k + x), u[3 * i + 1] = (unsigned char)(8 * x),
          u[3 * i + 2] = (unsigned char)(12 * y);
  }
  const VizMenu m = {N, H, W, u, names, lines};
  viz_menu(v, "menu", &m, e);
}

/* The whole gallery; a part of it for pictures with fewer panels. */
static inline void gallery_small(Viz *v) {
  VizErr e;
  gallery_state = 7;
  viz_set_title(v, "moons: epoch 12 of 40, loss 0.183, 8 s left", true);
  gallery_loss(v, 2000);
  gallery_moons(v, &e);
  gallery_surface(v, &e);
}
static inline void gallery_all(Viz *v) {
  VizErr e;
  gallery_small(v);
  gallery_picture(v, &e);
  gallery_digits(v, &e);
  gallery_matrices(v, &e);
  gallery_rest(v, &e);
  gallery_menu(v, &e);
}
#endif
