/* glove.c: GloVe's text (Pennington, Socher, Manning 2014): see dataset.h.
 * Lines that are not blank are counted, then cut into pieces of equal bytes; each piece knows its first row,
 * so all are read side by side. */
#define _GNU_SOURCE /* memrchr */
#include "dataset.h"
#include "lines.h"
#include "number.h"
#include "parallel.h"

#include <inttypes.h>

enum { PIECE = 1 << 20 };

typedef struct Work {
  const char *text, *end;
  char eol; /* what ends a line */
  int64_t pieces, d, rows;
  int64_t *first; /* row of each piece's first line; [pieces] is their number */
  Span *word;
  float *vectors;
  const char **bad; /* a line of each piece that could not be read, or NULL */
} Work;

/* A piece begins after the first line end at or behind its byte - 1. */
static const char *piece_start(const Work *w, int64_t i) {
  if (i == 0) return w->text;
  if ((size_t)i * PIECE >= (size_t)(w->end - w->text)) return w->end;
  const char *p = w->text + i * PIECE - 1;
  p = memchr(p, w->eol, (size_t)(w->end - p));
  return p ? p + 1 : w->end;
}

static const char *line_end(const Work *w, const char *p, const char *end) {
  const char *next = memchr(p, w->eol, (size_t)(end - p));
  return next ? next : end;
}

/* Without blanks and a carriage return at the end. */
static const char *trimmed(const char *p, const char *end) {
  while (end > p && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t')) end--;
  return end;
}

static void count_lines(void *context, int64_t begin, int64_t end) {
  Work *w = context;
  for (int64_t i = begin; i < end; i++) {
    int64_t n = 0;
    const char *p = piece_start(w, i), *stop = piece_start(w, i + 1);
    while (p < stop) {
      const char *next = line_end(w, p, stop);
      n += trimmed(p, next) > p;
      p = next + 1;
    }
    w->first[i + 1] = n;
  }
}

/* The d numbers stand at the end; the word is what is before them. */
static bool read_line(const char *p, const char *end, int64_t d, Span *word, float *y) {
  end = trimmed(p, end);
  const char *cut = end;
  for (int64_t k = 0; k < d; k++) {
    cut = memrchr(p, ' ', (size_t)(cut - p));
    if (!cut || cut == p) return false;
  }
  *word = (Span){p, (size_t)(cut - p)};
  for (int64_t k = 0; k < d; k++) {
    double v;
    const char *next = number_read(cut + 1, end, &v);
    if (!next || (k + 1 < d ? next >= end || *next != ' ' : next != end)) return false;
    y[k] = (float)v;
    cut = next;
  }
  return true;
}

static void read_pieces(void *context, int64_t begin, int64_t end) {
  Work *w = context;
  for (int64_t i = begin; i < end; i++) {
    const char *p = piece_start(w, i), *stop = piece_start(w, i + 1);
    for (int64_t row = w->first[i]; p < stop && row < w->rows && !w->bad[i];) {
      const char *next = line_end(w, p, stop);
      if (trimmed(p, next) > p) {
        if (!read_line(p, next, w->d, &w->word[row], w->vectors + row * w->d)) w->bad[i] = p;
        row++;
      }
      p = next + 1;
    }
  }
}

static bool is_number(const char *p, const char *end) {
  double v;
  return number_read(p, end, &v) == end;
}

/* How many of the first line's fields are its numbers: those at its end, which follow a word. */
static int64_t numbers_in(const char *p, const char *stop) {
  int64_t d = 0;
  while (stop > p) {
    const char *cut = memrchr(p, ' ', (size_t)(stop - p));
    if (!cut || cut == p || !is_number(cut + 1, stop)) break;
    stop = cut;
    d++;
  }
  return d;
}

/* Dimensions by the first line.  w->text: that line, or the one after word2vec's head of two whole numbers. */
static int64_t dimensions(Work *w, const char *text) {
  const char *next = line_end(w, text, w->end), *stop = trimmed(text, next);
  int64_t d = numbers_in(text, stop);
  w->text = text;
  bool whole = d == 1;
  for (const char *p = text; whole && p < stop; p++) whole = *p == ' ' || (*p >= '0' && *p <= '9');
  if (!whole || next == w->end) return d;
  w->text = next + 1;
  return strtoll(memchr(text, ' ', (size_t)(stop - text)), NULL, 10);
}

static bool bad_line(const char *name, const Work *w, const char *text, const char *at, Err *e) {
  int64_t line = 1;
  for (const char *p = text; (p = memchr(p, w->eol, (size_t)(at - p))); p++) line++;
  return err_set(e, "%s: line %" PRId64 " is not a word and %" PRId64 " numbers", name, line, w->d);
}

static bool set_aside(const char *name, Work *w, Glove *out, Err *e) {
  /* Each row needs a byte of word, and a blank and a digit for every number: no claim is larger. */
  if ((double)w->rows * (2 * (double)w->d + 1) > (double)(w->end - w->text))
    return err_set(e, "%s: %" PRId64 " lines of %" PRId64 " numbers do not fit into it", name, w->rows, w->d);
  out->word = calloc((size_t)w->rows + 1, sizeof *out->word);
  if (!out->word) return err_set(e, "%s: out of memory for %" PRId64 " words", name, w->rows);
  out->vectors = tensor_new(F32, 2, (int64_t[]){w->rows, w->d}, e);
  w->word = out->word;
  w->vectors = out->vectors ? (float *)out->vectors->data : NULL;
  return out->vectors != NULL;
}

/* text: the whole file; head: word2vec's, or NULL. */
static bool read_all(const char *name, Work *w, int64_t rows, const char *text, const char *head, Glove *out,
                     Err *e) {
  parallel_for(w->pieces, 1, count_lines, w);
  for (int64_t i = 0; i < w->pieces; i++) { w->first[i + 1] += w->first[i]; }
  w->rows = w->first[w->pieces];
  const int64_t claimed = head ? strtoll(head, NULL, 10) : w->rows;
  if (claimed != w->rows)
    return err_set(e, "%s: its head claims %" PRId64 " words, %" PRId64 " are there", name, claimed, w->rows);
  if (rows > 0 && w->rows > rows) w->rows = rows;
  bool ok = interrupt_pending() || set_aside(name, w, out, e);
  if (ok) parallel_for(w->pieces, 1, read_pieces, w);
  for (int64_t i = 0; ok && i < w->pieces; i++)
    if (w->bad[i]) ok = bad_line(name, w, text, w->bad[i], e);
  out->n = w->rows;
  if (interrupt_pending()) ok = err_interrupted(e, "interrupted");
  return ok;
}

static bool is_text(const char *name, const char *text, size_t size, Err *e) {
  if (size >= 4 && memcmp(text, "\xba\x16\x4f\x2f", 4) == 0)
    return err_set(e, "%s: is fastText's own model; its vectors are in the .vec file that came with it",
                   name);
  if (!lines_are_text(name, text, size, e)) return false;
  return !word2vec_is(text, size) ||
         err_set(e, "%s: has vectors in word2vec's binary form, not as text; data.word2vec reads them", name);
}

bool glove_read(const char *name, const char *text, size_t size, int64_t rows, Glove *out, Err *e) {
  Work w = {.end = text + size};
  *out = (Glove){0};
  if (!is_text(name, text, size, e)) return false;
  const char *start = text + lines_mark(text, size);
  while (start < w.end && strchr(" \t\r\n", *start)) start++;
  if (start == w.end) return err_set(e, "%s: is empty", name);
  w.eol = lines_end(start, (size_t)(w.end - start));
  w.d = dimensions(&w, start);
  if (w.d < 1) return err_set(e, "%s: its first line is not a word and its numbers", name);
  if (w.text == w.end) return err_set(e, "%s: has a head and no words", name);
  w.pieces = (w.end - w.text + PIECE - 1) / PIECE;
  w.first = calloc((size_t)w.pieces + 1, sizeof *w.first);
  w.bad = calloc((size_t)w.pieces + 1, sizeof *w.bad);
  bool ok = w.first && w.bad;
  if (!ok) err_set(e, "%s: out of memory", name);
  ok = ok && read_all(name, &w, rows, text, w.text != start ? start : NULL, out, e);
  free(w.first);
  free(w.bad);
  if (!ok) glove_free(out);
  return ok;
}
