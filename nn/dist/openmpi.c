/* openmpi.c: see openmpi.h. */
#include "openmpi.h"

#include <dlfcn.h>
#include <string.h>

static OpenMpi table;

/* A function's address in an object pointer, as POSIX has it. */
static bool find(void *library, const char *name, void *place, Err *e) {
  void *found = dlsym(library, name);
  if (!found)
    return err_set(e, "dist: libmpi.so.40 has no %s; Open MPI 4 is wanted (apt install openmpi-bin)", name);
  memcpy(place, &found, sizeof found);
  return true;
}

const OpenMpi *openmpi_load(Err *e) {
  static bool whole;
  if (whole) return &table;
  /* Its plug-ins look up the library's names among those of the process. */
  void *library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    err_set(e, "dist: Open MPI is not there (%s).  apt install openmpi-bin", dlerror());
    return NULL;
  }
#define F(name, arguments)                                                                                   \
  if (!find(library, "MPI_" #name, &table.name, e)) return NULL;
  MPI_FUNCTIONS(F)
#undef F
#define H(name)                                                                                              \
  if (!find(library, "ompi_mpi_" #name, &table.name##_, e)) return NULL;
  MPI_HANDLES(H)
#undef H
  whole = true;
  return &table;
}
