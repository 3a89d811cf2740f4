/* video_decode.c: frames of a video file, a camera or one of FFmpeg's sources (video_program.h). */
#include "channel.h"
#include "video_program.h"

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/time.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIDE = 16384, MOST_PIXELS = 1 << 26 };

typedef struct Decoder {
  const VideoJob *job;
  AVFormatContext *file;
  AVCodecContext *codec;
  const AVStream *stream;
  AVPacket *packet;
  AVFrame *frame, *rgb; /* as decoded; as sent */
  struct SwsContext *scale;
  bool camera, asked, fresh; /* asked: lunette waits for a frame; fresh: rgb has not been sent yet */
  int a, b, c, d; /* a pixel (x, y) of rgb is shown at (a x + c y, b x + d y), shifted to begin at 0 */
  int64_t decoded, spoilt;
  double at;       /* seconds of rgb */
  int64_t started; /* microseconds: when live playing began */
} Decoder;

/* --- opening -------------------------------------------------------------------------------------------- */

/* What the path names: "lavfi:GRAPH", a camera "/dev/...", or a file.  Files may not lead to other files or
 * into the net: one protocol, and no play lists. */
static const AVInputFormat *input_of(const VideoJob *job, const char **url, AVDictionary **options) {
  static const char lavfi[] = "lavfi:";
  char text[64];
  *url = job->path;
  if (strncmp(job->path, lavfi, sizeof lavfi - 1) == 0) {
    *url = job->path + sizeof lavfi - 1;
    return av_find_input_format("lavfi");
  }
  if (strncmp(job->path, "/dev/", 5) == 0) {
    if (job->fps > 0) snprintf(text, sizeof text, "%g", job->fps), av_dict_set(options, "framerate", text, 0);
    if (job->width > 0) {
      snprintf(text, sizeof text, "%dx%d", job->width, job->height);
      av_dict_set(options, "video_size", text, 0);
    }
    return av_find_input_format("v4l2");
  }
  av_dict_set(options, "protocol_whitelist", "file", 0);
  av_dict_set(options, "format_whitelist",
              "mov,matroska,webm,avi,gif,mpegts,mpeg,mpegvideo,ogg,flv,yuv4mpegpipe,asf,apng,mjpeg,h264,hevc",
              0);
  return NULL;
}

static bool open_file(Decoder *d, Err *e) {
  AVDictionary *options = NULL;
  const char *url;
  avdevice_register_all();
  const AVInputFormat *format = input_of(d->job, &url, &options);
  d->camera = strncmp(d->job->path, "/dev/", 5) == 0;
  int r = avformat_open_input(&d->file, url, format, &options);
  av_dict_free(&options);
  if (r >= 0) r = avformat_find_stream_info(d->file, NULL);
  return r >= 0 || video_error(e, d->job->path, r);
}

static bool open_codec(Decoder *d, Err *e) {
  const AVCodec *codec = NULL;
  int i = av_find_best_stream(d->file, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
  if (i < 0 || !codec) return err_set(e, "%s: no video that this FFmpeg can decode", d->job->path);
  d->stream = d->file->streams[i];
  d->codec = avcodec_alloc_context3(codec);
  int r = d->codec ? avcodec_parameters_to_context(d->codec, d->stream->codecpar) : AVERROR(ENOMEM);
  if (r >= 0) {
    d->codec->thread_count = 1;
    d->codec->pkt_timebase = d->stream->time_base;
    r = avcodec_open2(d->codec, codec, NULL);
  }
  if (r < 0) return video_error(e, d->job->path, r);
  int w = d->codec->width, h = d->codec->height;
  if (w < 1 || h < 1 || w > MOST_SIDE || h > MOST_SIDE || (int64_t)w * h > MOST_PIXELS)
    return err_set(e, "%s: frames of %d x %d", d->job->path, w, h);
  return true;
}

/* How the file says its frames are to be turned, in quarters, or mirrored; anything between is left as it is. */
static void read_turn(Decoder *d) {
  const int32_t one = 1 << 16;
  const int32_t *m =
      (const int32_t *)(const void *)av_stream_get_side_data(d->stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
  d->a = d->d = 1;
  d->b = d->c = 0;
  if (!m || d->job->raw) return;
  bool upright = abs(m[0]) == one && abs(m[4]) == one && m[1] == 0 && m[3] == 0;
  bool turned = abs(m[1]) == one && abs(m[3]) == one && m[0] == 0 && m[4] == 0;
  if (!upright && !turned) return;
  d->a = m[0] / one;
  d->b = m[1] / one;
  d->c = m[3] / one;
  d->d = m[4] / one;
}

static bool is_turned(const Decoder *d) { return d->a == 0; }

static bool prepare(Decoder *d, Err *e) {
  d->packet = av_packet_alloc();
  d->frame = av_frame_alloc();
  d->rgb = av_frame_alloc();
  if (!d->packet || !d->frame || !d->rgb) return video_error(e, d->job->path, AVERROR(ENOMEM));
  d->rgb->format = AV_PIX_FMT_RGB24;
  read_turn(d);
  const int width = is_turned(d) ? d->job->height : d->job->width,
            height = is_turned(d) ? d->job->width : d->job->height;
  d->rgb->width = width > 0 ? width : d->codec->width;
  d->rgb->height = height > 0 ? height : d->codec->height;
  int r = av_frame_get_buffer(d->rgb, 0);
  return r >= 0 || video_error(e, d->job->path, r);
}

static bool send_head(const Decoder *d) {
  AVRational rate = d->stream->avg_frame_rate.num ? d->stream->avg_frame_rate : d->stream->r_frame_rate;
  VideoHead head = {is_turned(d) ? d->rgb->height : d->rgb->width,
                    is_turned(d) ? d->rgb->width : d->rgb->height, rate.num && rate.den ? av_q2d(rate) : 0,
                    d->file->duration > 0 ? (double)d->file->duration / AV_TIME_BASE : 0};
  return channel_write(&head, sizeof head);
}

/* --- frames --------------------------------------------------------------------------------------------- */

static bool convert(Decoder *d) {
  const AVFrame *f = d->frame;
  d->scale = sws_getCachedContext(d->scale, f->width, f->height, (enum AVPixelFormat)f->format, d->rgb->width,
                                  d->rgb->height, AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND, NULL,
                                  NULL, NULL);
  if (!d->scale) return false;
  sws_scale(d->scale, (const uint8_t *const *)f->data, f->linesize, 0, f->height, d->rgb->data,
            d->rgb->linesize);
  int64_t pts = f->best_effort_timestamp;
  int64_t first = d->stream->start_time == AV_NOPTS_VALUE ? 0 : d->stream->start_time;
  if (pts != AV_NOPTS_VALUE) d->at = (double)(pts - first) * av_q2d(d->stream->time_base);
  d->fresh = true;
  return true;
}

/* Row Y of what is shown: x = a X + b Y, y = c X + d Y, the turn's inverse. */
static bool send_turned(const Decoder *d) {
  const int w = is_turned(d) ? d->rgb->height : d->rgb->width,
            h = is_turned(d) ? d->rgb->width : d->rgb->height;
  uint8_t *row = av_malloc((size_t)w * 3);
  bool ok = row != NULL;
  for (int Y = 0; ok && Y < h; Y++) {
    for (int X = 0; X < w; X++) {
      const int x = d->a * X + d->b * Y + (d->a + d->b < 0 ? d->rgb->width - 1 : 0);
      const int y = d->c * X + d->d * Y + (d->c + d->d < 0 ? d->rgb->height - 1 : 0);
      memcpy(row + (ptrdiff_t)X * 3, d->rgb->data[0] + (ptrdiff_t)y * d->rgb->linesize[0] + (ptrdiff_t)x * 3,
             3);
    }
    ok = channel_write(row, (size_t)w * 3);
  }
  av_free(row);
  return ok;
}

static bool send_frame(Decoder *d) {
  bool ok = channel_write(&d->at, sizeof d->at), plain = d->a == 1 && d->d == 1;
  if (!plain) ok = ok && send_turned(d);
  for (int y = 0; ok && plain && y < d->rgb->height; y++)
    ok = channel_write(d->rgb->data[0] + (ptrdiff_t)y * d->rgb->linesize[0], (size_t)d->rgb->width * 3);
  d->asked = d->fresh = false;
  return ok;
}

/* Is lunette asking for a frame?  Waits up to `ms`, negative: as long as it takes.  False: it has gone. */
static bool listen(Decoder *d, int ms) {
  struct pollfd p = {PROCESS_CHANNEL, POLLIN, 0};
  if (d->asked || poll(&p, 1, ms) <= 0) return true;
  char byte;
  d->asked = channel_read(&byte, 1) == 1;
  return d->asked;
}

/* A decoded frame finds its way.  From a file each one waits until it is asked for; live, it is due at its
 * time, the newest is kept, and one that nobody has asked for is lost.  False: lunette has gone. */
static bool deliver(Decoder *d) {
  if (!convert(d)) return false;
  if (!d->job->live && !d->camera) return listen(d, -1) && send_frame(d);
  if (!d->camera) {
    int64_t now = av_gettime_relative(), due = d->started + (int64_t)(d->at * 1e6);
    if (due > now) av_usleep((unsigned)(due - now));
  }
  return listen(d, 0) && (!d->asked || send_frame(d));
}

/* Frames that the packet completes; packet NULL: those still inside.  False: lunette has gone. */
static bool decode(Decoder *d, const AVPacket *packet) {
  if (avcodec_send_packet(d->codec, packet) < 0 && packet) d->spoilt++;
  while (avcodec_receive_frame(d->codec, d->frame) >= 0) {
    d->decoded++;
    if (d->frame->decode_error_flags || (d->frame->flags & AV_FRAME_FLAG_CORRUPT)) d->spoilt++;
    bool ok = deliver(d);
    av_frame_unref(d->frame);
    if (!ok) return false;
  }
  return true;
}

static bool whole(const Decoder *d, int last, Err *e) {
  const char *path = d->job->path;
  long long got = d->decoded, want = d->stream->nb_frames;
  if (last < 0 && last != AVERROR_EOF && last != AVERROR_EXIT) {
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(last, text, sizeof text);
    return err_set(e, "%s: %s after %lld frames: %s", path, d->camera ? "the camera is gone" : "damaged", got,
                   text);
  }
  if (want > got) return err_set(e, "%s: cut off: %lld of its %lld frames are there", path, got, want);
  if (d->spoilt) return err_set(e, "%s: damaged: %lld of its frames are spoilt", path, (long long)d->spoilt);
  return true;
}

static bool play(Decoder *d, Err *e) {
  int r;
  bool there = true;
  d->started = av_gettime_relative();
  while (there && (r = av_read_frame(d->file, d->packet)) >= 0) {
    if (d->packet->stream_index == d->stream->index) there = decode(d, d->packet);
    av_packet_unref(d->packet);
  }
  if (!there || !decode(d, NULL)) return true;
  double end = NAN;
  if (!whole(d, r, e)) return false;
  if (listen(d, -1)) channel_write(&end, sizeof end);
  return true;
}

bool video_decode(const VideoJob *job, Err *e) {
  Decoder d = {.job = job};
  if (!open_file(&d, e) || !open_codec(&d, e) || !prepare(&d, e)) return false;
  return !send_head(&d) || play(&d, e); /* what is still open goes with the process */
}
