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

/* Loads a Lua chunk by source-tree path (LUNETTE_PATH first, then the binary), in the environment of its
 * place (embedded.c); pushes the function or an error. */
int vm_load(lua_State *L, const char *path);

void vm_open_inside(lua_State *L); /* the environment of our own chunks: Lua's libraries as they are now    */
void vm_open_shared(lua_State *L); /* that of scripts: the globals as they are now                          */
int vm_inside(lua_State *L, const char *name); /* pushes what `name` is in the first; its type              */

#endif
