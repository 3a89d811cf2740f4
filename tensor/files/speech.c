/* speech.c: our side of the speech process (speech.h). */
#include "speech.h"
#include "process_link.h"

#include <stdlib.h>
#include <string.h>

#ifdef LUNETTE_SPEECH
extern const unsigned char speech_program[], speech_program_end[];
const char *speech_missing(void) { return NULL; }
#else
static const unsigned char speech_program[1], *const speech_program_end = speech_program;
const char *speech_missing(void) { return "libespeak-ng-dev espeak-ng-data"; }
#endif

enum { MOST_LIST = 1 << 20, BLOCK = 8192 };

struct Speech {
  Link link;
  SpeechHead head;
  char *list;
};

/* The line is not of use any more: e keeps its message (^C, patience), or gets the process's own. */
static void broken(Speech *s, Err *e) {
  Err kept = *e;
  if (link_close(&s->link, !kept.message[0], e) && !kept.message[0])
    err_set(e, "the speech process ended early");
  if (kept.message[0]) *e = kept;
  s->link.socket = -1;
}

Speech *speech_open(Err *e) {
  if (speech_missing()) {
    err_set(e, "this program was built without espeak-ng, which speaks.  apt install %s, and build again",
            speech_missing());
    return NULL;
  }
  Speech *s = calloc(1, sizeof *s);
  char *argv[] = {(char[]){"speech"}, NULL};
  if (!s || !link_open(&s->link, "speech", speech_program, speech_program_end, argv, e)) {
    if (!s) err_set(e, "out of memory");
    free(s);
    return NULL;
  }
  bool ok = link_receive(&s->link, &s->head, sizeof s->head, e);
  size_t n = (size_t)s->head.list_bytes;
  if (ok && (s->head.list_bytes < 0 || n > MOST_LIST)) ok = err_set(e, "a list of voices of %zu bytes", n);
  if (ok && !(s->list = calloc(1, n + 1))) ok = err_set(e, "out of memory");
  if (ok && link_receive(&s->link, s->list, n, e)) return s;
  broken(s, e);
  speech_close(s);
  return NULL;
}

const char *speech_list(const Speech *s) { return s->list; }
int speech_rate(const Speech *s) { return s->head.rate; }

static bool receive_samples(Speech *s, Tensor *t, Err *e) {
  int16_t block[BLOCK];
  float *to = t ? (float *)t->data : NULL;
  for (int64_t at = 0; t && at < t->n; at += BLOCK) {
    int64_t n = t->n - at < BLOCK ? t->n - at : BLOCK;
    if (!link_receive(&s->link, block, (size_t)n * sizeof *block, e)) return false;
    for (int64_t i = 0; i < n; i++) to[at + i] = (float)block[i] / 32768;
  }
  return t != NULL;
}

Tensor *speech_say(Speech *s, const SpeechAsk *ask, const char *text, bool *lost, Err *e) {
  SpeechAnswer answer;
  *e = (Err){0};
  *lost = true;
  bool ok = link_send(&s->link, ask, sizeof *ask) && link_send(&s->link, text, (size_t)ask->text_bytes) &&
            link_receive(&s->link, &answer, sizeof answer, e);
  if (ok && answer.samples < 0) {
    *lost = false;
    err_set(e, "espeak-ng could not speak this text");
    return NULL;
  }
  Tensor *t = ok ? tensor_new(F32, 1, (int64_t[]){answer.samples}, e) : NULL;
  if (receive_samples(s, t, e)) {
    *lost = false;
    return t;
  }
  tensor_release(t);
  broken(s, e);
  return NULL;
}

void speech_close(Speech *s) {
  Err e;
  if (s && s->link.socket >= 0) link_close(&s->link, false, &e);
  if (s) free(s->list);
  free(s);
}
