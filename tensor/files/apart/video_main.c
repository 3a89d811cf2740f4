/* video_main.c: the video process (video_program.h). */
#include "video_program.h"

#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

bool video_error(Err *e, const char *path, int averror) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(averror, text, sizeof text);
  return err_set(e, "%s: %s", path, text);
}

/* A damaged file may ask for anything: an end to memory and no core; nobody waits when lunette is gone. */
static void bound(void) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  struct rlimit memory = {(rlim_t)3 << 30, (rlim_t)3 << 30};
  setrlimit(RLIMIT_AS, &memory);
#endif
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  VideoJob job = {.path = argv[2],
                  .width = atoi(argv[3]),
                  .height = atoi(argv[4]),
                  .fps = atof(argv[5]),
                  .live = argc > 6 && strcmp(argv[6], "1") == 0};
  Err e = {0};
  bool writing = strcmp(argv[1], "write") == 0;
  signal(SIGPIPE, SIG_IGN);
  av_log_set_level(AV_LOG_QUIET);
  if (!writing) bound(); /* what is written must be finished even when lunette is gone */
  bool ok = writing ? video_encode(&job, &e) : video_decode(&job, &e);
  if (!ok && write(PROCESS_MESSAGE, e.message, strlen(e.message)) < 0) return 2;
  _exit(ok ? 0 : 1);
}
