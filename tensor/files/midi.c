/* midi.c: see midi.h: the reader.  Events go to lists that grow; the lists become tensors at the end. */
#include "midi.h"

#include "io.h"
#include "list_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 16 << 20 }; /* of a file: a note takes 3 bytes there and 48 in its row */

typedef struct Note {
  int64_t start, end; /* ticks; end < 0: sounding */
  int64_t order;      /* where it stood in the file, among notes and changes */
  int32_t track, program;
  uint8_t pitch, velocity, channel;
} Note;
/* A tempo (value: microseconds a beat), a meter (value: beats, unit), or a program (channel, value) from a
 * tick on. */
typedef struct Change {
  int64_t tick;
  int64_t order;
  int32_t kind, value, extra;
} Change;
enum { TEMPO, METER, PROGRAM };

typedef struct Song {
  const char *name;
  const uint8_t *bytes;
  size_t size;
  Note *note;
  Change *change;
  int64_t notes, note_room, changes, change_room, order;
  int format, division; /* division: as in the head */
  char *cut;            /* of the Midi: what the file claims and has not */
} Song;

/* --- lists ------------------------------------------------------------------------------------------------- */

static bool grow(void **list, int64_t n, int64_t *room, size_t each, Err *e) {
  return list_room(list, n, room, each) || err_set(e, "midi: out of memory");
}

static bool add_change(Song *s, int64_t tick, int kind, int value, int extra, Err *e) {
  void *list = s->change;
  bool ok = grow(&list, s->changes, &s->change_room, sizeof *s->change, e);
  s->change = list;
  if (ok) s->change[s->changes] = (Change){tick, s->order++, kind, value, extra}, s->changes++;
  return ok;
}

/* --- events of one track ----------------------------------------------------------------------------------- */

typedef struct Track {
  Song *song;
  size_t at, end; /* offsets in the file */
  int64_t tick;
  int64_t first;         /* its first note in the song's list */
  int64_t open[16][128]; /* per channel and pitch, 1 + the oldest note that sounds, or 0 */
  int64_t last[16][128]; /* and 1 + the latest */
  int64_t *next;         /* of a sounding note: 1 + the one struck after it at the same pitch, or 0 */
  int64_t next_room;
  int32_t number;
  int status; /* running; 0: none */
} Track;

/* Says what is missing, the first of it: real files end early, and what came before counts. */
static void note_cut(Song *s, const char *what, int track, uint64_t claimed, uint64_t there) {
  if (!s->cut[0])
    snprintf(s->cut, MIDI_TEXT, "%s of track %d claims %llu bytes, %llu are there", what, track,
             (unsigned long long)claimed, (unsigned long long)there);
}
static size_t cut_to(Track *t, const char *what, int64_t claimed) {
  size_t left = t->end - t->at;
  if ((size_t)claimed <= left) return (size_t)claimed;
  note_cut(t->song, what, (int)t->number, (uint64_t)claimed, left);
  return left;
}

static bool refuse(const Track *t, size_t offset, const char *why, Err *e) {
  return err_set(e, "%s: %s at byte %zu, in track %d", t->song->name, why, offset, (int)t->number);
}

/* A variable-length quantity: seven bits a byte, four bytes at most.  At the track's end *value is what was
 * there. */
static bool quantity(Track *t, int64_t *value, Err *e) {
  int64_t v = 0;
  for (int k = 0; k < 4; k++) {
    if (t->at >= t->end) break;
    uint8_t b = t->song->bytes[t->at++];
    v = v << 7 | (b & 0x7f);
    if (b < 0x80) break;
    if (k == 3) return refuse(t, t->at - 1, "a number of more than four bytes", e);
  }
  *value = v;
  return true;
}

static bool strike(Track *t, int channel, int pitch, int velocity, Err *e) {
  Song *s = t->song;
  void *list = s->note, *next = t->next;
  int64_t in_track = s->notes - t->first;
  bool ok = grow(&list, s->notes, &s->note_room, sizeof *s->note, e);
  s->note = list;
  ok = ok && grow(&next, in_track, &t->next_room, sizeof *t->next, e);
  t->next = next;
  if (!ok) return false;
  s->note[s->notes++] =
      (Note){t->tick, -1, s->order++, t->number, 0, (uint8_t)pitch, (uint8_t)velocity, (uint8_t)channel};
  t->next[in_track] = 0;
  int64_t *open = &t->open[channel][pitch], *last = &t->last[channel][pitch]; /* first in, first out */
  if (*open) t->next[*last - 1] = in_track + 1;
  else *open = in_track + 1;
  *last = in_track + 1;
  return true;
}

static void release(Track *t, int channel, int pitch) {
  int64_t oldest = t->open[channel][pitch];
  if (!oldest) return; /* a stray end */
  t->song->note[t->first + oldest - 1].end = t->tick;
  t->open[channel][pitch] = t->next[oldest - 1];
}

/* Data bytes of a channel message: 8n 9n An Bn En two, Cn Dn one. */
static int data_bytes(int status) { return (status & 0xe0) == 0xc0 ? 1 : 2; }

static bool channel_event(Track *t, Err *e) {
  const uint8_t *b = t->song->bytes + t->at;
  int n = data_bytes(t->status), channel = t->status & 15;
  if (cut_to(t, "a message", n) < (size_t)n) {
    t->at = t->end;
    return true;
  }
  for (int k = 0; k < n; k++)
    if (b[k] > 127) return refuse(t, t->at + (size_t)k, "a data byte beyond 127", e);
  t->at += (size_t)n;
  switch (t->status & 0xf0) {
  case 0x90:
    if (b[1]) return strike(t, channel, b[0], b[1], e);
    release(t, channel, b[0]); /* velocity 0 is an end */
    return true;
  case 0x80: release(t, channel, b[0]); return true;
  case 0xc0: return add_change(t->song, t->tick, PROGRAM, b[0], channel, e);
  default: return true;
  }
}

/* FF type length data.  *over: the end of the track. */
static bool meta_event(Track *t, bool *over, Err *e) {
  if (t->at >= t->end) return true;
  int type = t->song->bytes[t->at++];
  int64_t n = 0;
  if (!quantity(t, &n, e)) return false;
  size_t size = cut_to(t, "a meta event", n);
  const uint8_t *b = t->song->bytes + t->at;
  t->at += size;
  *over = type == 0x2f;
  if (type == 0x51 && size == 3) {
    int tempo = b[0] << 16 | b[1] << 8 | b[2];
    return tempo == 0 || add_change(t->song, t->tick, TEMPO, tempo, 0, e);
  }
  if (type == 0x58 && size >= 4 && b[0] > 0 && b[1] < 8)
    return add_change(t->song, t->tick, METER, b[0], 1 << b[1], e);
  return true;
}

/* System messages in a track: F0 and F7 have a length, the rest 0 to 2 bytes; none touches the running
 * status. */
static bool system_event(Track *t, int status, Err *e) {
  int64_t n = status == 0xf1 || status == 0xf3 ? 1 : status == 0xf2 ? 2 : 0;
  if ((status == 0xf0 || status == 0xf7) && !quantity(t, &n, e)) return false;
  t->at += cut_to(t, "a system message", n);
  return true;
}

static bool event(Track *t, bool *over, Err *e) {
  int64_t delta = 0;
  if (!quantity(t, &delta, e)) return false;
  t->tick += delta;
  if (t->at >= t->end) return true;
  int status = t->song->bytes[t->at];
  if (status >= 0x80) t->at++;
  if (status == 0xff) return meta_event(t, over, e);
  if (status >= 0xf0) return system_event(t, status, e);
  if (status >= 0x80) t->status = status;
  if (!t->status) return refuse(t, t->at, "a data byte where an event begins", e);
  return channel_event(t, e);
}

static bool read_track(Song *s, size_t at, size_t end, int number, Err *e) {
  Track *t = calloc(1, sizeof *t);
  if (!t) return err_set(e, "midi: out of memory");
  t->song = s;
  t->at = at;
  t->end = end;
  t->first = s->notes;
  t->number = number;
  bool ok = true, over = false;
  while (ok && !over && t->at < t->end) ok = event(t, &over, e);
  for (int64_t i = t->first; i < s->notes; i++)
    if (s->note[i].end < 0) s->note[i].end = t->tick; /* left open */
  free(t->next);
  free(t);
  return ok;
}

/* --- chunks ------------------------------------------------------------------------------------------------ */

static uint32_t big32(const uint8_t *b) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static uint32_t little32(const uint8_t *b) {
  return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

/* RIFF RMID: the file stands in its data chunk. */
static void unwrap(Song *s) {
  if (s->size < 20 || memcmp(s->bytes, "RIFF", 4) != 0 || memcmp(s->bytes + 8, "RMID", 4) != 0) return;
  for (size_t at = 12; s->size - at >= 8;) {
    size_t n = little32(s->bytes + at + 4), left = s->size - at - 8;
    if (memcmp(s->bytes + at, "data", 4) == 0) {
      s->bytes += at + 8;
      s->size = n < left ? n : left;
      return;
    }
    if (n + (n & 1) > left) return;
    at += 8 + n + (n & 1);
  }
}

static bool read_head(Song *s, size_t *at, Err *e) {
  unwrap(s);
  const uint8_t *b = s->bytes;
  if (s->size < 14 || memcmp(b, "MThd", 4) != 0)
    return err_set(e, "%s: no MIDI file: it does not begin with MThd", s->name);
  uint32_t n = big32(b + 4);
  if (n < 6 || n > s->size - 8) return err_set(e, "%s: a head of %u bytes", s->name, n);
  s->format = b[8] << 8 | b[9];
  s->division = (int16_t)(b[12] << 8 | b[13]);
  if (s->format > 1)
    return err_set(e, "%s: MIDI format %d; 0 and 1 can be read%s", s->name, s->format,
                   s->format == 2 ? " (2 holds patterns without an order)" : "");
  if (s->division == 0 || (s->division < 0 && (s->division & 0xff) == 0))
    return err_set(e, "%s: a division of 0 ticks", s->name);
  *at = 8 + n;
  return true;
}

static bool read_song(Song *s, Err *e) {
  size_t at = 0;
  if (!read_head(s, &at, e)) return false;
  int tracks = 0, claimed = s->bytes[10] << 8 | s->bytes[11];
  while (s->size - at >= 8) {
    size_t n = big32(s->bytes + at + 4), left = s->size - at - 8;
    size_t end = at + 8 + (n < left ? n : left);
    if (memcmp(s->bytes + at, "MTrk", 4) == 0) {
      if (s->format == 0 && tracks == 1) return err_set(e, "%s: two tracks in a file of format 0", s->name);
      if (n > left) note_cut(s, "the chunk", tracks + 1, n, left);
      if (!read_track(s, at + 8, end, ++tracks, e)) return false;
    }
    at = end;
  }
  if (tracks < claimed && !s->cut[0])
    snprintf(s->cut, MIDI_TEXT, "%d tracks are claimed, %d are there", claimed, tracks);
  return tracks > 0 || err_set(e, "%s: no track in it", s->name);
}

/* --- time -------------------------------------------------------------------------------------------------- */

double midi_cell(const Tensor *t, int64_t row, int64_t column) {
  return tensor_get(t, row * t->shape[1] + column);
}

bool tempo_map_new(TempoMap *m, const Tensor *tempo, Err *e) {
  *m = (TempoMap){.n = tempo->shape[0]};
  m->beat = malloc((size_t)m->n * 3 * sizeof *m->beat);
  if (!m->beat) return err_set(e, "midi: out of memory");
  m->second = m->beat + m->n;
  m->rate = m->second + m->n;
  for (int64_t k = 0; k < m->n; k++) {
    m->beat[k] = midi_cell(tempo, k, 0);
    m->rate[k] = midi_cell(tempo, k, 1) / 60;
    m->second[k] = k ? m->second[k - 1] + (m->beat[k] - m->beat[k - 1]) / m->rate[k - 1] : 0;
  }
  return true;
}

void tempo_map_free(TempoMap *m) { free(m->beat); }

/* The last row whose value is at most v; the first where none is. */
static int64_t row_at(const double *list, int64_t n, double v) {
  int64_t low = 0, high = n;
  while (high - low > 1) {
    int64_t middle = (low + high) / 2;
    if (list[middle] <= v) low = middle;
    else high = middle;
  }
  return low;
}

double tempo_seconds(const TempoMap *m, double beat) {
  int64_t k = row_at(m->beat, m->n, beat);
  return m->second[k] + (beat - m->beat[k]) / m->rate[k];
}

double tempo_beat(const TempoMap *m, double seconds) {
  int64_t k = row_at(m->second, m->n, seconds);
  return m->beat[k] + (seconds - m->second[k]) * m->rate[k];
}

/* Beats a tick.  SMPTE: minus frames a second in the high byte (29: 30000/1001), ticks a frame in the low
 * one; a beat is then half a second. */
static double beats_per_tick(const Song *s) {
  if (s->division > 0) return 1.0 / s->division;
  int frames = -(int)(int8_t)(s->division >> 8), ticks = s->division & 0xff;
  return 2 / ((frames == 29 ? 30000.0 / 1001 : frames) * ticks);
}

/* --- lists to tensors -------------------------------------------------------------------------------------- */

static int by_tick(const void *a, const void *b) {
  const Change *x = a, *y = b;
  if (x->tick != y->tick) return x->tick < y->tick ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}
static int by_struck(const void *a, const void *b) {
  const Note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}
static int by_start(const void *a, const void *b) {
  const Note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->pitch != y->pitch) return x->pitch < y->pitch ? -1 : 1;
  if (x->track != y->track) return x->track < y->track ? -1 : 1;
  return x->channel != y->channel ? (x->channel < y->channel ? -1 : 1)
         : x->end < y->end        ? -1
                                  : x->end > y->end;
}

/* The changes of a kind as rows; what stands at one tick replaces what came before it there; a row for beat
 * 0. */
static Tensor *rows_of(const Song *s, int kind, const double *first, int columns, Err *e) {
  int64_t n = 1;
  for (int64_t i = 0; i < s->changes; i++) n += s->change[i].kind == kind;
  Tensor *t = tensor_new(F64, 2, (int64_t[]){n, columns}, e);
  if (!t) return NULL;
  double *row = t->data, step = beats_per_tick(s);
  memcpy(row, first, (size_t)columns * sizeof *row);
  int64_t used = 1;
  for (int64_t i = 0; i < s->changes; i++) {
    const Change *c = &s->change[i];
    if (c->kind != kind) continue;
    double beat = (double)c->tick * step, *last = row + (used - 1) * columns;
    double *to = last[0] >= beat ? last : row + used++ * columns;
    to[0] = beat;
    to[1] = kind == TEMPO ? 60e6 / c->value : c->value;
    if (columns > 2) to[2] = c->extra;
  }
  Tensor *cut = tensor_new(F64, 2, (int64_t[]){used, columns}, e);
  if (cut) memcpy(cut->data, t->data, (size_t)(used * columns) * sizeof *row);
  tensor_release(t);
  return cut;
}

/* The program that a note's channel has when it is struck: both lists are in order of time, and of the file. */
static void set_programs(Song *s) {
  int now[16] = {0};
  int64_t k = 0;
  for (int64_t i = 0; i < s->notes; i++) {
    const Note *note = &s->note[i];
    for (; k < s->changes && (s->change[k].tick < note->start ||
                              (s->change[k].tick == note->start && s->change[k].order < note->order));
         k++)
      if (s->change[k].kind == PROGRAM) now[s->change[k].extra] = s->change[k].value;
    s->note[i].program = now[s->note[i].channel];
  }
}

static bool to_tensors(Song *s, bool seconds, Midi *out, Err *e) {
  if (s->changes) qsort(s->change, (size_t)s->changes, sizeof *s->change, by_tick);
  if (s->notes) qsort(s->note, (size_t)s->notes, sizeof *s->note, by_struck);
  set_programs(s);
  if (s->notes) qsort(s->note, (size_t)s->notes, sizeof *s->note, by_start);
  if (s->division < 0) /* frames are time itself: tempo says nothing */
    for (int64_t i = 0; i < s->changes; i++)
      if (s->change[i].kind == TEMPO) s->change[i].kind = -1;
  out->format = s->format;
  out->division = s->division > 0 ? s->division : 0;
  out->tempo = rows_of(s, TEMPO, (double[]){0, 120}, MIDI_TEMPO_COLUMNS, e);
  out->meter = out->tempo ? rows_of(s, METER, (double[]){0, 4, 4}, MIDI_METER_COLUMNS, e) : NULL;
  out->notes = out->meter ? tensor_new(F64, 2, (int64_t[]){s->notes, MIDI_COLUMNS}, e) : NULL;
  out->track = out->notes ? tensor_new(I64, 1, &s->notes, e) : NULL;
  if (!out->track) return false;
  double *row = out->notes->data, step = beats_per_tick(s);
  int64_t *track = out->track->data;
  TempoMap clock;
  if (!tempo_map_new(&clock, out->tempo, e)) return false;
  for (int64_t i = 0; i < s->notes; i++, row += MIDI_COLUMNS) {
    const Note *note = &s->note[i];
    double start = (double)note->start * step, end = (double)note->end * step;
    if (seconds) start = tempo_seconds(&clock, start), end = tempo_seconds(&clock, end);
    row[MIDI_START] = start;
    row[MIDI_DURATION] = end - start;
    row[MIDI_PITCH] = note->pitch;
    row[MIDI_VELOCITY] = note->velocity;
    row[MIDI_CHANNEL] = note->channel + 1;
    row[MIDI_PROGRAM] = note->program + 1;
    track[i] = note->track;
  }
  tempo_map_free(&clock);
  return true;
}

bool midi_parse(const char *name, const uint8_t *bytes, size_t size, bool seconds, Midi *out, Err *e) {
  Song s = {.name = name, .bytes = bytes, .size = size, .cut = out->cut};
  *out = (Midi){0};
  bool ok = read_song(&s, e) && to_tensors(&s, seconds, out, e);
  free(s.note);
  free(s.change);
  if (!ok) midi_free(out);
  return ok;
}

bool midi_load(const char *path, bool seconds, Midi *out, Err *e) {
  size_t size;
  uint8_t *bytes = file_read(path, MOST_BYTES, &size, e);
  if (!bytes) return false;
  bool ok = midi_parse(path, bytes, size, seconds, out, e);
  free(bytes);
  return ok;
}

void midi_free(Midi *m) {
  tensor_release(m->notes);
  tensor_release(m->track);
  tensor_release(m->tempo);
  tensor_release(m->meter);
  *m = (Midi){0};
}
