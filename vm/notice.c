/* notice.c: see notice.h. */
#include "notice.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool keeping;
static char *kept;

/* Appends to what is kept; false: no memory. */
static bool append(const char *line) {
  size_t a = kept ? strlen(kept) + 1 : 0, b = strlen(line);
  char *both = realloc(kept, a + b + 1);
  if (!both) return false;
  if (a) both[a - 1] = '\n';
  memcpy(both + a, line, b + 1);
  kept = both;
  return true;
}

void notice(const char *line) {
  pthread_mutex_lock(&lock);
  if (!keeping || !append(line)) fprintf(stderr, "%s\n", line);
  pthread_mutex_unlock(&lock);
}

char *notices_take(void) {
  pthread_mutex_lock(&lock);
  char *text = kept;
  kept = NULL;
  pthread_mutex_unlock(&lock);
  return text;
}

void notices_keep(bool on) {
  pthread_mutex_lock(&lock);
  keeping = on;
  if (!on && kept) {
    fprintf(stderr, "%s\n", kept);
    free(kept);
    kept = NULL;
  }
  pthread_mutex_unlock(&lock);
}
