/* midi.h: Standard MIDI Files (MMA, SMF 1.0), formats 0 and 1: notes as rows of numbers.
 *
 * A reader of our own: the libraries at hand refuse or misread what real files hold (running status after a
 * meta event, foreign chunks, SMPTE division, tempo changes in later tracks, rubbish behind an end of track).
 * Does NOT: read format 2 (independent patterns), play, keep controllers or texts. */
#ifndef LUNETTE_MIDI_H
#define LUNETTE_MIDI_H
#include "tensor.h"

/* Columns of the notes: time in beats (quarters) or seconds, pitch 0..127 (60: middle C), velocity 1..127,
 * channel 1..16, program 1..128 as General MIDI counts them: the one that its channel has when it is struck. */
enum { MIDI_START, MIDI_DURATION, MIDI_PITCH, MIDI_VELOCITY, MIDI_CHANNEL, MIDI_PROGRAM, MIDI_COLUMNS };
enum { MIDI_TEMPO_COLUMNS = 2, MIDI_METER_COLUMNS = 3, MIDI_TEXT = 120 };

typedef struct Midi {
  int format;          /* 0 or 1                                                                    */
  int division;        /* ticks a beat; 0 with SMPTE time, where a beat is half a second             */
  Tensor *notes;       /* f64[n, 6], by start, then pitch                                           */
  Tensor *track;       /* i64[n]: the track of each, from 1                                         */
  Tensor *tempo;       /* f64[k, 2]: beat, beats a minute; the first at beat 0                       */
  Tensor *meter;       /* f64[k, 3]: beat, beats in a bar, their unit (4: quarter); the first at beat 0 */
  char cut[MIDI_TEXT]; /* what the file claims and has not; "": nothing */
} Midi;

/* `name` is for messages.  A file that is none, is cut within its head, or holds a data byte beyond 127 or a
 * delta time of more than four bytes is refused with the byte's offset.  Notes left open end with their
 * track.  A track or a message that is cut off ends there, and out->cut says so. */
bool midi_parse(const char *name, const uint8_t *bytes, size_t size, bool seconds, Midi *out, Err *e);
bool midi_load(const char *path, bool seconds, Midi *out, Err *e);
void midi_free(Midi *m);

/* notes f64[n, 6]; tempo f64[k, 2] and meter f64[k, 3] as above; times of notes in beats, or in seconds.
 * Format 1: a track for tempo and meter, then one for each channel.  Written beside and renamed. */
typedef struct MidiLoss { /* notes that a file cannot tell as they are */
  int64_t no_tick;        /* with a duration, but less than half a tick: read back as 0 */
  int64_t
      within; /* that end before one of their pitch and channel that began earlier: their ends change places */
} MidiLoss;
bool midi_save(const char *path, const Midi *m, bool seconds, MidiLoss *loss, Err *e);

double midi_cell(const Tensor *rows, int64_t row, int64_t column); /* of those tables, from 0 */

/* --- time ----------------------------------------------------------------------------------------------- */

/* Seconds at a beat, and back, under the tempo f64[k, 2] of a Midi; a look costs log k. */
typedef struct TempoMap {
  double *beat, *second, *rate; /* of each row: where it begins, and its beats a second */
  int64_t n;
} TempoMap;
bool tempo_map_new(TempoMap *m, const Tensor *tempo, Err *e);
void tempo_map_free(TempoMap *m);
double tempo_seconds(const TempoMap *m, double beat);
double tempo_beat(const TempoMap *m, double seconds);

#endif
