/* dataset.h: data sets as text and as plain bytes: GloVe vectors, CSV, IDX, CIFAR-10, JSON lines.
 *
 * Each format has a function over bytes in memory (`name` is for messages), which the fuzzers drive, and
 * needs at most the bytes it returns beside them. */
#ifndef LUNETTE_DATASET_H
#define LUNETTE_DATASET_H
#include "tensor.h"

typedef struct Span { /* bytes within the file's text */
  const char *at;
  size_t n;
} Span;

/* --- glove.c -------------------------------------------------------------------------------------------- */

/* A word and its d numbers a line, between single blanks; also word2vec's and fastText's text with its first
 * line "count d".  Words may hold blanks; blank lines and a byte order mark are passed over. */
typedef struct Glove {
  int64_t n;
  Span *word;      /* n words within the text; free() */
  Tensor *vectors; /* f32[n,d] */
} Glove;
/* rows: at most so many lines, 0 for all. */
bool glove_read(const char *name, const char *text, size_t size, int64_t rows, Glove *out, Err *e);
void glove_free(Glove *g);

/* --- word2vec.c ----------------------------------------------------------------------------------------- */

/* A line "count d", then for each word its bytes, a blank, d little-endian f32, and a line end or none. */
bool word2vec_is(const char *text, size_t size); /* a head, and bytes behind it that no text has */
bool word2vec_read(const char *name, const char *text, size_t size, int64_t rows, Glove *out, Err *e);

/* --- csv.c: RFC 4180 with any separator: cells in quotes may hold separators, line ends and "" ---------- */
typedef struct CsvColumn {
  Span name;    /* raw, as the cell of the header; .at NULL without a header */
  bool numeric; /* every cell is a number or missing */
  int64_t bad_line;
  Span bad; /* the first cell that is no number */
} CsvColumn;
typedef struct CsvForm {
  char separator, quote, decimal,
      comment; /* quote, comment: 0 for none; a line that begins with comment is none */
  int header;  /* 1 the first line has names, 0 it has not, -1 it has when none of its cells is a number */
  bool whole;  /* numbers are whole ones that 64 bits hold, and none is missing */
  const char *missing; /* a text that stands for a missing value, beside "", NA, N/A, NaN, null; or NULL */
} CsvForm;
typedef struct Csv {
  const char *name, *text;
  size_t size;
  CsvForm form;
  char end; /* of a line */
  bool header;
  Span missing;
  const char *body;
  int64_t rows, columns;
  CsvColumn *column;
} Csv;
bool csv_open(Csv *c, const char *name, const char *text, size_t size, const CsvForm *form, Err *e);
void csv_close(Csv *c);
/* The numeric columns in order: [rows, count] of dtype F32 or F64, NaN where missing; I64 if form.whole. */
Tensor *csv_numbers(const Csv *c, Dtype d, Err *e);
/* Goes through the cells of one column: start with at = c->body; false at the end. */
bool csv_cell(const Csv *c, int64_t column, const char **at, Span *cell);
/* The cell's text without quotes; `to` has room for cell.n bytes; the length. */
size_t csv_plain(const Csv *c, Span cell, char *to);

/* --- idx.c -------------------------------------------------------------------------------------------- */
/* IDX (MNIST): u16 0, u8 type, u8 dimensions, sizes and elements big-endian; gzip is unpacked on the way.
 * u8 stays, i8 and i16 become i32, i32 f32 f64 stay. */
Tensor *idx_read(const char *name, const unsigned char *data, size_t size, Err *e);
/* CIFAR-10: records of a label 0..9 and 3 x 32 x 32 bytes; images u8[n,32,32,3], labels i64[n] from 1 on. */
bool cifar_read(const char *name, const unsigned char *data, size_t size, Tensor **images, Tensor **labels,
                Err *e);

/* --- json.c --------------------------------------------------------------------------------------------- */
typedef enum JsonKind {
  JSON_NULL,
  JSON_FALSE,
  JSON_TRUE,
  JSON_INTEGER, /* .whole: without point and exponent, and 64 bits hold it */
  JSON_REAL,    /* .real */
  JSON_STRING,  /* .text: raw, see json_string */
  JSON_LIST,    /* its elements follow, then JSON_END */
  JSON_OBJECT,  /* JSON_KEY and a value for each member follow, then JSON_END */
  JSON_KEY,     /* .text */
  JSON_END
} JsonKind;
typedef struct JsonEvent {
  JsonKind kind;
  Span text;
  int64_t whole;
  double real;
} JsonEvent;
typedef void JsonSee(void *context, const JsonEvent *event);
/* One value from `at` to `end`, with blanks around it, nested at most `depth` deep; `text`, at or before
 * `at`, is where lines are counted from for messages.  Owns nothing: `see` may leave by a jump. */
bool json_read(const char *name, const char *text, const char *at, const char *end, int depth, JsonSee *see,
               void *context, Err *e);
/* A string's or key's bytes, UTF-8; `to` has room for s.n of them; how many.  Half of a surrogate pair
 * becomes U+FFFD. */
size_t json_string(Span s, char *to);

#endif
