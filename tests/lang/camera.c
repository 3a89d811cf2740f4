/* camera.c: a camera where there is none.  Preloaded, it answers for the file $CAMERA ("/dev/video9") as a Video4Linux
 * driver does: frames of YUYV, the upper half white, the lower black, 50 a second, in two mapped buffers.  After
 * $CAMERA_FRAMES frames it is pulled out: ENODEV.  $CAMERA_BUSY: it is in use: EBUSY. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 2, STEP = 20000000 /* nanoseconds */ };

static int camera = -1;
static unsigned width = 64, height = 48, taken, queued[BUFFERS], count;

static unsigned frame_bytes(void) { return 2 * width * height; }
static unsigned span(void) { return (frame_bytes() + 4095) & ~4095u; }

static int is_camera(const char *path) {
  const char *name = getenv("CAMERA");
  return name && strcmp(path, name) == 0;
}

static int open_camera(void) {
  camera = memfd_create("camera", 0);
  return camera;
}

static int open_any(const char *symbol, const char *path, int flags, mode_t mode) {
  if (is_camera(path)) return open_camera();
  int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, symbol);
  return next(path, flags, mode);
}
#define OPEN(NAME)                                                                                           \
  int NAME(const char *path, int flags, ...) {                                                               \
    va_list more;                                                                                            \
    va_start(more, flags);                                                                                   \
    mode_t mode = (mode_t)((flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, int) : 0);                         \
    va_end(more);                                                                                            \
    return open_any(#NAME, path, flags, mode);                                                               \
  }
OPEN(open)
OPEN(open64)

int stat(const char *restrict path, struct stat *restrict out) {
  int (*next)(const char *, struct stat *) = (int (*)(const char *, struct stat *))dlsym(RTLD_NEXT, "stat");
  return next(is_camera(path) ? "/dev/null" : path, out);
}

int access(const char *path, int mode) {
  int (*next)(const char *, int) = (int (*)(const char *, int))dlsym(RTLD_NEXT, "access");
  return next(is_camera(path) ? "/dev/null" : path, mode);
}

static int no(int why) {
  errno = why;
  return -1;
}

static int formats(struct v4l2_format *f) {
  f->fmt.pix.width = width, f->fmt.pix.height = height;
  f->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
  f->fmt.pix.field = V4L2_FIELD_NONE;
  f->fmt.pix.bytesperline = 2 * width;
  f->fmt.pix.sizeimage = frame_bytes();
  return 0;
}

static int set_format(struct v4l2_format *f) {
  if (getenv("CAMERA_BUSY")) return no(EBUSY);
  if (f->fmt.pix.width >= 16 && f->fmt.pix.width <= 640) width = f->fmt.pix.width & ~1u;
  if (f->fmt.pix.height >= 16 && f->fmt.pix.height <= 480) height = f->fmt.pix.height;
  return formats(f);
}

static int buffer_of(struct v4l2_buffer *b) {
  if (b->index >= BUFFERS) return no(EINVAL);
  b->length = span();
  b->m.offset = b->index * span();
  return 0;
}

static int give_frame(struct v4l2_buffer *b) {
  const char *most = getenv("CAMERA_FRAMES");
  if (count == 0) return no(EAGAIN);
  if (most && taken >= (unsigned)atoi(most)) return no(ENODEV);
  struct timespec rest = {0, STEP}, now;
  nanosleep(&rest, NULL);
  b->index = queued[0];
  queued[0] = queued[1];
  count--;
  buffer_of(b);
  unsigned char *p = mmap(NULL, span(), PROT_READ | PROT_WRITE, MAP_SHARED, camera, b->m.offset);
  if (p == MAP_FAILED) return no(EIO);
  for (unsigned i = 0; i < frame_bytes(); i += 2) {
    p[i] = i < frame_bytes() / 2 ? 235 : 16;
    p[i + 1] = 128;
  }
  munmap(p, span());
  clock_gettime(CLOCK_REALTIME, &now);
  b->bytesused = frame_bytes();
  b->sequence = taken++;
  b->field = V4L2_FIELD_NONE;
  b->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_DONE;
  b->timestamp.tv_sec = now.tv_sec;
  b->timestamp.tv_usec = now.tv_nsec / 1000;
  return 0;
}

static int queue(struct v4l2_buffer *b) {
  if (b->index >= BUFFERS || count == BUFFERS) return no(EINVAL);
  queued[count++] = b->index;
  return 0;
}

static int answer(unsigned long request, void *a) {
  struct v4l2_capability *able = a;
  struct v4l2_streamparm *rate = a;
  struct v4l2_requestbuffers *wanted = a;
  switch (request) {
  case VIDIOC_QUERYCAP:
    memset(able, 0, sizeof *able);
    strcpy((char *)able->driver, "test"), strcpy((char *)able->card, "a drawn camera");
    able->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    return 0;
  case VIDIOC_G_INPUT: *(int *)a = 0; return 0;
  case VIDIOC_S_INPUT: return 0;
  case VIDIOC_ENUMINPUT: return ((struct v4l2_input *)a)->index == 0 ? 0 : no(EINVAL);
  case VIDIOC_G_FMT: return formats(a);
  case VIDIOC_S_FMT: return set_format(a);
  case VIDIOC_G_PARM:
  case VIDIOC_S_PARM:
    rate->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    rate->parm.capture.timeperframe.numerator = 1, rate->parm.capture.timeperframe.denominator = 50;
    return 0;
  case VIDIOC_REQBUFS: wanted->count = BUFFERS; return ftruncate(camera, (off_t)BUFFERS * span());
  case VIDIOC_QUERYBUF: return buffer_of(a);
  case VIDIOC_QBUF: return queue(a);
  case VIDIOC_DQBUF: return give_frame(a);
  case VIDIOC_STREAMON:
  case VIDIOC_STREAMOFF: return 0;
  default: return no(EINVAL);
  }
}

int ioctl(int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void *argument = va_arg(more, void *);
  va_end(more);
  if (fd >= 0 && fd == camera) return answer(request & 0xffffffff, argument);
  int (*next)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  return next(fd, request, argument);
}
