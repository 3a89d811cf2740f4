/* speech_program.h: the program of the speech process, which alone knows libespeak-ng.
 *
 * It sends a SpeechHead and its list, then for each SpeechAsk and its text a SpeechAnswer and its samples.  The
 * library is initialised once; each utterance is spoken by a process forked from that state with random numbers
 * begun anew, so that the same question has the same answer in any order, and one that ends badly takes nothing
 * with it.  Voices are asked for by their place in the list: no name reaches the library. */
#ifndef LUNETTE_SPEECH_PROGRAM_H
#define LUNETTE_SPEECH_PROGRAM_H
#include <stdint.h>

enum { SPEECH_MOST_TEXT = 20000 }; /* bytes; a voice at its slowest makes 70 MB of them */

typedef struct SpeechHead {
  int32_t rate;       /* samples a second */
  int32_t list_bytes; /* of lines KIND TAB NAME TAB TITLE TAB GENDER: languages (KIND l), then voices (v) */
} SpeechHead;

typedef struct SpeechAsk {
  int32_t language, voice; /* lines of the list among their kind, from 0; voice -1: the language's own */
  int32_t rate, pitch;     /* words a minute, 0..99 */
  int32_t seed;
  int32_t named;      /* 1: the answer's samples are the bytes of the names of the text's phonemes */
  int32_t text_bytes; /* UTF-8, 1..SPEECH_MOST_TEXT; [[between these]] names of phonemes */
} SpeechAsk;

typedef struct SpeechAnswer {
  int32_t samples; /* 16 bits each; -1: it could not be spoken */
} SpeechAnswer;

#endif
