/* vm.h: the Lua state, tensors as Lua values, and how C failures become Lua errors.
 *
 * Only vm/ includes lua.h, and only vm/ raises: from the outermost C frame, when no C local owns anything.
 * A tensor value is a userdata of one pointer (one reference).  Make the empty box first, then compute, then
 * fill it: an error on the way leaks nothing.  */
#ifndef LUNETTE_VM_H
#define LUNETTE_VM_H
#include "collect.h"
#include "op.h"
#include "rng.h"
#include "tape.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdatomic.h>

/* Are gradients recorded?  A coroutine has its own answer from the time when it gives one (base.c). */
typedef struct Recording {
  signed char own; /* 1, 0, or -1: as whoever resumed it                                          */
  bool base;       /* what that was                                                               */
} Recording;

typedef struct Vm {
  lua_State *L;
  struct Pool *pool;           /* L's small objects (pool.h)                                               */
  lua_State *volatile running; /* the coroutine that Lua is in: interrupts_in               */
  Tape *tape;
  Recording recording; /* of the coroutine that runs                                               */
  Rng rng;
  double loss_counts;  /* this process's share of a global batch, times the processes: 1 but in uneven ones */
  int tensor_at;       /* of the tensors' metatable in the registry: a number, no other key lies before it */
  Tensor *spare[2];    /* results waiting for their box; released by the next op if left over   */
  Collector collector; /* of what Lua does not see                                               */
  bool answers;        /* has a coroutine answered for itself?                                    */
  bool interactive;
  bool leave;            /* quit() was called at the prompt                                        */
  bool interrupted;      /* ^C ended the running code: pcall hands it on                           */
  atomic_int stop_asked; /* ^C asked a training loop to end after its step          */
  atomic_int training;   /* calls of fit that are under way: they listen to it      */
  volatile double last_step, step_time; /* of a training loop of the user's own: when, and how long */
  bool scripted;                        /* a second ^C ends the process                           */
  struct Recorder *recorders;           /* recordings that run: bind_video.c                      */
  struct OpTrace *trace;                /* notes what is computed, for an exporter: bind_trace.c   */
  int digits;                           /* behind the point of a tensor's numbers: `:digits`        */
  bool count_flops;                     /* add up what ops say of their work: `:time`, `?net`      */
  double flops;
} Vm;

static inline Vm *vm_of(lua_State *L) { return *(Vm **)lua_getextraspace(L); }

void vm_free(Vm *v); /* made by vm_new (open.h)                                              */

/* --- tensors as values ---------------------------------------------------------------------------------- */
Tensor **vm_box(lua_State *L);         /* pushes an empty box; may collect garbage             */
int vm_unbox(lua_State *L);            /* the boxes' finalizer: releases what is in it         */
void vm_push(lua_State *L, Tensor *t); /* takes the reference (into a box made here)           */
Tensor *vm_test(lua_State *L, int i);  /* NULL: not a tensor                                   */
Tensor *
vm_peek(lua_State *L,
        int i); /* the same, its elements perhaps still to be computed (fuse.h), in any order (lay.h) */
Tensor *vm_check(lua_State *L, int i, const char *what); /* raises "what: tensor expected, got ..."  */
bool vm_with_colon(lua_State *L); /* is the running function called as a method, x:f()?              */
/* Before t changes in place: tensor_touch.  What still waits for it may be garbage, so that goes first.  Raises where
 * vm_may_write says no. */
void vm_touch(lua_State *L, Tensor *t);
bool vm_may_write(const Tensor *t, Err *e);   /* false: expanded, one element in several places */
const char *vm_typename(lua_State *L, int i); /* "f32[2,3]" for tensors; valid while on the stack     */

/* --- failing -------------------------------------------------------------------------------------------- */
/* Raise with the path of modules that the call is in ("in net > Sequential[1] > Linear(784,128)") and, behind the
 * message, the user's own file and line, which is that of the innermost frame that is no chunk of ours.  Never return. */
__attribute__((noreturn)) int vm_fail(lua_State *L, const Err *e);
/* An interrupt is about to be raised: from here on whoever catches errors hands them on, and no hook strikes again. */
void vm_interrupted(lua_State *L);
/* In a loop over elements, of which this is number i: raises what a ^C asks for, looking now and then. */
void vm_heed(lua_State *L, int64_t i, const char *what);
/* Where the running op was called, on one line: the modules it is in, and the user's line. */
void vm_place(void *vm, char *text, size_t size);
__attribute__((noreturn, format(printf, 2, 3))) int vm_error(lua_State *L, const char *format, ...);
/* "did you mean": the nearest of `names` (NULL-terminated) to `word`, or NULL when none is near. */
const char *vm_nearest(const char *word, const char *const *names);
int vm_distance(const char *a, const char *b); /* edit distance, at most 8 */

/* --- ops from C ----------------------------------------------------------------------------------------- */
/* Runs op (tape included) on tensors, with its struct of parameters or (NULL) the defaults; result 0 in a box on
 * the stack's top.  Raises. */
void vm_apply(lua_State *L, const Op *op, Tensor **x, int nx, const void *params);
/* While v->trace: notes a call that has run; and that t changes in place. */
void vm_note(Vm *v, const OpCall *c);
void vm_note_change(Vm *v, const Tensor *t, const char *what);
int vm_call_op(lua_State *L, const Op *op); /* arguments on the stack as a user gave them            */
/* The whole number at stack index i; raises "what: whole number expected, got ..." for anything else. */
int64_t vm_check_int(lua_State *L, int i, const char *what);
/* The number, or whole number, that the table at stack index i has under `name`; raises for anything else. */
double vm_field(lua_State *L, int i, const char *name);
int64_t vm_field_int(lua_State *L, int i, const char *name);
/* Of a text, which the table keeps: NULL where nothing stands; a flag is on where anything but false does. */
const char *vm_field_text(lua_State *L, int i, const char *name);
bool vm_field_flag(lua_State *L, int i, const char *name);
/* Raises "what: 1 argument too many" where more than n are on the stack and the last of these is not nil. */
void vm_at_most(lua_State *L, int n, const char *what);
bool vm_too_many(Err *e, const char *what, int more); /* its words; false */
bool vm_option_dtype(lua_State *L, int i, Dtype *d,
                     const char *what); /* options table's dtype; raises if unknown */

void vm_add(lua_State *L, const char *module,
            const luaL_Reg *functions); /* `module` of embedded.h, made if new */
/* Pushes the metatable `name` of userdata: made the first time, methods and metamethods in it. */
void vm_methods(lua_State *L, const char *name, const luaL_Reg *methods);

/* --- what stands in the place of functions of Lua's, and is recording on (base.c) ----------------------- */
void vm_open_base(lua_State *L); /* pcall, xpcall, coroutine.*, ipairs: before a copy of them is taken    */
void vm_record(Vm *v, signed char own); /* the running coroutine's answer: Recording                      */

#endif
