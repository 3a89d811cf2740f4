/* bind_file.c: tensors from and to files. */
#include "vm.h"

void vm_open_file(lua_State *L) { (void)L; }
