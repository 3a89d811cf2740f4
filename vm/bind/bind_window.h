/* bind_window.h: the process's window for the files that bind it. */
#ifndef LUNETTE_BIND_WINDOW_H
#define LUNETTE_BIND_WINDOW_H
#include "viz.h"

#include <lua.h>

Viz *vm_viz(lua_State *L); /* raises for want of memory */
double vm_viz_number(lua_State *L, int i,
                     const char *what); /* a number, or a tensor of one element; else raises */
void vm_open_window(lua_State *L);      /* vm_open_viz calls it      */

#endif
