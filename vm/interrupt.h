/* interrupt.h: ^C in Lua, in coroutines, in kernels and under pcall. */
#ifndef LUNETTE_INTERRUPT_H
#define LUNETTE_INTERRUPT_H
#include "vm.h"

void interrupts_on(Vm *v, bool script); /* installs the handler for SIGINT; script: the second ^C kills */
bool interrupt_seen(void);    /* a ^C since the last reset                                             */
void interrupts_reset(Vm *v); /* at the prompt: nothing pending any more                               */
void interrupt_again(lua_State *L); /* L's hook was set: a ^C before that, or in it, is not lost         */
lua_State *interrupts_in(lua_State *L); /* Lua is in this coroutine from now on; where it was         */
void vm_open_training(lua_State *L);    /* lunette.stop_requested and its kin                             */

#endif
