/* print.c: tensors as text: numbers in columns, big ones cut to as many first and last rows and columns as the terminal
 * has room for, then a line of dtype, shape, min, max, mean and the count of NaN. */
#include "bind.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
  EDGE = 3,
  WHOLE = 1000,
  LINES_MOST = 28,
  LINES_LEAST = 8,
  FRAME = 4 /* lines of a terminal for other things */
};

/* lunette.digits([n]): how many digits behind the point numbers of tensors have, 1 to 17. */
int vm_digits(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) {
    const lua_Integer n = luaL_checkinteger(L, 1);
    if (n < 1 || n > 17) return vm_error(L, "digits: from 1 to 17, got %lld", (long long)n);
    vm_of(L)->digits = (int)n;
  }
  lua_pushinteger(L, vm_of(L)->digits);
  return 1;
}

typedef struct Printer {
  luaL_Buffer *out;
  const Tensor *t;
  int width, digits; /* of a number; digits after the point */
  bool exponent, cut;
  int columns, most; /* of the terminal; lines that may be printed */
  int lines;
  bool full;                      /* no more lines fit */
  int64_t head[DIMS], tail[DIMS]; /* shown of each dimension: all where they are as long as it */
  int64_t at[DIMS];               /* the block that is printed */
} Printer;

static void put_number(const Printer *p, char *text, size_t size, int64_t flat) {
  if (!dtype_is_float(p->t->dtype)) {
    const int64_t i = tensor_get_int(p->t, flat);
    if (p->t->dtype == BOOL) snprintf(text, size, "%s", i ? "true" : "false");
    else snprintf(text, size, "%" PRId64, i);
    return;
  }
  const double v = tensor_get(p->t, flat);
  if (!isfinite(v)) snprintf(text, size, v != v ? "nan" : v > 0 ? "inf" : "-inf");
  else if (p->exponent) snprintf(text, size, "%.*e", vm_of(p->out->L)->digits, v);
  else snprintf(text, size, "%.*f", p->digits, v);
}

static bool is_cut(const Printer *p, int dim) { return p->head[dim] + p->tail[dim] < p->t->shape[dim]; }
static int64_t shown(const Printer *p, int dim, int64_t i) { /* i-th shown index of a dimension */
  return !is_cut(p, dim) || i < p->head[dim] ? i : p->t->shape[dim] - p->head[dim] - p->tail[dim] + i;
}
static int64_t shown_count(const Printer *p, int dim) {
  return is_cut(p, dim) ? p->head[dim] + p->tail[dim] : p->t->shape[dim];
}

/* Chooses between fixed and exponent form, digits and width from the numbers that will be shown. */
static void choose_format(Printer *p) {
  const Tensor *t = p->t;
  double most = 0, least = INFINITY;
  bool whole = true;
  int64_t step = t->n > 4096 ? t->n / 4096 : 1;
  for (int64_t i = 0; i < t->n; i += step) {
    double v = fabs(tensor_get(t, i));
    if (!isfinite(v)) continue;
    if (v > most) most = v;
    if (v > 0 && v < least) least = v;
    whole &= v == floor(v);
  }
  p->exponent = dtype_is_float(t->dtype) && (most >= 1e6 || (most > 0 && most < 1e-3));
  p->digits = whole ? 0 : vm_of(p->out->L)->digits;
  p->width = 1;
  char text[64];
  for (int64_t i = 0; i < t->n; i += step) {
    put_number(p, text, sizeof text, i);
    if ((int)strlen(text) > p->width) p->width = (int)strlen(text);
  }
}

/* Numbers of a row that fit beside `other` characters. */
static int64_t fitting(const Printer *p, int other) {
  int64_t n = (p->columns - other) / (p->width + 2);
  return n > 2 ? n : 2;
}

static void keep(Printer *p, int dim, int64_t most) {
  p->head[dim] = (most + 1) / 2;
  p->tail[dim] = most / 2;
  p->cut |= is_cut(p, dim);
}

/* How much of each dimension is shown. */
static void choose_extent(Printer *p) {
  const Tensor *t = p->t;
  int last = t->nd - 1;
  int64_t rows = t->shape[last] > 0 ? t->n / t->shape[last] : 0, blocks = 0;
  for (int d = 0; d <= last; d++) p->head[d] = t->shape[d];
  p->cut = t->n > WHOLE;
  const int64_t lines = last == 0 ? (t->n + fitting(p, 0) - 1) / fitting(p, 0) : 0;
  if (last == 0 && t->n <= WHOLE && lines <= p->most) return; /* over several lines */
  if (t->shape[last] > fitting(p, 0)) keep(p, last, fitting(p, 6));
  if (last > 1 && t->shape[last - 1] > 0) blocks = rows / t->shape[last - 1];
  if (last == 0 || rows + blocks <= p->most) return;
  if (last == 1) {
    keep(p, 0, p->most - 2);
    return;
  }
  for (int d = 0; d < last; d++) keep(p, d, 2 * EDGE);
  p->cut = true;
}

/* A line between rows; where no more lines fit, the last one, which says that there is more. */
static void put_mark(Printer *p, const char *text) {
  if (p->full) return;
  p->full = p->lines >= p->most;
  luaL_addstring(p->out, p->full ? " ...\n" : text);
  p->lines++;
}

static void put_row(Printer *p, int64_t flat) {
  if (p->lines >= p->most) {
    put_mark(p, "");
    return;
  }
  int last = p->t->nd - 1;
  char text[64];
  int64_t wrap = last == 0 && !is_cut(p, 0) ? fitting(p, 0) : 0;
  vm_heed(p->out->L, 0, "text");
  for (int64_t i = 0; i < shown_count(p, last); i++) {
    if (wrap && i > 0 && i % wrap == 0) {
      put_mark(p, "\n");
      if (p->full) return;
    }
    if (is_cut(p, last) && i == p->head[last]) luaL_addstring(p->out, "  ...");
    put_number(p, text, sizeof text, flat + shown(p, last, i));
    size_t gap = (size_t)p->width + (i > 0 && (!wrap || i % wrap) ? 2 : 1);
    for (size_t k = strlen(text); k < gap; k++) luaL_addchar(p->out, ' ');
    luaL_addstring(p->out, text);
  }
  luaL_addchar(p->out, '\n');
  p->lines++;
}

/* Above a block of rows: its index, as x[{2, 1}] takes it. */
static void put_index(Printer *p, int dims) {
  char text[32 * DIMS] = "[";
  size_t used = 1;
  for (int d = 0; d < dims; d++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%" PRId64, d ? "," : "", p->at[d] + 1);
  snprintf(text + used, sizeof text - used, "]\n");
  put_mark(p, text);
}

static void put_level(Printer *p, int dim, int64_t flat) {
  int last = p->t->nd - 1;
  if (dim == last) {
    put_row(p, flat);
    return;
  }
  int64_t inner = 1;
  for (int i = dim + 1; i <= last; i++) inner *= p->t->shape[i];
  for (int64_t i = 0; i < shown_count(p, dim); i++) {
    if (is_cut(p, dim) && i == p->head[dim]) put_mark(p, " ...\n");
    p->at[dim] = shown(p, dim, i);
    if (dim == last - 2) put_index(p, last - 1);
    if (p->full) return;
    put_level(p, dim + 1, flat + shown(p, dim, i) * inner);
  }
}

static void put_summary(Printer *p) {
  const Tensor *t = p->t;
  char text[TEXT], line[256];
  luaL_addstring(p->out, tensor_text(text, t));
  if (t->requires_grad) luaL_addstring(p->out, " requires_grad");
  if (p->cut && t->n) {
    double lo = INFINITY, hi = -INFINITY, sum = 0;
    int64_t nan = 0;
    for (int64_t i = 0; i < t->n; i++) {
      double v = tensor_get(t, i);
      vm_heed(p->out->L, i, "text");
      if (v != v) {
        nan++;
        continue;
      }
      lo = fmin(lo, v);
      hi = fmax(hi, v);
      sum += v;
    }
    if (nan == t->n) lo = hi = NAN;
    double mean = sum / (double)(t->n - nan);
    if (mean != mean) mean = NAN; /* of 0/0 or inf - inf: without its sign */
    if (!dtype_is_float(t->dtype))
      snprintf(line, sizeof line, " min %.15g max %.15g mean %.6g", lo, hi, mean);
    else snprintf(line, sizeof line, " min %.4g max %.4g mean %.4g nan %" PRId64, lo, hi, mean, nan);
    luaL_addstring(p->out, line);
  }
}

/* Pushes the text of p->t, as wide and as long as p says. */
static int push_text(lua_State *L, Printer *p) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  p->out = &b;
  choose_format(p);
  choose_extent(p);
  if (p->t->n) put_level(p, 0, 0);
  put_summary(p);
  p->out = NULL;
  luaL_pushresult(&b);
  return 1;
}

/* lunette.full_text(x): every element, however many; what :full shows. */
int vm_tensor_full_text(lua_State *L) {
  Tensor *t = vm_check(L, 1, "full_text");
  if (tensor_is_meta(t) || t->nd == 0) return vm_tensor_tostring(L);
  Printer p = {.t = t, .columns = INT_MAX, .most = INT_MAX};
  return push_text(L, &p);
}

int vm_terminal(int *columns) {
  struct winsize size;
  bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  *columns = known ? size.ws_col : 80;
  return known ? size.ws_row : 40;
}

int vm_tensor_tostring(lua_State *L) {
  Tensor *t = vm_test(L, 1);
  if (!t) {
    lua_pushliteral(L, "tensor (closed)");
    return 1;
  }
  if (tensor_is_meta(t)) {
    char text[TEXT];
    lua_pushfstring(L, "%s (shape only)", tensor_text(text, t));
    return 1;
  }
  if (t->nd == 0) {
    vm_push_number_text(L, t);
    return 1;
  }
  Printer p = {.t = t};
  int rows = vm_terminal(&p.columns) - FRAME;
  p.most = rows < LINES_LEAST ? LINES_LEAST : rows > LINES_MOST ? LINES_MOST : rows;
  return push_text(L, &p);
}
