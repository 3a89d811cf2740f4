/* speech.c: the speech process (speech_program.h).  The only file that includes espeak-ng's header. */
#define _GNU_SOURCE
#include "bounds.h"
#include "channel.h"
#include "err.h"
#include "process.h"
#include "speech_program.h"

#include <dlfcn.h>
#include <errno.h>
#include <espeak-ng/speak_lib.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_VOICES = 1000, SECONDS = 20, ROOM = 1 << 30 };

/* Loaded by hand, for a message of our own when it is not there. */
static struct {
  int (*initialize)(espeak_AUDIO_OUTPUT, int, const char *, int);
  void (*set_callback)(t_espeak_callback *);
  const espeak_VOICE **(*list)(espeak_VOICE *);
  espeak_ERROR (*set_voice)(const char *);
  espeak_ERROR (*set_parameter)(espeak_PARAMETER, int, int);
  espeak_ERROR (*synth)(const void *, size_t, unsigned, espeak_POSITION_TYPE, unsigned, unsigned, unsigned *,
                        void *);
  const char *(*phonemes)(const void **, int, int);
} es;

#define FIND(field, name) ((*(void **)&es.field = dlsym(lib, name)) != NULL)

static bool open_library(Err *e) {
  void *lib = dlopen("libespeak-ng.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return err_set(e, "libespeak-ng.so.1, which speaks, is not there: install libespeak-ng1");
  return (FIND(initialize, "espeak_Initialize") && FIND(set_callback, "espeak_SetSynthCallback") &&
          FIND(list, "espeak_ListVoices") && FIND(set_voice, "espeak_SetVoiceByName") &&
          FIND(set_parameter, "espeak_SetParameter") && FIND(synth, "espeak_Synth") &&
          FIND(phonemes, "espeak_TextToPhonemes")) ||
         err_set(e, "libespeak-ng.so.1 is of another version: functions are missing");
}

/* --- the list -------------------------------------------------------------------------------------------- */

/* Files of voices, from the library's list: "gmw/en-US" of a language, "!v/f3" of a voice. */
typedef struct Names {
  const char *file[MOST_VOICES];
  int n;
} Names;

static Names languages, voices;

static bool usable(const espeak_VOICE *v) {
  return v->name && v->identifier && v->languages && v->languages[0] && v->languages[1] &&
         strncmp(v->identifier, "mb/", 3) != 0; /* MBROLA's are listed although they are not there */
}

static void put(FILE *to, char kind, const char *name, const espeak_VOICE *v) {
  char gender = v->gender == 2 ? 'f' : v->gender == 1 ? 'm' : '-';
  fprintf(to, "%c\t%s\t%s\t%c\n", kind, name, v->name, gender);
}

/* A voice's languages are a list of strings, each after a byte that ranks it: "en-gb", "en". */
static void list_languages(FILE *to) {
  const espeak_VOICE **all = es.list(NULL);
  for (int i = 0; all[i]; i++) {
    if (!usable(all[i])) continue;
    for (const char *l = all[i]->languages; *l && languages.n < MOST_VOICES; l += strlen(l) + 1) {
      languages.file[languages.n++] = strdup(all[i]->identifier);
      put(to, 'l', l + 1, all[i]);
    }
  }
}

static void list_voices(FILE *to) {
  espeak_VOICE variants = {.languages = "variant"};
  const espeak_VOICE **all = es.list(&variants);
  for (int i = 0; all[i] && voices.n < MOST_VOICES; i++) {
    if (!usable(all[i]) || strncmp(all[i]->identifier, "!v/", 3) != 0) continue;
    const char *file = strdup(all[i]->identifier + 3);
    voices.file[voices.n++] = file;
    put(to, 'v', file, all[i]);
  }
}

static bool tell(int rate) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *f = open_memstream(&text, &bytes);
  if (!f) return false;
  list_languages(f);
  list_voices(f);
  if (fclose(f) != 0) return false;
  SpeechHead head = {rate, (int32_t)bytes};
  bool ok = channel_write(&head, sizeof head) && channel_write(text, bytes);
  free(text);
  return ok;
}

/* --- an utterance ---------------------------------------------------------------------------------------- */

static int heard = -1; /* the file in memory that samples go to */

static int take(short *wave, int n, espeak_EVENT *events) {
  (void)events;
  const char *from = (const char *)wave;
  size_t left = wave && n > 0 ? (size_t)n * sizeof *wave : 0;
  while (left > 0) {
    ssize_t k = write(heard, from, left);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) _exit(1);
    from += k;
    left -= (size_t)k;
  }
  return 0;
}

static bool known(const SpeechAsk *a) {
  return a->language >= 0 && a->language < languages.n && a->voice >= -1 && a->voice < voices.n;
}

/* The names of the phonemes of each clause, a blank between them; each byte as a sample. */
static void name_phonemes(const char *text) {
  for (const void *left = text; left;) {
    const char *names = es.phonemes(&left, espeakCHARS_UTF8, 0);
    for (const char *c = names ? names : ""; *c; c++) take((short[]){(unsigned char)*c}, 1, NULL);
    if (left) take((short[]){' '}, 1, NULL);
  }
}

/* In the child; does not come back. */
static void speak(const SpeechAsk *a, const char *text) {
  char name[512];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit_resource(RLIMIT_CPU, SECONDS);
  limit_memory(ROOM);
  snprintf(name, sizeof name, a->voice < 0 ? "%s" : "%s+%s", languages.file[a->language],
           a->voice < 0 ? "" : voices.file[a->voice]);
  srand((unsigned)a->seed); /* breath is noise */
  bool ok = es.set_voice(name) == EE_OK && es.set_parameter(espeakRATE, a->rate, 0) == EE_OK &&
            es.set_parameter(espeakPITCH, a->pitch, 0) == EE_OK;
  if (ok && a->named) {
    name_phonemes(text);
  } else if (ok) {
    ok = es.synth(text, (size_t)a->text_bytes + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8 | espeakPHONEMES,
                  NULL, NULL) == EE_OK;
  }
  _exit(ok ? 0 : 1);
}

static bool spoken(const SpeechAsk *a, const char *text) {
  int status = 0;
  if (!known(a) || ftruncate(heard, 0) != 0 || lseek(heard, 0, SEEK_SET) != 0) return false;
  pid_t child = fork();
  if (child == 0) speak(a, text);
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool answer(bool ok) {
  off_t bytes = ok ? lseek(heard, 0, SEEK_END) : -1;
  SpeechAnswer head = {bytes < 0 ? -1 : (int32_t)(bytes / (off_t)sizeof(short))};
  if (!channel_write(&head, sizeof head)) return false;
  char block[16384];
  for (off_t at = 0, want = head.samples * (off_t)sizeof(short); at < want;) {
    off_t left = want - at;
    ssize_t k = pread(heard, block, left < (off_t)sizeof block ? (size_t)left : sizeof block, at);
    if (k <= 0 || !channel_write(block, (size_t)k)) return false;
    at += k;
  }
  return true;
}

static bool serve(void) {
  SpeechAsk ask;
  static char text[SPEECH_MOST_TEXT + 1];
  while (channel_read(&ask, sizeof ask) == sizeof ask) {
    if (ask.text_bytes < 1 || ask.text_bytes > SPEECH_MOST_TEXT) return false;
    if (channel_read(text, (size_t)ask.text_bytes) < (size_t)ask.text_bytes) return false;
    text[ask.text_bytes] = 0;
    if (!answer(spoken(&ask, text))) return false;
  }
  return true;
}

static bool run(Err *e) {
  if (!open_library(e)) return false;
  int rate = es.initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_DONT_EXIT);
  if (rate <= 0) return err_set(e, "espeak-ng's voices are not there: install espeak-ng-data");
  es.set_callback(take);
  heard = memfd_create("speech", MFD_CLOEXEC);
  return (heard >= 0 && tell(rate) && serve()) || err_set(e, "the line to the speech process broke");
}

int main(void) {
  Err e = {0};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  limit_resource(RLIMIT_CORE, 0);
  int quiet = open("/dev/null", O_WRONLY); /* the library's messages are not for the terminal */
  if (quiet >= 0) dup2(quiet, STDERR_FILENO);
  bool ok = run(&e);
  if (!ok && write(PROCESS_MESSAGE, e.message, strlen(e.message)) < 0) return 2;
  _exit(ok ? 0 : 1);
}
