/* lunette.h: tensors for Lua modules written in C, which the program loads with require.
 *
 * The program exports Lua's symbols and these two: a module is compiled against Lua's headers and this one,
 * and linked with neither.  Installed in PREFIX/include. */
#ifndef LUNETTE_H
#define LUNETTE_H
#include <lua.h>
#include <stdint.h>

/* A tensor's elements, which stay the tensor's: valid while it is on the stack and no op of Lua's is run on
 * it. */
typedef struct LunetteTensor {
  void *data;            /* element [0, 0, ...]                                                   */
  const char *dtype;     /* "f32" float, "f64" double, "i64" int64_t, "i32" int32_t, "u8" "bool" uint8_t */
  int nd;                /* dimensions                                                            */
  const int64_t *shape;  /* nd sizes                                                              */
  const int64_t *stride; /* nd steps, in elements; 0 and negative ones occur                     */
} LunetteTensor;

/* The tensor at stack index i, its elements computed; 0: there is none.  Whoever writes to the elements says
 * so with `changes`, so that gradients that still need the old ones are refused. */
int lunette_tensor(lua_State *L, int i, int changes, LunetteTensor *out);

/* Pushes a new tensor, contiguous and of zeros, and returns its elements.  Raises for an unknown dtype, more
 * than 8 dimensions, a negative size, and for want of memory. */
void *lunette_tensor_new(lua_State *L, const char *dtype, int nd, const int64_t *shape);

#endif
