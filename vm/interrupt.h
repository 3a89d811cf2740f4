/* interrupt.h: ^C in Lua, in coroutines, in kernels and under pcall. */
#ifndef LUNETTE_INTERRUPT_H
#define LUNETTE_INTERRUPT_H
#include "vm.h"

void interrupts_on(Vm *v, bool script); /* installs the handler for SIGINT; script: the second ^C kills */
bool interrupt_seen(void);    /* a ^C since the last reset                                             */
void interrupts_reset(Vm *v); /* at the prompt: nothing pending any more                               */
void vm_open_interrupt(lua_State *L); /* pcall, xpcall, coroutine.resume, stopping */

#endif
