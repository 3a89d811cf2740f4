/* video.h: moving pictures, by the video process (video_program.h).
 *
 * Frames are u8 [h,w,3].  Reading decodes the next frame while the last one is worked on; a damaged file ends
 * its process, not this one.  ^C ends a wait. */
#ifndef LUNETTE_VIDEO_H
#define LUNETTE_VIDEO_H
#include "tensor.h"

const char *video_missing(void); /* the package without which this program was built, or NULL */

typedef struct VideoOptions {
  int height, width; /* frames are scaled to it; 0: as they are       */
  double fps;        /* of a camera; 0: its own                       */
  bool raw;          /* not turned as the file says they are to be shown */
  bool live;         /* frames come at their own pace; those that nobody asked for in time are lost  */
} VideoOptions;

typedef struct Video Video;

/* path: a file, a camera ("/dev/video0") or a source of FFmpeg ("lavfi:testsrc"). */
Video *video_open(const char *path, const VideoOptions *o, Err *e);
/* frames a second and length in seconds, 0: not known */
void video_info(const Video *v, int *height, int *width, double *fps, double *seconds);
/* *frame NULL: no more.  *at: seconds from the start. */
bool video_next(Video *v, Tensor **frame, double *at, Err *e);
void video_close(Video *v);

typedef struct VideoWriter VideoWriter;

/* path ends in .gif or .mp4; it appears when the writer is finished. */
VideoWriter *video_create(const char *path, int height, int width, double fps, Err *e);
bool video_put(VideoWriter *w, const unsigned char *rgb, Err *e); /* height width 3 bytes */
bool video_finish(VideoWriter *w, Err *e);                        /* frees it in any case */
#endif
