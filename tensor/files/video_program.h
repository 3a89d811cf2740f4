/* video_program.h: the program of the video process, which alone knows FFmpeg's libraries.
 *
 *   video read PATH WIDTH HEIGHT FPS LIVE RAW   (0: as the file has it; LIVE 1: at its own pace, skipping;
 *                                               RAW 1: not turned as the file says)
 *   video write PATH WIDTH HEIGHT FPS
 *
 * Both exchange frames with lunette through a socket, descriptor 3.  Reading: a VideoHead; then for each byte
 * that comes, the time of a frame in seconds (NAN: no more) and its h w 3 bytes, RGB.  Writing: frames of h w
 * 3 bytes until the other side closes. */
#ifndef LUNETTE_VIDEO_PROGRAM_H
#define LUNETTE_VIDEO_PROGRAM_H
#include "err.h"
#include "process.h"

#include <stddef.h>
#include <stdint.h>

typedef struct VideoHead {
  int32_t width, height;
  double fps, seconds; /* 0: not known */
} VideoHead;

typedef struct VideoJob {
  const char *path;
  int width, height;
  double fps;
  bool live, raw;
} VideoJob;

bool video_decode(const VideoJob *job, Err *e);
bool video_encode(const VideoJob *job, Err *e);

bool video_error(Err *e, const char *path,
                 int averror); /* video_error.c: err_set with FFmpeg's words; always false */
#endif
