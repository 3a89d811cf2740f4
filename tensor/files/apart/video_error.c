/* video_error.c: FFmpeg's words for an error, for reading and writing (video_program.h). */
#include "video_program.h"

#include <libavutil/error.h>

bool video_error(Err *e, const char *path, int averror) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(averror, text, sizeof text);
  return err_set(e, "%s: %s", path, text);
}
