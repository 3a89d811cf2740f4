/* repl.h: the command line and the prompt. */
#ifndef LUNETTE_REPL_H
#define LUNETTE_REPL_H
#include "vm.h"

/* Interprets the arguments (lunette --help), runs scripts or the prompt; the process's exit status. */
int cli_run(Vm *v, int argc, char **argv);

/* The prompt, until ^D or quit(); 0, or 1 when it could not start. */
int repl_run(Vm *v);
#endif
