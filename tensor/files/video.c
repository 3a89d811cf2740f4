/* video.c: our side of the video process (video.h). */
#define _GNU_SOURCE
#include "video.h"
#include "format_row.h"
#include "process_link.h"
#include "video_program.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef LUNETTE_VIDEO
extern const unsigned char video_program[], video_program_end[];
const char *video_missing(void) { return NULL; }
#else
static const unsigned char video_program[1], *const video_program_end = video_program;
const char *video_missing(void) {
  return "libavformat-dev libavcodec-dev libavfilter-dev libavdevice-dev libswscale-dev";
}
#endif

/* The video process, for a job of `verb`. */
static bool open_process(Link *l, const char *verb, const char *path, const VideoOptions *o, Err *e) {
  if (video_missing())
    return err_set(e, "%s: this program was built without FFmpeg.  apt install %s, and build again", path,
                   video_missing());
  char text[3][32];
  snprintf(text[0], sizeof text[0], "%d", o->width);
  snprintf(text[1], sizeof text[1], "%d", o->height);
  snprintf(text[2], sizeof text[2], "%.9g", o->fps);
  char *argv[] = {(char[]){"video"},
                  (char *)(uintptr_t)verb,
                  (char *)(uintptr_t)path,
                  text[0],
                  text[1],
                  text[2],
                  o->live ? (char[]){"1"} : (char[]){"0"},
                  o->raw ? (char[]){"1"} : (char[]){"0"},
                  NULL};
  return link_open(l, path, video_program, video_program_end, argv, e);
}

/* --- reading -------------------------------------------------------------------------------------------- */

struct Video {
  Link link;
  VideoHead head;
  bool live, asked, ended;
};

/* The other side has closed without being told: its message, if it was not ours. */
static bool broken(Video *v, Err *e) {
  Err kept = *e;
  v->ended = true;
  bool well = link_close(&v->link, kept.message[0] == 0, e);
  if (kept.message[0]) *e = kept;
  return well && !kept.message[0] ? err_set(e, "%s: the video process ended early", v->link.name) : false;
}

static bool readable(const char *path, Err *e) {
  struct stat st;
  if (strncmp(path, "lavfi:", 6) == 0) return true;
  if (stat(path, &st) != 0 || access(path, R_OK) != 0) return err_set(e, "%s: %s", path, strerror(errno));
  return S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || err_set(e, "%s: neither a file nor a camera", path);
}

Video *video_open(const char *path, const VideoOptions *o, Err *e) {
  if (!readable(path, e)) return NULL;
  Video *v = calloc(1, sizeof *v);
  if (!v || !open_process(&v->link, "read", path, o, e)) {
    if (!v) err_set(e, "%s: out of memory", path);
    free(v);
    return NULL;
  }
  v->live = o->live || strncmp(path, "/dev/", 5) == 0;
  if (link_receive(&v->link, &v->head, sizeof v->head, e)) return v;
  broken(v, e);
  free(v);
  return NULL;
}

void video_info(const Video *v, int *height, int *width, double *fps, double *seconds) {
  *height = v->head.height;
  *width = v->head.width;
  *fps = v->head.fps;
  *seconds = v->head.seconds;
}

/* A frame from a file is asked for in advance, so that it is decoded meanwhile; a live one only when it is
 * wanted, or it would be old. */
static bool ask(Video *v) {
  char byte = 1;
  if (!v->asked) v->asked = link_send(&v->link, &byte, 1);
  return v->asked;
}

bool video_next(Video *v, Tensor **frame, double *at, Err *e) {
  *frame = NULL;
  if (v->ended) return true;
  *e = (Err){0};
  if (!ask(v) || !link_receive(&v->link, at, sizeof *at, e)) return broken(v, e);
  v->asked = false;
  if (isnan(*at)) {
    v->ended = true;
    return link_close(&v->link, true, e);
  }
  int64_t shape[] = {v->head.height, v->head.width, 3};
  Tensor *t = tensor_new(U8, 3, shape, e);
  if (!t) return false;
  if (!link_receive(&v->link, t->data, (size_t)t->n, e)) {
    tensor_release(t);
    return broken(v, e);
  }
  if (!v->live) ask(v); /* a failure shows with the next frame */
  *frame = t;
  return true;
}

void video_close(Video *v) {
  Err e;
  if (v && !v->ended) link_close(&v->link, false, &e);
  free(v);
}

/* --- writing -------------------------------------------------------------------------------------------- */

struct VideoWriter {
  Link link;
  size_t bytes;
};

VideoWriter *video_create(const char *path, int height, int width, double fps, Err *e) {
  if (!format_ends("GIF", path) && !format_ends("MP4", path)) {
    err_set(e, "%s does not end in .gif or .mp4", path);
    return NULL;
  }
  VideoWriter *w = calloc(1, sizeof *w);
  char ready;
  if (!w || !open_process(&w->link, "write", path,
                          &(VideoOptions){.height = height, .width = width, .fps = fps}, e)) {
    if (!w) err_set(e, "%s: out of memory", path);
    free(w);
    return NULL;
  }
  w->bytes = (size_t)height * (size_t)width * 3;
  if (link_receive(&w->link, &ready, 1, e)) return w;
  Err kept = *e;
  link_close(&w->link, kept.message[0] == 0, e);
  if (kept.message[0]) *e = kept;
  free(w);
  return NULL;
}

bool video_put(VideoWriter *w, const unsigned char *rgb, Err *e) {
  return link_send(&w->link, rgb, w->bytes) || err_set(e, "%s: the video process has ended", w->link.name);
}

bool video_finish(VideoWriter *w, Err *e) {
  bool ok = link_close(&w->link, true, e);
  free(w);
  return ok;
}
