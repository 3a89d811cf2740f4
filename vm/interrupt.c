/* interrupt.c: ^C; its way is told in interrupt.h. */
#include "interrupt.h"

#include "clock.h"
#include "parallel.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

static Vm *machine;     /* whom the process's SIGINT is for */
static pthread_t owner; /* the thread that machine is in     */
static void (*deaf)(void), (*first)(void);
static volatile double raised; /* when the flag was set */

/* A loop of the user's own counts as training for five times the time that its last step took, and a pause
 * more. */
static const double PAUSE = 0.3;
static const double PATIENCE = 0.5; /* between a ^C and one that finds it unanswered */

static bool is_training(const Vm *v) {
  return v->training > 0 ||
         (v->last_step > 0 && v->step_time > 0 && clock_seconds() - v->last_step < 5 * v->step_time + PAUSE);
}

enum { EVERYTHING = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT };

static void stop(lua_State *L, lua_Debug *ar) {
  vm_interrupted(L);
  lua_Debug at = *ar; /* the innermost frame that is the user's own */
  bool mine = false;
  for (int level = 0; !mine && lua_getstack(L, level, &at); level++) {
    lua_getinfo(L, "Sl", &at);
    mine = at.currentline > 0 && strncmp(at.source, "@lunette:", 9) != 0;
  }
  if (mine) lua_pushfstring(L, "interrupted at %s:%d", at.short_src, at.currentline);
  else lua_pushliteral(L, "interrupted");
  lua_error(L); /* not luaL_error, which would put our own file before it */
}

static void on_signal(int number) {
  Vm *v = machine;
  if (interrupt_pending() && v->scripted) { /* nobody listened to the first one */
    signal(number, SIG_DFL);
    raise(number);
  }
  if (interrupt_pending() && deaf && clock_seconds() - raised > PATIENCE) {
    if (pthread_equal(pthread_self(), owner)) deaf();
    else pthread_kill(owner, number); /* it came to a thread of the kernels */
    return;
  }
  if (!v->stop_asked && is_training(v)) {
    v->stop_asked = 1;
    return;
  }
  if (!interrupt_pending()) {
    raised = clock_seconds();
    if (first) first();
  }
  interrupt_raise();
  if (v->running) lua_sethook(v->running, stop, EVERYTHING, 1);
}

void interrupt_again(lua_State *L) {
  if (interrupt_pending() && !vm_of(L)->interrupted) lua_sethook(L, stop, EVERYTHING, 1);
}

lua_State *interrupts_in(lua_State *L) {
  Vm *v = vm_of(L);
  lua_State *before = v->running;
  v->running = L;
  interrupt_again(L); /* a ^C at the end of the one before struck nobody */
  return before;
}

void interrupts_on(Vm *v, bool script) {
  v->scripted = script;
  machine = v;
  owner = pthread_self();
  struct sigaction act = {.sa_handler = on_signal};
  sigemptyset(&act.sa_mask);
  sigaction(SIGINT, &act, NULL);
}

void interrupts_deaf(void (*heard)(void), void (*leave)(void)) {
  first = heard;
  deaf = leave;
}

void interrupts_reset(Vm *v) {
  lua_sethook(v->L, NULL, 0, 0);
  v->running = v->L;
  v->interrupted = false;
  v->stop_asked = v->training = 0;
  v->last_step = v->step_time = 0;
  interrupt_clear();
}

/* --- training ------------------------------------------------------------------------------------------- */

/* lunette.stop_requested(): a ^C since the last call; training loops end after the step instead of in it. */
static int stop_requested(lua_State *L) {
  lua_pushboolean(L, vm_of(L)->stop_asked != 0);
  vm_of(L)->stop_asked = 0;
  return 1;
}

static int training_ends(lua_State *L) {
  Vm *v = vm_of(L);
  if (v->training > 0) v->training--;
  v->stop_asked = 0;
  return 0;
}

/* local _ <close> = lunette.training(): up to the end of the block whoever trains asks stop_requested. */
static int training(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, training_ends);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  vm_of(L)->training++;
  return 1;
}

/* lunette.step_done(step): opt:step calls it at its end; outside of fit the place where a ^C takes effect. */
static int step_done(lua_State *L) {
  Vm *v = vm_of(L);
  double now = clock_seconds();
  v->step_time = v->last_step > 0 ? now - v->last_step : 0;
  v->last_step = now;
  if (!v->stop_asked || v->training > 0) return 0;
  v->stop_asked = 0;
  vm_interrupted(L);
  lua_pushfstring(L, "stopped after step %I", (LUAI_UACINT)luaL_optinteger(L, 1, 0));
  return lua_error(L);
}

static int leave(lua_State *L) { /* lunette.leave(): the prompt ends after this entry */
  vm_of(L)->leave = true;
  return 0;
}

void vm_open_training(lua_State *L) {
  static const luaL_Reg functions[] = {{"stop_requested", stop_requested},
                                       {"training", training},
                                       {"step_done", step_done},
                                       {"leave", leave},
                                       {NULL, NULL}};
  vm_add(L, "lunette", functions);
}
