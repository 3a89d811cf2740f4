/* json.c: limits on JSON texts before cJSON builds its tree of some 64 bytes a value: see text.h. */
#include "text.h"

#include <inttypes.h>

bool json_check(const char *name, int64_t line, const char *text, size_t n, int depth, Err *e) {
  enum { MOST_VALUES = 1000000 };
  int64_t values = 1;
  int deep = 0;
  bool inside = false;
  for (size_t i = 0; i < n; i++) {
    char ch = text[i];
    if (inside) {
      if (ch == '\\') i++;
      else if (ch == '"') inside = false;
    } else if (ch == '"') {
      inside = true;
    } else if (ch == '[' || ch == '{') {
      values++;
      if (++deep > depth) return err_set(e, "%s:%" PRId64 ": nested deeper than %d", name, line, depth);
    } else if (ch == ']' || ch == '}') {
      deep--;
    } else if (ch == ',') {
      values++;
    } else if (ch == 0) {
      return err_set(e, "%s:%" PRId64 ": a zero byte", name, line);
    }
  }
  if (values > MOST_VALUES)
    return err_set(e, "%s:%" PRId64 ": more than a million values in one line", name, line);
  return true;
}
