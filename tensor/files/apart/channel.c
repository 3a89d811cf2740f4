/* channel.c: see channel.h. */
#include "channel.h"
#include "process.h"

#include <errno.h>
#include <unistd.h>

bool channel_write(const void *data, size_t n) {
  const char *p = data;
  while (n > 0) {
    ssize_t k = write(PROCESS_CHANNEL, p, n);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return false;
    p += k;
    n -= (size_t)k;
  }
  return true;
}

size_t channel_read(void *data, size_t n) {
  size_t got = 0;
  while (got < n) {
    ssize_t k = read(PROCESS_CHANNEL, (char *)data + got, n - got);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) break;
    got += (size_t)k;
  }
  return got;
}
