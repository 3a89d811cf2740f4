/* video_main.c: the video process (video_program.h). */
#include "bounds.h"
#include "video_program.h"

#include <libavutil/log.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A damaged file may ask for anything: an end to memory and no core; nobody waits when lunette is gone. */
static void bound(void) {
  limit_memory((rlim_t)3 << 30);
  limit_resource(RLIMIT_CORE, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  VideoJob job = {.path = argv[2],
                  .width = atoi(argv[3]),
                  .height = atoi(argv[4]),
                  .fps = atof(argv[5]),
                  .live = argc > 6 && strcmp(argv[6], "1") == 0,
                  .raw = argc > 7 && strcmp(argv[7], "1") == 0};
  Err e = {0};
  bool writing = strcmp(argv[1], "write") == 0;
  signal(SIGPIPE, SIG_IGN);
  av_log_set_level(AV_LOG_QUIET);
  if (!writing) bound(); /* what is written must be finished even when lunette is gone */
  bool ok = writing ? video_encode(&job, &e) : video_decode(&job, &e);
  if (!ok && write(PROCESS_MESSAGE, e.message, strlen(e.message)) < 0) return 2;
  _exit(ok ? 0 : 1);
}
