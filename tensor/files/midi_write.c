/* midi_write.c: see midi.h: the writer. */
#include "midi.h"

#include "io.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_TICK = 0x0fffffff }; /* what a delta time can say */

/* A message of at most six bytes at a tick; at one tick, ends come first, then settings, starts (each after the
 * program it wants), and last the ends of notes that last no tick. */
typedef struct Message {
  int64_t tick, order;
  int32_t rank;
  uint8_t length, byte[7];
} Message;
enum { END, SETTING, START, EMPTY_END };

static int by_time(const void *a, const void *b) {
  const Message *x = a, *y = b;
  if (x->tick != y->tick) return x->tick < y->tick ? -1 : 1;
  if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

typedef struct Bytes {
  uint8_t *data;
  size_t n, room;
} Bytes;

static bool put(Bytes *b, const void *data, size_t n, Err *e) {
  if (b->n + n > b->room) {
    size_t room = 2 * (b->n + n) + 256;
    uint8_t *p = realloc(b->data, room);
    if (!p) return err_set(e, "midi: out of memory");
    b->data = p;
    b->room = room;
  }
  memcpy(b->data + b->n, data, n);
  b->n += n;
  return true;
}
static bool put32(Bytes *b, uint32_t v, Err *e) {
  return put(b, (uint8_t[]){(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}, 4, e);
}
static bool put_quantity(Bytes *b, uint32_t v, Err *e) {
  uint8_t text[4];
  int at = 4;
  text[--at] = v & 0x7f;
  while (v >>= 7) text[--at] = (uint8_t)(0x80 | (v & 0x7f));
  return put(b, text + at, (size_t)(4 - at), e);
}

/* MTrk of the messages, which it sorts, and an end of track. */
static bool put_track(Bytes *b, Message *m, int64_t n, Err *e) {
  static const uint8_t end[] = {0, 0xff, 0x2f, 0};
  if (n) qsort(m, (size_t)n, sizeof *m, by_time);
  if (!put(b, "MTrk", 4, e) || !put32(b, 0, e)) return false;
  size_t start = b->n;
  int64_t now = 0;
  for (int64_t i = 0; i < n; i++) {
    if (!put_quantity(b, (uint32_t)(m[i].tick - now), e) || !put(b, m[i].byte, m[i].length, e)) return false;
    now = m[i].tick;
  }
  if (!put(b, end, sizeof end, e)) return false;
  uint32_t size = (uint32_t)(b->n - start);
  for (size_t k = 0; k < 4; k++) b->data[start - 4 + k] = (uint8_t)(size >> (24 - 8 * k));
  return true;
}

static bool tick_of(const Midi *m, const TempoMap *clock, double time, bool seconds, int64_t *tick, Err *e) {
  double t = round((seconds ? tempo_beat(clock, time) : time) * m->division);
  if (!(t >= 0 && t <= LAST_TICK))
    return err_set(e, "a time of %g is not within 0 to %d ticks", time, LAST_TICK);
  *tick = (int64_t)t;
  return true;
}

/* --- what is written ------------------------------------------------------------------------------------ */

static bool whole_within(double v, int low, int high) { return v >= low && v <= high && v == floor(v); }

static bool check_notes(const Tensor *notes, Err *e) {
  static const struct {
    const char *name;
    int low, high;
  } column[] = {{"pitch", 0, 127}, {"velocity", 1, 127}, {"channel", 1, 16}, {"program", 1, 128}};
  for (int64_t i = 0; i < notes->shape[0]; i++) {
    for (int k = 0; k < 2; k++)
      if (!(midi_cell(notes, i, k) >= 0))
        return err_set(e, "note %lld: a %s of %g", (long long)i + 1, k ? "duration" : "start",
                       midi_cell(notes, i, k));
    for (int k = 0; k < 4; k++) {
      double v = midi_cell(notes, i, MIDI_PITCH + k);
      if (!whole_within(v, column[k].low, column[k].high))
        return err_set(e, "note %lld: %s must be a whole number from %d to %d, got %g", (long long)i + 1,
                       column[k].name, column[k].low, column[k].high, v);
    }
  }
  return true;
}

static Message setting(int64_t tick, int64_t order, const uint8_t *byte, size_t n) {
  Message m = {.tick = tick, .order = order, .rank = SETTING, .length = (uint8_t)n};
  memcpy(m.byte, byte, n);
  return m;
}

/* Tempo (FF 51) and meter (FF 58). */
static bool put_conductor(Bytes *b, const Midi *m, Err *e) {
  int64_t n = 0, rows = m->tempo->shape[0] + m->meter->shape[0];
  Message *list = calloc((size_t)rows, sizeof *list);
  if (!list) return err_set(e, "midi: out of memory");
  bool ok = true;
  for (int64_t k = 0; ok && k < m->tempo->shape[0]; k++) {
    double micro = round(60e6 / midi_cell(m->tempo, k, 1));
    int64_t tick = 0;
    if (!(micro >= 1 && micro <= 0xffffff))
      ok = err_set(e, "a tempo of %g beats a minute; 3.58 to 60000000 can be written",
                   midi_cell(m->tempo, k, 1));
    else if ((ok = tick_of(m, NULL, midi_cell(m->tempo, k, 0), false, &tick, e))) {
      uint32_t v = (uint32_t)micro;
      list[n] =
          setting(tick, n, (uint8_t[]){0xff, 0x51, 3, (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}, 6);
      n++;
    }
  }
  for (int64_t k = 0; ok && k < m->meter->shape[0]; k++) {
    double count = midi_cell(m->meter, k, 1), unit = midi_cell(m->meter, k, 2);
    int power = 0;
    while (power < 7 && 1 << power < unit) power++;
    int64_t tick = 0;
    if (!whole_within(count, 1, 255) || (1 << power) != unit)
      ok = err_set(e, "a meter of %g/%g", count, unit);
    else if ((ok = tick_of(m, NULL, midi_cell(m->meter, k, 0), false, &tick, e))) {
      /* 24 MIDI clocks a click, 8 thirty-seconds a quarter */
      list[n] = setting(tick, n, (uint8_t[]){0xff, 0x58, 4, (uint8_t)count, (uint8_t)power, 24, 8}, 7);
      n++;
    }
  }
  ok = ok && put_track(b, list, n, e);
  free(list);
  return ok;
}

typedef struct Span {
  int64_t from, to, row; /* ticks */
} Span;
static int by_from(const void *a, const void *b) {
  const Span *x = a, *y = b;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

/* The notes of one channel, 0..15, in order of time; -1 after an error. */
static int64_t spans_of(const Midi *m, const TempoMap *clock, bool seconds, int channel, Span *out, Err *e) {
  int64_t n = 0;
  for (int64_t i = 0; i < m->notes->shape[0]; i++) {
    if ((int)midi_cell(m->notes, i, MIDI_CHANNEL) - 1 != channel) continue;
    double start = midi_cell(m->notes, i, MIDI_START), end = start + midi_cell(m->notes, i, MIDI_DURATION);
    Span s = {.row = i};
    if (!tick_of(m, clock, start, seconds, &s.from, e) || !tick_of(m, clock, end, seconds, &s.to, e))
      return -1;
    out[n++] = s;
  }
  if (n) qsort(out, (size_t)n, sizeof *out, by_from);
  return n;
}

/* *any: the channel has notes. */
static bool put_channel(Bytes *b, const Midi *m, const TempoMap *clock, bool seconds, int channel, bool *any,
                        MidiLoss *loss, Err *e) {
  size_t rows = (size_t)m->notes->shape[0];
  Message *list = calloc(rows * 3 + 1, sizeof *list);
  Span *span = malloc((rows + 1) * sizeof *span);
  int64_t n = 0, notes = -1;
  if (!list || !span) err_set(e, "midi: out of memory");
  else notes = spans_of(m, clock, seconds, channel, span, e);
  int program = -1;
  int64_t until[128] = {0}; /* of each pitch: the latest end so far */
  for (int64_t i = 0; i < notes; i++) {
    const Span *s = &span[i];
    uint8_t pitch = (uint8_t)midi_cell(m->notes, s->row, MIDI_PITCH);
    uint8_t velocity = (uint8_t)midi_cell(m->notes, s->row, MIDI_VELOCITY);
    int wants = (int)midi_cell(m->notes, s->row, MIDI_PROGRAM) - 1;
    loss->no_tick += s->to == s->from && midi_cell(m->notes, s->row, MIDI_DURATION) > 0;
    loss->within += s->to < until[pitch];
    if (s->to > until[pitch]) until[pitch] = s->to;
    if (wants != program) {
      list[n] = (Message){s->from, n, START, 2, {(uint8_t)(0xc0 | channel), (uint8_t)wants}};
      n++;
      program = wants;
    }
    list[n] = (Message){s->from, n, START, 3, {(uint8_t)(0x90 | channel), pitch, velocity}};
    n++;
    list[n] =
        (Message){s->to, n, s->to > s->from ? END : EMPTY_END, 3, {(uint8_t)(0x80 | channel), pitch, 64}};
    n++;
  }
  *any = notes > 0;
  bool ok = notes == 0 || (notes > 0 && put_track(b, list, n, e));
  free(list);
  free(span);
  return ok;
}

static bool put_song(Bytes *b, const Midi *m, const TempoMap *clock, bool seconds, MidiLoss *loss, Err *e) {
  if (!put(b, "MThd\0\0\0\6\0\1\0\1", 12, e)) return false;
  uint8_t division[] = {(uint8_t)(m->division >> 8), (uint8_t)m->division};
  if (!put(b, division, 2, e) || !put_conductor(b, m, e)) return false;
  uint8_t tracks = 1;
  for (int channel = 0; channel < 16; channel++) {
    bool any = false;
    if (!put_channel(b, m, clock, seconds, channel, &any, loss, e)) return false;
    tracks = (uint8_t)(tracks + any);
  }
  b->data[11] = tracks;
  return true;
}

bool midi_save(const char *path, const Midi *m, bool seconds, MidiLoss *loss, Err *e) {
  *loss = (MidiLoss){0};
  Err why;
  Bytes b = {0};
  TempoMap clock = {0};
  bool ok = check_notes(m->notes, &why) && tempo_map_new(&clock, m->tempo, &why) &&
            put_song(&b, m, &clock, seconds, loss, &why);
  tempo_map_free(&clock);
  if (!ok) err_set(e, "%s: %s", path, why.message);
  SafeFile file;
  if (ok && (ok = safe_open(&file, path, e))) ok = safe_commit(&file, safe_write(&file, b.data, b.n, e), e);
  free(b.data);
  return ok;
}
