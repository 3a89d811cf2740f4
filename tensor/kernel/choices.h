/* choices.h: words that a user chooses from, and the enum that C code reads, declared once. */
#ifndef LUNETTE_CHOICES_H
#define LUNETTE_CHOICES_H

/* CHOICES(EDGE, keep, drop): enum EDGE of EDGE_keep = 0, EDGE_drop = 1, and EDGE_words, "keep|drop". */
#define CHOICES(of, first, ...)                                                                              \
  enum of { of##_##first, EACH(CHOICE_NAME, of, __VA_ARGS__) };                                              \
  static const char of##_words[] = #first EACH(CHOICE_WORD, of, __VA_ARGS__);
#define CHOICE_NAME(of, word) of##_##word,
#define CHOICE_WORD(of, word) "|" #word

/* EACH(m, op, a, b ...): m(op, a) m(op, b) ..., for up to eight of them */
#define EACH(m, op, ...)                                                                                     \
  EACH_NTH(__VA_ARGS__, EACH_8, EACH_7, EACH_6, EACH_5, EACH_4, EACH_3, EACH_2, EACH_1, )                    \
  (m, op, __VA_ARGS__)
#define EACH_NTH(a, b, c, d, e, f, g, h, n, ...) n
#define EACH_1(m, op, a)                         m(op, a)
#define EACH_2(m, op, a, ...)                    m(op, a) EACH_1(m, op, __VA_ARGS__)
#define EACH_3(m, op, a, ...)                    m(op, a) EACH_2(m, op, __VA_ARGS__)
#define EACH_4(m, op, a, ...)                    m(op, a) EACH_3(m, op, __VA_ARGS__)
#define EACH_5(m, op, a, ...)                    m(op, a) EACH_4(m, op, __VA_ARGS__)
#define EACH_6(m, op, a, ...)                    m(op, a) EACH_5(m, op, __VA_ARGS__)
#define EACH_7(m, op, a, ...)                    m(op, a) EACH_6(m, op, __VA_ARGS__)
#define EACH_8(m, op, a, ...)                    m(op, a) EACH_7(m, op, __VA_ARGS__)

#endif
