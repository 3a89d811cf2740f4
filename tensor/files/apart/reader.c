/* reader.c: the program of the reader process: `reader load PATH` leaves the file's tensors in descriptor 3,
 * `reader save PATH` takes them from there; a message of failure goes to descriptor 4 (formats.h, apart.c). */
#include "bounds.h"
#include "formats.h"
#include "parallel.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST = 3, MESSAGE = 4, SECONDS = 10, BYTES_A_SECOND = 16 << 20 };

static rlim_t address_space_now(void) {
  unsigned long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f && fscanf(f, "%lu", &pages) != 1) pages = 0;
  if (f) fclose(f);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* A file may not make its reader much larger than itself: packed data grow at most 32 times (plausible). */
static void bound(const char *path) {
  enum { ROOM = 64 << 20, TIMES = 40 };
  struct stat st;
  double size = stat(path, &st) == 0 ? (double)st.st_size : 0;
  limit_memory(address_space_now() + ROOM + (rlim_t)(TIMES * size));
  limit_resource(RLIMIT_CPU, SECONDS + (rlim_t)(size / BYTES_A_SECOND));
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody waits for the result any more */
  limit_resource(RLIMIT_CORE, 0);
}

typedef struct Apart {
  const char *name;
  FormatLoad *load;
  FormatSave *save;
} Apart;

/* clang-format off */
static const Apart formats[] = {
#define IF_0(x) NULL
#define IF_1(x) x
#define IF_(have, x) IF_##have(x)
#define IF(have, x)  IF_(have, x)
#define HERE(...)
#define LUA(...)
#define APART(holds, name, endings, magic, load, save, needs) \
  {name, IF(BUILT_##needs, load), IF(BUILT_##needs, save)},
#include "formats.def"
};
/* clang-format on */

static const Apart *format_of(const char *name) {
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (strcmp(formats[i].name, name) == 0 && formats[i].load) return &formats[i];
  return NULL;
}

int main(int argc, char **argv) {
  Err e = {0};
  NamedList list = {0};
  FILE *f = argc == 4 ? fdopen(LIST, "r+b") : NULL;
  const Apart *r = argc == 4 ? format_of(argv[1]) : NULL;
  if (!f || !r) return 2;
  const char *path = argv[3];
  parallel_set_threads(1);
  bool ok;
  if (strcmp(argv[2], "load") == 0) {
    bound(path);
    ok = r->load(path, &list, &e) && (exchange_put(f, &list) || err_set(&e, "%s: out of memory", path));
  } else {
    ok = exchange_take(f, &list, &e) && r->save(path, &list, &e);
  }
  if (!ok && write(MESSAGE, e.message, strlen(e.message)) < 0) return 2;
  named_free(&list);
  if (fclose(f) != 0) ok = false;
  _exit(ok ? 0 : 1); /* what a library left behind goes with the process */
}
