/* channel.h: the line to lunette as a program that it runs has it (process_link.h): descriptor 3. */
#ifndef LUNETTE_CHANNEL_H
#define LUNETTE_CHANNEL_H
#include <stdbool.h>
#include <stddef.h>

bool channel_write(const void *data, size_t n); /* all of it */
size_t channel_read(void *data, size_t n);      /* up to n bytes; less at the end */

#endif
