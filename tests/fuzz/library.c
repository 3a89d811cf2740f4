/* library.c: see library.h. */
#define _GNU_SOURCE
#include "library.h"

#include "mem.h"
#include "memory_file.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <ucontext.h>

enum { FRAMES = 10, FAULTS = 256, MOST_RESIDENT = 800 << 10 /* KB */ };

static sigjmp_buf back;
static const uint8_t *input;
static size_t input_size;

static void keep_input(uint64_t mark) {
  const char *folder = getenv("FUZZ_FAULTS");
  char path[4096];
  if (!folder) return;
  snprintf(path, sizeof path, "%s-crash-%016llx", folder, (unsigned long long)mark);
  FILE *f = fopen(path, "wb");
  if (!f) return;
  fwrite(input, 1, input_size, f);
  fclose(f);
}

/* A fault's input is kept once for each stack: run.sh looks later whose line it is. */
static void faulty(int number) {
  static uint64_t known[FAULTS];
  static int n;
  void *frame[FRAMES];
  uint64_t mark = (uint64_t)number;
  for (int i = 0, depth = backtrace(frame, FRAMES); i < depth; i++) {
    Dl_info in = {0}; /* libraries lie elsewhere in each process */
    const uintptr_t at = (uintptr_t)frame[i], from = dladdr(frame[i], &in) ? (uintptr_t)in.dli_fbase : at;
    mark = (mark ^ (uint64_t)(at - from)) * 0x9e3779b97f4a7c15u;
  }
  bool is_known = false;
  for (int i = 0; i < n && !is_known; i++) is_known = known[i] == mark;
  if (!is_known && n < FAULTS) keep_input(known[n++] = mark);
  siglongjmp(back, 1);
}

/* The machine code of the libraries that are looked at. */
typedef struct Code {
  uintptr_t from, to;
} Code;
static Code code[8];
static int codes;

static int note_code(struct dl_phdr_info *library, size_t bytes, void *unused) {
  (void)bytes;
  (void)unused;
  if (!strstr(library->dlpi_name, "hdf5") && !strstr(library->dlpi_name, "matio")) return 0;
  for (int i = 0; i < library->dlpi_phnum && codes < 8; i++) {
    const ElfW(Phdr) *part = &library->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    const uintptr_t from = library->dlpi_addr + part->p_vaddr;
    code[codes++] = (Code){from, from + part->p_memsz};
  }
  return 0;
}

/* Not out of malloc and its like, whose locks would stay taken: there, a little later. */
static void too_long(int number, siginfo_t *info, void *where) {
  (void)number;
  (void)info;
  const uintptr_t at = (uintptr_t)((ucontext_t *)where)->uc_mcontext.gregs[REG_RIP];
  for (int i = 0; i < codes; i++)
    if (at >= code[i].from && at < code[i].to) siglongjmp(back, 1);
  const struct itimerval again = {.it_value = {0, 1000}};
  setitimer(ITIMER_PROF, &again, NULL);
}

static void catch_faults(void) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  void *frame[1];
  backtrace(frame, 1); /* loads what it needs before a handler wants it */
  struct sigaction act = {.sa_handler = faulty, .sa_flags = SA_ONSTACK | SA_NODEFER};
  for (size_t i = 0; !getenv("FUZZ_STRICT") && i < sizeof faults / sizeof *faults; i++)
    sigaction(faults[i], &act, NULL);
  dl_iterate_phdr(note_code, NULL);
  act = (struct sigaction){.sa_sigaction = too_long, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGPROF, &act, NULL);
  mem_set_limit(MOST_BYTES);
}

static bool swollen(void) {
  struct rusage use;
  return getrusage(RUSAGE_SELF, &use) == 0 && use.ru_maxrss > MOST_RESIDENT;
}

void read_by_library(bool (*load)(const char *path, NamedList *list, Err *e), const uint8_t *data,
                     size_t size) {
  static bool ready;
  static int left; /* with what they had open */
  const struct itimerval limit = {.it_value = {0, LIBRARY_MS * 1000}}, none = {0};
  if (!ready) catch_faults();
  ready = true;
  input = data;
  input_size = size;
  if (sigsetjmp(back, 1)) {
    setitimer(ITIMER_PROF, &none, NULL);
    if (++left == MOST_LEFT || swollen()) exit(1);
    return;
  }
  setitimer(ITIMER_PROF, &limit, NULL);
  read_in_memory(load, data, size);
  setitimer(ITIMER_PROF, &none, NULL);
}
