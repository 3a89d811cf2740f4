/* notice.h: what threads beside Lua's have to say (the window), kept back while a line is typed at the prompt. */
#ifndef LUNETTE_NOTICE_H
#define LUNETTE_NOTICE_H
#include <stdbool.h>

/* A line, without its end: to standard error, or kept until it is taken.  From any thread. */
void notice(const char *line);
/* true: a line is typed, notices are kept; false: what was not taken is printed. */
void notices_keep(bool on);
/* What was kept, lines parted by line ends; NULL: nothing.  The caller frees it. */
char *notices_take(void);

#endif
