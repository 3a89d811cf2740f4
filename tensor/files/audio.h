/* audio.h: sound in files: WAV, FLAC and OGG (Vorbis, Opus) through libsndfile.
 *
 * Samples are f32 from -1 to 1, [frames, channels].  Other containers that libsndfile knows are refused: they
 * are rarely met and often attacked.  Does NOT: resample, play. */
#ifndef LUNETTE_AUDIO_H
#define LUNETTE_AUDIO_H
#include "tensor.h"

/* `name` is for messages; *rate: frames a second. */
Tensor *audio_decode(const char *name, const unsigned char *data, size_t size, int *rate, Err *e);
Tensor *audio_load(const char *path, int *rate, Err *e);

/* t: [frames] or [frames, channels], floats (clamped to -1..1).  By the ending: .wav (bits 16, 24 or 32:
 * float) or .flac (bits 16 or 24). */
bool audio_save(const char *path, const Tensor *t, int rate, int bits, Err *e);

#endif
