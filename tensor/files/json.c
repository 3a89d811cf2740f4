/* json.c: JSON (RFC 8259) as a stream of events, in the order of the text: see dataset.h.  Nothing is built or
 * held here, so that whole numbers stay exact and a text costs no more than what the caller makes of it. */
#include "dataset.h"
#include "number.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct Json {
  const char *name, *text, *p, *end;
  int depth;
  JsonSee *see;
  void *context;
  Err *e;
} Json;

/* Where p is: the line, and the character in it. */
static bool fail_at(const Json *j, const char *what) {
  int64_t line = 1;
  const char *start = j->text;
  for (const char *p = start; (p = memchr(p, '\n', (size_t)(j->p - p))); start = ++p) line++;
  return err_set(j->e, "%s:%" PRId64 ": %s at character %td", j->name, line, what, j->p - start + 1);
}

static void skip_space(Json *j) {
  while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n')) j->p++;
}

static bool no_json(const Json *j) {
  return fail_at(j, j->p < j->end && *j->p == 0 ? "a zero byte" : "no JSON");
}

static void tell(const Json *j, JsonEvent event) { j->see(j->context, &event); }

static int hex(const char *p) {
  int v = 0;
  for (int i = 0; i < 4; i++) {
    const int ch = p[i] | 32, digit = p[i] >= '0' && p[i] <= '9' ? p[i] - '0'
                                      : ch >= 'a' && ch <= 'f'   ? ch - 87
                                                                 : -1;
    if (digit < 0) return -1;
    v = v * 16 + digit;
  }
  return v;
}

/* A string at the opening quote. */
static bool read_string(Json *j, JsonKind kind) {
  const char *start = ++j->p;
  for (size_t n = 1; j->p < j->end && *j->p != '"'; j->p += n) {
    if ((unsigned char)*j->p < ' ') return fail_at(j, "a control character in a string");
    if ((n = utf8_bytes(j->p, j->end)) == 0) return fail_at(j, "no UTF-8");
    if (*j->p != '\\') continue;
    if (++j->p == j->end) break;
    if (*j->p == 'u' ? j->end - j->p < 5 || hex(j->p + 1) < 0 : !strchr("\"\\/bfnrt", *j->p) || !*j->p)
      return fail_at(j, "no escape of JSON's");
  }
  if (j->p >= j->end) return fail_at(j, "a string without its end");
  tell(j, (JsonEvent){.kind = kind, .text = {start, (size_t)(j->p++ - start)}});
  return true;
}

static bool digits(Json *j) {
  const char *start = j->p;
  while (j->p < j->end && *j->p >= '0' && *j->p <= '9') j->p++;
  return j->p > start;
}

/* The whole number of a text of digits, if 64 bits hold it. */
static bool whole(const char *p, const char *end, int64_t *v) {
  const bool minus = *p == '-';
  int64_t m = 0; /* negative, where there is one more */
  for (p += minus; p < end; p++)
    if (__builtin_mul_overflow(m, 10, &m) || __builtin_sub_overflow(m, *p - '0', &m)) return false;
  if (!minus && m == INT64_MIN) return false;
  *v = minus ? m : -m;
  return true;
}

static bool read_number(Json *j) {
  const char *start = j->p;
  bool is_whole = true;
  JsonEvent event = {.kind = JSON_INTEGER};
  if (*j->p == '-') j->p++;
  const char *first = j->p;
  if (!digits(j) || (*first == '0' && j->p > first + 1)) return no_json(j);
  if (j->p < j->end && *j->p == '.') {
    j->p++;
    is_whole = false;
    if (!digits(j)) return no_json(j);
  }
  if (j->p < j->end && (*j->p | 32) == 'e') {
    j->p++;
    is_whole = false;
    if (j->p < j->end && (*j->p == '+' || *j->p == '-')) j->p++;
    if (!digits(j)) return no_json(j);
  }
  if (!is_whole || !whole(start, j->p, &event.whole)) {
    event.kind = JSON_REAL;
    if (number_read(start, j->p, &event.real) != j->p) return fail_at(j, "a number too long");
  }
  tell(j, event);
  return true;
}

static bool read_word(Json *j, const char *word, JsonKind kind) {
  const size_t n = strlen(word);
  if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0) return no_json(j);
  j->p += n;
  tell(j, (JsonEvent){.kind = kind});
  return true;
}

static bool read_value(Json *j, int deep);

/* What stands between brackets or braces. */
static bool read_members(Json *j, bool object, int deep) {
  const char close = object ? '}' : ']';
  if (deep > j->depth) {
    char what[40];
    snprintf(what, sizeof what, "nested deeper than %d", j->depth);
    return fail_at(j, what);
  }
  j->p++;
  tell(j, (JsonEvent){.kind = object ? JSON_OBJECT : JSON_LIST});
  skip_space(j);
  for (bool first = true; j->p >= j->end || *j->p != close || !first; first = false) {
    if (object) {
      if (j->p >= j->end || *j->p != '"') return no_json(j);
      if (!read_string(j, JSON_KEY)) return false;
      skip_space(j);
      if (j->p >= j->end || *j->p != ':') return no_json(j);
      j->p++;
    }
    if (!read_value(j, deep)) return false;
    skip_space(j);
    if (j->p < j->end && *j->p == close) break;
    if (j->p >= j->end || *j->p != ',') return no_json(j);
    j->p++;
    skip_space(j);
  }
  j->p++;
  tell(j, (JsonEvent){.kind = JSON_END});
  return true;
}

static bool read_value(Json *j, int deep) {
  skip_space(j);
  switch (j->p < j->end ? *j->p : 0) {
  case '{': return read_members(j, true, deep + 1);
  case '[': return read_members(j, false, deep + 1);
  case '"': return read_string(j, JSON_STRING);
  case 't': return read_word(j, "true", JSON_TRUE);
  case 'f': return read_word(j, "false", JSON_FALSE);
  case 'n': return read_word(j, "null", JSON_NULL);
  default:
    return j->p < j->end && (*j->p == '-' || (*j->p >= '0' && *j->p <= '9')) ? read_number(j) : no_json(j);
  }
}

bool json_read(const char *name, const char *text, const char *at, const char *end, int depth, JsonSee *see,
               void *context, Err *e) {
  Json j = {name, text, at, end, depth, see, context, e};
  if (!read_value(&j, 0)) return false;
  skip_space(&j);
  return j.p == end || no_json(&j);
}

static char *put_utf8(char *to, int c) {
  if (c < 0x80) {
    *to++ = (char)c;
  } else if (c < 0x800) {
    *to++ = (char)(0xC0 | c >> 6);
    *to++ = (char)(0x80 | (c & 63));
  } else {
    if (c < 0x10000) {
      *to++ = (char)(0xE0 | c >> 12);
    } else {
      *to++ = (char)(0xF0 | c >> 18);
      *to++ = (char)(0x80 | (c >> 12 & 63));
    }
    *to++ = (char)(0x80 | (c >> 6 & 63));
    *to++ = (char)(0x80 | (c & 63));
  }
  return to;
}

size_t json_string(Span s, char *to) {
  const char *p = s.at, *end = s.at + s.n, *start = to;
  while (p < end) {
    if (*p != '\\') {
      *to++ = *p++;
      continue;
    }
    p += 2;
    if (p[-1] != 'u') {
      static const char letters[] = "bfnrt";
      const char *which = strchr(letters, p[-1]);
      *to++ = which ? "\b\f\n\r\t"[which - letters] : p[-1];
      continue;
    }
    int c = hex(p);
    p += 4;
    const int low = c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex(p + 2) : 0;
    if (low >= 0xDC00 && low < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      p += 6;
    } else if (c >= 0xD800 && c < 0xE000) {
      c = 0xFFFD; /* half of a character */
    }
    to = put_utf8(to, c);
  }
  return (size_t)(to - start);
}
