/* exchange.c: a list of tensors and strings as bytes between two processes of one build (formats.h).
 * Each entry: name, -1 and a tensor, or the number of strings and the strings; or name, -2 and why it was left out. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>

enum { A_TENSOR = -1, LEFT_OUT = -2 };

static bool put(FILE *f, const void *data, size_t n) { return n == 0 || fwrite(data, 1, n, f) == n; }
static bool put_text(FILE *f, const char *text) {
  uint64_t n = strlen(text);
  return put(f, &n, sizeof n) && put(f, text, n);
}

static bool put_item(FILE *f, const NamedTensor *item) {
  const Tensor *t = item->tensor;
  int64_t texts = t ? A_TENSOR : item->texts;
  bool ok = put_text(f, item->name) && put(f, &texts, sizeof texts);
  for (int64_t i = 0; ok && i < texts; i++) ok = put_text(f, item->text[i]);
  if (!t) return ok;
  Err e;
  Tensor *c = tensor_contiguous((Tensor *)(uintptr_t)t, &e);
  int32_t head[2] = {(int32_t)t->dtype, t->nd};
  ok = ok && c && put(f, head, sizeof head) && put(f, t->shape, (size_t)t->nd * sizeof *t->shape) &&
       put(f, c->data, (size_t)t->n * dtype_size[t->dtype]);
  tensor_release(c);
  return ok;
}

bool exchange_put(FILE *f, const NamedList *list) {
  const int64_t left_out = LEFT_OUT;
  bool ok = true;
  for (int i = 0; ok && i < list->n; i++) ok = put_item(f, &list->item[i]);
  for (int i = 0; ok && i < list->n_left; i++)
    ok = put_text(f, list->left[i].name) && put(f, &left_out, sizeof left_out) &&
         put_text(f, list->left[i].why);
  return ok && fflush(f) == 0;
}

static bool get(FILE *f, void *data, size_t n, Err *e) {
  return n == 0 || fread(data, 1, n, f) == n ? true : err_set(e, "a result was cut off");
}
static char *get_text(FILE *f, Err *e) {
  uint64_t n;
  if (!get(f, &n, sizeof n, e)) return NULL;
  char *text = malloc(n + 1);
  if (!text) {
    err_set(e, "out of memory");
    return NULL;
  }
  text[n] = 0;
  if (get(f, text, n, e)) return text;
  free(text);
  return NULL;
}

static bool get_tensor(FILE *f, const char *name, NamedList *list, Err *e) {
  int32_t head[2];
  int64_t shape[DIMS];
  if (!get(f, head, sizeof head, e) || !get(f, shape, (size_t)head[1] * sizeof *shape, e)) return false;
  Tensor *t = tensor_new((Dtype)head[0], head[1], shape, e);
  if (!t) return false;
  if (get(f, t->data, (size_t)t->n * dtype_size[t->dtype], e)) return named_add(list, name, t, e);
  tensor_release(t);
  return false;
}

static bool get_strings(FILE *f, const char *name, int64_t n, NamedList *list, Err *e) {
  char **text = calloc((size_t)n + 1, sizeof *text);
  if (!text) return err_set(e, "out of memory");
  bool ok = true;
  for (int64_t i = 0; ok && i < n; i++) ok = (text[i] = get_text(f, e)) != NULL;
  if (ok) return named_add_text(list, name, text, n, e);
  for (int64_t i = 0; i < n; i++) free(text[i]);
  free(text);
  return false;
}

static bool get_left_out(FILE *f, const char *name, NamedList *list, Err *e) {
  char *why = get_text(f, e);
  if (!why) return false;
  Err reason;
  err_set(&reason, "%s", why);
  free(why);
  return named_leave_out(list, name, &reason);
}

bool exchange_take(FILE *f, NamedList *list, Err *e) {
  int c;
  while ((c = getc(f)) != EOF) {
    ungetc(c, f);
    int64_t texts;
    char *name = get_text(f, e);
    bool ok = name && get(f, &texts, sizeof texts, e) &&
              (texts == LEFT_OUT   ? get_left_out(f, name, list, e)
               : texts == A_TENSOR ? get_tensor(f, name, list, e)
                                   : get_strings(f, name, texts, list, e));
    free(name);
    if (!ok) return false;
  }
  return true;
}
