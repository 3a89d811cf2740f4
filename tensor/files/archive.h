/* archive.h: the directory of a zip file (PKWARE's APPNOTE 6.3, with 64-bit sizes) and its members, stored or deflated.
 *
 * PyTorch's and Keras's files are zip files whose members are stored as they are, so that they can be read in place
 * (lazy.h); libzip, which .npz goes through (apart/npz.c), copies every one.  Does NOT: write, decrypt, join parts. */
#ifndef LUNETTE_ARCHIVE_H
#define LUNETTE_ARCHIVE_H
#include "lazy.h"

typedef struct ZipMember {
  const char *name; /* within the directory's bytes, ended by a 0 */
  uint64_t header;  /* of the member in the file  */
  uint64_t at;      /* its bytes                  */
  uint64_t size, packed;
  uint32_t crc;
  int method; /* 0 stored, 8 deflated */
} ZipMember;

typedef struct Zip {
  ZipMember *member; /* by name */
  int n;
  char *names;
} Zip;

bool archive_begins(const unsigned char *head, size_t n); /* does a file with this head look like one? */
bool archive_open(const LazyList *file, Zip *z, Err *e);
void archive_close(Zip *z);
/* NULL: there is none. */
const ZipMember *archive_find(const Zip *z, const char *name);
/* Its bytes, unpacked, with a 0 behind; the checksum holds; released with free. */
unsigned char *archive_read(const LazyList *file, const ZipMember *m, Err *e);
#endif
