/* bind.h: what the files that bind tensors share among themselves. */
#ifndef LUNETTE_BIND_H
#define LUNETTE_BIND_H
#include "vm.h"

/* One element as a Lua number (integer for integer dtypes, boolean for bool). */
void vm_push_element(lua_State *L, const Tensor *t, int64_t flat);
void vm_push_number(lua_State *L, double v);                        /* a NaN without a sign */
void vm_want_data(lua_State *L, const Tensor *t, const char *what); /* raises for a meta tensor */
void vm_push_shape(lua_State *L, const Tensor *t);       /* {2, 3}                                   */
void vm_push_number_text(lua_State *L, const Tensor *t); /* of a one-element tensor                  */
int vm_tensor_tostring(lua_State *L);                    /* print.c                                  */
int vm_terminal(
    int *columns); /* print.c: rows and columns of standard output; 40 and 80 where it is no terminal */
int vm_tensor_full_text(lua_State *L); /* print.c: every element                   */
int vm_digits(lua_State *L);           /* print.c: lunette.digits                  */

/* A nested table, number or boolean at stack index i as a new tensor in a box on the top.  dtype DTYPES:
 * inferred (all booleans: bool, else f32).  Raises for ragged tables and foreign values. */
/* The number at stack index i must be one that dtype d holds as it is: else an error. */
void vm_want_held(lua_State *L, Dtype d, int i, const char *what);
/* The same of every element of t. */
void vm_want_all_held(lua_State *L, Dtype d, const Tensor *t, const char *what);
void vm_tensor_from_value(lua_State *L, int i, Dtype d, const char *what);

/* to[...] = the value at stack index i (number, boolean, tensor or nested table; broadcasts; in place). */
void vm_assign(lua_State *L, Tensor *to, int i, const char *what);

/* bind_media.c: what the readers of files share. */
const char *vm_check_path(lua_State *L, const char *what); /* argument 1; raises                           */
int vm_soft(lua_State *L, const Err *e);                   /* nil, message; raises when it was an interrupt */
void vm_add_io(lua_State *L, const luaL_Reg *functions);   /* into lunette.io                              */

/* --- what each file adds to the modules `tensor`, `nn`, ...; open.c calls them -------------------------- */
void vm_open_tensor(lua_State *L); /* first: it makes the tensors' metatable */
void vm_open_make(lua_State *L);
void vm_open_index(lua_State *L);
void vm_open_ops(lua_State *L);
void vm_open_tape(lua_State *L);
void vm_open_optim(lua_State *L);
void vm_open_file(lua_State *L);
void vm_open_media(lua_State *L);   /* pictures and sound in files */
void vm_open_video(lua_State *L);   /* moving pictures in files */
void vm_open_midi(lua_State *L);    /* notes in MIDI files */
void vm_open_speech(lua_State *L);  /* text to sound */
void vm_open_onnx(lua_State *L);    /* networks in ONNX files */
void vm_open_sound(lua_State *L);   /* speakers and microphone */
void vm_open_trace(lua_State *L);   /* what a network computes, as a list */
void vm_open_weights(lua_State *L); /* weights of models in files */
void vm_record_gate(Vm *v);         /* bind_video.c: frames of running recordings that are due */
void vm_open_text(lua_State *L);    /* GloVe, CSV, IDX, CIFAR-10, JSON lines, folders */
void vm_open_loader(lua_State *L);  /* batches of pictures by threads */
void vm_open_system(lua_State *L);  /* lunette.clock, memory, threads, options */
void vm_open_fast(lua_State *L);    /* switches of fast ways */
void vm_open_viz(lua_State *L);
void vm_open_draw(lua_State *L);   /* canvases; vm_open_viz calls it */
void vm_open_dist(lua_State *L);   /* many processes */
void vm_open_bucket(lua_State *L); /* their gradients */
void vm_open_check(lua_State *L);  /* lunette.ops */
#endif
