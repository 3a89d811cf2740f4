/* darknet_reference.c: what Debian's darknet (libdarknet.so) computes with the files beside it.
 *
 *   darknet_reference seed NAME.cfg NAME.weights       makes weights, well conditioned, from a formula
 *   darknet_reference run NAME.cfg NAME.weights PICTURE SCORE IOU
 *
 * `run` prints for every layer: number, size, sum, sum of squares, and the sum weighted by place (channels first);
 * then the boxes of the last: class, score, left, top, right, bottom in the picture's pixels.  Used by make_darknet.sh. */
#include <darknet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned state = 12345;
static float uniform(float lo, float hi) {
  state = state * 1664525u + 1013904223u;
  return lo + (hi - lo) * (float)(state >> 8) / 16777216.f;
}
static void fill(float *x, int n, float lo, float hi) {
  for (int i = 0; x && i < n; i++) x[i] = uniform(lo, hi);
}

static void seed(network *net, char *path) {
  for (int i = 0; i < net->n; i++) {
    layer *l = &net->layers[i];
    if (l->type != CONVOLUTIONAL && l->type != CONNECTED) continue;
    int out = l->type == CONNECTED ? l->outputs : l->n,
        weights = l->type == CONNECTED ? l->inputs * l->outputs : l->nweights;
    float bound = 2.f / sqrtf((float)weights / out);
    fill(l->biases, out, -.5f, .5f);
    fill(l->weights, weights, -bound, bound);
    if (!l->batch_normalize) continue;
    fill(l->scales, out, .5f, 1.5f);
    fill(l->rolling_mean, out, -.3f, .3f);
    fill(l->rolling_variance, out, .5f, 2.f);
  }
  *net->seen = 4242;
  save_weights(net, path);
}

static void run(network *net, char *picture, float score, float iou) {
  image im = load_image_color(picture, 0, 0), boxed = letterbox_image(im, net->w, net->h);
  set_batch_network(net, 1);
  network_predict(net, boxed.data);
  for (int i = 0; i < net->n; i++) {
    layer l = net->layers[i];
    double sum = 0, squares = 0, weighted = 0;
    for (int k = 0; k < l.outputs; k++) {
      sum += l.output[k];
      squares += (double)l.output[k] * l.output[k];
      weighted += (double)l.output[k] * (k % 97 + 1);
    }
    printf("layer %d %d %.9g %.9g %.9g\n", i, l.outputs, sum, squares, weighted);
  }
  layer last = net->layers[net->n - 1];
  if (last.type != YOLO && last.type != REGION) return;
  int n = 0;
  detection *d = get_network_boxes(net, im.w, im.h, score, .5f, 0, 1, &n);
  do_nms_sort(d, n, last.classes, iou);
  for (int i = 0; i < n; i++)
    for (int c = 0; c < last.classes; c++) {
      if (d[i].prob[c] <= score) continue;
      box b = d[i].bbox;
      printf("box %d %.9g %.9g %.9g %.9g %.9g\n", c + 1, d[i].prob[c], (b.x - b.w / 2) * im.w,
             (b.y - b.h / 2) * im.h, (b.x + b.w / 2) * im.w, (b.y + b.h / 2) * im.h);
    }
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  network *net = load_network(argv[2], strcmp(argv[1], "run") == 0 ? argv[3] : NULL, 0);
  if (strcmp(argv[1], "seed") == 0) seed(net, argv[3]);
  else run(net, argv[4], (float)atof(argv[5]), (float)atof(argv[6]));
  return 0;
}
