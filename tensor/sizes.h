/* sizes.h: arithmetic of sizes. */
#ifndef LUNETTE_SIZES_H
#define LUNETTE_SIZES_H
#include <stdint.h>

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; } /* a >= 0, b > 0 */

#endif
