/* video_encode.c: frames to a GIF or MP4 file, written beside, synced, renamed (video_program.h).
 *
 * GIF gets a palette of its own for each frame; MP4 is H.264 (or MPEG-4 where FFmpeg lacks it) with even
 * sides. */
#include "channel.h"
#include "video_program.h"

#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef struct Encoder {
  const VideoJob *job;
  bool gif;
  char temporary[4096];
  AVRational base; /* one frame */
  AVFilterGraph *graph;
  AVFilterContext *in, *out;
  AVCodecContext *codec;
  AVFormatContext *file;
  AVStream *stream;
  AVFrame *frame, *filtered;
  AVPacket *packet;
  int64_t frames;
} Encoder;

static bool failed(const Encoder *v, int r, Err *e) { return video_error(e, v->job->path, r); }

/* --- opening -------------------------------------------------------------------------------------------- */

static int make_graph(Encoder *v) {
  static const char gif[] = "split[a][b];[a]palettegen=stats_mode=single:reserve_transparent=0[p];"
                            "[b][p]paletteuse=new=1:dither=none";
  static const char mp4[] = "pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p";
  char source[160];
  snprintf(source, sizeof source, "video_size=%dx%d:pix_fmt=%d:time_base=%d/%d", v->job->width,
           v->job->height, AV_PIX_FMT_RGB24, v->base.num, v->base.den);
  v->graph = avfilter_graph_alloc();
  AVFilterInOut *from = avfilter_inout_alloc(), *to = avfilter_inout_alloc();
  int r = v->graph && from && to ? 0 : AVERROR(ENOMEM);
  if (r >= 0)
    r = avfilter_graph_create_filter(&v->in, avfilter_get_by_name("buffer"), "in", source, NULL, v->graph);
  if (r >= 0)
    r = avfilter_graph_create_filter(&v->out, avfilter_get_by_name("buffersink"), "out", NULL, NULL,
                                     v->graph);
  if (r >= 0) {
    v->graph->nb_threads = 1;
    *from = (AVFilterInOut){.name = av_strdup("in"), .filter_ctx = v->in};
    *to = (AVFilterInOut){.name = av_strdup("out"), .filter_ctx = v->out};
    r = avfilter_graph_parse_ptr(v->graph, v->gif ? gif : mp4, &to, &from, NULL);
  }
  if (r >= 0) r = avfilter_graph_config(v->graph, NULL);
  avfilter_inout_free(&from);
  avfilter_inout_free(&to);
  return r;
}

static int open_codec(Encoder *v) {
  const AVCodec *codec = avcodec_find_encoder_by_name(v->gif ? "gif" : "libx264");
  if (!codec) codec = avcodec_find_encoder(v->gif ? AV_CODEC_ID_GIF : AV_CODEC_ID_MPEG4);
  if (!codec) return AVERROR_ENCODER_NOT_FOUND;
  v->codec = avcodec_alloc_context3(codec);
  if (!v->codec) return AVERROR(ENOMEM);
  v->codec->width = av_buffersink_get_w(v->out);
  v->codec->height = av_buffersink_get_h(v->out);
  v->codec->pix_fmt = (enum AVPixelFormat)av_buffersink_get_format(v->out);
  v->codec->time_base = v->base;
  v->codec->framerate = av_inv_q(v->base);
  v->codec->thread_count = 1;
  v->codec->bit_rate = (int64_t)v->codec->width * v->codec->height * 8; /* of MPEG-4 */
  if (v->file->oformat->flags & AVFMT_GLOBALHEADER) v->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary *options = NULL;
  if (!v->gif) {
    av_dict_set(&options, "crf", "18", 0);
    av_dict_set(&options, "preset", "veryfast", 0);
  }
  int r = avcodec_open2(v->codec, codec, &options);
  av_dict_free(&options);
  return r;
}

static int open_file(Encoder *v) {
  AVDictionary *options = NULL;
  v->stream = avformat_new_stream(v->file, NULL);
  if (!v->stream) return AVERROR(ENOMEM);
  v->stream->time_base = v->base;
  int r = avcodec_parameters_from_context(v->stream->codecpar, v->codec);
  if (r >= 0) r = avio_open(&v->file->pb, v->temporary, AVIO_FLAG_WRITE);
  if (!v->gif) av_dict_set(&options, "movflags", "+faststart", 0);
  if (r >= 0) r = avformat_write_header(v->file, &options);
  av_dict_free(&options);
  return r;
}

static bool start(Encoder *v, Err *e) {
  if (snprintf(v->temporary, sizeof v->temporary, "%s.%ld.part", v->job->path, (long)getppid()) >=
      (int)sizeof v->temporary)
    return err_set(e, "%s: the path is too long", v->job->path);
  int r = avformat_alloc_output_context2(&v->file, NULL, v->gif ? "gif" : "mp4", v->temporary);
  if (r >= 0) r = make_graph(v);
  if (r >= 0) r = open_codec(v);
  if (r >= 0) r = open_file(v);
  v->frame = av_frame_alloc();
  v->filtered = av_frame_alloc();
  v->packet = av_packet_alloc();
  if (r >= 0 && !(v->frame && v->filtered && v->packet)) r = AVERROR(ENOMEM);
  return r >= 0 || failed(v, r, e);
}

/* --- frames --------------------------------------------------------------------------------------------- */

static int store_packets(Encoder *v) {
  int r;
  while ((r = avcodec_receive_packet(v->codec, v->packet)) >= 0) {
    v->packet->duration = 1; /* else the last frame would last no time, and be left out by readers */
    av_packet_rescale_ts(v->packet, v->base, v->stream->time_base);
    v->packet->stream_index = v->stream->index;
    if ((r = av_interleaved_write_frame(v->file, v->packet)) < 0) return r;
  }
  return r == AVERROR(EAGAIN) || r == AVERROR_EOF ? 0 : r;
}

/* One frame through the filters and the encoder; NULL: what is still inside. */
static int encode(Encoder *v, AVFrame *f) {
  int r = av_buffersrc_add_frame(v->in, f);
  while (r >= 0 && (r = av_buffersink_get_frame(v->out, v->filtered)) >= 0) {
    v->filtered->pict_type = AV_PICTURE_TYPE_NONE;
    r = avcodec_send_frame(v->codec, v->filtered);
    av_frame_unref(v->filtered);
    if (r >= 0) r = store_packets(v);
  }
  if (r != AVERROR(EAGAIN) && r != AVERROR_EOF) return r;
  if (f) return 0;
  r = avcodec_send_frame(v->codec, NULL);
  return r < 0 ? r : store_packets(v);
}

/* A frame from lunette; 0: there is none any more. */
static int next_frame(Encoder *v) {
  AVFrame *f = v->frame;
  av_frame_unref(f);
  f->format = AV_PIX_FMT_RGB24;
  f->width = v->job->width;
  f->height = v->job->height;
  int r = av_frame_get_buffer(f, 0);
  if (r < 0) return r;
  size_t row = (size_t)f->width * 3;
  for (int y = 0; y < f->height; y++)
    if (channel_read(f->data[0] + (ptrdiff_t)y * f->linesize[0], row) < row) return 0;
  f->pts = v->frames++;
  return 1;
}

static bool synced(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  return ok;
}

bool video_encode(const VideoJob *job, Err *e) {
  const char *dot = strrchr(job->path, '.');
  Encoder v = {
      .job = job, .gif = dot && strcasecmp(dot, ".gif") == 0, .base = av_inv_q(av_d2q(job->fps, 1000))};
  if (!start(&v, e)) return false;
  char ready = 1; /* lunette waits for it: until then a failure is that of opening */
  int r = channel_write(&ready, 1) ? 0 : AVERROR(EPIPE);
  while (r >= 0 && (r = next_frame(&v)) > 0) r = encode(&v, v.frame);
  if (r >= 0 && v.frames > 0) r = encode(&v, NULL);
  if (r >= 0) r = av_write_trailer(v.file);
  if (v.file->pb) avio_closep(&v.file->pb);
  bool ok = r >= 0 ? v.frames > 0 || err_set(e, "%s: no frames were recorded", job->path) : failed(&v, r, e);
  if (ok && (!synced(v.temporary) || rename(v.temporary, job->path) != 0))
    ok = err_set(e, "%s: %s", job->path, strerror(errno));
  if (!ok) unlink(v.temporary);
  return ok;
}
