/* order.c: see order.h */
#include "order.h"

#include "parallel.h"

#include <string.h>

enum {
  FEW = 16,
  SHORT = 512,
  MANY = 4096,
  CHECK = 1 << 18
}; /* entries sorted by insertion, and by merging; entries between looks at the interrupt flag */

/* Without branches: signs cannot be foreseen. */
static inline uint32_t key_f32(float v) {
  uint32_t u;
  memcpy(&u, &v, sizeof u);
  u = v == 0 ? 0 : u;
  u ^= (uint32_t)((int32_t)u >> 31) | 0x80000000u;
  return v != v ? UINT32_MAX : u;
}

static inline uint64_t key_f64(double v) {
  uint64_t u;
  memcpy(&u, &v, sizeof u);
  u = v == 0 ? 0 : u;
  u ^= -(u >> 63) | (uint64_t)1 << 63;
  return v != v ? UINT64_MAX : u;
}

/* What turns keys round: as wide as the keys are, so that the digits above stay all the same. */
static uint64_t turn(Dtype d, bool down) {
  if (!down) return 0;
  return d == F64 || d == I64 ? UINT64_MAX : d == F32 || d == I32 ? UINT32_MAX : 0xff;
}

#define KEYS(T, expression)                                                                                  \
  {                                                                                                          \
    const T *v = data;                                                                                       \
    for (int64_t i = 0; i < n; i++) key[i] = (expression) ^ flip;                                            \
    break;                                                                                                   \
  }
static void some_keys(uint64_t *key, const void *data, Dtype d, int64_t n, bool down) {
  const uint64_t flip = turn(d, down);
  switch (d) {
  case F32: KEYS(float, key_f32(v[i]))
  case F64: KEYS(double, key_f64(v[i]))
  case I64: KEYS(uint64_t, v[i] ^ (uint64_t)1 << 63)
  case I32: KEYS(uint32_t, v[i] ^ 0x80000000u)
  default: KEYS(unsigned char, v[i])
  }
}

void order_keys(uint64_t *key, const void *data, Dtype d, int64_t n, bool down) {
  for (int64_t at = 0; at < n && !interrupt_pending(); at += CHECK)
    some_keys(key + at, (const unsigned char *)data + at * (int64_t)dtype_size[d], d,
              n - at < CHECK ? n - at : CHECK, down);
}

void order_entries(Entry *row, const void *data, Dtype d, int64_t n, bool down) {
  enum { SOME = 256 };
  uint64_t key[SOME];
  for (int64_t at = 0, m; at < n; at += m, row += m) {
    if ((at & (CHECK - 1)) == 0 && interrupt_pending()) return;
    m = n - at < SOME ? n - at : SOME;
    some_keys(key, (const unsigned char *)data + at * (int64_t)dtype_size[d], d, m, down);
    for (int64_t i = 0; i < m; i++) row[i] = (Entry){key[i], at + i};
  }
}

static void insert_all(Entry *row, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    Entry e = row[i];
    int64_t to = i;
    for (; to > 0 && row[to - 1].key > e.key; to--) row[to] = row[to - 1];
    row[to] = e;
  }
}

/* Runs a[0..n) and b[0..m), each in order, as one; of equals a's come first. */
static void merge(Entry *to, const Entry *a, int64_t n, const Entry *b, int64_t m) {
  while (n > 0 && m > 0) {
    const bool second = b->key < a->key; /* no branch: the comparison cannot be foreseen */
    *to++ = *(second ? b : a);
    b += second;
    m -= second;
    a += !second;
    n -= !second;
  }
  memcpy(to, n > 0 ? a : b, (size_t)(n + m) * sizeof *to);
}

/* Of few entries counting digits would take longer: runs of FEW by insertion, then two and two merged. */
static void merge_sort(Entry *row, Entry *scratch, int64_t n) {
  for (int64_t at = 0; at < n; at += FEW) insert_all(row + at, n - at < FEW ? n - at : FEW);
  Entry *from = row, *to = scratch;
  for (int64_t run = FEW; run < n; run *= 2) {
    for (int64_t at = 0; at < n; at += 2 * run) {
      const int64_t a = n - at < run ? n - at : run, rest = n - at - a, b = rest < run ? rest : run;
      merge(to + at, from + at, a, from + at + a, b);
    }
    Entry *other = from;
    from = to;
    to = other;
  }
  if (from != row) memcpy(row, from, (size_t)n * sizeof *row);
}

/* --- short rows of keys of 32 bits: key and place in one word, so no two are equal ------------------------------------- */
static void exchange(uint64_t *a, uint64_t *b) {
  const uint64_t x = *a, y = *b;
  *a = x < y ? x : y;
  *b = x < y ? y : x;
}

/* Two runs of n words, one behind the other: the n least from the front and the n greatest from the back, which
 * neither wait for each other nor run out. */
static void merge_words(uint64_t *to, const uint64_t *from, int64_t n) {
  const uint64_t *a = from, *b = from + n, *c = from + n - 1, *d = from + 2 * n - 1;
  for (int64_t i = 0; i < n; i++) {
    const bool front = *b < *a, back = *d < *c;
    to[i] = front ? *b : *a;
    b += front;
    a += !front;
    to[2 * n - 1 - i] = back ? *c : *d;
    c -= back;
    d -= !back;
  }
}

/* The same of n and m words, m < n. */
static void merge_rest(uint64_t *to, const uint64_t *a, int64_t n, int64_t m) {
  const uint64_t *b = a + n;
  while (n > 0 && m > 0) {
    const bool second = *b < *a;
    *to++ = second ? *b : *a;
    b += second;
    m -= second;
    a += !second;
    n -= !second;
  }
  memcpy(to, n > 0 ? a : b, (size_t)(n + m) * sizeof *to);
}

/* In `word` or `scratch`, whichever is given back. */
static uint64_t *sort_words(uint64_t *word, uint64_t *scratch, int64_t n) {
  int64_t at = 0;
  for (; at + 4 <= n; at += 4) {
    uint64_t *w = word + at;
    exchange(w, w + 1);
    exchange(w + 2, w + 3);
    exchange(w, w + 2);
    exchange(w + 1, w + 3);
    exchange(w + 1, w + 2);
  }
  for (int64_t i = at; i < n; i++)
    for (int64_t k = i; k > at; k--) exchange(word + k - 1, word + k);
  for (int64_t run = 4; run < n; run *= 2) {
    for (at = 0; at + 2 * run <= n; at += 2 * run) merge_words(scratch + at, word + at, run);
    if (n - at > run) merge_rest(scratch + at, word + at, run, n - at - run);
    else memcpy(scratch + at, word + at, (size_t)(n - at) * sizeof *word);
    uint64_t *other = word;
    word = scratch;
    scratch = other;
  }
  return word;
}

/* Keys as what they are above the least, which is narrower where integers are near 0; the bits that are in any: so many
 * from `low` on. */
typedef struct Bits {
  int low, bits;
} Bits;
static Bits bits_of(uint64_t any) {
  const int low = any ? __builtin_ctzll(any) : 0;
  return (Bits){low, any ? 64 - __builtin_clzll(any) - low : 0};
}
static Bits from_least(uint64_t *key, int64_t n) {
  uint64_t least = UINT64_MAX, any = 0;
  for (int64_t i = 0; i < n; i++) least = key[i] < least ? key[i] : least;
  for (int64_t i = 0; i < n; i++) any |= key[i] -= least;
  return bits_of(any);
}

/* Where they are few, by counting.  False: they are more. */
static bool count_row(Entry *row, const uint64_t *key, int64_t n, Bits b) {
  enum { BITS = 11 };
  if (b.bits > BITS || 1 << b.bits > 8 * n) return false;
  const uint64_t end = (uint64_t)1 << b.bits;
  uint16_t start[(1 << BITS) + 1]; /* n is at most SHORT */
  memset(start, 0, (end + 1) * sizeof *start);
  for (int64_t i = 0; i < n; i++) start[(key[i] >> b.low) + 1]++;
  for (uint64_t v = 1; v < end; v++) start[v] = (uint16_t)(start[v] + start[v - 1]);
  for (int64_t i = 0; i < n; i++) row[start[key[i] >> b.low]++] = (Entry){key[i], i};
  return true;
}

/* Where they are as many as half a word has, as words of these and the place. */
static bool word_row(Entry *row, uint64_t *word, int64_t n, Bits b) {
  enum { HALF = 32 };
  if (b.bits > HALF) return false;
  for (int64_t i = 0; i < n; i++) word[i] = word[i] >> b.low << HALF | (uint64_t)i;
  word = sort_words(word, word + n, n);
  for (int64_t i = 0; i < n; i++) row[i] = (Entry){word[i] >> HALF << b.low, (int64_t)(word[i] & UINT32_MAX)};
  return true;
}

void order_row(Entry *row, Entry *scratch, const void *data, Dtype d, int64_t n, bool down) {
  uint64_t *word = (uint64_t *)(void *)scratch;
  if (n <= SHORT && d != F64) {
    some_keys(word, data, d, n, down);
    const Bits b = d == F32 ? (Bits){0, 32} : from_least(word, n);
    if (count_row(row, word, n, b) || word_row(row, word, n, b)) return;
  }
  order_entries(row, data, d, n, down);
  order_sort(row, scratch, d, n);
}

/* Entries to their places by one digit; `start` holds the first place of each value. */
static void deal(Entry *to, const Entry *from, int64_t n, int shift, int64_t *start) {
  for (int64_t i = 0; i < n; i++) {
    if ((i & (CHECK - 1)) == 0 && interrupt_pending()) return;
    to[start[from[i].key >> shift & 255]++] = from[i];
  }
}

/* By the digits of keys from bit `low` on, the last first. */
static void deal_digits(Entry *row, Entry *scratch, int64_t n, int low, int digits) {
  int64_t count[8][256] = {{0}};
  for (int64_t i = 0; i < n; i++) {
    if ((i & (CHECK - 1)) == 0 && interrupt_pending()) return;
    for (int digit = 0; digit < digits; digit++) count[digit][row[i].key >> (low + 8 * digit) & 255]++;
  }
  Entry *from = row, *to = scratch;
  for (int digit = 0; digit < digits && !interrupt_pending(); digit++) {
    if (count[digit][from[0].key >> (low + 8 * digit) & 255] == n) continue; /* all the same */
    int64_t sum = 0;
    for (int v = 0; v < 256; v++) {
      int64_t here = count[digit][v];
      count[digit][v] = sum;
      sum += here;
    }
    deal(to, from, n, low + 8 * digit, count[digit]);
    Entry *other = from;
    from = to;
    to = other;
  }
  if (from != row && !interrupt_pending()) memcpy(row, from, (size_t)n * sizeof *row);
}

/* Entries in order of their keys from bit `low` on come in order, if few are alike there.  False: there are too many. */
static bool mend_runs(Entry *row, int64_t n, int low) {
  for (int64_t i = FEW; i < n; i++)
    if (row[i].key >> low == row[i - FEW].key >> low) return false;
  insert_all(row, n);
  return true;
}

/* Where keys differ in many digits, twice as many bits as n has, and some, tell nearly all of them from each other. */
void order_sort(Entry *row, Entry *scratch, Dtype d, int64_t n) {
  enum { MORE = 4 };
  if (n <= SHORT) {
    merge_sort(row, scratch, n);
    return;
  }
  const bool near = d == I64 || d == I32;
  uint64_t least = near ? UINT64_MAX : 0, any = 0;
  for (int64_t i = 0; near && i < n; i++) least = row[i].key < least ? row[i].key : least;
  for (int64_t i = 0; near && i < n; i++) row[i].key -= least;
  for (int64_t i = 0; i < n; i++) any |= row[i].key ^ row[0].key;
  if (!any) return;
  const Bits b = bits_of(any);
  const int low = b.low, end = low + b.bits, all = (b.bits + 7) / 8,
            few = (2 * (64 - __builtin_clzll((uint64_t)n)) + MORE + 7) / 8;
  if (few + 1 < all) {
    deal_digits(row, scratch, n, end - 8 * few, few);
    if (interrupt_pending() || mend_runs(row, n, end - 8 * few)) return;
  }
  deal_digits(row, scratch, n, low, all);
}

/* Those of n keys that are below the pivot (or equal to it) to the front; how many.  No branch, as in merge(). */
static int64_t to_front(uint64_t *key, int64_t n, uint64_t pivot, bool equal) {
  int64_t front = 0;
  for (int64_t i = 0; i < n; i++) {
    const uint64_t v = key[i];
    key[i] = key[front];
    key[front] = v;
    front += equal ? v <= pivot : v < pivot;
  }
  return front;
}

static uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t least = a < b ? a : b, most = a < b ? b : a;
  return c < least ? least : c > most ? most : c;
}

/* Only the part that holds place k is looked into: what is below a pivot, or above it. */
static uint64_t select_few(uint64_t *key, int64_t n, int64_t k) {
  while (n > FEW) {
    if (interrupt_pending()) return key[k];
    const uint64_t pivot = middle_of(key[n / 4], key[n / 2], key[n - 1 - n / 4]);
    const int64_t below = to_front(key, n, pivot, false);
    if (k < below) {
      n = below;
      continue;
    }
    const int64_t there = below + to_front(key + below, n - below, pivot, true);
    if (k < there) return pivot;
    key += there;
    n -= there;
    k -= there;
  }
  for (int64_t i = 1; i < n; i++) {
    const uint64_t v = key[i];
    int64_t to = i;
    for (; to > 0 && key[to - 1] > v; to--) key[to] = key[to - 1];
    key[to] = v;
  }
  return key[k];
}

/* The highest digit in which keys differ, as a shift; -1: none does. */
static int top_digit(const uint64_t *key, int64_t n) {
  uint64_t differ = 0;
  for (int64_t i = 0; i < n; i++) differ |= key[i] ^ key[0];
  return differ ? (63 - __builtin_clzll(differ)) / 8 * 8 : -1;
}

/* Of many keys those that share the digits of the one at place *k, digit by digit; gives how many, and *k is the place
 * among them. */
static int64_t narrow(const uint64_t *key, uint64_t *work, int64_t n, int64_t *k) {
  const uint64_t *from = key;
  for (int shift; n > MANY && (shift = top_digit(from, n)) >= 0 && !interrupt_pending(); from = work) {
    int64_t count[256] = {0}, left = 0;
    for (int64_t i = 0; i < n; i++) count[from[i] >> shift & 255]++;
    uint64_t digit = 0;
    for (; *k >= count[digit]; digit++) *k -= count[digit];
    for (int64_t i = 0; i < n; i++) {
      const uint64_t v = from[i];
      work[left] = v;
      left += (v >> shift & 255) == digit;
    }
    n = left;
  }
  if (from == key) memcpy(work, key, (size_t)n * sizeof *work);
  return n;
}

uint64_t order_select(const uint64_t *key, uint64_t *work, int64_t n, int64_t k) {
  n = narrow(key, work, n, &k);
  return select_few(work, n, k);
}

/* Many of few are not looked for first. */
void order_first(Entry *row, Entry *scratch, const void *data, Dtype d, int64_t n, int64_t k, bool down) {
  enum { SHORT_ROW = 64 };
  if (k == n || (n <= SHORT_ROW && 4 * k > n)) {
    order_row(row, scratch, data, d, n, down);
    return;
  }
  if (k == 0) return;
  uint64_t *key = (uint64_t *)(void *)scratch,
           *work = key + n; /* the last key that belongs, then those before it */
  order_keys(key, data, d, n, down);
  if (interrupt_pending()) return;
  uint64_t last = order_select(key, work, n, k - 1);
  int64_t less = 0, at = 0;
  for (int64_t i = 0; i < n; i++) less += key[i] < last;
  for (int64_t i = 0, equal = k - less; i < n && at < k; i++)
    if (key[i] < last || (key[i] == last && equal-- > 0)) row[at++] = (Entry){key[i], i};
  order_sort(row, scratch, d, k);
}
