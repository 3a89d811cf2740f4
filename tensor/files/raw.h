/* raw.h: numbers as files store them, brought to the dtypes that there are.
 *
 * What has no dtype of its own is widened without loss: i8 and i16 and u16 to i32, u32 to i64, f16 and bf16
 * to f32.  u64 becomes i64 and is refused where it does not fit. */
#ifndef LUNETTE_RAW_H
#define LUNETTE_RAW_H
#include "tensor.h"

typedef struct RawType {
  char kind; /* 'i', 'u', 'f', 'b' (bool), 'B' (bf16) */
  int size;  /* bytes of a number                     */
  bool big;  /* most significant byte first           */
} RawType;

bool raw_dtype(RawType t, Dtype *d);     /* false: there is none */
bool raw_same_bytes(RawType t, Dtype d); /* are its bytes those of d here? */
/* n numbers into the contiguous tensor `to` of raw_dtype(t). */
bool raw_read(RawType t, const unsigned char *from, Tensor *to, Err *e);
float raw_half(uint16_t bits); /* IEEE 754 binary16 */

#endif
