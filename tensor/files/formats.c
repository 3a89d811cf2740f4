/* formats.c: see formats.h */
#include "formats.h"

#include "audio.h"
#include "image.h"
#include "lazy.h"

#include <stdlib.h>
#include <string.h>

/* --- pictures and sounds as lists of one ------------------------------------------------------------------ */

static bool take_one(NamedList *list, Tensor *t, Err *e) { return t && named_add(list, "", t, e); }

static bool picture_load(const char *path, NamedList *list, Err *e) {
  return take_one(list, image_load(path, 0, e), e);
}
static bool picture_save_png(const char *path, const NamedList *list, Err *e) {
  return png_save(path, list->item[0].tensor, e);
}
#if LUNETTE_IMAGE
static bool picture_save_jpeg(const char *path, const NamedList *list, Err *e) {
  enum { QUALITY = 90 };
  return jpeg_save(path, list->item[0].tensor, QUALITY, e);
}
#endif
#if LUNETTE_SNDFILE
static bool sound_load(const char *path, NamedList *list, Err *e) {
  return take_one(list, audio_load(path, &list->rate, e), e);
}
static bool sound_save(const char *path, const NamedList *list, Err *e) {
  enum { RATE = 44100, BITS = 16 };
  return audio_save(path, list->item[0].tensor, list->rate ? list->rate : RATE, BITS, e);
}
#endif

/* --- the table --------------------------------------------------------------------------------------------- */

/* clang-format off */
static const Format formats[] = {
#define IF_0(x) NULL
#define IF_1(x) x
#define IF_(have, x) IF_##have(x)
#define IF(have, x)  IF_(have, x)
#define ROW(holds, name, endings, magic, ...) {HOLDS_##holds, {name, endings, magic, sizeof magic - 1}, __VA_ARGS__},
#define NEEDS(what) BUILT_##what, PACKAGE_##what
#define HERE(holds, name, endings, magic, load, save, needs) \
  ROW(holds, name, endings, magic, IF(BUILT_##needs, load), IF(BUILT_##needs, save), NULL, NULL, false, false, NEEDS(needs))
#define APART(holds, name, endings, magic, load, save, needs) \
  ROW(holds, name, endings, magic, NULL, NULL, NULL, NULL, true, sizeof #save > sizeof "NULL", NEEDS(needs))
#define LUA(holds, name, endings, magic, load, save, needs) \
  ROW(holds, name, endings, magic, NULL, NULL, load, save, false, false, NEEDS(needs))
#include "formats.def"
};
/* clang-format on */
static const struct {
  enum { NAMES_ANY, NAMES_LANGUAGE, NAMES_DROPPED, NAMES_NONE } names;
  const char *what;
} kinds[] = {
#define KIND(word, names, what) {NAMES_##names, what},
#include "formats.def"
};
enum { FORMATS = sizeof formats / sizeof *formats };

const Format *format_at(int i) { return i < FORMATS ? &formats[i] : NULL; }

static const Format *by_first_bytes(const char *path) {
  char head[32];
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(head, 1, sizeof head, f) : 0;
  if (f) fclose(f);
  for (int i = 0; i < FORMATS; i++)
    if (row_begins(&formats[i].row, head, n)) return &formats[i];
  return NULL;
}

bool format_writes(const Format *f) { return f->saved_apart || f->save || f->lua_save || !f->built; }

bool format_takes_names(const Format *f) { return kinds[f->holds].names != NAMES_NONE; }
bool format_keeps_several(const Format *f) { return kinds[f->holds].names == NAMES_ANY && format_writes(f); }

void format_several_endings(char text[TEXT]) {
  text[0] = 0;
  for (int i = 0; i < FORMATS; i++)
    if (format_keeps_several(&formats[i]))
      snprintf(text + strlen(text), TEXT - strlen(text), "%s%s", *text ? " " : "", formats[i].row.endings);
}

const Format *format_named(const char *path) {
  for (int i = 0; i < FORMATS; i++)
    if (row_ends(&formats[i].row, path)) return &formats[i];
  return NULL;
}

/* The endings of what can be read, or written. */
static void list_endings(char text[2 * TEXT], bool saving) {
  text[0] = 0;
  for (int i = 0; i < FORMATS; i++)
    if (!saving || (format_writes(&formats[i]) &&
                    !formats[i].lua_save)) /* those of audio.save have nothing to do here */
      snprintf(text + strlen(text), 2 * TEXT - strlen(text), "%s%s", *text ? " " : "",
               formats[i].row.endings);
}

const Format *format_find(const char *path, bool saving, Err *e) {
  const Format *found = format_named(path);
  char all[2 * TEXT];
  if (!found && !saving) found = by_first_bytes(path);
  list_endings(all, saving);
  if (!found) err_set(e, "'%s' has no known ending (%s)", path, all);
  else if (saving && !format_writes(found))
    err_set(e, "%s: %s files are read, not written (but %s)", path, found->row.name, all);
  else if (!found->built)
    err_set(e, "%s: this program was built without %s files (apt install %s, build again)", path,
            found->row.name, found->package);
  else return found;
  return NULL;
}

static bool nothing_read(const char *path, const NamedList *list, Err *e) {
  const LeftOut *first = list->left;
  if (list->n_left == 1) return err_set(e, "%s: '%.200s' %s", path, first->name, first->why);
  return err_set(e, "%s: nothing in it can be read: '%.200s' %.300s (and %d more)", path, first->name,
                 first->why, list->n_left - 1);
}

/* What is no file of the format may be what a download left in its place: the libraries cannot say so. */
static void name_stand_in(const char *path, Err *e) {
  unsigned char head[64];
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(head, 1, sizeof head, f) : 0;
  const char *why = not_a_model(head, n);
  if (why) err_set(e, "%s: %s", path, why);
  if (f) fclose(f);
}

bool format_load(const char *path, NamedList *list, Err *e) {
  const Format *f = format_find(path, false, e);
  if (!f) return false;
  if (f->lua_load) return err_set(e, "%s: %s files are read by %s", path, f->row.name, f->lua_load);
  bool ok = f->apart ? apart_load(f->row.name, path, list, e) : f->load(path, list, e);
  if (ok && list->n == 0 && list->n_left > 0) ok = nothing_read(path, list, e);
  if (!ok) {
    named_free(list);
    name_stand_in(path, e);
  }
  return ok;
}

static bool suits(const Format *f, const char *path, const NamedList *list, Err *e) {
  const bool one = kinds[f->holds].names >= NAMES_DROPPED;
  char several[TEXT];
  format_several_endings(several);
  if (one && list->n != 1)
    return err_set(e, "%s: a %s file holds %s, not %d (%s hold several)", path, f->row.name,
                   kinds[f->holds].what, list->n, several);
  if (!format_takes_names(f) && (list->item[0].name[0] || !list->item[0].tensor))
    return err_set(e, "%s: a %s file holds %s", path, f->row.name, kinds[f->holds].what);
  for (int i = 0; !f->apart && i < list->n; i++)
    if (!list->item[i].tensor)
      return err_set(e, "%s: '%.100s' is a list of strings, which %s files do not hold", path,
                     list->item[i].name, f->row.name);
  return true;
}

bool format_save(const char *path, const NamedList *list, Err *e) {
  const Format *f = format_find(path, true, e);
  if (!f) return false;
  if (f->lua_save) return err_set(e, "%s: %s files are written by %s", path, f->row.name, f->lua_save);
  if (!suits(f, path, list, e)) return false;
  return f->apart ? apart_save(f->row.name, path, list, e) : f->save(path, list, e);
}
