/* embedded.h: the Lua modules and small data inside the binary. */
#ifndef LUNETTE_EMBEDDED_H
#define LUNETTE_EMBEDDED_H
#include <lauxlib.h>
#include <lua.h>

typedef struct Embedded {
  const char *name; /* path in the source tree: "nn/lua/module.lua" */
  const unsigned char *data;
  size_t size;
} Embedded;
extern const Embedded embedded[]; /* NULL name ends; generated at build */
const Embedded *vm_embedded(const char *name);

/* Loads a Lua chunk by source-tree path (LUNETTE_PATH first, then the binary); pushes the function or an
 * error. */
int vm_load(lua_State *L, const char *path);
void embedded_search(lua_State *L); /* `require` looks there too, behind package.preload */

#endif
