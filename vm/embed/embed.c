/* embed.c: build-time tool: embed OUT.c FILE...: writes the files as arrays of a table `embedded`; embed OUT.c --text NAME
 * FILE: one file in ASCII as the string NAME. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes between the braces of an array, and a closing 0 that is not counted. */
static long write_bytes(FILE *out, const char *name) {
  FILE *in = fopen(name, "rb");
  if (!in) {
    perror(name);
    exit(1);
  }
  long size = 0;
  for (int c; (c = fgetc(in)) != EOF; size++) fprintf(out, size % 32 ? "%d," : "\n%d,", c);
  fprintf(out, "0};\n");
  fclose(in);
  return size;
}

static int embed_text(FILE *out, const char *name, const char *file) {
  fprintf(out, "extern const char %s[];\nconst char %s[] = {", name, name);
  write_bytes(out, file);
  return fclose(out) ? 1 : 0;
}

int main(int argc, char **argv) {
  FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
  long *size = calloc((size_t)argc, sizeof *size);
  if (!out || !size) {
    perror("embed");
    free(size);
    return 1;
  }
  if (argc == 5 && strcmp(argv[2], "--text") == 0) {
    free(size);
    return embed_text(out, argv[3], argv[4]);
  }
  fprintf(out, "#include <stddef.h>\ntypedef struct Embedded { const char *name; const unsigned char *data; "
               "size_t size; } Embedded;\n"
               "extern const Embedded embedded[];\n");
  for (int i = 2; i < argc; i++) {
    fprintf(out, "static const unsigned char file%d[] = {", i);
    size[i] = write_bytes(out, argv[i]);
  }
  fprintf(out, "const Embedded embedded[] = {\n");
  for (int i = 2; i < argc; i++) fprintf(out, "  {\"%s\", file%d, %ld},\n", argv[i], i, size[i]);
  fprintf(out, "  {0, 0, 0}};\n");
  free(size);
  return fclose(out) ? 1 : 0;
}
