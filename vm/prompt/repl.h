/* repl.h: the command line and the prompt. */
#ifndef LUNETTE_REPL_H
#define LUNETTE_REPL_H
#include "vm.h"

int repl_run(Vm *v); /* until the user leaves; the exit status */
/* What ends the program when the session that the user leaves is not the first one: repl.c, 'left behind'. */
void repl_at_end(void (*end)(Vm *v, int status));
int cli_run(Vm *v, int argc, char **argv); /* everything that the arguments ask for; the exit status */

void completion_on(Vm *v); /* TAB asks repl.complete of that state from now on */

void edit_on(Vm *v); /* entries of several lines: keys within them                        */
void edit_give(const char *text,
               int point); /* what the next line begins with, and where its cursor is           */
bool edit_pulled(const char *text,
                 const char *line); /* up was pressed at `. `: both are given to the next line   */

int colour_columns(const char *s,
                   size_t n); /* of the first n bytes; -1: something that has no width          */
bool colour_capable(void);    /* no dumb terminal                                              */
bool colour_wanted(void);     /* not NO_COLOR, not a dumb terminal                                  */
void colour_on(void);         /* readline's line in colours from now on                             */

#endif
