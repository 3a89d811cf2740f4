/* map_int.c: the elementwise kernels on whole numbers (elementwise.def), for i64 (beside the f64 kernels), i32 and u8
 * (beside those of f32), each in its own width: what is beyond it wraps, as it would if computed wider and cut. */
#include "table.h"

#pragma GCC diagnostic ignored "-Wtype-limits" /* x < 0 of u8 */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wtautological-constant-out-of-range-compare" /* x < -1 of u8 */
#endif

#if defined(KERNEL_f64)
#define T       int64_t
#define UT      uint64_t
#define LEAST   INT64_MIN
#define MOST    INT64_MAX
#define BEYOND  0x1p63
#define R(name) whole_i64_##name
#include "map_int.h"
const PointwiseFn *const K(whole_tables)[DTYPES] = {[I64] = whole_i64_table};
#else
#define T       int32_t
#define UT      uint32_t
#define LEAST   INT32_MIN
#define MOST    INT32_MAX
#define BEYOND  0x1p31
#define R(name) whole_i32_##name
#include "map_int.h"
#define T       uint8_t
#define UT      uint8_t
#define LEAST   0
#define MOST    UINT8_MAX
#define BEYOND  256.0
#define R(name) whole_u8_##name
#include "map_int.h"
const PointwiseFn *const K(whole_tables)[DTYPES] = {[I32] = whole_i32_table, [U8] = whole_u8_table};
#endif
