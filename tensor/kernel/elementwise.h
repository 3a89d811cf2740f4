/* elementwise.h: what is known of the elementwise kernels, from elementwise.def. */
#ifndef LUNETTE_ELEMENTWISE_H
#define LUNETTE_ELEMENTWISE_H
#include "choices.h"

#include <stdint.h>

/* clang-format off */
/* The parameters of a row, WITH(...), as local numbers of a type, from `p` on. */
#define NUMBERS_AT_P(type, ...)                EACH(NUMBER_AT_P, type, __VA_ARGS__)
#define NUMBER_AT_P(type, row)                 NUMBER_AT_P_OF(type, NUMBER_AT_P_OPEN row)
#define NUMBER_AT_P_OPEN(kind, name, def, doc) name
#define NUMBER_AT_P_OF(type, name)             __attribute__((unused)) const type name = (type)*p++;
/* clang-format on */

/* M_add, M_tanh, ...: an op's kernel, and its gradients'. */
enum MapKernel {
#define KERNEL(name, ...)  M_##name,
#define UNARY(name, ...)   M_##name,
#define BINARY(name, ...)  M_##name,
#define TERNARY(name, ...) M_##name,
#include "elementwise.def"
  M_COUNT
};

enum { MAP_INPUTS = 3 };

/* What a gradient reads beside dy: bit i the input i, READ_Y the result. */
enum { READ_Y = 8, READ_PASS = 16 /* nothing: it is dy */, READ_NONE = -1 /* it is 0 */ };

/* What an element costs (MapRow). */
enum { EAGER = 0, PLAIN = 2, ROOT = 5, CURVE = 16, SLOW = 70 };

typedef struct MapRow {
  const char *name;
  uint8_t inputs;
  uint8_t
      price; /* an element's work in tenths of a nanosecond, as plain C does it in f32; 0: it never waits */
  short reads[MAP_INPUTS]; /* by the gradient of each input */
} MapRow;

extern const MapRow map_rows[M_COUNT];

#endif
