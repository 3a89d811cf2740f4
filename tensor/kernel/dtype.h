/* dtype.h: the types of elements. */
#ifndef LUNETTE_DTYPE_H
#define LUNETTE_DTYPE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum Dtype { F32, F64, I64, I32, U8, BOOL, DTYPES } Dtype;

extern const size_t dtype_size[DTYPES];      /* bytes                 */
extern const char *const dtype_name[DTYPES]; /* "f32", ... */
bool dtype_find(const char *name, Dtype *out);
static inline bool dtype_is_float(Dtype d) { return d <= F64; }
Dtype dtype_promote(Dtype a, Dtype b); /* the higher of float over int, 64 over 32 bits; u8 with bool: u8 */
/* Does an element of dtype d take the number without a change?  Floats round, and a bool is any number's
 * truth: always; integers: whole numbers within their range. */
bool dtype_holds(Dtype d, double value);
bool dtype_holds_int(Dtype d, int64_t value);

#endif
