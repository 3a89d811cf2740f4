/* sound.h: the speakers and the microphone, by SDL2 in a thread of its own.
 *
 * Samples are floats from -1 to 1, frames of `channels` values.  One sound plays at a time: a new one ends the
 * one before.  What the microphone hears waits in ten seconds of memory; what finds no room there is counted.
 * stop() (may be NULL) ends a wait; it is asked every 10 ms.
 *
 * Does NOT: mix, change rates (SDL does), read files. */
#ifndef LUNETTE_SOUND_H
#define LUNETTE_SOUND_H
#include "viz.h"

/* Name i, from 0, of a device to hear with (`microphones`) or to play on; NULL after the last.  Lives until the
 * next call.  On failure NULL with a message. */
const char *sound_device(bool microphones, int i, VizErr *e);

/* Plays a copy of x and returns at once; device NULL: the usual one. */
bool sound_play(const float *x, int64_t frames, int channels, int rate, const char *device, VizErr *e);
/* x after what plays or has played on a device that is still open, without opening it again; else as sound_play.  False
 * too when what plays has other channels or another rate. */
bool sound_more(const float *x, int64_t frames, int channels, int rate, const char *device, VizErr *e);
double sound_left(void); /* seconds that the device has not asked for yet; 0 when nothing plays */
/* Until it has been heard, *whole, or the speakers are gone; false: stop(). */
bool sound_wait(bool (*stop)(void), bool *whole);
void sound_stop(void); /* now */

typedef struct Listener Listener;

Listener *sound_listen(const char *device, int rate, VizErr *e); /* one channel */
/* The next n samples.  *lost: how many were lost since the last call, after the ones before.  False: e says why
 * it is over (unplugged, silent device), or has no message when stop() was true. */
bool sound_hear(Listener *l, float *to, int64_t n, int64_t *lost, bool (*stop)(void), VizErr *e);
void sound_close(Listener *l);

#endif
