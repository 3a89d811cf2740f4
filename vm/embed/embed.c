/* embed.c: build-time tool: embed OUT.c FILE...: writes the files as arrays of a table `embedded`. */
#include <stdio.h>
#include <stdlib.h>

static long write_bytes(FILE *out, const char *name, int index) {
  FILE *in = fopen(name, "rb");
  if (!in) {
    perror(name);
    exit(1);
  }
  fprintf(out, "static const unsigned char file%d[] = {", index);
  long size = 0;
  for (int c; (c = fgetc(in)) != EOF; size++) fprintf(out, size % 32 ? "%d," : "\n%d,", c);
  fprintf(out, "0};\n"); /* a closing 0, not counted in the size */
  fclose(in);
  return size;
}

int main(int argc, char **argv) {
  FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
  long *size = calloc((size_t)argc, sizeof *size);
  if (!out || !size) {
    perror("embed");
    free(size);
    return 1;
  }
  fprintf(out, "#include <stddef.h>\ntypedef struct Embedded { const char *name; const unsigned char *data; "
               "size_t size; } Embedded;\n"
               "extern const Embedded embedded[];\n");
  for (int i = 2; i < argc; i++) size[i] = write_bytes(out, argv[i], i);
  fprintf(out, "const Embedded embedded[] = {\n");
  for (int i = 2; i < argc; i++) fprintf(out, "  {\"%s\", file%d, %ld},\n", argv[i], i, size[i]);
  fprintf(out, "  {0, 0, 0}};\n");
  free(size);
  return fclose(out) ? 1 : 0;
}
