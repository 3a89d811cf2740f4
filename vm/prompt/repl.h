/* repl.h: the command line and the prompt. */
#ifndef LUNETTE_REPL_H
#define LUNETTE_REPL_H
#include "vm.h"

int repl_run(Vm *v); /* until the user leaves; the exit status */
/* What ends the program when the session that the user leaves is not the first one: repl.c, 'left behind'. */
void repl_at_end(void (*end)(Vm *v, int status));
int cli_run(Vm *v, int argc, char **argv); /* everything that the arguments ask for; the exit status */

void completion_on(Vm *v); /* TAB asks repl.complete of that state from now on */

bool colour_wanted(void); /* not NO_COLOR, not a dumb terminal                                  */
void colour_on(void);     /* readline's line in colours from now on                             */

#endif
