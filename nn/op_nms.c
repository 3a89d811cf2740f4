/* op_nms.c: non-maximum suppression: of boxes that overlap, the one with the highest score.
 *
 * In order of falling scores each box is kept, unless its intersection over union with one kept before is
 * above the limit.  Boxes are corners x1 y1 x2 y2.  nn/lua/boxes.lua has the rest. */
#include "op.h"
#include "order.h"
#include "parallel.h"

PARAMS(nms, (NUMBER, iou, 0.5, "intersection over union that is too much"),
       (INT, most, OP_NONE, "keeps at most so many"))
enum { KEPT }; /* save[0]: the kept ids, from 1 */

typedef struct Box {
  double x1, y1, x2, y2, area;
} Box;

static Box box_at(const Tensor *boxes, int64_t i) {
  Box b = {tensor_get(boxes, 4 * i), tensor_get(boxes, 4 * i + 1), tensor_get(boxes, 4 * i + 2),
           tensor_get(boxes, 4 * i + 3), 0};
  b.area = (b.x2 - b.x1) * (b.y2 - b.y1);
  return b;
}

static bool overlap(const Box *a, const Box *b, double limit) {
  double w = (a->x2 < b->x2 ? a->x2 : b->x2) - (a->x1 > b->x1 ? a->x1 : b->x1);
  double h = (a->y2 < b->y2 ? a->y2 : b->y2) - (a->y1 > b->y1 ? a->y1 : b->y1);
  if (w <= 0 || h <= 0) return false;
  return w * h > limit * (a->area + b->area - w * h);
}

/* Puts the ids of the kept boxes into `to`, the boxes themselves into `box`; gives their number. */
static int64_t suppress(const Tensor *boxes, const Entry *order, double limit, int64_t most, Box *box,
                        int64_t *to) {
  int64_t kept = 0;
  for (int64_t i = 0; i < boxes->shape[0] && kept < most && !interrupt_pending(); i++) {
    Box b = box_at(boxes, order[i].at);
    int64_t k = 0;
    while (k < kept && !overlap(&b, &box[k], limit)) k++;
    if (k < kept) continue;
    box[kept] = b;
    to[kept++] = order[i].at + 1;
  }
  return kept;
}

static bool nms_shape(OpCall *c, Err *e) {
  const Tensor *boxes = c->x[0], *scores = c->x[1];
  char left[TEXT], right[TEXT];
  if (!op_want_float(c, 0, e) || !op_want_float(c, 1, e)) return false;
  if (boxes->nd != 2 || boxes->shape[1] != 4 || scores->nd != 1 || scores->shape[0] != boxes->shape[0])
    return err_set(e, "nms: boxes [N,4] and scores [N] wanted, got %s and %s", tensor_text(left, boxes),
                   tensor_text(right, scores));
  if (tensor_is_meta(boxes) || tensor_is_meta(scores))
    return err_set(e, "nms: %s has a shape only, and the result's size depends on its elements",
                   tensor_text(left, boxes));
  int64_t n = boxes->shape[0], bytes = n * (int64_t)(2 * sizeof(Entry) + sizeof(Box)), kept;
  const struct nms_params *p = PARAM(nms, c);
  const int64_t most = op_given(p->most) ? p->most : n;
  Tensor *flat = tensor_contiguous(c->x[1], e), *work = flat ? tensor_new(U8, 1, &bytes, e) : NULL;
  if (work && (c->save[KEPT] = tensor_new(I64, 1, &n, e))) {
    Entry *row = (Entry *)(void *)work->data;
    order_entries(row, flat->data, flat->dtype, n, true);
    order_sort(row, row + n, flat->dtype, n);
    kept = suppress(boxes, row, p->iou, most < 0 ? 0 : most, (Box *)(void *)(row + 2 * n),
                    (int64_t *)c->save[KEPT]->data);
    op_output(c, 0, I64, 1, &kept, e);
  }
  tensor_release(flat);
  tensor_release(work);
  return c->y[0] != NULL;
}

static bool nms_forward(OpCall *c, Err *e) {
  (void)e;
  Tensor first = *c->save[KEPT];
  first.n = first.shape[0] = c->y[0]->n;
  tensor_copy(c->y[0], &first);
  return true;
}

/* clang-format off */
const Op op_nms = {
    .name = "nms", .where = "n", .eq = "y = ids of boxes by falling score that overlap none before",
    .doc = "non-maximum suppression of boxes [N,4] (x1 y1 x2 y2); nn.boxes.nms does it by class",
    .in = {"x", "scores"},
    .param = TAKES(nms),
    .flags = OP_NO_GRAD,
    .shape = nms_shape, .forward = nms_forward,
    .example = "print(nn.nms(tensor{{0, 0, 2, 2}, {0, 0, 2, 1.9}, {3, 3, 4, 4}}, tensor{0.8, 0.9, 0.5}))",
    .see = "topk"};
