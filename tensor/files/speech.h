/* speech.h: text to sound by espeak-ng's rules and formants, in a process of its own (speech_program.h).
 *
 * The same text, voice, rate, pitch and seed give the same samples, whatever was spoken before.  Does NOT: play. */
#ifndef LUNETTE_SPEECH_H
#define LUNETTE_SPEECH_H
#include "speech_program.h"
#include "tensor.h"

const char *speech_missing(void); /* the package without which this program was built, or NULL */

typedef struct Speech Speech;

Speech *speech_open(Err *e);
const char *speech_list(const Speech *s); /* SpeechHead's list; lives as long as s */
int speech_rate(const Speech *s);         /* samples a second */
/* f32 [n] from -1 to 1.  ask->text_bytes of text.  NULL: an error after which s can only be closed if `*lost`. */
Tensor *speech_say(Speech *s, const SpeechAsk *ask, const char *text, bool *lost, Err *e);
void speech_close(Speech *s);

#endif
