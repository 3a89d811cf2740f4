/* open.h: a Lua state with everything in it. */
#ifndef LUNETTE_OPEN_H
#define LUNETTE_OPEN_H
#include "vm.h"

Vm *vm_new(Err *e); /* libraries opened, tensor/nn/... in place, generator seeded with 0; vm_free ends it */

#endif
