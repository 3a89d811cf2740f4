/* formats.h: files by their format: the table behind tensor.load and tensor.save.
 *
 * Formats that need a large library (zip, HDF5, MATLAB) are read and written by a process of its own,
 * `reader`, whose program lies inside this one: such libraries have crashed, hung and swelled on damaged
 * files, and would double the time to start.  The two exchange lists of tensors through files in memory. */
#ifndef LUNETTE_FORMATS_H
#define LUNETTE_FORMATS_H
#include "format_row.h"
#include "io.h"

#ifndef LUNETTE_ZIP
#define LUNETTE_ZIP 0
#endif
#ifndef LUNETTE_HDF5
#define LUNETTE_HDF5 0
#endif
#ifndef LUNETTE_MAT
#define LUNETTE_MAT 0
#endif
#ifndef LUNETTE_IMAGE
#define LUNETTE_IMAGE 0
#endif
#ifndef LUNETTE_VIDEO
#define LUNETTE_VIDEO 0
#endif
#ifndef LUNETTE_SNDFILE
#define LUNETTE_SNDFILE 0
#endif

/* What a row of formats.def needs: is it there, and in which package is it. */
/* clang-format off */
#define BUILT_ALWAYS  1
#define BUILT_ZIP     LUNETTE_ZIP
#define BUILT_HDF5    LUNETTE_HDF5
#define BUILT_MAT     LUNETTE_MAT
#define BUILT_IMAGE   LUNETTE_IMAGE
#define BUILT_VIDEO   LUNETTE_VIDEO
#define BUILT_SNDFILE LUNETTE_SNDFILE
#define PACKAGE_ALWAYS  NULL
#define PACKAGE_ZIP     "libzip-dev"
#define PACKAGE_HDF5    "libhdf5-dev"
#define PACKAGE_MAT     "libmatio-dev"
#define PACKAGE_IMAGE   "libsdl2-image-dev"
#define PACKAGE_VIDEO   "libavformat-dev"
#define PACKAGE_SNDFILE "libsndfile1-dev"
/* clang-format on */

typedef bool FormatLoad(const char *path, NamedList *list, Err *e);
typedef bool FormatSave(const char *path, const NamedList *list, Err *e);

/* A loader leaves out what cannot be read by itself (named_leave_out), and fails when the file as a whole is damaged.
 * A list with one tensor named "" stands for a file that holds one array without a name, as pictures and sounds do. */
typedef enum FormatKind {
#define KIND(word, names, what) HOLDS_##word,
#include "formats.def"
} FormatKind;
typedef struct Format {
  FormatKind holds;
  FormatRow row;
  FormatLoad *load; /* in this process */
  FormatSave *save;
  const char *lua_load, *lua_save; /* "data.csv": the Lua functions that do it instead */
  bool apart, saved_apart;         /* by the reader process, which has the same functions */
  bool built;                      /* with its library                                    */
  const char *package;             /* the library's                                       */
} Format;

/* To add a format: a row in formats.def, and a file with its two functions.  By the path's ending, else (in loading) by
 * the first bytes; NULL: the message lists the endings. */
const Format *format_find(const char *path, bool saving, Err *e);
const Format *format_at(int i); /* the i-th row from 0; NULL past the end */
/* By the path's ending alone, built or not; NULL: none has it. */
const Format *format_named(const char *path);
bool format_writes(const Format *f);
/* Is it given tensors (TENSOR: one) by name, and does it write several under any names?  The endings of those that do. */
bool format_takes_names(const Format *f);
bool format_keeps_several(const Format *f);
void format_several_endings(char text[TEXT]);
bool format_load(const char *path, NamedList *list, Err *e);
bool format_save(const char *path, const NamedList *list, Err *e);

/* apart.c: the same by the reader process, with bounded memory and time; ^C ends it. */
bool apart_load(const char *format, const char *path, NamedList *list, Err *e);
bool apart_save(const char *format, const char *path, const NamedList *list, Err *e);

/* exchange.c: a list as bytes. */
bool exchange_put(FILE *f, const NamedList *list);
bool exchange_take(FILE *f, NamedList *list, Err *e);

/* npz.c: a zip file of .npy files. */
bool npz_save(const char *path, const NamedList *list, Err *e);
bool npz_load(const char *path, NamedList *list, Err *e);
/* hdf5.c: data sets and string attributes, "group/name"; links out of the file are not followed. */
bool hdf5_save(const char *path, const NamedList *list, Err *e);
bool hdf5_load(const char *path, NamedList *list, Err *e);
/* mat.c: MATLAB's .mat, version 4 to 7; cells and structures as "name/field/1". */
bool mat_save(const char *path, const NamedList *list, Err *e);
bool mat_load(const char *path, NamedList *list, Err *e);

#endif
