/* onnx.h: ONNX files (onnx.proto of the standard, IR 3 to 9): a trained network as a graph.
 *
 * A reader of protobuf's wire format that tells what it meets as events, in the order of the file; it builds
 * and holds nothing.  What the graph means is nn/lua/onnx's.  Hostile files: lengths, depth, and how much may
 * be made of a file's bytes are checked; external data stays in the model's folder. */
#ifndef LUNETTE_ONNX_H
#define LUNETTE_ONNX_H
#include "tensor.h"

typedef struct OnnxSpan { /* bytes within the file */
  const unsigned char *at;
  size_t n;
} OnnxSpan;

typedef enum OnnxKind {
  ONNX_OPEN, /* a message: its fields follow, then ONNX_CLOSE */
  ONNX_CLOSE,
  ONNX_INTEGER, /* .whole */
  ONNX_REAL,    /* .real  */
  ONNX_STRING,  /* .text  */
  ONNX_TENSOR   /* .text: the bytes of the TensorProto that is open, for onnx_tensor; not for strings */
} OnnxKind;
typedef struct OnnxEvent {
  OnnxKind kind;
  const char *field; /* name in onnx.proto, static; "value" of ONNX_TENSOR */
  bool list;         /* a repeated field */
  int64_t whole;
  double real;
  OnnxSpan text;
} OnnxEvent;
/* false: reading ends with the message in e. */
typedef bool OnnxSee(void *context, const OnnxEvent *event, Err *e);

/* `message`: the kind of the whole, "ModelProto", "TensorProto", "SequenceProto" or "OptionalProto".  `name`
 * is for messages.  Owns nothing: `see` may leave by a jump. */
bool onnx_read(const char *name, OnnxSpan file, const char *message, OnnxSee *see, void *context, Err *e);

/* The numbers of a TensorProto: any shape of up to DIMS dimensions; f16 and bf16 become f32, i8 i16 u16 i32,
 * u32 and u64 i64.  `name`: the path of the file, beside which external data lies.  `kernel`: large floats of 4
 * and 5 dimensions (O, C, k...) may come as a view of numbers that are stored as (k..., C, O). */
Tensor *onnx_tensor(const char *name, OnnxSpan proto, bool kernel, Err *e);

/* A field of a message on the wire; false at the end, or with a message in e. */
typedef struct OnnxField {
  uint32_t number;
  int wire;       /* 0 varint, 1 eight bytes, 2 bytes, 5 four bytes */
  uint64_t value; /* of wire 0, 1, 5 */
  OnnxSpan bytes; /* of wire 2 */
} OnnxField;
bool onnx_varint(OnnxSpan *s, uint64_t *v);
bool onnx_field(const char *name, OnnxSpan *s, OnnxField *f, Err *e);

/* A file of ordinary kind in memory, read only. */
bool file_map(const char *path, OnnxSpan *map, Err *e);
void file_unmap(OnnxSpan *map);

#endif
