/* interrupt.h: ^C in Lua, in coroutines, in kernels and under pcall.
 *
 * The way of one ^C, from the signal to the prompt:
 *   1. While a training loop runs, the first only sets v->stop_asked: the loop ends after its step, so that
 * model, optimiser and history stay whole.  net:fit says that it runs; a loop of the user's own is known by
 * its calls of opt:step, at whose end it then takes effect.
 *   2. Any other sets the flag (interrupt_pending, tensor/parallel.h; the only one there is) and a hook on
 * v->running, the coroutine that Lua is in.  Kernels look at the flag once a tile and leave the rest out:
 * what they were called from fails with err_interrupted, and vm_fail raises that.  Lua's code is met by the
 * hook.
 *   3. Whichever raises says so (vm_interrupted): pcall, xpcall and coroutines (base.c) then hand the error on instead
 * of catching it.  In a script the process ends with status 130; a second ^C that finds the flag still set
 * ends it at once.
 *   4. At the prompt a second ^C, half a second after one that nothing has answered (a finaliser, or one of Lua's own
 * functions in C, in which no hook strikes), calls what interrupts_deaf was given: the prompt leaves the state behind.
 *   5. At the prompt interrupts_reset clears flag, hook and words, before an entry and after it.
 *
 * The flag belongs to the process, as the signal does; everything else is the Vm's. */
#ifndef LUNETTE_INTERRUPT_H
#define LUNETTE_INTERRUPT_H
#include "vm.h"

void interrupts_on(Vm *v, bool script); /* SIGINT is for this Vm from now on; script: the second ^C kills */
void interrupts_reset(Vm *v);           /* at the prompt: nothing pending any more                        */
/* In the signal handler: at the first ^C; at one that is not answered, on the Vm's thread, which may not come back. */
void interrupts_deaf(void (*heard)(void), void (*leave)(void));
void interrupt_again(lua_State *L);     /* L's hook was set: a ^C before that, or in it, is not lost      */
lua_State *interrupts_in(lua_State *L); /* Lua is in this coroutine from now on; where it was             */
void vm_open_training(lua_State *L);    /* lunette.stop_requested and its kin                             */

#endif
