/* idx.c: IDX (LeCun's MNIST files), gzip around it, and CIFAR-10's records: see dataset.h. */
#include "dataset.h"
#include "image.h"
#include "parallel.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct Reader { /* plain bytes, or a gzip stream of them */
  const char *name;
  const unsigned char *data;
  size_t size, at;
  bool packed;
  z_stream z;
} Reader;

static bool reader_open(Reader *r, const char *name, const unsigned char *data, size_t size, Err *e) {
  *r = (Reader){.name = name, .data = data, .size = size};
  r->packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
  if (!r->packed) return true;
  if (size > UINT_MAX) return err_set(e, "%s: gzip of more than 4 GB", name);
  r->z.next_in = (Bytef *)(uintptr_t)data; /* zlib only reads it */
  r->z.avail_in = (uInt)size;
  if (inflateInit2(&r->z, 15 + 16) != Z_OK) return err_set(e, "%s: out of memory for zlib", name);
  return true;
}

static void reader_close(Reader *r) {
  if (r->packed) inflateEnd(&r->z);
}

/* A gzip file may be several, one after another: its contents are theirs. */
static bool next_member(Reader *r) {
  const z_stream *z = &r->z;
  return z->avail_in >= 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b && inflateReset(&r->z) == Z_OK;
}

/* Up to n bytes; *got < n only at the end. */
static bool reader_take(Reader *r, unsigned char *to, size_t n, size_t *got, Err *e) {
  *got = 0;
  if (!r->packed) {
    *got = n < r->size - r->at ? n : r->size - r->at;
    memcpy(to, r->data + r->at, *got);
    r->at += *got;
    return true;
  }
  while (*got < n) {
    uInt want = n - *got < 1 << 16 ? (uInt)(n - *got) : 1 << 16;
    r->z.next_out = to + *got;
    r->z.avail_out = want;
    int status = inflate(&r->z, Z_NO_FLUSH);
    *got += want - r->z.avail_out;
    if (status == Z_STREAM_END && next_member(r)) continue;
    if (status == Z_STREAM_END) return true;
    if (status == Z_BUF_ERROR && r->z.avail_in == 0)
      return err_set(e, "%s: its gzip stream is cut off", r->name);
    if (status != Z_OK)
      return err_set(e, "%s: damaged gzip stream: %s", r->name, r->z.msg ? r->z.msg : "no reason given");
    if (interrupt_pending()) return err_interrupted(e, "interrupted");
  }
  return true;
}

/* --- IDX ------------------------------------------------------------------------------------------------- */

typedef struct Kind {
  int code;
  size_t size;
  Dtype dtype;
} Kind;
static const Kind kinds[] = {{0x08, 1, U8},  {0x09, 1, I32}, {0x0b, 2, I32},
                             {0x0c, 4, I32}, {0x0d, 4, F32}, {0x0e, 8, F64}};

static const Kind *read_head(Reader *r, int *nd, int64_t shape[DIMS], Err *e) {
  unsigned char head[4], sizes[4 * DIMS];
  size_t got;
  const Kind *kind = NULL;
  if (!reader_take(r, head, 4, &got, e)) return NULL;
  for (size_t i = 0; got == 4 && i < sizeof kinds / sizeof *kinds; i++)
    if (head[0] == 0 && head[1] == 0 && head[2] == kinds[i].code) kind = &kinds[i];
  if (!kind || head[3] > DIMS) {
    err_set(e, "%s: no IDX file of 0 to %d dimensions", r->name, DIMS);
    return NULL;
  }
  *nd = head[3];
  if (!reader_take(r, sizes, 4 * (size_t)*nd, &got, e)) return NULL;
  if (got < 4 * (size_t)*nd) {
    err_set(e, "%s: is cut off within its sizes", r->name);
    return NULL;
  }
  for (int i = 0; i < *nd; i++) {
    const unsigned char *p = sizes + 4 * (size_t)i;
    shape[i] = (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | p[3];
  }
  return kind;
}

/* Big-endian elements to the machine's, n of them. */
static void convert(const Kind *k, unsigned char *to, const unsigned char *from, size_t n) {
  for (size_t i = 0; i < n; i++, from += k->size) {
    uint64_t bits = 0;
    for (size_t b = 0; b < k->size; b++) bits = bits << 8 | from[b];
    if (k->size == 8) {
      memcpy(to + 8 * i, &bits, 8);
      continue;
    }
    uint32_t word = k->code == 0x09   ? (uint32_t)(int32_t)(int8_t)bits
                    : k->code == 0x0b ? (uint32_t)(int32_t)(int16_t)bits
                                      : (uint32_t)bits;
    memcpy(to + 4 * i, &word, 4);
  }
}

static bool read_body(Reader *r, const Kind *k, unsigned char *to, size_t n, Err *e) {
  enum { BLOCK = 65536 };
  unsigned char block[BLOCK];
  size_t bytes = n * k->size, done = 0, got;
  while (done < bytes) {
    size_t want = bytes - done < BLOCK ? bytes - done : BLOCK;
    bool direct = k->dtype == U8 && to;
    if (!reader_take(r, direct ? to + done : block, want, &got, e)) return false;
    if (got < want)
      return err_set(e, "%s: is cut off: its sizes claim %zu bytes, %zu are there", r->name, bytes,
                     done + got);
    if (!direct && to) convert(k, to + done / k->size * dtype_size[k->dtype], block, want / k->size);
    done += want;
  }
  if (!reader_take(r, block, 1, &got, e)) return false;
  return got == 0 ? true : err_set(e, "%s: holds more bytes than the %zu its sizes claim", r->name, bytes);
}

/* A gzip that claims much is unpacked once for nothing: only what is there gets memory. */
static bool check_claim(const char *name, const unsigned char *data, size_t size, const Kind *k, int64_t n,
                        Err *e) {
  double claimed = n < 0 ? 1e30 : (double)n * (double)k->size;
  if (!bomb_check(name, claimed, size, e)) return false;
  if (claimed <= BOMB_FREE) return true;
  Reader r;
  int nd;
  int64_t shape[DIMS];
  if (!reader_open(&r, name, data, size, e)) return false;
  bool ok = read_head(&r, &nd, shape, e) && read_body(&r, k, NULL, (size_t)n, e);
  reader_close(&r);
  return ok;
}

Tensor *idx_read(const char *name, const unsigned char *data, size_t size, Err *e) {
  Reader r;
  if (!reader_open(&r, name, data, size, e)) return NULL;
  int nd;
  int64_t shape[DIMS];
  const Kind *k = read_head(&r, &nd, shape, e);
  Tensor *t = NULL;
  if (k && check_claim(name, data, size, k, shape_numel(nd, shape), e))
    t = tensor_new(k->dtype, nd, shape, e);
  if (t && !read_body(&r, k, t->data, (size_t)t->n, e)) {
    tensor_release(t);
    t = NULL;
  }
  reader_close(&r);
  return t;
}

/* --- CIFAR-10 -------------------------------------------------------------------------------------------- */

enum { SIDE = 32, PLANE = SIDE * SIDE, RECORD = 1 + 3 * PLANE };

bool cifar_read(const char *name, const unsigned char *data, size_t size, Tensor **images, Tensor **labels,
                Err *e) {
  *images = *labels = NULL;
  int64_t n = (int64_t)(size / RECORD);
  if (size == 0 || size % RECORD != 0)
    return err_set(e, "%s: %zu bytes are no whole number of CIFAR-10 records of %d", name, size, RECORD);
  for (int64_t i = 0; i < n; i++)
    if (data[i * RECORD] > 9)
      return err_set(e, "%s: record %lld has label %d; CIFAR-10 has 0 to 9", name, (long long)i + 1,
                     data[i * RECORD]);
  *images = tensor_new(U8, 4, (int64_t[]){n, SIDE, SIDE, 3}, e);
  *labels = *images ? tensor_new(I64, 1, &n, e) : NULL;
  if (!*labels) {
    tensor_release(*images);
    *images = NULL;
    return false;
  }
  for (int64_t i = 0; i < n; i++) {
    const unsigned char *from = data + i * RECORD;
    unsigned char *to = (*images)->data + i * 3 * PLANE;
    tensor_set_int(*labels, i, from[0] + 1);
    for (int64_t p = 0; p < PLANE; p++)
      for (int c = 0; c < 3; c++) to[3 * p + c] = from[1 + c * PLANE + p];
  }
  return true;
}
