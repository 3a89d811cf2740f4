/* csv.c: comma-separated values: see dataset.h.  One pass finds rows, columns and which are numeric; the next
 * ones store. */
#include "dataset.h"
#include "lines.h"
#include "number.h"
#include "parallel.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* The cell at *at; moves behind it and its separator or line end.  *last: it ended its line. */
static Span next_cell(const Csv *c, const char **at, bool *last) {
  const char *end = c->text + c->size, *p = *at, *start = p;
  bool inside = false;
  for (; p < end; p++) {
    if (*p == c->form.quote && c->form.quote) {
      if (!inside && p != start) continue; /* a quote within a bare cell is a letter */
      if (!inside) inside = true;
      else if (p + 1 < end && p[1] == c->form.quote) p++;
      else inside = false;
    } else if (!inside && (*p == c->form.separator || *p == c->end)) {
      break;
    }
    if (!inside && *p == c->form.quote &&
        c->form.quote) { /* after the closing quote: the rest up to the separator */
      while (p + 1 < end && p[1] != c->form.separator && p[1] != c->end) p++;
    }
  }
  *last = p >= end || *p == c->end;
  *at = p < end ? p + 1 : end;
  while (*last && p > start && p[-1] == '\r') p--; /* CR LF, and CR CR LF */
  return (Span){start, (size_t)(p - start)};
}

static Span stripped(Span s) {
  while (s.n && (*s.at == ' ' || *s.at == '\t')) s.at++, s.n--;
  while (s.n && (s.at[s.n - 1] == ' ' || s.at[s.n - 1] == '\t')) s.n--;
  return s;
}

static bool is_quoted(const Csv *c, Span s) { return c->form.quote && s.n && *s.at == c->form.quote; }
static bool closes(const Csv *c, Span s) {
  if (s.n < 2 || s.at[s.n - 1] != c->form.quote) return false;
  size_t quotes = 0; /* inside, each is doubled */
  for (size_t i = 1; i + 1 < s.n; i++) quotes += s.at[i] == c->form.quote;
  return quotes % 2 == 0;
}

static bool same_text(Span s, const char *word) {
  if (s.n != strlen(word)) return false;
  for (size_t i = 0; i < s.n; i++)
    if ((s.at[i] | 32) != (word[i] | 32)) return false;
  return true;
}

static bool is_missing(const Csv *c, Span s) {
  return s.n == 0 || (c->missing.n && s.n == c->missing.n && memcmp(s.at, c->missing.at, s.n) == 0) ||
         same_text(s, "na") || same_text(s, "nan") || same_text(s, "n/a") || same_text(s, "null");
}

static Span bare(const Csv *c, Span s) {
  if (is_quoted(c, s) && closes(c, s)) s = (Span){s.at + 1, s.n - 2};
  return stripped(s);
}

/* With another decimal mark than a point, which then has no place in it. */
static bool marked_number(const Csv *c, Span s, double *v) {
  char text[400];
  if (s.n > sizeof text || memchr(s.at, '.', s.n)) return false;
  memcpy(text, s.at, s.n);
  char *mark = memchr(text, c->form.decimal, s.n);
  if (mark) *mark = '.';
  return number_read(text, text + s.n, v) == text + s.n;
}

/* A number or a missing value (NaN). */
static bool cell_number(const Csv *c, Span s, double *v) {
  s = bare(c, s);
  *v = NAN;
  if (is_missing(c, s)) return true;
  if (c->form.decimal != '.') return marked_number(c, s, v);
  return number_read(s.at, s.at + s.n, v) == s.at + s.n;
}

/* A whole number that 64 bits hold. */
static bool cell_whole(const Csv *c, Span s, int64_t *v) {
  s = bare(c, s);
  const char *p = s.at, *end = s.at + s.n;
  bool minus = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  if (p == end) return false;
  for (*v = 0; p < end; p++) {
    if (*p < '0' || *p > '9' || __builtin_mul_overflow(*v, 10, v)) return false;
    if (minus ? __builtin_sub_overflow(*v, *p - '0', v) : __builtin_add_overflow(*v, *p - '0', v))
      return false;
  }
  return true;
}

static bool is_numeric(const Csv *c, Span s) {
  double v;
  int64_t n;
  return c->form.whole ? cell_whole(c, s, &n) : cell_number(c, s, &v);
}

/* Behind a line of nothing but its end, or p. */
static const char *after_blank(const Csv *c, const char *p) {
  const char *end = c->text + c->size, *q = p;
  while (q < end && *q == '\r' && *q != c->end) q++;
  return q == end ? q : *q == c->end ? q + 1 : p;
}

/* Behind a comment, or p. */
static const char *after_comment(const Csv *c, const char *p) {
  if (!c->form.comment || *p != c->form.comment) return p;
  const char *end = c->text + c->size, *next = memchr(p, c->end, (size_t)(end - p));
  return next ? next + 1 : end;
}

/* Of a single column a blank line is a missing value. */
static const char *skip_lines(const Csv *c, const char *p, int64_t *line) {
  const char *end = c->text + c->size;
  for (const char *next; p < end; p = next, ++*line) {
    next = after_comment(c, p);
    if (next == p && c->columns > 1) next = after_blank(c, p);
    if (next == p) break;
  }
  return p;
}

static int64_t lines_in(const Csv *c, Span s) {
  int64_t n = 0;
  for (const char *p = s.at; (p = memchr(p, c->end, (size_t)(s.at + s.n - p))); p++) n++;
  return n;
}

/* The first line: its number of cells, and whether they are names. */
static bool first_line(Csv *c, int64_t *line, Err *e) {
  const char *start = skip_lines(c, c->text, line), *at = start;
  bool last = false, numbers = false;
  if (start == c->text + c->size) return err_set(e, "%s: holds comments only", c->name);
  while (!last) {
    double v;
    Span s = next_cell(c, &at, &last);
    numbers |= cell_number(c, s, &v) && !isnan(v);
    c->columns++;
  }
  c->header = c->form.header < 0 ? !numbers : c->form.header > 0;
  if (c->columns > 1 << 20) return err_set(e, "%s: more than a million columns", c->name);
  c->column = calloc((size_t)c->columns, sizeof *c->column);
  if (!c->column) return err_set(e, "%s: out of memory for %" PRId64 " columns", c->name, c->columns);
  const char *p = start;
  for (int64_t k = 0; k < c->columns; k++) {
    Span s = next_cell(c, &p, &last);
    if (is_quoted(c, s) && !closes(c, s))
      return err_set(e, "%s:%" PRId64 ": a quote is not closed", c->name, *line);
    c->column[k] = (CsvColumn){.numeric = true};
    if (c->header) c->column[k].name = s;
  }
  c->body = c->header ? at : start;
  if (c->header) *line += lines_in(c, (Span){start, (size_t)(at - start)});
  return true;
}

static bool scan_row(Csv *c, const char **at, int64_t *line, Err *e) {
  bool last = false;
  int64_t k = 0, here = *line;
  for (; !last; k++) {
    Span s = next_cell(c, at, &last);
    if (is_quoted(c, s)) {
      if (!closes(c, s)) return err_set(e, "%s:%" PRId64 ": a quote is not closed", c->name, *line);
      *line += lines_in(c, s);
    }
    if (k < c->columns && c->column[k].numeric && !is_numeric(c, s)) {
      c->column[k].numeric = false;
      c->column[k].bad = s;
      c->column[k].bad_line = *line;
    }
  }
  ++*line;
  if (k != c->columns)
    return err_set(e, "%s:%" PRId64 ": %" PRId64 " cells, the first line has %" PRId64, c->name, here, k,
                   c->columns);
  return true;
}

bool csv_open(Csv *c, const char *name, const char *text, size_t size, const CsvForm *form, Err *e) {
  if (!lines_are_text(name, text, size, e)) return false;
  const size_t mark = lines_mark(text, size);
  text += mark, size -= mark;
  *c = (Csv){.name = name, .text = text, .size = size, .form = *form};
  c->end = lines_end(text, size);
  c->missing = (Span){form->missing, form->missing ? strlen(form->missing) : 0};
  if (size == 0) return err_set(e, "%s: is empty", name);
  int64_t line = 1;
  bool ok = first_line(c, &line, e);
  const char *end = text + size;
  for (const char *p = ok ? skip_lines(c, c->body, &line) : end; ok && p < end; p = skip_lines(c, p, &line)) {
    ok = scan_row(c, &p, &line, e);
    c->rows++;
    if (c->rows % 4096 == 0 && interrupt_pending()) ok = err_interrupted(e, "interrupted");
  }
  if (!ok) csv_close(c);
  return ok;
}

void csv_close(Csv *c) {
  free(c->column);
  c->column = NULL;
}

Tensor *csv_numbers(const Csv *c, Dtype d, Err *e) {
  int64_t numeric = 0, line = 0;
  for (int64_t k = 0; k < c->columns; k++) numeric += c->column[k].numeric;
  Tensor *t = tensor_new(d, 2, (int64_t[]){c->rows, numeric}, e);
  if (!t) return NULL;
  const char *p = c->body;
  bool last;
  int64_t at = 0;
  for (int64_t i = 0; i < c->rows; i++) {
    if (i % 4096 == 0 && interrupt_pending()) {
      err_interrupted(e, "interrupted");
      tensor_release(t);
      return NULL;
    }
    p = skip_lines(c, p, &line);
    for (int64_t k = 0; k < c->columns; k++) {
      Span s = next_cell(c, &p, &last);
      double v;
      if (!c->column[k].numeric) continue;
      if (d == I64) {
        cell_whole(c, s, (int64_t *)t->data + at++);
        continue;
      }
      cell_number(c, s, &v);
      if (d == F64) ((double *)t->data)[at++] = v;
      else ((float *)t->data)[at++] = (float)v;
    }
  }
  return t;
}

bool csv_cell(const Csv *c, int64_t column, const char **at, Span *cell) {
  int64_t line = 0;
  const char *p = skip_lines(c, *at, &line);
  if (p >= c->text + c->size) return false;
  bool last = false;
  for (int64_t k = 0; !last; k++) {
    Span s = next_cell(c, &p, &last);
    if (k == column) *cell = s;
  }
  *at = p;
  return true;
}

size_t csv_plain(const Csv *c, Span s, char *to) {
  if (!is_quoted(c, s) || !closes(c, s)) {
    s = stripped(s);
    memcpy(to, s.at, s.n);
    return s.n;
  }
  size_t n = 0;
  for (size_t i = 1; i + 1 < s.n; i++) {
    to[n++] = s.at[i];
    if (s.at[i] == c->form.quote) i++;
  }
  return n;
}
