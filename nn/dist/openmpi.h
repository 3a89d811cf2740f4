/* openmpi.h: Open MPI's library, loaded when it is first needed; nothing else knows that it is MPI's.
 *
 * Its handles are addresses of objects in the library (MPI_FLOAT is &ompi_mpi_float), so they are looked up by name, and
 * neither mpi.h nor a link is needed.  Versions 3 to 5 of Open MPI share these names and the library's number, 40. */
#ifndef LUNETTE_OPENMPI_H
#define LUNETTE_OPENMPI_H
#include "err.h"

#include <stddef.h>

typedef void *MpiHandle; /* communicator, datatype, operation or request */

#define MPI_FUNCTIONS(F)                                                                                     \
  F(Init_thread, (int *argc, char ***argv, int wanted, int *got))                                            \
  F(Finalize, (void))                                                                                        \
  F(Abort, (MpiHandle comm, int status))                                                                     \
  F(Comm_rank, (MpiHandle comm, int *rank))                                                                  \
  F(Comm_size, (MpiHandle comm, int *size))                                                                  \
  F(Comm_dup, (MpiHandle comm, MpiHandle * copy))                                                            \
  F(Comm_split_type, (MpiHandle comm, int kind, int key, MpiHandle info, MpiHandle *part))                   \
  F(Win_allocate_shared,                                                                                     \
    (ptrdiff_t bytes, int unit, MpiHandle info, MpiHandle comm, void *address, MpiHandle *window))           \
  F(Win_shared_query, (MpiHandle window, int rank, ptrdiff_t *bytes, int *unit, void *address))              \
  F(Comm_set_errhandler, (MpiHandle comm, MpiHandle handler))                                                \
  F(Error_string, (int code, char *text, int *length))                                                       \
  F(Test, (MpiHandle * request, int *done, void *status))                                                    \
  F(Iprobe, (int source, int tag, MpiHandle comm, int *there, void *status))                                 \
  F(Isend, (const void *x, int n, MpiHandle type, int to, int tag, MpiHandle comm, MpiHandle *request))      \
  F(Irecv, (void *x, int n, MpiHandle type, int from, int tag, MpiHandle comm, MpiHandle *request))          \
  F(Ibarrier, (MpiHandle comm, MpiHandle * request))                                                         \
  F(Ibcast, (void *x, int n, MpiHandle type, int root, MpiHandle comm, MpiHandle *request))                  \
  F(Iallreduce,                                                                                              \
    (const void *x, void *y, int n, MpiHandle type, MpiHandle op, MpiHandle comm, MpiHandle *request))       \
  F(Ireduce_scatter_block,                                                                                   \
    (const void *x, void *y, int n, MpiHandle type, MpiHandle op, MpiHandle comm, MpiHandle *request))       \
  F(Iallgather, (const void *x, int n, MpiHandle type, void *y, int each, MpiHandle its, MpiHandle comm,     \
                 MpiHandle *request))

#define MPI_HANDLES(H)                                                                                       \
  H(comm_world)                                                                                              \
  H(float)                                                                                                   \
  H(double)                                                                                                  \
  H(int64_t) H(int32_t) H(uint8_t) H(byte) H(op_sum) H(op_min) H(op_max) H(errors_return) H(info_null)

typedef struct OpenMpi {
#define F(name, arguments) int(*name) arguments;
  MPI_FUNCTIONS(F)
#undef F
#define H(name) MpiHandle name##_;
  MPI_HANDLES(H)
#undef H
} OpenMpi;

enum { MPI_SERIALIZED = 2 }; /* calls from any thread, one at a time                */
enum { MPI_ON_HOST = 0 };    /* a part of a communicator: who shares memory     */
#define MPI_HERE ((void *)1) /* the result takes the place of what was given        */

/* The library, or NULL: it is not there (the message says what to install) or not whole. */
const OpenMpi *openmpi_load(Err *e);

#endif
