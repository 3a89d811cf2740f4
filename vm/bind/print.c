/* print.c: tensors as text: numbers in columns, big ones cut to their first and last rows and columns, then a
 * line of dtype, shape, min, max, mean and the count of NaN. */
#include "bind.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EDGE = 3, WHOLE = 1000, ROWS_MOST = 24, LINES_MOST = 28, LINE = 80 };

typedef struct Printer {
  luaL_Buffer *out;
  const Tensor *t;
  int width, digits;         /* of a number; digits after the point */
  bool exponent, cut, whole; /* whole: no limit of rows */
  int lines;
  bool full; /* no more lines fit */
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
  else if (p->exponent) snprintf(text, size, "%.4e", v);
  else snprintf(text, size, "%.*f", p->digits, v);
}

static int64_t shown(const Printer *p, int dim, int64_t i) { /* i-th shown index of a dimension */
  int64_t n = p->t->shape[dim];
  return !p->cut || n <= 2 * EDGE ? i : i < EDGE ? i : n - 2 * EDGE + i;
}
static int64_t shown_count(const Printer *p, int dim) {
  int64_t n = p->t->shape[dim];
  return p->cut && n > 2 * EDGE ? 2 * EDGE : n;
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
  p->digits = whole ? 0 : 4;
  p->width = 1;
  char text[64];
  for (int64_t i = 0; i < t->n; i += step) {
    put_number(p, text, sizeof text, i);
    if ((int)strlen(text) > p->width) p->width = (int)strlen(text);
  }
}

/* A line between rows; where no more lines fit, the last one, which says that there is more. */
static void put_mark(Printer *p, const char *text) {
  if (p->full) return;
  p->full = p->lines >= LINES_MOST && !p->whole;
  luaL_addstring(p->out, p->full ? " ...\n" : text);
  p->lines++;
}

static void put_row(Printer *p, int64_t flat) {
  if (p->lines >= LINES_MOST && !p->whole) {
    put_mark(p, "");
    return;
  }
  int last = p->t->nd - 1;
  char text[64];
  vm_heed(p->out->L, 0, "text");
  for (int64_t i = 0; i < shown_count(p, last); i++) {
    if (p->cut && i == EDGE && p->t->shape[last] > 2 * EDGE) luaL_addstring(p->out, "  ...");
    put_number(p, text, sizeof text, flat + shown(p, last, i));
    for (size_t k = strlen(text); k < (size_t)p->width + (i > 0 ? 2 : 1); k++) luaL_addchar(p->out, ' ');
    luaL_addstring(p->out, text);
  }
  luaL_addchar(p->out, '\n');
  p->lines++;
}

static void put_level(Printer *p, int dim, int64_t flat) {
  if (dim == p->t->nd - 1) {
    put_row(p, flat);
    return;
  }
  int64_t inner = 1;
  for (int i = dim + 1; i < p->t->nd; i++) inner *= p->t->shape[i];
  for (int64_t i = 0; i < shown_count(p, dim); i++) {
    if (p->cut && i == EDGE && p->t->shape[dim] > 2 * EDGE) put_mark(p, " ...\n");
    if (i > 0 && dim < p->t->nd - 2) put_mark(p, "\n");
    if (p->full) return;
    put_level(p, dim + 1, (flat + shown(p, dim, i) * inner));
  }
}

static void put_summary(Printer *p) {
  const Tensor *t = p->t;
  char text[TEXT], line[256];
  luaL_addstring(p->out, tensor_text(text, t));
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
    snprintf(line, sizeof line, " min %.4g max %.4g mean %.4g nan %" PRId64, lo, hi, mean, nan);
    luaL_addstring(p->out, line);
  }
}

/* lunette.full_text(x): every element, however many; what :full shows. */
int vm_tensor_full_text(lua_State *L) {
  Tensor *t = vm_check(L, 1, "full_text");
  if (tensor_is_meta(t) || t->nd == 0) return vm_tensor_tostring(L);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  Printer p = {.out = &b, .t = t, .whole = true};
  choose_format(&p);
  if (t->n) put_level(&p, 0, 0);
  put_summary(&p);
  luaL_pushresult(&b);
  return 1;
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
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  Printer p = {.out = &b, .t = t};
  choose_format(&p);
  int64_t last = t->shape[t->nd - 1];
  p.cut = t->n > WHOLE || last * (p.width + 2) > LINE || (last > 0 && t->n / last > ROWS_MOST);
  if (t->n) put_level(&p, 0, 0);
  put_summary(&p);
  luaL_pushresult(&b);
  return 1;
}
