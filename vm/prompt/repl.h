/* repl.h: the command line and the prompt. */
#ifndef LUNETTE_REPL_H
#define LUNETTE_REPL_H
#include "vm.h"

int repl_run(Vm *v); /* until the user leaves; the exit status */
/* What ends the program when the session that the user leaves is not the first one: repl.c, 'left behind'. */
void repl_at_end(void (*end)(Vm *v, int status));
int cli_run(Vm *v, int argc, char **argv); /* everything that the arguments ask for; the exit status */

/* repl[name](text) of vm/lua/repl.lua, without text where that is NULL: the string that it gives, to be freed; NULL: it
 * gives none, or fails. */
char *ask_repl(Vm *v, const char *name, const char *text);

void completion_on(Vm *v); /* TAB asks repl.complete of that state from now on */

void edit_on(Vm *v); /* entries of several lines: keys within them                        */
void edit_give(const char *text,
               int point); /* what the next line begins with, and where its cursor is           */
bool edit_pulled(const char *text,
                 const char *line); /* up was pressed at `. `: both are given to the next line   */

size_t colour_token(const char *s, const char **colour); /* the token at s: its bytes; its colour, or NULL  */
bool colour_capable(void);                               /* no dumb terminal                              */
bool colour_wanted(void);                                /* not NO_COLOR, not a dumb terminal             */

void draw_on(void);    /* the line is drawn by draw.c from now on, where the terminal can be drawn on    */
bool draw_is_on(void); /* else readline draws                                                            */
void draw_begin(void); /* a line begins, in a row of its own                                             */
void draw_anew(void);  /* what was drawn is gone, or left behind: the next drawing begins in this row    */
void draw_idle(void);  /* after ^Z and fg: the line again                                                */
void draw_done(void);  /* the line has ended: the cursor goes to the row below                           */
void draw_above(const char *text);         /* text, and the line again below it                       */
void draw_below(const char *text);         /* the line stays; text below it, and the line again       */
int draw_columns(const char *s, size_t n); /* that the first n bytes of s take                        */
size_t draw_bytes(const char *s, size_t n, int columns); /* the most of s, whole glyphs, that these hold */

#endif
