/* fuzz_onnx.c: a model's messages, and the numbers of its tensors (external data has no folder here). */
#include "onnx.h"

static bool see(void *context, const OnnxEvent *event, Err *e) {
  int *depth = context;
  if (event->kind == ONNX_OPEN) ++*depth;
  if (event->kind == ONNX_CLOSE && --*depth < 0) __builtin_trap();
  if (event->kind != ONNX_TENSOR) return true;
  Tensor *t = onnx_tensor("/dev/null/fuzz", event->text, *depth & 1, e);
  tensor_release(t);
  return true; /* go on behind a tensor that is refused */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const messages[] = {"ModelProto", "TensorProto", "SequenceProto", "OptionalProto"};
  if (size == 0) return 0;
  Err e;
  int depth = 0;
  onnx_read("fuzz", (OnnxSpan){data + 1, size - 1}, messages[data[0] & 3], see, &depth, &e);
  return 0;
}
