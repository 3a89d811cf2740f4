/* raw.c: see raw.h. */
#include "raw.h"

#include <string.h>

float raw_half(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023, bits;
  if (exponent == 31) bits = sign | 0x7f800000 | fraction << 13;
  else if (exponent) bits = sign | (exponent + 112) << 23 | fraction << 13;
  else {
    float v = (float)fraction * (1.f / 16777216.f);
    return sign ? -v : v;
  }
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

bool raw_dtype(RawType t, Dtype *d) {
  static const struct {
    char kind;
    int size;
    Dtype dtype;
  } all[] = {{'b', 1, BOOL}, {'u', 1, U8},  {'u', 2, I32}, {'u', 4, I64}, {'u', 8, I64},
             {'i', 1, I32},  {'i', 2, I32}, {'i', 4, I32}, {'i', 8, I64}, {'f', 2, F32},
             {'f', 4, F32},  {'f', 8, F64}, {'B', 2, F32}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i].kind == t.kind && all[i].size == t.size) {
      *d = all[i].dtype;
      return true;
    }
  return false;
}

static uint64_t bytes_of(RawType t, const unsigned char *p) {
  uint64_t v = 0;
  for (int i = 0; i < t.size; i++) v |= (uint64_t)p[t.big ? t.size - 1 - i : i] << (8 * i);
  return v;
}

static int64_t sign_extended(uint64_t v, int size) {
  int shift = 64 - 8 * size;
  return (int64_t)(v << shift) >> shift;
}

static bool put(RawType t, Tensor *to, int64_t i, uint64_t v, Err *e) {
  unsigned char *at = to->data + i * (int64_t)dtype_size[to->dtype];
  if (to->dtype == BOOL || to->dtype == U8) {
    *at = (unsigned char)(t.kind == 'b' ? v != 0 : v);
  } else if (t.kind == 'B' || t.kind == 'f') {
    uint32_t brain = (uint32_t)v << 16, single = (uint32_t)v;
    float f = raw_half((uint16_t)v);
    if (t.size == 8) memcpy(at, &v, 8);
    else if (t.kind == 'B') memcpy(at, &brain, 4);
    else if (t.size == 2) memcpy(at, &f, 4);
    else memcpy(at, &single, 4);
  } else {
    if (t.kind == 'u' && v > INT64_MAX)
      return err_set(e, "has %llu, which is larger than i64 holds", (unsigned long long)v);
    int64_t n = t.kind == 'u' ? (int64_t)v : sign_extended(v, t.size);
    int32_t narrow = (int32_t)n;
    if (to->dtype == I64) memcpy(at, &n, 8);
    else memcpy(at, &narrow, 4);
  }
  return true;
}

bool raw_same_bytes(RawType t, Dtype d) {
  const uint16_t one = 1;
  bool big_host = *(const unsigned char *)&one == 0;
  return (size_t)t.size == dtype_size[d] && t.kind != 'b' && (t.size == 1 || t.big == big_host) &&
         !(t.kind == 'u' && t.size == 8);
}

bool raw_read(RawType t, const unsigned char *from, Tensor *to, Err *e) {
  if (raw_same_bytes(t, to->dtype)) {
    if (to->n) memcpy(to->data, from, (size_t)to->n * (size_t)t.size);
    return true;
  }
  for (int64_t i = 0; i < to->n; i++)
    if (!put(t, to, i, bytes_of(t, from + i * t.size), e)) return false;
  return true;
}
