/* mersenne.h: the Mersenne Twister MT19937 (Matsumoto, Nishimura 1998) as NumPy's RandomState runs it: files that name a
 * seed mean its numbers.  Everything else draws from rng.h. */
#ifndef LUNETTE_MERSENNE_H
#define LUNETTE_MERSENNE_H
#include "tensor.h"

enum { MERSENNE_WORDS = 624 };
typedef struct Mersenne {
  uint32_t word[MERSENNE_WORDS];
  int at;          /* the next word; MERSENNE_WORDS: all are used */
  bool has_normal; /* normal numbers come in pairs: the second */
  double normal;
} Mersenne;

void mersenne_seed(Mersenne *m, uint32_t seed);
/* t, contiguous f64, in row-major order: RandomState.random_sample in [0, 1), and standard_normal. */
void mersenne_uniform(Mersenne *m, Tensor *t);
void mersenne_normal(Mersenne *m, Tensor *t);

#endif
