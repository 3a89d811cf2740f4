/* format_row.c: see format_row.h */
#include "format_row.h"

#include <string.h>
#include <strings.h>

static const FormatRow rows[] = {
#define ROW(name, endings, magic)               {name, endings, magic, sizeof magic - 1},
#define HERE(holds, name, endings, magic, ...)  ROW(name, endings, magic)
#define APART(holds, name, endings, magic, ...) ROW(name, endings, magic)
#define LUA(holds, name, endings, magic, ...)   ROW(name, endings, magic)
#include "formats.def"
};

bool row_ends(const FormatRow *r, const char *path) {
  const size_t n = strlen(path);
  for (const char *at = r->endings; *at; at += strspn(at, " ")) {
    const size_t k = strcspn(at, " ");
    if (n >= k && strncasecmp(path + n - k, at, k) == 0) return true;
    at += k;
  }
  return false;
}

bool row_begins(const FormatRow *r, const void *data, size_t n) {
  const char *head = data;
  if (!r->magic_size || n < r->magic_size) return false;
  for (size_t i = 0; i < r->magic_size; i++)
    if (r->magic[i] != '?' && head[i] != r->magic[i]) return false;
  return true;
}

static const FormatRow *named(const char *name) {
  static const FormatRow none = {"", "", "", 0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
  return &none;
}

bool format_ends(const char *name, const char *path) { return row_ends(named(name), path); }
bool format_begins(const char *name, const void *data, size_t n) { return row_begins(named(name), data, n); }
