/* elementwise.c: see elementwise.h */
#include "elementwise.h"

enum { READ_d = 0, READ_x = 1, READ_a = 1, READ_b = 2, READ_c = 4, READ_y = READ_Y };
enum {
  READ_ab = READ_a | READ_b,
  READ_ay = READ_a | READ_y,
  READ_by = READ_b | READ_y,
  READ_bc = READ_b | READ_c
};

#define G(letters, dx) READ_##letters
#define PASS           READ_PASS
#define FLAT           READ_NONE
#define NONE           READ_NONE

/* clang-format off */
const MapRow map_rows[M_COUNT] = {
#define KERNEL(name, price, integers, y, dx) {#name, 1, price, {dx}},
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, y, dx, ...) {#name, 1, price, {dx}},
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, da, db, ...) {#name, 2, price, {da, db}},
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, da, db, dc, ...) {#name, 3, price, {da, db, dc}},
#include "elementwise.def"
};
